"""Embedders as users meet them: batches, what goes over the wire, failures, and calls from plain code."""

from __future__ import annotations

import asyncio
import base64
import struct
from typing import Any

import pytest

from agnolo.ports.embedder import Embedder, Embeddings
from agnolo.providers import (
    GeminiEmbedder,
    LocalEmbedder,
    OllamaEmbedder,
    OpenAIEmbedder,
    OpenAILikeEmbedder,
    gemini_embeddings,
    ollama_embeddings,
    openai_embeddings,
)
from agnolo.providers.embedders import resolve_embedder
from agnolo.providers.embedding_batches import batches
from agnolo.providers.inquiry import Misread
from agnolo.providers.openai_embedder import GLMEmbedder, OpenRouterEmbedder, SiliconflowEmbedder
from agnolo.vocabulary.errors import (
    ConfigurationError,
    ContextWindowExceededError,
    EmbeddingError,
    EmbeddingsNotOfferedError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelPermissionError,
    ModelProtocolError,
    ModelQuotaError,
    ModelRateLimitError,
)
from tests.providers.loopback import Asked, Connection, Server, answering, background, recorded, serving, sized

pytestmark = pytest.mark.anyio


def row(text: str, place: int) -> dict[str, Any]:
    """A text's number as its vector."""
    return {"object": "embedding", "index": place, "embedding": [float(text), 0.5]}


def counting(asked: Asked) -> bytes:
    """Rows in reverse order, a token for each text."""
    texts = asked.body["input"]
    rows = [row(text, place) for place, text in enumerate(texts)]
    return sized({"data": rows[::-1], "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)}})


def made(server: Server, kind: Any = OpenAIEmbedder, **options: Any) -> Any:
    given = {"api_key": "sk-loopback-secret", "base_url": server.url, "retries": 0}
    return kind(**{**given, **options})


def numbers(texts: int) -> list[str]:
    return [str(number) for number in range(texts)]


# ---- batches


@pytest.mark.parametrize(
    ("kind", "batch_size", "sizes"),
    [
        (OpenAIEmbedder, 100, [100, 100, 50]),
        (OpenAIEmbedder, 3000, [250]),
        (GLMEmbedder, 100, [64, 64, 64, 58]),
        (SiliconflowEmbedder, 100, [32] * 7 + [26]),
        (SiliconflowEmbedder, 200, [32] * 7 + [26]),
        (OpenRouterEmbedder, 125, [125, 125]),
    ],
)
async def test_batches_fit_the_vendor_and_vectors_keep_the_order(kind: Any, batch_size: int, sizes: list[int]) -> None:
    seen: list[Asked] = []
    async with serving(recorded(seen, counting)) as server:
        found = await made(server, kind, batch_size=batch_size).embed(numbers(250))
    assert found == Embeddings(vectors=[[float(number), 0.5] for number in range(250)], tokens=250)
    assert sorted(len(asked.body["input"]) for asked in seen) == sorted(sizes)


async def test_gemini_gets_a_hundred_at_once() -> None:
    def answer(asked: Asked) -> bytes:
        return sized({"embeddings": [{"values": [3.0, 4.0]} for _ in asked.body["requests"]]})

    async with serving(recorded(seen := list[Asked](), answer)) as server:
        found = await made(server, GeminiEmbedder, batch_size=500, dimensions=2).embed(numbers(150))
    assert found.vectors == [[0.6, 0.8]] * 150
    assert sorted(len(asked.body["requests"]) for asked in seen) == [50, 100]


def test_a_batch_holds_no_more_tokens_than_the_vendor_takes() -> None:
    texts = ["é" * 30, "b" * 30, "c" * 200, "d", "e"]
    assert list(batches(texts, most=2, budget=90)) == [[texts[0], texts[1]], [texts[2]], [texts[3], texts[4]]]
    assert list(batches(texts, most=10, budget=None)) == [texts]
    assert list(batches([], most=10, budget=10)) == []


async def test_batches_run_side_by_side_but_not_all_at_once() -> None:
    arrived, most = asyncio.Semaphore(0), [0]
    open_now = 0

    async def script(connection: Connection) -> None:
        nonlocal open_now
        while True:
            asked = await connection.asked()
            open_now += 1
            most[0] = max(most[0], open_now)
            arrived.release()
            if most[0] < 3:
                await full.wait()
            open_now -= 1
            await connection.send(counting(asked))

    full = asyncio.Event()
    async with serving(script) as server:
        call = asyncio.create_task(made(server, batch_size=1, parallel=3).embed(numbers(9)))
        for _ in range(3):
            await arrived.acquire()
        full.set()
        assert len((await call).vectors) == 9
    assert most == [3]


async def test_one_failed_batch_fails_the_call_with_its_cause() -> None:
    def answer(asked: Asked) -> bytes:
        if "7" in asked.body["input"]:
            return sized({"error": {"message": "no such thing", "code": "odd"}}, "400 Bad Request")
        return counting(asked)

    async with serving(recorded([], answer)) as server:
        with pytest.raises(EmbeddingError) as raised:
            await made(server, batch_size=2).embed(numbers(20))
    assert isinstance(raised.value, ModelBadRequestError)
    assert "no such thing" in raised.value.message


async def test_a_cancelled_call_ends_its_requests() -> None:
    begun = asyncio.Semaphore(0)

    async def script(connection: Connection) -> None:
        await connection.asked()
        begun.release()
        await connection.gone()

    async with serving(script) as server:
        call = asyncio.create_task(made(server, batch_size=1, parallel=2).embed(numbers(5)))
        await begun.acquire()
        await begun.acquire()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        for connection in server.connections:
            await connection.left.wait()
        assert len(server.connections) == 2


# ---- what is asked


async def body_of(kind: Any, reply: Any, texts: list[str], **options: Any) -> tuple[Asked, Embeddings]:
    async with serving(recorded(seen := list[Asked](), sized(reply))) as server:
        found = await made(server, kind, **options).embed(texts)
    return seen[0], found


async def test_openai_is_asked_for_what_was_given() -> None:
    packed = base64.b64encode(struct.pack("<2f", 0.5, -2.0)).decode()
    asked, found = await body_of(
        OpenAIEmbedder,
        {"data": [{"index": 0, "embedding": packed}], "usage": {"total_tokens": "4"}},
        ["a"],
        dimensions=2,
        encoding_format="base64",
        user="ann",
        request_params={"extra": 1},
    )
    assert asked.line == "POST /v1/embeddings HTTP/1.1"
    assert asked.headers["authorization"] == "Bearer sk-loopback-secret"
    assert asked.body == {
        "model": "text-embedding-3-small",
        "input": "a",
        "dimensions": 2,
        "encoding_format": "base64",
        "user": "ann",
        "extra": 1,
    }
    assert found == Embeddings(vectors=[[0.5, -2.0]], tokens=4)


async def test_gemini_is_asked_with_task_title_and_key_in_the_header() -> None:
    asked, found = await body_of(
        GeminiEmbedder,
        {"embeddings": [{"values": [0.0, 2.0]}], "usageMetadata": {"promptTokenCount": 3}},
        ["a"],
        dimensions=2,
        task_type="RETRIEVAL_DOCUMENT",
        title="T",
    )
    assert asked.line == "POST /v1/models/gemini-embedding-001:batchEmbedContents HTTP/1.1"
    assert asked.headers["x-goog-api-key"] == "sk-loopback-secret"
    assert asked.body["requests"] == [
        {
            "model": "models/gemini-embedding-001",
            "content": {"parts": [{"text": "a"}]},
            "taskType": "RETRIEVAL_DOCUMENT",
            "title": "T",
            "outputDimensionality": 2,
        }
    ]
    assert found == Embeddings(vectors=[[0.0, 1.0]], tokens=3)


async def test_gemini_s_full_vectors_are_left_as_they_are() -> None:
    asked, found = await body_of(GeminiEmbedder, {"embedding": {"values": [0.0, 2.0]}}, ["a"], dimensions=None)
    assert "outputDimensionality" not in asked.body["requests"][0]
    assert found.vectors == [[0.0, 2.0]]


async def test_ollama_is_asked_in_its_own_dialect() -> None:
    asked, found = await body_of(
        OllamaEmbedder,
        {"embeddings": [[1.0, 2.0]], "prompt_eval_count": 5},
        ["a"],
        id="nomic-embed-text",
        options={"num_ctx": 512},
        keep_alive="1m",
        truncate=False,
    )
    assert asked.line == "POST /api/embed HTTP/1.1"
    assert asked.body == {
        "model": "nomic-embed-text",
        "input": "a",
        "options": {"num_ctx": 512},
        "keep_alive": "1m",
        "truncate": False,
    }
    assert found == Embeddings(vectors=[[1.0, 2.0]], tokens=5)


async def test_glm_is_not_asked_for_base64_which_it_does_not_know() -> None:
    asked, _ = await body_of(GLMEmbedder, {"data": [row("1", 0)]}, ["a"], encoding_format="base64")
    assert asked.body == {"model": "embedding-3", "input": "a"}


def test_dimensions_are_known_before_and_checked() -> None:
    assert OpenAIEmbedder().dimensions == 1536
    assert OpenAIEmbedder(id="text-embedding-3-large").dimensions == 3072
    assert OpenAIEmbedder(dimensions=256).dimensions == 256
    assert OpenAIEmbedder(id="text-embedding-ada-002", dimensions=1536).dimensions == 1536
    assert (GeminiEmbedder().dimensions, GeminiEmbedder(id="text-embedding-004").dimensions) == (1536, 768)
    assert (OllamaEmbedder().dimensions, OllamaEmbedder(id="all-minilm:22m").dimensions) == (4096, 384)
    assert OpenAILikeEmbedder(id="x", base_url="http://127.0.0.1/v1").dimensions == 1536
    assert SiliconflowEmbedder().dimensions == 1024
    with pytest.raises(ConfigurationError, match=r"dimensions=256 can't be had: .*'BAAI/bge-m3' always have 1024"):
        SiliconflowEmbedder(dimensions=256)
    kind: Any = OpenAIEmbedder
    for name in ("batch_size", "parallel", "dimensions"):
        with pytest.raises(ConfigurationError, match=f"{name}=0 of OpenAIEmbedder must be at least 1"):
            kind(**{name: 0})


async def test_dimensions_are_corrected_by_the_first_reply() -> None:
    async with serving(recorded([], counting)) as server:
        embedder = made(server, OpenAILikeEmbedder, id="mine")
        assert embedder.dimensions == 1536
        await embedder.embed(["1"])
    assert embedder.dimensions == 2


def test_options_of_sdk_clients_and_of_vertex_are_refused() -> None:
    with pytest.raises(TypeError, match="no option 'openai_client'"):
        OpenAIEmbedder(openai_client=object())  # pyright: ignore[reportCallIssue] - what is tested
    with pytest.raises(TypeError, match=r"GeminiEmbedder\(\) has no option 'project_id': it reaches the Gemini API"):
        GeminiEmbedder(project_id="p")  # pyright: ignore[reportCallIssue] - what is tested


# ---- replies that are odd or wrong


@pytest.mark.parametrize(
    ("reply", "vectors", "tokens"),
    [
        ({"data": [{"embedding": [1, 2]}, {"embedding": [3, 4]}]}, [[1.0, 2.0], [3.0, 4.0]], 0),
        ({"data": [{"index": "1", "embedding": [3]}, {"index": "0", "embedding": [1]}]}, [[1.0], [3.0]], 0),
        ({"data": [{"index": 0, "embedding": [3]}, {"index": 0, "embedding": [1]}]}, [[3.0], [1.0]], 0),
        ({"data": {"embedding": ["0.5", 1]}, "usage": None}, [[0.5, 1.0]], 0),
        ({"data": [[1.5], [2.5]], "usage": {"input_tokens": 2}}, [[1.5], [2.5]], 2),
        ({"data": [1.5, 2.5], "usage": {"prompt_tokens": True}}, [[1.5, 2.5]], 0),
        ({"embeddings": [[1.5], [2.5]], "usage": {"prompt_tokens": "many"}}, [[1.5], [2.5]], 0),
        ({"embedding": [1.5, 2.5]}, [[1.5, 2.5]], 0),
        ({"embedding": "AACAPwAAAEA="}, [[1.0, 2.0]], 0),
        ({"data": [{"index": 0, "embedding": ["AACAPwAAAEA="]}]}, [[1.0, 2.0]], 0),
        ([{"index": 0, "embedding": [[1.5, 2.5]]}], [[1.5, 2.5]], 0),
        ([[1.5], [2.5]], [[1.5], [2.5]], 0),
        ({"data": [{"embedding": [1e308, 1e308]}]}, [[1e308, 1e308]], 0),
    ],
)
def test_odd_but_clear_replies_are_understood(reply: Any, vectors: list[list[float]], tokens: int) -> None:
    assert openai_embeddings.decode(reply) == Embeddings(vectors=vectors, tokens=tokens)


def test_gemini_and_ollama_have_older_forms() -> None:
    assert gemini_embeddings.decode({"embedding": {"values": [1]}}).vectors == [[1.0]]
    assert gemini_embeddings.decode({"embeddings": [[1], [2]]}).vectors == [[1.0], [2.0]]
    assert gemini_embeddings.decode({"embedding": [1.5, 2]}).vectors == [[1.5, 2.0]]
    assert ollama_embeddings.decode({"embedding": [1, 2]}) == Embeddings(vectors=[[1.0, 2.0]])
    assert ollama_embeddings.decode({"data": [{"embedding": [1]}], "usage": {"prompt_tokens": 2}}).tokens == 2
    with pytest.raises(Misread, match="no object"):
        gemini_embeddings.decode([])


INFINITE = base64.b64encode(struct.pack("<2f", float("inf"), 1)).decode()


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ({"data": [row("1", 0)]}, "1 vectors for 2 texts"),
        ({"data": [row("1", 0), {"embedding": [1.0]}]}, "vectors of 1, 2 numbers, which should be of 2 numbers"),
        ({"data": [{"embedding": [1.0]}] * 2}, "vectors of 1 numbers, which should be of 2 numbers"),
        ({"data": [{"embedding": INFINITE}] * 2}, "a number that is not finite"),
        ({"data": [{"embedding": ["NaN", 1]}] * 2}, "a number that is not finite"),
        ({"data": [{"embedding": [None, 1]}] * 2}, "a vector holds what is no number"),
        ({"data": [{"embedding": [True, 1]}] * 2}, "a vector holds what is no number"),
        ({"data": [{"embedding": []}] * 2}, "a vector is empty"),
        ({"data": [{"embedding": None}] * 2}, "a vector is of type NoneType"),
        ({"data": [{"embedding": "AAAA"}] * 2}, "a vector of 3 bytes holds no whole number of float32"),
        ({"data": [{"embedding": "no base64!"}] * 2}, "neither numbers nor base64"),
        ({"data": []}, "there are no vectors in it"),
        ({"ok": True}, "there are no vectors in it"),
        (b"<html><title>Gateway</title></html>", "no reply that can be read"),
    ],
)
async def test_wrong_replies_are_protocol_errors(reply: Any, problem: str) -> None:
    async with serving(recorded([], sized(reply))) as server:
        with pytest.raises(ModelProtocolError, match=problem) as raised:
            await made(server, dimensions=2).embed(["1", "2"])
    assert isinstance(raised.value, EmbeddingError)
    assert (raised.value.reason, raised.value.model_id) == ("unknown", "text-embedding-3-small")


async def test_vectors_of_different_lengths_are_refused() -> None:
    reply = {"data": [{"embedding": [1.0]}, {"embedding": [1.0, 2.0]}]}
    async with serving(recorded([], sized(reply))) as server:
        with pytest.raises(ModelProtocolError, match="vectors of 1, 2 numbers, which should be of one length"):
            await made(server).embed(["1", "2"])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"error": {"message": "Busy", "code": 429}}, ModelRateLimitError, 429),
        ({"code": 20015, "message": "input is too long", "data": None}, EmbeddingError, 502),
    ],
)
async def test_an_error_in_place_of_a_reply_is_raised_as_one(body: Any, kind: Any, status: int) -> None:
    async with serving(recorded([], sized(body))) as server:
        with pytest.raises(kind) as raised:
            await made(server, OpenRouterEmbedder).embed(["a"])
    assert raised.value.status_code == status


# ---- failures


@pytest.mark.parametrize(
    ("status", "error", "kind", "reason", "retryable"),
    [
        (401, {"message": "Incorrect key sk-loopback-secret"}, ModelAuthenticationError, "authentication", False),
        (403, {"message": "not for you"}, ModelPermissionError, "authentication", False),
        (429, {"message": "slow down"}, ModelRateLimitError, "rate_limit", True),
        (429, {"message": "pay", "code": "insufficient_quota"}, ModelQuotaError, "rate_limit", False),
        (413, {"message": "input must have less than 512 tokens"}, ModelBadRequestError, "content_too_large", False),
        (
            400,
            {"message": "This model's maximum context length is 8192 tokens, however you requested 9000 tokens"},
            ContextWindowExceededError,
            "content_too_large",
            False,
        ),
        (500, {"message": "oops"}, EmbeddingError, "unknown", True),
    ],
)
async def test_failures_are_embedding_errors_and_of_their_own_class(
    status: int, error: Any, kind: Any, reason: str, retryable: bool
) -> None:
    async with serving(recorded([], sized({"error": error}, f"{status} Told"))) as server:
        with pytest.raises(EmbeddingError) as raised:
            await made(server).embed(["a"])
    found = raised.value
    assert isinstance(found, kind)
    assert (found.reason, found.is_retryable, found.status_code) == (reason, retryable, status)
    assert (found.provider, found.model_id, found.error_type) == ("OpenAI", "text-embedding-3-small", "embedding_error")
    assert found.recovery_hint.endswith(".")
    assert "sk-loopback-secret" not in found.safe_message == str(found)


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (None, "unknown", True),
        (401, "authentication", False),
        (413, "content_too_large", False),
        (429, "rate_limit", True),
    ],
)
def test_embedders_of_users_may_raise_it_as_in_the_reference(status: int | None, reason: str, retryable: bool) -> None:
    error = EmbeddingError("no vectors", status, "mine", "Me")
    assert (error.message, error.model_id, error.provider, error.status_code) == (
        "no vectors", "mine", "Me", status or 502,
    )  # fmt: skip
    assert (error.reason, error.is_retryable) == (reason, retryable)


async def test_a_busy_vendor_is_asked_again() -> None:
    busy = sized({"error": {"message": "busy"}}, "503 Busy", "Retry-After: 0")
    async with serving(answering(busy, sized({"data": [row("1", 0)]}))) as server:
        found = await made(server, retries=2).embed(["1"])
    assert found.vectors == [[1.0, 0.5]]


async def test_a_reply_that_breaks_off_is_asked_for_again() -> None:
    whole = sized({"data": [row("1", 0)]})

    async def script(connection: Connection) -> None:
        await connection.asked()
        await connection.send(whole if len(server.connections) > 1 else whole[:-9])

    async with serving(script) as server:
        assert (await made(server, retries=1).embed(["1"])).vectors == [[1.0, 0.5]]
    assert len(server.connections) == 2


async def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    with pytest.raises(ModelAuthenticationError, match="OPENAI_API_KEY is not set") as raised:
        await OpenAIEmbedder().embed(["a"])
    assert isinstance(raised.value, EmbeddingError)


async def test_a_server_that_is_not_there_or_lacks_the_model_says_what_to_do() -> None:
    async with serving(answering(sized({"error": "model 'x' not found"}, "404 Not Found"))) as server:
        with pytest.raises(ModelNotFoundError, match="fetch it with 'ollama pull x'"):
            await made(server, OllamaEmbedder, id="x").embed(["a"])
    with pytest.raises(ModelConnectionError, match="start it with 'ollama serve'") as raised:
        await OllamaEmbedder(host=f"127.0.0.1:{server.port}", retries=0).embed(["a"])
    assert isinstance(raised.value, EmbeddingError)


async def test_gemini_s_refusals_are_judged_by_their_details() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}
    async with serving(answering(sized({"error": error}, "400 Bad Request"))) as server:
        with pytest.raises(ModelAuthenticationError) as raised:
            await made(server, GeminiEmbedder).embed(["a"])
    assert (raised.value.code, raised.value.status_code) == ("API_KEY_INVALID", 400)
    assert isinstance(raised.value, EmbeddingError)
    assert raised.value.reason == "authentication"


async def test_empty_texts_are_refused_and_no_texts_are_no_vectors() -> None:
    with pytest.raises(ModelBadRequestError, match=r"text 1 of 2 is empty.*leave it out") as raised:
        await OpenAIEmbedder().embed(["a", ""])
    assert isinstance(raised.value, EmbeddingError)
    assert await OpenAIEmbedder().embed([]) == Embeddings(vectors=[])
    assert await OpenAIEmbedder().async_get_embeddings_batch_and_usage([]) == ([], [])


@pytest.mark.parametrize("wrong", ["a text", [1], [None]])
async def test_what_is_no_list_of_texts_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="takes a list of texts"):
        await OpenAIEmbedder().embed(wrong)


# ---- ways to call


async def test_sync_calls_work_inside_a_running_loop_and_in_threads() -> None:
    with background(counting) as url:
        embedder = OpenAIEmbedder(api_key="k", base_url=url)
        assert embedder.get_embedding("3") == [3.0, 0.5]
        assert embedder.get_embedding_and_usage("3") == ([3.0, 0.5], {"prompt_tokens": 1, "total_tokens": 1})
        batch = embedder.get_embeddings_batch_and_usage(["1", "2"])
        assert batch == ([[1.0, 0.5], [2.0, 0.5]], [{"prompt_tokens": 2, "total_tokens": 2}, None])
        assert await asyncio.to_thread(embedder.get_embedding, "4") == [4.0, 0.5]
        assert await embedder.async_get_embedding("5") == [5.0, 0.5]
        assert (await embedder.async_get_embedding_and_usage("6")).embedding == [6.0, 0.5]


def test_sync_calls_work_without_a_loop_and_raise_what_async_ones_raise() -> None:
    with background(counting) as url:
        assert OpenAIEmbedder(api_key="k", base_url=url).get_embedding("3") == [3.0, 0.5]
    with pytest.raises(EmbeddingError, match="OPENAI_API_KEY is not set"):
        OpenAIEmbedder().get_embedding("3")


# ---- names


@pytest.mark.parametrize(
    ("text", "kind", "id"),
    [
        ("openai:text-embedding-3-large", OpenAIEmbedder, "text-embedding-3-large"),
        ("openai", OpenAIEmbedder, "text-embedding-3-small"),
        ("openai-chat:text-embedding-3-small", OpenAIEmbedder, "text-embedding-3-small"),
        ("google:gemini-embedding-2", GeminiEmbedder, "gemini-embedding-2"),
        ("glm", GLMEmbedder, "embedding-3"),
        ("openrouter", OpenRouterEmbedder, "openai/text-embedding-3-small"),
        ("siliconflow:Qwen/Qwen3-Embedding-8B", SiliconflowEmbedder, "Qwen/Qwen3-Embedding-8B"),
        ("ollama:nomic-embed-text:v1.5", OllamaEmbedder, "nomic-embed-text:v1.5"),
        ("local", LocalEmbedder, "all-minilm-l6-v2"),
    ],
)
def test_embedders_have_names(text: str, kind: type[Embedder], id: str) -> None:
    embedder = resolve_embedder(text)
    assert isinstance(embedder, kind)
    assert isinstance(embedder, Embedder)
    assert embedder.id == id


@pytest.mark.parametrize("provider", ["cerebras", "modelscope", "groq", "anthropic"])
def test_vendors_without_embeddings_say_so_and_who_has_some(provider: str) -> None:
    with pytest.raises(
        EmbeddingsNotOfferedError, match=f"{provider} offers no embeddings: use one of openai"
    ) as raised:
        resolve_embedder(f"{provider}:some-model")
    assert isinstance(raised.value, EmbeddingError)
    assert (raised.value.status_code, raised.value.is_retryable) == (501, False)
    assert raised.value.error_type == "embeddings_not_offered_error"


def test_unknown_names_are_configuration_errors() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'openai'"):
        resolve_embedder("opena:x")
    with pytest.raises(ConfigurationError, match="no local embedding model 'big'"):
        resolve_embedder("local:big")
