"""The schema's version, stamped into the file: empty files get tables, older ones are led up, newer ones refused."""

from __future__ import annotations

from agnolo.storage import approval_statements, component_statements, statements
from agnolo.storage.executor import Row, Statement, Transaction
from agnolo.vocabulary.errors import StorageError

STEPS: tuple[tuple[str, ...], ...] = (
    statements.TABLES,
    statements.SPENDING_TABLES,
    component_statements.TABLES,
    approval_statements.TABLES,
)
"""What leads from version n to n + 1."""
VERSION = len(STEPS)
MARK = 0x41474E4C
"""`AGNL` in the file's header: which program's file it is."""


def is_current(tx: Transaction, path: str) -> bool:
    """Whether the file can be used as it is. Raises StorageError for another program's or a newer file."""
    mark, version, tables = _stamp(tx)
    if mark == MARK and version > VERSION:
        raise StorageError(
            f"database {path!r} has schema version {version}, and this release knows up to {VERSION}: upgrade agnolo"
        )
    if mark != MARK and (mark or version or tables):
        raise StorageError(f"{path!r} is the database of another program: choose another db_file")
    return mark == MARK and version == VERSION


def migrate(tx: Transaction) -> None:
    """Lead the file up to this release's version, within the caller's transaction."""
    for step in STEPS[_stamp(tx)[1] :]:
        for sql in step:
            tx.run(Statement(sql))
    for statement in statements.stamp(MARK, VERSION):
        tx.run(statement)


def _stamp(tx: Transaction) -> Row:
    return tx.one(statements.STAMP) or (0, 0, 0)
