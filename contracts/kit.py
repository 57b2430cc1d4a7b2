"""What a scenario holds in its hand: names of either side, a model that talks to the fake provider, and the capture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from contracts.provider import Conversation, FakeProvider

if TYPE_CHECKING:
    from contracts.scenario import Scenario
    from contracts.service import Service


class MissingName(Exception):
    """This side has no such name."""


class Side(Protocol):
    """The reference or Agnolo: where names are found, how its values are written as JSON."""

    name: str

    def resolve(self, name: str) -> Any:
        """The class or function that users know by this name. Raises MissingName."""
        ...

    def model(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        """A model of the vendor that talks to this base URL."""
        ...

    def embedder(self, vendor: str, url: str, options: dict[str, Any]) -> Any:
        """An embedder of the vendor that talks to this base URL."""
        ...

    def plain(self, value: Any) -> Any:
        """The value as JSON values; objects of users' own types by their fields."""
        ...


class Kit:
    """One scenario on one side. Attributes not found here are names of the side: `k.Agent`, `k.tool`."""

    def __init__(self, scenario: Scenario, side: Side, provider: FakeProvider, folder: Path) -> None:
        self.options = scenario.options
        self.vendor = scenario.vendor
        self.way = scenario.way
        self.side = side
        self.folder = folder
        self.steps: list[dict[str, Any]] = []
        self.conversation: Conversation
        self.conversation, self.url = provider.open(scenario.vendor.removesuffix("-responses"), scenario.script)
        self._runner = asyncio.Runner()
        self._services: list[Service] = []

    def __getattr__(self, name: str) -> Any:
        return self.side.resolve(name)

    # ---- making things

    def model(self, vendor: str | None = None, **options: Any) -> Any:
        """A model behind the fake provider; the scenario's vendor unless another is named."""
        return self.side.model(vendor or self.vendor, self.url, options)

    def embedder(self, vendor: str | None = None, **options: Any) -> Any:
        """An embedder behind the fake provider."""
        return self.side.embedder(vendor or self.vendor, self.url, options)

    def agent(self, **options: Any) -> Any:
        """An agent of this model, telemetry off."""
        return self.side.resolve("Agent")(**{"model": self.model(), "telemetry": False, **options})

    def sqlite(self) -> Any:
        """A store in a file of the scenario's own folder."""
        return self.side.resolve("SqliteDb")(db_file=str(self.folder / "contract.db"))

    def serve(self, *agents: Any, **options: Any) -> Service:
        """An AgentOS over HTTP on a free port, until the scenario ends."""
        from contracts.service import Service

        system = self.side.resolve("AgentOS")(agents=list(agents), telemetry=False, **options)
        service = Service(system.get_app(), self.steps)
        self._services.append(service)
        return service

    # ---- doing things

    @property
    def streams(self) -> bool:
        """Whether `run` streams in this way."""
        return self.way in ("stream", "astream")

    @property
    def is_async(self) -> bool:
        """Whether `run` awaits in this way."""
        return self.way in ("arun", "astream")

    def run(self, agent: Any, input: Any, **options: Any) -> Any:
        """Run the agent in this scenario's way; keep events and output. Returns the output, or None if it raised."""
        return self._perform(agent.arun if self.is_async else agent.run, input, **options)

    def resume(self, agent: Any, **options: Any) -> Any:
        """Continue a run in this scenario's way."""
        return self._perform(agent.acontinue_run if self.is_async else agent.continue_run, **options)

    def _perform(self, method: Callable[..., Any], *given: Any, **options: Any) -> Any:
        if self.streams:
            options = {"stream": True, "stream_events": True, "yield_run_output": True, **options}
        step: dict[str, Any] = {}
        self.steps.append(step)
        told: list[Any] = []
        try:
            self._drain(method, given, options, told)
        except MissingName:
            raise
        except Exception as error:
            step["raised"] = failure(error)
        output = told.pop() if told and not hasattr(told[-1], "event") else None
        if self.streams:
            step["events"] = [self.side.plain(event) for event in told]
        if output is not None:
            step["output"] = self.side.plain(output)
        return output

    def _drain(
        self, method: Callable[..., Any], given: Iterable[Any], options: dict[str, Any], told: list[Any]
    ) -> None:
        begun = method(*given, **options)
        if not self.streams:
            told.append(self.wait(begun) if self.is_async else begun)
        elif self.is_async:
            self.wait(_collect(begun, told))
        else:
            for event in begun:
                told.append(event)

    def wait(self, work: Awaitable[Any]) -> Any:
        """The result of an awaitable, on this scenario's event loop."""

        async def whole() -> Any:
            return await work

        return self._runner.run(whole())

    # ---- keeping things

    def note(self, name: str, value: Any) -> None:
        """Keep a value under a name."""
        self.steps.append({"note": name, "value": self.side.plain(value)})

    def events(self, name: str, stream: Iterable[Any]) -> list[Any]:
        """Keep all that a stream gives."""
        told = list(stream)
        self.note(name, told)
        return told

    def attempt(self, name: str, work: Callable[[], Any]) -> Any:
        """Do something that may raise; keep its result or its error."""
        try:
            value = work()
        except MissingName:
            raise
        except Exception as error:
            self.steps.append({"note": name, "raised": failure(error)})
            return None
        self.note(name, value)
        return value

    def session(self, agent: Any, session_id: str, user_id: str | None = None) -> Any:
        """Keep the stored session as the agent reads it back."""
        found = agent.get_session(session_id=session_id, user_id=user_id)
        fields = ("session_id", "user_id", "agent_id", "session_data", "agent_data", "metadata", "runs")
        shown = None if found is None else {name: self.side.plain(getattr(found, name)) for name in fields}
        self.steps.append({"note": f"session {session_id}", "value": shown})
        return found

    def close(self) -> None:
        """End servers and the event loop."""
        for service in self._services:
            service.close()
        self._runner.close()


async def _collect(stream: AsyncIterator[Any], told: list[Any]) -> None:
    async for event in stream:
        told.append(event)


def failure(error: BaseException) -> dict[str, Any]:
    """An error by its class, status and text."""
    shown: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    for name in ("status_code", "error_type", "type"):
        value = getattr(error, name, None)
        if isinstance(value, int | str):
            shown["status" if name == "status_code" else "type"] = value
    return shown
