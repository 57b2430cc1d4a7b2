"""The network as it is: faults of every kind from a real server on a loopback port, through the public model."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import sys
from contextlib import aclosing

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, TextDelta
from agnolo.vocabulary.errors import (
    ModelBadRequestError,
    ModelConnectionError,
    ModelProtocolError,
    ModelProviderError,
    ModelTimeoutError,
    TruncatedStreamError,
)
from tests.providers import cassettes
from tests.providers.loopback import (
    CHUNKED,
    COMPLETION,
    HELLO_EVENTS,
    HELLO_STREAM,
    OK,
    SSE,
    Connection,
    answering,
    ask,
    chunked,
    model,
    once,
    request,
    serving,
    sized,
)
from tests.providers.scripted_wire import HELLO, frame

pytestmark = pytest.mark.anyio


# ---- what works


async def test_a_stream_and_a_whole_reply_come_through() -> None:
    async with serving(answering(HELLO_STREAM, sized(COMPLETION))) as server:
        assert await ask(model(server)) == HELLO_EVENTS
        assert await ask(model(server), stream=False) == HELLO_EVENTS[-1:]


async def test_connections_are_used_again() -> None:
    async with serving(answering(HELLO_STREAM, sized(COMPLETION), HELLO_STREAM)) as server:
        for stream in (True, False, True):
            await ask(model(server), stream=stream)
        assert len(server.connections) == 1


async def test_deltas_are_given_as_they_arrive() -> None:
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(CHUNKED + b"%x\r\n%s\r\n" % (len(HELLO[0]), HELLO[0]))
        await seen.wait()
        await connection.send(b"".join(b"%x\r\n%s\r\n" % (len(f), f) for f in HELLO[1:]) + b"0\r\n\r\n")

    async with serving(script) as server, aclosing(model(server).exchange(request())) as events:
        assert await anext(events) == HELLO_EVENTS[0]
        seen.set()
        assert [event async for event in events] == HELLO_EVENTS[1:]


async def test_a_compressed_whole_reply_is_read() -> None:
    packed = sized(gzip.compress(json.dumps(COMPLETION).encode()), "200 OK", "Content-Encoding: gzip")
    async with serving(answering(packed)) as server:
        assert await ask(model(server), stream=False) == HELLO_EVENTS[-1:]


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way, most = 0, 0
    go = asyncio.Event()

    async def script(connection: Connection) -> None:
        nonlocal under_way, most
        while True:
            await connection.asked()
            under_way += 1
            most = max(most, under_way)
            await go.wait()
            under_way -= 1
            await connection.send(HELLO_STREAM)

    async with serving(script) as server:
        limited = model(server, max_concurrency=2)
        tasks = [asyncio.ensure_future(ask(limited)) for _ in range(6)]
        while under_way < 2:
            await asyncio.sleep(0)
        go.set()
        assert await asyncio.gather(*tasks) == [HELLO_EVENTS] * 6
        assert most == 2


async def test_a_slot_is_free_again_after_a_failure() -> None:
    async with serving(answering(sized({}, "400 Bad Request"), HELLO_STREAM)) as server:
        limited = model(server, max_concurrency=1)
        with pytest.raises(ModelBadRequestError):
            await ask(limited)
        assert await ask(limited) == HELLO_EVENTS
    for _ in range(2):
        with pytest.raises(ModelConnectionError):
            await ask(limited)


# ---- cut streams


def recorded() -> bytes:
    return cassettes.read("openai/rig_streaming_gpt_4_1_mini_tiny_plain_one_0").body


@pytest.mark.cassettes
@pytest.mark.parametrize("framing", ["chunked", "until-close"])
async def test_a_stream_cut_at_any_byte_ends_in_an_error_or_complete(framing: str) -> None:
    body = recorded()
    reply = chunked(body) if framing == "chunked" else OK + SSE + b"Connection: close\r\n\r\n" + body
    finish = reply.index(b'"finish_reason":"')
    place = 0

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(reply[:place])

    async with serving(script) as server:
        complete = 0
        for place in range(len(reply)):
            got: list[ModelEvent] = []
            try:
                async for event in model(server).exchange(request()):
                    got.append(event)
            except (ModelConnectionError, TruncatedStreamError, ModelProtocolError):
                assert not any(isinstance(event, ModelReply) for event in got)
                continue
            assert place > finish
            complete += 1
            *deltas, last = got
            assert isinstance(last, ModelReply)
            assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == last.content
        assert 0 < complete < len(reply) - finish


# ---- faults


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (sized(b"<html><title>Bad Gateway</title></html>", "502 Bad Gateway", kind="text/html"), ModelProviderError,
         "OpenAI answered 502 for model 'gpt': a web page: Bad Gateway"),
        (sized(b"<html>hello</html>", kind="text/html"), ModelProtocolError, "sent no chat completion"),
        (sized(b""), ModelProtocolError, "sent an empty body"),
        (sized(b"", kind="text/event-stream"), TruncatedStreamError, "without a finish reason after 0 chunks"),
        (chunked(b"data: \xff\xfe\n\n"), ModelProtocolError, "sent no chat completion"),
        (chunked(b"data: " + b"x" * (9 << 20)), ModelProtocolError, "an event of more than 8388608 bytes"),
        (b"", ModelConnectionError, "gave no answer"),
        (b"hello there\r\n\r\n", ModelConnectionError, "gave no answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ModelConnectionError, "gave no answer"),
        (CHUNKED + b"zz\r\nxx\r\n", ModelConnectionError, "gave no answer: this is not HTTP: Invalid char"),
        (sized(COMPLETION, "302 Found", "Location: http://127.0.0.1:1/"), ModelProviderError, "answered 302"),
    ],    ids=lambda value: value[:40] if isinstance(value, str) else getattr(value, "__name__", "reply"),
)  # fmt: skip
async def test_a_bad_reply_is_a_typed_error(reply: bytes, kind: type[ModelProviderError], text: str) -> None:
    async with serving(once(reply)) as server:
        with pytest.raises(kind, match=text) as raised:
            await ask(model(server))
        assert type(raised.value) is kind
        assert (raised.value.provider, raised.value.model) == ("OpenAI", "gpt")


@pytest.mark.parametrize("sent", [b"", CHUNKED, chunked(frame("Hel"))[:-5]])
async def test_a_reset_connection_is_a_connection_error(sent: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(sent)
        connection.reset()

    async with serving(script) as server:
        with pytest.raises(ModelConnectionError, match=f"OpenAI at 127.0.0.1:{server.port} "):
            await ask(model(server))


async def test_a_failing_server_is_asked_again() -> None:
    async with serving(answering(sized({}, "500 Oops", "retry-after-ms: 1"), HELLO_STREAM)) as server:
        assert await ask(model(server, retries=1)) == HELLO_EVENTS


async def test_a_limited_client_waits_as_it_is_told() -> None:
    limits = [sized({}, "429 Slow", f"Retry-After: {wish}") for wish in ("0", "Tue, 14 Nov 2023 22:13:20 GMT")]
    async with serving(answering(*limits, HELLO_STREAM)) as server:
        assert await ask(model(server, retries=2)) == HELLO_EVENTS


async def test_a_kept_connection_that_the_server_closes_is_replaced_without_a_retry() -> None:
    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(HELLO_STREAM)
        await connection.asked()  # and close: what was sent into the closing connection is lost

    async with serving(script) as server:
        for _ in range(3):
            assert await ask(model(server, retries=0)) == HELLO_EVENTS
        assert len(server.connections) == 3


async def test_a_new_connection_that_the_server_closes_is_an_error() -> None:
    async def script(connection: Connection) -> None:
        await connection.asked()

    async with serving(script) as server:
        with pytest.raises(ModelConnectionError, match="gave no answer"):
            await ask(model(server, retries=0))
        assert len(server.connections) == 1


async def test_a_port_where_nobody_listens_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(
            ModelConnectionError, match=f"OpenAI at 127.0.0.1:{port} can't be reached: Connection refused$"
        ):
            await ask(model(f"http://127.0.0.1:{port}/v1"))


async def test_a_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(ModelConnectionError, match=r"OpenAI at nowhere\.invalid can't be reached: "):
        await ask(model("http://nowhere.invalid/v1"))


# ---- deadlines


@pytest.mark.parametrize(
    ("sent", "options", "text"),
    [
        (b"", {"first_token_timeout": 0.05}, "longer than 0.05 s for the first token"),
        (CHUNKED, {"first_token_timeout": 0.05}, "longer than 0.05 s for the first token"),
        (chunked(frame("Hel"))[:-5], {"token_timeout": 0.05}, "longer than 0.05 s between tokens"),
        (chunked(frame("Hel"))[:-5], {"timeout": 0.05}, "longer than 0.05 s in total"),
        (b"", {"timeout": 0.05}, "longer than 0.05 s in total"),
    ],
)
async def test_a_stalled_provider_is_left_and_the_deadline_named(
    sent: bytes, options: dict[str, float], text: str
) -> None:
    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(sent)
        await connection.gone()

    async with serving(script) as server:
        with pytest.raises(ModelTimeoutError, match=text):
            await ask(model(server, **options))
        await server.connections[0].left.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="what a full backlog does is the system's affair")
async def test_a_connection_that_can_not_be_made_in_time_is_told_apart() -> None:
    listener = socket.socket()
    others: list[socket.socket] = []
    try:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while len(others) < 4:  # fill the backlog: the kernel then leaves further calls unanswered
            others.append(socket.socket())
            others[-1].setblocking(False)
            others[-1].connect_ex(listener.getsockname())
        with pytest.raises(ModelTimeoutError, match=r"longer than 0\.05 s to connect"):
            await ask(model(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", connect_timeout=0.05))
    finally:
        for one in (*others, listener):
            one.close()


async def test_the_limit_between_tokens_begins_anew_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, ahead = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    more = [asyncio.Event() for _ in HELLO]

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(CHUNKED)
        for piece, wanted in zip(HELLO, more, strict=True):
            await wanted.wait()
            await connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        await connection.send(b"0\r\n\r\n")

    async with serving(script) as server:
        patient = model(server, token_timeout=30.0, first_token_timeout=30.0)
        async with aclosing(patient.exchange(request())) as events:
            more[0].set()
            assert await anext(events) == HELLO_EVENTS[0]
            for piece in (1, 2, 3):
                reading = asyncio.ensure_future(anext(events))
                for _ in range(3):
                    ahead += 9.0  # 27 s of silence, then a token: four of these are far more than 30 s
                    await asyncio.sleep(0)
                more[piece].set()
                if piece == 2:  # the finish reason: nothing is told yet
                    more[3].set()
                if piece < 3:
                    assert await reading == HELLO_EVENTS[piece]
                else:
                    with pytest.raises(StopAsyncIteration):
                        await reading


async def test_a_slow_reader_is_not_taken_for_a_slow_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, ahead = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    rest = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(CHUNKED + b"%x\r\n%s\r\n" % (len(HELLO[0]), HELLO[0]))
        await rest.wait()
        await connection.send(b"".join(b"%x\r\n%s\r\n" % (len(f), f) for f in HELLO[1:]) + b"0\r\n\r\n")

    async with serving(script) as server, aclosing(model(server).exchange(request())) as events:
        assert await anext(events) == HELLO_EVENTS[0]
        for _ in range(3):
            ahead += 1000.0
            await asyncio.sleep(0)
        rest.set()
        assert [event async for event in events] == HELLO_EVENTS[1:]


# ---- leaving early


async def stalling(connection: Connection) -> None:
    await connection.asked()
    await connection.send(chunked(frame("Hel"))[:-5])
    await connection.gone()


async def test_a_reader_that_stops_closes_the_connection_at_once() -> None:
    async with serving(stalling) as server:
        async with aclosing(model(server).exchange(request())) as events:
            assert await anext(events) == TextDelta("Hel")
            assert not server.connections[0].left.is_set()
        await server.connections[0].left.wait()


@pytest.mark.parametrize("sent", [b"", CHUNKED, chunked(frame("Hel"))[:-5]])
async def test_a_cancelled_task_closes_the_connection_at_once(sent: bytes) -> None:
    waiting = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(sent)
        waiting.set()
        await connection.gone()

    async with serving(script) as server:
        limited = model(server, max_concurrency=1)
        for turn in range(2):  # the second would wait for ever if the first had kept its slot
            task = asyncio.ensure_future(ask(limited))
            await waiting.wait()
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.connections[turn].left.wait()
            waiting.clear()
        assert len(server.connections) == 2


async def test_a_task_cancelled_while_it_waits_for_a_slot_leaves_none_taken() -> None:
    async with serving(stalling) as server:
        limited = model(server, max_concurrency=1)
        async with aclosing(limited.exchange(request())) as events:
            await anext(events)
            second = asyncio.ensure_future(ask(limited))
            await asyncio.sleep(0)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
        assert len(server.connections) == 1
