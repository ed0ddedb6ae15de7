"""apply: one commit of the whole change set."""

from __future__ import annotations

from typing import Any

from recollect.nodes.drafts import is_searched
from recollect.ports import Commit, Committed, Embed, Flow
from recollect.state import MemoryState, Usage
from recollect.types import Receipt

ROUNDS, OF_RUNS = 3, 50
"""After so many commits a conflict of facts is an outcome, and one of procedures alone, which costs no model call."""


def apply(state: MemoryState) -> Flow[dict[str, Any]]:
    """Commit the plan with what it was based on; name the conflicts, or conclude with a receipt."""
    plan, rounds = state["plan"], state.get("rounds", 0) + 1
    alone = state["conflicts"] and min(state["conflicts"]) >= len(state["decided"])
    drafts = [
        change.draft if change.draft and is_searched(change.draft, state["now"]) else None for change in plan.changes
    ]
    embedded = yield Embed(tuple(draft.text for draft in drafts if draft is not None))
    vectors = iter(embedded)
    committed: Committed = yield Commit(
        change_set=plan,
        vectors=tuple(None if draft is None else next(vectors) for draft in drafts),
        partial=rounds >= (OF_RUNS if alone else ROUNDS),
    )
    if committed.conflicts:
        return {"conflicts": committed.conflicts, "rounds": rounds}
    outcomes = (*state.get("outcomes", ()), *committed.outcomes)
    usage = state.get("usage", Usage())
    receipt = Receipt(
        change_set=plan.id,
        outcomes=outcomes,
        messages=len(state["delivery"].turns),
        known=state["known"],
        model_calls=usage.calls,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
    )
    return {"conflicts": (), "rounds": rounds, "outcomes": outcomes, "receipt": receipt}
