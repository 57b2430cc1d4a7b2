"""Playing a stored run again, wholly or up to a step, and telling what has come out differently."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from inspect import isawaitable
from typing import Any

import msgspec

from agnolo.agent.agent import Agent
from agnolo.agent.models import resolve_model
from agnolo.engine import summary
from agnolo.evals.actors import RecordedTools, replies_of
from agnolo.evals.cassette import Cassette, Expected, ReplayError
from agnolo.ports.journal import Acceptance, Finish, RunRecord, Step
from agnolo.ports.model import ModelRequest
from agnolo.ports.toolkit import collect, factory_of, listed
from agnolo.providers.recorded import RecordedModel
from agnolo.runtime.clock import virtual_time
from agnolo.storage.memory import InMemoryDb
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import AgnoloError
from agnolo.vocabulary.events import RunEventBase
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import Scope

_UNSTABLE = ("id", "created_at", "metrics", "from_history", "stop_after_tool_call", "compressed_content")
_ASIDE = ("update_memory_on_run", "enable_session_summaries", "compress_tool_results")
"""Options whose work is done beside the run: their models are not asked when it is played."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What playing a run gave. `shared` messages at its beginning are from before the step it was forked at."""

    given: Expected
    output: RunOutput
    unasked: int = 0
    shared: int = 0

    def differences(self, expected: Expected) -> list[str]:
        """Lines of a patch from what was expected to what was given; empty when nothing differs."""
        lines = list(_patch(expected, self.given))
        if self.unasked:
            lines.append(f"{self.unasked} recorded answers of the model were not asked for")
        return lines


def play(agent: Agent, cassette: Cassette) -> Played:
    """Play the run on this agent without touching the world: model, tools, store, clock and ids are the cassette's."""
    replies = replies_of(cassette.steps)
    failure: AgnoloError = ReplayError(f"the model is asked more than the {len(replies)} times that were recorded")
    if cassette.record.run.status is RunStatus.error:
        failure = AgnoloError(str(cassette.record.run.run_data.get("content") or "the run failed"))
    model = RecordedModel(resolve_model(agent.model), replies, failure=failure)
    tools = RecordedTools(cassette, cassette.steps, live=False)
    with virtual_time(start=float(cassette.began)):
        return _played(agent, cassette, model, tools)


def fork(agent: Agent, cassette: Cassette, at: str) -> Played:
    """Play the run up to the step of key `at`, and go on from there with the agent's own model and tools.

    The store is a copy in memory, so nothing is kept. Raises ReplayError naming the steps there are.
    """
    steps = cassette.steps
    keys = [step.key for step in steps]
    if at not in keys:
        raise ReplayError(f"run {cassette.record.run.run_id!r} has no step {at!r}: steps are {', '.join(keys)}")
    kept = steps[: keys.index(at)]
    live = resolve_model(agent.model)
    model = RecordedModel(live, replies_of(kept), failure=ReplayError("no answer"), live=live)
    played = _played(agent, cassette, model, RecordedTools(cassette, kept, live=True))
    return msgspec.structs.replace(played, shared=sum(step.message is not None for step in kept))


def as_stored(cassette: Cassette) -> list[dict[str, Any]]:
    """The run's messages as they were stored, without what differs from time to time."""
    return [shown(step.message) for step in cassette.steps if step.message is not None]


def shown(message: Message) -> dict[str, Any]:
    """A message without ids, times and counts."""
    return {name: value for name, value in message.to_dict().items() if name not in _UNSTABLE}


def changes(cassette: Cassette, played: Played) -> list[str]:
    """The difference between the run as stored and as played, line by line."""
    before, after = as_stored(cassette)[played.shared :], played.given.messages[played.shared :]
    return list(difflib.unified_diff(_lines(before), _lines(after), "stored", "played", lineterm="", n=2))


def _played(agent: Agent, cassette: Cassette, model: RecordedModel, tools: RecordedTools) -> Played:
    store = InMemoryDb()
    _seed(store, cassette)
    run, given = cassette.record.run, cassette.given
    updates: dict[str, Any] = {
        "model": model,
        "db": store,
        "tools": _tools(agent, tools),
        "fallback_models": None,
        "fallback_config": None,
        "session_limits": None,
        "user_limits": None,
        "add_memories_to_context": _reads_memories(agent),
        "add_session_summary_to_context": summary.is_read(agent),
        "session_summary_manager": None,
        "compression_manager": None,
        "compaction": None,
        **{name: False for name in _ASIDE if getattr(agent, name, False)},
    }
    copy = agent.deep_copy(update=updates)
    told = copy.run(
        given.input_content,
        stream=True,
        stream_events=True,
        session_id=run.session_id,
        user_id=run.user_id,
        images=given.images,
        audio=given.audios,
        videos=given.videos,
        files=given.files,
        metadata=run.run_data.get("metadata"),
    )
    events = [item for item in told if isinstance(item, RunEventBase)]
    output = copy.get_run_output(events[-1].origin.run_id, user_id=run.user_id)
    assert output is not None
    return Played(given=_given(events, output, model.requests), output=output, unasked=model.unasked)


def _reads_memories(agent: Agent) -> bool:
    wanted = agent.add_memories_to_context
    return agent.update_memory_on_run if wanted is None else wanted


def _tools(agent: Agent, tools: RecordedTools) -> list[Any] | Callable[..., Any]:
    """The agent's tools, that play what is recorded; those of a factory, when they are asked for."""
    factory = factory_of(agent.tools)
    if factory is None:
        return _recorded(listed(agent.tools), tools)

    @wraps(factory)
    async def playing(**given: Any) -> list[Any]:
        made = factory(**given)
        return _recorded(await made if isawaitable(made) else made or (), tools)

    return playing


def _recorded(real: Iterable[Any], tools: RecordedTools) -> list[Any]:
    found = collect(real)
    return [*(tools.playing(function) for function in found.functions.values()), *found.builtins]


def _given(events: Sequence[RunEventBase], output: RunOutput, requests: Sequence[ModelRequest]) -> Expected:
    return Expected(
        requests=[_request(request) for request in requests],
        events=_joined([event.event for event in events]),
        messages=[shown(message) for message in output.messages if not message.from_history],
        status=output.status.value,
        content=codec.builtins(output.content),
    )


def _joined(events: Sequence[str]) -> list[str]:
    """Without repeats: how many pieces an answer comes in says nothing."""
    return [name for i, name in enumerate(events) if i == 0 or events[i - 1] != name]


def _request(request: ModelRequest) -> dict[str, Any]:
    said: dict[str, Any] = codec.builtins(request)
    said["messages"] = [shown(message) for message in request.messages]
    return {name: value for name, value in said.items() if value not in (None, [], ())}


def _seed(store: InMemoryDb, cassette: Cassette) -> None:
    """What was there before the run."""
    scope = Scope(user_id=cassette.record.run.user_id)
    session = msgspec.structs.replace(cassette.session, session_data={"session_state": cassette.session_state})
    for record in cassette.earlier:
        _put(store, scope, record, cassette)
    if cassette.earlier or cassette.session_state:
        store.save_session(scope, session).result()
    if cassette.memories:
        store.save_memories(scope, cassette.memories).result()


def _put(store: InMemoryDb, scope: Scope, record: RunRecord, cassette: Cassette) -> None:
    run = msgspec.structs.replace(record.run, status=RunStatus.running, attempt=0)
    bare = msgspec.structs.replace(cassette.session, session_data={})
    store.accept(scope, Acceptance(run=run, session=bare, steps=_unstored(record.steps))).result()
    end = Finish(run_id=run.run_id, attempt=0, status=record.run.status, run_data=run.run_data)
    store.finish(scope, end).result()


def _unstored(steps: Sequence[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.seq)


def _patch(before: Expected, after: Expected) -> list[str]:
    return list(difflib.unified_diff(_lines(before), _lines(after), "expected", "given", lineterm="", n=3))


def _lines(value: object) -> list[str]:
    return msgspec.json.format(codec.dumps(value), indent=1).decode().splitlines()
