"""From what a chat model reports to a Fact: its words are looked up in the messages, its dates are read, or it is unproven."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from recollect.prompts import ExtractionReply, FoundFact, clean
from recollect.reasoners.reply import Reading
from recollect.types import Fact, Source, Trust, Turn

TRUST_OF_ROLE: Mapping[str, Trust] = {"assistant": "agent", "ai": "agent", "tool": "tool", "function": "tool"}
YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")


def facts_of(readings: Sequence[Reading[ExtractionReply]], turns: Sequence[Turn], now: datetime) -> tuple[Fact, ...]:
    """The facts of the first reading, the latest; then those that it left out of an earlier one; then its malformed ones."""
    latest, *earlier = readings
    said = {fact.text for fact in latest.reply.facts}
    left_out = (fact for reading in earlier for fact in reading.reply.facts if fact.text not in said)
    facts = (fact_of(found, turns, now) for found in (*latest.reply.facts, *left_out))
    return (*facts, *(unproven(unusable.item) for unusable in latest.unusable))


def fact_of(found: FoundFact, turns: Sequence[Turn], now: datetime) -> Fact:
    """The fact with the message that proves it as its source; without such a message it is unproven."""
    proof = find_quote(found.quote or "", found.message, turns)
    if proof is None:
        return unproven(found.text)
    turn, quote = proof
    return Fact(
        text=found.text,
        sources=(_source(turn, quote),),
        intent=found.intent,
        actor=turn.actor,
        role=turn.role,
        observed_at=turn.at or now,
        event_at=instant(found.event_time),
        level=found.level,
        temporary=found.temporary or False,
        category=found.category or None,
        sensitivity=found.sensitivity or "personal",
        trust=TRUST_OF_ROLE.get(turn.role.lower(), "user"),
        confidence=1.0 if found.confidence is None else found.confidence,
    )


def unproven(item: Any) -> Fact:
    """What no message says: a fact without sources and confidence, to be rejected."""
    return Fact(text=clean(item) if isinstance(item, str) else json.dumps(item), confidence=0.0)


def find_quote(quote: str, number: int | None, turns: Sequence[Turn]) -> tuple[Turn, str] | None:
    """The message that holds the quote, first of all the one of that number, and the quote as it stands there."""
    named = turns[number - 1 : number] if number and number > 0 else ()
    for turn in (*named, *turns):
        if found := as_written(quote, turn.text):
            return turn, found
    return None


def as_written(quote: str, text: str) -> str | None:
    """The quote, if the text has it, also in other case, spacing or punctuation."""
    if quote in text:
        return quote
    words = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", quote))
    match = re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) if words else None
    return match and match.group()


def _source(turn: Turn, quote: str) -> Source:
    return Source(
        key=turn.key or "", quote=quote, thread=turn.thread, position=turn.position, message_id=turn.message_id
    )


def instant(text: str | None) -> datetime | None:
    """An ISO date or time in UTC; a year or month stands for its first day, a range for its start; None if it is none."""
    start = (text or "").strip().split("/")[0]
    if YEAR_OR_MONTH.fullmatch(start):
        start += "-01" * (2 - start.count("-"))
    try:
        at = datetime.fromisoformat(start)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
