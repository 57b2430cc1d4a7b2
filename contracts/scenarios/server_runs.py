"""Runs over HTTP: every form field, uploads, background, polling, cancelling, taking up, going on (agentos.md §1)."""

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import SAID, TOOL, keeper
from contracts.script import Failure, call, say
from contracts.service import Upload

LOOK = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
PIXEL = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)
SHAPE = '{"title": "Log", "type": "object", "properties": {"sea": {"type": "string"}}, "required": ["sea"]}'


def post(k):
    service = k.serve(keeper(k, **k.options.get("agent", {})))
    told = service.post("/agents/keeper/runs", form={**LOOK, **k.options["form"]})
    if isinstance(told, dict) and "run_id" in told:
        service.get("/sessions/s-log", type="agent")


for name, form, script in (
    ("metadata", {"metadata": '{"shelf": "left"}'}, SAID),
    ("bad-metadata", {"metadata": "[1]"}, SAID),
    ("metadata-no-json", {"metadata": "{shelf"}, SAID),
    ("bad-state", {"session_state": "{pages"}, SAID),
    ("state-list", {"session_state": "[1]"}, SAID),
    ("dependencies", {"dependencies": '{"weather": "calm"}'}, SAID),
    ("bad-dependencies", {"dependencies": "{weather"}, SAID),
    ("schema", {"output_schema": SHAPE}, [say('{"sea": "calm"}')]),
    ("schema-as-json", {"output_schema": SHAPE, "use_json_schema": "true"}, [say('{"sea": "calm"}')]),
    ("bad-schema", {"output_schema": "{title"}, SAID),
    ("unknown-field", {"colour": "red"}, SAID),
    ("debug", {"debug_mode": "true"}, SAID),
    ("chosen-id", {"run_id": "chosen-by-the-client"}, SAID),
    ("version", {"version": "2"}, SAID),
    ("blank-user", {"user_id": ""}, SAID),
    ("bad-version", {"version": "two"}, SAID),
    ("bad-background", {"background": "perhaps"}, SAID),
    ("stream-as-number", {"stream": "0"}, SAID),
    ("stream-as-word", {"stream": "off"}, SAID),
    ("image-list", {"images": '[{"url": "https://pictures.example/sea.png"}]'}, SAID),
    ("bad-image-list", {"images": "[sea"}, SAID),
    ("filters", {"knowledge_filters": '{"shelf": "left"}'}, SAID),
):
    add(f"server/run-with-{name}", post, script, ways=ONCE, form=form)


def in_context(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={**LOOK, **k.options["form"]})


for name, form in {
    "dependencies": {"dependencies": '{"weather": "calm"}', "add_dependencies_to_context": "true"},
    "state": {"session_state": '{"pages": 1}', "add_session_state_to_context": "true"},
    "history": {"add_history_to_context": "true"},
}.items():
    add(f"server/run-with-{name}-in-context", in_context, SAID, ways=ONCE, form=form)


def narrow(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={"message": "Look at the sea", "session_id": "s-log", **k.options["form"]})


for name, form, script in (
    ("stream-without-events", {"stream_events": "false"}, SAID),
    ("stream-with-events", {"stream_events": "true"}, TOOL),
    ("stream-of-schema", {"output_schema": SHAPE}, [say('{"sea": "calm"}')]),
    ("stream-overloaded", {}, [Failure("server", "fell over")]),
):
    add(f"server/run-{name}", narrow, script, ways=ONCE, form=form)


def upload(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form=LOOK, uploads=[k.options["file"]])


for name, file in (
    ("image", Upload("files", "sea.png", "image/png", PIXEL)),
    ("text", Upload("files", "sea.txt", "text/plain", b"All water")),
    ("json", Upload("files", "sea.json", "application/json", b'{"sea": "calm"}')),
    ("bad-kind", Upload("files", "sea.exe", "application/x-msdownload", b"MZ")),
    ("other-field", Upload("papers", "sea.txt", "text/plain", b"All water")),
):
    add(f"server/upload-{name}", upload, SAID, ways=ONCE, file=file)


@scenario("server/background", SAID, ways=ONCE)
def background(k):
    service = k.serve(keeper(k))
    told = service.post("/agents/keeper/runs", form={**LOOK, "background": "true"})
    service.poll(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")
    service.get("/sessions/s-log/runs", type="agent")


@scenario("server/background-failed", [Failure("bad_request", "not that one")], ways=ONCE)
def background_failed(k):
    service = k.serve(keeper(k))
    told = service.post("/agents/keeper/runs", form={**LOOK, "background": "true"})
    service.poll(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")


@scenario("server/background-stream", TOOL, ways=ONCE)
def background_stream(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={**LOOK, "stream": "true", "background": "true"})


@scenario("server/background-without-store", SAID, ways=ONCE)
def background_without_store(k):
    service = k.serve(keeper(k, db=None))
    service.post("/agents/keeper/runs", form={**LOOK, "background": "true"})
    service.post("/agents/keeper/runs", form={**LOOK, "background": "true", "stream": "true"})


@scenario("server/run-in-foreign-session", SAID, ways=ONCE)
def foreign_session(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={**LOOK, "user_id": "ada"})
    service.post("/agents/keeper/runs", form={**LOOK, "user_id": "bob"})
    service.post("/agents/keeper/runs", form={**LOOK, "user_id": "bob", "stream": "true"})


@scenario("server/poll-elsewhere", SAID, ways=ONCE)
def poll_elsewhere(k):
    db = k.sqlite()
    service = k.serve(keeper(k, db=db), keeper(k, name="Second Keeper", id="second", db=db))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    service.get(f"/agents/second/runs/{run_id}", session_id="s-log")
    service.get(f"/agents/keeper/runs/{run_id}", session_id="s-other")
    service.get(f"/agents/nobody/runs/{run_id}", session_id="s-log")
    service.get("/agents/nobody/runs", session_id="s-log")
    service.get("/agents/second/runs", session_id="s-log")
    service.get("/agents/keeper/runs", session_id="none")


def began(frames):
    """The run's id of a stream."""
    return next(frame["data"]["run_id"] for frame in frames if "run_id" in frame.get("data", {}))


def take_up(k):
    service = k.serve(keeper(k))
    run_id = began(service.post("/agents/keeper/runs", form={**LOOK, "stream": "true", "background": "true"}))
    service.post(f"/agents/keeper/runs/{run_id}/resume", form=k.options["form"])


for name, form in {
    "from-start": {"session_id": "s-log"},
    "from-end": {"session_id": "s-log", "last_event_index": "99"},
    "bad-index": {"session_id": "s-log", "last_event_index": "last"},
    "other-session": {"session_id": "s-other", "last_event_index": "1"},
    "no-session": {"last_event_index": "1"},
}.items():
    add(f"server/resume-{name}", take_up, SAID, ways=ONCE, form=form)


@scenario("server/resume-unknown-agent", ways=ONCE)
def resume_unknown_agent(k):
    k.serve(keeper(k)).post("/agents/nobody/runs/none/resume", form={"session_id": "s-log"})


@scenario("server/resume-stored", SAID, ways=ONCE)
def resume_stored(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    service.post(f"/agents/keeper/runs/{run_id}/resume", form={"session_id": "s-log"})


@scenario("server/cancel-finished", SAID, ways=ONCE)
def cancel_finished(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    service.post(f"/agents/keeper/runs/{run_id}/cancel", session_id="s-log")
    service.get(f"/agents/keeper/runs/{run_id}", session_id="s-log")
    service.post(f"/agents/nobody/runs/{run_id}/cancel")


@scenario("server/cancel-in-tool", [call("sink"), say("Never said")], ways=ONCE)
def cancel_in_tool(k):
    held = {}

    def sink(run_context) -> str:
        """Sink the ship."""
        held["service"].nudge(f"/agents/keeper/runs/{run_context.run_id}/cancel")
        return "sunk"

    held["service"] = service = k.serve(keeper(k, tools=[sink]))
    told = service.post("/agents/keeper/runs", form=LOOK)
    service.get(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")


@scenario("server/cancel-stream-in-tool", [call("sink"), say("Never said")], ways=ONCE)
def cancel_stream_in_tool(k):
    held = {}

    def sink(run_context) -> str:
        """Sink the ship."""
        held["service"].nudge(f"/agents/keeper/runs/{run_context.run_id}/cancel")
        return "sunk"

    held["service"] = service = k.serve(keeper(k, tools=[sink]))
    service.post("/agents/keeper/runs", form={**LOOK, "stream": "true"})


@scenario("server/continue-errors", SAID, ways=ONCE)
def continue_errors(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    at = f"/agents/keeper/runs/{run_id}/continue"
    service.post(at, form={"session_id": "s-log", "stream": "maybe"})
    service.post(at, form={"session_id": "s-log", "stream": "false", "tools": "{not json"})
    service.post(f"/agents/nobody/runs/{run_id}/continue", form={"session_id": "s-log", "stream": "false"})
