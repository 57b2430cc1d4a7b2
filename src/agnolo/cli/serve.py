"""`agnolo serve`: agents over HTTP, and what to do next."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

import typer

from agnolo.agent.agent import Agent
from agnolo.cli import target
from agnolo.cli.terminal import out
from agnolo.ports.extras import reach
from agnolo.storage.sqlite import SqliteDb

KEY_VARIABLE = "OS_SECURITY_KEY"

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    what: Annotated[str | None, typer.Argument(metavar="[TARGET]", help=f"{target.FORMS}; else the sample.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 finds one.  [default: 7777]")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Listen for other machines without a key.")] = False,
) -> None:
    """Serve agents over HTTP until Ctrl-C or SIGTERM, then let running answers finish.

    The target may be an Agent, a list of Agents, an AgentOS, an ASGI application, or a configuration file.
    """
    found = target.load(what)
    say = partial(_welcome, found.label, found.agents)
    address, number = host or found.settings.host, found.settings.port if port is None else port
    _serving(found, say)(host=address, port=number, insecure=insecure)


def _serving(found: target.Target, say: Callable[[str], None]) -> Callable[..., None]:
    """What serves the target; it calls `say` with the url once it listens."""
    home = reach("agnolo.server.app", "server")
    if found.served is None:
        settings = reach("agnolo.server.settings", "server").Settings
        limit = found.settings.max_concurrent_runs
        chosen = settings() if limit is None else settings(max_concurrent_runs=limit)
        return partial(home.AgentOS(agents=found.agents, settings=chosen).listen, on_listening=say)
    if found.agents:
        return partial(found.served.listen, on_listening=say)
    return partial(reach("agnolo.server.serving", "server").serve, found.served, on_listening=say)


def _welcome(label: str, agents: Sequence[Agent], url: str) -> None:
    lines = [f"Agnolo on {url}", f"  from    {label}", *(f"  agent   {_described(agent)}" for agent in agents)]
    lines += [f"  data    {place}" for place in sorted({_place(agent) for agent in agents})]
    if agents:
        key = f' -H "Authorization: Bearer ${KEY_VARIABLE}"' if os.environ.get(KEY_VARIABLE) else ""
        runs = f"{url}/agents/{agents[0].agent_id}/runs"
        lines += [
            "",
            "Next, in another terminal:",
            f"  curl -N{key} {runs} -F message='Hello!' -F session_id=s1",
            f"  curl -N{key} {runs} -F message='What time is it now?' -F session_id=s1",
            f"  curl{key} {url}/sessions/s1/runs",
            "  agnolo chat        agnolo sessions ls        agnolo doctor",
        ]
    out.print("\n".join([*lines, "", "Ctrl-C stops the server; running answers are finished first."]), markup=False)


def _described(agent: Agent) -> str:
    model = agent.resolved_model()
    return f"{agent.agent_id} on {model.provider} {model.id}"


def _place(agent: Agent) -> str:
    if agent.db is None:
        return f"{agent.agent_id} keeps nothing: it has no db"
    return str(agent.db.path) if isinstance(agent.db, SqliteDb) else agent.db.id
