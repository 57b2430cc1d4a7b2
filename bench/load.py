"""Closed-loop load on this machine: N users, each with one streaming run at a time. Prints one JSON object.

Counts a run as good only with every token and the final event. Latencies are of runs begun after the warm-up; rates
and CPU count the share of each run inside the measured window. Ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import sys
import time
from collections import Counter
from collections.abc import Iterable
from itertools import cycle, islice
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import msgspec

import process
import results
from quantiles import quantile
from virtual_user import Address, Connection, Dialect, Encoding, Mode, Record, request_bytes

_TEXT = "the quick brown fox jumps over a lazy dog while seven wizards quietly judge my box of quartz vows and liquor"
_PAUSE_AFTER_BAD_S = 0.05


class Plan(NamedTuple):
    """What to do to whom, and for how long (seconds)."""

    target: Address
    dialect: Dialect
    users: int
    warmup: float
    duration: float
    turns: int
    ramp: float
    timeout: float
    message: str
    watched: dict[str, int]


class Window(NamedTuple):
    """The measured time on the loop's clock, and what each watched process used in it."""

    begin: float
    end: float
    before: dict[str, process.Usage]
    after: dict[str, process.Usage]
    own_cpu_s: float
    cores_busy_s: dict[str, float]

    def share(self, record: Record) -> float:
        """How much of a run lies inside."""
        inside = min(record.ended, self.end) - max(record.started, self.begin)
        return max(inside, 0.0) / max(record.ended - record.started, 1e-9)


class RemoteAddressError(Exception):
    """The address is not on this machine."""


async def generate(plan: Plan) -> results.Load:
    """Runs the plan and returns its report."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    stop_at = began + plan.warmup + plan.duration
    label = f"{time.time_ns() % 10**9:09d}"
    records: list[Record] = []
    users = [loop.create_task(_user(plan, f"{label}-{index}", index, stop_at, records)) for index in range(plan.users)]
    watch = loop.create_task(_watch(plan, began + plan.warmup, stop_at))
    await asyncio.gather(*users)
    return _report(plan, records, await watch)


async def _user(plan: Plan, name: str, index: int, stop_at: float, records: list[Record]) -> None:
    """One user: a new session and a new connection every few turns, the next run as soon as the last one ended."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(plan.ramp * index / plan.users)
    connection: Connection | None = None
    turn = 0
    while loop.time() < stop_at:
        if turn % plan.turns == 0 and connection is not None:
            connection.close()
            connection = None
        fields = {"message": plan.message, "session_id": f"s-{name}-{turn // plan.turns}", "user_id": f"user-{index}"}
        turn += 1
        started = loop.time()
        connection = connection or await _connect(plan)
        if connection is None:
            record = Record(started)
            record.bad = "connect"
        else:
            record = await connection.exchange(request_bytes(plan.target, plan.dialect, fields), plan.timeout)
            record.started = started
        records.append(record)
        if connection is not None and not connection.reusable:
            connection.close()
            connection = None
        if record.bad:
            await asyncio.sleep(_PAUSE_AFTER_BAD_S)
    if connection is not None:
        connection.close()


async def _connect(plan: Plan) -> Connection | None:
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(
            lambda: Connection(loop, plan.dialect), plan.target.host, plan.target.port
        )
    except OSError:
        return None
    return connection


async def _watch(plan: Plan, begin: float, end: float) -> Window:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(begin - loop.time())
    begun, own, cores = loop.time(), time.process_time(), process.busy_s()
    before = {name: process.usage(pid) for name, pid in plan.watched.items()}
    await asyncio.sleep(end - loop.time())
    after = {name: process.usage(pid) for name, pid in plan.watched.items()}
    busy = {core: seconds - cores[core] for core, seconds in process.busy_s().items()}
    return Window(begun, loop.time(), before, after, time.process_time() - own, busy)


def _report(plan: Plan, records: list[Record], window: Window) -> results.Load:
    measured = [record for record in records if record.started >= window.begin]
    good = [record for record in measured if not record.bad]
    seconds = window.end - window.begin
    finished = sum(window.share(record) for record in records if not record.bad)
    tokens = sum(window.share(record) * record.tokens for record in records if not record.bad)
    return results.Load(
        users=plan.users,
        window_s=round(seconds, 1),
        runs=len(measured),
        good=len(good),
        bad=dict(Counter(record.bad for record in records if record.bad)),
        runs_per_s=round(finished / seconds, 2),
        tokens_per_s=round(tokens / seconds, 1),
        ttft_ms=_spread((r.first_token - r.started) * 1000 for r in good if r.first_token is not None),
        total_ms=_spread((r.ended - r.started) * 1000 for r in good),
        token_lag_ms=_spread((lag / 1000 for r in good for lag in r.lags_us), digits=2),
        max_gap_ms=_spread(r.max_gap * 1000 for r in good),
        events_per_run=round(sum(r.events for r in good) / max(len(good), 1), 1),
        bytes_per_run=round(sum(r.bytes for r in good) / max(len(good), 1)),
        watched={name: _used(name, window, finished, tokens) for name in window.before},
        load_cpu_pct=round(100 * window.own_cpu_s / seconds, 1),
        core_busy_pct={core: round(100 * busy / seconds, 1) for core, busy in window.cores_busy_s.items()},
    )


def _spread(sample: Iterable[float], digits: int = 1) -> results.Spread:
    ordered = sorted(sample)
    low, p50, p95, p99, high = (round(quantile(ordered, share), digits) for share in (0.0, 0.5, 0.95, 0.99, 1.0))
    return results.Spread(low, p50, p95, p99, high)


def _used(name: str, window: Window, runs: float, tokens: float) -> results.Used:
    before, after = window.before[name], window.after[name]
    cpu = max(after.cpu_s - before.cpu_s, 0.0)  # a process that died has no figures left
    return results.Used(
        cpu_s=round(cpu, 2),
        cpu_pct=round(100 * cpu / (window.end - window.begin), 1),
        cpu_ms_per_run=round(1e3 * cpu / runs, 2) if runs else 0.0,
        cpu_us_per_token=round(1e6 * cpu / tokens, 1) if tokens else 0.0,
        rss_mb=round(before.rss_mb, 1),
        peak_rss_mb=round(after.peak_rss_mb, 1),
        disk_bytes_per_run=round(max(after.write_bytes - before.write_bytes, 0) / runs) if runs else 0,
        processes=after.processes,
    )


def _loopback(url: str) -> Address:
    """The parsed address; raises RemoteAddressError for anything that is not this machine."""
    with contextlib.suppress(ValueError):  # a host that is neither localhost nor an IP address, or a bad port
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "http" and parts.port and (host == "localhost" or ipaddress.ip_address(host).is_loopback):
            return Address(host, parts.port, parts.path)
    raise RemoteAddressError(
        f"{url!r} is refused: this generator only loads http://127.0.0.1:PORT/… on its own machine"
    )


def _plan(arguments: list[str] | None = None) -> Plan:
    options = argparse.ArgumentParser(description="Closed-loop SSE load against this machine.")
    add = options.add_argument
    add("--url", default="http://127.0.0.1:7777/agents/bench/runs", help="run endpoint (default: %(default)s)")
    add("--mode", choices=("agentos", "openai"), default="agentos", help="openai drives the mock directly: the ideal")
    add("-c", "--users", type=int, default=100, help="concurrent users (default: %(default)s)")
    add("-d", "--duration", type=float, default=60.0, help="measured seconds (default: %(default)s)")
    add("-w", "--warmup", type=float, default=6.0, help="seconds before, longer than one run (default: %(default)s)")
    add("--turns", type=int, default=5, help="turns per session and connection (default: %(default)s)")
    add("--ramp", type=float, default=2.64, help="seconds over which users start (default: %(default)s)")
    add("--timeout", type=float, default=60.0, help="seconds per run (default: %(default)s)")
    add("--words", type=int, default=96, help="words in the message (default: %(default)s)")
    add("--encoding", choices=("multipart", "urlencoded"), default="multipart", help="form encoding")
    add("--expect", type=int, default=128, help="tokens in a whole answer, 0 for any (default: %(default)s)")
    add("--token-event", default="RunContent", help="SSE event that carries tokens")
    add("--done-event", default="RunCompleted", help="SSE event that ends a good run")
    add("--watch", action="append", default=[], metavar="NAME=PID", help="report CPU and memory of a process tree")
    chosen = options.parse_args(arguments)
    if min(chosen.users, chosen.turns) < 1 or chosen.duration <= 0:
        options.error("--users, --turns and --duration must be positive")
    watched = [cast(str, entry).partition("=") for entry in chosen.watch]
    if any(not pid.isdigit() for _, _, pid in watched):
        options.error("--watch wants NAME=PID")
    mode, encoding = cast(Mode, chosen.mode), cast(Encoding, chosen.encoding)
    return Plan(
        target=_loopback(chosen.url),
        dialect=Dialect(mode, encoding, chosen.token_event.encode(), chosen.done_event.encode(), chosen.expect),
        users=chosen.users,
        warmup=chosen.warmup,
        duration=chosen.duration,
        turns=chosen.turns,
        ramp=chosen.ramp,
        timeout=chosen.timeout,
        message=" ".join(islice(cycle(_TEXT.split()), chosen.words)),
        watched={name: int(pid) for name, _, pid in watched},
    )


def main() -> int:
    gc.disable()  # a short process without garbage cycles to speak of: no pauses in the measurement
    try:
        print(msgspec.json.encode(asyncio.run(generate(_plan()))).decode())
    except RemoteAddressError as refusal:
        print(f"load: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
