"""What the mock provider says: the OpenAI chat request it reads and the bytes it answers with."""

from __future__ import annotations

import json
import re

import msgspec

SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\nx-request-id: req_mock\r\n\r\n"
)
_TOKEN_COUNT = re.compile(r"@n(\d+)")
_CREATED = 1_760_000_000
_SLOT = "@@@@@@"


class Message(msgspec.Struct):
    role: str = ""


class StreamOptions(msgspec.Struct):
    include_usage: bool = False


class ChatRequest(msgspec.Struct):
    model: str
    messages: list[Message]
    stream: bool = False
    stream_options: StreamOptions | None = None

    def wants_tool(self) -> bool:
        return "tool" in self.model and bool(self.messages) and self.messages[-1].role != "tool"

    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    def tokens(self, default: int) -> int:
        named = _TOKEN_COUNT.search(self.model)
        return int(named.group(1)) if named else default


def chunk(model: str, choices: str, counts: str = "null", extra: str = "") -> bytes:
    """One HTTP chunk with one SSE frame."""
    body = (
        f'data: {{"id":"chatcmpl-BmockAbCdEfGhIjKlMnOpQrSt","object":"chat.completion.chunk","created":{_CREATED},'
        f'"model":{json.dumps(model)},"service_tier":"default","system_fingerprint":"fp_mock000001",'
        f'"choices":[{choices}],"usage":{counts}{extra}}}\n\n'
    ).encode()
    return framed(body)


def framed(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def delta(content: str, finish: str = "null") -> str:
    """One entry of a chunk's choices."""
    return f'{{"index":0,"delta":{content},"logprobs":null,"finish_reason":{finish}}}'


def usage(prompt: int, completion: int) -> str:
    return (
        f'{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{prompt + completion},'
        '"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,'
        '"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
    )


def document(status: str, body: str) -> bytes:
    content = body.encode()
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%b"
    ) % (status.encode(), len(content), content)


def problem(status: str, message: str) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return document(status, json.dumps({"error": error}))


def completion(request: ChatRequest, message: str, finish: str, counts: str) -> bytes:
    return document(
        "200 OK",
        f'{{"id":"chatcmpl-BmockAbCdEfGhIjKlMnOpQrSt","object":"chat.completion","created":{_CREATED},'
        f'"model":{json.dumps(request.model)},"choices":[{{"index":0,"message":{message},"logprobs":null,'
        f'"finish_reason":"{finish}"}}],"usage":{counts},"service_tier":"default","system_fingerprint":"fp_mock000001"}}',
    )


def tail(request: ChatRequest, finish: str, counts: str) -> bytes:
    last = chunk(request.model, delta("{}", f'"{finish}"'))
    counted = chunk(request.model, "", counts) if request.wants_usage() else b""
    return last + counted + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def streamed_call(request: ChatRequest, call_id: str, counts: str) -> bytes:
    opening = f'{{"index":0,"id":"{call_id}","type":"function","function":{{"name":"get_weather","arguments":""}}}}'
    deltas = (
        f'{{"role":"assistant","content":null,"tool_calls":[{opening}]}}',
        r'{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}',
        r'{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]}',
    )
    parts = [chunk(request.model, delta(part)) for part in deltas]
    return b"".join(parts) + tail(request, "tool_calls", counts)


def whole_call(call_id: str) -> str:
    function = r'{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}'
    call = f'{{"id":"{call_id}","type":"function","function":{function}}}'
    return f'{{"role":"assistant","content":null,"tool_calls":[{call}],"refusal":null}}'


def token_frame(model: str) -> tuple[bytes, bytes]:
    """A token's chunk before and after its stamp."""
    text = f'{{"content":" ~{_SLOT}"}}'
    before, after = chunk(model, delta(text), extra=',"obfuscation":"aB3dE6"').split(_SLOT.encode())
    return before, after


def opening_frame(model: str) -> bytes:
    return chunk(model, delta('{"role":"assistant","content":"","refusal":null}'))


def model_list() -> bytes:
    model = f'{{"id":"mock","object":"model","created":{_CREATED},"owned_by":"mock"}}'
    return document("200 OK", f'{{"object":"list","data":[{model}]}}')
