"""The SQLite journal: the authority over one machine's memories, in one file."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import apsw

from recollect.errors import EmbeddingMismatchError, UsageError
from recollect.ports import (
    Backlog,
    Begin,
    Bind,
    Clock,
    Commit,
    Committed,
    Feed,
    Fetch,
    JournalRequest,
    Log,
    Partitions,
    Plan,
    Read,
    Reembed,
    Release,
    Reset,
    Select,
    Stats,
    Trace,
    Undo,
    Vectors,
)
from recollect.stores.instants import micros
from recollect.stores.readers import aside
from recollect.stores.scoring import check_vectors
from recollect.stores.sqlite import claims, models, reading
from recollect.stores.sqlite.commit import LogKey, commit
from recollect.stores.sqlite.connection import Database
from recollect.stores.sqlite.sql import value
from recollect.stores.sqlite.undo import undo
from recollect.stores.sqlite.writing import Writing

Work = Callable[[apsw.Connection], Any]


def wall_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


class SqliteJournal:
    """A journal in one SQLite file, or in memory for ":memory:". Many processes may share the file.

    `lease`: seconds after which the claim of a call that died can be taken over.
    """

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock = wall_clock, lease: float = 60.0) -> None:
        self._clock = clock
        self._lease = lease
        self._database = Database(os.fspath(path))
        self._bound: Bind | None = None
        self._mid: int | None = None
        self._secret: bytes | None = None

    @property
    def path(self) -> str:
        """The file, or ":memory:"."""
        return self._database.path

    def do(self, request: JournalRequest) -> Any:
        """Answer one operation."""
        answer = _READS.get(type(request))
        if answer is None:
            return self._database.do(*self._write(request))
        with self._database.reading() as db:
            return answer(db, request, micros(self._clock()))

    async def ado(self, request: JournalRequest) -> Any:
        """Same as `do`, asynchronously."""
        if type(request) in _READS:
            return await aside(self.do, request)
        return await asyncio.wrap_future(self._database.submit(*self._write(request)))

    def _write(self, request: JournalRequest) -> tuple[Work, bool, bool]:
        """The work of a writing operation; whether it is on disk before it is acknowledged; whether it leaves no trace.

        Work on the message log need not be on disk: lost with the power, it is done again.
        """
        match request:
            case Begin():
                return lambda db: claims.begin(db, request, self._clock(), self._lease, self._log_key(db)), False, False
            case Plan():
                return lambda db: claims.plan(db, request, self._clock(), self._lease), False, False
            case Release():
                return lambda db: claims.release(db, request), False, False
            case Commit():
                check_vectors(request.vectors, self._bound)
                return lambda db: self._commit(db, request), True, False
            case Undo():
                return lambda db: undo(db, request, micros(self._clock())), True, False
            case Bind():
                return lambda db: self._bind(db, request), True, False
            case Reembed():
                check_vectors(request.vectors.values(), self._bound)
                return lambda db: self._reembed(db, request), True, False
            case Reset():
                return _reset, True, True
        raise UsageError(f"the journal does not answer {type(request).__name__}")

    def _commit(self, db: apsw.Connection, request: Commit) -> Committed:
        work = Writing(db, request.change_set, micros(self._clock()))
        if self._bound is not None and work.mid != self._mid:
            raise EmbeddingMismatchError(
                f"{self.path} was re-embedded with another model than {self._bound.model}: open it with that one"
            )
        return commit(work, request, self._log_key(db))

    def _log_key(self, db: apsw.Connection) -> LogKey:
        """What turns the key of a message into the one that is stored: a digest under the store's secret."""
        if self._secret is None:
            self._secret = value(db, "SELECT value FROM meta WHERE name = 'key'")
        secret = self._secret
        return lambda key: hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=secret, digest_size=16).hexdigest()

    def _bind(self, db: apsw.Connection, request: Bind) -> None:
        self._mid = models.bind(db, request, self.path)
        self._bound = request

    def _reembed(self, db: apsw.Connection, request: Reembed) -> Backlog:
        if self._mid is None:
            raise UsageError("no embedding model is bound to this store: bind one before re-embedding")
        return models.reembed(db, request, self._mid)

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._database.close()


_READS: Mapping[type, Callable[[apsw.Connection, Any, int], Any]] = {
    Read: reading.read,
    Select: reading.select,
    Fetch: reading.fetch,
    Vectors: reading.vectors,
    Trace: reading.trace,
    Partitions: reading.partitions,
    Log: lambda db, request, _: reading.log(db, request),
    Feed: lambda db, request, _: reading.feed(db, request),
    Stats: lambda db, *_: reading.stats(db),
}


def _reset(db: apsw.Connection) -> None:
    for table in ("slice", "vector", "token", "source", "derived", "event", "change_set", "message", "partition"):
        db.execute(f"DELETE FROM {table}")
    db.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
