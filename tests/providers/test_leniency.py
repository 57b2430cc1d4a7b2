"""One odd field does not spoil a reply: what is plainly meant is taken, the rest counts as not said."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from agnolo.ports.model import ModelReply
from agnolo.providers import anthropic_reply, gemini_reply, ollama_reply, openai_reply, openai_responses_reply
from agnolo.providers.leniency import mended
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.metrics import MessageMetrics
from tests.providers import decoding

ODD: list[Any] = [None, True, -1, 7.5, "odd", "", [], ["odd"], [None], [[]], {}, {"odd": [1]}]


def read(dialect: str, said: Any) -> ModelReply:
    return decoding.reply_of(decoding.events(dialect, "whole", [json.dumps(said).encode()]))


def streamed(dialect: str, *said: Any) -> ModelReply:
    end = b"\n" if dialect == "ollama" else b"\n\n"
    start = b"" if dialect == "ollama" else b"data: "
    return decoding.reply_of(
        decoding.events(dialect, "stream", [start + json.dumps(one).encode() + end for one in said])
    )


# ---- every field of every dialect, with every odd value


def chat(top: dict[str, Any], choice: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    said = {"message": {"content": "hi", **message}, "finish_reason": "stop", **choice}
    return {"id": "c", "choices": [said], **top}


def ollama(top: dict[str, Any], message: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    return {"message": {"content": "hi", **message}, "done": True, **top}


def gemini(top: dict[str, Any], candidate: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    said = {"content": {"parts": [{"text": "hi", **part}]}, "finishReason": "STOP", **candidate}
    return {"candidates": [said], **top}


def messages(top: dict[str, Any], block: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": "hi", **block}], "stop_reason": "end_turn", **top}


def responses(top: dict[str, Any], item: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    said = {"type": "message", "content": [{"type": "output_text", "text": "hi", **part}], **item}
    return {"id": "r", "status": "completed", "output": [said], **top}


MAKERS = {"chat": chat, "ollama": ollama, "gemini": gemini, "messages": messages, "responses": responses}


def names(*kinds: type[msgspec.Struct], but: str) -> list[str]:
    return [name for kind in kinds for name in kind.__struct_encode_fields__ if name not in but.split()]


# Left out is what says which answer is meant, that it is an error, or what it says.
FIELDS = {
    "chat": [
        names(openai_reply.Chunk, but="choices error"),
        names(openai_reply.Choice, but="index delta message error finish_reason"),
        names(openai_reply.Delta, but="content refusal reasoning_content reasoning tool_calls function_call"),
    ],
    "ollama": [
        names(ollama_reply.Line, but="message error done done_reason response thinking"),
        names(ollama_reply.Said, but="content thinking tool_calls"),
        [],
    ],
    "gemini": [
        names(gemini_reply.Chunk, but="candidates promptFeedback error"),
        names(gemini_reply.Candidate, but="index content finishReason"),
        ["thoughtSignature", "functionCall", "inlineData", "fileData", "videoMetadata"],
    ],
    "messages": [
        names(anthropic_reply.Spoken, but="content stop_reason error"),
        ["citations", "cache_control"],
        [],
    ],
    "responses": [
        names(openai_responses_reply.Response, but="status error output"),
        ["id", "role", "status", "phase"],
        ["annotations", "logprobs"],
    ],
}
EVERY = [
    (dialect, level, name) for dialect, levels in FIELDS.items() for level, named in enumerate(levels) for name in named
]


@pytest.mark.parametrize(("dialect", "level", "name"), EVERY)
def test_an_odd_field_leaves_the_answer_alone(dialect: str, level: int, name: str) -> None:
    for odd in ODD:
        said = MAKERS[dialect](*({name: odd} if level == here else {} for here in range(3)))
        reply = read(dialect, said)
        assert (reply.content, reply.finish_reason) == ("hi", "stop"), (name, odd)


# ---- what is plainly meant


CALLED = [ToolCall.of("c1", "f", '{"a":1}')]


def called(**fields: Any) -> dict[str, Any]:
    call = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": '{"a":1}'}, **fields}
    return chat({}, {"finish_reason": "tool_calls"}, {"content": None, "tool_calls": [call]})


@pytest.mark.parametrize(
    "said",
    [
        called(),
        called(index="0"),
        called(index=None),
        called(index="first"),
        called(type=7, extra=[1]),
        called(function={"name": "f", "arguments": {"a": 1}}),
        called(function={"name": "f", "arguments": {"a": 1}, "strict": None}),
        chat({}, {}, {"content": None, "tool_calls": {"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}}}),
        chat({}, {}, {"content": None, "tool_calls": [None, "x", called()["choices"][0]["message"]["tool_calls"][0]]}),
        {**called(), "choices": called()["choices"][0]},
    ],
)
def test_calls_of_a_chat(said: Any) -> None:
    assert read("chat", said).tool_calls == CALLED


@pytest.mark.parametrize("arguments", [None, "", {}, []])
def test_no_arguments_are_an_empty_object(arguments: Any) -> None:
    [call] = read("chat", called(function={"name": "f", "arguments": arguments})).tool_calls
    assert call.function.arguments == "{}"


def test_numbers_for_names_and_ids() -> None:
    assert read("chat", called(id=7, function={"name": 8, "arguments": "{}"})).tool_calls == [
        ToolCall.of("7", "8", "{}")
    ]
    item = {"type": "function_call", "call_id": 7, "name": 8, "arguments": "{}"}
    assert read("responses", {"output": [item]}).tool_calls == [ToolCall.of("7", "8", "{}")]


@pytest.mark.parametrize(
    "content",
    [
        {"type": "text", "text": "hi"},
        {"content": "hi"},
        [{"type": "text", "text": "h"}, {"type": "text", "text": "i"}],
        [{"type": "text", "text": "hi"}, None, 7, {"text": {}}],
    ],
)
def test_content_in_an_object_or_in_parts(content: Any) -> None:
    assert read("chat", chat({}, {}, {"content": content})).content == "hi"


def test_thoughts_among_the_parts_of_mistral() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}
    reply = read("chat", chat({}, {}, {"content": [thought, {"type": "text", "text": "hi"}]}))
    assert (reply.content, reply.reasoning_content) == ("hi", "so")


@pytest.mark.parametrize("reasoning", ["so", {"text": "so"}, [{"text": "s"}, {"content": "o"}]])
def test_reasoning_in_every_form(reasoning: Any) -> None:
    assert read("chat", chat({}, {}, {"reasoning": reasoning})).reasoning_content == "so"


@pytest.mark.parametrize("index", ["0", 0.0, None, "x", [], {}])
def test_an_index_that_is_no_number_is_the_first(index: Any) -> None:
    assert read("chat", chat({}, {"index": index}, {})).content == "hi"


USAGE = {"prompt_tokens": "3", "completion_tokens": 2.0, "total_tokens": None, "prompt_tokens_details": []}
COUNTED = MessageMetrics(input_tokens=3, output_tokens=2, total_tokens=5)


def test_counts_that_are_strings_and_in_another_place() -> None:
    assert read("chat", chat({"usage": USAGE}, {}, {})).metrics == COUNTED
    assert read("chat", chat({}, {"usage": USAGE}, {})).metrics == COUNTED
    assert read("chat", chat({"x_groq": {"usage": USAGE}}, {}, {})).metrics == COUNTED
    assert read("ollama", ollama({"prompt_eval_count": "3", "eval_count": 2.0}, {}, {})).metrics == COUNTED
    usage = {"promptTokenCount": "3", "candidatesTokenCount": 2, "totalTokenCount": "5"}
    assert read("gemini", gemini({"usageMetadata": usage}, {}, {})).metrics == COUNTED
    assert read("messages", messages({"usage": {"input_tokens": "3", "output_tokens": 2}}, {}, {})).metrics == COUNTED
    assert (
        read("gemini", gemini({"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2}}, {}, {})).metrics
        == COUNTED
    )


@pytest.mark.parametrize("count", ["many", "-3", "3.5", "９", "9" * 20, 1e300, -1, True, None, [], {}])
def test_counts_that_say_nothing(count: Any) -> None:
    assert read("chat", chat({"usage": {"prompt_tokens": count}}, {}, {})).metrics.output_tokens == 0


def test_a_stream_without_choices_but_with_usage() -> None:
    choice = {"delta": {"content": "hi"}, "finish_reason": None}
    reply = streamed(
        "chat",
        {"choices": [choice]},
        {"choices": [], "usage": None},
        {"choices": [{"delta": None, "finish_reason": "stop"}], "usage": []},
        {"choices": None, "usage": USAGE},
        {"usage": USAGE},
    )
    assert (reply.content, reply.metrics) == ("hi", COUNTED)


@pytest.mark.parametrize("finish", ["brand_new", 7])
def test_a_reason_to_finish_that_is_not_known_is_other(finish: Any) -> None:
    assert read("chat", chat({}, {"finish_reason": finish}, {})).finish_reason == "other"
    assert read("ollama", ollama({"done_reason": finish}, {}, {})).finish_reason == "other"
    assert read("messages", messages({"stop_reason": finish}, {}, {})).finish_reason == "other"
    if finish != 7:
        assert read("gemini", gemini({}, {"finishReason": finish}, {})).finish_reason == "other"


def test_content_of_messages_and_responses_as_bare_text() -> None:
    assert read("messages", {"content": "hi", "stop_reason": "end_turn"}).content == "hi"
    assert read("responses", {"output": [{"type": "message", "content": "hi"}]}).content == "hi"


def test_a_lone_part_or_candidate_of_gemini() -> None:
    part = {"text": "hi"}
    assert read("gemini", {"candidates": {"content": {"parts": part}, "finishReason": "STOP"}}).content == "hi"
    call = {"functionCall": {"name": "f", "args": '{"a":1}'}}
    [made] = read("gemini", gemini({}, {"content": {"parts": [call, "x", None]}}, {})).tool_calls
    assert (made.function.name, made.function.arguments) == ("f", '{"a":1}')


def test_a_call_without_an_id_gets_one_and_keeps_it_when_it_goes_back() -> None:
    block = {"type": "tool_use", "id": None, "name": "f", "input": {"a": 1}}
    thinking = {"type": "thinking", "thinking": "so", "signature": "s"}
    reply = read("messages", {"content": [thinking, block], "stop_reason": "tool_use"})
    [call] = reply.tool_calls
    assert call.id.startswith("toolu_")
    assert (reply.provider_data or {})["content_blocks"][1]["id"] == call.id


@pytest.mark.parametrize("dialect", list(MAKERS))
def test_calls_that_share_an_id_are_told_apart(dialect: str) -> None:
    function = {"name": "f", "arguments": "{}"}
    twice: dict[str, Any] = {
        "chat": chat({}, {}, {"tool_calls": [{"index": index, "id": "c1", "function": function} for index in (0, 1)]}),
        "ollama": ollama({}, {"tool_calls": [{"id": "c1", "function": function}] * 2}, {}),
        "gemini": gemini({}, {"content": {"parts": [{"functionCall": {"id": "c1", "name": "f"}}] * 2}}, {}),
        "messages": {"content": [{"type": "tool_use", "id": "c1", "name": "f"}] * 2, "stop_reason": "tool_use"},
        "responses": {"output": [{"type": "function_call", "call_id": "c1", **function}] * 2},
    }
    first, second = read(dialect, twice[dialect]).tool_calls
    assert (first.id, first.function) == ("c1", second.function)
    assert second.id not in ("", "c1")


def test_calls_of_ollama_in_every_form() -> None:
    function = {"name": "f", "arguments": {"a": 1}}
    for calls in ([{"id": "c1", "function": function}], {"id": "c1", "function": function}):
        assert read("ollama", ollama({}, {"tool_calls": calls}, {})).tool_calls == CALLED
    assert streamed("ollama", ollama({"done": "true"}, {}, {})).content == "hi"
    [call] = read(
        "ollama", ollama({}, {"tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": []}}]}, {})
    ).tool_calls
    assert call == ToolCall.of("c1", "f", "{}")


@pytest.mark.parametrize(
    ("dialect", "event"),
    [
        ("messages", {"type": "brand_new", "index": "x", "delta": 7}),
        ("responses", {"type": "response.brand_new", "delta": {"a": 1}, "output_index": "x"}),
        ("responses", {"type": "response.output_item.added", "item": [], "output_index": 0}),
    ],
)
def test_unknown_events_with_odd_fields_are_passed_over(dialect: str, event: Any) -> None:
    told = {
        "messages": [
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "hi"}},
            {"type": "message_stop"},
        ],
        "responses": [{"type": "response.completed", "response": responses({}, {}, {})}],
    }
    assert streamed(dialect, event, *told[dialect]).content == "hi"


# ---- the mending itself


class Inner(msgspec.Struct):
    n: int = 0
    f: float = 0.0
    b: bool = False


class Outer(msgspec.Struct):
    inner: Inner | None = None
    inners: list[Inner] | msgspec.UnsetType | None = msgspec.UNSET
    texts: list[str] = []
    either: str | list[Any] | None = None
    table: dict[str, Any] | None = None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"inner": {"n": "3", "f": "1.5", "b": "true"}}, Outer(Inner(3, 1.5, True))),
        ({"inner": {"n": True, "f": [], "b": 7}}, Outer(Inner())),
        ({"inner": {"n": 10**30, "f": "much"}}, Outer(Inner(10**30))),
        ({"inner": [], "inners": {"n": 1}}, Outer(None, [Inner(1)])),
        ({"inners": [7, {"n": 1}, None]}, Outer(None, [Inner(1)])),
        ({"inners": None, "texts": ["a", 1, None, {}]}, Outer(None, None, ["a", "1"])),
        ({"inners": "x", "texts": None, "either": 7}, Outer(either="7")),
        ({"either": {"a": 1}, "table": []}, Outer(either=[{"a": 1}])),
        ({"either": [1], "table": {"a": 1}}, Outer(either=[1], table={"a": 1})),
    ],
)
def test_what_fits_is_kept(said: Any, meant: Outer) -> None:
    assert mended(json.dumps(said).encode(), Outer) == meant


@pytest.mark.parametrize("said", [b"7", b"[]", b'"x"', b"null", b"{", b"\xff"])
def test_what_is_no_object_is_not_mended(said: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        mended(said, Outer)
