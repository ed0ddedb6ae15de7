"""Recall through the facade with shipped defaults: ten scripts, steady scores, nonsense."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recollect import Memory
from recollect.ranking import DEFAULT_THRESHOLD
from tests.test_ranking import PLANTED, POOL

NONSENSE = ("xqzzy flurb wibble", "asdkjh qwpoeiru zmxncb", "purple monkey dishwasher", "blorf")


@pytest.fixture(scope="module")
def planted() -> Iterator[Memory]:
    """The planted memories among 250 others in the same ten scripts."""
    with Memory(":memory:") as memory:
        memory.add_many([*POOL, *(text for text, _ in PLANTED)], user="anna")
        yield memory


@pytest.mark.parametrize(("text", "question"), PLANTED, ids=range(len(PLANTED)))
def test_a_planted_memory_is_in_the_top_three(planted: Memory, text: str, question: str) -> None:
    """In its own script, at the default threshold."""
    assert text in [hit.record.text for hit in planted.search(question, user="anna", limit=3)]


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_finds_nothing(planted: Memory, query: str) -> None:
    """What is most like it is not certain enough, and has a low score as well."""
    assert planted.search(query, user="anna") == ()
    best = planted.search(query, user="anna", threshold=0.0, limit=1)
    assert all(hit.score < DEFAULT_THRESHOLD for hit in best)


def test_unrelated_memories_move_no_score() -> None:
    """A hit scores the same alone and among hundreds of others."""
    questions = ("Where does the cat sleep?", "Who plays the violin?")
    with Memory(":memory:") as memory:
        memory.add_many(["The cat sleeps on the piano", "My sister plays the violin"], user="anna")
        before = [memory.search(question, user="anna", limit=1)[0] for question in questions]
        memory.add_many(POOL, user="anna")
        after = [memory.search(question, user="anna", limit=1)[0] for question in questions]
    assert [hit.record.text for hit in before] == [hit.record.text for hit in after]
    assert [hit.score for hit in after] == pytest.approx([hit.score for hit in before], abs=1e-6)


def test_what_a_fact_is_about_finds_it() -> None:
    """A fact about a home does not say "live", and answers where somebody lives."""
    with Memory(":memory:") as memory:
        memory.add("I live in Oslo. I love hiking.", user="anna")
        memory.add("I moved to Bergen last week.", user="anna")
        assert memory.search("Where do I live?", user="anna")[0].record.text == "I moved to Bergen last week"
