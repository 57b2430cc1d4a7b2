"""Where data lies: the data directory, and namespaces as safe path components."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agnolo.storage.namespaces import component, data_dir, database_path

NASTY = st.one_of(
    st.text(),
    st.text(alphabet="./\\ aA\x00:-_", max_size=80),
    st.sampled_from(["..", ".", "/", "con", "NUL.txt", "COM1", "lpt9.a.b", "a" * 65, "~", "$HOME", "-rf", "\ud800"]),
)


@given(NASTY)
def test_namespace_becomes_one_safe_component(name: str) -> None:
    folder = component(name)
    assert Path("/root", folder).resolve().parent == Path("/root")
    assert 0 < len(folder) <= 64
    assert folder.isascii()
    assert not folder.startswith(".")
    assert not folder.endswith(".")
    assert folder.split(".")[0].lower() not in ("con", "prn", "aux", "nul", "com1", "lpt9")
    assert component(folder) == folder


@given(NASTY, NASTY)
def test_changed_names_do_not_meet(one: str, other: str) -> None:
    changed = all(component(name) != name and name.strip() for name in (one, other))
    if changed and one != other:
        assert component(one) != component(other)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("", "default"),
        ("  ", "default"),
        ("default", "default"),
        ("acme-1.eu_west", "acme-1.eu_west"),
        ("a/b", "a_b-c14cddc0"),
        ("..", "default-5ec1f7e7"),
        ("NUL", "NUL-ae6de182"),
    ],
)
def test_known_names(name: str, folder: str) -> None:
    assert component(name) == folder


def test_data_directory_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGNO_DATA_DIR", raising=False)
    assert data_dir() == Path("data")
    assert database_path("default") == Path("data/agnolo.db")
    monkeypatch.setenv("AGNO_DATA_DIR", "/var/lib/agno")
    assert database_path("") == Path("/var/lib/agno/agnolo.db")
    assert database_path("acme") == Path("/var/lib/agno/acme/agnolo.db")
    monkeypatch.setenv("AGNO_DATA_DIR", "")
    assert data_dir() == Path("data")
