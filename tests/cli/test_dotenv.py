"""Reading `.env`."""

from pathlib import Path

import pytest

from agnolo.cli.dotenv import load_dotenv
from agnolo.vocabulary.errors import ConfigurationError


def loaded(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> dict[str, str]:
    file = tmp_path / ".env"
    file.write_text(text, encoding="utf-8")
    found = dict(environ or {})
    load_dotenv(file, found)
    return found


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=plain", "plain"),
        ("KEY = spaced ", "spaced"),
        ("export KEY=exported", "exported"),
        ("KEY=", ""),
        ("KEY= # nothing", ""),
        ("KEY=a#b", "a#b"),
        ("KEY=two words # a comment", "two words"),
        ("KEY='single # kept' # gone", "single # kept"),
        (r"KEY='no \n escape'", r"no \n escape"),
        (r'KEY="line\nnext \"quoted\" \\"', 'line\nnext "quoted" \\'),
        ("KEY=http://host/?a=b&c='d'", "http://host/?a=b&c='d'"),
    ],
)
def test_value_is_read_as_a_shell_reads_it(tmp_path: Path, line: str, value: str) -> None:
    assert loaded(tmp_path, line) == {"KEY": value}


def test_comments_and_empty_lines_are_skipped(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff# first\n\n  # second\nA=1\nB=2\n") == {"A": "1", "B": "2"}


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=file\nB=file\nA=again\n", encoding="utf-8")
    environ = {"A": "environment"}
    assert load_dotenv(file, environ) == ["B"]
    assert environ == {"A": "environment", "B": "file"}


@pytest.mark.parametrize("path", ["absent", "."])
def test_missing_file_has_no_variables(tmp_path: Path, path: str) -> None:
    environ: dict[str, str] = {}
    assert load_dotenv(tmp_path / path, environ) == []
    assert environ == {}


@pytest.mark.parametrize("line", ["sk-secret-value", "KEY='sk-secret", "1KEY=sk-secret", 'KEY="sk-secret" more'])
def test_broken_line_is_named_by_number_and_never_shown(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        loaded(tmp_path, f"A=1\n{line}\n")
    assert f"{tmp_path / '.env'}:2 is not NAME=value" in str(raised.value)
    assert "sk-secret" not in str(raised.value)


def test_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00KEY")
    with pytest.raises(ConfigurationError, match="can't be read"):
        load_dotenv(tmp_path / ".env", {})
