"""Tool calls from fragments, in all the forms that vendors send."""

from __future__ import annotations

from uuid import UUID

import pytest

from agnolo.providers.assembler import FunctionFragment, ToolCallAssembler, ToolFragment
from agnolo.vocabulary.messages import ToolCall


def fragment(index: int | None, call_id: str | None, name: str | None = None, arguments: object = None) -> ToolFragment:
    return ToolFragment(index, call_id, FunctionFragment(name, arguments))


def assembled(*fragments: ToolFragment) -> list[ToolCall]:
    assembler = ToolCallAssembler()
    for piece in fragments:
        assembler.take(piece)
    return assembler.finish()


def test_fragments_of_an_index_are_one_call() -> None:
    calls = assembled(fragment(0, "a", "f", ""), fragment(0, None, None, '{"x"'), fragment(0, None, "", ":1}"))
    assert calls == [ToolCall.of("a", "f", '{"x":1}')]


def test_interleaved_indexes_are_parallel_calls_in_the_order_of_their_beginning() -> None:
    calls = assembled(fragment(1, "b", "g", "{"), fragment(0, "a", "f", "{}"), fragment(1, None, None, "}"))
    assert calls == [ToolCall.of("b", "g", "{}"), ToolCall.of("a", "f", "{}")]


def test_another_id_on_the_same_index_is_another_call() -> None:
    calls = assembled(fragment(0, "a", "f", "{}"), fragment(0, "b", "g", "{"), fragment(0, None, None, "}"))
    assert calls == [ToolCall.of("a", "f", "{}"), ToolCall.of("b", "g", "{}")]


def test_an_id_repeated_on_each_fragment_is_the_same_call() -> None:
    calls = assembled(fragment(0, "a", "f", "{"), fragment(0, "a", "f", "}"))
    assert calls == [ToolCall.of("a", "f", "{}")]


@pytest.mark.parametrize("index", [-1, None])
def test_without_an_index_the_id_tells_calls_apart(index: int | None) -> None:
    calls = assembled(fragment(index, "a", "f", "{"), fragment(index, "b", "g", "{}"), fragment(index, "a", None, "}"))
    assert calls == [ToolCall.of("a", "f", "{}"), ToolCall.of("b", "g", "{}")]


def test_without_index_and_id_a_name_begins_a_call_and_the_rest_goes_on_with_it() -> None:
    first, second = assembled(
        fragment(None, None, "f", "{"), fragment(None, None, None, "}"), fragment(None, "", "g", "{}")
    )
    assert (first.function.name, first.function.arguments) == ("f", "{}")
    assert (second.function.name, second.function.arguments) == ("g", "{}")
    assert UUID(first.id)
    assert first.id != second.id


def test_an_id_that_comes_late_is_taken() -> None:
    assert assembled(fragment(0, None, "f", "{"), fragment(0, "a", None, "}")) == [ToolCall.of("a", "f", "{}")]


def test_arguments_given_as_an_object_are_written_as_json() -> None:
    assert assembled(fragment(0, "a", "f", {"x": [1, None]})) == [ToolCall.of("a", "f", '{"x":[1,null]}')]


@pytest.mark.parametrize("arguments", [None, "", " "])
def test_no_arguments_are_an_empty_object(arguments: str | None) -> None:
    assert assembled(fragment(0, "a", "f", arguments)) == [ToolCall.of("a", "f", "{}")]


def test_a_fragment_without_function_only_names_the_call() -> None:
    assert assembled(ToolFragment(0, "a", None), fragment(0, None, "f", "{}")) == [ToolCall.of("a", "f", "{}")]
