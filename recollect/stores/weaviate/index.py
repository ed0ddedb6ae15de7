"""The Weaviate index: large partitions are searched by a server, what it does not hold yet is scored exactly here."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from recollect.errors import IndexMismatchError, IndexUnavailableError, RecollectError
from recollect.ports import Consult, Journal, Proposal, Proposing, Search, Trace, Traced
from recollect.ranking import PLAIN
from recollect.stores import resting
from recollect.stores.explaining import told
from recollect.stores.scan import Partition, ScanIndex
from recollect.stores.weaviate import objects, schema
from recollect.stores.weaviate.care import Care
from recollect.stores.weaviate.connection import DEADLINE, AbsentError, Server, first_error
from recollect.stores.weaviate.following import Follower, Position, checked
from recollect.stores.weaviate.pusher import Pusher
from recollect.stores.weaviate.ranges import declared
from recollect.stores.weaviate.schema import Shape
from recollect.types import View

if TYPE_CHECKING:
    from weaviate import WeaviateClient

_log = logging.getLogger(__name__)

DEPTH = 4
"""How many times the limit is asked of the server, by words and by vector each."""
LEFT = 3
"""How many times the limit must be left when what is stale or does not pass the filter is gone; else the journal answers."""
LEAST = 100
"""Asked for at least: a partition of no more memories than this is searched exactly."""
SETTLE = 120.0
"""Seconds after which every replica holds what was written to one, and has written it out to disk.

Until it has (within a minute or so) Weaviate's best by words are not the best: block-max pruning (seen in 1.35) takes the
share of what is still in memory for nothing. What is younger is scored here, exactly.
"""
VERIFY = 30.0
"""Seconds after which a tenant's marker is read again, in case the server lost or got back older data."""
BREADTH = 100
"""Partitions that a search of all users may ask."""
_PARTITIONS = 4096
_ROUNDS = 3


_Found = tuple[list[list[int]], list[bool]]
"""Slice ids for each query, and whether there may be more."""


class _Followed:
    """A partition as this process knows it: the position of its tenant, and the slices after it, the tail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()
        self.position: Position | None = None
        self.verified = 0.0
        self.tail = Partition(name)

    @property
    def unsure(self) -> bool:
        """Whether its position is to be read, for the first time or again."""
        return self.position is None or time.monotonic() - self.verified > VERIFY

    def placed(self, position: Position) -> None:
        """Take note of a position just read or reached."""
        self.position, self.verified = position, time.monotonic()


class _Place(NamedTuple):
    """A view to be searched: what the server holds of its partition, and the tail that goes with just that."""

    followed: _Followed
    position: Position
    tail: Partition
    view: View
    now: int


class WeaviateIndex:
    """Proposes what a Weaviate server finds, and whatever the server cannot have seen yet.

    target: weaviate://host:port?grpc=50051, weaviates:// with TLS, wcd://cluster-url, or a connected WeaviateClient.
    collection, index, quantizer, replicas, consistency: see `recollect.stores.weaviate.schema.Shape`.
    ranges: paths into metadata whose numbers or times the server compares by order, {"year": "number", "due": "time"};
        the record's own times are compared anyway. A change of these asks for a reindex.
    deadline: seconds that no question to the server exceeds.
    settle: seconds for which what was written is scored here as well, because the server may not find it yet.
    failing: what a search does when the server fails: "exact" answers it from the journal alone, "raise" raises.

    `care` compares it with the journal, mends it, and builds it anew.
    """

    def __init__(
        self,
        target: str | WeaviateClient,
        *,
        api_key: str | None = None,
        headers: dict[str, str] | None = None,
        collection: str = "Recollect",
        index: Literal["hnsw", "flat"] = "hnsw",
        quantizer: Literal["rq8", "none"] = "rq8",
        replicas: int = 1,
        consistency: Literal["ONE", "QUORUM", "ALL"] | None = None,
        ranges: Mapping[str, Literal["number", "time"]] | None = None,
        deadline: float = DEADLINE,
        settle: float = SETTLE,
        failing: Literal["exact", "raise"] = "exact",
    ) -> None:
        self._shape = Shape(
            name=collection,
            index=index,
            quantizer=quantizer,
            replicas=replicas,
            consistency=consistency,
            ranges=declared(ranges or {}),
        )
        self._server = Server(target, api_key=api_key, headers=headers, deadline=deadline)
        self._settle = settle
        self._failing = failing
        self._exact = ScanIndex()
        follower = Follower(self._server, self._shape, self._settle)
        self.care = Care(follower, self._shape)
        self._pusher = Pusher(follower, lambda: self._server.paused, self._reached)
        self._forget()
        resting.register(self)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._partitions: OrderedDict[str, _Followed] = OrderedDict()
        self._checked: set[str] = set()
        self._alone = False

    @property
    def trouble(self) -> Exception | None:
        """Why the index does not follow at present, None if it does."""
        return self._pusher.trouble

    @property
    def settle(self) -> float:
        """Seconds for which what was written is scored here as well."""
        return self._settle

    def flush(self, seconds: float = DEADLINE) -> bool:
        """Wait until the index holds what was written; whether it does."""
        return self._pusher.flush(seconds)

    # Proposing.

    breadth = BREADTH

    def depths(self, request: Search) -> tuple[int, ...]:
        """Once: where that is not enough, the journal knows it all. By times alone the server finds nothing."""
        return () if any(query.wanted.dates_only for query in request.queries) else (DEPTH,)

    def propose(self, request: Search, views: Sequence[View], limit: int, journal: Journal) -> Proposing:
        """Slices that the server finds by words or by vector, and the best of those after what it holds."""
        try:
            if self._server.paused:
                raise IndexUnavailableError(f"{self._server.name} failed just now: {self.trouble or 'see above'}")
            proposals = yield from self._proposed(request, views, limit, journal)
            self._alone = False
            return proposals
        except (IndexUnavailableError, IndexMismatchError) as error:
            if self._failing == "raise":
                raise
            self._tell(error)
            found = yield from self._exact.propose(request, views, limit, journal)
            return tuple(replace(each, pushed=f"{each.pushed}, without the server: {error}") for each in found)

    def _tell(self, error: RecollectError) -> None:
        """Say it once, until the server answers again."""
        if not self._alone:
            self._alone = True
            _log.warning("searches are answered by the journal alone: %s", error)

    def _proposed(self, request: Search, views: Sequence[View], limit: int, journal: Journal) -> Proposing:
        for _ in range(_ROUNDS):
            places = yield from self._placed(views, journal)
            found = yield from self._asked(request, places, max(limit, LEAST))
            if found is not None:
                return tuple(
                    self._joined(request, place, ids, cut, limit)
                    for place, (ids, cut) in zip(places, found, strict=True)
                )
        raise IndexUnavailableError(f"collection {places[0].position.tenant.collection} comes and goes")

    def _placed(self, views: Sequence[View], journal: Journal) -> Generator[Consult, Any, list[_Place]]:
        """Where each view's tenant stands, and its tail up to this moment."""
        all_followed = [self._followed(str(view.partition)) for view in views]
        places: list[_Place | None] = [None] * len(views)
        while None in places:
            unknown = [each for each in dict.fromkeys(all_followed) if each.unsure]
            if unknown:
                yield from self._position(unknown, journal)
            for at, (followed, view) in enumerate(zip(all_followed, views, strict=True)):
                places[at] = places[at] or self._tailed(followed, view, journal)
        return [place for place in places if place is not None]

    def _position(self, unknown: Sequence[_Followed], journal: Journal) -> Generator[Consult, Any, None]:
        self._pusher.begin(journal)
        traced: list[Traced] = [journal.do(Trace(followed.name, 0)) for followed in unknown]
        tenants = [self._shape.tenant(each, followed.name) for each, followed in zip(traced, unknown, strict=True)]
        unchecked = sorted({tenant.collection for tenant in tenants} - self._checked)
        answers = yield self._server.asking(*map(schema.reading, unchecked), *map(objects.read_marker, tenants))
        if error := first_error(answers):
            raise error
        for collection, answer in zip(unchecked, answers, strict=False):
            if not isinstance(answer, AbsentError):
                schema.check(self._shape, collection, answer)
                self._checked.add(collection)
        markers = answers[len(unchecked) :]
        for followed, each, tenant, answer in zip(unknown, traced, tenants, markers, strict=True):
            followed.placed(checked(journal, tenant, each.epoch, answer))

    def _tailed(self, followed: _Followed, view: View, journal: Journal) -> _Place | None:
        """The tail, renewed where the index has moved on; None where the position is of another epoch."""
        with followed.lock:
            position = followed.position
            if position is None:
                return None
            start = position.marker.settled(time.time(), self._settle) if position.marker else 0
            if followed.tail.start != start:
                followed.tail = Partition(followed.name, start)
            tail = followed.tail
        with tail.lock:
            now = tail.follow(journal)
            if tail.epoch != position.epoch or tail.start != start:
                followed.position = None
                return None
            behind = tail.seq > position.seq
        if behind:
            self._pusher.put(followed.name, journal)
        return _Place(followed, position, tail, view, now)

    def _asked(
        self, request: Search, places: Sequence[_Place], limit: int
    ) -> Generator[Consult, Any, list[_Found] | None]:
        """What the server finds in each place for each query, and whether it may have more; None: look again."""
        found: list[_Found] = [([[] for _ in request.queries], [False] * len(request.queries)) for _ in places]
        asked = [
            (at, number, call)
            for at, place in enumerate(places)
            if place.position.seq
            for number, call in objects.legs(
                place.position.tenant, request, place.view, place.now, limit, self._shape.ranged
            )
        ]
        answers = (yield self._server.asking(*(call for *_, call in asked))) if asked else []
        if error := first_error(answers):
            raise error
        for (at, number, _), answer in zip(asked, answers, strict=True):
            if isinstance(answer, AbsentError):
                places[at].followed.position = None
                return None
            ids, cut = found[at]
            some = objects.slices(answer)
            ids[number] += some
            cut[number] |= len(some) >= min(limit, objects.LONGEST)
        return found

    def _joined(
        self, request: Search, place: _Place, ids: Sequence[Sequence[int]], cut: Sequence[bool], limit: int
    ) -> Proposal:
        """The tail's best, then the server's."""
        with place.tail.lock:
            near = place.tail.proposal(request, place.view, limit, place.now)
        return Proposal(
            slices=tuple(tuple(dict.fromkeys([*some, *far])) for some, far in zip(near.slices, ids, strict=True)),
            seq=near.seq,
            cut=tuple(one or other for one, other in zip(near.cut, cut, strict=True)),
            need=LEFT * request.limit,
            alone=request.weights != PLAIN,
            pushed=told(objects.superset(request, self._shape.ranged)) if request.explain else "",
        )

    def _followed(self, name: str) -> _Followed:
        with self._lock:
            followed = self._partitions.setdefault(name, _Followed(name))
            self._partitions.move_to_end(name)
            if len(self._partitions) > _PARTITIONS:
                self._partitions.popitem(last=False)
            return followed

    # Following.

    def written(self, partition: str | None, journal: Journal) -> None:
        """Have the server follow, after the journal's commit: nobody waits for it."""
        self._pusher.put(partition, journal)

    def _reached(self, position: Position) -> None:
        """The pusher moved a tenant."""
        self._exact.close()
        self._followed(position.tenant.partition).placed(position)

    # The end, and forks.

    def close(self) -> None:
        """Let the index catch up while the server answers; then close what was opened here."""
        if not self._server.paused:
            self.flush(self._server.deadline)
        self._pusher.close()
        self._server.close()
        self._exact.close()

    def rest(self) -> None:
        """Before a fork: nothing to finish."""

    def resume(self) -> None:
        """After a fork, in the parent: go on."""

    def resume_in_child(self) -> None:
        """After a fork, in the child: begin anew."""
        self._forget()
