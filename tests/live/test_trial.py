"""`python -m tests.live` finds out what works: proven on providers emulated from recorded bytes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.live.checks import CHECKS
from tests.live.emulation import KEY, VOICES, all_variables, emulating, variables
from tests.live.subjects import NAMES
from tests.providers.loopback import chunked, serving, sized

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How the command ended: `log` holds (check, outcome, reason) by provider."""

    code: int
    shown: str
    log: dict[str, list[tuple[str, str, str]]]

    def verdicts(self, provider: str) -> dict[str, str]:
        return {check: verdict for check, verdict, _ in self.log[provider]}


async def tried(folder: Path, environ: dict[str, str], *words: str) -> Ended:
    log = folder / "logs" / "providers.log"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    kept |= {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "COLUMNS": "200", "NO_PROXY": "*"}
    command = (sys.executable, "-m", "tests.live", "--log", str(log), *words)
    child = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=kept | environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    shown = (await child.communicate())[0].decode()
    lines = [line.split("\t") for line in log.read_text().splitlines()] if log.exists() else []
    found: dict[str, list[tuple[str, str, str]]] = {}
    for _, provider, check, verdict, reason, _ in lines:
        found.setdefault(provider, []).append((check, verdict, reason))
    return Ended(child.returncode or 0, shown, found)


def texts_in(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.glob("*/*")}


async def test_without_any_key_everything_is_skipped_with_the_variable_to_set(tmp_path: Path) -> None:
    ended = await tried(tmp_path, {"AGNOLO_CACHE_DIR": str(tmp_path)})

    assert ended.code == 0, ended.shown
    assert list(ended.log) == list(NAMES)
    assert all(verdict == "skipped" for checks in ended.log.values() for _, verdict, _ in checks)
    assert [check for check, _, _ in ended.log["groq"]] == list(CHECKS)
    assert ended.log["groq"][0] == ("chat", "skipped", "GROQ_API_KEY is not set")
    assert "GROQ_API_KEY is not set" in ended.shown
    assert "OLLAMA_HOST or " in ended.log["ollama"][0][2]
    assert ended.log["local"][0][2] == "the weights: run agnolo local pull"
    assert f"{len(NAMES) * len(CHECKS)} skipped" in ended.shown


async def test_every_provider_passes_on_what_was_recorded_from_it(tmp_path: Path) -> None:
    async with serving(emulating()) as server:
        environ = all_variables(f"http://127.0.0.1:{server.port}")
        ended = await tried(tmp_path, environ, *VOICES)

    failed = [(provider, *line) for provider, lines in ended.log.items() for line in lines if line[1] == "failed"]
    assert failed == [], ended.shown
    assert ended.code == 0
    for provider, voice in VOICES.items():
        assert ended.verdicts(provider) == {
            **dict.fromkeys(CHECKS, "passed"),
            "embeddings": "passed" if voice.vectors else "skipped",
        }
    assert KEY not in ended.shown + str(ended.log)


async def test_what_fails_is_told_and_ends_with_code_1_and_the_rest_is_still_tried(tmp_path: Path) -> None:
    told = {"error": {"message": f"no access for {KEY}", "type": "invalid_request_error", "code": "odd"}}
    instead = {
        ("groq", "chat"): sized(told, "400 Bad Request"),
        ("groq", "stream"): chunked(b'data: {"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}\n\n'),
        ("groq", "call"): sized({"choices": [{"message": {"content": "Sunny."}, "finish_reason": "stop"}]}),
        ("groq", "refused"): sized({"choices": [{"message": {"content": "Welcome."}, "finish_reason": "stop"}]}),
    }
    async with serving(emulating(instead)) as server:
        address = f"http://127.0.0.1:{server.port}"
        environ = variables("groq", address) | variables("cerebras", address)
        ended = await tried(tmp_path, environ, "groq", "cerebras")

    assert ended.code == 1
    assert ended.verdicts("groq") == {**dict.fromkeys(CHECKS, "failed"), "embeddings": "skipped"}
    assert ended.verdicts("cerebras") == {**dict.fromkeys(CHECKS, "passed"), "embeddings": "skipped"}
    reasons = {check: reason for check, _, reason in ended.log["groq"]}
    assert "ModelBadRequestError" in reasons["chat"]
    assert "answer is empty" in reasons["stream"]
    assert reasons["tools"] == "the tool was not called: 'Sunny.'"
    assert reasons["error"] == "nothing was refused; the answer was 'Welcome.'"
    assert "nothing was refused; the answer was 'Welcome.'" in ended.shown
    assert KEY not in ended.shown + str(ended.log)


async def test_a_key_in_dotenv_counts(tmp_path: Path) -> None:
    async with serving(emulating()) as server:
        found = variables("groq", f"http://127.0.0.1:{server.port}")
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in found.items()))
        ended = await tried(tmp_path, {}, "groq")

    assert ended.code == 0
    assert ended.verdicts("groq")["chat"] == "passed"


async def test_an_unknown_provider_is_wrong_usage_and_leaves_the_log_alone(tmp_path: Path) -> None:
    ended = await tried(tmp_path, {}, "grok")

    assert (ended.code, ended.log) == (2, {})
    assert "no provider is called 'grok': choose from openai, openai-chat, gemini" in ended.shown


async def test_recordings_of_a_trial_are_kept_one_a_request_without_the_key(tmp_path: Path) -> None:
    async with serving(emulating()) as server:
        address = f"http://127.0.0.1:{server.port}"
        environ = variables("openai", address) | variables("gemini", address)
        ended = await tried(tmp_path, environ, "--record", "kept", "openai", "openai-chat", "gemini")

    kept = texts_in(tmp_path / "kept")
    chats = ("live_chat_0", "live_error_0", "live_stream_0", "live_tools_0", "live_tools_1", "live_embeddings_0")
    assert ended.code == 0, ended.shown
    assert kept.keys() == {
        f"{provider}/{name}.json" for provider in ("openai", "openai-chat", "gemini") for name in chats
    }
    assert not any(KEY in text for text in kept.values())
