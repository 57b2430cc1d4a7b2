"""What is under way when the program ends is finished first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from agnolo import Agent, ScriptedModel, SqliteDb

SCRIPT = """
import asyncio, sys
from agnolo import Agent, ScriptedModel, SqliteDb
from agnolo.providers.scripted import Say

class Computing(ScriptedModel):
    "A model that computes in a thread of the loop's pool, as a local one does."
    loop_bound = True

    async def exchange(self, request):
        for _ in range(3):
            await asyncio.get_running_loop().run_in_executor(None, sum, range(100_000))
        async for event in super().exchange(request):
            yield event

note = Say(calls=[("add_memory", {"memory": "Is called Ada.", "topics": []})])
agent = Agent(
    model=ScriptedModel(["hi"]), memory_model=Computing([note, "Kept"]), db=SqliteDb(sys.argv[1]),
    update_memory_on_run=True, user_id="u",
)
print(agent.run("I am Ada").content)
"""


def test_memories_are_drawn_before_a_script_ends(tmp_path: Path) -> None:
    database = tmp_path / "exit.db"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(database)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", "")
    reader = Agent(model=ScriptedModel([]), db=SqliteDb(database), user_id="u")
    assert [m.memory for m in reader.get_user_memories()] == ["Is called Ada."]
