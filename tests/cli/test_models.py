"""`agnolo models`: lists of configured providers, and what the others lack."""

import re

import pytest

from agnolo.providers.catalog import providers_health
from tests.cli.conftest import Agnolo
from tests.providers.loopback import background, sized

MODELS = {
    "data": [
        {"id": "gpt-x", "created": 1767225600, "context_window": 128000, "input_modalities": ["text", "image"]},
        {"id": "gpt-y"},
    ]
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in providers_health():
        for variable in provider.missing:
            monkeypatch.delenv(variable, raising=False)


def test_the_models_of_one_provider_are_listed(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key-for-a-test")
    with background(lambda _: sized(MODELS)) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        ran = agnolo("models", "openai")
    assert ran.code == 0
    assert [re.split(r"  +", line) for line in ran.out.splitlines()] == [
        ["provider", "model", "context", "takes", "gives", "created"],
        ["openai", "gpt-x", "128,000", "text, image", "-", "2026-01-01"],
        ["openai", "gpt-y", "-", "-", "-", "-"],
    ]


def test_providers_that_are_not_configured_are_named_with_their_variable(
    agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "key-for-a-test")
    monkeypatch.setenv("ZAI_API_KEY", "key-for-a-test")
    with background(lambda _: sized({"error": {"message": "gone"}}, "400 Bad Request")) as url:
        monkeypatch.setenv("GROQ_BASE_URL", url)
        ran = agnolo("models")
    assert ran.code == 0
    assert re.search(r"^local +smollm2 +8,192", ran.out, re.M)
    assert re.search(r"^openai +not configured: set OPENAI_API_KEY$", ran.out, re.M)
    assert re.search(r"^ollama +not configured: set OLLAMA_ENDPOINT$", ran.out, re.M)
    assert re.search(r"^glm4 +GLM has no list of its models", ran.out, re.M)
    assert re.search(r"^groq +Groq answered 400 .*gone", ran.out, re.M)


def test_asking_a_provider_without_a_key_is_an_error_with_the_fix(agnolo: Agnolo) -> None:
    ran = agnolo("models", "cerebras")
    assert (ran.code, ran.out) == (1, "")
    assert "CEREBRAS_API_KEY is not set" in ran.err


def test_only_trouble_is_a_table_too(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agnolo.cli.models.catalog.providers_health", lambda: providers_health()[:1])
    assert agnolo("models").out.splitlines()[1].split() == ["openai", "not", "configured:", "set", "OPENAI_API_KEY"]
