"""The exact-scan index: one matrix and one set of keyword postings per partition, derived from the journal on demand."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recollect import ranking
from recollect.ports import Delta, Entry, Journal, Proposal, Query, Search, Vectors
from recollect.types import View

CACHE_BYTES = 1 << 30
"""Bound on all cached partitions together; the least recently used go first."""

_BITS = npt.NDArray[np.bool_]
_ROW = np.dtype(
    [
        ("slice", np.int64),
        ("valid_from", np.int64),
        ("valid_to", np.int64),
        ("expires_at", np.int64),
        ("agent", np.int32),
        ("run", np.int32),
        ("length", np.int32),
        ("open", np.bool_),
        ("vector", np.bool_),
    ]
)


class ScanIndex:
    """Proposes exactly what the score ranks first. Follows any journal; nothing of it is ever stored."""

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self._bound = cache_bytes
        self._lock = threading.Lock()
        self._partitions: OrderedDict[str, _Partition] = OrderedDict()

    def propose(self, request: Search, view: View, limit: int, journal: Journal) -> Proposal:
        """The best slices in view for every query, in the order of the score."""
        assert view.partition is not None
        partition = self._partition(view.partition)
        with partition.lock:
            now = partition.follow(journal)
            seen = partition.seen(view, now)
            best = tuple(partition.best(query, request, seen, limit) for query in request.queries)
            return Proposal(best, complete=True, seq=partition.seq)

    def _partition(self, name: str) -> _Partition:
        with self._lock:
            partition = self._partitions.setdefault(name, _Partition(name))
            self._partitions.move_to_end(name)
            spent = sum(held.bytes for held in self._partitions.values())
            while spent > self._bound and len(self._partitions) > 1:
                _, dropped = self._partitions.popitem(last=False)
                spent -= dropped.bytes
            return partition

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._partitions.clear()


class _Partition:
    """Columns of one partition's open slices, in the order in which they came; rows grow by doubling."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()
        self.epoch = -1
        self._clear()

    def _clear(self) -> None:
        self.seq = 0
        self._count = 0
        self._rows = np.zeros(64, _ROW)
        self._matrix = np.zeros((0, 0), np.float32)
        self._where: dict[int, int] = {}
        self._codes: dict[str, int] = {"-": 0}
        self._postings: dict[str, tuple[array[int], array[int]]] = {}
        self._posted = 0
        self._texts: list[tuple[str, str | None]] = []

    @property
    def bytes(self) -> int:
        """About how much memory this takes."""
        return int(self._matrix.nbytes + self._rows.nbytes + 300 * self._count)

    def follow(self, journal: Journal) -> int:
        """Catch up with the journal; the moment that counts as the present."""
        delta: Delta = journal.do(Vectors(self.name, self.seq))
        if delta.epoch != self.epoch or delta.seq < self.seq:
            rebuild = self.seq > 0
            self._clear()
            self.epoch = delta.epoch
            delta = journal.do(Vectors(self.name, 0)) if rebuild else delta
        for sid in delta.closed:
            row = self._where.pop(sid, None)
            if row is not None:
                self._rows["open"][row] = False
        if delta.opened:
            self._append(delta.opened)
        self.seq = delta.seq
        if self._count > 64 and len(self._where) < self._count // 2:
            self._clear()  # mostly closed slices: build anew
            return self.follow(journal)
        return delta.now

    def _append(self, entries: Sequence[Entry]) -> None:
        start, self._count = self._count, self._count + len(entries)
        self._grow(next((len(entry.vector) // 2 for entry in entries if entry.vector), self._matrix.shape[1]))
        rows = self._rows[start : self._count]
        for column in ("slice", "valid_from", "valid_to", "expires_at"):
            rows[column] = [getattr(entry, column) for entry in entries]
        rows["agent"] = [self._code(entry.agent) for entry in entries]
        rows["run"] = [self._code(entry.run) for entry in entries]
        rows["open"] = True
        rows["vector"] = [entry.vector is not None for entry in entries]
        self._where.update((entry.slice, start + offset) for offset, entry in enumerate(entries))
        self._texts += [(entry.text, entry.actor) for entry in entries]
        some = np.flatnonzero(rows["vector"])
        if some.size:
            packed = b"".join(entry.vector for entry in entries if entry.vector is not None)
            self._matrix[start + some] = np.frombuffer(packed, "<f2").reshape(len(some), -1)

    def _grow(self, dims: int) -> None:
        if len(self._rows) < self._count:
            self._rows = np.concatenate([self._rows, np.zeros(max(len(self._rows), self._count), _ROW)])
        if self._matrix.shape[1] != dims or len(self._matrix) < len(self._rows):
            grown = np.zeros((len(self._rows), dims), np.float32)
            if self._matrix.shape[1] == dims:
                grown[: len(self._matrix)] = self._matrix
            self._matrix = grown

    def _code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def seen(self, view: View, now: int) -> _BITS:
        """Which rows are open, valid now, and in view."""
        rows = self._rows[: self._count]
        bits: _BITS = rows["open"] & (rows["valid_from"] <= now) & (rows["valid_to"] > now) & (rows["expires_at"] > now)
        if view.agents is None and view.runs is None and view.either is None:
            return bits
        names = {code: name for name, code in self._codes.items()}
        pairs, which = np.unique(rows[["agent", "run"]], return_inverse=True)
        accepted = np.array([view.accepts(names[int(a)], names[int(r)]) for a, r in pairs], np.bool_)
        return bits & accepted[which] if len(accepted) else bits

    def best(self, query: Query, request: Search, seen: _BITS, limit: int) -> tuple[int, ...]:
        """The slices that score highest among those seen, and not zero."""
        prepared = ranking.prepare(query.text, query.vector)
        rows = self._rows[: self._count]
        keyword: npt.ArrayLike = 0.0 if request.mode == "vector" else self._keyword(prepared)
        dense: npt.ArrayLike = 0.0
        if request.mode != "keyword" and query.vector is not None and self._matrix.shape[1]:
            dense = self._matrix[: self._count] @ ranking.unpack(query.vector)
        has = rows["vector"]
        scores = np.where(seen, ranking.combine(keyword, dense, has, query.vector is not None, request.mode), 0.0)
        top = np.argpartition(scores, -limit)[-limit:] if limit < len(scores) else np.arange(len(scores))
        top = top[scores[top] > 0]
        return tuple(int(sid) for sid in rows["slice"][top[np.argsort(-scores[top], kind="stable")]])

    def _keyword(self, query: ranking.PreparedQuery) -> npt.NDArray[np.float64]:
        self._post()
        lengths = self._rows["length"]
        sums = np.zeros(self._count)
        for term, weight in query.weights.items():
            if term in self._postings:
                where, often = (np.array(column) for column in self._postings[term])
                sums[where] += weight * ranking.impact(often, lengths[where])
        return sums / query.attainable if query.attainable else sums

    def _post(self) -> None:
        """Index the texts that came since the last keyword search."""
        for row in range(self._posted, self._count):
            text, actor = self._texts[row]
            frequencies, self._rows["length"][row] = ranking.document_terms(text, actor)
            for term, often in frequencies.items():
                where, counts = self._postings.setdefault(term, (array("q"), array("i")))
                where.append(row)
                counts.append(often)
            self._texts[row] = ("", None)
        self._posted = self._count
