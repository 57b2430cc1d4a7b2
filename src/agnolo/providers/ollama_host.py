"""Where an Ollama server is: the forms in which people and its own variable name a host."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from agnolo.providers.profiles import KeySource, Site
from agnolo.vocabulary.errors import ConfigurationError

PORT = 11434
CLOUD = "https://ollama.com"
LOCAL = f"http://127.0.0.1:{PORT}"

OLLAMA = Site(
    keys=(KeySource("OLLAMA_API_KEY", CLOUD),),
    key_needed=False,
    base_urls=("OLLAMA_ENDPOINT", "OLLAMA_HOST", "OLLAMA_BASE_URL", "OLLAMA_API_BASE"),
    default_url=LOCAL,
    embeddings=True,
)


def base_url(host: str) -> str:
    """The URL of a host such as "gpu-box", ":5000" or "http://10.0.0.5:80/ollama"; the path of an API is taken off.

    A bare host means Ollama's port, a URL its scheme's. Raises ConfigurationError.
    """
    bare = "://" not in host
    parts = urlsplit(f"http://{host}" if bare else host)
    try:
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(
            f"the port of Ollama host {host!r} is no number: write it like 'host:11434'"
        ) from error
    netloc = parts.netloc
    if not parts.hostname:
        netloc = f"127.0.0.1:{port or PORT}"
    elif bare and port is None:
        netloc = f"{netloc.rstrip(':')}:{PORT}"
    path = parts.path.rstrip("/").removesuffix("/v1").removesuffix("/api")
    return urlunsplit((parts.scheme, netloc, path, parts.query, ""))


def advice(url: str, *, model: str, refused: bool) -> str | None:
    """What to do when this server can't be reached, or else does not have the model; None for the cloud."""
    host = urlsplit(url).hostname or ""
    if host == "ollama.com":
        return None
    if not refused:
        return f"fetch it with 'ollama pull {model}'"
    if host in ("localhost", "127.0.0.1", "::1"):
        return "start it with 'ollama serve', or name the host where it runs in OLLAMA_HOST"
    return "check that Ollama runs there, and the host in OLLAMA_HOST"
