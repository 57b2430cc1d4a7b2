"""Other vendors' servers that speak the Responses dialect: classes of the reference with what sets each apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from agnolo.providers import address
from agnolo.providers.address import Address
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_responses_model import OpenResponses
from agnolo.providers.openai_responses_request import Wording
from agnolo.providers.profiles import Site


class OpenRouterResponses(OpenResponses):
    """OpenRouter's Responses. `models` are asked in turn when `id` can't answer."""

    id: str = "openai/gpt-oss-20b"
    name: str = "OpenRouterResponses"
    provider: str = "OpenRouter"
    api_key: str | None = None
    site: Site = ROWS["openrouter"].site
    models: Sequence[str] | None = None

    _reasoning_models: ClassVar[tuple[str, ...]] = ("openai/o3", "openai/o4", "openai/gpt-5", "openai/gpt-6")
    _unsealable: ClassVar[tuple[str, ...]] = ("openai/gpt-5-chat",)

    def _wording(self) -> Wording:
        wording = super()._wording()
        if not self.models:
            return wording
        parameters: dict[str, Any] = {**wording.parameters, "models": list(self.models)}
        return msgspec.structs.replace(wording, parameters=parameters)


class OllamaResponses(OpenResponses):
    """Ollama's Responses: at `host`, else where the environment says, else in the cloud if there is a key."""

    id: str = "gpt-oss:20b"
    name: str = "OllamaResponses"
    provider: str = "Ollama"
    api_key: str | None = None
    site: Site = ROWS["ollama"].site
    host: str | None = None

    def _address(self) -> Address:
        url = self.base_url or self.host
        if url is None and self.api_key and address.configured_url(self.site) is None:
            url = self.site.keys[0].base_url
        return address.find(self.site, owner=self.name, api_key=self.api_key, base_url=url)
