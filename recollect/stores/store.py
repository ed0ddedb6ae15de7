"""Store = one Journal joined to one Index: the index proposes, the journal has the last word, `ranking` scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recollect import ranking
from recollect.filters import Everything
from recollect.ports import Bind, Fetch, Found, Index, Journal, Proposal, Query, Search, StoreRequest, Vectors
from recollect.stores.readers import aside
from recollect.stores.scoring import Terms, check_vectors, terms
from recollect.types import Hit, Record, View

_OVERFETCH = (4, 64)
"""How many times the limit is proposed where a filter may leave out some; after that the journal scores all."""
_ROUNDS = 3
_NO_TERMS: Terms = ({}, 0)
Held = tuple[Record, bytes | None]


class Store:
    """Answers every operation of `recollect.ports`, from any thread; closes the journal and the index that it was given."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self.journal = journal
        self.index = index
        self._bound: Bind | None = None

    def do(self, request: StoreRequest) -> Any:
        """Answer one operation."""
        if isinstance(request, Search):
            return self._search(request)
        return self._noted(request, self.journal.do(request))

    async def ado(self, request: StoreRequest) -> Any:
        """Same as `do`, asynchronously."""
        if isinstance(request, Search):
            return await aside(self._search, request)
        return self._noted(request, await self.journal.ado(request))

    def _noted(self, request: StoreRequest, answer: Any) -> Any:
        if isinstance(request, Bind):
            self._bound = request
        return answer

    def close(self) -> None:
        """Close the index and the journal."""
        self.index.close()
        self.journal.close()

    def _search(self, request: Search) -> Found:
        check_vectors((query.vector for query in request.queries), self._bound)
        views = request.scope.views(own=request.own)
        past = request.as_of is not None or request.valid_at is not None
        if past or any(view.partition is None for view in views):
            return Found(self._from_journal(request, request.queries), 0)
        for factor in (1,) if request.filter == Everything() else _OVERFETCH:
            found, enough = self._indexed(request, views, request.limit * factor)
            if enough:
                return found
        return Found(self._from_journal(request, request.queries), found.seq)

    def _indexed(self, request: Search, views: Sequence[View], fetch: int) -> tuple[Found, bool]:
        """The hits among the best `fetch` proposals, and whether the filter left enough of them."""
        proposals, held = self._proposed(request, views, fetch)
        hits, enough = [], True
        for number, query in enumerate(request.queries):
            best = _scored(request, query, [held[sid] for p in proposals for sid in p.slices[number] if sid in held])
            cut = any(len(p.slices[number]) >= fetch for p in proposals)
            enough &= len(best) == request.limit or not cut or fetch == request.limit
            hits.append(best)
        return Found(tuple(hits), proposals[0].seq), enough

    def _proposed(
        self, request: Search, views: Sequence[View], fetch: int
    ) -> tuple[tuple[Proposal, ...], dict[int, Held]]:
        """Proposals and what the journal holds of them; asked again where it closed some of them meanwhile."""
        for _ in range(_ROUNDS):
            proposals = tuple(self.index.propose(request, view, fetch, self.journal) for view in views)
            wanted = tuple({sid for p in proposals for sids in p.slices for sid in sids})
            found = self._fetch(request, wanted) if wanted else {}
            if len(found) == len(wanted) or not self._moved(views, proposals):
                break
        return proposals, found

    def _moved(self, views: Sequence[View], proposals: Sequence[Proposal]) -> bool:
        """Whether something was written since the index looked."""
        pairs = zip(views, proposals, strict=True)
        return any(self.journal.do(Vectors(str(view.partition), p.seq)).seq != p.seq for view, p in pairs)

    def _fetch(self, request: Search, slices: tuple[int, ...] | None) -> dict[int, Held]:
        answer: dict[int, Held] = self.journal.do(
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
        return tuple(_scored(request, query, found) for query in queries)


def _scored(request: Search, query: Query, found: Sequence[Held]) -> tuple[Hit, ...]:
    """The hits above the threshold, best first; ties in the order of creation and id, the same on every store."""
    if not found:
        return ()
    ready = ranking.prepare(query.text, query.vector)
    hits = []
    for record, vector in found:
        if request.kind not in (None, record.kind):
            continue
        found_by = _NO_TERMS if request.mode == "vector" else terms(record)
        score, why = ranking.score(ready, *found_by, vector, request.mode)
        if score > 0 and score >= request.threshold:
            hits.append(Hit(record, score, why))
    hits.sort(key=lambda hit: (-hit.score, hit.record.created_at, hit.record.id))
    return tuple(hits[: request.limit])
