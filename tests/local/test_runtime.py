"""Loaded models: shared, locked on loopback, their errors typed; and what is said when something is not installed."""

import asyncio
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import aiohttp
import pytest

from agnolo.providers.local_loading import load
from agnolo.providers.local_runtime import LoadedModel, Settings, default_threads, loaded
from agnolo.vocabulary.errors import ContextWindowExceededError, ModelBadRequestError, ModelProviderError

pytestmark = pytest.mark.local_model

HI: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4, "temperature": 0}


@pytest.fixture
def model(weights: list[Path]) -> LoadedModel:
    return load("smollm2", n_ctx=8192)


def ignore(_chunk: dict[str, Any]) -> bool:
    return False


def test_the_same_settings_give_the_same_model(model: LoadedModel) -> None:
    assert load("smollm2", n_ctx=8192) is model
    assert load("smollm2", n_ctx=8192, threads=default_threads()) is model
    assert load("smollm2", n_ctx=1024) is not model


def test_there_is_at_least_one_thread() -> None:
    assert default_threads() >= 1


def test_a_completion_comes_in_chunks_that_end_with_the_usage(model: LoadedModel) -> None:
    chunks: list[dict[str, Any]] = []

    model.stream(HI, lambda chunk: bool(chunks.append(chunk)))

    assert chunks[-1]["usage"]["completion_tokens"] == 4
    assert [chunk["model"] for chunk in chunks] == ["smollm2"] * len(chunks)


def test_a_taker_that_has_enough_ends_the_writing(model: LoadedModel) -> None:
    chunks: list[dict[str, Any]] = []

    def one(chunk: dict[str, Any]) -> bool:
        chunks.append(chunk)
        return True

    model.stream({**HI, "max_tokens": 4000}, one)

    assert len(chunks) == 1


def test_work_that_waits_can_be_taken_back(model: LoadedModel) -> None:
    hold = Event()
    first = model.submit(hold.wait)
    second = model.submit(hold.wait)

    taken = second.cancel()
    hold.set()

    assert taken
    assert first.result()


def test_a_prompt_that_does_not_fit_is_an_error_with_figures(model: LoadedModel) -> None:
    long = {"messages": [{"role": "user", "content": "word " * 9000}]}

    with pytest.raises(ContextWindowExceededError, match=r"has 9\d{3} tokens, 'smollm2' takes 8192") as raised:
        model.stream(long, ignore)

    assert (raised.value.provider, raised.value.model, raised.value.retryable) == ("Local", "smollm2", False)


def test_a_broken_request_is_an_error(model: LoadedModel) -> None:
    with pytest.raises(ModelBadRequestError, match="failed to parse grammar"):
        model.stream({**HI, "grammar": "root ::= (("}, ignore)


def test_a_text_too_long_to_embed_is_an_error(weights: list[Path]) -> None:
    embedder = load("minilm", n_ctx=512, embedding=True)

    with pytest.raises(ContextWindowExceededError, match="too large"):
        embedder.embed(["word " * 600])


def test_a_damaged_file_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")

    with pytest.raises(ModelProviderError, match=r"could not load '.*broken\.gguf'.*agnolo local pull"):
        loaded(Settings(str(broken), "broken", 512, 1))


@pytest.mark.anyio
async def test_the_port_that_llama_cpp_opens_is_on_loopback_and_locked(model: LoadedModel) -> None:
    address: str = model.address

    async with aiohttp.ClientSession() as session, session.post(f"{address}/v1/chat/completions", json=HI) as answer:
        status = answer.status

    assert address.startswith("http://127.0.0.1:")
    assert status == 401


SCRIPT = """
import asyncio, sys
sys.path[:0] = {path!r}
from agnolo.ports.model import ModelRequest
from agnolo.providers.local import Local
from agnolo.vocabulary.messages import Message
{before}
async def main():
    request = ModelRequest(messages=[Message(role="user", content="Hi")])
    async for event in Local(max_tokens=2).exchange(request): pass
try:
    asyncio.run(main())
except Exception as error:
    print(type(error).__name__, error)
print(sorted(name for name in ("numpy", "xllamacpp") if sys.modules.get(name)))
"""


def script(*path: Path, before: str = "") -> list[str]:
    """What a fresh interpreter prints when it asks the local model, with these directories first on its path."""
    root = Path(__file__).parents[2]
    source = SCRIPT.format(path=[*map(str, path), str(root / "src")], before=before)
    return subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.usefixtures("weights")
def test_a_missing_runtime_names_the_extra() -> None:
    assert script(before="sys.modules['xllamacpp'] = None") == [
        "MissingExtraError 'xllamacpp' is not installed: run  pip install 'agnolo[local]'",
        "[]",
    ]


@pytest.mark.usefixtures("weights")
def test_a_missing_system_library_is_named(tmp_path: Path) -> None:
    fake = "raise ImportError('libgomp.so.1: cannot open shared object file: No such file or directory')"
    (tmp_path / "xllamacpp.py").write_text(fake)

    said, modules = script(tmp_path)

    assert said.startswith(
        "MissingExtraError xllamacpp is installed, but a system library it needs is not (libgomp.so.1:"
    )
    assert "apt-get install libgomp1" in said
    assert modules == "[]"


@pytest.mark.usefixtures("weights")
def test_answering_needs_no_numpy() -> None:
    assert script() == ["['xllamacpp']"]


def test_nothing_heavy_is_imported_before_the_first_question(weights: list[Path]) -> None:
    assert script(
        before="async def main(): pass\nasyncio.run(main())\nsys.exit(print(sys.modules.get('xllamacpp')))"
    ) == ["None"]


def test_a_process_ends_while_the_model_writes(weights: list[Path]) -> None:
    before = "asyncio.run = lambda coro: coro.close()\nfrom agnolo.providers.local_loading import load\n"
    work = (
        "load('smollm2', n_ctx=8192).stream({'messages': [{'role': 'user', 'content': 'Hi'}], 'max_tokens': 50}, bool)"
    )
    started = (
        f"import threading\nthreading.Thread(target=lambda: {work.replace(', bool)', ', lambda _: False)')}).start()"
    )

    assert script(before=before + started)[-1].startswith("[")


def test_a_question_that_comes_while_the_interpreter_ends_is_answered(weights: list[Path]) -> None:
    before = (
        "import atexit\natexit.register(lambda: run(late()))\n"
        "run, asyncio.run = asyncio.run, lambda coro: coro.close()\n"
        "async def late():\n"
        "    request = ModelRequest(messages=[Message(role='user', content='Hi')])\n"
        "    async for event in Local(max_tokens=2).exchange(request): print(event.metrics.output_tokens)\n"
    )

    assert script(before=before) == ["[]", "2"]


def test_embedding_from_several_loops_is_safe(weights: list[Path]) -> None:
    embedder = load("minilm", n_ctx=512, embedding=True)

    async def many() -> list[list[list[float]]]:
        return await asyncio.gather(*(asyncio.to_thread(embedder.embed, [f"text {n % 3}"]) for n in range(12)))

    found = asyncio.run(many())

    assert all(len(vector) == 384 for (vector,) in found)
    assert found[0][0] == pytest.approx(found[3][0])
