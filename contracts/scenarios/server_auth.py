"""Who may knock, from which pages, and what the server says to what it can't read (agentos.md §3)."""

import os
from contextlib import contextmanager

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import SAID, keeper

KEY = "harbour-key-0001"


@contextmanager
def guarded(k):
    """A server whose key is in the environment."""
    os.environ["OS_SECURITY_KEY"] = KEY
    try:
        yield k.serve(keeper(k), name="Harbour", id="harbour")
    finally:
        del os.environ["OS_SECURITY_KEY"]


def knock(k):
    with guarded(k) as service:
        headers = {"Authorization": k.options["header"]} if k.options["header"] is not None else None
        service.get(k.options["path"], headers=headers)


for name, path, header in (
    ("good", "/agents", f"Bearer {KEY}"),
    ("missing", "/agents", None),
    ("wrong", "/agents", "Bearer other-key"),
    ("other-scheme", "/agents", f"Basic {KEY}"),
    ("bare", "/agents", KEY),
    ("empty", "/agents", "Bearer "),
    ("small-bearer", "/agents", f"bearer {KEY}"),
    ("unknown-path", "/nowhere", None),
    ("unknown-path-good", "/nowhere", f"Bearer {KEY}"),
    ("root", "/", None),
    ("health", "/health", None),
    ("info", "/info", None),
    ("config", "/config", None),
    ("sessions", "/sessions?type=agent", None),
    ("memories", "/memories", None),
):
    add(f"server/key-{name}", knock, [], ways=ONCE, path=path, header=header)


@scenario("server/key-run", SAID, ways=ONCE)
def key_run(k):
    with guarded(k) as service:
        form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
        service.post("/agents/keeper/runs", form=form)
        service.post("/agents/keeper/runs", form=form, headers={"Authorization": f"Bearer {KEY}"})


PERMISSIONS = ("access-control-allow-origin", "access-control-allow-credentials")


def from_page(k):
    service = k.serve(keeper(k))
    service.ask("GET", "/agents", headers={"Origin": k.options["origin"]}, keep=PERMISSIONS)


for name, origin in (("known", "http://localhost:3000"), ("foreign", "https://elsewhere.example")):
    add(f"server/page-{name}", from_page, [], ways=ONCE, origin=origin)


def preflight(k):
    service = k.serve(keeper(k))
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    kept = (*PERMISSIONS, "access-control-allow-headers", "access-control-max-age")
    service.ask("OPTIONS", "/agents/keeper/runs", headers={"Origin": k.options["origin"], **asked}, keep=kept)


for name, origin in (("known", "http://localhost:3000"), ("foreign", "https://elsewhere.example")):
    add(f"server/preflight-{name}", preflight, [], ways=ONCE, origin=origin)


@scenario("server/preflight-with-key", ways=ONCE)
def preflight_with_key(k):
    with guarded(k) as service:
        asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
        service.ask("OPTIONS", "/agents", headers=asked, keep=PERMISSIONS)


@scenario("server/stream-headers", SAID, ways=ONCE)
def stream_headers(k):
    service = k.serve(keeper(k))
    form = {"message": "Look at the sea", "session_id": "s-log"}
    service.ask("POST", "/agents/keeper/runs", form=form, keep=("content-type", "transfer-encoding"))


def malformed(k):
    service = k.serve(keeper(k))
    service.ask(k.options["method"], k.options["path"], json=k.options["body"])


for name, method, path, body in (
    ("list-for-session", "POST", "/sessions?type=agent", [1]),
    ("text-for-memory", "POST", "/memories", "text"),
    ("null-for-memory", "POST", "/memories", {"memory": None, "user_id": "ada"}),
    ("empty-rename", "POST", "/sessions/none/rename", {}),
    ("post-to-health", "POST", "/health", {}),
    ("patch-of-agents", "PATCH", "/agents", {}),
    ("put-of-session", "PUT", "/sessions/s-log", {}),
):
    add(f"server/malformed-{name}", malformed, [], ways=ONCE, method=method, path=path, body=body)


@scenario("server/slashes", ways=ONCE)
def slashes(k):
    service = k.serve(keeper(k))
    service.get("/agents/keeper/")
    service.get("/teams/")
    service.get("/sessions/", type="agent")
    service.get("//agents")
