"""Every recorded exchange against an independent reader, however cut, and its request against the recorded one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.providers import cassettes
from tests.providers.conformance import deviations, report, requests, suite

pytestmark = pytest.mark.cassettes

FOLDER = Path(suite.__file__).parent
ALL = sorted(cassettes.everything())
ASKED = [name for name in ALL if requests.is_kept(cassettes.read(name))]


@pytest.mark.parametrize("name", ALL)
def test_exchange_reads_as_an_independent_reader_reads_it(name: str) -> None:
    assert bool(suite.wrongs(cassettes.read(name))) == (name in deviations.of("reply"))


@pytest.mark.parametrize("name", ASKED)
def test_the_same_intent_is_worded_as_it_was_recorded(name: str) -> None:
    wrongs = requests.compared(cassettes.read(name)).wrongs
    assert bool(wrongs) == (name in deviations.of("request")), wrongs


def test_no_recording_is_left_out() -> None:
    assert len(ALL) == cassettes.COUNT
    assert Counter(cassettes.read(name).kind for name in ALL) == {
        "chat": 604, "responses": 77, "embeddings": 21, "generate": 14, "models": 14, "other": 1,
    }  # fmt: skip
    assert {cassettes.read(name).dialect for name in ALL} == set(suite.READERS)
    assert sum(row.files for row in report.rows([report.Result(cassettes.read(n), [], None) for n in ALL])) == len(ALL)


def test_independent_readers_share_no_code_with_the_package() -> None:
    modules = [*FOLDER.glob("reader_*.py"), *(FOLDER / f"{name}.py" for name in ("outcome", "verdict", "stub"))]
    assert len(modules) >= 8
    assert not [module.name for module in modules if "agnolo" in module.read_text()]


def test_every_recording_without_a_request_has_none_to_compare() -> None:
    for name in set(ALL) - set(ASKED):
        cassette = cassettes.read(name)
        assert cassette.kind == "models" or "no-request" in cassette.tags or cassette.request is None


def test_deviations_are_of_recordings_that_there_are_and_are_written_down() -> None:
    for side in ("reply", "request", "sdk"):
        assert set(deviations.of(side)) <= set(ALL)
    current = deviations.PAGE.read_text()
    assert deviations.page(current) == current
