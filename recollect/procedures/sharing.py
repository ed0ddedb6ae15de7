"""What of a procedure others may see: how it is done, and nothing of those for whom it was done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recollect.types import Procedure, Step


def general(procedure: Procedure) -> Procedure:
    """The procedure without values of its parameters, wherever they stand, and without anything that a tool said.

    Pitfalls go too, which quote both. What never varied stays: it is part of how it is done.
    """
    values = {value: name for name, seen in procedure.parameters.items() for value in seen if value.strip()}
    return replace(
        procedure,
        goal=_without(procedure.goal, values),
        steps=tuple(_general(step, values) for step in procedure.steps),
        parameters=dict.fromkeys(procedure.parameters, ()),
        preconditions=tuple(_without(each, values) for each in procedure.preconditions),
        pitfalls=(),
    )


def _general(step: Step, values: Mapping[str, str]) -> Step:
    return replace(
        step,
        intent=_without(step.intent, values),
        arguments=_without(step.arguments, values),
        expected=None,
        observation=None,
        alternatives=tuple(_general(other, values) for other in step.alternatives),
    )


def _without(given: Any, values: Mapping[str, str]) -> Any:
    """What is given, with the name of its parameter in place of each value, the longest first."""
    if isinstance(given, Mapping):
        return {key: _without(inner, values) for key, inner in given.items()}
    if isinstance(given, list | tuple):
        return [_without(inner, values) for inner in given]
    if str(given) in values:
        return f"{{{values[str(given)]}}}"
    if not isinstance(given, str):
        return given
    for value in sorted((value for value in values if len(value) > 1), key=len, reverse=True):  # "a" tells nothing
        pattern = re.escape(value).replace(r"\ ", "[ _]")  # as tools spell it, too
        given = re.sub(rf"(?<![\w{{]){pattern}(?![\w}}])", f"{{{values[value]}}}", given, flags=re.IGNORECASE)
    return given
