"""`agnolo run`."""

import io

import pytest

from tests.cli.conftest import Agnolo


def test_answer_goes_to_output_and_exit_code_is_0(agnolo: Agnolo) -> None:
    assert agnolo("run", "hello", ":clerk") == (0, "Hello from\nthe clerk.\n", "")


def test_tool_calls_are_notes_beside_the_answer(agnolo: Agnolo) -> None:
    assert agnolo("run", "2 and 3?", ":adder") == (
        0,
        "Let me see.\nIt is 5.\n",
        "· add(a=2, b=3)\n  → 5\n",
    )


def test_failed_tool_is_told_and_the_run_completes(agnolo: Agnolo) -> None:
    assert agnolo("run", "go", ":stumbler") == (0, "Sorry.\n", "· fall()\n  failed LookupError: nothing there\n")


def test_reasoning_is_a_note(agnolo: Agnolo) -> None:
    assert agnolo("run", "6 x 7?", ":thinker") == (0, "42\n", "Six times seven.\n")


def test_json_writes_every_event_as_a_line(agnolo: Agnolo) -> None:
    ran = agnolo("run", "2 and 3?", ":adder", "--json", "--session", "s1", "--user", "u1")
    assert (ran.code, ran.err) == (0, "")
    events = ran.events()
    assert [event["event"] for event in events] == [
        "RunStarted",
        "ModelRequestStarted",
        *["RunContent"] * 3,
        "ModelRequestCompleted",
        "ToolCallStarted",
        "ToolCallCompleted",
        "ModelRequestStarted",
        *["RunContent"] * 3,
        "ModelRequestCompleted",
        "RunContentCompleted",
        "RunCompleted",
    ]
    assert {event["session_id"] for event in events} == {"s1"}
    assert {event["agent_id"] for event in events} == {"adder"}


def test_failed_run_exits_with_1_and_says_why(agnolo: Agnolo) -> None:
    assert agnolo("run", "hello", ":locked") == (1, "", "error: no key: set OPENAI_API_KEY\n")


def test_failed_run_as_json_ends_with_the_error_event(agnolo: Agnolo) -> None:
    ran = agnolo("run", "hello", ":locked", "--json")
    last = ran.events()[-1]
    assert (ran.code, ran.err) == (1, "")
    assert (last["event"], last["error_type"]) == ("RunError", "model_authentication_error")


def test_interrupt_cancels_the_run_and_exits_with_130(agnolo: Agnolo) -> None:
    ran = agnolo("run", "wait", ":interrupted")
    assert (ran.code, ran.out) == (130, "One moment.\n")
    assert ran.err.splitlines()[-1] == "cancelled"


def test_wrong_usage_exits_with_2(agnolo: Agnolo) -> None:
    ran = agnolo("run")
    assert (ran.code, ran.out) == (2, "")
    assert "Missing argument" in ran.err


def test_question_is_read_from_standard_input(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("2 and 3?"))
    assert agnolo("run", "-", ":adder").code == 0


def test_empty_question_is_refused(agnolo: Agnolo) -> None:
    ran = agnolo("run", "", ":clerk")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("agnolo: input is empty")


def test_session_goes_on_in_a_second_run(agnolo: Agnolo) -> None:
    first = agnolo("run", "one", ":remembering", "--json", "--session", "s9").events()
    assert first[-1]["content"] == "I see 1 messages."


def test_agent_is_chosen_by_id(agnolo: Agnolo) -> None:
    assert agnolo("run", "hello", ":several", "--agent", "adder").out == "Let me see.\nIt is 5.\n"
    assert agnolo("run", "hello", ":several").out == "Hello from\nthe clerk.\n"


def test_unknown_agent_is_refused_with_the_nearest(agnolo: Agnolo) -> None:
    ran = agnolo("run", "hello", ":several", "--agent", "clark")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("did you mean 'clerk'?\n")


def test_typed_answer_is_written_as_json(agnolo: Agnolo) -> None:
    assert agnolo("run", "2 and 3?", ":typed") == (0, '{"sum":5}\n', "")


def test_agent_of_an_agent_os_answers(agnolo: Agnolo) -> None:
    assert agnolo("run", "hello", ":operating_system") == (0, "Hello from\nthe clerk.\n", "")


def test_terminal_is_told_how_to_go_on(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = agnolo("run", "hello", ":remembering", "--session", "s7")
    assert "session s7: go on with --session" in ran.err
