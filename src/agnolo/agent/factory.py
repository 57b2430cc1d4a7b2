"""Agents made for each request: a function that gets who asks and what for. Knows no server."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

import msgspec

from agnolo.agent.agent import Agent
from agnolo.ports.store import Store
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import AgnoloError, ConfigurationError
from agnolo.vocabulary.guards import is_object

T = TypeVar("T", bound=Agent)


class FactoryError(AgnoloError):
    """A factory gave nothing usable."""

    error_type = "factory_error"


class FactoryValidationError(FactoryError):
    """The request's `factory_input` does not fit the factory's `input_schema`."""

    error_type = "factory_validation_error"
    status_code = 400


class FactoryPermissionError(FactoryError):
    """For factories to raise: the caller may not have this."""

    error_type = "factory_permission_error"
    status_code = 403


class FactoryContextRequired(FactoryError):
    """A factory needs something of a request that there is not."""

    error_type = "factory_context_required"


class QueuedRequest:
    """What stands for the HTTP request when there is none any more: false, and its attributes raise."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise FactoryContextRequired(
            f"the factory reads ctx.request.{name}, but there is no HTTP request here: give it in factory_input,"
            " or in trusted claims"
        )

    def __bool__(self) -> bool:
        return False


@dataclasses.dataclass(frozen=True)
class TrustedContext:
    """What was verified of the caller, such as the claims of a token: the only ground for granting anything."""

    claims: Mapping[str, Any] = dataclasses.field(default_factory=dict[str, Any])
    scopes: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class RequestContext:
    """Who asks, and for what. `input` is the request's factory_input, in the form of `input_schema` if there is one."""

    user_id: str | None = None
    session_id: str | None = None
    request: Any = None
    input: Any = None
    trusted: TrustedContext = dataclasses.field(default_factory=TrustedContext)


class BaseFactory(Generic[T]):
    """A function that makes a component for each request. It takes a RequestContext and may be async.

    The component gets the factory's id, and its db unless it has one. Raises ConfigurationError without id or db.
    """

    makes: ClassVar[type[Any]] = Agent

    def __init__(
        self,
        id: str,
        db: Store,
        factory: Callable[[RequestContext], T] | Callable[[RequestContext], Awaitable[T]],
        name: str | None = None,
        description: str | None = None,
        input_schema: Any = None,  # noqa: ANN401 - any class that input_schema of an agent can be
    ) -> None:  # fmt: skip
        if not id:
            raise ConfigurationError("a factory needs an id: the components it makes get it")
        if not db:
            raise ConfigurationError(f"factory {id!r} needs a db, where sessions are kept")
        self.id = id
        self.db = db
        self.factory = factory
        self.name = name
        self.description = description
        self.input_schema = input_schema

    def is_async(self) -> bool:
        """Whether the function is async."""
        return inspect.iscoroutinefunction(self.factory)

    def validate_input(self, raw_input: object) -> Any:  # noqa: ANN401 - of the schema
        """The factory's input in the form of its schema; without a schema as it is. Raises FactoryValidationError."""
        if self.input_schema is None:
            return raw_input
        given: Any = dict[str, Any]() if raw_input is None else raw_input
        try:
            given = codec.loads(given) if isinstance(given, str) else given
            if not is_object(given):
                raise FactoryValidationError(f"factory_input must be a JSON object, not {type(given).__name__}")
            if hasattr(self.input_schema, "model_validate"):
                return self.input_schema.model_validate(given)
            return msgspec.convert(given, self.input_schema)
        except (msgspec.DecodeError, ValueError) as error:
            raise FactoryValidationError(f"factory_input is not of the form of {self.id!r}: {error}") from error

    def invoke(self, ctx: RequestContext) -> T:
        """Call the function. Raises FactoryError for an async one."""
        made: Any = None if self.is_async() else self.factory(ctx)
        if self.is_async():
            raise FactoryError(f"factory {self.id!r} is async: await invoke_async() instead")
        return made

    async def invoke_async(self, ctx: RequestContext) -> T:
        """Call the function, async or not."""
        made: Any = self.factory(ctx)
        return await made if inspect.isawaitable(made) else made

    def resolve(self, ctx: RequestContext, expected_type: type[T] | None = None) -> T:
        """The component for a request, ready to run. Raises FactoryError and its kinds."""
        return self._ready(self.invoke(self._checked(ctx)), expected_type)

    async def resolve_async(self, ctx: RequestContext, expected_type: type[T] | None = None) -> T:
        """The same."""
        return self._ready(await self.invoke_async(self._checked(ctx)), expected_type)

    def _checked(self, ctx: RequestContext) -> RequestContext:
        return dataclasses.replace(ctx, input=self.validate_input(ctx.input))

    def _ready(self, made: T, expected_type: type[T] | None) -> T:
        wanted: type[Any] = expected_type or self.makes
        if not isinstance(made, wanted):
            raise FactoryError(f"factory {self.id!r} returned {type(made).__name__}: it must return {wanted.__name__}")
        made.id = self.id
        made.db = made.db or self.db
        made.store_events = True
        return made


class AgentFactory(BaseFactory[Agent]):
    """A function that makes an Agent for each request."""
