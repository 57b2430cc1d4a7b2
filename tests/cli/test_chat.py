"""`agnolo chat`, with standard input in place of a keyboard."""

import io
import re

import pytest

from agnolo.cli.chat import HELP
from tests.cli.conftest import Agnolo, Ran


@pytest.fixture
def typed(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch):
    """Chats with these lines."""

    def call(text: str, *argv: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return agnolo("chat", *argv)

    return call


def test_conversation_streams_and_shows_tool_calls(typed) -> None:
    ran = typed("2 and 3?\n\n/quit\n", ":adder", "--session", "s1")
    assert ran == (
        0,
        f"Adder on Scripted scripted. {HELP}.\n> Let me see.\n· add(a=2, b=3)\n  → 5\nIt is 5.\n> > ",
        "",
    )


def test_turns_share_a_session_until_a_new_one_begins(typed) -> None:
    ran = typed("one\ntwo\n/new\nthree\n", ":remembering")
    assert re.findall(r"I see \d messages", ran.out) == ["I see 1 messages", "I see 3 messages", "I see 1 messages"]
    sessions = re.findall(r"session ([0-9a-f-]{36})", ran.out)
    assert len(set(sessions)) == len(sessions) == 2


def test_end_of_input_leaves(typed) -> None:
    ran = typed("hello\n", ":clerk")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("> Hello from\nthe clerk.\n> \n")


def test_interrupt_stops_the_answer_and_not_the_program(typed) -> None:
    ran = typed("wait\n/exit\n", ":interrupted")
    assert ran.code == 0
    assert "One moment." in ran.out
    assert "cancelled" in ran.out
    assert "Never said." not in ran.out
    assert ran.out.endswith("> ")


def test_failed_answer_is_told_and_the_conversation_goes_on(typed) -> None:
    ran = typed("a\nb\n", ":locked")
    assert (ran.code, ran.out.count("error: no key: set OPENAI_API_KEY")) == (0, 2)


def test_unknown_command_is_answered_with_the_known_ones(typed) -> None:
    assert typed("/help\n/quit\n", ":clerk").out.count("/quit leaves") == 2


def test_interrupt_at_the_prompt_shows_how_to_leave(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([KeyboardInterrupt, EOFError])

    def keyboard(_prompt: str = "") -> str:
        raise next(lines)

    monkeypatch.setattr("builtins.input", keyboard)
    ran = agnolo("chat", ":clerk")
    assert (ran.code, ran.out.count("/quit leaves")) == (0, 2)
