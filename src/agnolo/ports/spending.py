"""The seam to the books: what sessions and users have spent, and what runs under way have set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from agnolo.ports.runtime import Pending
from agnolo.vocabulary.metrics import TokenCounts
from agnolo.vocabulary.sessions import Scope

PurseKind = Literal["session", "user"]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens. `cache_read` and `cache_write` default to `input`.

    `steps` are prices of long requests, by rising `above`: from that many input tokens on, all tokens cost so.
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    above: int = 0
    steps: Sequence[Price] = ()

    def at(self, input_tokens: int) -> Price:
        """The price of a request of this length."""
        return next((step for step in reversed(self.steps) if input_tokens > step.above), self)

    def cost(self, counts: TokenCounts) -> float:
        """Dollars for what was counted. Vendors count cached tokens among the input tokens, or beside them."""
        read, wrote = counts.cache_read_tokens, counts.cache_write_tokens
        plain = counts.input_tokens - read - wrote if counts.input_tokens >= read + wrote else counts.input_tokens
        due = self.at(plain + read + wrote)
        dear = due.input if due.cache_write is None else due.cache_write
        cheap = due.input if due.cache_read is None else due.cache_read
        return (plain * due.input + read * cheap + wrote * dear + counts.output_tokens * due.output) / 1e6


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """Something spent: model requests, tokens, US dollars, seconds."""

    model_requests: int = 0
    total_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    def plus(self, other: Amounts) -> Amounts:
        """Both together."""
        return Amounts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    def minus(self, other: Amounts) -> Amounts:
        """What is left when `other` is taken away."""
        return Amounts(**{name: getattr(self, name) - getattr(other, name) for name in self.__struct_fields__})


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """Whose spending is counted: a session's or a user's, from the moment `since` on (Unix time; 0: always)."""

    kind: PurseKind
    id: str
    since: int = 0


class Books(Protocol):
    """What a store keeps of spending. Names of purses are within the scope's namespace."""

    def set_aside(
        self,
        scope: Scope,
        run_id: str,
        purses: Sequence[Purse],
        decide: Callable[[Sequence[Amounts]], Amounts],
        at: int,
    ) -> Pending[Amounts]:
        """In one transaction: let `decide` see what is spent or set aside of each purse, and set aside what it says.

        What the run had set aside before is given back first, and so is what was set aside long before `at` (Unix
        time) by runs that died. What `decide` raises is raised, and nothing is set aside.
        """
        ...

    def settle(self, scope: Scope, run_id: str, purses: Sequence[Purse], spent: Amounts) -> Pending[None]:
        """Give back what the run had set aside, and add what it spent to each purse."""
        ...

    def get_spending(self, scope: Scope, purse: Purse) -> Pending[Amounts]:
        """What has been spent of a purse, without what is set aside."""
        ...
