"""Media that come with a message: uploaded files, and JSON lists of media."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from agnolo.agent.arguments import CallOptions
from agnolo.server.forms import Form
from agnolo.server.problems import Problem, bad_field
from agnolo.server.web import UploadFile
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import InputError
from agnolo.vocabulary.ids import new_id
from agnolo.vocabulary.media import Audio, File, Image, Media, Video

M = TypeVar("M", bound=Media)

_DOCUMENTS = frozenset({
    "application/json", "application/javascript", "application/msword", "application/pdf", "application/rtf",
    "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/x-javascript", "application/x-python",
    "application/xml", "application/yaml", "application/x-yaml",
})  # fmt: skip
_DOCUMENT_FAMILIES = ("text/", "application/vnd.openxmlformats-officedocument.")


async def media_of(form: Form) -> CallOptions:
    """All media of a form as arguments of a run. Raises 400 for a file of no known kind, 422 for a bad list."""
    images, audio, videos = (
        _listed(form, "images", Image),
        _listed(form, "audio", Audio),
        _listed(form, "videos", Video),
    )
    files = _listed(form, "input_files", File)
    for upload in form.uploads("files"):
        medium = await _medium(upload)
        match medium:
            case Image():
                images.append(medium)
            case Audio():
                audio.append(medium)
            case Video():
                videos.append(medium)
            case File():
                files.append(medium)
    return {"images": images or None, "audio": audio or None, "videos": videos or None, "files": files or None}


async def _medium(upload: UploadFile) -> Image | Audio | Video | File:
    kind = (upload.content_type or "").partition(";")[0].strip().lower()
    content = await upload.read()
    name = PurePosixPath((upload.filename or "").replace("\\", "/")).name
    if not content:
        raise Problem(400, f"File {name!r} is empty")
    suffix = PurePosixPath(name).suffix.removeprefix(".").lower() or None
    family = kind.partition("/")[0]
    if family == "image":
        return Image(id=new_id(), content=content, mime_type=kind, format=suffix)
    if family == "audio":
        return Audio(id=new_id(), content=content, mime_type=kind, format=suffix)
    if family == "video":
        return Video(id=new_id(), content=content, mime_type=kind, format=suffix)
    if kind in _DOCUMENTS or kind.startswith(_DOCUMENT_FAMILIES):
        return File(id=new_id(), content=content, mime_type=kind, format=suffix, filename=name or None)
    raise Problem(400, "Unsupported file type")


def _listed(form: Form, name: str, kind: type[M]) -> list[M]:
    """A JSON list of media, by URL or base64 content. A path is refused: it would be read from the server's disk."""
    text = form.text(name)
    if text is None:
        return []
    try:
        media = codec.decode(text, list[kind])
    except (msgspec.DecodeError, msgspec.ValidationError, InputError) as error:
        raise bad_field("body", name, "value_error", f"Input should be a JSON list of media: {error}") from error
    if any(medium.filepath is not None for medium in media):
        raise bad_field("body", name, "value_error", "filepath is not accepted from clients: send content or url")
    return [medium if medium.id else replace(medium, id=new_id()) for medium in media]
