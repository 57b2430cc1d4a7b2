"""One harness for the five reply decoders: bodies to decode, ways to cut and damage them, and what may come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from typing import NamedTuple, Protocol

import msgspec
import pytest
from hypothesis import strategies as st

from agnolo.ports.model import ModelEvent, ModelReply, ReasoningDelta, TextDelta
from agnolo.providers import errors, gemini_errors
from agnolo.providers.anthropic_reply import MessagesDecoder
from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_reply import GeminiDecoder
from agnolo.providers.ollama_reply import OllamaDecoder
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.openai_responses_reply import ResponsesDecoder
from agnolo.providers.wire import BodyForm, ReplyDecoder
from agnolo.vocabulary.errors import ModelProviderError
from tests.providers import anthropic_bodies, cassettes
from tests.providers.cassettes import Cassette

NOW = 1_759_845_400.0
PLACES = st.lists(st.integers(min_value=0, max_value=1 << 30), max_size=40)
"""Where to cut a body, modulo its length."""
HARM = st.lists(st.tuples(st.integers(0, 1 << 30), st.binary(max_size=3)), min_size=1, max_size=4)
"""Which bytes to write where."""


class Refusal(Protocol):
    def __call__(
        self, vendor: Vendor, *, status: int, headers: Mapping[str, str], body: bytes, now: float
    ) -> ModelProviderError: ...


class Dialect(NamedTuple):
    """A decoder, and how refusals of its vendors are read."""

    decoder: Callable[[Vendor, BodyForm, Callable[[], float]], ReplyDecoder]
    refusal: Refusal


DIALECTS = {
    "chat": Dialect(ChatDecoder, errors.from_response),
    "responses": Dialect(ResponsesDecoder, errors.from_response),
    "gemini": Dialect(GeminiDecoder, gemini_errors.refusal),
    "ollama": Dialect(OllamaDecoder, errors.from_response),
    "messages": Dialect(MessagesDecoder, errors.from_response),
}
"""By name. For Anthropic there are only bodies by its book."""


class Body(NamedTuple):
    """The bytes of a reply with status 200."""

    name: str
    form: BodyForm
    bytes: bytes


def events(dialect: str, form: BodyForm, blocks: list[bytes], vendor: str = "Vendor") -> list[ModelEvent]:
    """What the decoder tells. Raises ModelProviderError."""
    decoder = DIALECTS[dialect].decoder(Vendor(name=vendor, model="m", secrets=("topsecret",)), form, lambda: NOW)
    told = [event for block in blocks for event in decoder.feed(block)]
    return told + decoder.finish()


def replayed(dialect: str, cassette: Cassette, blocks: list[bytes]) -> list[ModelEvent]:
    """The events of a recorded exchange. Raises the error it ends with."""
    if cassette.status != 200:
        refusal, vendor = DIALECTS[dialect].refusal, Vendor(name=cassette.provider, model="m")
        raise refusal(vendor, status=cassette.status, headers=cassette.headers, body=cassette.body, now=NOW)
    return events(dialect, "stream" if cassette.streamed else "whole", blocks, cassette.provider)


def raised(dialect: str, cassette: Cassette, blocks: list[bytes]) -> ModelProviderError:
    """The error that a recorded exchange ends with."""
    with pytest.raises(ModelProviderError) as wrong:
        replayed(dialect, cassette, blocks)
    return wrong.value


def reply_of(told: list[ModelEvent]) -> ModelReply:
    """The reply, which is the last event and the only one of its kind, and says what the deltas said."""
    *deltas, reply = told
    assert isinstance(reply, ModelReply)
    if deltas:
        assert "".join(d.text for d in deltas if isinstance(d, TextDelta)) == (reply.content or "")
        assert "".join(d.text for d in deltas if isinstance(d, ReasoningDelta)) == (reply.reasoning_content or "")
    assert len({call.id for call in reply.tool_calls}) == len(reply.tool_calls)
    return reply


def outcome(dialect: str, body: Body, blocks: list[bytes]) -> object:
    """What comes of a body, such that equal outcomes are equal: events, or an error. Any other exception is raised."""
    try:
        told = events(dialect, body.form, blocks)
    except ModelProviderError as error:
        return type(error), error.message, error.retryable
    return [*told[:-1], known_ids(body.bytes, reply_of(told))]


def known_ids(body: bytes, reply: ModelReply) -> ModelReply:
    """The reply without ids that the decoder had to make up."""
    text = msgspec.json.encode(reply)
    for number, call in enumerate(reply.tool_calls):
        if not call.id.isascii() or call.id.encode() not in body:
            text = text.replace(msgspec.json.encode(call.id), b'"made up %d"' % number)
    return msgspec.json.decode(text, type=ModelReply)


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """The body in blocks."""
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges) if start < end]


def single_bytes(body: bytes) -> list[bytes]:
    """The body byte by byte."""
    return [body[i : i + 1] for i in range(len(body))]


def harmed(body: bytes, harm: list[tuple[int, bytes]]) -> bytes:
    """The body with other bytes in some places."""
    for place, bytes_ in harm:
        place %= len(body) + 1
        body = body[:place] + bytes_ + body[place + len(bytes_) :]
    return body


@cache
def names(dialect: str) -> list[str]:
    """The recorded exchanges in a dialect; there are none of Anthropic's."""
    return [cassette.name for cassette in cassettes.everything().values() if cassette.dialect == dialect]


@cache
def bodies(dialect: str) -> list[Body]:
    """The recorded replies with status 200, or those written by the vendor's book."""
    if dialect == "messages":
        return [
            Body("hello", "stream", anthropic_bodies.frames(*anthropic_bodies.HELLO)),
            Body("long", "stream", anthropic_bodies.frames(*anthropic_bodies.THINKS_SEARCHES_AND_CALLS)),
            Body("whole", "whole", msgspec.json.encode(anthropic_bodies.message(*anthropic_bodies.BLOCKS))),
        ]
    read = [cassettes.read(name) for name in names(dialect)]
    return [Body(c.name, "stream" if c.streamed else "whole", c.body) for c in read if c.status == 200]
