"""What our models read over HTTP is what the vendors' SDKs read of the same bytes; needs no SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers import cassettes
from tests.providers.conformance import deviations, sdk
from tests.providers.conformance.stub import Stub, serving

pytestmark = pytest.mark.cassettes

ALL = list(cassettes.everything())


@pytest.fixture(scope="module")
def server() -> Iterator[Stub]:
    with serving([cassettes.read(name) for name in ALL]) as running:
        yield running


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda number: ALL[number])
def test_we_read_what_the_vendors_sdk_reads(number: int, server: Stub) -> None:
    wrongs = sdk.wrongs(cassettes.read(ALL[number]), number, server)
    assert bool(wrongs) == (ALL[number] in deviations.of("sdk")), wrongs


def test_every_recording_was_read_by_an_sdk() -> None:
    assert list(sdk.readings()) == ALL
