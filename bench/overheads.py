"""Both frameworks' own work in a run, side by side: `python -m bench overhead` renews that section of the report."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import reference_env
import report
from results import Overhead, Results

HERE = Path(__file__).resolve().parent
ROUNDS = 2


def measure(pythons: Mapping[str, Path]) -> dict[str, Overhead]:
    """The least of interleaved rounds. Raises subprocess.CalledProcessError."""
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in pythons}
    for _ in range(ROUNDS):
        for name, python in pythons.items():
            rounds[name].append(_once(name, python))
    return {
        name: msgspec.convert({key: min(one[key] for one in found) for key in found[0]}, Overhead)
        for name, found in rounds.items()
    }


def _once(name: str, python: Path) -> dict[str, float]:
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    environment |= {"AGNO_TELEMETRY": "false", "PYTHONHASHSEED": "0"}
    if name == "agnolo":
        environment["PYTHONPATH"] = str(HERE.parent / "src")
    command = [str(python), str(HERE / "overhead.py"), "--target", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    return msgspec.json.decode(done.stdout, type=dict[str, float])


def stamped(results: Results, pythons: Mapping[str, Path]) -> None:
    """Measure, and put the figures into the results."""
    results.overhead = measure(pythons)
    load, cores = os.getloadavg()[0], os.cpu_count()
    results.overhead_measured = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {load:.1f} on {cores} cores"


def main(arguments: list[str]) -> int:
    """Measures, prints, and renews the section of the report."""
    options = argparse.ArgumentParser(
        prog="python -m bench overhead", description="What a run takes besides its model."
    )
    options.add_argument("--reference-env", type=Path, default=reference_env.DEFAULT_ROOT, help="default: %(default)s")
    options.add_argument("--out", type=Path, default=HERE, help="where the report is (default: %(default)s)")
    chosen = options.parse_args(arguments)
    kept = chosen.out / "report.json"
    results = msgspec.json.decode(kept.read_bytes(), type=Results) if kept.is_file() else Results({})
    try:
        stamped(results, {"reference": reference_env.ensure(chosen.reference_env), "agnolo": Path(sys.executable)})
    except (subprocess.CalledProcessError, reference_env.CreationError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n".join(report.overhead_lines(results)))
    report.write(results, chosen.out)
    return 0
