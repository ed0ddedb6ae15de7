"""Copying a whole journal into an empty one: all versions, events and message keys, batch by batch."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from recollect.errors import StoreError
from recollect.stores.sql.connection import Connection, Database, Row, Write, marks, row, value

BATCH = 1000
"""Rows in one transaction."""

_TABLES = {
    "partition": "pid",
    "model": "mid",
    "change_set": "number",
    "slice": "sid",
    "vector": "pid, mid, sid",
    "token": "pid, token, sid",
    "source": "pid, key, memory",
    "derived": "pid, parent, memory",
    "event": "pid, seq",
    "message": "pid, place, key",
}
"""The tables with what orders their rows, each after those that it refers to."""

_STATE = (
    "SELECT journal_id, epoch, mid FROM meta",
    "SELECT count(*), sum(seq) FROM partition",
    "SELECT count(*), max(number), max(lease) FROM change_set",
    "SELECT count(*) FROM vector",
)


def copy(source: Database, target: Database, progress: Callable[[int, int], None]) -> int:
    """Copy every row; how many there are. Cut off, it goes on where it was, unless the source has changed meanwhile.

    `target` is this copy's own until it returns. Raises StoreError if the source is written to meanwhile.
    """
    with source.reading() as db:
        state = _state(db)
        total = sum(_count(db, table) for table in _TABLES)
        done = _begun(target, db, state)
        for table, order in _TABLES.items():
            copied = done[table]
            rows = db.each(f"SELECT * FROM {table} ORDER BY {order} LIMIT {total} OFFSET ?", (copied,))
            for batch in _batches(iter(rows)):
                target.do(Write(partial(_write, table=table, batch=batch)))
                done[table] += len(batch)
                progress(sum(done.values()), total)
    with source.reading() as db:
        if _state(db) != state:
            raise StoreError("it was written to while it was copied: stop what writes to it and begin again")
    target.do(Write(_finish))
    return total


def _state(db: Connection) -> str:
    """What changes whenever anything is written."""
    return f"copy of {[row(db, sql) for sql in _STATE]}"


def _count(db: Connection, table: str) -> int:
    return int(value(db, f"SELECT count(*) FROM {table}"))


def _begun(target: Database, source: Connection, state: str) -> dict[str, int]:
    """How many rows of each table are copied already; none, and the target empty, if they are of another state."""

    def begin(db: Connection) -> dict[str, int]:
        if value(db, "SELECT journal_id FROM meta") != state:
            db.clear(*reversed(_TABLES))
            key, mid = row(source, "SELECT key, mid FROM meta") or (b"", None)
            db.execute("UPDATE meta SET journal_id = ?, key = ?, mid = ?", (state, key, mid))
        return {table: _count(db, table) for table in _TABLES}

    counts: dict[str, int] = target.do(Write(begin))
    return counts


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    return iter(lambda: list(islice(rows, BATCH)), [])


def _write(db: Connection, table: str, batch: list[Row]) -> None:
    db.executemany(f"INSERT INTO {table} VALUES ({marks(batch[0])})", batch)


def _finish(db: Connection) -> None:
    """Make the copy a journal of its own: an index made for the original must not follow it."""
    db.renumber()
    db.execute("UPDATE meta SET journal_id = ?", (str(uuid.uuid4()),))
