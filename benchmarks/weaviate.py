"""The Weaviate index beside the server's own client making the same calls, and beside the embedded store, in one run.

python -m benchmarks.weaviate [--sizes 1000,10000,100000] [--totals 10000,100000]

Every figure is a median of rounds in which the measured things take turns. Vectors are random, of 256 numbers. The server
is the one that `python -m tests.services up weaviate` started; what is made there is removed in the end. Growth is measured
on a server for each total, side by side.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from weaviate import WeaviateClient
from weaviate.connect import ConnectionParams

from benchmarks.speed import sentence, show, take_turns
from recollect import filters, ranking
from recollect.ports import Bind, Commit, Delta, Fetch, Query, Search, Trace, Vectors
from recollect.stores.hits import heard_of
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.weaviate import objects
from recollect.stores.weaviate.address import parse
from recollect.stores.weaviate.connection import Server
from recollect.stores.weaviate.following import Follower
from recollect.stores.weaviate.index import LEAST, WeaviateIndex
from recollect.stores.weaviate.objects import Tenant
from recollect.stores.weaviate.ranges import declared
from recollect.stores.weaviate.schema import Shape
from recollect.types import Change, ChangeSet, Draft, Scope
from tests.services import places
from tests.services.weaviate import Node, down, up

DIMS, BATCH, FIXED = 256, 500, 1000
FREE = 6  # the first number of a node whose ports are free
SHAPE = Shape(name="Bench", ranges=declared({"year": "number"}))
DICE = np.random.default_rng(7)


def vector() -> bytes:
    """A random vector of length one."""
    numbers = DICE.standard_normal(DIMS)
    return bytes((numbers / np.linalg.norm(numbers)).astype("<f2").tobytes())


def commit(name: str, user: str, numbers: Sequence[int]) -> Commit:
    """Adds a sentence of each number to a user's memories."""
    scope = Scope(user=user)
    changes = tuple(
        Change(
            operation="ADD",
            reason="said",
            decider="benchmark",
            memory=f"{name} {n}",
            draft=Draft(text=sentence(n), kind="fact", scope=scope, metadata={"year": 1990 + n % 40}),
        )
        for n in numbers
    )
    change_set = ChangeSet(id=f"{name} {numbers[0]}", scope=scope, operation="benchmark", changes=changes)
    return Commit(change_set=change_set, vectors=tuple(vector() for _ in numbers))


def search(user: str, n: int, given: dict[str, Any] | None = None) -> Search:
    """Asks for ten memories by words and vector."""
    text = f"who {sentence(n).split()[2]} something near the lake"
    tree = filters.parse(given)
    return Search(scope=Scope(user=user), queries=(Query(text, vector()),), limit=10, filter=tree)


class Bench:
    """A journal with a Weaviate index and with an exact scan, and a client beside them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.journal = SqliteJournal(folder / "memory.db")
        self.index = WeaviateIndex(
            url, collection=SHAPE.name, ranges={"year": "number"}, settle=0, deadline=60, failing="raise"
        )
        self.server = Server(url, deadline=60)
        self.served, self.embedded = Store(self.journal, self.index), Store(self.journal, ScanIndex())
        for store in (self.served, self.embedded):
            store.do(Bind("benchmark", DIMS))
        self.client = client_at(url)
        self._reached: dict[str, int] = {}
        self._prepared: tuple[Tenant, list[Any]]

    def fill(self, user: str, size: int) -> None:
        """Write so many memories of a user, and wait until the server holds them."""
        for start in range(0, size, BATCH):
            self.served.do(commit(user, user, range(start, min(size, start + BATCH))))
        assert self.index.flush(3600), self.index.trouble

    def raw(self, request: Search) -> list[Callable[[Any], Any]]:
        """The calls that the index makes for a search."""
        (view,) = request.scope.views()
        traced = self.journal.do(Trace(str(view.partition), 0))
        tenant = SHAPE.tenant(traced, str(view.partition))
        return [call for _, call in objects.legs(tenant, request, view, int(time.time() * 1e6), LEAST, SHAPE.ranged)]

    def prepare(self, partition: str) -> None:
        """Make the objects of what was written last."""
        delta: Delta = self.journal.do(Vectors(partition, self._reached.get(partition, 0), 10**6, tokens=True))
        tenant = SHAPE.tenant(self.journal.do(Trace(partition, 0)), partition)
        foreign = replace(tenant, journal="another")  # objects of other names, in the same tenant
        made = objects.objects(foreign, delta.opened[-BATCH:], delta.tokens, SHAPE.ranged)
        self._reached[partition] = delta.seq
        self._prepared = foreign, made

    def insert(self) -> None:
        """Insert them by the client alone."""
        tenant, made = self._prepared
        for some in objects.chunks(made):
            assert not objects.writing(tenant, some)(self.client).errors

    def close(self) -> None:
        """Close what is open, and remove what was made on the server."""
        prefix = SHAPE.prefix(self.journal.do(Trace("-", 0)).journal)
        self.served.close()
        self.server.close()
        for name in self.client.collections.list_all(simple=True):
            if name.startswith(prefix):
                self.client.collections.delete(name)
        self.client.close()


def client_at(url: str) -> WeaviateClient:
    """A client of the server's own library."""
    where = parse(url)
    params = ConnectionParams.from_params(
        where.host, where.port, where.secure, where.grpc_host, where.grpc_port, where.secure
    )
    client = WeaviateClient(params, skip_init_checks=True)
    client.connect()
    return client


@contextmanager
def opened(url: str) -> Iterator[Bench]:
    """A journal of its own."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(url, Path(folder))
        try:
            yield bench
        finally:
            bench.close()


# Searching.


def searches(bench: Bench, user: str, given: dict[str, Any] | None, what: str, rounds: int = 100) -> None:
    """A search through the server beside its two calls made one after the other and at once, and beside the scan."""
    asked = [search(user, n, given) for n in range(rounds)]
    raw = [bench.raw(request) for request in asked]
    with ThreadPoolExecutor(2) as threads:
        works: dict[str, Callable[[int], Any]] = {
            "in_turn": lambda n: [call(bench.client) for call in raw[n]],
            "at_once": lambda n: list(threads.map(lambda call: call(bench.client), raw[n])),
            "served": lambda n: bench.served.do(asked[n]),
            "embedded": lambda n: bench.embedded.do(asked[n]),
            "hydrated": lambda n: hydrated(bench, asked[n], proposed[n]),
            "scored": lambda n: scored(bench, asked[n], held[n]),
            "ten": lambda n: hydrated(bench, asked[n], proposed[n][:10]),
        }
        proposed = [proposals(bench, request, calls) for request, calls in zip(asked, raw, strict=True)]
        held = [list(hydrated(bench, *each).values()) for each in zip(asked, proposed, strict=True)]
        for work in works.values():
            work(0)
        took = take_turns(rounds, **works)
    show(f"{what}: raw, one call after the other", took["in_turn"])
    show(f"{what}: raw, both calls at once, by two threads", took["at_once"])
    show(f"{what}: hydration of 10 hits", took["ten"], bound="<= 1 ms")
    count = sum(map(len, proposed)) / rounds
    show(f"{what}: hydration of all {count:.0f} proposals", took["hydrated"])
    show(f"{what}: scoring of them", took["scored"])
    show(f"{what}: search", took["served"])
    less = took["served"] - took["hydrated"]
    show(f"{what}: search less hydration, to one after the other", less, took["in_turn"], "<= 1.25x")
    show(f"{what}: search less hydration, to both at once", less, took["at_once"])
    show(f"{what}: embedded search", took["embedded"])


def proposals(bench: Bench, request: Search, calls: list[Callable[[Any], Any]]) -> tuple[int, ...]:
    """What the server proposes."""
    return tuple(dict.fromkeys(sid for call in calls for sid in objects.slices(call(bench.client))))


def scored(bench: Bench, request: Search, held: list[Any]) -> list[float]:
    """Scores what was read."""
    (query,) = request.queries
    ready = ranking.prepare(query.text, query.vector)
    known = (heard_of(*each) for each in held)
    return sorted((ranking.score(ready, *each.terms, each.vector)[0] for each in known), reverse=True)


def hydrated(bench: Bench, request: Search, slices: tuple[int, ...]) -> Any:
    """Reads proposals from the journal."""
    return bench.journal.do(Fetch(scope=request.scope, slices=slices, filter=request.filter))


# Writing.


def writes(bench: Bench, user: str, first: int, rounds: int = 8) -> None:
    """Bringing the index up to date beside inserting the same objects, made before, in one call each 200.

    Nobody waits for it: a write is acknowledged when the journal has it. Counted is one pass of the thread that follows, from
    reading the journal to the marker; the floor inserts as many other objects into the same tenant.
    """
    follower, partition = Follower(bench.server, SHAPE, 0), Scope(user=user).partition
    follower.follow(bench.journal, partition)
    bench.prepare(partition)
    for batch in (BATCH, 1):
        numbers = iter(range(first, first + 10**6))
        took = take_turns(
            rounds if batch > 1 else 10 * rounds,
            commit=lambda _, batch=batch, numbers=numbers: bench.embedded.do(  # type: ignore[misc]
                commit("late", user, [next(numbers) for _ in range(batch)])
            ),
            make=lambda _: bench.prepare(partition),
            raw=lambda _: bench.insert(),
            follow=lambda _: follower.follow(bench.journal, partition),
        )
        first += 10**6
        show(f"write of {batch}: the journal's commit", took["commit"])
        show(f"write of {batch}: raw insert_many", took["raw"])
        show(f"write of {batch}: the index follows", took["follow"], took["raw"], "<= 1.25x" if batch > 1 else "")


# Growing.


def growth(totals: Sequence[int]) -> None:
    """Searches and writes in a partition of a fixed size, beside others of the same size: few of them, and many.

    Each total has a server of its own, so that all take turns in one run.
    """
    nodes = [Node(f"weaviate-beside-{number}", number) for number in range(FREE, FREE + len(totals))]
    up(tuple(nodes))
    try:
        with ExitStack() as stack:
            benches = {
                total: stack.enter_context(opened(at(node.address())))
                for node, total in zip(nodes, totals, strict=True)
            }
            for total, bench in benches.items():
                for user in track(range(total // FIXED), f"{total:,} memories"):
                    bench.fill(f"user{user}", FIXED)
            grown(benches)
    finally:
        down(tuple(nodes))


def grown(benches: Mapping[int, Bench]) -> None:
    """What each costs in turn, beside the smallest."""
    followers = {total: Follower(bench.server, SHAPE, 0) for total, bench in benches.items()}
    user, numbers = "user3", iter(range(10**7, 10**9))
    partition = Scope(user=user).partition

    def write(total: int, _: int) -> None:
        benches[total].embedded.do(commit("late", user, [next(numbers) for _ in range(100)]))
        followers[total].follow(benches[total].journal, partition)

    for what, rounds, work in (
        ("search", 200, lambda total, n: benches[total].served.do(search(user, n))),
        ("write of 100, followed by the index", 20, write),
    ):
        for total in benches:
            work(total, 0)
        took = take_turns(rounds, **{str(total): partial(work, total) for total in benches})
        floor = took[str(min(benches))]
        for total in benches:
            bound = "" if total == min(benches) else "<= 1.1x"
            show(f"{what}, in a partition of {FIXED:,} of {total:,}", took[str(total)], floor, bound)


def at(address: Mapping[str, Any]) -> str:
    """The URL of a server."""
    return f"weaviate://{address['host']}:{address['http_port']}?grpc={address['grpc_port']}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--totals", default="10000,100000")
    given = parser.parse_args()
    url = at(places.reached("weaviate"))
    print(f"{'median milliseconds':70} {'took':>9} {'floor':>10} {'ratio':>8}  bound")
    for size in map(int, filter(None, given.sizes.split(","))):
        print(f"\n-- one partition of {size:,}")
        with opened(url) as bench:
            bench.fill("ann", size)
            searches(bench, "ann", None, "search")
            searches(bench, "ann", {"year": {"gte": 2025}}, "search, range of metadata", rounds=30)
            writes(bench, "ann", 10**7)
    if totals := list(map(int, filter(None, given.totals.split(",")))):
        print(f"\n-- partitions of {FIXED:,}")
        growth(totals)


if __name__ == "__main__":
    main()
