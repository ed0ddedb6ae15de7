"""Stores among processes, forks, threads and event loops: nothing lost, nothing stuck, with each journal."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from random import Random
from typing import Any

import pytest

from recollect.ports import Commit, Feed, Query, Read, Search
from recollect.stores.opening import open_journal, open_store
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.connection import rows
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import USER, Scene, vector
from recollect.types import ChangeSet, Scope

SECONDS = 5.0
SPAWN = multiprocessing.get_context("spawn")
ANYWHERE = pytest.mark.parametrize("where", ["sqlite", "postgres", ":memory:"], indirect=True)
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")


def opened(where: Any, name: str = "main") -> Scene:
    """A store at a path or URL, with names of its own for what it writes."""
    return named(Scene(lambda _, __: open_store(where), "do"), name)


def named(scene: Scene, name: str) -> Scene:
    scene._numbers = (f"{name} {n}" for n in range(1_000_000))  # type: ignore[assignment]
    return scene


def some_vector(number: int) -> bytes:
    dice = Random(number)
    return vector(*(dice.gauss(0, 1) for _ in range(4)))


def agree(where: str) -> None:
    """Slices, vectors, tokens, events and the index say the same."""
    journal: Any = open_journal(where)
    for sql in (
        "SELECT sid FROM slice WHERE sid NOT IN (SELECT sid FROM vector)",
        "SELECT sid FROM vector WHERE sid NOT IN (SELECT sid FROM slice)",
        "SELECT sid FROM slice WHERE (SELECT count(*) FROM token WHERE token.pid = slice.pid AND token.sid = slice.sid) <> 2",
        "SELECT memory FROM slice WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.pid = slice.pid AND seq = from_seq)",
        "SELECT name FROM partition WHERE seq <> (SELECT count(*) FROM event WHERE event.pid = partition.pid)",
        "SELECT name FROM partition WHERE seq <> (SELECT max(seq) FROM event WHERE event.pid = partition.pid)",
        "SELECT seq FROM event LEFT JOIN change_set ON number = change_set WHERE coalesce(state, '') <> 'applied'",
    ):
        with journal._database.reading() as db:
            assert rows(db, sql) == [], sql
            if isinstance(journal, SqliteJournal):
                assert rows(db, "PRAGMA integrity_check") == [("ok",)]
    journal.close()


def write(scene: Scene, number: int, text: str) -> str:
    return scene.add(text, vector=some_vector(number), metadata={"n": number})


# Several processes.


def contend(where: str, name: str, seconds: float, inbox: Any, outbox: Any, results: Any) -> None:
    """Add, count on one shared memory, and look for what the neighbour has just written, for some seconds."""
    scene = opened(where, name)
    added, counted, seen, end = [], 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        text = f"fact{name}x{len(added)}"
        added.append(write(scene, len(added), text))
        outbox.put(text)
        counted += count(scene)
        for foreign in waiting(inbox):
            assert scene.found(foreign, mode="keyword", limit=1) == [foreign]
            seen += 1
    results.put((name, added, counted, seen))
    outbox.cancel_join_thread()
    scene.store.close()


def waiting(inbox: Any) -> list[str]:
    found = []
    try:
        while True:
            found.append(inbox.get_nowait())
    except Empty:
        return found[-1:]


def count(scene: Scene) -> bool:
    """Raise the shared counter by one, unless another process was faster."""
    held = scene.read("counter")
    assert held is not None
    step = scene.updating("counter", str(int(held.text) + 1), held.version, metadata={"n": 0})
    committed = scene.commit(step, vectors=(some_vector(0),))
    return bool(committed.outcomes)


def test_four_processes_lose_nothing_and_see_each_other(where: str) -> None:
    """Adding and updating at once: no error, no lost update, and every acknowledged write is found by the others."""
    contention(where, SECONDS)


def contention(where: str, seconds: float) -> int:
    """Four processes for some seconds; how many writes they made."""
    scene = opened(where)
    scene.commit(scene.adding("0", memory="counter", metadata={"n": 0}), vectors=(some_vector(0),))
    boxes, results = [SPAWN.Queue() for _ in range(4)], SPAWN.Queue()
    workers = [
        SPAWN.Process(target=contend, args=(where, "abcd"[n], seconds, boxes[n], boxes[(n + 1) % 4], results))
        for n in range(4)
    ]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=60 + seconds) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0] * 4
    added = {memory for _, ids, _, _ in answers for memory in ids}
    assert None not in scene.do(Read(scope=USER, ids=tuple(added)))
    assert scene.text("counter") == str(sum(counted for _, _, counted, _ in answers))
    assert all(counted and seen for _, _, counted, seen in answers)
    scene.store.close()
    agree(where)
    return len(added) + sum(counted for _, _, counted, _ in answers)


def create(where: str, name: str, barrier: Any) -> None:
    """Open the same new file as the others."""
    barrier.wait(60)
    for number in range(5):
        scene = opened(f"{where}{number}", name)
        write(scene, 1, name)
        scene.store.close()
        barrier.wait(60)


def test_a_new_place_may_be_created_by_several_processes_at_once(where: str) -> None:
    """All of them open the same database."""
    barrier = SPAWN.Barrier(4)
    workers = [SPAWN.Process(target=create, args=(where, name, barrier)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    for number in range(5):
        scene = opened(f"{where}{number}")
        assert sorted(scene.texts()) == list("abcd")
        scene.store.close()


WRITER = """
import sys
from tests.test_store_processes import opened, some_vector, write
scene = opened(sys.argv[1], sys.argv[2])
number = 0
while True:
    number += 1
    memory = write(scene, number, f"fact {sys.argv[2]}x{number}")
    if number % 3 == 0:
        step = scene.updating(memory, f"new {sys.argv[2]}x{number}", 1, "correct", metadata={"n": number})
        scene.commit(step, vectors=(some_vector(number),))
    print(memory, flush=True)
"""


def test_a_killed_process_leaves_everything_that_it_acknowledged(where: str) -> None:
    """kill -9 in the middle of writing, ten times: all is there, and all tables and the index agree."""
    known, dice = [], Random(3)
    for number in range(10):
        command = [sys.executable, "-c", WRITER, where, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as writer:
            assert writer.stdout is not None
            known.append(writer.stdout.readline().strip())
            time.sleep(dice.uniform(0.02, 0.2))
            writer.send_signal(signal.SIGKILL)
            known += writer.stdout.read().split("\n")[:-1]
        scene = opened(where)
        records = scene.do(Read(scope=USER, ids=tuple(known)))
        assert None not in records
        for record in dice.sample(records, 5):
            assert scene.found(record.text, mode="keyword", limit=1) == [record.text]
        scene.store.close()
        agree(where)
    assert len(known) > 100


# Forks.


def in_child(work: Callable[[], None]) -> int:
    """Fork, do the work in the child, and answer the child's id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def succeeded(pid: int) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status == 0
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


@ANYWHERE
def test_a_forked_child_goes_on_by_itself_and_so_does_its_parent(where: str) -> None:
    """While other threads write and search, children of a fork write and read, in memory in a copy."""
    alone = where == ":memory:"
    scene = opened(where)
    stop, written = threading.Event(), []

    def keep_writing() -> None:
        while not stop.is_set():
            written.append(write(scene, len(written), f"fact parent{len(written)}"))

    def keep_searching() -> None:
        while not stop.is_set():
            scene.found("fact", limit=3)

    threads = [threading.Thread(target=work) for work in (keep_writing, keep_searching, keep_searching)]
    for thread in threads:
        thread.start()

    def child(number: int) -> None:
        assert len(scene.texts(limit=3)) == 3
        memory = write(named(scene, f"child {number}"), number, f"word child{number}")
        assert scene.text(memory) == f"word child{number}"
        assert scene.found("word", mode="keyword")
        scene.store.close()

    pids = []
    for number in range(8):
        time.sleep(0.05)
        pids.append(in_child(lambda number=number: child(number)))  # type: ignore[misc]
    outcomes = [succeeded(pid) for pid in pids]
    stop.set()
    for thread in threads:
        thread.join(30)
    assert outcomes == [True] * 8
    written.append(write(scene, 1, "the parent goes on"))
    assert None not in scene.do(Read(scope=USER, ids=tuple(written)))
    children = scene.found("word", limit=20, mode="keyword")
    assert len(children) == (0 if alone else 8)
    scene.store.close()
    if not alone:
        agree(where)


def test_a_child_outlives_its_parent_s_store(where: str) -> None:
    """The parent closes its store first; what the child writes afterwards is there."""
    scene = opened(where)
    write(scene, 1, "before")

    def child() -> None:
        write(named(scene, "child"), 2, "with the parent")
        time.sleep(0.5)
        write(scene, 3, "after the parent")
        os.kill(os.getpid(), signal.SIGKILL)

    pid = in_child(child)
    time.sleep(0.25)
    scene.store.close()
    late = opened(where, "late")
    write(late, 4, "another")
    late.store.close()
    os.waitpid(pid, 0)
    scene = opened(where)
    assert sorted(scene.texts()) == ["after the parent", "another", "before", "with the parent"]
    scene.store.close()
    agree(where)


# Threads, event loops, endings.


@ANYWHERE
def test_many_threads_share_a_store(where: str) -> None:
    """Writers and searchers at once: no error, nothing lost."""
    scene = opened(where)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(20):
                text = f"fact t{number}x{turn}"
                write(scene, turn, text)
                assert scene.found(text, mode="keyword", limit=1) == [text]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(scene.texts(limit=1000)) == 160
    scene.store.close()


def test_the_event_loop_breathes(where: str) -> None:
    """While 200 writes and searches run at once over thousands of memories, the loop is never held up for long."""
    assert asyncio.run(longest_gap(where, 5_000 if where.startswith("postgresql") else 20_000)) < 0.25


async def longest_gap(where: str, memories: int) -> float:
    """The longest time in seconds that a coroutine had to wait for its turn."""
    scene = opened(where)
    for start in range(0, memories, 1000):
        changes = [scene.adding(f"fact about thing{n} and tea", metadata={"n": n}) for n in range(start, start + 1000)]
        scene.commit(*changes, vectors=tuple(some_vector(n) for n in range(start, start + 1000)))
    gap, done = 0.0, False

    async def tick() -> None:
        nonlocal gap
        before = time.perf_counter()
        while not done:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            gap, before = max(gap, now - before), now

    def write_one(n: int) -> Commit:
        change_set = ChangeSet(id=f"late {n}", scope=USER, operation="test", changes=(scene.adding(f"late {n}"),))
        return Commit(change_set=change_set, vectors=(some_vector(n),))

    def search_one(n: int) -> Search:
        return Search(scope=USER, queries=(Query(f"thing{n}", some_vector(n)),), limit=10)

    gc.collect()
    gc.freeze()  # a full collection takes as long as the process is large, whoever causes it
    ticker = asyncio.create_task(tick())
    await asyncio.gather(*(scene.store.ado(write_one(n) if n % 2 else search_one(n)) for n in range(200)))
    done = True
    await ticker
    gc.unfreeze()
    scene.store.close()
    return gap


def test_a_cancelled_wait_leaves_the_writer_at_work(where: str) -> None:
    """What was not begun is not written, what was is whole, and the next write is answered."""
    scene = opened(where)

    async def hurry() -> None:
        for number in range(50):
            change_set = ChangeSet(
                id=f"{number}", scope=USER, operation="test", changes=(scene.adding("hurried", metadata={"n": 1}),)
            )
            waiting = asyncio.ensure_future(scene.store.ado(Commit(change_set=change_set, vectors=(some_vector(1),))))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(hurry())
    write(scene, 1, "then")
    assert scene.texts(filter={"text": "then"}) == ["then"]
    scene.store.close()  # what was begun is finished
    scene = opened(where)
    assert len(scene.do(Feed(scope=USER))) == len(scene.texts())
    scene.store.close()
    agree(where)


ENDING = """
import sys
from recollect.ports import Commit
from recollect.types import ChangeSet
from tests.test_store_processes import USER, opened, some_vector
scene = opened(sys.argv[1])
for n in range(300):
    change = scene.adding(f"fact {n}", metadata={"n": n})
    commit = Commit(change_set=ChangeSet(id=str(n), scope=USER, operation="t", changes=(change,)), vectors=(some_vector(n),))
    scene.store.journal._database.submit(scene.store.journal._write(commit))
print("queued")
"""


def test_a_process_may_end_with_a_store_left_open(tmp_path: Path) -> None:
    """What is queued is written, and the process ends by itself."""
    path = str(tmp_path / "memory.db")
    ended = subprocess.run(
        [sys.executable, "-c", ENDING, path],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "queued\n", "")
    scene = opened(path)
    assert len(scene.texts(limit=1000)) == 300
    scene.store.close()
    agree(path)


def test_a_forgotten_store_ends_its_thread(tmp_path: Path) -> None:
    """Without close(), when nobody holds it any more; what it had acknowledged is there."""
    scene = opened(tmp_path / "memory.db")
    write(scene, 1, "kept")
    thread = scene.store.journal._database._writer.thread  # type: ignore[attr-defined]
    del scene
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()
    scene = opened(tmp_path / "memory.db")
    assert scene.texts() == ["kept"]
    scene.store.close()


def test_a_partition_dropped_from_memory_is_built_again() -> None:
    """An index with little room answers the same."""
    store = Store(SqliteJournal(":memory:"), ScanIndex(cache_bytes=1))
    scene = Scene(lambda *_: store, "do")
    for turn in range(3):
        for name in "abc":
            scene.add(f"tea {name}{turn}", Scope(user=name))
    for name in "abcabc":
        assert sorted(scene.found("tea", Scope(user=name))) == [f"tea {name}{turn}" for turn in range(3)]
    assert len(store.index._partitions) == 1  # type: ignore[attr-defined]
    store.close()
