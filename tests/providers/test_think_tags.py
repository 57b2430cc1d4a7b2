"""`<think>` blocks that servers leave in the text, at any cut, in the dialects of those servers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import ModelReply, ModelRequest, ReasoningDelta, TextDelta
from agnolo.providers.errors import Vendor
from agnolo.providers.openai_model import OpenAIChat, OpenAILike
from agnolo.providers.openai_reply import ChatDecoder
from agnolo.providers.profiles import Dialect
from agnolo.providers.think_tags import ThinkTags
from agnolo.vocabulary.messages import Message
from tests.providers import decoding
from tests.providers.scripted_wire import Clock, Wire, whole

CASES: dict[str, tuple[str | None, str | None]] = {
    "<think>so</think>yes": ("so", "yes"),
    "<think>\nso\nbe it\n</think>\n\nyes\n": ("so\nbe it", "yes\n"),
    "\n <think>so</think>yes": ("so", "yes"),
    "<think>\n\n</think>\n\nyes": (None, "yes"),
    "<think></think>": (None, None),
    "<think>so</think>\n\n": ("so", None),
    "<think>never closed": ("never closed", None),
    "<think>": (None, None),
    "<think>closed by hal</thin": ("closed by hal</thin", None),
    "<think>a < b </ think > c</think>d": ("a < b </ think > c", "d"),
    "<think>a<think>b</think>c</think>d": ("a<think>b", "c</think>d"),
    "<think>a</think><think>b</think>c": ("a", "<think>b</think>c"),
    "yes <think>so</think>": (None, "yes <think>so</think>"),
    "so it is</think>yes": (None, "so it is</think>yes"),
    "<thin": (None, "<thin"),
    "<thinking>so</thinking>": (None, "<thinking>so</thinking>"),
    "<Think>so</Think>": (None, "<Think>so</Think>"),
    "<": (None, "<"),
    "  \n": (None, "  \n"),
    "  yes ": (None, "  yes "),
    "<think>a" + " " * 200 + "b</think>" + " " * 200 + "c": ("a" + " " * 200 + "b", "c"),
    "<think>a" + " " * 65 + "</think>b": ("a" + " " * 65, "b"),
    "<think>a" + " " * 64 + "</think>b": ("a", "b"),
    "<think>a" + " " * 100 + "\n" * 100 + "b  </think>c": ("a" + " " * 100 + "\n" * 100 + "b", "c"),
    " " * 200 + "<think>a</think>": (None, " " * 200 + "<think>a</think>"),
    "<think>ü€😀</think>é": ("ü€😀", "é"),
}
cases = pytest.mark.parametrize(("said", "reasoning", "text"), [(said, *meant) for said, meant in CASES.items()])
dialects = pytest.mark.parametrize("dialect", ["chat", "ollama"])


def split(*pieces: str) -> tuple[str | None, str | None]:
    tags = ThinkTags()
    told = [event for piece in pieces for event in tags.feed(piece)] + tags.finish()
    thoughts = "".join(event.text for event in told if isinstance(event, ReasoningDelta))
    return thoughts or None, "".join(event.text for event in told if isinstance(event, TextDelta)) or None


def stream(dialect: str, pieces: list[str]) -> bytes:
    if dialect == "ollama":
        lines: list[Any] = [{"message": {"content": piece}, "done": False} for piece in pieces]
        return b"".join(json.dumps(line).encode() + b"\n" for line in [*lines, {"message": {}, "done": True}])
    chunks: list[Any] = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    chunks.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def body(dialect: str, said: str) -> bytes:
    if dialect == "ollama":
        return json.dumps({"message": {"content": said}, "done": True}).encode()
    return json.dumps({"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}).encode()


@cases
def test_reasoning_and_text_part_at_any_cut(said: str, reasoning: str | None, text: str | None) -> None:
    assert split(said) == (reasoning, text)
    assert split(*said) == (reasoning, text)
    for place in range(len(said)):
        assert split(said[:place], said[place:]) == (reasoning, text)


@dialects
@cases
def test_streams_and_whole_replies_part_alike(dialect: str, said: str, reasoning: str | None, text: str | None) -> None:
    for told in (
        decoding.events(dialect, "whole", [body(dialect, said)]),
        decoding.events(dialect, "stream", [stream(dialect, [said])]),
        decoding.events(dialect, "stream", decoding.single_bytes(stream(dialect, list(said)))),
    ):
        reply = decoding.reply_of(told)
        assert (reply.reasoning_content, reply.content) == (reasoning, text)


@settings(max_examples=500, deadline=None)
@given(pieces=st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think", ">", " ", "\n", "a", "<th", "k>"])))
def test_no_cut_changes_what_is_reasoning(pieces: list[str]) -> None:
    said = "".join(pieces)
    whole_split = split(said)
    assert split(*pieces) == split(*said) == whole_split
    if not said.lstrip().startswith("<think>"):
        assert whole_split == (None, said or None)


def test_only_what_may_be_a_tag_is_held_back() -> None:
    tags = ThinkTags()
    assert tags.feed("<th") == []
    assert tags.feed("e") == [TextDelta("<the")]
    assert tags.passed
    tags = ThinkTags()
    assert tags.feed("<think>a</") == [ReasoningDelta("a")]
    assert tags.feed("b") == [ReasoningDelta("</b")]
    assert tags.feed("</think>c") == [TextDelta("c")]
    assert tags.passed


def test_a_plain_answer_is_told_without_delay() -> None:
    assert ThinkTags().feed("Hi") == [TextDelta("Hi")]


def test_reasoning_in_its_own_field_comes_before_that_in_tags() -> None:
    chunks = [
        {"choices": [{"delta": {"reasoning_content": "a", "content": "<think>b</think>c"}, "finish_reason": "stop"}]}
    ]
    told = decoding.events("chat", "stream", [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks])
    assert told[:-1] == [ReasoningDelta("a"), ReasoningDelta("b"), TextDelta("c")]


def test_a_dialect_without_tags_tells_them_as_text() -> None:
    decoder = ChatDecoder(Vendor(name="OpenAI", model="m"), "whole", dialect=Dialect(think_tags=False))
    decoder.feed(body("chat", "<think>a</think>b"))
    [reply] = decoder.finish()
    assert isinstance(reply, ModelReply)
    assert (reply.content, reply.reasoning_content) == ("<think>a</think>b", None)


@pytest.mark.anyio
@pytest.mark.parametrize(("model", "tagged"), [(OpenAIChat, False), (OpenAILike, True)])
async def test_openai_alone_writes_no_tags(model: Any, tagged: bool) -> None:
    wire = Wire(Clock(), [whole(json.loads(body("chat", "<think>a</think>b")))])
    asked = model(id="m", api_key="k", base_url="http://localhost/v1", transport=wire)
    *_, reply = [e async for e in asked.exchange(ModelRequest(messages=[Message(role="user", content="x")]))]
    assert reply.content == ("b" if tagged else "<think>a</think>b")
