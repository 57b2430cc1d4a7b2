"""Sessions and their state as stored and read back (core.md §2.2, §2.3, §5)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.script import Failure, call, say


def stored(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    store = k.sqlite() if k.options["store"] == "sqlite" else k.InMemoryDb()
    agent = k.agent(name="Log Keeper", tools=[look], db=store, session_id="s-log", user_id="ada", metadata={"log": 1})
    k.run(agent, "Look at the sea")
    k.session(agent, "s-log")


for store in ("sqlite", "memory"):
    add(
        f"sessions/stored-{store}", stored, [call("look", at="sea"), say("Only ", "water")], ways=EVERY_WAY, store=store
    )


@scenario("sessions/two-runs", [say("One"), say("Two")], ways=WHOLE)
def two_runs(k):
    agent = k.agent(db=k.sqlite(), session_id="s-log", session_state={"pages": 1})
    k.run(agent, "The first entry")
    k.run(agent, "The second entry", session_state={"ink": "blue"})
    k.session(agent, "s-log")


@scenario("sessions/state-overlay", [say("One"), say("Two")], ways=ONCE)
def state_overlay(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", session_state={"pages": 1, "ink": "black"})
    k.run(agent, "The first entry", session_state={"ink": "blue"})
    k.note("first", agent.get_session_state(session_id="s-log"))
    k.run(agent, "The second entry", session_state={"pages": 2})
    k.note("second", agent.get_session_state(session_id="s-log"))


@scenario("sessions/state-overwrite", [say("One"), say("Two")], ways=ONCE)
def state_overwrite(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", overwrite_db_session_state=True)
    k.run(agent, "The first entry", session_state={"ink": "blue", "pages": 1})
    k.run(agent, "The second entry", session_state={"pages": 2})
    k.note("state", agent.get_session_state(session_id="s-log"))


@scenario("sessions/update-state", [say("One"), say("Two")], ways=ONCE)
def update_state(k):
    agent = k.agent(
        db=k.InMemoryDb(), session_id="s-log", session_state={"pages": 1}, instructions="Page {pages} is open."
    )
    k.run(agent, "The first entry")
    k.note("updated", agent.update_session_state({"pages": 9}, session_id="s-log"))
    k.run(agent, "The second entry")
    k.note("state", agent.get_session_state(session_id="s-log"))


@scenario("sessions/name", [say("One")], ways=ONCE)
def name(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log")
    k.run(agent, "The first entry")
    k.attempt("before", lambda: agent.get_session_name(session_id="s-log"))
    agent.set_session_name(session_id="s-log", session_name="The log of the sea")
    k.note("after", agent.get_session_name(session_id="s-log"))
    k.session(agent, "s-log")


@scenario("sessions/delete", [say("One")], ways=ONCE)
def delete(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log")
    k.run(agent, "The first entry")
    agent.delete_session(session_id="s-log")
    k.session(agent, "s-log")


@scenario("sessions/run-output", [say("One"), say("Two")], ways=("run", "stream"))
def run_output(k):
    agent = k.agent(db=k.sqlite(), session_id="s-log")
    first = k.run(agent, "The first entry")
    k.run(agent, "The second entry")
    k.note("first", agent.get_run_output(run_id=first.run_id, session_id="s-log"))
    k.note("last", agent.get_last_run_output(session_id="s-log"))


@scenario("sessions/metrics", [say("One"), say("Two")], ways=ONCE)
def metrics(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log")
    k.run(agent, "The first entry")
    k.run(agent, "The second entry")
    k.note("metrics", agent.get_session_metrics(session_id="s-log"))


@scenario("sessions/other-user", [say("One"), say("Two")], ways=ONCE)
def other_user(k):
    agent = k.agent(db=k.InMemoryDb())
    k.run(agent, "The first entry", session_id="s-log", user_id="ada")
    k.run(agent, "The second entry", session_id="s-log", user_id="bob")
    k.attempt("ada", lambda: len(agent.get_session(session_id="s-log", user_id="ada").runs))
    k.attempt("bob", lambda: agent.get_session(session_id="s-log", user_id="bob"))


@scenario("sessions/no-db", [say("One")], ways=ONCE)
def no_db(k):
    agent = k.agent(session_id="s-log")
    k.run(agent, "The first entry")
    k.attempt("session", lambda: agent.get_session(session_id="s-log"))


@scenario("sessions/missing", [], ways=ONCE)
def missing(k):
    agent = k.agent(db=k.InMemoryDb())
    k.attempt("session", lambda: agent.get_session(session_id="s-none"))
    k.attempt("messages", lambda: agent.get_session_messages(session_id="s-none"))
    k.attempt("run", lambda: agent.get_run_output(run_id="r-none", session_id="s-none"))


@scenario("sessions/reopened", [say("One"), say("Two")], ways=WHOLE)
def reopened(k):
    k.run(k.agent(name="Log Keeper", db=k.sqlite(), session_id="s-log", session_state={"pages": 1}), "The first entry")
    again = k.agent(name="Log Keeper", db=k.sqlite(), session_id="s-log", add_history_to_context=True)
    k.run(again, "The second entry")
    k.session(again, "s-log")


@scenario("sessions/stored-error", [Failure("bad_request", "not that one")], ways=("run", "stream"))
def stored_error(k):
    agent = k.agent(db=k.sqlite(), session_id="s-log")
    k.run(agent, "The first entry")
    k.session(agent, "s-log")


@scenario("sessions/summary", [say("One"), say('{"summary": "They met", "topics": ["greeting"]}')], ways=ONCE)
def summary(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "The first entry")
    k.note("summary", agent.get_session_summary(session_id="s-log"))


@scenario(
    "sessions/agentic-state", [call("update_session_state", session_state_updates={"pages": 2}), say("Done")], ways=ONCE
)
def agentic_state(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", session_state={"pages": 1}, enable_agentic_state=True)
    k.run(agent, "Turn the page")
    k.note("state", agent.get_session_state(session_id="s-log"))


@scenario("sessions/output-to-dict", [say("One")], ways=ONCE)
def output_to_dict(k):
    output = k.agent().run("The first entry")
    k.note("dict", output.to_dict())
    k.note("json", bool(output.to_json()))
    k.note("back", k.RunOutput.from_dict(output.to_dict()).content)
