"""Tool calls within a run: steering, stopping, showing, timing out, media, nesting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agnolo import Agent, Image, InMemoryDb, RunContext, RunStatus, ScriptedModel, ToolResult, tool
from agnolo.engine.tool_calls import INTERRUPTED
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import RetryAgentRun, StopAgentRun
from agnolo.vocabulary.events import ToolCallCompletedEvent, ToolCallErrorEvent, ToolCallStartedEvent
from tests.engine import ways
from tests.engine.validity import assert_valid_history

WAYS = pytest.mark.parametrize("way", ways.STREAMED.values(), ids=ways.STREAMED)


def agent_calling(name: str, arguments: dict[str, Any], tools: list[Any], *after: Any) -> Agent:
    return Agent(
        model=ScriptedModel([Say(text="Calling. ", calls=[(name, arguments)]), *after]), tools=tools, db=InMemoryDb()
    )


def spoken(agent: Agent, request: int) -> list[tuple[str, Any]]:
    return [(m.role, m.content) for m in agent.model.requests[request].messages]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


@WAYS
def test_a_tool_that_stops_the_run_gives_its_result_as_content(way: ways.Way) -> None:
    @tool(stop_after_tool_call=True)
    def finish(text: str) -> str:
        """Finish."""
        return f"final {text}"

    agent = agent_calling("finish", {"text": "x"}, [finish], "never asked")
    events, output = way(agent, "go")
    assert (output.status, output.content) == (RunStatus.completed, "Calling. final x")
    told = ["ToolCallStarted", "RunContent", "ToolCallCompleted", "RunContentCompleted", "RunCompleted"]
    assert ways.names(events)[-5:] == told
    stops = [
        e.tool.stop_after_tool_call for e in events if isinstance(e, ToolCallStartedEvent | ToolCallCompletedEvent)
    ]
    assert stops == [False, True]
    assert len(agent.model.requests) == 1  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


def test_a_shown_result_is_content_and_the_run_goes_on() -> None:
    @tool(show_result=True)
    def show() -> str:
        """Show."""
        return "[shown] "

    output = agent_calling("show", {}, [show], "And then.").run("go")
    assert output.content == "Calling. [shown] And then."


@WAYS
def test_retry_agent_run_tells_the_model_what_to_do(way: ways.Way) -> None:
    def strict(n: int) -> str:
        """Take a positive number."""
        if n < 0:
            raise RetryAgentRun("n must be positive", user_message="Use 1.", agent_message="I will.")
        return "fine"

    agent = agent_calling("strict", {"n": -1}, [strict], "Done.")
    _, output = way(agent, "go")
    assert output.status is RunStatus.completed
    assert [(t.tool_call_error, t.stop_after_tool_call) for t in output.tools or ()] == [(True, False)]
    assert spoken(agent, 1)[2:] == [("tool", "n must be positive"), ("user", "Use 1."), ("assistant", "I will.")]


@WAYS
def test_stop_agent_run_ends_the_run_as_completed(way: ways.Way) -> None:
    def enough() -> str:
        """Stop."""
        raise StopAgentRun("that is all")

    events, output = way(agent_calling("enough", {}, [enough], "never"), "go")
    assert ways.names(events)[-4:] == ["ToolCallCompleted", "ToolCallError", "RunContentCompleted", "RunCompleted"]
    assert [(t.tool_call_error, t.stop_after_tool_call) for t in output.tools or ()] == [(True, True)]
    assert (output.status, output.content) == (RunStatus.completed, "Calling. ")
    assert output.messages[-1].content == "that is all"


@WAYS
def test_arguments_that_do_not_fit_are_told_and_the_run_goes_on(way: ways.Way) -> None:
    @tool(stop_after_tool_call=True)
    def finish(times: int) -> str:
        """Finish."""
        return "x" * times

    agent = agent_calling("finish", {"times": "many"}, [finish], Say(calls=[("finish", {"times": 2})]))
    events, output = way(agent, "go")
    executions = [(t.tool_args, t.tool_call_error, t.stop_after_tool_call) for t in output.tools or ()]
    assert executions == [({"times": "many"}, True, False), ({"times": 2}, False, True)]
    assert output.content == "Calling. xx"
    (failed,) = [e for e in events if isinstance(e, ToolCallErrorEvent)]
    assert spoken(agent, 1)[-1] == ("tool", failed.error) == ("tool", output.messages[2].content)
    assert (output.messages[2].tool_args, output.messages[2].tool_call_error) == ({"times": "many"}, True)


@WAYS
def test_a_tool_that_takes_too_long_is_told_to_the_model(way: ways.Way) -> None:
    release = threading.Event()

    @tool(timeout=0.01)
    def stuck() -> str:
        """Never ends."""
        release.wait()
        return "late"

    agent = agent_calling("stuck", {}, [stuck], "Gave up.")
    events, output = way(agent, "go")
    release.set()
    assert output.status is RunStatus.completed
    assert spoken(agent, 1)[-1] == ("tool", "stuck did not finish within 0.01 s.")
    assert any(isinstance(e, ToolCallErrorEvent) for e in events)


def test_a_timeout_error_of_the_tool_itself_is_told_as_such() -> None:
    def slow() -> str:
        """Times out by itself."""
        raise TimeoutError("upstream")

    agent = agent_calling("slow", {}, [slow], "ok")
    agent.run("go")
    assert spoken(agent, 1)[-1] == ("tool", "TimeoutError: upstream")


@WAYS
def test_media_of_a_result_reach_the_model_in_a_message_of_their_own(way: ways.Way) -> None:
    picture = Image(url="https://example.com/a.png", id="a")

    def draw() -> ToolResult:
        """Draw."""
        return ToolResult(content="drawn", images=[picture])

    agent = agent_calling("draw", {}, [draw], "Nice.")
    events, output = way(agent, "go")
    last = agent.model.requests[1].messages[-1]  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted
    assert (last.role, last.images) == ("user", [picture])
    (completed,) = [e for e in events if isinstance(e, ToolCallCompletedEvent)]
    assert (completed.images, completed.tool.result) == ([picture], "drawn")
    assert_valid_history(output.messages)


def test_generator_tools_are_joined() -> None:
    def pieces() -> Iterator[str]:
        """Speak in pieces."""
        yield "one "
        yield "two"

    agent = agent_calling("pieces", {}, [pieces], "ok")
    agent.run("go")
    assert spoken(agent, 1)[-1] == ("tool", "one two")


def nested(way: str) -> Callable[..., Any]:
    inner = Agent(name="Inner", model=ScriptedModel(["inner says hi"], loop=True))

    def ask_sync(question: str) -> str:
        """Ask another agent."""
        return str(inner.run(question).content)

    async def ask_async(question: str) -> str:
        """Ask another agent."""
        return str((await inner.arun(question)).content)

    async def ask_sync_in_async(question: str) -> str:
        """Ask another agent, blocking the loop."""
        return str(inner.run(question).content)

    return {"sync": ask_sync, "async": ask_async, "sync inside async": ask_sync_in_async}[way]


@WAYS
@pytest.mark.parametrize("inside", ["sync", "async", "sync inside async"])
def test_agents_may_be_called_within_tools_in_any_colour(way: ways.Way, inside: str) -> None:
    ask = nested(inside)
    agent = agent_calling(ask.__name__, {"question": "hi?"}, [ask], "Heard.")
    _, output = way(agent, "go")
    assert [t.result for t in output.tools or ()] == ["inner says hi"]


def test_a_sync_run_on_the_portals_own_thread_does_not_wait_for_itself() -> None:
    innermost = Agent(model=ScriptedModel(["deep"], loop=True))

    async def deepest() -> str:
        """An async tool that runs an agent with an async tool, synchronously."""

        async def leaf() -> str:
            """Leaf."""
            await asyncio.sleep(0)
            return str(innermost.run("x").content)

        inner = Agent(model=ScriptedModel([Say(calls=[("leaf", {})]), "inner"]), tools=[leaf])
        return str(inner.run("x").content)

    output = agent_calling("deepest", {}, [deepest], "outer").run("go")
    assert [t.result for t in output.tools or ()] == ["inner"]


def test_tools_are_given_what_they_ask_for() -> None:
    seen: dict[str, Any] = {}

    def ask(what: str, agent: Agent, context: RunContext, session_state: dict[str, Any], images: list[Image]) -> str:
        """Ask."""
        seen.update(agent=agent, context=context, state=session_state, images=images)
        return what

    picture = Image(url="https://example.com/a.png", id="a")
    agent = agent_calling("ask", {"what": "w", "agent": "forged"}, [ask], "ok")
    output = agent.run("go", user_id="u", session_id="s", images=[picture], session_state={"k": 1})
    assert output.tools is not None
    assert output.tools[0].result == "w"
    whose = {"current_run_id": output.run_id, "current_session_id": "s", "current_user_id": "u"}
    assert (seen["agent"], seen["state"], seen["images"]) == (agent, {"k": 1} | whose, [picture])
    assert output.session_state == {"k": 1}
    assert (seen["context"].user_id, seen["context"].session_id) == ("u", "s")
    assert [m.role for m in seen["context"].messages] == ["user", "assistant"]


def test_many_calls_of_one_answer_keep_their_order_when_some_fail() -> None:
    def part(n: int) -> int:
        """A part."""
        if n % 2:
            raise ValueError(f"odd {n}")
        return n

    calls = [("part", {"n": n}) for n in range(6)] + [("nope", {})]
    agent = Agent(model=ScriptedModel([Say(calls=calls), "ok"]), tools=[part])
    _, output = ways.arun_stream(agent, "go")
    assert [m.content for m in output.messages if m.role == "tool"] == [
        "0", "ValueError: odd 1", "2", "ValueError: odd 3", "4", "ValueError: odd 5",
        "There is no tool 'nope'. Tools: part.",
    ]  # fmt: skip
    assert_valid_history(output.messages)


def test_keyboard_interrupt_in_a_tool_cancels_the_run_and_keeps_what_it_had() -> None:
    def interrupt() -> str:
        """Press Ctrl-C."""
        raise KeyboardInterrupt

    agent = agent_calling("interrupt", {}, [interrupt], "never")
    output = agent.run("go", session_id="s")
    assert (output.status, output.content) == (RunStatus.cancelled, "Calling. ")
    assert output.messages[-1].content == INTERRUPTED
    assert_valid_history(output.messages)
