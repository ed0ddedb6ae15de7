"""What plain search finds in the same conversations: BM25, cosines, and the two fused by rank."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from recollect import ranking
from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.evaluation.data import Conversation
from recollect.evaluation.measures import DEPTH, Ranking

Floats = npt.NDArray[np.float64]

NAMES = ("keyword", "dense", "rrf")
K1, B = 0.9, 0.4
"""BM25's constants as Anserini ships them; 1.2 and 0.75 find less in conversations."""
FUSION = 60
"""What reciprocal rank fusion adds to a rank."""


class Baselines:
    """One conversation, searched plainly: every message on its own, with its speaker's name, and its own word counts."""

    def __init__(self, conversation: Conversation, depth: int = DEPTH) -> None:
        self._depth = depth
        self._ids = [message["id"] for message in conversation.messages]
        texts = [": ".join(filter(None, (m["name"], m["content"]))) for m in conversation.messages]
        self._counts = [Counter(ranking.terms(text)) for text in texts]
        self._in = Counter(term for counts in self._counts for term in counts)
        self._mean = sum(map(Counter.total, self._counts)) / max(1, len(texts))
        self._embedder = CachedEmbedder(StaticEmbeddings())
        self._matrix = np.stack([self._vector(text) for text in texts])

    def rankings(self, query: str) -> Mapping[str, Ranking]:
        """The best places by keywords, by vectors, and by both."""
        keyword = _order(np.array([self._keyword(counts, set(ranking.terms(query))) for counts in self._counts]))
        dense = _order(self._matrix @ self._vector(query))
        fused = np.zeros(len(self._ids))
        for order in (keyword, dense):
            fused[order] += 1 / (FUSION + np.arange(1, len(order) + 1))
        orders = (keyword, dense, _order(fused))
        return {
            name: [self._ids[row] for row in order[: self._depth]] for name, order in zip(NAMES, orders, strict=True)
        }

    def _keyword(self, counts: Counter[str], query: set[str]) -> float:
        length = K1 * (1 - B + B * counts.total() / self._mean)
        return sum(
            self._rarity(term) * counts[term] * (K1 + 1) / (counts[term] + length) for term in query & set(counts)
        )

    def _rarity(self, term: str) -> float:
        return math.log(1 + (len(self._ids) - self._in[term] + 0.5) / (self._in[term] + 0.5))

    def _vector(self, text: str) -> Floats:
        [packed] = self._embedder.embed([text])
        return ranking.unpack(packed or bytes(2 * self._embedder.dims)).astype(np.float64)


def _order(scores: Floats) -> npt.NDArray[np.intp]:
    """Rows with a score, the best first; ties in the order of the conversation."""
    order = np.argsort(-scores, kind="stable")
    return order[scores[order] > 0]
