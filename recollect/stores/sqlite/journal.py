"""The SQLite journal: the authority over one machine's memories, in one file."""

from __future__ import annotations

import os

from recollect.ports import Clock
from recollect.stores.sql.journal import LEASE, SqlJournal, wall_clock
from recollect.stores.sqlite.connection import Database


class SqliteJournal(SqlJournal):
    """A journal in one SQLite file, or in memory for ":memory:". Many processes may share the file."""

    def __init__(self, path: str | os.PathLike[str], *, clock: Clock = wall_clock, lease: float = LEASE) -> None:
        database = Database(os.fspath(path))
        super().__init__(database, database.path, clock, lease)
