"""The embedded journal with a Weaviate index, on a live server, under the contract of all stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recollect.ports import Clock, StoreRequest
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing import StoreContract
from recollect.testing.scene import Opens

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from tests.weaviates import COLLECTION, index_at, prefix_of, removed, url_of


class Patient(Store):
    """Waits after every write until the server holds it, so that the server is what answers."""

    def _noted(self, request: StoreRequest, answer: Any) -> Any:
        answer = super()._noted(request, answer)
        assert index_at(self).flush(20), index_at(self).trouble
        return answer


def opening(url: str, folder: Path, kind: type[Store]) -> Iterator[Opens]:
    """Opens stores in a folder, with their indexes on the server; closes them, and removes the indexes, in the end."""
    from recollect.stores.weaviate.index import WeaviateIndex

    stores: list[Store] = []
    prefixes: set[str] = set()

    def opens(place: str, clock: Clock) -> Store:
        index = WeaviateIndex(url, collection=COLLECTION, settle=0, failing="raise")
        stores.append(kind(SqliteJournal(folder / f"{place}.db", clock=clock), index))
        prefixes.add(prefix_of(stores[-1]))
        return stores[-1]

    yield opens
    for store in stores:
        store.close()
    removed(url, prefixes)


class TestAtOnce(StoreContract):
    """The server follows when it can: a search joins what it holds with what it does not."""

    @pytest.fixture
    def store(self, server: Callable[[str], Any], tmp_path: Path) -> Iterator[Opens]:
        yield from opening(url_of(server("weaviate")), tmp_path, Store)


class TestFollowed(StoreContract):
    """The server has followed before every search."""

    @pytest.fixture
    def store(self, server: Callable[[str], Any], tmp_path: Path) -> Iterator[Opens]:
        yield from opening(url_of(server("weaviate")), tmp_path, Patient)
