"""Programs written for Agno run unchanged: they end with 0, print what they should, and ask the provider the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from agnolo.cli.migration import migrate
from agnolo.cli.program import read
from agnolo.cli.support import findings
from contracts.provider import FakeProvider
from contracts.script import Turn, answer, call, say
from tests.compat.programs_of_agno import PROGRAMS, perform


class Story(NamedTuple):
    """What the provider answers, what the program prints, what it asks."""

    vendor: str
    script: Sequence[Turn]
    printed: Sequence[str]
    asked: Sequence[str]


SUMS = "add | count | divide | exponentiate | factorial | is_prime | multiply | square_root | subtract"

STORIES: dict[str, Story] = {
    "quickstart": Story(
        "openai", [say("In Emilia.")], ["In Emilia."], ["/v1/chat/completions | gpt-5.4-mini | developer user"]
    ),
    "print_response": Story(
        "openai",
        [say("In ", "Emilia."), say("Next to it.")],
        ["Message", "Where is Bologna?", "Response", "In Emilia.", "Message", "And Parma?", "Response", "Next to it."],
        ["/v1/chat/completions | gpt-5.4-mini | user | streamed", "/v1/chat/completions | gpt-5.4-mini | user"],
    ),
    "streaming": Story(
        "groq",
        [say("One ", "two")],
        ["RunStarted", "piece:", "piece: One", "piece: two", "RunCompleted"],
        ["/openai/v1/chat/completions | openai/gpt-oss-120b | user | streamed"],
    ),
    "tools": Story(
        "openai",
        [call("weather", city="Bologna"), say("It is sunny.")],
        ["[('weather', 'Sunny in Bologna')]", "It is sunny."],
        [
            "/v1/chat/completions | gpt-5.4-mini | user | weather",
            "/v1/chat/completions | gpt-5.4-mini | user assistant tool | weather",
        ],
    ),
    "toolkit": Story(
        "openai",
        [call("count", kind="books"), call("multiply", a=5, b=2), say("Ten.")],
        ["Ten."],
        [
            f"/v1/chat/completions | gpt-5.4-mini | user | {SUMS}",
            f"/v1/chat/completions | gpt-5.4-mini | user assistant tool | {SUMS}",
            f"/v1/chat/completions | gpt-5.4-mini | user assistant tool assistant tool | {SUMS}",
        ],
    ),
    "structured": Story(
        "openai",
        [answer({"title": "Amarcord", "actors": ["Magali Noël"]})],
        ["Film(title='Amarcord', actors=['Magali Noël'])"],
        ["/v1/chat/completions | gpt-5.4-mini | user"],
    ),
    "sessions": Story(
        "openai",
        [say("Hello Ada"), say("Ada")],
        ["Ada", "2"],
        ["/v1/chat/completions | gpt-5.4-mini | user", "/v1/chat/completions | gpt-5.4-mini | user assistant user"],
    ),
    "state": Story(
        "openai",
        [call("add", item="milk"), say("Done")],
        ["['milk']"],
        [
            "/v1/chat/completions | gpt-5.4-mini | developer user | add",
            "/v1/chat/completions | gpt-5.4-mini | developer user assistant tool | add",
        ],
    ),
    "memory": Story(
        "openai", [say("Hello Ada")], ["Hello Ada", "[]"], ["/v1/chat/completions | gpt-5.4-mini | developer user"]
    ),
    "asynchronous": Story(
        "openai",
        [say("One"), say("Two ", "three"), say("Four")],
        ["One", "piece:", "piece: Two", "piece: three", "Message", "Once more", "Response", "Four"],
        [
            "/v1/chat/completions | gpt-5.4-mini | user",
            "/v1/chat/completions | gpt-5.4-mini | user | streamed",
            "/v1/chat/completions | gpt-5.4-mini | user",
        ],
    ),
    "responses": Story("openai", [say("Hello")], ["Hello"], ["/v1/responses | gpt-5.4-mini | user"]),
    "gemini": Story("gemini", [say("Hello")], ["Hello"], ["/v1/models/gemini-3.7-flash:generateContent | - | user"]),
    "ollama": Story("ollama", [say("Hello")], ["Hello"], ["/api/chat | llama3.2 | user"]),
    "claude": Story("anthropic", [say("Hello")], ["Hello"], ["/v1/messages | claude-sonnet-5-5 | user"]),
    "like": Story("openai", [say("Hello")], ["Hello"], ["/v1/chat/completions | my-model | user"]),
    "image": Story("openai", [say("A cat")], ["A cat"], ["/v1/chat/completions | gpt-5.4-mini | user"]),
    "retry": Story(
        "openai",
        [call("note", text="a"), call("note", text="a longer one"), say("Noted")],
        ["Noted"],
        [
            "/v1/chat/completions | gpt-5.4-mini | user | note",
            "/v1/chat/completions | gpt-5.4-mini | user assistant tool | note",
            "/v1/chat/completions | gpt-5.4-mini | user assistant tool assistant tool | note",
        ],
    ),
    "embedder": Story("openai", [], ["True"], ["/v1/embeddings | text-embedding-3-small | text"]),
    "wording": Story(
        "openai",
        [say("In Emilia.")],
        [
            "[('system', '- Be brief.\\n- Be kind.\\n\\nAnswer in Italian.'), ('user', 'Where is Bologna?'), "
            "('assistant', 'In Emilia.')]",
        ],
        ["/v1/chat/completions | gpt-5.4-mini | developer user"],
    ),
    "names": Story("openai", [], ["overloaded 503 OpenAIChat gpt-5.4-mini", "True True agent"], []),
    "service": Story("openai", [], ["my-os True"], []),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    yield provider
    provider.close()


def test_every_program_has_its_story() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.py")} == STORIES.keys()


@pytest.mark.parametrize("name", STORIES)
def test_program_runs_unchanged(name: str, provider: FakeProvider, tmp_path: Path) -> None:
    story = STORIES[name]
    ran = perform(PROGRAMS / f"{name}.py", provider, story.vendor, story.script, tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == story.printed
    assert ran.asked == story.asked


@pytest.mark.parametrize("name", STORIES)
def test_program_that_was_migrated_runs_the_same_without_the_package_agno(
    name: str, provider: FakeProvider, tmp_path: Path
) -> None:
    story = STORIES[name]
    source = read(PROGRAMS / f"{name}.py")
    migrated = migrate(source)
    assert migrated.left == []
    program = tmp_path / f"{name}.py"
    program.write_text(migrated.text, encoding="utf-8")
    assert not findings(read(program))
    ran = perform(program, provider, story.vendor, story.script, tmp_path, compat=False)
    assert (ran.code, ran.err) == (0, "")
    assert (ran.lines, ran.asked) == (story.printed, story.asked)
