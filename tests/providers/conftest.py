"""No test of providers sees the keys and proxies of whoever runs it, or what another test has learned of a host."""

from __future__ import annotations

import pytest

from agnolo.providers.address import variables
from agnolo.providers.anthropic_model import ANTHROPIC
from agnolo.providers.compatible import ROWS
from agnolo.providers.gemini_model import SITE
from agnolo.providers.guard import GUARD
from agnolo.providers.ollama_host import OLLAMA


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
