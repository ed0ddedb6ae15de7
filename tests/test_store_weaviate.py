"""Both journals with a Weaviate index, on live servers, under the contract of all stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recollect.ports import Clock, Journal, StoreRequest
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing import StoreContract
from recollect.testing.scene import Opens

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from tests.weaviates import COLLECTION, closing_stores, index_at, url_of


class Patient(Store):
    """Waits after every write until the server holds it, so that the server is what answers."""

    def _noted(self, request: StoreRequest, answer: Any) -> Any:
        answer = super()._noted(request, answer)
        assert index_at(self).flush(20), index_at(self).trouble
        return answer


def opening(url: str, journal: Callable[[str, Clock], Journal], kind: type[Store]) -> Iterator[Opens]:
    """Opens stores with their indexes on the server; closes them, and removes the indexes, in the end."""
    from recollect.stores.weaviate.index import WeaviateIndex

    def opens(place: str, clock: Clock) -> Store:
        index = WeaviateIndex(url, collection=COLLECTION, settle=0, failing="raise")
        return take(kind(journal(place, clock), index))

    with closing_stores(url) as take:
        yield opens


def sqlite_in(folder: Path) -> Callable[[str, Clock], Journal]:
    """Journals in files of a folder."""
    return lambda place, clock: SqliteJournal(folder / f"{place}.db", clock=clock)


class TestAtOnce(StoreContract):
    """SQLite. The server follows when it can: a search joins what it holds with what it does not."""

    @pytest.fixture
    def store(self, server: Callable[[str], Any], tmp_path: Path) -> Iterator[Opens]:
        yield from opening(url_of(server("weaviate")), sqlite_in(tmp_path), Store)


class TestFollowed(StoreContract):
    """SQLite. The server has followed before every search."""

    @pytest.fixture
    def store(self, server: Callable[[str], Any], tmp_path: Path) -> Iterator[Opens]:
        yield from opening(url_of(server("weaviate")), sqlite_in(tmp_path), Patient)


class TestPostgres(StoreContract):
    """Postgres. The server has followed before every search."""

    @pytest.fixture
    def store(self, server: Callable[[str], Any], postgres_url: str) -> Iterator[Opens]:
        from recollect.stores.postgres.journal import PostgresJournal

        def journal(place: str, clock: Clock) -> Journal:
            return PostgresJournal(postgres_url + place, clock=clock)

        yield from opening(url_of(server("weaviate")), journal, Patient)
