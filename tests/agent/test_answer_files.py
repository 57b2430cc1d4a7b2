"""Answers as files: where the agent says, and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, RunStatus, ScriptedModel
from agnolo.providers.scripted import Say
from agnolo.vocabulary.errors import ModelProviderError


def test_the_answer_is_written_to_the_place_that_is_named(tmp_path: Path) -> None:
    pattern = f"{tmp_path}/answers/{{name}}-{{session_id}}-{{user_id}}-{{message}}.md"
    agent = Agent(name="Ada", model=ScriptedModel(["Hello", "Bye"]), save_response_to_file=pattern)
    agent.run("../hi", session_id="s", user_id="u/v")
    agent.run(["a", "b"], session_id="t")
    written = {path.name: path.read_text() for path in (tmp_path / "answers").iterdir()}
    assert written == {"Ada-s-u_v-__hi.md": "Hello", "Ada-t--.md": "Bye"}


def test_a_typed_answer_is_json(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    agent = Agent(model=ScriptedModel(['{"title": "Up"}']), output_schema=schema, save_response_to_file=f"{tmp_path}/a")
    agent.run("hi")
    assert (tmp_path / "a").read_text() == '{\n  "title": "Up"\n}'


async def streamed(agent: Agent[Any, Any]) -> None:
    async for _ in agent.arun("hi", stream=True):
        pass


def test_a_streamed_answer_is_there_when_the_stream_ends(tmp_path: Path) -> None:
    asyncio.run(streamed(Agent(model=ScriptedModel(["Hello"]), save_response_to_file=f"{tmp_path}/{{run_id}}")))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["Hello"]


def test_a_failed_run_leaves_no_file(tmp_path: Path) -> None:
    model = ScriptedModel([Say(error=ModelProviderError("down"))])
    assert Agent(model=model, save_response_to_file=f"{tmp_path}/a").run("hi").status is RunStatus.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pattern", ["{tmp}/file/a.md", "{tmp}/{{unknown}}"])
def test_a_file_that_can_not_be_written_is_a_warning(
    pattern: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    agent = Agent(model=ScriptedModel(["Hello"]), save_response_to_file=pattern.format(tmp=tmp_path))
    assert agent.run("hi").content == "Hello"
    assert "was not saved to" in caplog.text
