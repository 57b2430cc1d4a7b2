"""The cap on an answer's length that a request carries, among the parameters of each dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agnolo.ports.model import ModelRequest


def capped(parameters: Mapping[str, Any], request: ModelRequest, *names: str) -> dict[str, Any]:
    """The parameters with the answer held to what the request allows: the lower cap counts, under the name in use.

    `names` are the dialect's for it; the first is used where the user gave none.
    """
    allowed = request.max_output_tokens
    if allowed is None:
        return dict(parameters)
    used = [name for name in names if isinstance(parameters.get(name), int)] or [names[0]]
    return {**parameters, **{name: min(allowed, parameters.get(name) or allowed) for name in used}}
