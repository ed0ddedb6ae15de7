"""Transactions on a Postgres server, from a pool of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from recollect.errors import StoreClosedError, UsageError
from recollect.stores import resting
from recollect.stores.postgres.dialect import Connection, Raw, configure, told
from recollect.stores.postgres.schema import prepare
from recollect.stores.sql.connection import Write, readable

CONNECTIONS = 8
PATIENCE = 30.0
"""Seconds after which a lock, or a server that is away, is waited for no longer."""
KEEPALIVES = "-ctcp_keepalives_idle=20 -ctcp_keepalives_interval=10 -ctcp_keepalives_count=3"
"""The server learns within a minute that a client was cut off, ends what it had begun and frees its locks."""
SETTINGS = f"-csearch_path=recollect -clock_timeout={PATIENCE:.0f}s {KEEPALIVES}"
"""Unless the URL says otherwise."""


PATIENT = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A client learns within a minute that the server was cut off. Unless the URL says otherwise."""


class Database:
    """One place on a Postgres server, safe from several threads and processes; a forked child gets its own connections.

    A transaction that writes to one partition excludes others that do, so that sequence numbers follow commits; one that
    writes to all excludes every other.
    """

    def __init__(self, url: str) -> None:
        self._conninfo = conninfo(url)
        self.name = shown(url)
        with told(self.name), psycopg.connect(self._conninfo, autocommit=True) as connection:
            prepare(connection, self.name)
        self._begin()
        resting.register(self)

    def _begin(self) -> None:
        self._pool = ConnectionPool(
            self._conninfo,
            min_size=0,
            max_size=CONNECTIONS,
            timeout=PATIENCE,
            configure=configure,
            check=_check,
            name="recollect",
            open=True,
        )
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="recollect postgres")

    def do(self, write: Write) -> Any:
        """Do the work inside a transaction; what it answers, when that is committed."""
        with told(self.name), self._pool.connection() as raw:
            raw.isolation_level, raw.read_only = psycopg.IsolationLevel.READ_COMMITTED, False
            connection = Connection(raw)
            with raw.pipeline():
                if not write.durable:
                    connection.execute("SET LOCAL synchronous_commit TO off")
                _exclude(connection, write.partition)
                return write.work(connection)

    async def ado(self, write: Write) -> Any:
        """Same as `do`, asynchronously."""
        return await self.aside(self.do, write)

    async def aside(self, read: Callable[..., Any], *given: Any) -> Any:
        """Do what reads beside the event loop, and await it."""
        try:
            begun = self._threads.submit(read, *given)
        except RuntimeError as exc:  # shut down
            raise StoreClosedError(f"{self.name} is closed") from exc
        return await asyncio.wrap_future(begun)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot of the database."""
        with told(self.name), self._pool.connection() as raw:
            raw.isolation_level, raw.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
            connection = Connection(raw)
            connection.execute(
                "LOCK TABLE meta IN ACCESS SHARE MODE"
            )  # first, so that no removal of all rows is half-way
            with readable(self.name):
                yield connection

    def rest(self) -> None:
        """Before a fork: nothing to finish, the child begins anew."""

    def resume(self) -> None:
        """After a fork, in the parent: go on."""

    def resume_in_child(self) -> None:
        """After a fork, in the child: leave the parent's connections alone and make others."""
        if not self._pool.closed:
            self._begin()

    def close(self) -> None:
        """Finish what is under way and close every connection."""
        self._threads.shutdown()
        self._pool.close()


def _exclude(connection: Connection, partition: str | None) -> None:
    """Wait for those that must not write at the same time."""
    connection.execute(f"LOCK TABLE meta IN {'EXCLUSIVE' if partition is None else 'ROW SHARE'} MODE")
    if partition is not None:
        connection.execute("SELECT pg_advisory_xact_lock('partition'::regclass::oid::int, hashtext(?))", (partition,))


def _check(raw: Raw) -> None:
    """Refuse a connection that the server has ended meanwhile: it has something to say when nobody asked."""
    with DefaultSelector() as waiting:
        waiting.register(raw, EVENT_READ)
        if waiting.select(0):
            ConnectionPool.check_connection(raw)


def conninfo(url: str) -> str:
    """What the client library is told."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as exc:
        raise UsageError(f"not the URL of a Postgres server: {exc}; expected postgresql://user@host/database") from exc
    options = f"{SETTINGS} {given.get('options', '')}"  # what comes later counts
    return make_conninfo("", **{**PATIENT, **given, "options": options, "client_encoding": "UTF8"})


def shown(url: str) -> str:
    """The URL without what is secret."""
    given = conninfo_to_dict(url)
    return f"postgresql://{given.get('host', '')}:{given.get('port', 5432)}/{given.get('dbname', '')}"
