"""Runs that wait for a person (core.md §2.6)."""

from contracts.scenario import WHOLE, scenario
from contracts.script import call, say


def sender(k, **flags):
    @k.tool(**flags)
    def send(to: str, text: str) -> str:
        """Send a letter."""
        return f"sent to {to}"

    return k.agent(tools=[send], db=k.InMemoryDb(), session_id="s-letters")


ASKED = call("send", to="Ada", text="Come home")


@scenario("pause/confirmed", [ASKED, say("It is ", "sent")])
def confirmed(k):
    agent = sender(k, requires_confirmation=True)
    output = k.run(agent, "Write to Ada")
    for requirement in output.active_requirements:
        requirement.confirm()
    k.resume(agent, run_id=output.run_id, session_id="s-letters", requirements=output.requirements)


@scenario("pause/rejected", [ASKED, say("Not sent")], ways=WHOLE)
def rejected(k):
    agent = sender(k, requires_confirmation=True)
    output = k.run(agent, "Write to Ada")
    for requirement in output.active_requirements:
        requirement.reject("not this one")
    k.resume(agent, run_id=output.run_id, session_id="s-letters", requirements=output.requirements)


@scenario("pause/user-input", [call("send", text="Come home"), say("It is sent")], ways=WHOLE)
def user_input(k):
    agent = sender(k, requires_user_input=True, user_input_fields=["to"])
    output = k.run(agent, "Write to somebody")
    for requirement in output.active_requirements:
        requirement.provide_user_input({"to": "Ada"})
    k.resume(agent, run_id=output.run_id, session_id="s-letters", requirements=output.requirements)


@scenario("pause/external", [ASKED, say("It is sent")], ways=WHOLE)
def external(k):
    agent = sender(k, external_execution=True)
    output = k.run(agent, "Write to Ada")
    for requirement in output.active_requirements:
        requirement.set_external_execution_result("sent by hand")
    k.resume(agent, run_id=output.run_id, session_id="s-letters", requirements=output.requirements)


@scenario("pause/paused-events", [ASKED], ways=("stream", "astream"))
def paused_events(k):
    k.run(sender(k, requires_confirmation=True), "Write to Ada")
