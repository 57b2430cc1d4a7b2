"""One import statement written as several: each name from its own module, with the comments that stood beside it."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from agnolo.cli.program import Source

STEP = "    "


class Entry(NamedTuple):
    """A name that is imported from a module; with no module, `name` is what stands behind `import`.

    `alias` is what it takes the place of, if it is one name for one.
    """

    module: str
    name: str
    bound: str
    alias: ast.alias | None

    @property
    def text(self) -> str:
        """As it stands in the statement."""
        return self.name if self.name == self.bound or not self.module else f"{self.name} as {self.bound}"


class Comments(NamedTuple):
    """Comments on lines of their own before an alias, and those at the end of its line."""

    before: list[str]
    behind: list[str]


def lines(source: Source, node: ast.ImportFrom, entries: Sequence[Entry]) -> str:
    """The statements in place of one, in the order in which their modules first occur."""
    start, end = source.span(node)
    indent, alone = source.line_start(start)
    text = source.text[start:end]
    beside = _comments(source, node, text) if "#" in text else {}
    groups: dict[str, list[Entry]] = {}
    for number, entry in enumerate(entries):
        groups.setdefault(entry.module or f"{number}", []).append(entry)
    wide = alone and "\n" in text
    statements = [
        _statement(group, beside, indent=indent, wide=wide, newline=source.newline) for group in groups.values()
    ]
    return (f"{source.newline}{indent}" if alone and source.ends_line(end) else "; ").join(statements)


def _statement(group: Sequence[Entry], beside: dict[int, Comments], *, indent: str, wide: bool, newline: str) -> str:
    first = group[0]
    if not first.module:
        return f"import {first.text}"
    notes = [beside.pop(id(entry.alias), None) or Comments([], []) for entry in group]
    begin = f"from {first.module} import "
    if not wide or (len(group) == 1 and not notes[0].before):
        behind = "".join(f"  {comment}" for comment in notes[0].behind) if wide else ""
        return begin + ", ".join(entry.text for entry in group) + behind
    inner = [
        line
        for entry, note in zip(group, notes, strict=True)
        for line in (*note.before, "  ".join([f"{entry.text},", *note.behind]))
    ]
    return newline.join([f"{begin}(", *(f"{indent}{STEP}{line}" for line in inner), f"{indent})"])


def _comments(source: Source, node: ast.ImportFrom, text: str) -> dict[int, Comments]:
    """The comments within a statement, by the alias to which they belong."""
    found: dict[int, Comments] = {id(alias): Comments([], []) for alias in node.names}
    tokens = tokenize.generate_tokens(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")).readline)
    for token in tokens:
        if token.type == tokenize.COMMENT:
            line = token.start[0] - 1 + node.lineno
            same = [alias for alias in node.names if alias.lineno == line]
            later = [alias for alias in node.names if alias.lineno > line]
            if same:
                found[id(same[-1])].behind.append(token.string)
            else:
                found[id(later[0] if later else node.names[-1])].before.append(token.string)
    return found
