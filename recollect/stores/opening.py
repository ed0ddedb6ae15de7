"""Which store a path or a URL names."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recollect.errors import StoreError, UsageError
from recollect.ports import Index, Journal
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.copying import copy
from recollect.stores.sqlite.connection import Database as SqliteDatabase
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.sqlite.staging import staged
from recollect.stores.store import Store

if TYPE_CHECKING:
    from recollect.stores.weaviate.index import WeaviateIndex


def open_store(where: str | Path, index: str | Index | None = None) -> Store:
    """A SQLite file, ":memory:", or postgresql://user@host/database; searched by an exact scan, or by the index given."""
    if not (index is None or isinstance(index, str) or hasattr(index, "propose")):
        raise UsageError(f"index={index!r}: expected a URL or an index")
    found = open_index(index) if isinstance(index, str) else index or ScanIndex()
    try:
        return Store(open_journal(where), found)
    except BaseException:
        found.close()
        raise


def open_index(url: str, api_key: str | None = None, failing: Literal["exact", "raise"] = "exact") -> WeaviateIndex:
    """The index at weaviate://host:port?grpc=port, weaviates:// with TLS, or wcd://cluster-url."""
    try:
        from recollect.stores.weaviate.index import WeaviateIndex
    except ImportError as exc:
        raise ImportError("a Weaviate index needs the extra: pip install 'recollect[weaviate]'") from exc
    return WeaviateIndex(url, api_key=api_key, failing=failing)


def open_journal(where: str | Path) -> Journal:
    """The journal alone."""
    if _on_postgres(where):
        journal: Journal = _postgres("journal").PostgresJournal(where)
        return journal
    if isinstance(where, str) and "://" in where:
        raise UsageError(f"{where!r}: expected a path, ':memory:' or postgresql://user@host/database")
    return SqliteJournal(where)


def migrate(source: str, target: str, progress: Callable[[int, int], None]) -> int:
    """Copy a journal with all its history to where none is; how many rows. Cut off, it goes on where it was.

    `progress` is told how many of how many are done. Raises StoreError if there is a journal in the target's place, no file
    in the source's, or if the source is written to meanwhile.
    """
    if not is_there(source):
        raise StoreError(f"there is no database {shown(source)}")
    with _database(source) as original, _staged(target) as copy_:
        return copy(original, copy_, progress)


def is_there(where: str) -> bool:
    """Whether there is a database."""
    return bool(_postgres("staging").exists(where)) if _on_postgres(where) else os.path.exists(where)


def shown(where: str) -> str:
    """A place without what is secret."""
    return str(_postgres("connection").shown(where)) if _on_postgres(where) else where


def _on_postgres(where: str | Path) -> bool:
    return isinstance(where, str) and where.startswith(("postgresql://", "postgres://"))


def _postgres(module: str) -> Any:
    try:
        return import_module(f"recollect.stores.postgres.{module}")
    except ImportError as exc:
        raise ImportError("a Postgres journal needs the extra: pip install 'recollect[postgres]'") from exc


def _database(where: str) -> closing[Any]:
    made = _postgres("connection").Database(where) if _on_postgres(where) else SqliteDatabase(where)
    return closing(made)


def _staged(where: str) -> AbstractContextManager[Any]:
    made: AbstractContextManager[Any] = _postgres("staging").staged(where) if _on_postgres(where) else staged(where)
    return made
