"""Who may do what: tokens, scopes, users kept apart, and what stays open to all (agentos.md §3)."""

import base64
import hashlib
import hmac
import json

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import SAID, keeper
from contracts.scenarios.server_auth import guarded

SECRET = "a-secret-of-the-harbour-that-is-long-enough"
LATER, EARLIER = 4102444800, 1000000000


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def token(**claims):
    """A token signed with the harbour's secret."""
    said = {"sub": "ada", "aud": "harbour", "exp": LATER, "iat": EARLIER, "scopes": ["agents:read"], **claims}
    head = _part({"alg": "HS256", "typ": "JWT"}) + b"." + _part(said)
    signed = hmac.new(SECRET.encode(), head, hashlib.sha256).digest()
    return (head + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()


def bearer(**claims):
    return {"Authorization": f"Bearer {token(**claims)}"}


def locked(k, **options):
    rules = k.Authorization(verification_keys=[SECRET], algorithm="HS256", verify_audience=True)
    db = k.sqlite()
    agents = (keeper(k, db=db), keeper(k, db=db, name="Second Keeper", id="second"))
    return k.serve(*agents, db=db, name="Harbour", id="harbour", authorization=rules, **options)


def knock(k):
    given = k.options["header"]
    locked(k).get(k.options["path"], headers=given and {"Authorization": given})
    if k.options["path"] == "/openapi.json":
        k.steps[-1].pop("body", None)


for name, path, header in (
    ("good", "/agents", f"Bearer {token()}"),
    ("missing", "/agents", None),
    ("garbage", "/agents", "Bearer no-token"),
    ("expired", "/agents", f"Bearer {token(exp=EARLIER)}"),
    ("wrong-audience", "/agents", f"Bearer {token(aud='elsewhere')}"),
    ("reserved-subject", "/agents", f"Bearer {token(sub='sa:ada')}"),
    ("other-scope", "/sessions", f"Bearer {token()}"),
    ("one-agent", "/agents", f"Bearer {token(scopes=['agents:keeper:read'])}"),
    ("admin", "/sessions", f"Bearer {token(scopes=['agent_os:admin'])}"),
    ("unknown-path", "/nowhere", f"Bearer {token()}"),
    ("health", "/health", None),
    ("info", "/info", None),
    ("schema", "/openapi.json", None),
):
    add(f"agentos/token-{name}", knock, [], ways=ONCE, path=path, header=header)


@scenario("agentos/token-run-denied", SAID, ways=ONCE)
def run_denied(k):
    service = locked(k)
    form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
    narrow = bearer(scopes=["agents:keeper:run"])
    service.post("/agents/keeper/runs", form=form, headers=narrow)
    service.post("/agents/second/runs", form=form, headers=narrow)


@scenario("agentos/users-apart", [*SAID, *SAID], ways=ONCE)
def users_apart(k):
    service = locked(k, user_isolation=True)
    may = ["agents:read", "agents:*:run", "sessions:read", "sessions:write", "sessions:delete"]
    ada, bob, admin = bearer(scopes=may), bearer(sub="bob", scopes=may), bearer(sub="root", scopes=["agent_os:admin"])
    form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log", "user_id": "someone"}
    told = service.post("/agents/keeper/runs", form=form, headers=ada)
    service.get("/sessions/s-log?type=agent", headers=bob)
    service.get("/sessions?type=agent", headers=bob)
    service.ask("DELETE", "/sessions/s-log", headers=bob)
    service.post("/agents/keeper/runs", form=form, headers=bob)
    service.post(f"/agents/keeper/runs/{told['run_id']}/cancel", headers=bob)
    service.get("/sessions/s-log?type=agent", headers=admin)


@scenario("agentos/users-apart-chosen-run", [*SAID, *SAID], ways=ONCE)
def chosen_run(k):
    service = locked(k, user_isolation=True)
    may = ["agents:read", "agents:*:run", "sessions:read"]
    ada, bob = bearer(scopes=may), bearer(sub="bob", scopes=may)
    form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
    run_id = service.post("/agents/keeper/runs", form=form, headers=ada)["run_id"]
    service.post("/agents/keeper/runs", form={**form, "session_id": "s-bob", "run_id": run_id}, headers=bob)
    service.get("/sessions/s-log/runs?type=agent", headers=ada)
    service.get("/sessions/s-bob/runs?type=agent", headers=bob)


def open_page(k):
    with guarded(k) as service:
        service.ask("GET", k.options["path"])


for name, path in (("docs", "/docs"), ("redoc", "/redoc"), ("callback", "/docs/oauth2-redirect")):
    add(f"agentos/open-{name}", open_page, [], ways=ONCE, path=path)


@scenario("server/open-to-all", [*SAID, *SAID], ways=ONCE)
def open_to_all(k):
    service = k.serve(keeper(k))
    form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
    service.post("/agents/keeper/runs", form={**form, "user_id": "ada"})
    service.get("/sessions", type="agent")
    service.get("/sessions/s-log", type="agent")
    service.get("/agents", headers={"Authorization": "Bearer anything"})
