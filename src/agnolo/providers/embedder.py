"""What the embedders behind a network have in common: options, batches, and how their requests are made."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from agnolo.ports.embedder import Embeddings
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.embedding_batches import batches
from agnolo.providers.embedding_calls import EmbeddingCalls
from agnolo.providers.embedding_facts import EmbeddingVendor
from agnolo.providers.inquiry import Inquiry, Misread
from agnolo.providers.wire import MAX_BODY
from agnolo.vocabulary.errors import ConfigurationError, ModelBadRequestError

LONGEST_NUMBER = 24
"""Bytes that a number of a vector takes at most, as text with its comma."""


class RemoteEmbedder(EmbeddingCalls, Connection):
    """Texts go in batches of `batch_size`, less where the vendor takes less, `parallel` of them at a time.

    `dimensions` is what was asked for, else the length of the model's vectors as far as it is known; the first reply
    corrects it. Without need it is not sent. `enable_batch` tells knowledge to embed many documents at once; calls
    with several texts are batched in any case. `request_params` are sent as they are.
    """

    dimensions: int | None = None
    enable_batch: bool = False
    batch_size: int = 100
    parallel: int = 4
    request_params: Mapping[str, Any] | None = None

    _facts: ClassVar[EmbeddingVendor]
    _wanted: int | None = None

    if not TYPE_CHECKING:

        def __init__(self, id: str | None = None, **options: Any) -> None:
            super().__init__(id, **options)
            self._settle(options)

    def _settle(self, given: Mapping[str, Any]) -> None:
        """Check the options, and tell asked-for dimensions from known ones."""
        for name in ("batch_size", "parallel", "dimensions"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ConfigurationError(f"{name}={number} of {type(self).__name__} must be at least 1")
        known = self._facts.model(self.id)
        asked: int | None = given.get("dimensions")
        if asked is None:
            self.dimensions = self.dimensions if known is None else known.dimensions
        elif known is None or known.adjustable:
            self._wanted = asked
        elif asked != known.dimensions:
            raise ConfigurationError(
                f"dimensions={asked} can't be had: vectors of {self.id!r} always have {known.dimensions} numbers"
            )

    async def _embedded(self, texts: list[str]) -> Embeddings:
        empty = next((place for place, text in enumerate(texts) if not text), None)
        if empty is not None:
            raise ModelBadRequestError(
                f"text {empty} of {len(texts)} is empty, and {self.provider} makes no vector of it: leave it out",
                provider=self.provider,
                model=self.id,
            )
        found = self._address()
        parts = await self._all(found, list(batches(texts, most=self._most(), budget=self._facts.max_request_tokens)))
        vectors = [vector for part in parts for vector in part.vectors]
        if self._wanted is None:
            self.dimensions = len(vectors[0])
        return Embeddings(vectors=vectors, tokens=sum(part.tokens for part in parts))

    def _most(self) -> int:
        """Texts in a batch: as asked, as the vendor takes, and so that the reply may be read."""
        readable = MAX_BODY // (LONGEST_NUMBER * (self.dimensions or 4096))
        return max(1, min(self.batch_size, self._facts.max_inputs or self.batch_size, readable))

    async def _all(self, found: Address, split: list[list[str]]) -> list[Embeddings]:
        """A reply for each batch, in order. The first failure ends the others."""
        if len(split) == 1:
            return [await self._ask(found, split[0])]
        replies: dict[int, Embeddings] = {}
        waiting = iter(enumerate(split))

        async def work() -> None:
            for place, batch in waiting:
                replies[place] = await self._ask(found, batch)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.parallel, len(split))):
                    group.create_task(work())
        except ExceptionGroup as failed:
            first = failed.exceptions[0]
            raise first from first.__cause__
        return [replies[place] for place in range(len(split))]

    async def _ask(self, found: Address, batch: list[str]) -> Embeddings:
        inquiry = Inquiry(partial(self._read, len(batch)))
        exchange = self._exchange(found, self._path(), body=self._encode(batch), decoder=inquiry)
        return await inquiry.answer(exchange, self._wire(exchange.vendor))

    def _read(self, texts: int, reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
        found = self._decode(reply)
        lengths = {len(vector) for vector in found.vectors}
        if len(found.vectors) != texts:
            raise Misread(f"{len(found.vectors)} vectors for {texts} texts")
        if len(lengths) != 1 or (self._wanted is not None and lengths != {self._wanted}):
            wanted = "of one length" if self._wanted is None else f"of {self._wanted} numbers"
            raise Misread(f"vectors of {', '.join(map(str, sorted(lengths)))} numbers, which should be {wanted}")
        return found

    def _fields(self, **given: Any) -> dict[str, Any]:
        """What is sent beside the texts: what was given, and `request_params`, which win."""
        return {name: value for name, value in given.items() if value is not None} | dict(self.request_params or {})

    @abstractmethod
    def _path(self) -> str:
        """The path of the operation."""

    @abstractmethod
    def _encode(self, batch: list[str]) -> bytes:
        """The body of a request."""

    @abstractmethod
    def _decode(self, reply: Any) -> Embeddings:  # noqa: ANN401 - a JSON value
        """The vectors of a reply. Raises Misread."""
