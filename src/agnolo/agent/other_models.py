"""The models that work beside an agent's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agnolo.agent.models import resolve_model
from agnolo.agent.thinker import Thinker
from agnolo.engine import followups
from agnolo.engine.state import OtherModels
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent


def other_models(agent: Agent, model: Model, schema: object, at: Runtime) -> OtherModels:
    """Those that the options name. Follow-ups are the own model's work if none is named for them."""
    return OtherModels(
        reasoning=_reasoning(agent, at),
        parser=_named(agent.parser_model) if schema is not None else None,
        output=_named(agent.output_model),
        followups=None if (config := followups.wanted(agent)) is None else _named(config.model) or model,
    )


def _named(model: Model | str | None) -> Model | None:
    return None if model is None else resolve_model(model)


def _reasoning(agent: Agent, at: Runtime) -> Model | None:
    """Who thinks before the answer: the reasoning agent, else the reasoning model."""
    if agent.reasoning_agent is not None:
        return Thinker(agent.reasoning_agent, at)
    return _named(agent.reasoning_model)
