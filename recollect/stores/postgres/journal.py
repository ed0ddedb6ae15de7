"""The Postgres journal: the authority over memories that many machines share."""

from __future__ import annotations

from recollect.ports import Clock
from recollect.stores.postgres.connection import Database
from recollect.stores.sql.journal import LEASE, SqlJournal, wall_clock


class PostgresJournal(SqlJournal):
    """A journal in the database that a URL names, postgresql://user@host/database, in a schema of its own.

    Another schema than "recollect" is named in the URL: ?options=-csearch_path%3Dname.
    """

    def __init__(self, url: str, *, clock: Clock = wall_clock, lease: float = LEASE) -> None:
        database = Database(url)
        super().__init__(database, database.name, clock, lease)
