"""Store = one Journal joined to one Index: the index proposes, the journal has the last word, `ranking` scores."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recollect import ranking
from recollect.errors import ScopeError
from recollect.filters import Everything
from recollect.ports import (
    Beside,
    Bind,
    Commit,
    Consult,
    Erase,
    Explained,
    Fetch,
    Found,
    Heard,
    Index,
    Journal,
    Partitions,
    Proposal,
    Reset,
    Search,
    StoreRequest,
    Undo,
    Vectors,
)
from recollect.stores import explaining
from recollect.stores.hits import Held, Ranked, Sight, around
from recollect.stores.readers import aside
from recollect.stores.scoring import check_vectors, in_force
from recollect.types import ANY, View

_ROUNDS = 3
Proposed = tuple[tuple[Proposal, ...], dict[int, Held]]
Ranking = tuple[tuple[Ranked, ...], ...]
"""Hits and their vectors, per query."""
Searching = Generator[Consult, Any, Found]
"""A search on its way: what it yields is asked of the index's server, on the face on which the search was asked."""


class Store:
    """Answers every operation of `recollect.ports`, from any thread; closes the journal and the index that it was given."""

    def __init__(self, journal: Journal, index: Index) -> None:
        self.journal = journal
        self.index = index
        self._bound: Bind | None = None

    def do(self, request: StoreRequest) -> Any:
        """Answer one operation."""
        if not isinstance(request, Search):
            return self._noted(request, self.journal.do(request))
        searching = self._search(request)
        step = _step(searching, None)
        while not isinstance(step, Found):
            step = _step(searching, step.ask())
        return step

    async def ado(self, request: StoreRequest) -> Any:
        """Same as `do`, asynchronously: awaits servers, and does the work in between beside the event loop."""
        if not isinstance(request, Search):
            return self._noted(request, await self.journal.ado(request))
        searching = self._search(request)
        step = await aside(_step, searching, None)
        while not isinstance(step, Found):
            step = await aside(_step, searching, await step.aask())
        return step

    def _noted(self, request: StoreRequest, answer: Any) -> Any:
        match request:
            case Bind():
                self._bound = request
            case Commit():
                self.index.written(request.change_set.scope.partition, self.journal)
            case Undo() | Erase():
                self.index.written(request.scope.partition, self.journal)
            case Reset():
                self.index.written(None, self.journal)
        return answer

    def close(self) -> None:
        """Close the index and the journal."""
        self.index.close()
        self.journal.close()

    def _search(self, request: Search) -> Searching:
        check_vectors((query.vector for query in request.queries), self._bound)
        views, alone = self._views(request)
        seq = 0
        if alone is None:
            for depth in self.index.depths(request):
                proposals, held = yield from self._proposed(request, views, request.limit * depth)
                seq = 0 if request.scope.user is ANY else proposals[0].seq
                if _enough(request, proposals, held):
                    hits = self._hits(request, proposals, held)
                    return _found(request, hits, seq, explaining.proposed(request, views, proposals, held))
            alone = "too few of those that the index proposed were left"
        return _found(request, self._from_journal(request), seq, explaining.alone(request, alone))

    def _views(self, request: Search) -> tuple[Sequence[View], str | None]:
        """What of which partitions is searched through the index, or why the journal answers alone."""
        views = request.scope.views(own=request.own)
        if request.as_of is not None or request.valid_at is not None:
            return views, "the index knows the present only"
        if request.scope.user is not ANY:
            return views, None
        if not self.index.breadth:
            return views, "this index searches no more than the partitions of one user"
        names: tuple[str, ...] = self.journal.do(Partitions())
        if len(names) > self.index.breadth:
            raise ScopeError(
                f"user=ANY: {len(names)} partitions, and this index asks at most {self.index.breadth} at once: name a user,"
                " or list with a filter, which the journal answers"
            )
        return [replace(views[0], partition=name) for name in names], None if names else "there is no partition"

    def _proposed(self, request: Search, views: Sequence[View], limit: int) -> Generator[Consult, Any, Proposed]:
        """Proposals and what the journal holds of them; asked again where it closed some of them meanwhile."""
        for _ in range(_ROUNDS):
            proposals = yield from self.index.propose(request, views, limit, self.journal)
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

    def _beside(
        self, request: Search, held: dict[int, Held], known: Sequence[Mapping[int, Heard] | None] = (None,)
    ) -> dict[int, Heard]:
        """What is in view at and beside the places of these, whether or not it passes the filter."""
        spots = around(record for record, _ in held.values()) if in_force(request) != ranking.PLAIN else frozenset()
        if not spots:
            return {}
        told = [beside for beside in known if beside is not None]
        if len(told) == len(known):
            each = (pair for beside in told for pair in beside.items())
            return {sid: heard for sid, heard in each if heard.spot is not None and heard.spot[1:] in spots}
        places = Beside(
            scope=request.scope, spots=spots, own=request.own, as_of=request.as_of, valid_at=request.valid_at
        )
        answer: dict[int, Heard] = self.journal.do(places)
        return answer

    def _hits(self, request: Search, proposals: Sequence[Proposal], held: dict[int, Held]) -> Ranking:
        """The hits among what was proposed and, where the index did not look there, what stands beside that."""
        beside = self._beside(request, held, [p.beside for p in proposals])
        more: dict[int, Held] = {}
        if beside and any(p.alone for p in proposals):
            more = self._fetch(request, tuple(sorted(beside.keys() - held.keys())))
            beside |= self._beside(request, more)
        sight = Sight(request, held | more, beside)
        return tuple(
            sight.hits(query, {sid: None for p in proposals for sid in p.slices[number] if sid in held} | more)
            for number, query in enumerate(request.queries)
        )

    def _from_journal(self, request: Search) -> Ranking:
        held = self._fetch(request, None)
        everything = request.filter == Everything()
        sight = Sight(request, held, {} if everything else self._beside(request, held))
        return tuple(sight.hits(query, held) for query in request.queries)


def _found(request: Search, ranked: Ranking, seq: int, explained: Explained | None) -> Found:
    hits = tuple(tuple(hit for hit, _ in each) for each in ranked)
    vectors = tuple(tuple(vector for _, vector in each) for each in ranked) if request.vectors else ()
    return Found(hits, seq, explained, vectors)


def _step(searching: Searching, answer: Any) -> Found | Consult:
    """Go on with a search up to its next question, or its end."""
    try:
        return searching.send(answer)
    except StopIteration as end:
        found: Found = end.value
        return found


def _enough(request: Search, proposals: Sequence[Proposal], held: dict[int, Held]) -> bool:
    """Whether the filter left enough of what was proposed for each query."""
    for number in range(len(request.queries)):
        left = sum(sid in held for p in proposals for sid in p.slices[number])
        if not all(left >= p.need or not p.cut[number] for p in proposals):
            return False
    return True
