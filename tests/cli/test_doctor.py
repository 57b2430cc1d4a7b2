"""`agnolo doctor` and `agnolo local pull`."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from agnolo.cli.config import CONFIG_VARIABLE, MODEL_VARIABLE, SERVER_VARIABLES
from agnolo.providers.address import variables
from agnolo.providers.catalog import providers_health
from agnolo.providers.rows_matrix import MATRIX
from tests.cli.conftest import Agnolo

ROOT = Path(__file__).parents[2]


def found(text: str) -> dict[str, tuple[str, str]]:
    """Subject to mark and finding."""
    rows = (re.fullmatch(r"(ok|-|!|FAIL) +(\S+(?: \S+)*)  +(.+)", line) for line in text.splitlines())
    return {row[2]: (row[1], row[3]) for row in rows if row}


def test_every_part_of_the_machine_is_reported(agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    ran = agnolo("doctor")
    report = found(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert {"python", "config", "data", "footprint"} < set(report)
    assert {f"provider {provider.provider}" for provider in providers_health()} <= set(report)
    assert report["provider openai"] == ("ok", "ready, default model gpt-5.4-mini")
    assert report["data"] == ("ok", "data/agnolo.db (not there yet)")
    assert re.match(r"import agnolo: \d+ modules, \d+ ms of CPU; with Agent: \d+ modules", report["footprint"][1])
    assert "sk-very-secret" not in ran.out
    assert not (tmp_path / "data").exists()


def test_missing_key_is_named_without_being_a_failure(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    assert found(agnolo("doctor").out)["provider groq"] == ("-", "not-configured: GROQ_API_KEY not set")


def test_no_model_at_all_is_a_failure_with_the_way_out(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path / "cache"))
    for provider in providers_health():
        for variable in provider.missing:
            monkeypatch.delenv(variable, raising=False)
    ran = agnolo("doctor")
    assert ran.code == 1
    assert found(ran.out)["models"] == ("FAIL", "no model can answer")
    assert re.search(r"^models +agnolo local pull", ran.out, re.M)
    assert re.search(r"^! +weights SmolLM2\S+ +not fetched, a download of 93 MB$", ran.out, re.M)


def test_size_of_the_database_is_told(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "agnolo.db").write_bytes(bytes(1_500_000))
    (tmp_path / "data" / "agnolo.db-wal").write_bytes(bytes(500_000))
    assert found(agnolo("doctor").out)["data"] == ("ok", "data/agnolo.db (2.0 MB)")


def test_data_directory_that_is_a_file_is_a_failure(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("AGNO_DATA_DIR", str(tmp_path / "taken"))
    ran = agnolo("doctor")
    assert ran.code == 1
    assert found(ran.out)["data"][0] == "FAIL"
    assert re.search(r"^data +set AGNO_DATA_DIR to a folder that can be written$", ran.out, re.M)


def test_database_that_can_not_be_written_is_a_failure(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "data" / "agnolo.db").mkdir(parents=True)
    ran = agnolo("doctor")
    assert ran.code == 1
    assert found(ran.out)["data"] == ("FAIL", "data/agnolo.db can't be written (Is a directory)")


def test_extras_are_read_from_the_installed_package(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site" / "agnolo-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: agnolo\nVersion: 0.1.0\nRequires-Dist: msgspec>=0.20\n"
        "Provides-Extra: cli\nRequires-Dist: rich>=13.9; extra == 'cli'\nRequires-Dist: typer>=0.15; extra == 'cli'\n"
        "Provides-Extra: odd\nRequires-Dist: no-such-package>=1; extra == 'odd'\n"
        "Provides-Extra: all\nRequires-Dist: agnolo[cli,odd]; extra == 'all'\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    ran = agnolo("doctor")
    report = found(ran.out)
    assert {subject for subject in report if subject.startswith("extra")} == {"extra cli", "extra odd"}
    assert report["extra cli"] == ("ok", f"rich {version('rich')}, typer {version('typer')}")
    assert report["extra odd"] == ("!", "missing no-such-package")
    assert re.search(r"^extra odd +pip install 'agnolo\[odd\]'$", ran.out, re.M)


def test_missing_runtime_library_is_told_with_its_package(agnolo: Agnolo, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("ctypes.CDLL", absent)
    ran = agnolo("doctor")
    assert found(ran.out)["libgomp"] == ("!", "not found; the local model needs it")
    assert re.search(r"^libgomp +apt-get install libgomp1$", ran.out, re.M)


def test_package_that_can_not_be_imported_is_a_failure(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n", encoding="utf-8")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "broken"))
    ran = agnolo("doctor")
    assert (ran.code, found(ran.out)["footprint"]) == (1, ("FAIL", "importing agnolo fails: no such thing"))


@pytest.mark.local_model
def test_weights_are_pulled_and_then_reported(agnolo: Agnolo) -> None:
    pulled = agnolo("local", "pull")
    assert pulled.code == 0
    files = re.findall(r"^(\S+\.gguf) \(\d+ MB\)$", pulled.out, re.M)
    report = found(agnolo("doctor").out)
    assert len(files) == 2
    assert sorted(finding.split(" (")[0] for mark, finding in report.values() if ".gguf" in finding) == sorted(files)
    assert report["provider local"] == ("ok", "ready, default model smollm2")


def test_doctor_reads_the_named_configuration(agnolo: Agnolo, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("agents: [{id: a}]\ndatabase: {path: deep/x.db}\n", encoding="utf-8")
    report = found(agnolo("doctor", "a.yaml").out)
    assert (report["config"], report["data"]) == (("ok", "a.yaml"), ("ok", "deep/x.db (not there yet)"))


def test_example_environment_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^# ([A-Z0-9_]+)=", text, re.M))
    wanted = {variable for provider in providers_health() for variable in provider.missing}
    wanted |= {variable for row in MATRIX.values() for variable in variables(row.site)}
    assert (
        wanted | set(SERVER_VARIABLES) | {CONFIG_VARIABLE, MODEL_VARIABLE, "AGNO_DATA_DIR", "OS_SECURITY_KEY"} <= named
    )
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


def test_pull_of_weights_that_can_not_be_kept_is_a_clear_error(
    agnolo: Agnolo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("AGNOLO_CACHE_DIR", str(tmp_path / "taken"))
    ran = agnolo("local", "pull")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[-1].startswith("agnolo: ")
    assert "Traceback" not in ran.err
