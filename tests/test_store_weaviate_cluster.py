"""The Weaviate index on three replicas: a node that dies, or that has not caught up, costs no memory."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from recollect.ports import Query, Search
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.care import Finding
from recollect.stores.weaviate.connection import DEADLINE
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.testing.scene import USER, Scene, vector
from tests.services.weaviate import THREE, kill, start
from tests.weaviates import COLLECTION, closing_stores, index_at, url_of


@pytest.fixture
def opened(server: Callable[[str], Any], tmp_path: Path) -> Iterator[Callable[[int], Scene]]:
    """Opens the scene of one journal, with an index on three replicas, asked through one of the nodes."""
    urls = [url_of(node) for node in server("weaviate-cluster")["nodes"]]

    def opens(node: int, failing: Literal["exact", "raise"] = "raise") -> Scene:
        def store(_: str, clock: Any) -> Store:
            index = WeaviateIndex(urls[node], collection=COLLECTION, replicas=3, consistency="QUORUM", failing=failing)
            return take(Store(SqliteJournal(tmp_path / "memory.db", clock=clock), index))

        return Scene(store, "do")

    with closing_stores(urls[0]) as take:
        yield opens


def test_every_node_finds_everything_while_one_dies_and_returns(opened: Callable[[int], Scene]) -> None:
    """Own writes and those of others, through the writer's node, another, and one that was killed and has come back."""
    writer, reader = opened(0), opened(1)
    assert isinstance(writer.store, Store)
    index = index_at(writer.store)

    def write(numbers: range) -> None:
        for number in numbers:
            writer.add(f"tea number{number}", vector=vector(1, number))
            assert f"tea number{number}" in reader.found(f"number{number}")
        assert index.flush(30), index.trouble

    write(range(10))
    kill(THREE[2])
    try:
        write(range(10, 20))
    finally:
        start(THREE[2])
    returned = opened(2)
    for number in range(20):
        assert f"tea number{number}" in returned.found(f"number{number}")
    assert all(found.sound for found in index.care.examine(writer.store.journal))


class Crowd:
    """Through each node one thread that adds and updates, and one that looks for what was acknowledged, to anybody."""

    def __init__(self, scenes: list[Scene]) -> None:
        self.known: dict[str, str] = {}
        self.unseen: list[str] = []
        self.failures: list[BaseException] = []
        self.slowest = 0.0
        self.answered: Counter[tuple[int, str]] = Counter()
        self.phase = "before"
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(work, node, scene))
            for node, scene in enumerate(scenes)
            for work in (self._write, self._look)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, work: Callable[[int, Scene, int], None], node: int, scene: Scene) -> None:
        turn = 0
        try:
            while not self._stop.is_set():
                start = time.monotonic()
                work(node, scene, turn)
                self.slowest = max(self.slowest, time.monotonic() - start)
                time.sleep(0.05)
                turn += 1
        except BaseException as error:
            self.failures.append(error)

    def _write(self, node: int, scene: Scene, turn: int) -> None:
        memory, text = f"memory {node} {turn // 2}", f"tea n{node}x{turn}"
        change = scene.updating(memory, text) if turn % 2 else scene.adding(text, memory=memory)
        scene.commit(change, vectors=(vector(1, turn),), id=f"change {node} {turn}")
        self.known[memory] = text

    def _look(self, node: int, scene: Scene, turn: int) -> None:
        if not self.known:
            return
        phase, (memory, text) = self.phase, Random(turn).choice(list(self.known.items()))
        found = scene.do(Search(scope=USER, queries=(Query(text.split()[1]),), limit=3, explain=True))
        told = text in [hit.record.text for hit in found.hits[0]]
        if not told and scene.text(memory) == text:  # else it was updated just then
            self.unseen.append(f"{text}, {phase}, node {node}")
        self.answered[node, phase] += "without the server" not in found.explained.pushed

    def end(self) -> None:
        """Everybody stops."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def examined(store: Store) -> Finding:
    """How the user's partition compares, as soon as the replica that answers has caught up."""
    end = time.monotonic() + 90
    while True:
        (found,) = index_at(store).care.examine(store.journal)
        if (found.sound and not found.surplus) or time.monotonic() > end:
            return found
        time.sleep(2)


def test_nothing_is_lost_or_unseen_while_a_node_dies_and_returns(opened: Callable[..., Scene]) -> None:
    """Adds, updates and searches through every node: each search finds what was acknowledged, no call takes too long."""
    scenes = [opened(node, "exact") for node in range(3)]
    crowd = Crowd(scenes)
    time.sleep(4)
    crowd.phase = "dead"
    kill(THREE[2])
    try:
        time.sleep(6)
    finally:
        crowd.phase = "returning"
        start(THREE[2])
    crowd.phase = "after"
    time.sleep(6)
    crowd.end()
    assert (crowd.failures, crowd.unseen) == ([], [])
    assert crowd.slowest < DEADLINE + 2
    assert all(crowd.answered[node, phase] for node in (0, 1) for phase in ("before", "dead", "after")), crowd.answered
    known = {record.id: record.text for record in scenes[0].page(limit=10_000)}
    assert known == crowd.known and len(known) > 30
    for scene in scenes:
        store = scene.store
        assert isinstance(store, Store)
        assert index_at(store).flush(60), index_at(store).trouble
        found = examined(store)
        assert (found.missing, found.differing, found.surplus) == ((), (), ())
