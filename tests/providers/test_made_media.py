"""Media that models make: each dialect's shapes, as values of `vocabulary.media`."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pytest

from agnolo.ports.model import ModelReply
from agnolo.providers.made_media import MadeMedia, unpacked
from agnolo.vocabulary.media import Audio, File, Image, Video
from tests.providers import decoding

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(20)
SAMPLES = bytes(range(100)) * 3


def packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def data_url(raw: bytes, kind: str) -> str:
    return f"data:{kind};base64,{packed(raw)}"


def sse(*said: Any) -> list[bytes]:
    return [b"data: " + json.dumps(one).encode() + b"\n\n" for one in said]


def whole(dialect: str, said: Any) -> ModelReply:
    return decoding.reply_of(decoding.events(dialect, "whole", [json.dumps(said).encode()]))


def streamed(dialect: str, *said: Any) -> ModelReply:
    return decoding.reply_of(decoding.events(dialect, "stream", sse(*said)))


# ---- OpenAI chat and OpenRouter
# https://openrouter.ai/docs/features/multimodal/image-generation

DRAWN = [
    {"type": "image_url", "image_url": {"url": data_url(PNG, "image/png")}, "index": 0},
    {"type": "image_url", "image_url": {"url": "https://a.example/b.webp"}},
]
PICTURES = [
    Image(content=PNG, mime_type="image/png", format="png"),
    Image(url="https://a.example/b.webp"),
]


def message(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": "Here.", **fields}, "finish_reason": "stop"}]}


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"delta": fields, "finish_reason": finish}]}


def test_images_of_a_chat() -> None:
    reply = whole("chat", message(images=DRAWN))
    assert (reply.content, reply.images) == ("Here.", PICTURES)


def test_images_of_a_streamed_chat_count_once() -> None:
    reply = streamed("chat", delta(content="Here."), delta(images=DRAWN[:1]), delta("stop", images=DRAWN))
    assert (reply.content, reply.images) == ("Here.", PICTURES)


@pytest.mark.parametrize("form", ["text", "list", "object"])
def test_images_in_other_clothes(form: str) -> None:
    url = data_url(PNG, "image/png")
    images = {"text": [url], "list": [{"image_url": url}], "object": {"image_url": {"url": url}}}[form]
    assert whole("chat", message(images=images)).images == PICTURES[:1]


def test_images_among_the_parts_of_the_content() -> None:
    reply = whole("chat", message(content=[{"type": "text", "text": "Here."}, DRAWN[0]]))
    assert (reply.content, reply.images) == ("Here.", PICTURES[:1])


def test_no_images_are_none() -> None:
    for nothing in (None, [], [None], [{}], [{"image_url": None}], [{"image_url": {"url": ""}}], 7):
        assert whole("chat", message(images=nothing)).images is None


# https://platform.openai.com/docs/guides/audio


def test_a_spoken_answer() -> None:
    audio = {"id": "audio_1", "data": packed(WAV), "transcript": "Hi.", "expires_at": 1_760_000_000}
    sound = Audio(
        content=WAV,
        id="audio_1",
        transcript="Hi.",
        mime_type="audio/wav",
        format="wav",
        metadata={"expires_at": 1_760_000_000},
    )
    reply = whole("chat", message(content=None, audio=audio))
    assert (reply.content, reply.audio) == ("Hi.", [sound])


def test_a_spoken_answer_in_pieces() -> None:
    reply = streamed(
        "chat",
        delta(role="assistant", audio={"id": "audio_1", "transcript": "H"}),
        delta(audio={"data": packed(SAMPLES[:100])}),
        delta(audio={"transcript": "i."}),
        delta(audio={"data": packed(SAMPLES[100:])}),
        delta("stop", audio={"expires_at": 1_760_000_000}),
    )
    sound = Audio(
        content=SAMPLES,
        id="audio_1",
        transcript="Hi.",
        mime_type="audio/pcm",
        format="pcm",
        metadata={"expires_at": 1_760_000_000},
    )
    assert (reply.content, reply.audio) == ("Hi.", [sound])


def test_a_transcript_without_sound_is_text_alone() -> None:
    reply = whole("chat", message(content=None, audio={"id": 7, "data": None, "transcript": "Hi."}))
    assert (reply.content, reply.audio) == ("Hi.", None)


# ---- Gemini


def gemini(*parts: Any, finish: str | None = "STOP") -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, "finishReason": finish}]}


def inline(raw: bytes, kind: str | None, **fields: Any) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": packed(raw)}, **fields}


def test_media_of_gemini_are_told_and_go_back() -> None:
    parts = [
        {"text": "Here."},
        inline(PNG, "image/png", thoughtSignature="c2ln"),
        inline(WAV, "audio/wav"),
        inline(b"mp4", "video/mp4"),
        inline(b"a,b", "text/csv"),
        {"fileData": {"fileUri": "https://f.example/1", "mimeType": "video/mp4"}},
    ]
    reply = whole("gemini", gemini(*parts))
    assert reply.content == "Here."
    assert reply.images == [Image(content=PNG, mime_type="image/png", format="png")]
    assert reply.audio == [Audio(content=WAV, mime_type="audio/wav", format="wav")]
    assert reply.videos == [
        Video(content=b"mp4", mime_type="video/mp4", format="mp4"),
        Video(url="https://f.example/1", mime_type="video/mp4", format="mp4"),
    ]
    assert reply.files == [File(content=b"a,b", mime_type="text/csv", format="csv")]
    assert (reply.provider_data or {})["gemini_parts"] == parts


def test_sketches_among_the_thoughts_are_no_answer() -> None:
    sketch = inline(JPEG, "image/jpeg", thought=True)
    reply = whole("gemini", gemini(sketch, inline(PNG, "image/png")))
    assert reply.images == [Image(content=PNG, mime_type="image/png", format="png")]
    assert (reply.provider_data or {})["gemini_parts"][0] == sketch


def test_the_pieces_of_one_sound_are_one() -> None:
    kind = "audio/L16;codec=pcm;rate=24000"
    pieces = [gemini(inline(SAMPLES[i : i + 60], kind), finish=None) for i in range(0, 300, 60)]
    reply = streamed("gemini", *pieces, gemini(inline(SAMPLES[:8], "audio/L16;rate=16000")), gemini())
    assert reply.audio == [
        Audio(content=SAMPLES, mime_type=kind, format="pcm"),
        Audio(content=SAMPLES[:8], mime_type="audio/L16;rate=16000", format="pcm"),
    ]


def test_a_medium_without_a_type_is_known_by_its_bytes() -> None:
    assert whole("gemini", gemini(inline(PNG, None))).images == [
        Image(content=PNG, mime_type="image/png", format="png")
    ]
    assert whole("gemini", gemini(inline(b"?", None))).files == [
        File(content=b"?", mime_type="application/octet-stream", format="octet-stream")
    ]


# ---- OpenAI Responses


def response(*items: Any) -> dict[str, Any]:
    return {"id": "r", "status": "completed", "output": list(items)}


def test_generated_images_of_a_response() -> None:
    item = {
        "type": "image_generation_call",
        "id": "ig_1",
        "status": "completed",
        "output_format": "jpg",
        "revised_prompt": "a cat",
        "result": packed(JPEG),
    }
    picture = Image(content=JPEG, id="ig_1", mime_type="image/jpeg", format="jpeg", alt_text="a cat")
    reply = whole("responses", response(item))
    assert reply.images == [picture]
    assert (reply.provider_data or {})["output"] == [item]
    done = {"type": "response.output_item.done", "output_index": 0, "item": item}
    partial = {"type": "response.image_generation_call.partial_image", "partial_image_b64": packed(PNG)}
    end = {"type": "response.completed", "response": response(item)}
    assert streamed("responses", partial, done, end).images == [picture]


@pytest.mark.parametrize("result", [None, "", 7, {}])
def test_an_image_that_failed_is_none(result: Any) -> None:
    assert whole("responses", response({"type": "image_generation_call", "result": result})).images is None


def test_what_code_drew_and_no_more() -> None:
    outputs = [{"type": "logs", "logs": "1"}, {"type": "image", "url": data_url(PNG, "image/png")}, {"type": "image"}]
    item = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "outputs": outputs}
    assert whole("responses", response(item)).images == PICTURES[:1]
    assert whole("responses", response({**item, "outputs": None})).images is None


# ---- Ollama


def test_images_of_ollama() -> None:
    said = {"message": {"content": "Here.", "images": [packed(PNG)]}, "done": True}
    assert whole("ollama", said).images == PICTURES[:1]


# ---- base64


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("aGk=", b"hi"),
        ("aGk", b"hi"),
        ("aGk=aG8=", b"hiho"),
        ("aGk=\naG\r\n8=", b"hiho"),
        ("-_-_", b"\xfb\xff\xbf"),
        ("", None),
        ("=", None),
        ("a", None),
        ("äöü", None),
        ("aGk=?", None),
    ],
)
def test_base64_of_every_sort(text: str, raw: bytes | None) -> None:
    assert unpacked(text) == raw


def test_a_medium_that_is_not_base64_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        reply = whole("gemini", gemini({"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": "?"}}))
    assert (reply.content, reply.images) == ("a", None)
    assert "a model sent image/png that is not base64: left out" in caplog.text


def test_addresses_with_their_data_inside() -> None:
    made = MadeMedia()
    for url in ("", "data:", "data:,", "data:text/plain,a%20b", data_url(PNG, ""), data_url(b"?", "audio/x-wav")):
        made.add_url(url, usual="image/png")
    assert made.fields() == {
        "images": [Image(content=PNG, mime_type="image/png", format="png")],
        "audio": [Audio(content=b"?", mime_type="audio/x-wav", format="wav")],
        "files": [File(content=b"a b", mime_type="text/plain", format="txt")],
    }
