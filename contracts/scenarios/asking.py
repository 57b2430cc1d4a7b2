"""Toolkits with which the model asks a person: fields to fill in, questions to choose from (core.md §2.6)."""

from contracts.scenario import WHOLE, scenario
from contracts.script import call, say

SESSION = "s-trip"

FIELDS = [
    {"field_name": "town", "field_type": "str", "field_description": "Where to"},
    {"field_name": "nights", "field_type": "int", "field_description": "How long"},
]
QUESTIONS = [
    {
        "question": "Which way?",
        "header": "Way",
        "options": [{"label": "Train", "description": "Slow"}, {"label": "Plane"}],
        "multi_select": False,
    },
    {"question": "Which meals?", "header": "Meals", "options": [{"label": "Lunch"}, {"label": "Dinner"}]},
]


def planner(k, *tools, **options):
    return k.agent(tools=list(tools), db=k.InMemoryDb(), session_id=SESSION, **options)


def go_on(k, agent, output):
    return k.resume(agent, run_id=output.run_id, session_id=SESSION, requirements=output.requirements)


@scenario("pausing/ask-fields", [call("get_user_input", user_input_fields=FIELDS), say("It is ", "booked")])
def fields(k):
    agent = planner(k, k.UserControlFlowTools())
    output = k.run(agent, "Plan a trip")
    one = output.active_requirements[0]
    k.note("pause type", one.pause_type)
    k.note("needs", [one.needs_confirmation, one.needs_user_input, one.needs_user_feedback])
    one.provide_user_input({"town": "Ulm", "nights": 2})
    go_on(k, agent, output)


@scenario("pausing/ask-questions", [call("ask_user", questions=QUESTIONS), say("It is ", "booked")])
def questions(k):
    agent = planner(k, k.UserFeedbackTools())
    output = k.run(agent, "Plan a trip")
    one = output.active_requirements[0]
    k.note("pause type", one.pause_type)
    k.note("needs", [one.needs_confirmation, one.needs_user_input, one.needs_user_feedback])
    one.provide_user_feedback({"Which way?": ["Train"], "Which meals?": ["Lunch", "Dinner"]})
    go_on(k, agent, output)


@scenario(
    "pausing/ask-twice",
    [
        call("get_user_input", user_input_fields=FIELDS[:1]),
        call("ask_user", questions=QUESTIONS[:1]),
        say("It is booked"),
    ],
    ways=WHOLE,
)
def twice(k):
    agent = planner(k, k.UserControlFlowTools(), k.UserFeedbackTools())
    first = k.run(agent, "Plan a trip")
    first.active_requirements[0].provide_user_input({"town": "Ulm"})
    second = go_on(k, agent, first)
    second.active_requirements[0].provide_user_feedback({"Which way?": ["Plane"]})
    go_on(k, agent, second)
    k.session(agent, SESSION)


@scenario("pausing/ask-own-instructions", [say("Where to")], ways=("run",))
def own_instructions(k):
    flow = k.UserControlFlowTools(instructions="Ask when something is missing.")
    feedback = k.UserFeedbackTools(instructions="Offer three choices.", add_instructions=False)
    k.note("names", [flow.name, feedback.name, list(flow.functions), list(feedback.functions)])
    k.run(planner(k, flow, feedback), "Plan a trip")


@scenario("pausing/ask-no-tools", [say("Where to")], ways=("run",))
def no_tools(k):
    none = k.UserControlFlowTools(enable_get_user_input=False)
    k.note("functions", list(none.functions))
    k.note("all", list(k.UserControlFlowTools(enable_get_user_input=False, all=True).functions))
    k.run(planner(k, none), "Plan a trip")


@scenario("pausing/ask-nothing", [call("get_user_input", user_input_fields=[]), say("Fine")], ways=("run",))
def nothing(k):
    k.run(planner(k, k.UserControlFlowTools()), "Plan a trip")


@scenario("pausing/ask-no-questions", [call("ask_user", questions=[]), say("Fine")], ways=("run",))
def no_questions(k):
    k.run(planner(k, k.UserFeedbackTools()), "Plan a trip")


@scenario("pausing/ask-plain-functions", [], ways=("run",))
def plain_functions(k):
    k.note("called", [k.UserControlFlowTools().get_user_input(FIELDS), k.UserFeedbackTools().ask_user([])])
