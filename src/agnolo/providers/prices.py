"""What models cost, by a dated table: `prices.json`, made by `scripts/price_table.py`, read when money is limited."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import msgspec

from agnolo.ports.spending import Price

ON_THIS_MACHINE = frozenset({"Local", "Ollama", "LlamaCpp", "LMStudio", "VLLM", "Llmman", "Scripted"})
"""Providers whose models cost nothing by the token: they run where the user lets them."""


_DATED = re.compile(r"-(20\d\d-\d\d-\d\d|20\d{6}|latest)$")


class _Priced(msgspec.Struct, frozen=True):
    """The price of models by their ids: whole ids, and beginnings of ids."""

    price: Price
    ids: list[str] = []
    begins: list[str] = []


class PriceTable(msgspec.Struct, frozen=True):
    """`vendors` maps providers' display names to their prices on the day `as_of`."""

    as_of: str
    source: str
    vendors: dict[str, list[_Priced]]

    def find(self, model: str, provider: str) -> Price | None:
        """The price of a model: by its id, else by the longest beginning that is listed, else as if it had no date."""
        rows = self.vendors.get(provider, [])
        for row in rows:
            if model in row.ids:
                return row.price
        found = [(len(start), row.price) for row in rows for start in row.begins if model.startswith(start)]
        if found:
            return max(found, key=lambda each: each[0])[1]
        undated = _DATED.sub("", model)
        return self.find(undated, provider) if undated != model else None


@lru_cache(maxsize=1)
def table() -> PriceTable:
    """The table of this release."""
    return msgspec.json.decode(files("agnolo.providers").joinpath("prices.json").read_bytes(), type=PriceTable)


def price_of(model: str, provider: str) -> Price | None:
    """The list price of a model; None when it is not known."""
    if provider in ON_THIS_MACHINE:
        return Price(input=0.0, output=0.0)
    return table().find(model, provider)
