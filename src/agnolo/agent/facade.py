"""The ways to call an agent: plain and async, whole and streamed. No bodies here, only the choice of runtime."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, Unpack, cast, overload

from agnolo.agent import execution, reading, session_names
from agnolo.agent.arguments import CallOptions, ContinueOptions
from agnolo.agent.call import Call
from agnolo.agent.compose import new_run
from agnolo.agent.continuation import Continuation
from agnolo.agent.resume import reopen
from agnolo.engine import cancel
from agnolo.ports.extras import reach
from agnolo.runtime import bridge
from agnolo.runtime.inline import InlineRuntime
from agnolo.runtime.loop import LoopRuntime
from agnolo.vocabulary.events import RunEventBase
from agnolo.vocabulary.generics import Deps, Out
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import AgentSession, UserMemory

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent
    from agnolo.engine.state import Run
    from agnolo.ports.runtime import Runtime

Told = RunEventBase | RunOutput[Out]


class Facade(Generic[Deps, Out]):
    """Mixed into Agent. Sync methods work anywhere, also inside a running event loop; `a…` twins await.

    Sessions default to the agent's own, users to the agent's `user_id`.
    """

    @property
    def _agent(self) -> Agent:
        return cast("Agent", self)

    def opening(self, call: Call) -> execution.Opening:
        """How a run of this call begins: as a new one, or taken up again."""
        if isinstance(call, Continuation):
            return partial(reopen, self._agent, call)
        return partial(_new, self._agent, call)

    def _streams(self, call: Call) -> bool:
        return bool(self._agent.stream if call.stream is None else call.stream)

    @overload
    def run(
        self, input: object, *, stream: Literal[False] | None = None, **options: Unpack[CallOptions]
    ) -> RunOutput[Out]: ...
    @overload
    def run(
        self, input: object, *, stream: Literal[True], **options: Unpack[CallOptions]
    ) -> Generator[Told[Out], None, None]: ...
    def run(
        self, input: object, *, stream: bool | None = None, **options: Unpack[CallOptions]
    ) -> RunOutput[Out] | Generator[Told[Out], None, None]:
        """Run the agent on `input`: text, a Message, a list of either, or a value that is sent as JSON.

        Returns the output; with `stream=True` an iterator of events (content only, unless `stream_events=True`).
        Failures of the model or of tools do not raise: the output's `status` says ERROR and its `content` why.
        """
        return self._sync(Call(input=input, stream=stream, **options))

    @overload
    def arun(
        self, input: object, *, stream: Literal[False] | None = None, **options: Unpack[CallOptions]
    ) -> Awaitable[RunOutput[Out]]: ...
    @overload
    def arun(
        self, input: object, *, stream: Literal[True], **options: Unpack[CallOptions]
    ) -> AsyncGenerator[Told[Out], None]: ...
    def arun(
        self, input: object, *, stream: bool | None = None, **options: Unpack[CallOptions]
    ) -> Awaitable[RunOutput[Out]] | AsyncGenerator[Told[Out], None]:
        """The same on the running event loop: await the output, or iterate over the events."""
        return self._async(Call(input=input, stream=stream, **options))

    @overload
    def continue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: Literal[False] | None = None,
        **options: Unpack[ContinueOptions],
    ) -> RunOutput[Out]: ...
    @overload
    def continue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ContinueOptions],
    ) -> Generator[Told[Out], None, None]: ...
    def continue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: bool | None = None,
        **options: Unpack[ContinueOptions],
    ) -> RunOutput[Out] | Generator[Told[Out], None, None]:
        """Take up a run that waits for a person, was interrupted, cancelled or failed; or go on from one that ended.

        The run is given by its output, or by `run_id`, with `requirements` that are resolved. No step with a journaled
        result runs again. A completed run goes on as a new one, with `input`; so does any with `fork`, `regenerate` or
        an earlier `continue_from`. Without a store the output itself is needed.

        Raises RunNotFoundError, UnresolvedRequirementsError, ApprovalMismatchError and RunNotContinuableError.
        """
        return self._sync(_continuation(run_response, stream, options))

    @overload
    def acontinue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: Literal[False] | None = None,
        **options: Unpack[ContinueOptions],
    ) -> Awaitable[RunOutput[Out]]: ...
    @overload
    def acontinue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: Literal[True],
        **options: Unpack[ContinueOptions],
    ) -> AsyncGenerator[Told[Out], None]: ...
    def acontinue_run(
        self,
        run_response: RunOutput | str | None = None,
        *,
        stream: bool | None = None,
        **options: Unpack[ContinueOptions],
    ) -> Awaitable[RunOutput[Out]] | AsyncGenerator[Told[Out], None]:
        """The same on the running event loop."""
        return self._async(_continuation(run_response, stream, options))

    def _sync(self, call: Call) -> RunOutput[Out] | Generator[Told[Out], None, None]:
        opening = self.opening(call)
        if self._streams(call):
            return bridge.iterate(execution.events(opening, InlineRuntime, call))
        return bridge.drive(execution.outcome(opening, InlineRuntime))

    def _async(self, call: Call) -> Awaitable[RunOutput[Out]] | AsyncGenerator[Told[Out], None]:
        opening = self.opening(call)
        if self._streams(call):
            return execution.events(opening, LoopRuntime, call)
        return execution.outcome(opening, LoopRuntime)

    @staticmethod
    def cancel_run(run_id: str) -> bool:
        """Ask a run to stop, from any thread. False if it is not running here: then it is cancelled when it starts."""
        return cancel.cancel(run_id)

    @staticmethod
    async def acancel_run(run_id: str) -> bool:
        """The same."""
        return cancel.cancel(run_id)

    def print_response(self, input: object, **options: Any) -> None:
        """Run and print in the terminal. Takes run()'s options and markdown, show_message, show_reasoning, console."""
        bridge.drive(reach("agnolo.agent.console", "cli").show(self, input, InlineRuntime, options))

    async def aprint_response(self, input: object, **options: Any) -> None:
        """The same on the running event loop."""
        await reach("agnolo.agent.console", "cli").show(self, input, LoopRuntime, options)

    def cli_app(self, input: str | None = None, **options: Any) -> None:
        """Talk in the terminal until the user says exit. Options: session_id, user_id, user, emoji, stream, exit_on."""
        bridge.drive(reach("agnolo.agent.console", "cli").converse(self, input, InlineRuntime, options))

    async def acli_app(self, input: str | None = None, **options: Any) -> None:
        """The same on the running event loop."""
        await reach("agnolo.agent.console", "cli").converse(self, input, LoopRuntime, options)

    def get_session(self, session_id: str | None = None, user_id: str | None = None) -> AgentSession | None:
        """The stored session with its runs, or None."""
        return bridge.drive(reading.session(self._agent, InlineRuntime(), session_id, user_id))

    async def aget_session(self, session_id: str | None = None, user_id: str | None = None) -> AgentSession | None:
        """The same."""
        return await reading.session(self._agent, LoopRuntime(), session_id, user_id)

    def delete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """Delete a session with its runs; False if there was none."""
        return bridge.drive(reading.delete(self._agent, InlineRuntime(), session_id, user_id))

    async def adelete_session(self, session_id: str, user_id: str | None = None) -> bool:
        """The same."""
        return await reading.delete(self._agent, LoopRuntime(), session_id, user_id)

    def get_session_state(self, session_id: str | None = None, user_id: str | None = None) -> dict[str, Any]:
        """The stored session state; {} when there is none."""
        data = bridge.drive(reading.data(self._agent, InlineRuntime(), session_id, user_id))
        return data.get("session_state") or {}

    async def aget_session_state(self, session_id: str | None = None, user_id: str | None = None) -> dict[str, Any]:
        """The same."""
        data = await reading.data(self._agent, LoopRuntime(), session_id, user_id)
        return data.get("session_state") or {}

    def update_session_state(
        self, session_state_updates: dict[str, Any], session_id: str | None = None, user_id: str | None = None
    ) -> dict[str, Any]:
        """Lay these keys over the stored state and return it. Raises SessionNotFoundError."""
        state = self.get_session_state(session_id, user_id) | session_state_updates
        change = {"session_state": state}
        row = bridge.drive(reading.change(self._agent, InlineRuntime(), session_id, user_id, change))
        return row.session_data["session_state"]

    def get_session_name(self, session_id: str | None = None, user_id: str | None = None) -> str | None:
        """The name given to the session, or None."""
        data = bridge.drive(reading.data(self._agent, InlineRuntime(), session_id, user_id))
        return data.get("session_name")

    def set_session_name(
        self,
        session_id: str | None = None,
        autogenerate: bool = False,  # noqa: FBT001, FBT002 - the place it has in Agno
        session_name: str | None = None,
        *,
        user_id: str | None = None,
    ) -> AgentSession:
        """Name the session; with `autogenerate` the model makes a name. Raises SessionNotFoundError."""
        return bridge.drive(
            session_names.name_session(
                self._agent, InlineRuntime(), session_id, user_id, None if autogenerate else session_name or ""
            )
        )

    def get_session_messages(
        self,
        session_id: str | None = None,
        last_n_runs: int | None = None,
        limit: int | None = None,
        *,
        skip_roles: list[str] | None = None,
        skip_statuses: list[RunStatus] | None = None,
        skip_history_messages: bool = True,
        user_id: str | None = None,
    ) -> list[Message]:
        """Messages of the session as `AgentSession.get_messages` gives them, tool calls included."""
        session = self.get_session(session_id, user_id)
        if session is None:
            return []
        return session.get_messages(
            last_n_runs,
            limit=limit,
            skip_roles=skip_roles,
            skip_statuses=skip_statuses,
            skip_history_messages=skip_history_messages,
        )

    def get_chat_history(
        self, session_id: str | None = None, last_n_runs: int | None = None, *, user_id: str | None = None
    ) -> list[Message]:
        """Only what user and assistant said, in runs of every end."""
        session = self.get_session(session_id, user_id)
        return session.get_chat_history(last_n_runs) if session else []

    def get_run_output(
        self, run_id: str, session_id: str | None = None, user_id: str | None = None
    ) -> RunOutput[Out] | None:
        """A stored run, whatever its status, or None; with `session_id` only if it is of that session."""
        return bridge.drive(reading.run_output(self._agent, InlineRuntime(), run_id, session_id, user_id))

    async def aget_run_output(
        self, run_id: str, session_id: str | None = None, user_id: str | None = None
    ) -> RunOutput[Out] | None:
        """The same."""
        return await reading.run_output(self._agent, LoopRuntime(), run_id, session_id, user_id)

    def get_last_run_output(self, session_id: str | None = None, user_id: str | None = None) -> RunOutput[Out] | None:
        """The session's newest run, or None."""
        return bridge.drive(reading.last_run(self._agent, InlineRuntime(), session_id, user_id))

    def get_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """What is remembered of the user, oldest first."""
        return bridge.drive(reading.memories(self._agent, InlineRuntime(), user_id))

    async def aget_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """The same."""
        return await reading.memories(self._agent, LoopRuntime(), user_id)


def _continuation(
    given: RunOutput | str | None,
    stream: bool | None,  # noqa: FBT001 - as in continue_run()
    options: ContinueOptions,
) -> Continuation:
    """The run's output comes first, or its id."""
    if isinstance(given, str):
        options = {**options, "run_id": given}
        given = None
    return Continuation(run_response=given, stream=stream, **options)


async def _new(agent: Agent, call: Call, at: Runtime) -> Run:
    return new_run(agent, call, at)
