"""Runs of agents against provider servers on a loopback port: output strategies, repair and stand-ins as requested."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from agnolo import Agent, InMemoryDb, RunStatus
from agnolo.ports.options import FallbackConfig
from agnolo.providers.anthropic_model import Claude
from agnolo.providers.catalog import resolve
from agnolo.providers.gemini_model import Gemini
from agnolo.providers.openai_model import OpenAIChat
from tests.providers.loopback import Connection, Script, chunked, model, serving, sized
from tests.providers.scripted_wire import DONE, frame

pytestmark = pytest.mark.anyio


class City(msgspec.Struct):
    name: str
    people: int


OSLO = City("Oslo", 700000)
ANSWER = '{"name": "Oslo", "people": 700000}'
SCHEMA = ["name", "people"]


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


def replying(bodies: list[Any], *replies: bytes) -> Script:
    """Answer each request with the next of the replies, noting its body."""

    async def script(connection: Connection) -> None:
        while True:
            bodies.append((await connection.asked()).body)
            await connection.send(replies[len(bodies) - 1])

    return script


def said(text: str | None = None, *, calls: list[tuple[str, Any]] | None = None, finish: str = "stop") -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [
            {"id": f"c{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for i, (name, arguments) in enumerate(calls)
        ]
    return sized({"choices": [{"message": message, "finish_reason": finish}]})


def vendor(name: str, url: str) -> OpenAIChat:
    made = resolve(name)
    assert isinstance(made, OpenAIChat)
    made.base_url, made.api_key, made.retries = url, "sk-loopback", 0
    return made


PLAIN = {"name": "Oslo", "people": 700000}


async def test_groq_gets_the_schema_as_a_tool_beside_tools_and_natively_without() -> None:
    bodies: list[Any] = []
    replies = [said(calls=[("look", {"what": "Oslo"})]), said(calls=[("final_answer", PLAIN)]), said(ANSWER)]
    async with serving(replying(bodies, *replies)) as server:
        agent = Agent(model=vendor("groq:openai/gpt-oss-120b", server.url), tools=[look], output_schema=City)
        output = await agent.arun("where?")
        assert (output.content, [t.tool_name for t in output.tools or ()]) == (OSLO, ["look"])
        agent.tools = None
        assert (await agent.arun("where?")).content == OSLO
    first, second, alone = bodies
    assert [tool["function"]["name"] for tool in first["tools"]] == ["look", "final_answer"]
    assert first["tools"][1]["function"]["parameters"]["required"] == SCHEMA
    assert (first["tool_choice"], "response_format" in first) == ("required", False)
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "tool"]
    assert alone["response_format"]["json_schema"]["schema"]["required"] == SCHEMA
    assert "tools" not in alone


async def test_an_answer_with_a_schema_is_asked_for_as_a_whole_also_when_the_run_streams() -> None:
    bodies: list[Any] = []
    async with serving(replying(bodies, said(ANSWER))) as server:
        agent = Agent(model=vendor("groq:openai/gpt-oss-120b", server.url), output_schema=City)
        told = [event async for event in agent.arun("where?", stream=True)]
    assert [event.content for event in told] == [OSLO]  # pyright: ignore[reportAttributeAccessIssue] - content only
    assert (bodies[0].get("stream"), bodies[0]["response_format"]["type"]) == (None, "json_schema")


async def test_glm_is_told_the_schema_in_words_with_json_mode() -> None:
    bodies: list[Any] = []
    replies = [said('```json\n{"name": "Oslo"}\n```'), said(ANSWER)]
    async with serving(replying(bodies, *replies)) as server:
        agent = Agent(model=vendor("glm4:glm-4.7", server.url), output_schema=City, description="Be brief.")
        output = await agent.arun("where?")
    assert output.content == OSLO
    assert [body["response_format"] for body in bodies] == [{"type": "json_object"}] * 2
    system = bodies[0]["messages"][0]["content"]
    assert system.startswith("Be brief.")
    assert '"people"' in system
    again = bodies[1]["messages"][-1]
    assert again["role"] == "user"
    assert "Object missing required field people" in again["content"]


async def test_an_old_claude_answers_by_a_forced_tool() -> None:
    bodies: list[Any] = []
    use = {"type": "tool_use", "id": "t", "name": "final_answer", "input": PLAIN}
    usage = {"input_tokens": 1, "output_tokens": 1}
    whole = sized({"type": "message", "role": "assistant", "content": [use], "stop_reason": "tool_use", "usage": usage})
    async with serving(replying(bodies, whole)) as server:
        claude = Claude(id="claude-3-5-haiku-latest", api_key="k", base_url=server.url, retries=0)
        output = await Agent(model=claude, output_schema=City).arun("where?")
    assert output.content == OSLO
    assert bodies[0]["tool_choice"] == {"type": "tool", "name": "final_answer"}
    assert output.messages[-1].tool_calls is None


async def test_gemini_2_answers_by_a_tool_beside_tools() -> None:
    bodies: list[Any] = []
    parts = [{"functionCall": {"name": "final_answer", "args": PLAIN}}]
    whole = sized({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]})
    async with serving(replying(bodies, whole)) as server:
        gemini = Gemini(id="gemini-2.5-flash", api_key="k", base_url=server.url, retries=0)
        output = await Agent(model=gemini, tools=[look], output_schema=City).arun("where?")
    assert output.content == OSLO
    (body,) = bodies
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "ANY"}}
    assert [f["name"] for f in body["tools"][0]["functionDeclarations"]] == ["look", "final_answer"]
    assert "generationConfig" not in body


async def test_an_answer_cut_off_by_max_tokens_says_so() -> None:
    async with serving(replying([], said('{"name": "Os', finish="length"))) as server:
        output = await Agent(model=model(server), output_schema=City).arun("where?")
    assert output.status is RunStatus.error
    assert "raise max_tokens" in str(output.content)


TOO_LONG = {"error": {"message": "maximum context length is 8192 tokens", "code": "context_length_exceeded"}}


@pytest.mark.parametrize(
    ("refusal", "answering"),
    [
        (sized({"error": {"message": "busy"}}, "503 Unavailable"), "error"),
        (sized({"error": {"message": "bad key", "code": "invalid_api_key"}}, "401 Unauthorized"), "error"),
        (sized({"error": {"message": "slow down"}}, "429 Too Many Requests"), "rate"),
        (sized(TOO_LONG, "400 Bad Request"), "context"),
        (sized({"error": {"message": "no such field"}}, "400 Bad Request"), None),
        (b"", "error"),
    ],
    ids=["overloaded", "key", "rate", "context", "bad request", "connection"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_the_answer_of_a_server_chooses_who_stands_in(
    refusal: bytes, answering: str | None, stream: bool
) -> None:
    async def failing(connection: Connection) -> None:
        await connection.asked()
        await connection.send(refusal)

    async def fine(connection: Connection) -> None:
        asked = await connection.asked()
        streamed = chunked(frame("Fine."), frame(finish="stop"), DONE)
        await connection.send(streamed if asked.body.get("stream") else said("Fine."))

    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(serving(script)) for script in (failing, fine)]
        error, rate, context = [model(second, id=name) for name in ("error", "rate", "context")]
        config = FallbackConfig(on_error=[error], on_rate_limit=[rate], on_context_overflow=[context])
        agent = Agent(model=model(first), fallback_config=config, db=InMemoryDb())
        if stream:
            assert [e async for e in agent.arun("hi", stream=True, run_id="r")]
            output = await agent.aget_run_output("r")
            assert output is not None
        else:
            output = await agent.arun("hi")
    assert output.model == (answering or "gpt")
    assert (output.content == "Fine.") is (answering is not None)


async def test_a_models_own_retries_come_first_and_a_broken_stream_is_not_begun_anew() -> None:
    bodies: list[Any] = []
    busy = sized({"error": {"message": "busy"}}, "503 Unavailable", "Retry-After: 0")
    async with serving(replying(bodies, busy, busy, said("Fine."))) as server:
        patient, other = model(server, retries=1), model(server, id="other")
        output = await Agent(model=patient, fallback_models=[other]).arun("hi")
    assert (output.content, [body["model"] for body in bodies]) == ("Fine.", ["gpt", "gpt", "other"])
    async with serving(replying([], chunked(frame("Half of")))) as server:
        agent = Agent(model=model(server), fallback_models=[model(server, id="other")], db=InMemoryDb())
        told = [e async for e in agent.arun("hi", stream=True, yield_run_output=True, run_id="r")]
        last = await agent.aget_run_output("r")
    assert [e.event for e in told] == ["RunContent", "RunError"]  # pyright: ignore[reportAttributeAccessIssue] - events
    assert last is not None
    assert (last.status, last.model) == (RunStatus.error, "gpt")
    assert [m.content for m in last.messages] == ["hi", "Half of"]
