"""The HTTP service: routes, forms, streams, errors (agentos.md §1-3)."""

from contracts.scenario import ONCE, add, scenario
from contracts.script import Failure, call, say


def keeper(k, **options):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    known = {"name": "Log Keeper", "id": "keeper", "tools": [look], "db": k.sqlite(), "description": "Keeps the log."}
    return k.agent(**{**known, **options})


SAID = [say("Only ", "water")]
TOOL = [call("look", at="sea"), say("Only ", "water")]


def visit(k):
    service = k.serve(keeper(k), name="Harbour", id="harbour")
    service.get(k.options["path"])


for name, path in {
    "root": "/", "health": "/health", "info": "/info", "config": "/config", "agents": "/agents",
    "agent": "/agents/keeper", "unknown-agent": "/agents/nobody", "teams": "/teams", "workflows": "/workflows",
    "unknown-path": "/nowhere", "no-sessions": "/sessions?type=agent", "unknown-session": "/sessions/none?type=agent",
    "unknown-session-runs": "/sessions/none/runs?type=agent", "trailing-slash": "/agents/", "models": "/models",
    "unknown-run": "/agents/keeper/runs/none?session_id=s-log", "runs-without-session": "/agents/keeper/runs",
}.items():  # fmt: skip
    add(f"server/get-{name}", visit, [], ways=ONCE, path=path)


def post(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form=k.options["form"])


for name, form, script in (
    ("whole", {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}, SAID),
    ("whole-tool", {"message": "Look at the sea", "stream": "false", "session_id": "s-log", "user_id": "ada"}, TOOL),
    ("stream", {"message": "Look at the sea", "session_id": "s-log"}, SAID),
    ("stream-true", {"message": "Look at the sea", "stream": "true", "session_id": "s-log"}, SAID),
    ("stream-tool", {"message": "Look at the sea", "session_id": "s-log"}, TOOL),
    ("stream-blank", {"message": "Look at the sea", "stream": "", "session_id": ""}, SAID),
    ("no-message", {"stream": "false"}, []),
    ("empty-message", {"message": "", "stream": "false"}, []),
    (
        "model-error",
        {"message": "Look", "stream": "false", "session_id": "s-log"},
        [Failure("bad_request", "not that one")],
    ),
    ("model-error-stream", {"message": "Look", "session_id": "s-log"}, [Failure("bad_request", "not that one")]),
    ("state", {"message": "Look", "stream": "false", "session_id": "s-log", "session_state": '{"pages": 1}'}, SAID),
    ("bad-stream", {"message": "Look", "stream": "perhaps"}, SAID),
):
    add(f"server/run-{name}", post, script, ways=ONCE, form=form)


@scenario("server/run-json", [], ways=ONCE)
def run_json(k):
    k.serve(keeper(k)).post("/agents/keeper/runs", json={"message": "Look at the sea"})


@scenario("server/run-unknown-agent", [], ways=ONCE)
def run_unknown_agent(k):
    k.serve(keeper(k)).post("/agents/nobody/runs", form={"message": "Look", "stream": "false"})


@scenario("server/wrong-method", [], ways=ONCE)
def wrong_method(k):
    k.serve(keeper(k)).delete("/agents/keeper")


@scenario("server/poll", SAID, ways=ONCE)
def poll(k):
    service = k.serve(keeper(k))
    told = service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.get(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")
    service.get("/agents/keeper/runs", session_id="s-log")


@scenario("server/poll-without-session", SAID, ways=ONCE)
def poll_without_session(k):
    service = k.serve(keeper(k))
    told = service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.get(f"/agents/keeper/runs/{told['run_id']}")


@scenario("server/sessions", [*TOOL, say("Again water")], ways=ONCE)
def sessions(k):
    service = k.serve(keeper(k))
    for _ in range(2):
        form = {"message": "Look at the sea", "stream": "false", "session_id": "s-log", "user_id": "ada"}
        service.post("/agents/keeper/runs", form=form)
    service.get("/sessions", type="agent")
    service.get("/sessions", type="agent", component_id="keeper", user_id="ada")
    service.get("/sessions", type="agent", user_id="bob")
    service.get("/sessions/s-log", type="agent")
    service.get("/sessions/s-log/runs", type="agent")


@scenario("server/session-run", SAID, ways=ONCE)
def session_run(k):
    service = k.serve(keeper(k))
    told = service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.get(f"/sessions/s-log/runs/{told['run_id']}", type="agent")
    service.get("/sessions/s-log/runs/none", type="agent")


@scenario("server/rename", SAID, ways=ONCE)
def rename(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.post("/sessions/s-log/rename", json={"session_name": "The log of the sea"}, type="agent")
    service.post("/sessions/none/rename", json={"session_name": "Nothing"}, type="agent")
    service.post("/sessions/s-log/rename", json={}, type="agent")


@scenario("server/delete", SAID, ways=ONCE)
def delete(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.delete("/sessions/s-log", type="agent")
    service.get("/sessions/s-log", type="agent")
    service.delete("/sessions/s-log", type="agent")


@scenario("server/create-session", [], ways=ONCE)
def create_session(k):
    service = k.serve(keeper(k))
    made = {"session_id": "s-new", "session_name": "A new log", "session_state": {"pages": 1}, "agent_id": "keeper"}
    service.post("/sessions", json=made, type="agent")
    service.post("/sessions", json=made, type="agent")


@scenario("server/update-session", SAID, ways=ONCE)
def update_session(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={"message": "Look", "stream": "false", "session_id": "s-log"})
    service.patch("/sessions/s-log", json={"session_state": {"pages": 9}}, type="agent")


@scenario("server/cancel-unknown", [], ways=ONCE)
def cancel_unknown(k):
    k.serve(keeper(k)).post("/agents/keeper/runs/none/cancel", form={})


@scenario("server/continue-unknown", [], ways=ONCE)
def continue_unknown(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs/none/continue", form={"tools": "[]", "session_id": "s-log", "stream": "false"})
    service.post("/agents/keeper/runs/none/continue", form={"tools": "[]", "stream": "false"})
    service.post("/agents/keeper/runs/none/continue", form={"tools": "not json", "session_id": "s-log"})


@scenario("server/resume-finished", SAID, ways=ONCE)
def resume_finished(k):
    service = k.serve(keeper(k))
    form = {"message": "Look", "session_id": "s-log", "background": "true"}
    frames = service.post("/agents/keeper/runs", form=form)
    run_id = next(frame["data"]["run_id"] for frame in frames if "run_id" in frame.get("data", {}))
    service.post(f"/agents/keeper/runs/{run_id}/resume", form={"last_event_index": "2", "session_id": "s-log"})


@scenario("server/resume-unknown", [], ways=ONCE)
def resume_unknown(k):
    k.serve(keeper(k)).post("/agents/keeper/runs/none/resume", form={"session_id": "s-log"})


@scenario("server/memories", [], ways=ONCE)
def memories(k):
    service = k.serve(keeper(k))
    made = service.post("/memories", json={"memory": "The user sails", "user_id": "ada", "topics": ["hobby"]})
    service.get("/memories", user_id="ada")
    if made and "memory_id" in made:
        service.delete(f"/memories/{made['memory_id']}", user_id="ada")
