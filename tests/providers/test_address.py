"""Where requests go and with which key."""

from __future__ import annotations

import pytest

from agnolo.providers.address import Address, endpoint, find, is_here
from agnolo.providers.compatible import ROWS
from agnolo.providers.profiles import OPENAI_LIKE
from agnolo.vocabulary.errors import ConfigurationError, ModelAuthenticationError


def found(provider: str, *, api_key: str | None = None, base_url: str | None = None) -> Address:
    row = ROWS[provider]
    return find(row.site, owner=row.name, api_key=api_key, base_url=base_url)


@pytest.mark.parametrize(
    ("provider", "environment", "expected"),
    [
        ("openai", {"OPENAI_API_KEY": "k"}, Address("https://api.openai.com/v1", "k", "OPENAI_API_KEY")),
        ("openai", {"OPENAI_API_KEY": " k\n"}, Address("https://api.openai.com/v1", "k", "OPENAI_API_KEY")),
        ("openai", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h/v1/"},
         Address("http://h/v1", "k", "OPENAI_API_KEY")),
        ("groq", {"GROQ_API_KEY": "k", "GROQ_BASE_URL": "https://h"},
         Address("https://h/openai/v1", "k", "GROQ_API_KEY")),
        ("groq", {"GROQ_API_KEY": "k", "GROQ_API_BASE": "https://h/x"}, Address("https://h/x", "k", "GROQ_API_KEY")),
        ("cerebras", {"CEREBRAS_API_KEY": "k"}, Address("https://api.cerebras.ai/v1", "k", "CEREBRAS_API_KEY")),
        ("groq", {"GROQ_API_KEY": "k", "GROQ_ENDPOINT": "https://api.groq.com", "GROQ_BASE_URL": "https://other"},
         Address("https://api.groq.com/openai/v1", "k", "GROQ_API_KEY")),
        ("groq", {"GROQ_API_KEY": "k", "GROQ_ENDPOINT": "https://api.groq.com/openai/v1"},
         Address("https://api.groq.com/openai/v1", "k", "GROQ_API_KEY")),
        ("openai", {"OPENAI_API_KEY": "k", "OPENAI_ENDPOINT": "https://api.openai.com/"},
         Address("https://api.openai.com/v1", "k", "OPENAI_API_KEY")),
        ("openai", {"OPENAI_API_KEY": "k", "OPENAI_ENDPOINT": "https://proxy.example"},
         Address("https://proxy.example", "k", "OPENAI_API_KEY")),
        ("deepseek", {"DEEPSEEK_API_KEY": "k"}, Address("https://api.deepseek.com", "k", "DEEPSEEK_API_KEY")),
        ("vllm", {}, Address("http://localhost:8000/v1", None, "api_key")),
        ("glm4", {"GLM4_API_KEY": "k", "ZHIPUAI_API_KEY": "other"},
         Address("https://api.z.ai/api/paas/v4", "k", "GLM4_API_KEY")),
        ("glm4", {"GLM4_API_KEY": "k", "GLM4_ENDPOINT": "https://open.bigmodel.cn"},
         Address("https://open.bigmodel.cn/api/paas/v4", "k", "GLM4_API_KEY")),
        ("glm4", {"GLM4_API_KEY": "k", "GLM4_REGION": "coding"},
         Address("https://api.z.ai/api/coding/paas/v4", "k", "GLM4_API_KEY")),
        ("glm4", {"GLM4_API_KEY": "k", "GLM4_REGION": "coding", "GLM4_ENDPOINT": "http://own/v4"},
         Address("http://own/v4", "k", "GLM4_API_KEY")),
        ("siliconflow", {"SILICONFLOW_API_KEY": "k", "SILICONFLOW_REGION": "com"},
         Address("https://api.siliconflow.com/v1", "k", "SILICONFLOW_API_KEY")),
        ("modelscope", {"MODELSCOPE_API_KEY": "k", "MODELSCOPE_REGION": "ai"},
         Address("https://api-inference.modelscope.ai/v1", "k", "MODELSCOPE_API_KEY")),
        ("glm4", {"ZAI_API_KEY": "k"}, Address("https://api.z.ai/api/paas/v4", "k", "ZAI_API_KEY")),
        ("glm4", {"ZHIPUAI_API_KEY": "k"}, Address("https://open.bigmodel.cn/api/paas/v4", "k", "ZHIPUAI_API_KEY")),
        ("glm4", {"ZAI_API_KEY": " ", "BIGMODEL_API_KEY": "k"},
         Address("https://open.bigmodel.cn/api/paas/v4", "k", "BIGMODEL_API_KEY")),
        ("modelscope", {"MODELSCOPE_SDK_TOKEN": "k"},
         Address("https://api-inference.modelscope.cn/v1", "k", "MODELSCOPE_SDK_TOKEN")),
        ("ollama", {}, Address("http://localhost:11434/v1", None, "api_key")),
        ("ollama", {"OLLAMA_HOST": "box:11434"}, Address("http://box:11434/v1", None, "api_key")),
        ("ollama", {"OLLAMA_HOST": "0.0.0.0"}, Address("http://127.0.0.1/v1", None, "api_key")),
        ("ollama", {"OLLAMA_HOST": "http://0.0.0.0:11434"}, Address("http://127.0.0.1:11434/v1", None, "api_key")),
        ("ollama", {"OLLAMA_API_KEY": "k"}, Address("https://ollama.com/v1", "k", "OLLAMA_API_KEY")),
    ],
)  # fmt: skip
def test_the_environment_says_where_and_with_which_key(
    provider: str, environment: dict[str, str], expected: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert found(provider) == expected


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "env")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://env/v1")
    assert found("openai", api_key="own", base_url="http://own/v1") == Address("http://own/v1", "own", "api_key")


@pytest.mark.parametrize("api_key", [None, ""])
def test_a_missing_key_names_its_variables(api_key: str | None) -> None:
    with pytest.raises(ModelAuthenticationError, match=r"OPENAI_API_KEY is not set: .* OpenAIChat\(api_key=") as raised:
        found("openai", api_key=api_key)
    assert raised.value.status_code == 401
    with pytest.raises(
        ModelAuthenticationError, match="GLM4_API_KEY or ZAI_API_KEY or ZHIPUAI_API_KEY or BIGMODEL_API_KEY"
    ):
        found("glm4", api_key=api_key)


def test_a_key_that_can_not_be_sent_is_refused_and_not_shown() -> None:
    with pytest.raises(ModelAuthenticationError, match="holds a line break") as raised:
        found("openai", api_key="hidden\nhidden")
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("url", ["localhost:8080/v1", "ftp://h/v1", "https:///v1", "h"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no URL: write it like 'https://host/v1'"):
        found("openai", api_key="k", base_url=url)


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="'h' holds a user name or password") as raised:
        found("openai", api_key="k", base_url="https://ada:lovelace@h/v1")
    assert "lovelace" not in str(raised.value)


def test_a_compatible_server_needs_a_url() -> None:
    with pytest.raises(ConfigurationError, match=r"OpenAILike has no base_url: give OpenAILike\(base_url="):
        find(OPENAI_LIKE, owner="OpenAILike", api_key="k", base_url=None)


def test_a_region_is_chosen_by_option_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLM4_ENDPOINT", "http://own/v4")
    site = ROWS["glm4"].site
    found_there = find(site, owner="GLM", api_key="k", base_url=None, region="coding-mainland")
    assert found_there.base_url == "https://open.bigmodel.cn/api/coding/paas/v4"
    with pytest.raises(ConfigurationError, match=r"region 'moon' is not one .*: 'international', 'mainland'"):
        find(site, owner="GLM", api_key="k", base_url=None, region="moon")
    with pytest.raises(ConfigurationError, match=r"region 'cn' is not one .*: none"):
        find(ROWS["groq"].site, owner="Groq", api_key="k", base_url=None, region="cn")


def test_a_query_of_the_base_url_is_kept() -> None:
    assert endpoint("http://h/v1?a=1", "/chat/completions", {"b": "2 3"}) == "http://h/v1/chat/completions?a=1&b=2+3"
    assert endpoint("http://h/v1", "/chat/completions", {}) == "http://h/v1/chat/completions"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:11434", True),
        ("http://127.0.0.1:8080/v1", True),
        ("http://127.8.0.1/v1", True),
        ("http://[::1]:1/v1", True),
        ("http://127.example.com/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_a_server_on_this_machine_is_known_as_such(url: str, here: bool) -> None:
    assert is_here(url) is here
