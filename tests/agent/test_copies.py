"""Agents made from agents, and tools given later."""

import threading
from typing import Any

import pytest

from agnolo.agent.agent import Agent
from agnolo.ports.toolkit import Toolkit, listed
from agnolo.providers.scripted import Say, ScriptedModel
from agnolo.storage.memory import InMemoryDb


def near() -> str:
    """Look near."""
    return "near"


class Notes(Toolkit):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        super().__init__("notes", [self.note])

    def note(self, text: str) -> str:
        """Keep a text."""
        self.kept.append(text)
        return "kept"


def test_copy_has_the_same_options_and_shares_what_has_connections() -> None:
    model, db = ScriptedModel(["Hello"]), InMemoryDb()
    agent = Agent(name="Ada", id="ada", model=model, db=db, tools=[near], instructions=["Be short"], markdown=True)
    copy = agent.deep_copy()
    assert {name: value for name, value in vars(copy).items() if name[0] != "_"} == {
        name: value for name, value in vars(agent).items() if name[0] != "_"
    }
    assert (copy.model is model, copy.db is db, copy is agent) == (True, True, False)


def test_copy_takes_other_options_and_keeps_the_class() -> None:
    class Special(Agent):
        pass

    agent = Special(name="Ada", id="ada", session_id="s")
    copy = agent.deep_copy(update={"name": "Grace", "markdown": True})
    assert (type(copy), copy.name, copy.id, copy.session_id, copy.markdown) == (Special, "Grace", "ada", "s", True)
    assert (agent.name, agent.markdown) == ("Ada", False)
    with pytest.raises(TypeError, match=r"has no option 'nam' \(did you mean 'name'\?\)"):
        agent.deep_copy(update={"nam": "Grace"})


def test_what_one_changes_later_the_other_keeps() -> None:
    state: dict[str, Any] = {"seen": [1], "both": (1, {2}), "more": {3}}
    instructions = ["Be short"]
    copy = Agent(session_state=state, instructions=instructions).deep_copy()
    assert copy.session_state == state
    state["seen"].append(2)
    instructions.append("Be kind")
    assert (copy.session_state, copy.instructions) == ({"seen": [1], "both": (1, {2}), "more": {3}}, ["Be short"])


def test_sessions_of_a_copy_are_its_own() -> None:
    agent = Agent(name="Ada")
    assert agent.deep_copy().default_session(None) != agent.default_session(None)


def test_copy_of_a_toolkit_keeps_its_own_state() -> None:
    notes = Notes()
    agent = Agent(model=ScriptedModel([Say(calls=[("note", {"text": "milk"})]), "Noted"]), tools=[notes, near])
    copy = agent.deep_copy()
    assert copy.run("Note milk").content == "Noted"
    kept, other = listed(copy.tools)
    assert isinstance(kept, Notes)
    assert (notes.kept, kept.kept, other is near) == ([], ["milk"], True)


def test_toolkit_that_can_not_be_copied_is_shared() -> None:
    notes = Notes()
    vars(notes)["lock"] = threading.Lock()
    assert Agent(tools=[notes]).deep_copy().tools == [notes]


def test_tools_are_added_and_replaced_without_touching_the_list_that_was_given() -> None:
    given = [near]
    agent = Agent(model=ScriptedModel([Say(calls=[("note", {"text": "milk"})]), "Noted"]), tools=given)
    agent.add_tool(Notes())
    assert ([tool.name for tool in agent.get_tools()], given) == (["near", "note"], [near])
    assert [call.result for call in agent.run("Note milk").tools or ()] == ["kept"]
    agent.set_tools((near,))
    assert [tool.name for tool in agent.get_tools()] == ["near"]
    bare = Agent()
    bare.add_tool(near)
    assert bare.tools == [near]
