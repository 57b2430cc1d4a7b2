"""`python -m tests.providers.conformance [FOLDER]`: check a folder of recordings, print the table; 1 if any differs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.providers import cassettes
from tests.providers.conformance import deviations, report, sdk
from tests.providers.conformance.stub import serving


def main(arguments: Sequence[str] | None = None) -> int:
    """Check and tell. 0: no unexplained difference, 1: there is one, 2: nothing to check."""
    given = _parser().parse_args(arguments)
    try:
        return _checked(given)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def _checked(given: argparse.Namespace) -> int:
    if given.deviations:
        current = deviations.PAGE.read_text() if deviations.PAGE.is_file() else ""
        deviations.PAGE.write_text(deviations.page(current))
        return 0
    found = _recordings(given.folder)
    if not found:
        print(f"no recordings below {given.folder}: give a folder with <provider>/<name>.json files", file=sys.stderr)
        return 2
    results = report.run(found)
    if given.report:
        given.report.write_text(report.page(results, _beside_sdks(found) if given.folder is None else ""))
    print(report.table(results))
    wrong = report.unexplained(results)
    print(f"\n{len(found)} recordings, {len(wrong)} unexplained differences", *wrong, sep="\n")
    return 1 if wrong else 0


def _beside_sdks(found: list[cassettes.Cassette]) -> str:
    with serving(found) as server:
        return sdk.table([(cassette, sdk.wrongs(cassette, number, server)) for number, cassette in enumerate(found)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.providers.conformance", description=__doc__)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="of <provider>/<name>.json files; the bundled ones if absent"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report, as Markdown")
    parser.add_argument("--deviations", action="store_true", help="only write contracts/deviations.md from the list")
    return parser


def _recordings(folder: Path | None) -> list[cassettes.Cassette]:
    return list(cassettes.everything().values()) if folder is None else cassettes.load(folder)


if __name__ == "__main__":
    sys.exit(main())
