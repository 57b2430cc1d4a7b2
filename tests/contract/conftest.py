"""The scenarios run on Agnolo, each once however many tests look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from contracts import fixtures, requirements
from contracts.compare import Difference, differences
from contracts.fixtures import Fixture
from contracts.provider import FakeProvider
from contracts.report import Verdict, judge
from contracts.requirements import Requirement
from contracts.run import perform, quiet
from contracts.scenario import Scenario, load
from contracts.sides import Agnolo


class Contract:
    """Verdicts by scenario id, each made when it is first asked for."""

    def __init__(self, provider: FakeProvider) -> None:
        self.scenarios: Mapping[str, Scenario] = load()
        self._provider = provider
        self._fixtures: Mapping[str, Fixture] = fixtures.read()
        self.listed: list[Requirement] = requirements.read()
        self.found: dict[str, list[Difference]] = {}
        self._known: dict[str, Verdict] = {}

    def verdict(self, id: str) -> Verdict:
        if id not in self._known:
            self.found[id] = self._differences(id)
            self._known[id] = judge(id, self.found[id], self.listed)
        return self._known[id]

    def try_out(self, id: str) -> Verdict:
        """The verdict as of now, whatever was found before."""
        return judge(id, self._differences(id), self.listed)

    def _differences(self, id: str) -> list[Difference]:
        capture = perform(self.scenarios[id], Agnolo(), self._provider)
        return differences(self._fixtures[id].capture, capture)


@pytest.fixture(scope="session")
def contract() -> Iterator[Contract]:
    provider = FakeProvider()
    with pytest.MonkeyPatch.context() as environment:
        quiet(environment.setenv, environment.delenv)
        yield Contract(provider)
    provider.close()
