"""A Weaviate that is away, slow, full, locked or another: writes go on, searches stay right or say what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from recollect.errors import IndexMismatchError, IndexUnavailableError, RecollectError, UsageError
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.address import Address, parse
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.testing.scene import Scene, refused, vector
from tests.weaviates import (
    COLLECTION,
    Proxy,
    client_at,
    closing_stores,
    collections_of,
    index_at,
    prefix_of,
    removed,
    url_of,
)

DEADLINE = 1.0
FACES = pytest.mark.parametrize("face", ["do", "ado"])


@pytest.fixture
def url(server: Callable[[str], Any]) -> str:
    """The server itself."""
    return url_of(server("weaviate"))


@pytest.fixture
def proxy(url: str) -> Iterator[Proxy]:
    """The server behind a door."""
    door = Proxy(url)
    yield door
    door.close()


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Opens a scene on a journal in a file, with an index at a URL."""

    def opens(at: str, face: str = "do", path: Path = tmp_path / "memory.db", **given: Any) -> Scene:
        settings = {"collection": COLLECTION, "settle": 0, "deadline": DEADLINE, "failing": "exact", **given}

        def store(_: str, clock: Any) -> Store:
            return take(Store(SqliteJournal(path, clock=clock), WeaviateIndex(at, **settings)))

        return Scene(store, face)

    with closing_stores(url) as take:
        yield opens


def index_of(scene: Scene) -> WeaviateIndex:
    """The index of a scene's store."""
    assert isinstance(scene.store, Store)
    return index_at(scene.store)


def filled(scene: Scene) -> None:
    """Two memories in the index."""
    scene.add("green tea", vector=vector(1))
    scene.add("black coffee", vector=vector(0, 1))
    assert index_of(scene).flush(20), index_of(scene).trouble


def in_time(work: Callable[[], Any]) -> Any:
    """What the work answers; it may take the deadline and a little more."""
    start = time.monotonic()
    answer = work()
    assert time.monotonic() - start < DEADLINE + 1
    return answer


@FACES
def test_a_server_that_is_away_is_done_without_and_caught_up_with(
    opened: Callable[..., Scene], proxy: Proxy, face: str
) -> None:
    """Writes are acknowledged, searches answered in time and exactly; when it is back the index catches up by itself."""
    scene = opened(proxy.url, face)
    filled(scene)
    proxy.refuse()
    in_time(lambda: scene.add("white tea"))
    for _ in range(3):
        assert in_time(lambda: sorted(scene.found("tea"))) == ["green tea", "white tea"]
    assert not index_of(scene).flush(DEADLINE + 1)
    assert isinstance(index_of(scene).trouble, IndexUnavailableError)
    proxy.admit()
    assert index_of(scene).flush(30), index_of(scene).trouble
    assert sorted(scene.found("tea")) == ["green tea", "white tea"]
    assert index_of(scene).trouble is None


@FACES
def test_a_server_that_was_never_there_is_done_without(opened: Callable[..., Scene], proxy: Proxy, face: str) -> None:
    """Opening, writing and searching need no server."""
    proxy.close()
    scene = opened(proxy.url, face)
    scene.add("green tea", vector=vector(1))
    assert in_time(lambda: scene.found("tea", vector=vector(1))) == ["green tea"]


@FACES
def test_a_slow_server_is_not_waited_for(opened: Callable[..., Scene], proxy: Proxy, face: str) -> None:
    """What does not answer within the deadline counts as away."""
    scene = opened(proxy.url, face)
    filled(scene)
    proxy.delay = 3.0
    assert in_time(lambda: scene.found("tea")) == ["green tea"]
    in_time(lambda: scene.add("white tea"))
    assert in_time(lambda: sorted(scene.found("tea"))) == ["green tea", "white tea"]
    proxy.delay = 0.0
    assert index_of(scene).flush(30), index_of(scene).trouble


@FACES
def test_searches_fail_where_that_is_wanted(opened: Callable[..., Scene], proxy: Proxy, face: str) -> None:
    """With failing="raise" a search without server is an IndexUnavailableError, in time; writes go on."""
    scene = opened(proxy.url, face, failing="raise")
    filled(scene)
    proxy.refuse()
    for _ in range(2):
        with refused(IndexUnavailableError):
            in_time(lambda: scene.found("tea"))
    in_time(lambda: scene.add("white tea"))
    assert len(scene.texts()) == 3


def test_a_tenant_that_is_read_only_is_searched_and_caught_up_with(opened: Callable[..., Scene], url: str) -> None:
    """What it refuses to take is found all the same, and written when it takes it."""
    scene = opened(url)
    filled(scene)
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(scene.store))  # type: ignore[arg-type]
        shards = client.collections.use(name).config
        shards.update_shards(status="READONLY", shard_names="u-u")
        scene.add("white tea")
        assert not index_of(scene).flush(1)
        assert "read-only" in str(index_of(scene).trouble) or "READONLY" in str(index_of(scene).trouble)
        assert sorted(scene.found("tea")) == ["green tea", "white tea"]
        shards.update_shards(status="READY", shard_names="u-u")
    assert index_of(scene).flush(30), index_of(scene).trouble


def test_a_wrong_key_is_told(opened: Callable[..., Scene], url: str) -> None:
    """The server's refusal is an IndexUnavailableError that speaks of the key."""
    scene = opened(url, api_key="wrong", failing="raise")
    scene.add("green tea")
    with refused(IndexUnavailableError) as caught:
        scene.found("tea")
    assert "API key" in str(caught.error)


@FACES
def test_a_collection_of_another_schema_is_refused(opened: Callable[..., Scene], url: str, face: str) -> None:
    """Nothing is written to it; the message says what differs."""
    scene = opened(url, face)
    filled(scene)
    other = opened(url, face, index="flat", quantizer="none", failing="raise")
    with refused(IndexMismatchError) as caught:
        other.found("tea")
    assert "'hnsw', not 'flat'" in str(caught.error) and "'rq8', not 'none'" in str(caught.error)
    other.add("white tea")
    assert index_of(other).flush(20)
    assert isinstance(index_of(other).trouble, IndexMismatchError)


@FACES
def test_vectors_of_another_size_in_the_tenant_are_told(opened: Callable[..., Scene], url: str, face: str) -> None:
    """Objects that the server refuses are told one by one, and found from the journal."""
    from weaviate.classes.data import DataObject

    scene = opened(url, face)
    scene.add("green tea")
    assert index_of(scene).flush(20), index_of(scene).trouble
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(scene.store))  # type: ignore[arg-type]
        client.collections.use(name).with_tenant("u-u").data.insert_many(
            [DataObject({"kind": "fact"}, vector=[1.0] * 7)]
        )
    scene.add("white tea", vector=vector(1))
    assert not index_of(scene).flush(1)
    assert "vector with length 4" in str(index_of(scene).trouble)
    assert sorted(scene.found("tea", vector=vector(1))) == ["green tea", "white tea"]


@FACES
def test_a_journal_from_a_backup_is_noticed(
    opened: Callable[..., Scene], url: str, tmp_path: Path, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An index that has seen more than the journal is not trusted: a line in the log, or an error, says what to do."""
    scene = opened(url, face)
    filled(scene)
    backup = tmp_path / "backup.db"
    copy(tmp_path / "memory.db", backup)
    scene.add("white tea")
    assert index_of(scene).flush(20), index_of(scene).trouble
    restored = opened(url, face, path=backup)
    restored._numbers = scene._numbers
    assert restored.found("tea") == ["green tea"]
    restored.clock.move(60)
    restored.add("oolong tea")  # takes the sequence number of what was lost
    assert sorted(restored.found("tea")) == ["green tea", "oolong tea"]
    [said] = [record.getMessage() for record in caplog.records if record.name.startswith("recollect")]
    assert "restored from an earlier copy" in said and "recollect reindex" in said
    strict = opened(url, face, path=backup, failing="raise")
    with refused(IndexMismatchError):
        strict.found("tea")
    assert list(index_of(strict).care.reindex(strict.store.journal)) == [(0, 1), (1, 1)]  # type: ignore[attr-defined]
    assert sorted(strict.found("tea")) == ["green tea", "oolong tea"]


def copy(source: Path, target: Path) -> None:
    """Copy a database as it is."""
    import apsw

    with apsw.Connection(str(target)).backup("main", apsw.Connection(str(source)), "main") as copying:
        copying.step(-1)


def test_an_index_that_was_lost_is_built_again(opened: Callable[..., Scene], url: str) -> None:
    """A collection or tenant that vanished under a running process costs no memory."""
    scene = opened(url)
    filled(scene)
    assert scene.found("tea") == ["green tea"]
    removed(url, {prefix_of(scene.store)})  # type: ignore[arg-type]
    assert scene.found("tea") == ["green tea"]
    assert index_of(scene).flush(20), index_of(scene).trouble
    assert scene.found("coffee") == ["black coffee"]


@pytest.mark.parametrize(
    "target",
    ["http://host:8080", "weaviate://", "weaviate://host:port", "weaviate://host?grps=1", "weaviate://host/path", 7],
)
def test_an_address_that_cannot_be_is_refused(target: Any) -> None:
    """With what is expected instead."""
    with refused(UsageError):
        WeaviateIndex(target)


def test_an_address_says_where_both_ports_are() -> None:
    """Plain, with TLS, and in Weaviate Cloud, which answers gRPC at a host of its own."""
    assert parse("weaviate://db?grpc=7") == Address("db", 8080, "db", 7, False)
    assert parse("weaviates://db:1/") == Address("db", 1, "db", 50051, True)
    assert parse("wcd://a.b.weaviate.cloud") == Address("a.b.weaviate.cloud", 443, "grpc-a.b.weaviate.cloud", 443, True)
    assert parse("wcd://a.weaviate.network").grpc_host == "a.grpc.weaviate.network"


def test_settings_that_cannot_be_are_refused(url: str) -> None:
    """A collection name that the server would not take; a key for a client that has its own."""
    with refused(RecollectError):
        WeaviateIndex(url, collection="lower case")
    with client_at(url) as client, refused(UsageError):
        WeaviateIndex(client, api_key="k")
