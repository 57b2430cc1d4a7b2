"""Rows of the vendors of the provider matrix. Facts are from their documentation and from recorded traffic."""

from __future__ import annotations

import msgspec

from agnolo.providers import ollama_host
from agnolo.providers.profiles import OPENAI, PROMPTED, Dialect, KeySource, OutputSupport, Site
from agnolo.providers.row import REPETITION, THINKING_BUDGET, TOP_K, Parameter, Row, site

_INTERNATIONAL = "https://api.z.ai/api/paas/v4"
_MAINLAND = "https://open.bigmodel.cn/api/paas/v4"

GLM4 = Site(
    keys=(
        KeySource("GLM4_API_KEY", _INTERNATIONAL),
        KeySource("ZAI_API_KEY", _INTERNATIONAL),
        KeySource("ZHIPUAI_API_KEY", _MAINLAND),
        KeySource("BIGMODEL_API_KEY", _MAINLAND),
    ),
    base_urls=("GLM4_ENDPOINT", "ZAI_BASE_URL", "ZHIPUAI_BASE_URL", "ZAI_API_BASE", "BIGMODEL_API_BASE"),
    default_url=_INTERNATIONAL,
    version_path="/api/paas/v4",
    regions={
        "international": _INTERNATIONAL,
        "mainland": _MAINLAND,
        "coding": "https://api.z.ai/api/coding/paas/v4",
        "coding-mainland": "https://open.bigmodel.cn/api/coding/paas/v4",
    },
    region_variable="GLM4_REGION",
    embeddings=True,
    listing="none",
    # z.ai documents json_object only and max_tokens only; a forced tool_choice is accepted (recorded) but is "auto".
    dialect=Dialect(
        output=PROMPTED,
        strict_tools=False,
        can_forbid_tools=False,
        echo_reasoning=True,
        speaker_names=False,
        renamed={"max_completion_tokens": "max_tokens"},
    ),
)

_SILICONFLOW = {"cn": "https://api.siliconflow.cn/v1", "com": "https://api.siliconflow.com/v1"}
SILICONFLOW = msgspec.structs.replace(
    site("SILICONFLOW_API_KEY", _SILICONFLOW["cn"], names="SILICONFLOW", version_path="/v1", embeddings=True,
         dialect=Dialect(output=PROMPTED, strict_tools=False, echo_reasoning=True)),
    regions=_SILICONFLOW,
    region_variable="SILICONFLOW_REGION",
)  # fmt: skip

_MODELSCOPE = {
    "cn": "https://api-inference.modelscope.cn/v1",
    "ai": "https://api-inference.modelscope.ai/v1",
}
MODELSCOPE = msgspec.structs.replace(
    site(
        "MODELSCOPE_API_KEY MODELSCOPE_ACCESS_TOKEN MODELSCOPE_SDK_TOKEN",
        _MODELSCOPE["cn"],
        names="MODELSCOPE",
        version_path="/v1",
        # Reported: choices null for json_schema; Qwen3 thinks only in streams, and a hybrid must be told to stop.
        dialect=Dialect(
            output=PROMPTED,
            strict_tools=False,
            flat_text=True,
            streaming_thinkers=r".*(Qwen3-.*-Thinking|QwQ-)",
            thinkers=r".*Qwen3-[\d.]+B(-A[\d.]+B)?$",
        ),
    ),
    regions=_MODELSCOPE,
    region_variable="MODELSCOPE_REGION",
)

CEREBRAS = site(
    "CEREBRAS_API_KEY",
    "https://api.cerebras.ai/v1",
    names="CEREBRAS",
    version_path="/v1",
    # Documented: 400 for penalties and logit_bias; strict schemas have additionalProperties false everywhere;
    # llama-4-scout takes tools only with parallel_tool_calls false.
    dialect=Dialect(
        output=OutputSupport(beside_tools="tool"),
        strict_tools=False,
        closed_schemas=True,
        serial_models=r"llama-4-scout",
        refused=("frequency_penalty", "presence_penalty", "logit_bias"),
        identified=False,
        opens=False,
    ),
)
OPENROUTER = site(
    "OPENROUTER_API_KEY",
    "https://openrouter.ai/api/v1",
    names="OPENROUTER",
    version_path="/api/v1",
    embeddings=True,
    listing="public",
    dialect=Dialect(echo_details=True),
)
GROQ = site(
    "GROQ_API_KEY",
    "https://api.groq.com/openai/v1",
    names="GROQ",
    version_path="/openai/v1",
    # console.groq.com/docs/openai: 400 for these and for names of messages; some models only know json_schema.
    # Recorded: a stream ends with x_groq.usage, asked for or not.
    dialect=Dialect(
        usage_unasked=True,
        output=OutputSupport(
            strategy="prompted",
            models=((r"gpt-oss|kimi-k2|llama-4", "native"),),
            beside_tools="tool",
            streamed="tool",
            json_mode="without tools",
        ),
        strict_tools=False,
        speaker_names=False,
        refused=("logprobs", "logit_bias", "top_logprobs"),
        identified=False,
    ),
)
OLLAMA = Site(
    keys=(KeySource("OLLAMA_API_KEY", f"{ollama_host.CLOUD}/v1"),),
    key_needed=False,
    base_urls=ollama_host.OLLAMA.base_urls,
    default_url="http://localhost:11434/v1",
    version_path="/v1",
    embeddings=True,
    dialect=Dialect(
        output=OutputSupport(beside_tools="prompted", json_mode="without tools"),
        strict_tools=False,
        can_forbid_tools=False,
        echo_reasoning=True,
        reasoning_field="reasoning",
    ),
)

_THINKS = Parameter(name="enable_thinking", annotation="bool | None")
_MIN_P = Parameter(name="min_p", annotation="float | None")
_CACHE_KEY = Parameter(name="prompt_cache_key", annotation="str | None")
_INCLUDED = Parameter(name="include_reasoning", annotation="bool | None")
_FORMAT = Parameter(name="reasoning_format", annotation='Literal["hidden", "raw", "parsed"] | None')

_OF_CEREBRAS = (
    Parameter(name="min_tokens", annotation="int | None"), TOP_K, REPETITION, _CACHE_KEY,
    Parameter(name="reasoning_format", annotation="str | None"),
    Parameter(name="disable_reasoning", annotation="bool | None"),
    Parameter(name="clear_thinking", annotation="bool | None"),
    Parameter(name="prediction", annotation="Mapping[str, Any] | None"),
)  # fmt: skip

MATRIX: dict[str, Row] = {
    "openai": Row(site=OPENAI, name="OpenAIChat", provider="OpenAI", default_model="gpt-5.4-mini"),
    "glm4": Row(
        site=GLM4,
        name="GLM",
        provider="GLM",
        default_model="glm-4.7",
        parameters=(
            Parameter(name="thinking", annotation="Mapping[str, Any] | None"),
            Parameter(name="do_sample", annotation="bool | None"),
            Parameter(name="tool_stream", annotation="bool | None"),
            Parameter(name="request_id", annotation="str | None"),
            Parameter(name="user_id", annotation="str | None"),
            Parameter(name="sensitive_word_check", annotation="Mapping[str, Any] | None"),
            Parameter(name="watermark_enabled", annotation="bool | None"),
            Parameter(name="meta", annotation="Mapping[str, Any] | None"),
        ),
    ),
    "openrouter": Row(
        site=OPENROUTER,
        name="OpenRouter",
        provider="OpenRouter",
        default_model="gpt-5.4-mini",
        options={"max_tokens": 1024},
        parameters=(
            Parameter(name="models", annotation="Sequence[str] | None"),
            Parameter(name="routing", annotation="Mapping[str, Any] | None", sent_as="provider"),
            Parameter(name="reasoning", annotation="Mapping[str, Any] | None"),
            Parameter(name="plugins", annotation="Sequence[Mapping[str, Any]] | None"),
            TOP_K, _MIN_P, REPETITION, _CACHE_KEY,
            Parameter(name="top_a", annotation="float | None"),
            Parameter(name="session_id", annotation="str | None"),
        ),
    ),
    "siliconflow": Row(
        site=SILICONFLOW,
        name="Siliconflow",
        provider="Siliconflow",
        default_model="Qwen/QwQ-32B",
        parameters=(_THINKS, THINKING_BUDGET, _MIN_P, TOP_K),
    ),
    "cerebras": Row(
        site=CEREBRAS,
        name="Cerebras",
        provider="Cerebras",
        default_model="gpt-oss-120b",
        parameters=_OF_CEREBRAS,
    ),
    "cerebras-openai": Row(
        site=CEREBRAS,
        name="CerebrasOpenAI",
        provider="CerebrasOpenAI",
        default_model="gpt-oss-120b",
        parameters=_OF_CEREBRAS,
    ),
    "modelscope": Row(
        site=MODELSCOPE,
        name="ModelScope",
        provider="ModelScope",
        default_model="deepseek-ai/DeepSeek-V4.1-Flash",
        parameters=(_THINKS, THINKING_BUDGET, TOP_K),
    ),
    "groq": Row(
        site=GROQ,
        name="Groq",
        provider="Groq",
        default_model="openai/gpt-oss-120b",
        parameters=(
            _FORMAT, _INCLUDED,
            Parameter(name="documents", annotation="Sequence[Mapping[str, Any]] | None"),
            Parameter(name="search_settings", annotation="Mapping[str, Any] | None"),
            Parameter(name="compound_custom", annotation="Mapping[str, Any] | None"),
            Parameter(name="disable_tool_validation", annotation="bool | None"),
            Parameter(name="citation_options", annotation='Literal["enabled", "disabled"] | None'),
        ),
    ),
    "ollama": Row(
        site=OLLAMA, name="Ollama", provider="Ollama", default_model="llama3.1", class_name="OllamaChat"
    ),
}  # fmt: skip
