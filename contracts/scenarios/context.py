"""Input and history: what goes to the model besides the instructions (core.md §2.1, §2.4)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.script import Call, call, calls, say


def talk(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk", add_history_to_context=True, **k.options)
    k.run(agent, "Question number 1")
    k.run(agent, "Question number 2")


TALK = [say("Answer number 1"), say("Answer number 2")]
add("context/introduction", talk, TALK, ways=WHOLE, introduction="I keep the lighthouse here.")


@scenario("context/introduction-of-a-session", TALK[:1], ways=ONCE)
def introduction_of_a_session(k):
    agent = k.agent(name="Keeper", db=k.InMemoryDb(), session_id="s-talk", introduction="I keep the lighthouse here.")
    k.run(agent, "Question number 1")
    k.note("chat", agent.get_chat_history(session_id="s-talk"))


@scenario("context/introduction-without-db", TALK[:1], ways=ONCE)
def introduction_without_db(k):
    agent = k.agent(introduction="I keep the lighthouse here.", add_history_to_context=True)
    k.run(agent, "Question number 1")


def ask(k):
    k.run(k.agent(**k.options), "What of the {lamp} night?")


LIT = {"session_state": {"lamp": "brightly lit"}}
add("context/user-message-as-given", ask, TALK[:1], ways=ONCE, build_user_context=False, **LIT)
add("context/user-message-resolved", ask, TALK[:1], ways=ONCE, **LIT)
add("context/user-message-role", ask, TALK[:1], ways=ONCE, user_message_role="assistant")


def order(k):
    agent = k.agent(input_schema=k.options["schema"](), name="Clerk")
    for asked in ({"number": 17}, '{"number": 18}', k.Message(role="user", content='{"number": 19}')):
        k.run(agent, asked)
    for wrong in ({"number": "many"}, "no JSON at all", 17):
        k.run(agent, wrong)


def pydantic_order():
    from pydantic import BaseModel

    class Order(BaseModel):
        number: int

    return Order


def typed_order():
    from typing import TypedDict

    class Order(TypedDict):
        number: int

    return Order


add("context/input-pydantic", order, [say("Read")] * 3, ways=ONCE, schema=pydantic_order)


@scenario("context/input-instance", [say("Read")], ways=WHOLE)
def input_instance(k):
    Order = pydantic_order()
    k.run(k.agent(input_schema=Order), Order(number=17))


LOOKED = [
    calls(Call("look", {"at": "sea"}, "call_sea"), Call("look", {"at": "sky"}, "call_sky")),
    say("Water and clouds"),
    call("get_chat_history", num_chats=2),
    say("You looked around"),
]


def look_back(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    agent = k.agent(tools=[look], db=k.InMemoryDb(), session_id="s-talk", **k.options)
    k.run(agent, "Look at the sea and the sky")
    k.run(agent, "What did I do?")


add("context/history-tools", look_back, LOOKED, ways=WHOLE, read_chat_history=True)
add(
    "context/tool-call-tools", look_back, [*LOOKED[:2], call("get_tool_call_history", num_calls=1), LOOKED[3]],
    ways=EVERY_WAY, read_tool_call_history=True,
)  # fmt: skip


@scenario("context/media-kept-from-the-model", [say("Nothing seen")], ways=ONCE)
def media_kept_from_the_model(k):
    agent = k.agent(send_media_to_model=False)
    k.run(agent, "What do you see?", images=[k.Image(url="https://example.com/a.png")])
