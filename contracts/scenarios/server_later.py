"""Routes of later issues, each group by its main path: teams, workflows, sockets, knowledge, evals and the rest."""

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import SAID, keeper
from contracts.script import call, say

ASK = {"message": "Feed the crew", "stream": "false", "session_id": "s-crew"}
DELEGATED = [call("delegate_task_to_member", member_id="cook", task="Make soup"), say("Soup"), say("Dinner is served")]


def crew(k):
    cook = k.agent(name="Cook", id="cook", role="Cooks meals")
    return k.Team(members=[cook], model=k.model(), name="Crew", id="crew", db=k.sqlite(), telemetry=False)


def writing(k):
    draft = k.Step(name="draft", agent=k.agent(name="Drafter", id="drafter"))
    return k.Workflow(name="Writing", id="writing", steps=[draft], db=k.sqlite(), telemetry=False)


def visit(k):
    service = k.serve(keeper(k))
    service.ask(k.options["method"], k.options["path"], json=k.options["body"])


for name, method, path, body in (
    ("learnings", "GET", "/learnings", None),
    ("filesystem", "GET", "/filesystem/files", None),
    ("eval-runs", "GET", "/eval-runs", None),
    ("metrics", "GET", "/metrics", None),
    ("knowledge-content", "GET", "/knowledge/content", None),
    ("traces", "GET", "/traces", None),
    ("schedules", "GET", "/schedules", None),
    ("approvals", "GET", "/approvals", None),
    ("components", "GET", "/components", None),
    ("registry", "GET", "/registry", None),
    ("queue", "GET", "/queue/jobs", None),
    ("service-accounts", "GET", "/service-accounts", None),
    ("migrate", "POST", "/databases/all/migrate", None),
    ("media", "GET", "/sessions/none/media/none", None),
):
    add(f"agentos/{name}", visit, [], ways=ONCE, method=method, path=path, body=body)


@scenario("agentos/team-run", DELEGATED, ways=ONCE)
def team_run(k):
    service = k.serve(keeper(k), teams=[crew(k)])
    run_id = service.post("/teams/crew/runs", form=ASK)["run_id"]
    service.get(f"/teams/crew/runs/{run_id}", session_id="s-crew")
    service.get("/teams/crew/runs", session_id="s-crew")
    service.post(f"/teams/crew/runs/{run_id}/cancel")
    service.get("/sessions/s-crew", type="team")


@scenario("agentos/workflow-run", SAID, ways=ONCE)
def workflow_run(k):
    service = k.serve(keeper(k), workflows=[writing(k)])
    run_id = service.post("/workflows/writing/runs", form=ASK)["run_id"]
    service.get(f"/workflows/writing/runs/{run_id}", session_id="s-crew")
    service.get("/sessions/s-crew", type="workflow")


@scenario("agentos/socket", SAID, ways=ONCE)
def socket(k):
    service = k.serve(keeper(k), workflows=[writing(k)])
    start = {"action": "start-workflow", "workflow_id": "writing", "message": "Feed the crew", "session_id": "s-crew"}
    service.converse("/workflows/ws", [{"action": "ping"}, start], until="WorkflowCompleted")
