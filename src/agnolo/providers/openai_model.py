"""OpenAI chat completions as a model: its options, and one exchange put together from them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from agnolo.ports.model import ModelEvent, ModelRequest, OutputStrategy
from agnolo.providers import profiles
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.openai_request import Wording, encode
from agnolo.providers.profiles import Site

PARAMETERS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "frequency_penalty",
    "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort", "verbosity", "user", "store",
    "metadata", "service_tier", "parallel_tool_calls",
)  # fmt: skip
"""Options that are sent under their own names."""


class OpenAIChat(Connection):
    """A model behind OpenAI's chat completions, or behind anything that speaks them, by `base_url`.

    The key is `api_key`, else the variable OPENAI_API_KEY, looked up when a request is made. Times are in seconds:
    `timeout` bounds the whole request with its retries, the others its phases. `retries` counts attempts after the
    first. `extra_body` and `request_params` are sent as they are. `site` describes a vendor other than OpenAI.
    """

    id: str = "gpt-5.4-mini"
    name: str = "OpenAIChat"
    provider: str = "OpenAI"

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: Mapping[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    user: str | None = None
    store: bool | None = None
    metadata: Mapping[str, str] | None = None
    service_tier: str | None = None
    parallel_tool_calls: bool | None = None
    strict_output: bool = True
    role_map: Mapping[str, str] | None = None

    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """As the vendor's dialect says."""
        return self.site.dialect.output.of(self.id, request)

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        found = self._address()
        if any(m.images or m.audio or m.files for m in request.messages):
            return self._exchange_media(request, found)
        return deliver(self._asked(request, found), self._transport())

    async def _exchange_media(self, request: ModelRequest, found: Address) -> AsyncGenerator[ModelEvent, None]:
        """Files are read and encoded off the loop."""
        exchange = await asyncio.to_thread(self._asked, request, found)
        async with aclosing(deliver(exchange, self._transport())) as events:
            async for event in events:
                yield event

    def _asked(self, request: ModelRequest, found: Address) -> Exchange:
        body = encode(request, self._wording())
        return self._exchange(found, "/chat/completions", body=body, stream=request.stream, decoder=ChatDecoder)

    def _wording(self) -> Wording:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        return Wording(
            model=self.id,
            dialect=self.site.dialect,
            parameters={**given, **(self.request_params or {}), **(self.extra_body or {})},
            role_map=self.role_map,
            strict_output=self.strict_output,
        )


class OpenAILike(OpenAIChat):
    """A server that speaks OpenAI's chat completions: give `id` and `base_url`, and `api_key` if it wants one."""

    id: str = "not-provided"
    name: str = "OpenAILike"
    api_key: str | None = "not-provided"
    site: Site = profiles.OPENAI_LIKE
