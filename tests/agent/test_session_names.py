"""Sessions are named by the program or by the model."""

from __future__ import annotations

import asyncio

import pytest

from agnolo import Agent, InMemoryDb, Limits, ScriptedModel
from agnolo.vocabulary.errors import ConfigurationError, LimitExceededError, SessionNotFoundError


def keeper(*titles: str) -> Agent:
    agent = Agent(model=ScriptedModel(["Fine", *titles]), db=InMemoryDb(), session_id="s")
    agent.run("The first entry")
    return agent


def test_the_model_names_a_session_after_what_was_said() -> None:
    agent = keeper('"The log"')
    named = agent.set_session_name(autogenerate=True)
    assert (named.session_data or {})["session_name"] == agent.get_session_name() == "The log"
    assert isinstance(agent.model, ScriptedModel)
    asked = agent.model.requests[1].messages[-1].text()
    assert "user: The first entry\nassistant: Fine" in asked
    assert len(agent.get_session_messages()) == 2


def test_a_title_too_long_is_asked_for_again_and_at_last_cut() -> None:
    twice = keeper("one two three four five six", "one two")
    twice.set_session_name("s", True)
    assert twice.get_session_name() == "one two"
    agent = keeper(*["one two three four five six"] * 4)
    session = agent.get_session("s")
    assert session is not None
    assert agent.generate_session_name(session) == "one two three four five"
    assert agent.get_session_name() is None


def test_a_model_that_says_nothing_leaves_a_plain_name() -> None:
    agent = keeper("", "", "", "")
    asyncio.run(agent.aset_session_name(autogenerate=True))
    assert agent.get_session_name() == "New Session"


def test_a_call_must_say_a_name_and_a_session_that_is_there() -> None:
    agent = keeper()
    with pytest.raises(ConfigurationError, match="needs session_name"):
        agent.set_session_name("Greetings")
    with pytest.raises(SessionNotFoundError, match="'other'"):
        agent.set_session_name("other", session_name="x")
    agent.set_session_name(session_name="Mine")
    assert agent.get_session_name() == "Mine"


def test_a_session_that_has_nothing_left_gets_no_name() -> None:
    limits = Limits(max_model_requests=1)
    agent = Agent(model=ScriptedModel(["Fine"]), db=InMemoryDb(), session_id="s", session_limits=limits)
    agent.run("The first entry")
    with pytest.raises(LimitExceededError, match="max_model_requests"):
        agent.set_session_name(autogenerate=True)
    assert agent.get_session_name() is None
