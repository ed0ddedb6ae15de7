"""Which turns stand beside which, of one partition: columns that grow."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect.ranking import REACH

_Row = npt.NDArray[np.int64]


class Threads:
    """Numbers the turns (thread and position) of a partition from 1 on; 0 is no turn."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int], int] = {}
        self._turns: list[tuple[str, int]] = []
        self._before = [array("q", [0]) for _ in range(REACH)]
        self._after = [array("q", [0]) for _ in range(REACH)]

    def number(self, thread: str | None, position: int | None) -> int:
        """The turn of a memory."""
        if thread is None or position is None:
            return 0
        found = self._numbers.get((thread, position))
        return self._new(thread, position) if found is None else found

    def _new(self, thread: str, position: int) -> int:
        turn = thread, position
        self._turns.append(turn)
        number = self._numbers[turn] = len(self._turns)
        for k, (before, after) in enumerate(zip(self._before, self._after, strict=True), 1):
            earlier = self._numbers.get((thread, position - k), 0)
            later = self._numbers.get((thread, position + k), 0)
            before.append(earlier)
            after.append(later)
            if earlier:
                after[earlier] = number
            if later:
                before[later] = number
        return number

    def turn(self, number: int) -> tuple[str, int]:
        """Thread and position of a number from 1 on."""
        return self._turns[number - 1]

    def around(self, turns: _Row) -> npt.NDArray[np.bool_]:
        """Which turns, of all, these are or stand beside."""
        near = np.zeros(len(self._turns) + 1, np.bool_)
        near[turns] = True
        for side in self.sides:
            for beside in side:
                near[beside[turns]] = True
        near[0] = False
        return near

    @property
    def sides(self) -> tuple[list[_Row], list[_Row]]:
        """The turns before and after each, at every distance: views that must be gone before the next number is given."""
        return _views(self._before), _views(self._after)


def _views(columns: list[Any]) -> list[_Row]:
    return [np.frombuffer(column, np.int64) for column in columns]
