"""Where a request goes and with which key: options, then the environment, then the vendor's table row."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from agnolo.providers.profiles import KeySource, Site
from agnolo.vocabulary.errors import ConfigurationError, ModelAuthenticationError


class Address(NamedTuple):
    """A base URL, the key if there is one, and the name under which a user finds that key."""

    base_url: str
    key: str | None
    key_name: str


def configured_key(site: Site) -> KeySource | None:
    """The first variable that holds a key."""
    return next((source for source in site.keys if os.environ.get(source.variable, "").strip()), None)


def configured_url(site: Site) -> str | None:
    """The base URL that the environment names."""
    return next((url for name in site.base_urls if (url := os.environ.get(name, "").strip())), None)


def find(site: Site, *, owner: str, api_key: str | None, base_url: str | None) -> Address:
    """The address to use. Raises ModelAuthenticationError without a needed key, ConfigurationError without a URL."""
    source = configured_key(site) if api_key is None else None
    key = api_key if source is None else os.environ[source.variable].strip()
    if not key and site.key_needed:
        wanted = " or ".join(known.variable for known in site.keys) or "api_key"
        raise ModelAuthenticationError(
            f"{wanted} is not set: set it in the environment or give {owner}(api_key=...)", provider=owner
        )
    if key and not key.isprintable():
        raise ModelAuthenticationError(
            f"the key of {owner} holds a line break or another character that can't be sent: copy it again",
            provider=owner,
        )
    url = base_url or configured_url(site) or (source.base_url if source else site.default_url)
    if url is None:
        raise ConfigurationError(f"{owner} has no base_url: give {owner}(base_url='http://host:port/v1')")
    return Address(_checked(url, site), key or None, source.variable if source else "api_key")


def _checked(url: str, site: Site) -> str:
    """With a scheme and the version path, if the vendor's variables leave them out."""
    if "://" not in url and site.version_path:
        url = f"http://{url}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"base_url {url!r} is no URL: write it like 'https://host/v1'")
    if parts.username or parts.password:
        raise ConfigurationError(
            f"the base_url of host {parts.hostname!r} holds a user name or password: "
            "give api_key or extra_headers instead"
        )
    path = parts.path.rstrip("/") or site.version_path
    # A server's own variable may say where it listens rather than where it is.
    netloc = parts.netloc.replace("0.0.0.0", "127.0.0.1") if parts.hostname == "0.0.0.0" else parts.netloc
    return urlunsplit((parts.scheme, netloc, path, parts.query, ""))


def endpoint(base_url: str, path: str, query: Mapping[str, str]) -> str:
    """The URL of an operation; a query of the base URL is kept."""
    parts = urlsplit(base_url)
    words = "&".join(part for part in (parts.query, urlencode(query)) if part)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path}{path}", words, ""))
