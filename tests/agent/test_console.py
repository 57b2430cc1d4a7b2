"""Agents in the terminal."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from agnolo import Agent, ScriptedModel, tool
from agnolo.providers.scripted import Say


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def agent_with(*replies: Any) -> Agent:
    return Agent(model=ScriptedModel(replies), tools=[add])


def console() -> Console:
    return Console(file=io.StringIO(), width=80, force_terminal=False)


def shown(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.parametrize("stream", [False, True])
def test_message_tools_reasoning_and_response_are_shown(stream: bool) -> None:
    screen = console()
    agent = agent_with(Say(calls=[("add", {"a": 1, "b": 2})], reasoning="Let me add."), "It is **3**.")
    agent.print_response("1 + 2?", stream=stream, console=screen, markdown=False)
    text = shown(screen)
    for part in ("Message", "1 + 2?", "Tool Calls", "add(a=1, b=2)", "Reasoning", "Let me add.", "It is **3**."):
        assert part in text


def test_markdown_is_rendered_and_panels_can_be_left_out() -> None:
    screen = console()
    agent = agent_with(Say(text="It is **3**.", reasoning="hidden"))
    agent.print_response("x", markdown=True, show_message=False, show_reasoning=False, console=screen)
    text = shown(screen)
    assert "It is 3." in text
    assert "Message" not in text
    assert "hidden" not in text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "<think>Hm</think> 3 apples"),
        ({"tags_to_include_in_markdown": {"fruit"}}, "Hm 3 <fruit>apples</fruit>"),
    ],
)
def test_tags_are_shown_in_markdown_where_they_are_named(options: dict[str, Any], text: str) -> None:
    screen = console()
    agent = agent_with("<think>Hm</think> **3** <fruit>apples</fruit>")
    agent.print_response("x", markdown=True, console=screen, **options)
    assert text in shown(screen)


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_is_shown_not_raised(stream: bool) -> None:
    screen = console()
    agent_with(RuntimeError("wires cut")).print_response("x", stream=stream, console=screen)
    assert "wires cut" in shown(screen)


def test_a_cancelled_run_shows_what_it_had() -> None:
    screen = console()
    agent = agent_with("never")
    Agent.cancel_run("gone")
    agent.print_response("x", run_id="gone", stream=True, console=screen)
    assert "Response" in shown(screen)


@pytest.mark.anyio
@pytest.mark.parametrize("stream", [False, True])
async def test_the_same_from_async_code(stream: bool) -> None:
    screen = console()
    await agent_with("Hello there.").aprint_response("x", stream=stream, console=screen)
    assert "Hello there." in shown(screen)


def test_cli_app_answers_lines_until_an_exit_word(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = console()
    lines = iter(["two", "bye"])
    monkeypatch.setattr("builtins.input", lambda *_: next(lines))
    agent = agent_with("first", "second")
    agent.cli_app("one", console=screen)
    assert "first" in shown(screen)
    assert "second" in shown(screen)


@pytest.mark.anyio
async def test_acli_app_ends_with_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    screen = console()
    await agent_with("first").acli_app("one", console=screen)
    assert "first" in shown(screen)


@pytest.mark.parametrize("stream", [False, True])
def test_a_paused_run_says_what_a_person_is_asked(stream: bool) -> None:
    @tool(requires_confirmation=True)
    def send(to: str) -> str:
        """Send."""
        raise AssertionError(to)

    @tool(requires_user_input=True, user_input_fields=["body"])
    def note(title: str, body: str) -> str:
        """Note."""
        raise AssertionError(title + body)

    @tool(external_execution=True)
    def phone(number: str) -> str:
        """Call."""
        raise AssertionError(number)

    def ask_user(questions: list[dict[str, Any]]) -> str:
        """Ask."""
        raise AssertionError(questions)

    calls = Say(
        calls=[
            ("send", {"to": "Ada"}),
            ("note", {"title": "Tea"}),
            ("phone", {"number": "117"}),
            ("ask_user", {"questions": [{"question": "Now?", "options": [{"label": "yes"}]}]}),
        ]
    )
    screen = console()
    agent = Agent(model=ScriptedModel([calls]), tools=[send, note, phone, ask_user])
    agent.print_response("go", stream=stream, console=screen)
    for part in (
        "Waits for you",
        "confirm or reject send(to=Ada)",
        "give body for note(title=Tea)",
        "carry out phone(number=117) and bring its result",
        "answer Now?",
    ):
        assert part in shown(screen)
