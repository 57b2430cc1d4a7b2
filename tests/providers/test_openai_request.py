"""Requests in the OpenAI chat dialect. Expected bodies are those that the reference sends, seen by a fake server."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_request import Wording, encode
from agnolo.providers.profiles import Dialect, OutputSupport
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message, ToolCall

OPENAI = ROWS["openai"].site.dialect
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
USER = Message(role="user", content="hi")
CALL = ToolCall.of("call_1", "f", '{"x": 1}')
WIRE_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
TOOL = ToolSpec(
    name="f",
    description="Get f.",
    parameters={"type": "object", "properties": {"x": {"type": "integer"}}, "required": []},
)
WIRE_TOOL = {"name": "f", "description": "Get f.", "parameters": TOOL.parameters}
SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "string", "default": "x"}},
    "required": ["a"],
}
STRICT = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
    "required": ["a", "b"],
    "additionalProperties": False,
}
FREE = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": True}}}


def body(*messages: Message, dialect: Dialect = OPENAI, wording: dict[str, Any] | None = None, **request: Any) -> Any:
    asked = ModelRequest(messages=messages or (USER,), **request)
    return json.loads(
        encode(asked, Wording(**{"model": "gpt", "dialect": dialect, "parameters": {}, **(wording or {})}))
    )


def sent(message: Message, dialect: Dialect = OPENAI) -> Any:
    return body(message, dialect=dialect)["messages"][0]


def test_a_plain_request() -> None:
    assert body(Message(role="system", content="sys"), USER) == {
        "model": "gpt",
        "messages": [{"role": "developer", "content": "sys"}, {"role": "user", "content": "hi"}],
    }


def test_a_streamed_request_asks_for_the_usage() -> None:
    asked = body(USER, stream=True)
    assert (asked["stream"], asked["stream_options"]) == (True, {"include_usage": True})


def test_system_messages_go_by_the_vendors_role() -> None:
    compatible = Dialect()
    assert sent(Message(role="system", content="s"), compatible)["role"] == "system"
    assert sent(Message(role="developer", content="s"), compatible)["role"] == "system"
    assert sent(Message(role="developer", content="s"))["role"] == "developer"


def test_a_role_map_is_laid_over_the_vendors_roles() -> None:
    messages = body(Message(role="system", content="s"), USER, wording={"role_map": {"system": "system"}})["messages"]
    assert [m["role"] for m in messages] == ["system", "user"]


def test_a_conversation_with_tools() -> None:
    conversation = [
        Message(role="user", content="hi", name="bob"),
        Message(role="assistant", tool_calls=[CALL]),
        Message(role="tool", tool_call_id="call_1", tool_name="f", content="ok"),
        Message(role="tool", tool_call_id="call_1", tool_name="f", content=None, tool_call_error=True),
        Message(role="assistant", content="fine", tool_calls=[CALL], reasoning_content="thought"),
        Message(role="assistant", content=None),
    ]
    assert body(*conversation)["messages"] == [
        {"role": "user", "content": "hi", "name": "bob"},
        {"role": "assistant", "content": "", "tool_calls": [WIRE_CALL]},
        {"role": "tool", "content": "ok", "tool_call_id": "call_1"},
        {"role": "tool", "content": "", "tool_call_id": "call_1"},
        {"role": "assistant", "content": "fine", "tool_calls": [WIRE_CALL]},
        {"role": "assistant", "content": ""},
    ]


def test_earlier_reasoning_goes_back_to_vendors_that_want_it() -> None:
    answer = Message(
        role="assistant", content="a", reasoning_content="r", provider_data={"reasoning_details": [{"type": "t"}]}
    )
    assert sent(answer) == {"role": "assistant", "content": "a"}
    assert sent(answer, Dialect(echo_reasoning=True)) == {"role": "assistant", "content": "a", "reasoning_content": "r"}
    assert sent(answer, Dialect(echo_details=True)) == {
        "role": "assistant",
        "content": "a",
        "reasoning_details": [{"type": "t"}],
    }


def test_content_parts_are_sent_as_given_and_joined_where_only_text_is_taken() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    picture = {"type": "image_url", "image_url": {"url": "http://a/b.png"}}
    assert sent(Message(role="user", content=parts))["content"] == parts
    assert sent(Message(role="user", content=parts), Dialect(flat_text=True))["content"] == "ab"
    assert sent(Message(role="user", content=[picture]), Dialect(flat_text=True))["content"] == [picture]


def test_parameters_win_over_everything() -> None:
    asked = body(USER, stream=True, wording={"parameters": {"temperature": 0, "seed": None, "stream_options": {}}})
    assert (asked["temperature"], asked["seed"], asked["stream_options"]) == (0, None, {})


# ---- tools


def test_tools_are_offered_with_builtin_ones_after_them() -> None:
    asked = body(USER, tools=[TOOL], builtin_tools=[{"type": "web_search"}])
    assert asked["tools"] == [{"type": "function", "function": WIRE_TOOL}, {"type": "web_search"}]
    assert "tool_choice" not in asked


def test_a_tool_without_description_says_so_with_an_empty_text() -> None:
    asked = body(USER, tools=[ToolSpec(name="f", parameters=TOOL.parameters)])
    assert asked["tools"][0]["function"]["description"] == ""


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("required", "required"),
        ("none", "none"),
        ("auto", "auto"),
        ("f", {"type": "function", "function": {"name": "f"}}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}),
    ],
)
def test_the_tool_choice_is_sent(choice: Any, expected: Any) -> None:
    assert body(USER, tools=[TOOL], tool_choice=choice)["tool_choice"] == expected


def test_a_tool_choice_without_tools_is_not_sent() -> None:
    assert "tool_choice" not in body(USER, tool_choice="auto")


def test_vendors_that_can_not_forbid_tools_are_offered_none() -> None:
    asked = body(USER, dialect=Dialect(can_forbid_tools=False), tools=[TOOL], tool_choice="none")
    assert not {"tools", "tool_choice"} & asked.keys()


def strict_tool() -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {"x": {"type": "integer"}},
        "required": ["x"],
        "additionalProperties": False,
    }
    return {**WIRE_TOOL, "parameters": parameters, "strict": True}


def test_a_strict_tool_is_sent_in_strict_form() -> None:
    asked = body(USER, tools=[ToolSpec(name="f", description="Get f.", parameters=TOOL.parameters, strict=True)])
    assert asked["tools"][0]["function"] == strict_tool()


def test_tools_are_strict_beside_a_strict_output_where_they_can_be() -> None:
    output = OutputFormat(name="P", schema=SCHEMA)
    free = ToolSpec(name="g", description="", parameters=FREE)
    loose = ToolSpec(name="f", description="Get f.", parameters=TOOL.parameters, strict=False)
    functions = [t["function"] for t in body(USER, tools=[TOOL, free, loose], output=output)["tools"]]
    assert functions == [strict_tool(), {"name": "g", "description": "", "parameters": FREE}, WIRE_TOOL]


def test_tools_stay_loose_beside_outputs_that_are_not_enforced() -> None:
    for output in (
        OutputFormat(name="P", schema=SCHEMA, native=False),
        OutputFormat(name="P", schema=SCHEMA, strict=False),
    ):
        assert body(USER, tools=[TOOL], output=output)["tools"][0]["function"] == WIRE_TOOL


# ---- output


@pytest.mark.parametrize(
    ("output", "wording", "expected"),
    [
        (OutputFormat(name="P", schema=SCHEMA), {}, {"name": "P", "schema": STRICT, "strict": True}),
        (
            OutputFormat(name="P", schema=SCHEMA),
            {"strict_output": False},
            {"name": "P", "schema": STRICT, "strict": False},
        ),
        (OutputFormat(name="P", schema=SCHEMA, strict=False), {}, {"name": "P", "schema": SCHEMA}),
        (OutputFormat(name="P", schema=FREE), {}, {"name": "P", "schema": FREE, "strict": False}),
    ],
)
def test_a_native_output_is_a_schema(output: OutputFormat, wording: dict[str, Any], expected: Any) -> None:
    form = body(USER, output=output, wording=wording)["response_format"]
    assert form == {"type": "json_schema", "json_schema": expected}


@pytest.mark.parametrize(
    ("json_mode", "alone", "beside_tools"),
    [("always", True, True), ("without tools", True, False), ("never", False, False)],
)
def test_an_output_that_is_not_native_is_json_mode_where_that_is_allowed(
    json_mode: Any, alone: bool, beside_tools: bool
) -> None:
    dialect = Dialect(output=OutputSupport(json_mode=json_mode))
    output = OutputFormat(name="P", schema=SCHEMA, native=False)
    asked = body(USER, dialect=dialect, output=output)
    assert asked.get("response_format") == ({"type": "json_object"} if alone else None)
    asked = body(USER, dialect=dialect, output=output, tools=[TOOL])
    assert asked.get("response_format") == ({"type": "json_object"} if beside_tools else None)


# ---- media


def data_url(kind: str, raw: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image(url="http://a/b.png"), {"url": "http://a/b.png"}),
        (Image(url="http://a/b.png", detail="low"), {"url": "http://a/b.png", "detail": "low"}),
        (Image(content=PNG), {"url": data_url("image/png", PNG)}),
        (Image(content=b"\xff\xd8\xff\xe0x"), {"url": data_url("image/jpeg", b"\xff\xd8\xff\xe0x")}),
        (Image(content=b"RIFF1234WEBPx"), {"url": data_url("image/webp", b"RIFF1234WEBPx")}),
        (Image(content=b"zz", format="webp"), {"url": data_url("image/webp", b"zz")}),
        (Image(content=b"zz", format="jpg"), {"url": data_url("image/jpeg", b"zz")}),
        (Image(content=b"zz", mime_type="image/gif"), {"url": data_url("image/gif", b"zz")}),
        (Image(content=b"zz"), {"url": data_url("image/jpeg", b"zz")}),
    ],
)
def test_images_are_sent_by_url_or_as_data(image: Image, expected: dict[str, str]) -> None:
    assert sent(Message(role="user", content="hi", images=[image]))["content"] == [
        {"type": "text", "text": "hi"},
        {"type": "image_url", "image_url": expected},
    ]


@pytest.mark.parametrize(("name", "kind"), [("a.webp", "image/webp"), ("a.bin", "image/jpeg"), ("a", "image/jpeg")])
def test_an_image_file_is_typed_by_its_name_if_its_bytes_do_not_tell(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"zz")
    content = sent(Message(role="user", content="hi", images=[Image(filepath=str(tmp_path / name))]))["content"]
    assert content[1]["image_url"]["url"] == data_url(kind, b"zz")


@pytest.mark.parametrize(
    ("sound", "form"),
    [
        (Audio(content=b"abc"), "wav"),
        (Audio(content=b"abc", format="mp3"), "mp3"),
        (Audio(content=b"abc", mime_type="audio/mpeg"), "mp3"),
    ],
)
def test_audio_is_sent_with_its_format(sound: Audio, form: str) -> None:
    content = sent(Message(role="user", content="hi", audio=[sound]))["content"]
    assert content[1] == {"type": "input_audio", "input_audio": {"data": "YWJj", "format": form}}


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [
        (File(content=b"abc"), "file", "application/pdf"),
        (File(content=b"abc", filename="x.pdf"), "x.pdf", "application/pdf"),
        (File(content=b"abc", mime_type="text/plain", filename="x.txt"), "x.txt", "text/plain"),
    ],
)
def test_files_are_sent_before_the_text(file: File, name: str, kind: str) -> None:
    content = sent(Message(role="user", content="hi", files=[file]))["content"]
    assert content == [
        {"type": "file", "file": {"filename": name, "file_data": data_url(kind, b"abc")}},
        {"type": "text", "text": "hi"},
    ]


def test_a_file_on_disk_is_sent_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"abc")
    content = sent(Message(role="user", content="hi", files=[File(filepath=str(tmp_path / "a.txt"))]))["content"]
    assert content[0]["file"] == {"filename": "a.txt", "file_data": data_url("text/plain", b"abc")}


def test_media_of_all_kinds_stand_in_the_references_order() -> None:
    message = Message(
        role="user",
        content="hi",
        images=[Image(url="http://a/b.png")],
        audio=[Audio(content=b"abc")],
        files=[File(content=b"1"), File(content=b"2")],
    )
    kinds = [part["type"] for part in sent(message)["content"]]
    assert kinds == ["file", "file", "text", "image_url", "input_audio"]
    assert sent(message)["content"][0]["file"]["file_data"] == data_url("application/pdf", b"2")


def test_media_without_text_and_beside_parts_are_sent() -> None:
    image = Image(url="http://a/b.png")
    shown = {"type": "image_url", "image_url": {"url": "http://a/b.png"}}
    assert sent(Message(role="user", images=[image]))["content"] == [shown]
    parts = [{"type": "text", "text": "a"}, "b"]
    assert sent(Message(role="user", content=parts, images=[image]))["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
        shown,
    ]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message(role="user", images=[Image(filepath="/nowhere/a.png")]), "Image '/nowhere/a.png' can't be read"),
        (Message(role="user", audio=[Audio(url="http://a/b.mp3")]), "Audio 'http://a/b.mp3' is given by URL"),
        (Message(role="user", files=[File(url="http://a/b.pdf")]), "fetch it and pass File"),
    ],
)
def test_a_medium_that_can_not_be_sent_is_the_callers_error(message: Message, text: str) -> None:
    with pytest.raises(InputError, match=text):
        body(message)


def test_video_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        assert sent(Message(role="user", content="hi", videos=[Video(url="http://a/v.mp4")]))["content"] == "hi"
    assert "takes no video: 1 left out" in caplog.text
