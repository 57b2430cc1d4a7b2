"""The answer of a run as a file, where the agent says so."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from agnolo.engine.callables import value_of
from agnolo.engine.state import Run
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import RunCancelledException
from agnolo.vocabulary.runs import RunOutput, RunStatus

log = logging.getLogger("agnolo")


async def keep(run: Run, output: RunOutput, at: Runtime) -> None:
    """Write the answer of a completed run to `save_response_to_file`. A file that can't be written is a warning."""
    pattern = run.plan.output.save_response_to_file
    if pattern is None or output.status is not RunStatus.completed:
        return
    try:
        write = partial(_write, _place(pattern, run), output.get_content_as_string(indent=2))
        await value_of(write, run, at)
    except (OSError, LookupError, ValueError, RunCancelledException) as wrong:
        log.warning("the answer of run %s was not saved to %r: %s", output.run_id, pattern, wrong)


def _place(pattern: str, run: Run) -> Path:
    """The path, with what it names put in; none of that can lead to another folder."""
    origin, asked = run.plan.origin, run.plan.input.input_content
    named = {
        "name": origin.name,
        "session_id": origin.session_id,
        "user_id": run.plan.scope.user_id,
        "message": asked if isinstance(asked, str) else None,
        "run_id": origin.run_id,
    }
    return Path(pattern.format(**{name: _bare(value) for name, value in named.items()}))


def _bare(value: str | None) -> str:
    return (value or "").replace("/", "_").replace("\\", "_").replace("..", "_")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
