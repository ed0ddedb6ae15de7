"""Opening a database file: creation, version check, and migration in numbered steps with a backup."""

from __future__ import annotations

import os
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import apsw

from recollect.errors import StoreCorruptError, StoreVersionError

APPLICATION_ID = 0x7265636F
"""Marks a file as a recollect database ("reco")."""

VERSION = 1
_PATIENCE = 1000
Step = Callable[[apsw.Connection], None]
STEPS: Mapping[int, Step] = {}
"""Step n leads from schema version n to n + 1. Version 1 is schema.sql."""


def prepare(connection: apsw.Connection, path: str, steps: Mapping[int, Step] = STEPS, version: int = VERSION) -> None:
    """Bring the database behind `connection` to `version`: create it, migrate it, or refuse it.

    A migration first copies the file to `<path>.v<old version>.backup` and runs in one transaction: where a step fails
    the original stays as it was, byte for byte.
    """
    found = _version(connection, path)
    if found > version:
        raise StoreVersionError(
            f"{path} has schema version {found}; this recollect knows {version}: open it with a newer recollect"
        )
    if found == 0:
        _in_transaction(connection, path, lambda: _create(connection), 0)
    elif found < version:
        _in_transaction(connection, path, lambda: _migrate(connection, path, found, steps, version), found)
    _log_ahead(connection)


def _version(connection: apsw.Connection, path: str) -> int:
    """The schema version, 0 for an empty database; asked at once, because another process may just be creating it."""
    found = connection.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    assert found is not None
    version, application, tables = found
    if application == APPLICATION_ID and version:
        return int(version)
    if version or application or tables:
        raise StoreCorruptError(f"{path} is a database of another program, not of recollect: choose another path")
    return 0


def _log_ahead(connection: apsw.Connection) -> None:
    """Switch to the write-ahead log. While another process is at it, SQLite refuses at once instead of waiting."""
    for _ in range(_PATIENCE):
        try:
            if connection.pragma("journal_mode", "wal") in ("wal", "memory"):
                return
        except apsw.BusyError:
            time.sleep(0.01)
    raise apsw.BusyError("the database could not be switched to write-ahead logging")


def _in_transaction(connection: apsw.Connection, path: str, change: Callable[[], None], found: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection, path) == found:  # else another process did it meanwhile
            change()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(connection: apsw.Connection) -> None:
    connection.execute(files(__package__).joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute(
        "INSERT INTO meta (journal_id, epoch, key) VALUES (?, 1, ?)", (str(uuid.uuid4()), secrets.token_bytes(32))
    )
    connection.pragma("application_id", APPLICATION_ID)
    connection.pragma("user_version", VERSION)


def _migrate(connection: apsw.Connection, path: str, found: int, steps: Mapping[int, Step], version: int) -> None:
    _back_up(path, f"{path}.v{found}.backup")
    for number in range(found, version):
        steps[number](connection)
        connection.pragma("user_version", number + 1)


def _back_up(path: str, backup: str) -> None:
    """Copy the database as it is without the transaction that is under way."""
    partial = f"{backup}.partial"
    Path(partial).unlink(missing_ok=True)
    source, target = apsw.Connection(path), apsw.Connection(partial)
    with target.backup("main", source, "main") as copy:
        copy.step(-1)
    source.close()
    target.close()
    os.replace(partial, backup)
