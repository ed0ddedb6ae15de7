"""Which of many memories to show together: maximal marginal relevance (Carbonell and Goldstein, 1998)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from recollect.ranking.scoring import unpack
from recollect.ranking.words import terms

Numbers = npt.NDArray[np.float64]


def diverse(
    relevance: Sequence[float], vectors: Sequence[bytes | None], texts: Sequence[str], diversity: float, limit: int
) -> list[int]:
    """The places of up to `limit` memories, one chosen after the other; of equally good ones the first.

    Each is the best by (1 - diversity) times its relevance less diversity times its likeness to the nearest one chosen
    before. Relevance and likeness are in [0, 1].
    """
    likeness = _likeness(vectors, texts)
    worth = (1 - diversity) * np.asarray(relevance, np.float64)
    nearest = np.zeros(len(worth))
    chosen: list[int] = []
    for _ in range(min(limit, len(worth))):
        margin = worth - diversity * nearest
        margin[chosen] = -np.inf
        chosen.append(int(np.argmax(margin)))
        nearest = np.maximum(nearest, likeness(chosen[-1]))
    return chosen


def _likeness(vectors: Sequence[bytes | None], texts: Sequence[str]) -> Callable[[int], Numbers]:
    """How like one memory all are: by the cosine of their vectors, by shared words where one of two has none."""
    stored = {row: unpack(vector) for row, vector in enumerate(vectors) if vector is not None}
    matrix = np.zeros((len(vectors), max(map(len, stored.values()), default=0)))
    for row, vector in stored.items():
        matrix[row] = vector
    words = [frozenset(terms(text)) for text in texts] if len(stored) < len(vectors) else []

    def near(one: int) -> Numbers:
        found: Numbers = np.clip(matrix @ matrix[one], 0, 1)
        for row, other in enumerate(words):
            if row not in stored or one not in stored:
                found[row] = _shared(words[one], other)
        return found

    return near


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
