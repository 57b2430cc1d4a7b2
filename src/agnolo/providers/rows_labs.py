"""Rows of vendors that serve models of their own. Addresses and model ids as in Agno 3.1."""

from __future__ import annotations

from agnolo.providers import refusals
from agnolo.providers.profiles import PROMPTED, Dialect
from agnolo.providers.row import REPETITION, THINKING_BUDGET, TOP_K, Parameter, Row, site, thinking

JSON_MODE = Dialect(output=PROMPTED, strict_tools=False)
"""Agno: `json_object` is known, `json_schema` is not."""

_XAI = site("XAI_API_KEY", "https://api.x.ai/v1", names="XAI", version_path="/v1")
_LLAMA = site("LLAMA_API_KEY", "https://api.llama.com/compat/v1", names="LLAMA", version_path="/compat/v1")

LABS: dict[str, Row] = {
    "deepseek": Row(
        # api-docs.deepseek.com/guides/thinking_mode: 400 unless reasoning comes back with tool calls, even if empty.
        site=site(
            "DEEPSEEK_API_KEY",
            "https://api.deepseek.com",
            names="DEEPSEEK",
            dialect=Dialect(output=PROMPTED, strict_tools=False, echo_reasoning=True, echo_nothing=True),
        ),
        name="DeepSeek",
        provider="DeepSeek",
        default_model="deepseek-v4-flash",
        parameters=(thinking(otherwise={"deepseek-chat": None, "": True}),),
    ),
    "mistral": Row(
        # Reported 422 "extra_forbidden" for fields it doesn't know, stream_options and max_completion_tokens among
        # them; 400 for other call ids. Its client marks a message to be continued as a prefix.
        site=site(
            "MISTRAL_API_KEY",
            "https://api.mistral.ai/v1",
            names="MISTRAL",
            version_path="/v1",
            dialect=Dialect(
                speaker_names=False,
                short_call_ids=True,
                marks_prefix=True,
                usage_unasked=True,
                renamed={"max_completion_tokens": "max_tokens", "seed": "random_seed"},
                refused=("store", "user", "logit_bias", "logprobs", "top_logprobs", "verbosity", "service_tier"),
            ),
        ),
        name="MistralChat",
        provider="Mistral",
        default_model="mistral-large-latest",
        refused=refusals.MISTRAL,
        parameters=(
            Parameter(name="random_seed", annotation="int | None"),
            Parameter(name="safe_mode", annotation="bool", default=False, sent_as="safe_prompt", values={True: True}),
            Parameter(name="safe_prompt", annotation="bool", default=False, values={True: True}),
            Parameter(name="endpoint", annotation="str | None", to="option", sent_as="base_url"),
        ),
    ),
    "xai": Row(
        site=_XAI,
        name="xAI",
        provider="xAI",
        default_model="grok-4-1-fast-non-reasoning-latest",
        parameters=(Parameter(name="search_parameters", annotation="Mapping[str, Any] | None"),),
    ),
    "xai-responses": Row(
        site=_XAI,
        name="xAIResponses",
        provider="xAI",
        default_model="grok-4-1-fast-non-reasoning-latest",
        speaks="responses",
    ),
    "dashscope": Row(
        # Reported: "enable_thinking must be set to false for non-streaming calls"; Agno turns it off unless asked.
        site=site(
            "DASHSCOPE_API_KEY QWEN_API_KEY",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            names="DASHSCOPE",
            version_path="/compatible-mode/v1",
            dialect=Dialect(streaming_thinkers=r"(qwq-|qwen3-.*-thinking)"),
        ),
        name="Qwen",
        class_name="DashScope",
        provider="Dashscope",
        default_model="qwen-plus",
        parameters=(
            Parameter(name="enable_thinking", annotation="bool | None", default=False),
            Parameter(name="include_thoughts", annotation="bool | None", sent_as="enable_thinking"),
            THINKING_BUDGET,
        ),
    ),
    "moonshot": Row(
        site=site(
            "MOONSHOT_API_KEY",
            "https://api.moonshot.ai/v1",
            names="MOONSHOT",
            version_path="/v1",
            dialect=Dialect(echo_reasoning=True),
        ),
        name="Moonshot",
        class_name="MoonShot",
        provider="Moonshot",
        default_model="kimi-k3",
        parameters=(thinking(),),
    ),
    "perplexity": Row(
        # Reported 400: after system messages, user and assistant take turns. Agno offers it no tools.
        site=site(
            "PERPLEXITY_API_KEY PERPLEXITYAI_API_KEY",
            "https://api.perplexity.ai",
            names="PERPLEXITY",
            dialect=Dialect(strict_tools=False, takes_tools=False, alternating=True),
        ),
        name="Perplexity",
        provider="Perplexity",
        default_model="sonar",
        options={"max_tokens": 1024},
        parameters=(TOP_K,),
    ),
    "cohere": Row(
        # docs.cohere.com/docs/compatibility-api, which refuses stream_options.
        site=site(
            "CO_API_KEY COHERE_API_KEY",
            "https://api.cohere.ai/compatibility/v1",
            names="COHERE",
            version_path="/compatibility/v1",
            dialect=Dialect(output=PROMPTED, strict_tools=False, usage_unasked=True),
        ),
        name="cohere",
        class_name="Cohere",
        provider="Cohere",
        default_model="command-a-03-2025",
        refused=refusals.COHERE,
        parameters=(TOP_K,),
    ),
    "minimax": Row(
        site=site(
            "MINIMAX_API_KEY", "https://api.minimax.io/v1", names="MINIMAX", version_path="/v1", dialect=JSON_MODE
        ),
        name="MiniMax",
        provider="MiniMax",
        default_model="MiniMax-M3",
    ),
    "xiaomi": Row(
        site=site(
            "MIMO_API_KEY",
            "https://api.xiaomimimo.com/v1",
            names="MIMO",
            version_path="/v1",
            dialect=Dialect(output=PROMPTED, strict_tools=False, echo_reasoning=True),
        ),
        name="MiMo",
        provider="Xiaomi MiMo",
        default_model="mimo-v2.5-pro",
        parameters=(thinking(),),
    ),
    "inception": Row(
        site=site(
            "INCEPTION_API_KEY",
            "https://api.inceptionlabs.ai/v1",
            names="INCEPTION",
            version_path="/v1",
            dialect=JSON_MODE,
        ),
        name="Inception",
        provider="InceptionLabs",
        default_model="mercury-2",
    ),
    "internlm": Row(
        # Agno's address has the operation in it, which its client then adds once more.
        site=site("INTERNLM_API_KEY", "https://internlm-chat.intern-ai.org.cn/puyu/api/v1", names="INTERNLM"),
        name="InternLM",
        provider="InternLM",
        default_model="internlm2.5-latest",
    ),
    "meta": Row(
        # Agno reaches it in a dialect of its own; the compatible address has the same models.
        site=_LLAMA,
        name="Llama",
        provider="Llama",
        default_model="Llama-4-Maverick-17B-128E-Instruct-FP8",
        parameters=(REPETITION, TOP_K),
    ),
    "llama-openai": Row(
        site=_LLAMA,
        name="LlamaOpenAI",
        provider="LlamaOpenAI",
        default_model="Llama-4-Maverick-17B-128E-Instruct-FP8",
        parameters=(REPETITION, TOP_K),
    ),
    "vercel": Row(
        site=site("V0_API_KEY", "https://api.v0.dev/v1", names="V0", version_path="/v1"),
        name="v0",
        class_name="V0",
        provider="Vercel",
        default_model="v0-1.0-md",
    ),
}
