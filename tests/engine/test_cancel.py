"""Cancellation: by id, by closing the stream, by cancelling the task; at every point where a run waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunOutput, RunStatus, ScriptedModel, SqliteDb
from agnolo.agent.recovery import recover
from agnolo.engine import cancel
from agnolo.engine.tool_calls import INTERRUPTED
from agnolo.ports.store import Store
from agnolo.providers.scripted import Say
from agnolo.runtime.bridge import drive
from agnolo.runtime.inline import InlineRuntime
from tests.engine.validity import assert_valid_history


async def slow_add(a: int, b: int) -> int:
    """Add, after a turn of the loop."""
    await asyncio.sleep(0)
    return a + b


def make(db: Store) -> Agent:
    model = ScriptedModel(
        [Say(text="First. ", calls=[("slow_add", {"a": 1, "b": 2}), ("slow_add", {"a": 3, "b": 4})]), "Then the end."]
    )
    return Agent(name="C", model=model, tools=[slow_add], db=db, session_id="s")


class CancelledAt:
    """Awaits a coroutine and throws CancelledError into it where it waits for the n-th time."""

    def __init__(self, coro: Any, n: int) -> None:
        self._steps = coro.__await__()
        self._left = n
        self.reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        try:
            waited = next(self._steps)
            while True:
                self._left -= 1
                if self._left == 0:
                    self.reached = True
                    waited = self._steps.throw(asyncio.CancelledError())
                    continue
                sent = yield waited
                waited = self._steps.send(sent)
        except StopIteration as done:
            return done.value


async def consume(agent: Agent) -> list[str]:
    stream = agent.arun("go", stream=True, stream_events=True)
    try:
        return [event.event async for event in stream]  # pyright: ignore[reportAttributeAccessIssue] - events only
    finally:
        await stream.aclose()


def test_cancelled_at_every_await_point_a_run_is_stored_once_and_valid(tmp_path: Path) -> None:
    reached_any = 0
    for n in range(1, 200):
        db = SqliteDb(tmp_path / f"{n}.db")
        agent = make(db)

        async def attempt(agent: Agent = agent, n: int = n) -> bool:
            probe = CancelledAt(consume(agent), n)
            with suppress(asyncio.CancelledError):
                await probe
            leftovers = asyncio.all_tasks() - {asyncio.current_task()}
            assert not leftovers, leftovers
            return probe.reached

        if not asyncio.run(attempt()):
            break
        reached_any += 1
        session = agent.get_session("s")
        runs = session.runs if session else []
        assert [run.status for run in runs] in ([], [RunStatus.cancelled], [RunStatus.completed])
        for run in runs:
            assert_valid_history(run.messages)
        assert drive(recover(db, InlineRuntime())) == 0
        db.close()
    assert reached_any >= 4


@pytest.mark.parametrize("taken", range(1, 12))
def test_closing_a_stream_early_stores_the_run_as_cancelled_with_what_was_told(taken: int) -> None:
    agent = make(InMemoryDb())
    stream = agent.run("go", stream=True, stream_events=True)
    told = [next(stream) for _ in range(taken)]
    stream.close()
    (run,) = agent.get_session("s").runs  # pyright: ignore[reportOptionalMemberAccess] - it is stored
    said = "".join(e.content for e in told if e.event == "RunContent")  # pyright: ignore[reportAttributeAccessIssue] - by name
    assert run.status is RunStatus.cancelled
    assert (run.content or "") == said
    assert_valid_history(run.messages)


def test_a_run_cancelled_before_it_starts_does_nothing() -> None:
    agent = make(InMemoryDb())
    assert Agent.cancel_run("run-1") is False
    output = agent.run("go", run_id="run-1")
    assert output.status is RunStatus.cancelled
    assert agent.model.requests == []  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess] - scripted


@pytest.mark.parametrize("stream", [False, True])
def test_a_sync_run_that_waits_for_an_async_tool_is_woken_by_cancel_run(stream: bool) -> None:
    waiting = threading.Event()

    async def forever() -> str:
        """Wait."""
        waiting.set()
        await asyncio.Event().wait()
        return "never"

    agent = Agent(model=ScriptedModel([Say(text="Wait. ", calls=[("forever", {})])]), tools=[forever], db=InMemoryDb())
    outputs: list[RunOutput] = []

    def work() -> None:
        if stream:
            *_, output = agent.run("go", run_id=f"w{stream}", stream=True, yield_run_output=True)
            outputs.append(output)  # pyright: ignore[reportArgumentType] - the last item
        else:
            outputs.append(agent.run("go", run_id=f"w{stream}"))

    thread = threading.Thread(target=work)
    thread.start()
    waiting.wait()
    assert Agent.cancel_run(f"w{stream}") is True
    thread.join()
    assert outputs[0].status is RunStatus.cancelled
    assert [m.content for m in outputs[0].messages if m.role == "tool"] == [INTERRUPTED]


def test_an_async_run_that_waits_for_a_blocking_tool_is_woken_by_cancel_run() -> None:
    release = threading.Event()

    async def main() -> RunOutput:
        loop = asyncio.get_running_loop()
        waiting = asyncio.Event()

        def stuck() -> str:
            """Block a thread."""
            loop.call_soon_threadsafe(waiting.set)
            release.wait()
            return "late"

        agent = Agent(model=ScriptedModel([Say(calls=[("stuck", {})])]), tools=[stuck], db=InMemoryDb())
        run = asyncio.ensure_future(agent.arun("go", run_id="stuck-1"))
        await waiting.wait()
        cancel.cancel("stuck-1", "enough")
        output = await run
        release.set()
        return output

    output = asyncio.run(main())
    assert output.status is RunStatus.cancelled
    assert [m.content for m in output.messages if m.role == "tool"] == [INTERRUPTED]


def test_a_token_forgets_its_run_when_the_run_ends() -> None:
    agent = make(InMemoryDb())
    agent.run("go", run_id="gone")
    assert cancel.is_live("gone") is False
