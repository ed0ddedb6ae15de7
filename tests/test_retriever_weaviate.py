"""`MemoryRetriever` over the Weaviate index: LangChain's own suite, and the answers of the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from recollect import Memory
from recollect.integrations.retriever import MemoryRetriever
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.index import WeaviateIndex
from tests.test_retriever import RetrieverSuite, filled
from tests.weaviates import COLLECTION, closing_stores, index_at, url_of


@pytest.fixture
def store(server: Callable[[str], Any], path: str) -> Iterator[Store]:
    """A store whose memories the server holds as soon as it is flushed."""
    url = url_of(server("weaviate"))
    with closing_stores(url) as take:
        yield take(Store(SqliteJournal(path), WeaviateIndex(url, collection=COLLECTION, settle=0, failing="raise")))


class TestWeaviate(RetrieverSuite):
    """On the Weaviate index."""

    @pytest.fixture
    def opened(self, store: Store) -> Memory:
        return Memory(store)

    @pytest.fixture(autouse=True)
    def _held(self, _filled: None, store: Store) -> None:
        assert index_at(store).flush(30)


def test_the_same_documents_as_from_the_embedded_store(store: Store) -> None:
    """The server proposes, and what is told of it is the same: texts, order and scores."""
    with Memory(":memory:") as embedded:
        told = []
        for memory in (filled(Memory(store)), filled(embedded)):
            assert index_at(store).flush(30)
            found = MemoryRetriever(memory=memory, user="anna").invoke("What is Bergen like?")
            told.append([(document.page_content, document.metadata["score"]) for document in found])
    assert told[0] == told[1] != []
