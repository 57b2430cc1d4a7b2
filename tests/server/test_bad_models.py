"""What goes wrong on the model's side, as a client sees it: always an answer of the usual form, nothing lost."""

from __future__ import annotations

import logging
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from agnolo import InMemoryDb, OpenAIChat
from agnolo.providers.breaker import FAILURES, FIRST_REST
from agnolo.providers.compatible import ROWS
from agnolo.providers.errors import Vendor
from agnolo.providers.guard import GUARD
from agnolo.providers.retry import SYSTEM_PACE
from agnolo.providers.rows_matrix import GLM4
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ModelOverloadedError
from tests.server.client import events_of, started
from tests.server.service import RUNS, scripted, service

pytestmark = pytest.mark.anyio

HI = {"message": "hi", "stream": "false", "session_id": "s"}
SECRET = "sk-canary-9f2d"


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_provider_that_is_down_is_named_and_the_run_is_kept(
    stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{closed_port()}/v1"
    model = OpenAIChat(id="m", base_url=url, api_key=SECRET, retries=0)
    with caplog.at_level(logging.DEBUG):
        async with started(service(model, db=InMemoryDb())) as client:
            reply = await client.post(RUNS, HI | {"stream": str(stream).lower()})
            (stored,) = (await client.get("/sessions/s/runs?type=agent")).json
    assert reply.status == 200
    told: dict[str, Any] = events_of(reply.body)[-1].data if stream else reply.json
    assert told["error_id"] == "model_connection_error" if stream else told["status"] == "ERROR"
    assert url.removesuffix("/v1").removeprefix("http://") in told["content"]
    assert (stored["status"], stored["run_input"], stored["content"]) == ("ERROR", "hi", told["content"])
    assert SECRET not in caplog.text + reply.body.decode() + str(stored)
    assert "Traceback" not in caplog.text


async def test_a_missing_key_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with started(service(OpenAIChat(id="m"), db=InMemoryDb())) as client:
        reply = await client.post(RUNS, HI)
    assert (reply.status, reply.json["status"]) == (200, "ERROR")
    assert "OPENAI_API_KEY" in reply.json["content"]


async def test_health_names_what_each_provider_lacks_and_does_not_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in GLM4.keys:
        monkeypatch.delenv(source.variable, raising=False)
    monkeypatch.setenv("GROQ_API_KEY", "k")
    async with started(service()) as client:
        providers = {told["provider"]: told for told in (await client.get("/health")).json["providers"]}
    works = {"chat": True, "stream": True, "tools": True, "structured": True}
    assert providers["glm4"] == {
        "provider": "glm4",
        "status": "not-configured",
        "capabilities": works | {"embeddings": True},
        "missing": ["GLM4_API_KEY"],
        "default_model": "glm-4.7",
        "not_offered": [],
        "breaker": "closed",
        "seconds_left": 0.0,
        "broken_models": [],
    }
    groq = providers["groq"]
    assert (groq["status"], groq["missing"], groq["not_offered"]) == ("ready", [], ["embeddings"])
    assert groq["capabilities"] == works | {"embeddings": False}


async def test_a_tool_the_model_made_up_and_arguments_that_are_no_json_are_told_to_the_model() -> None:
    model = scripted(Say(calls=[("fly", {}), ("get_weather", '{"city": ')]), "Sorry.")
    async with started(service(model, db=InMemoryDb())) as client:
        reply = await client.post(RUNS, HI)
    assert (reply.status, reply.json["status"], reply.json["content"]) == (200, "COMPLETED", "Sorry.")
    made_up, broken = [m["content"] for m in reply.json["messages"] if m["role"] == "tool"]
    assert made_up == "There is no tool 'fly'. Tools: get_weather."
    assert "JSON" in broken


@pytest.mark.parametrize("stream", [False, True])
async def test_a_defect_of_the_users_own_code_is_an_error_of_the_run(stream: bool) -> None:
    def instructions() -> str:
        raise ZeroDivisionError("division by zero")

    served = service(scripted(), db=InMemoryDb(), options={"instructions": instructions})
    async with started(served) as client:
        reply = await client.post(RUNS, HI | {"stream": str(stream).lower()})
    told = events_of(reply.body)[-1].data if stream else reply.json
    assert reply.status == 200
    assert told["content"] == "division by zero"
    assert "Traceback" not in reply.body.decode()


async def test_health_tells_which_vendor_is_not_asked_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "k")
    vendor = Vendor(name="Groq", model="llama")
    busy = vendor.error(ModelOverloadedError, "busy", status_code=503)
    host = urlsplit(ROWS["groq"].site.default_url or ROWS["groq"].site.keys[0].base_url).netloc
    try:
        for _ in range(FAILURES):
            GUARD.breakers.failed(busy, host, (), SYSTEM_PACE)
        async with started(service()) as client:
            told = (await client.get("/health")).json
    finally:
        GUARD.forget()
    groq = next(one for one in told["providers"] if one["provider"] == "groq")
    assert (groq["breaker"], groq["broken_models"], 0 < groq["seconds_left"] <= FIRST_REST) == ("open", ["llama"], True)
    assert [(one["host"], one["model"], one["breaker"]) for one in told["breakers"]] == [(host, "llama", "open")]
