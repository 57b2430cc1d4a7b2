"""Approvals on record: asked for by @approval, decided in the store or over HTTP (core.md §2.6, agentos.md §2)."""

import json

from contracts.scenario import WHOLE, scenario
from contracts.script import Call, call, calls, say

SESSION = "s-vault"
OPEN = call("unlock", door="north")


def guard(k, kind="required", **flags):
    @k.approval(type=kind)
    @k.tool(**(flags or {"requires_confirmation": True}))
    def unlock(door: str, reason: str = "") -> str:
        """Unlock a door."""
        return f"unlocked {door} {reason}".strip()

    def look(door: str) -> str:
        """Look at a door."""
        return f"{door} is shut"

    return k.agent(name="Guard", id="guard", tools=[unlock, look], db=k.sqlite(), session_id=SESSION, user_id="ada")


def shown(record):
    return record and {
        name: value
        for name, value in record.items()
        if not name.endswith("_at") and name not in ("id", "run_id", "requirements")
    }


def listed(k, agent, name, **wanted):
    records, total = agent.db.get_approvals(**wanted)
    k.note(name, [total, *(shown(record) for record in records)])
    return records


def go_on(k, agent, output, **options):
    return k.resume(agent, run_id=output.run_id, session_id=SESSION, user_id="ada", **options)


@scenario("approvals/approved", [OPEN, say("It is ", "open")])
def approved(k):
    agent = guard(k)
    output = k.run(agent, "Unlock the north door")
    records = listed(k, agent, "waiting", status="pending")
    k.note("marked", output.tools[0].approval_id == records[0]["id"])
    k.note("asked", records[0]["requirements"])
    done = agent.db.update_approval(records[0]["id"], expected_status="pending", status="approved", resolved_by="bob")
    k.note("resolved", shown(done))
    go_on(k, agent, output)
    listed(k, agent, "after all", run_id=output.run_id)


@scenario("approvals/rejected", [OPEN, say("It stays shut")], ways=WHOLE)
def rejected(k):
    agent = guard(k)
    output = k.run(agent, "Unlock the north door")
    record = agent.db.get_approvals(run_id=output.run_id)[0][0]
    agent.db.update_approval(record["id"], status="rejected", resolved_by="bob", resolved_at=1700000000)
    go_on(k, agent, output)
    listed(k, agent, "after all", run_id=output.run_id)


@scenario("approvals/undecided", [OPEN, say("It is open")], ways=("run",))
def undecided(k):
    agent = guard(k)
    output = k.run(agent, "Unlock the north door")
    go_on(k, agent, output)
    listed(k, agent, "after all", run_id=output.run_id)


@scenario("approvals/confirmed-by-the-program", [OPEN, say("It is open")], ways=WHOLE)
def confirmed_by_the_program(k):
    agent = guard(k)
    output = k.run(agent, "Unlock the north door")
    output.active_requirements[0].confirm()
    go_on(k, agent, output, requirements=output.requirements)
    record = listed(k, agent, "after all", run_id=output.run_id)[0]
    k.note("resolved", shown(agent.db.update_approval(record["id"], expected_status="pending", status="approved")))


@scenario("approvals/user-input", [OPEN, say("It is open")], ways=WHOLE)
def user_input(k):
    agent = guard(k, requires_user_input=True, user_input_fields=["reason"])
    output = k.run(agent, "Unlock the north door")
    record = listed(k, agent, "waiting")[0]
    agent.db.update_approval(record["id"], status="approved", resolution_data={"values": {"reason": "fire"}})
    go_on(k, agent, output)


@scenario("approvals/external", [OPEN, say("It is open")], ways=WHOLE)
def external(k):
    agent = guard(k, external_execution=True)
    output = k.run(agent, "Unlock the north door")
    record = listed(k, agent, "waiting")[0]
    agent.db.update_approval(record["id"], status="approved", resolution_data={"result": "opened by hand"})
    go_on(k, agent, output)


DOORS = [Call("unlock", {"door": "north"}), Call("unlock", {"door": "south"}), Call("look", {"door": "west"})]


@scenario("approvals/several-calls", [calls(*DOORS), say("Both are open")], ways=WHOLE)
def several_calls(k):
    agent = guard(k)
    output = k.run(agent, "Unlock both doors")
    record = listed(k, agent, "waiting")[0]
    k.note("requirements", len(record["requirements"]))
    agent.db.update_approval(record["id"], status="approved")
    go_on(k, agent, output)


@scenario("approvals/audit", [OPEN, call("unlock", door="south"), say("One is open")], ways=WHOLE)
def audit(k):
    agent = guard(k, "audit")
    output = k.run(agent, "Unlock both doors")
    listed(k, agent, "before")
    output.active_requirements[0].confirm()
    output = go_on(k, agent, output, requirements=output.requirements)
    output.active_requirements[0].reject("one is enough")
    go_on(k, agent, output, requirements=output.requirements)
    listed(k, agent, "approved", status="approved")
    listed(k, agent, "rejected", status="rejected")


@scenario("approvals/audit-external", [OPEN, say("It is open")], ways=("run",))
def audit_external(k):
    agent = guard(k, "audit", external_execution=True)
    output = k.run(agent, "Unlock the north door")
    output.active_requirements[0].set_external_execution_result("opened by hand")
    go_on(k, agent, output, requirements=output.requirements)
    listed(k, agent, "after all")


@scenario("approvals/store", [], ways=("run",))
def store(k):
    db = k.sqlite()
    asked = {"run_id": "r-1", "session_id": SESSION, "status": "pending", "source_type": "agent", "created_at": 1}
    for number, user in enumerate(("ada", "bob", "ada")):
        made = {"id": f"a-{number}", **asked, "user_id": user, "created_at": number, "pause_type": "confirmation"}
        db.create_approval({**made, "approval_type": "required", "agent_id": "guard", "updated_at": None})
    k.note("counts", [db.get_pending_approval_count(), db.get_pending_approval_count(user_id="ada")])
    page, total = db.get_approvals(limit=2, page=1)
    k.note("first page", [total, [one["id"] for one in page]])
    k.note("second page", [one["id"] for one in db.get_approvals(limit=2, page=2)[0]])
    k.note("none", db.get_approvals(agent_id="nobody"))
    k.note("one", db.get_approval("a-1"))
    k.note("missing", db.get_approval("a-9"))
    k.note("wrong status", db.update_approval("a-1", expected_status="approved", status="rejected"))
    k.note("changed", shown(db.update_approval("a-1", expected_status="pending", status="rejected", resolved_by="eve")))
    k.note("marked", db.update_approval_run_status("r-1", k.RunStatus.completed))
    k.note("deleted", [db.delete_approval("a-1"), db.delete_approval("a-1"), db.get_pending_approval_count()])


class Desk:
    """A service whose answers are kept without the moments that no capture knows as such."""

    def __init__(self, k):
        agent = guard(k)
        self.kit, self.service = k, k.serve(agent, db=agent.db)

    def ask(self, method, path, **told):
        answer = self.service.ask(method, path, **told)
        body = self.kit.steps[-1].get("body")
        record = (body.get("metadata") or {}).get("approval", body) if isinstance(body, dict) else {}
        if record.get("resolved_at"):
            record["resolved_at"] = "<time>"
        return answer

    def run(self):
        told = {"message": "Unlock it", "session_id": SESSION, "stream": "false", "user_id": "ada"}
        return self.ask("POST", "/agents/guard/runs", form=told)

    def go_on(self, run, **more):
        told = {"session_id": SESSION, "stream": "false", "user_id": "ada", **more}
        return self.ask("POST", f"/agents/guard/runs/{run['run_id']}/continue", form=told)


@scenario("approvals/routes", [OPEN, OPEN, say("It is open")], ways=("run",))
def routes(k):
    desk = Desk(k)
    first = desk.run()
    desk.run()
    desk.ask("GET", "/approvals/count")
    desk.ask("GET", "/approvals/count", query={"user_id": "nobody"})
    desk.ask("GET", "/approvals", query={"agent_id": "guard", "limit": 1, "page": 3})
    found = desk.ask("GET", "/approvals", query={"run_id": first["run_id"], "status": "pending", "limit": 5})
    approval = f"/approvals/{found['data'][0]['id']}"
    desk.ask("GET", approval)
    desk.ask("GET", approval + "/status")
    desk.go_on(first)
    desk.ask("POST", approval + "/resolve", json={"status": "maybe"})
    desk.ask("POST", approval + "/resolve", json={"status": "approved", "resolved_by": "bob"})
    desk.ask("POST", approval + "/resolve", json={"status": "rejected"})
    desk.go_on(first)
    desk.ask("GET", approval + "/status")
    desk.ask("GET", "/approvals/count")
    desk.ask("DELETE", approval)
    desk.ask("GET", approval)
    desk.ask("GET", approval + "/status")
    desk.ask("POST", approval + "/resolve", json={"status": "approved"})
    desk.ask("GET", "/approvals", query={"status": "maybe"})
    desk.ask("GET", "/approvals", query={"limit": 0})
    desk.ask("GET", "/approvals", query={"user_id": "nobody"})


@scenario("approvals/deleted-twice", [OPEN], ways=("run",))
def deleted_twice(k):
    desk = Desk(k)
    desk.run()
    approval = f"/approvals/{desk.ask('GET', '/approvals')['data'][0]['id']}"
    desk.ask("DELETE", approval)
    desk.ask("DELETE", approval)


@scenario("approvals/claimed-by-a-client", [OPEN, say("It is open")], ways=("run",))
def claimed_by_a_client(k):
    desk = Desk(k)
    run = desk.run()
    desk.go_on(run, tools=json.dumps([{**run["tools"][0], "confirmed": True}]))
