"""What stands around a tool's call: hooks, and results that are kept."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, RunContext, RunOutput, ScriptedModel, Toolkit, ToolResult, tool
from agnolo.ports.function_call import FunctionCall
from agnolo.providers.scripted import Say
from agnolo.runtime.clock import virtual_time
from agnolo.vocabulary.errors import RetryAgentRun
from agnolo.vocabulary.media import Image

DOUBLE = Say(calls=[("double", {"number": 21})])


def double(number: int) -> int:
    """Double a number."""
    return number * 2


def ran(tools: list[Any], *, replies: int = 1, awaited: bool = False, **options: Any) -> RunOutput:
    agent = Agent(model=ScriptedModel([*[DOUBLE] * replies, "Done."]), tools=tools, session_id="s", **options)
    if not awaited:
        return agent.run("go")

    async def whole() -> RunOutput:
        return await agent.arun("go")

    return asyncio.run(whole())


def results(output: RunOutput) -> list[str | None]:
    return [execution.result for execution in output.tools or ()]


@pytest.mark.parametrize("awaited", [False, True])
def test_hooks_stand_around_the_call_the_first_outermost(awaited: bool) -> None:
    seen: list[str] = []

    def outer(function_name: str, func: Any, args: dict[str, Any]) -> str:
        seen.append(f"outer {function_name} {args}")
        return f"<{func(**args)}>"

    def inner(name: str, function_call: Any, arguments: dict[str, Any], run_context: RunContext, agent: Agent) -> Any:
        seen.append(f"inner {name} {run_context.session_id} {agent.id}")
        return function_call(**arguments)

    output = ran([double], awaited=awaited, tool_hooks=[outer, inner], id="a")
    assert (results(output), seen) == (["<42>"], ["outer double {'number': 21}", "inner double s a"])


@pytest.mark.parametrize("awaited", [False, True])
def test_hooks_and_tools_may_be_async_in_any_mixture(awaited: bool) -> None:
    async def outer(func: Any, args: dict[str, Any]) -> str:
        return f"<{await func(**args)}>"

    def middle(function: Any, args: dict[str, Any]) -> Any:
        return function(**args)

    async def slow(number: int) -> int:
        """Double a number."""
        return number * 2

    assert results(ran([double], awaited=awaited, tool_hooks=[outer, middle])) == ["<42>"]
    later = tool(name="double", tool_hooks=[middle])(slow)
    assert results(ran([later], awaited=awaited)) == ["42"]


def test_a_hook_changes_arguments_answers_itself_or_forbids_the_call() -> None:
    made: list[int] = []

    def noted(number: int) -> int:
        """Double."""
        made.append(number)
        return number * 2

    named = tool(name="double")(noted)

    def changes(func: Any, args: dict[str, Any]) -> Any:
        return func(number=args["number"] + 1)

    def answers() -> str:
        return "from elsewhere"

    def forbids() -> None:
        raise PermissionError("not for you")

    assert results(ran([named], tool_hooks=[changes])) == ["44"]
    assert results(ran([named], tool_hooks=[answers])) == ["from elsewhere"]
    forbidden = ran([named], tool_hooks=[forbids])
    assert results(forbidden) == ["PermissionError: not for you"]
    assert [execution.tool_call_error for execution in forbidden.tools or ()] == [True]
    assert made == [22]


def test_the_agents_hooks_replace_those_of_a_tool() -> None:
    own = tool(name="double", tool_hooks=[lambda: "own"])(double)
    assert results(ran([own])) == ["own"]
    assert results(ran([own], tool_hooks=[lambda: "agent's"])) == ["agent's"]
    assert results(ran([own], tool_hooks=[])) == ["42"]


def test_pre_and_post_hook_see_the_call(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []

    def before(fc: FunctionCall) -> None:
        seen.append(fc.get_call_str())
        fc.arguments["number"] = 5

    def after(fc: FunctionCall, agent: Agent) -> None:
        seen.append((fc.result, fc.error, agent.id))
        raise OSError("no log today")

    def odd(number: int) -> int:
        """Fail."""
        raise ValueError(f"{number} is odd")

    with caplog.at_level(logging.WARNING):
        assert results(ran([tool(name="double", pre_hook=before, post_hook=after)(double)], id="a")) == ["10"]
    assert "a hook of tool 'double' failed" in caplog.text
    assert seen == ["double(number=21)", (10, None, "a")]
    assert results(ran([tool(name="double", post_hook=after)(odd)], id="a")) == ["ValueError: 21 is odd"]
    assert seen[-1] == (None, "21 is odd", "a")


def test_a_hook_may_steer_the_run() -> None:
    def before() -> None:
        raise RetryAgentRun("think again")

    assert results(ran([tool(name="double", pre_hook=before)(double)])) == ["think again"]


def test_a_plain_hook_that_waits_says_so() -> None:
    async def elsewhere() -> str:
        await asyncio.sleep(0)
        return "x"

    [told] = results(ran([double], tool_hooks=[lambda: elsewhere()]))
    assert told == "TypeError: a plain hook gave an awaitable where its tool is plain: make the hook async"


# ---- kept results


class Die:
    """A tool that gives something else each time."""

    def __init__(self, folder: Path, result: Any = None, **options: Any) -> None:
        self.rolls = 0

        def roll(number: int) -> Any:
            """Roll."""
            self.rolls += 1
            return f"rolled {self.rolls}" if result is None else result

        self.tool = tool(name="double", cache_results=True, cache_dir=str(folder), **options)(roll)


def test_a_result_is_kept_for_the_same_arguments(tmp_path: Path) -> None:
    die, seen = Die(tmp_path), list[str]()
    output = ran([die.tool], replies=2, tool_hooks=[lambda func: seen.append("hook") or func()])
    assert (results(output), die.rolls, seen) == (["rolled 1", "rolled 1"], 1, ["hook", "hook"])
    assert results(ran([Die(tmp_path).tool])) == ["rolled 1"]


def test_a_kept_result_grows_old(tmp_path: Path) -> None:
    die = Die(tmp_path, cache_ttl=60)
    with virtual_time() as clock:
        ran([die.tool])
        clock.advance(59)
        assert results(ran([die.tool])) == ["rolled 1"]
        clock.advance(2)
        assert results(ran([die.tool])) == ["rolled 2"]


def test_what_a_run_supplies_makes_results_a_users_own(tmp_path: Path) -> None:
    calls: list[str | None] = []

    @tool(name="double", cache_results=True, cache_dir=str(tmp_path))
    def whose(number: int, run_context: RunContext) -> str:
        """Whose."""
        calls.append(run_context.user_id)
        return f"of {run_context.user_id}"

    assert [results(ran([whose], user_id=user)) for user in ("ada", "bob", "ada")] == [
        ["of ada"],
        ["of bob"],
        ["of ada"],
    ]
    assert calls == ["ada", "bob"]


def test_only_what_files_hold_without_loss_is_kept(tmp_path: Path) -> None:
    with_image = ToolResult("seen", images=[Image(url="http://x/y.png")])
    for place, (result, rolls) in enumerate(
        [(ToolResult("text", metadata={"a": 1}), 1), (with_image, 2), ((1, 2), 2), ({"a": [1]}, 1)]
    ):
        die = Die(tmp_path / str(place), result)
        ran([die.tool], replies=2)
        assert die.rolls == rolls


def test_media_given_to_a_tool_keep_it_from_being_cached(tmp_path: Path) -> None:
    rolls: list[int] = []

    @tool(name="double", cache_results=True, cache_dir=str(tmp_path))
    def look(number: int, images: Any = None) -> str:
        """Look."""
        rolls.append(number)
        return "seen"

    agent = Agent(model=ScriptedModel([DOUBLE, DOUBLE, "Done."]), tools=[look])
    agent.run("go", images=[Image(url="http://x/y.png")])
    assert rolls == [21, 21]


def test_async_tools_and_toolkits_keep_results(tmp_path: Path) -> None:
    rolls: list[int] = []

    async def slow(number: int) -> str:
        """Slow."""
        rolls.append(number)
        return "slowly"

    kit = Toolkit(async_tools=[(slow, "double")], cache_results=True, cache_dir=str(tmp_path))
    assert results(ran([kit], replies=2, awaited=True)) == ["slowly", "slowly"]
    assert rolls == [21]


def test_a_folder_that_can_not_be_used_costs_the_caching_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("x")
    with caplog.at_level(logging.WARNING):
        assert results(ran([Die(tmp_path / "file").tool])) == ["rolled 1"]
    assert "can't be kept" in caplog.text
    die = Die(tmp_path)
    ran([die.tool])
    for kept in tmp_path.rglob("*.json"):
        kept.write_text("{")
    assert results(ran([die.tool])) == ["rolled 2"]
