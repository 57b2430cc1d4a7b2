"""Gemini as a model: its options, and one exchange with Google's Gemini API put together from them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, ClassVar

import msgspec

from agnolo.ports.model import ModelEvent, ModelRequest, OutputStrategy
from agnolo.providers import token_counts
from agnolo.providers.address import Address
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.gemini_connection import SITE as SITE
from agnolo.providers.gemini_connection import GeminiConnection
from agnolo.providers.gemini_errors import Judge
from agnolo.providers.gemini_reply import MALFORMED, GeminiDecoder
from agnolo.providers.gemini_request import Wording, encode, joins_tools_and_form
from agnolo.providers.inquiry import Inquiry
from agnolo.providers.model_inquiries import ModelInquiries
from agnolo.providers.wire import Transport
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelProtocolError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import Message

_log = logging.getLogger("agnolo.providers")

CONFIG = {
    "temperature": "temperature", "top_p": "topP", "top_k": "topK", "max_output_tokens": "maxOutputTokens",
    "stop_sequences": "stopSequences", "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty", "seed": "seed", "response_modalities": "responseModalities",
    "speech_config": "speechConfig",
}  # fmt: skip
"""Options that are fields of the generationConfig, and their names there."""

GUIDANCE = (
    "Your last function call could not be read. Call the function again: by its declared name alone, with all required "
    "arguments, as a function call and not as code."
)


class Gemini(GeminiConnection, ModelInquiries):
    """A model of Google's Gemini API.

    The key is `api_key`, else the variable GOOGLE_API_KEY or GEMINI_API_KEY, looked up when a request is made. Times
    are in seconds: `timeout` bounds the whole request with its retries, the others its phases. `retries` counts
    attempts after the first. A function call that can't be read is asked for again with a word of guidance,
    `retry_with_guidance_limit` times. `request_params` and `extra_body` are sent as they are.
    """

    id: str = "gemini-3.7-flash"
    name: str = "Gemini"
    provider: str = "Google"

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_output_tokens: int | None = None
    stop_sequences: list[str] | None = None
    logprobs: bool | int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    response_modalities: list[str] | None = None
    speech_config: Mapping[str, Any] | None = None
    thinking_budget: int | None = None
    thinking_level: str | None = None
    include_thoughts: bool | None = None
    generation_config: Mapping[str, Any] | None = None

    safety_settings: Sequence[Any] | None = None
    cached_content: str | None = None

    search: bool = False
    grounding: bool = False
    grounding_dynamic_threshold: float | None = None
    url_context: bool = False
    file_search_store_names: list[str] | None = None
    file_search_metadata_filter: str | None = None

    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    counts_tokens: ClassVar[bool] = True
    _list_query: ClassVar[dict[str, str]] = {"pageSize": "1000"}

    def _strategy(self, request: ModelRequest) -> OutputStrategy:
        """Native; before Gemini 3 a schema excludes tools, and Google's own tools exclude functions."""
        if joins_tools_and_form(self.id):
            return "native"
        if request.builtin_tools or self._server_tools():
            return "prompted"
        return "tool" if request.tools else "native"

    def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        return self._ask(request, self._address(), self._transport())

    async def _ask(self, request: ModelRequest, found: Address, wire: Transport) -> AsyncGenerator[ModelEvent, None]:
        """Ask, and after a call that can't be read ask again with guidance, unless something was told already."""
        left = self.retry_with_guidance_limit if self.retry_with_guidance else 0
        told = False
        while True:
            exchange = await self._prepared(request, found)
            try:
                async with aclosing(deliver(exchange, Judge(wire, exchange.vendor))) as events:
                    async for event in events:
                        told = True
                        yield event
                return
            except ModelProtocolError as error:
                if error.code != MALFORMED or told or not left:
                    raise
            left -= 1
            guided = (*request.messages, Message(role="user", content=GUIDANCE))
            request = msgspec.structs.replace(request, messages=guided)

    async def _prepared(self, request: ModelRequest, found: Address) -> Exchange:
        """Media are read and encoded off the loop."""
        if any(m.images or m.audio or m.videos or m.files for m in request.messages):
            return await asyncio.to_thread(self._asked, request, found)
        return self._asked(request, found)

    def _asked(self, request: ModelRequest, found: Address) -> Exchange:
        verb = "streamGenerateContent" if request.stream else "generateContent"
        body = encode(request, self._wording())
        return self._exchange(
            found, f"/{self._resource}:{verb}", body=body, stream=request.stream, decoder=GeminiDecoder
        )

    async def _count(self, request: ModelRequest) -> int:
        found, inquiry = self._address(), Inquiry(token_counts.told)
        asked = await asyncio.to_thread(encode, request, self._wording())
        body = {"generateContentRequest": {"model": self._resource, **codec.loads(asked)}}
        path = f"/{self._resource}:countTokens"
        exchange = self._exchange(found, path, body=codec.dumps(body), decoder=inquiry)
        return await inquiry.answer(exchange, self._wire(exchange.vendor))

    # ---- what is said

    def _wording(self) -> Wording:
        fields = {"safetySettings": self.safety_settings, "cachedContent": self.cached_content}
        return Wording(
            model=self.id,
            config=self._config(),
            server_tools=self._server_tools(),
            fields={name: value for name, value in fields.items() if value is not None},
            extra={**(self.request_params or {}), **(self.extra_body or {})},
        )

    def _config(self) -> dict[str, Any]:
        config = {_camel(name): value for name, value in (self.generation_config or {}).items()}
        config |= {field: value for name, field in CONFIG.items() if (value := getattr(self, name)) is not None}
        if self.logprobs is not None:
            config["responseLogprobs"] = bool(self.logprobs)
            if self.logprobs and not isinstance(self.logprobs, bool):
                config["logprobs"] = self.logprobs
        thinking = {
            "includeThoughts": self.include_thoughts,
            "thinkingBudget": self.thinking_budget,
            "thinkingLevel": self.thinking_level.upper() if self.thinking_level else None,
        }
        if given := {name: value for name, value in thinking.items() if value is not None}:
            known: Any = config.get("thinkingConfig")
            config["thinkingConfig"] = {**known, **given} if is_object(known) else given
        return config

    def _server_tools(self) -> list[dict[str, Any]]:
        tools: list[dict[str, Any]] = []
        if self.grounding_dynamic_threshold is not None:
            _log.warning("no Gemini model since 2.0 takes grounding_dynamic_threshold: left out")
        if self.search or self.grounding:
            tools.append({"googleSearch": {}})
        if self.url_context:
            tools.append({"urlContext": {}})
        if self.file_search_store_names:
            search: dict[str, Any] = {"fileSearchStoreNames": self.file_search_store_names}
            if self.file_search_metadata_filter is not None:
                search["metadataFilter"] = self.file_search_metadata_filter
            tools.append({"fileSearch": search})
        return tools

    # ---- how it is sent

    def _query(self, *, stream: bool) -> dict[str, str]:
        return {"alt": "sse", **super()._query(stream=stream)} if stream else super()._query(stream=stream)


def _camel(name: str) -> str:
    """Google's field name, also of its SDK's spelling."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
