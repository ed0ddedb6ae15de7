"""summarize: messages -> runs of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from recollect.ports import Flow, Reasoner
from recollect.procedures import task_in
from recollect.state import MemoryState
from recollect.types import Run


def summarize(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Find the runs in the claimed messages: all where that was asked for, else those that are runs by themselves."""
    runs = yield from reasoner.summarize(state["turns"], state["now"], state["delivery"].prompt)
    if state["delivery"].learning == "only":
        return {"runs": tuple(_because(state["task"], run) for run in runs)}
    return {"runs": tuple(_detected(runs))}


def _detected(runs: Sequence[Run]) -> Iterator[Run]:
    for run in runs:
        reason = task_in(run.turns)
        if reason is not None:
            yield _because(reason, run)


def _because(reason: str | None, run: Run) -> Run:
    """The run with why the messages were taken for one, and what the reasoner says of it."""
    return replace(run, reason="; ".join(filter(None, (reason, run.reason))))
