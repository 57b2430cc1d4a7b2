"""Reads `.env`: lines of NAME=value. What the environment says already wins. Values are secrets and never shown."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path

from agnolo.vocabulary.errors import ConfigurationError

_LINE = re.compile(
    r"""(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*
        (?:"(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>[^']*)' | (?P<bare>(?:[^\s"'\#].*?)?))
        (?:\s+\#.*)?""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def load_dotenv(file: Path, environ: MutableMapping[str, str]) -> list[str]:
    """Add the file's variables that `environ` lacks; returns their names. A missing file has none.

    Raises ConfigurationError for a line that is no assignment, naming the line's number but not its text.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{str(file)!r} can't be read ({type(error).__name__}): fix or remove it") from error
    added: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ConfigurationError(
                f"{file}:{number} is not NAME=value: fix the line, or put a # before it (quote values with #)"
            )
        if found["name"] not in environ:
            environ[found["name"]] = _value(found)
            added.append(found["name"])
    return added


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), found["double"])
    return found["single"] if found["single"] is not None else found["bare"]
