"""What decoding costs: microseconds and allocations per chunk of each dialect, and the import time of each provider.

    python -m bench decode     measures this alone, and renews its section in bench/report.md and report.json

Knows no network: recorded streams (tests/providers/recordings) go through the decoders chunk by chunk.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import report  # noqa: E402 - the paths above come first
from agnolo.providers.errors import Vendor  # noqa: E402
from agnolo.providers.wire import ReplyDecoder  # noqa: E402
from results import Decode, DecodeCost, Results  # noqa: E402
from tests.providers import decoding  # noqa: E402

REPEATS = 40
IMPORT_REPEATS = 21
STREAMS = {
    "chat": "openai/dd_trace_py_chat_completion_stream",
    "responses": "openai/",
    "gemini": "gemini/",
    "ollama": "ollama/rig_streaming",
    "messages": "long",
}
"""How the names of the recordings begin of which the longest stands for its dialect."""
MODULES = (
    "openai_model", "openai_responses_model", "gemini_model", "ollama_model", "anthropic_model", "compatible",
    "catalog",
)  # fmt: skip
"""What is imported to make a model of each provider; the network's and the local model's packages come with its use."""
IMPORT = """
import sys, time
sys.path.insert(0, {source!r})
import asyncio, hashlib
from agnolo import Agent
began = time.process_time()
import agnolo.providers.{module}
print((time.process_time() - began) * 1000)
"""


def chunks_of(dialect: str) -> tuple[str, list[bytes]]:
    """The longest fitting stream, in the pieces that its sender meant."""
    fitting = [b for b in decoding.bodies(dialect) if b.form == "stream" and b.name.startswith(STREAMS[dialect])]
    longest = max(fitting, key=lambda body: body.bytes.count(b"\n"))
    end = b"\n" if dialect == "ollama" else b"\r\n\r\n" if b"\r\n\r\n" in longest.bytes else b"\n\n"
    return longest.name, [piece + end for piece in longest.bytes.split(end) if piece.strip()]


def cost(dialect: str) -> DecodeCost:
    """Times are medians of repeats of the process's own CPU time."""
    name, chunks = chunks_of(dialect)

    def fresh() -> ReplyDecoder:
        return decoding.DIALECTS[dialect].decoder(Vendor(name="bench", model="m"), "stream", time.time)

    took = sorted(_pass(fresh, chunks) for _ in range(REPEATS))
    blocks, kept = _allocations(fresh, chunks)
    return DecodeCost(
        recording=name,
        chunks=len(chunks),
        bytes_per_chunk=round(sum(map(len, chunks)) / len(chunks)),
        us_per_chunk=round(statistics.median(took), 2),
        us_best=round(took[0], 2),
        blocks_per_chunk=round(blocks / len(chunks), 1),
        kept_bytes_per_chunk=round(kept / len(chunks)),
    )


def _pass(fresh: Callable[[], ReplyDecoder], chunks: list[bytes]) -> float:
    decoder = fresh()
    began = time.process_time()
    for chunk in chunks:
        decoder.feed(chunk)
    return (time.process_time() - began) * 1e6 / len(chunks)


def _allocations(fresh: Callable[[], ReplyDecoder], chunks: list[bytes]) -> tuple[int, int]:
    """Blocks and bytes that are still held when the stream has been read, events included."""
    decoder = fresh()
    gc.collect()
    tracemalloc.start()
    told = [decoder.feed(chunk) for chunk in chunks]
    statistics_ = tracemalloc.take_snapshot().statistics("filename")
    tracemalloc.stop()
    del told
    return sum(entry.count for entry in statistics_), sum(entry.size for entry in statistics_)


def import_ms(module: str) -> float:
    """CPU milliseconds in a fresh interpreter that has asyncio, hashlib and Agent; the least, as noise only adds."""
    code = IMPORT.format(source=str(ROOT / "src"), module=module)
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
    took = [
        float(
            subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, env=environment).stdout
        )
        for _ in range(IMPORT_REPEATS)
    ]
    return round(min(took), 1)


def measure() -> Decode:
    """All figures of this section."""
    return Decode(
        measured=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        costs={dialect: cost(dialect) for dialect in decoding.DIALECTS},
        import_ms={module: import_ms(module) for module in MODULES},
    )


def main(arguments: list[str]) -> int:
    """Measures, prints, and renews the section of the report."""
    options = argparse.ArgumentParser(prog="python -m bench decode", description="What decoding costs.")
    options.add_argument("--json", action="store_true", help="print the figures and write nothing")
    options.add_argument("--out", type=Path, default=HERE, help="where the report is (default: %(default)s)")
    chosen = options.parse_args(arguments)
    found = measure()
    if chosen.json:
        print(msgspec.json.encode(found).decode())
        return 0
    print("\n".join(report.decode_lines(found)))
    kept = chosen.out / "report.json"
    results = msgspec.json.decode(kept.read_bytes(), type=Results) if kept.is_file() else Results({})
    results.decode = found
    report.write(results, chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
