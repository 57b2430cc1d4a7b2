"""The ways to run an agent, as functions from agent and input to the events told and the output."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from agnolo import Agent, RunOutput
from agnolo.vocabulary.events import RunErrorEvent, RunEventBase

Told = tuple[list[RunEventBase], RunOutput]
Way = Callable[..., Told]


def split(agent: Agent, told: list[Any]) -> Told:
    """The events, and the output that was asked for as the last item. A failed run gives none: it is in the store."""
    if isinstance(told[-1], RunErrorEvent):
        kept = agent.get_run_output(told[-1].run_id, session_id=told[-1].session_id)
        assert kept is not None
        return told, kept
    return told[:-1], told[-1]


def run_stream(agent: Agent, asked: object, **options: Any) -> Told:
    return split(agent, list(agent.run(asked, stream=True, stream_events=True, yield_run_output=True, **options)))


def arun_stream(agent: Agent, asked: object, **options: Any) -> Told:
    async def collect() -> list[Any]:
        told = agent.arun(asked, stream=True, stream_events=True, yield_run_output=True, **options)
        return [event async for event in told]

    return split(agent, asyncio.run(collect()))


def run_stream_inside_a_running_loop(agent: Agent, asked: object, **options: Any) -> Told:
    async def inside() -> Told:
        return run_stream(agent, asked, **options)

    return asyncio.run(inside())


def run_stream_in_a_thread(agent: Agent, asked: object, **options: Any) -> Told:
    result: list[Told] = []
    thread = threading.Thread(target=lambda: result.append(run_stream(agent, asked, **options)))
    thread.start()
    thread.join()
    return result[0]


def run(agent: Agent, asked: object, **options: Any) -> Told:
    output = agent.run(asked, **options)
    return list(output.events or ()), output


def arun(agent: Agent, asked: object, **options: Any) -> Told:
    async def whole() -> RunOutput:
        return await agent.arun(asked, **options)

    output = asyncio.run(whole())
    return list(output.events or ()), output


STREAMED: dict[str, Way] = {
    "run-stream": run_stream,
    "arun-stream": arun_stream,
    "run-stream-in-loop": run_stream_inside_a_running_loop,
    "run-stream-in-thread": run_stream_in_a_thread,
}
WHOLE: dict[str, Way] = {"run": run, "arun": arun}

TIMES = ("created_at", "run_id", "session_id", "agent_id", "agent_name", "time_to_first_token", "nested_depth")


def plain(event: RunEventBase) -> dict[str, Any]:
    """An event without what differs from run to run."""
    shown = event.to_dict()
    for key in TIMES:
        shown.pop(key, None)
    if "metrics" in shown:
        shown["metrics"] = {k: v for k, v in shown["metrics"].items() if k.endswith("_tokens")}
    if "tool" in shown:
        shown["tool"] = {k: v for k, v in shown["tool"].items() if v is not None and k not in ("metrics", "created_at")}
        shown.pop("content", None)
    return shown


def _is_delta(shown: dict[str, Any]) -> bool:
    return shown.get("event") == "RunContent" and isinstance(shown.get("content"), str)


def told(events: list[RunEventBase]) -> list[dict[str, Any]]:
    """All events, with the deltas of one answer joined."""
    joined: list[dict[str, Any]] = []
    for event in events:
        shown = plain(event)
        last = joined[-1] if joined else {}
        if _is_delta(shown) and _is_delta(last):
            last["content"] += shown["content"]
        else:
            joined.append(shown)
    return joined


def names(events: list[RunEventBase]) -> list[str]:
    """Names of events, deltas of one answer as one."""
    return [shown["event"] for shown in told(events)]
