"""What a memory is found by: the same for every index and for the last word of the store."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from recollect import ranking
from recollect.errors import VectorError
from recollect.ports import Bind, Heard, Search, Spot, Terms
from recollect.stores.instants import optional

Said = tuple[str, str | None, str | None, int | None, int | None]
"""Text, actor, category, observed_at and event_at of a slice, as `Entry` has them."""


def found_by(said: Said) -> Terms:
    """The terms of a slice."""
    text, actor, category, observed_at, event_at = said
    return ranking.document_terms(text, actor, category, optional(observed_at), optional(event_at))


_remembered = lru_cache(maxsize=4096)(found_by)  # some are found often


def heard(spot: Spot | None, said: Said, vector: bytes | None) -> Heard:
    """What is heard of a slice."""
    return Heard(spot, _remembered(said), ranking.is_question(said[0]), vector)


def in_force(request: Search) -> ranking.Weights:
    """What changes the plain score in this search: a search by words or by vector alone asks for just that."""
    return request.weights if request.mode == "hybrid" else ranking.PLAIN


def check_vectors(vectors: Iterable[bytes | None], bound: Bind | None) -> None:
    """VectorError unless all are finite and of the bound model's size."""
    for vector in vectors:
        if vector is None:
            continue
        if bound is None:
            raise VectorError("a vector, but no embedding model is bound to this store")
        if len(vector) != 2 * bound.dims:
            raise VectorError(f"a vector of {len(vector)} bytes: expected {2 * bound.dims}, {bound.dims} numbers of 2")
        if not np.isfinite(np.frombuffer(vector, "<f2")).all():
            raise VectorError("a vector with a number that is not finite")
