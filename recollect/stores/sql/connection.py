"""What the journals' SQL runs on: a connection inside a transaction, and the few points where the dialects differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple, Protocol

from recollect.errors import StoreCorruptError, UsageError

Row = tuple[Any, ...]


class Result(Protocol):
    """The rows of a query."""

    def __iter__(self) -> Iterator[Any]: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class Connection(Protocol):
    """Runs SQL in the words that SQLite and Postgres share, with `?` for a value.

    NEXT_SLICE: an expression for the number of the slice that is being inserted. MEASURES: queries, each for one value
    that only this kind of database can tell of itself.
    """

    NEXT_SLICE: ClassVar[str]
    MEASURES: ClassVar[Mapping[str, str]]

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Result:
        """Run one statement."""

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> object:
        """Run one statement for each of these."""

    def each(self, sql: str, values: Sequence[Any], /) -> Iterable[Row]:
        """The rows of a query, read as far as they are asked for."""

    def insert(self, sql: str, values: Sequence[Any], number: str, /) -> int:
        """Insert one row; what the database gave it as its `number`."""

    def clear(self, *tables: str) -> None:
        """Remove all rows."""

    def renumber(self) -> None:
        """Go on numbering after the highest numbers there are."""


class Write(NamedTuple):
    """What is to be done in a transaction.

    `partition`: the encoded name of the only one that it touches, None for all. `durable`: on disk before it is
    acknowledged. `scrubbed`: what it removes leaves no trace.
    """

    work: Callable[[Any], Any]
    partition: str | None = None
    durable: bool = True
    scrubbed: bool = False


class Database(Protocol):
    """Transactions, from any thread."""

    def do(self, write: Write, /) -> Any:
        """Do the work inside a transaction of its own; what it answers, when that is committed."""

    async def ado(self, write: Write, /) -> Any:
        """Same as `do`, asynchronously."""

    async def aside(self, read: Callable[..., Any], *given: Any) -> Any:
        """Do what reads beside the event loop, and await it."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one snapshot of the database."""

    def close(self) -> None: ...


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What cannot be read back was damaged after it was written."""
    try:
        yield
    except UsageError:
        raise
    except (ValueError, OverflowError) as exc:
        raise StoreCorruptError(f"{name} is damaged: {exc}") from exc


def rows(db: Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a query."""
    return db.execute(sql, values).fetchall()


def row(db: Connection, sql: str, values: Sequence[Any] = ()) -> Row | None:
    """The first row of a query, None if there is none."""
    return db.execute(sql, values).fetchone()


def value(db: Connection, sql: str, values: Sequence[Any] = ()) -> Any:
    """The first value of a query, None if there is none."""
    found = row(db, sql, values)
    return None if found is None else found[0]


def marks(values: Sequence[Any] | frozenset[Any]) -> str:
    """As many parameters as there are values."""
    return ", ".join("?" * len(values))


def chunks(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """The values, no more at a time than one statement takes."""
    return (values[start : start + size] for start in range(0, len(values), size))
