"""The books over an Executor: what sessions and users have spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from agnolo.ports.spending import Amounts, Purse
from agnolo.storage import bookkeeping
from agnolo.storage.executor import Executor
from agnolo.vocabulary.sessions import Scope


class SqlBooks:
    """See `agnolo.ports.spending.Books` for what each method promises."""

    _executor: Executor

    def set_aside(
        self,
        scope: Scope,
        run_id: str,
        purses: Sequence[Purse],
        decide: Callable[[Sequence[Amounts]], Amounts],
        at: int,
    ) -> Future[Amounts]:
        """Set aside what `decide` says, seeing what is spent or set aside of each purse."""
        return self._executor.write(lambda tx: bookkeeping.set_aside(tx, scope, run_id, purses, decide, at))

    def settle(self, scope: Scope, run_id: str, purses: Sequence[Purse], spent: Amounts) -> Future[None]:
        """Give back what was set aside and add what was spent."""
        return self._executor.write(lambda tx: bookkeeping.settle(tx, scope, run_id, purses, spent))

    def get_spending(self, scope: Scope, purse: Purse) -> Future[Amounts]:
        """What has been spent of a purse."""
        return self._executor.read(lambda tx: bookkeeping.spent(tx, scope, purse))
