"""What the server uses of Starlette, and JSON responses by our own codec. The only module that imports Starlette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from agnolo.vocabulary import codec

__all__ = [
    "Asgi",
    "ClientDisconnect",
    "FormData",
    "HTTPException",
    "Headers",
    "HttpScope",
    "Message",
    "Receive",
    "Request",
    "Response",
    "Route",
    "Router",
    "Send",
    "UploadFile",
    "disconnected",
    "json_response",
]

HttpScope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[HttpScope, Receive, Send], Awaitable[None]]


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The value as compact JSON."""
    return Response(codec.dumps(value), status, dict(headers or {}), "application/json")


async def disconnected(receive: Receive) -> None:
    """Wait until the client hangs up. What is left of its request is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
