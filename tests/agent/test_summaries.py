"""SessionSummaryManager by itself, and what agents read of summaries."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.agent.summaries import SessionSummaryManager
from agnolo.vocabulary.errors import SessionNotFoundError
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput
from agnolo.vocabulary.sessions import AgentSession
from agnolo.vocabulary.summaries import SessionSummary

MET = '{"summary": "They met.", "topics": ["greeting"]}'


def spoken() -> AgentSession:
    messages = [Message(role="user", content="hello"), Message(role="assistant", content="hi")]
    return AgentSession(session_id="s", runs=[RunOutput(run_id="r", session_id="s", messages=messages)])


def test_a_session_is_summed_up_by_hand_in_own_words() -> None:
    model = ScriptedModel([MET])
    manager = SessionSummaryManager(
        model=model, session_summary_prompt="In one line.", summary_request_message="What was it?"
    )
    session = spoken()
    made = manager.create_session_summary(session)
    assert made is not None
    assert (made, manager.summaries_updated) == (session.summary, True)
    told = [m.text() for m in model.requests[0].messages]
    assert told == ["In one line.\n<conversation>\nUser: hello\nAssistant: hi\n</conversation>", "What was it?"]


def test_a_session_is_summed_up_by_hand_on_an_event_loop() -> None:
    manager = SessionSummaryManager(model=ScriptedModel([MET]))
    made = asyncio.run(manager.acreate_session_summary(spoken()))
    assert made is not None
    assert made.summary == "They met."


def test_nothing_is_made_of_a_session_in_which_nothing_was_said() -> None:
    manager = SessionSummaryManager(model=ScriptedModel([]))
    session = AgentSession(session_id="s")
    assert (manager.create_session_summary(session), session.summary, manager.summaries_updated) == (None, None, False)


def test_a_manager_has_an_id_and_takes_a_model_by_name() -> None:
    manager = SessionSummaryManager(model="local")
    assert (manager.id or "").startswith("session_summary_manager_")
    assert (SessionSummaryManager(id="mine").id, getattr(manager.model, "provider", None)) == ("mine", "Local")


@pytest.mark.parametrize("option", ["last_n_runs", "conversation_limit"])
def test_a_limit_below_one_is_refused(option: str) -> None:
    limits: Any = {option: 0}
    with pytest.raises(ValueError, match=f"{option} must be a positive integer, got 0"):
        SessionSummaryManager(**limits)


def test_the_form_and_the_words_of_the_request_can_be_had() -> None:
    manager = SessionSummaryManager(session_summary_prompt="In one line.")
    form = manager.get_response_format(ScriptedModel([]))
    assert (form["type"], form["json_schema"]["name"]) == ("json_schema", "SessionSummaryResponse")
    assert sorted(form["json_schema"]["schema"]["properties"]) == ["summary", "topics"]
    message = manager.get_system_message([Message(role="user", content="hello")], form)
    assert (message.role, message.text()) == ("system", "In one line.\n<conversation>\nUser: hello\n</conversation>")


def test_a_summary_goes_to_a_dict_and_back() -> None:
    kept = {"summary": "They met.", "topics": ["a"], "updated_at": "2026-01-02T03:04:05"}
    summary = SessionSummary.from_dict(kept)
    assert summary.updated_at == datetime(2026, 1, 2, 3, 4, 5)
    assert (summary.to_dict(), SessionSummary("short").to_dict()) == (kept, {"summary": "short"})


def test_the_summary_of_a_session_that_is_not_there_is_an_error() -> None:
    agent = Agent(model=ScriptedModel([]), db=InMemoryDb())
    with pytest.raises(SessionNotFoundError, match="Session none not found"):
        agent.get_session_summary("none")
    with pytest.raises(SessionNotFoundError):
        asyncio.run(agent.aget_session_summary("none"))


def test_saved_agents_keep_that_they_sum_up() -> None:
    kept = Agent(enable_session_summaries=True, add_session_summary_to_context=False).to_dict()
    assert (kept["enable_session_summaries"], kept["add_session_summary_to_context"]) == (True, False)
