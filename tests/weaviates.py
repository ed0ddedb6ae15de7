"""What the tests of the Weaviate index share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weaviate import WeaviateClient
from weaviate.connect import ConnectionParams

from recollect.ports import Trace
from recollect.stores.store import Store
from recollect.stores.weaviate.address import parse
from recollect.stores.weaviate.index import WeaviateIndex

COLLECTION = "Test"


def url_of(how: Any) -> str:
    """The URL of a server of the live tests."""
    return f"weaviate://{how['host']}:{how['http_port']}?grpc={how['grpc_port']}"


def index_at(store: Store) -> WeaviateIndex:
    """The index of a store that has a Weaviate index."""
    assert isinstance(store.index, WeaviateIndex)
    return store.index


@contextmanager
def client_at(url: str) -> Iterator[WeaviateClient]:
    """A client of the test's own."""
    where = parse(url)
    params = ConnectionParams.from_params(where.host, where.port, False, where.grpc_host, where.grpc_port, False)
    with WeaviateClient(params, skip_init_checks=True) as client:
        yield client


def prefix_of(store: Store) -> str:
    """What the names of the collections of a store's journal begin with."""
    return f"{COLLECTION}_{store.journal.do(Trace('-', 0)).journal.replace('-', '')[:16]}_"


def collections_of(client: WeaviateClient, prefix: str) -> list[str]:
    """The collections whose names begin like this."""
    return sorted(name for name in client.collections.list_all(simple=True) if name.startswith(prefix))


def removed(url: str, prefixes: set[str]) -> None:
    """Remove the collections whose names begin like one of these."""
    with client_at(url) as client:
        for prefix in prefixes:
            for name in collections_of(client, prefix):
                client.collections.delete(name)
