"""One model request: what is asked, what is told while it answers, what is kept of the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from agnolo.engine import answered, fallback, structured
from agnolo.engine.effects import ask
from agnolo.engine.state import Run
from agnolo.engine.structured import Asked
from agnolo.ports.model import Aside, ModelReply, ModelRequest, ReasoningDelta, TextDelta, counted_as
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import (
    ContextWindowExceededError,
    LimitExceededError,
    ModelContentFilterError,
    ModelProviderError,
)
from agnolo.vocabulary.events import (
    BudgetWarningEvent,
    IntermediateRunContentEvent,
    ModelRequestCompletedEvent,
    ModelRequestStartedEvent,
    RunEventBase,
)
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import MessageMetrics


async def stream(run: Run, at: Runtime) -> AsyncGenerator[RunEventBase, None]:
    """Ask until a model has answered. Then the answer is in `run.messages` and its tool calls are in `run.pending`."""
    while True:
        model = run.model
        yield run.say(ModelRequestStartedEvent, at, model=model.id, model_provider=model.provider)
        asked = _asked(run)
        told = _Told(run, at, asked.answer_tool)
        try:
            items = ask(model, asked.request, run, at)
            try:
                async for item in items:
                    if isinstance(item, TextDelta):
                        if (event := told.hear_text(item.text, item.provider_data)) is not None:
                            yield event
                        continue
                    for event in told.hear(item):
                        yield event
            finally:
                await items.aclose()
            reply = answered.whole(told.reply, model)
            break
        except ModelProviderError as error:
            if not await _shortened(run, error, told, at):
                fallback.take_over(run, error, heard=told.aloud)
    run.first_token = told.first_token if run.first_token is None else run.first_token
    metrics = told.timed(reply)
    _keep(run, at, reply, metrics)
    if not reply.tool_calls and (value := structured.ready(run, at)) is not None:
        yield value
    yield _completed(run, at, metrics)
    for event in _warnings(run, at):
        yield event
    run.turn += 1
    await fallback.announce(run, at)
    _judge(run, reply)


async def _shortened(run: Run, error: ModelProviderError, told: _Told, at: Runtime) -> bool:
    """Whether the conversation was too long and is shorter now."""
    too_long = isinstance(error, ContextWindowExceededError) and not told.aloud
    return too_long and run.on_overflow is not None and await run.on_overflow(run, at)


class _Told:
    """What has been told of an answer under way. `aloud`: some of it has reached the reader."""

    def __init__(self, run: Run, at: Runtime, answer_tool: str | None) -> None:
        self._run = run
        self._at = at
        self._asked = at.monotonic()
        self._answer_tool = answer_tool
        self._structured = run.plan.output_schema is not None
        self._streamed = _streamed(run)
        self._worked_over = run.plan.others.works_over
        self._text = False
        self._thought = False
        self.aloud = False
        self.first_token: float | None = None
        self.first_text: float | None = None
        self.reply: ModelReply | None = None

    def hear(self, item: ReasoningDelta | Aside | ModelReply) -> list[RunEventBase]:
        """The events that tell of this item."""
        self._clock()
        if isinstance(item, ReasoningDelta):
            self._thought = True
            return self._reasoning(item.text)
        if isinstance(item, Aside):
            return self._aside(item)
        self._run.provider_data = item.provider_data or self._run.provider_data
        self.reply = item = structured.unfolded(item, self._answer_tool)
        if item.content is not None and self.first_text is None:
            self.first_text = self.first_token
        events: list[RunEventBase] = []
        if item.reasoning_content and not self._thought:
            events += self._reasoning(item.reasoning_content)
        if item.content and not self._text and (event := self.hear_text(item.content)) is not None:
            events.append(event)
        events += [self._run.say_content(self._at, image=image) for image in item.images or ()]
        events += [self._run.say_content(self._at, response_audio=audio) for audio in item.audio or ()]
        return events

    def hear_text(self, text: str, provider_data: dict[str, Any] | None = None) -> RunEventBase | None:
        """The event of a piece of the answer; None under an output schema."""
        if self.first_text is None:
            self._clock()
            self.first_text = self._at.monotonic() - self._asked
        if text:
            self._text = True
            self._run.text.append(text)
            self.aloud = not self._structured and not self._worked_over
        if self._worked_over:
            return self._run.say(IntermediateRunContentEvent, self._at, content=text)
        return None if self._structured else self._run.say_text(text, self._at, provider_data)

    def timed(self, reply: ModelReply) -> MessageMetrics:
        """The reply's metrics with its times, where the reference tells them: a duration when it came as a whole."""
        lasted = None if self._streamed else self._at.monotonic() - self._asked
        return msgspec.structs.replace(reply.metrics, duration=lasted, time_to_first_token=self.first_text)

    def _clock(self) -> None:
        if self.first_token is None:
            self.first_token = self._at.monotonic() - self._asked

    def _aside(self, said: Aside) -> list[RunEventBase]:
        if self._structured:
            return []
        if said.text is not None and self.first_text is None:
            self.first_text = self._at.monotonic() - self._asked
        self._run.citations = said.citations or self._run.citations
        event = self._run.say_content(
            self._at,
            content=said.text,
            model_provider_data=said.provider_data,
            citations=said.citations,
        )
        return [event]

    def _reasoning(self, text: str) -> list[RunEventBase]:
        self.aloud = True
        self._run.reasoning.append(text)
        return [self._run.say_content(self._at, reasoning_content=text)]


def _streamed(run: Run) -> bool:
    """Whether the answer comes in pieces. One that is to be a value comes as a whole."""
    return run.plan.stream and (run.plan.output_schema is None or run.plan.others.parser is not None)


def sent(run: Run) -> tuple[Message, ...]:
    """The conversation as the model gets it: where results are compressed, with the texts that stand for them."""
    if run.plan.compression is None:
        return tuple(run.messages)
    return tuple(
        m if m.compressed_content is None else msgspec.structs.replace(m, content=m.compressed_content)
        for m in run.messages
    )


def _asked(run: Run) -> Asked:
    """What is asked. A run that has used up its tool calls is asked to answer with what it has.

    Beside a schema that the provider enforces, tools are strict as well. They are told in the order of their names, so
    that the same tools make the same request, whose start providers can keep.
    """
    toolset = run.plan.toolset
    request = ModelRequest(
        messages=sent(run),
        tools=toolset.specs(),
        builtin_tools=toolset.builtins,
        tool_choice="none" if run.closing else run.plan.tools.tool_choice,
        stream=_streamed(run),
    )
    form = run.plan.output_format if run.plan.others.parser is None else None
    asked = structured.shaped(request, form, run.model, run.plan.output)
    if asked.request.output is None or not asked.request.output.native or not toolset.functions:
        return asked
    return Asked(request=msgspec.structs.replace(asked.request, tools=toolset.specs(strict=True)))


def _keep(run: Run, at: Runtime, reply: ModelReply, metrics: MessageMetrics) -> None:
    """Append the answer to the conversation. It is journaled with what follows: tool results, or the run's end."""
    message = Message(
        id=at.new_id(),
        created_at=int(at.time()),
        role="assistant",
        content=reply.content,
        tool_calls=reply.tool_calls or None,
        reasoning_content=reply.reasoning_content,
        provider_data=reply.provider_data,
        citations=reply.citations,
        metrics=metrics,
        **answered.outputs(reply),
    )
    step, note = run.add_message(message, f"turn:{run.turn}/model"), answered.note(run, reply)
    run.unsaved.append(step if note is None else msgspec.structs.replace(step, result=note))
    answered.take_reply(run, reply)
    run.text_kept = len(run.text)
    run.pending = list(reply.tool_calls)
    run.finish_reason = reply.finish_reason
    run.count(metrics, counted_as(run.model))
    run.citations = reply.citations or run.citations


def _completed(run: Run, at: Runtime, metrics: MessageMetrics) -> RunEventBase:
    model = run.model
    return run.say(
        ModelRequestCompletedEvent,
        at,
        model=model.id,
        model_provider=model.provider,
        input_tokens=metrics.input_tokens,
        output_tokens=metrics.output_tokens,
        total_tokens=metrics.total_tokens,
        time_to_first_token=metrics.time_to_first_token,
        reasoning_tokens=metrics.reasoning_tokens,
        cache_read_tokens=metrics.cache_read_tokens,
        cache_write_tokens=metrics.cache_write_tokens,
    )


def _warnings(run: Run, at: Runtime) -> list[RunEventBase]:
    """What is told of limits most of which is used, each once."""
    if run.meter is None:
        return []
    nearing, run.meter.nearing = run.meter.nearing, []
    return [run.say(BudgetWarningEvent, at, **msgspec.structs.asdict(each)) for each in nearing]


def _judge(run: Run, reply: ModelReply) -> None:
    """Raise for an answer the run can't go on with."""
    model = run.model
    if run.closing and reply.tool_calls:
        raise LimitExceededError(
            f"tool_call_limit={run.plan.tools.tool_call_limit} is used up and {model.id!r} still asks for tools"
        )
    if reply.finish_reason == "content_filter" and not reply.content and not reply.tool_calls:
        raise ModelContentFilterError(
            f"{model.provider} withheld the answer of {model.id!r}: its content filter",
            provider=model.provider,
            model=model.id,
        )
