"""What a row of the table of vendors says, and the short way to write one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from agnolo.providers.profiles import Dialect, KeySource, Site


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """An option that only this vendor's class has.

    `annotation` is its type as written. `to` says where its value goes: into the body, a header, the query, the braces
    of the URL, or another option. `sent_as` is its name there (dots lead into objects), its own unless said.
    `variable` may hold it when it isn't given; `otherwise` is used when neither is, `{id}` being the model's; as a
    table by the model's id, whose "" stands for all others.
    `values` translates; what is not in it is not sent. `prefix` comes before the value. `called`: the value is a
    function that gives it. `credential`: with it no key is needed.
    """

    name: str
    annotation: str
    default: bool | float | str | None = None
    to: Literal["body", "header", "query", "url", "option"] = "body"
    sent_as: str = ""
    variable: str = ""
    otherwise: str | dict[str, Any] | None = None
    values: dict[Any, Any] | None = None
    prefix: str = ""
    called: bool = False
    credential: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor. `name` and `provider` are what users of the reference know; `options` are defaults of the model.

    `class_name` is the class made from this row, `name` unless said; `default_model` is empty where none can be
    guessed. `speaks` is the dialect. `id_prefixes` are put before model ids that begin so. `refused` are options of the
    reference's class that are not honoured, with the reason.
    """

    site: Site
    name: str
    provider: str
    default_model: str
    class_name: str = ""
    options: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    parameters: tuple[Parameter, ...] = ()
    speaks: Literal["chat", "responses"] = "chat"
    id_prefixes: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    refused: dict[str, str] = msgspec.field(default_factory=dict[str, str])

    @property
    def made_class(self) -> str:
        """The name of the class made from this row."""
        return self.class_name or self.name


def site(
    keys: str,
    url: str,
    *,
    names: str,
    version_path: str = "",
    key_needed: bool = True,
    embeddings: bool = False,
    listing: Literal["keyed", "public", "none"] = "keyed",
    dialect: Dialect | None = None,
) -> Site:
    """A site whose keys, variables separated by spaces, are all good for `url`.

    `names` begin the variables that may hold another URL: NAME_ENDPOINT, then NAME_BASE_URL, then NAME_API_BASE.
    """
    return Site(
        keys=tuple(KeySource(variable, url) for variable in keys.split()),
        key_needed=key_needed,
        base_urls=url_variables(*names.split()),
        default_url=url,
        version_path=version_path,
        embeddings=embeddings,
        listing=listing,
        dialect=dialect or Dialect(),
    )


def url_variables(*names: str) -> tuple[str, ...]:
    """The design's name for the URL of a vendor, the one its SDK or Agno uses, and LiteLLM's."""
    return tuple(f"{name}_{end}" for end in ("ENDPOINT", "BASE_URL", "API_BASE") for name in names)


def thinking(name: str = "use_thinking", *, otherwise: dict[str, Any] | None = None) -> Parameter:
    """The switch of vendors that take `thinking: {type: enabled | disabled}`."""
    return Parameter(
        name=name,
        annotation="bool | None",
        sent_as="thinking.type",
        values={True: "enabled", False: "disabled"},
        otherwise=otherwise,
    )


TOP_K = Parameter(name="top_k", annotation="int | None")
REPETITION = Parameter(name="repetition_penalty", annotation="float | None")
THINKING_BUDGET = Parameter(name="thinking_budget", annotation="int | None")
