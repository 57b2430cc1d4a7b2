"""Agents, sessions and runs in the exact keys of the reference's API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from agnolo.agent import records
from agnolo.agent.agent import Agent
from agnolo.engine import summary
from agnolo.ports.journal import RunRecord
from agnolo.ports.model import Model
from agnolo.ports.store import MemoryCount
from agnolo.providers.breaker import OpenBreaker
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import AgnoloError
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import SUMMARY, SessionRow, UserMemory, shown_name

SESSION_TABLE = "agno_sessions"
MEMORY_TABLE = "agno_memories"
PREVIEW_LETTERS = 200

Shape = dict[str, Any]

_ABSENT_IN_RUNS: Shape = dict.fromkeys((
    "cancellation_stage", "metadata", "tools", "events", "citations", "response_audio", "followups",
))  # fmt: skip
_LINEAGE = (
    "forked_from_run_id", "forked_from_message_index", "forked_from_session_id", "regenerated_from",
    "last_checkpoint_at_message_index",
)  # fmt: skip
_TIMES = frozenset({"duration", "time_to_first_token"})


def iso(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _present(shape: Shape) -> Shape:
    return {key: value for key, value in shape.items() if value is not None}


# ---- agents


def _model(agent: Agent) -> Model | None:
    """The agent's model; None when it can't be had now, say for want of a key: the run will tell."""
    try:
        return agent.resolved_model()
    except AgnoloError:
        return None


def agent_summary(agent: Agent) -> Shape:
    """An agent as /agents lists it."""
    model = _model(agent)
    return _present({
        "id": agent.agent_id,
        "name": agent.name or agent.agent_id,
        "db_id": agent.db.id if agent.db else None,
        "filesystem": False,
        "role": agent.role,
        "description": agent.description,
        "is_factory": False,
        "model": {"name": model.name, "model": model.id, "provider": model.provider} if model else None,
        "tools": _tools(agent),
        "sessions": _sessions(agent),
        "memory": {"memory_table": MEMORY_TABLE} if agent.db and agent.update_memory_on_run else None,
        "reasoning": {"reasoning": False},
        "system_message": _system_message(agent),
        "is_component": False,
        "sandboxed": False,
    })  # fmt: skip


def _tools(agent: Agent) -> Shape | None:
    functions = agent.get_tools()
    listed = [_present({"name": f.name, "description": f.description, "parameters": f.parameters}) for f in functions]
    return {"tools": listed} if listed else None


def _sessions(agent: Agent) -> Shape | None:
    if agent.db is None:
        return None
    shown: Shape = {"session_table": SESSION_TABLE}
    if agent.add_history_to_context:
        shown["add_history_to_context"] = True
    if agent.num_history_runs is not None:
        shown["num_history_runs"] = agent.num_history_runs
    if summary.is_kept(agent):
        shown["enable_session_summaries"] = True
    return shown


def _system_message(agent: Agent) -> Shape | None:
    instructions = agent.instructions
    shown = _present({
        "description": agent.description,
        "instructions": None if callable(instructions) else instructions,
        "expected_output": agent.expected_output,
        "additional_context": agent.additional_context,
        "markdown": agent.markdown or None,
    })  # fmt: skip
    return shown or None


def agent_entry(agent: Agent) -> Shape:
    """An agent as /config lists it."""
    model = _model(agent)
    return _present({
        "id": agent.agent_id,
        "name": agent.name or agent.agent_id,
        "description": agent.description,
        "db_id": agent.db.id if agent.db else None,
        "model": {"id": model.id, "provider": model.provider} if model else None,
        "sandboxed": False,
    })  # fmt: skip


# ---- what is broken


def breaker(one: OpenBreaker) -> Shape:
    """A host, or a model on it, that is not asked for a while because it kept failing."""
    place = {"host": one.place.host, "model": one.place.model or None}
    return {**place, "breaker": "open", "since": iso(one.since), "seconds_left": round(one.again, 1)}


# ---- sessions


def _metrics(row: SessionRow) -> Shape:
    stored: Shape = row.session_data.get("session_metrics") or {}
    return {key: value for key, value in stored.items() if key not in _TIMES}


def session_item(row: SessionRow) -> Shape:
    """A session as /sessions lists it; one without a run or a state has neither state nor metrics."""
    metrics = _metrics(row) if row.session_data.keys() & {"session_state", "session_metrics"} else None
    return _present({
        "session_id": row.session_id,
        "session_name": shown_name(row.session_data),
        "session_state": None if metrics is None else row.session_data.get("session_state") or {},
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "session_type": row.session_type,
        "user_id": row.user_id,
        f"{row.session_type}_id": row.component_id,
        "metrics": metrics,
        "total_tokens": (metrics or {}).get("total_tokens"),
        "metadata": row.metadata,
    })  # fmt: skip


def session_made(row: SessionRow) -> Shape:
    """A session that was just made: what it was not given is left out."""
    made = session_detail(row, (), nulls=False)
    if "session_state" not in row.session_data:
        del made["session_state"]
    if not row.session_data:
        del made["metrics"]
    return made


def run_preview(record: RunRecord) -> Shape:
    """A run in a few words, for lists."""
    view = run_view(record, nulls=False)
    kept = ("run_id", "parent_run_id", "agent_id", "user_id", "status", "run_input", "created_at")
    said = view["content"] if isinstance(view["content"], str) else codec.dumps(view["content"]).decode()
    return {**{key: view[key] for key in kept if key in view}, "content_preview": said[:PREVIEW_LETTERS]}


def session_detail(row: SessionRow, runs: Sequence[RunRecord], *, nulls: bool) -> Shape:
    """A session of an agent with what was said in it; `nulls` keeps the keys that have no value."""
    metrics = _metrics(row)
    session = records.agent_session(row, runs)
    shown: Shape = {
        "user_id": row.user_id,
        "agent_session_id": row.session_id,
        "session_id": row.session_id,
        "session_name": shown_name(row.session_data),
        "session_summary": row.session_data.get(SUMMARY),
        "session_state": row.session_data.get("session_state") or {},
        "agent_id": row.component_id,
        "total_tokens": metrics.get("total_tokens"),
        "agent_data": row.agent_data,
        "metrics": metrics,
        "metadata": row.metadata,
        "chat_history": [m.to_dict() for m in session.get_chat_history()],
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
    return shown if nulls else _present(shown)


# ---- memories


def memory_item(memory: UserMemory) -> Shape:
    """A memory."""
    changed = memory.updated_at or memory.created_at
    return {
        "memory_id": memory.memory_id,
        "memory": memory.memory,
        "topics": memory.topics or [],
        "agent_id": memory.agent_id,
        "team_id": None,
        "user_id": memory.user_id,
        "updated_at": iso(changed) if changed is not None else None,
    }


def memory_count(count: MemoryCount) -> Shape:
    """How much is remembered of a user."""
    return {
        "user_id": count.user_id,
        "total_memories": count.total,
        "last_memory_updated_at": iso(count.updated_at),
    }


# ---- runs


def run_reply(output: RunOutput) -> Shape:
    """A run as the POST that made it answers."""
    shown = output.to_dict()
    shown.setdefault("session_state", {})
    shown.pop("events", None)
    if output.status is not RunStatus.error:
        shown.setdefault("tools", [])
    return shown


def run_state(output: RunOutput) -> Shape:
    """A run as polling shows it, also while it goes on."""
    shown = output.to_dict()
    shown.setdefault("metrics", {})
    shown.setdefault("events", [])
    return shown


def run_view(record: RunRecord, *, nulls: bool) -> Shape:
    """A run as the histories of sessions show it; `nulls` keeps the keys that have no value."""
    output = records.run_output(record)
    asked = output.input or RunInput(input_content="")
    view: Shape = {
        "run_id": output.run_id,
        "parent_run_id": output.parent_run_id or "",
        "agent_id": output.agent_id or record.run.component_id,
        "user_id": output.user_id,
        "status": output.status.value,
        "run_input": _asked_text(asked.input_content),
        "content": output.content if output.content is not None else "",
        "run_response_format": "text" if output.content_type == "str" else "json",
        "reasoning_content": output.reasoning_content or "",
        "reasoning_steps": [],
        "metrics": codec.builtins(output.metrics) or {},
        "metadata": output.metadata,
        "messages": [m.to_dict() for m in output.messages],
        "tools": codec.builtins(output.tools),
        "citations": codec.builtins(output.citations),
        "created_at": iso(output.created_at),
        "references": [],
        "reasoning_messages": [],
        "session_state": output.session_state or {},
        **{kind: codec.builtins(getattr(output, kind) or []) for kind in ("images", "videos", "audio", "files")},
        "response_audio": codec.builtins(output.response_audio),
        "input_media": _input_media(asked),
        "events": [event.to_dict() for event in output.events or ()] or None,
        **{name: getattr(output, name) for name in _LINEAGE},
    }
    return _ABSENT_IN_RUNS | view if nulls else _present(view)


def _asked_text(content: Any) -> str:  # noqa: ANN401 - whatever was asked
    match content:
        case str() | {"role": str(), "content": str()}:
            return content if isinstance(content, str) else content["content"]
        case _:
            return codec.dumps(content).decode()


def _input_media(asked: RunInput) -> Shape:
    return {
        "images": codec.builtins(asked.images or []),
        "videos": codec.builtins(asked.videos or []),
        "audios": codec.builtins(asked.audios or []),
        "files": codec.builtins(asked.files or []),
    }
