"""What of a conversation is told again (core.md §2.4)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.script import Call, Failure, call, calls, say

TALK = [say(f"Answer number {at}") for at in range(1, 6)]


def talk(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk", add_history_to_context=True, **k.options)
    for at in range(1, 6):
        k.run(agent, f"Question number {at}")


add("history/default", talk, TALK, ways=EVERY_WAY)
add("history/two-runs", talk, TALK, ways=WHOLE, num_history_runs=2)
add("history/three-messages", talk, TALK, ways=ONCE, num_history_messages=3)
add("history/both-limits", talk, TALK, ways=ONCE, num_history_messages=3, num_history_runs=1)
add("history/instructed", talk, TALK, ways=ONCE, instructions="Answer by number.")


def tool_talk(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    agent = k.agent(tools=[look], db=k.InMemoryDb(), session_id="s-talk", add_history_to_context=True, **k.options)
    k.run(agent, "Look at the sea and the sky")
    k.run(agent, "Look at the land")
    k.run(agent, "What did you see?")


SEEN = [
    calls(Call("look", {"at": "sea"}, "call_sea"), Call("look", {"at": "sky"}, "call_sky")),
    say("Water and clouds"),
    calls(Call("look", {"at": "land"}, "call_land"), text=("I look. ",)),
    say("Hills"),
    say("Water, clouds, hills"),
]
add("history/tools", tool_talk, SEEN, ways=EVERY_WAY)
add("history/tool-messages-limit", tool_talk, SEEN, ways=ONCE, num_history_messages=4)
add("history/tool-calls-limit", tool_talk, SEEN, ways=ONCE, max_tool_calls_from_history=1)


@scenario("history/no-history", TALK[:2], ways=WHOLE)
def no_history(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk")
    k.run(agent, "Question number 1")
    k.run(agent, "Question number 2")


@scenario("history/per-call", TALK[:2], ways=WHOLE)
def per_call(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk")
    k.run(agent, "Question number 1")
    k.run(agent, "Question number 2", add_history_to_context=True)


@scenario(
    "history/failed-run",
    [say("Answer number 1"), Failure("bad_request", "not that", times=1), say("Answer number 3")],
    ways=WHOLE,
)
def failed_run(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk", add_history_to_context=True)
    k.run(agent, "Question number 1")
    k.run(agent, "Question number 2")
    k.run(agent, "Question number 3")


@scenario("history/other-session", TALK[:2], ways=ONCE)
def other_session(k):
    agent = k.agent(db=k.InMemoryDb(), add_history_to_context=True)
    k.run(agent, "Question number 1", session_id="s-one")
    k.run(agent, "Question number 2", session_id="s-two")


@scenario("history/other-agent", TALK[:2], ways=ONCE)
def other_agent(k):
    store = k.InMemoryDb()
    k.run(k.agent(name="First Agent", db=store, session_id="s-talk"), "Question number 1")
    k.run(k.agent(name="Second Agent", db=store, session_id="s-talk", add_history_to_context=True), "Question number 2")


@scenario("history/read-tool", [call("get_chat_history", num_chats=1), say("You asked twice")], ways=ONCE)
def read_tool(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-talk", read_chat_history=True)
    k.run(agent, "What did I ask?")


@scenario("history/messages", [*SEEN], ways=ONCE)
def messages(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    agent = k.agent(tools=[look], db=k.InMemoryDb(), session_id="s-talk", instructions="Look well.")
    k.run(agent, "Look at the sea and the sky")
    k.run(agent, "Look at the land")
    k.note("messages", agent.get_session_messages(session_id="s-talk"))
    k.note("last run", agent.get_session_messages(session_id="s-talk", last_n_runs=1))
    k.note("chat", agent.get_chat_history(session_id="s-talk"))


@scenario("history/media", [say("A cat"), say("Still a cat")], ways=ONCE)
def media(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-cat", add_history_to_context=True)
    k.run(agent, "What is this?", images=[k.Image(url="https://example.com/cat.png")])
    k.run(agent, "And now?")


add("history/orphans", tool_talk, SEEN, ways=WHOLE, num_history_messages=2)
