"""Every behaviour and every route of the AgentOS notes is shown by a scenario."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from contracts import fixtures, requirements
from contracts.scenario import load

LISTED: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(requirements.__file__).parent / "agentos_coverage.toml").read_text()
)
ROUTES = LISTED["routes"]
OPERATIONS = 131
"""Of the reference's own schema; `/`, `/models` and the socket are not in it."""


def test_every_behaviour_names_scenarios_that_exist() -> None:
    known = {scenario.name for scenario in load().values()}
    listed = [(about, names) for table in LISTED.values() for about, names in table.items()]
    assert [about for about, names in listed if not names] == []
    assert [(about, name) for about, names in listed for name in names if name not in known] == []


def test_every_route_of_the_reference_is_listed() -> None:
    assert len(ROUTES) == OPERATIONS + 3
    assert {"GET /", "GET /models", "WS /workflows/ws"} <= set(ROUTES)


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, str]]:
    """Scenarios and what they ask for."""
    return [
        (id.split("[")[0], step.get("http", f"WS {step.get('ws')}"))
        for id, fixture in fixtures.read().items()
        for step in fixture.capture["steps"]
    ]


@pytest.mark.parametrize("route", ROUTES)
def test_the_scenarios_of_a_route_ask_for_it(asked: list[tuple[str, str]], route: str) -> None:
    wanted = re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/?]+", re.escape(route)) + r"(\?.*)?")
    assert set(ROUTES[route]) <= {name for name, what in asked if wanted.fullmatch(what)}
