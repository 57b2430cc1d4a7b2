"""CompressionManager by itself."""

from __future__ import annotations

import asyncio

from agnolo import Message, ScriptedModel
from agnolo.agent.compression import CompressionManager


def told() -> list[Message]:
    return [
        Message(role="user", content="what is there?"),
        Message(role="tool", tool_name="look", content="a long story"),
        Message(role="tool", content="another story", compressed_content="short"),
    ]


def test_a_manager_shortens_what_is_whole_in_a_list_of_messages() -> None:
    model = ScriptedModel(["blue"])
    manager = CompressionManager(model=model, compress_tool_call_instructions="In a word.")
    messages = told()
    manager.compress(messages)
    assert [m.compressed_content for m in messages] == [None, "blue", "short"]
    assert [m.text() for m in model.requests[0].messages] == [
        "In a word.", "What the tool look returned:\na long story",
    ]  # fmt: skip
    assert manager.stats == {"tool_results_compressed": 1, "original_size": 12, "compressed_size": 4}
    manager.compress(messages)
    assert len(model.requests) == 1


def test_a_manager_shortens_on_an_event_loop() -> None:
    messages = told()
    asyncio.run(CompressionManager(model=ScriptedModel(["blue"])).acompress(messages))
    assert messages[1].compressed_content == "blue"


def test_limits_are_three_results_unless_said_otherwise() -> None:
    whole = [Message(role="tool", content="a long story")] * 3
    manager = CompressionManager(model="local")
    assert (manager.should_compress(whole[:2]), manager.should_compress(whole)) == (False, True)
    assert (manager.compress_tool_results_limit, getattr(manager.model, "provider", None)) == (3, "Local")
    tokens = CompressionManager(compress_token_limit=10)
    assert tokens.compress_tool_results_limit is None
    assert not tokens.should_compress(whole)
    assert asyncio.run(tokens.ashould_compress(whole, tools=[told], model=ScriptedModel([])))
