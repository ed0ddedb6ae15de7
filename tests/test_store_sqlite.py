"""The embedded store, in a file and in memory, under the contract of all stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recollect.ports import Clock
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing import StoreContract
from recollect.testing.scene import Opens


def opening(folder: Path | None) -> Iterator[Opens]:
    """Opens stores in a folder, or in memory, and closes them in the end."""
    stores: list[Store] = []

    def opens(place: str, clock: Clock) -> Store:
        path = ":memory:" if folder is None else folder / f"{place}.db"
        stores.append(Store(SqliteJournal(path, clock=clock), ScanIndex()))
        return stores[-1]

    yield opens
    for store in stores:
        store.close()


class TestFile(StoreContract):
    """In a file."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Opens]:
        yield from opening(tmp_path)


class TestMemory(StoreContract):
    """In memory."""

    shared = False

    @pytest.fixture
    def store(self) -> Iterator[Opens]:
        yield from opening(None)
