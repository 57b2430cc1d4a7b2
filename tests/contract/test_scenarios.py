"""The scenarios of the contract on Agnolo: every difference from the reference is listed, or the test fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts import deviations, fixtures, report, requirements
from contracts.scenario import load
from tests.contract.conftest import Contract

HOME = Path(report.__file__).parent


@pytest.mark.parametrize("id", sorted(load()))
def test_agnolo_does_what_the_reference_does_or_what_is_listed(contract: Contract, id: str) -> None:
    verdict = contract.verdict(id)
    assert verdict.state != "mismatch", "\n".join(map(str, verdict.unexplained[:20]))


def test_match_rates_do_not_fall_under_their_floors(contract: Contract) -> None:
    rates = report.tallies([contract.verdict(id) for id in contract.scenarios])
    fallen = {place: rates[place].rate for place, floor in report.floors().items() if rates[place].rate < floor}
    assert fallen == {}
    assert set(report.floors()) == set(rates)


def test_the_report_is_that_of_this_code(contract: Contract) -> None:
    verdicts = [contract.verdict(id) for id in sorted(contract.scenarios)]
    assert json.loads((HOME / "report.json").read_text()) == report.as_json(verdicts)
    assert (HOME / "report.md").read_text() == report.as_markdown(verdicts)


def test_everything_listed_as_different_is_seen_to_differ(contract: Contract) -> None:
    for id in contract.scenarios:
        contract.verdict(id)
    seen = [(id, one) for id, found in contract.found.items() for one in found]
    idle = [
        (listed.id, rule)
        for listed in contract.listed
        for rule in listed.differences
        if rule.scenarios != requirements.PROGRAMS and not any(rule.explains(id, one) for id, one in seen)
    ]
    assert idle == []
    pending = [listed for listed in contract.listed if listed.status == "pending" and not listed.differences]
    assert [listed.id for listed in pending if not any(listed.claims(id) for id, _ in seen)] == []


def test_fixtures_belong_to_their_scenarios_and_to_the_kit() -> None:
    assert fixtures.stale(load()) == []


def test_requirements_scenarios_and_tests_are_tied_both_ways() -> None:
    assert requirements.untied(requirements.read(), load()) == []


def test_the_page_of_deviations_is_that_of_the_list() -> None:
    standing = deviations.PLACE.read_text()
    assert deviations.page(standing) == standing
