"""Which model an agent has, before and after it was asked."""

from __future__ import annotations

import pytest

from agnolo import Agent, ScriptedModel
from agnolo.vocabulary.errors import ConfigurationError


def test_a_model_named_in_text_is_an_object_once_it_was_asked() -> None:
    agent = Agent(model="openai-chat:gpt-4o")
    model = agent.resolved_model()
    assert (agent.model, model.id) == (model, "gpt-4o")
    assert agent.resolved_model() is model


def test_a_model_left_out_is_the_one_that_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    agent = Agent()
    assert agent.model is None
    assert agent.resolved_model().id == "gpt-5.4"
    assert agent.model is agent.resolved_model()


def test_a_model_object_stays_what_it_is() -> None:
    model = ScriptedModel(["ok"])
    agent = Agent(model=model)
    agent.run("hi")
    assert agent.model is model


def test_a_text_that_names_no_model_stays_as_it_is() -> None:
    agent = Agent(model="nobody:nothing")
    with pytest.raises(ConfigurationError):
        agent.resolved_model()
    assert agent.model == "nobody:nothing"
