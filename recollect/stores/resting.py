"""Forks and the end of the process: what holds threads, locks or connections is told of both."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from functools import cache
from typing import Protocol
from weakref import WeakSet


class Resident(Protocol):
    """Something that must not be forked or left in the middle of its work."""

    def rest(self) -> None:
        """Finish what is under way and begin nothing new: this process is about to fork."""

    def resume(self) -> None:
        """Go on, in the process that forked."""

    def resume_in_child(self) -> None:
        """Go on as the only thread of a new process."""

    def close(self) -> None:
        """The process ends."""


_residents: WeakSet[Resident] = WeakSet()


def register(resident: Resident) -> None:
    """Tell `resident` of forks and of the end, as long as it lives."""
    _watch()
    _residents.add(resident)


@cache
def _watch() -> None:
    os.register_at_fork(
        before=lambda: _each("rest"),
        after_in_parent=lambda: _each("resume"),
        after_in_child=lambda: _each("resume_in_child"),
    )
    atexit.register(lambda: _each("close"))


def _each(verb: str) -> None:
    """Tell all; what one of them raises keeps it from no other."""
    with ExitStack() as stack:
        for resident in list(_residents):
            stack.callback(getattr(resident, verb))
