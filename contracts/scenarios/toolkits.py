"""Toolkits that have to be connected before their tools can be called (core.md §4.4)."""

from contracts.scenario import WHOLE, scenario
from contracts.script import Failure, call, say

SESSION = "s-line"


def line(k, told, *, fails=False, **options):
    class Line(k.Toolkit):
        _requires_connect = True

        def __init__(self, **given):
            super().__init__(name="line", tools=[self.dial], **given)

        def connect(self):
            told.append("connect")
            if fails:
                raise RuntimeError("no line")

        def close(self):
            told.append("close")

        def dial(self, number: str) -> str:
            """Dial a number."""
            told.append("dial")
            return f"dialled {number}"

    return Line(**options)


DIALLED = call("dial", number="117")


@scenario("toolkits/connected", [DIALLED, say("They ", "answered")])
def connected(k):
    told = []

    def instructions():
        told.append("instructions")
        return "Dial when asked."

    kit = line(k, told)
    k.note("requires connect", kit.requires_connect)
    k.run(k.agent(tools=[kit], instructions=instructions), "Dial 117")
    k.note("order", told)


@scenario("toolkits/connected-again", [say("Nothing to do"), say("Nothing to do")], ways=WHOLE)
def connected_again(k):
    told = []
    agent = k.agent(tools=[line(k, told)])
    k.run(agent, "Wait")
    k.run(agent, "Wait again")
    k.note("order", told)


@scenario("toolkits/closed-after-failure", [Failure("authentication", times=1)], ways=WHOLE)
def closed_after_failure(k):
    told = []
    k.run(k.agent(tools=[line(k, told)]), "Dial 117")
    k.note("order", told)


@scenario("pausing/toolkit-closed", [DIALLED, say("They answered")], ways=WHOLE)
def closed_while_waiting(k):
    told = []
    kit = line(k, told, requires_confirmation_tools=["dial"])
    agent = k.agent(tools=[kit], db=k.InMemoryDb(), session_id=SESSION)
    output = k.run(agent, "Dial 117")
    k.note("order", list(told))
    output.active_requirements[0].confirm()
    k.resume(agent, run_id=output.run_id, session_id=SESSION, requirements=output.requirements)
    k.note("order after all", told)


@scenario("toolkits/never-asked-to-connect", [say("Nothing to do")], ways=("run",))
def never_asked_to_connect(k):
    told = []
    kit = line(k, told)
    kit._requires_connect = False
    k.run(k.agent(tools=[kit]), "Wait")
    k.note("order", told)


@scenario("toolkits/no-connection", [say("Nothing to do")], ways=("run",))
def no_connection(k):
    told = []
    k.run(k.agent(tools=[line(k, told, fails=True)]), "Dial 117")
    k.note("order", told)
