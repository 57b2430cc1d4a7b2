"""A served AgentOS and a client that keeps its conversations."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import uvicorn

from contracts.websocket import WebSocket

_BOUNDARY = "contract-boundary"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d(?=_)")
_PIECE = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=_\d+$)")
_PASSING = frozenset(
    {
        "next_run_at",
        "expires_at",
        "triggered_at",
        "resolved_at",
        "last_used_at",
        "revoked_at",
        "last_learning_updated_at",
    }
)
_SECRET = frozenset({"token", "token_prefix"})
_POLLS = 2000
_POLL_SECONDS = 0.01


class Upload(NamedTuple):
    """A file of a multipart form."""

    field: str
    name: str
    kind: str
    content: bytes


class Service:
    """An ASGI application on a free loopback port."""

    def __init__(self, app: Any, steps: list[dict[str, Any]]) -> None:
        self._steps = steps
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.005)
        self.port: int = self._server.servers[0].sockets[0].getsockname()[1]

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """GET; returns the body."""
        return self.ask("GET", path, query=query, headers=headers)

    def post(
        self,
        path: str,
        *,
        form: dict[str, Any] | None = None,
        json: Any = None,
        uploads: Sequence[Upload] = (),
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> Any:
        """POST a form, with files or without, or JSON; returns the body, or the frames of a stream."""
        return self.ask("POST", path, form=form, json=json, query=query, uploads=uploads, headers=headers)

    def nudge(self, path: str) -> None:
        """POST nothing, and keep nothing: for a program that is itself within an exchange."""
        self.ask("POST", path)
        self._steps.pop()

    def poll(self, path: str, **query: Any) -> Any:
        """GET until the run there has ended or waits; only the last exchange is kept. Returns the body."""
        for _ in range(_POLLS):
            told = self.ask("GET", path, query=query)
            if not isinstance(told, dict) or told.get("status") not in ("PENDING", "RUNNING"):
                return told
            self._steps.pop()
            time.sleep(_POLL_SECONDS)
        raise RuntimeError(f"{path} did not end")

    def converse(self, path: str, said: Sequence[Any], *, until: str) -> list[dict[str, Any]]:
        """A WebSocket conversation: say all, one after each message of the server, read to the event `until`.

        What is no text is said as JSON. Returns what was heard, up to the end of the connection.
        """
        step: dict[str, Any] = {"ws": path, "said": list(said), "heard": []}
        self._steps.append(step)
        talk, left, heard = WebSocket(self.port, path), list(said), list[dict[str, Any]]()
        try:
            while (text := talk.receive()) is not None:
                told = _message(text)
                heard.append(told)
                step["heard"].append(_dated(told))
                if told.get("event") == until and not left:
                    break
                if left:
                    text = left.pop(0)
                    talk.send(text if isinstance(text, str) else json.dumps(text))
        finally:
            talk.close()
        return heard

    def leave(self, path: str, *, form: dict[str, Any], after: str) -> str:
        """POST a form for a stream, and hang up once this event has come; the run's id. Nothing is kept."""
        payload, kind = _payload(form, None)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, payload, {"content-type": kind})
            reply, run_id = connection.getresponse(), ""
            while line := reply.readline():
                if line.startswith(b"data:"):
                    told = json.loads(line[5:])
                    run_id = run_id or told["run_id"]
                    if told["event"] == after:
                        return run_id
        finally:
            connection.close()
        raise RuntimeError(f"{path} did not tell {after}")

    def delete(self, path: str, *, json: Any = None, **query: Any) -> Any:
        """DELETE; returns the body."""
        return self.ask("DELETE", path, json=json, query=query)

    def patch(self, path: str, *, json: Any = None, **query: Any) -> Any:
        """PATCH; returns the body."""
        return self.ask("PATCH", path, json=json, query=query)

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, Any] | None = None,
        json: Any = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        uploads: Sequence[Upload] = (),
        keep: Sequence[str] = (),
    ) -> Any:
        """One exchange, which is kept as a step, with the response headers named in `keep`."""
        target = path + (f"?{urlencode(query, doseq=True)}" if query else "")
        payload, kind = _payload(form, json, uploads)
        sent = {**({"content-type": kind} if kind else {}), **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, target, payload, sent)
            reply = connection.getresponse()
            raw = reply.read()
        finally:
            connection.close()
        shown: dict[str, Any] = {"http": f"{method} {target}", "status": reply.status}
        shown["content_type"] = (reply.headers.get("content-type") or "").split(";")[0]
        if keep:
            shown["headers"] = {name: reply.headers.get(name) for name in keep}
        if form is not None:
            shown["form"] = {key: str(value) for key, value in form.items()}
        if json is not None:
            shown["json"] = json
        if uploads:
            shown["uploads"] = [f"{each.name} {each.kind}" for each in uploads]
        body = _read(raw, shown)
        self._steps.append(shown)
        return body

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(20)


def _payload(form: dict[str, Any] | None, body: Any, uploads: Sequence[Upload] = ()) -> tuple[bytes | None, str]:
    if form is not None:
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in form.items()
        ]
        parts += [_part(each) for each in uploads]
        return b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()]), f"multipart/form-data; boundary={_BOUNDARY}"
    if body is not None:
        return json.dumps(body).encode(), "application/json"
    return None, ""


def _part(upload: Upload) -> bytes:
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{upload.field}"; filename="{upload.name}"\r\n'
    return f"{head}Content-Type: {upload.kind}\r\n\r\n".encode() + upload.content + b"\r\n"


def _message(text: str) -> dict[str, Any]:
    """What a socket's message says: JSON, or an event as a stream words it."""
    return {"framed": True, **_frame(text)} if text.startswith("event:") else json.loads(text)


def _dated(value: Any) -> Any:
    """Without moments, under whatever key they stand, and without what is told once only."""
    if isinstance(value, dict):
        return {key: _passing(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item) for item in value]
    if not isinstance(value, str):
        return value
    return "<time>" if _MOMENT.fullmatch(value) else _DAY.sub("<day>", _PIECE.sub("<piece>", value))


def _passing(key: str, value: Any) -> Any:
    if value is not None and key in _SECRET:
        return f"<{key}>"
    return "<time>" if value is not None and key in _PASSING else _dated(value)


def _read(raw: bytes, shown: dict[str, Any]) -> Any:
    if shown["content_type"] == "text/event-stream":
        frames = [_frame(block) for block in raw.decode().split("\n\n") if block.strip()]
        shown["frames"] = [frame for frame in frames if frame]
        return shown["frames"]
    if shown["content_type"] == "application/json":
        body = json.loads(raw) if raw else None
        shown["body"] = _dated(body)
        return body
    shown["text"] = bool(raw)
    return raw


def _frame(block: str) -> dict[str, Any]:
    """A frame's event name and data; comments are left out."""
    shown: dict[str, Any] = {}
    for line in block.splitlines():
        if line.startswith("event:"):
            shown["event"] = line[6:].strip()
        elif line.startswith("data:"):
            shown["data"] = json.loads(line[5:])
    return shown
