"""Approvals over HTTP: what waits, who decides, and that a client can't decide for itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel, tool
from agnolo.ports.approval import approval
from agnolo.providers.scripted import Say
from agnolo.server.app import AgentOS
from agnolo.vocabulary import codec
from tests.server.client import Client, Reply, started

pytestmark = pytest.mark.anyio
RUNS = "/agents/guard/runs"


class Vault:
    """A service whose agent unlocks doors once someone approves."""

    def __init__(self) -> None:
        self.done: list[str] = []

        @approval
        @tool(requires_confirmation=True)
        def unlock(door: str) -> str:
            """Unlock a door."""
            self.done.append(door)
            return f"unlocked {door}"

        model = ScriptedModel([Say(calls=[("unlock", {"door": "north"})]), "Done."])
        self.app = AgentOS(agents=[Agent(id="guard", model=model, tools=[unlock])], db=InMemoryDb()).get_app()

    async def paused(self, client: Client) -> dict[str, Any]:
        reply = await client.post(RUNS, {"message": "hi", "session_id": "s", "stream": "false"})
        assert (reply.status, reply.json["status"], self.done) == (200, "PAUSED", [])
        return reply.json


async def sent(client: Client, path: str, body: Any) -> Reply:
    return await client.request("POST", path, content=codec.dumps(body), headers={"content-type": "application/json"})


async def go_on(client: Client, run: dict[str, Any], **more: str) -> Reply:
    return await client.post(f"{RUNS}/{run['run_id']}/continue", {"session_id": "s", "stream": "false", **more})


async def test_a_run_goes_on_once_its_approval_is_resolved() -> None:
    vault = Vault()
    async with started(vault.app) as client:
        run = await vault.paused(client)
        (waiting,) = (await client.get("/approvals?status=pending")).json["data"]
        assert (await client.get("/approvals/count")).json == {"count": 1}
        assert (await go_on(client, run)).status == 400
        resolved = await sent(
            client, f"/approvals/{waiting['id']}/resolve", {"status": "approved", "resolved_by": "bob"}
        )
        assert (resolved.status, resolved.json["status"], resolved.json["resolved_by"]) == (200, "approved", "bob")
        again = await sent(client, f"/approvals/{waiting['id']}/resolve", {"status": "rejected"})
        assert (again.status, again.json["detail"]) == (409, "Approval is already 'approved' and cannot be resolved")
        done = await go_on(client, run)
        status = (await client.get(f"/approvals/{waiting['id']}/status")).json
    assert (done.status, done.json["content"], vault.done) == (200, "Done.", ["north"])
    assert (status["status"], status["run_id"], status["approval_id"]) == ("approved", run["run_id"], waiting["id"])


@pytest.mark.parametrize("field", ["tools", "requirements"])
async def test_a_client_cannot_approve_its_own_call(field: str) -> None:
    vault = Vault()
    async with started(vault.app) as client:
        run = await vault.paused(client)
        claim = {"confirmed": True} if field == "tools" else {"confirmation": True}
        reply = await go_on(client, run, **{field: json.dumps([one | claim for one in run[field]])})
    assert (reply.status, reply.json["error_type"], vault.done) == (400, "approval_pending_error", [])


async def test_a_client_cannot_leave_the_approval_out() -> None:
    vault = Vault()
    async with started(vault.app) as client:
        run = await vault.paused(client)
        bare = [one | {"confirmed": True, "approval_id": None, "approval_type": None} for one in run["tools"]]
        reply = await go_on(client, run, tools=json.dumps(bare))
    assert (reply.status, vault.done) == (400, [])


async def test_deleting_an_approval_lets_nothing_happen() -> None:
    vault = Vault()
    async with started(vault.app) as client:
        run = await vault.paused(client)
        (waiting,) = (await client.get("/approvals")).json["data"]
        assert (await client.request("DELETE", f"/approvals/{waiting['id']}")).status == 204
        assert (await client.request("DELETE", f"/approvals/{waiting['id']}")).status == 404
        assert (await client.get(f"/approvals/{waiting['id']}")).status == 404
        assert (await sent(client, f"/approvals/{waiting['id']}/resolve", {"status": "approved"})).status == 404
        assert (await go_on(client, run)).status == 400
    assert vault.done == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "missing"),
        ({"status": 1}, "string_type"),
        ({"status": "maybe"}, "string_pattern_mismatch"),
        ({"status": "approved", "resolved_by": "x" * 256}, "string_too_long"),
        ({"status": "approved", "resolution_data": []}, "dict_type"),
    ],
)
async def test_bodies_at_fault_are_refused_by_name(body: dict[str, Any], kind: str) -> None:
    async with started(Vault().app) as client:
        reply = await sent(client, "/approvals/none/resolve", body)
    assert (reply.status, [fault["type"] for fault in reply.json["detail"]]) == (422, [kind])


@pytest.mark.parametrize("query", ["status=maybe", "approval_type=maybe", "limit=0", "limit=1001", "page=0"])
async def test_queries_at_fault_are_refused(query: str) -> None:
    async with started(Vault().app) as client:
        assert (await client.get(f"/approvals?{query}")).status == 422
