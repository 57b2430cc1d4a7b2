"""report.png from report.json: the 95th percentile of a run's total time and the server's memory at 100 streams.

Run by run.py --picture in a throw-away environment; needs matplotlib.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt

_COLOURS = {"ideal": "#9aa5b1", "reference": "#c26d3f", "agnolo": "#2f6f9f"}


def draw(found: dict[str, Any], users: str) -> None:
    """Two bar charts side by side on the current figure."""
    loads = {"ideal": found["ideal"].get(users)}
    loads |= {name: side["loads"].get(users) for name, side in found["sides"].items()}
    loads = {name: load for name, load in loads.items() if load}
    totals = {name: load["total_ms"]["p95"] / 1000 for name, load in loads.items()}
    memory = {name: load["watched"]["server"]["peak_rss_mb"] for name, load in loads.items() if name != "ideal"}
    _, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    _bars(left, totals, f"p95 of a whole run, {users} streams (s)", "{:.2f}")
    _bars(right, memory, f"peak memory of the server, {users} streams (MB)", "{:.0f}")


def _bars(axes: Any, values: dict[str, float], title: str, shown: str) -> None:
    drawn = axes.barh(list(values), list(values.values()), color=[_COLOURS[name] for name in values], height=0.6)
    axes.bar_label(drawn, [shown.format(value) for value in values.values()], padding=4)
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlim(0, max(values.values(), default=1) * 1.18)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    draw(json.loads((directory / "report.json").read_text()), "100")
    plt.savefig(directory / "report.png", dpi=130)
