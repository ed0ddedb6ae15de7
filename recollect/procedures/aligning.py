"""Which steps of two runs of one task are the same step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from recollect.procedures.abstracting import action
from recollect.procedures.values import same
from recollect.ranking import terms
from recollect.types import Step

_SAME, _WORDED, _KNOWN, _VARIANT = 4.0, 3.0, 2.0, 1.0
"""What it is worth to pair: one action, steps in like words, a known alternative, another use of one tool."""


def aligned(ours: Sequence[Step], theirs: Sequence[Step]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of indices in order: of one step, or of a step that the other run has not."""
    known = [(step, action(step), {action(each) for each in step.alternatives}) for step in ours]
    wanted = [(step, action(step)) for step in theirs]
    worth = [[_worth(*mine, *other) for other in wanted] for mine in known]
    best = _best(worth, len(ours), len(theirs))
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if worth[i][j] and best[i][j] == worth[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1
    yield from ((n, None) for n in range(i, len(ours)))
    yield from ((None, n) for n in range(j, len(theirs)))


def _best(worth: Sequence[Sequence[float]], rows: int, columns: int) -> list[list[float]]:
    """The most that the rest of both is worth, from each pair on."""
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = worth[i][j] + best[i + 1][j + 1] if worth[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return best


def _worth(mine: Step, done: str, instead: Collection[str], other: Step, wanted: str) -> float:
    """What it is worth to pair a step, what it does and what was done instead of it, with another one."""
    if done == wanted:
        equal = sum(same(value, other.arguments[name]) for name, value in mine.arguments.items())
        return _SAME + equal / (1 + len(mine.arguments))
    if wanted in instead:
        return _KNOWN
    if mine.tool is None and other.tool is None:
        ours, theirs = set(terms(mine.intent)), set(terms(other.intent))
        return _WORDED if 2 * len(ours & theirs) >= len(ours | theirs) else 0.0
    return _VARIANT if mine.tool == other.tool else 0.0
