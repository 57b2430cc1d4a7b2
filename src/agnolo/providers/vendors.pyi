"""Written by scripts/vendor_stubs.py from the table of vendors: run it after a change there."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from agnolo.providers.tabled import TabledChat
from agnolo.providers.tabled_responses import TabledResponses

class AIMLAPI(TabledChat): ...

class AzureOpenAI(TabledChat):
    api_version: str | None = "2024-10-21"
    azure_deployment: str | None = None
    azure_endpoint: str | None = None
    azure_ad_token: str | None = None
    azure_ad_token_provider: Callable[[], str] | None = None

class AzureOpenAIResponses(TabledResponses):
    api_version: str | None = None
    azure_endpoint: str | None = None
    azure_ad_token: str | None = None
    azure_ad_token_provider: Callable[[], str] | None = None

class Cerebras(TabledChat):
    min_tokens: int | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    prompt_cache_key: str | None = None
    reasoning_format: str | None = None
    disable_reasoning: bool | None = None
    clear_thinking: bool | None = None
    prediction: Mapping[str, Any] | None = None

class CerebrasOpenAI(TabledChat):
    min_tokens: int | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    prompt_cache_key: str | None = None
    reasoning_format: str | None = None
    disable_reasoning: bool | None = None
    clear_thinking: bool | None = None
    prediction: Mapping[str, Any] | None = None

class Cloudflare(TabledChat):
    account_id: str | None = None
    gateway_id: str | None = None

class Cohere(TabledChat):
    top_k: int | None = None

class CometAPI(TabledChat): ...

class DashScope(TabledChat):
    enable_thinking: bool | None = False
    include_thoughts: bool | None = None
    thinking_budget: int | None = None

class DeepInfra(TabledChat): ...

class DeepSeek(TabledChat):
    use_thinking: bool | None = None

class Fireworks(TabledChat): ...
class FlexAI(TabledChat): ...

class GLM(TabledChat):
    thinking: Mapping[str, Any] | None = None
    do_sample: bool | None = None
    tool_stream: bool | None = None
    request_id: str | None = None
    user_id: str | None = None
    sensitive_word_check: Mapping[str, Any] | None = None
    watermark_enabled: bool | None = None
    meta: Mapping[str, Any] | None = None

class Groq(TabledChat):
    reasoning_format: Literal["hidden", "raw", "parsed"] | None = None
    include_reasoning: bool | None = None
    documents: Sequence[Mapping[str, Any]] | None = None
    search_settings: Mapping[str, Any] | None = None
    compound_custom: Mapping[str, Any] | None = None
    disable_tool_validation: bool | None = None
    citation_options: Literal["enabled", "disabled"] | None = None

class Heabsy(TabledChat): ...
class HuggingFace(TabledChat): ...
class Inception(TabledChat): ...
class InternLM(TabledChat): ...

class LangDB(TabledChat):
    project_id: str | None = None
    base_host_url: str | None = None
    label: str | None = None

class LiteLLMOpenAI(TabledChat): ...

class Llama(TabledChat):
    repetition_penalty: float | None = None
    top_k: int | None = None

class LlamaCpp(TabledChat): ...

class LlamaOpenAI(TabledChat):
    repetition_penalty: float | None = None
    top_k: int | None = None

class Llmman(TabledChat): ...
class LMStudio(TabledChat): ...

class MiMo(TabledChat):
    use_thinking: bool | None = None

class MiniMax(TabledChat): ...

class MistralChat(TabledChat):
    random_seed: int | None = None
    safe_mode: bool = False
    safe_prompt: bool = False
    endpoint: str | None = None

class ModelScope(TabledChat):
    enable_thinking: bool | None = None
    thinking_budget: int | None = None
    top_k: int | None = None

class MoonShot(TabledChat):
    use_thinking: bool | None = None

class N1N(TabledChat): ...
class Nebius(TabledChat): ...
class Neosantara(TabledChat): ...
class Nexus(TabledChat): ...
class Nvidia(TabledChat): ...
class OllamaChat(TabledChat): ...

class OpenRouter(TabledChat):
    models: Sequence[str] | None = None
    routing: Mapping[str, Any] | None = None
    reasoning: Mapping[str, Any] | None = None
    plugins: Sequence[Mapping[str, Any]] | None = None
    top_k: int | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    prompt_cache_key: str | None = None
    top_a: float | None = None
    session_id: str | None = None

class Perplexity(TabledChat):
    top_k: int | None = None

class Portkey(TabledChat):
    portkey_api_key: str | None = None
    virtual_key: str | None = None
    config: Mapping[str, Any] | str | None = None

class RampRouter(TabledResponses):
    models: Sequence[str] | None = None
    allow_flex_tier: bool | None = None
    provider_timeout: float | None = None
    timeout_before_headers: bool | None = None

class Requesty(TabledChat): ...
class Sambanova(TabledChat): ...

class Siliconflow(TabledChat):
    enable_thinking: bool | None = None
    thinking_budget: int | None = None
    min_p: float | None = None
    top_k: int | None = None

class Synthorai(TabledChat): ...
class Together(TabledChat): ...
class TokenLab(TabledChat): ...
class TrustedRouter(TabledChat): ...
class TuningEngines(TabledChat): ...
class V0(TabledChat): ...

class VLLM(TabledChat):
    top_k: int | None = None
    enable_thinking: bool | None = None

class xAI(TabledChat):
    search_parameters: Mapping[str, Any] | None = None

class xAIResponses(TabledResponses): ...
class YAPI(TabledChat): ...
