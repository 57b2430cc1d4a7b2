"""Runs a program written for Agno on Agnolo, in a process of its own, against the fake provider."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from contracts.provider import KEY, Conversation, FakeProvider, offered_tools
from contracts.script import Turn

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).with_name("programs")
KEYS = ("OPENAI_API_KEY", "GROQ_API_KEY", "GOOGLE_API_KEY", "ANTHROPIC_API_KEY")


class Ran(NamedTuple):
    """How a program ended, and what it asked the provider."""

    code: int
    out: str
    err: str
    asked: list[str]

    @property
    def lines(self) -> list[str]:
        """What it printed, without the frames of panels and the times in their titles."""
        timeless = re.sub(r"\(\d+\.\d+s\) ", "", self.out)
        bare = (line.strip("│╭╰╮╯─ ") for line in re.split("\\n|╯╭", timeless))
        return [line for line in bare if line]


def python(
    *arguments: str,
    folder: Path,
    ahead: Sequence[Path] = (),
    variables: Mapping[str, str] | None = None,
    compat: bool = True,
) -> Ran:
    """Run Python, with `agnolo-agno` on its path unless told, every warning but those of old spellings an error."""
    package = [ROOT / "compat" / "src"] if compat else []
    path = os.pathsep.join(map(str, (*ahead, *package, ROOT / "src")))
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_proxy")}
    environment = {**kept, **dict.fromkeys(KEYS, KEY), "PYTHONPATH": path, "COLUMNS": "80", **(variables or {})}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-W", "default::DeprecationWarning:__main__", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr, [])


def addresses(url: str) -> dict[str, str]:
    """Where the provider is: for programs that name an address themselves, and for those that leave it to variables.

    The variable of Groq holds the whole address here; Groq's own SDK would add the path to it.
    """
    return {
        "PROVIDER": url,
        "ANTHROPIC_BASE_URL": url,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GROQ_BASE_URL": f"{url}/openai/v1",
    }


def perform(
    program: Path, provider: FakeProvider, vendor: str, script: Sequence[Turn], folder: Path, *, compat: bool = True
) -> Ran:
    """Run a program whose provider answers as the script says."""
    conversation, url = provider.open(vendor, script)
    ran = python(str(program), folder=folder, variables=addresses(url), compat=compat)
    return ran._replace(asked=[_summary(asked) for asked in _asked(conversation)])


def _asked(conversation: Conversation) -> list[dict[str, Any]]:
    assert not conversation.left, f"the program left answers unused: {conversation.left}"
    return conversation.asked


def _summary(asked: dict[str, Any]) -> str:
    """A request in one line: path, model, what is said by whom, tools, and whether it streams."""
    body = asked["body"]
    said = body.get("messages") or body.get("contents") or body.get("input")
    turns = said if isinstance(said, list) else [said]
    roles = " ".join(str(turn["role"]) if isinstance(turn, dict) else "text" for turn in turns)
    parts = [asked["path"], body.get("model", "-"), roles, *sorted(offered_tools(body))]
    return " | ".join([*parts, *(["streamed"] if body.get("stream") else [])])
