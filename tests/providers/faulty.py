"""A provider that breaks in every way it is told to: recorded streams of all dialects, cut, garbled and held up.

What is asked for stands in the path, `/x-<fault>-<stream>-<place>/…`: one server does for any number of requests.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, NamedTuple

from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, ReasoningDelta, TextDelta
from agnolo.providers.anthropic_model import Claude
from agnolo.providers.gemini_model import Gemini
from agnolo.providers.ollama_model import Ollama
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.openai_responses_model import OpenAIResponses
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.messages import Message
from tests.providers import cassettes
from tests.providers.anthropic_bodies import HELLO, THINKS_SEARCHES_AND_CALLS, frames
from tests.providers.loopback import Connection, Server, serving

PATIENCE = 20.0
"""Seconds after which an exchange counts as hanging."""
_ASKED = re.compile(r"/x-([a-z_0-9]+)-(\d+)-(\d+)/")
_OK = b"HTTP/1.1 200 OK\r\n"

MODELS: dict[str, type[Any]] = {
    "chat": OpenAIChat,
    "responses": OpenAIResponses,
    "gemini": Gemini,
    "ollama": Ollama,
    "anthropic": Claude,
}


class Stream(NamedTuple):
    dialect: str
    name: str
    body: bytes

    @property
    def kind(self) -> bytes:
        return b"application/x-ndjson" if self.dialect == "ollama" else b"text/event-stream"


_RECORDED = [
    ("chat", "openai/llm_test_tools_streaming_variant_d_0"),
    ("chat", "openai/rig_streaming_gpt_4_1_mini_tiny_plain_one_0"),
    ("chat", "openai/fantasy_openai_o4_mini_tool_streaming_0"),
    ("chat", "groq/rig_sequential_complex_tool_calls_streaming_3"),
    ("chat", "groq/rig_stream_raw_exposes_terminal_queue_time_0"),
    ("chat", "cerebras/req_llm_qwen_3_coder_480b_streaming_0"),
    ("chat", "openrouter/rig_streaming_gpt_4o_mini_length_top_absent_0"),
    ("chat", "openrouter/fantasy_gemini_tool_streaming_1"),
    ("chat", "glm4/llm_rb_llm_chat_stream_tool_0"),
    ("chat", "siliconflow/shape__stream_reasoning"),
    ("chat", "modelscope/shape__stream_reasoning"),
    (
        "chat",
        "ollama/ruby_llm_chat_function_calling_ollama_cloud_gpt_oss_120b_can_use_tools_with_multi_turn_streaming"
        "_conversations_1",
    ),
    ("responses", "openai/req_llm_codex_mini_latest_streaming_0"),
    ("responses", "openai/llm_test_responses_basic_streaming_0"),
    ("responses", "openrouter/llm_openrouter_test_tool_calls_2"),
    ("gemini", "gemini/req_llm_gemini_flash_latest_streaming_0"),
    ("gemini", "gemini/fantasy_gemini_2_5_pro_thinking_streaming_1"),
    ("ollama", "ollama/llm_rb_llm_function_class_0"),
    ("ollama", "ollama/llm_rb_llm_function_class_1"),
    ("ollama", "ollama/llm_rb_llm_function_block_1"),
]


@cache
def streams() -> list[Stream]:
    """Twenty recorded streams, and two of Anthropic's as it documents them."""
    recorded = [Stream(dialect, name, cassettes.read(name).body) for dialect, name in _RECORDED]
    made = [("anthropic/text", HELLO), ("anthropic/thinks, searches and calls", THINKS_SEARCHES_AND_CALLS)]
    return [*recorded, *(Stream("anthropic", name, frames(*events)) for name, events in made)]


# ---- asking


class Outcome(NamedTuple):
    """What a caller saw: text and reasoning as given out, the reply if there was one, the error if not."""

    text: str
    reasoning: str
    reply: ModelReply | None
    error: str | None

    @property
    def said(self) -> tuple[Any, ...]:
        """What does not differ from time to time: ids that are made up here are left out."""
        reply = self.reply or ModelReply()
        calls = [(call.function.name, call.function.arguments) for call in reply.tool_calls]
        return (reply.content or "", reply.reasoning_content or "", calls, reply.finish_reason)


def model(dialect: str, url: str, **options: Any) -> Model:
    return MODELS[dialect](**{"id": "m", "api_key": "sk-loopback-secret", "base_url": url, "retries": 0, **options})


def request() -> ModelRequest:
    return ModelRequest(messages=[Message(role="user", content="hi")], stream=True)


async def outcome(events: AsyncIterator[ModelEvent]) -> Outcome:
    """Raises TimeoutError if it hangs."""
    got: list[ModelEvent] = []
    error: str | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            async for event in events:
                got.append(event)
    except ModelProviderError as failed:
        error = type(failed).__name__
    replies = [event for event in got if isinstance(event, ModelReply)]
    assert len(replies) == (error is None), "an exchange ends in one reply or one error"
    return Outcome(
        "".join(event.text for event in got if isinstance(event, TextDelta)),
        "".join(event.text for event in got if isinstance(event, ReasoningDelta)),
        replies[0] if replies else None,
        error,
    )


def faithful(found: Outcome, truth: Outcome) -> bool:
    """Nothing twice, nothing lost: what came is the beginning of the truth, and a reply is all of it."""
    if found.reply is not None:
        return (found.said, found.text, found.reasoning) == (truth.said, truth.text, truth.reasoning)
    return truth.text.startswith(found.text) and truth.reasoning.startswith(found.reasoning)


async def ask(server: Server, fault: str, index: int, place: int = 0, **options: Any) -> Outcome:
    """One exchange over a socket."""
    url = f"http://127.0.0.1:{server.port}/x-{fault}-{index}-{place}/v1"
    asked = model(streams()[index].dialect, url, **options)
    return await outcome(asked.exchange(request()))


async def decode(stream: Stream, blocks: list[bytes], end: Exception | None) -> Outcome:
    """One exchange over a scripted wire: these blocks, then the end of the body or a broken connection."""
    wire = Given(stream, blocks, end)
    asked = model(stream.dialect, "http://wire.example/v1", transport=wire)
    return await outcome(asked.exchange(request()))


class Given:
    """A transport whose one reply is given."""

    status = 200

    def __init__(self, stream: Stream, blocks: list[bytes], end: Exception | None) -> None:
        self.headers = {"Content-Type": stream.kind.decode()}
        self._blocks = blocks
        self._end = end

    async def send(self, request: Any, *, connect: float, within: float) -> Given:
        return self

    async def read(self, within: float) -> bytes:
        if self._blocks:
            return self._blocks.pop(0)
        if self._end is not None:
            raise self._end
        return b""

    def close(self) -> None:
        pass


# ---- answering

Fault = Callable[[Connection, Stream, int], Awaitable[None]]


def chunk(block: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(block), block)


def head(stream: Stream, *lines: bytes) -> bytes:
    return _OK + b"Content-Type: " + stream.kind + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


CHUNKED = b"Transfer-Encoding: chunked"


def sending(make: Callable[[Stream, int], bytes]) -> Fault:
    """Send what is made, and close."""

    async def fault(connection: Connection, stream: Stream, place: int) -> None:
        await connection.send(make(stream, place))

    return fault


def first_frame(stream: Stream) -> int:
    end = b"\n" if stream.dialect == "ollama" else b"\r\n\r\n" if b"\r\n\r\n" in stream.body else b"\n\n"
    return stream.body.index(end) + len(end)


def _half(stream: Stream, _place: int) -> bytes:
    return head(stream, CHUNKED) + chunk(stream.body[: first_frame(stream)])


def _sized(stream: Stream, body: bytes, size: int, *lines: bytes) -> bytes:
    return head(stream, b"Content-Length: %d" % size, *lines) + body


async def _reset(connection: Connection, stream: Stream, place: int) -> None:
    await connection.send(_half(stream, place))
    connection.reset()


async def _stall(connection: Connection, stream: Stream, place: int) -> None:
    await connection.send(_half(stream, place))
    await connection.gone()


async def _silence(connection: Connection, _stream: Stream, _place: int) -> None:
    await connection.gone()


async def _half_closed(connection: Connection, stream: Stream, place: int) -> None:
    """The server is done with sending but goes on listening: no end of the connection, only of what comes."""
    await connection.send(head(stream, CHUNKED) + chunk(stream.body[: first_frame(stream)]))
    connection.end_sending()
    await connection.gone()


async def _loris(connection: Connection, stream: Stream, _place: int) -> None:
    """The truth, one byte at a time."""
    await connection.send(head(stream, CHUNKED))
    for at in range(len(stream.body)):
        await connection.send(chunk(stream.body[at : at + 1]))
        await asyncio.sleep(0)
    await connection.send(b"0\r\n\r\n")


async def _endless_loris(connection: Connection, stream: Stream, _place: int) -> None:
    """Bytes for ever that say nothing."""
    await connection.send(head(stream, CHUNKED))
    while not connection.left.is_set():
        await connection.send(chunk(b"\n"))
        await asyncio.sleep(0.001)


async def _continued(connection: Connection, stream: Stream, _place: int) -> None:
    await connection.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
    await connection.send(head(stream, CHUNKED) + chunk(stream.body) + b"0\r\n\r\n")


def _garbled(stream: Stream, _place: int) -> bytes:
    """Invalid UTF-8 after the first frame."""
    wrong = b'{"error": "\xff\xfe\xfa"\n' if stream.dialect == "ollama" else b'data: {"choices": "\xff\xfe\xfa\n\n'
    return head(stream, CHUNKED) + chunk(stream.body[: first_frame(stream)] + wrong) + b"0\r\n\r\n"


def _long_line(stream: Stream, _place: int) -> bytes:
    begun = b'{"x": "' if stream.dialect == "ollama" else b'data: {"x": "'
    line = begun + b"x" * (10 << 20) + b'"}\n\n'
    return head(stream, CHUNKED) + chunk(stream.body[: first_frame(stream)]) + chunk(line) + b"0\r\n\r\n"


def _complaint(status: bytes, *lines: bytes) -> Fault:
    body = json.dumps({"error": {"message": "no", "code": None, "type": None}}).encode()
    lines = (b"Content-Type: application/json", b"Content-Length: %d" % len(body), *lines)
    return sending(lambda _s, _p: b"HTTP/1.1 " + status + b"\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + body)


def _redirect(status: bytes) -> Fault:
    return _complaint(status, b"Location: https://other.example/v1?key=hidden")


FAULTS: dict[str, Fault] = {
    "whole": sending(lambda s, _: head(s, CHUNKED) + chunk(s.body) + b"0\r\n\r\n"),
    "cut": sending(lambda s, at: head(s, CHUNKED) + (chunk(s.body[:at]) if at else b"")),
    "ended": sending(lambda s, at: head(s, CHUNKED) + (chunk(s.body[:at]) if at else b"") + b"0\r\n\r\n"),
    "until_close": sending(lambda s, at: head(s, b"Connection: close") + s.body[:at]),
    "reset": _reset,
    "stall": _stall,
    "silence": _silence,
    "half_closed": _half_closed,
    "loris": _loris,
    "endless_loris": _endless_loris,
    "bad_utf8": sending(_garbled),
    "line_of_10_mb": sending(_long_line),
    "status_429": _complaint(b"429 Slow"),
    "status_500": _complaint(b"500 Oops"),
    "status_529": _complaint(b"529 Full"),
    "redirect_302": _redirect(b"302 Found"),
    "redirect_307": _redirect(b"307 There"),
    "redirect_308": _redirect(b"308 There"),
    "html": sending(lambda _s, _p: _OK + b"Content-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>"),
    "odd_type": sending(lambda s, _: _OK + b"Content-Type: image/png\r\n" + CHUNKED + b"\r\n\r\n" + chunk(s.body)
                        + b"0\r\n\r\n"),
    "no_type": sending(lambda s, _: _OK + CHUNKED + b"\r\n\r\n" + chunk(s.body) + b"0\r\n\r\n"),
    "gzip": sending(lambda s, _: _sized(s, g := gzip.compress(s.body), len(g), b"Content-Encoding: gzip")),
    "gzip_broken": sending(lambda s, _: _sized(s, b"\x1f\x8b\x08\x00junkjunk", 12, b"Content-Encoding: gzip")),
    "gzip_cut": sending(lambda s, _: _sized(s, (g := gzip.compress(s.body))[:40], len(g), b"Content-Encoding: gzip")),
    "chunk_size_not_hex": sending(lambda s, _: _half(s, 0) + b"zz\r\nxx\r\n"),
    "chunk_too_short": sending(lambda s, _: _half(s, 0) + b"ff\r\nxx\r\n0\r\n\r\n"),
    "duplicate_headers": sending(lambda s, _: head(s, b"X-A: 1", b"X-A: 2", b"Content-Type: text/plain", CHUNKED)
                                 + chunk(s.body) + b"0\r\n\r\n"),
    "two_lengths": sending(lambda s, _: head(s, b"Content-Length: 5", b"Content-Length: 7") + s.body),
    "http_1_0": sending(lambda s, _: b"HTTP/1.0 200 OK\r\nContent-Type: " + s.kind + b"\r\n\r\n" + s.body),
    "length_too_long": sending(lambda s, _: _sized(s, s.body, len(s.body) + 9)),
    "length_too_short": sending(lambda s, _: _sized(s, s.body, first_frame(s))),
    "early_end": sending(lambda _s, _p: b"HTTP/1.1 200 OK\r\nContent-Le"),
    "nothing": sending(lambda _s, _p: b""),
    "not_http": sending(lambda _s, _p: b"hello there\r\n\r\n"),
    "continue_100": _continued,
}  # fmt: skip

COMPLETE = frozenset({
    "whole", "loris", "odd_type", "no_type", "gzip", "http_1_0", "continue_100", "duplicate_headers",
})  # fmt: skip
"""Oddities through which the whole answer must come."""
_KEPT_ALIVE = (
    COMPLETE - {"http_1_0"} | {"ended", "html"} | {f for f in FAULTS if f.startswith(("status_", "redirect_"))}
)
"""After these the connection stays open: what was sent is well-formed HTTP."""
SHORT: dict[str, dict[str, Any]] = {
    "stall": {"token_timeout": 0.05, "first_token_timeout": 0.1},
    "silence": {"first_token_timeout": 0.05},
    "endless_loris": {"first_token_timeout": 0.05},
}
"""Deadlines for faults that only a deadline ends."""


@asynccontextmanager
async def faulty_provider() -> AsyncIterator[Server]:
    """The server; `requests` counts what it was asked."""

    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.asked()
            server.requests.append(asked)
            found = _ASKED.search(asked.line)
            assert found is not None
            fault, index, place = found.groups()
            await FAULTS[fault](connection, streams()[int(index)], int(place))
            if fault not in _KEPT_ALIVE:
                return

    async with serving(script) as server:
        yield server
