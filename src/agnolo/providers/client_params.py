"""Options of the vendors' SDKs, as the reference hands them on in `client_params`, read as options of our models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agnolo.vocabulary.guards import is_object

STAINLESS = {
    name: name
    for name in ("api_key", "auth_token", "base_url", "organization", "timeout", "max_retries", "default_headers",
                 "default_query", "host")
} | {"headers": "default_headers"}  # fmt: skip
"""What most SDKs call what we have; the last are Ollama's."""
GOOGLE = {"api_key": "api_key"}
GOOGLE_HTTP = {"base_url": "base_url", "headers": "default_headers", "timeout": "timeout"}


def renamed(owner: str, params: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The options that say the same. Raises TypeError for what none of ours says."""
    options = dict[str, Any]()
    for name, value in params.items():
        if name not in names:
            raise TypeError(
                f"{owner}(client_params=...) can't take {name!r}: no vendor's SDK is used; "
                "give base_url, extra_headers, timeout or transport"
            )
        options[names[name]] = value
    return options


def of_google(owner: str, params: Mapping[str, Any], *, host: str) -> dict[str, Any]:
    """The same for Google's SDK, where `http_options` say the base URL, the version and a timeout in milliseconds."""
    rest = dict(params)
    given: Any = rest.pop("http_options", None) or {}
    http: dict[str, Any] = {**given} if is_object(given) else given.model_dump(exclude_none=True)
    version = http.pop("api_version", None)
    options = renamed(owner, rest, GOOGLE) | renamed(owner, http, GOOGLE_HTTP)
    if version:
        options["base_url"] = f"{str(options.get('base_url', host)).rstrip('/')}/{version}"
    if "timeout" in options:
        options["timeout"] /= 1000
    return options
