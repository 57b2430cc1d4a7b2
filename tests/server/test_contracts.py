"""GET /contracts/fixtures/{id}: the match with the reference, read from the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contracts import fixtures
from tests.server.client import Client
from tests.server.service import service

pytestmark = pytest.mark.anyio
HOME = Path(__file__).parents[2] / "contracts"
SHOWN = "/contracts/fixtures"


async def shown(id: str, **settings: Any) -> tuple[int, Any]:
    reply = await Client(service(**settings)).get(f"{SHOWN}/{id}")
    return reply.status, reply.json


async def test_report_is_the_one_of_the_checkout() -> None:
    assert await shown("report") == (200, json.loads((HOME / "report.json").read_text()))


async def test_every_scenario_is_shown_with_its_fixture_and_verdict() -> None:
    unlike = json.loads((HOME / "report.json").read_text())["unlike"]
    known = fixtures.read()
    identical = next(id for id in known if id not in unlike)
    deviating = next(id for id in known if unlike.get(id, {}).get("state") == "deviates")
    for id, verdict in ((identical, {"state": "identical", "by": []}), (deviating, unlike[deviating])):
        status, body = await shown(id)
        assert (status, body.pop("reference"), len(body.pop("generated"))) == (200, fixtures.REFERENCE, 10)
        assert body == {"id": id, "hash": known[id].digest, **verdict, "capture": known[id].capture}


async def test_fixture_that_is_like_another_is_shown_whole() -> None:
    area = json.loads((HOME / "fixtures" / "plain.json").read_text())["scenarios"]
    id = next(id for id, entry in area.items() if "same_as" in entry)
    assert (await shown(id))[1]["capture"] == area[area[id]["same_as"]]["capture"]


@pytest.mark.parametrize(
    ("id", "detail"),
    [
        ("plain/audio", "there is no scenario 'plain/audio': did you mean 'plain/audio[run]'?"),
        ("plain/zzzzzzzzzzzzzzzz", "there is no scenario 'plain/zzzzzzzzzzzzzzzz'"),
        ("nowhere/x", "there is no scenario 'nowhere/x': the areas are "),
        ("../../pyproject", "there is no scenario '../../pyproject': the areas are "),
    ],
)
async def test_scenario_that_is_not_there_is_a_404_with_the_nearest(id: str, detail: str) -> None:
    status, body = await shown(id)
    assert (status, body["detail"].startswith(detail)) == (404, True), body


async def test_package_without_contracts_says_where_they_are(tmp_path: Path) -> None:
    for id in ("report", "plain/audio[run]"):
        assert await shown(id, contracts=str(tmp_path / "none")) == (
            404,
            {
                "detail": "there are no contracts in 'none': they come with the source of Agnolo and not with the "
                "installed package; serve from a checkout, or give AgentOS(settings=Settings(contracts='…/contracts'))"
            },
        )


async def test_contracts_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"unlike": {}}')
    assert await shown("report", contracts=str(tmp_path)) == (200, {"unlike": {}})
