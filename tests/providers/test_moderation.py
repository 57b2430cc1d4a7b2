"""OpenAI's moderation as a guardrail, over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from agnolo import Agent, RunStatus, ScriptedModel
from agnolo.providers.moderation import OpenAIModerationGuardrail
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError
from agnolo.vocabulary.errors import ConfigurationError, ModelAuthenticationError, ModelProtocolError
from agnolo.vocabulary.media import Image
from agnolo.vocabulary.run_input import RunInput
from tests.providers.loopback import Asked, answering, background, recorded, serving, sized

pytestmark = pytest.mark.anyio

KEY = "sk-loopback-secret"


def verdict(*flagged: str) -> bytes:
    names = ("violence", "hate", "self-harm/intent")
    return sized({
        "id": "modr-1",
        "model": "omni-moderation-latest",
        "results": [{
            "flagged": bool(flagged),
            "categories": {name: name in flagged for name in names},
            "category_scores": {name: 0.9 if name in flagged else 0.1 for name in names},
        }],
    })  # fmt: skip


async def test_flagged_text_is_refused_with_categories_and_scores() -> None:
    seen: list[Asked] = []
    async with serving(recorded(seen, verdict("violence"))) as server:
        guard = OpenAIModerationGuardrail(api_key=KEY, base_url=server.url)
        with pytest.raises(InputCheckError, match="violence") as refused:
            await guard.async_check(RunInput(input_content="a bad text"))
    assert [(asked.line, asked.body) for asked in seen] == [
        ("POST /v1/moderations HTTP/1.1", {"input": "a bad text", "model": "omni-moderation-latest"})
    ]
    assert refused.value.check_trigger is CheckTrigger.INPUT_NOT_ALLOWED
    data: Any = refused.value.additional_data
    assert (data["categories"]["violence"], data["category_scores"]["hate"]) == (True, 0.1)


async def test_only_the_wanted_categories_refuse_and_images_are_judged_too() -> None:
    seen: list[Asked] = []
    async with serving(recorded(seen, verdict("violence"))) as server:
        guard = OpenAIModerationGuardrail("m", ["hate", "self-harm/intent"], KEY, base_url=server.url)
        await guard.async_check(RunInput(input_content="look", images=[Image(url="https://example.com/a.png")]))
    assert seen[0].body == {
        "input": [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        ],
        "model": "m",
    }


async def test_harmless_text_passes() -> None:
    async with serving(answering(verdict())) as server:
        await OpenAIModerationGuardrail(api_key=KEY, base_url=server.url).async_check(RunInput(input_content="hi"))


async def test_replies_that_are_no_verdict_and_refusals_are_errors_without_the_key() -> None:
    async with serving(answering(sized({"results": []}))) as server:
        guard = OpenAIModerationGuardrail(api_key=KEY, base_url=server.url, retries=0)
        with pytest.raises(ModelProtocolError, match="no result with categories"):
            await guard.async_check(RunInput(input_content="hi"))
    refusal = sized({"error": {"message": f"Incorrect API key provided: {KEY}"}}, "401 Unauthorized")
    async with serving(answering(refusal)) as server:
        guard = OpenAIModerationGuardrail(api_key=KEY, base_url=server.url, retries=0)
        with pytest.raises(ModelAuthenticationError) as refused:
            await guard.async_check(RunInput(input_content="hi"))
    assert KEY not in f"{refused.value}{guard!r}"


def test_unknown_categories_fail_early() -> None:
    with pytest.raises(ConfigurationError, match="rudeness"):
        OpenAIModerationGuardrail(raise_for_categories=["rudeness"])  # pyright: ignore[reportArgumentType] - on purpose


def test_an_agent_asks_it_before_its_model() -> None:
    with background(lambda _: verdict("hate")) as url:
        guard = OpenAIModerationGuardrail(api_key=KEY, base_url=url)
        model = ScriptedModel(["Never"])
        output = Agent(model=model, pre_hooks=[guard]).run("a bad text")
    assert (output.status, model.requests) == (RunStatus.error, [])
