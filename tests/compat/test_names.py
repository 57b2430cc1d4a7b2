"""The package `agno` of the distribution `agnolo-agno`: which names it has, and what it says of those it has not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from agnolo.cli.agno_names import table
from scripts.compat_modules import modules, written
from tests.compat.programs_of_agno import Ran, python

MODEL = "from agnolo import ScriptedModel\nmodel = ScriptedModel(['Hello'])\n"


def imported(line: str, folder: Path) -> Ran:
    return python("-c", line, folder=folder)


def last_line(ran: Ran) -> str:
    return ran.err.splitlines()[-1]


def test_committed_modules_are_those_of_the_table() -> None:
    assert written() == modules(table())


def test_every_name_of_the_table_is_in_agnolo() -> None:
    places = {place for names in table().modules.values() for place in names.values()} | set(table().names.values())
    for module, _, name in (place.partition(":") for place in places):
        if module != "agno._spellings":
            assert hasattr(import_module(module), name), f"{module} has no {name}"


def test_no_name_is_both_there_and_absent() -> None:
    for module, names in table().absent.items():
        assert not table().modules[module].keys() & set(names)


def test_every_name_of_the_table_is_imported_as_agno_has_it(tmp_path: Path) -> None:
    lines = [f"from {module} import {', '.join(names)}" for module, names in table().modules.items()]
    assert imported("\n".join(lines), tmp_path) == Ran(0, "", "", [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "from agno.agent import RemoteAgent",
            "ImportError: agno.agent has no 'RemoteAgent' here (Agno has it, Agnolo does not yet)",
        ),
        (
            "from agno.agent import Agnt",
            "ImportError: agno.agent has no 'Agnt' here (Agno 3.1.10 has none): did you mean 'Agent'?",
        ),
        (
            "from agno.memory import MemoryOptimizationStrategyFactory",
            "ImportError: agno.memory has no 'MemoryOptimizationStrategyFactory' here "
            "(Agno has it, Agnolo does not yet): did you mean 'MemoryOptimizationStrategy'?; "
            "give the strategy itself: optimize_memories(strategy=SummarizeStrategy())",
        ),
        ("import agno.vectordb.pgvector", "ModuleNotFoundError: Agnolo has no agno.vectordb"),
        (
            "from agno.db.postgres import PostgresDb",
            "ModuleNotFoundError: Agnolo has no agno.db.postgres: "
            "use SqliteDb of agno.db.sqlite, or InMemoryDb of agno.db.in_memory",
        ),
    ],
)
def test_what_is_missing_is_refused_with_the_way_out(line: str, said: str, tmp_path: Path) -> None:
    ran = imported(line, tmp_path)
    assert (ran.code, last_line(ran)) == (1, said)


def test_missing_modules_are_caught_as_python_has_it(tmp_path: Path) -> None:
    program = (
        "try:\n    import agno.team\nexcept ModuleNotFoundError as error:\n    print(error.name)\n"
        "import agno.models\nprint(hasattr(agno.models, '__wrapped__'))\nfrom agno.models import groq\n"
        "try:\n    import no_such_package\nexcept ModuleNotFoundError as error:\n    print(error.name)\n"
    )
    assert imported(program, tmp_path) == Ran(0, "agno.team\nFalse\nno_such_package\n", "", [])


def test_agno_itself_beside_it_is_an_error_that_says_what_to_remove(tmp_path: Path) -> None:
    metadata = tmp_path / "site" / "agno-3.1.10.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.4\nName: agno\nVersion: 3.1.10\n", encoding="utf-8")
    ran = python("-c", "import agno", folder=tmp_path, ahead=[tmp_path / "site"])
    assert (ran.code, last_line(ran)) == (
        1,
        "ImportError: agno 3.1.10 is installed beside agnolo-agno, and both are the package 'agno': remove one of "
        "them, with `pip uninstall agno` or `pip uninstall agnolo-agno`, and install the other again",
    )


@pytest.mark.parametrize(
    ("program", "out", "warned"),
    [
        (
            "print(Agent(enable_user_memories=True).update_memory_on_run)",
            "True",
            "Agent(enable_user_memories=...) is Agno 2's spelling: write update_memory_on_run",
        ),
        (
            "print(len(list(Agent(model=model).run('Hi', stream=True, stream_intermediate_steps=True))) > 2)",
            "True",
            "run(stream_intermediate_steps=...) is Agno 2's spelling: write stream_events",
        ),
        (
            "print(type(list(Agent(model=model).run('Hi', stream=True, yield_run_response=True))[-1]).__name__)",
            "RunOutput",
            "run(yield_run_response=...) is Agno 2's spelling: write yield_run_output",
        ),
        (
            "from agno.models.metrics import Metrics; print(Metrics.__name__)",
            "MessageMetrics",
            "Agno 3 removed agno.models.metrics.Metrics: use MessageMetrics of agno.metrics",
        ),
    ],
)
def test_spellings_of_agno_2_work_with_a_warning(program: str, out: str, warned: str, tmp_path: Path) -> None:
    ran = imported(f"{MODEL}from agno.agent import Agent\n{program}", tmp_path)
    assert (ran.code, ran.out) == (0, f"{out}\n")
    assert f"DeprecationWarning: {warned}" in ran.err


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("Agent(reasoning=True)", "Agent() has no option 'reasoning': Agno 3 removed it: use a model that reasons"),
        (
            "Agent(model=model).run('Hi', retries=2)",
            "run() has no option 'retries': Agno 3 removed it: give retries to the model",
        ),
        (
            "Agent(enable_user_memories=True, update_memory_on_run=True)",
            "Agent() got 'enable_user_memories' and 'update_memory_on_run', which are the same: "
            "give 'update_memory_on_run'",
        ),
    ],
)
def test_options_that_are_gone_or_given_twice_are_refused(program: str, said: str, tmp_path: Path) -> None:
    ran = imported(f"{MODEL}from agno.agent import Agent\n{program}", tmp_path)
    assert (ran.code, last_line(ran)) == (1, f"TypeError: {said}")


def test_method_of_every_colour_takes_old_spellings(tmp_path: Path) -> None:
    program = MODEL + (
        "import asyncio, warnings\nwarnings.simplefilter('ignore')\nfrom agno.agent import Agent\n"
        "from agno.db.in_memory import InMemoryDb\n"
        "old = {'stream': True, 'stream_intermediate_steps': True}\n"
        "model = ScriptedModel(['Hello'], loop=True)\nagent = Agent(model=model, db=InMemoryDb())\n"
        "agent.print_response('Hi', **old)\nasyncio.run(agent.aprint_response('Hi', **old))\n"
        "async def told(events):\n    return [event.event async for event in events][0]\n"
        "print(asyncio.run(told(agent.arun('Hi', **old))))\n"
        "for begin in (agent.continue_run, agent.acontinue_run):\n"
        "    try:\n        begin('none', retries=1)\n    except TypeError as error:\n        print(error)\n"
    )
    ran = imported(program, tmp_path)
    assert (ran.code, ran.err) == (0, "")
    gone = "run() has no option 'retries': Agno 3 removed it: give retries to the model"
    assert ran.lines == [*["Message", "Hi", "Response", "Hello"] * 2, "RunStarted", gone, gone]
