"""What every decoder keeps to whatever is sent, as properties over generated cases: for tests and for `make fuzz`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from agnolo.vocabulary.errors import ModelProviderError
from tests.providers import decoding
from tests.providers.decoding import HARM, PLACES, Body

ODD = st.none() | st.booleans() | st.integers(-2, 600) | st.sampled_from(
    [7.5, "", "x", "stop", [], [1], [None], [[]], [{}], {}, {"a": 1}]
)  # fmt: skip
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)

UNHURRIED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


class Property(NamedTuple):
    """Cases of a dialect, and what must hold for each: `check` raises if it does not."""

    cases: Callable[[str], st.SearchStrategy[Any]]
    check: Callable[[str, Any], None]

    def hold(self, dialect: str, examples: int) -> int:
        """Try so many cases; how many were tried. Raises for one that fails."""
        tried = 0

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=PHASES,
            suppress_health_check=UNHURRIED,
        )
        @given(case=self.cases(dialect))
        def holds(case: Any) -> None:
            nonlocal tried
            tried += 1
            self.check(dialect, case)

        holds()
        return tried


def _bodies(dialect: str, form: str | None = None) -> st.SearchStrategy[Body]:
    found = [body for body in decoding.bodies(dialect) if form in (None, body.form)]
    assert found, f"no bodies of {dialect}: is recordings/exchanges.zip there?"
    return st.sampled_from(found)


def _reads_alike(dialect: str, case: tuple[Body, list[int]]) -> None:
    body, places = case
    whole = decoding.outcome(dialect, body, [body.bytes])
    assert decoding.outcome(dialect, body, decoding.cut(body.bytes, places)) == whole


def _is_read_or_refused(dialect: str, case: tuple[Body, list[tuple[int, bytes]], list[int]]) -> None:
    body, harm, places = case
    _reads_alike(dialect, (body._replace(bytes=decoding.harmed(body.bytes, harm)), places))


def _any_bytes(dialect: str, case: tuple[Any, list[bytes]]) -> None:
    form, blocks = case
    body = Body("any", form, b"".join(blocks))
    assert decoding.outcome(dialect, body, blocks) == decoding.outcome(dialect, body, [body.bytes])


def _breaks_off(dialect: str, case: tuple[Body, int]) -> None:
    """Up to its last word a stream is truncated; behind that only usage and the like may be missing.

    A stream that says in every chunk that it ends there (Vertex of old) can't keep to this, nor can two in a row.
    """
    body, place = case
    if body.bytes.count(b'"finishReason"') > 1 or body.bytes.count(b'"finish_reason":"') > 1:
        return
    try:
        full = decoding.events(dialect, "stream", [body.bytes])
        told = decoding.events(dialect, "stream", [body.bytes[: place % (len(body.bytes) + 1)]])
    except ModelProviderError:
        return
    assert _essence(body.bytes, told) == _essence(body.bytes, full)


def _essence(body: bytes, told: list[Any]) -> object:
    reply = decoding.known_ids(body, decoding.reply_of(told))
    return reply.content, reply.reasoning_content, reply.tool_calls, reply.finish_reason, reply.images


@st.composite
def _odd_fields(draw: st.DrawFn, dialect: str) -> Body:
    """A sound reply in which some values have become others."""
    body = draw(_bodies(dialect, "whole"))
    said: Any = json.loads(body.bytes)
    for _ in range(draw(st.integers(1, 3))):
        said = _with(said, draw(st.sampled_from(_places(said))), draw(ODD))
    return body._replace(bytes=json.dumps(said).encode())


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(copy[path[0]], path[1:], other)
    return copy


def _is_answered(dialect: str, body: Body) -> None:
    decoding.outcome(dialect, body, [body.bytes])


PROPERTIES = {
    "reads the same however it is cut": Property(lambda d: st.tuples(_bodies(d), PLACES), _reads_alike),
    "damaged: read or refused, alike at any cut": Property(
        lambda d: st.tuples(_bodies(d), HARM, PLACES), _is_read_or_refused
    ),
    "any bytes: a reply or a typed error": Property(
        lambda d: st.tuples(st.sampled_from(["stream", "whole"]), st.lists(st.binary(max_size=60), max_size=6)),
        _any_bytes,
    ),
    "broken off: truncated or complete": Property(
        lambda d: st.tuples(_bodies(d, "stream"), st.integers(0, 1 << 30)), _breaks_off
    ),
    "odd fields: a reply or a typed error": Property(_odd_fields, _is_answered),
}
