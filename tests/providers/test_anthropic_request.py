"""Requests of Anthropic Messages. Expected bodies are those that the reference sends, seen by a fake server, and
besides: the tool choice, errors of tools marked as such, images by URL, and no empty texts and descriptions."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers import anthropic_families
from agnolo.providers.anthropic_request import SystemPromptBlock, Wording, encode
from agnolo.providers.anthropic_schema import closed, fitted
from agnolo.vocabulary.errors import ConfigurationError, InputError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.anthropic_bodies import BLOCKS

USER = Message(role="user", content="hi")
HI = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
PNG = b"\x89PNG\r\n\x1a\nzz"
TOOL = ToolSpec(
    name="f",
    description="Get f.",
    parameters={
        "type": "object",
        "properties": {"x": {"type": "integer"}, "o": {"type": "object", "properties": {"y": {"type": "string"}}}},
        "required": ["x"],
    },
)
WIRE_TOOL = {
    "name": "f",
    "description": "Get f.",
    "input_schema": {
        "type": "object",
        "properties": {
            "x": {"type": "integer"},
            "o": {"type": "object", "properties": {"y": {"type": "string"}}, "additionalProperties": False},
        },
        "required": ["x"],
        "additionalProperties": False,
    },
}


def body(*messages: Message, wording: dict[str, Any] | None = None, **request: Any) -> Any:
    asked = ModelRequest(messages=messages or (USER,), **request)
    return json.loads(encode(asked, Wording(**{"model": "claude", "parameters": {}, **(wording or {})})))


def turns(*messages: Message, **wording: Any) -> Any:
    return body(*messages, wording=wording)["messages"]


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def use(call_id: str, **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "f", "input": given}


# ---- conversations


def test_a_plain_request() -> None:
    assert body() == {"model": "claude", "messages": [HI]}
    assert body(stream=True, wording={"parameters": {"max_tokens": 9}}) == {
        "model": "claude",
        "messages": [HI],
        "stream": True,
        "max_tokens": 9,
    }


def test_a_conversation_with_tools_alternates_between_user_and_assistant() -> None:
    calls = [ToolCall.of("c1", "f", '{"x": 1}'), ToolCall.of("c2", "f", '{"x": ')]
    asked = body(
        Message(role="system", content="sys"),
        Message(role="developer", content="dev"),
        Message(role="user", content="hi", name="bob"),
        Message(role="assistant", content="let me", tool_calls=calls, reasoning_content="others' thoughts"),
        Message(role="tool", tool_call_id="c1", tool_name="f", content="ok"),
        Message(role="tool", tool_call_id="c2", tool_name="f", content=None, tool_call_error=True),
        Message(role="user", content="more"),
        Message(role="assistant", content="done"),
        Message(role="assistant", content=" "),
        Message(role="user", content=""),
    )
    assert asked["system"] == [text("sys dev")]
    assert asked["messages"] == [
        HI,
        {"role": "assistant", "content": [text("let me"), use("c1", x=1), use("c2")]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "ok"},
                {"type": "tool_result", "tool_use_id": "c2", "content": "", "is_error": True},
                text("more"),
            ],
        },
        {"role": "assistant", "content": [text("done")]},
    ]


def test_an_answer_goes_back_block_by_block_as_it_came() -> None:
    calls = [ToolCall.of("toolu_1", "f", '{"x": 1}'), ToolCall.of("toolu_2", "g", "{}")]
    answer = Message(role="assistant", content="x", tool_calls=calls, provider_data={"content_blocks": BLOCKS})
    assert turns(USER, answer) == [HI, {"role": "assistant", "content": BLOCKS}]


def test_of_a_kept_answer_calls_that_never_ran_and_empty_texts_are_left_out() -> None:
    blocks = [{"type": "thinking", "thinking": "t", "signature": "s"}, text(""), use("never"), "nonsense"]
    answer = Message(role="assistant", provider_data={"content_blocks": blocks})
    assert turns(USER, answer) == [HI, {"role": "assistant", "content": blocks[:1]}]


def test_thinking_that_was_kept_with_its_signature_alone_goes_back() -> None:
    answer = Message(role="assistant", content="a", reasoning_content="t", provider_data={"signature": "s"})
    thought = {"type": "thinking", "thinking": "t", "signature": "s"}
    assert turns(USER, answer)[1]["content"] == [thought, text("a")]


def test_of_two_answers_in_one_turn_only_the_later_ones_thinking_stays() -> None:
    def answer(name: str) -> Message:
        thoughts = [{"type": kind, "thinking": name} for kind in ("thinking", "redacted_thinking")]
        return Message(role="assistant", provider_data={"content_blocks": [*thoughts, text(name)]})

    (_, said) = turns(USER, answer("a"), answer("b"))
    assert [(block["type"], block.get("thinking")) for block in said["content"]] == [
        ("text", None),
        ("thinking", "b"),
        ("redacted_thinking", "b"),
        ("text", None),
    ]


def test_the_user_has_the_last_word_where_the_model_wants_it() -> None:
    answer = Message(role="assistant", content="a")
    assert turns(USER, answer, trailing="continue")[-1] == {"role": "user", "content": [text("continue")]}
    assert turns(USER, answer)[-1]["role"] == "assistant"
    assert turns(USER, trailing="continue") == [HI]


def test_parameters_win_over_everything() -> None:
    assert body(stream=True, wording={"parameters": {"stream": False, "service_tier": "auto"}}) == {
        "model": "claude",
        "messages": [HI],
        "stream": False,
        "service_tier": "auto",
    }


# ---- system prompts


def test_parts_of_the_system_prompt_are_cached_each_for_its_time() -> None:
    blocks = [
        SystemPromptBlock(text="b"),
        SystemPromptBlock(text="c", cache=False),
        SystemPromptBlock(text="d", ttl="5m"),
    ]
    hour = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    short = {"cache_control": {"type": "ephemeral"}}
    wording = {"system_blocks": blocks, "cache_system": True, "ttl": "1h"}
    asked = body(Message(role="system", content="a"), USER, wording=wording)
    assert asked["system"] == [text("a") | hour, text("b") | hour, text("c"), text("d") | short]
    plain = body(Message(role="system", content="a"), USER, wording={"cache_system": True})
    assert plain["system"] == [text("a") | short]


def test_a_longer_cache_after_a_shorter_one_is_refused_with_the_fix() -> None:
    wording = {"system_blocks": [SystemPromptBlock(text="b", ttl="1h")], "cache_system": True}
    with pytest.raises(ConfigurationError, match="extended_cache_time=True"):
        body(Message(role="system", content="a"), wording=wording)


# ---- tools and output


def test_tools_are_offered_with_builtin_ones_after_them() -> None:
    search = {"type": "web_search_20250305", "name": "web_search"}
    bare = ToolSpec(name="g", parameters={}, strict=True)
    asked = body(tools=[TOOL, bare], builtin_tools=[search], wording={"cache_tools": True})
    empty = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    assert asked["tools"] == [
        WIRE_TOOL,
        {"name": "g", "description": "", "input_schema": empty, "strict": True},
        search | {"cache_control": {"type": "ephemeral"}},
    ]
    assert "cache_control" not in search


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("any", {"type": "any"}),
        ("f", {"type": "tool", "name": "f"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
        (
            {"type": "auto", "disable_parallel_tool_use": True},
            {"type": "auto", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_the_choice_of_tools_in_anthropics_words(choice: Any, expected: Any) -> None:
    assert body(tools=[TOOL], tool_choice=choice).get("tool_choice") == expected
    assert "tool_choice" not in body(tool_choice=choice)


def test_skills_run_in_the_container_of_the_last_answer() -> None:
    skill = {"type": "anthropic", "skill_id": "pptx", "version": "latest"}
    answers = [
        Message(role="assistant", content="a", provider_data={"container": {"id": name}}) for name in ("old", "new")
    ]
    asked = body(USER, *answers, USER, wording={"skills": [skill]})
    assert asked["container"] == {"skills": [skill], "id": "new"}
    assert asked["tools"] == [{"type": "code_execution_20250825", "name": "code_execution"}]
    assert body(wording={"skills": [skill]})["container"] == {"skills": [skill]}


def test_the_form_of_the_answer_joins_what_else_is_configured() -> None:
    output = OutputFormat(name="o", schema={"type": "object", "properties": {"a": {"type": "integer"}}})
    form = {
        "type": "json_schema",
        "schema": {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    }
    asked = body(output=output, wording={"parameters": {"output_config": {"effort": "low"}}})
    assert asked["output_config"] == {"effort": "low", "format": form}
    assert "output_config" not in body(output=output, wording={"native_output": False})
    assert "output_config" not in body(output=OutputFormat(name="o", schema={}, native=False))


def test_schemas_are_cut_to_what_is_enforced_and_the_rest_is_told() -> None:
    schema = {
        "$defs": {"In": {"type": "object", "title": "In", "properties": {"n": {"type": "integer", "minimum": 1}}}},
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/In", "description": "dropped"},
            "b": {"type": "string", "description": "bee", "minLength": 2, "default": "x"},
            "c": {"type": "array", "items": {"$ref": "#/$defs/In"}, "minItems": 1, "maxItems": 3},
            "d": {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "odd"}]},
            "e": {"type": "string", "enum": ["x", "y"]},
            "f": {"type": ["string", "null"]},
            "g": {"type": "object", "additionalProperties": {"type": "integer"}},
            "h": {"allOf": [{"const": 1}]},
            "i": {"type": "array", "minItems": 2},
        },
        "required": ["a"],
        "additionalProperties": True,
    }
    assert fitted(schema) == {
        "$defs": {
            "In": {
                "type": "object",
                "title": "In",
                "properties": {"n": {"type": "integer", "description": '{"minimum":1}'}},
                "additionalProperties": False,
            }
        },
        "type": "object",
        "properties": {
            "a": {"$ref": "#/$defs/In"},
            "b": {"type": "string", "description": 'bee\n\n{"minLength":2,"default":"x"}'},
            "c": {"type": "array", "items": {"$ref": "#/$defs/In"}, "minItems": 1, "description": '{"maxItems":3}'},
            "d": {
                "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "description": '{"format":"odd"}'}]
            },
            "e": {"enum": ["x", "y"]},
            "f": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "g": {
                "type": "object",
                "properties": {},
                "additionalProperties": False,
                "description": '{"additionalProperties":{"type":"integer"}}',
            },
            "h": {"allOf": [{"const": 1}]},
            "i": {"type": "array", "description": '{"minItems":2}'},
        },
        "required": ["a"],
        "additionalProperties": False,
    }


def test_arguments_with_names_take_no_others_at_any_depth() -> None:
    inner = {"type": "object", "properties": {"y": {"type": "string"}}}
    shut = inner | {"additionalProperties": False}
    free = {"type": "object", "additionalProperties": {"type": "string"}}
    schema = {
        "type": "object",
        "properties": {"a": {"anyOf": [inner, True]}, "b": {"type": "array", "items": inner}, "c": free, "d": True},
        "$defs": {"In": inner},
    }
    assert closed(schema) == {
        "type": "object",
        "properties": {"a": {"anyOf": [shut, True]}, "b": {"type": "array", "items": shut}, "c": free, "d": True},
        "$defs": {"In": shut},
        "additionalProperties": False,
    }


# ---- media


def test_images_and_documents_follow_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("é".encode())
    message = Message(
        role="user",
        content="hi",
        images=[
            Image(content=PNG),
            Image(url="http://a/b.png"),
            Image(content=b"RIFF1234WEBP"),
        ],
        files=[
            File(content=b"%PDF"),
            File(filepath=str(tmp_path / "a.md")),
            File(content=b"\xff{}", mime_type="application/json"),
            File(url="http://a/b.pdf"),
        ],
    )
    cited = {"citations": {"enabled": True}}

    def document(**source: str) -> dict[str, Any]:
        return {"type": "document", "source": source} | cited

    assert turns(message)[0]["content"] == [
        text("hi"),
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgp6eg=="}},
        {"type": "image", "source": {"type": "url", "url": "http://a/b.png"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "UklGRjEyMzRXRUJQ"}},
        document(type="base64", media_type="application/pdf", data="JVBERg=="),
        document(type="text", media_type="text/plain", data="é"),
        document(type="text", media_type="text/plain", data="�{}"),
        document(type="url", url="http://a/b.pdf"),
    ]


def test_citations_are_off_when_asked_or_when_the_answer_is_held_to_a_schema() -> None:
    message = Message(role="user", files=[File(content=b"%PDF")])
    plain = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}}
    assert turns(message, citations=False)[0]["content"] == [plain]
    output = OutputFormat(name="o", schema={"type": "object"})
    assert body(message, output=output)["messages"][0]["content"] == [plain]
    assert body(message, output=output, wording={"native_output": False})["messages"][0]["content"] != [plain]


def test_content_parts_are_sent_as_given_and_openais_images_translated() -> None:
    given = {"type": "document", "source": {"type": "file", "file_id": "f"}}
    parts = [
        text("a"),
        "b",
        text(""),
        given,
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,eno="}},
        {"type": "image_url", "image_url": "http://a/b.png"},
    ]
    inline = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "eno="}}
    linked = {"type": "image", "source": {"type": "url", "url": "http://a/b.png"}}
    assert turns(Message(role="user", content=parts))[0]["content"] == [text("a"), text("b"), given, inline, linked]


def test_a_tool_may_answer_with_a_picture() -> None:
    result = Message(role="tool", tool_call_id="c", content="see", images=[Image(content=b"GIF89a")])
    shown = {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lGODlh"}}
    assert turns(result)[0]["content"] == [{"type": "tool_result", "tool_use_id": "c", "content": [text("see"), shown]}]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (Message(role="user", images=[Image(content=b"zz", format="tiff")]), "Image is 'image/tiff'.*convert it"),
        (Message(role="user", images=[Image(filepath="/nowhere.png")]), "Image '/nowhere.png' can't be read: No such"),
        (Message(role="user", files=[File(filepath="/nowhere.pdf")]), "File '/nowhere.pdf' can't be read"),
        (Message(role="user", files=[File(url="http://a", mime_type="text/csv")]), "'http://a' is 'text/csv' by URL"),
    ],
)
def test_media_that_can_not_be_sent_are_told(message: Message, why: str) -> None:
    with pytest.raises(InputError, match=why):
        body(message)


def test_what_anthropic_does_not_take_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(role="user", content="hi", audio=[Audio(content=b"a")], videos=[Video(content=b"a")])
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        assert turns(message) == [HI]
    assert caplog.messages == ["Anthropic takes no audio and no videos: left out of a message"]


# ---- families


@pytest.mark.parametrize(
    ("model", "version"),
    [
        ("claude-3-opus-20240229", (3, 0)),
        ("claude-3-5-haiku-latest", (3, 5)),
        ("claude-sonnet-4-20250514", (4, 0)),
        ("claude-sonnet-4", (4, 0)),
        ("claude-sonnet-4@20250514", (4, 0)),
        ("claude-opus-4-1-20250805", (4, 1)),
        ("anthropic/claude-sonnet-4-5-20250929", (4, 5)),
        ("us.anthropic.claude-sonnet-4-6-v1:0", (4, 6)),
        ("claude-sonnet-5-5", (5, 5)),
        ("claude-opus-4-10", (4, 10)),
        ("claude-next", (99, 0)),
        ("claude-3", (99, 0)),
        ("smollm2", None),
    ],
)
def test_versions_are_read_from_ids(model: str, version: Any) -> None:
    assert anthropic_families.version(model) == version


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-3-5-haiku-latest", (True, True, True, False, False)),
        ("claude-3-7-sonnet-latest", (True, True, True, False, True)),
        ("claude-sonnet-4-20250514", (True, True, True, False, True)),
        ("claude-opus-4-1", (True, True, True, True, True)),
        ("claude-sonnet-4-5", (True, True, True, True, True)),
        ("claude-sonnet-4-6", (True, True, False, True, True)),
        ("claude-opus-4-7", (False, False, False, True, True)),
        ("claude-sonnet-5-5", (False, False, False, True, True)),
        ("smollm2", (True, True, True, True, True)),
    ],
)
def test_what_families_accept(model: str, expected: tuple[bool, ...]) -> None:
    f = anthropic_families
    asked = (f.accepts_sampling, f.accepts_budget, f.accepts_prefill, f.accepts_schema, f.thinks)
    assert tuple(question(model) for question in asked) == expected
