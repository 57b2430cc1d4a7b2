"""What a provider has to do, asked as a user of the package asks. Each check returns what to note, or raises Failed."""

from __future__ import annotations

import math
import secrets
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from agnolo import Agent
from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.providers.connection import Connection
from agnolo.vocabulary.errors import (
    ConfigurationError,
    ModelAuthenticationError,
    ModelNotFoundError,
    ModelPermissionError,
    ModelProviderError,
)
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunStatus
from tests.live.subjects import Subject

CONVERSATION = (
    Message(role="system", content="Answer briefly."),
    Message(role="user", content="What is the capital of France?"),
)
UNKNOWN_MODEL = "agnolo-no-such-model"


class Failed(Exception):
    """The provider answered, but not as it has to."""


Check = Callable[[Subject], Awaitable[str]]


async def chat(subject: Subject) -> str:
    """A whole answer, with its tokens counted."""
    model = subject.model()
    heard = await _heard(model, stream=False)
    if heard.deltas:
        raise Failed(f"a whole answer came with {len(heard.deltas)} deltas")
    return _answered(heard.reply, model)


async def stream(subject: Subject) -> str:
    """An answer in pieces that join to it."""
    model = subject.model()
    heard = await _heard(model, stream=True)
    noted = _answered(heard.reply, model)
    texts = [delta.text for delta in heard.deltas if isinstance(delta, TextDelta)]
    if "".join(texts) != heard.reply.content:
        raise Failed(f"{len(texts)} deltas make {''.join(texts)!r}, but the answer is {heard.reply.content!r}")
    return f"{noted}, {len(texts)} deltas"


async def tools(subject: Subject) -> str:
    """A tool is called with fitting arguments, and an answer comes from its result."""
    model = subject.model()
    agent = Agent(model=model, tools=[get_weather], instructions="Use the tools you have. Answer briefly.")
    run = await agent.arun("How is the weather in Paris?")
    if run.status is not RunStatus.completed:
        raise Failed(f"the run ended as {run.status.value}: {run.content}")
    calls = [call for call in run.tools or [] if call.tool_name == "get_weather" and not call.tool_call_error]
    if not calls:
        raise Failed(f"the tool was not called: {run.content!r}")
    if not str(run.content or "").strip():
        raise Failed("there was no answer after the tool's result")
    return f"{model.id}, called with {calls[0].tool_args}"


async def embeddings(subject: Subject) -> str:
    """Two texts become two different vectors of one length."""
    embedder = subject.embedder()
    made = await embedder.embed(["The cat sleeps.", "Stocks fell on Monday."])
    sizes = {len(vector) for vector in made.vectors}
    if len(made.vectors) != 2 or len(sizes) != 1 or 0 in sizes:
        raise Failed(f"2 texts became {len(made.vectors)} vectors of {sorted(sizes)} numbers")
    if not all(math.isfinite(number) for vector in made.vectors for number in vector):
        raise Failed("a vector holds what is no number")
    if made.vectors[0] == made.vectors[1]:
        raise Failed("2 texts became the same vector twice")
    return f"{embedder.id}, {sizes.pop()} dimensions"


async def error(subject: Subject) -> str:
    """A wrong key is refused as such, and not told; where no key is needed, a model that does not exist."""
    model = subject.model()
    if isinstance(model, Connection) and model.site.key_needed:
        model.api_key = f"agnolo-wrong-{secrets.token_hex(12)}"
        refused = await _refused(model, ModelAuthenticationError, ModelPermissionError)
        if model.api_key in str(refused):
            raise Failed("the error tells the key")
        return f"wrong key: {type(refused).__name__}"
    if isinstance(model, Connection):
        model = subject.model(UNKNOWN_MODEL)
        return f"unknown model: {type(await _refused(model, ModelNotFoundError)).__name__}"
    try:
        subject.model(UNKNOWN_MODEL)
    except ConfigurationError:
        return "unknown model: ConfigurationError"
    raise Failed(f"model {UNKNOWN_MODEL!r} was taken")


CHECKS: dict[str, Check] = {"chat": chat, "stream": stream, "tools": tools, "embeddings": embeddings, "error": error}


def get_weather(location: str, unit: str = "celsius") -> str:
    """The weather of today.

    Args:
        location: A city.
        unit: The unit of the temperature.
    """
    return f"It is sunny in {location}, 21 degrees {unit}."


class _Heard(NamedTuple):
    deltas: list[ModelEvent]
    reply: ModelReply


async def _heard(model: Model, *, stream: bool) -> _Heard:
    request = ModelRequest(messages=CONVERSATION, stream=stream)
    *deltas, last = [event async for event in model.exchange(request)]
    if not isinstance(last, ModelReply):
        raise Failed(f"the answer ended with {last}")
    return _Heard(deltas, last)


async def _refused(model: Model, *wanted: type[ModelProviderError]) -> ModelProviderError:
    try:
        heard = await _heard(model, stream=False)
    except wanted as refused:
        return refused
    raise Failed(f"nothing was refused; the answer was {heard.reply.content!r}")


def _answered(reply: ModelReply, model: Model) -> str:
    if not (reply.content or "").strip():
        raise Failed(f"the answer is empty: {reply}")
    if reply.finish_reason not in ("stop", "length"):
        raise Failed(f"the answer ended with {reply.finish_reason!r}")
    counted = reply.metrics
    if not (counted.input_tokens or counted.cache_read_tokens) or not counted.output_tokens:
        raise Failed(f"the tokens were not counted: {counted.input_tokens} in, {counted.output_tokens} out")
    return f"{model.id}, {counted.total_tokens} tokens"
