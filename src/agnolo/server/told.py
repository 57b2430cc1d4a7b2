"""What a run has told: its events, as the journal of a streamed run has them."""

from __future__ import annotations

from msgspec.structs import replace

from agnolo.ports.journal import RunRecord
from agnolo.ports.store import Store
from agnolo.server.services import stored
from agnolo.vocabulary import frames as packed
from agnolo.vocabulary.events import RunContentEvent, RunEventBase
from agnolo.vocabulary.origin import Origin
from agnolo.vocabulary.sessions import Scope


async def journaled(store: Store, scope: Scope, record: RunRecord, *, after: int = -1) -> list[RunEventBase]:
    """The events with an index above `after`, oldest first; none of a run that was not streamed."""
    row = record.run
    rows = await stored(store.read_frames(scope, row.run_id, after))
    origin = Origin(
        id=row.component_id or "",
        name=row.run_data.get("agent_name"),
        run_id=row.run_id,
        session_id=row.session_id,
        parent_run_id=row.parent_run_id,
    )
    return packed.unpack((each.payload for each in rows), origin, after=after)


async def with_events(store: Store, scope: Scope, record: RunRecord) -> RunRecord:
    """The record with all its events but content deltas, whether its agent keeps them or not."""
    if record.run.run_data.get("events"):
        return record
    told = await journaled(store, scope, record)
    events = [event.to_dict() for event in told if not isinstance(event, RunContentEvent)]
    return replace(record, run=replace(record.run, run_data={**record.run.run_data, "events": events}))
