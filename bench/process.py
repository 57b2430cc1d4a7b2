"""What Linux knows about a process and its children: CPU time, memory, bytes written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """Sums over a process tree; memory in MB (2**20), wchar also counts what libuv writes to sockets."""

    cpu_s: float
    rss_mb: float
    peak_rss_mb: float
    write_bytes: int
    wchar: int
    processes: int


def tree(pid: int) -> list[int]:
    """The process and its living descendants; empty when it is gone."""
    if not Path(f"/proc/{pid}").exists():
        return []
    found = [pid]
    for parent in found:
        for listing in Path(f"/proc/{parent}/task").glob("*/children"):
            found.extend(int(child) for child in _read(listing).split())
    return found


def usage(pid: int) -> Usage:
    """Usage of a process tree now; zeros when it is gone."""
    pids = tree(pid)
    status = [_fields(f"/proc/{one}/status") for one in pids]
    written = [_fields(f"/proc/{one}/io") for one in pids]
    return Usage(
        cpu_s=sum(_cpu_s(one) for one in pids),
        rss_mb=sum(fields.get("VmRSS", 0) for fields in status) / 1024,
        peak_rss_mb=sum(fields.get("VmHWM", 0) for fields in status) / 1024,
        write_bytes=sum(fields.get("write_bytes", 0) for fields in written),
        wchar=sum(fields.get("wchar", 0) for fields in written),
        processes=len(pids),
    )


def busy_s() -> dict[str, float]:
    """Seconds each core was not idle since boot, time stolen by the host included."""
    busy: dict[str, float] = {}
    for line in _read(Path("/proc/stat")).splitlines():
        name, *ticks = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _wait, irq, softirq, steal = (int(tick) for tick in ticks[:8])
            busy[name[3:]] = (user + nice + system + irq + softirq + steal) / _TICKS
    return busy


def _cpu_s(pid: int) -> float:
    # The command name may hold spaces and brackets: count from the last bracket.
    stat = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / _TICKS if len(stat) > 12 else 0.0


def _fields(path: str) -> dict[str, int]:
    """The numeric "name: value" lines of a /proc file."""
    fields: dict[str, int] = {}
    for line in _read(Path(path)).splitlines():
        name, _, value = line.partition(":")
        first = value.split()[:1]
        if first and first[0].isdigit():
            fields[name] = int(first[0])
    return fields


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # the process ended between two looks
        return ""
