"""summarize: messages -> runs of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recollect.ports import Flow, Reasoner
from recollect.state import MemoryState
from recollect.types import Run


def summarize(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Find the runs in the claimed messages."""
    runs = yield from reasoner.summarize(state["turns"], state["now"], state["delivery"].prompt)
    return {"runs": tuple(replace(run, reason=_why(state, run)) for run in runs)}


def _why(state: MemoryState, run: Run) -> str:
    """Why the messages were taken for a run, and what the reasoner says of it."""
    return "; ".join(filter(None, (state["task"], run.reason)))
