"""Rows of a query, typed as what they are: anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw

Row = tuple[Any, ...]


def rows(db: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query."""
    return db.execute(sql, values).fetchall()


def row(db: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> Row | None:
    """The first row of a query, None if there is none."""
    return db.execute(sql, values).fetchone()


def value(db: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> Any:
    """The first value of a query, None if there is none."""
    found = row(db, sql, values)
    return None if found is None else found[0]


def marks(values: Sequence[Any] | frozenset[Any]) -> str:
    """As many parameters as there are values."""
    return ", ".join("?" * len(values))
