"""The pulled weights, the local model, and short ways to ask it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest
from agnolo.providers.local import Local
from agnolo.providers.local_weights import pull
from agnolo.vocabulary.messages import Message

Ask = Callable[..., Awaitable[ModelReply]]


@pytest.fixture(scope="session")
def weights() -> list[Path]:
    """All weights in the cache: fetched once a machine, verified once a session."""
    return pull()


async def events(model: Local, *messages: Message, stream: bool = True, **wanted: Any) -> list[ModelEvent]:
    request = ModelRequest(messages=messages, stream=stream, **wanted)
    return [event async for event in model.exchange(request)]


@pytest.fixture
def ask(weights: list[Path]) -> Ask:
    """The reply to these messages."""

    async def reply(*messages: Message, **wanted: Any) -> ModelReply:
        last = (await events(Local(), *messages, **wanted))[-1]
        assert isinstance(last, ModelReply)
        return last

    return reply
