"""The calls of tools in messages, each with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recollect.types import Call, Turn


class Made(NamedTuple):
    """A call, the number of its message, from 1, and the tool's answer, None if there was none."""

    message: int
    call: Call
    answer: Turn | None


def calls_in(turns: Sequence[Turn]) -> tuple[Made, ...]:
    """All calls in order. An id that is used again is answered by what comes next."""
    return tuple(
        Made(number, call, next((turn for turn in turns[number:] if call.id and turn.answers == call.id), None))
        for number, turn in enumerate(turns, 1)
        for call in turn.calls
    )
