"""Tool results made shorter by a model before they are sent again (core.md §2.1, §5)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.script import Call, Failure, call, calls, say

LOOKS = calls(*(Call("look", {"at": at}) for at in ("sea", "sky", "land")))
SHORT = [say("Sea: blue"), say("Sky: grey"), say("Land: green")]


def _looker(k, **options):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"There is a lot to be seen of the {at}"

    return k.agent(**{"tools": [look], "compress_tool_results": True, **options})


def _told(k, messages):
    k.note("messages", [[m.role, m.content, m.compressed_content] for m in messages])


@scenario("compression/three-results", [LOOKS, *SHORT, say("All ", "of it")], ways=("run", "stream"))
def three_results(k):
    output = k.run(_looker(k), "What is out there?")
    _told(k, output.messages)


@scenario("compression/every-way", [call("look", at="sea"), say("Sea: blue"), say("Only ", "water")], ways=EVERY_WAY)
def every_way(k):
    manager = k.CompressionManager(compress_tool_results_limit=1)
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)
    k.note("stats", manager.stats)


@scenario(
    "compression/below-the-limit",
    [calls(Call("look", {"at": "sea"}), Call("look", {"at": "sky"})), say("Done")],
    ways=WHOLE,
)
def below(k):
    _told(k, k.run(_looker(k), "What is out there?").messages)


@scenario(
    "compression/two-rounds",
    [call("look", at="sea"), say("Sea: blue"), call("look", at="sky"), say("Sky: grey"), say("Water and air")],
    ways=("run", "stream"),
)
def two_rounds(k):
    manager = k.CompressionManager(compress_tool_results_limit=1)
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)
    k.note("stats", manager.stats)


@scenario("compression/own-words", [call("look", at="sea"), say("Sea: blue"), say("Only water")], ways=ONCE)
def own_words(k):
    manager = k.CompressionManager(
        model=k.model(id="short-model"), compress_tool_results_limit=1,
        compress_tool_call_instructions="Say it in two words, please.",
    )  # fmt: skip
    _told(k, k.run(_looker(k, compression_manager=manager, compress_tool_results=False), "What is out there?").messages)


@scenario("compression/manager-off", [call("look", at="sea"), say("Only water")], ways=ONCE)
def manager_off(k):
    manager = k.CompressionManager(compress_tool_results=False, compress_tool_results_limit=1)
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)


def tokens(k):
    manager = k.CompressionManager(compress_token_limit=k.options["limit"])
    k.note("limits", [manager.compress_tool_results_limit, manager.compress_token_limit])
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)


for name, limit, script in (
    ("tokens-reached", 10, [call("look", at="sea"), say("Sea: blue"), say("Only water")]),
    ("tokens-not-reached", 100_000, [call("look", at="sea"), say("Only water")]),
):
    add(f"compression/{name}", tokens, script, ways=ONCE, limit=limit)


@scenario(
    "compression/fails", [call("look", at="sea"), Failure("bad_request", "not that one", times=1), say("Only water")],
    ways=("run", "stream"),
)  # fmt: skip
def fails(k):
    manager = k.CompressionManager(compress_tool_results_limit=1)
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)


@scenario("compression/nothing-said", [call("look", at="sea"), say(""), say("Only water")], ways=ONCE)
def nothing_said(k):
    manager = k.CompressionManager(compress_tool_results_limit=1)
    _told(k, k.run(_looker(k, compression_manager=manager), "What is out there?").messages)


@scenario(
    "compression/in-history",
    [call("look", at="sea"), say("Sea: blue"), say("Only water"), say("As I said")],
    ways=WHOLE,
)
def in_history(k):
    manager = k.CompressionManager(compress_tool_results_limit=1)
    agent = _looker(k, compression_manager=manager, db=k.sqlite(), session_id="s-log", add_history_to_context=True)
    k.run(agent, "What is out there?")
    k.run(agent, "Say that again")
    k.session(agent, "s-log")


@scenario(
    "compression/of-history",
    [
        call("look", at="sea"),
        say("Only water"),
        say("Sea: blue"),
        say("As I said"),
        say("Sea: still blue"),
        say("Once more"),
    ],
    ways=ONCE,
)
def of_history(k):
    store = k.sqlite()
    k.run(_looker(k, compress_tool_results=False, db=store, session_id="s-log"), "What is out there?")
    manager = k.CompressionManager(compress_tool_results_limit=1)
    again = _looker(k, compression_manager=manager, db=store, session_id="s-log", add_history_to_context=True)
    k.run(again, "Say that again")
    k.run(again, "Say it once more")
    k.session(again, "s-log")


@scenario("compression/by-hand", [say("Sea: blue"), say("Sky: grey")], ways=WHOLE)
def by_hand(k):
    manager = k.CompressionManager(model=k.model(), compress_tool_results_limit=2)
    told = [
        k.Message(role="user", content="What is out there?"),
        k.Message(role="tool", tool_name="look", content="There is a lot of sea"),
    ]
    k.note("few", k.wait(manager.ashould_compress(told)) if k.is_async else manager.should_compress(told))
    told.append(k.Message(role="tool", tool_name="look", content="There is a lot of sky"))
    k.note("many", k.wait(manager.ashould_compress(told)) if k.is_async else manager.should_compress(told))
    manager.compress(told)
    _told(k, told)
    k.note("stats", manager.stats)


@scenario("compression/defaults", ways=ONCE)
def defaults(k):
    for options in ({}, {"compress_token_limit": 5}, {"compress_tool_results_limit": 4}):
        manager = k.CompressionManager(**options)
        k.note("limits", [manager.compress_tool_results_limit, manager.compress_token_limit, manager.stats])
