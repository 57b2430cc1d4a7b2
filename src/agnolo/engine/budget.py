"""Hard budgets: before each model request its cost is set aside, afterwards what it took is booked."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import TypeVar

import msgspec

from agnolo.ports.model import Model, ModelReply, ModelRequest, ToolSpec
from agnolo.ports.options import Limits
from agnolo.ports.runtime import Runtime
from agnolo.ports.spending import Amounts, Price, Purse, PurseKind
from agnolo.ports.store import Store
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError, LimitExceededError
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import TokenCounts
from agnolo.vocabulary.sessions import Scope

T = TypeVar("T")

WARN_AT = 0.8
"""The part of a limit whose use is told, once a run."""
FEWEST_ANSWER_TOKENS = 16
"""A request that leaves less for the answer is not sent: providers refuse smaller caps, and nothing can be said."""
BYTES_PER_TOKEN = 3
"""Of UTF-8 text: cautious for prose of any script, whose tokens are of 3 to 5 bytes."""
MEDIUM_TOKENS = 1500
"""What an image, a sound, a video or a file is taken to cost before the provider counts it."""
MESSAGE_TOKENS = 4
NO_USER = ""

_LIMITED = ("model_requests", "total_tokens", "cost", "seconds")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One set of limits and whose they are: a run's own, or a purse's in the store."""

    limits: Limits
    kind: PurseKind | None = None
    purse: Purse | None = None

    @property
    def owner(self) -> str:
        """Whom the limits bind, in words."""
        return self.kind or "run"


class Budgets(msgspec.Struct, frozen=True, kw_only=True):
    """The limits that bind a run, as said, and where prices are looked up."""

    run: Limits | None = None
    session: Limits | None = None
    user: Limits | None = None
    price_of: Callable[[str, str], Price | None] = lambda _model, _provider: None


class Nearing(msgspec.Struct, frozen=True, kw_only=True):
    """A limit most of which is used."""

    owner: str
    limit: str
    used: float
    allowed: float


class Meter:
    """The budgets of one run under way. `restored` is what earlier attempts of the run took."""

    def __init__(
        self, budgets: Budgets, scope: Scope, session_id: str, run_id: str, store: Store | None, at: Runtime
    ) -> None:
        self._budgets = budgets
        self._scope = scope
        self._run_id = run_id
        self._store = store
        self._began = at.monotonic()
        self._booked_seconds = 0.0
        self._told: set[tuple[str, str]] = set()
        self.used = Amounts()
        self.nearing: list[Nearing] = []
        named: tuple[tuple[PurseKind, Limits | None, str], ...] = (
            ("session", budgets.session, session_id),
            ("user", budgets.user, scope.user_id or NO_USER),
        )
        if budgets.run is not None and budgets.run.period is not None:
            raise ConfigurationError(f"limits=Limits(period={budgets.run.period!r}): a period is of sessions and users")
        self._accounts = [] if budgets.run is None else [Account(limits=budgets.run)]
        for kind, limits, owner in named:
            if limits is None:
                continue
            if store is None:
                raise ConfigurationError(f"{kind}_limits are counted in the store: give the agent a db")
            purse = Purse(kind=kind, id=owner, since=_period_start(limits, at.time()))
            self._accounts.append(Account(limits=limits, kind=kind, purse=purse))

    @property
    def _shared(self) -> list[Account]:
        return [account for account in self._accounts if account.purse is not None]

    @property
    def _purses(self) -> list[Purse]:
        return [account.purse for account in self._accounts if account.purse is not None]

    def restore(self, counts: Iterable[Mapping[tuple[str, str], TokenCounts]], requests: int) -> None:
        """Count what earlier attempts took of the run's own limits; the books have it already."""
        for (model, provider), spent in (item for of_role in counts for item in of_role.items()):
            self.used = self.used.plus(self._booked(model, provider, spent, requests=0))
        self.used = self.used.plus(Amounts(model_requests=requests))

    def deadline(self) -> float | None:
        """When the run's time is up, on the runtime's monotonic clock."""
        allowed = self._budgets.run.max_seconds if self._budgets.run is not None else None
        return None if allowed is None else self._began + allowed

    def keep_time(self, at: Runtime) -> None:
        """Raise LimitExceededError when the run's time is used up."""
        until = self.deadline()
        if until is not None and at.monotonic() >= until:
            raise self._late(at)

    async def metered(
        self,
        model: Model,
        request: ModelRequest,
        at: Runtime,
        asked: Callable[[ModelRequest], AsyncGenerator[T, None]],
    ) -> AsyncGenerator[T, None]:
        """What `asked` brings, with its price set aside before and booked after. Raises LimitExceededError.

        A request that failed without a word is booked as a request without tokens; of one that broke off, what was set
        aside is booked.
        """
        granted, capped = await self._set_aside(model, request, at)
        spent: Amounts | None = None
        heard = False
        try:
            async with aclosing(asked(capped)) as items:
                async for item in items:
                    heard = True
                    if isinstance(item, ModelReply):
                        spent = self._booked(model.id, model.provider, item.metrics)
                    yield item
        except TimeoutError:
            raise self._late(at) from None
        finally:
            await self._settle(spent or (granted if heard else Amounts(model_requests=1)), at)

    async def _set_aside(self, model: Model, request: ModelRequest, at: Runtime) -> tuple[Amounts, ModelRequest]:
        price = self._price(model.id, model.provider)
        asks = input_tokens(request)

        def decide(committed: Sequence[Amounts]) -> Amounts:
            """What may be set aside given what others have; an account without purse is this run's own."""
            others = iter(committed)
            answer = min(account.limits.answer_tokens for account in self._accounts)
            for account in self._accounts:
                used = self._own(at) if account.purse is None else next(others)
                answer = min(answer, _room(account, used, asks, price))
            return _amounts(asks, answer, price)

        if self._store is not None and self._purses:
            pending = self._store.set_aside(self._scope, self._run_id, self._purses, decide, int(at.time()))
            granted = await at.wait(pending)
        else:
            granted = decide(())
        if all(a.limits.max_total_tokens is None and a.limits.max_cost is None for a in self._accounts):
            return granted, request
        return granted, msgspec.structs.replace(request, max_output_tokens=granted.total_tokens - asks)

    async def _settle(self, spent: Amounts, at: Runtime) -> None:
        self.used = self.used.plus(spent)
        seconds = at.monotonic() - self._began
        spent = spent.plus(Amounts(seconds=seconds - self._booked_seconds))
        self._booked_seconds = seconds
        totals: list[Amounts] = []
        if self._store is not None and self._purses:
            await at.wait(self._store.settle(self._scope, self._run_id, self._purses, spent))
            totals = [await at.wait(self._store.get_spending(self._scope, purse)) for purse in self._purses]
        for account, total in zip(self._shared, totals, strict=True):
            self._watch(account, total)
        for account in self._accounts:
            if account.purse is None:
                self._watch(account, self._own(at))

    def _late(self, at: Runtime) -> Exception:
        """What to raise when an item was not there in time."""
        for account in self._accounts:
            if account.purse is None and account.limits.max_seconds is not None:
                return _exceeded(account, "seconds", at.monotonic() - self._began)
        return TimeoutError()

    def _own(self, at: Runtime) -> Amounts:
        return msgspec.structs.replace(self.used, seconds=at.monotonic() - self._began)

    def _watch(self, account: Account, used: Amounts) -> None:
        for name in _LIMITED:
            allowed, spent = getattr(account.limits, f"max_{name}"), getattr(used, name)
            if allowed and spent >= WARN_AT * allowed and (account.owner, name) not in self._told:
                self._told.add((account.owner, name))
                self.nearing.append(Nearing(owner=account.owner, limit=f"max_{name}", used=spent, allowed=allowed))

    def _booked(self, model: str, provider: str, counts: TokenCounts, *, requests: int = 1) -> Amounts:
        cost = counts.cost
        if cost is None:
            price = self._price(model, provider)
            cost = price.cost(counts) if price is not None else 0.0
        total = counts.total_tokens or counts.input_tokens + counts.output_tokens
        return Amounts(model_requests=requests, total_tokens=total, cost=cost)

    def _price(self, model: str, provider: str) -> Price | None:
        """The model's price. Raises ConfigurationError when money is limited and nobody knows it."""
        bounds = [a.limits for a in self._accounts if a.limits.max_cost is not None]
        if not bounds:
            return None
        for limits in bounds:
            if limits.prices and (price := limits.prices.get(model)) is not None:
                return price
        price = self._budgets.price_of(model, provider)
        if price is None:
            raise ConfigurationError(
                f"max_cost is set and the price of {model!r} ({provider}) is not known: say it in"
                f" Limits(prices={{{model!r}: Price(input=…, output=…)}}), in US dollars for a million tokens"
            )
        return price


def _room(account: Account, used: Amounts, asks: int, price: Price | None) -> int:
    """How many tokens the answer may have. Raises LimitExceededError for a limit that leaves none."""
    limits = account.limits
    answer = limits.answer_tokens
    _refuse_used_up(account, used)
    if limits.max_total_tokens is not None:
        answer = min(answer, limits.max_total_tokens - used.total_tokens - asks)
        if answer < FEWEST_ANSWER_TOKENS:
            raise _exceeded(account, "total_tokens", used.total_tokens, f"and {asks} more to ask")
    if limits.max_cost is not None and price is not None:
        due = price.at(asks)
        left = limits.max_cost - used.cost - asks * max(due.input, due.cache_write or 0.0) / 1e6
        answer = min(answer, math.floor(left / due.output * 1e6)) if due.output else answer
        if left < 0 or answer < FEWEST_ANSWER_TOKENS:
            raise _exceeded(account, "cost", used.cost, f"and the request costs {asks * due.input / 1e6:.6f} to ask")
    return answer


def _refuse_used_up(account: Account, used: Amounts) -> None:
    for name in _LIMITED:
        allowed, spent = getattr(account.limits, f"max_{name}"), getattr(used, name)
        if allowed is not None and spent >= allowed:
            raise _exceeded(account, name, spent)


def _exceeded(account: Account, name: str, spent: float, more: str = "") -> LimitExceededError:
    allowed = getattr(account.limits, f"max_{name}")
    option = "limits" if account.kind is None else f"{account.kind}_limits"
    needed = f" {more}" if more else ""
    return LimitExceededError(
        f"the {account.owner} has used {spent:g} of max_{name}={allowed:g}{needed}: raise it in {option}=Limits(...)"
    )


def _amounts(asks: int, answer: int, price: Price | None) -> Amounts:
    cost = price.cost(TokenCounts(input_tokens=asks, output_tokens=answer)) if price is not None else 0.0
    return Amounts(model_requests=1, total_tokens=asks + answer, cost=cost)


def tokens_of(messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
    """About how many tokens it takes to send these."""
    return input_tokens(ModelRequest(messages=messages, tools=tools))


def input_tokens(request: ModelRequest) -> int:
    """An estimate of what asking costs, on the safe side for prose."""
    size = sum(len(codec.dumps((tool.name, tool.description, tool.parameters))) for tool in request.tools)
    size += len(codec.dumps(request.output.schema)) if request.output is not None else 0
    media = 0
    for message in request.messages:
        size += len(message.text().encode()) + MESSAGE_TOKENS * BYTES_PER_TOKEN
        size += sum(len(call.function.name) + len(call.function.arguments) for call in message.tool_calls or ())
        media += sum(len(kind or ()) for kind in (message.images, message.audio, message.videos, message.files))
    return math.ceil(size / BYTES_PER_TOKEN) + media * MEDIUM_TOKENS


def _period_start(limits: Limits, moment: float) -> int:
    """When the count began: the UTC day's or month's start, or always."""
    if limits.period is None:
        return 0
    today = time.gmtime(moment)
    midnight = int(moment) - today.tm_hour * 3600 - today.tm_min * 60 - today.tm_sec
    return midnight - (today.tm_mday - 1) * 86_400 if limits.period == "month" else midnight
