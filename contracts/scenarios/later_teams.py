"""Teams and workflows over HTTP and over the socket, route by route (agentos.md §1.2-1.5, §2)."""

import json

from contracts.scenario import ONCE, scenario
from contracts.scenarios.server import SAID, keeper
from contracts.scenarios.server_later import ASK, DELEGATED, crew, writing
from contracts.script import call, say

STREAMED = {"message": "Feed the crew", "session_id": "s-crew"}
NOBODY = {"session_id": "s-crew"}


def teamed(k):
    return k.serve(keeper(k), teams=[crew(k)])


@scenario("agentos/teams", ways=ONCE)
def teams(k):
    service = teamed(k)
    service.get("/teams")
    service.get("/teams/crew")
    service.get("/teams/nobody")
    service.get("/info")


@scenario("agentos/team-streamed", DELEGATED, ways=ONCE)
def team_streamed(k):
    teamed(k).post("/teams/crew/runs", form=STREAMED)


@scenario("agentos/team-run-errors", ways=ONCE)
def team_run_errors(k):
    service = teamed(k)
    service.post("/teams/nobody/runs", form=ASK)
    service.post("/teams/crew/runs", form={"stream": "false"})
    service.get("/teams/crew/runs/none", session_id="s-crew")
    service.get("/teams/crew/runs")
    service.post("/teams/crew/runs/none/cancel")


@scenario("agentos/team-resume", DELEGATED, ways=ONCE)
def team_resume(k):
    service = teamed(k)
    run_id = service.post("/teams/crew/runs", form=ASK)["run_id"]
    service.post(f"/teams/crew/runs/{run_id}/resume", form={**NOBODY, "last_event_index": "1"})
    service.post("/teams/crew/runs/none/resume", form=NOBODY)


@scenario("agentos/team-continue", [call("serve_meal", to="Ada"), say("Dinner is served")], ways=ONCE)
def team_continue(k):
    @k.tool(requires_confirmation=True)
    def serve_meal(to: str) -> str:
        """Serve a meal."""
        return f"served {to}"

    cook = k.agent(name="Cook", id="cook", role="Cooks meals")
    known = {"name": "Crew", "id": "crew", "db": k.sqlite(), "telemetry": False}
    service = k.serve(keeper(k), teams=[k.Team(members=[cook], model=k.model(), tools=[serve_meal], **known)])
    told = service.post("/teams/crew/runs", form=ASK)
    asked = told["requirements"]
    for one in asked:
        one["confirmation"] = one["tool_execution"]["confirmed"] = True
    at = f"/teams/crew/runs/{told['run_id']}/continue"
    service.post(at, form={"requirements": json.dumps(asked), "stream": "false"})
    service.post(at, form={**NOBODY, "requirements": "{not json", "stream": "false"})
    service.post(at, form={**NOBODY, "requirements": json.dumps(asked), "stream": "false"})


@scenario("agentos/team-branches", DELEGATED, ways=ONCE)
def team_branches(k):
    service = teamed(k)
    run_id = service.post("/teams/crew/runs", form=ASK)["run_id"]
    service.get(f"/teams/crew/runs/{run_id}/checkpoints", session_id="s-crew")
    service.get(f"/teams/crew/runs/{run_id}/checkpoints/1", session_id="s-crew")
    service.get(f"/teams/crew/runs/{run_id}/checkpoints/99", session_id="s-crew")
    service.post("/teams/crew/sessions/s-crew/fork")
    service.post("/teams/crew/sessions/none/fork")


def working(k):
    return k.serve(keeper(k), workflows=[writing(k)])


@scenario("agentos/workflows", ways=ONCE)
def workflows(k):
    service = working(k)
    service.get("/workflows")
    service.get("/workflows/writing")
    service.get("/workflows/nothing")


@scenario("agentos/workflow-streamed", SAID, ways=ONCE)
def workflow_streamed(k):
    working(k).post("/workflows/writing/runs", form=STREAMED)


@scenario("agentos/workflow-background", SAID, ways=ONCE)
def workflow_background(k):
    service = working(k)
    run_id = service.post("/workflows/writing/runs", form={**ASK, "background": "true"})["run_id"]
    service.poll(f"/workflows/writing/runs/{run_id}", session_id="s-crew")


@scenario("agentos/workflow-runs", SAID, ways=ONCE)
def workflow_runs(k):
    service = working(k)
    run_id = service.post("/workflows/writing/runs", form=ASK)["run_id"]
    service.get("/workflows/writing/runs", session_id="s-crew")
    service.post(f"/workflows/writing/runs/{run_id}/cancel")
    service.post(f"/workflows/writing/runs/{run_id}/resume", form=NOBODY)
    service.get("/sessions/s-crew/runs", type="workflow")
    service.post("/workflows/nothing/runs", form=ASK)
    service.get("/workflows/writing/runs/none", session_id="s-crew")


@scenario("agentos/workflow-continue", SAID, ways=ONCE)
def workflow_continue(k):
    draft = k.Step(
        name="draft",
        agent=k.agent(name="Drafter", id="drafter"),
        human_review=k.HumanReview(requires_confirmation=True, confirmation_message="Shall it be drafted"),
    )
    known = {"name": "Writing", "id": "writing", "db": k.sqlite(), "telemetry": False}
    service = k.serve(keeper(k), workflows=[k.Workflow(steps=[draft], **known)])
    told = service.post("/workflows/writing/runs", form=ASK)
    asked = told["step_requirements"]
    for one in asked:
        one["confirmed"] = True
    at = f"/workflows/writing/runs/{told['run_id']}/continue"
    service.post(at, form={**NOBODY, "step_requirements": "{not json", "stream": "false"})
    service.post(at, form={**NOBODY, "step_requirements": json.dumps(asked), "stream": "false"})
    service.post("/workflows/writing/runs/none/continue", form={**NOBODY, "step_requirements": "[]", "stream": "false"})


START = {"action": "start-workflow", "workflow_id": "writing", "message": "Feed the crew", "session_id": "s-crew"}


def talk(k, *said, until):
    return working(k).converse("/workflows/ws", list(said), until=until)


@scenario("agentos/socket-greeting", ways=ONCE)
def socket_greeting(k):
    talk(k, until="connected")


@scenario("agentos/socket-ping", ways=ONCE)
def socket_ping(k):
    talk(k, {"action": "ping"}, until="pong")


@scenario("agentos/socket-authenticate", ways=ONCE)
def socket_authenticate(k):
    talk(k, {"action": "authenticate", "token": "harbour-key"}, until="authenticated")


@scenario("agentos/socket-errors", ways=ONCE)
def socket_errors(k):
    unknown = {"action": "start-workflow", "workflow_id": "nothing", "message": "Feed the crew"}
    talk(k, {"action": "bogus"}, {"action": "start-workflow"}, unknown, {"action": "reconnect"}, until="error")


@scenario("agentos/socket-no-json", ways=ONCE)
def socket_no_json(k):
    talk(k, "not json at all", until="error")


@scenario("agentos/socket-reconnect", SAID, ways=ONCE)
def socket_reconnect(k):
    service = working(k)
    heard = service.converse("/workflows/ws", [START], until="WorkflowCompleted")
    run_id = next(told["data"]["run_id"] for told in heard if "data" in told)
    # Its end is stored after it is told: what a second connection hears depends on that.
    service.poll(f"/workflows/writing/runs/{run_id}", session_id="s-crew")
    again = {"action": "reconnect", "run_id": run_id, "last_event_index": 2, "workflow_id": "writing"}
    service.converse("/workflows/ws", [{**again, "session_id": "s-crew"}], until="WorkflowCompleted")


@scenario("agentos/socket-continue", SAID, ways=ONCE)
def socket_continue(k):
    unknown = {"action": "continue-workflow", "workflow_id": "writing", "run_id": "none", "session_id": "s-crew"}
    talk(k, {**unknown, "step_requirements": []}, until="error")
