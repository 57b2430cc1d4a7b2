"""Runs made up by chance: what the model says, what its tools do, what a person decides, where it is broken off."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st

from agnolo import Agent, InMemoryDb, Limits, RunOutput, ScriptedModel, tool
from agnolo.providers.scripted import Say
from agnolo.vocabulary.events import RunErrorEvent, RunEventBase
from agnolo.vocabulary.requirements import RunRequirement

Tool = Literal["look", "fail", "send", "note", "phone", "last", "unknown"]
Decision = Literal["agree", "refuse"]

WAITING = ("send", "note", "phone")
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=12)


@dataclass(frozen=True)
class Round:
    """One answer of the model. `text` is said in `pieces`."""

    pieces: tuple[str, ...]
    calls: tuple[Tool, ...]


@dataclass(frozen=True)
class Journey:
    """A run to be made. `decisions` are used in turn, over and over; `broken_off` is after how many items told."""

    rounds: tuple[Round, ...]
    fails: bool
    decisions: tuple[Decision, ...]
    tool_call_limit: int | None
    max_model_requests: int | None
    asynchronous: bool
    broken_off: int | None


@dataclass
class Trip:
    """What came of a journey. `legs` are the events of the run and of each time it was continued."""

    legs: list[list[RunEventBase]] = field(default_factory=list)
    requested: list[int] = field(default_factory=list)
    """Numbers of the calls that the model made."""
    agreed: set[int] = field(default_factory=set)
    made: list[int] = field(default_factory=list)
    """Numbers of the calls that were made, in their order."""
    too_early: list[int] = field(default_factory=list)
    """Those that had to wait for a person and did not."""
    model: ScriptedModel = field(default_factory=lambda: ScriptedModel([]))
    outputs: list[RunOutput] = field(default_factory=list)
    """After each leg."""

    @property
    def output(self) -> RunOutput:
        """The last."""
        return self.outputs[-1]

    @property
    def events(self) -> list[RunEventBase]:
        """Of all legs."""
        return [event for leg in self.legs for event in leg]


ROUNDS = st.builds(
    Round,
    pieces=st.lists(WORDS, max_size=3).map(tuple),
    calls=st.lists(
        st.sampled_from(("look", "look", "fail", "send", "note", "phone", "last", "unknown")), max_size=3
    ).map(tuple),
)


def journeys(*, broken_off: bool = False, limited: bool = False) -> st.SearchStrategy[Journey]:
    """Journeys, on request those that are broken off or held by limits."""
    limit = st.integers(1, 3) if limited else st.none()
    return st.builds(
        Journey,
        rounds=st.lists(ROUNDS, min_size=1, max_size=4).map(tuple),
        fails=st.booleans() if not broken_off else st.just(value=False),
        decisions=st.lists(st.sampled_from(("agree", "refuse")), min_size=1, max_size=4).map(tuple),
        tool_call_limit=limit,
        max_model_requests=limit,
        asynchronous=st.booleans(),
        broken_off=st.integers(1, 30) if broken_off else st.none(),
    )


class Traveller:
    """Makes a journey with an agent of its own."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self.trip = Trip()
        self._decided = 0
        self._waiting: set[int] = set()
        self.trip.model = ScriptedModel(
            [*self._says(), *([ConnectionError("gone")] if journey.fails else ["The end."])]
        )
        self.agent = Agent(
            id="traveller",
            model=self.trip.model,
            tools=self._tools(),
            db=InMemoryDb(),
            session_id="s",
            tool_call_limit=journey.tool_call_limit,
            limits=Limits(max_model_requests=journey.max_model_requests),
        )

    def _says(self) -> list[Say]:
        says: list[Say] = []
        for one in self._journey.rounds:
            calls: list[tuple[str, dict[str, Any]]] = []
            for name in one.calls:
                number = len(self.trip.requested)
                self.trip.requested.append(number)
                if name in WAITING:
                    self._waiting.add(number)
                calls.append((name, {"number": number}))
            says.append(Say(chunks=[piece for piece in one.pieces if piece], calls=calls))
        return says

    def _do(self, number: int) -> str:
        if number in self._waiting and number not in self.trip.agreed:
            self.trip.too_early.append(number)
        self.trip.made.append(number)
        return f"did {number}"

    def _tools(self) -> list[Any]:
        def look(number: int) -> str:
            """Look."""
            return self._do(number)

        def fail(number: int) -> str:
            """Fail."""
            self._do(number)
            raise ValueError(f"broke at {number}")

        @tool(requires_confirmation=True)
        def send(number: int) -> str:
            """Send."""
            return self._do(number)

        @tool(requires_user_input=True, user_input_fields=["text"])
        def note(number: int, text: str) -> str:
            """Note."""
            assert text == "given"
            return self._do(number)

        @tool(external_execution=True)
        def phone(number: int) -> str:
            """Phone."""
            self.trip.too_early.append(number)
            return "made here"

        @tool(stop_after_tool_call=True)
        def last(number: int) -> str:
            """Say the last word."""
            return self._do(number)

        return [look, fail, send, note, phone, last]

    def make(self) -> Trip:
        """The journey, to its end or to where it is broken off."""
        self._keep(self._told(lambda **how: self._start(**how)))
        while self.trip.outputs and self.trip.output.is_paused and self._journey.broken_off is None:
            paused = self.trip.output
            for requirement in paused.active_requirements:
                self._decide(requirement)
            self._keep(self._told(lambda paused=paused, **how: self._go_on(paused, **how)))
        return self.trip

    def _start(self, **how: Any) -> Any:
        return (self.agent.arun if self._journey.asynchronous else self.agent.run)("Go", run_id="r", **how)

    def _go_on(self, paused: RunOutput, **how: Any) -> Any:
        going = self.agent.acontinue_run if self._journey.asynchronous else self.agent.continue_run
        return going(run_id=paused.run_id, session_id="s", requirements=paused.requirements, **how)

    def _told(self, begin: Any) -> list[Any]:
        """Items told by a leg, as many as the journey lasts."""
        stream = begin(stream=True, stream_events=True, yield_run_output=True)
        most = self._journey.broken_off
        told: list[Any] = []
        if self._journey.asynchronous:

            async def collect() -> None:
                try:
                    async for item in stream:
                        told.append(item)
                        if len(told) == most:
                            break
                finally:
                    await stream.aclose()

            asyncio.run(collect())
            return told
        for item in stream:
            told.append(item)
            if len(told) == most:
                break
        stream.close()
        return told

    def _keep(self, told: list[Any]) -> None:
        self.trip.legs.append([item for item in told if isinstance(item, RunEventBase)])
        last = told[-1]
        if isinstance(last, RunOutput):
            self.trip.outputs.append(last)
            return
        stored = self.agent.get_run_output("r", session_id="s")
        assert stored is not None, f"a run that told {last} is not stored"
        assert isinstance(last, RunErrorEvent) or self._journey.broken_off is not None
        self.trip.outputs.append(stored)

    def _decide(self, requirement: RunRequirement) -> None:
        decision = self._journey.decisions[self._decided % len(self._journey.decisions)]
        self._decided += 1
        execution = requirement.tool_execution
        number = execution.tool_args["number"] if execution and execution.tool_args else -1
        if requirement.needs_user_input:
            requirement.provide_user_input({"text": "given"})
        elif requirement.needs_external_execution:
            requirement.set_external_execution_result(f"done elsewhere {number}")
        elif decision == "agree":
            requirement.confirm()
        else:
            requirement.reject("No.")
            return
        self.trip.agreed.add(number)
