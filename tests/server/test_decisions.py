"""Runs that wait for a person, over HTTP: what is told, and what a client may decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel, tool
from agnolo.providers.scripted import Say
from tests.server.client import started
from tests.server.service import RUNS, system


class Waiting:
    """A service whose agent sends letters once someone agrees."""

    def __init__(self) -> None:
        self.sent: list[str] = []

        @tool(requires_confirmation=True)
        def send(to: str) -> str:
            """Send a letter."""
            self.sent.append(to)
            return f"sent to {to}"

        model = ScriptedModel([Say(calls=[("send", {"to": "Ada"})]), "Done."])
        self.app = system(Agent(id="main-agent", model=model, db=InMemoryDb(), tools=[send])).get_app()

    async def paused(self, client: Any) -> dict[str, Any]:
        reply = await client.post(RUNS, {"message": "hi", "session_id": "s", "stream": "false"})
        assert (reply.status, reply.json["status"], self.sent) == (200, "PAUSED", [])
        return reply.json


def _decided(run: dict[str, Any], field: str) -> str:
    if field == "tools":
        return json.dumps([tool | {"confirmed": True} for tool in run["tools"]])
    return json.dumps([requirement | {"confirmation": True} for requirement in run["requirements"]])


@pytest.mark.parametrize("field", ["tools", "requirements"])
@pytest.mark.anyio
async def test_a_client_confirms_a_call_and_the_run_goes_on(field: str) -> None:
    waiting = Waiting()
    async with started(waiting.app) as client:
        run = await waiting.paused(client)
        form = {"session_id": "s", "stream": "false", field: _decided(run, field)}
        reply = await client.post(f"{RUNS}/{run['run_id']}/continue", form)
    assert (reply.status, reply.json["content"], waiting.sent) == (200, "Done.", ["Ada"])


@pytest.mark.anyio
async def test_nothing_is_done_without_a_decision_on_the_call_itself() -> None:
    waiting = Waiting()
    async with started(waiting.app) as client:
        run = await waiting.paused(client)
        place = f"{RUNS}/{run['run_id']}/continue"
        changed = _decided(run, "tools").replace("Ada", "Mallory")
        other = _decided(run, "tools").replace(run["tools"][0]["tool_call_id"], "another")
        for tools, status in (
            (None, 409),
            (changed, 409),
            (other, 409),
            ("not json", 400),
            ('[{"confirmed": "x"}]', 400),
        ):
            form = {"session_id": "s", "stream": "false"} | ({} if tools is None else {"tools": tools})
            reply = await client.post(place, form)
            assert reply.status == status, (tools, reply.json)
    assert waiting.sent == []
