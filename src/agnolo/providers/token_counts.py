"""How many tokens a request is: read from a vendor's answer, else estimated. Pure."""

from __future__ import annotations

import math
from typing import Any

from agnolo.ports.model import ModelRequest
from agnolo.providers.inquiry import Misread
from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import Message

ASCII_PER_TOKEN = 4
MESSAGE = 4
"""Tokens around each message: its role and its ends."""
MEDIUM = 1000
"""Tokens of an image or a file, whose size is not looked at."""


def told(reply: Any) -> int:  # noqa: ANN401 - a JSON value
    """The count that a vendor answered. Raises Misread."""
    for name in ("input_tokens", "totalTokens", "total_tokens"):
        value: Any = reply.get(name) if is_object(reply) else None
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    raise Misread("there is no count in it")


def estimate(request: ModelRequest) -> int:
    """Four ASCII characters a token, every other character a token of its own; tools and schema as their JSON."""
    counted = sum(_message(message) for message in request.messages)
    counted += sum(_json([tool.name, tool.description, tool.parameters]) for tool in request.tools)
    counted += sum(_json(tool) for tool in request.builtin_tools)
    return counted + (0 if request.output is None else _json(request.output.schema))


def _message(message: Message) -> int:
    calls = [[call.function.name, call.function.arguments] for call in message.tool_calls or ()]
    media = [*(message.images or ()), *(message.audio or ()), *(message.videos or ()), *(message.files or ())]
    return MESSAGE + _tokens(message.text()) + (_json(calls) if calls else 0) + MEDIUM * len(media)


def _json(value: object) -> int:
    return _tokens(codec.dumps(value).decode())


def _tokens(text: str) -> int:
    plain = len(text.encode("ascii", "ignore"))
    return math.ceil(plain / ASCII_PER_TOKEN) + len(text) - plain
