"""Models by name, and what is said of providers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agnolo.ports.model import Model
from agnolo.providers import catalog
from agnolo.providers.catalog import Capabilities, ProviderStatus, first_configured, providers_health, resolve
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_model import OpenAIChat
from agnolo.vocabulary.errors import ConfigurationError

WORKS = Capabilities(chat=True, stream=True, tools=True, structured=True)
EMBEDS = Capabilities(chat=True, stream=True, tools=True, structured=True, embeddings=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("openai-chat:gpt-x", ("OpenAIChat", "OpenAI", "gpt-x")),
        ("openai-chat", ("OpenAIChat", "OpenAI", "gpt-5.4-mini")),
        ("OpenRouter:meta/llama:free", ("OpenRouter", "OpenRouter", "meta/llama:free")),
        ("siliconflow", ("Siliconflow", "Siliconflow", "Qwen/QwQ-32B")),
        ("cerebras:x", ("Cerebras", "Cerebras", "x")),
        ("cerebras-openai:x", ("CerebrasOpenAI", "CerebrasOpenAI", "x")),
        ("groq:openai/gpt-oss-120b", ("Groq", "Groq", "openai/gpt-oss-120b")),
        ("glm4:glm-4.6", ("GLM", "GLM", "glm-4.6")),
        ("modelscope:Qwen/Qwen3-8B", ("ModelScope", "ModelScope", "Qwen/Qwen3-8B")),
        (" ollama : llama3.1 ", ("Ollama", "Ollama", "llama3.1")),
        ("ollama-chat:x", ("Ollama", "Ollama", "x")),
        ("openai:gpt-x", ("OpenAIResponses", "OpenAI", "gpt-x")),
        ("openai-responses", ("OpenAIResponses", "OpenAI", "gpt-5.4-mini")),
        ("gemini:g", ("Gemini", "Google", "g")),
        ("google", ("Gemini", "Google", "gemini-3.7-flash")),
        ("claude", ("Claude", "Anthropic", "claude-sonnet-5-5")),
        ("open-responses:x", ("OpenResponses", "OpenResponses", "x")),
        ("openrouter-responses", ("OpenRouterResponses", "OpenRouter", "openai/gpt-oss-20b")),
        ("ollama-responses", ("OllamaResponses", "Ollama", "gpt-oss:20b")),
        ("deepseek", ("DeepSeek", "DeepSeek", "deepseek-v4-flash")),
        ("azure:my-deployment", ("AzureOpenAI", "Azure", "my-deployment")),
        ("xai-responses:x", ("xAIResponses", "xAI", "x")),
        ("Xiaomi MiMo:x", ("MiMo", "Xiaomi MiMo", "x")),
    ],
)
def test_a_name_is_a_model(text: str, shown: tuple[str, str, str]) -> None:
    model = resolve(text)
    assert isinstance(model, Model)
    assert (model.name, model.provider, model.id) == shown


def test_a_vendors_defaults_are_its_models_options() -> None:
    model = resolve("openrouter:x")
    assert isinstance(model, OpenAIChat)
    assert (model.max_tokens, model.site) == (1024, ROWS["openrouter"].site)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gorq:x",
            r"'gorq:x' names no provider that Agnolo knows \(did you mean 'groq'\?\): it is one of openai, gemini",
        ),
        ("gogle:x", r"did you mean 'google'\?"),
        ("azure-openai", "'azure-openai' has no default model: name one, as in 'azure-openai:model-id'"),
        ("vllm", "'vllm' has no default model"),
        ("aws-bedrock:x", "'aws-bedrock:x' is not offered: Bedrock signs requests"),
        ("ibm:x", "watsonx.ai wants tokens"),
        ("litellm:zai/glm", "use 'litellm-openai:"),
        ("vertexai:x", "use 'anthropic:"),
        ("gpt-4o", "a model of OpenAI is written 'openai:gpt-4o'"),
        ("", "names no provider"),
        (":x", "names no provider"),
    ],
)
def test_a_name_that_is_no_model_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolve(text)


def test_the_local_model_is_reached_by_name() -> None:
    model = resolve("local")
    assert (model.provider, model.id) == ("Local", "smollm2")


def test_nothing_is_configured_in_a_bare_environment() -> None:
    assert first_configured() is None
    *nine, local = providers_health()
    assert [(p.provider, p.status, p.missing) for p in nine] == [
        ("openai", "not-configured", ["OPENAI_API_KEY"]),
        ("gemini", "not-configured", ["GOOGLE_API_KEY"]),
        ("glm4", "not-configured", ["GLM4_API_KEY"]),
        ("openrouter", "not-configured", ["OPENROUTER_API_KEY"]),
        ("siliconflow", "not-configured", ["SILICONFLOW_API_KEY"]),
        ("cerebras", "not-configured", ["CEREBRAS_API_KEY"]),
        ("modelscope", "not-configured", ["MODELSCOPE_API_KEY"]),
        ("groq", "not-configured", ["GROQ_API_KEY"]),
        ("ollama", "not-configured", ["OLLAMA_ENDPOINT"]),
    ]
    assert local.provider == "local"


def test_who_offers_no_embeddings_says_so() -> None:
    offered = {p.provider: (p.capabilities, p.not_offered) for p in providers_health()[:-1]}
    without = {"cerebras", "modelscope", "groq"}
    assert offered == {name: (WORKS, ["embeddings"]) if name in without else (EMBEDS, []) for name in offered}


def test_the_first_provider_with_a_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "k")
    monkeypatch.setenv("ZHIPUAI_API_KEY", "k")
    model = first_configured()
    assert model is not None
    assert (model.provider, model.id) == ("GLM", "glm-4.7")
    ready = [p for p in providers_health() if p.status == "ready" and p.provider != "local"]
    assert ready == [
        ProviderStatus(provider="glm4", status="ready", capabilities=EMBEDS, missing=[], default_model="glm-4.7"),
        ProviderStatus(
            provider="groq",
            status="ready",
            capabilities=WORKS,
            missing=[],
            default_model="openai/gpt-oss-120b",
            not_offered=["embeddings"],
        ),
    ]


def test_an_agent_that_names_no_model_gets_the_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    model = first_configured()
    assert (type(model).__name__, model and model.id) == ("OpenAIResponses", "gpt-5.4")


@pytest.mark.parametrize("name", ["OLLAMA_HOST", "OLLAMA_API_KEY"])
def test_ollama_counts_when_it_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "box")
    model = first_configured()
    assert model is not None
    assert model.provider == "Ollama"


@pytest.mark.parametrize(
    ("installed", "pulled", "status"),
    [(True, True, "ready"), (True, False, "missing_weights"), (False, True, "missing_extra")],
)
def test_the_local_model_needs_its_extra_and_its_weights(
    installed: bool, pulled: bool, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agnolo.providers import local_pins

    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(catalog, "find_spec", lambda name: object() if installed and name == "xllamacpp" else None)
    if pulled:
        local_pins.weights_dir().mkdir(parents=True)
        for pin in local_pins.PINS.values():
            with (local_pins.weights_dir() / pin.file).open("wb") as file:
                file.truncate(pin.size)
    assert providers_health()[-1].status == status


PROBE = """
import sys, agnolo.providers.catalog
print([name for name in sys.modules if "agnolo.providers" in name or name in ("asyncio", "aiohttp")])
"""


def test_the_catalogue_loads_no_provider() -> None:
    here = {"PYTHONPATH": "src"}
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, env=here)
    assert done.stdout.strip() == "['agnolo.providers', 'agnolo.providers.catalog']"
