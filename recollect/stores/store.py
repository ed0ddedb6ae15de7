"""Store = one Journal joined to one Index: the index proposes, the journal has the last word, `ranking` scores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from recollect import ranking
from recollect.filters import Everything
from recollect.ports import Fetch, Found, Index, Journal, Query, Search, StoreRequest
from recollect.types import Hit, Record

_OVERFETCH = 4


class Store:
    """Answers every operation of `recollect.ports`, from any thread; closes the journal and the index that it was given."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self.journal = journal
        self.index = index

    def do(self, request: StoreRequest) -> Any:
        """Answer one operation."""
        return self._search(request) if isinstance(request, Search) else self.journal.do(request)

    async def ado(self, request: StoreRequest) -> Any:
        """Same as `do`, asynchronously."""
        if isinstance(request, Search):
            return await asyncio.to_thread(self._search, request)
        return await self.journal.ado(request)

    def close(self) -> None:
        """Close the index and the journal."""
        self.index.close()
        self.journal.close()

    def _search(self, request: Search) -> Found:
        views = request.scope.views(own=request.own)
        exact = request.as_of is not None or request.valid_at is not None or any(v.partition is None for v in views)
        if exact:
            return Found(self._from_journal(request, request.queries), 0)
        fetch = request.limit if request.filter == Everything() else request.limit * _OVERFETCH
        proposals = [self.index.propose(request, view, fetch, self.journal) for view in views]
        merged = [[sid for p in proposals for sid in p.slices[n]] for n in range(len(request.queries))]
        wanted = tuple({sid for sids in merged for sid in sids})
        found = self._fetch(request, wanted)
        hits = [
            self._scored(request, query, [found[sid] for sid in sids if sid in found])
            for query, sids in zip(request.queries, merged, strict=True)
        ]
        short = [
            n
            for n, sids in enumerate(merged)
            if len(hits[n]) < request.limit and any(len(p.slices[n]) >= fetch for p in proposals)
        ]
        if short:  # the filter left too few: the journal filters and scores all
            again = self._from_journal(request, [request.queries[n] for n in short])
            for n, better in zip(short, again, strict=True):
                hits[n] = better
        return Found(tuple(hits), proposals[0].seq)

    def _fetch(self, request: Search, slices: tuple[int, ...] | None) -> dict[int, tuple[Record, bytes | None]]:
        if slices == ():
            return {}
        answer: dict[int, tuple[Record, bytes | None]] = self.journal.do(
            Fetch(
                scope=request.scope,
                slices=slices,
                filter=request.filter,
                own=request.own,
                as_of=request.as_of,
                valid_at=request.valid_at,
            )
        )
        return answer

    def _from_journal(self, request: Search, queries: Sequence[Query]) -> tuple[tuple[Hit, ...], ...]:
        found = list(self._fetch(request, None).values())
        return tuple(self._scored(request, query, found) for query in queries)

    def _scored(self, request: Search, query: Query, found: Sequence[tuple[Record, bytes | None]]) -> tuple[Hit, ...]:
        """The hits above the threshold, best first; ties in the order of creation and id, the same on every store."""
        prepared = ranking.prepare(query.text, query.vector)
        hits = []
        for record, vector in found:
            frequencies, length = ranking.document_terms(record.text, record.actor)
            score, why = ranking.score(prepared, frequencies, length, vector, request.mode)
            if score > 0 and score >= request.threshold:
                hits.append(Hit(record, score, why))
        hits.sort(key=lambda hit: (-hit.score, hit.record.created_at, hit.record.id))
        return tuple(hits[: request.limit])
