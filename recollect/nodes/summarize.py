"""summarize: messages -> runs of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recollect.ports import Flow, Reasoner
from recollect.state import MemoryState


def summarize(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Find the runs in the claimed messages."""
    runs = yield from reasoner.summarize(state["turns"], state["now"])
    return {"runs": tuple(replace(run, reason=state["task"] or "") for run in runs)}
