"""Old history replaced by a summary in what is sent, and kept in the session."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, Message, ScriptedModel, SqliteDb
from agnolo.agent.compaction import Compaction
from agnolo.engine import folding, transcript
from agnolo.ports.options import Limits
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ContextWindowExceededError, ModelConnectionError
from agnolo.vocabulary.messages import ToolCall
from tests.engine import ways
from tests.engine.validity import assert_valid_history

LOOK = Say(calls=[("look", {"at": "sea"})])
LONG = "a very long story " * 40


def look(at: str) -> str:
    """Look somewhere."""
    return f"seen {at}"


def agent_with(replies: list[Any], short: list[Any], **options: Any) -> Agent:
    known = {"compact_at_tokens": 1, "uncompacted_runs": 1, **options.pop("rules", {})}
    rules = Compaction(model=ScriptedModel(short, id="short"), **known)
    return Agent(**{
        "model": ScriptedModel(replies), "db": InMemoryDb(), "session_id": "s", "compaction": rules,
        "add_history_to_context": True, **options,
    })  # fmt: skip


def sent(agent: Agent) -> list[list[str]]:
    """The texts of each request, the summary's in short."""
    model: Any = agent.model
    texts = [[m.text() for m in request.messages] for request in model.requests]
    return [[text.split("\n\n")[1] if text.startswith("What was said before") else text for text in t] for t in texts]


def asked(agent: Agent) -> list[str]:
    rules: Any = agent.compaction
    return [request.messages[-1].text() for request in rules.model.requests]


def whole(agent: Agent) -> list[str]:
    return [m.text() for m in agent.get_session_messages("s")]


@pytest.mark.parametrize("way", ways.STREAMED.values(), ids=ways.STREAMED.keys())
def test_old_runs_are_replaced_and_stay_in_the_session(way: ways.Way) -> None:
    agent = agent_with(["a", "b", "c"], ["they met"])
    agent.run("one")
    agent.run("two")
    events, output = way(agent, "three")
    assert sent(agent)[-1] == ["they met", "two", "b", "three"]
    assert asked(agent) == ["## user\none\n\n## assistant\na"]
    names = ways.names(events)
    assert sorted(names[:3]) == ["CompactionCompleted", "CompactionStarted", "RunStarted"]
    told: Any = next(e for e in events if e.event == "CompactionCompleted")
    record: Any = output.compaction
    assert (told.messages_compacted, told.archived, told.tokens_before, told.tokens_after) == (
        2, True, record.tokens_before, record.tokens_after,
    )  # fmt: skip
    assert (record.summary, record.run_id) == ("they met", output.run_id)
    assert sorted(output.metrics.details) == ["compaction_model", "model"]  # pyright: ignore[reportOptionalMemberAccess, reportArgumentType] - there
    assert whole(agent) == ["one", "a", "two", "b", "three", "c"]
    kept = agent.get_run_output(output.run_id, session_id="s")
    assert kept is not None
    assert kept.compaction == record
    rules: Any = agent.compaction
    assert (rules.stats.compactions, rules.stats.messages_compacted) == (1, 2)


def test_the_beginning_of_the_prompt_stays_the_same_between_two_cuts(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    first = agent_with(["a", "b", "c"], ["they met"], db=SqliteDb(db))
    for text in ("one", "two", "three"):
        first.run(text)
    later = agent_with(["d", "e"], [], db=SqliteDb(db), rules={"compact_at_tokens": 100_000})
    for text in ("four", "five"):
        later.run(text)
    model: Any = later.model
    four, five = ([(m.role, m.text()) for m in request.messages] for request in model.requests)
    assert sent(later)[0] == ["they met", "two", "b", "three", "c", "four"]
    assert five[: len(four)] == four
    before: Any = first.model
    assert [(m.role, m.text()) for m in before.requests[-1].messages] == four[:4]


def test_the_next_cut_takes_the_summary_along() -> None:
    agent = agent_with(["a", "b", "c", "d"], ["they met", "they met and parted"])
    for text in ("one", "two", "three", "four"):
        agent.run(text)
    assert sent(agent)[-1] == ["they met and parted", "three", "c", "four"]
    assert asked(agent)[1] == ("The summary so far:\nthey met\n\nWhat was said since:\n## user\ntwo\n\n## assistant\nb")


def test_with_a_threshold_all_of_the_session_is_sent_until_then() -> None:
    agent = agent_with([str(n) for n in range(6)], [], rules={"compact_at_tokens": 100_000}, num_history_runs=1)
    for n in range(6):
        agent.run(f"ask {n}")
    assert len(sent(agent)[-1]) == 11


def test_results_stay_with_their_calls() -> None:
    agent = agent_with([LOOK, "a", LOOK, "b", "c"], ["they looked"], tools=[look])
    for text in ("one", "two", "three"):
        agent.run(text)
    model: Any = agent.model
    messages = model.requests[-1].messages
    assert_valid_history(list(messages))
    assert [m.role for m in messages] == ["user", "user", "assistant", "tool", "assistant", "user"]
    assert "calls look: " in asked(agent)[0]
    assert "## tool (look)\nseen sea" in asked(agent)[0]


def test_wherever_history_is_cut_it_stays_valid() -> None:
    chance = random.Random(7)
    for _ in range(300):
        messages = list(_conversation(chance))
        for place in folding.starts(messages):
            assert_valid_history(messages[place:])
        rules = Compaction(compact_at_tokens=chance.choice([None, 50, 5000]), uncompacted_runs=chance.randrange(4))
        place = folding.cut(rules, messages, chance.randrange(100))
        assert place is None or place in folding.starts(messages)


def _conversation(chance: random.Random) -> list[Message]:
    told: list[Message] = []
    for _ in range(chance.randrange(1, 7)):
        told.append(Message(role="user", content="ask " * chance.randrange(1, 30)))
        for _ in range(chance.randrange(3)):
            calls = [ToolCall.of(f"call_{n}", "look", "{}") for n in range(chance.randrange(1, 4))]
            told.append(Message(role="assistant", tool_calls=calls))
            told += [Message(role="tool", tool_call_id=call.id, content="x " * chance.randrange(50)) for call in calls]
        told.append(Message(role="assistant", content="say " * chance.randrange(1, 30)))
    return told


def test_a_summary_that_fails_leaves_history_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with(["a", "b", "c", "d"], [ModelConnectionError("no model"), "", "they met"])
    agent.run("one")
    agent.run("two")
    with caplog.at_level(logging.WARNING, "agnolo"):
        events, output = ways.run_stream(agent, "three")
    assert (output.compaction, sent(agent)[-1]) == (None, ["one", "a", "two", "b", "three"])
    assert [e.event for e in events if e.event.startswith("Compaction")] == ["CompactionStarted"]
    assert "history of session s could not be summed up: no model" in [r.getMessage() for r in caplog.records]
    agent.run("four")
    assert len(sent(agent)[-1]) == 7


def test_cancelled_while_history_is_summed_up_the_run_is_stored_and_nothing_is_cut() -> None:
    def cancel(_: object) -> str:
        Agent.cancel_run("r")
        return "they met"

    agent = agent_with(["a", "b", "c"], [cancel, "they met"])
    agent.run("one")
    agent.run("two")
    assert agent.run("three", run_id="r").status == "CANCELLED"
    agent.run("four")
    assert sent(agent)[-1] == ["they met", "two", "b", "four"]


def test_a_process_that_dies_after_the_cut_has_it_when_it_goes_on(tmp_path: Path) -> None:
    agent = agent_with(["a", "b", ModelConnectionError("cut off"), "c"], ["they met"], db=SqliteDb(tmp_path / "a.db"))
    agent.run("one")
    agent.run("two")
    broken = agent.run("three")
    assert broken.status == "ERROR"
    assert agent.continue_run(broken.run_id, session_id="s").content == "c"
    assert sent(agent)[-1] == ["they met", "two", "b", "three"]
    assert len(asked(agent)) == 1


def test_limits_of_the_run_bind_the_summary() -> None:
    agent = agent_with(["a", "b", "never"], ["they met"], limits=Limits(max_model_requests=1))
    agent.run("one")
    agent.run("two")
    output = agent.run("three")
    assert output.status == "ERROR"
    assert "max_model_requests=1" in str(output.content)


def test_tokens_can_be_counted_by_the_user_sync_or_async() -> None:
    async def count(messages: list[Any], tools: list[Any]) -> int:
        return 100 * len(messages) + len(tools)

    agent = agent_with(
        ["a", "b", "c"], ["they met"], rules={"compact_at_tokens": 301, "token_counter": count}, tools=[look]
    )
    for text in ("one", "two", "three"):
        agent.run(text)
    assert sent(agent)[-1] == ["they met", "two", "b", "three"]


def test_a_request_that_was_too_long_is_shortened_and_sent_again() -> None:
    too_long = ContextWindowExceededError("too long")
    db = InMemoryDb()
    options: dict[str, Any] = {"db": db, "session_id": "s", "add_history_to_context": True, "compaction": True}
    agent = Agent(model=ScriptedModel(["a", LONG, too_long, "they met", "c", "d"]), **options)
    agent.run("one")
    agent.run("two")
    events, output = ways.run_stream(agent, "three")
    assert (output.content, ways.names(events)) == ("c", [
        "RunStarted", "ModelRequestStarted", "ModelRequestStarted", "RunContent", "ModelRequestCompleted",
        "RunContentCompleted", "RunCompleted",
    ])  # fmt: skip
    agent.run("four")
    assert sent(agent)[-2:] == [["they met", "three"], ["they met", "three", "c", "four"]]
    assert whole(agent)[:4] == ["one", "a", "two", LONG]


def test_a_request_that_stays_too_long_fails_as_before(caplog: pytest.LogCaptureFixture) -> None:
    too_long = ContextWindowExceededError("too long")
    options: dict[str, Any] = {"session_id": "s", "add_history_to_context": True, "compaction": True}
    longer = "they met for a long while, and then they met again, and again"
    scripts: list[list[Any]] = [["a", too_long, longer], ["a", too_long, ""], ["a", LONG, too_long, "short", too_long]]
    for replies in scripts:
        agent = Agent(model=ScriptedModel(replies), db=InMemoryDb(), **options)
        outputs = [agent.run(f"ask {n}") for n in range(replies.index(too_long) + 1)]
        assert (outputs[-1].status, outputs[-1].content) == ("ERROR", "too long")
    alone = Agent(model=ScriptedModel([too_long]), db=InMemoryDb(), **options)
    assert alone.run("one").status == "ERROR"
    assert "there is no history" in caplog.text
    assert "makes it no shorter" in caplog.text


def test_too_long_after_tool_calls_cuts_history_and_never_the_run_itself() -> None:
    too_long = ContextWindowExceededError("too long")
    agent = Agent(
        model=ScriptedModel([LONG, LOOK, too_long, "they met", "done"]), tools=[look], db=InMemoryDb(),
        session_id="s", add_history_to_context=True, compaction=Compaction(on_context_overflow=True),
    )  # fmt: skip
    agent.run("one")
    assert agent.run("two").content == "done"
    model: Any = agent.model
    assert [m.role for m in model.requests[-1].messages] == ["user", "user", "assistant", "tool"]


def test_what_was_replaced_can_be_searched_at_once() -> None:
    search = Say(calls=[("search_compacted_history", {"pattern": "pier|quay", "context_lines": 0})])
    nothing = Say(calls=[("search_compacted_history", {"pattern": "ghost"})])
    agent = agent_with(["They met at PIER 17", "b", search, nothing, "Pier 17"], ["they met"])
    for text in ("one", "two", "where?"):
        output = agent.run(text)
    assert [tool.result for tool in output.tools or ()] == [
        "5: They met at PIER 17", "Nothing in the earlier conversation matches 'ghost'.",
    ]  # fmt: skip
    model: Any = agent.model
    assert [[t.name for t in request.tools] for request in model.requests[:3]] == [[], [], ["search_compacted_history"]]
    assert "search that conversation" in model.requests[2].messages[0].text()


def test_without_the_search_the_model_is_not_told_of_it() -> None:
    agent = agent_with(["a", "b", "c"], ["they met"], rules={"store_compacted_messages": False})
    for text in ("one", "two", "three"):
        output = agent.run(text)
    model: Any = agent.model
    assert model.requests[-1].tools == []
    assert model.requests[-1].messages[0].text() == "What was said before, in short:\n\nthey met"
    assert output.compaction.archived is False  # pyright: ignore[reportOptionalMemberAccess] - set


def test_the_provider_does_not_go_on_from_what_was_replaced() -> None:
    chained = Message(role="assistant", content="a", provider_data={"response_id": "r", "items": 1})
    only = Message(role="assistant", content="b", provider_data={"response_id": "r"})
    rules = Compaction()
    messages = [Message(role="user", content="one"), Message(role="user", content="two"), chained, only]
    record: Any = Agent(compaction=rules) and _record(messages[1])
    shown = rules.apply_record(messages, record)
    assert [m.provider_data for m in shown[2:]] == [{"items": 1}, None]
    assert rules.apply_record(messages[2:], record) == messages[2:]


def _record(first: Message) -> Any:
    from agnolo.vocabulary.compactions import CompactionRecord

    return CompactionRecord(messages_compacted=1, summary="short", first_kept_message_id=first.id)


def test_a_fork_of_the_session_has_its_summary() -> None:
    agent = agent_with(["a", "b", "c", "d"], ["they met"])
    for text in ("one", "two", "three"):
        agent.run(text)
    forked = agent.fork_session("s")
    later = Agent(
        model=ScriptedModel(["d"]), db=agent.db, session_id=forked, add_history_to_context=True,
        compaction=Compaction(compact_at_tokens=None),
    )  # fmt: skip
    later.run("four")
    assert sent(later)[-1] == ["they met", "two", "b", "three", "c", "four"]


def test_a_summary_over_its_budget_is_cut_at_the_end_of_a_line() -> None:
    lines = "first line of it\nsecond line of it\n" + "word " * 60
    for budget, expected in ((30, "first line of it\nsecond line of it\n[The rest of the summary was left out.]"),
                             (3, "first"), (200, lines.strip())):  # fmt: skip
        agent = agent_with(["a", "b", "c"], [lines], rules={"compacted_token_budget": budget})
        for text in ("one", "two", "three"):
            output = agent.run(text)
        assert output.compaction.summary == expected  # pyright: ignore[reportOptionalMemberAccess] - set
        rules: Any = agent.compaction
        assert f"Use at most {budget} tokens" in rules.model.requests[0].messages[0].text()
    loose = {"compacted_token_budget": 3, "enforce_token_budget": False, "instructions": "Keep ports."}
    agent = agent_with(["a", "b", "c"], [lines], rules=loose)
    for text in ("one", "two", "three"):
        output = agent.run(text)
    assert output.compaction.summary == lines.strip()  # pyright: ignore[reportOptionalMemberAccess] - set
    rules = agent.compaction
    assert rules.model.requests[0].messages[0].text().endswith("Keep ports.")


def test_long_results_and_long_histories_are_written_out_in_part() -> None:
    result = Message(role="tool", tool_name="look", content="x" * 30_000)
    assert transcript.written(result).endswith("[10000 more characters]")
    said = [Message(role="user", content=f"{n} " * 50) for n in range(9)]
    assert transcript.last_of(said, 250) == [transcript.written(m) for m in said[-2:]]
    assert len(transcript.last_of(said, 1)) == 1


def test_what_a_search_finds_has_bounds() -> None:
    long = Message(role="user", content="a" * 900 + " pier " + "b" * 900)
    found = transcript.found([long], "PIER", 99)
    assert found.count("...") == 2
    assert len(found) < 600
    many = [Message(role="user", content=f"pier {n}\n" * 3 + "other\n" * 300) for n in range(30)]
    assert transcript.found(many, "pier", 10).endswith("[There is more: search for something narrower.]")
    assert transcript.found(many, " | ", 2) == ""
