"""How Google's Gemini API is reached: its site, its key, and what is refused as being another service's."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from agnolo.providers import client_params, refusals
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.errors import Vendor
from agnolo.providers.gemini_errors import Judge
from agnolo.providers.profiles import KeySource, Site
from agnolo.providers.wire import Transport

_GOOGLE = "https://generativelanguage.googleapis.com"
HOST = f"{_GOOGLE}/v1"
SITE = Site(
    keys=(KeySource("GOOGLE_API_KEY", HOST), KeySource("GEMINI_API_KEY", HOST)),
    base_urls=("GEMINI_ENDPOINT", "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"),
    default_url=HOST,
    sdk_path="/v1",
    embeddings=True,
)
_VERSION = "GOOGLE_GENAI_API_VERSION"
_BETA_ONLY = re.compile(r"-latest$|-preview\b|-exp\b|-tts\b")
"""Aliases, previews and speech are not served under v1 (release notes of Google's SDKs, November 2026)."""


class GeminiConnection(Connection):
    """The key goes in a header, never in the URL.

    Google itself is asked under v1, as by its own SDKs, or under the version that GOOGLE_GENAI_API_VERSION names;
    for models that v1 has not, under v1beta.
    """

    site: Site = SITE

    _refused: ClassVar[Mapping[str, str]] = {**refusals.EVERYWHERE, **refusals.GEMINI}

    @property
    def _resource(self) -> str:
        """The model with its path."""
        return self.id if self.id.startswith(("models/", "tunedModels/")) else f"models/{self.id}"

    @classmethod
    def _of_sdk(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        return client_params.of_google(cls.__name__, params, host=_GOOGLE)

    def _address(self) -> Address:
        found = super()._address()
        if found.base_url != HOST:
            return found
        return msgspec.structs.replace(found, base_url=f"{_GOOGLE}/{self._version}")

    @property
    def _version(self) -> str:
        said = os.environ.get(_VERSION, "").strip()
        if said:
            return "v1beta" if said == "beta" else said
        return "v1beta" if _BETA_ONLY.search(self.id) else "v1"

    def _wire(self, vendor: Vendor) -> Transport:
        return Judge(self._transport(), vendor)

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        """The key is never in the URL, which gets logged; what the user gives wins."""
        headers = super()._headers(msgspec.structs.replace(found, key=None), stream=stream)
        given = {name.lower() for name in headers}
        if found.key and "x-goog-api-key" not in given:  # a proxy's `site` may need none
            headers["x-goog-api-key"] = found.key
        return headers
