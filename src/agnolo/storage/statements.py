"""All SQL of the store, as functions that return statements. Knows tables and columns, no driver.

A step's row id is its run's id times a span plus its place in the run: a run's steps lie together, are found by a range
of the primary key and need no index, which spares each commit a page. Events are appended in order of arrival instead:
the rows of concurrent streams would split each other's pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agnolo.ports.journal import Frames, RunRow
from agnolo.ports.store import MemoryQuery, SessionQuery
from agnolo.storage.executor import Statement
from agnolo.vocabulary.sessions import Scope, SessionRow

STEP_SPAN = 1 << 20
BATCH = 16
"""Rows of one insert. A limit keeps the number of distinct statements, and so the driver's cache, small."""

TABLES = (
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, session_id TEXT NOT NULL,"
    " session_type TEXT NOT NULL, component_id TEXT, user_id TEXT, session_name TEXT, created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL, agent_data BLOB, metadata BLOB, session_data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX sessions_by_id ON sessions (namespace, session_id)",
    "CREATE INDEX sessions_by_time ON sessions (namespace, created_at)",
    "CREATE INDEX sessions_by_user ON sessions (namespace, user_id, created_at)",
    # Small columns first: a query that filters by them does not touch the pages that a long run_data spills into.
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, session INTEGER NOT NULL,"
    " run_index INTEGER NOT NULL, status TEXT NOT NULL, attempt INTEGER NOT NULL, owner INTEGER NOT NULL,"
    " run_type TEXT NOT NULL, component_id TEXT, user_id TEXT, parent_run_id TEXT, created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL, run_data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX runs_by_id ON runs (run_id)",
    "CREATE UNIQUE INDEX runs_by_session ON runs (session, run_index)",
    "CREATE INDEX runs_unfinished ON runs (owner) WHERE status IN ('PENDING', 'RUNNING')",
    "CREATE TABLE steps (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    "CREATE TABLE events (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " payload BLOB NOT NULL)",
    "CREATE UNIQUE INDEX events_by_run ON events (run, last)",
    "CREATE TABLE memories (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, user_id TEXT NOT NULL,"
    " memory_id TEXT NOT NULL, created_at INTEGER NOT NULL, payload BLOB NOT NULL)",
    "CREATE UNIQUE INDEX memories_by_id ON memories (namespace, user_id, memory_id)",
    "CREATE TABLE pings (id INTEGER PRIMARY KEY, at INTEGER NOT NULL)",
)

SPENDING_TABLES = (
    "CREATE TABLE spending (namespace TEXT NOT NULL, kind TEXT NOT NULL, purse TEXT NOT NULL, since INTEGER NOT NULL,"
    " model_requests INTEGER NOT NULL, total_tokens INTEGER NOT NULL, cost REAL NOT NULL, seconds REAL NOT NULL,"
    " PRIMARY KEY (namespace, kind, purse, since)) WITHOUT ROWID",
    "CREATE TABLE holds (namespace TEXT NOT NULL, kind TEXT NOT NULL, purse TEXT NOT NULL, run_id TEXT NOT NULL,"
    " until INTEGER NOT NULL, model_requests INTEGER NOT NULL, total_tokens INTEGER NOT NULL, cost REAL NOT NULL,"
    " seconds REAL NOT NULL, PRIMARY KEY (namespace, kind, purse, run_id)) WITHOUT ROWID",
)

SORTABLE = ("created_at", "updated_at", "session_id", "session_name")

_SESSION = (
    "s.id, s.session_id, s.session_type, s.component_id, s.user_id, s.session_data, s.agent_data, s.metadata,"
    " s.created_at, s.updated_at"
)
# The steps of a run come as one value: each row fetched costs a hand-over of the interpreter lock.
_RUN = (
    "r.run_id, s.session_id, r.run_type, r.component_id, r.user_id, r.parent_run_id,"  # noqa: S608 - constants
    " r.status, r.run_index, r.attempt, r.run_data,"
    " r.created_at, r.updated_at, (SELECT CAST(group_concat(payload, ',') AS BLOB) FROM steps"
    f" WHERE steps.id BETWEEN r.id * {STEP_SPAN} AND r.id * {STEP_SPAN} + {STEP_SPAN - 1})"
)


def within(scope: Scope, of: str = "s.") -> Statement:
    """The condition that every query carries: on a session `s`, or on the table named."""
    if scope.user_id is None:
        return Statement(f"{of}namespace = ?", (scope.namespace,))
    return Statement(f"{of}namespace = ? AND {of}user_id = ?", (scope.namespace, scope.user_id))


def _marks(count: int, mark: str = "?") -> str:
    return ", ".join([mark] * count)


# ---- sessions


def session(scope: Scope, session_id: str) -> Statement:
    """One session if it is in scope."""
    mine = within(scope)
    return Statement(
        f"SELECT {_SESSION} FROM sessions s WHERE {mine.sql} AND s.session_id = ?",  # noqa: S608 - constants
        (*mine.params, session_id),
    )


def insert_session(scope: Scope, row: SessionRow, name: str | None, blobs: Sequence[bytes | None]) -> Statement:
    """A new session; `blobs` are session_data, agent_data, metadata. Returns its id; no row when the id is taken."""
    return Statement(
        "INSERT INTO sessions (namespace, session_id, session_type, component_id, user_id, session_name, created_at,"
        " updated_at, session_data, agent_data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (
            scope.namespace, row.session_id, row.session_type, row.component_id, row.user_id, name, row.created_at,
            row.updated_at, *blobs,
        ),
    )  # fmt: skip


def update_session(session: int, name: str | None, at: int, blobs: Sequence[bytes | None]) -> Statement:
    """New session_data, agent_data and metadata."""
    return Statement(
        "UPDATE sessions SET session_name = ?, updated_at = ?, session_data = ?, agent_data = ?, metadata = ?"
        " WHERE id = ?",
        (name, at, *blobs, session),
    )


def session_data(session: int) -> Statement:
    """What runs change of a session."""
    return Statement("SELECT session_data FROM sessions WHERE id = ?", (session,))


def update_session_data(session: int, name: str | None, at: int, session_data: bytes) -> Statement:
    """New session_data."""
    return Statement(
        "UPDATE sessions SET session_name = ?, updated_at = ?, session_data = ? WHERE id = ?",
        (name, at, session_data, session),
    )


def touch_session(session: int, at: int) -> Statement:
    """Only a new time of change."""
    return Statement("UPDATE sessions SET updated_at = ? WHERE id = ?", (at, session))


def _matching(scope: Scope, query: SessionQuery) -> Statement:
    conditions, params = [within(scope).sql], list(within(scope).params)
    for condition, value in (
        ("s.session_type = ?", query.session_type),
        ("s.component_id = ?", query.component_id),
        ("instr(lower(s.session_name), lower(?)) > 0", query.session_name),
    ):
        if value is not None:
            conditions.append(condition)
            params.append(value)
    return Statement(" AND ".join(conditions), params)


def sessions(scope: Scope, query: SessionQuery) -> Statement:
    """One page. `query.sort_by` must be in SORTABLE."""
    found = _matching(scope, query)
    way = "ASC" if query.ascending else "DESC"
    limit = query.limit or -1
    return Statement(
        f"SELECT {_SESSION} FROM sessions s WHERE {found.sql} ORDER BY s.{query.sort_by} {way}, s.id {way}"  # noqa: S608 - checked
        " LIMIT ? OFFSET ?",
        (*found.params, limit, query.limit * (query.page - 1)),
    )


def count_sessions(scope: Scope, query: SessionQuery) -> Statement:
    """How many match on all pages."""
    found = _matching(scope, query)
    return Statement(f"SELECT count(*) FROM sessions s WHERE {found.sql}", found.params)  # noqa: S608 - constants


def delete_session(session: int) -> list[Statement]:
    """A session and all that hangs on it."""
    return [
        Statement(
            "DELETE FROM steps WHERE id IN (SELECT t.id FROM runs r CROSS JOIN steps t"  # noqa: S608 - constants
            f" ON t.id BETWEEN r.id * {STEP_SPAN} AND r.id * {STEP_SPAN} + {STEP_SPAN - 1} WHERE r.session = ?)",
            (session,),
        ),
        Statement("DELETE FROM events WHERE run IN (SELECT id FROM runs WHERE session = ?)", (session,)),
        Statement("DELETE FROM runs WHERE session = ?", (session,)),
        Statement("DELETE FROM sessions WHERE id = ?", (session,)),
    ]


# ---- runs


def insert_run(session: int, run: RunRow, owner: int, run_data: bytes) -> Statement:
    """A new run at the end of its session. Returns its index; no row when the id is taken."""
    return Statement(
        "INSERT INTO runs (run_id, session, run_index, status, attempt, owner, run_type, component_id, user_id,"
        " parent_run_id, created_at, updated_at, run_data) SELECT ?, ?, coalesce(max(run_index) + 1, 0), ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ? FROM runs WHERE session = ? ON CONFLICT DO NOTHING RETURNING run_index",
        (
            run.run_id, session, run.status.value, run.attempt, owner, run.run_type, run.component_id, run.user_id,
            run.parent_run_id, run.created_at, run.updated_at, run_data, session,
        ),
    )  # fmt: skip


def _owned_run(scope: Scope) -> Statement:
    mine = within(scope)
    return Statement(f"EXISTS (SELECT 1 FROM sessions s WHERE s.id = runs.session AND {mine.sql})", mine.params)  # noqa: S608


def begin_run(scope: Scope, run_id: str, attempt: int | None, owner: int, at: int) -> Statement:
    """The attempt after `attempt`, if given. Returns its number; no row without such a run in scope."""
    mine = _owned_run(scope)
    return Statement(
        "UPDATE runs SET attempt = attempt + 1, status = 'RUNNING', owner = ?, updated_at = ?"  # noqa: S608 - constants
        f" WHERE run_id = ? AND attempt = coalesce(?, attempt) AND {mine.sql} RETURNING attempt",
        (owner, at, run_id, attempt, *mine.params),
    )


def finish_run(scope: Scope, run_id: str, attempt: int, values: Sequence[Any]) -> Statement:
    """New status, run_data and time. Returns the session; no row unless the attempt is the current one and in scope."""
    mine = _owned_run(scope)
    return Statement(
        "UPDATE runs SET status = ?, run_data = ?, updated_at = ?"  # noqa: S608 - constants
        f" WHERE run_id = ? AND attempt = ? AND {mine.sql} RETURNING session",
        (*values, run_id, attempt, *mine.params),
    )


def attempt(run_id: str) -> Statement:
    """The current attempt of a run: to tell a superseded writer from one whose run is gone."""
    return Statement("SELECT attempt FROM runs WHERE run_id = ?", (run_id,))


def run(scope: Scope, run_id: str) -> Statement:
    """One run with its steps if it is in scope."""
    mine = within(scope)
    return Statement(
        f"SELECT {_RUN} FROM runs r JOIN sessions s ON s.id = r.session WHERE r.run_id = ? AND {mine.sql}",  # noqa: S608
        (run_id, *mine.params),
    )


def runs(scope: Scope, session_id: str, last: int | None, statuses: Sequence[str] | None) -> Statement:
    """Runs of a session with their steps, newest first: a walk down the index that stops after `last`."""
    mine = within(scope)
    wanted = "" if statuses is None else f" AND r.status IN ({_marks(len(statuses))})"
    return Statement(
        f"SELECT {_RUN} FROM sessions s CROSS JOIN runs r ON r.session = s.id"  # noqa: S608 - constants
        f" WHERE {mine.sql} AND s.session_id = ?{wanted} ORDER BY r.run_index DESC LIMIT ?",
        (*mine.params, session_id, *(statuses or ()), -1 if last is None else last),
    )


def unfinished_runs() -> Statement:
    """Runs that someone began and nobody ended, in order of acceptance, with whose they are."""
    # The plus keeps the planner from walking all runs for the sake of their order.
    return Statement(
        "SELECT r.owner, s.user_id, s.namespace, r.run_id FROM runs r JOIN sessions s ON s.id = r.session"
        " WHERE r.status IN ('PENDING', 'RUNNING') ORDER BY +r.id"
    )


# ---- steps and events


def insert_steps(run_id: str, attempt: int, steps: Sequence[tuple[int, bytes]]) -> Statement:
    """At most BATCH steps of the current attempt. Changes fewer rows when it is superseded or a place is taken."""
    return Statement(
        f"INSERT INTO steps (id, payload) SELECT r.id * {STEP_SPAN} + v.column1, v.column2 FROM runs r"  # noqa: S608
        f" CROSS JOIN (VALUES {_marks(len(steps), '(?, ?)')}) v WHERE r.run_id = ? AND r.attempt = ?"
        " ON CONFLICT DO NOTHING",
        (*(value for step in steps for value in step), run_id, attempt),
    )


def insert_events(run_id: str, attempt: int, frames: Sequence[Frames]) -> Statement:
    """At most BATCH rows of events of the current attempt. Changes fewer rows when superseded or a place is taken."""
    return Statement(
        "INSERT INTO events (run, first, last, payload) SELECT r.id, v.column1, v.column2, v.column3"  # noqa: S608
        f" FROM runs r CROSS JOIN (VALUES {_marks(len(frames), '(?, ?, ?)')}) v WHERE r.run_id = ? AND r.attempt = ?"
        " ON CONFLICT DO NOTHING",
        (*(value for frame in frames for value in (frame.first, frame.last, frame.payload)), run_id, attempt),
    )


def events(scope: Scope, run_id: str, after: int) -> Statement:
    """Rows of events that end above `after`, in order."""
    mine = within(scope)
    return Statement(
        "SELECT e.first, e.last, e.payload FROM runs r JOIN sessions s ON s.id = r.session"  # noqa: S608 - constants
        f" CROSS JOIN events e ON e.run = r.id AND e.last > ? WHERE r.run_id = ? AND {mine.sql} ORDER BY e.last",
        (after, run_id, *mine.params),
    )


# ---- memories


def memories(namespace: str, user_id: str, limit: int | None) -> Statement:
    """A user's memories, newest first."""
    return Statement(
        "SELECT payload FROM memories WHERE namespace = ? AND user_id = ? ORDER BY created_at DESC, id DESC LIMIT ?",
        (namespace, user_id, -1 if limit is None else limit),
    )


def memory(namespace: str, user_id: str, memory_id: str) -> Statement:
    """One memory."""
    return Statement(
        "SELECT payload FROM memories WHERE namespace = ? AND user_id = ? AND memory_id = ?",
        (namespace, user_id, memory_id),
    )


def save_memory(namespace: str, user_id: str, memory_id: str, created_at: int, payload: bytes) -> Statement:
    """Insert or replace."""
    return Statement(
        "INSERT INTO memories (namespace, user_id, memory_id, created_at, payload) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (namespace, user_id, memory_id) DO UPDATE SET created_at = excluded.created_at,"
        " payload = excluded.payload",
        (namespace, user_id, memory_id, created_at, payload),
    )


def delete_memory(namespace: str, user_id: str, memory_id: str) -> Statement:
    """One memory less, if it is there."""
    return Statement(
        "DELETE FROM memories WHERE namespace = ? AND user_id = ? AND memory_id = ?", (namespace, user_id, memory_id)
    )


_PAYLOAD = "CAST(m.payload AS TEXT)"
_CHANGED = f"coalesce(json_extract({_PAYLOAD}, '$.updated_at'), m.created_at)"
MEMORY_ORDERS = {
    "updated_at": _CHANGED,
    "created_at": "m.created_at",
    "memory": f"json_extract({_PAYLOAD}, '$.memory')",
    "memory_id": "m.memory_id",
    "user_id": "m.user_id",
}


def _owned_memories(scope: Scope) -> Statement:
    if scope.user_id is None:
        return Statement("m.namespace = ?", (scope.namespace,))
    return Statement("m.namespace = ? AND m.user_id = ?", (scope.namespace, scope.user_id))


def _matching_memories(scope: Scope, query: MemoryQuery) -> Statement:
    mine = _owned_memories(scope)
    conditions, params = [mine.sql], list(mine.params)
    for condition, value in (
        (f"json_extract({_PAYLOAD}, '$.agent_id') = ?", query.agent_id),
        (f"instr(lower(json_extract({_PAYLOAD}, '$.memory')), lower(?)) > 0", query.search),
        *((f"? IN (SELECT value FROM json_each({_PAYLOAD}, '$.topics'))", topic) for topic in query.topics),  # noqa: S608
    ):
        if value is not None:
            conditions.append(condition)
            params.append(value)
    if query.memory_ids is not None:
        conditions.append(f"m.memory_id IN ({_marks(len(query.memory_ids))})")
        params += query.memory_ids
    return Statement(" AND ".join(conditions), params)


def list_memories(scope: Scope, query: MemoryQuery) -> Statement:
    """One page. `query.sort_by` must be in MEMORY_ORDERS; those that changed in one second stand in order of age."""
    found = _matching_memories(scope, query)
    way = "ASC" if query.ascending else "DESC"
    return Statement(
        f"SELECT m.payload FROM memories m WHERE {found.sql}"  # noqa: S608 - constants
        f" ORDER BY {MEMORY_ORDERS[query.sort_by]} {way}, m.id LIMIT ? OFFSET ?",
        (*found.params, query.limit or -1, query.limit * (query.page - 1)),
    )


def count_listed_memories(scope: Scope, query: MemoryQuery) -> Statement:
    """How many match on all pages."""
    found = _matching_memories(scope, query)
    return Statement(f"SELECT count(*) FROM memories m WHERE {found.sql}", found.params)  # noqa: S608 - constants


def count_memories(scope: Scope) -> Statement:
    """User, number of memories, time of the last change; the latest first."""
    mine = _owned_memories(scope)
    return Statement(
        f"SELECT m.user_id, count(*), max({_CHANGED}) AS changed FROM memories m WHERE {mine.sql}"  # noqa: S608
        " GROUP BY m.user_id ORDER BY changed DESC, m.user_id",
        mine.params,
    )


def clear_memories(namespace: str, user_id: str | None) -> Statement:
    """All memories of a user, or without one of every user."""
    if user_id is None:
        return Statement("DELETE FROM memories WHERE namespace = ?", (namespace,))
    return Statement("DELETE FROM memories WHERE namespace = ? AND user_id = ?", (namespace, user_id))


# ---- spending


def spent(namespace: str, kind: str, purse: str, since: int) -> Statement:
    """What a purse has spent; no row for nothing."""
    return Statement(
        "SELECT model_requests, total_tokens, cost, seconds FROM spending"
        " WHERE namespace = ? AND kind = ? AND purse = ? AND since = ?",
        (namespace, kind, purse, since),
    )


def held(namespace: str, kind: str, purse: str) -> Statement:
    """What runs have set aside of a purse."""
    return Statement(
        "SELECT coalesce(sum(model_requests), 0), coalesce(sum(total_tokens), 0), coalesce(sum(cost), 0),"
        " coalesce(sum(seconds), 0) FROM holds WHERE namespace = ? AND kind = ? AND purse = ?",
        (namespace, kind, purse),
    )


def release(namespace: str, kind: str, purse: str, run_id: str, at: int) -> Statement:
    """Give back what the run had set aside, and what others forgot."""
    return Statement(
        "DELETE FROM holds WHERE namespace = ? AND kind = ? AND purse = ? AND (run_id = ? OR until <= ?)",
        (namespace, kind, purse, run_id, at),
    )


def hold(namespace: str, kind: str, purse: str, run_id: str, until: int, amounts: Sequence[float]) -> Statement:
    """Set aside; the run has nothing set aside of this purse yet."""
    return Statement(
        "INSERT INTO holds (namespace, kind, purse, run_id, until, model_requests, total_tokens, cost, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (namespace, kind, purse, run_id, until, *amounts),
    )


def spend(namespace: str, kind: str, purse: str, since: int, amounts: Sequence[float]) -> Statement:
    """Add to what a purse has spent."""
    return Statement(
        "INSERT INTO spending (namespace, kind, purse, since, model_requests, total_tokens, cost, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (namespace, kind, purse, since) DO UPDATE SET"
        " model_requests = model_requests + excluded.model_requests,"
        " total_tokens = total_tokens + excluded.total_tokens,"
        " cost = cost + excluded.cost, seconds = seconds + excluded.seconds",
        (namespace, kind, purse, since, *amounts),
    )


def ping(at: int) -> Statement:
    """A write that changes nothing anyone reads."""
    return Statement("INSERT INTO pings (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (at,))


# ---- the file itself

# One statement, so that it sees the file before or after another process fills it, and not in between.
STAMP = Statement(
    "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
    " FROM pragma_application_id, pragma_user_version"
)
"""Whose file it is, its schema version, how much is in it."""


def stamp(mark: int, version: int) -> list[Statement]:
    """Write mark and version; they are part of the transaction."""
    return [Statement(f"PRAGMA application_id = {mark:d}"), Statement(f"PRAGMA user_version = {version:d}")]
