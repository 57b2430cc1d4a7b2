"""The class of each vendor in the table, by the reference's name, made when it is first asked for.

What type checkers see of them is in vendors.pyi, which scripts/vendor_stubs.py writes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from agnolo.providers.compatible import ROWS
from agnolo.providers.connection import Connection
from agnolo.providers.tabled import TabledChat

IDS: dict[str, str] = {row.made_class: known for known, row in ROWS.items() if known != "openai"}
"""Names of classes to ids of providers. OpenAI's own class is written out, as the others are made from it."""

_RESPONSES = "agnolo.providers.tabled_responses"
_made: dict[str, type[Connection]] = {}


def vendor_class(provider: str) -> type[Connection]:
    """The class of a provider id of the table."""
    known = _made.get(provider)
    if known is None:
        row = ROWS[provider]
        speaker = TabledChat if row.speaks == "chat" else import_module(_RESPONSES).TabledResponses
        known = _made[provider] = speaker.of(row)
    return known


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the class of a vendor
    if name not in IDS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return vendor_class(IDS[name])
