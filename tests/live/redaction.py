"""Takes out of an exchange what a recording must not keep: keys, who asked, and long media."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from agnolo.providers.errors import scrubbed

GONE = "[redacted]"
MEDIA = 1500
"""Characters of base64 that are kept."""

_TELLING = ("auth", "key", "token", "cookie", "secret", "sig")
"""Parts of the names of headers and query fields whose values are secret."""
_HARMLESS = frozenset({"accept", "accept-encoding", "content-type", "user-agent"})
_REQUEST_HEADERS = frozenset({"accept", "content-type"})
_REPLY_HEADERS = re.compile(
    r"content-type|transfer-encoding|retry-after(-ms)?|x-should-retry|.*ratelimit.*|.*processing-ms"
)
_WHO = frozenset({
    "account_id", "api_key", "authorization", "org_id", "organization", "organization_id", "project", "project_id",
    "request_id", "requestId", "safety_identifier", "session_id", "user", "user_id",
})  # fmt: skip
"""Fields whose text says who asked, or by which a vendor finds the request again."""
_TOLD_IN_PIECES = frozenset({
    "arguments", "content", "delta", "partial_json", "reasoning", "reasoning_content", "refusal", "response", "text",
    "thinking",
})  # fmt: skip
"""Fields of a stream whose pieces are one text."""
_OPAQUE = frozenset({"embedding", "encrypted_content", "signature", "thoughtSignature", "thought_signature"})
"""Fields whose base64 is the answer itself."""

_MARKS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # a signed token
    r"|\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b"  # a key of Zhipu
    r"|\b(?:req|user|team|acct|ya29)[-_.][A-Za-z0-9_-]{8,}"
    r"|\bprojects/[\w-]+"
)
_BASE64 = re.compile(rf"(?P<head>data:[\w/+.;=-]*;base64,)?(?P<rest>[A-Za-z0-9+/_=-]{{{MEDIA + 1},}})")
_PAYLOAD = re.compile(rb"^(?:data: ?)?(?P<json>[{\[\"].*?)\r?$", re.MULTILINE)


class _Edit(NamedTuple):
    """These bytes become others."""

    start: int
    end: int
    text: bytes


class Redaction:
    """What is known to be secret in one exchange, and its removal. What merely looks like a key goes as well."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for secret in secrets if len(secret) >= 4 for form in (secret, quote(secret, safe=""))}
        self._secrets = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        return _MARKS.sub(GONE, scrubbed(text, self._secrets))

    def tree(self, value: Any, name: str = "") -> Any:
        """The same for parsed JSON. Long base64 that is not the answer itself becomes a note with its length."""
        if isinstance(value, dict):
            return {self.text(key): self.tree(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.tree(inner, name) for inner in value]
        if not isinstance(value, str):
            return value
        if name in _WHO:
            return GONE
        return self.text(value if name in _OPAQUE else _BASE64.sub(_noted, value))

    def url(self, url: str) -> str:
        """Without secret fields of the query."""
        parts = urlsplit(url)
        kept = [(name, self.text(value)) for name, value in parse_qsl(parts.query) if not _is_telling(name)]
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], self.text(parts.path), urlencode(kept), ""))

    def headers(self, headers: Iterable[tuple[str, str]], *, reply: bool) -> dict[str, str]:
        """The few that are kept, in lower case."""
        named = ((name.lower(), value) for name, value in headers)
        kept = _REPLY_HEADERS.fullmatch if reply else _REQUEST_HEADERS.__contains__
        return {name: self.text(value) for name, value in named if kept(name)}

    def blocks(self, blocks: list[bytes]) -> list[bytes]:
        """A stream as it was read, block by block, also where a secret lies across blocks or across frames."""
        body = b"".join(blocks)
        return _cut_again(body, list(accumulate(len(block) for block in blocks)), self._edits(body))

    def _edits(self, body: bytes) -> list[_Edit]:
        frames = [(found.start("json"), found.end("json"), value) for found, value in _payloads(body)]
        told = self._joined([value for _, _, value in frames])
        edits: list[_Edit] = []
        done = 0
        for (start, end, value), clean in zip(frames, told, strict=True):
            edits += self._outside(body, done, start)
            if clean != value:
                edits.append(_Edit(start, end, _dumped(clean)))
            done = end
        return [*edits, *self._outside(body, done, len(body))]

    def _outside(self, body: bytes, start: int, end: int) -> list[_Edit]:
        between = body[start:end].decode(errors="surrogateescape")
        clean = self.text(between)
        return [] if clean == between else [_Edit(start, end, clean.encode(errors="surrogateescape"))]

    def _joined(self, frames: list[Any]) -> list[Any]:
        """The frames, clean where a text goes on from one to the next and each by itself, in that order."""
        texts: dict[tuple[str | int, ...], list[str]] = {}
        for frame in frames:
            for path, piece in _pieces(frame):
                texts.setdefault(path, []).append(piece)
        changed = {
            path: iter(_spread(clean, pieces))
            for path, pieces in texts.items()
            if (clean := self.text("".join(pieces))) != "".join(pieces)
        }
        return [self.tree(_replaced(frame, changed)) for frame in frames]


def secrets_of(headers: Iterable[tuple[str, str]], url: str) -> list[str]:
    """What a request holds that must not be kept: all its headers but the plainest, and the telling query fields."""
    given = [(name, value) for name, value in headers if name.lower() not in _HARMLESS]
    asked = [value for name, value in parse_qsl(urlsplit(url).query) if _is_telling(name)]
    tokens = [value.rpartition(" ")[2] for name, value in given if _is_telling(name)]
    return [*(value for _, value in given), *tokens, *asked]


def _is_telling(name: str) -> bool:
    return any(part in name.lower() for part in _TELLING)


def _noted(found: re.Match[str]) -> str:
    return f"{found['head'] or ''}[{len(found['rest'])} characters of base64 left out]"


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _payloads(body: bytes) -> Iterator[tuple[re.Match[bytes], Any]]:
    """Frames of server-sent events and lines of JSON."""
    for found in _PAYLOAD.finditer(body):
        with suppress(ValueError):  # what is not JSON is cleaned as text
            yield found, json.loads(found["json"])


def _pieces(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The pieces of texts in a frame, by where they stand."""
    if isinstance(value, str):
        if path and path[-1] in _TOLD_IN_PIECES:
            yield path, value
        return
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inner:
        yield from _pieces(child, (*path, name))


def _replaced(value: Any, texts: dict[tuple[str | int, ...], Iterator[str]], path: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(child, texts, (*path, name)) for name, child in value.items()}
    if isinstance(value, list):
        return [_replaced(child, texts, (*path, place)) for place, child in enumerate(value)]
    return next(texts[path]) if isinstance(value, str) and path in texts else value


def _spread(text: str, pieces: list[str]) -> list[str]:
    """The text cut where the pieces were cut, what is left over in the last."""
    ends = [0, *accumulate(len(piece) for piece in pieces[:-1]), max(len(text), sum(map(len, pieces)))]
    return [text[start:end] for start, end in pairwise(ends)]


def _cut_again(body: bytes, ends: list[int], edits: list[_Edit]) -> list[bytes]:
    """The edited body, cut where it was cut; a cut inside an edit comes after it."""
    new: list[bytes] = []
    moved = dict[int, int]()
    done = length = 0
    for edit in [*edits, _Edit(len(body), len(body), b"")]:
        for end in ends[bisect_left(ends, done) : bisect_left(ends, edit.start + 1)]:
            moved[end] = length + end - done
        new += [body[done : edit.start], edit.text]
        length += edit.start - done + len(edit.text)
        for end in ends[bisect_left(ends, edit.start + 1) : bisect_left(ends, edit.end + 1)]:
            moved[end] = length
        done = edit.end
    whole = b"".join(new)
    return [piece for start, end in pairwise([0, *(moved[end] for end in ends)]) if (piece := whole[start:end])]
