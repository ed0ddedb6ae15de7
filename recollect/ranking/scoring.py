"""The base score of a memory: BM25 as a share of what the query could reach, and the cosine of two vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect.ranking.words import alike, query_terms
from recollect.types import Mode

Floats = npt.NDArray[np.floating[Any]]

K1, B, AVERAGE_LENGTH = 0.9, 0.3, 18.0
"""BM25's saturation and length correction, and the length of an average memory without stop words.

Chosen on LoCoMo's development half.
"""
DEFAULT_THRESHOLD = 0.25
"""How certain one of the first three hits of a search must be, unless the caller gives a threshold of scores.

Chosen on benchmarks/abstention and on LoCoMo's development half, where it costs 0.5 and 1.3 points of recall@10: up to here
little is lost, and what a higher one would refuse in addition is not much. Letters without sense reach 0.23 over 700
memories.
"""
KEPT = 0.1
"""The least score of a hit then: what is less is no answer even beside one."""


def impact(frequency: Any, length: Any) -> Any:
    """BM25's saturated term frequency, in [0, 1), of numbers or of arrays of them."""
    return frequency / (frequency + K1 * (1 - B + B * length / AVERAGE_LENGTH))


def attainable(weights: Mapping[str, float]) -> float:
    """The keyword sum that counts as a whole match (never 0): every term of the query once in a very short text."""
    return sum(weights.values()) * float(impact(1, 0)) or 1.0


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query ready to be scored: its weighted terms, their attainable sum, its vector if it has one, and words alike."""

    weights: Mapping[str, float]
    attainable: float
    vector: npt.NDArray[np.float32] | None
    alike: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def standing_for(self, term: str) -> Mapping[str, float]:
        """The terms of memories that match one of the query, and how nearly: itself by 1."""
        return {**self.alike.get(term, {}), term: 1.0}


def prepare(text: str, vector: bytes | None, share: float = 0.0) -> PreparedQuery:
    """The query for a text and its vector. share: what words alike keep of their nearness."""
    weights = query_terms(text)
    near = {
        term: {other: share * nearness for other, nearness in some.items()}
        for term, some in (alike(text).items() if share else ())
        if term in weights
    }
    return PreparedQuery(weights, attainable(weights), None if vector is None else unpack(vector), near)


def matches(query: PreparedQuery, frequencies: Mapping[str, int], length: int) -> dict[str, float]:
    """How well one memory has each term of the query that it has, or a word alike, in [0, 1)."""
    found = {term: float(impact(frequencies[term], length)) for term in query.weights if term in frequencies}
    for term, near in query.alike.items():
        for other, nearness in near.items():
            if other in frequencies:
                found[term] = max(found.get(term, 0.0), nearness * float(impact(frequencies[other], length)))
    return found


def keyword_score(query: PreparedQuery, found: Mapping[str, float]) -> float:
    """BM25 of one memory, of which `found` are the matches, as a share of what the query could reach, in [0, 1]."""
    reached = sum(query.weights[term] * match for term, match in found.items())
    return min(1.0, reached / query.attainable)


# Vectors and the whole score.


def unpack(vector: bytes) -> npt.NDArray[np.float32]:
    """A stored vector as numbers."""
    return np.frombuffer(vector, "<f2").astype(np.float32)


def cosine(query: bytes | None, document: bytes | None) -> float:
    """Cosine of two stored vectors in [-1, 1]; 0 where one is missing."""
    return cosines(None if query is None else unpack(query), [document])[0] or 0.0


def cosines(query: npt.NDArray[np.float32] | None, documents: Sequence[bytes | None]) -> list[float | None]:
    """Cosines of a vector and stored ones in [-1, 1], None where one is missing; equal for equal vectors, to the last bit."""
    stored = [document for document in documents if document is not None]
    if query is None or not stored:
        return [None] * len(documents)
    matrix = unpack(b"".join(stored)).reshape(len(stored), -1)
    found = iter(np.clip((matrix * query).sum(axis=1), -1, 1).tolist())
    return [None if document is None else next(found) for document in documents]


def combine(
    keyword: npt.ArrayLike, dense: npt.ArrayLike, has_vector: npt.ArrayLike, query_has_vector: bool, mode: Mode
) -> Floats:
    """Scores from keyword shares and cosines, one a memory; without both vectors only keywords count.

    They count in full where the query has no vector, by half where only the memory has none: its unknown half must not
    make it better than memories whose half is known (a smiley said by someone would beat what they said).
    """
    keyword = np.clip(np.asarray(keyword, np.float64), 0, 1)
    dense = np.where(np.asarray(has_vector, bool), np.clip(np.asarray(dense, np.float64), 0, 1), 0.0)
    if mode == "vector":
        return dense if query_has_vector else np.zeros_like(dense)
    return 0.5 * keyword + 0.5 * dense if mode == "hybrid" and query_has_vector else keyword


def _whole(keyword: float, dense: float, query_has_vector: bool, mode: Mode) -> float:
    """`combine` of one memory, whose parts are in [0, 1]: numbers by themselves are no work for arrays."""
    if mode == "vector":
        return dense
    return 0.5 * keyword + 0.5 * dense if mode == "hybrid" and query_has_vector else keyword


def score(
    query: PreparedQuery, frequencies: Mapping[str, int], length: int, vector: bytes | None, mode: Mode = "hybrid"
) -> tuple[float, dict[str, float | str]]:
    """The score of one memory and why: the float parts add up to it, the others are notes."""
    found = {} if mode == "vector" else matches(query, frequencies, length)
    (near,) = cosines(None if mode == "keyword" else query.vector, [vector])
    return base(query, found, near, vector is not None, mode)


def base(
    query: PreparedQuery, found: Mapping[str, float], cosine: float | None, has_vector: bool, mode: Mode
) -> tuple[float, dict[str, float | str]]:
    """The same from the matches of the memory and the cosine."""
    keyword = 0.0 if mode == "vector" else keyword_score(query, found)
    whole = _whole(keyword, max(0.0, cosine or 0.0), query.vector is not None, mode)
    return whole, _why(whole, keyword, query.vector is not None, has_vector, mode)


def _why(whole: float, keyword: float, query_has: bool, memory_has: bool, mode: Mode) -> dict[str, float | str]:
    missing = "query" if not query_has else None if memory_has else "memory"
    note = f"none: the {missing} has no vector"
    if mode == "keyword":
        return {"keyword": whole, "vector": "none: searched by keywords only"}
    if mode == "vector":
        return {"keyword": "none: searched by vector only", "vector": note if missing else whole}
    if missing:
        return {"keyword": whole, "vector": note}
    return {"keyword": keyword / 2, "vector": whole - keyword / 2}
