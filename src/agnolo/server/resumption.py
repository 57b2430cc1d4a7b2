"""Taking a stream up again: what was missed, from the live log or the journal, then what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from agnolo.ports.store import Store
from agnolo.server.frames import RETRY, Frame, frame, indexed, notice
from agnolo.server.live import LiveRun
from agnolo.server.reader import Reader, Room, Taste
from agnolo.server.run_log import RunLog
from agnolo.server.services import Services, stored
from agnolo.server.told import journaled

BLOCK_FRAMES = 128
RUN_NAME = "agent"


class Wanted(NamedTuple):
    """Which run, and the index of the last event that the client has."""

    agent_id: str
    run_id: str
    session_id: str | None
    user_id: str | None
    last_index: int

    def is_run(self, agent_id: str | None, session_id: str) -> bool:
        """Whether a run of this agent and session is the one."""
        return agent_id == self.agent_id and self.session_id in (None, session_id)


class Resumption(NamedTuple):
    """What to send: first the prelude, then what the reader gets. `live` is None when the run has ended."""

    prelude: Iterable[bytes]
    reader: Reader
    live: LiveRun | None = None


async def resume(services: Services, store: Store | None, wanted: Wanted) -> Resumption:
    """Find the run and what was missed of it. A run that does not exist, or is another's, is told as an error frame."""
    scope = services.scope(wanted.user_id, wanted.run_id)
    live = services.live.get(wanted.run_id)
    if live is not None and (live.key.scope != scope or not wanted.is_run(live.key.agent_id, live.key.session_id)):
        live = None
    elif live is not None and not live.ended:
        return await _live(live, store, wanted)
    elif live is not None and not live.key.durable:
        return _replayed(live.log.since(live.log.after(-1)), _status(live), wanted)
    record = await stored(store.get_run(scope, wanted.run_id)) if store is not None else None
    if store is None or record is None or not wanted.is_run(record.run.component_id, record.run.session_id):
        return _ended([notice("error", error=f"Run {wanted.run_id} not found in buffer or database")])
    told = [frame(event) for event in await journaled(store, scope, record)]
    return _replayed(told, record.run.status.value, wanted)


async def _live(live: LiveRun, store: Store | None, wanted: Wanted) -> Resumption:
    reader = live.read(position=live.log.after(wanted.last_index), taste=Taste(indexed=True))
    try:
        early = await _before(live, store, wanted)
    except BaseException:
        live.release(reader)
        raise
    if early is None:
        live.release(reader)
        text = f"Events after {wanted.last_index} are no longer kept: read the run's state instead"
        return _ended([notice("error", error=text, run_id=wanted.run_id, status=410)])
    missed = len(early) + reader.lag
    count = (live.log.last.index + 1) if live.log.last else 0
    facts = {"run_id": wanted.run_id, "status": "running"}
    prelude: list[bytes] = [RETRY]
    if missed:
        text = f"Catching up on {missed} missed events."
        prelude.append(notice("catch_up", **facts, missed_events=missed, current_event_count=count, message=text))
    prelude += [*_blocks(early), reader.take()]
    text = f"Subscribed to {RUN_NAME} run. Receiving live events."
    prelude.append(notice("subscribed", **facts, current_event_count=count, message=text))
    return Resumption([part for part in prelude if part], reader, live)


async def _before(live: LiveRun, store: Store | None, wanted: Wanted) -> list[Frame] | None:
    """Events that the live log has dropped, or that an earlier attempt told. None if they are lost."""
    first = live.log.first_index
    if wanted.last_index + 1 >= first:
        return []
    if store is None:
        return None
    record = await stored(store.get_run(live.key.scope, wanted.run_id))
    if record is None:
        return None
    told = await journaled(store, live.key.scope, record, after=wanted.last_index)
    return [frame(event) for event in told if event.index < first]


def _replayed(told: Iterable[Frame], status: str, wanted: Wanted) -> Resumption:
    """A run that has ended: all that was missed, at once."""
    everything = list(told)
    missed = [each for each in everything if each.index > wanted.last_index]
    text = f"Run {status}. Replaying {len(missed)} missed events (of {len(everything)} total)."
    head = notice(
        "replay",
        run_id=wanted.run_id,
        status=status,
        total_events=len(missed),
        total_buffered=len(everything),
        last_event_index_requested=wanted.last_index,
        message=text,
    )
    return _ended(chain([RETRY, head], _blocks(missed)))


def _blocks(told: list[Frame]) -> Iterator[bytes]:
    for start in range(0, len(told), BLOCK_FRAMES):
        yield b"".join(indexed(each) for each in told[start : start + BLOCK_FRAMES])


def _ended(prelude: Iterable[bytes]) -> Resumption:
    reader = Reader(RunLog(), Room(1, 1), position=0)
    reader.end()
    return Resumption(prelude, reader)


def _status(live: LiveRun) -> str:
    return (live.log.last.status if live.log.last else None) or "COMPLETED"
