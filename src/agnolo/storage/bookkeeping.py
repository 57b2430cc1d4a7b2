"""Units of work that count spending. Each runs inside one transaction, so that no two runs see the same money."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from agnolo.ports.spending import Amounts, Purse
from agnolo.storage import statements
from agnolo.storage.executor import Row, Transaction
from agnolo.vocabulary.sessions import Scope

HOLD_SECONDS = 900
"""A process that dies leaves what it had set aside; after this long it counts no more."""


def set_aside(
    tx: Transaction,
    scope: Scope,
    run_id: str,
    purses: Sequence[Purse],
    decide: Callable[[Sequence[Amounts]], Amounts],
    at: int,
) -> Amounts:
    """Let `decide` see each purse without this run's own part, and set aside what it says."""
    for purse in purses:
        tx.run(statements.release(scope.namespace, purse.kind, purse.id, run_id, at))
    granted = decide([_committed(tx, scope, purse) for purse in purses])
    for purse in purses:
        values = msgspec.structs.astuple(granted)
        tx.run(statements.hold(scope.namespace, purse.kind, purse.id, run_id, at + HOLD_SECONDS, values))
    return granted


def settle(tx: Transaction, scope: Scope, run_id: str, purses: Sequence[Purse], spent: Amounts) -> None:
    """Give back what the run had set aside, and add what it spent to each purse."""
    for purse in purses:
        tx.run(statements.release(scope.namespace, purse.kind, purse.id, run_id, 0))
        values = msgspec.structs.astuple(spent)
        tx.run(statements.spend(scope.namespace, purse.kind, purse.id, purse.since, values))


def spent(tx: Transaction, scope: Scope, purse: Purse) -> Amounts:
    """What has been spent of a purse."""
    return _amounts(tx.one(statements.spent(scope.namespace, purse.kind, purse.id, purse.since)))


def _committed(tx: Transaction, scope: Scope, purse: Purse) -> Amounts:
    held = tx.one(statements.held(scope.namespace, purse.kind, purse.id))
    return spent(tx, scope, purse).plus(_amounts(held))


def _amounts(row: Row | None) -> Amounts:
    return Amounts() if row is None else Amounts(**dict(zip(Amounts.__struct_fields__, row, strict=True)))
