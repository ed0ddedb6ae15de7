"""route: claim the messages, and choose the way: facts, a procedure, both, a recorded plan, or nothing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recollect.messages import log_key
from recollect.ports import Begin, Claim, Flow
from recollect.procedures import task_in
from recollect.state import Delivery, MemoryState, Usage
from recollect.types import ChangeSet, Receipt, Turn, digest


def route(state: MemoryState) -> Flow[dict[str, Any]]:
    """Claim the delivered messages that nobody has claimed; the state starts afresh with them."""
    delivery = state["delivery"]
    claim: Claim = yield Begin(
        scope=delivery.scope,
        operation="remember",
        keys=tuple(log_key(turn, delivery.idempotency_key) for turn in delivery.turns),
        message_ids=tuple(_identity(turn) for turn in delivery.turns),
        owner=delivery.owner,
    )
    going_on = state.get("more", False) and state["plan"].scope == delivery.scope
    ours: dict[str, Turn] = {}
    for turn, key, mine in zip(delivery.turns, claim.keys, claim.mine, strict=True):
        if mine:
            ours.setdefault(key, replace(turn, key=key))  # what came twice in one delivery is one message
    fresh: dict[str, Any] = {
        "turns": tuple(ours.values()),
        "known": len(delivery.turns) - len(ours),
        "change_set": claim.change_set,
        "now": claim.now,
        "edits": dict(claim.edits),
        "more": claim.more,
        "task": _task(delivery, tuple(ours.values())),
        "facts": (),
        "decided": (),
        "runs": (),
        "learned": (),
        "read_seq": None,
        "matched_seq": None,
        "conflicts": (),
        "rounds": 0,
        "outcomes": state.get("outcomes", ()) if going_on else (),
        "usage": Usage() if going_on else None,
    }
    if claim.planned is not None:
        return {**fresh, **_taken_over(claim.planned)}
    if not fresh["turns"]:
        fresh["receipt"] = Receipt(
            change_set=None, outcomes=fresh["outcomes"], messages=len(delivery.turns), known=len(delivery.turns)
        )
    return fresh


def _taken_over(plan: ChangeSet) -> dict[str, Any]:
    """The plan of a dead call, as its branches left it."""
    first = next((n for n, change in enumerate(plan.changes) if change.run is not None), len(plan.changes))
    decided, learned = plan.changes[:first], plan.changes[first:]
    return {
        "plan": plan,
        "facts": tuple(change.fact for change in decided if change.fact is not None),
        "decided": decided,
        "runs": tuple(change.run for change in learned if change.run is not None),
        "learned": learned,
    }


def _task(delivery: Delivery, turns: tuple[Turn, ...]) -> str | None:
    if delivery.learning == "never":
        return None
    return "asked for" if delivery.learning == "only" else task_in(turns)


def _identity(turn: Turn) -> str | None:
    """What an edited message has in common with its earlier form: nobody edits what another said."""
    return turn.message_id and digest(turn.message_id, turn.role, turn.name or "")
