"""All in which Postgres differs from SQLite: the form of statements, the form of texts, and its errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, ClassVar

import psycopg
import psycopg_pool
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format
from psycopg.types.numeric import Int8BinaryDumper
from pydantic_core import PydanticSerializationError

from recollect.errors import (
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    UsageError,
)
from recollect.stores.sql.connection import Row

Raw = psycopg.Connection[Any]
FETCHED = 200
"""How many rows of a query that is read as far as it is asked for come at once."""


class Connection:
    """See `recollect.stores.sql.connection.Connection`."""

    NEXT_SLICE: ClassVar[str] = "currval('slice_number')"
    MEASURES: ClassVar[Mapping[str, str]] = {
        "schema": "SELECT version FROM meta",
        "bytes": "SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
        " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'",
    }

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> psycopg.RawCursor[Any]:
        """Run one statement."""
        cursor = psycopg.RawCursor(self._raw)
        cursor.execute(translated(sql), values, binary=True)
        return cursor

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> None:
        """Run one statement for each of these."""
        psycopg.RawCursor(self._raw).executemany(translated(sql), values)

    def each(self, sql: str, values: Sequence[Any], /) -> Iterator[Row]:
        """The rows of a query, read as far as they are asked for."""
        with psycopg.RawServerCursor(self._raw, "each") as cursor:
            cursor.itersize = FETCHED
            yield from cursor.execute(translated(sql), values, binary=True)

    def insert(self, sql: str, values: Sequence[Any], number: str, /) -> int:
        """Insert one row; the number that the database gave it."""
        (given,) = self.execute(f"{sql} RETURNING {number}", values).fetchone() or (0,)
        return int(given)

    def clear(self, *tables: str) -> None:
        """Remove all rows, with the files that held them; readers end before, or begin afterwards."""
        self.execute("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
        self.execute(f"TRUNCATE {', '.join(tables)}")

    def renumber(self) -> None:
        """Go on numbering after the highest numbers there are."""
        for table, number in (("slice", "sid"), ("change_set", "number"), ("partition", "pid"), ("model", "mid")):
            sequence = "'slice_number'" if table == "slice" else f"pg_get_serial_sequence('{table}', '{number}')"
            self.execute(f"SELECT setval({sequence}, max({number})) FROM {table}")


@lru_cache(maxsize=512)
def translated(sql: str) -> bytes:
    """A statement in the words of Postgres: numbered parameters, and no hints."""
    numbers = count(1)
    parts = sql.replace(" INDEXED BY event_unchanged", "").split("?")
    return "".join(part if n == 0 else f"${next(numbers)}{part}" for n, part in enumerate(parts)).encode()


# Texts. Postgres takes no NUL, so it and the sign that stands for it are written as two signs.

_SIGN = "\x1a"


class TextDumper(Dumper):
    """A text as Postgres can hold it; different texts stay different."""

    def dump(self, obj: str) -> bytes:
        if _SIGN in obj or "\0" in obj:
            obj = obj.replace(_SIGN, f"{_SIGN}1").replace("\0", f"{_SIGN}0")
        return obj.encode()


class TextLoader(Loader):
    """The text that `TextDumper` wrote."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8")
        if _SIGN in text:
            text = text.replace(f"{_SIGN}0", "\0").replace(f"{_SIGN}1", _SIGN)
        return text


def configure(raw: Raw) -> None:
    """Set up a new connection. All integers are of one size, so that a statement is prepared once."""
    raw.adapters.register_dumper(str, TextDumper)
    raw.adapters.register_dumper(int, Int8BinaryDumper)
    raw.adapters.register_loader("text", TextLoader)
    raw.prepared_max = 200


# Errors.


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn the errors of Postgres, and of values that it cannot take, into ours."""
    try:
        yield
    except psycopg_pool.PoolClosed as exc:
        raise StoreClosedError(f"{name} is closed") from exc
    except errors.DiskFull as exc:
        raise StoreFullError(f"{name}: no space left; the write was undone: make room and try again") from exc
    except (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege) as exc:
        raise StoreReadOnlyError(f"{name} cannot be written: {_first_line(exc)}") from exc
    except (errors.DataCorrupted, errors.IndexCorrupted, errors.UndefinedTable, errors.UndefinedColumn) as exc:
        raise StoreCorruptError(f"{name} is not a recollect database, or is damaged: {_first_line(exc)}") from exc
    except (errors.LockNotAvailable, psycopg_pool.PoolTimeout) as exc:
        raise StoreError(f"{name} was busy or away for too long; nothing was written: try again") from exc
    except psycopg.OperationalError as exc:
        raise StoreError(f"{name} cannot be reached, or refused to go on: {_first_line(exc)}") from exc
    except (UnicodeEncodeError, PydanticSerializationError, OverflowError, errors.NumericValueOutOfRange) as exc:
        raise UsageError(f"a value that cannot be stored: {exc}; nothing was written") from exc
    except psycopg.Error as exc:
        raise StoreError(f"{name}: {type(exc).__name__}: {exc}") from exc


def _first_line(exc: Exception) -> str:
    return str(exc).strip().split("\n")[0]
