"""What is new and what is important, where a search is to look at that."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect import Memory, ranking
from recollect.errors import UsageError
from recollect.ranking import Weights
from tests.toy import Call

DAYS = (400, 100, 30, 3)
NEW = Weights(recency=0.5, half_life=30.0)


def ages(hits: Any) -> list[int]:
    """In days."""
    return [(datetime.now(UTC) - hit.record.observed_at).days for hit in hits]


@pytest.fixture
def memory() -> Any:
    """The same said again and again, the oldest first."""
    with Memory(":memory:") as opened:
        for days in DAYS:
            opened.add(
                "I bought a new bike",
                user="anna",
                infer=False,
                observed_at=datetime.now(UTC) - timedelta(days=days),
                metadata={"importance": 1.0} if days == 100 else {"importance": "high"},
            )
        yield opened


def test_the_newest_comes_first_where_that_counts(memory: Memory, call: Call) -> None:
    """By the half-life; as shipped, age changes no score."""
    shipped = call(memory, "search", "bike", user="anna")
    assert len({round(hit.score, 9) for hit in shipped}) == 1 and not any("recency" in hit.why for hit in shipped)
    newest = call(memory, "search", "bike", user="anna", weights=NEW)
    assert ages(newest) == list(reversed(DAYS))
    gains = [float(hit.why["recency"]) for hit in newest]
    assert gains[1] / gains[0] == pytest.approx(0.5 ** (27 / 30), rel=1e-3)
    for hit in newest:
        assert sum(part for part in hit.why.values() if isinstance(part, float)) == pytest.approx(hit.score)


def test_age_is_measured_from_where_the_search_stands(memory: Memory, call: Call) -> None:
    """The reference, else the moment as of which is asked, else now."""

    def gained(days: int, **given: Any) -> float:
        """Of what can be gained at most, by the one of three days ago, seen from so many days ahead."""
        at = datetime.now(UTC) + timedelta(days=days)
        hits = call(memory, "search", "bike", user="anna", weights=NEW, **dict.fromkeys(given, at))
        [newest] = [hit for hit in hits if ages([hit]) == [3]]
        gain = float(newest.why["recency"])
        return gain / (newest.score - gain) / (1 - newest.score + gain) / NEW.recency

    assert gained(0) == pytest.approx(0.5 ** (3 / 30), abs=1e-3)
    for name in ("reference", "as_of"):
        assert gained(57, **{name: True}) == pytest.approx(0.5**2, abs=1e-3)
    assert gained(-200, reference=True) == pytest.approx(1)


def test_age_removes_nothing(memory: Memory) -> None:
    """What is found without is found with it, however old, at the default threshold and at one that it just reaches."""
    shipped = memory.search("bike", user="anna")
    for threshold in (None, min(hit.score for hit in shipped)):
        aged = memory.search("bike", user="anna", threshold=threshold, weights=replace(NEW, half_life=0.001))
        assert sorted(ages(aged)) == sorted(ages(shipped)) == sorted(DAYS)


def test_the_important_comes_first_where_that_counts(memory: Memory, call: Call) -> None:
    """By a number in the metadata; what is none is no importance."""
    hits = call(memory, "search", "bike", user="anna", weights=Weights(importance=0.3))
    assert ages(hits)[0] == 100
    assert ["importance" in hit.why for hit in hits] == [True, False, False, False]


@pytest.mark.parametrize(
    ("given", "important"), [(0.4, 0.4), (1, 1.0), (0, 0.0), (7, 0.0), (-1, 0.0), (True, 0.0), ("1", 0.0), (None, 0.0)]
)
def test_importance_is_a_number_from_0_to_1(given: Any, important: float) -> None:
    """Anything else, and nothing, is 0."""
    assert ranking.importance({"importance": given}) == important
    assert ranking.importance({"other": {"importance": 1}}) == 0


@pytest.mark.parametrize(("days", "left"), [(-5, 1), (0, 1), (10, 0.5), (20, 0.25), (1e9, 0)])
def test_freshness_halves(days: float, left: float) -> None:
    """With every half-life; the future is not fresher than now."""
    assert ranking.freshness(days, 10) == pytest.approx(left)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recency": 1.1},
        {"recency": math.nan},
        {"importance": -0.1},
        {"importance": "high"},
        {"half_life": 0},
        {"half_life": math.inf},
        {"half_life": 10**400},
        {"before": math.nan},
        {"after": 1e308},
        {"answer": "much"},
        {"alike": -3},
    ],
    ids=str,
)
def test_weights_keep_a_score_in_its_bounds(wrong: dict[str, Any]) -> None:
    """What would take one out of [0, 1] is a UsageError."""
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Weights(**wrong)
