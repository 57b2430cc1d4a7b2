"""The contract notices changes of behaviour: each of these, made on purpose, must fail a scenario."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from agnolo.vocabulary.events import RunCompletedEvent, RunContentEvent
from tests.contract.conftest import Contract


class Mutation(NamedTuple):
    """What is changed in Agnolo, how, and the scenario that must notice."""

    place: str
    change: Callable[[Any], Any]
    scenario: str


def _without(keys: str) -> Callable[[Any], Any]:
    """A function that makes dicts, without these keys in them."""
    return lambda make: lambda *given, **more: {k: v for k, v in make(*given, **more).items() if k not in keys.split()}


MUTATIONS = {
    "history shows two runs instead of three": Mutation(
        "agnolo.engine.history:DEFAULT_RUNS", lambda _: 2, "history/default[run]"
    ),
    "a history window may begin with orphaned tool results": Mutation(
        "agnolo.engine.history:without_orphans", lambda _: list, "history/orphans[run]"
    ),
    "tool results are told as repr": Mutation(
        "agnolo.engine.tool_calls:result_text", lambda _: repr, "history/tools[run]"
    ),
    "the system message goes out as system": Mutation(
        "agnolo.providers.openai_request:_message",
        lambda make: (
            lambda *given: (said := make(*given)) | ({"role": "system"} if said["role"] == "developer" else {})
        ),
        "prompt/description[run]",
    ),
    "sections lose their tags": Mutation(
        "agnolo.engine.context:_tagged", lambda _: lambda tag, text: text or "", "prompt/expected-output[run]"
    ),
    "variables stay unresolved": Mutation(
        "agnolo.engine.context:_resolve", lambda _: lambda text, run: text, "prompt/state-variable[run]"
    ),
    "plain streams also end with RunCompleted": Mutation(
        "agnolo.agent.execution:ALWAYS_SHOWN",
        lambda _: (RunContentEvent, RunCompletedEvent),
        "streaming/content-only[run]",
    ),
    "tokens are counted double": Mutation(
        "agnolo.providers.openai_usage:count",
        lambda count: lambda *given: 2 * count(*given),
        "providers/openai/usage[run]",
    ),
    "failed tools are told like the others": Mutation(
        "agnolo.engine.tool_calls:_completed",
        lambda make: lambda *given: make(*given)[:1],
        "streaming/tool-error[stream]",
    ),
    "tool calls lose their ids on the wire": Mutation(
        "agnolo.providers.openai_request:_call", _without("id"), "tools/two-rounds[run]"
    ),
    "sessions keep no state": Mutation(
        "agnolo.engine.persist:state_change",
        lambda make: lambda run, counted: msgspec.structs.replace(make(run, counted), state_set={}),
        "sessions/state-overlay[run]",
    ),
    "a missing form field answers 400": Mutation(
        "agnolo.server.problems:bad_field",
        lambda make: lambda *given, **more: type(make(*given, **more))(400, "bad"),
        "server/run-no-message[run]",
    ),
    "sessions are listed without their ids": Mutation(
        "agnolo.server.shapes:session_item", _without("session_id"), "server/sessions[run]"
    ),
}


@pytest.mark.parametrize("title", MUTATIONS)
def test_a_change_of_behaviour_fails_the_contract(
    contract: Contract, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    place, change, scenario = MUTATIONS[title]
    module, _, name = place.partition(":")
    assert contract.verdict(scenario).state != "mismatch"
    monkeypatch.setattr(importlib.import_module(module), name, change(getattr(importlib.import_module(module), name)))
    assert contract.try_out(scenario).state == "mismatch"
