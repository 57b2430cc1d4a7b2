"""Ollama as a model: its options, and one exchange put together from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, ClassVar

from agnolo.ports.model import ModelEvent, ModelRequest, OutputStrategy
from agnolo.providers.address import Address
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.model_inquiries import ModelInquiries
from agnolo.providers.ollama_connection import OllamaConnection
from agnolo.providers.ollama_reply import OllamaDecoder
from agnolo.providers.ollama_request import encode
from agnolo.providers.wire import BodyForm, Deadlines, ReplyDecoder, Transport
from agnolo.vocabulary.errors import ModelProviderError

PARAMETERS = ("format", "options", "keep_alive", "think")
"""Options that are sent under their own names."""


class Ollama(OllamaConnection, ModelInquiries):
    """A model that an Ollama server runs, in the server's own dialect.

    The server is `host` (or `base_url`), else OLLAMA_HOST, else Ollama's cloud if there is a key in `api_key` or
    OLLAMA_API_KEY, else this machine. `options` are the model's, such as {"temperature": 0, "num_ctx": 8192}; `format`
    is "json" or a schema; `think` is a bool, or a word such as "high". `request_params` are sent as they are. Times are
    in seconds; the first token may have to wait for a model to be loaded.
    """

    id: str = "llama3.1"
    name: str = "Ollama"
    provider: str = "Ollama"

    format: str | Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None
    keep_alive: float | str | None = None
    think: bool | str | None = None
    request_params: Mapping[str, Any] | None = None

    _deadlines: ClassVar[Deadlines] = Deadlines(first_token=300.0)
    _list_path: ClassVar[str] = "/api/tags"

    def _strategy(self, request: ModelRequest) -> OutputStrategy:
        """Native, but for tools: a schema keeps the model from calling them (ollama/ollama issue 11185)."""
        return "prompted" if request.tools or request.builtin_tools else "native"

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. A server that can't be reached is a ModelConnectionError that says how to start it."""
        return self._ask(request, self._address(), self._transport())

    async def _ask(
        self, request: ModelRequest, found: Address, transport: Transport
    ) -> AsyncGenerator[ModelEvent, None]:
        """Images are read and encoded off the loop."""
        if any(m.images for m in request.messages):
            exchange = await asyncio.to_thread(self._prepared, request, found)
        else:
            exchange = self._prepared(request, found)
        try:
            async with aclosing(deliver(exchange, transport)) as events:
                async for event in events:
                    yield event
        except ModelProviderError as error:
            raise self._advised(error, found) from error.__cause__

    def _prepared(self, request: ModelRequest, found: Address) -> Exchange:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        body = encode(request, model=self.id.strip(), parameters={**given, **(self.request_params or {})})
        form: BodyForm = "stream" if request.stream else "whole"

        def decoder(vendor: Vendor, _: BodyForm) -> ReplyDecoder:
            return OllamaDecoder(vendor, form, think_tags=self.site.dialect.think_tags)

        return self._exchange(found, "/api/chat", body=body, stream=request.stream, decoder=decoder)

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        headers = super()._headers(found, stream=stream)
        if headers["Accept"] == "text/event-stream":
            headers["Accept"] = "application/x-ndjson"
        return headers
