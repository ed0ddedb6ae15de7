"""What becomes of the hits of a search before they are returned: another order, fewer that say the same, a cut, reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from recollect import ranking
from recollect.errors import UsageError
from recollect.ports import Flow, Missed, Search
from recollect.reranking import Place, Rerank, Reranker
from recollect.types import Hit

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor

WIDER, LEAST = 4, 20
"""How many times the limit a search that chooses among its hits looks at, and how many at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How up to `limit` hits of the query `text` are chosen among those found."""

    text: str
    limit: int
    diversity: float = 0.0
    reranker: Reranker | BaseDocumentCompressor | None = None

    def __post_init__(self) -> None:
        if not (isinstance(self.diversity, int | float) and 0 <= self.diversity <= 1):
            raise UsageError(f"diversity={self.diversity!r}: expected a number from 0 to 1")

    @property
    def candidates(self) -> int:
        """How many of the first hits there are to choose from."""
        plain = not self.diversity and self.reranker is None
        return self.limit if plain else max(LEAST, WIDER * self.limit)


def chosen(choice: Choice, hits: Sequence[Hit], vectors: Mapping[str, bytes | None]) -> Flow[tuple[Hit, ...]]:
    """The hits to return: in the reranker's order, then without those that say the same, then cut. vectors: by memory."""
    relevance = [hit.score for hit in hits]
    if choice.reranker is not None and hits:
        hits = yield from _reranked(choice, choice.reranker, hits)
    if choice.diversity:
        hits = _diverse(choice, hits, vectors, relevance[: len(hits)])
    return tuple(hits[: choice.limit])


def _reranked(choice: Choice, reranker: Reranker | BaseDocumentCompressor, hits: Sequence[Hit]) -> Flow[Sequence[Hit]]:
    """The hits in the order of a reranker, each with its own score and a note of its new place."""
    places: tuple[Place, ...] = yield Rerank(
        reranker=reranker,
        query=choice.text,
        texts=tuple(hit.record.text for hit in hits),
        least=min(choice.limit, len(hits)),
    )
    return [_placed(hits[place.text], n, len(hits), place.score) for n, place in enumerate(places, 1)]


def _diverse(
    choice: Choice, hits: Sequence[Hit], vectors: Mapping[str, bytes | None], relevance: Sequence[float]
) -> Sequence[Hit]:
    """The diverse ones. A reranker's scale is its own: its first is as relevant as the highest score, and so on down."""
    stored = [vectors.get(hit.record.id) for hit in hits]
    texts = [hit.record.text for hit in hits]
    return [hits[at] for at in ranking.diverse(relevance, stored, texts, choice.diversity, choice.limit)]


def _placed(hit: Hit, place: int, places: int, score: float | None) -> Hit:
    said = "" if score is None else f", {score:.4g}"
    return replace(hit, why={**hit.why, "reranked": f"place {place} of {places}{said}"})


def everything(choice: Choice, search: Search) -> Search:
    """The search that also finds what comes after, and what scores less or is not certain enough."""
    wider = choice.candidates + choice.limit
    return replace(search, limit=wider, threshold=0.0, certainty=0.0, explain=False, vectors=False)


def missed(
    choice: Choice, search: Search, returned: Sequence[Hit], found: Sequence[Hit], there: Iterable[Hit]
) -> tuple[Missed, ...]:
    """Up to `limit` of the best hits that are not returned. found: what there was to choose from; there: what there is."""
    out, seen = ({hit.record.id for hit in hits} for hits in (returned, found))
    rest = islice((hit for hit in there if hit.record.id not in out), choice.limit)
    room = len(found) < choice.candidates
    return tuple(Missed(hit, _reason(choice, search, hit, hit.record.id in seen, room)) for hit in rest)


def _reason(choice: Choice, search: Search, hit: Hit, chosen_from: bool, room: bool) -> str:
    if hit.score < search.threshold:
        return f"below the least score: {hit.score:.3f} of {search.threshold:g}"
    if room and not chosen_from:  # nothing, or not of every part of a joined question
        return (
            f"not certain enough: none of the first hits is as certain as {search.certainty:g}, "
            "or none holds what is asked for"
        )
    if not chosen_from:
        return f"after the first {choice.candidates}"
    by = [name for name, chose in (("the reranker", choice.reranker), ("diversity", choice.diversity)) if chose]
    return f"passed over by {' and '.join(by)}" if by else f"after the first {choice.limit}"
