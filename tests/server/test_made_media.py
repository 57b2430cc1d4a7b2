"""Media that a model makes, as clients of the server get them."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo.providers.scripted import Say
from agnolo.vocabulary.media import Audio, Image
from tests.server.client import events_of, started
from tests.server.service import RUNS, scripted, service

pytestmark = pytest.mark.anyio

DRAWN = Say(text="Here.", images=[Image(content=b"png", id="i")], audio=[Audio(content=b"wav", transcript="Here.")])
IMAGE = {"content": "cG5n", "id": "i"}
SPOKEN = {"content": "d2F2", "transcript": "Here."}


async def test_a_run_and_the_stored_run_hold_media_in_base64(db: Any) -> None:
    async with started(service(scripted(DRAWN), db=db)) as client:
        form = {"message": "draw", "stream": "false", "session_id": "s", "user_id": "u"}
        run = (await client.post(RUNS, form)).json
        (stored,) = (await client.get("/sessions/s/runs?user_id=u")).json
    for shown in (run, stored):
        assert (shown["images"], shown["response_audio"]) == ([IMAGE], SPOKEN)
        said = shown["messages"][-1]
        assert (said["image_output"], said["audio_output"]) == (IMAGE, SPOKEN)


async def test_a_stream_tells_media_in_events_of_their_own_and_merging_leaves_them(db: Any) -> None:
    async with started(service(scripted(DRAWN), db=db)) as client:
        reply = await client.post(RUNS, {"message": "draw", "stream": "true", "session_id": "s"})
    content = [event.data for event in events_of(reply.body) if event.name == "RunContent"]
    assert [event.get("content") for event in content] == ["Here.", None, None]
    assert [event.get("image") or event.get("response_audio") for event in content] == [None, IMAGE, SPOKEN]
