"""Old history replaced by a summary, of which the conversation itself knows nothing (core.md §2.1, §5)."""

from __future__ import annotations

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.scenarios.server import keeper
from contracts.script import Failure, call, say

FOLD = say("The crew met in Brest and sailed")
REFUSED = Failure("bad_request", "not that one", times=1)
TOO_LONG = Failure("overflow", "much too long", times=1)
LONG = "They sailed for a long time" + " and on" * 80
FOLD_AGAIN = say("The crew met, sailed and landed in Cork")
ASKED = ("Where they met?", "What came then?", "Where they landed?", "Still there now?")


def _agent(k, compaction, **options):
    known = {"db": k.sqlite(), "session_id": "s-log", "add_history_to_context": True, "compaction": compaction}
    return k.agent(**{**known, **options})


def _soon(k, **options):
    return k.Compaction(**{"compact_at_tokens": 1, "uncompacted_runs": 1, **options})


def _told(k, record):
    if record is not None:
        kept = (record.summary, record.messages_compacted, record.archived, record.run_id is not None)
        k.note("record", [*kept, record.tokens_before is not None, record.tokens_after is not None])
    else:
        k.note("record", None)


@scenario("compaction/every-way", [say("In Brest"), say("They sailed"), FOLD, say("In ", "Cork")], ways=EVERY_WAY)
def every_way(k):
    agent = _agent(k, _soon(k))
    for asked in ASKED[:2]:
        _told(k, agent.run(asked).compaction)
    output = k.run(agent, ASKED[2])
    _told(k, output.compaction)
    k.note("messages", [[m.role, m.content, m.from_history] for m in output.messages])


@scenario(
    "compaction/again",
    [say("In Brest"), say("They sailed"), FOLD, say("In Cork"), FOLD_AGAIN, say("They are")],
    ways=WHOLE,
)
def again(k):
    agent = _agent(k, _soon(k))
    for asked in ASKED:
        _told(k, k.run(agent, asked).compaction)
    k.session(agent, "s-log")
    k.note("metrics", agent.get_session_metrics(session_id="s-log"))


@scenario(
    "compaction/with-tools",
    [call("look", at="port"), say("In Brest"), call("look", at="sea"), say("They sailed"), FOLD, say("In Cork")],
    ways=ONCE,
)
def with_tools(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"There was a lot to see of the {at}"

    agent = _agent(k, _soon(k), tools=[look], instructions="Answer from the log only.")
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)


@scenario("compaction/below-the-threshold", [say("In Brest"), say("They sailed"), say("In Cork")], ways=ONCE)
def below(k):
    agent = _agent(k, _soon(k, compact_at_tokens=100_000))
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)


@scenario("compaction/owns-the-window", [say("Answer one"), say("Answer two"), say("Answer three"), say("Answer four"),
                                         say("Answer five")], ways=ONCE)  # fmt: skip
def owns_the_window(k):
    agent = _agent(k, k.Compaction(compact_at_tokens=100_000))
    for asked in ("The first thing", "The second thing", "The third thing", "The fourth thing", "The fifth thing"):
        k.run(agent, asked)


@scenario("compaction/in-own-words", [say("In Brest"), say("They sailed"), FOLD, say("In Cork")], ways=ONCE)
def own_words(k):
    rules = _soon(
        k, model=k.model(id="fold-model"), instructions="Keep the names of all ports.", compacted_token_budget=50
    )
    agent = _agent(k, rules)
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)
    k.note("stats", [rules.stats.compactions, rules.stats.messages_compacted])


@scenario(
    "compaction/fails", [say("In Brest"), say("They sailed"), REFUSED, say("In Cork")],
    ways=("run", "stream"),
)  # fmt: skip
def fails(k):
    agent = _agent(k, _soon(k))
    for asked in ASKED[:2]:
        agent.run(asked)
    _told(k, k.run(agent, ASKED[2]).compaction)


@scenario("compaction/not-worth-it", [say("In Brest"), say("They sailed"), say("In Cork")], ways=ONCE)
def not_worth_it(k):
    agent = _agent(k, _soon(k, enforce_min_fold_ratio=True, min_fold_ratio=50.0))
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)
    k.note("by hand", agent.compact(session_id="s-log").status.value)


@scenario("compaction/keeps-nothing", [say("In Brest"), FOLD, say("They sailed")], ways=ONCE)
def keeps_nothing(k):
    agent = _agent(k, _soon(k, uncompacted_runs=0))
    for asked in ASKED[:2]:
        _told(k, k.run(agent, asked).compaction)


@scenario("compaction/keeps-tokens", [say(LONG), say("They sailed"), FOLD, say("In Cork")], ways=ONCE)
def keeps_tokens(k):
    def count(messages, tools):
        return 2000 * (len(messages) > 3)

    rules = k.Compaction(compact_at_tokens=1000, uncompacted_tokens=40, token_counter=count)
    agent = _agent(k, rules)
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)


def counted(k):
    def count(messages, tools):
        return len(messages) * 100

    agent = _agent(k, k.Compaction(compact_at_tokens=400, uncompacted_runs=1, token_counter=count))
    for asked in ASKED[:3]:
        _told(k, k.run(agent, asked).compaction)


add("compaction/own-count", counted, [say("In Brest"), say("They sailed"), FOLD, say("In Cork")], ways=ONCE)


@scenario("compaction/by-hand", [say("In Brest"), say("They sailed"), FOLD, say("In Cork")], ways=WHOLE)
def by_hand(k):
    agent = _agent(k, k.Compaction(compact_at_tokens=None, uncompacted_runs=1))

    def fold(name):
        result = k.wait(agent.acompact(session_id="s-log")) if k.is_async else agent.compact(session_id="s-log")
        k.note(name, [result.status.value, result.compacted, result.metrics])
        _told(k, result.record)

    fold("no session")
    agent.run(ASKED[0])
    fold("too short")
    agent.run(ASKED[1])
    fold("folded")
    fold("once more")
    k.run(agent, ASKED[2])
    k.note("metrics", agent.get_session_metrics(session_id="s-log"))


@scenario("compaction/not-enabled", [say("In Brest")], ways=ONCE)
def not_enabled(k):
    agent = k.agent(db=k.sqlite(), session_id="s-log")
    agent.run(ASKED[0])
    k.note("status", agent.compact(session_id="s-log").status.value)
    k.note("off", k.agent(db=k.sqlite(), compaction=False).compact(session_id="s-log").status.value)


@scenario(
    "compaction/by-hand-fails",
    [say("In Brest"), say("They sailed"), Failure("bad_request", "not that one", times=1)],
    ways=ONCE,
)
def by_hand_fails(k):
    agent = _agent(k, k.Compaction(compact_at_tokens=None, uncompacted_runs=1))
    for asked in ASKED[:2]:
        agent.run(asked)
    result = agent.compact(session_id="s-log")
    k.note("failed", [result.status.value, result.metrics])


@scenario(
    "compaction/overflow",
    [
        say("In Brest, by the sea"),
        say(LONG),
        Failure("overflow", "much too long", times=1),
        FOLD,
        say("In ", "Cork"),
        say("They are"),
    ],
    ways=("run", "stream"),
)
def overflow(k):
    agent = _agent(k, True)
    for asked in ASKED[:2]:
        agent.run(asked)
    _told(k, k.run(agent, ASKED[2]).compaction)
    k.run(agent, ASKED[3])


@scenario(
    "compaction/overflow-without-gain",
    [say("In Brest"), say("They sailed"), TOO_LONG, FOLD, say("In Cork")],
    ways=ONCE,
)
def overflow_without_gain(k):
    agent = _agent(k, True)
    for asked in ASKED[:2]:
        agent.run(asked)
    k.run(agent, ASKED[2])


@scenario("compaction/overflow-of-one", [Failure("overflow", "much too long", times=1)], ways=ONCE)
def overflow_of_one(k):
    k.run(_agent(k, True), ASKED[0])


@scenario(
    "compaction/searched",
    [say("In Brest, at Pier 17"), say("They sailed"), FOLD, say("In Cork"),
     call("search_compacted_history", pattern="pier|quay"), FOLD_AGAIN.in_lane("none"), say("Pier 17")],
    ways=ONCE,
)  # fmt: skip
def searched(k):
    agent = _agent(k, k.Compaction(compact_at_tokens=None, uncompacted_runs=1))
    for asked in ASKED[:2]:
        agent.run(asked)
    agent.compact(session_id="s-log")
    agent.run(ASKED[2])
    k.run(agent, "At which pier did they meet?")


@scenario("compaction/bad-options", ways=ONCE)
def bad_options(k):
    for options in (
        {"compact_at_tokens": 0}, {"uncompacted_runs": -1}, {"uncompacted_tokens": 0}, {"compacted_token_budget": 0},
        {"min_fold_ratio": -1}, {"uncompacted_runs": 5, "uncompacted_tokens": 10}, {"token_counter": 3},
        {"search_compacted_messages": True, "store_compacted_messages": False},
        {"compact_at_tokens": 10, "uncompacted_tokens": 10},
    ):  # fmt: skip
        k.attempt(" ".join(sorted(options)), lambda given=options: k.Compaction(**given))


@scenario("compaction/defaults", ways=ONCE)
def defaults(k):
    for options in ({}, {"on_context_overflow": True}, {"uncompacted_tokens": 9}, {"store_compacted_messages": False}):
        made = k.Compaction(**options)
        limits = [made.compact_at_tokens, made.uncompacted_runs, made.uncompacted_tokens]
        k.note("made", [*limits, made.search_compacted_messages, made.on_context_overflow])


@scenario("compaction/served", [say("In Brest"), say("They sailed"), FOLD, say("In Cork")], ways=ONCE)
def served(k):
    rules = k.Compaction(compact_at_tokens=None, uncompacted_runs=1)
    service = k.serve(keeper(k, tools=[], add_history_to_context=True, compaction=rules))
    service.post("/agents/keeper/sessions/s-log/compact")
    for asked in ASKED[:2]:
        service.post("/agents/keeper/runs", form={"message": asked, "stream": "false", "session_id": "s-log"})
    service.post("/agents/keeper/sessions/s-log/compact")
    service.post("/agents/keeper/sessions/s-log/compact")
    service.post("/agents/nobody/sessions/s-log/compact")
    service.post("/agents/keeper/runs", form={"message": ASKED[2], "stream": "false", "session_id": "s-log"})
    service.get("/sessions/s-log", type="agent")
