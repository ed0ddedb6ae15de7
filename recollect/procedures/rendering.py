"""A procedure as text: what it is found by, and what an agent reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from recollect.types import Procedure, Step

LIMIT = 8192
"""Bytes of a rendered procedure at most."""
_HOLE = re.compile(r"\{([^{}]*)\}")


def found_by(procedure: Procedure) -> str:
    """The text of its memory: its goal, and the goal of its last run.

    Its steps are not in it: what is done on the way is alike in tasks that are not, and more is missed than found by it.
    """
    last = {name: values[-1] for name, values in procedure.parameters.items() if values}
    told = _HOLE.sub(lambda hole: last.get(hole[1], hole[0]), procedure.goal)
    return procedure.goal if told == procedure.goal else f"{procedure.goal}, as in: {told}"


def rendered(procedure: Procedure) -> str:
    """All of it as text, at most LIMIT bytes; what does not fit is counted at the end."""
    lines = list(_lines(procedure))
    kept: list[str] = []
    left = LIMIT - 40
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            return "\n".join([*kept, f"… {len(lines) - len(kept)} lines more"])
        kept.append(line)
    return "\n".join(kept)


def _lines(procedure: Procedure) -> Iterator[str]:
    yield f"Goal: {procedure.goal}"
    yield from (f"  {name}: such as {values[-1]}" for name, values in procedure.parameters.items() if values)
    yield from (f"Needs: {each}" for each in procedure.preconditions)
    for number, step in enumerate(procedure.steps, 1):
        yield f"{number}. {_step(step)}"
        yield from (f"   or: {_step(other)}" for other in step.alternatives)
    yield from (f"Pitfall: {each}" for each in procedure.pitfalls)
    yield f"Runs: {procedure.successes} succeeded, {procedure.failures} failed"


def _step(step: Step) -> str:
    call = "" if step.tool is None else f": {step.tool}({json.dumps(step.arguments, ensure_ascii=False, default=str)})"
    optional = " (not always)" if step.optional else ""
    return f"{step.intent}{call}{optional}" + (f" -> {step.expected}" if step.expected else "")
