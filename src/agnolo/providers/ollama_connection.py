"""How an Ollama server is reached, and what to do when it can't be."""

from __future__ import annotations

from agnolo.providers import address, ollama_host
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.profiles import Site
from agnolo.providers.wire import Refused
from agnolo.vocabulary.errors import ModelConnectionError, ModelNotFoundError, ModelProviderError


class OllamaConnection(Connection):
    """The server is `host` (or `base_url`), else where the environment says, else the cloud if there is a key."""

    host: str | None = None
    site: Site = ollama_host.OLLAMA

    def _address(self) -> Address:
        key = self.api_key or address.configured_key(self.site)
        host = self.host or self.base_url or address.configured_url(self.site)
        url = ollama_host.base_url(host) if host else ollama_host.CLOUD if key else ollama_host.LOCAL
        return address.find(self.site, owner=self.name, api_key=self.api_key, base_url=url)

    def _advised(self, error: ModelProviderError, found: Address) -> ModelProviderError:
        """The error with what to do about it, if the server is not there or lacks the model; else as it is."""
        refused = isinstance(error.__cause__, Refused)
        missing = isinstance(error, ModelNotFoundError)
        if not missing and not (isinstance(error, ModelConnectionError) and refused):
            return error
        advice = ollama_host.advice(found.base_url, model=self.id.strip(), refused=refused)
        return error if advice is None else error.recast(type(error), f"{error.message}: {advice}")
