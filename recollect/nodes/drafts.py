"""What is written of a fact: its draft, the row that it belongs to, and how long it is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from recollect.state import Delivery
from recollect.types import Draft, Fact, Level, Scope

_TEMPORARY = timedelta(hours=24)


def drafted(fact: Fact, delivery: Delivery, now: datetime) -> Draft:
    """A new memory of a fact."""
    scope, expires_at = placed(fact, delivery, now)
    said_at = fact.observed_at or now
    return Draft(
        text=fact.text,
        kind="fact",
        scope=scope,
        actor=fact.actor,
        role=fact.role,
        metadata=delivery.metadata,
        category=fact.category,
        sensitivity=fact.sensitivity,
        trust=fact.trust,
        confidence=fact.confidence if 0 <= fact.confidence <= 1 else 0.0,
        sources=fact.sources,
        provenance=delivery.scope,
        observed_at=said_at,
        event_at=fact.event_at,
        valid_from=min(fact.valid_from or said_at, now),
        valid_to=fact.valid_to,
        expires_at=expires_at,
    )


def placed(fact: Fact, delivery: Delivery, now: datetime) -> tuple[Scope, datetime | None]:
    """The row's own scope, and when it expires.

    A fact is kept for the user when one is named, else for the run, else for the agent; a temporary one for the run,
    or without one for a day from the time of its message, which is never later than now.
    """
    row = kept_for(delivery.scope, fact.level or delivery.level or ("run" if fact.temporary else None))
    expires = fact.temporary and row.run is None
    return row, min(fact.observed_at or now, now) + _TEMPORARY if expires else None


def kept_for(scope: Scope, wanted: Level | None) -> Scope:
    """The scope of a row at the level wanted, if it is named; else for the user, the run or the agent."""
    level = _level(wanted, scope)
    return Scope(
        user=scope.user, agent=scope.agent if level == "agent" else None, run=scope.run if level == "run" else None
    )


def _level(wanted: Level | None, scope: Scope) -> Level:
    if wanted is not None and getattr(scope, wanted) is not None:
        return wanted
    if scope.user is not None:
        return "user"
    return "run" if scope.run is not None else "agent"


def is_searched(draft: Draft, now: datetime) -> bool:
    """Whether a search of the present can meet it: what is over by then needs no vector."""
    return draft.valid_to is None or draft.valid_to > now
