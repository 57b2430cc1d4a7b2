"""The figures of a benchmark run as data: what load.py and micro.py print, and what run.py writes to report.json."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TypeVar, cast

import msgspec


class Spread(msgspec.Struct, frozen=True):
    min: float
    p50: float
    p95: float
    p99: float
    max: float


class Used(msgspec.Struct, frozen=True):
    """What a watched process tree used in the measured window."""

    cpu_s: float
    cpu_pct: float
    cpu_ms_per_run: float
    cpu_us_per_token: float
    rss_mb: float
    peak_rss_mb: float
    disk_bytes_per_run: float
    processes: float


class Load(msgspec.Struct, frozen=True):
    """One load scenario; `bad` counts also runs outside the measured window."""

    users: float
    window_s: float
    runs: float
    good: float
    bad: dict[str, int]
    runs_per_s: float
    tokens_per_s: float
    ttft_ms: Spread
    total_ms: Spread
    token_lag_ms: Spread
    max_gap_ms: Spread
    events_per_run: float
    bytes_per_run: float
    watched: dict[str, Used]
    load_cpu_pct: float
    core_busy_pct: dict[str, float]


class Import(msgspec.Struct, frozen=True):
    ms: float
    modules: float
    rss_mb: float


class Construction(msgspec.Struct, frozen=True):
    us: float
    shared_model_us: float
    retained_bytes: float
    shared_model_retained_bytes: float


class Cost(msgspec.Struct, frozen=True):
    wall_ms: float
    cpu_ms: float


class Turn(msgspec.Struct, frozen=True):
    """Bytes per turn: given to write calls, dirtied on the device, and added to the database files."""

    wchar: float
    write_bytes: float
    file_growth: float
    cpu_ms: float


class Micro(msgspec.Struct, frozen=True, rename={"imports": "import"}):
    """The in-process figures of one framework."""

    imports: dict[str, Import]
    construction: Construction
    runs: dict[str, Cost]
    chunk_cpu_us: float
    sync_chunk_cpu_us: float
    tool_cpu_ms: float
    turn: Turn
    streamed_turn: Turn


class Mock(msgspec.Struct, frozen=True):
    """The mock's own account of a scenario."""

    requests: float
    tokens: float
    max_active: float
    late_ms_p50: float
    late_ms_p95: float
    late_ms_p99: float


class Side(msgspec.Struct):
    """One framework: its load scenarios by number of users, its in-process figures, and what went wrong."""

    loads: dict[int, Load] = {}
    micro: Micro | None = None
    ready_s: float = 0.0
    mock: Mock | None = None
    failures: list[str] = []

    def bad_runs(self) -> dict[str, int]:
        return _counted([load.bad for load in self.loads.values()])


class DecodeCost(msgspec.Struct, frozen=True):
    """What a dialect's decoder takes for a chunk of a recorded stream. Blocks and bytes are those held after it."""

    recording: str
    chunks: int
    bytes_per_chunk: float
    us_per_chunk: float
    us_best: float
    blocks_per_chunk: float
    kept_bytes_per_chunk: float


class Decode(msgspec.Struct, frozen=True):
    """What decode.py found out: by dialect, and by module of a provider."""

    measured: str
    costs: dict[str, DecodeCost]
    import_ms: dict[str, float]


class Overhead(msgspec.Struct, frozen=True):
    """What overhead.py found out of one framework: milliseconds of CPU a run, but wall milliseconds of replies."""

    run: float
    arun: float
    tool: float
    stored: float
    memory: float
    turn_2: float
    turn_200: float
    reply_ms: float
    reply_with_memory_ms: float


class Results(msgspec.Struct):
    """Everything one call of run.py found out."""

    about: dict[str, str]
    ideal: dict[int, Load] = {}
    sides: dict[str, Side] = {}
    mock: Mock | None = None
    server_core: int | None = None
    decode: Decode | None = None
    overhead: dict[str, Overhead] = {}
    overhead_measured: str = ""

    def other_work_pct(self, load: Load) -> float:
        """How much of the server's core something else used: above a few per cent the figures are not clean."""
        busy = load.core_busy_pct.get(str(self.server_core), 0.0)
        return round(max(busy - load.watched["server"].cpu_pct, 0.0), 1) if "server" in load.watched else 0.0


Figures = TypeVar("Figures", bound=msgspec.Struct)


def median(rounds: Sequence[Figures]) -> Figures:
    """The median of every figure over repeated rounds; counts of bad runs are added up."""
    first = rounds[0]
    merged = _merged([msgspec.to_builtins(one) for one in rounds])
    return msgspec.convert(merged, type(first), strict=False)


def _merged(values: list[object]) -> object:
    if isinstance(values[0], dict):
        branches = cast(list[dict[str, object]], values)
        return {
            key: _counted([cast(dict[str, int], branch[key]) for branch in branches])
            if key == "bad"
            else _merged([branch[key] for branch in branches if key in branch])
            for key in branches[0]
        }
    return statistics.median(cast(list[float], values))


def _counted(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for reason, number in count.items():
            total[reason] = total.get(reason, 0) + number
    return total
