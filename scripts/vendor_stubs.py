"""Writes src/agnolo/providers/vendors.pyi: what type checkers see of the classes made from the table of vendors."""

from __future__ import annotations

from pathlib import Path

from agnolo.providers.compatible import ROWS
from agnolo.providers.row import Parameter, Row

STUB = Path(__file__).parents[1] / "src" / "agnolo" / "providers" / "vendors.pyi"
HEAD = '''"""Written by scripts/vendor_stubs.py from the table of vendors: run it after a change there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from agnolo.providers.tabled import TabledChat
from agnolo.providers.tabled_responses import TabledResponses'''
PARENTS = {"chat": "TabledChat", "responses": "TabledResponses"}


def stub() -> str:
    """The text of the stub."""
    rows = sorted((row for known, row in ROWS.items() if known != "openai"), key=lambda row: row.made_class.lower())
    lines = [HEAD]
    for before, row in zip([None, *rows], rows, strict=False):
        if before is None or before.parameters or row.parameters:
            lines.append("")  # as the formatter has it: bare classes stand together
        lines += _class(row)
    return "\n".join([*lines, ""])


def _class(row: Row) -> list[str]:
    line = f"class {row.made_class}({PARENTS[row.speaks]}):"
    return [line, *(f"    {_field(known)}" for known in row.parameters)] if row.parameters else [f"{line} ..."]


def _field(known: Parameter) -> str:
    shown = f'"{known.default}"' if isinstance(known.default, str) else repr(known.default)
    return f"{known.name}: {known.annotation} = {shown}"


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
