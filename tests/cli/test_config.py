"""The configuration file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agnolo.cli.agent_config import AgentConfig, sayable
from agnolo.cli.config import PACKAGED, Config, DatabaseConfig, ServerConfig, read, shown
from agnolo.cli.sample import assemble
from agnolo.ports.options import FallbackConfig, Limits
from agnolo.providers import OpenAIChat
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.runs import RunStatus

ROOT = Path(__file__).parents[2]


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "agents.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_whole_file_is_read(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
agents:
  - id: one
    name: The One
    model: local
    description: d
    instructions: [a, b]
    tools: [calculator]
    memory: true
    history_runs: 0
  - id: two
database: {path: x.db}
server: {host: 0.0.0.0, port: 80, max_concurrent_runs: 5}
""",
    )
    one = AgentConfig(
        id="one", name="The One", model="local", description="d", instructions=["a", "b"], tools=["calculator"],
        memory=True, history_runs=0,
    )  # fmt: skip
    assert read(file, {}) == (
        Config(
            agents=[one, AgentConfig(id="two")],
            database=DatabaseConfig(path="x.db"),
            server=ServerConfig(host="0.0.0.0", port=80, max_concurrent_runs=5),
        ),
        file,
        [],
    )


def test_options_of_agents_are_said_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", "k-1")
    file = written(
        tmp_path,
        """
agents:
  - id: one
    model: {provider: openai-chat, id: gpt-x, temperature: 0.5, api_key: "${ACME_KEY}"}
    instructions: ["Say $${PRICE}", "for ${ACME_KEY}"]
    markdown: true
    memory: true
    add_memories_to_context: false
    num_history_messages: 4
    limits: {max_total_tokens: 5}
    fallback_config: {on_error: ["groq:llama"]}
    output_schema: {type: object}
""",
    )
    sourced = read(file, {})
    (agent,) = assemble(sourced.config)
    assert isinstance(agent.model, OpenAIChat)
    assert (agent.model.id, agent.model.temperature, agent.model.api_key) == ("gpt-x", 0.5, "k-1")
    assert (agent.instructions, agent.markdown, agent.name) == (["Say ${PRICE}", "for k-1"], True, "one")
    assert (agent.update_memory_on_run, agent.add_memories_to_context) == (True, False)
    assert (agent.num_history_runs, agent.num_history_messages, agent.add_history_to_context) == (None, 4, True)
    assert (agent.limits, agent.output_schema) == (Limits(max_total_tokens=5), {"type": "object"})
    assert agent.fallback_config == FallbackConfig(on_error=["groq:llama"], on_rate_limit=[], on_context_overflow=[])
    text = shown(sourced)
    assert "${ACME_KEY}" in text
    assert "k-1" not in text
    assert read(written(tmp_path, text), {}).config == sourced.config


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("{provider: groq}", "agent 'a': the model has no id"),
        ("{id: x}", "agent 'a': the model has no provider"),
        ("{provider: groq, id: x, temprature: 1}", "did you mean 'temperature'"),
        ("{provider: groq, id: x, api_key: '${NOT_THERE}'}", r"uses \$\{NOT_THERE\}, which is not set"),
    ],
)
def test_models_that_cannot_be_made_are_refused(tmp_path: Path, model: str, problem: str) -> None:
    config = read(written(tmp_path, f"agents:\n  - id: a\n    model: {model}"), {}).config
    with pytest.raises(ConfigurationError, match=problem):
        assemble(config)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("    markdwn: true", ":3: unknown key 'markdwn' in agents[0]: did you mean 'markdown'?"),
        ("    limits: {max_tokens: 3}", "unknown key 'max_tokens' in agents[0].limits: did you mean"),
        ("    fallback_config: {on_eror: []}", "'on_eror' in agents[0].fallback_config: did you mean 'on_error'?"),
        ("    markdown: 3", ":3: agents[0].markdown: expected `bool`, got `int`"),
        ("    model:\n      api_key: sk-1", ":4: api_key is a secret: write ${VARIABLE} here"),
        ("    metadata: {tokens: [{db_password: x}]}", ":3: db_password is a secret"),
        ("    metadata: {tokens: [sk-1]}", ":3: tokens is a secret"),
        ("    tools: 3", ":3: agents[0].tools: expected `array`"),
        ("    options: {}", "unknown key 'options'"),
        ("    db: x", "unknown key 'db'"),
    ],
)
def test_mistakes_in_options_are_told_with_their_line(tmp_path: Path, lines: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        read(written(tmp_path, f"agents:\n  - id: a\n{lines}"), {})
    assert problem in str(failure.value)
    assert "sk-1" not in str(failure.value)


def test_agent_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    for text in ("agents: [3]", "agents: 3"):
        with pytest.raises(ConfigurationError, match=r":1: agents.*: expected"):
            read(written(tmp_path, text), {})


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RunStatus | None, RunStatus | None),
        (Callable[..., Any] | None, None),
        (Sequence[Callable[..., Any]] | None, None),
        (bool | Callable[..., Any], bool),
    ],
)
def test_only_what_yaml_can_say_is_taken_of_a_type(kind: Any, said: Any) -> None:
    assert sayable(kind) == said


def test_sample_is_used_when_no_file_is_named() -> None:
    config, file, overrides = read(None, {})
    assert (file, overrides) == (PACKAGED, [])
    assert [(agent.id, agent.model, agent.tools, agent.memory) for agent in config.agents] == [
        ("assistant", "auto", ["current_time", "calculator"], True)
    ]
    assert (config.server.host, config.server.port, config.database.path) == ("127.0.0.1", 7777, None)


def test_repository_config_is_the_packaged_one() -> None:
    assert (ROOT / "config" / "default.yaml").resolve() == PACKAGED.resolve()


def test_variable_names_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "agents: [{id: mine}]")
    assert read(None, {"AGNOLO_CONFIG": str(file)}).config == Config(agents=[AgentConfig(id="mine")])


def test_environment_overrides_server_and_auto_models(tmp_path: Path) -> None:
    file = written(tmp_path, "agents: [{id: a}, {id: b, model: local}]\nserver: {port: 1}")
    found = read(
        file,
        {"AGNOLO_PORT": "8080", "AGNOLO_HOST": "::1", "AGNOLO_MAX_CONCURRENT_RUNS": "2", "AGNOLO_MODEL": "groq:x"},
    )
    assert found.config == Config(
        agents=[AgentConfig(id="a", model="groq:x"), AgentConfig(id="b", model="local")],
        server=ServerConfig(host="::1", port=8080, max_concurrent_runs=2),
    )
    assert found.overrides == ["AGNOLO_HOST", "AGNOLO_PORT", "AGNOLO_MAX_CONCURRENT_RUNS", "AGNOLO_MODEL"]


def test_shown_configuration_reads_back_as_the_same(tmp_path: Path) -> None:
    found = read(None, {"AGNOLO_PORT": "9"})
    text = shown(found)
    assert text.startswith(f"# from {PACKAGED}\n# overridden by $AGNOLO_PORT\nagents:\n- id: assistant\n")
    assert read(written(tmp_path, text), {}).config == found.config


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("agents:\n  - id: a\n    modle: local\n", ":3: unknown key 'modle' in agents[0]: did you mean 'model'?"),
        ("agents: [{id: a}]\nxyzzy: 1\n", ":2: unknown key 'xyzzy': known are: agents, database, server"),
        (
            "agents: [{id: a}]\nserver:\n  prot: 1\n",
            ":3: unknown key 'prot' in server: did you mean 'port'?",
        ),
        (
            "agents:\n  - id: a\n    model: x\n    model: y\n",
            ":4: key 'model' in agents[0] is given twice, first in line 3: keep one",
        ),
        ("agents:\n  - id: a\n    memory: perhaps\n", ":3: agents[0].memory: expected `bool`, got `str`"),
        ("agents:\n  - {id: a}\n  - {id: b, tools: [1]}\n", ":3: agents[1].tools[0]: expected `str`, got `int`"),
        ("agents:\n  - name: a\n", ":2: agents[0]: object missing required field `id`"),
        ("agents: []\n", ":1: agents: expected `array` of length >= 1"),
        ("server: {port: 1}\n", ":1: object missing required field `agents`"),
        ("agents: [{id: a}]\nserver:\n  port: 70000\n", ":3: server.port: expected `int` <= 65535"),
        ("agents: [{id: a}, {id: a}]\n", ": two agents have the id 'a': ids must differ"),
        ("agents: [{id: a}\n", ":2 is not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("agents: !!python/object:os.system {}\n", ":1 is not valid YAML: could not determine a constructor"),
        ("agents: [{id: 2026-13-45}]\n", " is not valid YAML: month must be in 1..12"),
        ("- a\n", " must hold a mapping with the keys: agents, database, server"),
        ("", " must hold a mapping with the keys: agents, database, server"),
    ],
)
def test_broken_file_is_refused_with_line_and_fix(tmp_path: Path, text: str, problem: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as raised:
        read(file, {})
    assert str(raised.value).startswith(f"{file}{problem}")


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("AGNOLO_PORT", "many", "AGNOLO_PORT='many': expected `int`, got `str`"),
        ("AGNOLO_PORT", "-1", "AGNOLO_PORT='-1': expected `int` >= 0"),
        ("AGNOLO_MAX_CONCURRENT_RUNS", "0", "AGNOLO_MAX_CONCURRENT_RUNS='0': expected `int` >= 1"),
    ],
)
def test_broken_override_is_refused_by_name(variable: str, value: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(None, {variable: value})
    assert str(raised.value) == problem


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no configuration file '.*nowhere.yaml': check the path"):
        read(tmp_path / "nowhere.yaml", {})


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "agents.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="can't be read as text: UnicodeDecodeError"):
        read(file, {})
