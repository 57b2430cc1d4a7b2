"""One turn of the local model, as plain sync code: call a tool, repeat a tool's result, answer in JSON or in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from agnolo.ports.model import FinishReason, ModelReply, ModelRequest, OutputFormat, ToolSpec
from agnolo.providers import local_prompt as prompt
from agnolo.providers.local_grammar import follows, json_of, repeating
from agnolo.providers.local_statements import NOTING_TOOL, noted, recalled, with_statements
from agnolo.providers.local_tools import chosen, filling, required_part
from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.errors import ModelBadRequestError, ModelProtocolError
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.metrics import MessageMetrics

Emit = Callable[[str], bool]
"""Takes a piece of text; returns True when nobody wants more."""


class Writer(Protocol):
    """The loaded language model, as far as a turn needs it."""

    def stream(self, body: dict[str, Any], on_chunk: Callable[[dict[str, Any]], bool]) -> None: ...


class Sampling(NamedTuple):
    """How the model writes."""

    model: str
    max_tokens: int
    temperature: float
    top_p: float | None
    seed: int | None


class Turn:
    """One request being answered. Make one a request."""

    def __init__(self, writer: Writer, sampling: Sampling, emit: Emit) -> None:
        self._writer = writer
        self._sampling = sampling
        self._allowed = sampling.max_tokens
        self._emit = emit
        self._started = time.monotonic()
        self._first_token: float | None = None
        self._timings: dict[str, Any] = {}
        self._read = self._written = self._cached = 0

    def answer(self, request: ModelRequest) -> ModelReply:
        """The reply; its text has been given to `emit` on the way, its tool calls have not."""
        self._allowed = request.max_output_tokens or self._allowed
        said = prompt.plain(request.messages)
        if (notes := noted(request)) is not None:
            return self._noted(notes)
        known = recalled(request.messages)
        tool = chosen(request, known)
        if tool is not None:
            return self._call(tool, prompt.question(request.messages))
        result = prompt.current_result(request.messages)
        if request.output is not None:
            return self._structured(request.output, request.messages, result)
        if result is not None:
            return self._told(
                result.question, result.text, prompt.LEAD_INS_FAILED if result.failed else prompt.LEAD_INS
            )
        if known is not None:
            return self._told(prompt.question(request.messages), known, prompt.LEAD_INS_RECALLED)
        return self._reply(*self._write(said))

    def _noted(self, notes: Sequence[str]) -> ModelReply:
        calls = [
            ToolCall.of(f"call_{new_id()}", NOTING_TOOL, dumps({"memory": note, "topics": []}).decode())
            for note in notes
        ]
        if not calls:
            return ModelReply(content="Done.", metrics=self._metrics())
        return ModelReply(tool_calls=calls, finish_reason="tool_calls", metrics=self._metrics())

    def _call(self, tool: ToolSpec, asked: str) -> ModelReply:
        arguments = "{}"
        schema = required_part(tool.parameters)
        if schema is not None:
            asked_for = f"the arguments of {tool.name!r}"
            arguments, _ = self._write_json(filling(tool, schema, asked), schema, asked_for, aloud=False)
        call = ToolCall.of(new_id(), tool.name, arguments)
        return ModelReply(tool_calls=[call], finish_reason="tool_calls", metrics=self._metrics())

    def _structured(
        self, output: OutputFormat, messages: Sequence[Message], result: prompt.Result | None
    ) -> ModelReply:
        turns = prompt.plain(messages, prompt.SYSTEM_JSON)
        if result is not None:
            turns.append(prompt.turn("user", f"Information: {result.text}"))
        schema = with_statements(output.schema, prompt.question(messages))
        return self._reply(*self._write_json(turns, schema, f"the JSON of {output.name!r}"))

    def _told(self, question: str, text: str, lead_ins: Sequence[str]) -> ModelReply:
        """Answer with a given text: word for word if it is short, as the model likes if it is long."""
        text = prompt.inert(text)
        grammar = None
        if len(text) <= prompt.MAX_REPEATED:
            grammar = repeating(lead_ins, text, prompt.ending(text))
        return self._reply(*self._write(prompt.with_answer(question, text), grammar))

    def _write_json(
        self, turns: list[prompt.Turn], schema: dict[str, Any], what: str, *, aloud: bool = True
    ) -> tuple[str, FinishReason]:
        """One completion under a schema. Raises when it is unfinished or was not written under the schema."""
        text, finish = self._write(turns, json_of(schema), aloud=aloud, one_line=True)
        if not follows(text, schema, whole=finish != "length"):
            raise ModelBadRequestError(
                f"{what} did not come out as JSON of the schema: it is contradictory or uses what llguidance does not "
                "know (https://github.com/guidance-ai/llguidance/blob/main/docs/json_schema.md)",
                provider="Local",
                model=self._sampling.model,
            )
        if finish == "length":
            raise ModelProtocolError(
                f"{what} did not end within max_tokens={self._sampling.max_tokens} (it ends with {text[-40:]!r}): "
                "raise Local(max_tokens=…) or give the schema shorter strings",
                provider="Local",
                model=self._sampling.model,
                code="length",
                retryable=False,
            )
        return text, finish

    def _write(
        self, turns: list[prompt.Turn], grammar: str | None = None, *, aloud: bool = True, one_line: bool = False
    ) -> tuple[str, FinishReason]:
        """One completion: its text and why it ended. What is not said aloud is not emitted.

        A second line ends what must be one line: the grammar that forbids it has been dropped.
        """
        pieces: list[str] = []
        finish: list[str] = []

        def on_chunk(chunk: dict[str, Any]) -> bool:
            self._count(chunk)
            piece = ""
            for choice in chunk["choices"]:
                finish.extend(filter(None, [choice.get("finish_reason")]))
                piece += choice["delta"].get("content") or ""
            pieces.append(piece)
            if piece and self._first_token is None:
                self._first_token = time.monotonic() - self._started
            if one_line and "\n" in piece:
                return True
            return self._emit(piece if aloud else "")

        self._writer.stream(self._body(turns, grammar), on_chunk)
        return "".join(pieces), "length" if finish == ["length"] else "stop"

    def _body(self, turns: list[prompt.Turn], grammar: str | None) -> dict[str, Any]:
        how = self._sampling
        body: dict[str, Any] = {
            "messages": turns,
            "max_tokens": min(how.max_tokens, self._allowed),
            "temperature": how.temperature,
        }
        optional = {"top_p": how.top_p, "seed": how.seed, "grammar": grammar}
        return body | {name: value for name, value in optional.items() if value is not None}

    def _count(self, chunk: dict[str, Any]) -> None:
        usage = chunk.get("usage")
        if usage:
            self._read += usage["prompt_tokens"]
            self._written += usage["completion_tokens"]
            self._cached += usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
            self._timings = chunk.get("timings", {})

    def _reply(self, text: str, finish: FinishReason) -> ModelReply:
        return ModelReply(content=text, finish_reason=finish, metrics=self._metrics())

    def _metrics(self) -> MessageMetrics:
        return MessageMetrics(
            input_tokens=self._read,
            output_tokens=self._written,
            total_tokens=self._read + self._written,
            cache_read_tokens=self._cached,
            duration=time.monotonic() - self._started,
            time_to_first_token=self._first_token,
            provider_metrics=self._timings or None,
        )
