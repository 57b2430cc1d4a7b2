"""The providers emulated on one loopback server, with bytes recorded from them, or else from their dialect."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from agnolo.providers import catalog
from agnolo.providers.connection import Connection as ModelConnection
from tests.live.checks import UNKNOWN_MODEL
from tests.providers import anthropic_bodies, cassettes
from tests.providers.loopback import Asked, Connection, Script, chunked, sized

KEY = "gsk_CanaryOfTheEmulation0123456789"
"""The one key that is right."""

_CALL = "groq/req_llm_openai_gpt_oss_20b_multi_tool_0"
_NO_KEY = "openai/dd_trace_py_llama_index_chat_error_0"


class Voice(NamedTuple):
    """What a provider says, as names of recordings: whole, streamed, a tool's call, after it, to a wrong key."""

    chat: str
    stream: str
    call: str
    after: str
    refused: str
    vectors: str | None = None


VOICES = {
    "openai": Voice(
        "openai/rig_mode_pro_with_independent_effort_0",
        "openai/llm_test_responses_basic_streaming_0",
        "openai/openllmetry_TestResponsesAPIFinishReasons_test_responses_api_tool_call_finish_reason_0",
        "openai/req_llm_o1_tool_round_trip_2_0",
        "openai/ruby_llm_context_context_chat_operations_uses_context_specific_api_keys_0",
        "openai/dd_trace_py_llama_index_openai_embedding_0",
    ),
    "openai-chat": Voice(
        "openai/dd_trace_py_completion_reasoning_0",
        "openai/rig_streaming_gpt_4_1_mini_tiny_plain_one_0",
        _CALL,
        "openai/req_llm_gpt_4_turbo_tool_round_trip_2_0",
        _NO_KEY,
        "openai/dd_trace_py_llama_index_openai_embedding_0",
    ),
    "gemini": Voice(
        "gemini/ai_google_text_0",
        "gemini/req_llm_gemini_flash_latest_streaming_0",
        "gemini/req_llm_gemini_2_0_flash_exp_multi_tool_0",
        "gemini/openinference_test_generate_content_0",
        "gemini/rig_list_models_rejected_key_reports_api_error_with_context_0",
        "gemini/llm_gemini_test_embedding_gemini_embedding_001_768_0",
    ),
    "glm4": Voice(
        "glm4/req_llm_glm_4_5_usage_0_2",
        "glm4/req_llm_glm_4_5v_streaming_0",
        "glm4/req_llm_glm_4_5v_multi_tool_0",
        "glm4/req_llm_glm_4_6_tool_round_trip_2_0_2",
        "glm4/shape__err_1000_auth",
        "glm4/shape__embeddings_batch",
    ),
    "openrouter": Voice(
        "openrouter/req_llm_x_ai_grok_3_beta_no_tool_0",
        "openrouter/braintrust_sdk_python_test_openrouter_streaming_sync_0",
        "openrouter/req_llm_qwen_qwen3_max_multi_tool_0",
        "openrouter/req_llm_mistralai_mistral_medium_3_tool_round_trip_2_0",
        "openrouter/ruby_llm_chat_error_handling_with_openrouter_claude_haiku_4_5_raises_appropriate_auth_error_0",
        "openrouter/ruby_llm_embedding_basic_functionality_openrouter_openai_text_embedding_3_small_can_handle_multiple"
        "_texts_with_custom_dimensions_0",
    ),
    "siliconflow": Voice(
        "siliconflow/shape__chat_reasoning",
        "siliconflow/shape__stream_text",
        _CALL,
        "siliconflow/shape__chat_reasoning",
        "siliconflow/shape__err_auth_json_string",
        "siliconflow/shape__embeddings_batch",
    ),
    "cerebras": Voice(
        "cerebras/pydantic_ai_test_cerebras_model_simple_0",
        "cerebras/req_llm_qwen_3_coder_480b_streaming_0",
        "cerebras/req_llm_gpt_oss_120b_multi_tool_0",
        "cerebras/req_llm_qwen_3_coder_480b_tool_round_trip_2_0_2",
        _NO_KEY,
    ),
    "modelscope": Voice(
        "modelscope/shape__chat",
        "modelscope/shape__stream_reasoning",
        _CALL,
        "modelscope/shape__chat",
        _NO_KEY,
    ),
    "groq": Voice(
        "groq/pydantic_ai_test_reasoning_wire_contract_groq_qwen3_disable_overrides_effort_setting_0",
        "groq/rig_stream_raw_exposes_terminal_queue_time_0",
        _CALL,
        "groq/req_llm_llama_3_1_8b_instant_tool_round_trip_2_0",
        "groq/rig_list_models_rejected_key_reports_api_error_with_context_0",
    ),
    "ollama": Voice(
        "ollama/openllmetry_test_ollama_chat_legacy_0",
        "ollama/openllmetry_test_ollama_streaming_chat_legacy_0",
        "ollama/docs__13_generate_a_chat_completion_chat_request_no_streaming_with_tools",
        "ollama/openllmetry_test_ollama_chat_tool_calls_legacy_0",
        "ollama/openinference_test_chat_error_records_model_name_0",
        "ollama/docs__22_generate_embeddings_",
    ),
    "anthropic": Voice("whole", "stream", "call", "whole", "refused"),
}


def variables(provider: str, address: str) -> dict[str, str]:
    """The environment in which the provider is at `address`, under a path of its own."""
    model = catalog.resolve(provider)
    assert isinstance(model, ModelConnection)
    site = model.site
    path = urlsplit(site.default_url or "").path
    found = {site.base_urls[0]: f"{address}/{provider.removesuffix('-chat')}{path}"}
    return {**found, site.keys[0].variable: KEY} if site.key_needed else found


def all_variables(address: str) -> dict[str, str]:
    """The environment in which all of them are there."""
    return {name: value for provider in VOICES for name, value in variables(provider, address).items()}


def emulating(instead: Mapping[tuple[str, str], bytes] | None = None) -> Script:
    """Answers as the provider that the path names. `instead` replaces an answer, by provider and what it is."""
    other = instead or {}

    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.asked()
            provider, what = addressed(asked)
            await connection.send(other.get((provider, what)) or said(provider, what, asked))

    return script


def addressed(asked: Asked) -> tuple[str, str]:
    """The provider asked, and for what: a field of its Voice."""
    path = asked.line.split()[1]
    provider = path.split("/")[1]
    if provider == "openai" and "/chat/completions" in path:
        provider = "openai-chat"
    body = asked.body or {}
    if provider == "ollama":
        refused = body.get("model") == UNKNOWN_MODEL
    else:
        refused = not any(value in (KEY, f"Bearer {KEY}") for value in asked.headers.values())
    if refused:
        return provider, "refused"
    if "embed" in path.lower():
        return provider, "vectors"
    if body.get("tools"):
        return provider, "after" if _has_result(body) else "call"
    return provider, "stream" if body.get("stream") or "streamGenerate" in path else "chat"


def said(provider: str, what: str, asked: Asked) -> bytes:
    """The recorded answer as it goes over the wire."""
    name = getattr(VOICES[provider], what)
    if provider == "anthropic":
        return _anthropic(name)
    cassette = cassettes.read(name)
    if cassette.streamed:
        return chunked(*cassette.blocks)
    body = cassette.body
    if what == "vectors":
        body = json.dumps(_as_many(json.loads(body), asked.body)).encode()
    elif what == "call":
        body = body.replace(b'"city"', b'"location"')  # the argument as our tool names it
    return sized(body, f"{cassette.status} As-Recorded")


def _has_result(body: dict[str, Any]) -> bool:
    told = json.dumps(body)
    return any(
        mark in told for mark in ('"role": "tool"', '"tool_result"', "function_call_output", '"functionResponse"')
    )


def _as_many(reply: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """A recorded batch with as many vectors as were asked for: the first of it, and the same turned round."""
    wanted = len(asked.get("input") or asked["requests"])
    name = "data" if "data" in reply else "embeddings"
    first = reply[name][0]
    if "requests" in asked:  # Gemini was asked for other numbers than when it was recorded
        wanted_size = asked["requests"][0]["outputDimensionality"]
        first = {"values": (first["values"] * 4)[:wanted_size]}
    return {**reply, name: [first, *(_turned(first, place) for place in range(1, wanted))]}


def _turned(row: Any, place: int) -> Any:
    """A row with the vector from its end to its beginning."""
    if isinstance(row, list):
        return row[::-1]
    if isinstance(row, str):
        return base64.b64encode(array("f", base64.b64decode(row))[::-1]).decode()
    inner = "values" if "values" in row else "embedding"
    return {**row, inner: _turned(row[inner], place), **({"index": place} if "index" in row else {})}


def _anthropic(what: str) -> bytes:
    """In the shapes that Anthropic documents: there is no recording."""
    if what == "stream":
        return chunked(anthropic_bodies.frames(*anthropic_bodies.HELLO))
    if what == "refused":
        error = {"type": "authentication_error", "message": "invalid x-api-key"}
        return sized({"type": "error", "error": error, "request_id": "req_011CanaryOfAnthropic"}, "401 Unauthorized")
    if what == "call":
        use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"location": "Paris"}}
        return sized(anthropic_bodies.message(use, reason="tool_use"))
    return sized(anthropic_bodies.message({"type": "text", "text": "Hello"}))
