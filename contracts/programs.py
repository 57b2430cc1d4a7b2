"""`make programs FOLDER=...`: run a folder of programs written for Agno on the reference and on Agnolo, and compare.

Each runs unmodified, in a process and an empty folder of its own, twice; `outside.py` answers whatever it asks. What
the reference itself cannot run is not counted. The table goes to artifacts/programs.md; no text of a program is kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import track

from bench.reference_env import ensure
from contracts.compare import Difference, differences
from contracts.generate import HOME, PINS, environment, pins
from contracts.improvise import SENTENCE
from contracts.literals import constants
from contracts.normal import Normal
from contracts.outside import Outside
from contracts.provider import KEY
from contracts.requirements import PROGRAMS, Rule, read

ROOT = Path(__file__).parents[1]
OURS = HOME / "programs"
"""Has what programs import besides agno."""
CACHE = HOME / "programs-seen.json"
_WORLD = ("improvise.py", "outside.py", "normal.py")
SECONDS = 40
_KEYS = (
    "OPENAI", "ANTHROPIC", "GOOGLE", "GROQ", "DEEPSEEK", "MISTRAL", "TOGETHER", "FIREWORKS", "OPENROUTER", "XAI",
    "CEREBRAS", "PERPLEXITY", "NVIDIA", "SILICONFLOW", "SAMBANOVA", "NEBIUS", "DASHSCOPE", "MOONSHOT", "CO", "HF",
)  # fmt: skip
_MISSING = re.compile(r"No module named '([\w.]+)'|cannot import name '(\w+)'")


class Ran(NamedTuple):
    """How a program ended on one side, what it printed and what it asked."""

    code: int
    error: str
    printed: str
    asked: list[Any]


@dataclass(frozen=True)
class Verdict:
    """One program's result. `why` is the error, or where the first difference is."""

    name: str
    kind: str
    why: str = ""


class Side:
    """One Python that has a package `agno`."""

    def __init__(self, python: Path, paths: Sequence[Path] = ()) -> None:
        self.python = python
        self.paths = paths

    def run(self, program: Path, outside: Outside) -> Ran:
        """Run the program to its end, or for `SECONDS`."""
        outside.begin()
        with tempfile.TemporaryDirectory(prefix="program-", ignore_cleanup_errors=True) as folder:
            variables = {
                **_kept(os.environ), **{f"{name}_API_KEY": KEY for name in _KEYS}, **outside.variables,
                "PYTHONPATH": os.pathsep.join(map(str, (outside.path, program.parent, *self.paths))),
                "HOME": folder, "COLUMNS": "100", "AGNO_TELEMETRY": "false", "PYTHONHASHSEED": "0",
            }  # fmt: skip
            code, printed, errors = _end(
                subprocess.Popen(
                    [str(self.python), str(program)],
                    cwd=folder,
                    env=variables,
                    text=True,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    errors="replace",
                )
            )
            lines = [line for line in errors.splitlines() if line.strip()]
            normal = Normal(_own(program), places={folder: "<folder>"})
            requests = normal.capture([], outside.conversation.asked)["requests"]
        return Ran(code, lines[-1].strip() if code and lines else "", _bare(printed), requests)


def _end(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        printed, errors = child.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        printed, errors = child.communicate()
        return 124, printed, f"no end after {SECONDS} s"
    return child.returncode, printed, errors


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    own = ("_API_KEY", "_BASE_URL", "_API_BASE", "_proxy", "_PROXY", "_HOST")
    return {name: value for name, value in environ.items() if not name.endswith(own) and name != "PYTHONPATH"}


def _own(program: Path) -> frozenset[str]:
    """Texts that the program or the provider put in."""
    try:
        found = set(constants(compile(program.read_text(), str(program), "exec")))
    except SyntaxError:
        found = set()
    found |= {*SENTENCE, "".join(SENTENCE), "sample"}
    lines = {line.strip() for text in found for line in text.splitlines()}
    return frozenset(text for text in {*found, *lines} if text.strip())


_CHANGING = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"0x[0-9a-f]+"), "<address>"),
    (re.compile(r"\d+\.\d+(e-\d+)?s?"), "<number>"),
    (re.compile(r"\b1[6-9]\d{8}\b"), "<time>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*"), "<time>"),
)


def _bare(printed: str) -> str:
    """What was printed, without the widths of panels and what changes from run to run."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed)
    for pattern, name in _CHANGING:
        text = pattern.sub(name, text)
    words = re.sub("[│┃╭╰╮╯─━┏┓┗┛]", " ", text).split()
    return " ".join(words)


def judge(name: str, reference: Ran, ours: Ran) -> Verdict:
    """The class of a program by its two runs."""
    if reference.code:
        return Verdict(name, "reference fails" if ours.code else "only Agnolo runs it", reference.error)
    if ours.code:
        return Verdict(name, "Agnolo fails", ours.error)
    parts = differences({"requests": reference.asked}, {"requests": ours.asked})
    found = [one for one in parts if not _is_wording(one)]
    new = [one for one in found if not _is_listed(one)]
    if new:
        return Verdict(name, "wire differs", _told(new))
    if found:
        return Verdict(name, "wire differs as listed", _told(found))
    if reference.printed != ours.printed:
        return Verdict(name, "prints differ", _parting(reference.printed, ours.printed))
    return Verdict(name, "the same")


_BROAD = ("content", "text", ".input", ".model", ".tools")
"""Ends of paths of rules that are meant for one scenario only, as are those for whole requests."""


@cache
def _rules() -> tuple[Rule, ...]:
    """Rules of listed deviations that hold for any program."""
    listed = (rule for one in read() if one.status == "deviates" for rule in one.differences)
    return tuple(rule for rule in listed if rule.scenarios == PROGRAMS or _is_telling(rule.path))


def _is_telling(path: str) -> bool:
    return path.startswith("requests.") and path.count(".") > 1 and not path.rstrip("*").endswith(_BROAD)


def _is_listed(found: Difference) -> bool:
    """Whether a deviation of the contract has a rule for such a difference at this place."""
    return any(
        rule.explains(PROGRAMS, found) if rule.scenarios == PROGRAMS else fnmatchcase(found.path, rule.path)
        for rule in _rules()
    )


def _is_wording(found: Difference) -> bool:
    """Whether two descriptions in prose differ, of which a word was taken for the program's own."""
    return found.path.endswith(".description") and all("…" in str(side) for side in (found.expected, found.got))


def _told(found: Sequence[Difference]) -> str:
    return "; ".join(str(one) for one in found[:3])


def _parting(expected: str, got: str) -> str:
    a, b = expected.split(), got.split()
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f"expected …{' '.join(a[max(0, at - 3) : at + 6])}, got …{' '.join(b[max(0, at - 3) : at + 6])}"


def try_all(programs: Sequence[Path], reference: Side, ours: Side, console: Console) -> list[Verdict]:
    """Run all. What the reference did is remembered for the same text of a program."""
    seen: dict[str, Any] = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    world = b"".join(path.read_bytes() for path in (PINS, *(ROOT / "contracts" / name for name in _WORLD)))
    verdicts = list[Verdict]()
    with tempfile.TemporaryDirectory(prefix="outside-") as folder:
        outside = Outside(Path(folder))
        for program in track(programs, "programs", console=console):
            digest = hashlib.sha256(program.read_bytes() + world).hexdigest()
            if digest not in seen:
                seen[digest] = reference.run(program, outside)
                CACHE.write_text(json.dumps(seen))
            verdicts.append(judge(program.stem, Ran(*seen[digest]), ours.run(program, outside)))
        outside.close()
    return verdicts


def table(verdicts: Sequence[Verdict]) -> str:
    """The result by class, and why the others fail or differ."""
    counts = Counter(verdict.kind for verdict in verdicts)
    counted = sum(counts.values()) - counts["reference fails"]
    lines = [
        "# Programs written for Agno, on both", "",
        "`make programs FOLDER=...` runs every program of a folder on the reference and on Agnolo and writes this;",
        "what counts are exit codes, requests and prints. `ARGS=\"--only NAME\"` shows one program.", "",
        f"{len(verdicts)} programs, of which the reference runs {counted - counts['only Agnolo runs it']}.", "",
        "| result | programs |", "|---|---|", *(f"| {kind} | {count} |" for kind, count in counts.most_common()), "",
    ]  # fmt: skip
    lines += _causes("why Agnolo fails", [_cause(v.why) for v in verdicts if v.kind == "Agnolo fails"])
    lines += ["", *_causes("where requests differ", [_place(v.why) for v in verdicts if v.kind == "wire differs"])]
    return "\n".join(lines) + "\n"


def _causes(title: str, causes: Sequence[str]) -> list[str]:
    counted = Counter(causes).most_common()
    return [f"| {title} | programs |", "|---|---|", *(f"| {cause} | {count} |" for cause, count in counted)]


def _place(difference: str) -> str:
    """The path of the first difference, without the numbers of places."""
    return re.sub(r"\.\d+", ".*", difference.partition(":")[0])


def _cause(error: str) -> str:
    named = _MISSING.search(error)
    return f"`{named[1] or named[2]}` is missing" if named else error.replace("|", "/")[:110]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="contracts.programs", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a part of the names of programs to run; writes no table")
    chosen = parser.parse_args()
    console, out = Console(stderr=True), Console(soft_wrap=True, highlight=False, markup=False)
    packages = tuple(pin for pin in pins() if not pin.startswith("agno"))
    reference = Side(ensure(environment(pins()), packages=pins(), probe="import agno.agent"))
    ours = Side(ensure(OURS, packages=(*packages, *_OUR_PACKAGES), probe="import msgspec, aiohttp, uvloop"), _PATHS)
    programs = [path for path in sorted(chosen.folder.resolve().rglob("*.py")) if chosen.only in path.stem]
    verdicts = try_all(programs, reference, ours, console)
    for verdict in verdicts:
        if verdict.kind not in ("the same", "reference fails") or chosen.only:
            out.print(f"{verdict.name}: {verdict.kind}: {verdict.why}")
    if not chosen.only:
        (ROOT / "artifacts" / "programs.md").write_text(table(verdicts))
    out.print(dict(Counter(verdict.kind for verdict in verdicts)))
    return 0


_OUR_PACKAGES = ("msgspec", "aiohttp", "uvloop", "httptools")
_PATHS = (ROOT / "compat" / "src", ROOT / "src")

if __name__ == "__main__":
    raise SystemExit(main())
