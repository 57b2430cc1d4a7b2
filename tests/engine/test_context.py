"""What the model is sent before the conversation begins."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agnolo import Agent, InMemoryDb, Message, RunContext, RunStatus, ScriptedModel
from agnolo.runtime.clock import virtual_time


def sent(agent: Agent, asked: Any = "hi", **options: Any) -> list[tuple[str, Any]]:
    model = ScriptedModel(["ok"])
    agent.model = model
    output = agent.run(asked, **options)
    assert output.status is RunStatus.completed, output.content
    return [(m.role, m.content) for m in model.requests[0].messages]


def test_an_agent_without_options_sends_only_the_user_message() -> None:
    assert sent(Agent()) == [("user", "hi")]


def test_sections_come_stable_first_and_volatile_last() -> None:
    with virtual_time(start=0):
        messages = sent(
            Agent(
                name="Ada",
                description="You are terse.",
                role="Reviewer",
                instructions=["Be brief.", "Be kind."],
                markdown=True,
                add_name_to_context=True,
                expected_output="One line.",
                additional_context="The office is closed.",
                add_datetime_to_context=True,
                session_state={"mood": "calm"},
                add_session_state_to_context=True,
            )
        )
    assert messages == [
        (
            "system",
            "You are terse.\n\n<your_role>\nReviewer\n</your_role>\n\n- Be brief.\n- Be kind.\n\n"
            "<additional_information>\n- Format the answer as Markdown.\n- Your name is Ada.\n</additional_information>"
            "\n\n<expected_output>\nOne line.\n</expected_output>\n\nThe office is closed.\n\n"
            'The current time is 1970-01-01 00:00:00+00:00.\n\n<session_state>\n{"mood":"calm"}\n</session_state>',
        ),
        ("user", "hi"),
    ]


def test_one_instruction_is_raw_and_tags_are_optional() -> None:
    assert sent(Agent(instructions="Be brief."))[0] == ("system", "Be brief.")
    tagged = sent(Agent(instructions=["Be brief."], use_instruction_tags=True))[0]
    assert tagged == ("system", "<instructions>\nBe brief.\n</instructions>")


def test_variables_come_from_state_dependencies_metadata_and_user() -> None:
    agent = Agent(
        instructions="{a} {b} {c} {user_id} {unknown} $a {not a name}",
        session_state={"a": 1},
        dependencies={"b": lambda: 2},
        metadata={"c": 3},
        user_id="u",
    )
    assert sent(agent)[0] == ("system", "1 2 3 u {unknown} $a {not a name}")
    agent.resolve_in_context = False
    assert sent(agent)[0][1].startswith("{a} {b}")


def test_variables_in_the_users_text_are_replaced_too() -> None:
    assert sent(Agent(), "I am {user_id}", user_id="Bo") == [("user", "I am Bo")]


def test_instructions_and_system_message_may_be_callables() -> None:
    def instructions(agent: Agent, run_context: RunContext, session_state: dict[str, Any]) -> list[str]:
        return [f"{agent.name}", f"{run_context.user_id}", f"{session_state['current_user_id']}"]

    async def system(run_context: RunContext) -> str:
        return f"Hello {run_context.user_id}"

    assert sent(Agent(name="A", user_id="u", instructions=instructions))[0] == ("system", "- A\n- u\n- u")
    assert sent(Agent(user_id="u", system_message=system, instructions="ignored"))[0] == ("system", "Hello u")


def test_a_system_message_replaces_everything_and_build_context_switches_it_off() -> None:
    assert sent(Agent(system_message="Only this.", description="x"))[0] == ("system", "Only this.")
    given = Message(role="developer", content="Mine.")
    assert sent(Agent(system_message=given))[0] == ("developer", "Mine.")
    assert sent(Agent(description="x", build_context=False)) == [("user", "hi")]
    assert sent(Agent(description="x", system_message_role="developer"))[0] == ("developer", "x")


def test_a_callable_that_fails_fails_the_run_with_its_own_name() -> None:
    def instructions() -> str:
        raise KeyError("nowhere")

    output = Agent(model=ScriptedModel(["never"]), instructions=instructions).run("hi")
    assert (output.status, output.content) == (RunStatus.error, "'nowhere'")


def test_examples_come_before_history_and_are_not_stored() -> None:
    db = InMemoryDb()
    agent = Agent(
        db=db,
        session_id="s",
        add_history_to_context=True,
        additional_input=["example", {"role": "assistant", "content": "shown"}, Message(role="user", content="third")],
    )
    sent(agent, "one")
    assert sent(agent, "two") == [
        ("user", "example"),
        ("assistant", "shown"),
        ("user", "third"),
        ("user", "one"),
        ("assistant", "ok"),
        ("user", "two"),
    ]
    stored = agent.get_session("s").runs[0].messages  # pyright: ignore[reportOptionalMemberAccess] - it is stored
    assert [m.content for m in stored] == ["one", "ok"]


def test_inputs_of_every_form() -> None:
    assert sent(Agent(), ["one", "two"]) == [("user", "one\ntwo")]
    assert sent(Agent(), {"a": 1}) == [("user", '{"a":1}')]
    assert sent(Agent(), Message(role="user", content="m")) == [("user", "m")]
    talk = [Message(role="user", content="a"), {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    assert sent(Agent(), talk) == [("user", "a"), ("assistant", "b"), ("user", "c")]


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_input_is_refused_before_anything_happens(empty: Any) -> None:
    with pytest.raises(ValueError, match="input is empty"):
        Agent(model=ScriptedModel(["x"])).run(empty)


def test_a_message_with_unknown_role_is_an_input_error() -> None:
    output = Agent(model=ScriptedModel(["x"])).run([{"role": "robot", "content": "x"}])
    assert output.status is RunStatus.error
    assert "is not a message" in output.content


def test_dependencies_are_resolved_and_shown() -> None:
    def weather(run_context: RunContext) -> str:
        return f"sunny for {run_context.user_id}"

    agent = Agent(dependencies={"weather": weather, "n": 1}, add_dependencies_to_context=True, user_id="u")
    assert sent(agent, "hi", dependencies={"n": 2}) == [
        ("user", 'hi\n\n<additional context>\n{"weather":"sunny for u","n":2}\n</additional context>')
    ]


def test_an_unknown_time_zone_is_named() -> None:
    agent = Agent(model=ScriptedModel(["x"]), add_datetime_to_context=True, timezone_identifier="Mars/Olympus")
    output = agent.run("hi")
    assert output.status is RunStatus.error
    assert "timezone_identifier='Mars/Olympus'" in output.content


def test_the_time_can_be_shaped() -> None:
    agent = Agent(add_datetime_to_context=True, timezone_identifier="Europe/Paris", datetime_format="%H:%M")
    with virtual_time(start=0):
        assert sent(agent)[0] == ("system", "The current time is 01:00.")


def test_the_location_is_the_one_given() -> None:
    model = ScriptedModel(["x"])
    Agent(model=model, add_location_to_context=True, location="Bergen, Norway").run("x")
    assert "Bergen, Norway" in str(model.requests[0].messages[0].content)
    output = Agent(model=ScriptedModel(["x"]), add_location_to_context=True).run("x")
    assert (output.status.value, "needs location=" in str(output.content)) == ("ERROR", True)


def test_the_order_of_agno_puts_the_time_before_what_does_not_change() -> None:
    options: dict[str, Any] = {"add_datetime_to_context": True, "expected_output": "A line.", "datetime_format": "%Y"}
    texts: list[str] = []
    for order in ("stable", "agno"):
        model = ScriptedModel(["x"])
        Agent(model=model, context_order=order, **options).run("x")
        texts.append(str(model.requests[0].messages[0].content))
    stable, agno = (text.index("current time") < text.index("<expected_output>") for text in texts)
    assert (stable, agno) == (False, True)


def test_an_input_given_as_it_is_stays_so() -> None:
    model = ScriptedModel(["x"])
    options: dict[str, Any] = {"session_state": {"lamp": "lit"}, "dependencies": {"a": 1}}
    agent = Agent(
        model=model,
        build_user_context=False,
        user_message_role="assistant",
        add_dependencies_to_context=True,
        **options,
    )
    agent.run("{lamp}")
    assert [(m.role, m.content) for m in model.requests[0].messages] == [("assistant", "{lamp}")]


def test_examples_may_be_objects() -> None:
    class Example(msgspec.Struct):
        role: str
        content: str

    class Order(msgspec.Struct):
        number: int

    model = ScriptedModel(["x"])
    Agent(model=model, additional_input=[Example("assistant", "Aye."), Order(17)]).run("x")
    assert [(m.role, m.content) for m in model.requests[0].messages][:2] == [
        ("assistant", "Aye."),
        ("user", '{"number":17}'),
    ]


def test_an_example_without_a_role_is_refused() -> None:
    output = Agent(model=ScriptedModel(["x"]), additional_input=[{"content": "x"}]).run("x")
    assert (output.status.value, "it has no role" in str(output.content)) == ("ERROR", True)
