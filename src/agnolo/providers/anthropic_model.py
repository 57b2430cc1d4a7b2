"""Anthropic's Claude as a model: its options, and one exchange put together from them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, ClassVar

import msgspec

from agnolo.ports.model import ModelEvent, ModelRequest, OutputStrategy
from agnolo.providers import address, anthropic_families, token_counts
from agnolo.providers.address import Address
from agnolo.providers.anthropic_reply import MessagesDecoder
from agnolo.providers.anthropic_request import SystemPromptBlock, Wording, encode, holds_to_schema
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.inquiry import Inquiry
from agnolo.providers.model_inquiries import ModelInquiries
from agnolo.providers.profiles import KeySource, Site
from agnolo.providers.wire import Deadlines
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_object

_log = logging.getLogger("agnolo.providers")

ANTHROPIC = Site(
    keys=(KeySource("ANTHROPIC_API_KEY", "https://api.anthropic.com"),),
    base_urls=("ANTHROPIC_ENDPOINT", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
    default_url="https://api.anthropic.com",
    sdk_path="/v1",
)
TOKEN = "ANTHROPIC_AUTH_TOKEN"

PARAMETERS = (
    "max_tokens", "thinking", "output_config", "temperature", "stop_sequences", "top_p", "top_k", "context_management",
    "mcp_servers",
)  # fmt: skip
"""Options that are sent under their own names."""
COUNTED = frozenset({
    "model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "mcp_servers",
    "context_management",
})  # fmt: skip
"""Fields that Anthropic takes when it only counts."""
SAMPLING = ("temperature", "top_p", "top_k")

LATEST = "2026-10-21"
SAMPLED = "2023-06-01"
"""The version of the API that still has the parameters of sampling."""
_SCHEMA_BETA = "structured-outputs-2025-11-13"
_SKILL_BETAS = ("code-execution-2025-08-25", "skills-2025-10-02")


class Claude(ModelInquiries):
    """A Claude model behind Anthropic's Messages, or behind anything that speaks them, by `base_url`.

    The key is `api_key`, else ANTHROPIC_API_KEY; a token is `auth_token`, else ANTHROPIC_AUTH_TOKEN. What newer models
    no longer take (sampling, budgets of thinking) is left out or replaced, with a warning. `system_prompt_blocks`
    follow the agent's own system prompt and may be made anew for each request. `request_params` are sent as they are.
    Times are in seconds; thinking may be silent for minutes.
    """

    id: str = "claude-sonnet-5-5"
    name: str = "Claude"
    provider: str = "Anthropic"

    auth_token: str | None = None
    site: Site = ANTHROPIC

    max_tokens: int | None = 8192
    thinking: dict[str, Any] | None = None
    output_config: Mapping[str, Any] | None = None
    temperature: float | None = None
    stop_sequences: Sequence[str] | None = None
    top_p: float | None = None
    top_k: int | None = None
    cache_system_prompt: bool = False
    extended_cache_time: bool = False
    cache_tools: bool = False
    system_prompt_blocks: Sequence[SystemPromptBlock] | Callable[[], Sequence[SystemPromptBlock]] | None = None
    request_params: Mapping[str, Any] | None = None
    betas: Sequence[str] | None = None
    context_management: Mapping[str, Any] | None = None
    mcp_servers: Sequence[Mapping[str, Any]] | None = None
    skills: Sequence[Mapping[str, Any]] | None = None
    citations: bool = True
    append_trailing_user_message: bool | None = None
    trailing_user_message_content: str = "continue"

    counts_tokens: ClassVar[bool] = True
    _list_query: ClassVar[dict[str, str]] = {"limit": "1000"}
    _deadlines: ClassVar[Deadlines] = Deadlines(first_token=300.0, token=300.0)

    def _strategy(self, request: ModelRequest) -> OutputStrategy:
        """Native where the model takes schemas, else a tool; but while it thinks it can't be made to call one."""
        if anthropic_families.accepts_schema(self.id):
            return "native"
        return "prompted" if self.thinking else "tool"

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        wording, found = self._wording(), self._address()
        if any(m.images or m.files for m in request.messages):
            return self._exchange_media(request, wording, found)
        return deliver(self._prepared(request, wording, found), self._transport())

    async def _exchange_media(
        self, request: ModelRequest, wording: Wording, found: Address
    ) -> AsyncGenerator[ModelEvent, None]:
        """Files are read and encoded off the loop."""
        exchange = await asyncio.to_thread(self._prepared, request, wording, found)
        async with aclosing(deliver(exchange, self._transport())) as events:
            async for event in events:
                yield event

    def _prepared(self, request: ModelRequest, wording: Wording, found: Address) -> Exchange:
        exchange = self._exchange(
            found, "/messages", body=encode(request, wording), stream=request.stream, decoder=MessagesDecoder
        )
        return self._versioned(exchange, request, wording)

    def _versioned(self, exchange: Exchange, request: ModelRequest, wording: Wording) -> Exchange:
        version = SAMPLED if any(name in wording.parameters for name in SAMPLING) else LATEST
        ours = {"anthropic-version": version}
        if betas := self._betas(request, wording):
            ours["anthropic-beta"] = ",".join(betas)
        return _with_headers(exchange, ours)

    def _list_exchange(self, found: Address, inquiry: Inquiry[Any], query: dict[str, str]) -> Exchange:
        return _with_headers(super()._list_exchange(found, inquiry, query), {"anthropic-version": LATEST})

    async def _count(self, request: ModelRequest) -> int:
        wording, found, inquiry = self._wording(), self._address(), Inquiry(token_counts.told)
        said = codec.loads(await asyncio.to_thread(encode, request, wording))
        body = codec.dumps({name: value for name, value in said.items() if name in COUNTED})
        exchange = self._exchange(found, "/messages/count_tokens", body=body, decoder=inquiry)
        return await inquiry.answer(self._versioned(exchange, request, wording), self._transport())

    def _betas(self, request: ModelRequest, wording: Wording) -> list[str]:
        wanted = list(self.betas or ())
        if holds_to_schema(request, wording) or any(spec.strict for spec in request.tools):
            wanted.append(_SCHEMA_BETA)
        wanted += _SKILL_BETAS if self.skills else ()
        return list(dict.fromkeys(wanted))

    # ---- what is said

    def _wording(self) -> Wording:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        parameters = self._accepted({**given, **(self.request_params or {})})
        blocks = self.system_prompt_blocks
        return Wording(
            model=self.id,
            parameters=parameters,
            native_output=anthropic_families.accepts_schema(self.id) or bool(self.supports_native_structured_outputs),
            citations=self.citations,
            trailing=self.trailing_user_message_content if self._has_to_trail(parameters) else None,
            system_blocks=blocks() if callable(blocks) else blocks or (),
            cache_system=self.cache_system_prompt,
            cache_tools=self.cache_tools,
            ttl="1h" if self.extended_cache_time else "5m",
            skills=self.skills or (),
        )

    def _accepted(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Without what this model refuses the whole request for."""
        sampling = [name for name in SAMPLING if name in parameters]
        if sampling and not anthropic_families.accepts_sampling(self.id):
            _log.warning("model %r takes no %s: left out", self.id, ", ".join(sampling))
            parameters = {name: value for name, value in parameters.items() if name not in SAMPLING}
        if not _thinks(parameters):
            return parameters
        if not anthropic_families.thinks(self.id):
            raise ConfigurationError(f"model {self.id!r} can't think: leave thinking out, or choose a newer model")
        thinking: Any = parameters["thinking"]
        if thinking.get("type") == "enabled" and not anthropic_families.accepts_budget(self.id):
            _log.warning("model %r takes no budget of thinking: it decides itself; see output_config", self.id)
            parameters["thinking"] = {"type": "adaptive", "display": thinking.get("display", "summarized")}
        return parameters

    def _has_to_trail(self, parameters: Mapping[str, Any]) -> bool:
        """Thinking models, and newer ones, refuse to go on from words put into their mouth."""
        if self.append_trailing_user_message is not None:
            return self.append_trailing_user_message
        return not anthropic_families.accepts_prefill(self.id) or _thinks(parameters)

    # ---- where to

    def _address(self) -> Address:
        site = self.site
        if self._token() is not None:
            site = msgspec.structs.replace(site, key_needed=False)
        return address.find(site, owner=self.name, api_key=self.api_key, base_url=self.base_url)

    def _token(self) -> str | None:
        """The variable's token is for those who have no key."""
        if self.auth_token is not None:
            return self.auth_token
        if self.api_key is not None or address.configured_key(self.site) is not None:
            return None
        return os.environ.get(TOKEN, "").strip() or None

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        headers = super()._headers(msgspec.structs.replace(found, key=self._token()), stream=stream)
        if found.key and "x-api-key" not in {name.lower() for name in headers}:
            headers["x-api-key"] = found.key
        return headers


def _with_headers(exchange: Exchange, ours: Mapping[str, str]) -> Exchange:
    """What the user gives wins."""
    given = {name.lower() for name in exchange.request.headers}
    headers = {**exchange.request.headers, **{name: text for name, text in ours.items() if name not in given}}
    return msgspec.structs.replace(exchange, request=msgspec.structs.replace(exchange.request, headers=headers))


def _thinks(parameters: Mapping[str, Any]) -> bool:
    thinking: Any = parameters.get("thinking")
    return is_object(thinking) and thinking.get("type") != "disabled"
