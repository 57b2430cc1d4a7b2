"""OpenAI chat completions as a model: its options, and one exchange put together from them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agnolo.ports.extras import reach
from agnolo.ports.model import ModelEvent, ModelRequest
from agnolo.ports.options import Options
from agnolo.providers import address, profiles
from agnolo.providers.address import Address
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.openai_request import Wording, encode
from agnolo.providers.profiles import Site
from agnolo.providers.retry import RetryPolicy
from agnolo.providers.wire import Deadlines, HttpRequest, Transport

PARAMETERS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "frequency_penalty",
    "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort", "verbosity", "user", "store",
    "metadata", "service_tier", "parallel_tool_calls",
)  # fmt: skip
"""Options that are sent under their own names."""

_SECRET_NAMES = ("auth", "key", "token", "cookie", "secret")
"""Parts of the names of headers and query fields whose values are never shown."""


class OpenAIChat(Options):
    """A model behind OpenAI's chat completions, or behind anything that speaks them, by `base_url`.

    The key is `api_key`, else the variable OPENAI_API_KEY, looked up when a request is made. Times are in seconds:
    `timeout` bounds the whole request with its retries, the others its phases. `retries` counts attempts after the
    first. `extra_body` and `request_params` are sent as they are. `site` describes a vendor other than OpenAI.
    """

    id: str = "gpt-5.4-mini"
    name: str = "OpenAIChat"
    provider: str = "OpenAI"

    api_key: str | None = None
    base_url: str | None = None
    organization: str | None = None
    site: Site = profiles.OPENAI

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

    default_headers: Mapping[str, str] | None = None
    default_query: Mapping[str, str] | None = None
    extra_headers: Mapping[str, str] | None = None
    extra_query: Mapping[str, str] | None = None
    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    timeout: float | None = None
    connect_timeout: float | None = None
    first_token_timeout: float | None = None
    token_timeout: float | None = None
    retries: int = 2
    max_concurrency: int | None = None
    ca_file: str | None = None
    transport: Transport | None = None

    loop_bound = True

    if not TYPE_CHECKING:

        def __init__(self, id: str | None = None, **options: Any) -> None:
            if id is not None:
                options["id"] = id
            super().__init__(**options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, provider={self.provider!r})"

    @property
    def native_output(self) -> bool:
        """Whether the provider enforces schemas."""
        return self.site.dialect.native_output

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        found = address.find(self.site, owner=self.name, api_key=self.api_key, base_url=self.base_url)
        if any(m.images or m.audio or m.files for m in request.messages):
            return self._exchange_media(request, found)
        return deliver(self._exchange(request, found), self._transport())

    async def _exchange_media(self, request: ModelRequest, found: Address) -> AsyncGenerator[ModelEvent, None]:
        """Files are read and encoded off the loop."""
        exchange = await asyncio.to_thread(self._exchange, request, found)
        async with aclosing(deliver(exchange, self._transport())) as events:
            async for event in events:
                yield event

    def _transport(self) -> Transport:
        return self.transport or reach("agnolo.providers.transport", "http").NETWORK

    def _exchange(self, request: ModelRequest, found: Address) -> Exchange:
        headers = self._headers(found, stream=request.stream)
        query = {**(self.default_query or {}), **(self.extra_query or {})}
        secrets = tuple(
            value.removeprefix("Bearer ")
            for name, value in (*headers.items(), *query.items())
            if any(word in name.lower() for word in _SECRET_NAMES)
        )
        return Exchange(
            request=HttpRequest(
                url=address.endpoint(found.base_url, "/chat/completions", query),
                headers=headers,
                body=encode(request, self._wording()),
                ca_file=self.ca_file,
                max_concurrency=self.max_concurrency,
            ),
            vendor=Vendor(name=self.provider, model=self.id, key=found.key_name, secrets=secrets),
            decoder=ChatDecoder,
            stream=request.stream,
            deadlines=self._deadlines(),
            retry=RetryPolicy(retries=self.retries),
        )

    def _wording(self) -> Wording:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        return Wording(
            model=self.id,
            dialect=self.site.dialect,
            parameters={**given, **(self.request_params or {}), **(self.extra_body or {})},
            role_map=self.role_map,
            strict_output=self.strict_output,
        )

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        """Ours, then the user's, which win whatever their case."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if stream else "application/json",
            "User-Agent": "agnolo",
        }
        if stream:
            headers["Accept-Encoding"] = "identity"  # a compressor holds tokens back
        if found.key:
            headers["Authorization"] = f"Bearer {found.key}"
        organization = self.organization or os.environ.get(self.site.organization or "")
        if organization:
            headers["OpenAI-Organization"] = organization
        for name, value in {**(self.default_headers or {}), **(self.extra_headers or {})}.items():
            known = next((ours for ours in headers if ours.lower() == name.lower()), name)
            headers[known] = value
        return headers

    def _deadlines(self) -> Deadlines:
        given = {
            "total": self.timeout,
            "connect": self.connect_timeout,
            "first_token": self.first_token_timeout,
            "token": self.token_timeout,
        }
        return Deadlines(**{name: seconds for name, seconds in given.items() if seconds is not None})


class OpenAILike(OpenAIChat):
    """A server that speaks OpenAI's chat completions: give `id` and `base_url`, and `api_key` if it wants one."""

    id: str = "not-provided"
    name: str = "OpenAILike"
    api_key: str | None = "not-provided"
    site: Site = profiles.OPENAI_LIKE
