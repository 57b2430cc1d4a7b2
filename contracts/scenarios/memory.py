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
    k.note("memories", len(agent.get_user_memories(user_id="ada")))


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
    agent = k.agent(db=k.InMemoryDb(), update_memory_on_run=True)
    k.run(agent, "I love to sail", user_id="ada")
    k.note("memories", len(agent.get_user_memories(user_id="ada")))


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


@scenario("memory/manager-own-model", [say("Hello"), *KEPT[1:]], ways=ONCE)
def manager_own_model(k):
    keeper = k.MemoryManager(
        model=k.model(id="memory-model"), memory_capture_instructions="Only what has to do with boats.",
        additional_instructions="Write one note at most, please.", delete_memories=False,
    )  # fmt: skip
    agent = k.agent(db=k.InMemoryDb(), memory_manager=keeper, update_memory_on_run=True)
    k.run(agent, "I love to sail", user_id="ada")
    k.note("memories", [m.memory for m in agent.get_user_memories(user_id="ada")])


@scenario("memory/manager-changes", [], ways=ONCE)
def manager_changes(k):
    keeper = k.MemoryManager(db=k.InMemoryDb())
    kept = keeper.add_user_memory(k.UserMemory(memory="The user sails"), user_id="ada")
    keeper.add_user_memory(k.UserMemory(memory="The user rows"), user_id="bob")
    keeper.replace_user_memory(kept, k.UserMemory(memory="The user swims", topics=["sport"]), user_id="ada")
    for user in ("ada", "bob", "cleo"):
        k.note(user, [[m.memory, m.topics, m.user_id] for m in keeper.get_user_memories(user_id=user)])
    k.note("one", keeper.get_user_memory(kept, user_id="bob"))
    keeper.delete_user_memory(kept, user_id="ada")
    keeper.clear_user_memories(user_id="cleo")
    k.note("left", [len(keeper.get_user_memories(user_id=user)) for user in ("ada", "bob")])
    keeper.clear()
    k.note("cleared", [len(keeper.get_user_memories(user_id=user)) for user in ("ada", "bob")])


TASK = [call("update_memory", memory_id="m-1", memory="The user swims", topics=["sport"]),
        call("clear_memory"), say("All done")]  # fmt: skip


@scenario("memory/task", TASK, ways=ONCE)
def task(k):
    keeper = k.MemoryManager(model=k.model(), db=k.InMemoryDb(), delete_memories=True, clear_memories=True)
    keeper.add_user_memory(k.UserMemory(memory="The user sails", memory_id="m-1"), user_id="ada")
    k.note("said", keeper.update_memory_task("Change the sport, then forget all", user_id="ada"))
    k.note("left", len(keeper.get_user_memories(user_id="ada")))


@scenario("memory/from-messages", KEPT[1:], ways=ONCE)
def from_messages(k):
    keeper = k.MemoryManager(model=k.model(), db=k.InMemoryDb())
    told = [k.Message(role="user", content="I love to sail"), k.Message(role="user", content="In any weather")]
    k.note("said", keeper.create_user_memories(messages=told, user_id="ada"))
    k.note("kept", [[m.memory, m.input, m.topics] for m in keeper.get_user_memories(user_id="ada")])
    k.attempt("nothing", lambda: keeper.create_user_memories(user_id="ada"))


@scenario("memory/search", [say('{"memory_ids": ["m-2"]}')], ways=ONCE)
def search(k):
    keeper = k.MemoryManager(model=k.model(), db=k.InMemoryDb())
    for n, sport in enumerate(("sails", "rows", "swims"), 1):
        memory = k.UserMemory(memory="The user " + sport, memory_id=f"m-{n}", topics=["sport"], updated_at=1000 + n)
        keeper.add_user_memory(memory, user_id="ada")
    for method in ("last_n", "first_n", "agentic"):
        found = keeper.search_user_memories("Boats with oars", limit=2, retrieval_method=method, user_id="ada")
        k.note(method, [m.memory_id for m in found])
    k.attempt("no query", lambda: keeper.search_user_memories(retrieval_method="agentic", user_id="ada"))


@scenario("memory/optimize", [say("The user sails and rows")], ways=ONCE)
def optimize(k):
    keeper = k.MemoryManager(model=k.model(), db=k.InMemoryDb())
    for sport in ("sails", "rows"):
        keeper.add_user_memory(k.UserMemory(memory="The user " + sport, topics=["sport"]), user_id="ada")
    k.note("made", [[m.memory, m.topics] for m in keeper.optimize_memories(user_id="ada")])
    k.note("kept", [m.memory for m in keeper.get_user_memories(user_id="ada")])


@scenario(
    "memory/agentic-state-kept",
    [call("update_session_state", session_state_updates={"pages": 2}), say("Done"), say("Two")],
    ways=WHOLE,
)
def agentic_state_kept(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", session_state={"pages": 1}, enable_agentic_state=True)
    k.run(agent, "Turn the page")
    k.run(agent, "Which page is it?")
    k.note("state", agent.get_session_state(session_id="s-log"))


@scenario(
    "memory/past-sessions",
    [say("Sails are fine"), say("So are oars"), call("search_past_sessions"),
     call("read_past_session", session_id="s-one"), call("read_past_session", session_id="s-none"), say("Of boats")],
    ways=ONCE,
)  # fmt: skip
def past_sessions(k):
    agent = k.agent(db=k.InMemoryDb(), search_past_sessions=True, user_id="ada")
    k.run(agent, "What of sails?", session_id="s-one")
    k.run(agent, "What of oars?", session_id="s-one")
    k.run(agent, "What did we talk about?", session_id="s-two")
