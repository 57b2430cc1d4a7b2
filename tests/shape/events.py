"""The meta-test over events: frozen Structs in one file, each tagged with its wire name (ARCHITECTURE §9.5)."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any, get_args

import msgspec

from tests.shape.source import Module, classes

HOME = "vocabulary/events.py"


def event_problems(module: ModuleType, *, base: str = "RunEventBase", union: str = "RunEvents") -> list[str]:
    """Events that are not frozen, not tagged by `event`, not in the union, or whose `event` is not their tag."""
    root = getattr(module, base, None)
    if not isinstance(root, type):
        return [f"{module.__name__} has no class {base!r} for events to inherit from"]
    defined = _leaves(root)
    listed = frozenset(get_args(getattr(module, union, None)))
    if not defined or not listed:
        return [f"{module.__name__} has no events: {len(defined)} defined, {len(listed)} in {union!r}"]
    problems = [f"{event.__name__} is not in {union}" for event in defined - listed]
    problems += [f"{event.__name__} is in {union} and does not inherit {base}" for event in listed - defined]
    for event in defined:
        problems += [f"{event.__name__} {fault}" for fault in _faults(event, module)]
    tags = [event.__struct_config__.tag for event in defined]
    problems += [f"the tag {tag!r} is used twice" for tag in sorted(set(tags)) if tags.count(tag) > 1]
    return sorted(problems)


def _leaves(root: type[Any]) -> frozenset[type[Any]]:
    return frozenset(leaf for child in root.__subclasses__() for leaf in (_leaves(child) or {child}))


def _faults(event: type[Any], module: ModuleType) -> list[str]:
    config = event.__struct_config__
    faults: list[str] = []
    if event.__module__ != module.__name__:
        faults.append(f"is defined in {event.__module__}")
    if not config.frozen:
        faults.append("is not frozen")
    if config.tag_field != "event":
        faults.append(f"is tagged by {config.tag_field!r}, not 'event'")
    if config.tag == event.__name__:
        faults.append("has no tag of its own: give it the wire name")
    if (told := _sample(event, module).event) != config.tag:
        faults.append(f"says event {told!r}, and its tag is {config.tag!r}")
    return faults


def _sample(event: type[Any], module: ModuleType) -> Any:
    """An event of an agent; a Struct's constructor does not check types, so None serves for what the tag ignores."""
    values: dict[str, Any] = {field.name: None for field in msgspec.structs.fields(event) if field.required}
    if "origin" in values:
        values["origin"] = module.Origin(id="a", run_id="r", session_id="s")
    return event(**values)


def stray_events(modules: list[Module]) -> list[str]:
    """Classes outside the events' file that inherit an event Struct of it or carry its tag field."""
    home = next((module for module in modules if module.path == HOME), None)
    names = {owner.name for owner in classes(home) if _is_event(owner)} if home else set[str]()
    return [
        f"{module.path}::{owner.name} is an event: events live in {HOME}"
        for module in modules
        if module.path != HOME
        for owner in classes(module)
        if _is_event(owner) or any(_last_name(base) in names for base in owner.bases)
    ]


def _is_event(owner: ast.ClassDef) -> bool:
    words = {word.arg: word.value for word in owner.keywords}
    field = words.get("tag_field")
    tagged = isinstance(field, ast.Constant) and field.value == "event"
    return tagged or any(_last_name(base) == "RunEventBase" for base in owner.bases)


def _last_name(node: ast.expr) -> str:
    return ast.unparse(node).split("[")[0].rpartition(".")[2]
