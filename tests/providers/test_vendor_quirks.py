"""What single vendors want otherwise than OpenAI, seen on the wire. Sources stand with the rows."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

import agnolo.providers
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, OutputFormat, ToolSpec
from agnolo.providers.wire import HttpReply, HttpRequest
from agnolo.vocabulary.messages import Message, ToolCall
from tests.providers.scripted_wire import HELLO, Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio

USER = Message(role="user", content="hi")
TOOL = ToolSpec(name="f", description="F.", parameters={"type": "object", "properties": {}})
CALLED = Message(role="assistant", tool_calls=[ToolCall.of("call_0123456789", "f", "{}")])
RESULT = Message(role="tool", name="f", content="1", tool_call_id="call_0123456789")
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
REPLY = ModelReply(content="Hello")


class Server(Wire):
    """Answers in a stream when that was asked for."""

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        streams = json.loads(request.body).get("stream", False)
        self._answers = [Answer(*HELLO) if streams else whole(COMPLETION)]
        return await super().send(request, connect=connect, within=within)


async def exchanged(
    name: str, *messages: Message, options: dict[str, Any] | None = None, **request: Any
) -> tuple[HttpRequest, list[ModelEvent]]:
    """What a vendor's class sends, and what it tells."""
    wire = Server(Clock(), [])
    made = getattr(agnolo.providers, name)(**{"api_key": "k", "transport": wire, **(options or {})})
    asked = ModelRequest(messages=messages or (USER,), **request)
    events = [event async for event in made.exchange(asked)]
    return wire.requests[0], events


async def body(name: str, *messages: Message, options: dict[str, Any] | None = None, **request: Any) -> Any:
    return json.loads((await exchanged(name, *messages, options=options, **request))[0].body)


async def test_others_take_both_limits_as_given() -> None:
    sent = await body("Together", options={"max_tokens": 1, "max_completion_tokens": 2})
    assert (sent["max_tokens"], sent["max_completion_tokens"]) == (1, 2)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("o3-mini", {"max_completion_tokens": 9}),
        ("gpt-5-mini", {"max_completion_tokens": 9}),
        ("gpt-4o", {"max_tokens": 9}),
    ],
)
async def test_openai_models_that_reason_get_the_newer_limit(model: str, expected: dict[str, int]) -> None:
    sent = await body("OpenAIChat", options={"id": model, "max_tokens": 9})
    assert {name: value for name, value in sent.items() if name.startswith("max")} == expected


async def test_the_newer_limit_wins_where_only_one_may_be_sent() -> None:
    sent = await body("OpenAIChat", options={"id": "gpt-5", "max_tokens": 9, "max_completion_tokens": 7})
    assert {name: value for name, value in sent.items() if name.startswith("max")} == {"max_completion_tokens": 7}


@pytest.mark.parametrize("name", ["GLM", "MistralChat"])
async def test_vendors_that_know_the_older_limit_only_get_that(name: str) -> None:
    sent = await body(name, options={"max_completion_tokens": 7})
    assert {name: value for name, value in sent.items() if name.startswith("max")} == {"max_tokens": 7}


@pytest.mark.parametrize(("name", "role"), [("OpenAIChat", "developer"), ("Groq", "system"), ("DeepSeek", "system")])
async def test_only_openai_has_a_developer(name: str, role: str) -> None:
    sent = await body(name, Message(role="system", content="s"), Message(role="developer", content="d"), USER)
    assert [message["role"] for message in sent["messages"]] == [role, role, "user"]


async def test_what_a_vendor_refuses_is_left_out_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    options = {"id": "groq-quirk", "logprobs": True, "top_logprobs": 2, "logit_bias": {"1": 2}, "seed": 1}
    with caplog.at_level(logging.WARNING, "agnolo"):
        sent = await body("Groq", options=options)
        assert await body("Groq", options=options) == sent
    assert sent.keys() - {"model", "messages"} == {"seed"}
    assert sorted(record.getMessage().split(":")[0] for record in caplog.records) == [
        "model 'groq-quirk' takes no logit_bias",
        "model 'groq-quirk' takes no logprobs",
        "model 'groq-quirk' takes no top_logprobs",
    ]


async def test_request_params_are_sent_even_so() -> None:
    sent = await body("Cerebras", options={"id": "c", "request_params": {"frequency_penalty": 1}})
    assert sent["frequency_penalty"] == 1


@pytest.mark.parametrize("name", ["Groq", "GLM", "MistralChat"])
async def test_speakers_have_no_names_where_they_are_refused(name: str) -> None:
    named = Message(role="user", name="ada", content="hi")
    sent = await body(name, named, CALLED, RESULT)
    assert [message.get("name") for message in sent["messages"]] == [None, None, "f"]
    assert (await body("Together", named))["messages"][0]["name"] == "ada"


@pytest.mark.parametrize(("name", "asks"), [("MistralChat", False), ("Cohere", False), ("Groq", False), ("GLM", True)])
async def test_usage_is_asked_for_where_that_is_known(name: str, asks: bool) -> None:
    assert ("stream_options" in await body(name, stream=True)) is asks


async def test_mistral_gets_its_own_names() -> None:
    sent = await body("MistralChat", options={"seed": 4, "safe_mode": True, "store": False, "user": "u"})
    assert sent == {
        "model": "mistral-large-latest",
        "messages": [{"role": "user", "content": "hi"}],
        "random_seed": 4,
        "safe_prompt": True,
    }
    assert (await body("MistralChat", options={"seed": 4, "random_seed": 5}))["random_seed"] == 5
    assert "safe_prompt" not in await body("MistralChat", options={"safe_prompt": False})


async def test_mistral_gets_short_call_ids_that_still_pair() -> None:
    own = Message(role="assistant", tool_calls=[ToolCall.of("aB3xK9mP2", "f", "{}")])
    answered = Message(role="tool", name="f", content="2", tool_call_id="aB3xK9mP2")
    said = (await body("MistralChat", USER, CALLED, RESULT, own, answered))["messages"]
    ids = [said[1]["tool_calls"][0]["id"], said[2]["tool_call_id"], said[3]["tool_calls"][0]["id"]]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 9
    assert ids[0].isalnum()
    assert (ids[2], said[4]["tool_call_id"]) == ("aB3xK9mP2", "aB3xK9mP2")


async def test_mistral_goes_on_from_a_marked_prefix() -> None:
    begun = Message(role="assistant", content="Once")
    said = (await body("MistralChat", begun, USER, begun))["messages"]
    assert [message.get("prefix") for message in said] == [None, None, True]


@pytest.mark.parametrize("name", ["DeepSeek", "GLM", "Siliconflow", "MoonShot", "MiMo"])
async def test_reasoning_goes_back_to_who_wants_it(name: str) -> None:
    thought = Message(role="assistant", content="a", reasoning_content="why")
    assert (await body(name, USER, thought, USER))["messages"][1]["reasoning_content"] == "why"
    assert "reasoning_content" not in (await body("Together", USER, thought, USER))["messages"][1]


async def test_deepseek_wants_reasoning_beside_calls_even_if_there_was_none() -> None:
    plain = Message(role="assistant", content="a")
    said = (await body("DeepSeek", USER, plain, USER, CALLED, RESULT))["messages"]
    assert "reasoning_content" not in said[1]
    assert said[3]["reasoning_content"] == ""
    assert "reasoning_content" not in (await body("GLM", USER, CALLED, RESULT))["messages"][1]


async def test_perplexity_hears_speakers_in_turns() -> None:
    parts = Message(role="user", content=[{"type": "text", "text": "c"}])
    said = await body(
        "Perplexity",
        Message(role="system", content="s"),
        Message(role="user", content="a"),
        Message(role="user", content="b"),
        parts,
        Message(role="assistant", content="x"),
        Message(role="assistant", content="y"),
        USER,
    )
    texts = [{"type": "text", "text": "a\n\nb"}, {"type": "text", "text": "c"}]
    assert said["messages"] == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": texts},
        {"role": "assistant", "content": "x\n\ny"},
        {"role": "user", "content": "hi"},
    ]
    apart = (await body("Perplexity", USER, CALLED, CALLED, RESULT, RESULT))["messages"]
    assert [message["role"] for message in apart] == ["user", "assistant", "assistant", "tool", "tool"]


async def test_perplexity_gets_no_tools_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "agnolo"):
        sent = await body("Perplexity", options={"id": "sonar-quirk"}, tools=[TOOL], tool_choice="auto")
    assert sent.keys() == {"model", "messages", "max_tokens"}
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["model 'sonar-quirk' takes no tools"]


async def test_cerebras_gets_closed_schemas_only() -> None:
    free = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": True}}}
    sent = await body("Cerebras", output=OutputFormat(name="F", schema=free))
    shown = sent["response_format"]["json_schema"]
    assert shown["strict"] is True
    assert shown["schema"]["additionalProperties"] is False
    assert shown["schema"]["properties"]["a"]["additionalProperties"] is False
    open_there = (await body("Together", output=OutputFormat(name="F", schema=free)))["response_format"]
    assert open_there["json_schema"]["schema"] == free


@pytest.mark.parametrize(("model", "said"), [("llama-4-scout-17b-16e-instruct", False), ("gpt-oss-120b", None)])
async def test_cerebras_calls_one_tool_at_a_time_where_its_model_knows_no_more(model: str, said: Any) -> None:
    assert (await body("Cerebras", options={"id": model}, tools=[TOOL])).get("parallel_tool_calls") is said
    assert "parallel_tool_calls" not in await body("Cerebras", options={"id": model})


async def test_cerebras_gets_tools_that_are_not_strict() -> None:
    form = OutputFormat(name="F", schema={"type": "object", "properties": {}, "additionalProperties": False})
    sent = await body("Cerebras", tools=[TOOL], output=form)
    assert "strict" not in sent["tools"][0]["function"]


async def test_glm_is_asked_for_json_in_words() -> None:
    sent = await body("GLM", output=OutputFormat(name="F", schema={"type": "object"}, native=False), tools=[TOOL])
    assert sent["response_format"] == {"type": "json_object"}
    assert sent["tools"] == [{"type": "function", "function": {"name": "f", "description": "F.",
                                                               "parameters": TOOL.parameters}}]  # fmt: skip


async def test_glm_forbids_tools_by_their_absence() -> None:
    assert "tools" not in await body("GLM", tools=[TOOL], tool_choice="none")


async def test_modelscope_gets_flat_text() -> None:
    parts = Message(role="user", content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    assert (await body("ModelScope", parts))["messages"][0]["content"] == "ab"


@pytest.mark.parametrize(
    ("model", "stream", "expected"),
    [
        ("Qwen/Qwen3-235B-A22B", False, {"enable_thinking": False}),
        ("Qwen/Qwen3-8B", False, {"enable_thinking": False}),
        ("Qwen/Qwen3-8B", True, {"stream": True}),
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", False, {}),
        ("Qwen/Qwen3-235B-A22B-Thinking-2507", False, {"stream": True}),
        ("deepseek-ai/DeepSeek-V4.1-Flash", False, {}),
    ],
)
async def test_modelscope_thinks_in_streams_only(model: str, stream: bool, expected: dict[str, Any]) -> None:
    request, events = await exchanged("ModelScope", options={"id": model}, stream=stream)
    sent = json.loads(request.body)
    assert {name: sent[name] for name in ("stream", "enable_thinking") if name in sent} == expected
    assert stream or events == [REPLY]


async def test_thinking_that_was_asked_for_is_streamed_to_the_vendor_only() -> None:
    options = {"id": "Qwen/Qwen3-8B", "enable_thinking": True}
    request, events = await exchanged("ModelScope", options=options)
    sent = json.loads(request.body)
    assert (sent["enable_thinking"], sent["stream"], events) == (True, True, [REPLY])


async def test_dashscope_does_not_think_unless_asked() -> None:
    assert (await body("DashScope"))["enable_thinking"] is False
    asked = await body("DashScope", options={"include_thoughts": True, "thinking_budget": 100})
    assert (asked["enable_thinking"], asked["thinking_budget"], asked["stream"]) == (True, 100, True)


@pytest.mark.parametrize(("model", "sent"), [("deepseek-v4-flash", {"type": "enabled"}), ("deepseek-chat", None)])
async def test_deepseek_thinks_unless_its_model_does_not(model: str, sent: Any) -> None:
    assert (await body("DeepSeek", options={"id": model})).get("thinking") == sent
    assert (await body("DeepSeek", options={"id": model, "use_thinking": False}))["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize("name", ["MoonShot", "MiMo"])
@pytest.mark.parametrize(("switch", "sent"), [(None, None), (True, {"type": "enabled"}), (False, {"type": "disabled"})])
async def test_thinking_is_switched(name: str, switch: bool | None, sent: Any) -> None:
    assert (await body(name, options={"use_thinking": switch})).get("thinking") == sent


async def test_vllm_is_told_by_its_template() -> None:
    sent = await body("VLLM", options={"id": "q", "enable_thinking": False, "top_k": 3})
    assert sent == {
        "model": "q",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0.7,
        "top_p": 0.8,
        "presence_penalty": 1.5,
        "top_k": 3,
        "chat_template_kwargs": {"enable_thinking": False},
    }


async def test_what_only_one_vendor_has_is_sent() -> None:
    groq = await body("Groq", options={"reasoning_format": "parsed", "service_tier": "flex"})
    assert (groq["reasoning_format"], groq["service_tier"]) == ("parsed", "flex")
    glm = await body("GLM", options={"thinking": {"type": "disabled"}, "do_sample": False, "tool_stream": True})
    assert (glm["thinking"], glm["do_sample"], glm["tool_stream"]) == ({"type": "disabled"}, False, True)
    options = {"models": ["a", "b"], "routing": {"order": ["x"]}, "reasoning": {"effort": "low"}}
    router = await body("OpenRouter", options=options)
    assert (router["models"], router["provider"], router["reasoning"]) == (
        ["a", "b"],
        {"order": ["x"]},
        {"effort": "low"},
    )
    grok = await body("xAI", options={"search_parameters": {"mode": "on"}, "extra_body": {"search_parameters": 1}})
    assert grok["search_parameters"] == 1


async def test_openai_is_asked_for_sound() -> None:
    voice = {"voice": "alloy", "format": "wav"}
    sent = await body("OpenAIChat", options={"modalities": ["text", "audio"], "audio": voice})
    assert (sent["modalities"], sent["audio"]) == (["text", "audio"], voice)
