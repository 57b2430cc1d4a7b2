"""No test of providers sees the keys and proxies of whoever runs it, or what another test has learned of a host.

Real servers are started once a session.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agnolo.providers.address import variables
from agnolo.providers.anthropic_model import ANTHROPIC
from agnolo.providers.compatible import ROWS
from agnolo.providers.gemini_model import SITE
from agnolo.providers.guard import GUARD
from agnolo.providers.local_weights import pull
from agnolo.providers.ollama_host import OLLAMA
from tests.local.server import LocalServer, local_server


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for site in [*(row.site for row in ROWS.values()), SITE, OLLAMA, ANTHROPIC]:
        for name in variables(site):
            monkeypatch.delenv(name, raising=False)
    for name in (known.variable for row in ROWS.values() for known in row.parameters if known.variable):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    GUARD.forget()


@pytest.fixture(scope="session")
def smollm() -> Iterator[LocalServer]:
    """A server that answers."""
    pull()
    with local_server() as running:
        yield running


@pytest.fixture(scope="session")
def minilm() -> Iterator[LocalServer]:
    """A server that makes vectors."""
    pull()
    with local_server(512, model="minilm") as running:
        yield running
