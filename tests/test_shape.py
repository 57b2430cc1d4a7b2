"""The package keeps its shape: every budget of ARCHITECTURE §9 that a machine can check. Allowlists carry their reason.

The checks themselves are in tests/shape and are proven to catch a planted violation by test_shape_checks.py.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from tests.shape import calls, events, links, sizes
from tests.shape.effects import effect_leaks
from tests.shape.source import Module, load
from tests.shape.twins import twins

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "agnolo"

LOWER_LAYERS = (
    "vocabulary/", "ports/", "engine/", "runtime/", "providers/", "storage/", "knowledge/", "tools/", "telemetry/",
    "durable/",
)  # fmt: skip

WIDE_BY_NATURE = ("agent/", "cli/")
"""Facades repeat the documented keywords of runs; command functions declare one parameter an option."""

_BOTH_COLOURS = (
    "cancel_run", "clear_callable_cache", "cli_app", "compact", "continue_run", "delete_session", "fork_session",
    "get_chat_history", "get_last_run_output", "get_relevant_docs_from_knowledge", "get_run_output", "get_session",
    "get_session_messages", "get_session_metrics", "get_session_name", "get_session_state", "get_session_summary",
    "get_system_message", "get_tools", "get_user_memories", "print_response", "run", "save_session",
    "set_session_name", "update_session_state",
)  # fmt: skip
_ONE_COLOUR = (
    "add_to_knowledge", "add_tool", "as_tool", "deep_copy", "delete", "from_dict", "generate_session_name",
    "get_member_information", "get_members_system_message_content", "load", "rename", "save", "set_id", "set_tools",
    "to_dict", "to_dict_for_steps",
)  # fmt: skip
_OURS = ("agent_id", "default_session", "opening", "resolved_model")
"""What other layers of ours need of a facade beyond the reference's surface."""
SURFACE = frozenset([*_BOTH_COLOURS, *(f"a{name}" for name in _BOTH_COLOURS), *_ONE_COLOUR, *_OURS])
FACADES = {
    "agent/agent.py::Agent": SURFACE,
    "agent/team.py::Team": SURFACE,
    "agent/workflow.py::Workflow": SURFACE,
    "agent/facade.py::Facade": SURFACE,
}
"""The reference's documented methods; anything else on a facade is refused."""

PACKAGE_HOMES = {
    "starlette": ("server/",),                  # its routes, responses and middleware are the server's vocabulary
    "typer": ("cli/",),                         # one file a command
    "rich": ("cli/", "agent/console.py"),       # what a terminal shows
}  # fmt: skip

SOCKET_HOMES = ("providers/transport.py", "server/", "runtime/")

SQL_HOMES = (
    "storage/statements.py", "storage/component_statements.py", "storage/approval_statements.py", "storage/sqlite.py",
    "storage/postgres.py",
)  # fmt: skip

BOUNDARIES = frozenset({
    "engine/run.py::run_events",            # run: stored, told as RunError and logged
    "engine/tool_calls.py::_run_one",       # tool: recorded in the execution and told to the model
    "engine/connections.py::_connect",      # tool: raised as what ends the run
    "engine/connections.py::_leave",        # tool: logged, as its run has ended
    "engine/tool_hooks.py::_Whole._observe",  # hook: logged, and the call goes on
    "engine/fallback.py::announce",         # hook: logged, and the run goes on
    "engine/hooks.py::_done",               # hook: logged, and the run goes on
    "engine/reasoning.py::before",           # hook: logged, and the run goes on without thoughts
    "engine/guards.py::screened_result",    # tool: its result is withheld, and the model is told
    "runtime/inline.py::_in_thread.work",   # relay: carried to the waiting thread and raised there
    "storage/writer.py::_Loop._attempt",    # relay: carried to the Pending of the unit that failed
    "server/edge.py::Edge.__call__",        # server problem: answered with 500 and logged
    "server/live.py::LiveRun.run",          # background job: logged, told to the run's readers
    "runtime/portal.py::_Pump._pump",       # relay: carried to the waiting thread and raised there
})  # fmt: skip
"""`path::function`: tool, hook, server problem, background job (ARCHITECTURE §9.9), the run, or a relay of threads."""

EFFECT_LAYERS = ("engine/", "agent/", "server/", "evals/", "cli/")
EFFECT_ACTS = frozenset({"exchange", "call"})
"""Asking a model; running a user's callable. Named in the `start` of an Effect, begun by the boundary."""
EFFECT_BEGINS = frozenset({"iterate"})
"""Driving what an Effect starts."""


@cache
def package() -> list[Module]:
    return load(PACKAGE)


def test_modules_are_short() -> None:
    assert sizes.long_modules(package()) == []


def test_functions_are_short() -> None:
    assert sizes.long_functions(package()) == []


def test_signatures_are_narrow() -> None:
    assert sizes.wide_signatures(package(), facades=WIDE_BY_NATURE) == []


def test_classes_have_few_public_methods() -> None:
    assert sizes.crowded_classes(package(), facades=FACADES) == []


def test_everything_is_annotated() -> None:
    assert sizes.unannotated(package()) == []


def test_files_are_named_after_nouns() -> None:
    assert sizes.leftover_names(package()) == []


def test_root_offers_few_names() -> None:
    assert sizes.wide_root(package()) == []


def test_imports_have_no_knot() -> None:
    assert links.knots(package()) == []


def test_nobody_inside_imports_the_root() -> None:
    assert links.imports_of_root(package()) == []


def test_lower_layers_import_at_the_top() -> None:
    assert links.imports_in_functions(package(), layers=LOWER_LAYERS) == []


def test_optional_package_has_one_home() -> None:
    optional = links.optional_packages(ROOT / "pyproject.toml")
    assert links.scattered_packages(package(), optional, homes=PACKAGE_HOMES) == []


def test_sockets_open_only_at_home() -> None:
    assert links.sockets(package(), homes=SOCKET_HOMES) == []


def test_no_dynamic_code_unsafe_loader_or_telemetry() -> None:
    assert calls.dangers(package()) == []


def test_sql_lives_in_statements_and_dialects() -> None:
    assert calls.sql_texts(package(), homes=SQL_HOMES) == []


def test_broad_handlers_stand_at_named_boundaries() -> None:
    assert calls.broad_handlers(package(), boundaries=BOUNDARIES) == []
    assert calls.stale_boundaries(package(), boundaries=BOUNDARIES) == []


def test_only_effects_performs_effects() -> None:
    assert effect_leaks(package(), layers=EFFECT_LAYERS, acts=EFFECT_ACTS, begins=EFFECT_BEGINS) == []


def test_no_body_is_written_twice() -> None:
    assert twins(package()) == []


def test_events_are_frozen_and_tagged_with_their_wire_name() -> None:
    assert events.event_problems(importlib.import_module("agnolo.vocabulary.events")) == []


def test_events_live_in_one_file() -> None:
    assert events.stray_events(package()) == []
