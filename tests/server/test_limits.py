"""What is refused, and how: bad input, too much of it, too many runs, the wrong caller."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agnolo.providers.scripted import ScriptedModel
from agnolo.server.settings import Settings
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError, StoreFullError
from tests.server.client import BOUNDARY, Client, Reply, events_of, started
from tests.server.service import HELLO, RUNS, Cued, agent, scripted, service, system

pytestmark = pytest.mark.anyio

HI = {"message": "hi", "stream": "false"}


@pytest.fixture
async def client(db: Any) -> AsyncIterator[Client]:
    async with started(service(db=db)) as client:
        yield client


def field_error(reply: Reply) -> tuple[int, str, list[str]]:
    (problem,) = reply.json["detail"]
    return reply.status, problem["type"], problem["loc"]


# ---- forms


@pytest.mark.parametrize("name", ["session_state", "dependencies", "output_schema"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [("{bad", "json_invalid"), ("[1]", "value_error"), ('{"a":' * 99999, "json_invalid")],
    ids=["broken", "a list", "bottomless"],
)
async def test_bad_json_in_a_field_is_refused_by_name(client: Client, name: str, text: str, kind: str) -> None:
    assert field_error(await client.post(RUNS, HI | {name: text})) == (422, kind, ["body", name])


@pytest.mark.parametrize("name", ["stream", "background", "stream_events"])
async def test_bad_truth_value_is_refused_by_name(client: Client, name: str) -> None:
    assert field_error(await client.post(RUNS, HI | {name: "zzz"})) == (422, "bool_parsing", ["body", name])


@pytest.mark.parametrize("text", ["TRUE", "1", "on", "yes", ""])
async def test_streaming_is_asked_for_in_any_spelling(client: Client, text: str) -> None:
    reply = await client.post(RUNS, {"message": "hi", "stream": text})
    assert reply.headers["content-type"].startswith("text/event-stream")


async def test_bad_event_index_is_refused_by_name(client: Client) -> None:
    reply = await client.post(f"{RUNS}/x/resume", {"last_event_index": "zzz"})
    assert field_error(reply) == (422, "int_parsing", ["body", "last_event_index"])
    reply = await client.post(f"{RUNS}/x/resume", {}, headers={"last-event-id": "zzz"})
    assert field_error(reply) == (422, "int_parsing", ["header", "Last-Event-ID"])


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=zzz", "limit"),
        ("limit=0", "limit"),
        ("page=-1", "page"),
        ("sort_by=password", "sort_by"),
        ("type=zzz", "type"),
    ],
)
async def test_bad_query_is_refused_by_name(client: Client, query: str, where: str) -> None:
    status, _, place = field_error(await client.get(f"/sessions?{query}"))
    assert (status, place) == (422, ["query", where])


async def test_bad_filter_of_runs_is_refused_by_name(client: Client) -> None:
    await client.post(RUNS, HI | {"session_id": "s"})
    status, _, place = field_error(await client.get("/sessions/s/runs?created_after=zzz"))
    assert (status, place) == (422, ["query", "created_after"])
    reply = await client.get("/sessions/s/runs?status=zzz")
    assert (reply.status, "'zzz'" in reply.json["detail"]) == (400, True)


async def test_malformed_multipart_is_refused(client: Client) -> None:
    for kind, body in (
        ("multipart/form-data", b"x"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"no boundary in here"),
        (f"multipart/form-data; boundary={BOUNDARY}", f"--{BOUNDARY}\r\nContent-Disposition: x\r\n\r\n1\r\n".encode()),
    ):
        reply = await client.post(RUNS, content=body, headers={"content-type": kind})
        assert reply.status in (400, 422)
        assert "detail" in reply.json


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{bad", "json_invalid"), (b"[1]", "model_attributes_type"), (b"\xff", "json_invalid")]
)
async def test_bad_json_body_is_refused(client: Client, body: bytes, kind: str) -> None:
    reply = await client.request("POST", "/sessions/s/rename", content=body)
    assert field_error(reply) == (422, kind, ["body"])


async def test_name_of_a_session_is_text(client: Client) -> None:
    reply = await client.request("POST", "/sessions/s/rename", content=b'{"session_name": 1}')
    assert field_error(reply) == (422, "string_type", ["body", "session_name"])
    reply = await client.request("POST", "/sessions/s/rename", content=b'{"session_name": "x"}')
    assert (reply.status, reply.json) == (404, {"detail": "Session with id 's' not found"})


async def test_too_many_fields_or_files_are_refused(db: Any) -> None:
    async with started(service(db=db, max_form_fields=3, max_form_files=1)) as client:
        many = {f"field{n}": "x" for n in range(4)}
        assert (await client.post(RUNS, HI | many)).status == 400
        assert (await client.post(RUNS, HI | many, files=[("files", "a.txt", "text/plain", b"x")])).status == 400
        two = [("files", f"{n}.txt", "text/plain", b"x") for n in range(2)]
        assert (await client.post(RUNS, HI, files=two)).status == 400


async def test_clients_choice_of_run_id_and_unknown_fields_are_not_looked_at(client: Client) -> None:
    run = (await client.post(RUNS, HI | {"run_id": "mine", "debug_mode": "true", "bogus": "1"})).json
    assert (run["status"], run["run_id"] == "mine") == ("COMPLETED", False)


# ---- media


async def test_uploads_reach_the_model_by_kind() -> None:
    model = scripted()
    files = [
        ("files", "a.PNG", "image/png", b"i"),
        ("files", "a.wav", "audio/wav", b"a"),
        ("files", "a.mp4", "video/mp4", b"v"),
        ("files", "dir/../notes.txt", "text/plain; charset=utf-8", b"hello"),
    ]
    lists = {"images": '[{"url": "https://example.com/x.png"}]'}
    async with started(service(model)) as client:
        assert (await client.post(RUNS, HI | lists, files=files)).status == 200
    asked = model.requests[0].messages[-1]
    assert [(i.url, i.content, i.format) for i in asked.images or ()] == [
        ("https://example.com/x.png", None, None),
        (None, b"i", "png"),
    ]
    assert [(a.content, a.mime_type) for a in asked.audio or ()] == [(b"a", "audio/wav")]
    assert [(v.content, v.mime_type) for v in asked.videos or ()] == [(b"v", "video/mp4")]
    assert [(f.content, f.mime_type, f.filename, f.format) for f in asked.files or ()] == [
        (b"hello", "text/plain", "notes.txt", "txt")
    ]


@pytest.mark.parametrize(
    "media", ["{bad", '{"url": "x"}', '[{"filepath": "/etc/passwd"}]', '[{"url": "x", "content": "eA=="}]', "[{}]"]
)
async def test_bad_media_are_refused_and_no_path_of_the_server_is_read(client: Client, media: str) -> None:
    assert field_error(await client.post(RUNS, HI | {"images": media})) == (422, "value_error", ["body", "images"])


async def test_empty_file_is_refused(client: Client) -> None:
    reply = await client.post(RUNS, HI, files=[("files", "a.txt", "text/plain", b"")])
    assert (reply.status, reply.json) == (400, {"detail": "File 'a.txt' is empty"})


# ---- size and time of bodies


@pytest.mark.parametrize("announced", [True, False])
async def test_body_above_the_limit_is_refused(announced: bool) -> None:
    async with started(service(max_body_bytes=1000)) as client:
        body: Any = b"message=" + b"x" * 1000
        kind = {"content-type": "application/x-www-form-urlencoded"}
        reply = await client.request(
            "POST", RUNS, content=body if announced else [body[:600], body[600:]], headers=kind
        )
    assert (reply.status, reply.json) == (413, {"detail": "The request's body is longer than 1000 bytes"})


async def test_body_that_does_not_arrive_is_refused() -> None:
    async with started(service(body_seconds=0.001)) as client:
        for path in (RUNS, "/sessions/s/rename"):
            exchange = client.begin("POST", path, content=[b"message=", b""], headers={"content-type": "x"})
            exchange._body = []  # the client says nothing more
            reply = await exchange.finished()
            assert (reply.status, "did not arrive" in reply.json["detail"]) == (408, True)


async def test_client_that_leaves_while_it_sends_gets_nothing() -> None:
    async with started(service()) as client:
        exchange = client.begin("POST", RUNS, content=[b"message=", b""], headers={"content-type": "x"})
        exchange._body = []
        exchange.leave()
        await exchange.task
    assert (exchange.status, exchange.sent) == (0, [])


# ---- admission


async def test_runs_above_the_limit_wait_and_then_are_refused() -> None:
    models = [Cued(), Cued()]
    agents = [agent(models[0]), agent(models[1])]
    agents[1].id = "second"
    async with started(system(*agents, max_concurrent_runs=1, max_queued_runs=1).get_app()) as client:
        running = client.begin("POST", RUNS, form=HI)
        await models[0].asked.wait()
        queued = client.begin("POST", "/agents/second/runs", form=HI)
        while (refused := await client.post(RUNS, HI)).status != 503:
            pass
        assert refused.headers["retry-after"] == "1"
        assert refused.json == {"detail": "Server is at its limit of runs: try again"}
        assert not models[1].asked.is_set()
        for model in models:
            model.end()
        assert [(await each.finished()).json["status"] for each in (running, queued)] == ["COMPLETED"] * 2


async def test_client_that_leaves_the_queue_makes_room() -> None:
    model = Cued()
    async with started(service(model, max_concurrent_runs=1, max_queued_runs=1)) as client:
        running = client.begin("POST", RUNS, form=HI)
        await model.asked.wait()
        first = client.begin("POST", RUNS, form=HI)
        while (await client.post(RUNS, HI)).status != 503:
            pass
        first.leave()
        await first.task
        second = client.begin("POST", RUNS, form=HI)
        model.end()
        model.end()
        assert [(await each.finished()).status for each in (running, second)] == [200, 200]


async def test_user_with_too_many_runs_is_refused_and_others_are_not() -> None:
    model = Cued()
    async with started(service(model, max_runs_per_user=1)) as client:
        running = client.begin("POST", RUNS, form=HI | {"user_id": "alice"})
        await model.asked.wait()
        refused = await client.post(RUNS, HI | {"user_id": "alice"})
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        other = client.begin("POST", RUNS, form=HI | {"user_id": "bob"})
        model.end()
        model.end()
        assert [(await each.finished()).status for each in (running, other)] == [200, 200]
        model.end()
        assert (await client.post(RUNS, HI | {"user_id": "alice"})).status == 200


async def test_background_run_needs_a_database() -> None:
    async with started(service()) as client:
        for stream in ("true", "false"):
            reply = await client.post(RUNS, {"message": "hi", "stream": stream, "background": "true"})
            assert (reply.status, "database" in reply.json["detail"]) == (400, True)


# ---- callers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:7777", "[::1]:7777", "LOCALHOST:7777", "my.box:7777"])
async def test_loopback_serves_its_own_names(host: str) -> None:
    app = service(allowed_hosts=("my.box",))
    assert (await Client(app, host=host).get("/info")).status == 200


async def test_loopback_does_not_serve_a_foreign_name() -> None:
    reply = await Client(service(), host="evil.example").get("/info")
    assert (reply.status, "'evil.example'" in reply.json["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("server", "allowed"),
    [(("192.0.2.7", 7777), ()), (None, ()), (("/run/agnolo.sock", None), ()), (("::1", 1), ("*",))],
)
async def test_other_addresses_serve_any_name(server: Any, allowed: tuple[str, ...]) -> None:
    app = service(allowed_hosts=allowed)
    assert (await Client(app, server=server, host="agents.example").get("/info")).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_pages_of_other_origins_can_not_start_runs(origin: str) -> None:
    reply = await Client(service()).post(RUNS, HI, headers={"origin": origin})
    assert (reply.status, f"Origin {origin!r}" in reply.json["detail"]) == (403, True)


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:7777"])
async def test_pages_of_known_origins_and_our_own_can(origin: str) -> None:
    async with started(service()) as client:
        assert (await client.post(RUNS, HI, headers={"origin": origin})).json["content"] == HELLO


async def test_foreign_preflight_is_refused() -> None:
    asked = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    reply = await Client(service()).request("OPTIONS", RUNS, headers=asked)
    assert (reply.status, "access-control-allow-origin" in reply.headers) == (400, False)


async def test_every_route_but_the_public_ones_asks_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_SECURITY_KEY", "s3cret")
    async with started(service()) as client:
        for path in ("/", "/health", "/info", "/docs", "/info/"):
            assert (await client.get(path)).status == 200
        assert (await client.get("/info")).json["auth_mode"] == "security_key"
        for method, path in (
            ("GET", "/agents"),
            ("GET", "/config"),
            ("GET", "/zzz"),
            ("POST", RUNS),
            ("POST", f"{RUNS}/x/resume"),
            ("GET", "/sessions"),
            ("DELETE", "/sessions/s"),
        ):
            reply = await client.request(method, path)
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
        for value in ("Bearer", "Bearer ", "Basic s3cret", "s3cret2", "Bearer s3cret2", "Bearer \xff"):
            assert (await client.get("/agents", headers={"authorization": value})).status == 401
        for value in ("bearer s3cret", "s3cret"):
            assert (await client.get("/agents", headers={"authorization": value})).status == 200


async def test_key_shows_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(security_key="s3cret")
    async with started(service(security_key="s3cret")) as client:
        await client.get("/agents?token=s3cret", headers={"authorization": "Bearer s3cret"})
        await client.get("/agents", headers={"authorization": "Bearer s3cret-not"})
    assert "GET /agents 200" in caplog.text
    assert "s3cret" not in caplog.text + repr(settings)
    assert "security_key=***" in repr(settings)


async def test_path_can_not_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await Client(service()).get("/x\nGET /forged 200")
    assert "\nGET /forged" not in caplog.text


# ---- stores and failures


async def test_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db = SqliteDb(db_file=str(tmp_path / "agnolo.db"))
    async with started(service(db=db)) as client:
        monkeypatch.setattr(db, "accept", _full)
        for stream in ("true", "false"):
            reply = await client.post(RUNS, {"message": "hi", "stream": stream})
            assert reply.status == 507
            assert reply.json == {
                "detail": "disk is full",
                "error_id": "store_full_error",
                "error_type": "store_full_error",
            }


def _full(*_: object) -> Any:
    raise StoreFullError("disk is full")


async def test_unexpected_failure_shows_only_its_type(db: Any, caplog: pytest.LogCaptureFixture) -> None:
    db.list_sessions = lambda *_: 1 / 0
    async with started(service(db=db)) as client:
        reply = await client.get("/sessions")
    assert (reply.status, reply.json) == (500, {"detail": "Internal server error (ZeroDivisionError)"})
    assert "GET /sessions failed" in caplog.text


async def test_health_tells_of_a_store_that_can_not_be_written(db: Any) -> None:
    async with started(service(db=db)) as client:
        assert (await client.get("/health")).json["store"]["main-db"]["status"] == "ok"
        db.ping = _full
        reply = await client.get("/health")
    assert (reply.status, reply.json["status"]) == (503, "error")
    assert reply.json["store"]["main-db"] == {
        "status": "error",
        "error": "disk is full",
        "error_type": "store_full_error",
    }


async def test_failure_of_the_store_at_the_end_of_a_run_ends_its_stream_with_an_error(db: Any) -> None:
    model = Cued()
    async with started(service(model, db=db)) as client:
        stream = client.begin("POST", RUNS, form={"message": "hi"})
        model.say("a")
        await stream.until(b'"a"')
        db.finish = _full
        model.end()
        events = events_of((await stream.finished()).body)
    assert [event.name for event in events][-1] == "RunError"
    assert events[-1].data["content"] == "disk is full"
    assert [event.name for event in events].count("RunError") == 1


async def test_agent_whose_model_can_not_be_had_is_listed_and_its_runs_say_why() -> None:
    async with started(system(agent("no-such-provider:x")).get_app()) as client:
        (listed,) = (await client.get("/agents")).json
        assert "model" not in listed
        reply = await client.post(RUNS, HI)
    assert (reply.status, reply.json["error_type"]) == (400, "configuration_error")


# ---- construction


def test_settings_are_above_zero() -> None:
    with pytest.raises(ConfigurationError, match="max_concurrent_runs=0"):
        Settings(max_concurrent_runs=0)
    with pytest.raises(ConfigurationError, match="at most 1024"):
        Settings(reader_frames=2000)


def test_system_without_agents_is_refused() -> None:
    from agnolo.server.app import AgentOS

    with pytest.raises(ConfigurationError, match="nothing to serve"):
        AgentOS(agents=[])


def test_agents_and_databases_have_ids_of_their_own() -> None:
    with pytest.raises(ConfigurationError, match="two agents have the id 'main-agent'"):
        system(agent(), agent())


async def test_agents_share_no_session_list(db: Any, tmp_path: Path) -> None:
    other = agent(ScriptedModel(["x"]), db=SqliteDb(db_file=str(tmp_path / "other.db"), id="other-db"))
    other.id = "other"
    async with started(system(agent(db=db), other).get_app()) as client:
        await client.post("/agents/other/runs", HI)
        by_db = await client.get("/sessions?db_id=other-db")
        by_agent = await client.get("/sessions?component_id=other")
        first = await client.get("/sessions")
    counts = [reply.json["meta"]["total_count"] for reply in (by_db, by_agent, first)]
    assert counts == [1, 1, 0]


async def test_sessions_without_a_database() -> None:
    async with started(service()) as client:
        assert (await client.get("/sessions")).status == 404
        assert (await client.get(f"{RUNS}?session_id=s")).json == []
        assert (await client.get(f"{RUNS}/x?session_id=s")).json == {"detail": "Run not found"}


def read_only(file: Path) -> Path:
    """A database whose write format is one that no SQLite knows: it can be read, not written, even by root."""
    with closing(SqliteDb(db_file=str(file))) as made:
        made.ping().result()
    with file.open("r+b") as raw:
        raw.seek(18)
        raw.write(b"\x7f")
    return file


async def test_database_that_is_read_only_is_told(tmp_path: Path) -> None:
    file = read_only(tmp_path / "agnolo.db")
    app = service(db=SqliteDb(db_file=str(file)))
    for stream in ("true", "false"):
        reply = await Client(app).post(RUNS, {"message": "hi", "stream": stream})
        assert (reply.status, reply.json["error_type"]) == (503, "store_read_only_error")
        assert str(file) in reply.json["detail"]
    health = await Client(app).get("/health")
    assert (health.status, health.json["store"][next(iter(health.json["store"]))]["status"]) == (503, "error")
