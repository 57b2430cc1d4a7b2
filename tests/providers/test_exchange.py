"""One request from end to end on a scripted wire and clock: retries, deadlines, and closing in every case."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, TextDelta
from agnolo.providers import exchange as exchange_module
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.guard import Caution, Guard
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.retry import RetryBudget, RetryPolicy
from agnolo.providers.wire import Broken, Deadlines, Expired, HttpRequest, Refused
from agnolo.vocabulary.errors import (
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelConnectionError,
    ModelOverloadedError,
    ModelProtocolError,
    ModelProviderError,
    ModelRateLimitError,
    ModelTimeoutError,
    TruncatedStreamError,
)
from tests.providers.scripted_wire import HELLO, Answer, Clock, Wire, frame, whole

pytestmark = pytest.mark.anyio

DELTAS = [TextDelta("Hel"), TextDelta("lo")]
REPLY = ModelReply(content="Hello")
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
BUSY = whole({"error": {"message": "busy"}}, status=503)


class Scene:
    """One exchange over given answers."""

    def __init__(self, *answers: Answer | Exception, stream: bool = True, chance: float = 0.5, **fields: Any) -> None:
        self.clock = Clock(chance)
        self.wire = Wire(self.clock, answers)
        self.guard = fields.pop("guard", Guard())
        self.got: list[ModelEvent] = []
        self.exchange = Exchange(
            request=HttpRequest(url="https://host.example/v1/chat/completions", headers={}, body=b"{}"),
            vendor=Vendor(name="OpenAI", model="gpt"),
            decoder=ChatDecoder,
            stream=stream,
            **fields,
        )

    def events(self) -> AsyncGenerator[ModelEvent, None]:
        return deliver(self.exchange, self.wire, guard=self.guard, pace=self.clock)

    async def run(self) -> list[ModelEvent]:
        async for event in self.events():
            self.got.append(event)
        return self.got

    async def fails(self, kind: type[ModelProviderError], text: str | None = None) -> ModelProviderError:
        with pytest.raises(kind, match=text) as raised:
            await self.run()
        assert type(raised.value) is kind
        assert all(reply.closed for reply in self.wire.replies)
        return raised.value


async def test_a_stream_gives_its_deltas_and_then_its_reply() -> None:
    scene = Scene(Answer(*HELLO))
    assert await scene.run() == [*DELTAS, REPLY]
    assert [reply.closed for reply in scene.wire.replies] == [True]
    assert scene.clock.slept == []


async def test_a_whole_reply_is_one_event() -> None:
    scene = Scene(whole(COMPLETION), stream=False)
    assert await scene.run() == [REPLY]


async def test_a_server_that_does_not_stream_is_understood() -> None:
    assert await Scene(whole(COMPLETION)).run() == [REPLY]


@pytest.mark.parametrize("kind", ["application/octet-stream", ""])
async def test_a_stream_under_an_odd_content_type_is_understood(kind: str) -> None:
    assert await Scene(Answer(*HELLO, headers={"Content-Type": kind})).run() == [*DELTAS, REPLY]


async def test_the_body_is_read_to_its_end_after_the_last_event() -> None:
    scene = Scene(Answer(*HELLO, b": bye\n\n", b"", frame("late")))
    await scene.run()
    assert scene.wire.replies[0].unread == [frame("late")]


@pytest.mark.parametrize("end", [Broken("reset"), 100.0])
async def test_a_connection_that_does_not_end_after_the_answer_is_left(end: Exception | float) -> None:
    scene = Scene(Answer(*HELLO, end))
    assert await scene.run() == [*DELTAS, REPLY]
    assert scene.clock.now - 1_700_000_000.0 <= exchange_module.DRAIN + 0.001


@pytest.mark.parametrize("end", [b"", Broken("reset"), 100.0])
async def test_a_finish_reason_makes_an_answer_complete_whatever_comes_then(end: bytes | Exception | float) -> None:
    assert await Scene(Answer(*HELLO[:3], end)).run() == [*DELTAS, REPLY]


# ---- retries


@pytest.mark.parametrize(
    "first",
    [
        BUSY,
        Refused("name not found"),
        Broken("disconnected"),
        Expired(connecting=True),
        Answer(),
        Answer(Broken("reset")),
        Answer(frame(""), Broken("reset")),
        Answer(frame("")),
        Answer(b"data: {\n\n"),
        Answer(b'data: {"error":{"code":502,"message":"x"}}\n\n'),
        Answer(100.0),
        whole(b"<html>oops</html>"),
        whole(b""),
    ],
)
async def test_a_failure_before_the_first_delta_is_tried_again(first: Answer | Exception) -> None:
    scene = Scene(first, Answer(*HELLO))
    assert await scene.run() == [*DELTAS, REPLY]
    assert all(reply.closed for reply in scene.wire.replies)
    assert scene.clock.slept == [0.25]


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        (Broken("reset"), ModelConnectionError),
        (b"", TruncatedStreamError),
        (100.0, ModelTimeoutError),
        (b"data: {\n\n", ModelProtocolError),
        (b'data: {"error":{"code":503,"message":"x"}}\n\n', ModelOverloadedError),
    ],
)
async def test_a_failure_after_the_first_delta_is_never_tried_again(then: Any, kind: type[ModelProviderError]) -> None:
    scene = Scene(Answer(frame("Hel"), then), Answer(*HELLO))
    await scene.fails(kind)
    assert scene.got == DELTAS[:1]
    assert (len(scene.wire.requests), scene.clock.slept) == (1, [])


async def test_waits_grow_with_jitter_and_the_last_error_is_raised() -> None:
    scene = Scene(BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, Refused("down"), chance=1.0, retry=RetryPolicy(retries=6))
    await scene.fails(ModelConnectionError, "OpenAI at host.example can't be reached: down")
    assert scene.clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


async def test_an_error_that_would_come_again_is_raised_at_once() -> None:
    scene = Scene(whole({"error": {"message": "wrong key"}}, status=401))
    await scene.fails(ModelAuthenticationError, "wrong key")
    assert scene.clock.slept == []


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "7"}, [7.0]),
        ({"Retry-After": "Tue, 14 Nov 2023 22:13:27 GMT"}, [7.0]),
        ({"retry-after-ms": "1500"}, [1.5]),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0s"}, [60.0]),
    ],
)
async def test_the_servers_wish_for_a_wait_is_honoured(headers: dict[str, str], waited: list[float]) -> None:
    scene = Scene(whole({}, status=429, headers=headers), Answer(*HELLO), chance=0.0)
    assert await scene.run() == [*DELTAS, REPLY]
    assert scene.clock.slept == waited


async def test_waits_that_the_server_wishes_are_spread_a_little() -> None:
    scene = Scene(whole({}, status=429, headers={"Retry-After": "7"}), Answer(*HELLO), chance=1.0)
    await scene.run()
    assert scene.clock.slept == [7.05]


async def test_a_wait_beyond_patience_is_the_callers() -> None:
    error = await Scene(whole({}, status=429, headers={"Retry-After": "61"})).fails(ModelRateLimitError)
    assert error.retry_after == 61


async def test_a_wait_beyond_the_total_deadline_is_not_begun() -> None:
    limited = whole({}, status=429, headers={"Retry-After": "7"})
    scene = Scene(limited, deadlines=Deadlines(total=5))
    await scene.fails(ModelRateLimitError)
    assert scene.clock.slept == []


async def test_no_retries_when_none_are_wanted() -> None:
    scene = Scene(BUSY, retry=RetryPolicy(retries=0))
    await scene.fails(ModelOverloadedError)


async def test_retries_stay_a_fifth_of_the_traffic_of_a_failing_host() -> None:
    guard, sent = Guard(), 0
    for calls in range(1, 1001):
        scene = Scene(BUSY, BUSY, BUSY, guard=guard, caution=Caution(breaker=False))
        await scene.fails(ModelOverloadedError)
        sent += len(scene.wire.requests)
        assert sent <= 1.2 * calls or calls < 200
    assert sent == 1000 + 150 + RetryBudget.reserve - 1


def test_a_host_has_one_budget() -> None:
    guard = Guard()
    first = guard.budget("https://one.example/v1/chat/completions")
    assert guard.budget("https://ada:lovelace@one.example/v1/embeddings") is first
    assert guard.budget("https://two.example/v1/chat/completions") is not first


def test_budgets_of_many_hosts_do_not_pile_up() -> None:
    guard = Guard()
    first = guard.budget("https://one.example/v1")
    for number in range(2000):
        guard.budget(f"https://host{number}.example/v1")
    assert guard.budget("https://one.example/v1") is not first


async def test_without_a_guard_of_its_own_an_exchange_uses_the_processes() -> None:
    scene = Scene(Answer(*HELLO))
    assert [event async for event in deliver(scene.exchange, scene.wire, pace=scene.clock)] == [*DELTAS, REPLY]


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        ({}, [0.25, 0.5, 1.0]),
        ({"exponential_backoff": False}, [1.05, 1.05, 1.05]),
        ({"exponential_backoff": True}, [1.05, 2.1, 4.2]),
        ({"delay_between_retries": 2.0}, [2.1, 2.1, 2.1]),
        ({"delay_between_retries": 2.0, "exponential_backoff": True}, [2.1, 4.2, 8.4]),
    ],
)
async def test_waits_are_as_the_models_options_say(options: dict[str, Any], waits: list[float]) -> None:
    scene = Scene(BUSY, BUSY, BUSY, Answer(*HELLO), retry=RetryPolicy.of(3, **options))
    assert await scene.run() == [*DELTAS, REPLY]
    assert scene.clock.slept == pytest.approx(waits)


# ---- deadlines

QUICK = Deadlines(connect=1, first_token=10, token=3, total=60)
ONCE = RetryPolicy(retries=0)


@pytest.mark.parametrize(
    ("answer", "text", "after"),
    [
        (Expired(connecting=True), "longer than 1 s to connect", 0),
        (Answer(head=11.0), "longer than 10 s for the first token", 10),
        (Answer(11.0), "longer than 10 s for the first token", 10),
        (Answer(5.0, b": ping\n\n", 6.0), "longer than 10 s for the first token", 10),
        (Answer(*[b": ping\n\n", 0.5] * 100), "longer than 10 s for the first token", 10),
        (Answer(*[b"d", 2.0, b"a", 2.0, b"t", 2.0, b"a", 2.0, b":", 2.5]), "longer than 10 s for the first token", 10),
        (Answer(9.0, frame(""), 4.0), "longer than 3 s between tokens", 12),
        (Answer(frame("Hel"), 4.0), "longer than 3 s between tokens", 3),
        (Answer(frame("Hel"), 2.0, b": ping\n\n", 2.0), "longer than 3 s between tokens", 3),
        (Answer(*[frame("x"), 2.5] * 100), "longer than 60 s in total", 60),
    ],
)
async def test_a_passed_deadline_says_which(answer: Answer | Exception, text: str, after: float) -> None:
    scene = Scene(answer, deadlines=QUICK, retry=ONCE)
    await scene.fails(ModelTimeoutError, f"OpenAI took {text}")
    assert scene.clock.now - 1_700_000_000.0 == pytest.approx(after)


async def test_a_whole_reply_may_take_its_total_time() -> None:
    body = json.dumps(COMPLETION).encode()
    slow = Answer(50.0, body[:5], 9.0, body[5:], headers={"Content-Type": "application/json"})
    assert await Scene(slow, stream=False, deadlines=QUICK).run() == [REPLY]
    late = Answer(50.0, body[:5], 11.0, body[5:], headers={"Content-Type": "application/json"})
    error = await Scene(late, stream=False, deadlines=QUICK).fails(ModelTimeoutError, "longer than 60 s in total")
    assert not error.retryable


async def test_the_total_deadline_covers_all_attempts() -> None:
    scene = Scene(*[Answer(100.0)] * 9, deadlines=Deadlines(first_token=10, total=25), retry=RetryPolicy(retries=9))
    await scene.fails(ModelTimeoutError, "longer than 25 s in total")
    assert len(scene.wire.requests) == 3


async def test_a_slow_reader_is_not_taken_for_a_slow_provider() -> None:
    scene = Scene(Answer(*HELLO), deadlines=Deadlines(token=3))
    async with aclosing(scene.events()) as events:
        async for event in events:
            scene.got.append(event)
            scene.clock.now += 30
    assert scene.got == [*DELTAS, REPLY]


# ---- other faults


async def test_a_body_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "MAX_BODY", 1 << 20)
    await Scene(Answer(*[b": xxxxxx\n" * 1000] * 1000), retry=ONCE).fails(
        ModelProtocolError, "sent 1 MiB without a token"
    )


async def test_of_an_error_page_only_the_beginning_is_read() -> None:
    scene = Scene(Answer(*[b"x" * 65536] * 100, status=400), retry=ONCE)
    await scene.fails(ModelBadRequestError)
    assert len(scene.wire.replies[0].unread) == 96


@pytest.mark.parametrize("end", [Broken("reset"), 100.0])
async def test_an_error_whose_body_breaks_off_is_told_by_its_status(end: Exception | float) -> None:
    scene = Scene(Answer(b'{"error":"half', end, status=500), retry=ONCE)
    error = await scene.fails(ModelProviderError, 'answered 500 for model \'gpt\': {"error":"half')
    assert error.status_code == 500


async def test_a_redirect_is_an_error() -> None:
    error = await Scene(Answer(status=302, headers={"Location": "http://x"}), retry=ONCE).fails(ModelProviderError)
    assert (error.status_code, error.retryable) == (302, False)


async def test_a_reader_that_stops_early_closes_the_connection() -> None:
    scene = Scene(Answer(*HELLO))
    async with aclosing(scene.events()) as events:
        assert await anext(events) == DELTAS[0]
        assert not scene.wire.replies[0].closed
    assert scene.wire.replies[0].closed


async def test_an_unexpected_failure_closes_the_connection_too() -> None:
    scene = Scene(Answer(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await scene.run()
    assert scene.wire.replies[0].closed


def test_a_request_does_not_show_its_secrets() -> None:
    request = HttpRequest(
        url="https://host.example/v1?api-key=hidden", headers={"Authorization": "Bearer hidden"}, body=b"hidden"
    )
    assert repr(request) == "HttpRequest(url='https://host.example/v1', headers=['Authorization'], 6 bytes)"
