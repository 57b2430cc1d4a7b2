"""What a request holds beside the agent's own words: the model's, tools in their order, media of tools."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo import Agent, Image, RunStatus, ScriptedModel
from agnolo.ports.function import ToolResult
from agnolo.providers.scripted import Say


class Instructed(ScriptedModel):
    """A model with words of its own."""

    system_prompt: str | None = "S"
    instructions: str | list[str] | None = "M"


@pytest.mark.parametrize(
    ("options", "system"),
    [
        ({}, "M\n\nS"),
        ({"instructions": "A", "additional_context": "C"}, "- A\n- M\n\nC\n\nS"),
        ({"system_message": "only this"}, "only this"),
        ({"build_context": False}, None),
    ],
)
def test_words_of_the_model_stand_with_those_of_the_agent(options: dict[str, Any], system: str | None) -> None:
    model = Instructed(["ok"])
    assert Agent(model=model, **options).run("hi").status is RunStatus.completed
    assert [m.content for m in model.requests[0].messages if m.role == "system"] == ([system] if system else [])


def test_a_model_without_words_adds_none() -> None:
    model = Instructed(["ok"])
    model.system_prompt = model.instructions = None
    Agent(model=model).run("hi")
    assert [m.role for m in model.requests[0].messages] == ["user"]


def test_an_input_may_be_the_fields_of_a_message() -> None:
    model = ScriptedModel(["ok"])
    Agent(model=model).run({"role": "user", "content": [{"type": "text", "text": "hi"}]})
    assert [(m.role, m.content) for m in model.requests[0].messages] == [("user", [{"type": "text", "text": "hi"}])]


def zoom() -> ToolResult:
    """Look closer."""
    return ToolResult(content="closer", images=[Image(url="https://h/a.png")])


def add() -> str:
    """Add."""
    return "added"


def test_tools_are_told_in_the_order_of_their_names() -> None:
    model = ScriptedModel(["ok"])
    Agent(model=model, tools=[zoom, add]).run("hi")
    assert [tool.name for tool in model.requests[0].tools] == ["add", "zoom"]


@pytest.mark.parametrize(("shown", "told"), [(True, 4), (False, 3)])
def test_media_of_a_tool_reach_the_model_unless_they_are_kept_from_it(*, shown: bool, told: int) -> None:
    model = ScriptedModel([Say(calls=[("zoom", {})]), "ok"])
    output = Agent(model=model, tools=[zoom], send_media_to_model=shown).run("hi")
    assert len(model.requests[1].messages) == told
    assert [image.url for image in output.images or ()] == ["https://h/a.png"]
