"""What a session was about."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, Image, InMemoryDb, ScriptedModel, SqliteDb, tool
from agnolo.agent import background
from agnolo.agent.summaries import SessionSummaryManager
from agnolo.ports.options import Limits
from agnolo.ports.spending import Purse
from agnolo.providers.scripted import Say
from agnolo.vocabulary.sessions import Scope
from tests.engine import ways

MET = '{"summary": "They met.", "topics": ["greeting"]}'
PARTED = '{"summary": "They met and parted.", "topics": null}'


def agent_with(replies: list[Any], summaries: list[Any], **options: Any) -> Agent:
    manager = SessionSummaryManager(model=ScriptedModel(summaries, id="summing"))
    return Agent(**{
        "model": ScriptedModel(replies), "db": InMemoryDb(), "session_id": "s", "session_summary_manager": manager,
        **options,
    })  # fmt: skip


def asked_of(agent: Agent) -> list[list[str]]:
    """The texts of each request for a summary."""
    background.join_all()
    manager: Any = agent.session_summary_manager
    return [[m.text() for m in request.messages] for request in manager.model.requests]


def prompts(agent: Agent) -> list[str]:
    model: Any = agent.model
    return ["\n".join(m.text() for m in r.messages if m.role == "system") for r in model.requests]


def test_each_run_renews_the_summary_and_the_next_is_told_it() -> None:
    agent = agent_with(["hi", "bye"], [MET, PARTED])
    agent.run("hello")
    agent.run("I must go")
    before, after = prompts(agent)
    assert before == ""
    assert "<summary_of_previous_interactions>\nThey met.\n</summary_of_previous_interactions>" in after
    summary = agent.get_session_summary()
    assert summary is not None
    assert (summary.summary, summary.topics, summary.updated_at is not None) == ("They met and parted.", None, True)
    session = agent.get_session()
    assert session is not None
    assert session.get_session_summary() == summary
    assert "summary" not in session.session_data


def test_the_model_reads_what_user_and_assistant_said_and_nothing_else() -> None:
    @tool
    def look() -> str:
        """Look."""
        return "a result"

    replies = [Say(calls=[("look", {})]), "Water", "A cat"]
    agent = agent_with(replies, [MET, MET], tools=[look], instructions="Be brief.")
    agent.run("What is there?")
    agent.run(" ", images=[Image(url="https://x.example/a.png"), Image(url="https://x.example/b.png")])
    (first, _), (second, request) = asked_of(agent)
    assert first.endswith("<conversation>\nUser: What is there?\nAssistant: Water\n</conversation>")
    assert second.endswith("Water\nUser: [Provided 2 images]\nAssistant: A cat\n</conversation>")
    assert request == "Sum up this conversation."


@pytest.mark.parametrize("way", ways.STREAMED.values(), ids=ways.STREAMED.keys())
def test_waiting_for_the_summary_tells_of_it_inside_the_run_and_counts_it(way: ways.Way) -> None:
    agent = agent_with(["hi"], [MET], wait_for_summary=True)
    events, output = way(agent, "hello")
    assert ways.names(events)[-4:] == [
        "RunContentCompleted", "SessionSummaryStarted", "SessionSummaryCompleted", "RunCompleted",
    ]  # fmt: skip
    told: Any = events[-2]
    assert (told.session_summary.summary, told.to_dict()["session_summary"]["topics"]) == ("They met.", ["greeting"])
    assert type(told).from_dict(told.to_dict()).session_summary == told.session_summary
    metrics: Any = output.metrics
    assert sorted(metrics.details) == ["model", "session_summary_model"]
    session: Any = agent.get_session_metrics()
    assert session.total_tokens == metrics.total_tokens
    assert agent.get_session_summary() == told.session_summary
    assert asked_of(agent)[0][0].endswith("User: hello\nAssistant: hi\n</conversation>")


def test_the_summary_of_an_awaited_second_run_reads_both() -> None:
    agent = agent_with(["hi", "bye"], [MET, PARTED], wait_for_summary=True)
    agent.run("hello")
    agent.run("I must go")
    assert asked_of(agent)[1][0].endswith(
        "User: hello\nAssistant: hi\nUser: I must go\nAssistant: bye\n</conversation>"
    )


def test_what_it_took_is_the_sessions_and_its_users_and_not_the_runs() -> None:
    db = InMemoryDb()
    agent = agent_with(["hi"], [MET], db=db, user_id="u", user_limits=Limits(max_model_requests=9))
    output: Any = agent.run("hello")
    session: Any = agent.get_session_metrics()
    details = session.details
    assert list(output.metrics.details) == ["model"]
    assert sorted(details) == ["model", "session_summary_model"]
    assert session.total_tokens == sum(one["total_tokens"] for models in details.values() for one in models)
    booked = db.get_spending(Scope("u"), Purse(kind="user", id="u", since=0)).result()
    assert (booked.model_requests, booked.total_tokens) == (2, session.total_tokens)


def test_a_summary_that_fails_is_logged_and_costs_no_reply(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with(["a", "b", "c"], [MET, RuntimeError("model down"), "nothing", "still nothing"])
    with caplog.at_level(logging.WARNING, "agnolo"):
        said = [agent.run(text).content for text in ("one", "two", "three")]
        summary = agent.get_session_summary()
    assert said == ["a", "b", "c"]
    assert summary is not None
    assert summary.summary == "They met."
    first, second = (r.getMessage() for r in caplog.records)
    assert first.startswith("the summary after run ")
    assert first.endswith(" failed: model down")
    assert second.endswith("the answer holds no JSON object: it begins with 'still nothing'")


def test_an_awaited_summary_that_fails_leaves_the_answer_and_the_old_summary(caplog: pytest.LogCaptureFixture) -> None:
    agent = agent_with(["a", "b"], [MET, "nothing", "still nothing"], wait_for_summary=True)
    agent.run("one")
    with caplog.at_level(logging.WARNING, "agnolo"):
        events, output = ways.run_stream(agent, "two")
    told: Any = events[-2]
    assert (output.status, output.content, told.session_summary.summary) == ("COMPLETED", "b", "They met.")
    assert "could not be summed up" in caplog.records[0].getMessage()


def test_a_run_cancelled_while_it_waits_for_the_summary_is_stored_as_cancelled() -> None:
    def cancel(_: object) -> str:
        Agent.cancel_run("r")
        return MET

    agent = agent_with(["hi"], [cancel], wait_for_summary=True)
    output = agent.run("hello", run_id="r")
    assert (output.status, output.content) == ("CANCELLED", "hi")
    assert agent.get_session_summary() is None


def test_only_completed_runs_are_summed_up_and_paused_ones_when_they_end() -> None:
    @tool(requires_confirmation=True)
    def pay() -> str:
        """Pay."""
        return "paid"

    agent = agent_with([RuntimeError("cut"), Say(calls=[("pay", {})]), "Paid"], [MET], tools=[pay])
    agent.run("one")
    held = agent.run("two")
    assert asked_of(agent) == []
    for one in held.requirements or ():
        one.confirm()
    agent.continue_run(held)
    assert len(asked_of(agent)) == 1


def test_the_next_process_tells_the_summary_and_sums_up_what_was_said_without_one(tmp_path: Path) -> None:
    db = tmp_path / "kept.db"
    agent_with(["hi"], [MET], db=SqliteDb(db)).run("hello")
    background.join_all()
    plain = Agent(model=ScriptedModel(["lost"]), db=SqliteDb(db), session_id="s")
    plain.run("not summed up")
    again = agent_with(["bye"], [PARTED], db=SqliteDb(db))
    again.run("I must go")
    assert "They met." in prompts(again)[0]
    said = "User: hello\nAssistant: hi\nUser: not summed up\nAssistant: lost\nUser: I must go\nAssistant: bye"
    assert asked_of(again)[0][0].endswith(f"<conversation>\n{said}\n</conversation>")


def test_a_run_that_was_cut_off_before_its_prompt_is_told_the_summary_when_it_goes_on() -> None:
    agent = agent_with(["hi", RuntimeError("cut"), "bye"], [MET, PARTED])
    agent.run("hello")
    broken = agent.run("I must go")
    assert agent.continue_run(broken.run_id, session_id="s").content == "bye"
    assert "They met." in prompts(agent)[2]


def test_summaries_may_be_read_without_being_made_and_made_without_being_read() -> None:
    db = InMemoryDb()
    writer = agent_with(["a", "b"], [MET, MET], db=db, add_session_summary_to_context=False)
    writer.run("one")
    writer.run("two")
    background.join_all()
    reader = Agent(model=ScriptedModel(["c"]), db=db, session_id="s", add_session_summary_to_context=True)
    deaf = Agent(model=ScriptedModel(["d"]), db=db, session_id="s")
    reader.run("three")
    deaf.run("four")
    assert prompts(writer) == ["", ""]
    assert "They met." in prompts(reader)[0]
    assert prompts(deaf) == [""]


def test_a_limit_of_messages_keeps_the_last_ones() -> None:
    manager = SessionSummaryManager(model=ScriptedModel([MET, MET]), conversation_limit=2)
    agent = agent_with(["a", "b"], [], session_summary_manager=manager, add_session_summary_to_context=False)
    agent.run("one")
    agent.run("two")
    assert asked_of(agent)[1][0].endswith("<conversation>\nUser: two\nAssistant: b\n</conversation>")


def test_answers_that_were_asked_for_again_are_no_part_of_the_conversation() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    agent = agent_with(['{"n": "x"}', '{"n": 1}'], [MET], output_schema=schema)
    agent.run("a number")
    assert asked_of(agent)[0][0].endswith('<conversation>\nUser: a number\nAssistant: {"n": 1}\n</conversation>')


def test_a_session_in_which_nothing_was_said_is_not_summed_up() -> None:
    agent = agent_with([Say(text="")], [])
    agent.run(" ")
    assert (asked_of(agent), agent.get_session_summary()) == ([], None)


def test_without_a_store_none_is_made_unless_it_is_waited_for() -> None:
    agent = agent_with(["a", "b"], [MET], db=None)
    agent.run("one")
    assert asked_of(agent) == []
    waiting = agent_with(["a"], [MET], db=None, wait_for_summary=True)
    events, _ = ways.run_stream(waiting, "one")
    told: Any = events[-2]
    assert told.session_summary.summary == "They met."


def test_a_session_deleted_meanwhile_stays_deleted() -> None:
    db = InMemoryDb()

    def delete(_: object) -> str:
        db.delete_session(Scope("u"), "s").result()
        return MET

    agent = agent_with(["hi"], [delete], db=db, user_id="u")
    agent.run("hello")
    background.join_all()
    assert agent.get_session() is None
