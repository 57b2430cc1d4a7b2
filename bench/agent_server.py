"""Serves the bench agent of one framework: uvicorn, one worker, httptools. Shared by the two server scripts."""

from __future__ import annotations

import argparse
import sys

import uvicorn

import target


def serve(name: target.Name, *, loop: str) -> int:
    """Serves until SIGTERM; `loop` is uvicorn's loop option."""
    options = argparse.ArgumentParser(description=f"The {name} server of the bench, with the agent 'bench'.")
    options.add_argument("--port", type=int, default=7777, help="loopback port (default: %(default)s)")
    options.add_argument(
        "--mock", default="http://127.0.0.1:9100/v1", help="base URL of the provider (default: %(default)s)"
    )
    options.add_argument("--db", required=True, help="database file")
    chosen = options.parse_args()
    try:
        app = target.bench_app(target.load(name), chosen.mock, chosen.db)
    except (ImportError, AttributeError, TypeError) as error:
        print(f"{name}_server: the {name} framework cannot serve: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    uvicorn.run(
        app, host="127.0.0.1", port=chosen.port, loop=loop, http="httptools", log_level="warning", access_log=False
    )
    return 0
