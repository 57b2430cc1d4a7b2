"""The names of the reference are the yardstick: each is honoured, refused with a reason, or pending with its issue."""

from __future__ import annotations

from functools import cache

import pytest

from agnolo.agent.agent import Agent
from contracts import surface
from contracts.surface import Item, Judged, Unbuilt


@cache
def judged() -> dict[str, Judged]:
    return {one.item.id: one for one in surface.judge_all()}


def test_every_name_of_the_reference_is_honoured_refused_or_pending() -> None:
    undecided = [id for id, one in judged().items() if one.standing == "undecided"]
    assert undecided == [], (
        "list them in `unbuilt` of requirements.toml with their issue, or as refused in agno_names.toml"
    )


def test_every_list_of_what_is_to_come_still_says_something() -> None:
    pending = [one.item for one in judged().values() if one.standing == "pending"]
    idle = [
        pattern
        for one in surface.unbuilt()
        for pattern in one.names
        if not any(Unbuilt((pattern,), one.issue).covers(item) for item in pending)
    ]
    assert idle == [], "all that these cover is there: remove them from `unbuilt` of requirements.toml"


@pytest.mark.parametrize(
    ("id", "standing", "why"),
    [
        ("agno.agent.Agent", "honoured", ""),
        ("agno.agent.Agent(model=)", "honoured", ""),
        ("agno.agent.Agent.run", "honoured", ""),
        ("agno.run.RunStatus.completed", "honoured", ""),
        ("agno.run.agent.RunContentEvent", "honoured", ""),
        ("agno.run.agent.RunContentEvent.content", "honoured", ""),
        ("agno.team.Team", "pending", "issue 7"),
        ("agno.team.Team(members=)", "pending", "issue 7"),
        ("agno.run.team.RunContentEvent.content", "pending", "issue 7"),
        ("agno.models.google.Gemini(vertexai=)", "refused", "it reaches the Gemini API, not Vertex AI"),
        (
            "agno.models.litellm.LiteLLM(api_key=)",
            "refused",
            "run LiteLLM's proxy and use LiteLLMOpenAI of agno.models.litellm.litellm_openai",
        ),
    ],
)
def test_standing_of_a_name(id: str, standing: str, why: str) -> None:
    assert judged()[id][1:] == (standing, why)


def test_standing_is_that_of_the_running_package(monkeypatch: pytest.MonkeyPatch) -> None:
    before = surface.counts(list(judged().values()))
    monkeypatch.delattr(Agent, "get_tools")
    after = surface.counts(surface.judge_all())
    assert (after["honoured"], after["pending"]) == (before["honoured"] - 1, before["pending"] + 1)


def test_name_that_nobody_lists_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surface, "items", lambda: iter([Item("agno.novelty.Thing", "names")]))
    found = surface.judge_all()
    assert [one.standing for one in found] == ["undecided"]
    assert surface.as_json(found)["classes"] == {"agno.novelty.Thing": {"undecided": 1, "not": {"undecided": ["all"]}}}


def test_report_counts_every_name_once() -> None:
    everything = list(judged().values())
    told = surface.as_json(surface.judge_all())
    assert sum(told["total"].values()) == len(list(surface.items()))
    for state, count in told["total"].items():
        assert count == sum(part[state] for part in told["parts"].values())
    page = "\n".join(surface.as_markdown(everything))
    assert "| names | 205 |" in page
    assert "`agno.agent.Agent`" in page


def test_introspected_signatures_are_reduced_to_names() -> None:
    field = {"name": "content", "annotation": "str"}
    model = {"kind": "pydantic", "fields": [{"name": "role"}], "methods": {"to_dict": {}}}
    introspected = {
        "reference": "agno 3.1.10",
        "symbols": {
            "agno.a.Model": model,
            "agno.a.Kind": {"kind": "enum", "members": {"one": 1}},
            "agno.a.call": {"kind": "function", "signature": {"params": [{"name": "args", "kind": "*args"}, field]}},
        },
        "events": {"agent": {"base_fields": [{"name": "event"}], "OneEvent": {"event": "One", "own_fields": [field]}}},
    }
    assert surface.reduced(introspected) == {
        "reference": "agno 3.1.10",
        "source": surface.SOURCE,
        "classes": {
            "agno.a.Model": {"constructor parameters": ["role"], "methods": ["to_dict"]},
            "agno.a.Kind": {"enumeration members": ["one"]},
            "agno.a.call": {"constructor parameters": ["content"]},
        },
        "events": {"agno.run.agent": {"all": ["event"], "classes": {"OneEvent": ["content"]}}},
    }
