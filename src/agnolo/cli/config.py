"""The configuration file: its form, reading it with errors that name the line, and `agnolo config`, which shows it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
import yaml

from agnolo.cli.agent_config import (
    LIMITS,
    AgentConfig,
    FallbackSection,
    Name,
    Section,
    folded,
    is_written_secret,
    known_keys,
    unfolded,
)
from agnolo.cli.dotenv import load_dotenv
from agnolo.ports.options import Limits
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.guards import is_array

PACKAGED = Path(__file__).with_name("default.yaml")
"""The sample configuration; `config/default.yaml` of the repository is a link to it."""

CONFIG_VARIABLE = "AGNOLO_CONFIG"
MODEL_VARIABLE = "AGNOLO_MODEL"
SERVER_VARIABLES = {
    "AGNOLO_HOST": "host",
    "AGNOLO_PORT": "port",
    "AGNOLO_MAX_CONCURRENT_RUNS": "max_concurrent_runs",
}
"""Environment variable and the field of `server` that it overrides."""

Positive = Annotated[int, msgspec.Meta(ge=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class DatabaseConfig(Section, frozen=True, kw_only=True):
    """Where sessions live. None: `agnolo.db` in the data directory."""

    path: Name | None = None


class ServerConfig(Section, frozen=True, kw_only=True):
    """Where `agnolo serve` listens and how much it takes on."""

    host: Name = "127.0.0.1"
    port: Port = 7777
    max_concurrent_runs: Positive | None = None


class Config(Section, frozen=True, kw_only=True):
    """The whole file."""

    agents: Annotated[list[AgentConfig], msgspec.Meta(min_length=1)]
    database: DatabaseConfig = DatabaseConfig()
    server: ServerConfig = ServerConfig()


class Sourced(NamedTuple):
    """A configuration, the file it comes from, and the environment variables that changed it."""

    config: Config
    file: Path
    overrides: list[str]


def hint(name: str, known: Iterator[str] | list[str]) -> str:
    """What the writer of an unknown name may have meant."""
    names = list(known)
    near = get_close_matches(name, names, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names)}"


def read(file: Path | None, environ: Mapping[str, str]) -> Sourced:
    """The file (None: the one `$AGNOLO_CONFIG` names, else the sample), with the environment's overrides.

    Raises ConfigurationError naming file, line and key.
    """
    chosen = file or Path(environ.get(CONFIG_VARIABLE) or PACKAGED)
    try:
        text = chosen.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"no configuration file {str(chosen)!r}: check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{str(chosen)!r} can't be read as text: {type(error).__name__}") from error
    return _overridden(_parse(text, chosen), chosen, environ)


def shown(sourced: Sourced) -> str:
    """The configuration as YAML, with where it comes from. It holds no keys of providers: those are environment."""
    said = [f"# from {sourced.file}", *(f"# overridden by ${name}" for name in sourced.overrides)]
    config = msgspec.to_builtins(sourced.config)
    config["agents"] = [unfolded(agent) for agent in config["agents"]]
    body = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    return "\n".join([*said, body])


app = typer.Typer(add_completion=False)


@app.command()
def config(
    file: Annotated[
        Path | None, typer.Argument(help="A configuration file; else $AGNOLO_CONFIG, else the sample.")
    ] = None,
) -> None:
    """Show the configuration in effect, as YAML."""
    load_dotenv(Path(".env"), os.environ)
    typer.echo(shown(read(file, os.environ)), nl=False)


# ---- reading


def _parse(text: str, file: Path) -> Config:
    try:
        tree: yaml.Node | None = yaml.SafeLoader(text).get_single_node()
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ConfigurationError(f"{place} is not valid YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(tree, yaml.MappingNode):
        raise ConfigurationError(f"{file} must hold a mapping with the keys: {', '.join(Config.__struct_fields__)}")
    for line, problem in _key_problems(tree, Config, ""):
        raise ConfigurationError(f"{file}:{line}: {problem}")
    if is_array(agents := values.get("agents")):
        values["agents"] = [folded(agent) for agent in agents]
    try:
        found = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigurationError(_placed(error, tree, file)) from error
    ids = [agent.id for agent in found.agents]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise ConfigurationError(f"{file}: two agents have the id {twice[0]!r}: ids must differ")
    return found


def _key_problems(node: yaml.MappingNode, kind: type[msgspec.Struct], path: str) -> Iterator[tuple[int, str]]:
    """Keys given twice or unknown, and secrets, with their lines."""
    seen: dict[str, int] = {}
    known = known_keys() if kind is AgentConfig else list(kind.__struct_fields__)
    where = f" in {path}" if path else ""
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in seen:
            yield line, f"key {name!r}{where} is given twice, first in line {seen[name]}: keep one"
        elif name not in known:
            yield line, f"unknown key {name!r}{where}: {hint(name, known)}"
        seen[name] = line
        yield from _secrets(name, value)
        inner = SECTIONS.get((kind, name))
        items = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for place, item in enumerate(items):
            if inner is not None and isinstance(item, yaml.MappingNode):
                own = f"{name}[{place}]" if isinstance(value, yaml.SequenceNode) else name
                yield from _key_problems(item, inner, f"{path}.{own}" if path else own)


TEXT = "tag:yaml.org,2002:str"
"""The tag of scalars that are text."""


def _secrets(name: str, node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Secrets that stand in the file, anywhere below a key."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _secrets(str(key.value), value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _secrets(name, item)
    elif node.tag == TEXT and is_written_secret(name, node.value):
        line = node.start_mark.line + 1
        yield line, f"{name} is a secret: write ${{VARIABLE}} here, and set that variable in the environment"


SECTIONS: dict[tuple[type[msgspec.Struct], str], type[msgspec.Struct]] = {
    (Config, "agents"): AgentConfig,
    (AgentConfig, "fallback_config"): FallbackSection,
    **{(AgentConfig, name): Limits for name in LIMITS},
    (Config, "database"): DatabaseConfig,
    (Config, "server"): ServerConfig,
}


def _placed(error: msgspec.ValidationError, tree: yaml.Node, file: Path) -> str:
    """msgspec's message with its path turned into a line and a readable place."""
    problem, _, path = str(error).partition(" - at `$")
    node = tree
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == name), node)
        elif isinstance(node, yaml.SequenceNode) and index:
            node = node.value[int(index)]
    place = path.rstrip("`").lstrip(".").replace("].options.", "].")
    said = problem[:1].lower() + problem[1:]
    return f"{file}:{node.start_mark.line + 1}: {f'{place}: ' if place else ''}{said}"


def _overridden(config: Config, file: Path, environ: Mapping[str, str]) -> Sourced:
    used = [name for name in (*SERVER_VARIABLES, MODEL_VARIABLE) if environ.get(name)]
    server = msgspec.to_builtins(config.server)
    for name in used:
        if name in SERVER_VARIABLES:
            server[SERVER_VARIABLES[name]] = environ[name]
    changed: dict[str, Any] = {"server": _checked(server)}
    if MODEL_VARIABLE in used:
        model = environ[MODEL_VARIABLE]
        changed["agents"] = [
            msgspec.structs.replace(agent, model=model) if agent.model == "auto" else agent for agent in config.agents
        ]
    return Sourced(msgspec.structs.replace(config, **changed), file, used)


def _checked(server: dict[str, Any]) -> ServerConfig:
    try:
        return msgspec.convert(server, ServerConfig, strict=False)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$.")
        name = next((name for name, field in SERVER_VARIABLES.items() if field == path.rstrip("`")), "environment")
        raise ConfigurationError(f"{name}={server[path.rstrip('`')]!r}: {problem[:1].lower()}{problem[1:]}") from error
