"""`agnolo serve` as a process: what it says, what it serves, how it ends, and what it refuses."""

import json
import re
import signal
import socket
import urllib.error
from pathlib import Path

import pytest

from tests.cli.conftest import TARGETS, Agnolo
from tests.cli.served import serving


def test_sample_agent_is_served_with_the_next_commands(tmp_path: Path) -> None:
    with serving(tmp_path, AGNOLO_MODEL="openai-chat:gpt-5.4-mini") as server:
        assert server.said.startswith(f"Agnolo on {server.url}\n")
        assert "  agent   assistant on OpenAI gpt-5.4-mini\n" in server.said
        assert f"  data    {tmp_path}/data/agnolo.db\n" in server.said
        assert f"  curl -N {server.url}/agents/assistant/runs -F message='Hello!' -F session_id=s1\n" in server.said
        agents = json.loads(server.get("/agents"))
        assert [agent["id"] for agent in agents] == ["assistant"]
        assert json.loads(server.get("/health"))["status"] == "ok"


def test_missing_key_is_told_in_the_stream(tmp_path: Path) -> None:
    with serving(tmp_path, AGNOLO_MODEL="openai-chat:gpt-5.4-mini") as server:
        last = server.ask("assistant", "hello", "s1")[-1]
    assert (last["event"], last["error_type"]) == ("RunError", "model_authentication_error")
    assert "OPENAI_API_KEY" in last["content"]


@pytest.mark.parametrize("name", ["clerk", "several", "operating_system"])
def test_agents_of_python_objects_are_served(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, f"{TARGETS}:{name}") as server:
        events = server.ask("clerk", "hello", "s1")
    assert [event["event"] for event in events][:1] == ["RunStarted"]
    assert events[-1]["content"] == "Hello from\nthe clerk."


def test_store_without_a_file_is_named_by_its_id(tmp_path: Path) -> None:
    with serving(tmp_path, f"{TARGETS}:remembering") as server:
        assert re.search(r"^  data    \S*mem\S*$", server.said, re.M)


def test_other_applications_are_served_as_they_are(tmp_path: Path) -> None:
    with serving(tmp_path, f"{TARGETS}:application") as server:
        assert server.get("/anything") == "bare"
        assert "Next" not in server.said
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_server_without_a_traceback(tmp_path: Path, ending: signal.Signals) -> None:
    with serving(tmp_path, f"{TARGETS}:clerk") as server:
        server.ask("clerk", "hello", "s1")
        server.process.send_signal(ending)
        assert server.process.stdout is not None
        rest = server.process.stdout.read()
        assert server.process.wait(timeout=30) in (0, 130, -ending)
    assert "draining" in rest
    assert "Traceback" not in rest


def test_session_survives_a_kill_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from agnolo import Agent, ScriptedModel, SqliteDb\n"
        "told = lambda request: f'I see {len(request.messages)} messages.'\n"
        "model = ScriptedModel([told], loop=True)\n"
        "agent = Agent(name='Mine', model=model, db=SqliteDb(), add_history_to_context=True)\n",
        encoding="utf-8",
    )
    with serving(tmp_path, "mine.py:agent") as server:
        assert server.ask("mine", "one", "s1")[-1]["content"] == "I see 1 messages."
        server.process.kill()
        server.process.wait()
    with serving(tmp_path, "mine.py:agent") as server:
        assert server.ask("mine", "two", "s1")[-1]["content"] == "I see 3 messages."
        runs = json.loads(server.get("/sessions/s1/runs"))
    assert [(run["run_input"], run["status"]) for run in runs] == [("one", "COMPLETED"), ("two", "COMPLETED")]


def test_key_guards_the_server_and_is_not_shown(tmp_path: Path) -> None:
    with serving(tmp_path, f"{TARGETS}:clerk", "--host", "0.0.0.0", OS_SECURITY_KEY="sk-very-secret") as server:
        assert "sk-very-secret" not in server.said
        assert '-H "Authorization: Bearer $OS_SECURITY_KEY"' in server.said
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get("/agents")
        refused.value.close()
        assert refused.value.code == 401
        assert json.loads(server.get("/agents", Authorization="Bearer sk-very-secret"))[0]["id"] == "clerk"


def test_open_address_without_a_key_is_refused(agnolo: Agnolo) -> None:
    assert agnolo("serve", ":clerk", "--host", "0.0.0.0", "--port", "0") == (
        1,
        "",
        "agnolo: host '0.0.0.0' is open to other machines and no key is set: set $OS_SECURITY_KEY, or say --insecure\n",
    )


def test_open_address_is_served_when_the_user_insists(tmp_path: Path) -> None:
    with serving(tmp_path, f"{TARGETS}:clerk", "--host", "0.0.0.0", "--insecure") as server:
        assert json.loads(server.get("/agents"))[0]["id"] == "clerk"


def test_taken_port_is_refused_before_anything_is_said(agnolo: Agnolo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = agnolo("serve", ":clerk", "--port", str(port))
    assert ran == (
        1,
        "",
        f"agnolo: port {port} on 127.0.0.1 is taken: stop what uses it, or choose another\n",
    )


def test_unusable_data_directory_is_refused_before_anything_is_said(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("AGNO_DATA_DIR", str(tmp_path / "taken"))
    ran = agnolo("serve", "--port", "0")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert str(tmp_path / "taken") in ran.err


def test_unusable_data_directory_fails_a_run_clearly(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("AGNO_DATA_DIR", str(tmp_path / "taken"))
    ran = agnolo("run", "hello")
    assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert str(tmp_path / "taken") in ran.err


def test_port_out_of_range_is_wrong_usage(agnolo: Agnolo) -> None:
    assert agnolo("serve", ":clerk", "--port", "70000").code == 2
