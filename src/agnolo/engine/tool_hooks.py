"""What stands around a tool's call: pre_hook and post_hook, tool_hooks as layers of an onion, and kept results.

All of it becomes one callable that is run where the tool would be: within the tool's effect, plain if everything in it
is plain.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from copy import deepcopy
from typing import Any

from agnolo.engine.state import Run
from agnolo.ports.function import Function, Injected
from agnolo.ports.function_call import FunctionCall
from agnolo.ports.result_files import NOTHING, ResultFile
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary.errors import AgentRunException, RunCancelledException

log = logging.getLogger("agnolo.tools")

Hook = Callable[..., Any]
Inner = Callable[[dict[str, Any]], Any]


def around(function: Function, call: FunctionCall, injected: Injected, run: Run, at: Runtime) -> Hook | None:
    """The callable that makes the call with all that stands around it; None when nothing does."""
    given = run.plan.tools.tool_hooks
    hooks = function.tool_hooks if given is None else given
    if not (hooks or function.pre_hook or function.post_hook or function.cache_results):
        return None
    assert function.entrypoint is not None
    layers = [*(hooks or ()), *(hook for hook in (function.pre_hook, function.post_hook) if hook is not None)]
    whole = _Whole(call, injected, run, at, hooks or ())
    if any(inspect.iscoroutinefunction(part) for part in (function.entrypoint, *layers)):
        return whole.make

    def make(**arguments: Any) -> Any:  # noqa: ANN401 - what the tool gives
        return _at_once(whole.make(**arguments))

    return make


def _at_once(whole: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - what the tool gives
    """The result of a coroutine in which nothing waits."""
    try:
        whole.send(None)
    except StopIteration as done:
        return done.value
    whole.close()
    raise TypeError("a plain hook gave an awaitable where its tool is plain: make the hook async")


class _Whole:
    """A call with its hooks."""

    def __init__(self, call: FunctionCall, injected: Injected, run: Run, at: Runtime, hooks: Sequence[Hook]) -> None:
        self._call = call
        self._injected = injected
        self._at = at
        self._hooks = hooks
        self._who = (run.plan.scope.user_id, run.plan.origin.session_id)
        self._offered: dict[str, Any] = {
            "agent": injected.agent,
            "team": injected.team,
            "run_context": injected.run_context,
        }

    async def make(self, **arguments: Any) -> Any:  # noqa: ANN401 - what the tool, or a hook, gives
        """Make the call. `arguments` are those that were checked before, used as long as no hook changes them."""
        call, asked = self._call, deepcopy(self._call.arguments)
        await self._observe(call.function.pre_hook)

        def tool(given: dict[str, Any]) -> Any:  # noqa: ANN401 - what the tool gives
            fitted = arguments if given == asked else call.function.fit(given, self._injected)
            return self._kept(given, fitted) if call.function.cache_results else _entry(call.function)(**fitted)

        chain: Inner = tool
        for hook in reversed(self._hooks):
            chain = self._layer(hook, chain)
        try:
            call.result = await _settled(chain(call.arguments))
        except Exception as failure:
            call.error = str(failure)
            raise
        finally:
            await self._observe(call.function.post_hook)
        return call.result

    def _layer(self, hook: Hook, inner: Inner) -> Inner:
        """`inner` with the hook around it, which is given the next callable and the arguments as they are."""
        call = self._call

        def following(**changed: Any) -> Any:  # noqa: ANN401 - what is inside gives
            return inner(call.arguments | changed)

        async def awaited(**changed: Any) -> Any:  # noqa: ANN401 - what is inside gives
            return await _settled(inner(call.arguments | changed))

        nearer = awaited if inspect.iscoroutinefunction(hook) else following

        def layer(changed: dict[str, Any]) -> Any:  # noqa: ANN401 - what the hook gives
            given = changed if changed is call.arguments else call.arguments | changed
            name = call.function.name
            offered = {"name": name, "function_name": name, "function": nearer, "func": nearer}
            offered |= {"function_call": nearer, "args": given, "arguments": given}
            return hook(**_wanted(hook, self._offered | offered))

        return layer

    def _kept(self, given: dict[str, Any], fitted: dict[str, Any]) -> Any:  # noqa: ANN401 - what the tool gives
        """The kept result, or the tool's, which is kept then. A call that is given media is always made."""
        injected, entry = self._injected, _entry(self._call.function)
        supplied = self._call.function.supplied
        if any(getattr(injected, name) for name in ("images", "audios", "videos", "files") if name in supplied):
            return entry(**fitted)
        file = ResultFile(self._call.function, given, self._who)
        found = file.read(self._at.time())
        if found is not NOTHING:
            return found
        made = entry(**fitted)
        if inspect.isawaitable(made):
            return self._keep(file, made)
        file.write(made, self._at.time())
        return made

    async def _keep(self, file: ResultFile, made: Awaitable[Any]) -> Any:  # noqa: ANN401 - what the tool gives
        result = await made
        file.write(result, self._at.time())
        return result

    async def _observe(self, hook: Hook | None) -> None:
        """Call pre_hook or post_hook. What it raises is logged, unless it steers the run."""
        if hook is None:
            return
        try:
            await _settled(hook(**_wanted(hook, self._offered | {"fc": self._call})))
        except (AgentRunException, RunCancelledException):
            raise
        except Exception as broken:
            log.warning("a hook of tool %r failed", self._call.function.name, exc_info=broken)


def _entry(function: Function) -> Hook:
    assert function.entrypoint is not None
    return function.entrypoint


def _wanted(hook: Hook, offered: dict[str, Any]) -> dict[str, Any]:
    """What the hook's signature names of what is offered."""
    names = inspect.signature(hook).parameters
    return {name: value for name, value in offered.items() if name in names}


async def _settled(value: Any) -> Any:  # noqa: ANN401 - what a tool or a hook gives
    return await value if inspect.isawaitable(value) else value
