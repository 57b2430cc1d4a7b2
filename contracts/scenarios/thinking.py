"""Models, agents and tools that reason before the answer."""

from contracts.scenario import ONCE, WHOLE, scenario
from contracts.script import Failure, Reply, call, say

ASKED = "Which is larger, 9.9 or 9.11?"
THOUGHTS = ("Compare ", "the tenths")


@scenario("reasoning/model", [say(*THOUGHTS), say("9.9 ", "is")])
def model(k):
    k.run(k.agent(reasoning_model=k.model(id="gpt-5-thinker"), instructions="Be brief"), ASKED)


@scenario("reasoning/model-fails", [Failure("server", "fell over", times=3), say("9.9 ", "is")])
def model_fails(k):
    k.run(k.agent(reasoning_model=k.model(id="gpt-5-thinker")), ASKED)


@scenario("reasoning/model-stored", [say(*THOUGHTS), say("9.9 is")], ways=WHOLE)
def model_stored(k):
    agent = k.agent(reasoning_model=k.model(id="gpt-5-thinker"), db=k.sqlite())
    k.run(agent, ASKED, session_id="harbour")
    k.session(agent, "harbour")


@scenario("reasoning/model-in-history", [say(*THOUGHTS), say("9.9 is"), say("Once more"), say("As I said")], ways=WHOLE)
def model_in_history(k):
    agent = k.agent(reasoning_model=k.model(id="gpt-5-thinker"), db=k.sqlite(), add_history_to_context=True)
    k.run(agent, ASKED, session_id="harbour")
    k.run(agent, "Are you sure?", session_id="harbour")


@scenario("reasoning/agent", [say(*THOUGHTS), say("9.9 is")])
def agent(k):
    thinker = k.agent(model=k.model(id="gpt-5-thinker"), instructions="Think aloud")
    k.run(k.agent(reasoning_model=k.model(id="gpt-5-thinker"), reasoning_agent=thinker), ASKED)


@scenario("reasoning/not-native", [say("A thought"), say("9.9 is")], ways=ONCE)
def not_native(k):
    k.run(k.agent(reasoning_model=k.model(id="plain-model")), ASKED)


THINK = call("think", title="Look at tenths", thought="9.9 has nine tenths", action="Compare them", confidence=0.9)
ANALYZE = call(
    "analyze", title="Check", result="9.9 is larger", analysis="Nine tenths beat one", next_action="final_answer"
)


@scenario("reasoning/tools", [THINK, ANALYZE, say("9.9 ", "is")])
def tools(k):
    k.run(k.agent(tools=[k.ReasoningTools()]), ASKED)


@scenario("reasoning/tools-stored", [THINK, say("9.9 is")], ways=ONCE)
def tools_stored(k):
    db = k.sqlite()
    agent = k.agent(tools=[k.ReasoningTools(add_instructions=True, instructions="Think in steps first")], db=db)
    k.run(agent, ASKED, session_id="harbour")
    k.session(agent, "harbour")


@scenario("reasoning/some-tools", [say("Fine")], ways=ONCE)
def some_tools(k):
    k.run(k.agent(tools=[k.ReasoningTools(enable_think=False)]), ASKED)


@scenario("reasoning/thoughts-of-the-model", [Reply(text=("9.9 is",), reasoning=THOUGHTS)], ways=WHOLE)
def own_thoughts(k):
    k.run(k.agent(), ASKED)
