"""Which embedding model the vectors belong to, and the way from one to another."""

from __future__ import annotations

import apsw

from recollect.errors import EmbeddingMismatchError
from recollect.ports import Backlog, Bind, Reembed
from recollect.stores.sqlite.rows import FOREVER


def bind(db: apsw.Connection, request: Bind, path: str) -> int:
    """The number of the model; refuses one that did not make the vectors that are there."""
    current = db.execute(
        "SELECT model.name, model.dims FROM model JOIN meta ON meta.value = model.name WHERE meta.name = 'model'"
    ).fetchone()
    if current is not None and tuple(current) != (request.model, request.dims) and not request.reembed:
        raise EmbeddingMismatchError(
            f"{path} holds vectors of {current[0]} ({current[1]} dimensions), not of {request.model} ({request.dims}): "
            f"open it with the embeddings that made them, or run: recollect reembed --db {path}"
        )
    name = request.model
    dims = db.execute("SELECT dims FROM model WHERE name = ?", (name,)).get
    if dims not in (None, request.dims):  # the same name, another size: the old vectors are of no use
        db.execute("DELETE FROM vector WHERE mid = (SELECT mid FROM model WHERE name = ?)", (name,))
        db.execute("UPDATE model SET dims = ? WHERE name = ?", (request.dims, name))
    db.execute("INSERT INTO model (name, dims) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, request.dims))
    if current is None:
        db.execute("INSERT INTO meta VALUES ('model', ?)", (name,))
    mid: int = db.execute("SELECT mid FROM model WHERE name = ?", (name,)).get
    return mid


def reembed(db: apsw.Connection, request: Reembed, mid: int) -> Backlog:
    """Store a batch of vectors and answer the next; the last one makes the store the new model's."""
    for sid, vector in request.vectors.items():
        db.execute(
            "INSERT INTO vector SELECT pid, ?, sid, ? FROM slice WHERE sid = ? ON CONFLICT DO NOTHING",
            (mid, vector or b"", sid),
        )
    missing = (
        f"FROM slice LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
        f" WHERE slice.to_seq <= {FOREVER} AND vector.sid IS NULL"
    )
    left = db.execute(f"SELECT count(*) {missing}", (mid,)).get
    texts = dict(db.execute(f"SELECT slice.sid, text {missing} ORDER BY slice.sid LIMIT ?", (mid, request.limit)))
    if not texts:
        db.execute("DELETE FROM vector WHERE mid <> ? OR vector = x''", (mid,))
        db.execute("UPDATE meta SET value = (SELECT name FROM model WHERE mid = ?) WHERE name = 'model'", (mid,))
        db.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
    return Backlog(texts, left)
