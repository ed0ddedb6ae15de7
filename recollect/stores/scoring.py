"""What a memory is found by and how a query is prepared: the same for every index and for the last word of the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import numpy as np

from recollect import ranking
from recollect.errors import VectorError
from recollect.ports import Bind, Query
from recollect.types import Record

About = tuple[str | None, datetime | None, datetime | None]
"""Actor, observed_at and event_at: the parts of a memory beside its text that a search finds it by."""


def about(record: Record) -> About:
    """What a search finds a record by, beside its text."""
    return record.actor, record.observed_at, record.event_at


def found_by(text: str, about: About) -> tuple[dict[str, int], int]:
    """The terms of a memory with their frequencies, and its length."""
    return ranking.document_terms(text, *about)


remembered = lru_cache(maxsize=4096)(found_by)
"""`found_by` for memories that are found often."""


@lru_cache(maxsize=512)
def _weights(text: str) -> ranking.PreparedQuery:
    return ranking.prepare(text, None)


def prepared(query: Query) -> ranking.PreparedQuery:
    """The query, ready to be scored."""
    known = _weights(query.text)
    return ranking.PreparedQuery(known.weights, known.attainable, query.vector)


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
