"""What a session was about, in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

import msgspec

from agnolo.vocabulary import codec


class SessionSummary(msgspec.Struct, omit_defaults=True):
    """A summary of a session. `updated_at` is when it was made, in local time, as Agno writes it."""

    summary: str
    topics: list[str] | None = None
    updated_at: datetime | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The summary that `to_dict` gave. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """What is known, the time as ISO text."""
        return codec.builtins(self)
