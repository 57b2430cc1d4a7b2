"""Facts about vendors: where they are, with which key, and how they speak. Data only; a new vendor is a new value."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from agnolo.ports.model import ModelRequest, OutputStrategy


class OutputSupport(msgspec.Struct, frozen=True, kw_only=True):
    """How answers are held to a schema by default, and where a vendor makes exceptions.

    `models` are exceptions by the model's id, as regular expressions of which the first that is found counts.
    `beside_tools` and `streamed` say what to do instead of `native` where a schema excludes tools or streaming, and
    `beside_tools` also instead of `prompted`. `json_mode`: whether JSON mode may be asked for, or only without tools.
    """

    strategy: OutputStrategy = "native"
    models: tuple[tuple[str, OutputStrategy], ...] = ()
    beside_tools: OutputStrategy | None = None
    streamed: OutputStrategy | None = None
    json_mode: Literal["always", "without tools", "never"] = "always"

    def of(self, model: str, request: ModelRequest) -> OutputStrategy:
        """The strategy for this request to this model."""
        chosen: OutputStrategy = self.strategy
        for pattern, exception in reversed(self.models):
            if re.search(pattern, model):
                chosen = exception
        if chosen != "tool" and self.beside_tools is not None and (request.tools or request.builtin_tools):
            return self.beside_tools
        if chosen == "native" and self.streamed is not None and request.stream:
            return self.streamed
        return chosen

    def takes_json_mode(self, request: ModelRequest) -> bool:
        """Whether JSON mode may be asked for in this request."""
        if self.json_mode == "without tools":
            return not (request.tools or request.builtin_tools)
        return self.json_mode == "always"


PROMPTED = OutputSupport(strategy="prompted")
"""JSON mode only: the vendor enforces no schema."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """Where vendors of the OpenAI dialect differ in what they accept.

    `strict_tools`: tools are sent strict beside a strict output schema. `can_forbid_tools`: `tool_choice: none` is
    understood; otherwise tools are left out to the same effect. `takes_tools`: tools are known at all.
    `echo_details` and `echo_reasoning`: earlier reasoning is sent back in `reasoning_details` or `reasoning_field`,
    with `echo_nothing` also where there was none beside tool calls. `flat_text`: no lists of nothing but text parts.
    `speaker_names`: messages other than tool results may carry a name. `alternating`: speakers take turns, so
    neighbours are joined. `short_call_ids`: nine letters and digits. `marks_prefix`: a last message of the assistant is
    marked as the answer's beginning. `closed_schemas`: no object of an output schema is left open. `usage_unasked`:
    streams tell usage, and refuse to be asked for it.

    `renamed` are parameters with another name here, `refused` those that make a request fail. `reasoning_models`,
    `streaming_thinkers` and `thinkers` are regular expressions for model ids: who takes `max_completion_tokens` only,
    who answers in streams only, and who has to be told not to think in a whole reply.
    `serial_models` (likewise) refuse tools unless they are told to call one at a time.
    `output`: how answers are held to a schema.
    `think_tags`: a `<think>` block at the start of an answer is reasoning, as models served in the open write it.
    `identified`: the id and fingerprint of a reply are kept and told with each piece. `opens`: so are the empty texts
    that a stream begins and ends with.
    """

    system_role: Literal["system", "developer"] = "system"
    output: OutputSupport = OutputSupport()
    strict_tools: bool = True
    can_forbid_tools: bool = True
    takes_tools: bool = True
    echo_details: bool = False
    echo_reasoning: bool = False
    echo_nothing: bool = False
    reasoning_field: str = "reasoning_content"
    flat_text: bool = False
    speaker_names: bool = True
    alternating: bool = False
    short_call_ids: bool = False
    marks_prefix: bool = False
    closed_schemas: bool = False
    usage_unasked: bool = False
    renamed: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    refused: tuple[str, ...] = ()
    reasoning_models: str | None = None
    streaming_thinkers: str | None = None
    thinkers: str | None = None
    serial_models: str | None = None
    think_tags: bool = True
    identified: bool = True
    opens: bool = True


class KeySource(msgspec.Struct, frozen=True):
    """A variable that may hold the key, and the base URL for which keys of this variable are made."""

    variable: str
    base_url: str


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vendor is reached, with which key, and how it speaks.

    `base_urls` are variables that may name another URL, the first one set wins; `version_path` is added to one without
    a path, as vendors' own variables hold the host only, and `sdk_path` to any that names no version, as their SDKs add
    it to what they are given. `default_url` is used when no key decides; names in braces
    stand for options of the model. `regions` are other hosts by name, chosen by an option or by `region_variable`.
    `key_header` carries the key bare, unless it is Authorization. `headers` are sent when one of their variables is
    set. `embeddings`: the vendor offers them. `listing` says who may see the list of models: those
    with a key, anybody, or nobody, as there is none.
    """

    keys: tuple[KeySource, ...] = ()
    key_needed: bool = True
    base_urls: tuple[str, ...] = ()
    default_url: str | None = None
    version_path: str = ""
    sdk_path: str = ""
    regions: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    region_variable: str = ""
    key_header: str = "Authorization"
    headers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict[str, tuple[str, ...]])
    embeddings: bool = False
    listing: Literal["keyed", "public", "none"] = "keyed"
    dialect: Dialect = Dialect()


OPENAI = Site(
    keys=(KeySource("OPENAI_API_KEY", "https://api.openai.com/v1"),),
    base_urls=("OPENAI_ENDPOINT", "OPENAI_BASE_URL", "OPENAI_API_BASE"),
    default_url="https://api.openai.com/v1",
    headers={
        "OpenAI-Organization": ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION"),
        "OpenAI-Project": ("OPENAI_PROJECT_ID",),
    },
    embeddings=True,
    # Recorded: 400 for both limits at once; the models that reason refuse the older one.
    dialect=Dialect(
        system_role="developer",
        reasoning_models=r"(openai/)?(o\d|gpt-[5-9])",
        think_tags=False,
        output=OutputSupport(models=((r"^gpt-3\.5|^gpt-4($|-\d{4}|-turbo|-32k)|^gpt-4o-2024-05-13", "tool"),)),
    ),
)
OPENAI_LIKE = Site(key_needed=False, base_urls=("OPENAI_ENDPOINT", "OPENAI_BASE_URL"))
