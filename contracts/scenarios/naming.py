"""Sessions named by the program or by the model (core.md §5)."""

from contracts.scenario import WHOLE, scenario
from contracts.script import say


@scenario("naming/made-name", [say("One"), say("The log of the whole wide sea"), say('"The log"')], ways=WHOLE)
def made_name(k):
    agent = k.agent(name="Log Keeper", db=k.sqlite())
    k.run(agent, "The first entry", session_id="s-log")
    named = agent.set_session_name(session_id="s-log", autogenerate=True)
    k.note("session", (named.session_data or {}).get("session_name"))
    k.note("after", agent.get_session_name(session_id="s-log"))


@scenario("naming/by-place", [say("One")], ways=("run",))
def by_place(k):
    agent = k.agent(name="Log Keeper", db=k.sqlite())
    k.run(agent, "The first entry", session_id="s-log")
    agent.set_session_name("s-log", False, "The log")
    k.note("after", agent.get_session_name("s-log"))
