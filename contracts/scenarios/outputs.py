"""What is done with an answer: written anew, parsed, followed up, kept (core.md §2.1)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.script import answer, call, say


def book():
    from pydantic import BaseModel

    class Book(BaseModel):
        title: str
        pages: int

    return Book


@scenario(
    "outputs/parser-model",
    [say("Up the river, ", "12 pages"), answer({"title": "Up the river", "pages": 12})],
    ways=EVERY_WAY,
)
def parser_model(k):
    k.run(k.agent(parser_model=k.model(id="second-model"), output_schema=book()), "Describe a book")


@scenario(
    "outputs/parser-prompt",
    [say("Up the river, 12 pages"), answer({"title": "Up the river", "pages": 12})],
    ways=ONCE,
)
def parser_prompt(k):
    options = {"parser_model": k.model(id="second-model"), "parser_model_prompt": "Make a record of the book."}
    k.run(k.agent(output_schema=book(), **options), "Describe a book")


@scenario("outputs/output-model", [say("A ", "draft"), say("The fair ", "copy")], ways=EVERY_WAY)
def output_model(k):
    k.run(k.agent(output_model=k.model(id="second-model"), instructions="Write with care tonight."), "Write a line")


@scenario("outputs/output-prompt", [say("A draft"), say("The fair copy")], ways=ONCE)
def output_prompt(k):
    options = {"output_model": k.model(id="second-model"), "output_model_prompt": "Make it rhyme and shine."}
    k.run(k.agent(**options), "Write a line")


@scenario(
    "outputs/output-model-after-tools", [call("look", at="sea"), say("A draft"), say("The fair copy")], ways=("stream",)
)
def output_model_after_tools(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen {at}"

    k.run(k.agent(output_model=k.model(id="second-model"), tools=[look]), "Write a line")


def follow(k):
    k.run(k.agent(**k.options), "What is a ship?")


SUGGESTED = [say("A large ", "boat"), answer({"suggestions": ["Name one ship", "How fast is it?"]})]
add("outputs/followups", follow, SUGGESTED, ways=EVERY_WAY, followups=True)
add("outputs/one-followup", follow, SUGGESTED, ways=WHOLE, followups=True, num_followups=1)
add("outputs/failed-followups", follow, [say("A large boat"), say("No JSON here")], ways=EVERY_WAY, followups=True)


@scenario("outputs/followup-config", SUGGESTED, ways=ONCE)
def followup_config(k):
    config = k.FollowupConfig(
        model=k.model(id="second-model"), instructions="Only questions about ships.", min_followups=0, max_followups=1
    )
    k.run(k.agent(followups=config), "What is a ship?")


@scenario("outputs/contradicting-followups", [], ways=ONCE)
def contradicting_followups(k):
    k.attempt("both", lambda: k.FollowupConfig(num_followups=2, max_followups=4))
    k.attempt("none", lambda: k.FollowupConfig(num_followups=0))
