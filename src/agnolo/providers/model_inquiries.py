"""What a vendor can be asked besides an answer: which models there are, and how many tokens a conversation is."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from agnolo.ports.blocking import finished
from agnolo.ports.model import ModelRequest, OutputFormat
from agnolo.ports.toolkit import collect
from agnolo.providers import address, token_counts
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.exchange import Exchange
from agnolo.providers.inquiry import Inquiry
from agnolo.vocabulary import schema
from agnolo.vocabulary.errors import ModelProtocolError, NotOfferedError
from agnolo.vocabulary.messages import Message

if TYPE_CHECKING:
    from agnolo.ports.listing import ModelInfo

_LISTS = "agnolo.providers.model_lists"
"""Few programs ask for a list: what reads one is imported for those."""
MOST_PAGES = 100
"""A list that goes on for longer goes round in circles."""


class ModelInquiries(Connection):
    """Mixed into models. Sync methods work anywhere, also inside a running event loop; `a…` twins await."""

    _list_path: ClassVar[str] = "/models"
    _list_query: ClassVar[dict[str, str]] = {}

    counts_tokens: ClassVar[bool] = False
    """Whether `count_tokens` asks the vendor; else it estimates."""

    async def alist_models(self, **query: str) -> list[ModelInfo]:
        """All models that the vendor offers, in its order. `query` narrows them: SiliconFlow takes type and sub_type.

        Raises NotOfferedError for a vendor without a list, else as a request to a model does.
        """
        if self.site.listing == "none":
            raise NotOfferedError(
                f"{self.provider} has no list of its models: see its documentation", provider=self.provider
            )
        found = self._lister()
        models: list[ModelInfo] = []
        wanted = {**self._list_query, **query}
        for _ in range(MOST_PAGES):
            inquiry = Inquiry(import_module(_LISTS).page)
            exchange = self._list_exchange(found, inquiry, wanted)
            page = await inquiry.answer(exchange, self._wire(exchange.vendor))
            models += page.models
            if not page.following:
                return models
            wanted |= page.following
        raise ModelProtocolError(f"{self.provider}'s list of models does not end", provider=self.provider)

    def list_models(self, **query: str) -> list[ModelInfo]:
        """The same."""
        return finished(self.alist_models(**query))

    async def acount_tokens(
        self, messages: Sequence[Message], tools: Sequence[Any] | None = None, output_schema: object = None
    ) -> int:
        """How many tokens a request with these would be.

        The vendor is asked where it counts (OpenAI's Responses, Gemini, Claude: `counts_tokens`). For the others this
        is an estimate, right within a factor of two for most texts: four ASCII characters a token, every other
        character a token of its own, 1,000 for a medium.
        """
        toolset = collect(tools or ())
        specs = [function.spec() for function in toolset.functions.values()]
        output = None if output_schema is None else self._form(output_schema)
        return await self._count(
            ModelRequest(messages=messages, tools=specs, builtin_tools=toolset.builtins, output=output)
        )

    def count_tokens(
        self, messages: Sequence[Message], tools: Sequence[Any] | None = None, output_schema: object = None
    ) -> int:
        """The same."""
        return finished(self.acount_tokens(messages, tools, output_schema))

    async def _count(self, request: ModelRequest) -> int:
        return token_counts.estimate(request)

    def _list_exchange(self, found: Address, inquiry: Inquiry[Any], query: dict[str, str]) -> Exchange:
        return self._exchange(found, self._list_path, method="GET", query=query, decoder=inquiry)

    def _lister(self) -> Address:
        """The address, also without a key where the list is public."""
        if self.site.listing != "public":
            return self._address()
        site = msgspec.structs.replace(self.site, key_needed=False)
        return address.find(site, owner=self.name, api_key=self.api_key, base_url=self.base_url)

    def _form(self, wanted: object) -> OutputFormat:
        name, form = schema.output_schema(wanted)
        return OutputFormat(name=name, schema=form, strict=False)
