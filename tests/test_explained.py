"""What a search did not find, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from recollect import Memory
from recollect.ports import Explained
from recollect.ranking import DEFAULT_THRESHOLD, KEPT
from tests.toy import Call

SAID = ("Anna likes green tea", "Anna likes black tea", "Tea is grown in Assam", "The roof leaks", "Tom drives a van")


@pytest.fixture
def memory() -> Iterator[Memory]:
    """Of tea, and of other things."""
    with Memory(":memory:") as opened:
        opened.add_many(SAID, user="anna")
        yield opened


def told(explained: Explained) -> dict[str, str]:
    """The reasons, by text."""
    return {hit.record.text: reason for hit, reason in explained.missed}


def test_what_comes_after_the_limit_is_told(memory: Memory, call: Call) -> None:
    """The next ones in their order, as the hits that they would have been, no more of them than the limit."""
    everything = memory.search("green tea", user="anna", threshold=0.0)
    explained = call(memory, "explain", "green tea", user="anna", threshold=0.0, limit=1)
    [(hit, reason)] = explained.missed
    assert (hit, reason) == (everything[1], "after the first 1")


def test_what_scores_less_is_told(memory: Memory, call: Call) -> None:
    """Below the threshold that was given, or the least score of a hit."""
    found = memory.search("green tea", user="anna")
    reasons = told(call(memory, "explain", "green tea", user="anna"))
    assert not reasons.keys() & {hit.record.text for hit in found}
    low = reasons["The roof leaks"]
    assert low.startswith("below the least score: 0.") and low.endswith(f"of {KEPT}")
    strict = told(call(memory, "explain", "green tea", user="anna", threshold=0.99))
    assert set(strict) == set(SAID) & set(strict) and all(reason.endswith("of 0.99") for reason in strict.values())
    assert SAID[0] in strict


def test_what_is_not_certain_is_told(memory: Memory, call: Call) -> None:
    """Where the first hits are not certain enough, none is returned."""
    query = "Which green vegetable does Peter cook on Sundays?"
    assert memory.search(query, user="anna") == ()
    hits = memory.search(query, user="anna", threshold=0.0)
    missed = call(memory, "explain", query, user="anna").missed
    assert tuple(hit for hit, _ in missed) == hits
    assert missed[0].reason == (
        f"not certain enough: none of the first hits is as certain as {DEFAULT_THRESHOLD}, or none holds what is asked for"
    )
    assert missed[-1].reason.startswith("below the least score")


class Backwards:
    """Turns the order around."""

    def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return list(range(len(texts)))


@pytest.mark.parametrize(
    ("reranker", "diversity", "by"),
    [
        (Backwards(), 0.0, "the reranker"),
        (None, 0.9, "diversity"),
        (Backwards(), 0.9, "the reranker and diversity"),
    ],
)
def test_what_was_passed_over_is_told(reranker: Any, diversity: float, by: str, call: Call) -> None:
    """By whom, of those there were to choose from."""
    with Memory(":memory:", reranker=reranker) as memory:
        memory.add_many(SAID, user="anna")
        asked: dict[str, Any] = {"user": "anna", "limit": 2, "threshold": 0.0, "diversity": diversity}
        returned = {hit.record.text for hit in memory.search("green tea", **asked)}
        reasons = told(call(memory, "explain", "green tea", **asked))
    assert len(returned) == 2 and not returned & reasons.keys()
    assert list(reasons.values()) == [f"passed over by {by}"] * 2


def test_only_what_the_search_may_see_is_told(memory: Memory) -> None:
    """Neither another user's, nor what a filter leaves out, nor what was forgotten."""
    memory.add("Ben likes green tea", user="ben", infer=False)
    [gone] = [record for record in memory.list(user="anna") if record.text == SAID[1]]
    memory.delete(gone.id, user="anna")
    everything = told(memory.explain("green tea", user="anna", threshold=1.0))
    assert SAID[0] in everything and SAID[1] not in everything and "Ben likes green tea" not in everything
    assert told(
        memory.explain("green tea", user="anna", threshold=1.0, filters={"text": {"contains": "Assam"}})
    ).keys() == {"Tea is grown in Assam"}
