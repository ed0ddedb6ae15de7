"""Hits that do not say the same: maximal marginal relevance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Memory, ranking
from recollect.errors import UsageError
from tests.toy import Call

SAID = (
    "I bought a violin",
    "I bought a new violin",
    "I have bought a violin",
    "My violin teacher is called Ivo",
    "The violin needs other strings",
)
SHARES = st.floats(0, 1)
VECTORS = st.one_of(st.none(), st.lists(st.integers(-3, 3), min_size=3, max_size=3).filter(any))
MEMORIES = st.lists(st.tuples(SHARES, VECTORS, st.sampled_from(SAID)), max_size=12)


def packed(numbers: list[int] | None) -> bytes | None:
    """A stored vector of length one."""
    if numbers is None:
        return None
    array = np.array(numbers, np.float64)
    return (array / np.linalg.norm(array)).astype("<f2").tobytes()


def texts(hits: Any) -> list[str]:
    return [hit.record.text for hit in hits]


@pytest.fixture
def memory() -> Iterator[Memory]:
    """Of a violin, one thing three times."""
    with Memory(":memory:") as opened:
        opened.add_many(SAID, user="anna")
        yield opened


def test_what_was_said_is_not_said_again(memory: Memory, call: Call) -> None:
    """One of three that are alike is enough; the others make room for what is not."""
    asked = {"user": "anna", "limit": 3}
    assert len(set(texts(call(memory, "search", "violin", **asked))) & set(SAID[:3])) > 1
    mixed = texts(call(memory, "search", "violin", diversity=0.5, **asked))
    assert len(set(mixed) & set(SAID[:3])) == 1 and set(mixed) > set(SAID[3:])


def test_scores_stay_what_they_are(memory: Memory) -> None:
    """Only which hits and their order change; without a cut, only the order."""
    plain = {hit.record.id: hit for hit in memory.search("violin", user="anna", threshold=0.0)}
    mixed = memory.search("violin", user="anna", threshold=0.0, diversity=1.0)
    assert {hit.record.id: hit for hit in mixed} == plain
    assert texts(mixed) != texts(plain.values())


def test_words_tell_where_there_is_no_vector() -> None:
    """Two that share all their words are the same."""
    chosen = ranking.diverse([0.9, 0.8, 0.1], [None, None, packed([1, 0, 0])], [SAID[0], SAID[0], SAID[3]], 0.5, 2)
    assert chosen == [0, 2]


@given(MEMORIES, SHARES, st.integers(1, 12))
def test_each_is_the_best_of_what_is_left(memories: list[Any], diversity: float, limit: int) -> None:
    """By relevance less likeness to the nearest chosen before; each once, the first is the most relevant."""
    memories.sort(key=lambda each: -each[0])
    relevance = [each[0] for each in memories]
    vectors, words = [packed(each[1]) for each in memories], [each[2] for each in memories]
    chosen = ranking.diverse(relevance, vectors, words, diversity, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, len(memories))

    def like(one: int, other: int) -> float:
        if vectors[one] is not None and vectors[other] is not None:
            return max(0.0, ranking.cosine(vectors[one], vectors[other]))
        mine, theirs = set(ranking.terms(words[one])), set(ranking.terms(words[other]))
        return len(mine & theirs) / len(mine | theirs)

    for n, place in enumerate(chosen):
        margins = {
            other: (1 - diversity) * relevance[other]
            - diversity * max((like(other, before) for before in chosen[:n]), default=0.0)
            for other in range(len(memories))
            if other not in chosen[:n]
        }
        assert margins[place] >= max(margins.values()) - 1e-3


@given(MEMORIES, st.integers(1, 12))
def test_without_diversity_nothing_changes(memories: list[Any], limit: int) -> None:
    """The order of relevance, also where some are equal."""
    memories.sort(key=lambda each: -each[0])
    vectors, words = [packed(each[1]) for each in memories], [each[2] for each in memories]
    chosen = ranking.diverse([each[0] for each in memories], vectors, words, 0.0, limit)
    assert chosen == list(range(min(limit, len(memories))))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan"), "0.5", None])
def test_diversity_is_a_share(memory: Memory, wrong: Any) -> None:
    """Anything else is a UsageError."""
    with pytest.raises(UsageError, match="expected a number from 0 to 1"):
        memory.search("plays", user="anna", diversity=wrong)
