"""A new SQLite file that is there at once, when all is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from recollect.errors import StoreError, UsageError
from recollect.stores.sqlite.connection import MEMORY, Database, translated


@contextmanager
def staged(path: str) -> Iterator[Database]:
    """A database that takes the place of `path` when the block ends, and is `<path>.partial` before; it stays on errors.

    One at a time: StoreError while another is at it, or if something is in the place by the end.
    """
    if path in ("", MEMORY):
        raise UsageError(f"{path!r}: expected the path of a file")
    partial = f"{path}.partial"
    with translated(partial), _alone(partial):
        if os.path.exists(path):
            raise StoreError(f"{path} exists already: choose another path")
        database = Database(partial)
        try:
            yield database
        finally:
            database.close()
        _place(partial, path)


@contextmanager
def _alone(partial: str) -> Iterator[None]:
    """Keep others from writing the same file."""
    lock = apsw.Connection(f"{partial}-lock")
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError as exc:
            raise StoreError(f"{partial} is being written by another process") from exc
        yield
        os.unlink(f"{partial}-lock")
    finally:
        lock.close()


def _place(partial: str, path: str) -> None:
    """Move the whole database, its log included, to where nothing is."""
    connection = apsw.Connection(partial)
    try:
        if connection.pragma("journal_mode", "delete") != "delete":
            raise StoreError(f"{partial} is open elsewhere: close it and begin again")
        connection.execute("BEGIN EXCLUSIVE")
        os.link(partial, path)
        os.unlink(partial)
    except apsw.BusyError as exc:
        raise StoreError(f"{partial} is open elsewhere: close it and begin again") from exc
    except FileExistsError as exc:
        raise StoreError(f"{path} exists already: it was made meanwhile") from exc
    finally:
        connection.close()
