"""Conversations, tools and output forms as the body of a Responses request."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from agnolo.ports.model import ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.openai_responses_items import Keeper
from agnolo.providers.openai_responses_request import Wording, encode
from agnolo.providers.profiles import OPENAI, Dialect
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.openai_responses_frames import said, thought

HI = Message(role="user", content="hi")
ORIGIN = {"provider": "OpenAI", "model": "m"}
OPEN = Keeper("OpenAI", "m", sealed=False)
CITY = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}
STRICT_CITY = {**CITY, "required": ["city", "days"], "additionalProperties": False}


def wording(**fields: Any) -> Wording:
    whole: dict[str, Any] = {
        "keeper": Keeper("OpenAI", "m", sealed=True), "dialect": OPENAI.dialect, "parameters": {}, **fields
    }  # fmt: skip
    return Wording(**whole)


def body(*messages: Message, words: Wording | None = None, **fields: Any) -> dict[str, Any]:
    return json.loads(encode(ModelRequest(messages=messages or [HI], **fields), words or wording()))


def sent(*messages: Message, **fields: Any) -> list[Any]:
    return body(*messages, words=wording(**fields))["input"]


def spoken(text: str) -> dict[str, Any]:
    """An assistant's words as they go back."""
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


# ---- messages


def test_a_conversation() -> None:
    conversation = [
        Message(role="system", content="be nice"),
        Message(role="developer", content="be brief"),
        Message(role="user", content="hi", name="Ann"),
        Message(role="assistant", content="let me see", tool_calls=[ToolCall.of("call_1", "f", '{"a":1}')]),
        Message(role="tool", content="42", tool_call_id="call_1"),
        Message(role="tool", content=None, tool_call_id="call_2"),
        Message(role="assistant", content=None),
        Message(role="user"),
    ]
    assert body(*conversation) == {
        "model": "m",
        "input": [
            {"role": "developer", "content": "be nice"},
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": "hi"},
            spoken("let me see"),
            {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}', "status": "completed"},
            {"type": "function_call_output", "call_id": "call_1", "output": "42"},
            {"type": "function_call_output", "call_id": "call_2", "output": ""},
            spoken(""),
            {"role": "user", "content": ""},
        ],
    }


def test_roles_can_be_renamed() -> None:
    assert sent(Message(role="system", content="s"), role_map={"system": "system"}) == [
        {"role": "system", "content": "s"}
    ]


def test_servers_that_know_no_developer_hear_the_system() -> None:
    told = [Message(role="system", content="a"), Message(role="developer", content="b")]
    roles = [item["role"] for item in sent(*told, dialect=Dialect())]
    assert roles == ["system", "system"]


def test_a_call_id_too_long_for_openai_is_shortened_the_same_way_for_call_and_result() -> None:
    long = "call_" + "x" * 100
    call = Message(role="assistant", tool_calls=[ToolCall.of(long, "f", "{}")])
    asked, answered = sent(call, Message(role="tool", content="1", tool_call_id=long))
    assert asked["call_id"] == answered["call_id"] != sent(Message(role="tool", tool_call_id=long + "y"))[0]["call_id"]
    assert len(asked["call_id"]) <= 64


# ---- media

PNG = b"\x89PNG\r\n\x1a\nabc"


def encoded(kind: str, raw: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def test_images_and_files_follow_the_text(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(b"%PDF-b")
    message = Message(
        role="user",
        content="look",
        images=[Image(url="https://x.example/a.png", detail="low"), Image(content=PNG)],
        files=[
            File(content=b"%PDF", filename="a.pdf", mime_type="application/pdf"),
            File(url="https://x.example/c.pdf"),
            File(filepath=str(tmp_path / "b.pdf")),
        ],
    )
    parts = [
        {"type": "input_text", "text": "look"},
        {"type": "input_image", "image_url": "https://x.example/a.png", "detail": "low"},
        {"type": "input_image", "image_url": encoded("image/png", PNG)},
        {"type": "input_file", "filename": "a.pdf", "file_data": encoded("application/pdf", b"%PDF")},
        {"type": "input_file", "file_url": "https://x.example/c.pdf"},
        {"type": "input_file", "filename": "b.pdf", "file_data": encoded("application/pdf", b"%PDF-b")},
    ]
    assert sent(message) == [{"role": "user", "content": parts}]


def test_media_stand_without_a_text() -> None:
    image = Image(url="https://x.example/a.png")
    shown = [{"type": "input_image", "image_url": "https://x.example/a.png"}]
    assert sent(Message(role="user", images=[image])) == [{"role": "user", "content": shown}]


def test_a_tool_may_answer_with_an_image() -> None:
    message = Message(role="tool", tool_call_id="c", content="done", images=[Image(url="https://x.example/a.png")])
    output = [
        {"type": "input_text", "text": "done"},
        {"type": "input_image", "image_url": "https://x.example/a.png"},
    ]
    assert sent(message) == [{"type": "function_call_output", "call_id": "c", "output": output}]


def test_parts_of_the_chat_dialect_are_translated_and_others_left_alone() -> None:
    own = {"type": "input_image", "file_id": "file-1"}
    parts: list[Any] = [
        "a",
        {"type": "text", "text": "b"},
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "high"}},
        {"type": "image_url", "image_url": "odd"},
        {"type": "file", "file": {"file_id": "file-2"}},
        own,
        7,
    ]
    assert sent(Message(role="user", content=parts))[0]["content"] == [
        {"type": "input_text", "text": "a"},
        {"type": "input_text", "text": "b"},
        {"type": "input_image", "image_url": "https://x.example/a.png", "detail": "high"},
        {"type": "image_url", "image_url": "odd"},
        {"type": "input_file", "file_id": "file-2"},
        own,
        7,
    ]


def test_sound_and_video_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(role="user", content="hi", audio=[Audio(content=b"a")], videos=[Video(content=b"v")])
    assert sent(message) == [{"role": "user", "content": "hi"}]
    assert "the Responses dialect takes no audio and no video: 2 left out" in caplog.text


def test_a_medium_that_can_not_be_read_is_told() -> None:
    with pytest.raises(InputError, match=r"/nowhere\.pdf"):
        sent(Message(role="user", files=[File(filepath="/nowhere.pdf")]))


# ---- tools and output


def tool(**fields: Any) -> ToolSpec:
    return ToolSpec(**{"name": "weather", "description": "Get it.", "parameters": CITY, **fields})


SEARCH = {"type": "web_search", "search_context_size": "low"}
SHOWN = {"type": "function", "name": "weather", "description": "Get it.", "parameters": CITY}
FORM = OutputFormat(name="Out", schema=CITY)


def test_tools_are_flat_and_built_in_ones_pass_through() -> None:
    asked = body(tools=[tool(), tool(description=None)], builtin_tools=[SEARCH])
    assert asked["tools"] == [SHOWN, {**SHOWN, "description": ""}, SEARCH]
    assert "tool_choice" not in asked


def test_without_tools_nothing_is_said_of_them() -> None:
    assert body(tool_choice="required") == {"model": "m", "input": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("weather", {"type": "function", "name": "weather"}),
        ({"type": "function", "function": {"name": "weather"}}, {"type": "function", "name": "weather"}),
        ({"type": "function", "name": "weather"}, {"type": "function", "name": "weather"}),
        ({"type": "web_search"}, {"type": "web_search"}),
    ],
)
def test_the_choice_of_a_tool(choice: Any, expected: Any) -> None:
    assert body(tools=[tool()], tool_choice=choice)["tool_choice"] == expected


def test_tools_are_kept_from_those_who_can_not_be_forbidden_them() -> None:
    words = wording(dialect=Dialect(can_forbid_tools=False))
    assert "tools" not in body(words=words, tools=[tool()], tool_choice="none")
    assert "tools" in body(words=words, tools=[tool()], tool_choice="auto")


def test_tools_are_strict_when_asked_or_beside_a_strict_output() -> None:
    strict = {**SHOWN, "parameters": STRICT_CITY, "strict": True}
    free = tool(parameters={"type": "object", "properties": {"a": {"type": "object"}}})
    assert body(tools=[tool(strict=True)])["tools"] == [strict]
    assert body(tools=[tool(), tool(strict=False)], output=FORM)["tools"] == [strict, SHOWN]
    assert "strict" not in body(tools=[free], output=FORM)["tools"][0]
    assert body(tools=[tool()], output=FORM, words=wording(dialect=Dialect(strict_tools=False)))["tools"] == [SHOWN]


def test_an_output_form_stands_beside_the_verbosity() -> None:
    text = {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "Out", "schema": STRICT_CITY, "strict": True},
    }
    assert body(output=FORM, words=wording(text={"verbosity": "low"}))["text"] == text


@pytest.mark.parametrize(
    ("output", "words", "expected"),
    [
        (FORM, {"strict_output": False}, (STRICT_CITY, False)),
        (OutputFormat(name="Out", schema=CITY, strict=False), {}, (CITY, False)),
        (OutputFormat(name="Out", schema={"type": "object"}), {}, ({"type": "object"}, False)),
    ],
)
def test_a_form_that_is_not_strict(output: OutputFormat, words: dict[str, Any], expected: Any) -> None:
    form = body(output=output, words=wording(**words))["text"]["format"]
    assert (form["schema"], form["strict"]) == expected


def test_json_mode() -> None:
    loose = OutputFormat(name="Out", schema=CITY, native=False)
    assert body(output=loose)["text"] == {"format": {"type": "json_object"}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [{"type": "web_search_preview"}]),
        ([{"type": "code_interpreter"}], [{"type": "web_search_preview"}, {"type": "code_interpreter"}]),
        ([SEARCH], [SEARCH]),
        ([{"type": "mcp", "server_label": "x"}], [{"type": "mcp", "server_label": "x"}]),
        ([{"type": "file_search"}], [{"type": "file_search"}]),
    ],
)
def test_research_models_have_something_to_search(given: list[Any], expected: list[Any]) -> None:
    words = wording(keeper=Keeper("OpenAI", "o3-deep-research", sealed=True))
    assert body(words=words, builtin_tools=given)["tools"] == expected


def test_parameters_win_and_streams_are_asked_for() -> None:
    asked = body(words=wording(parameters={"temperature": 0, "model": "other"}), stream=True)
    assert asked == {"model": "other", "input": [{"role": "user", "content": "hi"}], "stream": True, "temperature": 0}


# ---- items that go back


def replied(*items: dict[str, Any], content: str | None = "Hello", calls: bool = False, **data: Any) -> Message:
    return Message(
        role="assistant",
        content=content,
        tool_calls=[ToolCall.of("call_1", "f", '{"a":1}')] if calls else None,
        provider_data={**ORIGIN, "output": list(items), **data},
    )


STUB = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "phase": "final_answer"}
CALL_STUB = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed", "namespace": "n"}
PLAIN = [spoken("Hello")]
PLAIN_CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}', "status": "completed"}
SEARCHED = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}


def test_encrypted_reasoning_goes_back_exactly_with_what_it_led_to() -> None:
    message = replied(thought("hm", "E=="), SEARCHED, thought("so", "F==", id="rs_2"), STUB, CALL_STUB, calls=True)
    text = {"type": "output_text", "text": "Hello", "annotations": []}
    assert sent(message) == [
        thought("hm", "E=="),
        SEARCHED,
        thought("so", "F==", id="rs_2"),
        {**STUB, "content": [text]},
        {**CALL_STUB, "name": "f", "arguments": '{"a":1}'},
    ]


def test_messages_kept_whole_go_back_whole() -> None:
    first, second = said("Hel", phase="commentary"), said("lo", id="msg_2", phase="final_answer")
    assert sent(replied(first, second)) == [first, second]


@pytest.mark.parametrize(
    "message",
    [
        replied(thought("hm"), STUB),
        replied(thought("hm", "E"), SEARCHED, thought("hm"), STUB),
        replied(thought("hm", "E"), STUB, model="another"),
        replied(thought("hm", "E"), STUB, provider="Another"),
        replied(thought("hm", "E"), CALL_STUB),
        replied(said("Good"), said("bye", id="msg_2")),
        replied(thought("hm", "E")),
        replied(),
    ],
    ids=["unsealed", "half", "model", "vendor", "call gone", "text changed", "text added", "nothing"],
)
def test_items_that_can_not_go_back_leave_the_text(message: Message) -> None:
    assert sent(message) == PLAIN


def test_calls_go_back_without_ids_when_their_reasoning_can_not() -> None:
    assert sent(replied(thought("hm"), CALL_STUB, content=None, calls=True)) == [PLAIN_CALL]


def test_reasoning_that_led_nowhere_stays() -> None:
    cut_off = replied(thought("hm", "E"), STUB, thought("and", "F", id="rs_2"))
    assert [item["type"] for item in sent(cut_off)] == ["reasoning", "message"]
    assert sent(replied(thought("hm", "E"), content=None)) == [spoken("")]


def test_servers_without_records_take_reasoning_as_it_is() -> None:
    items = sent(replied(thought("hm"), CALL_STUB, content=None, calls=True), keeper=OPEN)
    assert items == [thought("hm"), {**CALL_STUB, "name": "f", "arguments": '{"a":1}'}]
    after = replied(STUB, thought("", "signature", id="rs_2"))
    assert [item["type"] for item in sent(after, keeper=OPEN)] == ["message", "reasoning"]


def test_reasoning_of_agno_s_own_sessions_goes_back() -> None:
    kept = {"response_id": "resp_1", "reasoning_output": thought("hm", "E")}
    message = Message(
        role="assistant", tool_calls=[ToolCall.of("call_1", "f", '{"a":1}')], provider_data=kept, content="Hello"
    )
    assert sent(message) == [thought("hm", "E"), *PLAIN, PLAIN_CALL]


# ---- chains


def answered(response_id: str, **data: Any) -> Message:
    return Message(role="assistant", content="b", provider_data={"response_id": response_id, **data})


def chained(*messages: Message) -> tuple[str | None, list[Any]]:
    asked = body(*messages, words=wording(chained=True))
    return asked.get("previous_response_id"), [item.get("content", item.get("output")) for item in asked["input"]]


def test_a_chain_sends_what_came_after_the_last_reply() -> None:
    system, a, c = (Message(role="user", content=text) for text in "sac")
    result = Message(role="tool", tool_call_id="x", content="1")
    assert chained(system, a) == (None, ["s", "a"])
    assert chained(system, a, answered("r1"), c) == ("r1", ["c"])
    assert chained(a, answered("r1"), c, answered("r2", **ORIGIN), result, c) == ("r2", ["1", "c"])


def test_a_chain_does_not_begin_with_another_vendor_s_reply() -> None:
    a, b = Message(role="user", content="a"), spoken("b")["content"]
    assert chained(a, answered("r1"), a, answered("r2", provider="Another"), a) == ("r1", ["a", b, "a"])
    assert chained(a, answered("r2", provider="Another"), a) == (None, ["a", b, "a"])


def test_a_chain_needs_something_new() -> None:
    assert chained(Message(role="user", content="a"), answered("r1")) == (None, ["a", spoken("b")["content"]])


def test_without_a_chain_all_is_sent() -> None:
    asked = body(HI, answered("r1"), HI)
    assert "previous_response_id" not in asked
    assert len(asked["input"]) == 3


def test_a_call_of_another_model_after_the_last_reply_is_sent_with_its_result() -> None:
    call = Message(role="assistant", tool_calls=[ToolCall.of("call_1", "f", '{"a":1}')])
    asked = body(HI, answered("r1"), call, Message(role="tool", tool_call_id="call_1", content="1"),
                 words=wording(chained=True))  # fmt: skip
    assert asked["input"] == [PLAIN_CALL, {"type": "function_call_output", "call_id": "call_1", "output": "1"}]
