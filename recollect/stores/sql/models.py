"""Which embedding model the vectors belong to, and the way from one to another."""

from __future__ import annotations

from typing import Any

from recollect.errors import ConflictError, EmbeddingMismatchError
from recollect.ports import Backlog, Bind, Reembed
from recollect.stores.sql.connection import Connection, row, rows, value


def bound(db: Connection, request: Bind) -> int | None:
    """The number of the model if the store is its already."""
    found = row(db, "SELECT name, dims, mid FROM model JOIN meta USING (mid)")
    return found[2] if found and found[:2] == (request.model, request.dims) else None


def bind(db: Connection, request: Bind, path: str) -> int:
    """The number of the model; refuses one that did not make the vectors that are there."""
    current = row(db, "SELECT name, dims FROM model JOIN meta USING (mid)")
    same = current == (request.model, request.dims)
    if current and not same and not request.reembed and value(db, "SELECT 1 FROM slice LIMIT 1"):
        raise EmbeddingMismatchError(
            f"{path} holds vectors of {current[0]} ({current[1]} dimensions), not of {request.model} ({request.dims}): "
            f"open it with the embeddings that made them, or run: recollect reembed --db {path}"
        )
    mid = _numbered(db, request)
    if current is None or not (same or request.reembed):
        _switch(db, mid)
    return mid


def _numbered(db: Connection, request: Bind) -> int:
    found = row(db, "SELECT mid, dims FROM model WHERE name = ?", (request.model,))
    if found is None:
        return db.insert("INSERT INTO model (name, dims) VALUES (?, ?)", (request.model, request.dims), "mid")
    mid: int = found[0]
    if found[1] != request.dims:  # the same name, another size: the old vectors are of no use
        db.execute("DELETE FROM vector WHERE mid = ?", (mid,))
        db.execute("UPDATE model SET dims = ? WHERE mid = ?", (request.dims, mid))
        renew(db)
    return mid


def renew(db: Connection) -> None:
    """Begin an epoch for which no index can have been built: what was built from the journal before is void."""
    db.execute("UPDATE meta SET epoch = epoch + 2")


def renew_after(db: Connection, epoch: int) -> None:
    """Begin the epoch after this one, if it is not over."""
    found = value(db, "SELECT epoch FROM meta")
    if found != epoch:
        raise ConflictError(f"the journal is in epoch {found}, no more in {epoch}: begin again")
    db.execute("UPDATE meta SET epoch = epoch + 1")


def _switch(db: Connection, mid: int) -> None:
    """Make the store this model's."""
    db.execute("DELETE FROM vector WHERE mid <> ? OR length(vector) = 0", (mid,))
    db.execute("UPDATE meta SET mid = ?", (mid,))
    renew(db)


_MISSING = (
    "FROM slice LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
    " WHERE vector.sid IS NULL"
)


def reembed(db: Connection, request: Reembed, mid: int) -> Backlog:
    """Store a batch of vectors and answer the next; the last one makes the store the new model's."""
    db.executemany(
        "INSERT INTO vector SELECT pid, ?, sid, ? FROM slice WHERE sid = ? ON CONFLICT DO NOTHING",
        [(mid, vector or b"", sid) for sid, vector in request.vectors.items()],
    )
    left = value(db, f"SELECT count(*) {_MISSING}", (mid,))
    texts: list[Any] = rows(db, f"SELECT slice.sid, text {_MISSING} ORDER BY slice.sid LIMIT ?", (mid, request.limit))
    if not texts:
        _switch(db, mid)
    return Backlog(dict(texts), left)
