"""Which facts of one delivery are alike, without comparing each with each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from recollect import ranking
from recollect.types import Fact

ALIKE = 0.2
"""Score from which two facts are alike; facts of one category always are."""
NEAREST = 5
"""Earlier facts that one fact is compared with, the likest."""
RECENT = 50
"""Facts looked at for each thing they have in common, the latest: long deliveries stay fast."""


class Likeness:
    """The facts of one delivery by category, by words, and by vector."""

    def __init__(self, facts: Sequence[Fact], vectors: Sequence[bytes | None]) -> None:
        self._facts = facts
        self._vectors = vectors
        self._documents = [ranking.document_terms(fact.text, fact.actor) for fact in facts]
        self._sharing: dict[tuple[str, str], list[int]] = {}
        for number, fact in enumerate(facts):
            for key in (("category", fact.category or ""), *(("term", term) for term in self._documents[number][0])):
                self._sharing.setdefault(key, []).append(number)
        size = max((len(vector) for vector in vectors if vector), default=0)
        packed = b"".join(vector or bytes(size) for vector in vectors)
        self._matrix = ranking.unpack(packed).reshape(len(vectors), size // 2)

    def earlier(self, number: int) -> list[int]:
        """Facts before this one that are alike, the likest first."""
        fact = self._facts[number]
        queries = [ranking.prepare(fact.text, self._vectors[number])]
        queries += [ranking.prepare(cue, None) for cue in fact.cues]
        near = set(self._near(number, queries))
        scores = {other: self._score(number, other, queries) for other in near}
        return sorted((other for other in near if scores[other] >= ALIKE), key=lambda other: -scores[other])

    def _near(self, number: int, queries: Sequence[ranking.PreparedQuery]) -> Iterator[int]:
        keys = {("term", term) for query in queries for term in query.weights}
        if self._facts[number].category is not None:
            keys.add(("category", self._facts[number].category or ""))
        for key in keys:
            sharing = self._sharing.get(key, [])
            yield from sharing[: bisect_left(sharing, number)][-RECENT:]
        if self._vectors[number] is not None:
            cosines = self._matrix[:number] @ self._matrix[number]
            yield from np.flatnonzero(cosines >= 2 * ALIKE)[-RECENT:].tolist()

    def _score(self, number: int, other: int, queries: Sequence[ranking.PreparedQuery]) -> float:
        category = self._facts[number].category
        if category is not None and category == self._facts[other].category:
            return 1.0
        frequencies, length = self._documents[other]
        return max(ranking.score(query, frequencies, length, self._vectors[other])[0] for query in queries)
