"""Rows of the tables as nouns, and nouns as rows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from recollect.filters import decode_metadata, encode_metadata
from recollect.types import Draft, Event, Record, Scope, Slice, Source, decode, encode

FOREVER = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

RECORD = (
    "slice.memory, slice.version, slice.kind, slice.text, slice.hash, partition.name, slice.agent, slice.run, "
    "slice.actor, slice.role, slice.metadata, slice.category, slice.sensitivity, slice.trust, slice.confidence, "
    "slice.sources, slice.derived_from, slice.provenance, slice.created_at, slice.updated_at, slice.observed_at, "
    "slice.event_at, slice.valid_from, slice.valid_to, slice.expires_at"
)
"""The columns that `record` reads, of `slice JOIN partition USING (pid)`."""


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    """The instant that `micros` stored."""
    return _EPOCH + stored * _MICROSECOND


def _optional(stored: int | None) -> datetime | None:
    return None if stored is None or stored == FOREVER else instant(stored)


def until(moment: datetime | None) -> int:
    """The end of an interval as stored."""
    return FOREVER if moment is None else micros(moment)


def record(row: Sequence[Any]) -> Record:
    """A `Record` of the columns RECORD."""
    sources = tuple(
        Source(key=key, quote=quote, thread=thread, position=position, message_id=message_id)
        for key, quote, thread, position, message_id in json.loads(row[15])
    )
    user, agent, run = row[17].split("\0") if row[17] else ("-", "-", "-")
    named = Scope(decode(user), decode(agent), decode(run)) if row[17] else None
    return Record(
        id=row[0],
        version=row[1],
        kind=row[2],
        text=row[3],
        hash=row[4],
        scope=Scope(decode(row[5]), decode(row[6]), decode(row[7])),
        actor=row[8],
        role=row[9],
        metadata=decode_metadata(row[10]),
        category=row[11],
        sensitivity=row[12],
        trust=row[13],
        confidence=row[14],
        sources=sources,
        derived_from=tuple(json.loads(row[16])),
        provenance=named,
        created_at=instant(row[18]),
        updated_at=instant(row[19]),
        observed_at=_optional(row[20]),
        event_at=_optional(row[21]),
        valid_from=instant(row[22]),
        valid_to=_optional(row[23]),
        expires_at=_optional(row[24]),
    )


def content(draft: Draft) -> dict[str, Any]:
    """The columns of `slice` that a draft fills."""
    named = draft.provenance
    return {
        "kind": draft.kind,
        "text": draft.text,
        "agent": encode(draft.scope.agent),
        "run": encode(draft.scope.run),
        "actor": _nfc(draft.actor),
        "role": _nfc(draft.role),
        "metadata": encode_metadata(draft.metadata),
        "category": _nfc(draft.category),
        "sensitivity": draft.sensitivity,
        "trust": draft.trust,
        "confidence": float(draft.confidence),
        "sources": json.dumps(
            [(s.key, s.quote, s.thread, s.position, s.message_id) for s in draft.sources], ensure_ascii=False
        ),
        "derived_from": json.dumps(draft.derived_from),
        "provenance": "" if named is None else "\0".join(map(encode, (named.user, named.agent, named.run))),
        "observed_at": None if draft.observed_at is None else micros(draft.observed_at),
        "event_at": None if draft.event_at is None else micros(draft.event_at),
        "expires_at": until(draft.expires_at),
    }


def _nfc(name: str | None) -> str | None:
    """Names in the form in which filters compare them."""
    return name and unicodedata.normalize("NFC", name)


def slice_(row: Sequence[Any]) -> Slice:
    """A `Slice` of the columns from_seq, to_seq and RECORD."""
    from_seq, to_seq, *rest = row
    found = record(rest)
    return Slice(
        record=found,
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        from_seq=from_seq,
        to_seq=None if to_seq == FOREVER else to_seq,
    )


EVENT = (
    "event.seq, event.at, event.operation, event.status, event.memory, event.version, event.change_set, event.reason, "
    "event.decider, event.actor, event.role, change_set.principal, change_set.model, change_set.prompt"
)
"""The columns that `event` reads, of `event JOIN change_set ON change_set.id = event.change_set`."""


def event(row: Sequence[Any]) -> Event:
    """An `Event` of the columns EVENT."""
    return Event(
        seq=row[0],
        at=instant(row[1]),
        operation=row[2],
        status=row[3],
        memory=row[4],
        version=row[5],
        change_set=row[6],
        reason=row[7],
        decider=row[8],
        actor=row[9],
        role=row[10],
        principal=row[11],
        model=row[12],
        prompt=row[13],
    )
