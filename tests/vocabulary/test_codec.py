"""JSON of events, messages and outputs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agnolo import Audio, File, Image, Message, RunOutput, RunStatus, Video
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError, ModelRateLimitError
from agnolo.vocabulary.event_lines import encode_event
from agnolo.vocabulary.events import (
    RunCancelledEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    RunStartedEvent,
)
from agnolo.vocabulary.media import Media
from agnolo.vocabulary.messages import Citations, UrlCitation
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.runs import RunInput

ORIGIN = Origin(id="a", name="A", run_id="r", session_id="s")


class City(BaseModel):
    name: str


@dataclass
class Town:
    name: str


@pytest.mark.parametrize(
    "event",
    [
        RunContentEvent(origin=ORIGIN, index=0, created_at=5, content='say "hi"\n é'),
        RunContentEvent(origin=ORIGIN, index=0, created_at=5, content="", reasoning_content="hm"),
        RunContentEvent(origin=ORIGIN, index=0, created_at=5, content="x", model_provider_data={"id": 1}),
    ],
)
def test_the_fast_way_to_write_a_delta_writes_the_same(event: RunContentEvent) -> None:
    assert json.loads(encode_event(event)) == event.to_dict() | {"workflow_agent": False}


@pytest.mark.parametrize(("content", "shown"), [(City(name="Oslo"), {"name": "Oslo"}), (Town("Bo"), {"name": "Bo"})])
def test_values_of_users_types_are_written_as_objects(content: Any, shown: Any) -> None:
    event = RunContentEvent(origin=ORIGIN, index=0, created_at=5, content=content, content_type="City")
    assert json.loads(encode_event(event))["content"] == shown
    assert json.loads(RunOutput(run_id="r", session_id="s", content=content).get_content_as_string()) == shown


def test_what_json_can_not_hold_is_written_as_text() -> None:
    assert codec.dumps({"p": Path("/x")}) == b'{"p":"/x"}'


def test_citations_are_part_of_a_delta() -> None:
    cited = Citations(urls=[UrlCitation(url="https://example.com", title="E")])
    event = RunContentEvent(origin=ORIGIN, index=0, created_at=5, content="x", citations=cited)
    assert json.loads(encode_event(event))["citations"] == {"urls": [{"url": "https://example.com", "title": "E"}]}


def test_an_event_knows_whose_it_is() -> None:
    event = RunStartedEvent(origin=ORIGIN, index=0, created_at=5, model="m", model_provider="p")
    assert (event.run_id, event.session_id, event.parent_run_id) == ("r", "s", None)
    assert (event.agent_id, event.agent_name, event.event) == ("a", "A", "RunStarted")
    team = Origin(kind="team", id="t", name="T", run_id="r", session_id="s", parent_run_id="p", nested_depth=1)
    told = RunErrorEvent(origin=team, index=0, created_at=5, content="x")
    assert (told.agent_id, told.agent_name) == (None, None)
    assert told.to_dict() == {
        "created_at": 5, "event": "TeamRunError", "team_id": "t", "team_name": "T", "run_id": "r", "parent_run_id": "p",
        "session_id": "s", "nested_depth": 1, "content": "x",
    }  # fmt: skip
    delta = RunContentEvent(origin=team, index=0, created_at=5, content="x")
    assert json.loads(encode_event(delta))["event"] == "TeamRunContent"


def test_an_output_is_written_without_nulls() -> None:
    asked = RunInput(input_content=Message(role="user", content="hi", id="m", created_at=1))
    output = RunOutput(run_id="r", session_id="s", created_at=1, input=asked, messages=[asked.input_content])
    message = {
        "role": "user", "content": "hi", "id": "m", "created_at": 1,
        "from_history": False, "stop_after_tool_call": False,
    }  # fmt: skip
    assert output.to_dict() == {
        "run_id": "r", "session_id": "s", "content_type": "str", "created_at": 1, "status": "RUNNING",
        "messages": [message], "input": {"input_content": message},
    }  # fmt: skip


def test_the_text_of_a_message_joins_its_parts() -> None:
    parts = ["a", {"type": "text", "text": "b"}, {"type": "image_url"}, 3]
    assert Message(role="user", content=parts).text() == "ab"
    assert Message(role="user").text() == ""


@pytest.mark.parametrize("kind", [Image, Audio, Video, File])
def test_a_medium_is_given_in_exactly_one_way(kind: type[Media]) -> None:
    with pytest.raises(InputError, match=f"{kind.__name__} takes exactly one of url, filepath or content, got none"):
        kind()
    with pytest.raises(InputError, match=r"got \['url', 'content'\]"):
        kind(url="https://example.com/x", content=b"x")


def test_media_bytes_come_from_content_or_file(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"png")
    assert Image.from_base64("cG5n", format="png").get_content_bytes() == b"png"
    assert Image(filepath=str(file)).to_base64() == "cG5n"
    assert Image(url="https://example.com/a.png").to_base64() is None


def test_the_type_of_a_medium_is_as_given_or_guessed() -> None:
    assert Image(content=b"x", mime_type="image/x").media_type("image/png") == "image/x"
    assert Image(url="https://example.com/a.jpeg").media_type("image/png") == "image/jpeg"
    assert Image(content=b"x", format="webp").media_type("image/png") == "image/webp"
    assert Image(content=b"x").media_type("image/png") == "image/png"


def test_errors_say_what_they_know() -> None:
    error = ModelRateLimitError("slow down", provider="P", model="m", code="1302", request_id="q", retry_after=2.5)
    assert (str(error), error.status_code) == ("slow down", 429)
    assert (error.error_type, error.error_id) == ("model_provider_error", "model_rate_limit_error")
    assert (error.provider, error.model, error.code, error.request_id) == ("P", "m", "1302", "q")
    assert (error.retryable, error.retry_after) == (True, 2.5)
    assert ModelRateLimitError("x", retryable=False, status_code=418).status_code == 418


TEAM = Origin(kind="team", id="t", run_id="r", session_id="s", parent_run_id="p", nested_depth=1)


@pytest.mark.parametrize(
    "event",
    [
        RunStartedEvent(origin=ORIGIN, index=0, created_at=5, model="m", model_provider="p"),
        RunContentEvent(origin=TEAM, index=0, created_at=5, content="x", image=Image(content=b"png")),
        RunCancelledEvent(origin=ORIGIN, index=0, created_at=5, reason="enough"),
    ],
)
def test_an_event_is_read_back_from_its_dict_and_its_json(event: RunEventBase) -> None:
    assert type(event).from_dict(event.to_dict()) == event
    assert RunEventBase.from_dict(json.loads(event.to_json())) == event
    assert (event.is_paused, event.is_cancelled) == (False, isinstance(event, RunCancelledEvent))


def test_an_event_is_not_read_as_another_one() -> None:
    told = RunErrorEvent(origin=ORIGIN, index=0, content="x").to_dict()
    with pytest.raises(InputError, match="'RunError' is no RunStartedEvent: give what its to_dict"):
        RunStartedEvent.from_dict(told)
    with pytest.raises(InputError, match="'Unheard' is no RunEventBase"):
        RunEventBase.from_dict(told | {"event": "Unheard"})


def test_an_output_is_read_back_from_its_dict_and_its_json() -> None:
    message = Message(role="user", content="hé", images=[Image(content=b"png")])
    started = RunStartedEvent(origin=ORIGIN, index=0, model="m", model_provider="p")
    output = RunOutput(
        run_id="r", session_id="s", input=RunInput(input_content="hé"), messages=[message], events=[started],
        status=RunStatus.paused,
    )  # fmt: skip
    assert RunOutput.from_dict(output.to_dict()) == RunOutput.from_dict(json.loads(output.to_json())) == output
    assert output.to_json(separators=(",", ":"), indent=None).startswith('{"run_id":"r","session_id":"s",')
    assert (output.is_paused, output.is_cancelled) == (True, False)
    assert Message.from_dict(message.to_dict()) == message
    assert message.get_content_string() == "hé"
