"""From one run to a procedure: what its goal names becomes a parameter wherever the steps use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recollect.types import Procedure, Step


def abstracted(procedure: Procedure) -> Procedure:
    """The procedure with a parameter for every argument that its goal names, called as the argument is."""
    goal, parameters = procedure.goal, dict(procedure.parameters)
    for name, value in _arguments(procedure.steps):
        spoken = _spoken(value)
        pattern = spoken and re.compile(rf"(?<!\w){re.escape(spoken)}(?!\w)", re.IGNORECASE)
        if not pattern or not pattern.search(goal):
            continue
        name = _free(name, spoken, parameters)
        parameters[name] = (spoken,)
        goal = pattern.sub(lambda _, name=name: f"{{{name}}}", goal)  # type: ignore[misc]
    named = {values[-1]: name for name, values in parameters.items()}
    steps = tuple(replace(step, arguments=_replaced(step.arguments, named)) for step in procedure.steps)
    return replace(procedure, goal=goal, parameters=parameters, steps=steps)


def _arguments(steps: Sequence[Step]) -> Iterator[tuple[str, Any]]:
    """Names and values, the longest value first, so that it is found before what is within it."""
    found = [(name, value) for step in steps for name, value in step.arguments.items()]
    return iter(sorted(found, key=lambda pair: -len(_spoken(pair[1]))))


def _spoken(value: Any) -> str:
    """A value as a goal would name it; nothing for what no goal names."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip().replace("_", " ")


def _free(name: str, value: str, taken: Mapping[str, tuple[str, ...]]) -> str:
    """The name, numbered where another value has it."""
    number, free = 1, name
    while free in taken and taken[free] != (value,):
        number += 1
        free = f"{name}_{number}"
    return free


def _replaced(value: Any, named: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(inner, named) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(inner, named) for inner in value]
    name = named.get(_spoken(value))
    return value if name is None else f"{{{name}}}"
