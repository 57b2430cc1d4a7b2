"""Entry point of `agnolo`: what an error looks like and which exit code it has. Commands are in `agnolo.cli.app`."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from agnolo.ports.extras import reach
from agnolo.vocabulary.errors import AgnoloError

DEBUG_VARIABLE = "AGNOLO_DEBUG"
"""Set by `--debug`: errors then show their traceback."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 1 for an error with a known fix; every other ending is a SystemExit."""
    sys.excepthook = tell_unexpected
    for stream in (sys.stdout, sys.stderr):
        # An answer may hold any character; a terminal that lacks one must not end the program.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app = reach("agnolo.cli.app", "cli").app
        app(args=argv, prog_name="agnolo")
    except AgnoloError as error:
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exception(error)
        else:
            print(f"agnolo: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


def one_line(error: BaseException) -> str:
    """The message without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def tell_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last handler of the process: a mistake of ours or of the user's module, in two lines."""
    if os.environ.get(DEBUG_VARIABLE) or not isinstance(error, Exception):
        traceback.print_exception(kind, error, trace)
        return
    places = traceback.extract_tb(trace)
    place = f" at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else ""
    print(f"agnolo: unexpected {kind.__name__}{place}: {one_line(error)}", file=sys.stderr)
    print(f"agnolo: for the traceback: agnolo --debug {' '.join(sys.argv[1:])}", file=sys.stderr)
