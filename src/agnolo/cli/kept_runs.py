"""`agnolo test`, `agnolo replay`, `agnolo fork`: stored runs played again, kept as tests, and varied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from agnolo.agent.agent import Agent
from agnolo.cli import target
from agnolo.cli.terminal import out
from agnolo.evals import cassette as cassettes
from agnolo.evals import replay as playing
from agnolo.evals.cassette import Cassette
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope

PLACE = Path("tests/runs")

test_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Keep stored runs as tests.")
replay_app = typer.Typer(add_completion=False)
fork_app = typer.Typer(add_completion=False)

RunId = Annotated[str, typer.Argument(help="Id of a stored run.")]
What = Annotated[str, typer.Argument(metavar="TARGET", help=f"Whose run it is: {target.FORMS}.")]
User = Annotated[str | None, typer.Option(help="Only this user's runs.")]

_TEST = '''"""A run kept by `agnolo test add`. After a change on purpose: agnolo test update {file}"""

from pathlib import Path

from agnolo.cli.kept_runs import check


def test_{name}() -> None:
    check(Path(__file__).with_suffix(".json"))
'''


@test_app.command("add")
def add(
    run_id: RunId,
    what: What,
    place: Annotated[Path, typer.Option("--into", help="Folder for the test and its recording.")] = PLACE,
    name: Annotated[str | None, typer.Option(help="Name of the test; else made of agent and run.")] = None,
    user: User = None,
) -> None:
    """Keep a run as a pytest that needs no model, tools, network or store.

    What the run was told by the world is in the recording beside it. The test fails when the agent asks its model for
    something else than today, or ends differently.
    """
    found = target.load(what)
    agent, kept = _taken(found, run_id, user)
    with target.finished(found.agents):
        played = playing.play(agent, kept)
        for line in playing.changes(kept, played):
            out.print(line, markup=False, style="dim")
    title = _identifier(name or f"{agent.agent_id}_{run_id[-8:]}")
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"test_{title}.json"
    cassettes.write(file, msgspec.structs.replace(kept, expected=played.given))
    file.with_suffix(".py").write_text(_TEST.format(name=title, file=file), encoding="utf-8")
    out.print(f"kept as {file.with_suffix('.py')}: run it with pytest", markup=False)


@test_app.command("update")
def update(
    files: Annotated[list[Path], typer.Argument(help="Recordings (.json) that `agnolo test add` made.")],
) -> None:
    """Let recordings expect what their agents do now. Read the differences before you commit them."""
    for file in files:
        kept = cassettes.read(file)
        played = playing.play(_agent(kept), kept)
        for line in played.differences(kept.expected) if kept.expected else ():
            out.print(line, markup=False)
        cassettes.write(file, msgspec.structs.replace(kept, expected=played.given))
        out.print(f"updated {file}", markup=False)


@replay_app.command()
def replay(run_id: RunId, what: What, user: User = None) -> None:
    """Play a stored run on the agent as it is now, without touching the world, and show what comes out differently.

    Exit code: 0 nothing differs, 1 something does.
    """
    found = target.load(what)
    agent, kept = _taken(found, run_id, user)
    with target.finished(found.agents):
        played = playing.play(agent, kept)
    raise typer.Exit(_told(kept, played))


@fork_app.command()
def fork(
    run_id: RunId,
    what: What,
    at: Annotated[str, typer.Option("--at", help="The first step to run anew, such as turn:1/model.")],
    user: User = None,
) -> None:
    """Play a stored run up to a step, go on from there with the real model and tools, and show the difference.

    Nothing is stored. Exit code: 0 nothing differs, 1 something does.
    """
    found = target.load(what)
    agent, kept = _taken(found, run_id, user)
    with target.finished(found.agents):
        played = playing.fork(agent, kept, at)
    raise typer.Exit(_told(kept, played))


def check(file: Path) -> None:
    """What a kept test does. Raises AssertionError with the difference."""
    kept = cassettes.read(file)
    if kept.expected is None:
        raise ConfigurationError(f"{str(file)!r} says nothing of what to expect: agnolo test update {file}")
    differences = playing.play(_agent(kept), kept).differences(kept.expected)
    if differences:
        told = "\n".join(differences)
        raise AssertionError(f"the run is no longer as kept (if on purpose: agnolo test update {file})\n{told}")


def _told(kept: Cassette, played: playing.Played) -> int:
    lines = playing.changes(kept, played)
    for line in lines:
        out.print(line, markup=False)
    out.print(f"{played.given.status}: {'differs' if lines else 'the same messages'}", markup=False)
    return 1 if lines else 0


def _taken(found: target.Target, run_id: str, user: str | None) -> tuple[Agent, Cassette]:
    """The run, from whichever of the target's agents has it."""
    stores = {id(agent.db): agent.db for agent in found.agents if agent.db is not None}
    if not stores:
        raise ConfigurationError(f"no agent of {found.label!r} has a db: give it the db that holds run {run_id!r}")
    *others, last = stores.values()
    for store in others:
        if store.get_run(Scope(user_id=user), run_id).result() is not None:
            last = store
            break
    kept = cassettes.take(last, run_id, found.label, user)
    return target.agent_of(found, kept.agent_id), kept


def _agent(kept: Cassette) -> Agent:
    return target.agent_of(target.load(kept.target), kept.agent_id)


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower()
