"""Connections to one SQLite file: one writer thread with group commit, and a pool of readers beside it."""

from __future__ import annotations

import os
import queue
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import apsw

from recollect.errors import (
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
)
from recollect.stores.sqlite.schema import prepare

T = TypeVar("T")
BUSY_TIMEOUT_MS = 30_000
_ABANDONED: list[Any] = []  # what a forked child inherits must not be closed by it: kept alive, never used


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except apsw.FullError as exc:
        raise StoreFullError(f"{path}: no space left; the write was undone") from exc
    except apsw.ReadOnlyError as exc:
        raise StoreReadOnlyError(f"{path} cannot be written: check the permissions of the file and its folder") from exc
    except apsw.CantOpenError as exc:
        raise _cannot_open(path) from exc
    except (apsw.NotADBError, apsw.CorruptError) as exc:
        raise StoreCorruptError(f"{path} is not a recollect database, or is damaged: {exc}") from exc
    except apsw.Error as exc:
        raise StoreError(f"{path}: {type(exc).__name__}: {exc}") from exc


def _cannot_open(path: str) -> StoreError:
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        return StoreError(f"{path} cannot be opened: there is no folder {folder}")
    return StoreReadOnlyError(f"{path} cannot be opened for writing: check the permissions of the file and its folder")


@dataclass(slots=True)
class Job:
    """A write to be done by the writer thread. `durable`: synced to disk before it is acknowledged."""

    work: Callable[[apsw.Connection], Any]
    durable: bool
    done: Future[Any]


class Database:
    """One SQLite file, safe from several threads and processes; a forked child gets connections of its own."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._name = f"file:/{uuid.uuid4().hex}?vfs=memdb" if path == ":memory:" else path
        self._closed = False
        self._open()

    def _open(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._readers: list[apsw.Connection] = []
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        with translated(self.path):
            self._writer = self._connect()
            try:
                prepare(self._writer, self.path)
            except BaseException:
                self._writer.close()
                raise
        self._thread = threading.Thread(target=self._write_forever, name=f"recollect {self.path}", daemon=True)
        self._thread.start()

    def _connect(self) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        if self.path == ":memory:":
            flags |= apsw.SQLITE_OPEN_URI
        connection = apsw.Connection(self._name, flags=flags)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("secure_delete", 1)
        connection.pragma("mmap_size", 1 << 30)
        return connection

    def _check(self) -> None:
        if self._closed:
            raise StoreClosedError(f"{self.path} is closed")
        if self._pid != os.getpid():
            _ABANDONED.append((self._lock, self._readers, self._writer, self._jobs, self._thread))
            self._open()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """A connection that sees one snapshot of the database."""
        self._check()
        with translated(self.path):
            connection = self._take()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
                self._give(connection)

    def _take(self) -> apsw.Connection:
        with self._lock:
            if self._readers:
                return self._readers.pop()
        return self._connect()

    def _give(self, connection: apsw.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._readers.append(connection)
                return
        connection.close()

    def submit(self, work: Callable[[apsw.Connection], T], durable: bool) -> Future[T]:
        """Have the writer thread do `work` inside a transaction; the future ends when it is committed or undone."""
        self._check()
        job = Job(work, durable, Future())
        self._jobs.put(job)
        return job.done

    def _write_forever(self) -> None:
        jobs = self._jobs
        while (first := jobs.get()) is not None:
            batch = [first]
            while not jobs.empty():
                job = jobs.get()
                if job is None:
                    self._write(batch)
                    return
                batch.append(job)
            self._write(batch)

    def _write(self, batch: list[Job]) -> None:
        """Do all jobs in one transaction, each under a savepoint of its own."""
        answers: list[tuple[Job, Any]] = []
        try:
            with translated(self.path):
                self._writer.pragma("synchronous", 2 if any(job.durable for job in batch) else 1)
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    for job in batch:
                        self._attempt(job, answers)
                    self._writer.execute("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:
                        self._writer.execute("ROLLBACK")
                    raise
        except BaseException as error:
            answers = [(job, error) for job in batch]
        for job, answer in answers:
            if isinstance(answer, BaseException):
                job.done.set_exception(answer)
            else:
                job.done.set_result(answer)

    def _attempt(self, job: Job, answers: list[tuple[Job, Any]]) -> None:
        self._writer.execute("SAVEPOINT job")
        try:
            answer = job.work(self._writer)
        except (apsw.FullError, apsw.IOError):  # the whole transaction is lost
            raise
        except BaseException as error:
            self._writer.execute("ROLLBACK TO job")
            answer = self._explained(error)
        self._writer.execute("RELEASE job")
        answers.append((job, answer))

    def _explained(self, error: BaseException) -> BaseException:
        try:
            with translated(self.path):
                raise error
        except BaseException as explained:
            return explained

    def close(self) -> None:
        """Finish the queued writes and close every connection."""
        if self._closed or self._pid != os.getpid():
            self._closed = True
            return
        with self._lock:
            self._closed = True
            readers, self._readers = self._readers, []
        self._jobs.put(None)
        self._thread.join()
        for connection in (*readers, self._writer):
            connection.close()
