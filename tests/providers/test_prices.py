"""The table of prices that this release comes with."""

from __future__ import annotations

import re

import pytest

from agnolo.ports.spending import Price
from agnolo.providers.prices import ON_THIS_MACHINE, price_of, table


def test_table_says_its_day_and_source() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table().as_of)
    assert "genai-prices" in table().source


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-5.4-mini", "OpenAI"),
        ("gemini-3.7-flash", "Google"),
        ("openai/gpt-oss-120b", "Groq"),
        ("claude-sonnet-5-5", "Anthropic"),
        ("glm-4.6", "GLM"),
    ],
)
def test_default_models_have_a_price(model: str, provider: str) -> None:
    price = price_of(model, provider)
    assert price is not None
    assert 0 < price.input <= price.output


def test_an_id_is_found_whole_or_by_its_longest_known_beginning() -> None:
    assert price_of("gpt-4o-mini-2099-01-01", "OpenAI") == price_of("gpt-4o-mini", "OpenAI")
    assert price_of("gpt-4o-mini", "OpenAI") != price_of("gpt-4o", "OpenAI")


def test_what_is_not_listed_has_no_price() -> None:
    assert price_of("made-up", "OpenAI") is None
    assert price_of("gpt-4o", "Nobody") is None


def test_every_price_is_of_this_world() -> None:
    prices = [row.price for rows in table().vendors.values() for row in rows]
    for price in [*prices, *(step for each in prices for step in each.steps)]:
        assert 0 <= price.input < 1000 and 0 <= price.output < 2000


def test_models_on_this_machine_are_free() -> None:
    assert {price_of("any", provider) for provider in ON_THIS_MACHINE} == {Price(input=0.0, output=0.0)}
