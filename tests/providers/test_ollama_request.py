"""Requests in Ollama's own dialect. Expected bodies are those that the reference sends, seen by a fake server, and
besides: thinking and tool names go back, the output form also when streaming, and no empty lists."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.ollama_request import encode
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message, ToolCall

USER = Message(role="user", content="hi")
PARAMETERS = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": []}
TOOL = ToolSpec(name="f", description="Get f.", parameters=PARAMETERS)
OTHER = ToolSpec(name="g", parameters=PARAMETERS)
WIRE_TOOL = {"type": "function", "function": {"name": "f", "description": "Get f.", "parameters": PARAMETERS}}
WIRE_OTHER = {"type": "function", "function": {"name": "g", "description": "", "parameters": PARAMETERS}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def body(*messages: Message, parameters: dict[str, Any] | None = None, **request: Any) -> Any:
    asked = ModelRequest(messages=messages or (USER,), **request)
    return json.loads(encode(asked, model="llama3.1", parameters=parameters or {}))


def sent(message: Message) -> Any:
    return body(message)["messages"][0]


def test_streaming_is_always_said_because_silence_means_a_stream() -> None:
    plain = {"model": "llama3.1", "messages": [{"role": "user", "content": "hi"}]}
    assert body() == plain | {"stream": False}
    assert body(stream=True) == plain | {"stream": True}


def test_a_conversation_with_tools() -> None:
    conversation = [
        Message(role="system", content="sys"),
        Message(role="user", content="hi", name="bob"),
        Message(role="assistant", reasoning_content="so", tool_calls=[ToolCall.of("c1", "f", '{"x": 1}')]),
        Message(role="tool", tool_call_id="c1", tool_name="f", content="ok"),
        Message(role="tool", tool_call_id="c2", content=None, tool_call_error=True),
        Message(role="developer", content="dev"),
        Message(role="assistant", content="done"),
    ]
    assert body(*conversation)["messages"] == [
        {"role": "system", "content": "sys"},
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": "",
            "thinking": "so",
            "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}],
        },
        {"role": "tool", "content": "ok", "tool_name": "f"},
        {"role": "tool", "content": ""},
        {"role": "system", "content": "dev"},
        {"role": "assistant", "content": "done"},
    ]


@pytest.mark.parametrize("garbled", ['{"x": ', "[1]", ""])
def test_arguments_that_are_no_object_are_sent_as_an_empty_one(garbled: str) -> None:
    called = sent(Message(role="assistant", tool_calls=[ToolCall.of("c", "f", garbled)]))
    assert called["tool_calls"] == [{"type": "function", "function": {"name": "f", "arguments": {}}}]


def test_parameters_win_over_everything() -> None:
    given = {"options": {"temperature": 0}, "keep_alive": "5m", "think": True, "format": "json", "stream": True}
    asked = body(parameters=given, output=OutputFormat(name="o", schema=SCHEMA))
    assert {name: asked[name] for name in given} == given


def test_the_output_form_is_a_schema_or_just_json() -> None:
    assert body(output=OutputFormat(name="o", schema=SCHEMA), stream=True)["format"] == SCHEMA
    assert body(output=OutputFormat(name="o", schema=SCHEMA, native=False))["format"] == "json"


# ---- tools


@pytest.mark.parametrize(
    ("choice", "expected", "warned"),
    [
        (None, [WIRE_TOOL, WIRE_OTHER, {"type": "own"}], False),
        ("auto", [WIRE_TOOL, WIRE_OTHER, {"type": "own"}], False),
        ("required", [WIRE_TOOL, WIRE_OTHER, {"type": "own"}], True),
        ("g", [WIRE_OTHER], False),
        ({"type": "function", "function": {"name": "g"}}, [WIRE_OTHER], False),
        ({"type": "tool", "name": "f"}, [WIRE_TOOL], False),
        ({"type": "own"}, [WIRE_TOOL, WIRE_OTHER, {"type": "own"}], True),
    ],
)
def test_a_choice_of_tools_is_made_by_what_is_offered(
    choice: Any, expected: Any, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        asked = body(tools=[TOOL, OTHER], builtin_tools=[{"type": "own"}], tool_choice=choice)
    assert asked["tools"] == expected
    assert "tool_choice" not in asked
    assert ("can't be made to call a tool" in caplog.text) is warned


def test_forbidden_tools_are_left_out() -> None:
    assert "tools" not in body(tools=[TOOL], tool_choice="none")


# ---- media


def test_images_go_as_plain_base64(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"file")
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,cGFydA=="}}
    short = {"type": "image_url", "image_url": "data:image/png;base64,cGFydA=="}
    message = Message(
        role="user",
        content=[{"type": "text", "text": "look"}, part, short, "!"],
        images=[Image(content=b"raw"), Image(filepath=str(tmp_path / "a.png"))],
    )
    encoded = [base64.b64encode(raw).decode() for raw in (b"part", b"part", b"raw", b"file")]
    assert sent(message) == {"role": "user", "content": "look!", "images": encoded}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Message(role="user", images=[Image(url="http://a/b.png")]), "'http://a/b.png' is given by URL"),
        (Message(role="user", content=[{"image_url": {"url": "http://a/b.png"}}]), "'http://a/b.png' is given by URL"),
        (Message(role="user", images=[Image(filepath="/nowhere.png")]), "'/nowhere.png' can't be read: No such file"),
        (Message(role="user", content=[{"image_url": "data:image/png;base64,*"}]), "is no base64"),
    ],
)
def test_images_that_can_not_be_sent_are_told(message: Message, text: str) -> None:
    with pytest.raises(InputError, match=text):
        body(message)


def test_what_ollama_does_not_take_is_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(
        role="user",
        content="hi",
        audio=[Audio(content=b"a")],
        files=[File(content=b"a")],
        videos=[Video(content=b"a")],
    )
    with caplog.at_level(logging.WARNING, "agnolo.providers"):
        assert sent(message) == {"role": "user", "content": "hi"}
    assert caplog.messages == ["Ollama takes no audio and no files and no videos: left out of a message"]
