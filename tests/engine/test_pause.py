"""Runs that wait for a person: what is not done before, what is asked, and what a decision lets happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunOutput, RunStatus, ScriptedModel, SqliteDb, Toolkit, tool
from agnolo.engine import cancel
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest
from agnolo.ports.store import Store
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import (
    ApprovalMismatchError,
    ConfigurationError,
    InputError,
    RunNotContinuableError,
    UnresolvedRequirementsError,
)
from agnolo.vocabulary.events import RunPausedEvent
from agnolo.vocabulary.executions import ToolExecution
from agnolo.vocabulary.messages import ToolCall
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunOutput as Output
from tests.engine.validity import assert_valid_history
from tests.engine.ways import STREAMED, Way, names

SEND = Say(calls=[("send", {"to": "Ada"})])


class Desk:
    """An agent whose tools wait, and what they did."""

    def __init__(self, replies: list[Any], db: Store | None = None, **options: Any) -> None:
        self.done: list[str] = []

        @tool(requires_confirmation=True)
        def send(to: str) -> str:
            """Send a letter."""
            self.done.append(f"send {to}")
            return f"sent to {to}"

        @tool(requires_user_input=True, user_input_fields=["body"])
        def note(title: str, body: str = "") -> str:
            """Keep a note.

            Args:
                title (str): What it is about.
                body: What it says.
            """
            self.done.append(f"note {title} {body}")
            return f"noted {body}"

        @tool(external_execution=True)
        def phone(number: str) -> str:
            """Call somebody."""
            raise AssertionError("a call made elsewhere was made here")

        @tool(stop_after_tool_call=True)
        def last(word: str) -> str:
            """Say the last word."""
            self.done.append(f"last {word}")
            return word

        def look(where: str) -> str:
            """Look somewhere."""
            self.done.append(f"look {where}")
            return f"seen {where}"

        self.model = ScriptedModel(replies)
        self.tools = [send, note, phone, last, look]
        self.agent = Agent(id="desk", model=self.model, tools=self.tools, db=db, session_id="s", **options)

    def told(self) -> list[tuple[str, Any]]:
        """The last request's messages."""
        return [(message.role, message.content) for message in self.model.requests[-1].messages]


def resolved(output: RunOutput) -> list[RunRequirement]:
    for requirement in output.active_requirements:
        requirement.confirm()
    return output.requirements or []


@pytest.mark.parametrize("way", STREAMED.values(), ids=STREAMED)
def test_a_call_that_waits_is_asked_about_and_not_made(way: Way) -> None:
    desk = Desk([Say(calls=[("send", {"to": "Ada"}), ("look", {"where": "left"})])], InMemoryDb())
    events, output = way(desk.agent, "Send and look")
    assert desk.done == ["look left"]
    expected = ["RunStarted", "ModelRequestStarted", "ModelRequestCompleted", "ToolCallStarted", "ToolCallCompleted"]
    assert names(events) == [*expected, "RunPaused"]
    paused = events[-1]
    assert isinstance(paused, RunPausedEvent)
    assert (paused.is_paused, len(paused.active_requirements)) == (True, 1)
    assert (output.status, output.is_paused, output.content) == (
        RunStatus.paused,
        True,
        "Tool calls wait for confirmation.",
    )
    assert [(t.tool_name, t.is_paused) for t in output.tools or ()] == [("send", True), ("look", False)]
    assert [t.tool_args for t in output.tools_requiring_confirmation] == [{"to": "Ada"}]
    stored = desk.agent.get_run_output(output.run_id)
    assert stored is not None
    assert stored.to_dict() == output.to_dict() | {"events": []}
    assert Output.from_dict(output.to_dict()).to_dict() == output.to_dict()


def test_a_confirmed_call_is_made_and_the_run_goes_on() -> None:
    desk = Desk([SEND, "Done."], InMemoryDb())
    output = desk.agent.run("Send")
    told = list(
        desk.agent.continue_run(
            run_id=output.run_id, requirements=resolved(output), stream=True, stream_events=True, yield_run_output=True
        )
    )
    events, done = told[:-1], told[-1]
    assert isinstance(done, RunOutput)
    assert [event.event for event in events][:3] == ["RunContinued", "ToolCallStarted", "ToolCallCompleted"]  # pyright: ignore[reportAttributeAccessIssue] - events
    assert (desk.done, done.content, done.status) == (["send Ada"], "Done.", RunStatus.completed)
    [execution] = done.tools or []
    assert (execution.confirmed, execution.requires_confirmation, execution.result) == (True, False, "sent to Ada")
    assert [r.tool_execution.result for r in done.requirements or ()] == ["sent to Ada"]
    assert done.active_requirements == []
    assert_valid_history(done.messages)


@pytest.mark.parametrize(
    ("note", "text"), [("Not today.", "Not today."), (None, "The user rejected this call: it was not made.")]
)
def test_a_rejected_call_is_not_made_and_the_model_reads_why(note: str | None, text: str) -> None:
    desk = Desk([SEND, "Fine."], InMemoryDb())
    output = desk.agent.run("Send")
    output.active_requirements[0].reject(note)
    done = desk.agent.continue_run(output)
    assert (desk.done, done.content) == ([], "Fine.")
    assert desk.told()[-1] == ("tool", text)
    [execution] = done.tools or []
    assert (execution.confirmed, execution.confirmation_note, execution.tool_call_error) == (False, text, True)


def test_a_person_gives_arguments() -> None:
    desk = Desk([Say(calls=[("note", {"title": "Tea"})]), "Noted."], InMemoryDb())
    output = desk.agent.run("Note it")
    [requirement] = output.active_requirements
    shown = [(f.name, f.field_type, f.description, f.value) for f in requirement.user_input_schema or ()]
    assert shown == [("title", str, "What it is about.", "Tea"), ("body", str, "What it says.", None)]
    assert "body" not in desk.model.requests[0].tools[1].parameters["properties"]
    requirement.provide_user_input({"body": "green"})
    done = desk.agent.continue_run(run_id=output.run_id, requirements=[requirement])
    assert (desk.done, done.content) == (["note Tea green"], "Noted.")
    assert [(t.tool_args, t.answered, t.requires_user_input) for t in done.tools or ()] == [
        ({"title": "Tea", "body": "green"}, True, False)
    ]


def test_fields_may_be_filled_in_without_a_word() -> None:
    desk = Desk([Say(calls=[("note", {"title": "Tea"})]), "Noted."], InMemoryDb())
    output = desk.agent.run("Note it")
    for field in output.active_requirements[0].user_input_schema or ():
        field.value = "black"
    desk.agent.continue_run(output)
    assert desk.done == ["note black black"]


def test_a_call_is_carried_out_elsewhere() -> None:
    desk = Desk([Say(calls=[("phone", {"number": "117"})]), "Nobody."], InMemoryDb())
    output = desk.agent.run("Call")
    assert [t.tool_name for t in output.tools_awaiting_external_execution] == ["phone"]
    output.active_requirements[0].set_external_execution_result("no answer")
    done = desk.agent.continue_run(output)
    assert (desk.told()[-1], done.content) == (("tool", "no answer"), "Nobody.")
    assert [(t.result, t.external_execution_required) for t in done.tools or ()] == [("no answer", False)]


def test_silent_waits_say_nothing() -> None:
    @tool(external_execution=True, external_execution_silent=True)
    def phone(number: str) -> str:
        """Call."""
        raise AssertionError(number)

    output = Agent(model=ScriptedModel([Say(calls=[("phone", {"number": "1"})])]), tools=[phone]).run("Call")
    assert output.content == ""
    assert output.active_requirements[0].external_execution_silent


def test_several_pauses_in_one_run_and_calls_decided_one_by_one() -> None:
    both = Say(calls=[("send", {"to": "Ada"}), ("send", {"to": "Bob"})])
    desk = Desk([both, SEND, "All sent."], InMemoryDb())
    first = desk.agent.run("Send three")
    first.active_requirements[1].confirm()
    second = desk.agent.continue_run(run_id=first.run_id, requirements=first.requirements)
    assert (desk.done, second.status, len(second.active_requirements)) == (["send Bob"], RunStatus.paused, 1)
    assert [t.tool_args for t in second.tools or ()] == [{"to": "Ada"}, {"to": "Bob"}]
    third = desk.agent.continue_run(run_id=first.run_id, requirements=resolved(second))
    assert (desk.done, third.status) == (["send Bob", "send Ada"], RunStatus.paused)
    done = desk.agent.continue_run(run_id=first.run_id, requirements=resolved(third))
    assert (desk.done, done.content, done.active_requirements) == (
        ["send Bob", "send Ada", "send Ada"],
        "All sent.",
        [],
    )
    assert_valid_history(done.messages)


def test_a_run_is_continued_by_another_process(tmp_path: Path) -> None:
    before = Desk([SEND], SqliteDb(tmp_path / "a.db"))
    run_id = before.agent.run("Send").run_id
    assert before.agent.db is not None
    before.agent.db.close()
    after = Desk(["Done."], SqliteDb(tmp_path / "a.db"))
    stored = after.agent.get_run_output(run_id)
    assert stored is not None
    done = after.agent.continue_run(run_id=run_id, requirements=resolved(stored))
    assert (after.done, done.content) == (["send Ada"], "Done.")
    assert [role for role, _ in after.told()] == ["user", "assistant", "tool"]


@pytest.mark.anyio
async def test_a_run_is_continued_on_the_event_loop() -> None:
    desk = Desk([SEND, "Done."], InMemoryDb())
    output = await desk.agent.arun("Send")
    done = await desk.agent.acontinue_run(run_id=output.run_id, requirements=resolved(output))
    assert (desk.done, done.content) == (["send Ada"], "Done.")


def test_without_a_store_the_output_is_enough_and_goes_on_once() -> None:
    desk = Desk([SEND, "Done."])
    output = desk.agent.run("Send")
    resolved(output)
    done = desk.agent.continue_run(output)
    assert (desk.done, done.content, done.run_id) == (["send Ada"], "Done.", output.run_id)
    with pytest.raises(RunNotContinuableError, match="has been continued already"):
        desk.agent.continue_run(output)
    assert desk.done == ["send Ada"]


def test_tools_may_be_decided_instead_of_requirements() -> None:
    desk = Desk([SEND, "Done."], InMemoryDb())
    output = desk.agent.run("Send")
    for execution in output.tools_requiring_confirmation:
        execution.confirmed = True
    with pytest.warns(DeprecationWarning, match="give requirements"):
        done = desk.agent.continue_run(run_id=output.run_id, updated_tools=output.tools)
    assert (desk.done, done.content) == (["send Ada"], "Done.")


# ---- what a decision does not let happen


def test_nothing_goes_on_undecided() -> None:
    desk = Desk([SEND], InMemoryDb())
    output = desk.agent.run("Send")
    for given in (None, output.requirements):
        with pytest.raises(UnresolvedRequirementsError, match=r"waits for a decision on send\(.*Ada"):
            desk.agent.continue_run(run_id=output.run_id, requirements=given)
    assert desk.done == []
    stored = desk.agent.get_run_output(output.run_id)
    assert stored is not None
    assert stored.status is RunStatus.paused


def test_an_approval_does_not_hold_for_other_arguments() -> None:
    desk = Desk([SEND], InMemoryDb())
    output = desk.agent.run("Send")
    [requirement] = resolved(output)
    requirement.tool_execution.tool_args = {"to": "Mallory"}
    with pytest.raises(ApprovalMismatchError, match="Mallory"):
        desk.agent.continue_run(run_id=output.run_id, requirements=[requirement])
    assert desk.done == []


def test_an_approval_does_not_hold_for_another_run_or_call() -> None:
    desk = Desk([SEND, SEND, SEND], InMemoryDb())
    first, second = desk.agent.run("Send"), desk.agent.run("Send")
    with pytest.raises(ApprovalMismatchError, match="is none of run"):
        desk.agent.continue_run(run_id=second.run_id, requirements=resolved(first))
    own = second.active_requirements[0]
    forged = RunRequirement(ToolExecution(tool_call_id="other", confirmed=True), id=own.id)
    with pytest.raises(ApprovalMismatchError, match="is none of run"):
        desk.agent.continue_run(run_id=second.run_id, requirements=[forged])
    assert desk.done == []


def test_an_approval_is_used_once_even_when_the_provider_repeats_ids() -> None:
    class Repeating(ScriptedModel):
        async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            async for item in super().exchange(request):
                if isinstance(item, ModelReply) and item.tool_calls:
                    calls = [ToolCall.of("same", c.function.name, c.function.arguments) for c in item.tool_calls]
                    yield ModelReply(tool_calls=calls)
                else:
                    yield item

    desk = Desk([])
    desk.agent.model = Repeating([SEND, Say(calls=[("send", {"to": "Bob"})]), "Done."])
    desk.agent.db = InMemoryDb()
    output = desk.agent.run("Send")
    again = desk.agent.continue_run(run_id=output.run_id, requirements=resolved(output))
    assert (desk.done, again.status) == (["send Ada"], RunStatus.paused)
    done = desk.agent.continue_run(run_id=output.run_id, requirements=resolved(again))
    assert (desk.done, done.content) == (["send Ada", "send Bob"], "Done.")
    assert [t.tool_args for t in done.tools or ()] == [{"to": "Ada"}, {"to": "Bob"}]


def test_a_client_can_not_declare_a_call_free() -> None:
    desk = Desk([SEND], InMemoryDb())
    output = desk.agent.run("Send")
    requirement = output.active_requirements[0]
    free = RunRequirement(
        ToolExecution(
            tool_call_id=requirement.tool_execution.tool_call_id,
            tool_name="send",
            tool_args={"to": "Ada"},
            answered=True,
        ),
        id=requirement.id,
    )
    assert free.is_resolved()
    with pytest.raises(UnresolvedRequirementsError):
        desk.agent.continue_run(run_id=output.run_id, requirements=[free])
    assert desk.done == []


def test_of_two_that_continue_a_run_at_once_one_does() -> None:
    desk = Desk([SEND, "Done.", "Done."], InMemoryDb())
    output = desk.agent.run("Send")
    requirements = resolved(output)

    async def both() -> list[Any]:
        options: Any = {"run_id": output.run_id, "requirements": requirements}
        return await asyncio.gather(
            desk.agent.acontinue_run(**options), desk.agent.acontinue_run(**options), return_exceptions=True
        )

    found = asyncio.run(both())
    assert desk.done == ["send Ada"]
    assert sorted(type(one).__name__ for one in found) == ["RunNotContinuableError", "RunOutput"]


def test_decisions_are_refused_for_a_run_that_waits_for_none() -> None:
    desk = Desk([SEND, RuntimeError("cut")], InMemoryDb())
    output = desk.agent.run("Send")
    requirements = resolved(output)
    failed = desk.agent.continue_run(run_id=output.run_id, requirements=requirements)
    assert failed.status is RunStatus.error
    with pytest.raises(RunNotContinuableError, match="is ERROR and waits for no decision"):
        desk.agent.continue_run(run_id=output.run_id, requirements=requirements)
    assert desk.done == ["send Ada"]


def test_a_paused_run_takes_no_input_and_can_be_cancelled() -> None:
    desk = Desk([SEND], InMemoryDb())
    output = desk.agent.run("Send")
    with pytest.raises(ConfigurationError, match="decide first"):
        desk.agent.continue_run(run_id=output.run_id, requirements=resolved(output), input="and more")
    cancel.cancel(output.run_id, "no longer wanted")
    done = desk.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    assert (done.status, desk.done) == (RunStatus.cancelled, [])
    assert_valid_history(done.messages)


def test_answers_to_what_is_not_asked_are_refused() -> None:
    requirement = RunRequirement(ToolExecution(tool_name="send", requires_confirmation=True))
    with pytest.raises(InputError, match="does not wait for user input"):
        requirement.provide_user_input({"to": "Ada"})
    with pytest.raises(InputError, match="external execution"):
        requirement.set_external_execution_result("x")
    with pytest.raises(InputError, match="user feedback"):
        requirement.provide_user_feedback({})
    requirement.confirm()
    with pytest.raises(InputError, match="or has been given it"):
        requirement.reject()


# ---- toolkits, and tools that end a run


def test_a_toolkit_says_which_of_its_tools_wait() -> None:
    done: list[str] = []

    def send(to: str) -> str:
        """Send."""
        done.append(to)
        return to

    def phone(number: str) -> str:
        """Call."""
        raise AssertionError(number)

    kit = Toolkit(
        tools=[send, phone], requires_confirmation_tools=["send"], external_execution_required_tools=["phone"]
    )
    calls = Say(calls=[("send", {"to": "Ada"}), ("phone", {"number": "1"})])
    output = Agent(model=ScriptedModel([calls]), tools=[kit]).run("go")
    assert [r.pause_type for r in output.active_requirements] == ["confirmation", "external_execution"]
    assert done == []


def test_a_tool_waits_for_one_thing() -> None:
    with pytest.raises(ValueError, match="at most one of requires_user_input, requires_confirmation"):
        tool(requires_confirmation=True, external_execution=True)


def test_a_tool_that_ends_the_run_does_so_after_what_waits_beside_it() -> None:
    desk = Desk([Say(calls=[("last", {"word": "Bye."}), ("send", {"to": "Ada"})])], InMemoryDb())
    output = desk.agent.run("Go")
    assert (output.status, output.content) == (RunStatus.paused, "Bye.")
    done = desk.agent.continue_run(run_id=output.run_id, requirements=resolved(output))
    assert (desk.done, done.status, done.content) == (["last Bye.", "send Ada"], RunStatus.completed, "Bye.")
    assert len(desk.model.requests) == 1
