"""Places in conversations: what a delivery says in a thread comes after what the thread already has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from recollect.stores.sql.connection import Connection, chunks, marks, rows, value
from recollect.types import Change, Draft, Fact, Source

Spot = tuple[str, str]
"""A thread and the stored key of a message."""
Said = TypeVar("Said", Draft, Fact)


def numbered(
    db: Connection, pid: int, log: str, changes: Sequence[Change], key_of: Callable[[int, Source], str]
) -> tuple[Change, ...]:
    """The changes, with places in their threads for those in their delivery.

    A message that a thread has keeps its place, and so does one whose earlier form it has. The new ones are moved behind
    the last place of the thread, all as far, and not at all where they are behind it already. log: where in the message
    log their keys are. key_of: the stored key of a source of a change.
    """
    said: dict[Spot, int] = {}
    for number, change in enumerate(changes):
        for source in _sources(change):
            if source.thread is not None and source.position is not None:
                said.setdefault((source.thread, key_of(number, source)), source.position)
    places = _places(db, pid, log, said)
    return tuple(
        replace(change, draft=_at(change.draft, number, places, key_of), fact=_at(change.fact, number, places, key_of))
        for number, change in enumerate(changes)
    )


def _sources(change: Change) -> Iterator[Source]:
    for said in (change.draft, change.fact):
        yield from said.sources if said else ()


def _at(
    said: Said | None, number: int, places: Mapping[Spot, int], key_of: Callable[[int, Source], str]
) -> Said | None:
    if said is None:
        return None
    placed = (
        source
        if source.thread is None
        else replace(source, position=places.get((source.thread, key_of(number, source))))
        for source in said.sources
    )
    return replace(said, sources=tuple(placed))


def _places(db: Connection, pid: int, log: str, said: Mapping[Spot, int]) -> dict[Spot, int]:
    """The place of each message in its thread."""
    ends = {thread: _end(db, pid, thread) for thread in {thread for thread, _ in said}}
    known = _known(db, pid, log, said) if any(ends.values()) else {}
    first: dict[str, int] = {}
    for (thread, key), position in said.items():
        if (thread, key) not in known:
            first[thread] = min(position, first.get(thread, position))
    shifts = {thread: max(0, ends[thread] - lowest) for thread, lowest in first.items()}
    return {**{spot: position + shifts.get(spot[0], 0) for spot, position in said.items()}, **known}


def _end(db: Connection, pid: int, thread: str) -> int:
    """The first place behind all that a thread has."""
    last = value(db, "SELECT max(position) FROM source WHERE pid = ? AND thread = ?", (pid, thread))
    return 0 if last is None else int(last) + 1


_SAME = "SELECT thread, key, position FROM source WHERE pid = ? AND key"
_EDITED = (  # cross joins keep SQLite from beginning with all that has a thread
    "SELECT source.thread, later.key, source.position"
    " FROM message AS later CROSS JOIN message AS earlier CROSS JOIN source"
    " WHERE earlier.pid = later.pid AND earlier.place = later.place AND earlier.message_id = later.message_id"
    " AND source.pid = earlier.pid AND source.key = earlier.key AND later.pid = ? AND later.place = ? AND later.key"
)


def _known(db: Connection, pid: int, log: str, said: Mapping[Spot, int]) -> dict[Spot, int]:
    """The places of those that their threads have, or whose earlier form they have."""
    found: dict[Spot, int] = {}
    for keys in chunks(sorted({key for _, key in said})):
        for sql, where in ((_EDITED, (pid, log)), (_SAME, (pid,))):
            each = rows(db, f"{sql} IN ({marks(keys)})", (*where, *keys))
            found |= {(thread, key): position for thread, key, position in each}
    return {spot: position for spot, position in found.items() if spot in said}
