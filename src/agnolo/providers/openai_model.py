"""OpenAI chat completions as a model: its options, and one exchange put together from them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import msgspec

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest
from agnolo.providers import openai_parameters, profiles
from agnolo.providers.address import Address
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.model_inquiries import ModelInquiries
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.openai_request import Wording, encode
from agnolo.providers.profiles import Site

PARAMETERS = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "frequency_penalty",
    "presence_penalty", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort", "verbosity", "user", "store",
    "metadata", "service_tier", "parallel_tool_calls", "modalities", "audio",
)  # fmt: skip
"""Options that are sent under their own names."""


class OpenAIChat(ModelInquiries):
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
    modalities: Sequence[str] | None = None
    audio: Mapping[str, Any] | None = None
    strict_output: bool = True
    role_map: Mapping[str, str] | None = None

    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    def get_provider(self) -> str:
        """The provider with its interface, as the reference counts it."""
        return f"{self.provider} Chat"

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        found = self._address()
        wording = self._wording()
        asked = _streamed(request, wording)
        if asked is request and not self._blocks(request):
            return deliver(self._asked(request, wording, found), self._transport())
        return self._exchange_apart(request, asked, wording, found)

    async def _exchange_apart(
        self, request: ModelRequest, asked: ModelRequest, wording: Wording, found: Address
    ) -> AsyncGenerator[ModelEvent, None]:
        """What blocks is done off the loop. Who wants no deltas gets none, though the vendor may have to stream."""
        exchange = await asyncio.to_thread(self._asked, asked, wording, found)
        async with aclosing(deliver(exchange, self._transport())) as events:
            async for event in events:
                if request.stream or isinstance(event, ModelReply):
                    yield event

    def _blocks(self, request: ModelRequest) -> bool:
        """Whether making the request reads files."""
        return any(m.images or m.audio or m.files for m in request.messages)

    def _asked(self, request: ModelRequest, wording: Wording, found: Address) -> Exchange:
        body = encode(request, wording)
        decoder = partial(ChatDecoder, dialect=wording.dialect)
        return self._exchange(found, "/chat/completions", body=body, stream=request.stream, decoder=decoder)

    def _wording(self) -> Wording:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        dialect = self.site.dialect
        accepted = openai_parameters.accepted({**given, **self._own()}, dialect=dialect, model=self.id)
        return Wording(
            model=self.id,
            dialect=dialect,
            parameters={**accepted, **(self.request_params or {}), **(self.extra_body or {})},
            role_map=self.role_map,
            strict_output=self.strict_output,
        )


def _streamed(request: ModelRequest, wording: Wording) -> ModelRequest:
    """As a stream where the vendor lets the model think in streams only."""
    only = wording.dialect.streaming_thinkers
    if request.stream or only is None:
        return request
    if not re.match(only, wording.model) and wording.parameters.get("enable_thinking") is not True:
        return request
    return msgspec.structs.replace(request, stream=True)


class OpenAILike(OpenAIChat):
    """A server that speaks OpenAI's chat completions: give `id` and `base_url`, and `api_key` if it wants one."""

    id: str = "not-provided"
    name: str = "OpenAILike"
    api_key: str | None = "not-provided"
    site: Site = profiles.OPENAI_LIKE

    def get_provider(self) -> str:
        """The name under which metrics count its tokens."""
        return self.provider or self.name
