"""What is said in a conversation: messages, tool calls, citations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, Self

import msgspec

from agnolo.vocabulary import codec
from agnolo.vocabulary.guards import is_object
from agnolo.vocabulary.ids import new_id, now
from agnolo.vocabulary.media import Audio, File, Image, Video
from agnolo.vocabulary.metrics import MessageMetrics

Role = Literal["system", "developer", "user", "assistant", "tool"]


class _Subscripted(msgspec.Struct, frozen=True, gc=False):
    """Fields that can be had by subscript too, as programs that know calls as dicts do."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - a field of any type
        """The field of this name. Raises KeyError."""
        if name not in self.__struct_fields__:
            raise KeyError(name)
        return getattr(self, name)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - a field of any type
        """The field of this name, or `default`."""
        return self[name] if name in self.__struct_fields__ else default


class CalledFunction(_Subscripted, frozen=True, gc=False):
    """The function of a call; `arguments` is the model's JSON text, unchecked."""

    name: str
    arguments: str = "{}"


class ToolCall(_Subscripted, frozen=True, gc=False):
    """A model's wish to call a tool, in the field layout of OpenAI chat completions."""

    id: str
    function: CalledFunction
    type: Literal["function"] = "function"

    @classmethod
    def of(cls, call_id: str, name: str, arguments: str) -> ToolCall:
        """The call with these parts."""
        return cls(call_id, CalledFunction(name, arguments))


class UrlCitation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cited page."""

    url: str | None = None
    title: str | None = None


class Citations(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Sources an answer rests on; `raw` is the provider's own record."""

    raw: Any = None
    urls: list[UrlCitation] | None = None
    documents: list[Any] | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message. `content` is text, or OpenAI-shaped content parts; `tool_args` are the parsed arguments.

    `images` and so on go to the model; `image_output` and so on are the last of each kind that the model made.
    `compressed_content` stands for the content of a tool's result where results are compressed.
    """

    role: Role
    content: str | list[Any] | None = None
    id: str = msgspec.field(default_factory=new_id)
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_args: Any = None
    tool_call_error: bool | None = None
    compressed_content: str | None = None
    images: Sequence[Image] | None = None
    audio: Sequence[Audio] | None = None
    videos: Sequence[Video] | None = None
    files: Sequence[File] | None = None
    image_output: Image | None = None
    audio_output: Audio | None = None
    video_output: Video | None = None
    file_output: File | None = None
    reasoning_content: str | None = None
    provider_data: dict[str, Any] | None = None
    citations: Citations | None = None
    metrics: MessageMetrics | None = None
    from_history: bool = False
    stop_after_tool_call: bool = False
    created_at: int = msgspec.field(default_factory=now)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The message that `to_dict` gave. Raises msgspec.ValidationError."""
        return msgspec.convert(data, cls)

    def to_dict(self) -> dict[str, Any]:
        """As stored runs and sessions show it: flags always, nulls never."""
        shown: dict[str, Any] = codec.builtins(self)
        shown.setdefault("from_history", False)
        shown.setdefault("stop_after_tool_call", False)
        return shown

    def model_dump(
        self, *, include: Collection[str] | None = None, exclude: Collection[str] = (), exclude_none: bool = False
    ) -> dict[str, Any]:
        """All fields as builtin values, or those of `include`, without those of `exclude` and, if asked, nulls."""
        fields = (name for name in self.__struct_fields__ if name not in exclude and (not include or name in include))
        shown = {name: codec.builtins(getattr(self, name)) for name in fields}
        return {name: value for name, value in shown.items() if value is not None or not exclude_none}

    def get_content_string(self) -> str:
        """The same as `text()`, under the reference's name."""
        return self.text()

    def text(self) -> str:
        """The text of the content, parts joined; "" when there is none."""
        if isinstance(self.content, str):
            return self.content
        return "".join(_part_text(part) for part in self.content or ())


def _part_text(part: Any) -> str:  # noqa: ANN401 - a content part as given
    if isinstance(part, str):
        return part
    return str(part.get("text", "")) if is_object(part) else ""
