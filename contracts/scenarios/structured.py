"""Structured output (core.md §2.3 step 10-12, §2.7)."""

from contracts.scenario import ONCE, WHOLE, scenario
from contracts.script import answer, call, say

GOOD = {"title": "Up the river", "pages": 12, "tags": ["boat"]}


def book():
    from pydantic import BaseModel, Field

    class Book(BaseModel):
        """A book."""

        title: str = Field(description="Its title.")
        pages: int
        tags: list[str] = []

    return Book


@scenario("structured/pydantic", [answer(GOOD)])
def pydantic(k):
    k.run(k.agent(output_schema=book()), "Describe a book")


@scenario("structured/per-call", [answer(GOOD)], ways=WHOLE)
def per_call(k):
    k.run(k.agent(), "Describe a book", output_schema=book())


@scenario("structured/json-mode", [answer(GOOD)])
def json_mode(k):
    k.run(k.agent(output_schema=book(), use_json_mode=True), "Describe a book")


@scenario(
    "structured/fenced", [say("```json\n", '{"title": "Up the river", "pages": 12}', "\n```")], ways=("run", "stream")
)
def fenced(k):
    k.run(k.agent(output_schema=book(), use_json_mode=True), "Describe a book")


@scenario("structured/dict-schema", [answer({"title": "Up the river"})], ways=("run", "stream"))
def dict_schema(k):
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    wrapped = {"type": "json_schema", "json_schema": {"name": "book", "schema": schema}}
    k.run(k.agent(output_schema=wrapped), "Describe a book")


@scenario("structured/no-parse", [answer(GOOD)], ways=ONCE)
def no_parse(k):
    k.run(k.agent(output_schema=book(), parse_response=False), "Describe a book")


@scenario("structured/not-json", [say("I would rather ", "not say")], ways=("run", "stream"))
def not_json(k):
    k.run(k.agent(output_schema=book()), "Describe a book")


@scenario("structured/with-tools", [call("shelf"), answer(GOOD)], ways=("run", "stream"))
def with_tools(k):
    def shelf() -> str:
        """Look at the shelf."""
        return "one book about a river"

    k.run(k.agent(output_schema=book(), tools=[shelf]), "Describe a book")


@scenario("structured/nested", [answer({"name": "Home", "books": [GOOD], "owner": None})], ways=ONCE)
def nested(k):

    from pydantic import BaseModel

    inner = book()

    class Library(BaseModel):
        name: str
        books: list[inner]
        owner: str | None = None

    k.run(k.agent(output_schema=Library), "Describe a library")


@scenario("structured/stored", [answer(GOOD)], ways=ONCE)
def stored(k):
    agent = k.agent(output_schema=book(), db=k.InMemoryDb(), session_id="s-book")
    k.run(agent, "Describe a book")
    k.session(agent, "s-book")


@scenario("structured/content-type", [answer(GOOD)], ways=ONCE)
def content_type(k):
    output = k.run(k.agent(output_schema=book()), "Describe a book")
    k.note("title", output.content.title)
    k.note("as text", output.get_content_as_string())
