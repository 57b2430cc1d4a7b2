"""Which texts of a capture are a scenario's own: its constants, and what its script says. The rest is wording."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType
from typing import Any

from contracts.scenario import Scenario
from contracts.script import strings


def own_texts(scenario: Scenario) -> frozenset[str]:
    """Texts that the scenario put in, and each line of them, as both sides must show them unchanged."""
    found = {*constants(scenario.program.__code__), *_texts(scenario.options)}
    for turn in scenario.script:
        found.update(strings(turn))
    lines = {line.strip() for text in found for line in text.splitlines()}
    return frozenset(text for text in {*found, *lines} if text.strip())


def constants(code: CodeType) -> Iterator[str]:
    """Every text in a program or function."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant.co_name
            yield from constants(constant)
        else:
            yield from _texts(constant)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (*_texts(key), *_texts(item))
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
