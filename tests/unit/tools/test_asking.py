"""Toolkits with which the model asks a person: the run waits, in any process, and the answers reach the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunStatus, ScriptedModel, SqliteDb, Toolkit
from agnolo.providers.scripted import Answer, Say
from agnolo.tools.user_control_flow import UserControlFlowTools
from agnolo.tools.user_feedback import AskUserOption, AskUserQuestion, UserFeedbackTools
from agnolo.vocabulary.errors import ApprovalMismatchError, InputError, UnresolvedRequirementsError
from agnolo.vocabulary.requirements import RunRequirement

FIELDS = {
    "user_input_fields": [
        {"field_name": "town", "field_type": "str", "field_description": "Where to"},
        {"field_name": "nights", "field_type": "int", "field_description": "How long"},
    ]
}
QUESTIONS = {
    "questions": [
        {"question": "Which way?", "header": "Way", "options": [{"label": "Train"}, {"label": "Plane"}]},
        {"question": "Which meals?", "header": "Meals", "options": [{"label": "Lunch"}], "multi_select": True},
    ]
}
ASK_FIELDS = Say(calls=[("get_user_input", FIELDS)])
ASK_QUESTIONS = Say(calls=[("ask_user", QUESTIONS)])


def planner(replies: list[Answer], path: Path, *tools: Toolkit) -> tuple[Agent, ScriptedModel]:
    model = ScriptedModel(replies)
    return Agent(model=model, tools=list(tools), db=SqliteDb(path / "trip.db"), session_id="s"), model


def answered(path: Path, tools: list[Toolkit], asked: Answer, answer: Any) -> str:
    """What the model reads after a run has paused in one process and gone on in another."""
    before, _ = planner([asked], path, *tools)
    paused = before.run("Plan a trip")
    assert (paused.status, before.db is not None) == (RunStatus.paused, True)
    assert before.db is not None
    before.db.close()
    after, model = planner(["Done."], path, *tools)
    stored = after.get_run_output(paused.run_id)
    assert stored is not None
    given = [RunRequirement.from_dict(one.to_dict()) for one in stored.active_requirements]
    answer(given[0])
    assert after.continue_run(run_id=paused.run_id, requirements=given).content == "Done."
    return str(model.requests[0].messages[-1].content)


def test_fields_are_filled_in_by_another_process(tmp_path: Path) -> None:
    def answer(requirement: RunRequirement) -> None:
        assert (requirement.pause_type, requirement.needs_user_input) == ("user_input", True)
        requirement.provide_user_input({"town": "Ulm"})
        assert not requirement.is_resolved()
        requirement.provide_user_input({"nights": 2})

    read = answered(tmp_path, [UserControlFlowTools()], ASK_FIELDS, answer)
    assert read == 'The user has given: [{"name":"town","value":"Ulm"},{"name":"nights","value":2}]'


def test_questions_are_answered_by_another_process(tmp_path: Path) -> None:
    def answer(requirement: RunRequirement) -> None:
        assert (requirement.pause_type, requirement.needs_user_feedback) == ("user_feedback", True)
        requirement.provide_user_feedback({"Which way?": ["Train"]})
        assert not requirement.is_resolved()
        requirement.provide_user_feedback({"Which meals?": ["Lunch"]})

    read = answered(tmp_path, [UserFeedbackTools()], ASK_QUESTIONS, answer)
    assert read == (
        'The user has answered: [{"question":"Which way?","selected":["Train"]},'
        '{"question":"Which meals?","selected":["Lunch"]}]'
    )


@pytest.mark.parametrize(
    ("tools", "asked"), [(UserControlFlowTools(), ASK_FIELDS), (UserFeedbackTools(), ASK_QUESTIONS)]
)
def test_nothing_goes_on_before_the_answer(tools: Toolkit, asked: Answer) -> None:
    agent = Agent(model=ScriptedModel([asked, "Never"]), tools=[tools], db=InMemoryDb(), session_id="s")
    paused = agent.run("Plan a trip")
    with pytest.raises(UnresolvedRequirementsError):
        agent.continue_run(paused)
    with pytest.raises(InputError, match="does not wait for confirmation"):
        paused.active_requirements[0].confirm()


def test_an_answer_does_not_hold_for_other_questions() -> None:
    agent = Agent(
        model=ScriptedModel([ASK_QUESTIONS, "Never"]), tools=[UserFeedbackTools()], db=InMemoryDb(), session_id="s"
    )
    requirement = agent.run("Plan a trip").active_requirements[0]
    requirement.provide_user_feedback({"Which way?": ["Train"], "Which meals?": []})
    assert requirement.tool_execution.tool_args is not None
    requirement.tool_execution.tool_args = {"questions": [{"question": "Which bank?", "header": "", "options": []}]}
    run = agent.get_last_run_output()
    assert run is not None
    with pytest.raises(ApprovalMismatchError):
        agent.continue_run(run_id=run.run_id, requirements=[requirement])


@pytest.mark.parametrize(
    ("tools", "name", "arguments", "result"),
    [
        (UserControlFlowTools(), "get_user_input", {"user_input_fields": []}, "User input received"),
        (UserFeedbackTools(), "ask_user", {"questions": []}, "User feedback received"),
    ],
)
def test_asking_nothing_waits_for_nobody(tools: Toolkit, name: str, arguments: dict[str, Any], result: str) -> None:
    output = Agent(model=ScriptedModel([Say(calls=[(name, arguments)]), "Done."]), tools=[tools]).run("Plan")
    assert (output.status, [one.result for one in output.tools or ()]) == (RunStatus.completed, [result])


def test_the_model_is_told_how_to_ask_unless_told_otherwise() -> None:
    model = ScriptedModel(["Fine."])
    flow, feedback = UserControlFlowTools(), UserFeedbackTools("Offer three.", add_instructions=False)
    Agent(model=model, tools=[flow, feedback]).run("Plan")
    system = str(model.requests[0].messages[0].content)
    assert (str(flow.instructions) in system, "Offer three." in system) == (True, False)
    assert (flow.name, feedback.name) == ("user_control_flow_tools", "user_feedback_tools")


def test_the_tool_for_fields_can_be_left_out() -> None:
    assert list(UserControlFlowTools(enable_get_user_input=False).functions) == []
    assert list(UserControlFlowTools(enable_get_user_input=False, all=True).functions) == ["get_user_input"]


def test_unknown_options_are_refused() -> None:
    with pytest.raises(TypeError, match="has no option 'instruction'"):
        UserFeedbackTools(instruction="x")  # type: ignore[call-arg]  # the mistake that is refused


def test_questions_can_be_made_in_programs() -> None:
    question = AskUserQuestion(question="Which way?", header="Way", options=[AskUserOption(label="Train")])
    assert UserFeedbackTools().ask_user([question]) == "User feedback received"
