"""Every check of tests/shape catches the violation it is for, and lets its honest neighbour pass."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from tests.shape import calls, events, links, sizes
from tests.shape.effects import effect_leaks
from tests.shape.source import Module, load
from tests.shape.twins import twins

Check = Callable[[list[Module]], list[str]]


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[dict[str, str]], list[Module]]:
    """Writes a package `agnolo` of the given files and reads it."""

    def write(files: dict[str, str]) -> list[Module]:
        for path, text in files.items():
            file = tmp_path / "agnolo" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        return load(tmp_path / "agnolo")

    return write


def _methods(count: int) -> str:
    return "class Big:\n" + "".join(f"    def m{i}(self) -> None: ...\n" for i in range(count))


def _signature(count: int) -> str:
    return f"class A:\n    def f(self, {', '.join(f'p{i}: int' for i in range(count))}) -> None: ...\n"


def _optional(modules: list[Module]) -> list[str]:
    homes = {"starlette": ("server/",)}
    return links.scattered_packages(modules, frozenset({"aiohttp", "starlette"}), homes=homes)


def _sockets(modules: list[Module]) -> list[str]:
    return links.sockets(modules, homes=("providers/transport.py", "server/"))


def _in_functions(modules: list[Module]) -> list[str]:
    return links.imports_in_functions(modules, layers=("engine/",))


def _sql(modules: list[Module]) -> list[str]:
    return calls.sql_texts(modules, homes=("storage/statements.py",))


def _handlers(modules: list[Module]) -> list[str]:
    return calls.broad_handlers(modules, boundaries=frozenset({"engine/tools.py::run"}))


def _effects(modules: list[Module]) -> list[str]:
    acts, begins = frozenset({"exchange", "call"}), frozenset({"iterate"})
    return effect_leaks(modules, layers=("engine/",), acts=acts, begins=begins)


def _wide(modules: list[Module]) -> list[str]:
    return sizes.wide_signatures(modules, facades=("agent/",))


def _crowded(modules: list[Module]) -> list[str]:
    return sizes.crowded_classes(modules, facades={"agent/agent.py::Agent": frozenset({"run"})})


SWALLOW = "def run() -> None:\n    try:\n        pass\n    except {}:\n        {}\n"
SYNC_BODY = """
    def save(store: Store, run: Run) -> int:
        rows = store.write(run.id, run.messages)
        for row in rows:
            store.index(row.id, row.text)
        return len(rows)
"""
ASYNC_BODY = """
    async def {name}(store: AsyncStore, run: Run) -> int:
        '''A docstring makes no difference.'''
        rows = await store.awrite(run.id, run.messages)
        async for row in rows:
            await store.aindex(row.id, row.text)
        return len(rows)
"""
OTHER_BODY = """
    async def asave(queue: Queue, run: Run) -> int:
        while not queue.full():
            item = await queue.get(timeout=run.deadline - now())
            if item is None or item.kind != "row":
                break
            run.append(item)
        return run.count
"""

VIOLATIONS: list[tuple[str, Check, dict[str, str], str]] = [
    ("long module", sizes.long_modules, {"a.py": "x = 1\n" * 501}, "501 lines"),
    ("long function", sizes.long_functions, {"a.py": "def f() -> None:\n" + "    x = 1\n" * 60}, "61 lines"),
    ("wide function", _wide, {"engine/a.py": _signature(9)}, "9 parameters"),
    ("crowded class", _crowded, {"a.py": _methods(21)}, "21 public methods"),
    ("undocumented facade method", _crowded, {"agent/agent.py": "class Agent:\n def go(self) -> None: ..."}, "go"),
    ("bare parameter", sizes.unannotated, {"a.py": "class A:\n def f(self, x, *args: int) -> None: ..."}, "'x'"),
    ("bare star", sizes.unannotated, {"a.py": "def f(**more) -> None: ..."}, "'more'"),
    ("bare result", sizes.unannotated, {"a.py": "def f() -> None:\n def g(): ..."}, "f.g has no return"),
    ("leftover file", sizes.leftover_names, {"engine/utils.py": ""}, "'utils'"),
    ("leftover folder", sizes.leftover_names, {"common/x.py": ""}, "'common'"),
    ("wide root", sizes.wide_root, {"__init__.py": f"__all__ = {[str(i) for i in range(41)]}"}, "41 names"),
    ("root without names", sizes.wide_root, {"__init__.py": "from agnolo.a import b"}, "__all__"),
    ("knot", links.knots, {"a.py": "import agnolo.b", "b.py": "def f(): from agnolo import a"}, "knot"),
    ("relative knot", links.knots, {"p/__init__.py": "from .a import x", "p/a.py": "from . import x"}, "knot"),
    ("root imported", links.imports_of_root, {"__init__.py": "", "a.py": "from agnolo import Agent"}, "root"),
    ("late import", _in_functions, {"engine/a.py": "def f():\n if x:\n  import json"}, "'json'"),
    ("scattered package", _optional, {"a.py": "import aiohttp", "b.py": "from aiohttp.web import x"}, "a.py, b.py"),
    ("package in a try", _optional, {"a.py": "try:\n import aiohttp\nexcept ImportError: x = 1"}, "below"),
    ("package in a function", _optional, {"a.py": "def f():\n import aiohttp"}, "below"),
    ("package away from home", _optional, {"cli/a.py": "import starlette"}, "away"),
    ("socket", _sockets, {"engine/a.py": "import socket"}, "'socket'"),
    ("socket by name", _sockets, {"engine/a.py": "from urllib import request"}, "'urllib'"),
    ("eval", calls.dangers, {"a.py": "x = eval('1')"}, "eval"),
    ("exec", calls.dangers, {"a.py": "exec('1')"}, "exec"),
    ("pickle", calls.dangers, {"a.py": "def f():\n from pickle import loads"}, "pickle"),
    ("yaml.load", calls.dangers, {"a.py": "yaml.load(text)"}, "yaml.load"),
    ("yaml.load by name", calls.dangers, {"a.py": "from yaml import load"}, "yaml.load"),
    ("telemetry package", calls.dangers, {"a.py": "import posthog"}, "posthog"),
    ("telemetry host", calls.dangers, {"a.py": "url = 'https://os-api.agno.com/v1'"}, "host"),
    ("select", _sql, {"engine/a.py": "x = 'SELECT id FROM runs'"}, "holds SQL"),
    ("formatted select", _sql, {"engine/a.py": "x = f'SELECT {a} FROM {b}'"}, "holds SQL"),
    ("lower-case insert", _sql, {"engine/a.py": "x = 'insert into runs values (1)'"}, "holds SQL"),
    ("update", _sql, {"storage/memory.py": "x = 'UPDATE runs SET a = 1'"}, "holds SQL"),
    ("create", _sql, {"engine/a.py": "x = 'CREATE TABLE IF NOT EXISTS a (b)'"}, "holds SQL"),
    ("pragma", _sql, {"engine/a.py": "x = 'PRAGMA journal_mode=WAL'"}, "holds SQL"),
    ("swallowed", _handlers, {"engine/run.py": SWALLOW.format("Exception", "pass")}, "catches everything"),
    ("bare except", _handlers, {"engine/run.py": SWALLOW.format("", "pass")}, "catches everything"),
    ("tuple", _handlers, {"engine/run.py": SWALLOW.format("(OSError, BaseException)", "x = 1")}, "catches"),
    ("effect", _effects, {"engine/run.py": "async def f(m): await m.exchange(r)"}, ".exchange() itself"),
    ("effect begun", _effects, {"engine/run.py": "async def f(at): at.iterate(Effect(start=g).start())"}, ".iterate()"),
    (
        "effect in a shared function",
        _effects,
        {"engine/run.py": "def go(m): return m.exchange(r)\nEffect(start=go)\nasync def f(m): await go(m)"},
        "engine/run.py:1 calls .exchange() itself",
    ),
    ("twin ax", twins, {"a.py": textwrap.dedent(SYNC_BODY + ASYNC_BODY.format(name="asave"))}, "two colours"),
    ("twin x_async", twins, {"a.py": SYNC_BODY, "b.py": ASYNC_BODY.format(name="save_async")}, "two colours"),
    ("twin in AsyncStore", twins, {"a.py": SYNC_BODY, "b.py": ASYNC_BODY.format(name="save")}, "two colours"),
    (
        "stray event",
        events.stray_events,
        {"vocabulary/events.py": "class A(RunEventBase): ...", "engine/x.py": "class B(events.A): ..."},
        "engine/x.py::B",
    ),
]

HONEST: list[tuple[str, Check, dict[str, str]]] = [
    ("no file at all", sizes.wide_root, {}),
    ("500 lines", sizes.long_modules, {"a.py": "x = 1\n" * 500}),
    ("60 lines", sizes.long_functions, {"a.py": "@x\ndef f() -> None:\n" + "    x = 1\n" * 59}),
    ("8 parameters beside self", _wide, {"engine/a.py": _signature(8)}),
    ("wide facade", _wide, {"agent/a.py": _signature(30)}),
    ("20 methods", _crowded, {"a.py": _methods(20) + "    def _own(self) -> None: ..."}),
    ("documented facade method", _crowded, {"agent/agent.py": "class Agent:\n def run(self) -> None: ..."}),
    ("annotated", sizes.unannotated, {"a.py": "class A:\n @staticmethod\n def f(x: int, *y: int) -> None: ..."}),
    ("40 names", sizes.wide_root, {"__init__.py": f"__all__ = {[str(i) for i in range(40)]}"}),
    ("types only", links.knots, {"a.py": "import agnolo.b", "b.py": "if TYPE_CHECKING:\n from agnolo import a"}),
    ("submodule of root", links.imports_of_root, {"__init__.py": "", "a.py": "from agnolo import b", "b.py": ""}),
    ("late import above", _in_functions, {"cli/a.py": "def f():\n import json"}),
    ("package at home", _optional, {"a.py": "import aiohttp", "server/a.py": "import starlette"}),
    ("socket at home", _sockets, {"providers/transport.py": "import aiohttp", "a.py": "import urllib.parse"}),
    ("safe loads", calls.dangers, {"a.py": "yaml.safe_load(x); yaml.load(x, Loader=yaml.SafeLoader); re.compile(x)"}),
    ("sql at home", _sql, {"storage/statements.py": "x = 'SELECT id FROM runs'"}),
    ("prose", _sql, {"a.py": "'''SELECT a FROM b.'''\nx = 'Select a model from the list'\ny = 'DELETE'"}),
    ("clean-up", _handlers, {"engine/run.py": SWALLOW.format("BaseException", "raise")}),
    ("boundary", _handlers, {"engine/tools.py": SWALLOW.format("Exception", "pass")}),
    ("narrow handler", _handlers, {"engine/run.py": SWALLOW.format("ValueError", "pass")}),
    ("effect at home", _effects, {"engine/effects.py": "async def f(m, at): at.iterate(m.exchange(r))"}),
    (
        "effect described",
        _effects,
        {"engine/run.py": "perform(Effect[int](kind='model', start=lambda: m.exchange(r)))"},
    ),
    (
        "effect started by name",
        _effects,
        {"engine/run.py": "def go(): return once(lambda: act())\ndef act(): at.call(f)\nEffect(start=go)"},
    ),
    ("two bodies", twins, {"a.py": SYNC_BODY, "b.py": OTHER_BODY}),
    ("facade", twins, {"agent/facade.py": textwrap.dedent(SYNC_BODY + ASYNC_BODY.format(name="asave"))}),
    ("delegates", twins, {"a.py": "def run(s): return drive(s.go(1))\nasync def arun(s): return await s.go(1)"}),
]


@pytest.mark.parametrize(("check", "files", "said"), [v[1:] for v in VIOLATIONS], ids=[v[0] for v in VIOLATIONS])
def test_violation_is_caught(
    plant: Callable[[dict[str, str]], list[Module]], check: Check, files: dict[str, str], said: str
) -> None:
    problems = check(plant(files))
    assert len(problems) == 1, problems
    assert said in problems[0]


@pytest.mark.parametrize(("check", "files"), [h[1:] for h in HONEST], ids=[h[0] for h in HONEST])
def test_honest_code_passes(
    plant: Callable[[dict[str, str]], list[Module]], check: Check, files: dict[str, str]
) -> None:
    assert check(plant(files)) == []


LAYER_FAULTS = {
    "upward": ({"ports/a.py": "import agnolo.agent"}, "agnolo.ports is not allowed to import agnolo.agent"),
    "sibling": ({"engine/a.py": "import agnolo.storage"}, "agnolo.engine is not allowed to import agnolo.storage"),
    "for types": ({"ports/a.py": "if TYPE_CHECKING:\n import agnolo.engine"}, "agnolo.ports is not allowed"),
    "no layer": ({"gadgets/__init__.py": ""}, "- agnolo.gadgets"),
    "event loop": ({"engine/a.py": "def f():\n import asyncio"}, "agnolo.engine is not allowed to import asyncio"),
    "at second hand": ({"ports/a.py": "import agnolo.vocabulary.x", "vocabulary/x.py": "import socket"}, "socket"),
}
LAYER_FOLDERS = ("vocabulary", "ports", "engine", "storage", "agent")


def _lint_imports(source: Path) -> subprocess.CompletedProcess[str]:
    """The project's own contracts, applied to the package in `source`."""
    tool = Path(sys.executable).parent / "lint-imports"
    command = [tool, "--no-logo", "--no-cache", "--config", Path(__file__).parents[1] / "pyproject.toml"]
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("files", "said"), LAYER_FAULTS.values(), ids=LAYER_FAULTS.keys())
def test_import_contract_is_broken_by(
    plant: Callable[[dict[str, str]], list[Module]], tmp_path: Path, files: dict[str, str], said: str
) -> None:
    sound = {"__init__.py": "if TYPE_CHECKING:\n import agnolo.agent", "agent/a.py": "import agnolo\nimport asyncio"}
    plant(sound | {f"{folder}/__init__.py": "" for folder in LAYER_FOLDERS})
    assert _lint_imports(tmp_path).returncode == 0
    plant(files)
    broken = _lint_imports(tmp_path)
    assert broken.returncode == 1
    assert said in broken.stdout


def test_boundary_without_a_broad_handler_is_stale(plant: Callable[[dict[str, str]], list[Module]]) -> None:
    modules = plant({"engine/run.py": SWALLOW.format("ValueError", "pass")})
    assert calls.stale_boundaries(modules, boundaries=frozenset({"engine/run.py::run"})) != []


def test_optional_packages_are_read_by_their_import_names(tmp_path: Path) -> None:
    text = """
        [project]
        name = "agnolo"
        optional-dependencies = { cli = ["PyYAML>=6", "rich[jupyter]>=13"], all = ["agnolo[cli]"], t = ["a-b; x"] }
    """
    (tmp_path / "pyproject.toml").write_text(textwrap.dedent(text))
    assert links.optional_packages(tmp_path / "pyproject.toml") == {"yaml", "rich", "a_b"}


def _events(*, frozen: bool = True, tag_field: str = "event", tag: str = "Said", told: str = "Said") -> ModuleType:
    """A module with one event, sound unless told otherwise."""
    module = ModuleType("planted_events")
    origin = msgspec.defstruct("Origin", [("id", str), ("run_id", str), ("session_id", str)], kw_only=True)
    space = {"event": property(lambda _: told)}
    base = msgspec.defstruct(
        "RunEventBase", [("origin", origin)], frozen=frozen, kw_only=True, tag_field=tag_field, namespace=space
    )
    fields = [("text", str)]
    said, done = (
        msgspec.defstruct(name, fields, bases=(base,), frozen=frozen, kw_only=True, tag=tag, module=module.__name__)
        for name, tag in (("SaidEvent", tag), ("DoneEvent", "Done"))
    )
    setattr(done, "event", property(lambda _: "Done"))  # noqa: B010
    module.__dict__.update(Origin=origin, RunEventBase=base, RunEvents=said | done, SaidEvent=said, DoneEvent=done)
    return module


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (_events(frozen=False), "not frozen"),
        (_events(tag_field="type"), "tagged by 'type'"),
        (_events(tag="SaidEvent", told="SaidEvent"), "no tag of its own"),
        (_events(told="Shouted"), "says event 'Shouted'"),
        (_events(tag="Done", told="Done"), "used twice"),
    ],
    ids=["mutable", "other field", "untagged", "other name", "same tag"],
)
def test_unsound_event_is_caught(module: ModuleType, said: str) -> None:
    assert any(said in problem for problem in events.event_problems(module))


def test_sound_events_pass() -> None:
    assert events.event_problems(_events()) == []


def test_event_outside_the_union_is_caught() -> None:
    module = _events()
    module.__dict__["RunEvents"] = module.__dict__["SaidEvent"] | None
    problems = events.event_problems(module)
    assert any("DoneEvent is not in RunEvents" in problem for problem in problems)


def test_module_without_events_fails_clearly() -> None:
    bare = ModuleType("bare")
    assert "no class 'RunEventBase'" in events.event_problems(bare)[0]
    bare.__dict__["RunEventBase"] = type("RunEventBase", (), {})
    assert "has no events" in events.event_problems(bare)[0]
