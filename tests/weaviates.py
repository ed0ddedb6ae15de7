"""What the tests of the Weaviate index share."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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


@contextmanager
def closing_stores(url: str) -> Iterator[Callable[[Store], Store]]:
    """Takes stores in; in the end they are closed, and what their indexes made on the server is removed."""
    stores: list[Store] = []
    prefixes: set[str] = set()

    def take(store: Store) -> Store:
        stores.append(store)
        prefixes.add(prefix_of(store))
        return store

    yield take
    for store in stores:
        store.close()
    removed(url, prefixes)


class Proxy:
    """Stands before the two ports of a server, and may delay what passes, or refuse everybody."""

    def __init__(self, url: str) -> None:
        where = parse(url)
        self.delay = 0.0
        self._refusing = False
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._doors = [self._door(where.host, port) for port in (where.port, where.grpc_port)]
        http, grpc = (door.getsockname()[1] for door in self._doors)
        self.url = f"weaviate://127.0.0.1:{http}?grpc={grpc}"

    def _door(self, host: str, port: int) -> socket.socket:
        door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._admit, args=(door, host, port), daemon=True).start()
        return door

    def _admit(self, door: socket.socket, host: str, port: int) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = door.accept()
                if self._refusing:
                    visitor.close()
                    continue
                pair = (visitor, socket.create_connection((host, port)))
                self._pairs.append(pair)
                for source, target in (pair, pair[::-1]):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65536):
                time.sleep(self.delay)
                target.sendall(some)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """The server is gone."""
        self._refusing = True
        for pair in self._pairs:
            for each in pair:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self._pairs.clear()

    def admit(self) -> None:
        """The server is back."""
        self._refusing = False

    def close(self) -> None:
        """Leave."""
        self.refuse()
        for door in self._doors:
            door.close()
