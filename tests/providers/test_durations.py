"""When to come back, in all the spellings."""

from __future__ import annotations

import pytest

from agnolo.providers.durations import from_headers, seconds

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("59.62", 59.62),
        (" 2 ", 2.0),
        ("12ms", 0.012),
        ("0s", 0.0),
        ("6m0s", 360.0),
        ("2m59.56s", 179.56),
        ("17.399999999s", 17.399999999),
        ("1h2m3s", 3723.0),
        ("48.9s", 48.9),
        ("250us", 0.00025),
        ("1700000030", 30.0),
        ("1700000030500", 30.5),
        ("1600000000", 0.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:50", 30.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("Tuesday, 14-Nov-2023 22:13:50 GMT", 30.0),
        ("14 nov 2023 22:13:50 +0000", 30.0),
        ("Tue, 14 Nov 2023 22:13:50", 30.0),
        ("Tue, 14 Foo 2023 22:13:50 GMT", None),
        ("Tue, 34 Nov 2023 22:13:50 GMT", None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("5 parsecs", None),
        ("inf", None),
        ("12ms!", None),
    ],
)
def test_seconds_from_now(text: str, expected: float | None) -> None:
    assert seconds(text, now=NOW) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "9", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1s"}, 9.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "2s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "6m0s",
            },
            360.0,
        ),
        ({"x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "6m0s"}, None),
        ({"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "59.62"}, 59.62),
        ({"x-ratelimit-reset": "1700000030000"}, 30.0),
        ({"retry-after": "later"}, None),
        ({}, None),
    ],
)
def test_the_servers_wish_is_found_in_its_headers(headers: dict[str, str], expected: float | None) -> None:
    assert from_headers(headers, now=NOW) == (None if expected is None else pytest.approx(expected))
