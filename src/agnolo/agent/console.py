"""Agents in the terminal: print_response, cli_app, what run() returned. The module of this layer that imports rich."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Generator, Iterable, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from agnolo.agent import execution
from agnolo.agent.call import Call
from agnolo.ports.runtime import Runtime
from agnolo.runtime.timer import Timer
from agnolo.vocabulary import codec
from agnolo.vocabulary.events import (
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    ToolCallCompletedEvent,
)
from agnolo.vocabulary.guards import is_array, is_object
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.requirements import RunRequirement
from agnolo.vocabulary.runs import RunOutput, RunStatus

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

_ALWAYS = ("show_full_reasoning",)
"""Options of what the display always does: reasoning is shown whole."""
_TAGS = frozenset({"think", "thinking"})
"""Tags that are shown in markdown as they stand, where others are taken for HTML."""
Told = RunEventBase | RunOutput
EXIT_WORDS = ("exit", "quit", "bye")
_BORDERS = {
    RunStatus.completed: "blue",
    RunStatus.paused: "yellow",
    RunStatus.cancelled: "yellow",
    RunStatus.error: "red",
}


class Display:
    """What a run has shown so far, as panels: the message, tool calls, reasoning, the response."""

    def __init__(
        self, asked: object, *, markdown: bool, show_message: bool, show_reasoning: bool, tags: Collection[str]
    ) -> None:
        self._asked = _said(asked) if show_message else ""
        self._markdown = markdown
        self._tags = tags
        self._show_reasoning = show_reasoning
        self._tools: list[str] = []
        self._reasoning = ""
        self._text = ""
        self._wanted: list[str] = []
        self._status = RunStatus.completed
        self._title = "Response"

    def hear(self, event: RunEventBase | RunOutput) -> None:
        """Take in one event of a stream."""
        if isinstance(event, RunContentEvent):
            self._reasoning += event.reasoning_content or ""
            self._text += event.content if isinstance(event.content, str) else str(event.content or "")
        elif isinstance(event, ToolCallCompletedEvent):
            self._tools.append((event.content or "").strip())
        elif isinstance(event, RunErrorEvent):
            self._status, self._text = RunStatus.error, event.content
        elif isinstance(event, RunOutput):
            self._take(event)

    def _take(self, output: RunOutput) -> None:
        self._status = output.status
        self._text = _said(output.content)
        self._wanted = [_wanted(requirement) for requirement in output.active_requirements]
        self._reasoning = output.reasoning_content or ""
        self._tools = [f"{tool.tool_name}({_arguments(tool.tool_args)})" for tool in output.tools or ()]
        if output.metrics is not None and output.metrics.duration is not None:
            self._title = f"Response ({output.metrics.duration:.1f}s)"

    def __rich__(self) -> RenderableType:
        panels: list[RenderableType] = []
        if self._asked:
            panels.append(Panel(Text(self._asked), title="Message", title_align="left", border_style="cyan"))
        if self._tools:
            calls = Text("\n".join(f"• {tool}" for tool in self._tools))
            panels.append(Panel(calls, title="Tool Calls", title_align="left", border_style="magenta"))
        if self._show_reasoning and self._reasoning:
            panels.append(Panel(Text(self._reasoning), title="Reasoning", title_align="left", border_style="green"))
        if self._wanted:
            asked = Text("\n".join(f"• {one}" for one in self._wanted))
            panels.append(Panel(asked, title="Waits for you", title_align="left", border_style="yellow"))
        body = Markdown(_with_tags(self._text, self._tags)) if self._markdown else Text(self._text)
        panels.append(Panel(body, title=self._title, title_align="left", border_style=_BORDERS[self._status]))
        return Group(*panels)


def _with_tags(text: str, tags: Collection[str]) -> str:
    """Markdown that shows these tags instead of hiding them."""
    named = "|".join(map(re.escape, tags))
    return re.sub(rf"<(/?(?:{named}))>", r"&lt;\1&gt;", text)


def _said(value: object) -> str:
    """Text as it is, what messages of the user say, lists one item a line, anything else as JSON over several lines."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, Message):
        return value.text() if value.role == "user" else ""
    if is_array(value):
        return "\n".join(filter(None, map(_said, value)))
    if is_object(value) and "role" in value:
        return _said(value.get("content"))
    dump = getattr(value, "model_dump_json", None)
    return dump(indent=2, exclude_none=True) if dump else codec.spaced(value, (",", ": "), 2)


def _arguments(given: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (given or {}).items())


def _wanted(requirement: RunRequirement) -> str:
    """What a person is asked, in a line."""
    execution = requirement.tool_execution
    call = f"{execution.tool_name}({_arguments(execution.tool_args)})"
    match requirement.pause_type:
        case "confirmation":
            return f"confirm or reject {call}"
        case "user_input":
            missing = ", ".join(f.name for f in requirement.user_input_schema or () if f.value is None)
            return f"give {missing or 'the arguments'} for {call}"
        case "user_feedback":
            return f"answer {' / '.join(q.question for q in requirement.user_feedback_schema or ())}"
        case "external_execution":
            return f"carry out {call} and bring its result"


class Shown:
    """The display of one call: its own options, taken out of the call's, and where it is drawn."""

    def __init__(self, agent: Agent, asked: object, options: dict[str, Any]) -> None:
        markdown = options.pop("markdown", None)
        self._console: Console = options.pop("console", None) or Console()
        self._display = Display(
            asked,
            markdown=agent.markdown if markdown is None else bool(markdown),
            show_message=options.pop("show_message", True),
            show_reasoning=options.pop("show_reasoning", True),
            tags=options.pop("tags_to_include_in_markdown", None) or _TAGS,
        )
        for name in _ALWAYS:
            options.pop(name, None)

    async def follow(self, told: AsyncGenerator[RunEventBase | RunOutput, None], *, live: bool) -> None:
        """Draw the run as it goes on, or once it has ended."""
        if not live:
            async for item in told:
                self._display.hear(item)
            self._console.print(self._display)
            return
        with Live(self._display, console=self._console, auto_refresh=False, vertical_overflow="visible") as drawn:
            async for item in told:
                self._display.hear(item)
                drawn.refresh()


async def show(agent: Agent, asked: object, runtime: Callable[[], Runtime], options: dict[str, Any]) -> None:
    """Run and print; with `stream`, as it comes."""
    shown = Shown(agent, asked, options)
    settled: dict[str, Any] = {"input": asked, "stream_events": True, "yield_run_output": True}
    call = Call(**{**options, **settled})
    streams = bool(agent.stream if call.stream is None else call.stream)
    async with aclosing(execution.events(agent.opening(call), runtime, call)) as told:
        await shown.follow(told, live=streams)


async def converse(agent: Agent, first: str | None, runtime: Callable[[], Runtime], options: dict[str, Any]) -> None:
    """Answer the user's lines, in one session. Reading a line blocks: there is nobody else to serve."""
    dialogue = Dialogue(
        first,
        user=options.pop("user", "User"),
        emoji=options.pop("emoji", ":sunglasses:"),
        exit_on=options.pop("exit_on", None),
    )
    while (said := dialogue.next()) is not None:
        await show(agent, said, runtime, {"show_message": False, **options})


class Dialogue:
    """Reads the user's lines until one of the exit words or the end of input."""

    def __init__(self, first: str | None, *, user: str, emoji: str, exit_on: Sequence[str] | None) -> None:
        self._first = first
        self._label = f"[bold]{emoji} {user}[/bold]"
        self._exits = tuple(EXIT_WORDS if exit_on is None else exit_on)

    def next(self) -> str | None:
        """The next line; None to stop."""
        said, self._first = self._first, None
        if said is None:
            try:
                said = Prompt.ask(self._label)
            except (EOFError, KeyboardInterrupt):
                return None
        return None if said.strip().lower() in self._exits else said


class _Answer:
    """What has come of the answer."""

    def __init__(self, *, markdown: bool, show_time: bool) -> None:
        self._markdown = markdown
        self._show_time = show_time
        self._text = ""
        self._watch = Timer()
        self._watch.start()

    def hear(self, told: Told) -> None:
        if isinstance(told, RunOutput):
            self._text = _said(told.content)
        elif isinstance(told, RunContentEvent) and told.content is not None:
            self._text += told.content if isinstance(told.content, str) else str(told.content)

    def __rich__(self) -> RenderableType:
        body = Markdown(self._text) if self._markdown else Text(self._text)
        shown = Panel(body, expand=self._markdown)
        if not self._show_time:
            return shown
        table = Table.grid()
        table.add_row(Text(f"Response\n({self._watch.elapsed:.1f}s)"), shown)
        return Group(table)


def pprint_run_response(
    run_response: RunOutput | Iterable[Told], *, markdown: bool = False, show_time: bool = False
) -> None:
    """Print what run() returned: an output in a panel, a stream as it comes. `show_time` is for streams."""
    whole = isinstance(run_response, RunOutput)
    with _drawn(_Answer(markdown=markdown, show_time=show_time and not whole)) as hear:
        for told in [run_response] if isinstance(run_response, RunOutput) else run_response:
            hear(told)


async def apprint_run_response(
    run_response: RunOutput | AsyncIterable[Told], *, markdown: bool = False, show_time: bool = False
) -> None:
    """The same for what arun() returned."""
    if isinstance(run_response, RunOutput):
        pprint_run_response(run_response, markdown=markdown, show_time=show_time)
        return
    with _drawn(_Answer(markdown=markdown, show_time=show_time)) as hear:
        async for told in run_response:
            hear(told)


@contextmanager
def _drawn(answer: _Answer) -> Generator[Callable[[Told], None], None, None]:
    """What to tell the answer to, drawn anew each time."""
    with Live(answer, console=Console(), auto_refresh=False, vertical_overflow="visible") as drawn:

        def hear(told: Told) -> None:
            answer.hear(told)
            drawn.refresh()

        yield hear
