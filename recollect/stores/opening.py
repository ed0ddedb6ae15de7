"""Which store a path or a URL names."""

from __future__ import annotations

from pathlib import Path

from recollect.ports import Journal
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store


def open_store(where: str | Path) -> Store:
    """A SQLite file, ":memory:", or postgresql://user@host/database; searched by an exact scan."""
    return Store(open_journal(where), ScanIndex())


def open_journal(where: str | Path) -> Journal:
    """The journal alone."""
    if isinstance(where, str) and where.startswith(("postgresql://", "postgres://")):
        return _postgres(where)
    return SqliteJournal(where)


def _postgres(url: str) -> Journal:
    try:
        from recollect.stores.postgres.journal import PostgresJournal
    except ImportError as exc:
        raise ImportError("a Postgres journal needs the extra: pip install 'recollect[postgres]'") from exc
    return PostgresJournal(url)
