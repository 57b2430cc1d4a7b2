"""Our dialects against a real server over loopback: llama.cpp's with SmolLM2, and as Ollama through a front before it.

One server a session. Its Responses heed neither text.format nor max_output_tokens in their status; no dialect can make
this model call a tool, so tools are only offered, and their results told; any model name is answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import anyio
import pytest

from agnolo import Agent
from agnolo.ports.model import Aside, Model, ModelEvent, ModelReply, ModelRequest, OutputFormat, TextDelta, ToolSpec
from agnolo.providers.anthropic_model import Claude
from agnolo.providers.local_embeddings import LocalEmbedder
from agnolo.providers.ollama_embedder import OllamaEmbedder
from agnolo.providers.ollama_model import Ollama
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.openai_responses_model import OpenResponses
from agnolo.providers.transport import NETWORK
from agnolo.providers.wire import HttpRequest
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelProviderError,
)
from agnolo.vocabulary.messages import Message, ToolCall
from agnolo.vocabulary.runs import RunStatus
from tests.local.saying import assistant, system, user
from tests.local.server import LocalServer, local_server
from tests.providers.ollama_front import NotInstallable, installed, ollama_front

pytestmark = [pytest.mark.local_model, pytest.mark.anyio]

BRIEF = system("You are a helpful assistant. Give short, correct answers.")
FRANCE = (BRIEF, user("What is the capital of France?"))
WEATHER = ToolSpec(name="weather", parameters={"type": "object", "properties": {"city": {"type": "string"}}})
TOLD = (
    user("How is the weather in Paris?"),
    Message(role="assistant", tool_calls=[ToolCall.of("call_1", "weather", '{"city":"Paris"}')]),
    Message(role="tool", tool_call_id="call_1", tool_name="weather", content="It is sunny."),
)
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer", "maximum": 150}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


class Place(NamedTuple):
    """The server, and the same as Ollama."""

    server: LocalServer
    front: str


Making = Callable[..., Model]


def chat(place: Place, *, limit: int = 60, path: str = "", **options: Any) -> Model:
    return OpenAIChat(**_given(place, path, temperature=0, max_tokens=limit, **options))


def responses(place: Place, *, limit: int = 60, path: str = "", **options: Any) -> Model:
    return OpenResponses(**_given(place, path, temperature=0, max_output_tokens=limit, **options))


def messages(place: Place, *, limit: int = 60, path: str = "", **options: Any) -> Model:
    return Claude(**_given(place, path, temperature=0, max_tokens=limit, **options))


def ollama(place: Place, *, limit: int = 60, path: str = "", **options: Any) -> Model:
    words = {"temperature": 0, "num_predict": limit}
    return Ollama(id=place.server.model, host=f"{place.front}{path}", options=words, retries=0, **options)


def _given(place: Place, path: str, **options: Any) -> dict[str, Any]:
    server = place.server
    return {
        "id": server.model,
        "base_url": f"{server.base_url}{path}",
        "api_key": server.api_key,
        "retries": 0,
        **options,
    }


DIALECTS: dict[str, Making] = {"chat": chat, "responses": responses, "messages": messages, "ollama": ollama}
OWN = [name for name in DIALECTS if name != "ollama"]
"""Those that the server speaks itself."""


@pytest.fixture(scope="session")
def front(smollm: LocalServer) -> Iterator[str]:
    try:
        installed()
    except NotInstallable as missing:
        pytest.skip(f"no Ollama front: {missing}")
    with ollama_front(smollm) as address:
        yield address


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def place(dialect: str, request: pytest.FixtureRequest, smollm: LocalServer) -> Place:
    return Place(smollm, request.getfixturevalue("front") if dialect == "ollama" else "")


async def events(model: Model, *said: Message, stream: bool = False, **wanted: Any) -> list[ModelEvent]:
    return [event async for event in model.exchange(ModelRequest(messages=said, stream=stream, **wanted))]


async def reply(model: Model, *said: Message, **wanted: Any) -> ModelReply:
    last = (await events(model, *said, **wanted))[-1]
    assert isinstance(last, ModelReply)
    return last


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


async def is_busy(server: LocalServer) -> bool:
    """Whether the server's one slot is at work."""
    url = f"{server.base_url.removesuffix('/v1')}/slots"
    request = HttpRequest(url=url, headers={"Authorization": f"Bearer {server.api_key}"}, method="GET")
    answer = await NETWORK.send(request, connect=5, within=5)
    try:
        body = b""
        while block := await answer.read(5):
            body += block
        return any(slot["is_processing"] for slot in json.loads(body))
    finally:
        answer.close()


async def test_streamed_and_whole_answers_are_the_same_and_counted(dialect: str, place: Place) -> None:
    model = DIALECTS[dialect](place)
    whole = await reply(model, *FRANCE)
    *pieces, streamed = await events(model, *FRANCE, stream=True)

    assert isinstance(streamed, ModelReply)
    assert len(pieces) > 1
    assert "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)) == streamed.content == whole.content
    assert "Paris" in (whole.content or "")
    assert whole.finish_reason == streamed.finish_reason == "stop"
    assert whole.metrics.input_tokens + whole.metrics.cache_read_tokens > 20
    assert whole.metrics.output_tokens >= len(pieces)
    if dialect != "ollama":  # the front counts whole answers only
        assert streamed.metrics.output_tokens == whole.metrics.output_tokens
        assert streamed.metrics.total_tokens >= streamed.metrics.input_tokens + streamed.metrics.output_tokens > 0


async def test_earlier_turns_are_understood(dialect: str, place: Place) -> None:
    said = (BRIEF, user("Hi, I am Ada."), assistant("Hello Ada."), user("What is my name?"))
    assert "Ada" in ((await reply(DIALECTS[dialect](place), *said)).content or "")


@pytest.mark.parametrize("stream", [False, True])
async def test_the_token_limit_holds_and_is_told(dialect: str, place: Place, stream: bool) -> None:
    ended = await reply(DIALECTS[dialect](place, limit=4), user("Count from one to one hundred."), stream=stream)

    assert ended.finish_reason == ("stop" if dialect == "responses" else "length")
    assert ended.metrics.output_tokens == (0 if dialect == "ollama" and stream else 4)


@pytest.mark.parametrize("stream", [False, True])
async def test_tools_are_taken_and_their_results_understood(dialect: str, place: Place, stream: bool) -> None:
    ended = await reply(DIALECTS[dialect](place, limit=20), *TOLD, tools=[WEATHER], stream=stream)
    assert "sunny" in (ended.content or "")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_schema_is_enforced_where_the_server_has_a_grammar_for_it(smollm: LocalServer, stream: bool) -> None:
    model = chat(Place(smollm, ""), limit=200)
    output = OutputFormat(name="person", schema=PERSON)

    ended = await reply(model, user("Extract: Maria is 34 years old."), output=output, stream=stream)

    found = json.loads(ended.content or "")
    assert list(found) == ["name", "age"]
    assert isinstance(found["name"], str)
    assert isinstance(found["age"], int)


async def test_an_agent_s_typed_answer_comes_from_the_server_s_grammar(smollm: LocalServer) -> None:
    agent = Agent(model=chat(Place(smollm, ""), limit=200), output_schema=PERSON)
    run = await agent.arun("Extract: Maria is 34 years old.")

    assert run.status is RunStatus.completed
    assert isinstance(run.content, dict)
    assert list(run.content) == ["name", "age"]


async def test_a_schema_that_the_front_can_t_forward_is_a_bad_request_that_says_why(
    smollm: LocalServer, front: str
) -> None:
    with pytest.raises(ModelBadRequestError, match="Input should be 'json'"):
        await events(ollama(Place(smollm, front)), user("Hi"), output=OutputFormat(name="person", schema=PERSON))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", OWN)
async def test_a_wrong_key_is_refused_and_not_told(smollm: LocalServer, name: str, stream: bool) -> None:
    model = DIALECTS[name](Place(smollm._replace(api_key="wrong-key-1234567890"), ""))

    with pytest.raises(ModelAuthenticationError) as raised:
        await events(model, user("Hi"), stream=stream)

    assert raised.value.status_code == 401
    assert "wrong-key-1234567890" not in str(raised.value)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", OWN)
async def test_a_conversation_that_does_not_fit_is_refused(smollm: LocalServer, name: str, stream: bool) -> None:
    with pytest.raises(ContextWindowExceededError):
        await events(DIALECTS[name](Place(smollm, "")), user("word " * 5000), stream=stream)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_path_that_is_not_there_is_not_found(dialect: str, place: Place, stream: bool) -> None:
    with pytest.raises(ModelNotFoundError, match="Not Found"):
        await events(DIALECTS[dialect](place, path="/nowhere"), user("Hi"), stream=stream)


async def test_vectors_by_way_of_ollama_are_those_of_the_model_in_process(minilm: LocalServer, front: str) -> None:
    texts = ["The cat sleeps on the mat.", "Stocks fell on Monday.", "A kitten naps on a rug."]
    with ollama_front(minilm) as address:
        made = await OllamaEmbedder(id=minilm.model, host=address).embed(texts)

    here = (await LocalEmbedder().embed(texts)).vectors
    assert all(dot(ours, theirs) > 0.98 for ours, theirs in zip(made.vectors, here, strict=True))
    cat, stocks, kitten = made.vectors
    assert dot(cat, kitten) > dot(cat, stocks)


async def test_a_stream_that_is_closed_early_frees_the_server(dialect: str, place: Place) -> None:
    stream: Any = DIALECTS[dialect](place, limit=3000).exchange(
        ModelRequest(messages=[user("Write a very long story.")], stream=True)
    )
    first = await anext(stream)
    assert isinstance(first, TextDelta | Aside)
    assert await is_busy(place.server)

    await stream.aclose()

    with anyio.fail_after(10):  # the story would take longer than that
        while await is_busy(place.server):
            pass
    assert (await reply(DIALECTS[dialect](place, limit=4), user("Hi"))).content


async def test_a_server_that_is_gone_is_a_connection_error(smollm: LocalServer, front: str) -> None:
    with local_server() as short_lived, ollama_front(short_lived) as gone:
        left = Place(short_lived, gone)

    for make in DIALECTS.values():
        with pytest.raises(ModelConnectionError):
            await events(make(left), user("Hi"))


async def test_a_front_whose_server_is_gone_is_a_provider_s_error(smollm: LocalServer, front: str) -> None:
    with local_server() as short_lived:
        pass
    with ollama_front(short_lived) as headless, pytest.raises(ModelProviderError):
        await events(ollama(Place(short_lived, headless)), user("Hi"))
