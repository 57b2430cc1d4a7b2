"""Rows of gateways, which pass requests on to many vendors. Addresses and model ids as in Agno 3.1."""

from __future__ import annotations

import msgspec

from agnolo.providers.row import Parameter, Row, site

GATEWAYS: dict[str, Row] = {
    "aimlapi": Row(
        # Agno's headers that credit itself with the traffic are not sent.
        site=site("AIMLAPI_API_KEY", "https://api.aimlapi.com/v1", names="AIMLAPI", version_path="/v1"),
        name="AIMLAPI",
        provider="AIMLAPI",
        default_model="gpt-5.6-luna",
        options={"max_tokens": 4096},
    ),
    "cometapi": Row(
        site=site("COMETAPI_KEY COMETAPI_API_KEY", "https://api.cometapi.com/v1", names="COMETAPI",
                  version_path="/v1"),
        name="CometAPI",
        provider="OpenAI",
        default_model="gpt-5-mini",
    ),
    "cloudflare": Row(
        site=site(
            "CLOUDFLARE_API_TOKEN",
            "https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/compat",
            names="CLOUDFLARE",
        ),
        name="Cloudflare",
        provider="Cloudflare",
        default_model="@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        id_prefixes={"@cf/": "workers-ai/"},
        parameters=(
            Parameter(name="account_id", annotation="str | None", to="url", variable="CLOUDFLARE_ACCOUNT_ID"),
            Parameter(
                name="gateway_id",
                annotation="str | None",
                to="url",
                variable="CLOUDFLARE_AI_GATEWAY_ID",
                otherwise="default",
            ),
        ),
    ),
    "langdb": Row(
        site=msgspec.structs.replace(
            site("LANGDB_API_KEY", "{base_host_url}/{project_id}/v1", names="LANGDB"),
            base_urls=("LANGDB_ENDPOINT",),
        ),
        name="LangDB",
        provider="LangDB",
        default_model="gpt-4o",
        parameters=(
            Parameter(name="project_id", annotation="str | None", to="url", variable="LANGDB_PROJECT_ID"),
            Parameter(
                name="base_host_url",
                annotation="str | None",
                to="url",
                variable="LANGDB_API_BASE_URL",
                otherwise="https://api.us-east-1.langdb.ai",
            ),
            Parameter(name="label", annotation="str | None", to="header", sent_as="x-label"),
        ),
    ),
    "litellm-openai": Row(
        site=site("LITELLM_API_KEY", "http://127.0.0.1:4000", names="LITELLM"),
        name="LiteLLMOpenAI",
        provider="LiteLLM",
        default_model="gpt-4o",
    ),
    "n1n": Row(
        site=site("N1N_API_KEY", "https://api.n1n.ai/v1", names="N1N", version_path="/v1"),
        name="N1N",
        provider="N1N",
        default_model="gpt-4o",
    ),
    "neosantara": Row(
        site=site("NEOSANTARA_API_KEY", "https://api.neosantara.xyz/v1", names="NEOSANTARA", version_path="/v1"),
        name="Neosantara",
        provider="Neosantara",
        default_model="grok-4.1-fast-non-reasoning",
    ),
    "nexus": Row(
        site=site("NEXUS_API_KEY", "http://localhost:8000/llm/v1", names="NEXUS", key_needed=False),
        name="Nexus",
        provider="Nexus",
        default_model="openai/gpt-4",
    ),
    "portkey": Row(
        # portkey.ai/docs/api-reference/headers
        site=msgspec.structs.replace(
            site("PORTKEY_API_KEY", "https://api.portkey.ai/v1", names="PORTKEY", version_path="/v1"),
            key_header="x-portkey-api-key",
        ),
        name="Portkey",
        provider="Portkey",
        default_model="gpt-4o-mini",
        parameters=(
            Parameter(name="portkey_api_key", annotation="str | None", to="option", sent_as="api_key"),
            Parameter(
                name="virtual_key",
                annotation="str | None",
                to="header",
                sent_as="x-portkey-virtual-key",
                variable="PORTKEY_VIRTUAL_KEY",
            ),
            Parameter(
                name="config", annotation="Mapping[str, Any] | str | None", to="header", sent_as="x-portkey-config"
            ),
        ),
    ),
    "ramp": Row(
        site=site("RAMP_ROUTER_API_KEY", "https://api.router.com/v1", names="RAMP_ROUTER", version_path="/v1"),
        name="RampRouter",
        provider="RampRouter",
        default_model="gpt-5.6-luna",
        options={"store": None},
        speaks="responses",
        parameters=(
            Parameter(name="models", annotation="Sequence[str] | None"),
            Parameter(name="allow_flex_tier", annotation="bool | None"),
            Parameter(name="provider_timeout", annotation="float | None"),
            Parameter(name="timeout_before_headers", annotation="bool | None"),
        ),
    ),
    "requesty": Row(
        site=site("REQUESTY_API_KEY", "https://router.requesty.ai/v1", names="REQUESTY", version_path="/v1"),
        name="Requesty",
        provider="Requesty",
        default_model="openai/gpt-4.1",
        options={"max_tokens": 1024},
    ),
    "synthorai": Row(
        site=site("SYNTHORAI_API_KEY", "https://synthorai.io/v1", names="SYNTHORAI", version_path="/v1"),
        name="Synthorai",
        provider="Synthorai",
        default_model="claude-opus-5",
    ),
    "tokenlab": Row(
        site=site("TOKENLAB_API_KEY", "https://api.tokenlab.sh/v1", names="TOKENLAB", version_path="/v1"),
        name="TokenLab",
        provider="TokenLab",
        default_model="gpt-5.4-mini",
    ),
    "trustedrouter": Row(
        site=site(
            "TRUSTEDROUTER_API_KEY", "https://api.trustedrouter.com/v1", names="TRUSTEDROUTER", version_path="/v1"
        ),
        name="TrustedRouter",
        provider="TrustedRouter",
        default_model="trustedrouter/zdr",
    ),
    "tuning-engines": Row(
        site=site(
            "TUNING_ENGINES_API_KEY", "https://api.tuningengines.com/v1", names="TUNING_ENGINES", version_path="/v1"
        ),
        name="Tuning Engines",
        class_name="TuningEngines",
        provider="Tuning Engines",
        default_model="gpt-4o",
    ),
    "yapi": Row(
        site=site("YAPI_API_KEY", "https://api.y-api.bestvirtualgoods.com/v1", names="YAPI", version_path="/v1"),
        name="YAPI",
        provider="YAPI",
        default_model="deepseek/deepseek-v4-flash",
    ),
}  # fmt: skip
