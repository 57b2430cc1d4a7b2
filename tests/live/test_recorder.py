"""A recorded exchange holds no secret wherever one stood, and replays to what was heard live."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo.ports.model import Model, ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.providers.connection import Connection
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.transport import NETWORK
from agnolo.providers.wire import Transport
from agnolo.vocabulary.errors import ModelProviderError
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.messages import Message
from tests.live.emulation import KEY, VOICES, emulating, variables
from tests.live.recorder import Recorder
from tests.live.redaction import Redaction
from tests.live.subjects import subject
from tests.providers import cassettes
from tests.providers.conformance import suite
from tests.providers.loopback import serving
from tests.providers.scripted_wire import DONE, Answer, Clock, Wire, frame, whole

CANARIES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_~.+-]{10,40}[A-Za-z0-9]", fullmatch=True)


async def heard(model: Model, *, stream: bool, said: str = "hi", images: list[Image] | None = None) -> list[ModelEvent]:
    request = ModelRequest(messages=[Message(role="user", content=said, images=images)], stream=stream)
    return [event async for event in model.exchange(request)]


def using(model: Model, transport: Transport) -> Model:
    assert isinstance(model, Connection)
    model.transport = transport
    return model


def plain(events: list[ModelEvent]) -> Any:
    """The events without the vendor's numbers of the request."""
    return Redaction([]).tree(msgspec.to_builtins(events))


def recorded(
    answer: Answer, *, stream: bool, said: str = "hi", images: list[Image] | None = None, **options: Any
) -> dict[str, Any]:
    """The recording of one exchange with a chat model that answers so."""
    with TemporaryDirectory() as folder:
        recorder = Recorder(Wire(Clock(), [answer]), Path(folder), provider="groq", check="chat", secrets=[])
        given: dict[str, Any] = {"api_key": "k", "base_url": "https://h.test/v1", "retries": 0, **options}
        model = OpenAIChat(id="gpt", transport=recorder, **given)
        with suppress(ModelProviderError):  # an error is recorded like any other reply
            asyncio.run(heard(model, stream=stream, said=said, images=images))
        (file,) = Path(folder).rglob("*.json")
        assert file.relative_to(folder).as_posix() == "live_chat_0.json"
        return json.loads(file.read_text())


def all_of(kept: dict[str, Any]) -> str:
    """Everything a recording tells, also what a reader puts together from its frames."""
    chunks = "".join(kept["response"].get("chunks", []))
    texts: list[str] = []
    for line in chunks.splitlines():
        if line.startswith("data: {"):
            texts += [choice["delta"].get("content") or "" for choice in json.loads(line[6:])["choices"]]
    return json.dumps(kept, ensure_ascii=False) + chunks + "".join(texts)


@settings(max_examples=150, deadline=None)
@given(canary=CANARIES, cuts=st.lists(st.integers(1, 60), max_size=12), bytes_=st.lists(st.integers(0, 10**6)))
def test_no_secret_of_the_request_survives_in_a_stream_however_it_is_cut(
    canary: str, cuts: list[int], bytes_: list[int]
) -> None:
    told = f"You said {canary}, didn't you? {canary}!"
    places = sorted({0, *(cut % len(told) for cut in cuts), len(told)})
    frames = b"".join(frame(told[a:b]) for a, b in pairwise(places)) + frame(finish="stop") + DONE
    ends = sorted({0, *(place % len(frames) for place in bytes_), len(frames)})
    blocks = [frames[a:b] for a, b in pairwise(ends)]

    kept = recorded(Answer(*blocks), stream=True, said=f"my key is {canary}", api_key=canary)

    assert canary not in all_of(kept)
    assert len(kept["response"]["chunks"]) <= len(blocks)
    assert kept["response"]["chunks"][-1].endswith("data: [DONE]\n\n"[-min(14, len(blocks[-1])) :])


@settings(max_examples=60, deadline=None)
@given(canary=CANARIES, place=st.sampled_from(["key", "header", "query", "organization", "user"]))
def test_no_secret_survives_wherever_the_request_holds_it(canary: str, place: str) -> None:
    options: dict[str, Any] = {
        "key": {"api_key": canary},
        "header": {"extra_headers": {"X-Corporate-Pass": canary}},
        "query": {"extra_query": {"access_token": canary}},
        "organization": {"organization": canary},
        "user": {"user": canary},
    }[place]
    echoed, told = (canary, "[redacted]") if place != "user" else ("nobody", "nobody")
    answer = whole({"choices": [{"message": {"content": f"<{echoed}>"}, "finish_reason": "stop"}], "x": [echoed]})

    kept = recorded(answer, stream=False, said=f"I am {echoed}", **options)

    assert canary not in json.dumps(kept, ensure_ascii=False)
    assert kept["response"]["body"]["choices"][0]["message"]["content"] == f"<{told}>"


@settings(max_examples=60, deadline=None)
@given(canary=CANARIES, stream=st.booleans(), form=st.sampled_from(["json", "text", "list"]))
def test_no_secret_survives_in_an_error(canary: str, stream: bool, form: str) -> None:
    said = {"json": {"error": {"message": f"bad key {canary}"}}, "text": f"no {canary} here".encode(), "list": [canary]}
    answer = whole(said[form], status=401, headers={"X-Request-Id": canary, "X-RateLimit-Reset": "1s"})

    kept = recorded(answer, stream=stream, api_key=canary)

    assert canary not in json.dumps(kept, ensure_ascii=False)
    assert kept["response"]["status"] == 401
    assert kept["response"]["headers"] == {"content-type": "application/json", "x-ratelimit-reset": "1s"}
    assert kept["tags"] == ["error", "http-401", *(["stream"] if stream else [])]


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-Abcdefgh12345678", "gsk_abcdefgh12345678", "AIzaSyA1234567890abcdefghijklmnop",
        "0123456789abcdef0123456789abcdef.AbCdEfGh12345678", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
        "org-AbCdEfGh1234", "proj_AbCdEfGh1234", "user-AbCdEfGh1234", "req_01jabcdefgh", "ada@example.org",
        "Bearer abcdef0123456789", "projects/123456789",
    ],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_what_looks_like_a_key_or_tells_who_asked_is_taken_out(secret: str, stream: bool) -> None:
    half = len(secret) // 2
    if stream:
        answer = Answer(frame(f"It is {secret[:half]}"), frame(f"{secret[half:]} then"), frame(finish="stop"), DONE)
    else:
        answer = whole({"choices": [{"message": {"content": f"It is {secret} then"}, "finish_reason": "stop"}]})

    kept = recorded(answer, stream=stream, said=f"Is it {secret} ?")

    assert secret not in all_of(kept)
    assert kept["request"]["json"]["messages"][0]["content"] == "Is it [redacted] ?"
    if stream:
        assert "It is [redacted] then" in all_of(kept)


def test_long_media_become_a_note_and_vectors_stay() -> None:
    vector = "A" * 4000
    answer = whole(
        {
            "choices": [{"message": {"content": "A cat."}, "finish_reason": "stop"}],
            "data": [{"embedding": vector, "b64_json": vector}],
        }
    )

    kept = recorded(answer, stream=False, images=[Image(content=bytes(3000), mime_type="image/png")])

    image = kept["request"]["json"]["messages"][0]["content"][1]["image_url"]["url"]
    assert image == "data:image/png;base64,[4000 characters of base64 left out]"
    data = kept["response"]["body"]["data"][0]
    assert data == {"embedding": vector, "b64_json": "[4000 characters of base64 left out]"}


def test_blocks_stay_as_they_were_read_also_within_a_character() -> None:
    said = b"".join([frame("Gr\u00fc"), frame("\u00dfe"), frame(finish="stop"), DONE])
    plain = recorded(Answer(said[:20], said[20:]), stream=True)["response"]
    raw = said.replace(b"\\u00fc", "\u00fc".encode())
    middle = raw.index("\u00fc".encode()) + 1
    split = recorded(Answer(raw[:middle], raw[middle:]), stream=True)["response"]

    assert plain["chunks"] == [said[:20].decode(), said[20:].decode()]
    assert plain["chunking"] == "wire"
    assert (split["chunking"], len(split["chunks_b64"])) == ("wire-b64", 2)


def test_headers_and_address_are_kept_as_far_as_they_are_plain() -> None:
    answer = whole(
        {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}, headers={"Set-Cookie": "a=b"}
    )

    kept = recorded(answer, stream=False, extra_query={"api-version": "2026-01-01", "api_key": "abcdefgh"})

    assert kept["request"] == {
        "method": "POST",
        "url": "https://h.test/v1/chat/completions?api-version=2026-01-01",
        "headers": {"accept": "application/json", "content-type": "application/json"},
        "json": {"model": "gpt", "messages": [{"role": "user", "content": "hi"}]},
    }
    assert kept["response"]["headers"] == {"content-type": "application/json"}
    assert (kept["provider"], kept["kind"], kept["model"], kept["tags"]) == ("groq", "chat", "gpt", [])
    assert kept["source"]["format"] == "live"


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", VOICES)
async def test_a_recording_replays_to_what_was_heard_live(
    provider: str, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(emulating()) as server:
        for name, value in variables(provider, f"http://127.0.0.1:{server.port}").items():
            monkeypatch.setenv(name, value)
        model = subject(provider).model()
        recorder = Recorder(NETWORK, tmp_path, provider=provider, check="chat", secrets=[KEY])
        live = await heard(using(model, recorder), stream=stream)

    (cassette,) = cassettes.load(tmp_path)
    replay = Answer(*cassette.blocks, status=cassette.status, headers=cassette.headers)
    again = await heard(using(model, Wire(Clock(), [replay])), stream=stream)

    assert isinstance(live[-1], ModelReply)
    assert any(isinstance(event, TextDelta) for event in live) == stream
    assert plain(again) == plain(live)
    if provider != "anthropic":  # no independent reader reads its dialect
        read = suite.expected(cassette)
        assert (read.text, read.finish) == (live[-1].content, live[-1].finish_reason)
        assert await asyncio.to_thread(suite.wrongs, cassette) == []
