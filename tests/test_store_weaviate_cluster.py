"""The Weaviate index on three replicas: a node that dies, or that has not caught up, costs no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.testing.scene import Scene, vector
from tests.services.weaviate import THREE, kill, start
from tests.weaviates import COLLECTION, index_at, prefix_of, removed, url_of


@pytest.fixture
def opened(server: Callable[[str], Any], tmp_path: Path) -> Iterator[Callable[[int], Scene]]:
    """Opens the scene of one journal, with an index on three replicas, asked through one of the nodes."""
    urls = [url_of(node) for node in server("weaviate-cluster")["nodes"]]
    stores: list[Store] = []
    prefixes: set[str] = set()

    def opens(node: int) -> Scene:
        def store(_: str, clock: Any) -> Store:
            index = WeaviateIndex(urls[node], collection=COLLECTION, replicas=3, consistency="QUORUM", failing="raise")
            stores.append(Store(SqliteJournal(tmp_path / "memory.db", clock=clock), index))
            prefixes.add(prefix_of(stores[-1]))
            return stores[-1]

        return Scene(store, "do")

    yield opens
    for store in stores:
        store.close()
    removed(urls[0], prefixes)


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
