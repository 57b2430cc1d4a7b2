"""Writes the tables of docs/providers.md from the rows and sites of the providers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from agnolo.providers.anthropic_model import ANTHROPIC
from agnolo.providers.compatible import REFUSED, ROWS
from agnolo.providers.gemini_model import SITE as GEMINI
from agnolo.providers.ollama_host import OLLAMA
from agnolo.providers.profiles import OPENAI, Site

PAGE = Path(__file__).parents[1] / "docs" / "providers.md"
MATRIX = {
    "openai": ("OpenAIResponses", OPENAI),
    "gemini": ("Gemini", GEMINI),
    **{
        known: (ROWS[known].made_class, ROWS[known].site)
        for known in ("glm4", "openrouter", "siliconflow", "cerebras", "modelscope", "groq")
    },
    "ollama": ("Ollama", OLLAMA),
    "anthropic": ("Claude", ANTHROPIC),
}


def matrix() -> list[str]:
    """The nine and Anthropic, with every variable."""
    head = ["| id | class | key | URL | embeddings |", "| --- | --- | --- | --- | --- |"]
    return head + [
        f"| `{known}` | `{name}` | {_keys(site)} | {_listed(site.base_urls)}{_region(site)} | "
        f"{'yes' if site.embeddings else 'not offered'} |"
        for known, (name, site) in MATRIX.items()
    ]


def others() -> list[str]:
    """The rest of the table of vendors."""
    head = ["| id | class | default model | key | default URL |", "| --- | --- | --- | --- | --- |"]
    rows = sorted((known, row) for known, row in ROWS.items() if known not in (*MATRIX, "ollama"))
    return head + [
        f"| `{known}` | `{row.made_class}` | {f'`{row.default_model}`' if row.default_model else '–'} | "
        f"{_keys(row.site)} | `{row.site.default_url}` |"
        for known, row in rows
    ]


def refused() -> list[str]:
    """What Agno reaches and Agnolo does not."""
    return [f"- `{known}` (`{name}`): {advice}" for known, (name, advice) in sorted(REFUSED.items())]


def _keys(site: Site) -> str:
    return _listed(source.variable for source in site.keys) + ("" if site.key_needed else " (not needed)")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _region(site: Site) -> str:
    if not site.regions:
        return ""
    return f"; `{site.region_variable}` is one of {_listed(site.regions)}"


def written(text: str) -> str:
    """The page with its tables anew: each stands between its mark and the next empty line."""
    for name, lines in (("matrix", matrix()), ("others", others()), ("refused", refused())):
        block = "\n".join(["<!-- table: " + name + " -->", *lines, ""])
        text = re.sub(rf"<!-- table: {name} -->\n(?:.+\n)*", lambda _, block=block: block, text)
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
