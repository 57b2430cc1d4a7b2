"""Images, sound, video and files that a model or a tool makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunOutput, RunStatus, ScriptedModel, SqliteDb
from agnolo.ports.function import ToolResult
from agnolo.ports.store import Store
from agnolo.providers.scripted import Say
from agnolo.vocabulary import codec, frames
from agnolo.vocabulary.event_lines import encode_event
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.sessions import Scope
from tests.engine import ways

FIRST, SECOND = Image(content=b"one", id="i1", mime_type="image/png"), Image(url="https://x/two.png", id="i2")
SPOKEN = Audio(content=b"wav", id="a1", transcript="Hello.")
CLIP, PAPER = Video(url="https://x/v.mp4", id="v1"), File(content=b"%PDF", filename="p.pdf", id="f1")
ALL = Say(text="Here.", images=[FIRST, SECOND], audio=[SPOKEN], videos=[CLIP], files=[PAPER])
IN_BASE64 = {"content": "b25l", "id": "i1", "mime_type": "image/png"}


def media(output: RunOutput) -> dict[str, Any]:
    kinds = ("images", "audio", "videos", "files", "response_audio")
    return {kind: made for kind in kinds if (made := getattr(output, kind)) is not None}


MADE = {"images": [FIRST, SECOND], "videos": [CLIP], "files": [PAPER], "response_audio": SPOKEN}


@pytest.mark.parametrize("way", [*ways.STREAMED, *ways.WHOLE])
def test_what_a_model_makes_is_in_the_output_and_the_last_of_each_kind_in_the_message(way: str) -> None:
    _, output = (ways.STREAMED | ways.WHOLE)[way](Agent(model=ScriptedModel([ALL]), store_events=True), "go")
    assert media(output) == MADE
    said = output.messages[-1]
    assert (said.image_output, said.audio_output, said.video_output, said.file_output) == (SECOND, SPOKEN, CLIP, PAPER)
    assert (said.images, said.audio) == (None, None)


def test_images_and_speech_are_told_each_in_an_event_of_its_own() -> None:
    events, _ = ways.run_stream(Agent(model=ScriptedModel([ALL])), "go")
    told = [
        {k: v for k, v in e.items() if k not in ("workflow_agent", "content_type", "reasoning_content")}
        for e in ways.told(events)[2:]
    ]
    spoken = {"content": "d2F2", "id": "a1", "transcript": "Hello."}
    assert told[:4] == [
        {"event": "RunContent", "content": "Here."},
        {"event": "RunContent", "image": IN_BASE64},
        {"event": "RunContent", "image": {"url": "https://x/two.png", "id": "i2"}},
        {"event": "RunContent", "response_audio": spoken},
    ]
    completed = told[-1]
    assert completed["images"] == [IN_BASE64, {"url": "https://x/two.png", "id": "i2"}]
    assert completed["response_audio"] == spoken
    assert completed["files"] == [{"content": "JVBERg==", "filename": "p.pdf", "id": "f1"}]
    for event in events:
        assert codec.loads(encode_event(event)) == event.to_dict()


def test_an_answer_may_be_nothing_but_a_picture() -> None:
    output = Agent(model=ScriptedModel([Say(images=[FIRST])])).run("draw")
    assert (output.status, output.content, output.images) == (RunStatus.completed, None, [FIRST])


def test_of_several_spoken_answers_the_last_is_the_answer() -> None:
    later = Audio(content=b"later", transcript="Bye.")
    output = Agent(model=ScriptedModel([Say(audio=[SPOKEN, later])])).run("speak")
    assert (output.audio, output.response_audio) == ([SPOKEN], later)


def stores(tmp_path: Path) -> list[Store]:
    return [InMemoryDb(), SqliteDb(tmp_path / "media.db")]


def test_stores_and_journals_give_media_back(tmp_path: Path) -> None:
    for db in stores(tmp_path):
        agent = Agent(model=ScriptedModel([ALL]), db=db)
        told: list[Any] = list(agent.run("go", stream=True, stream_events=True, run_id="r"))
        stored = agent.get_run_output("r")
        assert stored is not None
        assert media(stored) == MADE
        assert stored.messages[-1].image_output == SECOND
        read = frames.unpack((row.payload for row in db.read_frames(Scope(), "r", -1).result()), told[0].origin)
        assert [e.to_dict() for e in read] == [e.to_dict() for e in told]
        db.close()


def draw(what: str) -> ToolResult:
    """Draw something."""
    return ToolResult(content="drawn", images=[SECOND], audios=[SPOKEN], videos=[CLIP], files=[PAPER])


def test_what_tools_make_is_in_the_output_too() -> None:
    model = ScriptedModel([Say(images=[FIRST], calls=[("draw", {"what": "a"})]), "Done."])
    output = Agent(model=model, tools=[draw]).run("go")
    assert media(output) == {"images": [FIRST, SECOND], "audio": [SPOKEN], "videos": [CLIP], "files": [PAPER]}


def test_a_run_that_goes_on_has_all_that_was_made(tmp_path: Path) -> None:
    for db in stores(tmp_path):
        calling = Say(images=[FIRST, SECOND], audio=[SPOKEN], calls=[("draw", {"what": "a"})])
        agent = Agent(model=ScriptedModel([calling, RuntimeError("cut")]), tools=[draw], db=db)
        assert agent.run("go", run_id="r").status is RunStatus.error
        agent.model = ScriptedModel(["Done."])
        output = agent.continue_run("r")
        assert media(output) == {
            "images": [FIRST, SECOND, SECOND],
            "audio": [SPOKEN],
            "videos": [CLIP],
            "files": [PAPER],
            "response_audio": SPOKEN,
        }
        db.close()
