"""What both runtimes promise, and where they differ."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest

from agnolo.engine.cancel import Token
from agnolo.ports.runtime import Runtime
from agnolo.runtime.bridge import drive, iterate
from agnolo.runtime.clock import virtual_time
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.runtime.portal import READ_AHEAD, portal
from agnolo.vocabulary.errors import RunCancelledException

Work = Callable[[Runtime, Token], Awaitable[Any]]


def inline(work: Work, token: Token) -> Any:
    return drive(work(InlineRuntime(), token))


def loop(work: Work, token: Token) -> Any:
    async def main() -> Any:
        return await work(LoopRuntime(), token)

    return asyncio.run(main())


RUNTIMES = pytest.mark.parametrize("run", [inline, loop])


@RUNTIMES
def test_sync_and_async_callables_are_called(run: Callable[..., Any]) -> None:
    async def later(x: int, *, y: int) -> int:
        await asyncio.sleep(0)
        return x + y

    async def work(at: Runtime, token: Token) -> list[Any]:
        return [
            await at.call(token, lambda x, y: x - y, 5, y=2),
            await at.call(token, later, 5, y=2),
            await at.call(token, lambda: later(1, y=1)),
            await at.call(token, later, 1, y=1, timeout=60),
            await at.call(token, lambda: "in time", timeout=60),
        ]

    assert run(work, Token("r")) == [3, 7, 2, 2, "in time"]


@RUNTIMES
def test_exceptions_of_callables_come_through_unchanged(run: Callable[..., Any]) -> None:
    async def fails() -> None:
        raise KeyError("async")

    def raises() -> None:
        raise KeyError("sync")

    for fn, timeout in ((fails, None), (raises, None), (fails, 60), (raises, 60)):

        async def work(at: Runtime, token: Token, fn: Any = fn, timeout: Any = timeout) -> None:
            await at.call(token, fn, timeout=timeout)

        with pytest.raises(KeyError) as caught:
            run(work, Token("r"))
        assert caught.traceback[-1].name in ("fails", "raises")


@RUNTIMES
def test_a_callable_that_takes_too_long_is_left_behind(run: Callable[..., Any]) -> None:
    release = threading.Event()

    async def stuck() -> None:
        await asyncio.Event().wait()

    for fn in (release.wait, stuck):

        async def work(at: Runtime, token: Token, fn: Any = fn) -> None:
            await at.call(token, fn, timeout=0.01)

        with pytest.raises(TimeoutError):
            run(work, Token("r"))
    release.set()


@RUNTIMES
def test_context_variables_reach_callables_in_threads(run: Callable[..., Any]) -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")

    async def work(at: Runtime, token: Token) -> list[str]:
        name.set("Ada")
        return [await at.call(token, name.get), await at.call(token, name.get, timeout=60)]

    assert run(work, Token("r")) == ["Ada", "Ada"]


@RUNTIMES
@pytest.mark.parametrize("what", ["blocking", "async", "asleep", "iterating"])
def test_a_request_to_cancel_ends_any_wait(run: Callable[..., Any], what: str) -> None:
    token, waiting, release = Token("r"), threading.Event(), threading.Event()

    def blocking() -> None:
        waiting.set()
        release.wait()

    async def forever() -> None:
        waiting.set()
        await asyncio.Event().wait()

    async def source() -> AsyncGenerator[int, None]:
        yield 1
        await forever()

    async def work(at: Runtime, token: Token) -> None:
        if what == "blocking":
            await at.call(token, blocking, timeout=60)
        elif what == "async":
            await at.call(token, forever)
        elif what == "asleep":
            waiting.set()
            await at.sleep(token, 60)
        else:
            async for _ in at.iterate(token, source()):
                pass

    def cancel() -> None:
        waiting.wait()
        token.request("enough")

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(RunCancelledException, match="enough"):
        run(work, token)
    canceller.join()
    release.set()


@RUNTIMES
def test_a_token_requested_beforehand_ends_a_wait_at_once(run: Callable[..., Any]) -> None:
    token = Token("r")
    token.request("early")

    async def work(at: Runtime, token: Token) -> None:
        await at.call(token, asyncio.Event().wait)

    with pytest.raises(RunCancelledException, match="early"):
        run(work, token)


@RUNTIMES
@pytest.mark.parametrize("loop_bound", [True, False])
def test_iterate_gives_all_items_and_closes_the_source(run: Callable[..., Any], loop_bound: bool) -> None:
    closed: list[str] = []

    async def source(n: int) -> AsyncGenerator[int, None]:
        try:
            for i in range(n):
                if loop_bound:
                    await asyncio.sleep(0)
                yield i
        finally:
            closed.append("source")

    async def work(at: Runtime, token: Token) -> tuple[list[int], int]:
        everything = [i async for i in at.iterate(token, source(READ_AHEAD * 3), loop_bound=loop_bound)]
        some = at.iterate(token, source(READ_AHEAD * 3), loop_bound=loop_bound)
        first = await anext(some)
        await some.aclose()
        return everything, first

    assert run(work, Token("r")) == (list(range(READ_AHEAD * 3)), 0)
    assert closed == ["source", "source"]


@RUNTIMES
def test_an_error_of_the_source_comes_after_its_items(run: Callable[..., Any]) -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        raise OSError("cut")

    async def work(at: Runtime, token: Token) -> list[Any]:
        got: list[Any] = []
        try:
            async for i in at.iterate(token, source()):
                got.append(i)
        except OSError as error:
            got.append(str(error))
        return got

    assert run(work, Token("r")) == [1, "cut"]


@RUNTIMES
def test_wait_gives_results_and_errors_of_work_elsewhere(run: Callable[..., Any]) -> None:
    ready: Future[int] = Future()
    ready.set_result(1)
    failed: Future[int] = Future()
    failed.set_exception(OSError("disk"))
    late: Future[int] = Future()

    async def work(at: Runtime, token: Token) -> list[int]:
        threading.Thread(target=late.set_result, args=(2,)).start()
        return [await at.wait(ready), await at.wait(late)]

    assert run(work, Token("r")) == [1, 2]

    async def broken(at: Runtime, token: Token) -> None:
        await at.wait(failed)

    with pytest.raises(OSError, match="disk"):
        run(broken, Token("r"))


def test_a_commit_is_waited_for_even_when_the_task_is_cancelled() -> None:
    done: Future[int] = Future()
    seen: list[str] = []

    async def main() -> None:
        async def committing() -> None:
            try:
                await LoopRuntime().wait(done)
            finally:
                seen.append("returned" if done.done() else "too early")

        task = asyncio.ensure_future(committing())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        done.set_result(1)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert seen == ["returned"]


@RUNTIMES
def test_gather_keeps_order_and_raises_the_first_failure(run: Callable[..., Any]) -> None:
    order: list[str] = []

    def thunk(name: str, error: Exception | None = None) -> Callable[[], Awaitable[str]]:
        async def body() -> str:
            order.append(name)
            if error:
                raise error
            return name

        return body

    async def good(at: Runtime, token: Token) -> list[str]:
        return await at.gather([thunk("a"), thunk("b"), thunk("c")])

    async def bad(at: Runtime, token: Token) -> list[str]:
        return await at.gather([thunk("d"), thunk("e", OSError("e"))])

    assert run(good, Token("r")) == ["a", "b", "c"]
    with pytest.raises(OSError, match="e"):
        run(bad, Token("r"))
    assert order == ["a", "b", "c", "d", "e"]


def test_a_failure_in_gather_cancels_the_others_and_waits_for_them() -> None:
    seen: list[str] = []

    async def main() -> None:
        async def waits() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                seen.append("cleaned up")

        async def fails() -> None:
            raise OSError("x")

        with pytest.raises(OSError, match="x"):
            await LoopRuntime().gather([waits, fails])

    asyncio.run(main())
    assert seen == ["cleaned up"]


def test_a_cancellation_from_outside_stays_one() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(LoopRuntime().sleep(Token("r"), 60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


@RUNTIMES
def test_virtual_time_passes_by_sleeping_only(run: Callable[..., Any]) -> None:
    async def work(at: Runtime, token: Token) -> tuple[float, float, list[str]]:
        began = at.monotonic()
        await at.sleep(token, 3600)
        return at.monotonic() - began, at.time(), [at.new_id(), at.new_id()]

    with virtual_time(seed=1, start=0):
        first = run(work, Token("r"))
    with virtual_time(seed=1, start=0):
        assert run(work, Token("r")) == first
    assert first[:2] == (3600, 3600)


@RUNTIMES
def test_real_time_moves(run: Callable[..., Any]) -> None:
    async def work(at: Runtime, token: Token) -> tuple[float, float, str]:
        began = at.monotonic(), at.time()
        await at.sleep(token, 0.001)
        return at.monotonic() - began[0], at.time() - began[1], at.new_id()

    spent, passed, made = run(work, Token("r"))
    assert spent >= 0.001
    assert passed > 0
    assert len(made) == 36


def test_driving_a_coroutine_that_suspends_is_a_bug_and_says_so() -> None:
    with pytest.raises(RuntimeError, match="suspended under the inline runtime"):
        drive(asyncio.sleep(0))


def test_closing_a_driven_iterator_closes_its_source() -> None:
    closed: list[bool] = []

    async def source() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    items = iterate(source())
    assert next(items) == 1
    items.close()
    assert closed == [True]


def test_a_portal_never_hands_itself_to_its_own_thread() -> None:
    outer = portal()

    async def inside() -> int:
        async def deeper() -> int:
            return 42

        inner = portal()
        assert inner is not outer
        return inner.run(Token("inner"), deeper())

    assert outer.run(Token("outer"), inside()) == 42


def test_work_on_a_portal_that_is_interrupted_is_cancelled() -> None:
    stopped = threading.Event()
    token = Token("r")
    began = threading.Event()

    async def forever() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    def cancel() -> None:
        began.wait()
        token.request("enough")

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(RunCancelledException):
        portal().run(token, forever())
    thread.join()
    assert stopped.wait(10)
