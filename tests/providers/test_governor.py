"""Limits that vendors tell of are kept to without asking them again; who tells nothing is never held."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, TextDelta
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.guard import Caution, Guard
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.retry import Pace, RetryPolicy
from agnolo.providers.wire import Deadlines, HttpReply, HttpRequest
from agnolo.vocabulary.errors import ModelRateLimitError
from tests.providers.scripted_wire import HELLO, Answer, Clock, Reply, whole
from tests.providers.timeline import Timeline

pytestmark = pytest.mark.anyio

HELLO_EVENTS = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]
NOW = 1_700_000_000.0


class Desk:
    """A vendor that answers by script, the last answer for ever. `asked` are the moments of its requests."""

    def __init__(self, *answers: Answer, pace: Any = None) -> None:
        self.guard = Guard()
        self.pace: Any = pace or Clock()
        self.asked: list[float] = []
        self._answers = list(answers)

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        self.asked.append(self.pace.now - NOW)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.head:
            await self.pace.sleep(answer.head)
        return Reply(answer, Clock())

    async def ask(
        self,
        *,
        host: str = "host.example",
        model: str = "gpt",
        key: str = "secret-1",
        body: bytes = b"{}",
        **fields: Any,
    ) -> list[ModelEvent]:
        exchange = Exchange(
            request=HttpRequest(url=f"https://{host}/v1/chat/completions", headers={}, body=body),
            vendor=Vendor(name="V", model=model, secrets=(key,)),
            decoder=ChatDecoder,
            stream=True,
            **{"retry": RetryPolicy(retries=0), **fields},
        )
        pace: Pace = self.pace
        return [event async for event in deliver(exchange, self, guard=self.guard, pace=pace)]


def told(headers: Mapping[str, str]) -> Answer:
    return Answer(*HELLO, headers=headers)


FREE = Answer(*HELLO)


# ---- what headers tell

USED_UP = [
    pytest.param({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12ms"}, 0.012, id="openai"),
    pytest.param({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "17.399999999s"}, 17.4, id="groq"),
    pytest.param({"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "59.62"}, 59.62,
                 id="cerebras minute"),
    pytest.param({"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "33.5"}, 33.5,
                 id="cerebras day"),
    pytest.param({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset":
                  "2023-11-14T22:13:50Z"}, 30.0, id="anthropic requests"),
    pytest.param({"anthropic-ratelimit-input-tokens-remaining": "0", "anthropic-ratelimit-input-tokens-reset":
                  "2023-11-14T22:13:25Z"}, 5.0, id="anthropic input"),
    pytest.param({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000042000"}, 42.0, id="openrouter"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "wait"), USED_UP)
async def test_a_request_waits_until_a_limit_that_is_used_up_is_there_again(
    headers: dict[str, str], wait: float
) -> None:
    desk = Desk(told(headers), FREE)
    assert await desk.ask() == HELLO_EVENTS
    assert await desk.ask() == HELLO_EVENTS
    assert desk.asked == [0.0, pytest.approx(wait, abs=1e-5)]
    assert len(desk.guard.governor) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ratelimit-remaining-requests": "9999", "x-ratelimit-reset-requests": "6m0s"},
        {"x-ratelimit-remaining-requests": "101", "x-ratelimit-reset-requests": "6m0s"},
        {"x-ratelimit-remaining-input-images": "0", "x-ratelimit-reset-input-images": "6m0s"},
        {"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9s"},
        {"x-ratelimit-remaining-requests": "none", "x-ratelimit-reset-requests": "9s"},
        {"x-ratelimit-reset-requests": "9s"},
    ],
)
async def test_who_tells_of_no_shortage_is_never_held_and_nothing_is_kept(headers: dict[str, str]) -> None:
    desk = Desk(told(headers))
    for _ in range(3):
        await desk.ask()
    assert desk.asked == [0.0, 0.0, 0.0]
    assert len(desk.guard.governor) == 0


@pytest.mark.parametrize(
    ("limit", "body", "wait"),
    [
        ("14400", b"{}", 6.0),  # a day's 14,400 requests come back one each 6 s
        (None, b"{}", None),
        ("0.5", b"{}", 60.0),
    ],
)
async def test_requests_that_come_back_one_by_one_are_not_waited_for_all(
    limit: str | None, body: bytes, wait: float | None
) -> None:
    reset = "24h" if limit != "0.5" else "1m0s"
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    desk = Desk(told(headers | ({"x-ratelimit-limit-requests": limit} if limit else {})), FREE)
    await desk.ask()
    if wait is None:
        with pytest.raises(ModelRateLimitError):
            await desk.ask(body=body)
    else:
        await desk.ask(body=body)
        assert desk.asked == [0.0, pytest.approx(wait)]


async def test_tokens_are_waited_for_as_many_as_the_request_has() -> None:
    headers = {
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m0s",
    }
    desk = Desk(told(headers), FREE)
    await desk.ask()
    await desk.ask(body=b"x" * 4000)  # 1,000 tokens, of 100 a second
    assert desk.asked == [0.0, pytest.approx(10.0)]


async def test_requests_left_are_counted_down_as_they_leave() -> None:
    few = {"x-ratelimit-remaining-requests-day": "2", "x-ratelimit-reset-requests-day": "20"}
    desk = Desk(told(few), FREE, pace=Timeline())
    await desk.ask()
    await desk.pace.run(*(desk.ask() for _ in range(4)))
    assert desk.asked == [0, 0, 0, pytest.approx(20), pytest.approx(20, abs=0.1)]


async def test_better_news_end_a_wait() -> None:
    used_up = {"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "33.5"}
    more = Answer(*HELLO, headers={"x-ratelimit-remaining-requests-day": "500"}, head=3.5)
    desk = Desk(more, told(used_up), FREE, pace=Timeline())

    async def later() -> None:
        await desk.pace.sleep(0.5)
        await desk.ask()

    await desk.pace.run(desk.ask(), desk.ask(), later())
    assert desk.asked == [0, 0, 3.5]


# ---- what refusals tell


LIMITED = whole({"error": {"message": "slow down"}}, status=429, headers={"Retry-After": "7"})


async def test_newcomers_do_not_learn_of_a_limit_each_for_themselves() -> None:
    desk = Desk(LIMITED, FREE, pace=Timeline())
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    await desk.pace.run(*(desk.ask() for _ in range(20)))
    assert desk.asked[0] == 0
    assert len(desk.asked) == 21
    assert min(desk.asked[1:]) == pytest.approx(7)


async def test_a_limit_that_goes_on_is_noticed_by_the_first_who_waited() -> None:
    desk = Desk(LIMITED, LIMITED, FREE, pace=Timeline())
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    results = await desk.pace.run(*(desk.ask() for _ in range(10)))
    assert [isinstance(result, ModelRateLimitError) for result in results] == [True] + [False] * 9
    assert desk.asked[:3] == [0, pytest.approx(7), pytest.approx(14)]


async def test_who_waits_is_served_in_the_order_of_coming() -> None:
    desk = Desk(LIMITED, LIMITED, FREE, pace=Timeline())
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    order: list[int] = []

    async def one(number: int) -> None:
        await desk.pace.sleep(number / 10)
        try:
            await desk.ask()
        finally:
            order.append(number)

    await desk.pace.run(*(one(number) for number in range(30)))
    assert order == list(range(30))


async def test_a_refused_request_that_is_tried_again_waits_once() -> None:
    desk = Desk(LIMITED, FREE)
    assert await desk.ask(retry=RetryPolicy(retries=1)) == HELLO_EVENTS
    assert desk.pace.slept == [pytest.approx(7.025)]


@pytest.mark.parametrize(
    "other", [{"model": "gpt-2"}, {"key": "secret-2"}, {"host": "other.example"}, {"caution": Caution(governor=False)}]
)
async def test_others_are_not_held(other: dict[str, Any]) -> None:
    desk = Desk(LIMITED, FREE)
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    assert await desk.ask(**other) == HELLO_EVENTS
    assert desk.asked == [0, 0]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"error": {"message": "slow down"}}, {}),
        ({"error": {"code": "insufficient_quota", "message": "x"}}, {"Retry-After": "7"}),
        ({"error": {"message": "Request too large for model"}}, {"Retry-After": "7"}),
        ({"error": {"message": "slow down"}}, {"Retry-After": "0"}),
    ],
)
async def test_refusals_that_waiting_does_not_help_or_that_name_no_wait_hold_nobody(
    body: Any, headers: dict[str, str]
) -> None:
    desk = Desk(whole(body, status=429, headers=headers), FREE)
    with pytest.raises(Exception, match="answered 429"):
        await desk.ask()
    assert await desk.ask() == HELLO_EVENTS
    assert desk.asked == [0, 0]


# ---- the end of patience


@pytest.mark.parametrize(
    ("fields", "wait"),
    [({}, "61"), ({"deadlines": Deadlines(total=5)}, "7"), ({"retry": RetryPolicy(patience=5)}, "7")],
)
async def test_a_wait_beyond_patience_or_deadline_is_an_error_before_anything_is_sent(
    fields: dict[str, Any], wait: str
) -> None:
    desk = Desk(whole({}, status=429, headers={"Retry-After": wait}), FREE)
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    text = f"V was not asked: .*'gpt' at host.example is used up.* {wait} s"
    with pytest.raises(ModelRateLimitError, match=text) as e:
        await desk.ask(**fields)
    assert (e.value.retry_after, e.value.code, e.value.status_code) == (float(wait), "limit_used_up", 429)
    assert desk.asked == [0]
    assert desk.pace.slept == []


async def test_a_day_long_wait_is_looked_after_every_ten_minutes() -> None:
    desk = Desk(whole({}, status=429, headers={"Retry-After": "86400"}), FREE)
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    with pytest.raises(ModelRateLimitError, match="not asked"):
        await desk.ask()
    desk.pace.now += 601
    assert await desk.ask() == HELLO_EVENTS


@pytest.mark.parametrize("kind", ["requests", "model-requests"])
async def test_a_limit_whose_end_nobody_tells_fails_at_once_and_is_tried_each_minute(kind: str) -> None:
    headers = {f"modelscope-ratelimit-{kind}-limit": "2000", f"modelscope-ratelimit-{kind}-remaining": "0"}
    desk = Desk(told(headers), FREE)
    await desk.ask()
    with pytest.raises(ModelRateLimitError, match="not asked"):
        await desk.ask()
    desk.pace.now += 61
    assert await desk.ask() == HELLO_EVENTS
    assert desk.asked == [0, 61]


async def test_a_cancelled_wait_leaves_the_queue_to_the_others() -> None:
    desk = Desk(LIMITED, FREE, pace=Timeline())
    with pytest.raises(ModelRateLimitError):
        await desk.ask()
    first = asyncio.ensure_future(desk.ask())
    second = asyncio.ensure_future(desk.ask())
    await desk.pace.settle()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await desk.pace.run(_result(second)) == [HELLO_EVENTS]
    assert desk.asked == [0, pytest.approx(7, abs=0.05)]


async def _result(task: asyncio.Future[Any]) -> Any:
    return await task


# ---- what is kept


async def test_what_is_learned_is_bounded_and_holds_no_secret() -> None:
    desk = Desk(LIMITED)
    for number in range(2000):
        with pytest.raises(ModelRateLimitError):
            await desk.ask(key=f"secret-{number}")
    assert len(desk.guard.governor) == 1024
    assert "secret" not in repr(vars(desk.guard.governor))
