"""Rows of vendors that run other people's models, and of servers on one's own machine. As in Agno 3.1."""

from __future__ import annotations

import msgspec

from agnolo.providers.profiles import OPENAI, Dialect
from agnolo.providers.row import TOP_K, Parameter, Row, site
from agnolo.providers.rows_labs import JSON_MODE

_ON_AZURE = (
    Parameter(name="azure_endpoint", annotation="str | None", to="url", variable="AZURE_OPENAI_ENDPOINT"),
    Parameter(
        name="azure_ad_token", annotation="str | None", to="header", sent_as="Authorization",
        variable="AZURE_OPENAI_AD_TOKEN", prefix="Bearer ", credential=True,
    ),
    Parameter(
        name="azure_ad_token_provider", annotation="Callable[[], str] | None", to="header", sent_as="Authorization",
        prefix="Bearer ", called=True, credential=True,
    ),
)  # fmt: skip
_AZURE = msgspec.structs.replace(
    site("AZURE_OPENAI_API_KEY", "{azure_endpoint}/openai/deployments/{azure_deployment}", names=""),
    base_urls=(),
    key_header="api-key",
    dialect=Dialect(reasoning_models=OPENAI.dialect.reasoning_models),  # of deployments named after their model
)

_HOSTED: dict[str, Row] = {
    "together": Row(
        site=site("TOGETHER_API_KEY", "https://api.together.xyz/v1", names="TOGETHER", version_path="/v1"),
        name="Together",
        provider="Together",
        default_model="MiniMaxAI/MiniMax-M2.7",
    ),
    "fireworks": Row(
        site=site(
            "FIREWORKS_API_KEY",
            "https://api.fireworks.ai/inference/v1",
            names="FIREWORKS",
            version_path="/inference/v1",
        ),
        name="Fireworks",
        provider="Fireworks",
        default_model="accounts/fireworks/models/gpt-oss-120b",
    ),
    "deepinfra": Row(
        site=site(
            "DEEPINFRA_API_KEY",
            "https://api.deepinfra.com/v1/openai",
            names="DEEPINFRA",
            version_path="/v1/openai",
            dialect=JSON_MODE,
        ),
        name="DeepInfra",
        provider="DeepInfra",
        default_model="meta-llama/Llama-2-70b-chat-hf",
    ),
    "sambanova": Row(
        site=site(
            "SAMBANOVA_API_KEY",
            "https://api.sambanova.ai/v1",
            names="SAMBANOVA",
            version_path="/v1",
            dialect=JSON_MODE,
        ),
        name="Sambanova",
        provider="Sambanova",
        default_model="Meta-Llama-3.1-8B-Instruct",
    ),
    "nvidia": Row(
        site=site(
            "NVIDIA_API_KEY NVIDIA_NIM_API_KEY",
            "https://integrate.api.nvidia.com/v1",
            names="NVIDIA NVIDIA_NIM",
            version_path="/v1",
            dialect=JSON_MODE,
        ),
        name="Nvidia",
        provider="Nvidia",
        default_model="meta/llama-3.3-70b-instruct",
    ),
    "nebius": Row(
        site=site("NEBIUS_API_KEY", "https://api.tokenfactory.nebius.com/v1", names="NEBIUS", version_path="/v1"),
        name="Nebius",
        provider="Nebius",
        default_model="openai/gpt-oss-20b",
    ),
    "flexai": Row(
        site=site("FLEXAI_API_KEY", "https://api.flex.ai/v1", names="FLEXAI", version_path="/v1"),
        name="FlexAI",
        provider="FlexAI",
        default_model="DeepSeek-V4-Flash-0731",
    ),
    "heabsy": Row(
        site=site("HEABSY_API_KEY", "https://api.heabsy.com/v1", names="HEABSY", version_path="/v1"),
        name="Heabsy",
        provider="Heabsy",
        default_model="qwen38",
    ),
    "huggingface": Row(
        # huggingface.co/changelog/inference-providers-openai-compatible; Agno goes there by the vendor's client.
        site=site(
            "HF_TOKEN HUGGINGFACE_API_KEY",
            "https://router.huggingface.co/v1",
            names="HUGGINGFACE",
            version_path="/v1",
            dialect=JSON_MODE,
        ),
        name="HuggingFace",
        provider="HuggingFace",
        default_model="meta-llama/Meta-Llama-3-8B-Instruct",
    ),
    "azure-openai": Row(
        # The deployment is part of the path; a base_url is taken whole.
        site=_AZURE,
        name="AzureOpenAI",
        provider="Azure",
        default_model="",
        parameters=(
            Parameter(
                name="api_version", annotation="str | None", default="2024-10-21", to="query", sent_as="api-version"
            ),
            Parameter(
                name="azure_deployment",
                annotation="str | None",
                to="url",
                variable="AZURE_OPENAI_DEPLOYMENT",
                otherwise="{id}",
            ),
            *_ON_AZURE,
        ),
    ),
    "azure-openai-responses": Row(
        site=msgspec.structs.replace(_AZURE, default_url="{azure_endpoint}/openai"),
        name="AzureOpenAIResponses",
        provider="Azure",
        default_model="",
        speaks="responses",
        parameters=(
            Parameter(
                name="api_version", annotation="str | None", to="query", sent_as="api-version",
                variable="OPENAI_API_VERSION", otherwise="2025-04-01-preview",
            ),
            *_ON_AZURE,
        ),
    ),
}  # fmt: skip

_OWN: dict[str, Row] = {
    "vllm": Row(
        # Agno wants a key; most servers have none.
        site=site("VLLM_API_KEY", "http://localhost:8000/v1", names="VLLM", version_path="/v1", key_needed=False),
        name="VLLM",
        provider="VLLM",
        default_model="not-set",
        options={"temperature": 0.7, "top_p": 0.8, "presence_penalty": 1.5},
        parameters=(
            TOP_K,
            Parameter(
                name="enable_thinking", annotation="bool | None", sent_as="chat_template_kwargs.enable_thinking"
            ),
        ),
    ),
    "lmstudio": Row(
        site=site(
            "LMSTUDIO_API_KEY", "http://127.0.0.1:1234/v1", names="LMSTUDIO", version_path="/v1", key_needed=False
        ),
        name="LMStudio",
        provider="LMStudio",
        default_model="qwen2.5-7b-instruct-1m",
    ),
    "llama-cpp": Row(
        site=site(
            "LLAMA_CPP_API_KEY", "http://127.0.0.1:8080/v1", names="LLAMA_CPP", version_path="/v1", key_needed=False
        ),
        name="LlamaCpp",
        provider="LlamaCpp",
        default_model="ggml-org/gpt-oss-20b-GGUF",
    ),
    "llmman": Row(
        site=site(
            "LLMMAN_API_KEY", "http://127.0.0.1:17434/v1", names="LLMMAN", version_path="/v1", key_needed=False,
            dialect=Dialect(strict_tools=False),
        ),
        name="Llmman",
        provider="Llmman",
        default_model="qwen3:0.6b-q4_K_M",
    ),
}  # fmt: skip

HOSTS: dict[str, Row] = {**_HOSTED, **_OWN}
