"""The documentation shows real files, and what they really print."""

import re
from pathlib import Path

import pytest

from scripts.provider_page import PAGE, written
from tests.docs import pages


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_page_shows_its_snippets_and_their_output(page: Path) -> None:
    """If this fails after a change on purpose: python -m tests.docs.pages"""
    assert page.read_text(encoding="utf-8") == pages.rendered(page)


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_python_in_a_page_is_always_a_snippet(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^```python$", text, re.M)) == len(pages.snippets_of(page))


def test_every_snippet_is_shown_and_scripted() -> None:
    files = {file.name for file in pages.SNIPPETS.glob("*.py")}
    shown = {name for page in pages.PAGES for name in pages.snippets_of(page)}
    assert files == shown == set(pages.SCRIPTS)


@pytest.mark.parametrize("name", sorted(pages.SCRIPTS))
def test_snippet_runs(name: str) -> None:
    pages.run(name)


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_tables_of_providers_are_those_of_the_code() -> None:
    """If this fails after a change on purpose: python -m scripts.provider_page"""
    text = PAGE.read_text(encoding="utf-8")
    assert text == written(text)
