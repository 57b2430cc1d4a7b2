"""What the routes share: one value per application."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from agnolo.ports.runtime import Pending
from agnolo.runtime.loop import LoopRuntime
from agnolo.server.admission import Admission
from agnolo.server.live import LiveRuns
from agnolo.server.registry import Registry
from agnolo.server.settings import Settings
from agnolo.vocabulary.sessions import Scope

T = TypeVar("T")


class Identity(NamedTuple):
    """What the server says about itself."""

    id: str
    name: str
    description: str | None
    version: str


class Services(NamedTuple):
    """Agents, live runs, admission, settings."""

    identity: Identity
    registry: Registry
    live: LiveRuns
    admission: Admission
    settings: Settings
    guarded: bool

    def scope(self, user_id: str | None, run_id: str | None = None) -> Scope:
        """Whose rows are meant: the named user's; for a run started here, when no user is named, its owner's."""
        if user_id is None and run_id is not None and (owner := self.live.owner(run_id)) is not None:
            return owner
        return Scope(user_id=user_id or None)


async def stored(pending: Pending[T]) -> T:
    """The result of a store's work."""
    return await LoopRuntime().wait(pending)
