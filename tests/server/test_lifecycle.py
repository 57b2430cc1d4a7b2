"""Start and end of the service: recovery, draining, a real server with its signals and its port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agnolo.storage.memory import InMemoryDb
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunStatus
from tests.server.client import Client, Lifespan, events_of, started
from tests.server.service import HELLO, RUNS, Cued, service, system

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def draining(app: Any) -> AsyncIterator[tuple[Client, Lifespan]]:
    lifespan = Lifespan(app)
    await lifespan.start()
    yield Client(app), lifespan


async def until_draining(client: Client) -> Any:
    while (reply := await client.get("/health")).status == 200:
        pass
    return reply


# ---- draining


async def test_draining_refuses_new_runs_and_finishes_those_under_way(db: InMemoryDb) -> None:
    model = Cued()
    async with draining(service(model, db=db)) as (client, lifespan):
        stream = client.begin("POST", RUNS, form={"message": "hi"})
        model.say("a")
        await stream.until(b'"a"')
        stopping = asyncio.create_task(lifespan.stop())
        health = await until_draining(client)
        assert (health.status, health.json["status"]) == (503, "draining")
        refused = await client.post(RUNS, {"message": "hi"})
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        model.end()
        assert [e.name for e in events_of((await stream.finished()).body)][-1] == "RunCompleted"
        await stopping


async def test_runs_that_do_not_end_in_time_are_cancelled_stored_and_can_go_on(tmp_path: Path) -> None:
    model, file = Cued(), str(tmp_path / "agnolo.db")
    async with draining(service(model, db=SqliteDb(db_file=file), drain_seconds=0.01)) as (client, lifespan):
        stream = client.begin("POST", RUNS, form={"message": "hi", "session_id": "s"})
        model.say("one ")
        await stream.until(b"one ")
        await lifespan.stop()
        told = events_of((await stream.finished()).body)
    run_id = told[0].data["run_id"]
    assert (told[-2].name, told[-2].data["content"]) == ("RunCancelled", "one ")
    assert told[-1].comment == "the server is shutting down; continue the run to go on"
    async with started(service(model, db=SqliteDb(db_file=file))) as client:
        assert (await client.get(f"{RUNS}/{run_id}?session_id=s")).json["status"] == "CANCELLED"
        model.end()
        reply = await client.post(f"{RUNS}/{run_id}/continue", {"session_id": "s", "stream": "false"})
        assert reply.json["status"] == "COMPLETED"


async def test_queued_runs_are_sent_away(db: InMemoryDb) -> None:
    model = Cued()
    async with draining(service(model, db=db, max_concurrent_runs=1)) as (client, lifespan):
        running = client.begin("POST", RUNS, form={"message": "hi", "stream": "false"})
        await model.asked.wait()
        queued = client.begin("POST", RUNS, form={"message": "hi", "stream": "false", "user_id": "u"})
        stopping = asyncio.create_task(lifespan.stop())
        refused = await queued.finished()
        assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        model.end()
        assert (await running.finished()).json["status"] == "COMPLETED"
        await stopping


# ---- recovery


async def test_runs_of_a_dead_process_are_closed_at_start(tmp_path: Path) -> None:
    file, model = str(tmp_path / "agnolo.db"), Cued()
    code = f"""
import asyncio, os
from agnolo.storage.sqlite import SqliteDb
from tests.server.client import started
from tests.server.service import RUNS, Cued, service
async def main():
    model = Cued()
    async with started(service(model, db=SqliteDb(db_file={file!r}))) as client:
        client.begin("POST", RUNS, form={{"message": "hi", "session_id": "s"}})
        await model.asked.wait()
        os._exit(9)
asyncio.run(main())
"""
    assert (await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], env=_environment())).returncode == 9
    async with started(service(model, db=SqliteDb(db_file=file))) as client:
        (run,) = (await client.get("/sessions/s/runs")).json
        assert run["status"] == RunStatus.error.value
        model.say("back")
        model.end()
        form = {"session_id": "s", "stream": "false"}
        assert (await client.post(f"{RUNS}/{run['run_id']}/continue", form)).json["content"] == "back"


# ---- a real server


def _environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    return os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


SERVED = """
import sys
from agnolo.providers.scripted import ScriptedModel
from agnolo.storage.sqlite import SqliteDb
from tests.server.service import Cued, agent, system
file, port, mode = sys.argv[1:]
model = Cued() if mode == "cued" else None
if model is not None:
    model.say("one ")
system(agent(model, db=SqliteDb(db_file=file)), drain_seconds=20).serve(port=int(port))
print("ended")
"""


class Served:
    """A server process on a port of its own."""

    def __init__(self, file: Path, mode: str, port: int | None = None) -> None:
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-c", SERVED, str(file), str(self.port), mode]
        self.process = subprocess.Popen(
            command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    async def ready(self, http: aiohttp.ClientSession) -> None:
        while True:
            assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
            try:
                async with http.get(f"{self.url}/health") as reply:
                    assert reply.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.to_thread(os.sched_yield)

    async def ended(self) -> tuple[int, str, str]:
        out, err = await asyncio.to_thread(self.process.communicate)
        return self.process.returncode, out, err


@asynccontextmanager
async def served(tmp_path: Path, mode: str) -> AsyncIterator[tuple[Served, aiohttp.ClientSession]]:
    server = Served(tmp_path / "agnolo.db", mode)
    try:
        async with aiohttp.ClientSession() as http:
            await server.ready(http)
            yield server, http
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


async def test_real_server_streams_over_http_and_ends_on_sigterm(tmp_path: Path) -> None:
    async with served(tmp_path, "scripted") as (server, http):
        async with http.post(f"{server.url}{RUNS}", data={"message": "hi", "session_id": "s"}) as reply:
            assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
            told = events_of(await reply.read())
        assert "".join(e.data["content"] for e in told if e.name == "RunContent") == HELLO
        form = aiohttp.FormData({"message": "hi", "stream": "false", "session_id": "s"})
        form.add_field("files", b"text", filename="a.txt", content_type="text/plain")
        async with http.post(f"{server.url}{RUNS}", data=form) as reply:
            assert (await reply.json())["status"] == "COMPLETED"
        async with http.get(f"{server.url}/sessions/s/runs") as reply:
            assert len(await reply.json()) == 2
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == (0, "ended\n", "")


async def test_sigterm_drains_first_and_a_second_one_ends_the_runs(tmp_path: Path) -> None:
    async with served(tmp_path, "cued") as (server, http):
        async with http.post(f"{server.url}{RUNS}", data={"message": "hi", "session_id": "s"}) as stream:
            await stream.content.readuntil(b'"one "')
            server.process.send_signal(signal.SIGTERM)
            while True:
                async with http.get(f"{server.url}/health") as reply:
                    if reply.status == 503:
                        assert (await reply.json())["status"] == "draining"
                        break
            async with http.post(f"{server.url}{RUNS}", data={"message": "hi"}) as reply:
                assert (reply.status, reply.headers["retry-after"]) == (503, "5")
            server.process.send_signal(signal.SIGTERM)
            rest = await stream.content.read()
        assert b"event: RunCancelled" in rest
        assert rest.endswith(b": the server is shutting down; continue the run to go on\n\n")
        await server.ended()


async def test_taken_port_is_told_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        code, _, err = await Served(tmp_path / "agnolo.db", "scripted", port).ended()
    assert (code, err) == (
        1,
        f"agnolo: port {port} on 127.0.0.1 is taken: stop what uses it, or choose another\n",
    )


# ---- where to listen


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "agents.example"])
def test_open_address_without_a_key_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="open to other machines"):
        system().listen(host, 0)


def test_address_of_another_machine_can_not_be_had() -> None:
    with pytest.raises(ConfigurationError, match=r"can't listen on 192\.0\.2\.7"):
        system().listen("192.0.2.7", 0, insecure=True)
    with pytest.raises(ConfigurationError, match="no address of this machine"):
        system(security_key="k").listen("no.such.host.invalid", 0)
