"""What is kept beside sessions, route by route: learnings, evaluations, metrics, traces, files, components, schedules,
approvals, service accounts, migrations (agentos.md §2).
"""

import os

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import TOOL, keeper
from contracts.scenarios.server_auth import KEY
from contracts.script import call, say


def served(k, **options):
    db = k.sqlite()
    return k.serve(keeper(k, db=db), db=db, **options)


def walk(k):
    """Ask for one after the other; a field of a body named in `keeps` fills the braces of later paths."""
    service, known = served(k, **k.options.get("system", {})), {}
    for method, path, body, *keeps in k.options["walk"]:
        told = service.ask(method, path.format(**known), json=body)
        for name in keeps:
            known[name] = told[name] if isinstance(told, dict) and name in told else "none"


PROFILE = {"learning_type": "user_profile", "content": {"likes": "tea"}, "user_id": "ada"}
COMPONENT = {
    "name": "Log Keeper Two", "component_type": "agent", "config": {"instructions": "Keep the log"},
    "stage": "published", "set_current": True,
}  # fmt: skip
SCHEDULE = {
    "name": "nightly",
    "cron_expr": "*/5 * * * *",
    "endpoint": "/agents/keeper/runs",
    "payload": {"message": "Look"},
}
TRACES = (
    ("GET", "/traces/filter-schema", None), ("GET", "/traces/none", None), ("GET", "/trace_session_stats", None),
    ("POST", "/traces/search", {"limit": 1, "page": 1}), ("POST", "/traces/search", {"filter": {"op": "no"}}),
)  # fmt: skip

for name, walked in {
    "learning-made": (
        ("POST", "/learnings", PROFILE, "learning_id"),
        ("GET", "/learnings/{learning_id}", None),
        ("PATCH", "/learnings/{learning_id}", {"content": {"likes": "rum"}}),
        ("GET", "/learnings?user_id=ada", None),
        ("DELETE", "/learnings/{learning_id}", None),
        ("GET", "/learnings/{learning_id}", None),
    ),
    "learning-errors": (
        ("POST", "/learnings", {"learning_type": "user_profile"}),
        ("PATCH", "/learnings/none", {"content": {}}),
        ("DELETE", "/learnings/none", None),
    ),
    "learning-users": (
        ("POST", "/learnings", PROFILE),
        ("GET", "/learnings/users", None),
        ("DELETE", "/learnings/users/ada", None),
        ("GET", "/learnings/users", None),
    ),
    "traces-detail": TRACES,
    "files": (
        ("GET", "/filesystem/entries", None),
        ("GET", "/filesystem/content?path=log.txt", None),
        ("GET", "/filesystem/content", None),
        ("GET", "/filesystem/search?query=tide", None),
    ),
    "migrate-one": (("POST", "/databases/none/migrate", None),),
    "queue-off": tuple((method, "/queue", None) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    "components-made": (
        ("POST", "/components", COMPONENT, "component_id"),
        ("GET", "/components", None),
        ("GET", "/components/{component_id}", None),
        ("PATCH", "/components/{component_id}", {"description": "A second one"}),
        ("DELETE", "/components/{component_id}", None),
        ("GET", "/components/{component_id}", None),
        ("POST", "/components/{component_id}/restore", None),
    ),
    "components-versions": (
        ("POST", "/components", COMPONENT, "component_id"),
        ("POST", "/components/{component_id}/configs", {"config": {"instructions": "Keep it well"}, "stage": "draft"}),
        ("GET", "/components/{component_id}/configs", None),
        ("GET", "/components/{component_id}/configs/current", None),
        ("GET", "/components/{component_id}/configs/2", None),
        ("PATCH", "/components/{component_id}/configs/2", {"notes": "better", "stage": "published"}),
        ("POST", "/components/{component_id}/configs/2/set-current", None),
        ("DELETE", "/components/{component_id}/configs/1", None),
        ("GET", "/components/{component_id}/configs/9", None),
    ),
    "components-errors": (
        ("POST", "/components", {"name": "Nothing"}),
        ("GET", "/components/none", None),
        ("PATCH", "/components/none", {"description": "A second one"}),
        ("DELETE", "/components/none", None),
        ("POST", "/components/none/restore", None),
        ("POST", "/components/none/configs", {"config": {}}),
        ("POST", "/components/none/configs/1/set-current", None),
    ),
}.items():
    add(f"agentos/{name}", walk, [], ways=ONCE, walk=walked)

for name, walked in {
    "schedules-made": (
        ("POST", "/schedules", SCHEDULE, "id"),
        ("GET", "/schedules", None),
        ("GET", "/schedules/{id}", None),
        ("PATCH", "/schedules/{id}", {"description": "Each night"}),
        ("POST", "/schedules/{id}/disable", None),
        ("POST", "/schedules/{id}/trigger", None),
        ("POST", "/schedules/{id}/enable", None),
        ("GET", "/schedules/{id}/runs", None),
        ("GET", "/schedules/{id}/runs/none", None),
        ("DELETE", "/schedules/{id}", None),
        ("GET", "/schedules/{id}", None),
    ),
    "schedules-errors": (
        ("POST", "/schedules", {**SCHEDULE, "cron_expr": "now and then"}),
        ("POST", "/schedules", {"name": "nightly"}),
        ("PATCH", "/schedules/none", {"description": "Each night"}),
        ("POST", "/schedules/none/enable", None),
        ("POST", "/schedules/none/disable", None),
        ("POST", "/schedules/none/trigger", None),
        ("GET", "/schedules/none/runs", None),
        ("DELETE", "/schedules/none", None),
    ),
}.items():
    add(
        f"agentos/{name}", walk, [], ways=ONCE, walk=walked, system={"scheduler": True, "scheduler_poll_interval": 3600}
    )


@scenario("agentos/metrics-refreshed", TOOL, ways=ONCE)
def metrics(k):
    service = served(k)
    service.post("/agents/keeper/runs", form={"message": "Look at the sea", "stream": "false", "session_id": "s-log"})
    service.post("/metrics/refresh")
    service.get("/metrics/refresh/status")
    service.get("/metrics", starting_date="yesterday")


@scenario("agentos/evals", TOOL, ways=ONCE)
def evals(k):
    service = served(k)
    asked = {
        "agent_id": "keeper",
        "eval_type": "reliability",
        "input": "Look at the sea",
        "expected_tool_calls": ["look"],
    }
    made = service.post("/eval-runs", json={**asked, "name": "looks"})
    service.get(f"/eval-runs/{made['id']}")
    service.patch(f"/eval-runs/{made['id']}", json={"name": "really looks"})
    service.delete("/eval-runs", json={"eval_run_ids": [made["id"]]})
    service.get(f"/eval-runs/{made['id']}")


@scenario("agentos/evals-errors", ways=ONCE)
def evals_errors(k):
    service = served(k)
    service.post("/eval-runs", json={"input": "Look at the sea"})
    service.post("/eval-runs", json={"agent_id": "nobody", "eval_type": "accuracy", "input": "Look at the sea"})
    service.patch("/eval-runs/none", json={"name": "really looks"})


SINK = [call("sink", at="dock"), say("It is sunk")]


@scenario("agentos/approvals-resolved", SINK, ways=ONCE)
def approvals(k):
    @k.approval
    @k.tool(requires_confirmation=True)
    def sink(at: str) -> str:
        """Sink a ship."""
        return f"sunk at {at}"

    db = k.sqlite()
    service = k.serve(keeper(k, db=db, tools=[sink]), db=db)
    ask = {"message": "Sink it", "stream": "false", "session_id": "s-log", "user_id": "ada"}
    run_id = service.post("/agents/keeper/runs", form=ask)["run_id"]
    service.post(
        f"/agents/keeper/runs/{run_id}/continue", form={"session_id": "s-log", "user_id": "ada", "stream": "false"}
    )
    service.get("/approvals/count")
    listed = service.get("/approvals", status="pending")["data"]
    one = f"/approvals/{listed[0]['id']}"
    service.get(one)
    service.get(f"{one}/status")
    service.post(f"{one}/resolve", json={"status": "perhaps"})
    service.post(f"{one}/resolve", json={"status": "approved", "resolved_by": "bob"})
    service.post(f"{one}/resolve", json={"status": "rejected"})
    service.post(
        f"/agents/keeper/runs/{run_id}/continue", form={"session_id": "s-log", "user_id": "ada", "stream": "false"}
    )
    service.delete(one)
    service.get(one)


@scenario("agentos/service-accounts-made", ways=ONCE)
def service_accounts(k):
    os.environ["OS_SECURITY_KEY"] = KEY
    try:
        service = served(k)
    finally:
        del os.environ["OS_SECURITY_KEY"]
    own = {"Authorization": f"Bearer {KEY}"}
    wish = {"name": "harbour", "scopes": [{"scope": "agents:read"}], "expires_in_days": 1}
    made = service.post("/service-accounts", json=wish, headers=own)
    service.post("/service-accounts", json=wish)
    service.get("/service-accounts", headers=own)
    service.get("/agents", headers={"Authorization": f"Bearer {made['token']}"})
    service.get("/agents", headers={"Authorization": "Bearer agno_pat_none"})
    service.ask("DELETE", f"/service-accounts/{made['id']}", headers=own)
    service.ask("DELETE", "/service-accounts/none", headers=own)
