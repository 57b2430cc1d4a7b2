"""How the in-process measurements end: figures as one JSON object, or why there are none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path


def printed(name: str, measured: Callable[[], object]) -> int:
    """Prints the figures; returns the exit code, 1 with the reason when the framework can't be measured."""
    try:
        print(json.dumps(measured()))
    except (ImportError, AttributeError, TypeError, RuntimeError) as error:
        print(f"{Path(sys.argv[0]).stem}: {name} cannot be measured: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0
