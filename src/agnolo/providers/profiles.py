"""Facts about vendors that speak the OpenAI dialect: data only. A new vendor is a new value, not a branch."""

from __future__ import annotations

from typing import Literal

import msgspec


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """Where vendors differ in what they accept.

    `strict_tools`: tools are sent strict beside a strict output schema. `can_forbid_tools`: `tool_choice: none` is
    understood; otherwise tools are left out to the same effect. `echo_details` and `echo_reasoning`: earlier reasoning
    is sent back in `reasoning_details` or `reasoning_content`. `flat_text`: no lists of nothing but text parts.
    """

    system_role: Literal["system", "developer"] = "system"
    native_output: bool = True
    strict_tools: bool = True
    can_forbid_tools: bool = True
    echo_details: bool = False
    echo_reasoning: bool = False
    flat_text: bool = False


class KeySource(msgspec.Struct, frozen=True):
    """A variable that may hold the key, and the base URL for which keys of this variable are made."""

    variable: str
    base_url: str


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where a vendor is reached, with which key, and how it speaks.

    `base_urls` are variables that may name another URL, the first one set wins; `version_path` is added to one without
    a path, as vendors' own variables hold the host only. `default_url` is used when no key decides.
    """

    keys: tuple[KeySource, ...] = ()
    key_needed: bool = True
    base_urls: tuple[str, ...] = ()
    default_url: str | None = None
    version_path: str = ""
    organization: str | None = None
    dialect: Dialect = Dialect()


OPENAI = Site(
    keys=(KeySource("OPENAI_API_KEY", "https://api.openai.com/v1"),),
    base_urls=("OPENAI_BASE_URL",),
    default_url="https://api.openai.com/v1",
    organization="OPENAI_ORG_ID",
    dialect=Dialect(system_role="developer"),
)
OPENAI_LIKE = Site(key_needed=False, base_urls=("OPENAI_BASE_URL",))
