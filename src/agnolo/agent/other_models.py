"""The models that work beside an agent's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agnolo.agent.models import resolve_model
from agnolo.agent.thinker import Thinker
from agnolo.engine.state import OtherModels
from agnolo.ports.model import Model
from agnolo.ports.runtime import Runtime

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

_NONE = OtherModels()


def other_models(agent: Agent, at: Runtime) -> OtherModels:
    """Those that the options name."""
    if agent.reasoning_model is None and agent.reasoning_agent is None:
        return _NONE
    return OtherModels(reasoning=_reasoning(agent, at))


def _reasoning(agent: Agent, at: Runtime) -> Model | None:
    """Who thinks before the answer: the reasoning agent, else the reasoning model."""
    if agent.reasoning_agent is not None:
        return Thinker(agent.reasoning_agent, at)
    return None if agent.reasoning_model is None else resolve_model(agent.reasoning_model)
