"""Areas of later issues: second models, fallbacks, teams and workflows, each by its main path."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, scenario
from contracts.script import Failure, answer, call, say


@scenario("fallback/next-model", [Failure("server", "fell over", times=3), say("From the second model")], ways=WHOLE)
def next_model(k):
    k.run(k.agent(fallback_models=[k.model(id="second-model")]), "How are you?")


@scenario(
    "fallback/not-for-bad-key",
    [Failure("authentication", "no such key", times=1), say("From the second model")],
    ways=WHOLE,
)
def bad_key(k):
    k.run(k.agent(fallback_models=[k.model(id="second-model")]), "How are you?")


@scenario("fallback/none-left", [Failure("server", "fell over")], ways=ONCE)
def none_left(k):
    k.run(k.agent(fallback_models=[k.model(id="second-model")]), "How are you?")


@scenario(
    "reasoning/parser-model",
    [say("Up the river, 12 pages"), answer({"title": "Up the river", "pages": 12})],
    ways=WHOLE,
)
def parser_model(k):
    from pydantic import BaseModel

    class Book(BaseModel):
        title: str
        pages: int

    k.run(k.agent(parser_model=k.model(id="second-model"), output_schema=Book), "Describe a book")


@scenario("reasoning/output-model", [say("A draft"), say("The fair copy")], ways=WHOLE)
def output_model(k):
    k.run(k.agent(output_model=k.model(id="second-model")), "Write a line")


def crew(k, **options):
    return k.Team(
        members=[k.agent(name="Cook", role="Cooks meals"), k.agent(name="Pilot", role="Steers the ship")],
        model=k.model(), name="Crew", telemetry=False, **options,
    )  # fmt: skip


DELEGATED = [
    call("delegate_task_to_member", member_id="cook", task="Make soup"),
    say("Soup ", "is ready"),
    say("Dinner ", "is served"),
]


@scenario("teams/coordinate", DELEGATED, ways=EVERY_WAY)
def coordinate(k):
    k.run(crew(k), "Feed us")


@scenario("teams/route", DELEGATED[:2], ways=("run", "stream"))
def route(k):
    k.run(crew(k, respond_directly=True), "Feed us")


@scenario("teams/plain", [say("I know it ", "myself")], ways=WHOLE)
def plain(k):
    k.run(crew(k), "What is a ship?")


@scenario("workflows/two-steps", [say("A draft"), say("A fair copy")], ways=EVERY_WAY)
def two_steps(k):
    steps = [k.Step(name="draft", agent=k.agent(name="Drafter")), k.Step(name="copy", agent=k.agent(name="Copier"))]
    k.run(k.Workflow(name="Writing", steps=steps, telemetry=False), "Write a line")


@scenario("workflows/function-step", [], ways=("run", "stream"))
def function_step(k):
    def shout(step_input):
        return str(step_input.input).upper()

    k.run(k.Workflow(name="Shouting", steps=[k.Step(name="shout", executor=shout)], telemetry=False), "quiet words")
