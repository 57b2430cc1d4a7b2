"""Pages and the files behind them: `<!-- snippets/x.py -->` before a block means its code, `<!-- output -->` its print.

`python -m tests.docs.pages` rewrites the blocks from the files.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agnolo.providers.local_weights import pull
from agnolo.providers.scripted import Answer, Say, ScriptedModel
from agnolo.vocabulary.errors import ModelConnectionError

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "docs" / "snippets"
PAGES = (*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md")
BLOCK = re.compile(r"(?P<mark><!-- (?P<name>snippets/\w+\.py|output) -->\n```\w*\n).*?(?P<end>^```$)", re.M | re.S)
MODEL = '"local"'
"""What a snippet says; it runs with a scripted model in this place."""

CLEARED = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "AGNO_DATA_DIR", "AGNOLO_MODEL")

SCRIPTS: dict[str, Sequence[Answer]] = {
    "quickstart.py": ["Paris."],
    "stream.py": ["Hello to you."],
    "async_stream.py": ["Hello to you."],
    "structured.py": ['{"name": "Ada Lovelace", "age": 36}'],
    "repair.py": ['{"name": "Ada Lovelace"}', '{"name": "Ada Lovelace", "age": 36}'],
    "fallback.py": ["Paris."],
    "saved.py": [],
    "session.py": ["Hello, Ada.", "Your name is Ada."],
    "memory.py": [
        "Noted.",
        Say(
            calls=[
                ("add_memory", {"memory": "Lives in Paris", "topics": ["home"]}),
                ("add_memory", {"memory": "Likes tea", "topics": []}),
            ]
        ),
        "Kept.",
    ],
    "summary.py": ["To Paris.", '{"summary": "They chose Paris for May.", "topics": ["travel"]}'],
    "tool.py": [Say(calls=[("stock", {"item": "lamp"})]), "There are 12 lamps."],
    "toolkit.py": [
        Say(calls=[("add", {"item": "lamp"})]),
        Say(calls=[("show", {})]),
        "Your basket holds a lamp.",
    ],
    "failing_tool.py": [Say(calls=[("weather", {"city": "Atlantis"})]), "I can't find the weather in Atlantis."],
    "confirm.py": [Say(calls=[("pay", {"to": "Ada", "euros": 20})]), "Ada has her money."],
    "approval.py": [Say(calls=[("unlock", {"door": "north"})]), "It is open."],
    "tool_hook.py": [Say(calls=[("pay", {"to": "Ada", "euros": 500})]), "I may not do that."],
    "serve.py": [],
    "resume.py": [ModelConnectionError("the provider hung up"), "Once upon a time."],
    "compact.py": [
        "Louvre, Orsay, Versailles.",
        "Forum, Vatican, Ostia.",
        "Planned for Paris: Louvre, Orsay, Versailles.",
    ],
    "compress.py": [Say(calls=[("report", {"ship": "Ada"})]), "Ada: Brest 3rd, Cork 5th.", "In Cork since the 5th."],
    "hooks.py": ["On its way"],
    "cancel.py": ["one two three four five"],
    "budgets.py": ["Hello."] * 3,
    "errors.py": [],
    "providers.py": [],
    "embeddings.py": [],
    "recorded.py": [],
}
WITH_WEIGHTS = frozenset({"embeddings.py"})
"""Snippets that use the local embedder itself, as nothing scripted could show what it does."""


def run(name: str) -> str:
    """What the snippet prints, run in an empty folder with its scripted model and without keys."""
    if name in WITH_WEIGHTS:
        pull()
    source = (SNIPPETS / name).read_text(encoding="utf-8")
    printed = io.StringIO()
    before, kept = Path.cwd(), {key: os.environ.pop(key) for key in CLEARED if key in os.environ}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        file = Path(folder, name)
        file.write_text(source.replace(MODEL, "scripted"), encoding="utf-8")
        os.chdir(folder)
        try:
            runpy.run_path(str(file), {"scripted": ScriptedModel(SCRIPTS[name])})
        finally:
            os.chdir(before)
            os.environ.update(kept)
    return printed.getvalue()


def snippets_of(page: Path) -> list[str]:
    """Names of the snippets a page includes, in order."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [match["name"].removeprefix("snippets/") for match in found if match["name"] != "output"]


def rendered(page: Path) -> str:
    """The page as its snippets make it."""
    last = ""

    def fill(match: re.Match[str]) -> str:
        nonlocal last
        if match["name"] == "output":
            return f"{match['mark']}{run(last)}{match['end']}"
        last = match["name"].removeprefix("snippets/")
        return f"{match['mark']}{(SNIPPETS / last).read_text(encoding='utf-8')}{match['end']}"

    return BLOCK.sub(fill, page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(rendered(each), encoding="utf-8")
