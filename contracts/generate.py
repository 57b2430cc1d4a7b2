"""`make gen-fixtures`: run every scenario against the pinned reference and write what it did.

The reference lives in an environment of its own, made on first use. VERIFY_ONLY=true only checks that fixtures and
scenarios belong together, without running anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.reference_env import CreationError, ensure
from contracts import fixtures
from contracts.scenario import Scenario, load

HERE = Path(__file__).parent
PINS = HERE / "reference.txt"
HOME = Path.home() / ".cache" / "agnolo-contracts"
_PROBE = "import agno.agent, agno.models.openai, agno.db.sqlite, agno.os, uvicorn"


class GenerationError(Exception):
    """The reference did not run all scenarios."""


def pins() -> tuple[str, ...]:
    """The packages of the reference's environment."""
    lines = (line.split("#")[0].strip() for line in PINS.read_text().splitlines())
    return tuple(line for line in lines if line)


def environment(packages: tuple[str, ...]) -> Path:
    """Where these packages live: other pins have a place of their own, so that two checkouts do not undo each other."""
    return HOME / f"agno-3.1.10-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8]}"


def verify(scenarios: Mapping[str, Scenario], console: Console) -> int:
    """Check digests; the exit code."""
    faults = fixtures.stale(scenarios)
    for fault in faults:
        console.print(f"[red]{fault}[/]", highlight=False)
    if faults:
        console.print(f"{len(faults)} fixtures are out of date: run `make gen-fixtures`")
        return 1
    console.print(f"{len(scenarios)} fixtures belong to their scenarios")
    return 0


def observe(
    python: Path, scenarios: Mapping[str, Scenario], prefixes: list[str], progress: Progress
) -> dict[str, dict[str, Any]]:
    """What the reference does in each scenario whose id begins so. Raises GenerationError."""
    task = progress.add_task("scenarios", total=len(scenarios))
    log = HERE.parent / "artifacts" / "gen-fixtures.log"
    log.parent.mkdir(exist_ok=True)
    found: dict[str, dict[str, Any]] = {}
    with log.open("w") as noise:
        command = [str(python), "-m", "contracts.run", "reference", *prefixes]
        child = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, stderr=noise, text=True)
        assert child.stdout is not None
        for line in child.stdout:
            told = json.loads(line)
            found[told["id"]] = told["capture"]
            progress.update(task, advance=1, description=told["id"].split("/")[0])
        code = child.wait()
    if code or len(found) != len(scenarios):
        raise GenerationError(f"the reference ran {len(found)} of {len(scenarios)} scenarios (exit {code}): see {log}")
    return found


def main(*prefixes: str) -> int:
    """The command; with prefixes only scenarios of these ids are run, and the fixtures of the others stay."""
    console = Console(stderr=True)
    scenarios = load()
    chosen = {id: s for id, s in scenarios.items() if not prefixes or id.startswith(prefixes)}
    if os.environ.get("VERIFY_ONLY", "").lower() in ("true", "1", "yes"):
        return verify(scenarios, console)
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with console.status("the reference's environment"):
            python = ensure(environment(pins()), packages=pins(), probe=_PROBE)
        with Progress(*columns, console=console) as progress:
            found = observe(python, chosen, list(prefixes), progress)
    except (CreationError, GenerationError) as failure:
        console.print(f"gen-fixtures: {failure}", style="red", highlight=False)
        return 1
    if prefixes:
        found = {id: known.capture for id, known in fixtures.read().items() if id in scenarios} | found
    changed = fixtures.write(found, scenarios)
    names = ", ".join(path.name for path in changed) or "nothing changed"
    console.print(f"{len(chosen)} scenarios of {fixtures.REFERENCE}: {names}", highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
