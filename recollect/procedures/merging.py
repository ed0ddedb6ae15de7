"""Two runs of one task: whether they are, and what both together teach."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from recollect.types import Procedure, Step

_HOLE = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"\w+")


def same_task(one: Procedure, other: Procedure) -> bool:
    """Whether two procedures have one goal, whatever varies in it."""
    return _outline(one.goal) == _outline(other.goal)


def _outline(goal: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_HOLE.sub(" _ ", goal).casefold()))


def merged(earlier: Procedure, run: Procedure) -> Procedure:
    """The earlier procedure and one more run of it: common steps kept, others beside them, values and pitfalls joined."""
    values = {name: (*earlier.parameters.get(name, ()), *found) for name, found in run.parameters.items()}
    failed = run.outcome == "failure"
    return replace(
        earlier,
        steps=earlier.steps if failed else tuple(_joined(earlier.steps, run.steps)),
        parameters={**earlier.parameters, **{name: tuple(dict.fromkeys(found)) for name, found in values.items()}},
        preconditions=tuple(dict.fromkeys((*earlier.preconditions, *run.preconditions))),
        outcome=run.outcome,
        pitfalls=tuple(dict.fromkeys((*earlier.pitfalls, *run.pitfalls))),
        successes=earlier.successes + run.successes,
        failures=earlier.failures + run.failures,
    )


def _joined(ours: Sequence[Step], theirs: Sequence[Step]) -> Iterator[Step]:
    matcher = SequenceMatcher(None, list(map(_action, ours)), list(map(_action, theirs)), autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            yield from ours[a:b]
        elif kind == "replace" and b - a == d - c:
            for mine, other in zip(ours[a:b], theirs[c:d], strict=True):
                yield replace(mine, alternatives=tuple(dict.fromkeys((*mine.alternatives, other))))
        else:
            yield from (replace(step, optional=True) for step in (*ours[a:b], *theirs[c:d]))


def _action(step: Step) -> str:
    return f"{step.tool or step.intent} {sorted(step.arguments)}"
