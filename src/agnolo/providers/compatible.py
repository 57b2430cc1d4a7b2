"""Vendors that speak the OpenAI chat dialect: a row each, with where their keys and URLs are found and their quirks."""

from __future__ import annotations

from typing import Any

import msgspec

from agnolo.providers.profiles import OPENAI, PROMPTED, Dialect, KeySource, OutputSupport, Site


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor. `name` and `provider` are what users of the reference know; `options` are defaults of the model."""

    site: Site
    name: str
    provider: str
    default_model: str
    options: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])


ROWS: dict[str, Row] = {
    "openai": Row(site=OPENAI, name="OpenAIChat", provider="OpenAI", default_model="gpt-5.4-mini"),
    "glm4": Row(
        site=Site(
            keys=(
                KeySource("ZAI_API_KEY", "https://api.z.ai/api/paas/v4"),
                KeySource("ZHIPUAI_API_KEY", "https://open.bigmodel.cn/api/paas/v4"),
                KeySource("BIGMODEL_API_KEY", "https://open.bigmodel.cn/api/paas/v4"),
            ),
            base_urls=("ZAI_BASE_URL", "ZHIPUAI_BASE_URL", "ZAI_API_BASE", "BIGMODEL_API_BASE"),
            default_url="https://api.z.ai/api/paas/v4",
            version_path="/api/paas/v4",
            dialect=Dialect(output=PROMPTED, strict_tools=False, can_forbid_tools=False, echo_reasoning=True),
        ),
        name="GLM",
        provider="GLM",
        default_model="glm-4.7",
    ),
    "openrouter": Row(
        site=Site(
            keys=(KeySource("OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"),),
            base_urls=("OPENROUTER_API_BASE",),
            default_url="https://openrouter.ai/api/v1",
            version_path="/api/v1",
            dialect=Dialect(echo_details=True),
        ),
        name="OpenRouter",
        provider="OpenRouter",
        default_model="gpt-5.4-mini",
        options={"max_tokens": 1024},
    ),
    "siliconflow": Row(
        site=Site(
            keys=(KeySource("SILICONFLOW_API_KEY", "https://api.siliconflow.cn/v1"),),
            base_urls=("SILICONFLOW_BASE_URL",),
            default_url="https://api.siliconflow.cn/v1",
            version_path="/v1",
            dialect=Dialect(output=PROMPTED, strict_tools=False),
        ),
        name="Siliconflow",
        provider="Siliconflow",
        default_model="Qwen/QwQ-32B",
    ),
    "cerebras": Row(
        site=Site(
            keys=(KeySource("CEREBRAS_API_KEY", "https://api.cerebras.ai/v1"),),
            base_urls=("CEREBRAS_BASE_URL", "CEREBRAS_API_BASE"),
            default_url="https://api.cerebras.ai/v1",
            version_path="/v1",
            dialect=Dialect(output=OutputSupport(beside_tools="tool"), strict_tools=False),
        ),
        name="CerebrasOpenAI",
        provider="CerebrasOpenAI",
        default_model="gpt-oss-120b",
    ),
    "modelscope": Row(
        site=Site(
            keys=tuple(
                KeySource(variable, "https://api-inference.modelscope.cn/v1")
                for variable in ("MODELSCOPE_API_KEY", "MODELSCOPE_ACCESS_TOKEN", "MODELSCOPE_SDK_TOKEN")
            ),
            base_urls=("MODELSCOPE_API_BASE",),
            default_url="https://api-inference.modelscope.cn/v1",
            version_path="/v1",
            dialect=Dialect(output=PROMPTED, strict_tools=False, flat_text=True),
        ),
        name="ModelScope",
        provider="ModelScope",
        default_model="deepseek-ai/DeepSeek-V4.1-Flash",
    ),
    "groq": Row(
        site=Site(
            keys=(KeySource("GROQ_API_KEY", "https://api.groq.com/openai/v1"),),
            base_urls=("GROQ_BASE_URL", "GROQ_API_BASE"),
            default_url="https://api.groq.com/openai/v1",
            version_path="/openai/v1",
            dialect=Dialect(
                output=OutputSupport(
                    strategy="prompted",
                    models=((r"gpt-oss|kimi-k2|llama-4", "native"),),
                    beside_tools="tool",
                    streamed="tool",
                    json_mode="without tools",
                ),
                strict_tools=False,
            ),
        ),
        name="Groq",
        provider="Groq",
        default_model="openai/gpt-oss-120b",
    ),
    "ollama": Row(
        site=Site(
            keys=(KeySource("OLLAMA_API_KEY", "https://ollama.com/v1"),),
            key_needed=False,
            base_urls=("OLLAMA_HOST", "OLLAMA_BASE_URL", "OLLAMA_API_BASE"),
            default_url="http://localhost:11434/v1",
            version_path="/v1",
            dialect=Dialect(
                output=OutputSupport(beside_tools="prompted", json_mode="without tools"),
                strict_tools=False,
                can_forbid_tools=False,
            ),
        ),
        name="Ollama",
        provider="Ollama",
        default_model="llama3.1",
    ),
}
"""By provider id, in the order in which a configured one is looked for."""
