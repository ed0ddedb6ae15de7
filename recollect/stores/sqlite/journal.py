"""The SQLite journal: the authority over one machine's memories, in one file."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import apsw

from recollect.errors import EmbeddingMismatchError, UsageError, VectorError
from recollect.ports import (
    Begin,
    Bind,
    Clock,
    Commit,
    Feed,
    Fetch,
    JournalRequest,
    Log,
    Plan,
    Read,
    Reembed,
    Release,
    Reset,
    Select,
    Stats,
    Undo,
    Vectors,
)
from recollect.stores.sqlite import claims, commit, models, reading
from recollect.stores.sqlite.connection import Database
from recollect.stores.sqlite.rows import micros

Work = Callable[[apsw.Connection], Any]


def wall_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


class SqliteJournal:
    """A journal in one SQLite file, or in memory for ":memory:". Many processes may share the file.

    `lease`: seconds after which the claim of a call that died can be taken over.
    """

    def __init__(self, path: str, *, clock: Clock = wall_clock, lease: float = 60.0) -> None:
        self._clock = clock
        self._lease = lease
        self._database = Database(path)
        self._bound: Bind | None = None
        self._mid: int | None = None

    @property
    def path(self) -> str:
        """The file, or ":memory:"."""
        return self._database.path

    def do(self, request: JournalRequest) -> Any:
        """Answer one operation."""
        read = self._read(request)
        if read is not None:
            with self._database.reading() as db:
                return read(db)
        return self._submit(request).result()

    async def ado(self, request: JournalRequest) -> Any:
        """Same as `do`, asynchronously."""
        if self._read(request) is not None:
            return await asyncio.to_thread(self.do, request)
        return await asyncio.wrap_future(self._submit(request))

    def _read(self, request: JournalRequest) -> Work | None:
        clock = micros(self._clock())
        match request:
            case Read():
                return lambda db: reading.read(db, request, clock)
            case Select():
                return lambda db: reading.select(db, request, clock)
            case Fetch():
                return lambda db: reading.fetch(db, request, clock)
            case Vectors():
                return lambda db: reading.vectors(db, request, clock)
            case Log():
                return lambda db: reading.log(db, request)
            case Feed():
                return lambda db: reading.feed(db, request)
            case Stats():
                return reading.stats
        return None

    def _submit(self, request: JournalRequest) -> Future[Any]:
        work, durable = self._write(request)
        return self._database.submit(work, durable)

    def _write(self, request: JournalRequest) -> tuple[Work, bool]:
        """The work of a writing operation, and whether it has to be on disk before it is acknowledged."""
        match request:
            case Begin():
                return lambda db: claims.begin(db, request, self._clock(), self._lease, self._log_key(db)), False
            case Plan():
                return lambda db: claims.plan(db, request, self._clock(), self._lease), False
            case Release():
                return lambda db: claims.release(db, request), False
            case Commit():
                self._check_vectors(request)
                return lambda db: self._commit(db, request), True
            case Undo():
                return lambda db: commit.undo(db, request, micros(self._clock())), True
            case Bind():
                return lambda db: self._bind(db, request), True
            case Reembed():
                return lambda db: models.reembed(db, request, self._bound_model(db, switching=True)), True
            case Reset():
                return _reset, True
        raise UsageError(f"the journal does not answer {type(request).__name__}")

    def _log_key(self, db: apsw.Connection) -> claims.LogKey:
        secret: bytes = db.execute("SELECT value FROM meta WHERE name = 'key'").get
        return lambda key: hmac.digest(secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]

    def _check_vectors(self, request: Commit) -> None:
        if len(request.vectors) != len(request.change_set.changes):
            raise VectorError(f"{len(request.vectors)} vectors for {len(request.change_set.changes)} changes")
        size = None if self._bound is None else 2 * self._bound.dims
        for vector in request.vectors:
            if vector is not None and len(vector) != size:
                raise VectorError(
                    f"a vector of {len(vector) // 2} dimensions: expected {self._bound.dims}"
                    if self._bound
                    else "a vector, but no embedding model is bound to this store"
                )

    def _commit(self, db: apsw.Connection, request: Commit) -> Any:
        self._bound_model(db)
        return commit.commit(db, request, micros(self._clock()), self._log_key(db))

    def _bind(self, db: apsw.Connection, request: Bind) -> None:
        self._mid = models.bind(db, request, self.path)
        self._bound = request

    def _bound_model(self, db: apsw.Connection, switching: bool = False) -> int:
        """The model that this journal writes vectors of; refused once another process has made the store another's."""
        if self._bound is None or self._mid is None:
            return -1
        if not switching and reading.bound_model(db) != self._mid:
            raise EmbeddingMismatchError(
                f"{self.path} was re-embedded with another model than {self._bound.model}: open it with that one"
            )
        return self._mid

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._database.close()


def _reset(db: apsw.Connection) -> None:
    for table in ("slice", "vector", "token", "source", "derived", "event", "change_set", "message", "partition"):
        db.execute(f"DELETE FROM {table}")
    db.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
