"""A served AgentOS and a client that keeps its conversations."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlencode

import uvicorn

_BOUNDARY = "contract-boundary"


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

    def get(self, path: str, **query: Any) -> Any:
        """GET; returns the body."""
        return self.ask("GET", path, query=query)

    def post(self, path: str, *, form: dict[str, Any] | None = None, json: Any = None, **query: Any) -> Any:
        """POST a form or JSON; returns the body, or the frames of a stream."""
        return self.ask("POST", path, form=form, json=json, query=query)

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
    ) -> Any:
        """One exchange, which is kept as a step."""
        target = path + (f"?{urlencode(query)}" if query else "")
        payload, kind = _payload(form, json)
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
        if form is not None:
            shown["form"] = {key: str(value) for key, value in form.items()}
        if json is not None:
            shown["json"] = json
        body = _read(raw, shown)
        self._steps.append(shown)
        return body

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(20)


def _payload(form: dict[str, Any] | None, body: Any) -> tuple[bytes | None, str]:
    if form is not None:
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form.items()
        ]
        return "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode(), f"multipart/form-data; boundary={_BOUNDARY}"
    if body is not None:
        return json.dumps(body).encode(), "application/json"
    return None, ""


def _read(raw: bytes, shown: dict[str, Any]) -> Any:
    if shown["content_type"] == "text/event-stream":
        frames = [_frame(block) for block in raw.decode().split("\n\n") if block.strip()]
        shown["frames"] = [frame for frame in frames if frame]
        return shown["frames"]
    if shown["content_type"] == "application/json":
        shown["body"] = json.loads(raw) if raw else None
        return shown["body"]
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
