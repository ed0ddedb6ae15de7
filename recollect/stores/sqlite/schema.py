"""Opening a database file: creation, version check, and migration in numbered steps with a backup."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

import apsw

from recollect.errors import StoreCorruptError, StoreVersionError

APPLICATION_ID = 0x7265636F
"""Marks a file as a recollect database ("reco")."""

VERSION = 1
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
    if found == version:
        return
    if found == 0:
        connection.pragma("journal_mode", "wal")
        _in_transaction(connection, path, lambda: _create(connection), 0)
        return
    backup = f"{path}.v{found}.backup"
    if not Path(backup).exists():
        _copy(connection, backup)
    _in_transaction(connection, path, lambda: _migrate(connection, found, steps, version), found)


def _version(connection: apsw.Connection, path: str) -> int:
    version = int(connection.pragma("user_version"))
    if connection.pragma("application_id") == APPLICATION_ID and version:
        return version
    if version or connection.execute("SELECT 1 FROM sqlite_master").get is not None:
        raise StoreCorruptError(f"{path} is a database of another program, not of recollect: choose another path")
    return 0


def _in_transaction(connection: apsw.Connection, path: str, change: Callable[[], None], found: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection, path) == found:  # else another process did it meanwhile
            change()
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _create(connection: apsw.Connection) -> None:
    connection.execute(files(__package__).joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("journal_id", str(uuid.uuid4())), ("epoch", 1), ("key", secrets.token_bytes(32))],
    )
    connection.pragma("application_id", APPLICATION_ID)
    connection.pragma("user_version", VERSION)


def _migrate(connection: apsw.Connection, found: int, steps: Mapping[int, Step], version: int) -> None:
    for number in range(found, version):
        steps[number](connection)
        connection.pragma("user_version", number + 1)


def _copy(connection: apsw.Connection, backup: str) -> None:
    partial = f"{backup}.partial"
    target = apsw.Connection(partial)
    with target.backup("main", connection, "main") as copy:
        copy.step(-1)
    target.close()
    os.replace(partial, backup)
