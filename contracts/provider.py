"""The fake provider: one loopback server for all dialects. A conversation has its script, and keeps what was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contracts.dialects import anthropic, embeddings, gemini, ollama, openai_chat, openai_responses
from contracts.dialects.troubles import refuse
from contracts.script import Failure, Reply, Turn

SHOWN_HEADERS = ("authorization", "x-goog-api-key", "x-api-key", "anthropic-version", "content-type")
KEY = "contract-key"


@dataclass
class Conversation:
    """One scenario's talk with the provider. `left` are the turns not yet used."""

    vendor: str
    left: list[Turn]
    asked: list[dict[str, Any]] = field(default_factory=list)
    refused: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._lanes = sorted({turn.lane for turn in self.left if turn.lane})

    def requests(self) -> list[dict[str, Any]]:
        """What was asked, lane by lane, as requests made at the same time come in any order."""

        def lane(asked: dict[str, Any]) -> str:
            offered = offered_tools(asked["body"])
            return next((name for name in self._lanes if name in offered), "")

        return sorted(self.asked, key=lane)

    def turn(self, body: dict[str, Any]) -> Turn:
        """The answer to a request for a reply."""
        return self.next_turn(offered_tools(body))

    def next_turn(self, offered: frozenset[str]) -> Turn:
        """The first turn of a lane that the request belongs to, else the first of no lane."""
        with self.lock:
            fitting = [turn for turn in self.left if turn.lane in offered] or [t for t in self.left if not t.lane]
            if not fitting:
                return Failure("bad_request", "the script has no answer left")
            turn = fitting[0]
            self.refused = isinstance(turn, Failure)
            if isinstance(turn, Reply):
                self.left.remove(turn)
            elif turn.times is not None:
                at = self.left.index(turn)
                again = [Failure(turn.trouble, turn.message, turn.times - 1, turn.lane, turn.headers)]
                self.left[at : at + 1] = again if turn.times > 1 else []
            return turn

    def note(self, request: dict[str, Any]) -> None:
        """Keep what was asked; the same request after a refusal counts as another attempt."""
        with self.lock:
            if self.refused and self.asked and all(self.asked[-1][key] == request[key] for key in request):
                self.asked[-1]["attempts"] += 1
            else:
                self.asked.append({**request, "attempts": 1})


def offered_tools(body: Any) -> frozenset[str]:
    """Names of the tools that a request offers, in whichever dialect."""
    names: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("name"), str):
                names.add(value["name"])
            for key in ("function", "functionDeclarations", "function_declarations"):
                look(value.get(key))
        elif isinstance(value, list):
            for item in value:
                look(item)

    look(body.get("tools") if isinstance(body, dict) else None)
    return frozenset(names)


class FakeProvider:
    """Serves until it is closed. `open` begins a conversation and returns its base URL."""

    def __init__(self) -> None:
        self._conversations: dict[str, Conversation] = {}
        conversations = self._conversations

        class Placed(Handler):
            found = conversations

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Placed)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def open(self, vendor: str, script: Sequence[Turn]) -> tuple[Conversation, str]:
        """A conversation of its own, and where it is reached."""
        name = f"c{len(self._conversations)}"
        conversation = self._conversations[name] = Conversation(vendor, list(script))
        return conversation, f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers in the dialect of the path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    found: dict[str, Conversation]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._document({"data": [], "models": []})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        _, name, *rest = parts.path.split("/")
        conversation = self.found[name]
        body = json.loads(raw) if raw else None
        shown = {h: _safe(v) for h in SHOWN_HEADERS if (v := self.headers.get(h)) is not None}
        asked = {"method": "POST", "path": "/" + "/".join(rest), "headers": shown, "body": body}
        query = {key: _safe(value) for key, value in parse_qsl(parts.query)}
        conversation.note({**asked, "query": query} if query else asked)
        self._answer(conversation, asked["path"], body or {})

    def _answer(self, conversation: Conversation, path: str, body: dict[str, Any]) -> None:
        for ending, embed in _EMBEDDINGS.items():
            if path.endswith(ending):
                self._embed(conversation, embed, body)
                return
        turn = conversation.turn(body)
        if isinstance(turn, Failure):
            self._refuse(turn, conversation.vendor)
            return
        for ending, speak in _CHATS.items():
            if path.endswith(ending):
                speak(self, turn, conversation.vendor, body, path)
                return
        self._refuse(Failure("not_found", f"the fake provider has no {path}"), conversation.vendor)

    def _embed(self, conversation: Conversation, embed: Callable[[Any], Any], body: dict[str, Any]) -> None:
        first = conversation.left[0] if conversation.left else None
        conversation.refused = isinstance(first, Failure)
        if isinstance(first, Failure):
            self._refuse(first, conversation.vendor)
        else:
            self._document(embed(body))

    def _refuse(self, failure: Failure, vendor: str) -> None:
        refusal = refuse(failure, vendor)
        self._send(refusal.status, refusal.headers, refusal.body)

    def _document(self, body: Any) -> None:
        self._send(200, {"content-type": "application/json"}, json.dumps(body).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for header, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, frames: Iterable[bytes], kind: str = "text/event-stream") -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for frame in frames:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(frame), frame))
        self.wfile.write(b"0\r\n\r\n")

    def chat(self, reply: Reply, vendor: str, body: dict[str, Any], path: str) -> None:
        if body.get("stream"):
            counted = bool((body.get("stream_options") or {}).get("include_usage"))
            self._stream(openai_chat.frames(reply, vendor, body["model"], counted=counted))
        else:
            self._document(openai_chat.document(reply, vendor, body["model"]))

    def items(self, reply: Reply, vendor: str, body: dict[str, Any], path: str) -> None:
        if body.get("stream"):
            self._stream(openai_responses.frames(reply, body["model"]))
        else:
            self._document(openai_responses.document(reply, body["model"]))

    def messages(self, reply: Reply, vendor: str, body: dict[str, Any], path: str) -> None:
        if body.get("stream"):
            self._stream(anthropic.frames(reply, body["model"]))
        else:
            self._document(anthropic.document(reply, body["model"]))

    def lines(self, reply: Reply, vendor: str, body: dict[str, Any], path: str) -> None:
        if body.get("stream", True):
            self._stream(ollama.frames(reply, body["model"]), "application/x-ndjson")
        else:
            self._document(ollama.document(reply, body["model"]))

    def generate(self, reply: Reply, vendor: str, body: dict[str, Any], path: str) -> None:
        model = path.rsplit("/", 1)[-1].split(":")[0]
        if path.endswith(":streamGenerateContent"):
            self._stream(gemini.frames(reply, model))
        else:
            self._document(gemini.document(reply, model))


_CHATS: dict[str, Callable[[Handler, Reply, str, dict[str, Any], str], None]] = {
    "/chat/completions": Handler.chat,
    "/responses": Handler.items,
    "/messages": Handler.messages,
    "/api/chat": Handler.lines,
    ":generateContent": Handler.generate,
    ":streamGenerateContent": Handler.generate,
}
_EMBEDDINGS: dict[str, Callable[[Any], Any]] = {
    "/embeddings": embeddings.openai,
    ":embedContent": embeddings.gemini,
    ":batchEmbedContents": embeddings.gemini,
    "/api/embed": embeddings.ollama,
}


def _safe(value: str) -> str:
    return value.replace(KEY, "<key>").split(";")[0]
