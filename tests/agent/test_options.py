"""Options: declared once, checked by name, cheap."""

from __future__ import annotations

import pytest

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.agent.arguments import CallOptions
from agnolo.agent.call import Call
from agnolo.vocabulary.errors import ConfigurationError


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(TypeError, match=r"Agent\(\) has no option 'instrucions' \(did you mean 'instructions'\?\)"):
        Agent(instrucions="x")  # pyright: ignore[reportCallIssue] - the point
    with pytest.raises(TypeError, match=r"has no option 'zzz'$"):
        Agent(zzz=1)  # pyright: ignore[reportCallIssue] - the point


def test_an_unknown_argument_of_run_is_refused() -> None:
    with pytest.raises(TypeError, match="sesion_id"):
        Agent(model=ScriptedModel(["x"])).run("x", sesion_id="s")  # pyright: ignore[reportCallIssue] - the point


def test_call_and_its_typed_options_are_alike() -> None:
    assert set(Call.__struct_fields__) == {*CallOptions.__annotations__, "input", "stream"}


def test_options_not_given_have_their_defaults_and_take_no_room() -> None:
    agent = Agent(name="A")
    assert vars(agent) == {"name": "A"}
    assert (agent.markdown, agent.tools, agent.num_history_runs) == (False, None, None)
    agent.markdown = True
    assert Agent(name="B").markdown is False


def test_the_id_is_a_slug_of_the_name_or_made_once() -> None:
    assert Agent(name="My  Agent!").agent_id == "my-agent"
    assert Agent(id="given", name="My Agent").agent_id == "given"
    assert Agent(name="…").agent_id == "agent"
    nameless = Agent()
    assert nameless.agent_id == nameless.agent_id
    assert nameless.agent_id != Agent().agent_id
    assert repr(Agent(name="A", instructions="secret")) == "Agent(name='A')"


def test_runs_of_one_object_share_a_session_for_each_user() -> None:
    agent = Agent(model=ScriptedModel(["x"], loop=True), db=InMemoryDb())
    first, second, other = agent.run("a"), agent.run("b"), agent.run("c", user_id="u")
    assert first.session_id == second.session_id != other.session_id
    assert agent.run("d", session_id="mine").session_id == "mine"
    assert Agent(model=ScriptedModel(["x"]), session_id="fixed").run("a").session_id == "fixed"


def test_a_model_that_is_none_is_refused_with_the_fix() -> None:
    with pytest.raises(ConfigurationError, match="is not a model: give an object such as OpenAIChat"):
        Agent(model=42).run("x")  # pyright: ignore[reportArgumentType] - the point


def test_the_tools_of_an_agent_can_be_listed() -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    (function,) = Agent(tools=[add]).get_tools()
    assert (function.name, function.description) == ("add", "Add two numbers.")
    assert Agent().get_tools() == []
    assert Agent(model=(model := ScriptedModel([]))).resolved_model() is model


def test_telemetry_is_accepted_and_does_nothing() -> None:
    assert Agent(model=ScriptedModel(["x"]), telemetry=True).run("x").content == "x"
