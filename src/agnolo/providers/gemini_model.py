"""Gemini as a model: its options, and one exchange with Google's Gemini API put together from them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from agnolo.ports.extras import reach
from agnolo.ports.model import ModelEvent, ModelRequest
from agnolo.ports.options import Options
from agnolo.providers import address
from agnolo.providers.address import Address
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.gemini_errors import Judge
from agnolo.providers.gemini_reply import MALFORMED, GeminiDecoder
from agnolo.providers.gemini_request import Wording, encode
from agnolo.providers.profiles import KeySource, Site
from agnolo.providers.retry import RetryPolicy
from agnolo.providers.wire import Deadlines, HttpRequest, Transport
from agnolo.vocabulary.errors import ModelProtocolError
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.messages import Message

_log = logging.getLogger("agnolo.providers")

HOST = "https://generativelanguage.googleapis.com/v1beta"
SITE = Site(
    keys=(KeySource("GOOGLE_API_KEY", HOST), KeySource("GEMINI_API_KEY", HOST)),
    base_urls=("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"),
    default_url=HOST,
    version_path="/v1beta",
)

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

_VERTEX = frozenset({
    "vertexai", "project_id", "location", "credentials", "vertexai_search", "vertexai_search_datastore",
})  # fmt: skip
_SECRET_NAMES = ("auth", "key", "token", "cookie", "secret")
"""Parts of the names of headers and query fields whose values are never shown."""


class Gemini(Options):
    """A model of Google's Gemini API.

    The key is `api_key`, else the variable GOOGLE_API_KEY or GEMINI_API_KEY, looked up when a request is made. Times
    are in seconds: `timeout` bounds the whole request with its retries, the others its phases. `retries` counts
    attempts after the first. A function call that can't be read is asked for again with a word of guidance,
    `retry_with_guidance_limit` times. `request_params` and `extra_body` are sent as they are.
    """

    id: str = "gemini-3.7-flash"
    name: str = "Gemini"
    provider: str = "Google"

    api_key: str | None = None
    base_url: str | None = None
    site: Site = SITE

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

    extra_headers: Mapping[str, str] | None = None
    extra_query: Mapping[str, str] | None = None
    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    timeout: float | None = None
    connect_timeout: float | None = None
    first_token_timeout: float | None = None
    token_timeout: float | None = None
    retries: int = 2
    retry_with_guidance: bool = True
    retry_with_guidance_limit: int = 1
    max_concurrency: int | None = None
    ca_file: str | None = None
    transport: Transport | None = None

    loop_bound = True
    native_output = True

    if not TYPE_CHECKING:

        def __init__(self, id: str | None = None, **options: Any) -> None:
            if id is not None:
                options["id"] = id
            if vertex := sorted(_VERTEX & options.keys()):
                raise TypeError(f"Gemini() has no option {vertex[0]!r}: it reaches the Gemini API, not Vertex AI")
            super().__init__(**options)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, provider={self.provider!r})"

    def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        found = address.find(self.site, owner=self.name, api_key=self.api_key, base_url=self.base_url)
        wire = self.transport or reach("agnolo.providers.transport", "http").NETWORK
        return self._ask(request, found, wire)

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
            return await asyncio.to_thread(self._exchange, request, found)
        return self._exchange(request, found)

    def _exchange(self, request: ModelRequest, found: Address) -> Exchange:
        headers = self._headers(found, stream=request.stream)
        query = dict(self.extra_query or {})
        secrets = tuple(
            value
            for name, value in (*headers.items(), *query.items())
            if any(word in name.lower() for word in _SECRET_NAMES)
        )
        path = self.id if self.id.startswith(("models/", "tunedModels/")) else f"models/{self.id}"
        verb = "streamGenerateContent" if request.stream else "generateContent"
        return Exchange(
            request=HttpRequest(
                url=address.endpoint(
                    found.base_url, f"/{path}:{verb}", {"alt": "sse", **query} if request.stream else query
                ),
                headers=headers,
                body=encode(request, self._wording()),
                ca_file=self.ca_file,
                max_concurrency=self.max_concurrency,
            ),
            vendor=Vendor(name=self.provider, model=self.id, key=found.key_name, secrets=secrets),
            decoder=GeminiDecoder,
            stream=request.stream,
            deadlines=self._deadlines(),
            retry=RetryPolicy(retries=self.retries),
        )

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

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        """Ours, then the user's, which win whatever their case. The key is never in the URL, which gets logged."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if stream else "application/json",
            "User-Agent": "agnolo",
        }
        if stream:
            headers["Accept-Encoding"] = "identity"  # a compressor holds tokens back
        if found.key:  # a proxy's `site` may need none
            headers["x-goog-api-key"] = found.key
        for name, value in (self.extra_headers or {}).items():
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


def _camel(name: str) -> str:
    """Google's field name, also of its SDK's spelling."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
