"""OpenAI's moderation as a guardrail. Source: developers.openai.com/api/reference/moderations, October 2026."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from agnolo.ports.blocking import finished
from agnolo.ports.guardrail import BaseGuardrail
from agnolo.providers import openai_content
from agnolo.providers.connection import Connection
from agnolo.providers.inquiry import Inquiry, Misread
from agnolo.vocabulary import codec
from agnolo.vocabulary.checks import CheckTrigger, InputCheckError
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.run_input import RunInput

Category = Literal[
    "sexual", "sexual/minors", "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "violence", "violence/graphic",
]  # fmt: skip


class _Moderations(Connection):
    """The endpoint, reached as OpenAI's models are."""

    name: str = "OpenAIModerationGuardrail"
    provider: str = "OpenAI"

    async def judge(self, asked: Any) -> dict[str, Any]:  # noqa: ANN401 - text, or parts of content
        """The verdict on one input. Raises ModelProviderError."""
        inquiry = Inquiry(_verdict)
        body = codec.dumps({"input": asked, "model": self.id})
        exchange = self._exchange(self._address(), "/moderations", body=body, decoder=inquiry)
        return await inquiry.answer(exchange, self._wire(exchange.vendor))


def _verdict(reply: Any) -> dict[str, Any]:  # noqa: ANN401 - a JSON value
    results = reply.get("results") if is_object(reply) else None
    first: Any = results[0] if is_array(results) and results else None
    if not is_object(first) or not is_object(first.get("categories")):
        raise Misread("no result with categories")
    return first


class OpenAIModerationGuardrail(BaseGuardrail):
    """Refuses what OpenAI flags: in any category, or in one of `raise_for_categories`. Images are judged too.

    Further options are those of a connection, such as `base_url` and `timeout`. The key is `api_key`, else
    OPENAI_API_KEY. A verdict that can't be had raises ModelProviderError, which a pre-hook logs and passes over.
    """

    def __init__(
        self,
        moderation_model: str = "omni-moderation-latest",
        raise_for_categories: Sequence[Category] | None = None,
        api_key: str | None = None,
        **connection: Any,
    ) -> None:
        if unknown := [name for name in raise_for_categories or () if name not in get_args(Category)]:
            raise ConfigurationError(
                f"raise_for_categories names {unknown[0]!r}: OpenAI has {', '.join(get_args(Category))}"
            )
        self.moderation_model = moderation_model
        self.raise_for_categories = raise_for_categories
        self._endpoint = _Moderations(id=moderation_model, api_key=api_key, **connection)

    def check(self, run_input: RunInput) -> None:
        """Raises InputCheckError with the categories and their scores."""
        finished(self.async_check(run_input))

    async def async_check(self, run_input: RunInput) -> None:
        """The same on the running event loop."""
        text = run_input.input_content_string()
        shown = Message(role="user", content=text, images=list(run_input.images) if run_input.images else None)
        verdict = await self._endpoint.judge(openai_content.parts(shown) or text)
        flagged = {name for name, is_flagged in verdict["categories"].items() if is_flagged}
        wanted = self.raise_for_categories
        if verdict.get("flagged") and (wanted is None or not flagged.isdisjoint(wanted)):
            raise InputCheckError(
                f"OpenAI's moderation flags the text: {', '.join(sorted(flagged))}.",
                CheckTrigger.INPUT_NOT_ALLOWED,
                {"categories": verdict["categories"], "category_scores": verdict.get("category_scores")},
            )
