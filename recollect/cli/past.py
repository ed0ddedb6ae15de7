"""The history of a memory, version by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypedDict

from recollect.errors import NotFoundError, UsageError
from recollect.memory import Memory
from recollect.types import Event, History, Record, Scope, Slice

State = Literal["current", "ended", "superseded", "withdrawn", "forgotten"]
SHOWN = 5


class Then(TypedDict, total=False):
    """The moment at which something was known, or true."""

    as_of: str | None
    valid_at: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what it says, when it was true, and what became of it.

    current; ended: its time is over; superseded: a newer one took over from it; withdrawn: it was wrong, or undone;
    forgotten: with its memory.
    """

    state: State
    valid_from: datetime | None
    valid_to: datetime | None
    record: Record


@dataclass(frozen=True, slots=True)
class Past:
    """Everything about one memory."""

    id: str
    state: State
    versions: tuple[Version, ...]
    events: tuple[Event, ...]


def past(history: History, now: datetime) -> Past:
    """The versions of a history that is not empty, oldest first, and its events."""
    last = {slice_.record.version: slice_ for slice_ in history.slices}
    alive = [version for version, slice_ in last.items() if slice_.to_seq is None]
    newest = max(alive or last)
    versions = tuple(
        Version(
            _state(last[version], version == newest, bool(alive), now),
            slice_.valid_from,
            slice_.valid_to,
            slice_.record,
        )
        for version, slice_ in sorted(last.items())
    )
    state = next(version.state for version in versions if version.record.version == newest)
    return Past(history.slices[0].record.id, state, versions, history.events)


def _state(slice_: Slice, newest: bool, alive: bool, now: datetime) -> State:
    if not newest:
        return "withdrawn" if alive and slice_.to_seq is not None else "superseded"
    if not alive:
        return "forgotten"
    ends = [end for end in (slice_.valid_to, slice_.record.expires_at) if end is not None]
    return "ended" if any(end <= now for end in ends) else "current"


def every(memory: Memory, scope: Scope, given: Sequence[str]) -> list[str]:
    """The ids that these beginnings name, each once."""
    return list(dict.fromkeys(find(memory, scope, one) for one in given))


def seen(found: Past, record: Record | None) -> Past:
    """A past of which only the version that was seen is told."""
    if record is None:
        raise NotFoundError(f"memory {found.id} was not there then")
    return replace(found, versions=tuple(v for v in found.versions if v.record.version == record.version))


def find(memory: Memory, scope: Scope, given: str, then: Then | None = None) -> str:
    """The id of the one memory of a scope, current or seen then, whose id begins so, or of any that is named in full."""
    if not given:
        raise UsageError("an empty id names no memory: give the beginning of one")
    prefix = "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in given)
    found = memory.list(scope=scope, filters={"id": {"like": f"{prefix}%"}}, limit=SHOWN, **(then or {}))
    if len(found) > 1:
        raise UsageError(f"{given!r} is the beginning of several ids: {_listed(found.records, found.cursor)}")
    if len(found) == 1:
        return found.records[0].id
    if memory.history(given, scope=scope).slices:
        return given
    raise NotFoundError(
        f"no memory of this scope has an id that begins with {given!r}; forgotten ones need the whole id"
    )


def _listed(records: Sequence[Record], cursor: str | None) -> str:
    return ", ".join(record.id for record in records) + (", …" if cursor else "")
