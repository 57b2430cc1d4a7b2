"""What is stored of a run, and what is left out (core.md §2.1)."""

from contracts.scenario import add, scenario
from contracts.script import call, say


def keep(k):
    def step(to: str) -> str:
        """Step somewhere."""
        return f"stepped {to}"

    agent = k.agent(tools=[step], db=k.sqlite(), store_events=True)
    k.run(agent, "Walk a little", session_id="harbour")
    stored = agent.get_last_run_output(session_id="harbour")
    k.note("events", [event.event for event in stored.events or ()])


WALK = [call("step", to="left"), say("There ", "we are")]
add("stored/events", keep, WALK, ways=("stream",))


@scenario("stored/events-skipped", [say("There ", "we are")], ways=("stream",))
def skipped(k):
    options = {"events_to_skip": [k.RunEvent.run_started, k.RunEvent.model_request_started]}
    agent = k.agent(db=k.sqlite(), store_events=True, **options)
    k.run(agent, "Walk a little", session_id="harbour")
    stored = agent.get_last_run_output(session_id="harbour")
    k.note("events", [event.event for event in stored.events or ()])
