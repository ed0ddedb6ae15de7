"""review: journals what both branches decided as one plan, and lets it pass or asks a human."""

from __future__ import annotations

from typing import Any

from recollect.nodes.drafts import is_searched
from recollect.ports import Embed, Flow, Plan, Reasoner
from recollect.state import MemoryState
from recollect.types import ChangeSet, digest


def review(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Journal the plan, unless it was before, and let it pass."""
    if state["more"] and not state["conflicts"]:  # the plan of a dead call
        return {}
    changes = (*state["decided"], *state["learned"])
    drafts = [change.draft for change in changes if change.draft is not None]
    yield Embed(tuple(draft.text for draft in drafts if is_searched(draft, state["now"])))  # or it is not planned
    seen = [seq for seq in (state["read_seq"], state["matched_seq"]) if seq is not None]
    plan = ChangeSet(
        id=state["change_set"],
        scope=state["delivery"].scope,
        operation="remember",
        changes=changes,
        threaded=any(source.thread for draft in drafts for source in draft.sources),
        read_seq=min(seen, default=None),
        model=reasoner.name,
        prompt=_prompts(state, reasoner),
    )
    yield Plan(change_set=plan)
    return {"plan": plan}


def _prompts(state: MemoryState, reasoner: Reasoner) -> str | None:
    """What names the prompts that were used, those of this delivery included."""
    own: str | None = getattr(reasoner, "prompt_digest", None)
    given = state["delivery"].prompt
    return own if given is None else digest(own or "", given)
