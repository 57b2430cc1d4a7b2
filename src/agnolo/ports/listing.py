"""What vendors tell about their models."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model that a vendor offers, with what it tells; None where it says nothing.

    `created` is in Unix seconds, `context_window` and `max_output` in tokens, modalities are words such as "image".
    """

    id: str
    name: str | None = None
    created: int | None = None
    owner: str | None = None
    context_window: int | None = None
    max_output: int | None = None
    input_modalities: tuple[str, ...] | None = None
    output_modalities: tuple[str, ...] | None = None


@runtime_checkable
class Listing(Protocol):
    """Someone who can say which models there are."""

    async def alist_models(self) -> list[ModelInfo]:
        """All models, in the vendor's order. Raises ModelProviderError, NotOfferedError where there is no list."""
        ...
