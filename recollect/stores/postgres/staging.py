"""A new schema in a Postgres database that is there at once, when all is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recollect.errors import StoreError, UsageError
from recollect.stores.postgres.connection import Database, conninfo, shown
from recollect.stores.postgres.dialect import told
from recollect.stores.postgres.schema import first


def exists(url: str) -> bool:
    """Whether there is a journal."""
    with told(shown(url)), psycopg.connect(conninfo(url)) as connection:
        (found,) = connection.execute("SELECT to_regclass('slice')").fetchone() or (None,)
    return found is not None


@contextmanager
def staged(url: str) -> Iterator[Database]:
    """A database in the schema `<name>_partial`, which is called `<name>` when the block ends; it stays on errors."""
    wanted = conninfo(url)
    with told(shown(url)), psycopg.connect(wanted, autocommit=True) as connection:
        schema = _schema(connection)
        _make_room(connection, schema)
    given = conninfo_to_dict(wanted)
    database = Database(make_conninfo("", **{**given, "options": f"{given['options']} -csearch_path={schema}_partial"}))
    try:
        yield database
    finally:
        database.close()
    with told(database.name), psycopg.connect(wanted) as connection:
        _make_room(connection, schema)
        rename = sql.SQL("ALTER SCHEMA {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(f"{schema}_partial"), sql.Identifier(schema)))


def _schema(connection: psycopg.Connection) -> str:
    """The first name in the search path."""
    (path,) = connection.execute("SELECT current_setting('search_path')").fetchone() or ("",)
    schema = first(str(path))
    if len(f"{schema}_partial".encode()) > 63:
        raise UsageError(f"{schema}: expected a name of at most 55 bytes")
    return schema


def _make_room(connection: psycopg.Connection, schema: str) -> None:
    try:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(schema)))
    except errors.DependentObjectsStillExist as exc:
        raise StoreError(f"the schema {schema} exists already: choose another search_path") from exc
