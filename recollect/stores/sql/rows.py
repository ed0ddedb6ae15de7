"""Rows of the tables as nouns, and nouns as rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from pydantic import TypeAdapter
from pydantic_core import from_json

from recollect import ranking
from recollect.metadata import decode_metadata, encode_metadata
from recollect.stores.instants import FOREVER, instant, micros, optional, until
from recollect.types import Draft, Event, Procedure, Record, Scope, Slice, Source, decode, encode, text_hash

CONTENT = (
    "kind",
    "text",
    "hash",
    "agent",
    "run",
    "actor",
    "role",
    "metadata",
    "category",
    "sensitivity",
    "trust",
    "confidence",
    "sources",
    "derived_from",
    "provenance",
    "observed_at",
    "event_at",
    "expires_at",
    "procedure",
)
"""The columns of `slice` that a draft fills."""

RECORD = "partition.name, memory, version, created_at, updated_at, valid_from, valid_to, " + ", ".join(
    f"slice.{name}" for name in CONTENT
)
"""The columns that `record` reads, of `slice JOIN partition USING (pid)`."""


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def content(draft: Draft, sources: Sequence[Source]) -> tuple[Any, ...]:
    """The columns CONTENT of a draft with these sources. Names are in NFC, the form in which filters compare them."""
    return (
        draft.kind,
        draft.text,
        text_hash(draft.text),
        encode(draft.scope.agent),
        encode(draft.scope.run),
        nfc(draft.actor),
        nfc(draft.role),
        "{}" if draft.metadata == {} else encode_metadata(draft.metadata),
        nfc(draft.category),
        draft.sensitivity,
        draft.trust,
        float(draft.confidence),
        _as_json([(s.key, s.quote, s.thread, s.position, s.message_id) for s in sources]) if sources else "[]",
        _as_json(draft.derived_from) if draft.derived_from else "[]",
        _named(draft.provenance),
        None if draft.observed_at is None else micros(draft.observed_at),
        None if draft.event_at is None else micros(draft.event_at),
        until(draft.expires_at),
        None if draft.procedure is None else _procedures().dump_json(draft.procedure, warnings=False).decode(),
    )


def nfc(name: str | None) -> str | None:
    """A name in the form in which filters compare names."""
    return name and normalize("NFC", name)


def _named(scope: Scope | None) -> str:
    return "" if scope is None else "\0".join(map(encode, (scope.user, scope.agent, scope.run)))


def record(row: Sequence[Any]) -> Record:
    """A `Record` of the columns RECORD."""
    name, memory, version, created_at, updated_at, valid_from, valid_to = row[:7]
    (
        kind,
        text,
        hashed,
        agent,
        run,
        actor,
        role,
        metadata,
        category,
        sensitivity,
        trust,
        confidence,
        quoted,
        derived_from,
        provenance,
        observed_at,
        event_at,
        expires_at,
        procedure,
    ) = row[7:]
    return Record(
        id=memory,
        version=version,
        kind=kind,
        text=text,
        hash=hashed,
        scope=_scope(name, agent, run),
        actor=actor,
        role=role,
        metadata={} if metadata == "{}" else decode_metadata(metadata),
        category=category,
        sensitivity=sensitivity,
        trust=trust,
        confidence=confidence,
        sources=sources(quoted),
        derived_from=() if derived_from == "[]" else tuple(from_json(derived_from)),
        provenance=_scope(*provenance.split("\0")) if provenance else None,
        created_at=instant(created_at),
        updated_at=instant(updated_at),
        observed_at=optional(observed_at),
        event_at=optional(event_at),
        valid_from=instant(valid_from),
        valid_to=optional(valid_to),
        expires_at=optional(expires_at),
        procedure=None if procedure is None else _procedures().validate_json(procedure),
    )


@cache
def _procedures() -> TypeAdapter[Procedure]:
    return TypeAdapter(Procedure)


@lru_cache(maxsize=4096)
def _scope(user: str, agent: str, run: str) -> Scope:
    return Scope(decode(user), decode(agent), decode(run))


@lru_cache(maxsize=4096)
def sources(stored: str) -> tuple[Source, ...]:
    """The sources that `content` stored."""
    if stored == "[]":
        return ()
    return tuple(
        Source(key=key, quote=quote, thread=thread, position=position, message_id=message_id)
        for key, quote, thread, position, message_id in from_json(stored)
    )


def spot(stored: str) -> tuple[str | None, int | None]:
    """Thread and position of the first of the sources that `content` stored."""
    if stored == "[]":
        return None, None
    _, _, thread, position, _ = from_json(stored)[0]
    return thread, position


def importance(metadata: str) -> float:
    """The importance that stored metadata tell."""
    return ranking.importance(decode_metadata(metadata)) if '"importance"' in metadata else 0.0


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
    "event.seq, event.at, event.operation, event.status, event.memory, event.version, change_set.id, event.reason, "
    "event.decider, event.actor, event.role, change_set.principal, change_set.model, change_set.prompt"
)
"""The columns that `event` reads, of `event JOIN change_set ON number = change_set`."""


def event(row: Sequence[Any]) -> Event:
    """An `Event` of the columns EVENT."""
    seq, at, operation, status, memory, version, change_set, reason, decider, *by = row
    actor, role, principal, model, prompt = by
    return Event(
        seq=seq,
        at=instant(at),
        operation=operation,
        status=status,
        memory=memory,
        version=version,
        change_set=change_set,
        reason=reason,
        decider=decider,
        actor=actor,
        role=role,
        principal=principal,
        model=model,
        prompt=prompt,
    )
