"""Opening a place in a Postgres server: creation, version check, and migration in numbered steps."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

from recollect.errors import StoreCorruptError, StoreError, StoreVersionError

VERSION = 1
Step = Callable[[psycopg.Connection[Any]], None]
STEPS: Mapping[int, Step] = {}
"""Step n leads from schema version n to n + 1. Version 1 is schema.sql."""


def prepare(
    connection: psycopg.Connection[Any], name: str, steps: Mapping[int, Step] = STEPS, version: int = VERSION
) -> None:
    """Bring the tables behind `connection` to `version`: create them, migrate them, or refuse them.

    All in one transaction: where a step fails everything stays as it was.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('recollect'))")  # one process at a time creates
        _find_schema(connection, name)
        found = _version(connection, name)
        if found > version:
            raise StoreVersionError(
                f"{name} has schema version {found}; this recollect knows {version}: open it with a newer recollect"
            )
        if found == 0:
            _create(connection)
        for number in range(found or version, version):
            steps[number](connection)
            connection.execute("UPDATE meta SET version = %s", (number + 1,))


def _find_schema(connection: psycopg.Connection[Any], name: str) -> None:
    settings = "SELECT current_setting('server_encoding'), current_setting('search_path'), current_schema()"
    encoding, wanted, schema = _one(connection, settings)
    if encoding != "UTF8":
        raise StoreError(f"{name} has the encoding {encoding}: recollect needs a database in UTF8")
    if schema is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(first(wanted))))


def first(search_path: str) -> str:
    """The first schema of a search path; without quotes, capitals do not count."""
    name = search_path.split(",")[0].strip()
    return name.strip('"') if name.startswith('"') else name.lower()


def _version(connection: psycopg.Connection[Any], name: str) -> int:
    """The schema version, 0 where there are no tables yet."""
    (tables,) = _one(connection, "SELECT array_agg(tablename::text) FROM pg_tables WHERE schemaname = current_schema()")
    if not tables:
        return 0
    if not {"meta", "slice", "partition"} <= set(tables):
        raise StoreCorruptError(f"{name} holds tables of another program, not of recollect: choose another search_path")
    return int(_one(connection, "SELECT version FROM meta")[0])


def _create(connection: psycopg.Connection[Any]) -> None:
    connection.execute(files(__package__).joinpath("schema.sql").read_bytes())
    connection.execute("INSERT INTO meta VALUES (%s, %s, 1, %s)", (VERSION, str(uuid.uuid4()), secrets.token_bytes(32)))


def _one(connection: psycopg.Connection[Any], sql: str) -> Any:
    return connection.execute(sql.encode()).fetchone()
