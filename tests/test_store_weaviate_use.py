"""The Weaviate index in use: filters, names, several processes, threads, loops and forks, clients of one's own, crashes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest

pytest.importorskip("weaviate", reason="needs the extra `weaviate`")

from weaviate.classes.query import Filter

from recollect import filters
from recollect.errors import IndexMismatchError, ScopeError, UsageError
from recollect.ports import Asked, Bind, Erase, Explained, Query, Reembed, Reset, Search
from recollect.ranking import Weights
from recollect.stores.opening import open_journal
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.testing.scene import USER, Scene, refused, vector
from recollect.types import ANY, Scope, Source
from tests.filter_cases import TIMES, a_record, cases
from tests.weaviates import COLLECTION, client_at, closing_stores, collections_of, index_at, prefix_of, removed, url_of

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
HOUR = timedelta(hours=1)
FIELDS = ("actor", "role", "category", "sensitivity", "trust", "event_at")
ORDER = ("gt", "gte", "lt", "lte")
OTHER = Scope(user="Odd name / with 'everything' in it " + "n" * 200)


@pytest.fixture
def url(server: Callable[[str], Any]) -> str:
    """The server."""
    return url_of(server("weaviate"))


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Opens the scene of one journal in a file."""

    def opens(target: Any = url, face: str = "do", at: str | None = None, **given: Any) -> Scene:
        settings = {"collection": COLLECTION, "settle": 0, "failing": "raise", **given}

        def store(place: str, clock: Any) -> Store:
            journal = open_journal(at) if at else SqliteJournal(tmp_path / f"{place}.db", clock=clock)
            return take(Store(journal, WeaviateIndex(target, **settings)))

        return Scene(store, face)

    with closing_stores(url) as take:
        yield opens


def store_of(scene: Scene) -> Store:
    """The scene's store."""
    assert isinstance(scene.store, Store)
    return scene.store


def followed(scene: Scene) -> None:
    """Wait until the server holds everything."""
    index = index_at(store_of(scene))
    assert index.flush(30), index.trouble


def held(url: str, scene: Scene) -> int:
    """How many objects with terms the server holds of the scene's journal."""
    total = 0
    with client_at(url) as client:
        for name in collections_of(client, prefix_of(store_of(scene))):
            collection = client.collections.use(name)
            for tenant in collection.tenants.get():
                objects = collection.with_tenant(tenant).query.fetch_objects(limit=10_000).objects
                total += sum(each.properties["terms"] is not None for each in objects)
    return total


def test_the_server_is_what_answers(opened: Callable[..., Scene], url: str) -> None:
    """A memory that is taken from the server behind its back is not found: nothing here looks for it elsewhere."""
    scene = opened()
    scene.add("green tea", vector=vector(1))
    scene.add("black tea", vector=vector(0, 1))
    followed(scene)
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        tenant = client.collections.use(name).with_tenant("u-u")
        (gone,) = tenant.query.bm25("green", query_properties=["terms"]).objects
        tenant.data.delete_by_id(gone.uuid)
    assert scene.found("tea") == scene.found("", vector=vector(0.7, 0.7)) == ["black tea"]


def test_what_is_young_is_found_without_the_server(opened: Callable[..., Scene], url: str) -> None:
    """Until a write has settled, the tail holds it as well."""
    scene = opened(settle=120)
    scene.add("green tea", vector=vector(1))
    followed(scene)
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        tenant = client.collections.use(name).with_tenant("u-u")
        tenant.data.delete_many(where=Filter.by_property("kind").equal("fact"))
    assert scene.found("tea") == ["green tea"]


RANGES: dict[str, Literal["number", "time"]] = {
    **dict.fromkeys(("a", "b", "a.b", "é", "metadata.kind", "x=s:1", "k" * 200), "number"),
    **dict.fromkeys(("c", "tags", "b.a", "metadata.metadata"), "time"),
}


@pytest.mark.parametrize("ranges", [{}, RANGES], ids=["plain", "ranges"])
def test_filters_and_scores_are_those_of_the_embedded_store(
    opened: Callable[..., Scene], where: str, ranges: Any
) -> None:
    """100 hostile filters over 300 hostile memories, and comparisons of all ranges, beside each journal: the same hits."""
    scene = opened(at=where, ranges=ranges)
    dice, given, changes = Random(5), [], []
    for tree, metadatas in cases(100, 12):
        given.append(tree)
        for metadata in metadatas:
            known = a_record(dice)
            fields = {name: getattr(known, name) for name in FIELDS}
            changes.append(scene.adding(f"tea {known.text}", USER, metadata=metadata, **fields))
    vectors = tuple(vector(dice.random(), dice.random(), dice.random()) for _ in changes)
    scene.commit(*changes, vectors=vectors)
    followed(scene)
    if ranges:
        given += [{path: {op: bound}} for path in (*RANGES, "event_at") for op in ORDER for bound in bounds(path)]
    scan = Store(store_of(scene).journal, ScanIndex())
    scan.do(scene_bind())
    for number, tree in enumerate(given):
        queries = (Query("tea", vectors[number % len(vectors)]),)
        search = Search(scope=USER, queries=queries, limit=500, filter=filters.parse(tree))
        assert store_of(scene).do(search) == scan.do(search), tree
    scan.index.close()


def bounds(path: str) -> tuple[Any, ...]:
    """What a path is compared with."""
    return (TIMES[0], TIMES[1], TIMES[4]) if RANGES.get(path) != "number" else (0, 7.5, 2**53, 2**60 + 1, 10**200)


def test_what_the_server_does_not_find_is_found_beside_what_it_does(opened: Callable[..., Scene]) -> None:
    """In a partition too large to be proposed whole: two turns on, with the score of the scan, if the filter lets it."""
    scene = opened()
    exact = Scene(lambda _, clock: Store(SqliteJournal(":memory:", clock=clock), ScanIndex()), "do")
    for each in (scene, exact):
        fillers = [each.adding(f"red wine {n}", metadata={"n": n}) for n in range(150)]
        each.commit(*fillers, vectors=(vector(0.3, 0.9),) * 150)
        for position, (text, near) in enumerate((("green tea", vector(1)), ("oh", vector(-1)), ("yes", vector(-1)))):
            source = Source(key=f"{position}", quote="", thread="talk", position=position)
            each.add(text, vector=near, sources=(source,), metadata={"n": position})
    followed(scene)
    for tree in (None, {"n": {"lt": 5}}, {"text": "yes"}):
        asked: dict[str, Any] = {"vector": vector(1), "filter": tree, "limit": 3}
        hits = scene.search("green tea", weights=Weights(), **asked)
        assert [(hit.record.text, hit.score) for hit in hits] == [
            (hit.record.text, pytest.approx(hit.score, abs=1e-9))
            for hit in exact.search("green tea", weights=Weights(), **asked)
        ]
        assert "yes" in [hit.record.text for hit in hits]
        assert "yes" not in [hit.record.text for hit in scene.search("green tea", **asked)]


def test_ranges_are_compared_on_the_server(opened: Callable[..., Scene], url: str) -> None:
    """What is taken from the server behind its back is not found, although hundreds were better by score."""
    scene = opened(ranges={"year": "number", "due": "time"})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    big = 2**53 + 1
    changes = [
        scene.adding(
            "tea " * (n % 7) + "tea", metadata={"year": [big + n, 3], "due": at + n * HOUR}, event_at=at + n * HOUR
        )
        for n in range(400)
    ]
    scene.commit(*changes)
    followed(scene)
    last = at + 399 * HOUR
    for given in ({"year": {"gte": big + 399}}, {"due": {"gt": last - HOUR}}, {"event_at": {"gte": last}}):
        assert len(scene.search("tea", filter=given, limit=5)) == 1
    assert len(scene.search("tea", filter={"year": {"lt": 4}}, limit=500)) == 400
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        tenant = client.collections.use(name).with_tenant("u-u").data
        gone = tenant.delete_many(where=Filter.by_property("event_at").greater_or_equal(last.timestamp() * 1e6))
    assert gone.successful == 1
    for given in ({"year": {"gte": big + 399}}, {"due": {"gt": last - HOUR}}, {"event_at": {"gte": last}}):
        assert scene.search("tea", filter=given, limit=5) == ()


def test_other_ranges_ask_for_an_index_built_anew(opened: Callable[..., Scene]) -> None:
    """One that declares more and one that declares less are told what differs; a reindex brings it."""
    scene, more = opened(), opened(ranges={"year": "number"})
    scene.add("tea", metadata={"year": 7})
    followed(scene)
    with refused(IndexMismatchError) as caught:
        more.found("tea", filter={"year": {"gte": 7}})
    assert "least_year is None" in str(caught.error) and "reindex" in str(caught.error)
    assert list(index_at(store_of(more)).care.reindex(store_of(more).journal)) == [(0, 1), (1, 1)]
    assert more.found("tea", filter={"year": {"gte": 7}}) == ["tea"]
    with refused(IndexMismatchError) as caught:
        scene.found("tea")
    assert "not None" in str(caught.error) and "reindex" in str(caught.error)


@pytest.mark.parametrize("ranges", [{"created_at": "time"}, {"year": "date"}, {"user_id": "number"}])
def test_ranges_that_cannot_be_are_refused(url: str, ranges: Any) -> None:
    """The record's own fields, types that have no order, names of scopes."""
    with refused(UsageError):
        WeaviateIndex(url, ranges=ranges)


def test_all_users_are_searched_at_once(opened: Callable[..., Scene], url: str) -> None:
    """By the server, each tenant with its tail; beyond a hundred partitions it is refused."""
    scene = opened()
    for n in range(12):
        scene.add(f"tea {n}", Scope(user=f"v{n}"))
    scene.add("shared tea", Scope(agent="a"))
    followed(scene)
    everybody = Scope(user=ANY)
    assert len(scene.found("tea", everybody, limit=100)) == 13
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        tenant = client.collections.use(name).with_tenant("u-v3")
        tenant.data.delete_many(where=Filter.by_property("kind").equal("fact"))
    assert "tea 3" not in scene.found("tea", everybody, limit=100)
    for n in range(12, 100):
        scene.add(f"tea {n}", Scope(user=f"v{n}"))
    with refused(ScopeError) as caught:
        scene.found("tea", everybody)
    assert "101 partitions" in str(caught.error)
    assert len(scene.texts(everybody, limit=200)) == 101


def test_a_search_explains_itself(opened: Callable[..., Scene]) -> None:
    """What the server was asked for, what the journal decided, and what it decided alone."""
    scene = opened(ranges={"year": "number"})
    for n in range(4):
        scene.add(f"tea {n}", metadata={"year": 2020 + n, "tier": "gold"})
    followed(scene)
    filter = filters.parse({"OR": [{"year": {"gte": 2022}}, {"tier": "silver"}], "NOT": {"tier": {"startswith": "b"}}})
    search = Search(scope=USER, queries=(Query("tea"),), limit=10, filter=filter, explain=True)
    found = store_of(scene).do(search)
    assert [hit.record.text for hit in found.hits[0]] == ["tea 2", "tea 3"]
    rechecked = "((year gte n:2022 or tier=s:silver) and not tier startswith s:b)"
    assert found.explained == Explained("(year gte n:2022 or tier=s:silver)", rechecked, (Asked("=u", 2, 2),))
    past = store_of(scene).do(replace(search, valid_at=scene.clock.now)).explained
    assert past == Explained("(?year or tier=s:silver)", rechecked, alone="the index knows the present only")
    scan = Store(store_of(scene).journal, ScanIndex())
    assert scan.do(search).explained == Explained("anything", rechecked, (Asked("=u", 4, 2),))
    everybody = scan.do(replace(search, scope=Scope(user=ANY)))
    assert everybody.explained.alone == "this index searches no more than the partitions of one user"
    assert scan.do(replace(search, explain=False)).explained is None
    scan.index.close()


def scene_bind() -> Any:
    """What every scene binds."""
    from recollect.ports import Bind
    from recollect.testing.scene import DIMS

    return Bind("contract", DIMS)


def test_a_search_asks_for_what_it_needs_only(opened: Callable[..., Scene]) -> None:
    """The scripts without spaces, stop words alone, no words at all, more than the server would give."""
    scene = opened()
    texts = ["我喜欢绿茶", "京都へ行った", "ข้าวผัดอร่อย", "to be or not to be", "naïve C++ snake_case", "🍵", "  "]
    for text in texts:
        scene.add(text, OTHER)
    scene.add("shared 绿茶", Scope(agent="a"))
    followed(scene)
    for asked, expected in (
        ("绿茶", ["我喜欢绿茶"]),
        ("京都", ["京都へ行った"]),
        ("ข้าวผัด", ["ข้าวผัดอร่อย"]),
        ("not to be", ["to be or not to be"]),
        ("c++", ["naïve C++ snake_case"]),
        ("🍵", ["🍵"]),
        ("", []),
    ):
        assert scene.found(asked, OTHER) == expected
        assert scene.found(asked, OTHER, limit=20_000) == expected
    both = Scope(user=OTHER.user, agent="a")
    assert sorted(scene.found("绿茶", both)) == ["shared 绿茶", "我喜欢绿茶"]


def test_a_tenant_of_another_name_is_refused(opened: Callable[..., Scene], url: str) -> None:
    """Where two names met in one tenant, neither would see the other's memories."""
    scene = opened()
    scene.add("tea", OTHER)
    followed(scene)
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        collection = client.collections.use(name)
        (tenant,) = collection.tenants.get()
        (marker,) = (
            each
            for each in collection.with_tenant(tenant).query.fetch_objects().objects
            if each.properties["marker"] is not None
        )
        stolen = str(marker.properties["marker"]).replace("Odd name", "Other")
        collection.with_tenant(tenant).data.replace(marker.uuid, {"marker": stolen})
    with refused(IndexMismatchError):
        opened().found("tea", OTHER)


def test_reset_takes_everything_from_the_server(opened: Callable[..., Scene], url: str) -> None:
    """The collection of before is gone; what is written then lies in a new one."""
    scene = opened()
    scene.add("tea")
    followed(scene)
    with client_at(url) as client:
        before = collections_of(client, prefix_of(store_of(scene)))
        scene.do(Reset())
        followed(scene)
        assert collections_of(client, prefix_of(store_of(scene))) == []
        scene.add("coffee")
        followed(scene)
        assert scene.found("tea coffee") == ["coffee"]
        assert set(collections_of(client, prefix_of(store_of(scene)))).isdisjoint(before)


def test_erasing_a_user_takes_their_tenant_from_the_server(opened: Callable[..., Scene], url: str) -> None:
    """Also where the server holds it already; what is written then, and what others have, is held and found."""
    scene = opened()
    scene.add("tea")
    scene.add("tea", OTHER)
    followed(scene)
    scene.do(Erase(scope=USER, change_set="erased"))
    scene.add("milk")
    followed(scene)
    with client_at(url) as client:
        [name] = collections_of(client, prefix_of(store_of(scene)))
        memories = client.collections.use(name)
        held = [
            each.properties["digest"]
            for tenant in memories.tenants.get()
            for each in memories.with_tenant(tenant).query.fetch_objects().objects
        ]
    assert len([digest for digest in held if digest]) == 2
    assert scene.found("tea milk") == ["milk"]
    assert scene.found("tea milk", OTHER) == ["tea"]


def test_what_was_erased_elsewhere_leaves_with_the_next_use(opened: Callable[..., Scene], url: str) -> None:
    """Though nobody asks for that user, and whoever erased did not know of the server."""
    scene = opened()
    for who in (USER, OTHER):
        scene.add("tea", who)
    followed(scene)
    store_of(scene).journal.do(Erase(scope=USER, change_set="erased"))
    assert held(url, scene) == 2
    later = opened()
    assert later.found("tea", OTHER) == ["tea"]
    followed(later)
    assert held(url, later) == 1


@pytest.mark.parametrize("afterwards", ["erase", "reset", "reembed"])
def test_what_a_reindex_left_that_was_cut_off_is_never_used(
    opened: Callable[..., Scene], url: str, afterwards: str
) -> None:
    """Nor does anything stay there of what is erased, reset, or embedded anew."""
    scene = opened()
    for number in range(3):
        scene.add(f"tea {number}", vector=vector(1))
    followed(scene)
    journal = store_of(scene).journal
    reindexing = index_at(store_of(scene)).care.reindex(journal)
    next(reindexing)
    index_at(store_of(scene)).care._follower.follow(journal, USER.partition, ahead=1)
    reindexing.close()
    assert held(url, scene) == 6
    if afterwards == "erase":
        scene.do(Erase(scope=USER, change_set="erased"))
    elif afterwards == "reset":
        scene.do(Reset())
    else:
        scene.do(Bind("new", 2, reembed=True))
        backlog = scene.do(Reembed())
        scene.do(Reembed(vectors=dict.fromkeys(backlog.texts, b"\x00\x00\x00<")))
    left = 3 if afterwards == "reembed" else 0
    later = opened() if afterwards != "reembed" else scene
    asked = b"\0\0\x00\x3c" if afterwards == "reembed" else vector(1)
    assert len(later.found("", vector=asked, mode="vector")) == left
    index_at(store_of(later))._pusher.put(None, store_of(later).journal)
    followed(later)
    assert held(url, later) == left


def test_what_is_erased_during_a_reindex_is_not_in_the_new_index(opened: Callable[..., Scene], url: str) -> None:
    """Though it was copied there before."""
    scene = opened()
    for who in (USER, OTHER):
        scene.add("tea", who)
    followed(scene)
    for done, _ in index_at(store_of(scene)).care.reindex(store_of(scene).journal):
        if done == 1:
            store_of(scene).journal.do(Erase(scope=OTHER, change_set="erased"))
    followed(scene)
    assert held(url, scene) == 1
    assert scene.found("tea", OTHER) == []


def test_what_is_closed_leaves_the_server(opened: Callable[..., Scene], url: str) -> None:
    """Updates and deletions leave one object a memory that there is."""
    scene = opened()
    memory = scene.add("tea 0")
    scene.add("coffee")
    for number in range(5):
        scene.commit(scene.updating(memory, f"tea {number + 1}"))
    followed(scene)
    scene.commit(scene.deleting(memory))
    followed(scene)
    assert (held(url, scene), scene.found("tea coffee")) == (1, ["coffee"])


def test_a_client_of_ones_own_is_used_and_left_open(opened: Callable[..., Scene], url: str) -> None:
    """On both faces."""
    with client_at(url) as client:
        for face in ("do", "ado"):
            scene = opened(client, face)
            scene.add("tea")
            followed(scene)
            assert scene.found("tea") == ["tea"]
            scene.store.close()
            assert client.is_connected()


def test_many_threads_and_loops_ask_at_once(opened: Callable[..., Scene]) -> None:
    """Every one of them gets what a single one gets."""
    scene = opened()
    changes = [scene.adding(f"tea number {n}") for n in range(30)]
    scene.commit(*changes)
    followed(scene)
    store, answers = store_of(scene), []
    search = Search(scope=USER, queries=(Query("tea number 7"),), limit=5)
    expected = store.do(search)

    async def several() -> None:
        answers.extend(await asyncio.gather(*(store.ado(search) for _ in range(8))))

    threads = [
        threading.Thread(target=lambda n=n: asyncio.run(several()) if n % 2 else answers.append(store.do(search)))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 36


def test_a_cancelled_search_leaves_the_store_usable(opened: Callable[..., Scene]) -> None:
    """Its loop goes on, and so does the client in it."""
    scene = opened()
    scene.add("tea")
    followed(scene)
    store = store_of(scene)
    search = Search(scope=USER, queries=(Query("tea"),), limit=5)

    async def cancelled() -> Any:
        task = asyncio.ensure_future(store.ado(search))
        await asyncio.sleep(0.002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return await store.ado(search)

    assert [hit.record.text for hit in asyncio.run(cancelled()).hits[0]] == ["tea"]


def test_a_forked_child_searches_its_journal(opened: Callable[..., Scene], url: str) -> None:
    """gRPC does not survive a fork: the child is answered by the journal, what it writes reaches the server by others."""
    scene = opened(failing="exact")
    scene.add("tea before")
    followed(scene)
    assert scene.found("tea") == ["tea before"]
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(scene,))
    child.start()
    scene.add("tea of the parent")
    child.join(60)
    assert child.exitcode == 0
    assert sorted(scene.found("tea")) == ["tea before", "tea of the child", "tea of the parent"]
    followed(scene)
    assert held(url, scene) == 3


def test_a_fork_does_not_mind_stores_that_were_closed(tmp_path: Path) -> None:
    """A closed store that is still referred to keeps the others from nothing."""
    closed = Store(SqliteJournal(tmp_path / "closed.db"), ScanIndex())
    closed.close()
    scenes = [Scene(lambda at, clock: Store(SqliteJournal(tmp_path / f"{at}.db", clock=clock), ScanIndex()), "do")]
    child = multiprocessing.get_context("fork").Process(target=lambda: os._exit(len(scenes[0].add("tea")) == 0))
    child.start()
    child.join(20)
    assert child.exitcode == 0
    assert scenes[0].found("tea") == ["tea"]
    scenes[0].store.close()


def _in_child(scene: Scene) -> None:
    scene._numbers = iter(range(1000, 2000))
    scene.add("tea of the child")
    found = asyncio.run(store_of(scene).ado(Search(scope=USER, queries=(Query("tea"),), limit=5)))
    texts = {hit.record.text for hit in found.hits[0]}
    os._exit(0 if texts == set(scene.found("tea")) >= {"tea before", "tea of the child"} else 1)


def test_a_child_forked_before_the_first_question_asks_by_itself(url: str, tmp_path: Path) -> None:
    """As in servers that fork their workers first."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, str(tmp_path / "memories.db"), url, COLLECTION],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "True True"), done.stderr
    store = Store(SqliteJournal(tmp_path / "memories.db"), ScanIndex())
    removed(url, {prefix_of(store)})
    store.close()


FORKED = """
import os, sys
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.testing.scene import Scene
path, url, collection = sys.argv[1:]
index = WeaviateIndex(url, collection=collection, settle=0, failing="raise")
scene = Scene(lambda _, clock: Store(SqliteJournal(path, clock=clock), index), "do")
child = os.fork()
if child:
    os.waitpid(child, 0)
else:
    scene._numbers = iter(range(1000, 2000))
scene.add("tea")
print(index.flush(20) and len(scene.found("tea")) == (2 if child else 1), end=" " if not child else "", flush=True)
if not child:
    os._exit(0)
scene.store.close()
"""


KILLED = """
import os, signal, sys
from recollect.ports import Commit, Bind
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate import following, objects
from recollect.stores.weaviate.index import WeaviateIndex
from recollect.types import Change, ChangeSet, Draft, Scope
path, url, collection, step = sys.argv[1:]
real = getattr(objects, step)
def dying(*given):
    call = real(*given)
    def last(client):
        if step != "writing" or given[1]:
            call(client)
        os.kill(os.getpid(), signal.SIGKILL)
    return last
store = Store(SqliteJournal(path), WeaviateIndex(url, collection=collection, settle=0))
def write(name, operation, text):
    draft = Draft(text=text, kind="fact", scope=Scope(user="u")) if text else None
    change = Change(operation=operation, reason="r", decider="d", memory=name, draft=draft)
    change_set = ChangeSet(id=f"{name} {operation}", scope=Scope(user="u"), operation="t", changes=(change,))
    store.do(Commit(change_set=change_set, vectors=(None,)))
write("a", "ADD", "green tea")
write("b", "ADD", "black tea")
assert store.index.flush(30)
setattr(objects, step, dying)
write("a", "UPDATE", "white tea")
write("b", "DELETE", None)
print("committed", flush=True)
store.index.flush(30)
"""


@pytest.mark.parametrize("step", ["writing", "removing", "write_marker"])
def test_a_process_killed_at_any_step_leaves_nothing_to_repair(
    opened: Callable[..., Scene], url: str, tmp_path: Path, step: str
) -> None:
    """Whoever opens the store next finds everything, and the server follows to the same."""
    path = tmp_path / "memories.db"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), url, COLLECTION, step], capture_output=True, text=True, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    scene = opened()
    assert set(scene.found("tea")) == set(scene.texts())
    scene.add("oolong tea")
    followed(scene)
    assert "oolong tea" in scene.found("tea")
    texts = set(scene.texts())
    assert set(scene.found("tea")) == texts and {"white tea", "oolong tea"} <= texts
    assert held(url, scene) == len(texts)


def test_care_finds_and_mends_what_differs(opened: Callable[..., Scene], url: str) -> None:
    """An object that is gone, one that was changed, and one too many."""
    scene = opened()
    scene.commit(*(scene.adding(f"tea {n}") for n in range(3)))
    scene.add("shared tea", Scope(agent="a"))
    followed(scene)
    journal, care = store_of(scene).journal, index_at(store_of(scene)).care
    assert [(f.partition, f.expected, f.held, f.sound) for f in care.examine(journal)] == [
        ("-", 1, 1, True),
        ("=u", 3, 3, True),
    ]
    with client_at(url) as client:
        (name,) = collections_of(client, prefix_of(store_of(scene)))
        tenant = client.collections.use(name).with_tenant("u-u")
        some = {each.uuid.int % 2**64: each.uuid for each in tenant.query.bm25("tea").objects}
        tenant.data.delete_by_id(some[1])
        tenant.data.update(some[2], {"terms": "rice", "digest": "another"})
        tenant.data.insert({"kind": "fact", "terms": "tea"})
    wrong = [(f.missing, f.differing, len(f.surplus)) for f in care.repair(journal)]
    assert wrong == [((), (), 0), ((1,), (2,), 1)]
    assert all(f.sound and not f.surplus for f in care.examine(journal))
    assert sorted(scene.found("tea")) == ["tea 0", "tea 1", "tea 2"]


def test_an_index_is_built_anew_while_it_is_used(opened: Callable[..., Scene], url: str) -> None:
    """Searches and writes of two processes' stores go on before, between and after; the old collection goes."""
    scene = opened()
    other = scene.again()
    for n in range(5):
        scene.add(f"tea {n}", Scope(user=f"v{n}"))
    followed(scene)
    index = index_at(store_of(scene))
    with client_at(url) as client:
        (before,) = collections_of(client, prefix_of(store_of(scene)))
        seen = []
        for done, whole in index.care.reindex(store_of(scene).journal):
            seen.append((done, whole))
            other.add(f"more tea {done}", Scope(user="v0"))
            assert len(other.found("tea", Scope(user="v0"))) == len(scene.found("tea", Scope(user="v0"))) == done + 2
        assert seen == [(done, 5) for done in range(6)]
        followed(scene)
        followed(other)
        (after,) = collections_of(client, prefix_of(store_of(scene)))
    assert after != before
    assert len(scene.found("tea", Scope(user="v0"))) == len(other.found("tea", Scope(user="v0"))) == 7
    assert all(found.sound for found in index.care.examine(store_of(scene).journal))


def test_an_asynchronous_client_is_refused(url: str) -> None:
    """It belongs to one loop; a URL serves all."""
    import weaviate

    with refused(UsageError):
        WeaviateIndex(weaviate.use_async_with_local())  # type: ignore[arg-type]
