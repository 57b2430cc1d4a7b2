"""The main job, end to end, on the real server and the local model: no key, no account, nothing but this machine.

Starts `agnolo serve` with an empty data directory, streams a greeting, asks for the time (a tool call), tells a name
and asks for it, kills the server with SIGKILL, starts it again and goes on with the same session. Exit code 0 if all
of that holds; else 1 and the reason. Uses only the standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

START_SECONDS = 60.0
ANSWER_SECONDS = 120.0
NAME = "Ada"


class Failed(Exception):
    """The demo does not hold; says why."""


class Answer(NamedTuple):
    """One streamed run: its events in order and the text of its answer."""

    events: list[dict[str, Any]]
    text: str

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


class Server:
    """`agnolo serve` as a process of its own."""

    def __init__(self, data: Path, port: int) -> None:
        self.port = port
        self._data = data
        self._log = data / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and wait until it is healthy; returns the seconds that took."""
        began = time.monotonic()
        environ = os.environ | {"AGNO_DATA_DIR": str(self._data), "AGNOLO_MODEL": "local"}
        command = [sys.executable, "-m", "agnolo.cli", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=self._data)
        while not self._healthy():
            if self._process.poll() is not None:
                raise Failed(f"the server ended with code {self._process.returncode}:\n{self.log()}")
            if time.monotonic() - began > START_SECONDS:
                raise Failed(f"the server was not ready after {START_SECONDS:.0f} s:\n{self.log()}")
            time.sleep(0.05)
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL: no chance to save anything."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def log(self) -> str:
        """The end of what the server said."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])

    def _healthy(self) -> bool:
        try:
            return self.get("/health")["status"] == "ok"
        except (OSError, http.client.HTTPException, Failed):
            return False

    def get(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        """The JSON at a path."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise Failed(f"GET {path} answered {response.status}: {body[:300]!r}")
        return json.loads(body)

    def events(self, agent: str, message: str, session: str) -> Iterator[dict[str, Any]]:
        """The events of a new run, as they come."""
        form = urllib.parse.urlencode({"message": message, "session_id": session, "stream": "true"})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", f"/agents/{agent}/runs", form, headers)
            response = connection.getresponse()
            if response.status != 200:
                raise Failed(f"the run was refused with {response.status}: {response.read(300)!r}")
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()


def say(text: str = "", end: str = "\n") -> None:
    print(text, end=end, flush=True)


def ask(server: Server, agent: str, session: str, message: str) -> Answer:
    """Ask, print the answer as it comes, and check the form of the stream."""
    say(f"\nyou        {message}\nassistant  ", end="")
    began, first = time.monotonic(), 0.0
    events: list[dict[str, Any]] = []
    text = ""
    for event in server.events(agent, message, session):
        events.append(event)
        if event["event"] == "RunContent" and event.get("content"):
            first = first or time.monotonic() - began
            text += event["content"]
            say(event["content"], end="")
        elif event["event"] == "ToolCallStarted":
            say(f"[calls {event['tool']['tool_name']}({event['tool']['tool_args']})] ", end="")
        elif event["event"] == "ToolCallCompleted":
            say(f"[got {event['tool']['result']}] ", end="")
    whole = time.monotonic() - began
    say(f"\n           (first word after {first:.1f} s, all after {whole:.1f} s, {len(events)} events)")
    answer = Answer(events, text)
    check_stream(answer, server)
    return answer


def check_stream(answer: Answer, server: Server) -> None:
    names = answer.names
    if not names or names[0] != "RunStarted" or names[-1] != "RunCompleted":
        last = json.dumps(answer.events[-1])[:500] if answer.events else "nothing"
        raise Failed(f"the stream does not go from RunStarted to RunCompleted; last was {last}\n{server.log()}")
    if not answer.text.strip():
        raise Failed("the answer is empty")
    if answer.text != answer.events[-1]["content"]:
        raise Failed("the streamed pieces, joined, are not the content of RunCompleted")


def check_tool(answer: Answer) -> None:
    """One pair of events about the clock, in order, and an answer after it."""
    tools = [event for event in answer.events if event["event"] in ("ToolCallStarted", "ToolCallCompleted")]
    told = [(event["event"], event["tool"]["tool_name"]) for event in tools]
    if told != [("ToolCallStarted", "get_current_time"), ("ToolCallCompleted", "get_current_time")]:
        raise Failed(f"expected one call of get_current_time, saw {told}")
    if tools[1]["tool"]["tool_call_error"]:
        raise Failed(f"the tool failed: {tools[1]['tool']['result']}")


def check_session(server: Server, session: str, questions: list[str]) -> None:
    """The session holds exactly these questions, each with its answer."""
    runs = server.get(f"/sessions/{session}/runs")
    asked = [run["run_input"] for run in runs]
    if asked != questions:
        raise Failed(f"the session should hold {questions}, it holds {asked}")
    if not all(run["content"] and run["status"] == "COMPLETED" for run in runs):
        raise Failed(f"the session holds runs that are not complete: {[run['status'] for run in runs]}")


def check_recall(answer: Answer) -> None:
    if NAME not in answer.text:
        raise Failed(f"the answer to the second turn does not use the first: no {NAME!r} in {answer.text!r}")


def tell(server: Server) -> None:
    """The whole story."""
    say(f"server up on http://127.0.0.1:{server.port} after {server.start():.1f} s, on the local model")
    agent = server.get("/agents")[0]["id"]
    ask(server, agent, "greeting", "Hello! How are you?")
    check_tool(ask(server, agent, "clock", "What time is it now?"))
    turns = [f"My name is {NAME}.", "What is my name?"]
    ask(server, agent, "name", turns[0])
    check_recall(ask(server, agent, "name", turns[1]))
    check_session(server, "name", turns)
    server.kill()
    say(f"\nserver killed with SIGKILL; up again after {server.start():.1f} s")
    check_session(server, "name", turns)
    turns.append("Please repeat my name.")
    check_recall(ask(server, agent, "name", turns[2]))
    check_session(server, "name", turns)
    say("\nthe session survived and went on")


@contextmanager
def running(data: Path) -> Iterator[Server]:
    server = Server(data, free_port())
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fail(reason: object) -> NoReturn:
    sys.exit(f"\ndemo failed: {reason}")


def main() -> None:
    began = time.monotonic()
    if subprocess.run([sys.executable, "-m", "agnolo.cli", "local", "pull"], check=False).returncode != 0:
        fail("the local model's weights can't be fetched (see above)")
    with tempfile.TemporaryDirectory(prefix="agnolo-demo-") as data, running(Path(data)) as server:
        try:
            tell(server)
        except Failed as reason:
            fail(reason)
        except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
            fail(f"{type(error).__name__}: {error}\n{server.log()}")
    say(f"demo passed in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
