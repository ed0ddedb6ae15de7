"""match: the earlier procedures that each run may be one of."""

from __future__ import annotations

from typing import Any

from recollect.ports import Embed, Flow, Found, Query, Search
from recollect.procedures import found_by
from recollect.state import MemoryState

LIMIT = 20
"""Candidates for each run."""


def match(state: MemoryState) -> Flow[dict[str, Any]]:
    """Search procedures by the goal of each run; they leave with their version."""
    texts = tuple(found_by(run.procedure) for run in state["runs"])
    vectors: tuple[bytes | None, ...] = yield Embed(texts)
    found: Found = yield Search(
        scope=state["delivery"].scope,
        queries=tuple(Query(text, vector) for text, vector in zip(texts, vectors, strict=True)),
        limit=LIMIT,
        kind="procedure",
        own=True,
    )
    return {"earlier": found.hits, "matched_seq": found.seq}
