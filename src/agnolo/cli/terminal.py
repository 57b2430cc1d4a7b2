"""The two consoles, and how runs, tables and progress look on them. The home of rich in the command line."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.text import Text

from agnolo.vocabulary.codec import dumps
from agnolo.vocabulary.events import (
    RunCancelledEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    ToolCallCompletedEvent,
    ToolCallStartedEvent,
)
from agnolo.vocabulary.executions import ToolExecution

LONGEST_RESULT = 300
"""Characters of a tool's result that are shown."""

MARKS = {"ok": "ok", "info": "-", "warn": "!", "fail": "FAIL"}
"""How a finding of the doctor is marked."""

out = Console(highlight=False, soft_wrap=True)
err = Console(highlight=False, soft_wrap=True, stderr=True)


class Transcript:
    """Shows the events of runs as they come: the answer on one console, all else as notes on another."""

    def __init__(self, answer: Console, notes: Console) -> None:
        self._answer = answer
        self._notes = notes
        self._open_line = False

    def show(self, event: RunEventBase) -> None:
        """Show one event, if it says something to a person."""
        match event:
            case RunContentEvent():
                self._text(event)
            case ToolCallStartedEvent():
                self.note(f"· {called(event.tool)}", style="cyan")
            case ToolCallCompletedEvent():
                failed = bool(event.tool.tool_call_error)
                self.note(f"  {'failed' if failed else '→'} {result_of(event.tool)}", style="red" if failed else "cyan")
            case RunErrorEvent():
                self.note(f"error: {event.content}", style="red")
            case RunCancelledEvent():
                self.note("cancelled", style="yellow")
            case _:
                pass

    def note(self, text: str, *, style: str = "dim") -> None:
        """A line of its own beside the answer."""
        self.end_line()
        self._notes.print(Text(text, style))

    def end_line(self) -> None:
        """Finish the answer's line if one is open."""
        if self._open_line:
            self._answer.print()
            self._open_line = False

    def _text(self, event: RunContentEvent) -> None:
        if event.reasoning_content:
            self.note(event.reasoning_content)
        text = event.content if isinstance(event.content, str | None) else dumps(event.content).decode()
        if text:
            self._answer.print(Text(text), end="")
            self._open_line = not text.endswith("\n")


def called(tool: ToolExecution) -> str:
    """A tool call as code."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in (tool.tool_args or {}).items())
    return f"{tool.tool_name}({arguments})"


def result_of(tool: ToolExecution) -> str:
    """A tool's result in one line, cut."""
    text = " ".join((tool.result or "").split())
    return text if len(text) <= LONGEST_RESULT else f"{text[:LONGEST_RESULT]}…"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings, columns aligned and nothing cut or folded, so that output can be searched."""
    lines = [list(columns), *map(list, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for number, line in enumerate(lines):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        out.print(Text("  ".join(cells).rstrip(), "bold" if number == 0 else ""))


def moment(seconds: int) -> str:
    """Unix seconds as local date and time."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S") if seconds else "-"


class Bars:
    """Progress bars by label."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def update(self, label: str, done: int, total: int) -> None:
        """Move the bar of this label."""
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=total or None)
        self._progress.update(self._tasks[label], completed=done, total=total or None)


@contextmanager
def bars() -> Generator[Bars, Any, None]:
    """Bars that live on the error console while inside."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=err) as progress:
        yield Bars(progress)
