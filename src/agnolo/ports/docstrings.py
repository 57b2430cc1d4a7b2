"""Docstrings in Google, NumPy or reST style, taken apart. The one module that knows docstring_parser."""

from __future__ import annotations

import docstring_parser

from agnolo.ports.arguments import Docs


def parse(text: str) -> Docs:
    """The description (short and long text, no sections) and the text of each parameter, its stated type in front."""
    parsed = docstring_parser.parse(text)
    description = "\n".join(part for part in (parsed.short_description, parsed.long_description) if part)
    parameters: dict[str, str] = {}
    for parameter in parsed.params:
        stated = f"({parameter.type_name}) " if parameter.type_name else ""
        if said := f"{stated}{parameter.description or ''}".strip():
            parameters[parameter.arg_name] = said
    return Docs(description, parameters)
