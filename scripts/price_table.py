"""Write `providers/prices.json` from the price list of the package genai-prices (MIT), which is no dependency.

Run it in an environment of its own: `uv run --no-project --with genai-prices scripts/price_table.py`.
"""

# ruff: noqa: ANN401 - what the package gives has types of its own
from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices.data import providers  # pyright: ignore[reportMissingImports] - of its own environment

PLACE = Path(__file__).parent.parent / "src/agnolo/providers/prices.json"
VENDORS = {
    "OpenAI": "openai", "Google": "google", "Groq": "groq", "Cerebras": "cerebras", "CerebrasOpenAI": "cerebras",
    "OpenRouter": "openrouter", "GLM": "zai", "Anthropic": "anthropic", "Mistral": "mistral", "DeepSeek": "deepseek",
    "xAI": "x-ai", "Together": "together", "Fireworks": "fireworks", "Perplexity": "perplexity", "Cohere": "cohere",
    "Moonshot": "moonshotai", "Azure": "azure", "MiniMax": "minimax",
}  # fmt: skip
FIELDS = {"cache_read": "cache_read_mtok", "cache_write": "cache_write_mtok"}


def matches(clause: Any) -> tuple[set[str], set[str]]:
    """Ids that a clause names whole, and beginnings of ids."""
    kind = type(clause).__name__
    if kind == "ClauseEquals":
        return {clause.equals}, set()
    if kind == "ClauseStartsWith":
        return set(), {clause.starts_with}
    ids: set[str] = set()
    begins: set[str] = set()
    for part in getattr(clause, "or_", ()):
        more, starts = matches(part)
        ids, begins = ids | more, begins | starts
    return ids, begins


def amount(price: Any, name: str, above: int) -> float | None:
    """Dollars for a million tokens in requests of more than `above` tokens."""
    value = getattr(price, name, None)
    if value is None:
        return None
    tiers = [tier for tier in getattr(value, "tiers", ()) if tier.start <= above]
    return float(tiers[-1].price if tiers else getattr(value, "base", value))


def as_row(price: Any, above: int) -> dict[str, Any]:
    """One step of a price."""
    row: dict[str, Any] = {"input": amount(price, "input_mtok", above), "output": amount(price, "output_mtok", above)}
    row |= {name: found for name, field in FIELDS.items() if (found := amount(price, field, above)) is not None}
    return row | ({"above": above} if above else {})


def steps(price: Any) -> list[int]:
    """Where a price changes with the length of a request."""
    values = [getattr(price, name, None) for name in ("input_mtok", "output_mtok", *FIELDS.values())]
    return sorted({tier.start for value in values for tier in getattr(value, "tiers", ())})


def priced(model: Any, moment: datetime) -> dict[str, Any] | None:
    """A model's row, if it is sold by the token for text in and out."""
    price = model.get_prices(moment)
    row = as_row(price, 0)
    if row["input"] is None or row["output"] is None:
        return None
    if starts := steps(price):
        row["steps"] = [as_row(price, above) for above in starts]
    ids, begins = matches(model.match)
    said = {"price": row, "ids": sorted({model.id, *ids})}
    return said | ({"begins": sorted(begins)} if begins else {})


def main() -> None:
    moment = datetime.now(UTC)
    known = {provider.id: provider for provider in providers}
    vendors = {
        name: [row for model in known[id].models if (row := priced(model, moment)) is not None]
        for name, id in VENDORS.items()
    }
    said = {"as_of": moment.date().isoformat(), "source": f"genai-prices {version('genai-prices')} (MIT)"}
    lines = ",\n".join(
        f" {json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n ]"
        for name, rows in vendors.items()
    )
    head = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in said.items())
    PLACE.write_text(f'{{{head}, "vendors": {{\n{lines}\n}}}}\n')
    print(f"{sum(map(len, vendors.values()))} prices in {PLACE}")


if __name__ == "__main__":
    main()
