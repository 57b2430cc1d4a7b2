"""Coverage-guided fuzzing of the five reply decoders by atheris: `python tests/fuzz/decoders.py [seconds]`.

Needs the package `atheris`, which is no dependency of the project: `make fuzz` fetches it. An input is a byte that
chooses dialect and form, a byte that says how often to cut, and the body. Whatever it is, the decoder must give one
reply or one typed error, the same at any cut.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

atheris = importlib.import_module("atheris")
sys.path[:0] = [str(Path(__file__).parents[2] / "src"), str(Path(__file__).parents[2])]
with atheris.instrument_imports(include=["agnolo.providers"]):
    from agnolo.providers.wire import BodyForm
    from tests.providers import decoding
    from tests.providers.decoding import DIALECTS, Body

SECONDS = 60
MOST_BYTES = 6000
FORMS: tuple[BodyForm, ...] = ("stream", "whole")
CHOICES: list[tuple[str, BodyForm]] = [(dialect, form) for dialect in DIALECTS for form in FORMS]


def try_input(data: bytes) -> None:
    """One input. Raises for a broken promise."""
    if len(data) < 2:
        return
    dialect, form = CHOICES[data[0] % len(CHOICES)]
    body = Body("fuzzed", form, data[2:])
    places = [(place + 1) * len(body.bytes) // (data[1] % 16 + 1) for place in range(data[1] % 16)]
    whole = decoding.outcome(dialect, body, [body.bytes])
    cut = decoding.outcome(dialect, body, decoding.cut(body.bytes, places))
    assert cut == whole, f"{dialect}, {form}: cut at {places} it reads otherwise"


def seed(folder: Path) -> None:
    """Recorded replies that are short enough, for the fuzzer to begin with."""
    for number, (dialect, form) in enumerate(CHOICES):
        short = [b for b in decoding.bodies(dialect) if b.form == form and len(b.bytes) < MOST_BYTES]
        for place, body in enumerate(short[:12]):
            (folder / f"{dialect}-{form}-{place}").write_bytes(bytes([number, place]) + body.bytes)


def main(seconds: int) -> None:
    """Fuzz for so long; exits other than 0 with the input and the traceback of what was found."""
    with tempfile.TemporaryDirectory() as folder:
        seed(Path(folder))
        flags = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-seed=1", "-timeout=20", "-rss_limit_mb=3000"]
        atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={tempfile.gettempdir()}/", folder], try_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
