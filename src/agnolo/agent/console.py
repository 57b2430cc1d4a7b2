"""Agents in the terminal: print_response and cli_app. The module of this layer that imports rich."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.prompt import Prompt
from rich.text import Text

from agnolo.vocabulary.events import (
    CustomEvent,
    RunCancelledEvent,
    RunContentEvent,
    RunErrorEvent,
    RunEventBase,
    ToolCallCompletedEvent,
)
from agnolo.vocabulary.runs import RunOutput, RunStatus

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

EXIT_WORDS = ("exit", "quit", "bye")
_BORDERS = {RunStatus.completed: "blue", RunStatus.cancelled: "yellow", RunStatus.error: "red"}


class Display:
    """What a run has shown so far, as panels: the message, tool calls, reasoning, the response."""

    def __init__(self, asked: object, *, markdown: bool, show_message: bool, show_reasoning: bool) -> None:
        self._asked = str(asked) if show_message else ""
        self._markdown = markdown
        self._show_reasoning = show_reasoning
        self._tools: list[str] = []
        self._reasoning = ""
        self._text = ""
        self._status = RunStatus.completed

    def hear(self, event: RunEventBase | CustomEvent | RunOutput) -> None:
        """Take in one event of a stream."""
        if isinstance(event, RunContentEvent):
            self._reasoning += event.reasoning_content or ""
            self._text += event.content if isinstance(event.content, str) else str(event.content or "")
        elif isinstance(event, ToolCallCompletedEvent):
            self._tools.append((event.content or "").strip())
        elif isinstance(event, RunErrorEvent):
            self._status, self._text = RunStatus.error, event.content
        elif isinstance(event, RunCancelledEvent):
            self._status = RunStatus.cancelled

    def take(self, output: RunOutput) -> None:
        """Take in a whole output."""
        self._status = output.status
        self._text = output.get_content_as_string()
        self._reasoning = output.reasoning_content or ""
        self._tools = [f"{tool.tool_name}({_arguments(tool.tool_args)})" for tool in output.tools or ()]

    def __rich__(self) -> RenderableType:
        panels: list[RenderableType] = []
        if self._asked:
            panels.append(Panel(Text(self._asked), title="Message", title_align="left", border_style="cyan"))
        if self._tools:
            calls = Text("\n".join(f"• {tool}" for tool in self._tools))
            panels.append(Panel(calls, title="Tool calls", title_align="left", border_style="magenta"))
        if self._show_reasoning and self._reasoning:
            panels.append(Panel(Text(self._reasoning), title="Reasoning", title_align="left", border_style="green"))
        body = Markdown(self._text) if self._markdown else Text(self._text)
        panels.append(Panel(body, title="Response", title_align="left", border_style=_BORDERS[self._status]))
        return Group(*panels)


def _arguments(given: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (given or {}).items())


class Options:
    """The display's own options, taken out of the call's."""

    def __init__(self, agent: Agent, asked: object, options: dict[str, Any]) -> None:
        markdown = options.pop("markdown", None)
        self.console: Console = options.pop("console", None) or Console()
        self.display = Display(
            asked,
            markdown=agent.markdown if markdown is None else bool(markdown),
            show_message=options.pop("show_message", True),
            show_reasoning=options.pop("show_reasoning", True),
        )
        self.rest = options

    def live(self) -> Live:
        """The display, redrawn as events come in."""
        return Live(self.display, console=self.console, auto_refresh=False, vertical_overflow="visible")


def print_response(agent: Agent, asked: object, *, stream: bool | None = None, **options: Any) -> None:
    """Run and print; with `stream`, as it comes."""
    shown = Options(agent, asked, options)
    if not (agent.stream if stream is None else stream):
        shown.display.take(agent.run(asked, stream=False, **shown.rest))
        shown.console.print(shown.display)
        return
    with shown.live() as live, closing(agent.run(asked, stream=True, stream_events=True, **shown.rest)) as events:
        for event in events:
            shown.display.hear(event)
            live.refresh()


async def aprint_response(agent: Agent, asked: object, *, stream: bool | None = None, **options: Any) -> None:
    """The same on the running event loop."""
    shown = Options(agent, asked, options)
    if not (agent.stream if stream is None else stream):
        output = await agent.arun(asked, stream=False, **shown.rest)
        shown.display.take(output)
        return shown.console.print(shown.display)
    with shown.live() as live:
        async with aclosing(agent.arun(asked, stream=True, stream_events=True, **shown.rest)) as events:
            async for event in events:
                shown.display.hear(event)
                live.refresh()


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


def cli_app(agent: Agent, first: str | None = None, **options: Any) -> None:
    """Answer the user's lines one after another, in one session."""
    dialogue = _dialogue(first, options)
    while (said := dialogue.next()) is not None:
        print_response(agent, said, show_message=False, **options)


async def acli_app(agent: Agent, first: str | None = None, **options: Any) -> None:
    """The same on the running event loop; reading a line blocks it, as there is nobody else to serve."""
    dialogue = _dialogue(first, options)
    while (said := dialogue.next()) is not None:
        await aprint_response(agent, said, show_message=False, **options)


def _dialogue(first: str | None, options: dict[str, Any]) -> Dialogue:
    return Dialogue(
        first,
        user=options.pop("user", "User"),
        emoji=options.pop("emoji", ":sunglasses:"),
        exit_on=options.pop("exit_on", None),
    )
