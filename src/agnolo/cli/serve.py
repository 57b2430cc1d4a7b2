"""`agnolo serve`: agents over HTTP, and what to do next."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer

from agnolo.agent.agent import Agent
from agnolo.cli import target
from agnolo.cli.terminal import out
from agnolo.ports.extras import reach
from agnolo.storage.sqlite import SqliteDb
from agnolo.vocabulary.errors import ConfigurationError

if TYPE_CHECKING:
    from agnolo.server.app import AgentOS

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
    with target.finished(found.agents):
        _listen(found, host or found.settings.host, found.settings.port if port is None else port, insecure=insecure)


def _listen(found: target.Target, host: str, port: int, *, insecure: bool) -> None:
    """Say what is served, and serve it. Raises an AgnoloError when store, port or address can't be had."""
    served = _agent_os(found)
    serving = reach("agnolo.server.serving", "server")
    for agent in found.agents:
        if agent.db is not None:
            agent.db.ping().result()
    _check_address(host, served, insecure=insecure)

    def welcome(number: int) -> None:
        out.print("\n".join(_welcome(found, _url(host, number))), markup=False)

    logging.basicConfig(format="%(message)s")
    logging.getLogger("agnolo").setLevel(logging.INFO)
    if served is not None:
        served.listen(host, port, insecure=insecure, on_listening=welcome)
    else:
        serving.serve(found.served, host=host, port=port, insecure=insecure, on_listening=welcome)


def _agent_os(found: target.Target) -> AgentOS | None:
    """The user's AgentOS, or one made for the agents; None for another application."""
    if found.served is not None:
        return found.served if found.agents else None
    home, settings = reach("agnolo.server.app", "server"), reach("agnolo.server.settings", "server").Settings
    limit = found.settings.max_concurrent_runs
    return home.AgentOS(agents=found.agents, settings=settings(max_concurrent_runs=limit) if limit else settings())


def _check_address(host: str, served: AgentOS | None, *, insecure: bool) -> None:
    """Refuse an address that other machines reach, unless a key guards it or the user insists."""
    guarded = served is not None and bool(os.environ.get(KEY_VARIABLE) or served.settings.security_key)
    if not (guarded or insecure or reach("agnolo.server.access", "server").is_loopback(host)):
        raise ConfigurationError(
            f"host {host!r} is open to other machines and no key is set: set ${KEY_VARIABLE}, or say --insecure"
        )


def _url(host: str, port: int) -> str:
    """How this machine reaches the server, also when it listens on all addresses."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{near}]' if ':' in near else near}:{port}"


def _welcome(found: target.Target, url: str) -> list[str]:
    agents = found.agents
    lines = [f"Agnolo on {url}", f"  from    {found.label}", *(f"  agent   {_described(agent)}" for agent in agents)]
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
    return [*lines, "", "Ctrl-C stops the server; running answers are finished first."]


def _described(agent: Agent) -> str:
    model = agent.resolved_model()
    return f"{agent.agent_id} on {model.provider} {model.id}"


def _place(agent: Agent) -> str:
    if agent.db is None:
        return f"{agent.agent_id} keeps nothing: it has no db"
    return str(agent.db.path) if isinstance(agent.db, SqliteDb) else agent.db.id
