"""Runs that go on over HTTP: decided, with more input, from a message, as a fork, anew; their forks and checkpoints.

agentos.md §1.3.
"""

import json

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import SAID, TOOL, keeper
from contracts.script import call, say

LOOK = {"message": "Look at the sea", "stream": "false", "session_id": "s-log"}
GATE = [call("gate", at="dock"), say("Gate ", "open")]
MORE = [say("More water")]


def paused(k, **options):
    """A server whose keeper waits before it opens a gate, with the run that waits."""

    @k.tool(**options)
    def gate(at: str) -> str:
        """Open a gate."""
        return f"opened {at}"

    service = k.serve(keeper(k, tools=[gate]))
    return service, service.post("/agents/keeper/runs", form=LOOK)


def decide(k):
    service, told = paused(k, **k.options["kind"])
    tools = [{**tool, **k.options["decision"]} for tool in told["tools"]]
    form = {"session_id": "s-log", "tools": json.dumps(tools), **k.options["form"]}
    service.post(f"/agents/keeper/runs/{told['run_id']}/continue", form=form)
    service.get(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")


CONFIRM, ASK = {"requires_confirmation": True}, {"requires_user_input": True, "user_input_fields": ["at"]}
OUTSIDE = {"external_execution": True}
FIELD = {"name": "at", "field_type": "str", "description": None, "value": "north gate"}
YES, WHOLE = {"confirmed": True}, {"stream": "false"}

for name, kind, decision, form in (
    ("confirmed", CONFIRM, YES, WHOLE),
    ("rejected", CONFIRM, {"confirmed": False, "confirmation_note": "not today"}, WHOLE),
    ("user-input", ASK, {"user_input_schema": [FIELD]}, WHOLE),
    ("external", OUTSIDE, {"result": "opened by hand"}, WHOLE),
    ("streamed", CONFIRM, YES, {}),
    ("streamed-without-events", CONFIRM, YES, {"stream_events": "false"}),
    ("in-background", CONFIRM, YES, {"background": "true"}),
):
    add(f"server/continue-{name}", decide, GATE, ways=ONCE, kind=kind, decision=decision, form=form)


@scenario("server/continue-undecided", GATE, ways=ONCE)
def undecided(k):
    service, told = paused(k, **CONFIRM)
    service.post(f"/agents/keeper/runs/{told['run_id']}/continue", form={"session_id": "s-log", "stream": "false"})


@scenario("server/paused-streamed", GATE, ways=ONCE)
def paused_streamed(k):
    @k.tool(requires_confirmation=True)
    def gate(at: str) -> str:
        """Open a gate."""
        return f"opened {at}"

    service = k.serve(keeper(k, tools=[gate]))
    service.post("/agents/keeper/runs", form={**LOOK, "stream": "true"})
    service.get("/sessions/s-log/runs", type="agent")


@scenario("server/continue-in-background-whole", GATE, ways=ONCE)
def background_whole(k):
    service, told = paused(k, **CONFIRM)
    tools = [{**tool, **YES} for tool in told["tools"]]
    form = {"session_id": "s-log", "tools": json.dumps(tools), "stream": "false", "background": "true"}
    service.post(f"/agents/keeper/runs/{told['run_id']}/continue", form=form)
    service.poll(f"/agents/keeper/runs/{told['run_id']}", session_id="s-log")


def go_on(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    form = {"session_id": "s-log", "stream": "false", **k.options["form"]}
    service.post(f"/agents/keeper/runs/{run_id}/continue", form=form)
    service.get("/agents/keeper/runs", session_id="s-log")


for name, form, script in (
    ("input", {"input": "And the land"}, [*SAID, *MORE]),
    ("fork", {"fork": "true", "continue_from": "last_user"}, [*TOOL, *MORE]),
    ("place", {"continue_from": "2"}, [*TOOL, *MORE]),
    ("last-user", {"continue_from": "last_user", "input": "And the land"}, [*TOOL, *MORE]),
    ("regenerate", {"regenerate": "true"}, [*SAID, *MORE]),
    ("instructions", {"regenerate": "true", "additional_instructions": "Say it is deep"}, [*TOOL, *MORE]),
    ("both-answers", {"regenerate": "true", "replace_original": "false"}, [*SAID, *MORE]),
    ("nothing", {}, [*SAID, *MORE]),
    ("bad-place", {"continue_from": "somewhere"}, SAID),
    ("two-inputs", {"input": "Why", "additional_instructions": "Why"}, SAID),
    ("idle-replacing", {"replace_original": "true"}, SAID),
    ("regenerated-fork", {"regenerate": "true", "fork": "true"}, SAID),
    ("bad-flag", {"fork": "perhaps"}, SAID),
    ("bad-tools", {"tools": "[1]"}, SAID),
    ("other-session", {"session_id": "s-other", "input": "Why"}, SAID),
    ("no-session", {"session_id": "", "input": "Why"}, SAID),
):
    add(f"server/continue-with-{name}", go_on, script, ways=ONCE, form=form)


def stream_on(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    service.post(f"/agents/keeper/runs/{run_id}/continue", form={"session_id": "s-log", **k.options["form"]})


for name, form in (
    ("input", {"input": "And the land"}),
    ("regenerated", {"regenerate": "true"}),
    ("background-input", {"input": "And the land", "background": "true"}),
):
    add(f"server/continue-streams-{name}", stream_on, [*SAID, *MORE], ways=ONCE, form=form)


@scenario("server/continue-unknown-streamed", ways=ONCE)
def unknown_streamed(k):
    k.serve(keeper(k)).post("/agents/keeper/runs/none/continue", form={"session_id": "s-log", "input": "Why"})


def at_checkpoint(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    where, query = f"/agents/keeper/runs/{run_id}/checkpoints", {"session_id": "s-log"}
    service.get(where, **query)
    for place in k.options["places"]:
        service.get(f"{where}/{place}", **query)


add("server/checkpoints", at_checkpoint, SAID, ways=ONCE, places=("1", "3"))
add("server/checkpoints-of-tools", at_checkpoint, TOOL, ways=ONCE, places=("0", "3", "4"))
add("server/checkpoints-beyond", at_checkpoint, SAID, ways=ONCE, places=("9", "first"))


@scenario("server/checkpoints-unknown", SAID, ways=ONCE)
def checkpoints_unknown(k):
    service = k.serve(keeper(k))
    run_id = service.post("/agents/keeper/runs", form=LOOK)["run_id"]
    service.get("/agents/keeper/runs/none/checkpoints", session_id="s-log")
    service.get(f"/agents/keeper/runs/{run_id}/checkpoints")
    service.get(f"/agents/keeper/runs/{run_id}/checkpoints", session_id="s-other")
    service.get("/agents/keeper/runs/none/checkpoints/1", session_id="s-log")
    service.get(f"/agents/nobody/runs/{run_id}/checkpoints", session_id="s-log")


@scenario("server/fork-session", [*TOOL, say("More water")], ways=ONCE)
def fork_session(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form=LOOK)
    service.post("/sessions/s-log/rename", json={"session_name": "The log of the sea"}, type="agent")
    made = service.post("/agents/keeper/sessions/s-log/fork")
    service.get(f"/sessions/{made['session_id']}", type="agent")
    service.get(f"/sessions/{made['session_id']}/runs", type="agent")
    service.post("/agents/keeper/runs", form={**LOOK, "session_id": made["session_id"]})
    service.get("/sessions/s-log", type="agent")


@scenario("server/fork-session-errors", SAID, ways=ONCE)
def fork_session_errors(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form={**LOOK, "user_id": "ada"})
    service.post("/agents/keeper/sessions/none/fork")
    service.post("/agents/nobody/sessions/s-log/fork")
    service.post("/agents/keeper/sessions/s-log/fork", user_id="bob")
    service.post("/agents/keeper/sessions/s-log/fork", user_id="ada")


@scenario("agentos/compact-session", SAID, ways=ONCE)
def compact_session(k):
    service = k.serve(keeper(k))
    service.post("/agents/keeper/runs", form=LOOK)
    service.post("/agents/keeper/sessions/s-log/compact")
    service.post("/agents/nobody/sessions/s-log/compact")
