"""A procedure as text: what it is found by, and what an agent reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from recollect.procedures.values import filled, mapped, quoted
from recollect.types import Procedure, Step

LIMIT = 8192
"""Bytes of a rendered procedure at most."""
_ENDING = 0.4
"""Share of them for what follows the steps."""
_CALL = 600
"""Characters of one call."""


def found_by(procedure: Procedure) -> str:
    """The text of its memory: its goal, and the goal of its last run.

    Its steps are not in it: what is done on the way is alike in tasks that are not, and more is missed than found by it.
    """
    last = {name: values[-1] for name, values in procedure.parameters.items() if values}
    told = filled(procedure.goal, last)
    return procedure.goal if told == procedure.goal else f"{procedure.goal}, as in: {told}"


def rendered(procedure: Procedure) -> str:
    """All of it as text, at most LIMIT bytes; of steps and of the rest, what does not fit is counted."""
    before, steps, after = (list(part(procedure)) for part in (_head, _steps, _tail))
    ending = _cut(after, int(LIMIT * _ENDING), "lines")
    beginning = _cut([*before, *steps], LIMIT - len("\n".join(ending).encode()) - 1, "lines")
    return "\n".join([*beginning, *ending])


def called(step: Step) -> str:
    """The call of a tool as text, bounded."""
    arguments = mapped(step.arguments, lambda each: quoted(each) if isinstance(each, str) else each)
    told = json.dumps(arguments, ensure_ascii=False, default=str)
    return f"{step.tool}({told if len(told) <= _CALL else told[: _CALL - 1] + '…'})"


def _cut(lines: Sequence[str], size: int, what: str) -> list[str]:
    """As many lines as fit into so many bytes, and how many more there are."""
    kept: list[str] = []
    left = size - 30
    for line in lines:
        left -= len(line.encode("utf-8", "replace")) + 1
        if left < 0:
            return [*kept, f"… {len(lines) - len(kept)} {what} more"]
        kept.append(line)
    return kept


def _head(procedure: Procedure) -> Iterator[str]:
    yield f"Goal: {quoted(procedure.goal, 400)}"
    givers = {name: number for number, step in enumerate(procedure.steps, 1) for name in step.gives}
    for name, values in procedure.parameters.items():
        origin = f" (from the answer to step {givers[name]})" if name in givers else ""
        yield f"  {name}: such as {quoted(values[-1])}{origin}" if values else f"  {name}{origin}"
    yield from (f"Needs: {quoted(each)}" for each in procedure.preconditions)


def _steps(procedure: Procedure) -> Iterator[str]:
    for number, step in enumerate(procedure.steps, 1):
        yield f"{number}. {_step(step)}"
        yield from (f"   or: {_step(other)}" for other in step.alternatives)


def _tail(procedure: Procedure) -> Iterator[str]:
    yield f"Runs: {procedure.successes} succeeded, {procedure.failures} failed"
    yield from (f"Pitfall: {quoted(each, 600)}" for each in reversed(procedure.pitfalls))


def _step(step: Step) -> str:
    call = "" if step.tool is None else f": {called(step)}"
    marks = (" (not always)" if step.optional else "") + (" (for each)" if step.repeated else "")
    gives = f" (tells {', '.join(step.gives)})" if step.gives else ""
    expected = f' -> answers such as "{quoted(step.expected)}"' if step.expected else ""
    return f"{quoted(step.intent, 300)}{call}{marks}{gives}{expected}"
