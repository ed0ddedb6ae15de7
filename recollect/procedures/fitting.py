"""Whether a task is worded as the goal of a procedure, whatever its values: for words and vectors it is another one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from recollect.types import Hit

LIFT = 0.5
"""Share of the way to 1 that the score of a procedure gains whose goal the task is worded as."""

_PIECE = re.compile(r"\{[^{}]*\}|\w+")
_LEAST = 2
"""Words of its own from which on a goal tells a task from another."""


def fitted(hit: Hit, task: str) -> Hit:
    """The hit of a procedure for a task, with a score in [0, 1] that is higher where the task is worded as its goal."""
    if hit.record.procedure is None or not worded_as(task, hit.record.procedure.goal):
        return hit
    part = LIFT * (1 - hit.score)
    return replace(hit, score=hit.score + part, why={**hit.why, "wording": part})


def worded_as(task: str, goal: str) -> bool:
    """Whether a task has the words of a goal in their order, and something in the place of each parameter.

    A goal that says too little, or has no parameters, tells no task from another.
    """
    pieces = _PIECE.findall(goal.casefold())
    fixed = [piece for piece in pieces if not piece.startswith("{")]
    return _LEAST <= len(fixed) < len(pieces) and _matches(_PIECE.findall(task.casefold()), pieces)


def _matches(words: Sequence[str], pieces: Sequence[str]) -> bool:
    """Whether the runs of fixed pieces occur one after the other: the earliest place of each leaves most for the rest."""
    at, gap = 0, 0
    for hole, run in groupby(pieces, lambda piece: piece.startswith("{")):
        wanted = list(run)
        if hole:
            gap = len(wanted)
            continue
        ends = (n + len(wanted) for n in range(at + gap, len(words)) if list(words[n : n + len(wanted)]) == wanted)
        end = next(ends, None)
        if end is None:
            return False
        at, gap = end, 0
    return at + gap <= len(words)
