"""Where a request goes and with which key: options, then the environment, then the vendor's table row.

The order of URLs: `base_url`, `region`, the variables of the URL, the variable of the region, the place for which the
variable of the key makes keys, the vendor's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from agnolo.providers.profiles import KeySource, Site
from agnolo.vocabulary.errors import ConfigurationError, ModelAuthenticationError

_VERSIONED = re.compile(r"/v\d\w*$")


class Address(msgspec.Struct, frozen=True):
    """A base URL, the key if there is one, and the name under which a user finds that key."""

    base_url: str
    key: str | None
    key_name: str


def configured_key(site: Site) -> KeySource | None:
    """The first variable that holds a key."""
    return next((source for source in site.keys if os.environ.get(source.variable, "").strip()), None)


def configured_url(site: Site) -> str | None:
    """The base URL that the environment names."""
    return _first_set(site.base_urls)


def usual_host(site: Site) -> str:
    """The host that is asked when no option names another; "" when there is none."""
    source = configured_key(site)
    region = site.regions.get(configured_region(site) or "")
    url = configured_url(site) or region or (source.base_url if source else None) or site.default_url or ""
    return urlsplit(url if "://" in url else f"http://{url}").netloc


def configured_headers(site: Site) -> dict[str, str]:
    """The headers whose values are in the environment."""
    return {name: value for name, variables in site.headers.items() if (value := _first_set(variables)) is not None}


def _first_set(variables: Iterable[str]) -> str | None:
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), None)


def variables(site: Site) -> tuple[str, ...]:
    """Every variable that a site reads, in order: of the key, the URL, the region, headers."""
    region = (site.region_variable,) if site.region_variable else ()
    headers = (name for names in site.headers.values() for name in names)
    return (*(source.variable for source in site.keys), *site.base_urls, *region, *headers)


def configured_region(site: Site) -> str | None:
    """The region that the environment names."""
    return _first_set((site.region_variable,))


def _in_region(site: Site, region: str | None) -> str | None:
    if region is None:
        return None
    url = site.regions.get(region)
    if url is None:
        known = ", ".join(map(repr, site.regions)) or "none"
        raise ConfigurationError(f"region {region!r} is not one of this vendor's: {known}")
    return url


def find(site: Site, *, owner: str, api_key: str | None, base_url: str | None, region: str | None = None) -> Address:
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
    url = base_url or _in_region(site, region) or configured_url(site) or _in_region(site, configured_region(site))
    url = url or (source.base_url if source else site.default_url)
    if url is None:
        raise ConfigurationError(f"{owner} has no base_url: give {owner}(base_url='http://host:port/v1')")
    return Address(_checked(url, site), key or None, source.variable if source else "api_key")


def _checked(url: str, site: Site) -> str:
    """With a scheme and the version path, if they are left out. Only a vendor's own host is known to want the path
    where its client's variables don't leave it out, or its SDK adds it to whatever it is given.
    """
    if "://" not in url and (site.version_path or site.sdk_path):
        url = f"http://{url}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"base_url {url!r} is no URL: write it like 'https://host/v1'")
    if parts.username or parts.password:
        raise ConfigurationError(
            f"the base_url of host {parts.hostname!r} holds a user name or password: "
            "give api_key or extra_headers instead"
        )
    path = parts.path.rstrip("/") or site.version_path or site.sdk_path or _own_path(parts.hostname, site)
    if site.sdk_path and not _VERSIONED.search(path):
        path += site.sdk_path
    # A server's own variable may say where it listens rather than where it is.
    netloc = parts.netloc.replace("0.0.0.0", "127.0.0.1") if parts.hostname == "0.0.0.0" else parts.netloc
    return urlunsplit((parts.scheme, netloc, path, parts.query, ""))


def _own_path(host: str, site: Site) -> str:
    own = urlsplit(site.default_url or "")
    return own.path if own.hostname == host else ""


def is_here(url: str) -> bool:
    """Whether this is a server on this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def endpoint(base_url: str, path: str, query: Mapping[str, str]) -> str:
    """The URL of an operation; a query of the base URL is kept."""
    parts = urlsplit(base_url)
    words = "&".join(part for part in (parts.query, urlencode(query)) if part)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path}{path}", words, ""))
