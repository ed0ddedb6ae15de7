"""The Postgres journal: the contract of all stores, many processes, and what a server does to its clients."""

from __future__ import annotations

import gc
import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from recollect import Memory
from recollect.errors import StoreCorruptError, StoreError, StoreReadOnlyError, StoreVersionError, UsageError
from recollect.ports import Begin, Clock, Reset, Select
from recollect.stores.opening import open_journal, open_store
from recollect.stores.postgres import schema
from recollect.stores.postgres.journal import PostgresJournal
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.connection import Write, rows
from recollect.stores.store import Store
from recollect.testing import StoreContract
from recollect.testing.scene import USER, Opens, Scene, vector
from recollect.types import Event, Scope, Source


class TestPostgres(StoreContract):
    """With the exact scan beside it."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Opens]:
        stores: list[Store] = []

        def opens(place: str, clock: Clock) -> Store:
            stores.append(Store(PostgresJournal(postgres_url + place, clock=clock), ScanIndex()))
            return stores[-1]

        yield opens
        for store in stores:
            store.close()


def opened(url: str, index: Callable[[], Any] = ScanIndex) -> Scene:
    return Scene(lambda _, __: Store(open_journal(url), index()), "do")


def sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    """What a client of one's own is told."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


# Several processes.

SPAWN = multiprocessing.get_context("spawn")
PROCESSES, COUNTERS, TURNS = 8, 10, 50


@pytest.fixture(params=["scan", "weaviate"])
def index(
    request: pytest.FixtureRequest, server: Callable[[str], Any], postgres_url: str
) -> Iterator[Callable[[], Any]]:
    """Makes the index beside the journal."""
    if request.param == "scan":
        yield ScanIndex
        return
    weaviates = pytest.importorskip("tests.weaviates", reason="needs the extra `weaviate`")
    url = weaviates.url_of(server("weaviate"))
    make = partial(weaviates.WeaviateIndex, url, collection=weaviates.COLLECTION, settle=0, failing="raise")
    yield make
    store = Store(open_journal(postgres_url), make())
    assert store.index.flush(30)
    prefix = weaviates.prefix_of(store)
    store.close()
    weaviates.removed(url, {prefix})


def count_up(url: str, index: Callable[[], Any], number: int) -> None:
    """Raise every counter many times, each time from the version that was read, and again where it moved meanwhile."""
    scene, dice = opened(url, index), Random(number)
    scene._numbers = (f"{number} {n}" for n in range(1_000_000))  # type: ignore[assignment]
    for counter in dice.sample(range(COUNTERS), COUNTERS) * TURNS:
        while not raised(scene, f"counter {counter}"):
            time.sleep(dice.uniform(0, 0.002))
    scene.store.close()


def raised(scene: Scene, memory: str) -> bool:
    held = scene.read(memory)
    assert held is not None
    step = scene.updating(memory, str(int(held.text) + 1), held.version, "correct")
    return bool(scene.commit(step).outcomes)


def test_eight_processes_lose_no_update(postgres_url: str, index: Callable[[], Any]) -> None:
    """Each raises the same ten counters fifty times: all of them end at 400, and whoever follows the events misses none."""
    scene = opened(postgres_url, index)
    names = [f"counter {n}" for n in range(COUNTERS)]
    scene.commit(*(scene.adding("0", memory=name) for name in names))
    workers = [SPAWN.Process(target=count_up, args=(postgres_url, index, n)) for n in range(PROCESSES)]
    for worker in workers:
        worker.start()
    events: list[Event] = []
    while any(worker.is_alive() for worker in workers):
        events += scene.feed(after=len(events))
        time.sleep(0.01)
    events += scene.feed(after=len(events))
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    total = PROCESSES * TURNS
    assert [scene.text(name) for name in names] == [str(total)] * COUNTERS
    assert {record.version for record in scene.page()} == {total + 1}
    assert [event.seq for event in events] == list(range(1, COUNTERS * (total + 1) + 1))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert {hit.record.text for hit in scene.search(str(total), limit=COUNTERS)} == {str(total)}
    beside: Any = scene.store.index  # type: ignore[attr-defined]
    if not isinstance(beside, ScanIndex):
        assert beside.flush(30), beside.trouble
        assert all(found.sound for found in beside.care.examine(scene.store.journal))  # type: ignore[attr-defined]
        assert {hit.record.text for hit in scene.search(str(total), limit=COUNTERS)} == {str(total)}
    scene.store.close()


class Holder:
    """A transaction that keeps the user's partition to itself until it is told to end."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        self._began, self._end = threading.Event(), threading.Event()
        self._threads = ThreadPoolExecutor(1)
        self._done = self._threads.submit(self._hold)
        self._began.wait(20)

    def _hold(self) -> None:
        def wait(db: Any) -> None:
            rows(db, "SELECT 1")
            self._began.set()
            self._end.wait(20)

        self._store.journal._database.do(Write(wait, USER.partition))  # type: ignore[attr-defined]

    def end(self) -> None:
        """Commit, or say what became of it."""
        self._end.set()
        self._threads.shutdown()
        self._store.close()
        self._done.result()


def test_partitions_are_written_side_by_side(postgres_url: str) -> None:
    """Who writes one user's partition keeps no other user waiting; the same user's writers and a reset wait."""
    opened(postgres_url).store.close()
    holder, scene = Holder(postgres_url), opened(postgres_url)
    scene.add("tea", Scope(user="another"))
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(scene.add, "coffee"), threads.submit(scene.do, Reset())]
        time.sleep(0.3)
        assert not any(each.done() for each in waiting)
        holder.end()
        assert [each.result(20) is None for each in waiting] == [False, True]
    scene.store.close()


def test_a_lock_held_too_long_is_an_error_that_says_so(postgres_url: str) -> None:
    """Nothing is written, and the store goes on when the lock is gone."""
    scene = opened(f"{postgres_url}%20-clock_timeout%3D100ms")
    holder = Holder(postgres_url)
    with pytest.raises(StoreError, match="busy"):
        scene.add("tea")
    holder.end()
    scene.add("coffee")
    assert scene.texts() == ["coffee"]
    scene.store.close()


# Texts.


@pytest.mark.parametrize(
    "text", ["nul \0 in it", "\0", "sign \x1a and \x1a0 and \x1a1", "\x1a\0\x1a", "\U0001f375" * 3000]
)
def test_every_text_comes_back(where: str, text: str) -> None:
    """Also texts that a database cannot hold as they are; texts that look alike stay apart, in filters too."""
    scene = opened(where)
    memory = scene.add(text, vector=vector(1), metadata={"k": text}, actor=text, category=text)
    scene.add(text.replace("\0", "0"), metadata={"k": "other"})
    found = scene.read(memory)
    assert found is not None
    assert (found.text, found.metadata, found.actor, found.category) == (text, {"k": text}, text, text)
    assert [r.id for r in scene.page(filter={"k": text})] == [memory]
    assert [r.id for r in scene.page(filter={"actor_id": text})] == [memory]
    scene.store.close()


def test_what_no_database_can_hold_is_refused(where: str) -> None:
    """Half a surrogate pair, a number beyond all bounds: a UsageError, and nothing is written."""
    scene = opened(where)
    with pytest.raises(UsageError, match="nothing was written"):
        scene.add("tea", sources=(Source(key="k", quote="tea", thread="t", position=2**70),))
    with pytest.raises(UsageError, match="nothing was written"):
        scene.add("half \ud83c")
    with pytest.raises(UsageError, match="nothing was written"):
        scene.add("tea", actor="\ud83c")
    assert scene.written()["memories"] == 0
    scene.add("tea")
    scene.store.close()


def test_names_may_be_long(where: str) -> None:
    """Longer than what an index of Postgres can hold, and alike up to the last sign."""
    scene = opened(where)
    long = "".join(chr(0x10000 + n) for n in Random(1).sample(range(50_000), 1023))
    for last in "ab":
        scope = Scope(user=long + last, agent=long + last, run=long + last)
        scene.add(f"tea {last}", scope)
        scene.begin("owner", "key", scope=scope)
    for last in "ab":
        assert scene.texts(Scope(user=long + last)) == [f"tea {last}"]
    scene.store.close()


# Opening.


def test_a_memory_opens_a_url(postgres_url: str) -> None:
    """What one Memory learned another finds."""
    with Memory(postgres_url) as memory:
        memory.add("I live in Oslo.", user="ann")
    with Memory(postgres_url) as memory:
        assert [hit.record.text for hit in memory.search("Where does she live?", user="ann")] == ["I live in Oslo"]
        memory.reset(confirm=True)
        assert not list(memory.list(user="ann"))


def test_tables_are_kept_apart_from_others(server: Callable[[str], Any]) -> None:
    """Where the URL names no search_path they are in a schema of their own, which is made."""
    url = server("postgres")["url"]
    scene = opened(url)
    scene.add("tea", Scope(run=f"run {time.time()}"))
    assert sql(url, "SELECT count(*) FROM recollect.slice")[0][0] >= 1
    scene.store.close()
    sql(url, "DROP SCHEMA recollect CASCADE")


@pytest.mark.parametrize("url", ["postgresql://ann:secret@127.0.0.1:1/db", "postgresql://ann:secret@host.invalid/db"])
def test_a_server_that_is_not_there_is_named(url: str) -> None:
    """Without the password."""
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        PostgresJournal(url)
    assert "secret" not in str(caught.value)
    with pytest.raises(UsageError, match="expected postgresql://"):
        PostgresJournal("postgresql://host/db?colour=red")


def test_tables_of_another_program_are_refused(postgres_url: str) -> None:
    """And left as they are."""
    name = postgres_url.rsplit("%3D", 1)[1]
    sql(postgres_url, f"CREATE SCHEMA {name}; CREATE TABLE meta (colour TEXT)")
    with pytest.raises(StoreCorruptError, match="another program"):
        PostgresJournal(postgres_url)
    assert sql(postgres_url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()") == [("meta",)]


def test_a_migration_is_whole_or_not_at_all(postgres_url: str) -> None:
    """Steps are done in order; where one fails everything stays; a newer schema is refused with both versions."""
    scene = opened(postgres_url)
    scene.add("tea")
    scene.store.close()

    def add_mood(connection: Any) -> None:
        connection.execute("ALTER TABLE slice ADD COLUMN mood TEXT DEFAULT 'calm'")

    def stumble(connection: Any) -> None:
        add_mood(connection)
        connection.execute("INSERT INTO nowhere VALUES (1)")

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            schema.prepare(connection, "here", {1: stumble}, 2)
        schema.prepare(connection, "here")
        schema.prepare(connection, "here", {1: add_mood, 2: lambda _: None}, 3)
        assert connection.execute("SELECT mood, (SELECT version FROM meta) FROM slice").fetchall() == [("calm", 3)]
    with pytest.raises(StoreVersionError, match=r"version 3; this recollect knows 1"):
        PostgresJournal(postgres_url)


# The server's doings.


def test_connections_that_the_server_ended_are_replaced(postgres_url: str) -> None:
    """As after its restart: the next reading and the next writing work."""
    name = f"ended{time.monotonic_ns()}"
    end_all = f"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = '{name}'"
    scene = opened(f"{postgres_url}&application_name={name}")
    scene.add("tea")
    assert sql(postgres_url, end_all)[0][0] >= 1
    assert scene.texts() == ["tea"]
    assert sql(postgres_url, end_all)[0][0] >= 1
    scene.add("coffee")
    assert scene.texts() == ["coffee", "tea"]
    scene.store.close()


def test_a_user_who_may_only_read_is_told_so(postgres_url: str) -> None:
    """Reading goes on, and nothing is half written."""
    scene = opened(postgres_url)
    scene.add("tea")
    name = postgres_url.rsplit("%3D", 1)[1]
    sql(postgres_url, f"CREATE ROLE {name}_reader LOGIN; GRANT USAGE ON SCHEMA {name} TO {name}_reader")
    sql(postgres_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {name}_reader")
    reader = open_store(postgres_url.replace("recollect@", f"{name}_reader@"))
    assert [r.text for r in reader.do(Select(scope=USER)).records] == ["tea"]
    with pytest.raises(StoreReadOnlyError, match="permission"):
        reader.do(Begin(scope=USER, operation="remember", keys=("k",), owner="o"))
    assert len(scene.texts()) == 1
    reader.close()
    scene.store.close()
    sql(postgres_url, f"DROP OWNED BY {name}_reader; DROP ROLE {name}_reader")


def test_a_forgotten_store_ends_its_threads_and_connections(postgres_url: str) -> None:
    """Without close(), when nobody holds it any more."""
    before = set(threading.enumerate())
    scene = opened(postgres_url)
    scene.add("tea")
    del scene
    gc.collect()
    end = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.05)
    assert not set(threading.enumerate()) - before


ENDING = """
import sys
from recollect import Memory
memory = Memory(sys.argv[1])
memory.add("I live in Oslo.", user="ann")
print("written")
"""


def test_a_process_may_end_with_a_store_left_open(postgres_url: str) -> None:
    """By itself, and in silence."""
    ended = subprocess.run(
        [sys.executable, "-c", ENDING, postgres_url],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "written\n", "")
