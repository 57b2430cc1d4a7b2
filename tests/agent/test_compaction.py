"""Compaction: its options, and compact() on demand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, Message, ScriptedModel
from agnolo.agent.compaction import Compaction
from agnolo.vocabulary.compactions import CompactionRecord, CompactionStatus
from agnolo.vocabulary.errors import ConfigurationError, ModelConnectionError


def agent_with(replies: list[Any], short: list[Any], **rules: Any) -> Agent:
    known = {"compact_at_tokens": None, "uncompacted_runs": 1, **rules}
    compaction = Compaction(model=ScriptedModel(short), **known)
    return Agent(
        model=ScriptedModel(replies), db=InMemoryDb(), session_id="s", add_history_to_context=True,
        compaction=compaction,
    )  # fmt: skip


def test_a_session_is_compacted_on_demand_and_once_for_what_it_holds() -> None:
    agent = agent_with(["a", "b", "c"], ["they met"])
    assert agent.compact().status is CompactionStatus.NO_HISTORY
    agent.run("one")
    assert agent.compact().status is CompactionStatus.NOTHING_TO_FOLD
    agent.run("two")
    result = asyncio.run(agent.acompact())
    assert (result.compacted, result.status, result.record and result.record.run_id) == (True, "compacted", None)
    shown = result.to_dict()
    assert (shown["status"], shown["record"]["summary"], shown["compacted"]) == ("compacted", "they met", True)
    assert shown["metrics"]["details"].keys() == {"compaction_model"}
    again = agent.compact()
    assert (again.status, again.to_dict()["record"]) == (CompactionStatus.ALREADY_COMPACTED, None)
    agent.run("three")
    model: Any = agent.model
    assert [m.text() for m in model.requests[-1].messages][1:] == ["two", "b", "three"]
    metrics: Any = agent.get_session_metrics()
    assert metrics.details.keys() == {"model", "compaction_model"}
    session = agent.get_session()
    assert session is not None
    assert session.session_data.keys() == {"session_state", "session_metrics"}


def test_a_second_time_the_first_summary_is_part_of_it() -> None:
    agent = agent_with(["a", "b", "c"], ["they met", "they met and parted"])
    agent.run("one")
    agent.run("two")
    agent.compact()
    agent.run("three")
    result = agent.compact()
    assert result.record is not None
    assert (result.record.summary, result.record.messages_compacted) == ("they met and parted", 2)


def test_what_fails_is_told_and_changes_nothing() -> None:
    agent = agent_with(["a", "b", "c"], [ModelConnectionError("no model"), ""])
    agent.run("one")
    agent.run("two")
    first, second = agent.compact(), agent.compact()
    assert {first.status, second.status} == {CompactionStatus.SUMMARY_FAILED}
    assert "no model" in first.message
    assert "said nothing" in second.message
    agent.run("three")
    model: Any = agent.model
    assert len(model.requests[-1].messages) == 5


def test_an_agent_without_compaction_says_so() -> None:
    agent = Agent(model=ScriptedModel([]), db=InMemoryDb(), compaction=False)
    assert agent.compact("s").status is CompactionStatus.NOT_ENABLED


def test_what_is_not_worth_it_is_told_with_numbers() -> None:
    agent = agent_with(["a", "b"], [], enforce_min_fold_ratio=True, min_fold_ratio=9.0)
    agent.run("one")
    agent.run("two")
    result = agent.compact()
    assert result.status is CompactionStatus.NOT_WORTH_IT
    assert "min_fold_ratio=9.0" in result.message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compact_at_tokens": 0}, "compact_at_tokens must be a positive integer, got 0"),
        ({"uncompacted_runs": -1}, "uncompacted_runs must be zero or a positive number, got -1"),
        ({"uncompacted_runs": 5, "uncompacted_tokens": 9}, "give one of them"),
        ({"compact_at_tokens": 9, "uncompacted_tokens": 9}, "must be less than compact_at_tokens=9"),
        ({"search_compacted_messages": True, "store_compacted_messages": False}, "leaves out"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Compaction(**options)


def test_counters_that_do_not_count_are_refused() -> None:
    wrong: Any = 3
    with pytest.raises(TypeError, match="not int"):
        Compaction(token_counter=wrong)
    with pytest.raises(ConfigurationError, match="token_counter="):
        Compaction(use_model_token_count=True)


def test_defaults_are_those_of_the_reference() -> None:
    made = Compaction(model="local")
    assert (made.threshold, made.kept_runs, made.search_compacted_messages) == (150_000, 5, True)
    assert (Compaction(on_context_overflow=True).threshold, Compaction(uncompacted_tokens=9).kept_runs) == (None, 0)
    assert ((made.id or "").startswith("compaction_"), getattr(made.model, "provider", None)) == (True, "Local")


def test_a_plan_can_be_asked_for_by_hand() -> None:
    messages = [Message(role="user", content="ask " * 9), Message(role="assistant", content="say"),
                Message(role="user", content="again"), Message(role="assistant", content="said")]  # fmt: skip
    rules = Compaction(compact_at_tokens=30, uncompacted_runs=1)
    assert (rules.should_compact(messages), rules.should_compact(messages, context_tokens=29)) == (True, False)
    assert (rules.boundary_for(messages), rules.plan(messages)) == (2, 2)
    assert rules.plan_with_reason(messages[2:])[:2] == (None, CompactionStatus.NOTHING_TO_FOLD)
    system = Message(role="system", content="be brief")
    record = CompactionRecord.from_dict(
        {"messages_compacted": 2, "summary": "x", "first_kept_message_id": messages[2].id}
    )
    assert [m.role for m in rules.apply_record([system, *messages], record)] == ["system", "user", "user", "assistant"]
    assert "run_id" not in record.to_dict()


def test_a_tail_of_tokens_never_takes_the_last_question() -> None:
    texts = ("ask " * 90, "say", "again " * 90, "said " * 90)
    messages = [Message(role="user" if n % 2 == 0 else "assistant", content=text) for n, text in enumerate(texts)]
    assert Compaction(compact_at_tokens=None, uncompacted_tokens=10).boundary_for(messages) == 2
    assert Compaction(compact_at_tokens=100, uncompacted_runs=2).boundary_for(messages) == 2
    assert Compaction(compact_at_tokens=100, uncompacted_runs=1).boundary_for(messages) == 2
    assert Compaction(compact_at_tokens=None, uncompacted_tokens=9000).boundary_for(messages) is None
    told = Compaction(compact_at_tokens=None, uncompacted_tokens=9000).plan_with_reason(messages)[2]
    assert "uncompacted_tokens=9000 keeps all of it" in told
    nothing_asked = [Message(role="assistant", content="say " * 50)] * 3
    assert Compaction(compact_at_tokens=None, uncompacted_tokens=60).boundary_for(nothing_asked) == 2
