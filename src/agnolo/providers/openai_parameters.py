"""Parameters of a request as a vendor takes them: by its own names, and without those it refuses."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from agnolo.providers.profiles import Dialect

_log = logging.getLogger("agnolo.providers")


def accepted(parameters: Mapping[str, Any], *, dialect: Dialect, model: str) -> dict[str, Any]:
    """Renamed and without refused ones, which is told once a model. A parameter under its own name wins."""
    names = dialect.renamed
    if dialect.reasoning_models is not None and re.match(dialect.reasoning_models, model):
        names = {**names, "max_tokens": "max_completion_tokens"}
    if not names and not dialect.refused:
        return dict(parameters)
    taken: dict[str, Any] = {}
    for name, value in parameters.items():
        if name in dialect.refused:
            tell_left_out(model, name)
        elif name not in names:
            taken[name] = value
    for name, known in names.items():
        if name in parameters:
            taken.setdefault(known, parameters[name])
    return taken


@lru_cache(maxsize=256)
def tell_left_out(model: str, name: str) -> None:
    """Once: a warning with each request helps nobody."""
    _log.warning("model %r takes no %s: left out (request_params are sent as they are)", model, name)
