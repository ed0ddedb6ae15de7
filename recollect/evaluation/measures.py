"""The arithmetic: how good rankings are whose evidence is known. A ranking is the ids of messages, best first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

Ranking = Sequence[str]
DEPTH = 20
"""Places of a ranking that count."""
RECALLS = (1, 5, 10, 20)
NAMES = (*(f"recall@{limit}" for limit in RECALLS), "mrr", "ndcg@10", "precision@5")
"""What is measured of every question."""


def measured(ranking: Ranking, evidence: AbstractSet[str]) -> dict[str, float]:
    """All of NAMES, for one question that has evidence."""
    values = (
        *(recall(ranking, evidence, limit) for limit in RECALLS),
        reciprocal_rank(ranking, evidence),
        ndcg(ranking, evidence, 10),
        precision(ranking, evidence, 5),
    )
    return dict(zip(NAMES, values, strict=True))


def recall(ranking: Ranking, evidence: AbstractSet[str], limit: int) -> float:
    """The share of the evidence among the first places."""
    return len(evidence & set(ranking[:limit])) / len(evidence)


def precision(ranking: Ranking, evidence: AbstractSet[str], limit: int) -> float:
    """The share of the first places that is evidence; places left empty are none."""
    return len(evidence & set(ranking[:limit])) / limit


def reciprocal_rank(ranking: Ranking, evidence: AbstractSet[str]) -> float:
    """One divided by the place of the first evidence; 0 where there is none."""
    return next((1 / place for place, name in enumerate(ranking, 1) if name in evidence), 0.0)


def ndcg(ranking: Ranking, evidence: AbstractSet[str], limit: int) -> float:
    """Discounted gain of the evidence among the first places, as a share of the best that is possible."""
    gained = sum(_discount(place) for place, name in enumerate(ranking[:limit], 1) if name in evidence)
    return gained / sum(map(_discount, range(1, min(len(evidence), limit) + 1)))


def average_precision(ranking: Ranking, evidence: AbstractSet[str]) -> float:
    """The mean, over all the evidence, of the precision at its place; 0 for what is not there."""
    return sum(_precisions(ranking, evidence)) / len(evidence)


def average_precision_of_found(ranking: Ranking, evidence: AbstractSet[str], limit: int) -> float:
    """The same over the evidence among the first places alone, so that what is missing costs nothing; 0 where none is."""
    found = _precisions(ranking[:limit], evidence)
    return sum(found) / max(1, len(found))


def _precisions(ranking: Ranking, evidence: AbstractSet[str]) -> list[float]:
    places = [place for place, name in enumerate(ranking, 1) if name in evidence]
    return [number / place for number, place in enumerate(places, 1)]


def _discount(place: int) -> float:
    return 1 / math.log2(place + 1)


def averaged(measures: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
    """The mean of each of NAMES; None where nothing was measured."""
    return {name: mean(measure[name] for measure in measures) for name in NAMES}


def mean(values: Iterable[float]) -> float | None:
    """The mean, to four places; None of nothing."""
    given = list(values)
    return round(sum(given) / len(given), 4) if given else None


def quantile(values: Iterable[float], share: float) -> float | None:
    """The least value that this share of the values does not exceed; None of nothing."""
    given = sorted(values)
    return round(given[math.ceil(share * len(given)) - 1], 4) if given else None
