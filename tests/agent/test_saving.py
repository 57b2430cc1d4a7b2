"""Agents as dicts, saved and loaded."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from agnolo.agent.agent import Agent
from agnolo.agent.registry import Registry
from agnolo.agent.saved_agents import get_agent_by_id, get_agents
from agnolo.ports.function import Function
from agnolo.ports.options import FallbackConfig, Limits
from agnolo.ports.toolkit import Toolkit
from agnolo.providers import Groq, OpenAIChat, OpenAIResponses
from agnolo.providers.scripted import Say, ScriptedModel
from agnolo.storage.memory import InMemoryDb
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.components import ComponentArchivedError, ComponentRehydrationError
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunStatus


class Verdict(BaseModel):
    good: bool


class Walks(Toolkit):
    """Goes about."""

    def __init__(self, name: str = "walks") -> None:
        super().__init__(name, [self.go])

    def go(self, steps: int) -> str:
        """Go so many steps."""
        return f"{self.name} {steps}"


def look(place: str) -> str:
    """Look at a place."""
    return f"saw {place}"


def through_json(agent: Agent) -> dict[str, Any]:
    return json.loads(json.dumps(agent.to_dict()))


def test_agent_that_comes_back_from_its_dict_becomes_the_same_dict() -> None:
    agent = Agent(
        id="scout",
        name="Scout",
        model=OpenAIChat(id="gpt-x", temperature=0.5),
        tools=[look, Walks(), {"type": "web_search"}],
        output_schema=Verdict,
        instructions=["Be short"],
        limits=Limits(max_total_tokens=9),
        fallback_models=["groq:llama", OpenAIResponses(id="gpt-y")],
        metadata={"team": None},
        num_history_messages=4,
        telemetry=False,
    )
    config = through_json(agent)
    back = Agent.from_dict(config, registry=Registry(tools=[look, Walks()], schemas=[Verdict]))
    restored = through_json(back)
    groq = {"name": "Groq", "id": "llama", "provider": "Groq"}
    assert restored.pop("fallback_models")[0] == groq
    config.pop("fallback_models")
    assert restored == config
    assert (back.output_schema, back.limits) == (Verdict, Limits(max_total_tokens=9))
    assert isinstance(back.model, OpenAIChat)
    assert (back.model.id, back.model.temperature) == ("gpt-x", 0.5)


def test_secrets_and_places_of_models_are_not_saved() -> None:
    model = OpenAIChat(
        id="gpt-x",
        api_key="sk-1",
        base_url="https://ada:pw@h/v1",
        extra_headers={"X": "sk-2"},
        extra_body={"user_token": "sk-3"},
        retries=4,
    )
    kept = Agent(model=model).to_dict()["model"]
    assert kept == {"name": "OpenAIChat", "id": "gpt-x", "provider": "OpenAI", "retries": 4}


def test_what_cannot_be_saved_is_named_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent(
        id="scout",
        instructions=lambda: "Hi",
        tools=lambda: [look],
        dependencies={"clock": lambda: 1, "api_key": "sk-1", "n": 2, "none": None},
        metadata={"rows": [1, object(), None]},
        fallback_config=FallbackConfig(on_error=["groq:llama"], callback=lambda *_: None),
    )
    config = agent.to_dict()
    assert config == {
        "id": "scout",
        "dependencies": {"n": 2, "none": None},
        "metadata": {"rows": [1, None]},
        "fallback_config": {"on_error": ["groq:llama"]},
        "num_history_runs": 3,
    }
    names = "instructions, tools, dependencies.clock, dependencies.api_key, metadata.rows[1], fallback_config.callback"
    assert names in caplog.text
    assert "sk-1" not in caplog.text
    back = Agent.from_dict(config)
    assert back.fallback_config is not None
    assert [model.provider for model in back.fallback_config.on_error if not isinstance(model, str)] == ["Groq"]


def test_classes_of_any_kind_are_schemas_by_name() -> None:
    @dataclasses.dataclass
    class Plain:
        x: int

    class Packed(msgspec.Struct):
        x: int

    registry = Registry(schemas=[Plain, Packed])
    for schema in (Plain, Packed):
        config = Agent(output_schema=schema).to_dict()
        assert config["output_schema"] == schema.__name__
        assert Agent.from_dict(config, registry).output_schema is schema
    given = {"type": "object", "properties": {}}
    assert Agent.from_dict(Agent(output_schema=given).to_dict()).output_schema == given


def test_strict_loading_names_what_the_registry_lacks() -> None:
    config = Agent(id="scout", tools=[look, Walks()], output_schema=Verdict, db=InMemoryDb(id="m")).to_dict()
    with pytest.raises(ComponentRehydrationError, match=r"not in the registry: look, walks\.go"):
        Agent.from_dict(config, strict=True)
    tools = Registry(tools=[look, Walks()])
    with pytest.raises(ComponentRehydrationError, match=r"refers to schema 'Verdict'.*schemas="):
        Agent.from_dict(config, tools, strict=True)
    tools.add_schema(Verdict)
    with pytest.raises(ComponentRehydrationError, match=r"refers to database 'm'.*dbs="):
        Agent.from_dict(config, tools, strict=True)


def test_tool_that_is_not_at_hand_fails_when_it_is_called(caplog: pytest.LogCaptureFixture) -> None:
    model = ScriptedModel([Say(calls=[("look", {"place": "up"}), ("go", {"steps": 1})]), "No luck"])
    agent = Agent.from_dict(Agent(tools=[look, Walks()], output_schema=Verdict).to_dict())
    assert "calls of which will fail: look, walks.go" in caplog.text
    agent.model = model
    told = agent.run("Look up")
    assert (told.status, told.content) == (RunStatus.completed, "No luck")
    assert told.tools is not None
    assert [(one.tool_call_error, "not in the registry" in str(one.result)) for one in told.tools] == [(True, True)] * 2
    assert [tool.get("toolkit") for tool in agent.to_dict()["tools"]] == [None, "walks"]


def test_tools_of_two_toolkits_are_told_apart_by_the_toolkit() -> None:
    here, there = Walks("here"), Walks("there")
    config = Agent(tools=[there]).to_dict()
    agent = Agent.from_dict(config, Registry(tools=[here, there]), strict=True)
    agent.model = ScriptedModel([Say(calls=[("go", {"steps": 2})]), "Went"])
    told = agent.run("Go")
    assert [one.result for one in told.tools or ()] == ["there 2"]


def test_renamed_toolkit_is_used_only_when_not_strict(caplog: pytest.LogCaptureFixture) -> None:
    config = Agent(tools=[Walks("old")]).to_dict()
    agent = Agent.from_dict(config, Registry(tools=[Walks("new")]))
    assert [tool.name for tool in agent.get_tools()] == ["go"]
    assert "toolkit 'old' is not in the registry" in caplog.text
    with pytest.raises(ComponentRehydrationError, match=r"old\.go"):
        Agent.from_dict(config, Registry(tools=[Walks("new")]), strict=True)


def test_saved_words_win_over_those_of_the_tool_at_hand() -> None:
    saved = Function(name="look", description="Look well.", entrypoint=look, strict=True, timeout=3)
    told = saved.to_dict()
    assert told == {
        "name": "look",
        "description": "Look well.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
        "strict": True,
    }
    found = Registry(tools=[Function(name="look", entrypoint=look, timeout=7)]).rehydrate_function(told)
    assert (found.description, found.strict, found.timeout, found.entrypoint) == ("Look well.", True, 7, look)
    assert Registry().rehydrate_function(told).parameters == told["parameters"]


def test_asking_for_the_dict_does_not_change_what_is_sent() -> None:
    tool = Function.from_callable(look)
    before = tool.spec()
    tool.to_dict()["parameters"]["properties"].clear()
    assert tool.spec() == before


def test_model_of_the_registry_is_preferred() -> None:
    mine = OpenAIChat(id="gpt-x", base_url="http://127.0.0.1:1/v1")
    registry = Registry(models=[Groq(id="gpt-x"), mine])
    assert Agent.from_dict(Agent(model=OpenAIChat(id="gpt-x")).to_dict(), registry).model is mine
    assert Agent.from_dict({"memory_model": {"id": "gpt-x", "provider": "OpenAI"}}, registry).memory_model is mine
    assert Agent.from_dict({"model": None}).model is None


@pytest.mark.parametrize(
    ("saved", "kind"),
    [
        ({"id": "m", "provider": "Groq", "name": "Groq"}, "Groq"),
        ({"id": "m", "provider": "OpenAI", "name": "Mine"}, "OpenAIResponses"),
        ({"id": "m", "provider": "OpenAI", "name": "OpenAIEmbedder"}, "OpenAIResponses"),
        ({"id": "smollm2", "provider": "Local", "name": "Local"}, "Local"),
        ("groq:m", "Groq"),
    ],
)
def test_models_are_made_anew(saved: Any, kind: str) -> None:
    model: Any = Agent.from_dict({"model": saved}).model
    assert (type(model).__name__, model.id) == (kind, saved["id"] if isinstance(saved, dict) else "m")


def test_options_that_a_model_no_longer_has_are_named(caplog: pytest.LogCaptureFixture) -> None:
    saved = {"id": "m", "provider": "OpenAI", "name": "OpenAIChat", "warmth": 3, "api_key": "sk-1"}
    model: Any = Agent.from_dict({"model": saved}).model
    assert (model.id, model.api_key) == ("m", None)
    assert "are left out: api_key, warmth" in caplog.text


@pytest.mark.parametrize("saved", [{"id": "m", "provider": "Nobody"}, {"provider": "Groq"}, "nobody:m"])
def test_model_that_cannot_be_made_is_a_typed_error(saved: Any) -> None:
    with pytest.raises(ComponentRehydrationError, match=r"can't be made.*Registry\(models="):
        Agent.from_dict({"model": saved})


def test_options_of_others_are_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent.from_dict({"id": "x", "flavour": 3, "colour": None, "add_search_knowledge_instructions": True})
    assert agent.to_dict() == {"id": "x", "num_history_runs": 3}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "'flavour'" in caplog.text


def test_saved_agent_runs_from_another_store_object(tmp_path: Path) -> None:
    first = SqliteDb(tmp_path / "agnolo.db")
    assert Agent(id="scout", description="Scouts", db=first, tools=[look]).save() == 1
    first.close()
    second = SqliteDb(tmp_path / "agnolo.db")
    agent = Agent.load("scout", db=second, registry=Registry(tools=[look]), strict=True)
    assert agent is not None
    assert (agent.db is second, agent.description) == (True, "Scouts")
    agent.model = ScriptedModel(["Here"])
    assert agent.run("Go", session_id="s").content == "Here"
    second.close()


def test_agent_works_on_the_store_it_was_saved_with(tmp_path: Path) -> None:
    shelf, own = InMemoryDb(id="shelf"), SqliteDb(tmp_path / "own.db", id="own")
    Agent(id="scout", db=own).save(db=shelf)
    found = Agent.load("scout", db=shelf)
    assert found is not None
    assert isinstance(found.db, SqliteDb)
    assert (found.db.id, found.db.path) == ("own", own.path)
    registered = Agent.load("scout", db=shelf, registry=Registry(dbs=[own]))
    assert registered is not None
    assert registered.db is own
    own.close()


def test_namespace_of_a_store_is_kept() -> None:
    assert SqliteDb(id="x", namespace="acme").to_dict() == {
        "id": "x",
        "type": "sqlite",
        "db_file": None,
        "namespace": "acme",
    }


def test_agent_of_a_store_in_memory_falls_back_on_the_store_at_hand() -> None:
    gone, here = InMemoryDb(), InMemoryDb()
    agent = Agent(id="scout", db=gone)
    agent.save(db=here)
    found = Agent.load("scout", db=here)
    assert found is not None
    assert found.db is here
    with pytest.raises(ComponentRehydrationError, match=r"refers to database"):
        Agent.load("scout", db=here, strict=True)


def test_versions_and_errors_of_saving() -> None:
    db = InMemoryDb()
    agent = Agent(name="Night Scout", db=db)
    assert [agent.save(stage="draft"), agent.save(label="a", notes="n")] == [1, 2]
    stage: Any = "final"
    with pytest.raises(ConfigurationError, match="stage='final'"):
        agent.save(stage=stage)
    with pytest.raises(ConfigurationError, match="has no db"):
        Agent(id="x").save()
    assert agent.delete()
    with pytest.raises(ComponentArchivedError, match="hard_delete=True"):
        agent.save()
    assert Agent.load("night-scout", db=db) is None


def test_drafts_are_found_only_when_asked_for() -> None:
    db = InMemoryDb()
    Agent(id="sketch", db=db).save(stage="draft")
    Agent(id="scout", db=db).save()
    assert get_agent_by_id(db, "sketch") is None
    assert Agent.load("sketch", db=db, published_only=True) is None
    for found in (get_agent_by_id(db, "sketch", version=1), get_agent_by_id(db, "sketch", published_only=False)):
        assert found is not None
        assert found.id == "sketch"
    assert Agent.load("scout", db=db, version=7) is None
    assert sorted(str(agent.id) for agent in get_agents(db)) == ["scout", "sketch"]
    assert [agent.id for agent in get_agents(db, exclude_component_ids={"scout"})] == ["sketch"]


def test_agent_whose_model_cannot_be_made_is_not_listed(caplog: pytest.LogCaptureFixture) -> None:
    db = InMemoryDb()
    Agent(id="scripted", model=ScriptedModel(["x"]), db=db).save()
    Agent(id="scout", db=db).save()
    assert [agent.id for agent in get_agents(db)] == ["scout"]
    assert "'scripted' is left out" in caplog.text


def test_registry_keeps_the_first_of_two_things_of_one_name() -> None:
    class Other(BaseModel):
        pass

    Other.__name__ = "Verdict"
    first, db = OpenAIChat(id="m"), InMemoryDb(id="one")
    agent = Agent(id="scout")
    registry = Registry(name="all", description="d", id="r", agents=[agent])
    for tool in (look, look):
        registry.add_tool(tool)
    for model in (first, OpenAIChat(id="m")):
        registry.add_model(model)
    for store in (db, InMemoryDb(id="one")):
        registry.add_db(store)
    for schema in (Verdict, Other):
        registry.add_schema(schema)
    for func in (look, look):
        registry.add_function(func)
    assert (registry.tools, registry.models, registry.dbs, registry.schemas) == ([look], [first], [db], [Verdict])
    assert (registry.get_function("look"), registry.get_function("near")) == (look, None)
    assert (registry.get_agent("scout"), registry.get_agent("nobody")) == (agent, None)
    assert (registry.get_agent_ids(), registry.id, registry.name) == ({"scout"}, "r", "all")
    assert registry.get_model("m", name="Else") is None
