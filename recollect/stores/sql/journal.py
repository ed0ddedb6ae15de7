"""The journal in a SQL database: which work each operation is, and in what kind of transaction it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from recollect.errors import EmbeddingMismatchError, UsageError
from recollect.ports import (
    Backlog,
    Begin,
    Beside,
    Bind,
    Claim,
    Clock,
    Commit,
    Committed,
    Erase,
    Feed,
    Fetch,
    JournalRequest,
    Log,
    Named,
    Partitions,
    Plan,
    Read,
    Reembed,
    Release,
    Renew,
    Reset,
    Select,
    Stats,
    Trace,
    Undo,
    Vectors,
)
from recollect.stores.instants import micros
from recollect.stores.scoring import check_vectors
from recollect.stores.sql import claims, models, reading
from recollect.stores.sql.commit import LogKey, commit
from recollect.stores.sql.connection import Connection, Database, Write, value
from recollect.stores.sql.erasing import erase
from recollect.stores.sql.undo import undo
from recollect.stores.sql.writing import Writing
from recollect.types import Scope

LEASE = 60.0
"""Seconds after which the claim of a call that died can be taken over."""


def wall_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


class SqlJournal:
    """A journal in a database that it closes. `name` is what messages call it."""

    def __init__(self, database: Database, name: str, clock: Clock, lease: float) -> None:
        self._database = database
        self.name = name
        self._clock = clock
        self._lease = lease
        self._bound: Bind | None = None
        self._mid: int | None = None
        self._secret: bytes | None = None

    def do(self, request: JournalRequest) -> Any:
        """Answer one operation."""
        answer = _READS.get(type(request))
        if answer is None:
            return None if self._is_bound(request) else self._database.do(self._write(request))
        with self._database.reading() as db:
            return answer(db, request, micros(self._clock()))

    async def ado(self, request: JournalRequest) -> Any:
        """Same as `do`, asynchronously."""
        if type(request) in _READS or type(request) is Bind:
            return await self._database.aside(self.do, request)
        return await self._database.ado(self._write(request))

    def _write(self, request: JournalRequest) -> Write:
        """The work of a writing operation. That on the message log need not be on disk: lost with the power, it is redone."""
        match request:
            case Begin():
                return self._in(request.scope, lambda db: self._begin(db, request), durable=False)
            case Plan():
                scope = request.change_set.scope
                return self._in(scope, lambda db: claims.plan(db, request, self._clock(), self._lease), durable=False)
            case Release():
                return self._in(request.scope, lambda db: claims.release(db, request), durable=False)
            case Commit():
                check_vectors(request.vectors, self._bound)
                return self._in(request.change_set.scope, lambda db: self._commit(db, request))
            case Undo():
                return self._in(request.scope, lambda db: undo(db, request, micros(self._clock())))
            case Erase():
                work = self._in(request.scope, lambda db: erase(db, request, micros(self._clock())))
                return work._replace(scrubbed=True)
            case Bind():
                return Write(lambda db: self._bind(db, request))
            case Reembed():
                check_vectors(request.vectors.values(), self._bound)
                return Write(lambda db: self._reembed(db, request))
            case Renew():
                return Write(lambda db: models.renew_after(db, request.epoch))
            case Reset():
                return Write(_reset, scrubbed=True)
        raise UsageError(f"the journal does not answer {type(request).__name__}")

    def _is_bound(self, request: JournalRequest) -> bool:
        """Whether it asks for what holds already: then nobody who writes need be waited for."""
        if type(request) is not Bind:
            return False
        with self._database.reading() as db:
            mid = models.bound(db, request)
        if mid is not None:
            self._mid, self._bound = mid, request
        return mid is not None

    def _in(self, scope: Scope, work: Callable[[Connection], Any], durable: bool = True) -> Write:
        return Write(work, scope.partition, durable)

    def _begin(self, db: Connection, request: Begin) -> Claim:
        return claims.begin(db, request, self._clock(), self._lease, self._log_key(db))

    def _commit(self, db: Connection, request: Commit) -> Committed:
        work = Writing(db, request.change_set, micros(self._clock()))
        if self._bound is not None and work.mid != self._mid:
            raise EmbeddingMismatchError(
                f"{self.name} was re-embedded with another model than {self._bound.model}: open it with that one"
            )
        return commit(work, request, self._log_key(db))

    def _log_key(self, db: Connection) -> LogKey:
        """What turns the key of a message into the one that is stored: a digest under the store's secret."""
        if self._secret is None:
            self._secret = value(db, "SELECT key FROM meta")
        secret = self._secret
        return lambda key: hashlib.blake2b(key.encode("utf-8", "surrogatepass"), key=secret, digest_size=16).hexdigest()

    def _bind(self, db: Connection, request: Bind) -> None:
        self._mid = models.bind(db, request, self.name)
        self._bound = request

    def _reembed(self, db: Connection, request: Reembed) -> Backlog:
        if self._mid is None:
            raise UsageError("no embedding model is bound to this store: bind one before re-embedding")
        return models.reembed(db, request, self._mid)

    def close(self) -> None:
        """Finish what is queued and close the database."""
        self._database.close()


_READS: Mapping[type, Callable[[Connection, Any, int], Any]] = {
    Read: reading.read,
    Select: reading.select,
    Fetch: reading.fetch,
    Beside: reading.beside,
    Named: reading.named,
    Vectors: reading.vectors,
    Trace: reading.trace,
    Partitions: reading.partitions,
    Log: lambda db, request, _: reading.log(db, request),
    Feed: lambda db, request, _: reading.feed(db, request),
    Stats: lambda db, *_: reading.stats(db),
}


def _reset(db: Connection) -> None:
    db.clear("slice", "vector", "token", "source", "derived", "event", "message", "change_set", "partition")
    models.renew(db)
