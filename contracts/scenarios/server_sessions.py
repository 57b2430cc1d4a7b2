"""Sessions over HTTP: made, changed, named, deleted, listed in pages and orders, their runs (agentos.md §2)."""

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import keeper
from contracts.script import Failure, call, say

LOG = {"session_id": "s-log", "session_name": "A new log", "agent_id": "keeper", "user_id": "ada"}


def told(service, message="Look at the sea", session="s-log", user="ada"):
    """One whole run; its id."""
    form = {"message": message, "stream": "false", "session_id": session, "user_id": user}
    return service.post("/agents/keeper/runs", form=form)["run_id"]


def create(k):
    service = k.serve(keeper(k))
    service.post("/sessions", json=k.options["body"], **k.options["query"])


for name, body, query in (
    ("empty", {"session_id": "s-new"}, {"type": "agent"}),
    ("no-id", {"agent_id": "keeper"}, {"type": "agent"}),
    ("whole", {**LOG, "session_state": {"pages": 1}, "metadata": {"shelf": "left"}}, {"type": "agent"}),
    ("no-type", {"session_id": "s-new", "agent_id": "keeper"}, {}),
    ("bad-type", {"session_id": "s-new"}, {"type": "ship"}),
    ("bad-database", {"session_id": "s-new"}, {"type": "agent", "db_id": "none"}),
    ("bad-state", {"session_id": "s-new", "session_state": "wet"}, {"type": "agent"}),
    ("bad-name", {"session_id": "s-new", "session_name": 7}, {"type": "agent"}),
    ("bad-fields", {"session_id": ["s-new"], "metadata": [1], "user_id": 5}, {"type": "agent"}),
    ("unknown-field", {"session_id": "s-new", "colour": "red"}, {"type": "agent"}),
):
    add(f"server/create-session-{name}", create, [], ways=ONCE, body=body, query=query)


@scenario("server/create-session-then-run", [say("Only water"), say("More water")], ways=ONCE)
def create_then_run(k):
    service = k.serve(keeper(k))
    service.post("/sessions", json={**LOG, "session_state": {"pages": 1}}, type="agent")
    told(service)
    service.get("/sessions/s-log", type="agent", user_id="ada")
    told(service, user="bob")


def update(k):
    service = k.serve(keeper(k))
    told(service)
    service.patch("/sessions/s-log", json=k.options["body"], **{"type": "agent", **k.options["query"]})
    service.get("/sessions/s-log", type="agent")


for name, body, query in (
    ("name", {"session_name": "The log of the sea"}, {}),
    ("metadata", {"metadata": {"shelf": "left"}}, {}),
    ("summary", {"summary": {"summary": "They saw water", "topics": ["sea"]}}, {}),
    ("all", {"session_name": "Log", "session_state": {"pages": 2}, "metadata": {"shelf": "right"}}, {}),
    ("nothing", {}, {}),
    ("own", {"session_name": "Her log"}, {"user_id": "ada"}),
    ("foreign", {"session_name": "His log"}, {"user_id": "bob"}),
    ("bad-state", {"session_state": [1]}, {}),
    ("bad-type", {"session_name": "Log"}, {"type": "ship"}),
):
    add(f"server/update-session-{name}", update, [say("Only water")], ways=ONCE, body=body, query=query)


@scenario("server/update-session-unknown", ways=ONCE)
def update_unknown(k):
    k.serve(keeper(k)).patch("/sessions/none", json={"session_name": "Nothing"}, type="agent")


@scenario("server/rename-foreign", [say("Only water")], ways=ONCE)
def rename_foreign(k):
    service = k.serve(keeper(k))
    told(service)
    service.post("/sessions/s-log/rename", json={"session_name": "His log"}, type="agent", user_id="bob")
    service.post("/sessions/s-log/rename", json={"session_name": ["x"]}, type="agent")
    service.post("/sessions/s-log/rename", json={"session_name": ""}, type="agent", user_id="ada")


@scenario("server/delete-foreign", [say("Only water")], ways=ONCE)
def delete_foreign(k):
    service = k.serve(keeper(k))
    told(service)
    service.delete("/sessions/s-log", user_id="bob")
    service.get("/sessions", type="agent")
    service.delete("/sessions/s-log", user_id="ada")
    service.get("/sessions", type="agent")


def bulk(k):
    service = k.serve(keeper(k))
    for name in ("s-one", "s-two", "s-three"):
        service.post("/sessions", json={"session_id": name, "agent_id": "keeper", "user_id": "ada"}, type="agent")
    service.delete("/sessions", json=k.options["body"], **k.options["query"])
    service.get("/sessions", type="agent", sort_order="asc")


for name, body, query in (
    ("two", {"session_ids": ["s-one", "s-two"], "session_types": ["agent", "agent"]}, {}),
    ("unknown", {"session_ids": ["none"], "session_types": ["agent"]}, {}),
    ("uneven", {"session_ids": ["s-one", "s-two"], "session_types": ["agent"]}, {}),
    ("none", {"session_ids": [], "session_types": []}, {}),
    ("bad-type", {"session_ids": ["s-one"], "session_types": ["ship"]}, {}),
    ("no-ids", {"session_types": ["agent"]}, {}),
    ("bad-ids", {"session_ids": "s-one", "session_types": ["agent"]}, {}),
    ("foreign", {"session_ids": ["s-one"], "session_types": ["agent"]}, {"user_id": "bob"}),
    ("own", {"session_ids": ["s-one"], "session_types": ["agent"]}, {"user_id": "ada"}),
):
    add(f"server/delete-sessions-{name}", bulk, [], ways=ONCE, body=body, query=query)


def listing(k):
    service = k.serve(keeper(k))
    for name, title in (("s-one", "Bay"), ("s-two", "Cape"), ("s-three", "Atoll")):
        made = {"session_id": name, "session_name": title, "agent_id": "keeper", "user_id": "ada"}
        service.post("/sessions", json=made, type="agent")
    service.get("/sessions", **k.options["query"])


for name, query in {
    "page-one": {"type": "agent", "limit": "2", "page": "1", "sort_by": "session_name", "sort_order": "asc"},
    "page-two": {"type": "agent", "limit": "2", "page": "2", "sort_by": "session_name", "sort_order": "asc"},
    "page-far": {"type": "agent", "limit": "2", "page": "9"},
    "named": {"type": "agent", "session_name": "Cape"},
    "part-of-name": {"type": "agent", "session_name": "a", "sort_by": "session_name"},
    "other-component": {"type": "agent", "component_id": "nobody"},
    "other-type": {"type": "team"},
    "no-type": {"sort_by": "session_name", "sort_order": "asc"},
    "bad-limit": {"type": "agent", "limit": "many"},
    "zero-limit": {"type": "agent", "limit": "0"},
    "zero-page": {"type": "agent", "page": "0"},
    "bad-order": {"type": "agent", "sort_order": "sideways"},
    "bad-sort": {"type": "agent", "sort_by": "colour"},
    "bad-type": {"type": "ship"},
    "bad-database": {"type": "agent", "db_id": "none"},
}.items():
    add(f"server/list-sessions-{name}", listing, [], ways=ONCE, query=query)


@scenario("server/session-detail-foreign", [say("Only water")], ways=ONCE)
def detail_foreign(k):
    service = k.serve(keeper(k))
    run_id = told(service)
    service.get("/sessions/s-log", type="agent", user_id="bob")
    service.get("/sessions/s-log/runs", type="agent", user_id="bob")
    service.get(f"/sessions/s-log/runs/{run_id}", type="agent", user_id="bob")
    service.get("/sessions/s-log", type="team")
    service.get("/sessions/s-log")


FAILED = [say("Only water"), Failure("bad_request", "not that one")]


@scenario("server/session-runs-by-status", FAILED, ways=ONCE)
def runs_by_status(k):
    service = k.serve(keeper(k))
    told(service)
    told(service, message="Look again")
    service.get("/sessions/s-log/runs", type="agent", status="COMPLETED")
    service.get("/sessions/s-log/runs", type="agent", status="ERROR")
    service.get("/sessions/s-log/runs", type="agent", status="lost")
    service.get("/agents/keeper/runs", session_id="s-log", status="COMPLETED")
    service.get("/agents/keeper/runs", session_id="s-log", status="lost")


@scenario("server/session-runs-by-time", [say("Only water")], ways=ONCE)
def runs_by_time(k):
    service = k.serve(keeper(k))
    told(service)
    service.get("/sessions/s-log/runs", type="agent", created_after="1000000000")
    service.get("/sessions/s-log/runs", type="agent", created_after="4000000000")
    service.get("/sessions/s-log/runs", type="agent", created_before="1000000000")
    service.get("/sessions/s-log/runs", type="agent", created_before="then")


@scenario("server/session-run-previews", [call("look", at="sea"), say("Only water"), say("More water")], ways=ONCE)
def run_previews(k):
    service = k.serve(keeper(k))
    told(service)
    told(service, message="Look again")
    service.get("/sessions/s-log/run-previews", type="agent")
    service.get("/sessions/none/run-previews", type="agent")


@scenario("server/session-runs-of-other-type", [say("Only water")], ways=ONCE)
def runs_of_other_type(k):
    service = k.serve(keeper(k))
    run_id = told(service)
    service.get("/sessions/s-log/runs", type="team")
    service.get(f"/sessions/s-log/runs/{run_id}", type="team")
    service.get("/sessions/s-log/runs", type="ship")
    service.get("/sessions/s-log/runs")
