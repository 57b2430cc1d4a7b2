"""Memories of users (core.md §5)."""

from contracts.scenario import ONCE, WHOLE, scenario
from contracts.script import call, say

KEPT = [say("Nice to meet you"), call("add_memory", memory="The user sails", topics=["hobby"]).in_lane("add_memory"),
        say("Kept").in_lane("add_memory")]  # fmt: skip


@scenario("memory/on-run", KEPT, ways=WHOLE)
def on_run(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-sea", update_memory_on_run=True)
    k.run(agent, "I love to sail", user_id="ada")
    k.note("memories", [m.memory for m in agent.get_user_memories(user_id="ada")])
    k.note("topics", [m.topics for m in agent.get_user_memories(user_id="ada")])


@scenario("memory/told-again", [*KEPT, say("You sail"), say("Nothing new").in_lane("add_memory")], ways=ONCE)
def told_again(k):
    agent = k.agent(db=k.InMemoryDb(), update_memory_on_run=True, user_id="ada")
    k.run(agent, "I love to sail", session_id="s-one")
    agent.get_user_memories(user_id="ada")
    k.run(agent, "What do I love?", session_id="s-two")


@scenario("memory/in-context", [say("Hello"), say("Hello")], ways=ONCE)
def in_context(k):
    store = k.InMemoryDb()
    k.run(k.agent(db=store, add_memories_to_context=True), "Who am I?", user_id="ada")


@scenario("memory/no-user", KEPT, ways=ONCE)
def no_user(k):
    agent = k.agent(db=k.InMemoryDb(), update_memory_on_run=True)
    k.run(agent, "I love to sail")
    k.note("memories", [m.memory for m in agent.get_user_memories()])


@scenario("memory/off", [say("Nice to meet you")], ways=ONCE)
def off(k):
    agent = k.agent(db=k.InMemoryDb())
    k.run(agent, "I love to sail", user_id="ada")
    k.attempt("memories", lambda: agent.get_user_memories(user_id="ada"))


@scenario("memory/events", KEPT, ways=("stream",))
def events(k):
    k.run(k.agent(db=k.InMemoryDb(), update_memory_on_run=True), "I love to sail", user_id="ada")


@scenario(
    "memory/agentic",
    [
        call("update_user_memory", task="They sail"),
        call("add_memory", memory="The user sails").in_lane("add_memory"),
        say("Kept").in_lane("add_memory"),
        say("Noted"),
    ],
    ways=ONCE,
)
def agentic(k):
    agent = k.agent(db=k.InMemoryDb(), enable_agentic_memory=True)
    k.run(agent, "I love to sail", user_id="ada")
    k.note("memories", [m.memory for m in agent.get_user_memories(user_id="ada")])


@scenario("memory/manager", [], ways=ONCE)
def manager(k):
    keeper = k.MemoryManager(db=k.InMemoryDb())
    keeper.add_user_memory(memory=k.UserMemory(memory="The user sails", topics=["hobby"]), user_id="ada")
    k.note("memories", [m.memory for m in keeper.get_user_memories(user_id="ada")])
