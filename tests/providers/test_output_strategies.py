"""How each provider is held to an output schema, as its model says it for a request."""

from __future__ import annotations

import pytest

from agnolo.ports.model import ModelRequest, OutputStrategy, ToolSpec
from agnolo.providers.anthropic_model import Claude
from agnolo.providers.catalog import resolve
from agnolo.providers.gemini_model import Gemini

WHOLE = ModelRequest(messages=[])
STREAMED = ModelRequest(messages=[], stream=True)
WITH_TOOLS = ModelRequest(messages=[], tools=[ToolSpec(name="look", parameters={"type": "object"})])
WITH_BUILTINS = ModelRequest(messages=[], builtin_tools=[{"type": "web_search"}])

TABLE: dict[str, tuple[OutputStrategy, OutputStrategy, OutputStrategy, OutputStrategy]] = {
    # model: whole, streamed, with tools, with the provider's own tools
    "openai:gpt-5.4-mini": ("native", "native", "native", "native"),
    "openai-chat:gpt-4o-mini": ("native", "native", "native", "native"),
    "openai-chat:gpt-4o-2024-05-13": ("tool", "tool", "tool", "tool"),
    "openai-chat:gpt-3.5-turbo": ("tool", "tool", "tool", "tool"),
    "openai-chat:gpt-4-0613": ("tool", "tool", "tool", "tool"),
    "openai-chat:gpt-4.1": ("native", "native", "native", "native"),
    "gemini:gemini-3.7-flash": ("native", "native", "native", "native"),
    "gemini:gemini-2.5-flash": ("native", "native", "tool", "prompted"),
    "glm4:glm-4.7": ("prompted", "prompted", "prompted", "prompted"),
    "openrouter:openai/gpt-5.4-mini": ("native", "native", "native", "native"),
    "siliconflow:Qwen/QwQ-32B": ("prompted", "prompted", "prompted", "prompted"),
    "cerebras:gpt-oss-120b": ("native", "native", "tool", "tool"),
    "modelscope:deepseek-ai/DeepSeek-V4.1-Flash": ("prompted", "prompted", "prompted", "prompted"),
    "groq:openai/gpt-oss-120b": ("native", "tool", "tool", "tool"),
    "groq:llama-3.3-70b-versatile": ("prompted", "prompted", "tool", "tool"),
    "ollama:llama3.1": ("native", "native", "prompted", "prompted"),
    "ollama-chat:llama3.1": ("native", "native", "prompted", "prompted"),
    "anthropic:claude-sonnet-5-5": ("native", "native", "native", "native"),
    "anthropic:claude-3-5-haiku-latest": ("tool", "tool", "tool", "tool"),
    "local": ("native", "native", "native", "native"),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_model_names_its_strategy(name: str) -> None:
    model = resolve(name)
    asked = (WHOLE, STREAMED, WITH_TOOLS, WITH_BUILTINS)
    assert tuple(model.output_strategy(request) for request in asked) == TABLE[name]


def test_a_thinking_claude_that_takes_no_schema_is_told_in_words() -> None:
    thinking = Claude(id="claude-3-7-sonnet-latest", thinking={"type": "enabled", "budget_tokens": 1024})
    assert thinking.output_strategy(WHOLE) == "prompted"


def test_googles_search_excludes_both_schema_and_functions_before_gemini_3() -> None:
    assert Gemini(id="gemini-2.5-pro", search=True).output_strategy(WITH_TOOLS) == "prompted"
