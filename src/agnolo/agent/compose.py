"""From an agent's options and one call's to the plan of a run."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from agnolo.agent import own_tools, reading
from agnolo.agent.call import Call
from agnolo.agent.folded_search import FoldedSearch
from agnolo.agent.history_tools import reading_tools
from agnolo.agent.input import fitting_input
from agnolo.agent.models import (
    compaction_rules,
    compression_rules,
    memory_model,
    resolve_model,
    summary_model,
)
from agnolo.agent.other_models import other_models
from agnolo.engine import cancel, memory, structured, summary
from agnolo.engine.aside import Payer
from agnolo.engine.budget import Budgets
from agnolo.engine.state import Fallbacks, Run, RunPlan
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime
from agnolo.ports.toolkit import collect, factory_of, listed
from agnolo.providers.prices import price_of
from agnolo.vocabulary.errors import ConfigurationError, InputError
from agnolo.vocabulary.events import RunEvent
from agnolo.vocabulary.media import identified
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.run_input import RunInput
from agnolo.vocabulary.sessions import Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

log = logging.getLogger("agnolo")


_NO_FALLBACKS = Fallbacks()


def _given(first: Any, second: Any) -> Any:  # noqa: ANN401 - any option
    return second if first is None else first


def plan(agent: Agent, call: Call, at: Runtime, *, run_id: str, input: RunInput | None = None) -> RunPlan:
    """Resolve everything that does not change during the run. Raises ConfigurationError and InputError."""
    user_id = _given(call.user_id, agent.user_id)
    scope = Scope(user_id=user_id)
    session_id = call.session_id or agent.default_session(user_id)
    model = agent.resolved_model()
    payer = payer_of(agent, scope, session_id)
    own = [*own_tools.offered(agent, payer), *reading_tools(agent, session_id, user_id)]
    tools = [*listed(agent.tools), *own]
    schema = _given(call.output_schema, agent.output_schema)
    metadata = {**(agent.metadata or {}), **(call.metadata or {})} or None
    return RunPlan(
        origin=Origin(id=agent.agent_id, name=agent.name, run_id=run_id, session_id=session_id),
        scope=scope,
        model=model,
        input=_run_input(agent, call) if input is None else input,
        prompt=agent,
        asked=agent,
        state=agent,
        history=agent,
        memory=agent,
        summaries=agent,
        tools=agent,
        output=agent,
        toolset=collect(tools, prefer_async=at.concurrent),
        tools_from=factory_of(agent.tools),
        owner=agent,
        hooks=agent if agent.pre_hooks or agent.post_hooks or agent.tool_guardrails else None,
        session=partial(reading.current, agent, session_id, user_id) if agent.pre_hooks or agent.post_hooks else None,
        store=agent.db,
        budgets=payer.budgets,
        retry=agent if agent.retries else None,
        others=other_models(agent, model, schema, at),
        output_schema=schema,
        output_format=structured.output_format(schema),
        fallbacks=_fallbacks(agent),
        add_history=bool(_given(call.add_history_to_context, agent.add_history_to_context)),
        add_state=bool(_given(call.add_session_state_to_context, agent.add_session_state_to_context)),
        add_dependencies=bool(_given(call.add_dependencies_to_context, agent.add_dependencies_to_context)),
        stream=bool(_given(call.stream, agent.stream)),
        visible=bool(_given(call.stream, agent.stream)) and bool(_given(call.stream_events, agent.stream_events)),
        unkept_events=_unkept_events(agent),
        debug=bool(_given(call.debug_mode, agent.debug_mode)),
        **_beside(agent, model, payer),
        session_state=call.session_state,
        dependencies=call.dependencies,
        metadata=metadata,
        session_metadata=agent.metadata,
        component={
            "agent_id": agent.agent_id,
            **({} if agent.name is None else {"name": agent.name}),
            "model": {"provider": model.provider, "id": model.id, "name": model.name},
        },
    )


def _beside(agent: Agent, model: Model, payer: Payer) -> dict[str, Any]:
    """The models that work beside the agent's own, where they are wanted, and what they work by."""
    rules, shortening = compaction_rules(agent), compression_rules(agent)
    searched = payer.store if rules is not None and rules.search_compacted_messages else None
    return {
        "compaction": rules,
        "compaction_model": None if rules is None else resolve_model(rules.model or model),
        "searcher": None if searched is None else FoldedSearch(searched, payer.scope, payer.session_id).tool(),
        "memory_model": memory_model(agent, model) if memory.is_kept(agent, agent.db) else None,
        "summary_model": summary_model(agent, model) if summary.is_kept(agent) else None,
        "compression": shortening,
        "compression_model": None if shortening is None else resolve_model(shortening.model or model),
    }


def _unkept_events(agent: Agent) -> frozenset[str] | None:
    """Names of events that the stored run leaves out; None when it has none at all. Raises ConfigurationError."""
    if not agent.store_events:
        return None
    if agent.events_to_skip is None:
        return _PIECES
    if unknown := [name for name in agent.events_to_skip if name not in _EVENTS]:
        raise ConfigurationError(f"events_to_skip={unknown!r}: there is no such event, see RunEvent")
    return frozenset(map(str, agent.events_to_skip))


_EVENTS = frozenset(map(str, RunEvent))
_PIECES = frozenset({str(RunEvent.run_content)})


def payer_of(agent: Agent, scope: Scope, session_id: str) -> Payer:
    """Who pays for what this agent's models do in the session."""
    return Payer(budgets=_budgets(agent), scope=scope, session_id=session_id, store=agent.db)


def _budgets(agent: Agent) -> Budgets | None:
    """The limits that bind a run of this agent."""
    if agent.limits is None and agent.session_limits is None and agent.user_limits is None:
        return None
    return Budgets(run=agent.limits, session=agent.session_limits, user=agent.user_limits, price_of=price_of)


def _fallbacks(agent: Agent) -> Fallbacks:
    """The models that stand in. Raises ConfigurationError for text that names none."""
    config = agent.fallback_config
    if config is None:
        models = agent.fallback_models
        return Fallbacks(on_error=[resolve_model(model) for model in models]) if models else _NO_FALLBACKS
    if agent.fallback_models:
        log.warning("fallback_models are left out: fallback_config says which models stand in")
    return Fallbacks(
        on_error=[resolve_model(model) for model in config.on_error],
        on_rate_limit=[resolve_model(model) for model in config.on_rate_limit],
        on_context_overflow=[resolve_model(model) for model in config.on_context_overflow],
        callback=config.callback,
    )


def _run_input(agent: Agent, call: Call) -> RunInput:
    asked: Any = call.input if agent.input_schema is None else fitting_input(call.input, agent.input_schema)
    if asked is None or (isinstance(asked, str | list) and not asked):
        raise InputError("input is empty: give text, a message, a list of messages, or a value to send as JSON")
    return RunInput(
        input_content=asked,
        images=identified(call.images),
        audios=identified(call.audio),
        videos=identified(call.videos),
        files=identified(call.files),
    )


def new_run(agent: Agent, call: Call, at: Runtime) -> Run:
    """A run that is about to begin, open to cancellation from here on."""
    run_id = call.run_id or at.new_id()
    if cancel.is_live(run_id):
        raise ConfigurationError(f"run_id={run_id!r} is already running: leave run_id out to have one made")
    planned = plan(agent, call, at, run_id=run_id)
    return Run(planned, at, cancel.register(run_id))
