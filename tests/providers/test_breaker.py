"""A vendor that keeps failing is left alone for a while, and tried again by one request at a time."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.providers.breaker import FAILURES, FIRST_REST, LONGEST_REST, WINDOW, Place
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.guard import Caution, Guard
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.retry import RetryPolicy
from agnolo.providers.wire import Broken, Deadlines, Expired, HttpReply, HttpRequest, Refused
from agnolo.vocabulary.errors import (
    ConfigurationError,
    ModelConnectionError,
    ModelOverloadedError,
    ModelProviderError,
)
from agnolo.vocabulary.messages import Message
from tests.providers.scripted_wire import HELLO, Answer, Clock, Wire, frame, whole

pytestmark = pytest.mark.anyio

HELLO_EVENTS = [TextDelta("Hel"), TextDelta("lo"), ModelReply(content="Hello")]
BUSY = whole({"error": {"message": "busy"}}, status=503)
DOWN = Refused("connection refused")


class Host:
    """A host with a breaker on a scripted wire. `sent` is how many requests it got."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.guard = Guard()
        self.sent = 0

    def events(self, answer: Answer | Exception, **fields: Any) -> Any:
        model = fields.pop("model", "gpt")
        self.wire = Wire(self.clock, [answer] * 9)
        exchange = Exchange(
            request=HttpRequest(url="https://ada:pw@host.example/v1/chat/completions", headers={}, body=b"{}"),
            vendor=Vendor(name="V", model=model),
            decoder=ChatDecoder,
            stream=True,
            **{"retry": RetryPolicy(retries=0), **fields},
        )
        return deliver(exchange, self.wire, guard=self.guard, pace=self.clock)

    async def ask(self, answer: Answer | Exception, **fields: Any) -> list[ModelEvent] | ModelProviderError:
        """The events or the error."""
        try:
            return [event async for event in self.events(answer, **fields)]
        except ModelProviderError as error:
            return error
        finally:
            self.sent += len(self.wire.requests)

    async def fail(self, answer: Answer | Exception = BUSY, times: int = FAILURES, **fields: Any) -> None:
        before = self.sent
        for _ in range(times):
            await self.ask(answer, **fields)
        assert self.sent == before + times


@pytest.mark.parametrize(
    ("answer", "kind", "place"),
    [
        (DOWN, ModelConnectionError, "host.example"),
        (Broken("reset"), ModelConnectionError, "host.example"),
        (Expired(connecting=True), ModelConnectionError, "host.example"),
        (Answer(frame("Hel"), Broken("reset")), ModelConnectionError, "host.example"),
        (BUSY, ModelOverloadedError, "model 'gpt' at host.example"),
        (whole({}, status=500), ModelOverloadedError, "model 'gpt' at host.example"),
        (whole({}, status=529), ModelOverloadedError, "model 'gpt' at host.example"),
        (whole({"error": {"code": "1305", "message": "x"}}, status=429), ModelOverloadedError, "model 'gpt' at"),
        (Answer(frame("Hel")), ModelOverloadedError, "model 'gpt' at host.example"),
        (Answer(100.0), ModelOverloadedError, "model 'gpt' at host.example"),
        (Answer(frame("Hel"), 100.0), ModelOverloadedError, "model 'gpt' at host.example"),
        (Answer(frame("Hel"), b'data: {"error":{"code":503,"message":"x"}}\n\n'), ModelOverloadedError, "model 'gpt'"),
    ],
)
async def test_after_a_run_of_failures_requests_fail_at_once(
    answer: Any, kind: type[ModelProviderError], place: str
) -> None:
    host = Host()
    await host.fail(answer, deadlines=Deadlines(first_token=1, token=1))
    error = await host.ask(Answer(*HELLO))
    assert isinstance(error, ModelProviderError)
    assert type(error) is kind
    assert f"V was not asked: {place}" in str(error)
    assert f"has failed {FAILURES} times in a row since 22:13:2" in str(error)
    assert str(error).endswith("it is tried again in 5 s")
    assert "pw" not in str(error)
    assert (error.code, error.retryable, error.retry_after) == ("circuit_open", True, FIRST_REST)
    assert host.sent == FAILURES
    assert [(str(one.place)[:5], one.again) for one in host.guard.breakers.open_now(host.clock)] == [
        (place[:5], FIRST_REST)
    ]


@pytest.mark.parametrize(
    "answer",
    [
        whole({"error": "x"}, status=400),
        whole({"error": "x"}, status=401),
        whole({"error": "x"}, status=404),
        whole({"error": "x"}, status=408),
        whole({"error": "x"}, status=429),
        whole({"error": "x"}, status=501),
        whole({}, status=307),
        whole(b"<html>hello</html>"),
    ],
)
async def test_mistakes_limits_and_odd_answers_do_not_count(answer: Answer) -> None:
    host = Host()
    await host.fail(answer, times=3 * FAILURES)
    assert len(host.guard.breakers) == 0


async def test_a_total_deadline_that_passes_is_the_callers_and_does_not_count() -> None:
    host = Host()
    await host.fail(Answer(100.0), times=3 * FAILURES, deadlines=Deadlines(total=1))
    assert len(host.guard.breakers) == 0


async def test_one_success_between_begins_the_count_anew() -> None:
    host = Host()
    for answer in (DOWN, BUSY):
        await host.fail(answer, times=FAILURES - 1)
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS
    assert len(host.guard.breakers) == 0
    await host.fail(times=FAILURES - 1)
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS


async def test_failures_far_apart_are_no_run() -> None:
    host = Host()
    for _ in range(3 * FAILURES):
        await host.fail(times=1)
        host.clock.now += WINDOW / (FAILURES - 2)
    assert host.guard.breakers.open_now(host.clock) == []


async def test_another_model_of_the_host_may_be_the_fallback_but_not_of_a_host_that_is_down() -> None:
    host = Host()
    await host.fail(BUSY)
    assert await host.ask(Answer(*HELLO), model="gpt-mini") == HELLO_EVENTS
    await host.fail(DOWN, model="gpt-mini")
    assert type(await host.ask(Answer(*HELLO), model="gpt-nano")) is ModelConnectionError


async def test_after_the_rest_one_success_closes_it() -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS
    assert len(host.guard.breakers) == 0


async def test_each_probe_that_fails_doubles_the_rest() -> None:
    host = Host()
    await host.fail()
    rests: list[float | None] = []
    for _ in range(6):
        error = await host.ask(BUSY)
        assert isinstance(error, ModelProviderError)
        rests.append(error.retry_after)
        host.clock.now += error.retry_after or 0
        await host.fail(times=1)
    assert rests == [FIRST_REST, 10, 20, 40, LONGEST_REST, LONGEST_REST]


async def test_a_probe_is_one_request_and_others_fail_meanwhile() -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    async with aclosing(host.events(Answer(5.0, *HELLO))) as events:
        probing = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        assert await probing == HELLO_EVENTS[0]  # an answer has begun: closed
        assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS


async def test_while_the_probe_is_under_way_the_breaker_is_open() -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    vendor = Vendor(name="V", model="gpt")
    breakers = host.guard.breakers
    probes = breakers.admit(vendor, "host.example", host.clock)
    assert probes == (Place("host.example", "gpt"),)
    assert type(await host.ask(Answer(*HELLO))) is ModelOverloadedError
    breakers.withdrawn(probes, host.clock)
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS


async def test_a_probe_that_is_cancelled_leaves_its_place_to_the_next() -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    stuck = Stuck()
    task = asyncio.ensure_future(_first(host, stuck))
    await stuck.asked.wait()
    assert type(await host.ask(Answer(*HELLO))) is ModelOverloadedError
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS


class Stuck:
    """A transport that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def _first(host: Host, transport: Any) -> Any:
    exchange = Exchange(
        request=HttpRequest(url="https://host.example/v1", headers={}),
        vendor=Vendor(name="V", model="gpt"),
        decoder=ChatDecoder,
        stream=True,
    )
    async with aclosing(deliver(exchange, transport, guard=host.guard, pace=host.clock)) as events:
        return await anext(events)


@pytest.mark.parametrize("answer", [whole({}, status=401), whole({}, status=429)])
async def test_a_probe_that_is_answered_with_a_complaint_closes_it_too(answer: Answer) -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    await host.ask(answer)
    assert len(host.guard.breakers) == 0


async def test_a_host_that_is_up_again_with_a_model_that_is_not_is_told_apart() -> None:
    host = Host()
    await host.fail(DOWN, times=FAILURES)
    host.clock.now += FIRST_REST
    await host.ask(BUSY)
    assert await host.ask(Answer(*HELLO), model="gpt-mini") == HELLO_EVENTS


async def test_a_probe_of_host_and_model_that_finds_the_host_down_leaves_the_model_to_be_probed() -> None:
    host = Host()
    await host.fail(BUSY)
    await host.fail(DOWN, model="gpt-mini")
    host.clock.now += FIRST_REST
    assert type(await host.ask(DOWN)) is ModelConnectionError
    assert {str(one.place): one.again for one in host.guard.breakers.open_now(host.clock)} == {
        "host.example": 2 * FIRST_REST,
        "model 'gpt' at host.example": 0,
    }


async def test_a_model_that_rests_gives_the_hosts_probe_back() -> None:
    host = Host()
    await host.fail(DOWN)
    host.clock.now += 1
    for _ in range(FAILURES):  # begun before the host was found down
        host.guard.breakers.failed(ModelOverloadedError("x", model="gpt"), "host.example", (), host.clock)
    host.clock.now += FIRST_REST - 1
    assert type(await host.ask(Answer(*HELLO))) is ModelOverloadedError
    assert await host.ask(Answer(*HELLO), model="gpt-mini") == HELLO_EVENTS


async def test_streams_that_were_under_way_tell_an_open_breaker_nothing_new() -> None:
    host = Host()
    async with aclosing(host.events(Answer(frame("Hel"), Broken("reset")))) as events:
        await anext(events)
        await host.fail(DOWN)
        host.clock.now += 1
        with pytest.raises(ModelConnectionError, match="broke the connection"):
            await anext(events)
    assert [one.again for one in host.guard.breakers.open_now(host.clock)] == [FIRST_REST - 1]


async def test_a_callers_own_error_leaves_the_probe_to_the_next() -> None:
    host = Host()
    await host.fail()
    host.clock.now += FIRST_REST
    with pytest.raises(ConfigurationError):
        await host.ask(ConfigurationError("ca_file"))
    assert await host.ask(Answer(*HELLO)) == HELLO_EVENTS


async def test_no_retry_goes_to_a_breaker_that_has_opened() -> None:
    host = Host()
    await host.fail(times=FAILURES - 1)
    error = await host.ask(BUSY, retry=RetryPolicy(retries=5))
    assert "answered 503" in str(error)
    assert (host.sent, host.clock.slept) == (FAILURES, [])


async def test_it_can_be_turned_off() -> None:
    host = Host()
    await host.fail(times=3 * FAILURES, caution=Caution(breaker=False))
    assert len(host.guard.breakers) == 0
    await host.fail()
    assert await host.ask(Answer(*HELLO), caution=Caution(breaker=False)) == HELLO_EVENTS


async def test_the_breakers_of_many_models_do_not_pile_up() -> None:
    host = Host()
    for number in range(2000):
        await host.ask(BUSY, model=f"gpt-{number}")
    assert len(host.guard.breakers) == 1024


@pytest.mark.parametrize(("options", "asked"), [({}, FAILURES + 1), ({"circuit_breaker": True}, FAILURES)])
async def test_servers_here_and_transports_of_ones_own_are_guarded_only_on_request(
    options: dict[str, Any], asked: int
) -> None:
    down = whole({"error": {"message": "down"}}, status=500)
    wire = Wire(Clock(), [down] * (FAILURES + 1))
    model = OpenAIChat(base_url="https://vendor.example/v1", api_key="k", retries=0, transport=wire, **options)
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelProviderError):
            async for _event in model.exchange(ModelRequest(messages=[Message(role="user", content="Hi")])):
                pass
    assert len(wire.requests) == asked
