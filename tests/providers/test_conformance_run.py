"""The conformance run as a command, over a folder of recordings that someone else has made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.providers.conformance.__main__ import main

COMPLETION = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}


def record(folder: Path, provider: str, body: Any, **request: Any) -> None:
    exchange = {
        "provider": provider, "kind": "chat",
        "request": {"url": "https://host/v1/chat/completions", "json": ASKED, **request},
        "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": body},
    }  # fmt: skip
    (folder / provider).mkdir(parents=True, exist_ok=True)
    (folder / provider / "one.json").write_text(json.dumps(exchange))


def test_a_folder_that_is_read_and_asked_alike_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path, "groq", COMPLETION)
    record(tmp_path, "somebody-new", COMPLETION)
    record(tmp_path, "openrouter", COMPLETION, json=None)
    assert main([str(tmp_path)]) == 0
    table = capsys.readouterr().out
    assert "| groq | chat | 1 | 1 | 100.0 % | 1 | 1 | 100.0 % | 0 |" in table
    assert "| openrouter | chat | 1 | 1 | 100.0 % | 0 | 0 | – | 0 |" in table
    assert "3 recordings, 0 unexplained differences" in table


def test_differences_are_listed_and_end_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path, "groq", COMPLETION, json={**ASKED, "messages": [{"role": "user"}], "functions": "x" * 9})
    record(tmp_path, "openai", {"choices": [{"message": {"content": ["not", "a", "part"]}}]})
    report = tmp_path / "report.md"
    assert main([str(tmp_path), "--report", str(report)]) == 1
    assert "1 unexplained differences" in capsys.readouterr().out
    assert "| all |  | 2 | 1 | 50.0 % | 2 | 2 | 100.0 % | 0 |" in report.read_text()


def test_a_folder_without_recordings_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent")]) == 2
    assert "no recordings below" in capsys.readouterr().err


def test_a_file_that_is_no_recording_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.json").write_text('{"a": 1}')
    assert main([str(tmp_path)]) == 2
    assert f"{tmp_path / 'notes.json'} holds no recorded exchange" in capsys.readouterr().err
