"""Models that stand in for one that fails."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, Limits, RunStatus, ScriptedModel
from agnolo.ports.model import ModelEvent, ModelRequest
from agnolo.ports.options import FallbackConfig
from agnolo.providers.scripted import Answer, Say
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import (
    ConfigurationError,
    ContextWindowExceededError,
    ModelAuthenticationError,
    ModelBadRequestError,
    ModelConnectionError,
    ModelContentFilterError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelPermissionError,
    ModelProtocolError,
    ModelProviderError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelTimeoutError,
    TruncatedStreamError,
)
from tests.engine import ways
from tests.engine.validity import assert_valid_history

BUSY = ModelOverloadedError("busy")


def model(name: str, *replies: Answer) -> ScriptedModel:
    return ScriptedModel(replies, id=name)


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


def lists(**options: Any) -> FallbackConfig:
    return FallbackConfig(
        **{
            "on_error": [model("error", "From error.")],
            "on_rate_limit": [model("rate", "From rate.")],
            "on_context_overflow": [model("context", "From context.")],
            **options,
        }
    )


@pytest.mark.parametrize(
    ("kind", "answers"),
    [
        (ModelAuthenticationError, "error"),
        (ModelPermissionError, "error"),
        (ModelNotFoundError, "error"),
        (ModelQuotaError, "error"),
        (ModelOverloadedError, "error"),
        (ModelTimeoutError, "error"),
        (ModelConnectionError, "error"),
        (TruncatedStreamError, "error"),
        (ModelProtocolError, "error"),
        (ModelProviderError, "error"),
        (ModelRateLimitError, "rate"),
        (ContextWindowExceededError, "context"),
        (ModelBadRequestError, None),
        (ModelContentFilterError, None),
    ],
)
def test_the_kind_of_failure_chooses_the_list(kind: type[ModelProviderError], answers: str | None) -> None:
    output = Agent(model=model("first", kind("no luck")), fallback_config=lists()).run("go")
    if answers is None:
        assert (output.status, output.content, output.model) == (RunStatus.error, "no luck", "first")
    else:
        assert (output.content, output.model) == (f"From {answers}.", answers)


@pytest.mark.parametrize("kind", [ModelRateLimitError, ContextWindowExceededError])
def test_lists_that_are_not_given_default_to_the_one_for_errors(kind: type[ModelProviderError]) -> None:
    config = lists(on_rate_limit=(), on_context_overflow=())
    output = Agent(model=model("first", kind("no luck")), fallback_config=config).run("go")
    assert output.model == "error"
    assert Agent(model=model("first", kind("no luck"))).run("go").content == "no luck"


def test_other_failures_are_not_handed_on() -> None:
    output = Agent(model=model("first", RuntimeError("a bug")), fallback_models=[model("second", "x")]).run("go")
    assert (output.status, output.content, output.model) == (RunStatus.error, "a bug", "first")


def test_a_model_that_says_nothing_at_all_has_broken_its_protocol() -> None:
    class Silent(ScriptedModel):
        async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            for event in ():
                yield event

    output = Agent(model=Silent([], id="silent"), fallback_models=[model("second", "Here.")]).run("go")
    assert (output.content, output.model) == ("Here.", "second")
    output = Agent(model=Silent([], id="silent")).run("go")
    assert output.content == "ScriptedModel ended without a ModelReply"


def test_events_output_and_metrics_name_the_model_that_was_asked() -> None:
    for way in ways.STREAMED.values():
        stand_ins = [model("second", ModelTimeoutError("slow")), model("third", "Here.")]
        events, output = way(Agent(id="a", model=model("first", BUSY), fallback_models=stand_ins), "go")
        names = [(e["event"], e.get("model")) for e in ways.told(events)]
        assert names == [
            ("RunStarted", "first"),
            ("ModelRequestStarted", "first"),
            ("ModelRequestStarted", "second"),
            ("ModelRequestStarted", "third"),
            ("RunContent", None),
            ("ModelRequestCompleted", "third"),
            ("RunContentCompleted", None),
            ("RunCompleted", None),
        ]
        assert (output.model, output.model_provider, output.content) == ("third", "Scripted", "Here.")
        assert output.metrics is not None
        assert codec.builtins(output.metrics.details) == {
            "model": [
                {"id": "first", "provider": "Scripted"},
                {"id": "third", "provider": "Scripted", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
            ]
        }


def test_when_all_fail_the_first_failure_is_told() -> None:
    first = model("first", ModelRateLimitError("slow down"))
    second, third = model("second", BUSY), model("third", ModelAuthenticationError("no key"))
    output = Agent(model=first, fallback_models=[second, third]).run("go")
    assert (output.status, output.content) == (RunStatus.error, "slow down")
    assert [len(m.requests) for m in (first, second, third)] == [1, 1, 1]


def test_a_stand_in_stays_for_the_rest_of_the_run_and_the_next_run_begins_anew() -> None:
    first = model("first", Say(calls=[("look", {"what": "a"})]), BUSY, "First again.")
    second = model("second", Say(calls=[("look", {"what": "b"})]), "Both found.")
    agent = Agent(model=first, fallback_models=[second], tools=[look], db=InMemoryDb())
    output = agent.run("go", session_id="s")
    assert [(m.role, m.content) for m in output.messages] == [
        ("user", "go"),
        ("assistant", None),
        ("tool", "a found"),
        ("assistant", None),
        ("tool", "b found"),
        ("assistant", "Both found."),
    ]
    assert_valid_history(output.messages)
    assert [len(m.requests) for m in (first, second)] == [2, 2]
    assert agent.run("go", session_id="s").content == "First again."


def test_a_stand_in_that_fails_later_is_followed_by_the_next() -> None:
    second = model("second", Say(calls=[("look", {"what": "a"})]), ModelRateLimitError("slow down"))
    agent = Agent(model=model("first", BUSY), fallback_models=[second, model("third", "Done.")], tools=[look])
    assert (agent.run("go").content, len(second.requests)) == ("Done.", 2)


def test_no_other_model_begins_anew_once_words_have_reached_the_reader() -> None:
    for partial in (Say(text="Half of", error=BUSY), Say(reasoning="Hm.", error=BUSY)):
        for way in ways.STREAMED.values():
            second = model("second", "The whole.")
            events, output = way(Agent(model=model("first", partial), fallback_models=[second], db=InMemoryDb()), "go")
            assert ways.names(events) == ["RunStarted", "ModelRequestStarted", "RunContent", "RunError"]
            assert (output.status, output.content, second.requests) == (RunStatus.error, "busy", [])
            kept = [m.content for m in output.messages if m.role == "assistant"]
            assert kept == ([partial.text] if partial.text else [])


def test_words_that_nobody_has_seen_are_dropped() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    first = model("first", Say(text='{"a": 7', error=BUSY))
    agent = Agent(model=first, fallback_models=[model("second", '{"a": 1}')], output_schema=schema)
    for way in (ways.run_stream, ways.run):
        first.requests.clear()
        agent.fallback_models = [model("second", '{"a": 1}')]
        _, output = way(agent, "go")
        assert output.content == {"a": 1}
        assert [m.content for m in output.messages] == ["go", '{"a": 1}']


def test_the_callback_is_told_once_after_the_answer() -> None:
    told: list[Any] = []

    async def note(failed: str, answering: str, error: Exception) -> None:
        told.append((failed, answering, error))

    second = model("second", ModelConnectionError("gone"))
    third = model("third", Say(calls=[("look", {"what": "a"})]), "Done.")
    for callback in (note, lambda *said: told.append(said)):
        for m in (second, third):
            m.requests.clear()
        config = FallbackConfig(on_error=[second, third], callback=callback)
        assert Agent(model=model("first", BUSY), fallback_config=config, tools=[look]).run("go").content == "Done."
        assert told == [("first", "third", BUSY)]
        told.clear()


def test_a_callback_that_fails_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ValueError("bad callback")

    config = FallbackConfig(on_error=[model("second", "Fine.")], callback=broken)
    assert Agent(model=model("first", BUSY), fallback_config=config).run("go").content == "Fine."
    assert "the fallback callback failed" in caplog.text


def test_a_run_cancelled_by_its_callback_ends_as_cancelled() -> None:
    second = model("second", Say(text="Looking. ", calls=[("look", {"what": "a"})]))
    config = FallbackConfig(on_error=[second], callback=lambda *_: Agent.cancel_run("r"))
    output = Agent(model=model("first", BUSY), fallback_config=config, tools=[look]).run("go", run_id="r")
    assert (output.status, output.content) == (RunStatus.cancelled, "Looking. ")


def test_each_request_counts_for_the_limit() -> None:
    second = model("second", "Never asked.")
    limits = Limits(max_model_requests=1)
    output = Agent(model=model("first", BUSY), fallback_models=[second], limits=limits).run("go")
    assert (output.status, second.requests) == (RunStatus.error, [])
    assert "max_model_requests=1" in output.content


def test_fallback_config_wins_over_fallback_models(caplog: pytest.LogCaptureFixture) -> None:
    config = FallbackConfig([model("configured", "x")])
    assert (config.has_fallbacks, FallbackConfig().has_fallbacks) == (True, False)
    agent = Agent(model=model("first", BUSY), fallback_models=[model("second", "y")], fallback_config=config)
    with caplog.at_level(logging.WARNING):
        assert agent.run("go").model == "configured"
    assert "fallback_models are left out" in caplog.text


def test_a_stand_in_may_be_named_by_text_and_a_wrong_name_is_refused_before_the_run() -> None:
    agent = Agent(model=model("first", "x"), fallback_models=["nobody:x"])
    with pytest.raises(ConfigurationError, match="names no provider"):
        agent.run("go")
    config = FallbackConfig(on_error=["openai:x"], on_rate_limit=["gemini:y"], on_context_overflow=["groq:z"])
    assert Agent(model=model("first", "Fine."), fallback_config=config).run("go").content == "Fine."


def test_a_run_that_goes_on_asks_nobody_again_for_what_is_journaled() -> None:
    first = model("first", BUSY)
    second = model("second", Say(calls=[("look", {"what": "a"})]), RuntimeError("cut"))
    agent = Agent(model=first, fallback_models=[second], tools=[look], db=InMemoryDb())
    assert agent.run("go", run_id="r").status is RunStatus.error
    agent.model, agent.fallback_models = model("first", "Found it."), None
    output = agent.continue_run("r")
    assert output.content == "Found it."
    assert [(m.role, m.content) for m in output.messages][1:3] == [("assistant", None), ("tool", "a found")]
    assert output.metrics is not None
    assert [m.id for m in (output.metrics.details or {})["model"]] == ["second", "first"]
