"""The exact-scan index: one matrix and one set of keyword postings per partition, derived from the journal on demand."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect import ranking
from recollect.filters import Anything, Everything
from recollect.ports import Delta, Entry, Heard, Journal, Proposal, Proposing, Query, Search, Spot, Terms, Vectors
from recollect.stores import resting
from recollect.stores.explaining import told
from recollect.stores.instants import micros
from recollect.stores.scoring import Said, found_by, in_force
from recollect.stores.threads import Threads
from recollect.types import View

CACHE_BYTES = 1 << 30
"""Bound on all cached partitions together; the least recently used go first."""

OVERFETCH = (4, 64)
"""How many times the limit is proposed where a filter may leave out some."""

_TIE = 1e-6
"""Scores this near to each other may change places when they are computed one by one."""
_TIES = 32
"""How many of those that tie with the last place are proposed in addition."""
_ENTRY_BYTES = 1800
"""About what one memory takes beside its numbers: its terms, their postings, its place."""

_SLICE, _FROM, _TO, _EXPIRES, _PLACE, _HAS, _TURN, _SAID, _ACTOR, _ASKS, _TIME = range(11)
_DAY = 86_400_000_000
_GONE = -(1 << 62)
_Bits = npt.NDArray[np.bool_]
_Numbers = npt.NDArray[np.float64]


class ScanIndex:
    """Proposes exactly what the score ranks first. Follows any journal; nothing of it is ever stored."""

    breadth = 0

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self._bound = cache_bytes
        self._forget()
        resting.register(self)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._partitions: OrderedDict[str, Partition] = OrderedDict()
        self._bytes: dict[str, int] = {}
        self._spent = 0

    def depths(self, request: Search) -> tuple[int, ...]:
        """Once what is asked for is enough, unless a filter may leave out some."""
        return (1,) if request.filter == Everything() else OVERFETCH

    def propose(self, request: Search, views: Sequence[View], limit: int, journal: Journal) -> Proposing:
        """The best slices in each view for every query, in the order of the score; asks no server."""
        return tuple(self._proposed(request, view, limit, journal) for view in views)
        yield

    def _proposed(self, request: Search, view: View, limit: int, journal: Journal) -> Proposal:
        assert view.partition is not None
        partition = self._partition(view.partition)
        with partition.lock:
            now = partition.follow(journal)
            proposal = partition.proposal(request, view, limit, now)
        self._account(partition)
        return proposal

    def written(self, partition: str | None, journal: Journal) -> None:
        """Nothing to do: it follows when it is wanted."""

    def _partition(self, name: str) -> Partition:
        with self._lock:
            partition = self._partitions.get(name)
            if partition is None:
                partition = self._partitions[name] = Partition(name)
            self._partitions.move_to_end(name)
            return partition

    def _account(self, partition: Partition) -> None:
        """Note what a partition takes, and drop others where that is too much."""
        with self._lock:
            if self._partitions.get(partition.name) is not partition:
                return
            self._spent += partition.bytes - self._bytes.get(partition.name, 0)
            self._bytes[partition.name] = partition.bytes
            while self._spent > self._bound and len(self._partitions) > 1:
                dropped, _ = self._partitions.popitem(last=False)
                self._spent -= self._bytes.pop(dropped, 0)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._partitions.clear()
            self._bytes.clear()
            self._spent = 0

    def rest(self) -> None:
        """Before a fork: nothing to finish, the child begins anew."""

    def resume(self) -> None:
        """After a fork, in the parent: go on."""

    def resume_in_child(self) -> None:
        """After a fork, in the child: begin anew, since a thread that is gone may have been at work."""
        self._forget()


class Partition:
    """Columns of one partition's open slices after sequence number `start`, as they came; room grows by doubling."""

    def __init__(self, name: str, start: int = 0) -> None:
        self.name = name
        self.start = start
        self.lock = threading.Lock()
        self.epoch: int | None = None
        self._clear()

    def _clear(self) -> None:
        self.seq = self.start
        self._count = 0
        self._columns = np.zeros((_TIME + 1, 64), np.int64)
        self._matrix = np.zeros((0, 0), np.float32)
        self._rows: dict[int, int] = {}
        self._places: dict[tuple[str, str, str], int] = {}  # of agent, run and kind
        self._postings: dict[str, tuple[array[int], array[float]]] = {}  # of a term: rows and impacts
        self._actors: dict[str, int] = {}  # those with a name, from 1 on
        self._threads = Threads()
        self._importance: dict[int, float] = {}  # of the rows that have any
        self._waiting: list[Said] = []  # plain tuples: the collector of garbage leaves them alone
        self._terms: list[Terms] = []

    @property
    def bytes(self) -> int:
        """About how much memory this takes."""
        return self._matrix.nbytes + self._columns.nbytes + _ENTRY_BYTES * self._count

    def follow(self, journal: Journal) -> int:
        """Catch up with the journal; the moment that counts as the present."""
        delta: Delta = journal.do(Vectors(self.name, self.seq))
        if self.epoch not in (None, delta.epoch) or delta.seq < self.seq:
            self.start = 0
            self._clear()
            delta = journal.do(Vectors(self.name, 0))
        self.epoch = delta.epoch
        self._take(delta)
        if delta.more:
            return self.follow(journal)
        if self._count > 64 and len(self._rows) < self._count // 2:
            self._clear()  # mostly closed slices
            return self.follow(journal)
        return delta.now

    def _take(self, delta: Delta) -> None:
        if delta.cleared:
            self._clear()
        self._close(delta.closed)
        if delta.opened:
            self._append(delta.opened)
        self.seq = delta.seq

    def _close(self, closed: Sequence[int]) -> None:
        for sid in closed:
            row = self._rows.pop(sid, None)
            if row is not None:
                self._columns[_TO, row] = _GONE

    def _append(self, entries: Sequence[Entry]) -> None:
        start, self._count = self._count, self._count + len(entries)
        self._grow(next((len(entry.vector) // 2 for entry in entries if entry.vector), self._matrix.shape[1]))
        rows = range(start, self._count)
        slices, agents, runs, kinds, starts, ends, expiries, *said, threads, spots, since, important, vectors = zip(
            *entries, strict=True
        )
        places = [self._places.setdefault(place, len(self._places)) for place in zip(agents, runs, kinds, strict=True)]
        self._columns[:_HAS, start : self._count] = (slices, starts, ends, expiries, places)
        self._columns[_TURN, start : self._count] = list(map(self._threads.number, threads, spots))
        self._columns[_SAID, start : self._count] = since
        self._importance.update((row, given) for row, given in zip(rows, important, strict=True) if given)
        self._rows.update(zip(slices, rows, strict=True))
        self._waiting += zip(*said, strict=True)
        some = [row for row, vector in zip(rows, vectors, strict=True) if vector]
        self._columns[_HAS, some] = 1
        if some:
            packed = b"".join(filter(None, vectors))
            self._matrix[some] = np.frombuffer(packed, "<f2").reshape(len(some), -1)

    def _grow(self, dims: int) -> None:
        room = self._columns.shape[1]
        if room < self._count:
            room += max(room, self._count)
            columns = np.zeros((len(self._columns), room), np.int64)
            columns[:, : self._columns.shape[1]] = self._columns
            self._columns = columns
        if self._matrix.shape != (room, dims):
            matrix = np.zeros((room, dims), np.float32)
            if self._matrix.shape[1] == dims:
                matrix[: len(self._matrix)] = self._matrix
            self._matrix = matrix

    def proposal(self, request: Search, view: View, limit: int, now: int) -> Proposal:
        """The best slices in view for every query, in the order of the score."""
        taken = {kind: request.takes(kind) for *_, kind in self._places}
        seen = of_kind = self._seen(view, taken, now)
        some = bool(of_kind.any())
        if some and not all(taken.values()) and in_force(request) != ranking.PLAIN:
            seen = self._seen(view, dict.fromkeys(taken, True), now)  # context is of every kind
        best = tuple(self._best(query, request, seen, of_kind, limit) if some else () for query in request.queries)
        cut = tuple(len(slices) >= limit for slices in best)
        beside = {} if in_force(request) == ranking.PLAIN else self._beside(best, seen)
        return Proposal(best, self.seq, cut, need=request.limit, pushed=told(Anything()), beside=beside)

    def _beside(self, best: Sequence[Sequence[int]], seen: _Bits) -> dict[int, Heard]:
        """What is seen at and beside the turns of these slices."""
        turns = self._columns[_TURN, : self._count]
        near = self._threads.around(turns[[self._rows[sid] for slices in best for sid in slices]])
        rows = np.flatnonzero(near[turns] & seen)
        vectors = self._matrix[rows].astype("<f2")  # as they came
        columns = self._columns[:, rows].tolist()
        return {
            sid: Heard(self._spot(turn), self._terms[row], bool(asks), vector.tobytes() if has else None)
            for sid, turn, asks, has, row, vector in zip(
                columns[_SLICE], columns[_TURN], columns[_ASKS], columns[_HAS], rows.tolist(), vectors, strict=True
            )
        }

    def _spot(self, turn: int) -> Spot:
        return self.name, *self._threads.turn(turn)

    def _seen(self, view: View, taken: Mapping[str, bool], now: int) -> _Bits:
        """Which rows are open, valid now, in view, and of a kind that is taken."""
        columns = self._columns[:, : self._count]
        bits: _Bits = (columns[_FROM] <= now) & (columns[_TO] > now) & (columns[_EXPIRES] > now)
        accepted = np.array([taken[kind] and view.accepts(agent, run) for agent, run, kind in self._places], np.bool_)
        if accepted.all():
            return bits
        seen: _Bits = bits & accepted[columns[_PLACE]]
        return seen

    def _best(self, query: Query, request: Search, seen: _Bits, of_kind: _Bits, limit: int) -> tuple[int, ...]:
        """The slices that score highest among those of the kind, beside all seen: not zero, not below the threshold."""
        scores = self._scores(query, request, seen)
        scores[~of_kind] = 0.0
        found = np.flatnonzero(scores > max(0.0, request.threshold - _TIE))
        if len(found) > limit:
            some = scores[found]
            found = found[some >= np.partition(some, -limit)[-limit] - _TIE]
        order = np.argsort(-scores[found], kind="stable")[: limit + _TIES]
        best: list[int] = self._columns[_SLICE, found[order]].tolist()
        return tuple(best)

    def _scores(self, query: Query, request: Search, seen: _Bits) -> _Numbers:
        weights = in_force(request)
        keyword: Any = 0.0
        if request.mode != "vector":
            self._post()
            keyword = self._keyword(ranking.prepare(query.text, query.vector, weights.alike))
        dense: Any = np.zeros(self._count)
        if request.mode != "keyword" and query.vector is not None and self._matrix.shape[1]:
            # Faster than the threads of a matrix product, above all where others work on the same cores.
            dense = np.einsum("ij,j->i", self._matrix[: self._count], ranking.unpack(query.vector))
        has = self._columns[_HAS, : self._count]
        base = np.array(ranking.combine(keyword, dense, has, query.vector is not None, request.mode), np.float64)
        if weights == ranking.PLAIN:
            return base
        if query.wanted.dates_only:
            base = np.where(self._undated(query.wanted) == 0, ranking.DATED, 0.0)
        base[~seen] = 0.0  # else what is out of view would be heard through its neighbours
        priors = self._priors(base, query.wanted, seen, weights)
        if query.wanted.dates_only:
            priors = replace(priors, neighbours=0.0)
        priors = replace(priors, fresh=self._freshness(request, weights), important=self._important(weights))
        scores: _Numbers = ranking.whole(base, priors, weights)
        return scores

    def _keyword(self, query: ranking.PreparedQuery) -> _Numbers:
        total, best = np.zeros(self._count), np.zeros(self._count)
        for term, weight in query.weights.items():
            near = query.standing_for(term)
            posted = [(*self._posted(other), near[other]) for other in near if other in self._postings]
            for rows, impacts, nearness in posted:
                best[rows] = np.maximum(best[rows], nearness * impacts)
            for rows, *_ in posted:
                total[rows] += weight * best[rows]
                best[rows] = 0  # a row counts once, whichever words it has
        return total / query.attainable

    def _posted(self, term: str) -> tuple[npt.NDArray[np.int64], _Numbers]:
        rows, impacts = self._postings[term]
        return np.frombuffer(rows, np.int64), np.frombuffer(impacts, np.float64)

    def _priors(self, base: _Numbers, wanted: ranking.Wanted, seen: _Bits, weights: ranking.Weights) -> ranking.Priors:
        columns = self._columns[:, : self._count]
        questions = columns[_ASKS].astype(np.bool_)
        of_another: Any = 0.0
        if wanted.speaker is not None:
            code = self._actors.get(wanted.speaker, -1)
            of_another = (columns[_ACTOR] > 0) & (columns[_ACTOR] != code)
        return ranking.Priors(
            neighbours=ranking.supports(base, questions & seen, columns[_TURN], self._threads.sides, weights),
            of_another=of_another,
            question=questions,
            undated=self._undated(wanted),
            says_when=columns[_TIME] if wanted.when else 0.0,
        )

    def _freshness(self, request: Search, weights: ranking.Weights) -> Any:
        """How new every row is, where that counts."""
        if request.reference is None or not weights.recency:
            return 0.0
        age = (micros(request.reference) - self._columns[_SAID, : self._count]) / _DAY
        return ranking.freshness(age, weights.half_life)

    def _important(self, weights: ranking.Weights) -> Any:
        """How important every row is, where that counts."""
        if not weights.importance:
            return 0.0
        found = np.zeros(self._count)
        found[list(self._importance)] = list(self._importance.values())
        return found

    def _undated(self, wanted: ranking.Wanted) -> Any:
        """`ranking.undated` of every row."""
        if not wanted.dates:
            return 0.0
        asked = {term for far, near in wanted.dates for term in (*far, *near)}
        having = {term: self._having(term) for term in asked if term in self._postings}
        missed = np.ones(self._count)
        for far, near in wanted.dates:
            if having.keys() >= {*far}:
                this = np.logical_and.reduce([having[term] for term in far])
                missed[this] = np.minimum(missed[this], 0.5 if near else 0.0)
                if near and having.keys() >= {*near}:
                    missed[np.logical_and.reduce([this, *(having[term] for term in near)])] = 0.0
        return missed

    def _having(self, term: str) -> _Bits:
        """Which rows have this term."""
        having = np.zeros(self._count, np.bool_)
        having[self._posted(term)[0]] = True
        return having

    def _post(self) -> None:
        """Index the texts that came since the last search by keywords, and note what else they say."""
        for row, said in enumerate(self._waiting, len(self._terms)):
            text, actor, *_ = said
            if actor is not None and ranking.is_named(actor):
                self._columns[_ACTOR, row] = self._actors.setdefault(actor, len(self._actors) + 1)
            self._columns[_ASKS, row] = ranking.is_question(text)
            self._columns[_TIME, row] = ranking.has_time(text)
            frequencies, length = terms = found_by(said)
            self._terms.append(terms)
            for term, often in frequencies.items():
                where, impacts = self._postings.setdefault(term, (array("q"), array("d")))
                where.append(row)
                impacts.append(ranking.impact(often, length))
        self._waiting.clear()
