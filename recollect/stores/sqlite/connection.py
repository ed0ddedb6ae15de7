"""Connections to one SQLite file: one writer thread with group commit, and a pool of readers beside it."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import apsw
from pydantic_core import PydanticSerializationError

from recollect.errors import (
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    UsageError,
)
from recollect.stores import resting
from recollect.stores.readers import aside
from recollect.stores.sql.connection import Row, Write, readable
from recollect.stores.sqlite.schema import prepare

MEMORY = ":memory:"
BUSY_SECONDS = 30.0


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn the errors of SQLite, and of text that it cannot take, into ours."""
    try:
        yield
    except apsw.FullError as exc:
        raise StoreFullError(f"{path}: no space left; the write was undone: make room and try again") from exc
    except apsw.ReadOnlyError as exc:
        raise StoreReadOnlyError(f"{path} cannot be written: check the permissions of the file and its folder") from exc
    except apsw.CantOpenError as exc:
        raise _cannot_open(path) from exc
    except (apsw.NotADBError, apsw.CorruptError) as exc:
        raise StoreCorruptError(f"{path} is not a recollect database, or is damaged: {exc}") from exc
    except apsw.BusyError as exc:
        raise StoreError(f"{path} was locked by other processes for too long; nothing was written: try again") from exc
    except apsw.Error as exc:
        raise StoreError(f"{path}: {type(exc).__name__}: {exc}") from exc
    except (UnicodeEncodeError, PydanticSerializationError, OverflowError) as exc:
        raise UsageError(f"a value that cannot be stored: {exc}; nothing was written") from exc


def _cannot_open(path: str) -> StoreError:
    folder = os.path.dirname(path)
    if os.path.isdir(path):
        return StoreError(f"{path} is a folder: give the path of a file")
    if not os.path.isdir(folder):
        return StoreError(f"{path} cannot be opened: there is no folder {folder}")
    return StoreReadOnlyError(f"{path} cannot be opened for writing: check the permissions of the file and its folder")


class Connection(apsw.Connection):
    """See `recollect.stores.sql.connection.Connection`."""

    NEXT_SLICE: ClassVar[str] = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'slice') + 1, 1)"
    MEASURES: ClassVar[Mapping[str, str]] = {
        "schema": "PRAGMA user_version",
        "bytes": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    }

    def each(self, sql: str, values: Sequence[Any], /) -> Iterable[Row]:
        """The rows of a query, read as far as they are asked for."""
        return self.execute(sql, values)

    def insert(self, sql: str, values: Sequence[Any], _number: str, /) -> int:
        """Insert one row; the number that the database gave it."""
        self.execute(sql, values)
        return self.last_insert_rowid()

    def clear(self, *tables: str) -> None:
        """Remove all rows."""
        for table in tables:
            self.execute(f"DELETE FROM {table}")

    def renumber(self) -> None:
        """Go on numbering after the highest numbers there are: SQLite does."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How connections to the database are made."""

    path: str
    name: str
    busy_seconds: float

    def connect(self) -> Connection:
        """A connection that waits for others' locks."""
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        if self.path == MEMORY:
            flags |= apsw.SQLITE_OPEN_URI
        connection = Connection(self.name, flags=flags)
        connection.set_busy_timeout(int(self.busy_seconds * 1000))
        # Else every new value bound beside the condition of a partial index costs planning the statement anew.
        connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        return connection


class Gate:
    """Lets users in: any number, or one at a time where `single`; none while it is shut."""

    def __init__(self, single: bool) -> None:
        self._single = single
        self._changed = threading.Condition(threading.Lock())
        self._inside = 0
        self._shut = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside."""
        with self._changed:
            while self._shut or (self._single and self._inside):
                self._changed.wait()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def shut(self) -> None:
        """Let nobody in any more, and wait until everybody is out."""
        with self._changed:
            self._shut += 1
            while self._inside:
                self._changed.wait()

    def reopen(self) -> None:
        """Undo one `shut`."""
        with self._changed:
            self._shut -= 1
            self._changed.notify_all()


@dataclass(slots=True)
class Job:
    """A write on its way through the writer; the future ends when it is committed or undone."""

    write: Write
    done: Future[Any] = field(default_factory=Future)

    def settle(self, answer: Any) -> None:
        """Hand the answer, or the error, to whoever waits for it."""
        if isinstance(answer, BaseException):
            self.done.set_exception(answer)
        else:
            self.done.set_result(answer)


class Writer:
    """The connection that writes. Jobs that arrive while it is at work share the next transaction, on a thread of its own.

    While nothing is queued, a job may be done on the thread that asks: handing it over costs about as much as the job.
    """

    def __init__(self, path: str, connection: Connection, gate: Gate) -> None:
        self._path = path
        self._gate = gate
        self._turn = threading.Lock()
        self._ended = False
        self.connection = connection
        self._synced: bool | None = None
        self._traces = False
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._queued = self._settled = 0
        self.thread = threading.Thread(target=self._run, name=f"recollect writer {path}", daemon=True)
        self.thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is queued."""
        return self._queued == self._settled

    def put(self, job: Job) -> None:
        """Have a job done by the thread; never after `stop`, and by one thread at a time."""
        self._queued += 1
        self._jobs.put(job)

    def do(self, write: Write) -> Any:
        """Do the work at once, on this thread; its answer."""
        (answer,) = self._transaction([Job(write)])
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def stop(self) -> None:
        """End when all queued jobs are done. Safe from anywhere, also from the collection of garbage."""
        self._jobs.put(None)

    def _run(self) -> None:
        while self._work(self._next()):
            pass
        with self._turn:
            self._ended = True
            self.connection.close()

    def _work(self, batch: list[Job]) -> bool:
        jobs = [job for job in batch if job.done.set_running_or_notify_cancel()]
        for job, answer in zip(jobs, self._transaction(jobs), strict=True):
            job.settle(answer)
        self._settled += len(batch)
        return bool(batch)

    def _next(self) -> list[Job]:
        """All jobs that wait, at least one; none when it is time to end."""
        batch: list[Job] = []
        while not batch or not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                if batch:
                    self._jobs.put(None)
                return batch
            batch.append(job)
        return batch

    def _transaction(self, jobs: list[Job]) -> list[Any]:
        """The answers of all jobs, done in one transaction; an error that ends the transaction answers them all."""
        with self._gate.entered(), self._turn:
            try:
                with translated(self._path):
                    return self._committed(jobs) if jobs else []
            except BaseException as error:
                return [error] * len(jobs)
            finally:
                if not self._ended and self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")

    def _committed(self, jobs: list[Job]) -> list[Any]:
        if self._ended:
            raise StoreClosedError(f"{self._path} is closed")
        self._sync(any(job.write.durable for job in jobs))
        self.connection.execute("BEGIN IMMEDIATE")
        answers = [jobs[0].write.work(self.connection)] if len(jobs) == 1 else [self._attempt(job) for job in jobs]
        self.connection.execute("COMMIT")
        self._traces |= any(job.write.scrubbed for job in jobs)
        if self._traces:
            self._traces = not self._scrubbed()
        return answers

    def _scrubbed(self) -> bool:
        """Empty the log file, in which removed texts may be left; not possible while others read: the next write tries."""
        patience = self.connection.pragma("busy_timeout")
        self.connection.set_busy_timeout(0)
        try:
            busy, *_ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (1,)
        except apsw.BusyError:
            busy = 1
        finally:
            self.connection.set_busy_timeout(patience)
        return not busy

    def _sync(self, durable: bool) -> None:
        if durable != self._synced:
            self.connection.pragma("synchronous", "full" if durable else "normal")
            self._synced = durable

    def _attempt(self, job: Job) -> Any:
        """Do one of several jobs, under a savepoint."""
        self.connection.execute("SAVEPOINT job")
        try:
            answer = job.write.work(self.connection)
        except apsw.Error:
            raise  # of the disk or the file: what was written before it is in doubt as well
        except BaseException as error:
            self.connection.execute("ROLLBACK TO job")
            answer = _explained(error, self._path)
        self.connection.execute("RELEASE job")
        return answer


def _explained(error: BaseException, path: str) -> BaseException:
    try:
        with translated(path):
            raise error
    except BaseException as explained:
        return explained


class Database:
    """One SQLite file, safe from several threads and processes; a forked child gets connections of its own.

    Left open, it is closed when it is collected or the process ends. ":memory:" lives as long as it is open, and a
    forked child has a copy.
    """

    def __init__(self, path: str, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path if path == MEMORY else os.path.abspath(path)
        name = f"file:/{uuid.uuid4().hex}?vfs=memdb" if path == MEMORY else self.path
        self._opening = Opening(self.path, name, busy_seconds)
        self._closed = False
        self._writer: Writer | None = None
        self._readers: list[Connection] = []
        self._renew()
        self._writing()
        resting.register(self)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._gate = Gate(single=self.path == MEMORY)

    def _writing(self) -> Writer:
        if self._writer is None:
            with translated(self.path):
                self._writer = Writer(self.path, self._prepared(), self._gate)
        return self._writer

    def _prepared(self) -> Connection:
        connection = self._opening.connect()
        try:
            connection.pragma("secure_delete", 1)
            prepare(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def submit(self, write: Write) -> Future[Any]:
        """Have the writer thread do the work inside a transaction."""
        job = Job(write)
        with self._lock:
            self._check()
            self._writing().put(job)
        return job.done

    def do(self, write: Write) -> Any:
        """Do the work inside a transaction; what it answers, when that is committed."""
        with self._lock:
            self._check()
            writer = self._writing()
            idle = writer.idle
            if not idle:
                job = Job(write)
                writer.put(job)
        return writer.do(write) if idle else job.done.result()

    async def ado(self, write: Write) -> Any:
        """Same as `do`, asynchronously."""
        return await asyncio.wrap_future(self.submit(write))

    async def aside(self, read: Callable[..., Any], *given: Any) -> Any:
        """Do what reads beside the event loop, and await it."""
        return await aside(read, *given)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot of the database."""
        with self._gate.entered(), translated(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                with readable(self.path):
                    yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._give(connection)

    def _take(self) -> Connection:
        with self._lock:
            self._check()
            self._writing()  # in a forked child: prepares the file
            return self._readers.pop() if self._readers else self._opening.connect()

    def _give(self, connection: Connection) -> None:
        with self._lock:
            if not self._closed:
                self._readers.append(connection)
                return
        connection.close()

    def _check(self) -> None:
        if self._closed:
            raise StoreClosedError(f"{self.path} is closed")

    def rest(self) -> None:
        """Before a fork: no connection is in use, no lock is held."""
        self._gate.shut()
        self._lock.acquire()

    def resume(self) -> None:
        """After a fork, in the parent: go on."""
        self._lock.release()
        self._gate.reopen()

    def resume_in_child(self) -> None:
        """After a fork, in the child: go on with connections of its own, in memory with a copy."""
        self._renew()
        writer, self._writer = self._writer, None
        if self._closed:
            return
        if self.path == MEMORY:
            self._writer = writer and Writer(self.path, writer.connection, self._gate)
            return
        inherited = [*self._readers, *([writer.connection] if writer else [])]
        self._readers = []
        for connection in inherited:  # all at rest: closing them gives back no lock but those of this process
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.close()

    def close(self) -> None:
        """Finish the queued writes and close every connection."""
        with self._lock:
            closed, self._closed = self._closed, True
            readers, self._readers = self._readers, []
        if closed:
            return
        for connection in readers:
            connection.close()
        if self._writer is not None:
            self._writer.stop()
            self._writer.thread.join()

    def __del__(self) -> None:
        writer = getattr(self, "_writer", None)
        if writer is not None and not self._closed:
            writer.stop()
