"""What is left of a streamed run: its events, its state while it waits, and what a client that hung up left behind.

agentos.md §1.2-1.4.
"""

from threading import Event

from contracts.scenario import ONCE, scenario
from contracts.scenarios.server import TOOL, keeper

LOOK = {"message": "Look at the sea", "session_id": "s-log"}


@scenario("server/streamed-then-read", TOOL, ways=ONCE)
def streamed_then_read(k):
    service = k.serve(keeper(k))
    frames = service.post("/agents/keeper/runs", form=LOOK)
    run_id = frames[0]["data"]["run_id"]
    service.get(f"/agents/keeper/runs/{run_id}", session_id="s-log")
    service.get("/agents/keeper/runs", session_id="s-log")
    service.get("/sessions/s-log/runs", type="agent")
    service.get(f"/sessions/s-log/runs/{run_id}", type="agent")


@scenario("server/left-background", TOOL, ways=ONCE)
def left_background(k):
    """A client leaves while a tool works; what is then told of its run."""
    gone = Event()

    def look(at: str) -> str:
        """Look somewhere."""
        gone.wait(10)
        return f"seen {at}"

    service = k.serve(keeper(k, tools=[look]))
    run_id = service.leave("/agents/keeper/runs", form={**LOOK, "background": "true"}, after="ToolCallStarted")
    gone.set()
    service.poll(f"/agents/keeper/runs/{run_id}", session_id="s-log")
