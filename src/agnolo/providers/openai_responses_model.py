"""OpenAI Responses as a model: its options, and exchanges put together from them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, ClassVar

import msgspec

from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest
from agnolo.providers import profiles, refusals, token_counts
from agnolo.providers.address import Address
from agnolo.providers.exchange import Exchange, deliver
from agnolo.providers.inquiry import Inquiry
from agnolo.providers.model_inquiries import ModelInquiries
from agnolo.providers.openai_responses_items import Keeper
from agnolo.providers.openai_responses_reply import FLAGGED, ResponsesDecoder
from agnolo.providers.openai_responses_request import Wording, encode
from agnolo.providers.profiles import Site
from agnolo.providers.wire import Deadlines, Transport
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ModelBadRequestError, ModelContentFilterError

_log = logging.getLogger("agnolo.providers")

PARAMETERS = (
    "background", "include", "max_output_tokens", "max_tool_calls", "metadata", "parallel_tool_calls", "store",
    "temperature", "top_p", "truncation", "user", "service_tier",
)  # fmt: skip
"""Options that are sent under their own names."""

COUNTED = frozenset({
    "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "truncation",
    "previous_response_id", "conversation",
})  # fmt: skip
"""Fields that OpenAI takes when it only counts."""

SEALED = "reasoning.encrypted_content"
"""What is included to have reasoning that can be given back."""


class OpenAIResponses(ModelInquiries):
    """A model behind OpenAI's Responses.

    A reasoning model's conversation goes on from OpenAI's own record of it: only what is new is sent, and what OpenAI
    has lost is sent again whole. `store=False` keeps no record there, `use_previous_response_id=False` makes no use of
    it; the model's reasoning then travels with the messages, encrypted. `background` survives long silences, up to
    `background_max_wait`; `background_poll_interval` is not needed, as nothing is polled. `extra_body` and
    `request_params` are sent as they are. Times are in seconds; reasoning and built-in tools may be silent for minutes.
    """

    id: str = "gpt-5.4-mini"
    name: str = "OpenAIResponses"
    provider: str = "OpenAI"

    include: Sequence[str] | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: Mapping[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Mapping[str, Any] | None = None
    verbosity: str | None = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    store: bool | None = None
    use_previous_response_id: bool = True
    temperature: float | None = None
    top_p: float | None = None
    truncation: str | None = None
    user: str | None = None
    service_tier: str | None = None
    strict_output: bool = True
    background: bool | None = None
    background_poll_interval: float = 2.0
    background_max_wait: float = 600.0
    role_map: Mapping[str, str] | None = None
    extra_body: Mapping[str, Any] | None = None
    request_params: Mapping[str, Any] | None = None

    counts_tokens: ClassVar[bool] = True
    _deadlines: ClassVar[Deadlines] = Deadlines(first_token=300.0, token=300.0)
    _refused: ClassVar[Mapping[str, str]] = {**refusals.EVERYWHERE, **refusals.RESPONSES}
    _reasoning_models: ClassVar[tuple[str, ...]] = ("o3", "o4-mini", "gpt-5", "gpt-6")
    _unsealable: ClassVar[tuple[str, ...]] = ("gpt-5-chat",)
    """Reasoning models by name that refuse to be asked for encrypted reasoning."""
    _sealed: ClassVar[bool] = True
    """Whether reasoning is taken back only encrypted."""

    def get_provider(self) -> str:
        """The provider with its interface, as the reference counts it."""
        return f"{self.provider} Responses"

    def exchange(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Ask once. Without a key raises ModelAuthenticationError, before anything is sent."""
        return self._ask(request, self._address(), self._transport())

    async def _ask(
        self, request: ModelRequest, found: Address, transport: Transport
    ) -> AsyncGenerator[ModelEvent, None]:
        wording = self._wording()
        try:
            async with aclosing(self._deliver(request, wording, found, transport)) as events:
                async for event in events:
                    yield event
            return
        except ModelBadRequestError as refused:
            if refused.code in FLAGGED:
                # OpenAI's safety system answers like any bad request; only the code tells.
                raise refused.recast(ModelContentFilterError) from refused
            if not (wording.chained and _chain_is_lost(refused)) or "previous_response_id" in wording.parameters:
                raise
        _log.warning("%s has lost the previous response of this conversation: all of it is sent again", self.provider)
        wording = msgspec.structs.replace(wording, chained=False)
        async with aclosing(self._deliver(request, wording, found, transport)) as events:
            async for event in events:
                yield event

    async def _deliver(
        self, request: ModelRequest, wording: Wording, found: Address, transport: Transport
    ) -> AsyncGenerator[ModelEvent, None]:
        """Files are read and encoded off the loop. Work in the background is listened to, whatever was asked."""
        if any(m.images or m.files for m in request.messages):
            exchange = await asyncio.to_thread(self._prepared, request, wording, found)
        else:
            exchange = self._prepared(request, wording, found)
        async with aclosing(deliver(exchange, transport)) as events:
            async for event in events:
                if request.stream or isinstance(event, ModelReply):
                    yield event

    def _prepared(self, request: ModelRequest, wording: Wording, found: Address) -> Exchange:
        asked = msgspec.structs.replace(request, stream=request.stream or bool(self.background))
        exchange = self._exchange(
            found, "/responses", body=encode(asked, wording), stream=asked.stream, decoder=ResponsesDecoder
        )
        if not self.background:
            return exchange
        wait = self.background_max_wait
        limits = msgspec.structs.replace(exchange.deadlines, first_token=wait, token=wait, total=wait)
        return msgspec.structs.replace(exchange, deadlines=limits)

    async def _count(self, request: ModelRequest) -> int:
        """All of the conversation is counted, whatever OpenAI has on record."""
        if not self.counts_tokens:
            return await super()._count(request)
        found, inquiry = self._address(), Inquiry(token_counts.told)
        wording = msgspec.structs.replace(self._wording(), chained=False)
        said = codec.loads(await asyncio.to_thread(encode, request, wording))
        body = codec.dumps({name: value for name, value in said.items() if name in COUNTED})
        exchange = self._exchange(found, "/responses/input_tokens", body=body, decoder=inquiry)
        return await inquiry.answer(exchange, self._wire(exchange.vendor))

    def _wording(self) -> Wording:
        given = {name: value for name in PARAMETERS if (value := getattr(self, name)) is not None}
        if self.background:
            given["store"] = True
        reasons = self.id.startswith(self._reasoning_models)
        chained = reasons and self.use_previous_response_id and given.get("store") is not False
        if reasons:
            given.setdefault("store", True)
        if reasons and not chained and not self.id.startswith(self._unsealable):
            given["include"] = list(dict.fromkeys([*given.get("include", ()), SEALED]))
        if reasoning := self._reasoning():
            given["reasoning"] = reasoning
        return Wording(
            keeper=Keeper(self.provider, self.id, sealed=self._sealed),
            dialect=self.site.dialect,
            parameters={**given, **self._own(), **(self.request_params or {}), **(self.extra_body or {})},
            text={} if self.verbosity is None else {"verbosity": self.verbosity},
            role_map=self.role_map,
            strict_output=self.strict_output,
            chained=chained,
        )

    def _reasoning(self) -> dict[str, Any]:
        asked = {"effort": self.reasoning_effort, "summary": self.reasoning_summary}
        return {**(self.reasoning or {}), **{name: value for name, value in asked.items() if value is not None}}


class OpenResponses(OpenAIResponses):
    """A server that speaks OpenAI's Responses without keeping records: give `id` and `base_url`."""

    id: str = "not-provided"
    name: str = "OpenResponses"
    provider: str = "OpenResponses"
    api_key: str | None = "not-provided"
    store: bool | None = False
    site: Site = profiles.OPENAI_LIKE

    counts_tokens: ClassVar[bool] = False
    _reasoning_models: ClassVar[tuple[str, ...]] = ()
    _sealed: ClassVar[bool] = False


def _chain_is_lost(refused: ModelBadRequestError) -> bool:
    said = refused.message.lower()
    return refused.status_code == 400 and "previous response" in said and "not found" in said
