"""What stands around a memory, and what is asked: how both change its score."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect.errors import UsageError
from recollect.ranking.scoring import PreparedQuery, impact

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.integer[Any]]


_MUCH, _DAYS = 100, 1e9
"""The most that a neighbour may weigh, and the longest half-life."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What changes a memory's plain score, and by how much; 0 switches a part off. Flat around these values.

    before, after: of the turn before and after, in the same conversation; two turns away counts less.
    answer: more of the turn before, if that is a question.
    speaker: lost by memories of others where the query names a speaker.
    question: lost by memories that are themselves questions.
    date: lost by memories that are not of the date that the query names.
    when: share of the way to 1 gained by memories that say when, if the query asks when.
    alike: of a term, for another of nearly the same meaning.
    recency: share of the way to 1 gained by a memory said just now, half of that by one that is `half_life` days old, and
        so on: age lifts what is new, and takes nothing from what is old.
    importance: share of the way to 1 gained by a memory whose metadata says {"importance": 1}, see `importance`.

    Chosen on LoCoMo's development half (recall@10 .82, with none .70); recency and importance are for you to choose.
    Raises UsageError for a share that is not in [0, 1], which would take a score out of it.
    """

    before: float = 0.9
    after: float = 0.7
    answer: float = 0.5
    speaker: float = 0.3
    question: float = 0.15
    date: float = 0.5
    when: float = 0.3
    alike: float = 1.0
    recency: float = 0.0
    half_life: float = 30.0
    importance: float = 0.0

    def __post_init__(self) -> None:
        for name in ("before", "after", "answer"):
            much = getattr(self, name)
            if not (isinstance(much, int | float) and 0 <= much <= _MUCH):
                raise UsageError(f"Weights({name}={much!r}): expected a number from 0 to {_MUCH}")
        for name in ("speaker", "question", "date", "when", "alike", "recency", "importance"):
            share = getattr(self, name)
            if not (isinstance(share, int | float) and 0 <= share <= 1):
                raise UsageError(f"Weights({name}={share!r}): expected a number from 0 to 1")
        if not (isinstance(self.half_life, int | float) and 0 < self.half_life <= _DAYS):
            raise UsageError(
                f"Weights(half_life={self.half_life!r}): expected a number of days above 0, at most {_DAYS:g}"
            )


PLAIN = Weights(before=0, after=0, answer=0, speaker=0, question=0, date=0, when=0, alike=0)
"""The plain score: of the words and the vector of a memory alone."""

REACH, DECAY, FLOOR = 2, 0.8, 0.2
"""Turns that count on each side, what is left a turn farther, and the base score above which a turn tells something."""


# Neighbours.


def support(before: Sequence[float], after: Sequence[float], answers: bool, weights: Weights) -> float:
    """What neighbours add, in [0, 1], given their scores above FLOOR, the nearest first.

    answers: whether the nearest before is a question. Parts add up as squares: two neighbours that match the same words
    are no double evidence.
    """
    total = 0.0
    for k, (earlier, later) in enumerate(zip(before, after, strict=True)):
        told = weights.before * DECAY**k * earlier * (1 + weights.answer * (answers and k == 0))
        total += told * told + (weights.after * DECAY**k * later) ** 2
    return min(1.0, math.sqrt(total))


def supports(base: Numbers, asks: npt.NDArray[np.bool_], turn: Rows, sides: Sides, weights: Weights) -> Any:
    """`support` of every memory of a partition, of base scores that are 0 for what is out of view.

    asks: which are questions in view. turn: the number of a memory's turn, 0 for none. A turn is as good as the best of
    its memories. Goes out from the few turns above FLOOR: each tells its neighbours.
    """
    telling = np.flatnonzero((base > FLOOR) & (turn > 0))
    if not len(telling):
        return 0.0
    size = len(sides[0][0])
    peaks, questions, total = np.zeros(size), np.zeros(size), np.zeros(size)
    np.maximum.at(peaks, turn[telling], base[telling] - FLOOR)
    questions[turn[asks]] = 1
    live = np.flatnonzero(peaks)
    for k, (before, after) in enumerate(zip(*sides, strict=True)):
        told = weights.before * DECAY**k * peaks[live] * (1 + weights.answer * questions[live] * (k == 0))
        total[after[live]] += told * told
        total[before[live]] += (weights.after * DECAY**k * peaks[live]) ** 2
    total[0] = 0  # no turn
    return np.minimum(1, np.sqrt(total))[turn]


Sides = tuple[Sequence[Rows], Sequence[Rows]]
"""The turns before and after every turn, at each distance up to REACH; 0 where there is none."""


# Age and importance.


def freshness(days: Any, half_life: float) -> Any:
    """What is left of 1 after so many days: one half after each half-life; all of it for what is of the future."""
    return 0.5 ** (np.maximum(days, 0.0) / half_life)


def importance(metadata: Mapping[str, Any]) -> float:
    """How important whoever wrote a memory says it is: `metadata["importance"]`, a number in [0, 1]; 0 for all else."""
    given = metadata.get("importance")
    if isinstance(given, bool) or not isinstance(given, int | float):
        return 0.0
    return float(given) if 0 <= given <= 1 else 0.0


# The score.


@dataclass(frozen=True, slots=True)
class Priors:
    """What speaks for or against memories, each in [0, 1]: a number, or an array with one a memory.

    neighbours: `support`. of_another: of another speaker than is asked of. question: a question itself. undated: how far
    it misses the date. says_when: says when, and that is asked. fresh: `freshness`. important: `importance`.
    """

    neighbours: Any = 0.0
    of_another: Any = 0.0
    question: Any = 0.0
    undated: Any = 0.0
    says_when: Any = 0.0
    fresh: Any = 0.0
    important: Any = 0.0


def whole(base: Any, priors: Priors, weights: Weights) -> Any:
    """Scores in [0, 1] from base scores: nothing comes of nothing, whatever the priors say."""
    score = base + (1 - base) * priors.neighbours
    score = score * (1 - weights.speaker * priors.of_another)
    score = score * (1 - weights.question * priors.question)
    score = score * (1 - weights.date * priors.undated)
    for gain in _gains(priors, weights).values():
        score = score + gain * score * (1 - score)
    return score


def _gains(priors: Priors, weights: Weights) -> dict[str, Any]:
    """Shares of the way to 1 that memories gain, one after the other."""
    given = {
        "when": (weights.when, priors.says_when),
        "recency": (weights.recency, priors.fresh),
        "importance": (weights.importance, priors.important),
    }
    return {name: weight * prior for name, (weight, prior) in given.items() if weight}


def _gain(share: float) -> Callable[[float], float]:
    return lambda score: share * score * (1 - score)


def parts(base: float, priors: Priors, weights: Weights) -> dict[str, float]:
    """What each prior that counts adds to a base score, or takes from it, one after the other as `whole` does."""
    steps: dict[str, Callable[[float], Any]] = {
        "neighbours": lambda score: (1 - score) * priors.neighbours,
        "speaker": lambda score: -score * weights.speaker * priors.of_another,
        "question": lambda score: -score * weights.question * priors.question,
        "date": lambda score: -score * weights.date * priors.undated,
    }
    steps |= {name: _gain(share) for name, share in _gains(priors, weights).items()}
    found: dict[str, float] = {}
    for name, step in steps.items():
        added = float(step(base + sum(found.values())))
        if added:
            found[name] = added
    return found


# Whether there is an answer at all.


def coverage(query: PreparedQuery, found: Sequence[tuple[int, Mapping[str, float]]]) -> float:
    """The weighted share of a query's terms that a hit and its neighbours have between them, in [0, 1].

    found: `matches` of each, with its distance in turns: 0 for the hit itself.
    """
    full = float(impact(1, 0))
    reached = sum(
        weight
        * max((min(1.0, matches.get(term, 0.0) / full) * DECAY**distance for distance, matches in found), default=0)
        for term, weight in query.weights.items()
    )
    return float(reached / (sum(query.weights.values()) or 1.0))


ENOUGH = 25.0
"""The weight of a query's terms (three rare words, or a usual question) from which its certainty is what is found; a
shorter one shares words with its answer less often, and less is asked of that."""


def certainty(query: PreparedQuery, score: float, covered: float) -> float:
    """How sure a hit is an answer, in [0, 1]: its score, or the mean of it and the coverage of the query if that is more.

    Of a query of less weight than ENOUGH, as a share of that.
    """
    found = max(score, 0.5 * score + 0.5 * covered)
    return min(1.0, found * max(1.0, ENOUGH / (sum(query.weights.values()) or ENOUGH)))
