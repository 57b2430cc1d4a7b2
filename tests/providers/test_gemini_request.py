"""What is asked of Gemini: the body of a request, for messages, media, tools and output forms."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.gemini_request import Wording, encode
from agnolo.providers.gemini_schema import accepted
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message, ToolCall

OLD, NEW = "gemini-2.5-flash", "gemini-3-pro-preview"
PNG = b"\x89PNG\r\n\x1a\nxx"
WEATHER = ToolSpec(
    name="get_weather",
    description="Weather.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
DECLARED = {
    "functionDeclarations": [
        {"name": "get_weather", "description": "Weather.", "parametersJsonSchema": WEATHER.parameters}
    ]
}
PERSON = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def body(*messages: Message, model: str = OLD, wording: dict[str, Any] | None = None, **request: Any) -> Any:
    asked = ModelRequest(messages=messages or (Message(role="user", content="hi"),), **request)
    return json.loads(encode(asked, Wording(model=model, **{"config": {}, **(wording or {})})))


def turns(*messages: Message, model: str = OLD) -> Any:
    return body(*messages, model=model)["contents"]


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def inline(raw: bytes, kind: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": b64(raw)}}


def called(*calls: tuple[str, str, str], text: str | None = None, parts: Any = None) -> Message:
    return Message(
        role="assistant",
        content=text,
        tool_calls=[ToolCall.of(*call) for call in calls],
        provider_data=None if parts is None else {"gemini_parts": parts},
    )


def result(call_id: str, name: str | None, content: str, **fields: Any) -> Message:
    return Message(role="tool", tool_call_id=call_id, tool_name=name, content=content, **fields)


# ---- conversation


def test_a_question_is_one_turn_and_nothing_else() -> None:
    assert body() == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_neighbours_of_one_role_share_a_turn() -> None:
    said = [("user", "a"), ("assistant", "b"), ("user", "c"), ("user", "d")]
    assert turns(*(Message(role=role, content=text) for role, text in said)) == [  # type: ignore[arg-type]
        {"role": "user", "parts": [{"text": "a"}]},
        {"role": "model", "parts": [{"text": "b"}]},
        {"role": "user", "parts": [{"text": "c"}, {"text": "d"}]},
    ]


def test_all_instructions_stand_apart_from_the_turns() -> None:
    asked = body(
        Message(role="system", content="S"), Message(role="developer", content="D"), Message(role="user", content="u")
    )
    assert asked["systemInstruction"] == {"role": "user", "parts": [{"text": "S"}, {"text": "D"}]}
    assert asked["contents"] == [{"role": "user", "parts": [{"text": "u"}]}]


def test_instructions_alone_are_refused_before_google_refuses_them() -> None:
    with pytest.raises(InputError, match="needs a message besides the instructions"):
        body(Message(role="system", content="S"))


def test_an_empty_answer_in_the_history_is_left_out() -> None:
    said = [Message(role="user", content="a"), Message(role="assistant", content=""), Message(role="user", content="b")]
    assert turns(*said) == [{"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}]


def test_parts_of_a_gemini_reply_go_back_exactly_as_they_came() -> None:
    parts = [
        {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s0"},
        {"text": "Let me "},
        {"text": "see", "thoughtSignature": "s1"},
        {"functionCall": {"name": "f", "args": {"a": 1}, "id": "g1"}, "thoughtSignature": "s2"},
        {"functionCall": {"name": "g"}},
        {"text": "", "thoughtSignature": "s3"},
    ]
    said = called(("g1", "f", '{"a":1}'), ("call_ours", "g", "{}"), text="Let me see", parts=parts)
    told = turns(Message(role="user", content="x"), said, result("g1", "f", "1"), result("call_ours", "g", "2"))
    assert told[1:] == [
        {"role": "model", "parts": parts},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "g1", "name": "f", "response": {"result": "1"}}},
                {"functionResponse": {"name": "g", "response": {"result": "2"}}},
            ],
        },
    ]


@pytest.mark.parametrize(
    "parts",
    [
        [{"text": "before", "thoughtSignature": "s"}],
        [{"functionCall": {"name": "other"}, "thoughtSignature": "s"}, {"text": "now"}],
        ["nonsense"],
        "nonsense",
    ],
)
def test_an_edited_answer_is_told_as_it_is_now(parts: Any) -> None:
    said = Message(role="assistant", content="now", provider_data={"gemini_parts": parts})
    assert turns(Message(role="user", content="x"), said)[1] == {"role": "model", "parts": [{"text": "now"}]}


def test_calls_of_another_vendors_model_are_told_without_ids() -> None:
    said = called(("c1", "f", '{"a":1}'), ("c2", "g", ""), ("c3", "h", "[1]"), text="let")
    results = [result("c1", None, "r1"), result("c2", "g", "r2"), result("c3", "h", "r3")]
    assert turns(Message(role="user", content="x"), said, *results, Message(role="user", content="y"))[1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "let"},
                {"functionCall": {"name": "f", "args": {"a": 1}}},
                {"functionCall": {"name": "g", "args": {}}},
                {"functionCall": {"name": "h", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "f", "response": {"result": "r1"}}},
                {"functionResponse": {"name": "g", "response": {"result": "r2"}}},
                {"functionResponse": {"name": "h", "response": {"result": "r3"}}},
                {"text": "y"},
            ],
        },
    ]


def test_unsigned_calls_get_the_stand_in_that_gemini_3_wants() -> None:
    said = called(("c1", "f", "{}"), ("c2", "g", "{}"))
    assert turns(Message(role="user", content="x"), said, model=NEW)[1]["parts"] == [
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "skip_thought_signature_validator"},
        {"functionCall": {"name": "g", "args": {}}},
    ]


def test_results_come_first_whatever_tools_add_between_them() -> None:
    told = turns(
        called(("c1", "f", "{}"), ("c2", "g", "{}")),
        result("c1", "f", "1", images=[Image(content=PNG)]),
        Message(role="user", content="What f returned:"),
        result("c2", "g", "2"),
    )
    assert told[1]["parts"] == [
        {"functionResponse": {"name": "f", "response": {"result": "1"}}},
        {"functionResponse": {"name": "g", "response": {"result": "2"}}},
        inline(PNG, "image/png"),
        {"text": "What f returned:"},
    ]


def test_a_result_of_no_known_tool_is_refused() -> None:
    with pytest.raises(InputError, match="'c9' names no tool"):
        body(Message(role="user", content="x"), result("c9", None, "r"))


# ---- media


def test_media_stand_where_the_reference_puts_them() -> None:
    asked = Message(
        role="user",
        content="hi",
        images=[Image(content=PNG)],
        audio=[Audio(content=b"zz")],
        videos=[Video(content=b"vv", mime_type="video/quicktime")],
        files=[File(content=b"%PDF hi")],
    )
    assert turns(asked)[0]["parts"] == [
        inline(b"vv", "video/quicktime"),
        {"text": "hi"},
        inline(PNG, "image/png"),
        inline(b"zz", "audio/mp3"),
        inline(b"%PDF hi", "application/pdf"),
    ]


@pytest.mark.parametrize(
    ("media", "part"),
    [
        ({"images": [Image(content=b"zz")]}, inline(b"zz", "image/jpeg")),
        ({"images": [Image(content=b"zz", format="jpg")]}, inline(b"zz", "image/jpeg")),
        ({"images": [Image(content=b"zz", format="gif")]}, inline(b"zz", "image/gif")),
        ({"images": [Image(content=b"RIFF1234WEBP")]}, inline(b"RIFF1234WEBP", "image/webp")),
        ({"audio": [Audio(content=b"RIFF1234WAVE")]}, inline(b"RIFF1234WAVE", "audio/wav")),
        ({"audio": [Audio(content=b"zz", format="wav")]}, inline(b"zz", "audio/wav")),
        ({"videos": [Video(content=b"zz")]}, inline(b"zz", "video/mp4")),
        ({"files": [File(content=b"zz", mime_type="text/csv")]}, inline(b"zz", "text/csv")),
        (
            {"videos": [Video(url="https://youtu.be/abc")]},
            {"fileData": {"fileUri": "https://youtu.be/abc", "mimeType": "video/mp4"}},
        ),
        (
            {"images": [Image(url="gs://bucket/a.png")]},
            {"fileData": {"fileUri": "gs://bucket/a.png", "mimeType": "image/png"}},
        ),
        (
            {"files": [File(url="https://x/files/a", mime_type="text/plain")]},
            {"fileData": {"fileUri": "https://x/files/a", "mimeType": "text/plain"}},
        ),
        ({"images": [Image(url="data:image/webp;base64,enp6")]}, inline(b"zzz", "image/webp")),
        ({"files": [File(url="data:text/plain,a%20b")]}, inline(b"a b", "text/plain")),
        ({"files": [File(url="data:,a")]}, inline(b"a", "text/plain")),
    ],
)
def test_a_medium_is_sent_with_its_kind(media: dict[str, Any], part: dict[str, Any]) -> None:
    assert turns(Message(role="user", **media)) == [{"role": "user", "parts": [part]}]


def test_a_file_on_disk_is_sent_with_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "n.md").write_bytes(b"# hi")
    asked = Message(role="user", files=[File(filepath=str(tmp_path / "n.md"))])
    assert turns(asked)[0]["parts"] == [inline(b"# hi", "text/markdown")]


def test_a_file_that_can_not_be_read_is_told() -> None:
    with pytest.raises(InputError, match=r"File '/nowhere\.pdf' can't be read"):
        body(Message(role="user", files=[File(filepath="/nowhere.pdf")]))


def test_content_parts_of_the_openai_dialect_are_understood() -> None:
    content = [
        "plain",
        {"type": "text", "text": "x"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
        {"type": "file", "file": {"filename": "a", "file_data": "data:application/pdf;base64,aGk="}},
        {"fileData": {"fileUri": "files/1"}},
    ]
    assert turns(Message(role="user", content=content))[0]["parts"] == [
        {"text": "plain"},
        {"text": "x"},
        inline(b"hi", "image/png"),
        {"fileData": {"fileUri": "https://x/a.png"}},
        inline(b"hi", "audio/mp3"),
        inline(b"hi", "application/pdf"),
        {"fileData": {"fileUri": "files/1"}},
    ]


@pytest.mark.parametrize("part", [{"type": "hologram"}, {"type": "file", "file": {"file_id": "f1"}}])
def test_a_content_part_of_unknown_form_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"type '{part['type']}' can't be sent to Gemini"):
        body(Message(role="user", content=[part]))


# ---- tools


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("any", {"mode": "ANY"}),
        ("validated", {"mode": "VALIDATED"}),
        ("get_weather", {"mode": "ANY", "allowedFunctionNames": ["get_weather"]}),
        (
            {"type": "function", "function": {"name": "get_weather"}},
            {"mode": "ANY", "allowedFunctionNames": ["get_weather"]},
        ),
        ({"mode": "ANY", "allowedFunctionNames": ["a", "b"]}, {"mode": "ANY", "allowedFunctionNames": ["a", "b"]}),
    ],
)
def test_tools_are_offered_forced_or_forbidden(choice: Any, calling: dict[str, Any]) -> None:
    asked = body(tools=[WEATHER], tool_choice=choice)
    assert asked["tools"] == [DECLARED]
    assert asked["toolConfig"] == {"functionCallingConfig": calling}


def test_without_a_choice_nothing_is_said_of_it() -> None:
    asked = body(tools=[WEATHER, ToolSpec(name="ping", parameters={"type": "object", "properties": {}})])
    assert "toolConfig" not in asked
    assert asked["tools"][0]["functionDeclarations"][1] == {
        "name": "ping",
        "description": "",
        "parametersJsonSchema": {"type": "object", "properties": {}},
    }


def test_googles_own_tools_stand_alone_before_gemini_3(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        asked = body(
            tools=[WEATHER], builtin_tools=[{"urlContext": {}}], wording={"server_tools": [{"googleSearch": {}}]}
        )
    assert asked["tools"] == [{"googleSearch": {}}, {"urlContext": {}}]
    assert "toolConfig" not in asked
    assert caplog.messages == ["gemini-2.5-flash takes no functions beside Google's own tools: get_weather left out"]


def test_gemini_3_takes_functions_beside_googles_own_tools() -> None:
    asked = body(tools=[WEATHER], tool_choice="auto", builtin_tools=[{"googleSearch": {}}], model=NEW)
    assert asked["tools"] == [{"googleSearch": {}}, DECLARED]
    assert asked["toolConfig"] == {
        "functionCallingConfig": {"mode": "AUTO"},
        "includeServerSideToolInvocations": True,
    }


def test_a_schema_is_told_in_words_that_gemini_takes() -> None:
    given = {
        "$schema": "x",
        "type": "object",
        "properties": {
            "const": {"const": 1},
            "n": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
            "r": {"type": "number", "exclusiveMinimum": 0.5},
            "u": {"oneOf": [{"type": "string"}, {"const": None}], "discriminator": {"propertyName": "k"}},
            "l": {"type": "array", "items": {"const": "a"}, "prefixItems": [{"const": "b"}, True]},
            "m": {"type": "object", "propertyNames": {}, "additionalProperties": {"const": 2}},
            "ref": {"allOf": [{"$ref": "#/$defs/D"}], "description": "d"},
            "two": {"allOf": [{"type": "string"}, {"minLength": 1}]},
        },
        "$defs": {"D": {"type": "string", "examples": ["e"]}},
        "additionalProperties": False,
    }
    assert accepted(given) == {
        "type": "object",
        "properties": {
            "const": {"enum": [1]},
            "n": {"type": "integer", "minimum": 1, "maximum": 8},
            "r": {"type": "number", "minimum": 0.5},
            "u": {"anyOf": [{"type": "string"}, {"enum": [None]}]},
            "l": {"type": "array", "items": {"enum": ["a"]}, "prefixItems": [{"enum": ["b"]}, True]},
            "m": {"type": "object", "additionalProperties": {"enum": [2]}},
            "ref": {"$ref": "#/$defs/D", "description": "d"},
            "two": {"allOf": [{"type": "string"}, {"minLength": 1}]},
        },
        "$defs": {"D": {"type": "string"}},
        "additionalProperties": False,
    }


# ---- output


def test_a_schema_is_enforced_natively() -> None:
    asked = body(output=OutputFormat(name="p", schema=PERSON), wording={"config": {"temperature": 0.5}})
    assert asked["generationConfig"] == {
        "temperature": 0.5,
        "responseMimeType": "application/json",
        "responseJsonSchema": PERSON,
    }


def test_json_mode_has_no_schema() -> None:
    asked = body(output=OutputFormat(name="p", schema=PERSON, native=False))
    assert asked["generationConfig"] == {"responseMimeType": "application/json"}


def test_beside_tools_the_schema_is_told_in_words_before_gemini_3() -> None:
    asked = body(output=OutputFormat(name="p", schema=PERSON), tools=[WEATHER])
    assert "generationConfig" not in asked
    [told] = asked["systemInstruction"]["parts"]
    assert told["text"].endswith(json.dumps(PERSON, separators=(",", ":")))


def test_beside_tools_json_mode_is_left_to_the_prompt_before_gemini_3() -> None:
    asked = body(output=OutputFormat(name="p", schema=PERSON, native=False), tools=[WEATHER])
    assert "generationConfig" not in asked
    assert "systemInstruction" not in asked


def test_gemini_3_takes_tools_and_a_schema_together() -> None:
    asked = body(output=OutputFormat(name="p", schema=PERSON), tools=[WEATHER], model=NEW)
    assert asked["generationConfig"] == {"responseMimeType": "application/json", "responseJsonSchema": PERSON}
    assert asked["tools"] == [DECLARED]


def test_what_the_user_adds_wins_field_by_field() -> None:
    extra = {"generationConfig": {"topK": 1}, "labels": {"a": "b"}, "safetySettings": [1]}
    wording = {"config": {"topK": 9, "seed": 3}, "fields": {"safetySettings": [2]}, "extra": extra}
    assert body(wording=wording) == {
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "generationConfig": {"topK": 1, "seed": 3},
        "labels": {"a": "b"},
        "safetySettings": [1],
    }
