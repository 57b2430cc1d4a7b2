"""Reads recorded exchanges about embeddings and lists of models straight from their JSON; shares no code with src."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any, NamedTuple

from tests.providers.cassettes import bundled


class Recording(NamedTuple):
    name: str
    provider: str
    url: str
    asked: Any
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def texts(self) -> list[str] | None:
        """What was to be embedded; None if it was anything but texts."""
        if requests := self.asked.get("requests", [self.asked] if "content" in self.asked else []):
            parts = [request["content"]["parts"] for request in requests]
            return (
                None
                if any(len(each) != 1 or "text" not in each[0] for each in parts)
                else [e[0]["text"] for e in parts]
            )
        given = self.asked.get("input", self.asked.get("prompt"))
        texts = [given] if isinstance(given, str) else given or []
        return texts if all(isinstance(text, str) for text in texts) else None

    @property
    def dimensions(self) -> int | None:
        asked = self.asked["requests"][0] if "requests" in self.asked else self.asked
        names = ("dimensions", "outputDimensionality", "output_dimensionality")
        return next((asked[name] for name in names if asked.get(name)), None)

    @property
    def vectors(self) -> list[list[float]]:
        """By index where there is one."""
        if "data" in self.body:
            rows = sorted(self.body["data"], key=lambda row: row.get("index", 0))
            return [numbers(row["embedding"]) for row in rows]
        if "embeddings" in self.body:
            return [row["values"] if isinstance(row, dict) else row for row in self.body["embeddings"]]
        single = self.body["embedding"]
        return [single["values"] if isinstance(single, dict) else single]

    @property
    def tokens(self) -> int:
        usage = self.body.get("usage") or self.body.get("usageMetadata") or {}
        return usage.get("prompt_tokens") or usage.get("promptTokenCount") or self.body.get("prompt_eval_count") or 0


def numbers(given: str | list[float]) -> list[float]:
    if isinstance(given, list):
        return given
    raw = base64.b64decode(given)
    return [struct.unpack_from("<f", raw, place)[0] for place in range(0, len(raw), 4)]


def unit(vector: list[float]) -> list[float]:
    length = math.hypot(*vector)
    return [number / length for number in vector]


def recordings(kind: str) -> list[Recording]:
    found: list[Recording] = []
    for file in sorted(bundled().glob("*/*.json")):
        told = json.loads(file.read_text())
        if told["kind"] != kind:
            continue
        request, response = told["request"], told["response"]
        name = f"{told['provider']}/{file.stem}"
        url, asked = request.get("url") or "", request.get("json") or {}
        status, headers = response["status"], response["headers"]
        body = json.loads("".join(response["chunks"])) if "chunks" in response else response.get("body")
        found.append(Recording(name, told["provider"], url, asked, status, headers, body))
    return found


def same(one: list[list[float]], other: list[list[float]]) -> bool:
    """Whether vectors are equal; pytest would explain a difference of thousands of numbers for ever."""
    if [len(vector) for vector in one] != [len(vector) for vector in other]:
        return False
    pairs = ((a, b) for first, second in zip(one, other, strict=True) for a, b in zip(first, second, strict=True))
    return all(math.isclose(a, b, rel_tol=1e-12) for a, b in pairs)
