"""One change set on its way into one partition: sequence numbers, slices, and the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

from recollect import filters
from recollect.metadata import decode_metadata
from recollect.stores.instants import FOREVER, micros, until
from recollect.stores.sql.connection import Connection, row, rows, value
from recollect.stores.sql.rows import CONTENT, content
from recollect.types import ChangeSet, Draft, Outcome, Scope, Source, View, Wildcard, encode

_EARLIEST = micros(datetime.min.replace(tzinfo=UTC))
_SLICE = f"pid, memory, version, valid_from, valid_to, from_seq, born, created_at, updated_at, {', '.join(CONTENT)}"
_REST = _SLICE.removeprefix("pid, memory, version, valid_from, valid_to, from_seq, ")
_VALUES = ", ?" * (2 + len(CONTENT))
_REOPEN = f"INSERT INTO slice ({_SLICE}) SELECT pid, memory, version, ?, ?, ?, {_REST} FROM slice WHERE sid = ?"
_EVENT = (
    "INSERT INTO event (pid, seq, at, operation, status, memory, version, agent, run, change_set, reason, decider,"
    " actor, role) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MODEL = "SELECT meta.mid FROM meta"
_STANDING = (
    f"SELECT pid, seq, recorded_at, ({_MODEL}),"
    " (SELECT number FROM change_set WHERE change_set.pid = partition.pid AND id = ?),"
    " (SELECT state FROM change_set WHERE change_set.pid = partition.pid AND id = ?)"
    " FROM partition WHERE name = ?"
)


@cache
def _opening(next_slice: str) -> str:
    """Inserts a slice; the first one of a memory was born with its own number."""
    return f"INSERT INTO slice ({_SLICE}) VALUES (?, ?, ?, ?, ?, ?, coalesce(?, {next_slice}){_VALUES})"


class Open(NamedTuple):
    """A slice that is still open."""

    sid: int
    version: int
    valid_from: int
    valid_to: int
    created_at: int
    born: int
    agent: str
    run: str
    text: str


class Version(NamedTuple):
    """What is to be written: a draft, with the sources as they are to be stored."""

    memory: str
    version: int
    draft: Draft
    sources: Sequence[Source]
    vector: bytes | None


class Past(NamedTuple):
    """What a new slice takes over from the memory's earlier ones."""

    created_at: int
    born: int | None


class Writing:
    """The partition as it stands, ready for one change set: nothing is written before `enter`.

    pid: -1 while nothing was ever written to the partition. number, state: of the change set, if the journal knows it.
    seq: the last sequence number given out. now: record time, which never steps back, whatever the clock does.
    """

    def __init__(self, db: Connection, change_set: ChangeSet, clock: int) -> None:
        self.db = db
        self.change_set = change_set
        found = row(db, _STANDING, (change_set.id, change_set.id, change_set.scope.partition))
        unknown = (-1, 0, clock - 1, None, None, None)
        self.pid: int
        self.seq: int
        self.pid, self.seq, recorded_at, self.mid, self.number, self.state = found or unknown
        if found is None:
            self.mid = value(db, _MODEL)
        self.now: int = max(clock, recorded_at + 1)

    @cached_property
    def _views(self) -> tuple[View, ...]:
        scope = self.change_set.scope
        return (*scope.views(own=True), *scope.views(exact=True))

    def may_change(self, agent: str, run: str) -> bool:
        """Whether the change set's scope reaches rows of this agent and run, both encoded."""
        return any(view.accepts(agent, run) for view in self._views)

    def enter(self, changes: int) -> None:
        """Advance the partition by one sequence number a change, and mark the change set as applied."""
        change_set, last = self.change_set, self.seq + changes
        if self.pid < 0:
            self.pid = self.db.insert(
                "INSERT INTO partition (name, seq, recorded_at) VALUES (?, 0, 0)", (change_set.scope.partition,), "pid"
            )
        self.db.execute("UPDATE partition SET seq = ?, recorded_at = ? WHERE pid = ?", (last, self.now, self.pid))
        applied = (change_set.read_seq, self.seq + 1, last)
        by = (change_set.principal, change_set.model, change_set.prompt)
        if self.number is None:
            self.number = self.db.insert(
                "INSERT INTO change_set (pid, id, operation, state, now, read_seq, first_seq, last_seq,"
                " principal, model, prompt) VALUES (?, ?, ?, 'applied', ?, ?, ?, ?, ?, ?, ?)",
                (self.pid, change_set.id, change_set.operation, self.now, *applied, *by),
                "number",
            )
        else:
            self.db.execute(
                "UPDATE change_set SET state = 'applied', owner = NULL, lease = NULL, plan = NULL, read_seq = ?,"
                " first_seq = ?, last_seq = ?, principal = ?, model = ?, prompt = ? WHERE number = ?",
                (*applied, *by, self.number),
            )

    def next_seq(self) -> int:
        """The sequence number of the next change."""
        self.seq += 1
        return self.seq

    def open_slices(self, memory: str) -> list[Open]:
        """The open slices of a memory, those of its head version last; none where the scope does not reach it."""
        found = rows(
            self.db,
            "SELECT sid, version, valid_from, valid_to, created_at, born, agent, run, text FROM slice"
            f" WHERE pid = ? AND memory = ? AND to_seq = {FOREVER} ORDER BY version, valid_from",
            (self.pid, memory),
        )
        slices = [Open(*each) for each in found]
        return slices if all(self.may_change(each.agent, each.run) for each in slices) else []

    def close(self, slices: Sequence[Open]) -> None:
        """End these slices at the current sequence number."""
        self.db.executemany("UPDATE slice SET to_seq = ? WHERE sid = ?", [(self.seq, each.sid) for each in slices])

    def open(self, new: Version, interval: tuple[int, int], past: Past) -> None:
        """Write a version of a memory over an interval."""
        memory, version, draft, sources, vector = new
        known = (memory, version, *interval, self.seq, past.born, past.created_at, self.now)
        sid = self.db.insert(_opening(self.db.NEXT_SLICE), (self.pid, *known, *content(draft, sources)), "sid")
        if vector is not None:
            self.db.execute("INSERT INTO vector VALUES (?, ?, ?, ?)", (self.pid, self.mid, sid, vector))
        self._index(sid, filters.tokens(draft.metadata))
        for source in sources:
            self.db.execute(
                "INSERT INTO source VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (self.pid, source.key, memory, source.thread, source.position),
            )
        for parent in draft.derived_from:
            self.db.execute("INSERT INTO derived VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (self.pid, parent, memory))

    def reopen(self, sid: int, valid_from: int, valid_to: int) -> None:
        """Write a slice again, over another interval."""
        copy = self.db.insert(_REOPEN, (valid_from, valid_to, self.seq, sid), "sid")
        self.db.execute(
            "INSERT INTO vector SELECT pid, mid, ?, vector FROM vector WHERE pid = ? AND mid = ? AND sid = ?",
            (copy, self.pid, self.mid, sid),
        )
        metadata = value(self.db, "SELECT metadata FROM slice WHERE sid = ?", (sid,))
        self._index(copy, filters.tokens(decode_metadata(metadata)))

    def _index(self, sid: int, tokens: frozenset[str]) -> None:
        if tokens:
            self.db.executemany("INSERT INTO token VALUES (?, ?, ?)", [(self.pid, token, sid) for token in tokens])

    def note(self, outcome: Outcome, who: Any, place: Scope | None = None) -> None:
        """Write the audit's line for the current sequence number; `place` is the memory's scope where there is one."""
        at = place or self.change_set.scope
        self.db.execute(
            _EVENT,
            (
                self.pid,
                self.seq,
                self.now,
                outcome.operation,
                outcome.status,
                outcome.memory,
                outcome.version,
                _encoded(at.agent),
                _encoded(at.run),
                self.number,
                outcome.reason,
                outcome.decider,
                who and who.actor,
                who and who.role,
            ),
        )


def interval(draft: Draft, now: int) -> tuple[int, int]:
    """When a draft is valid: from now on unless it says otherwise. A start that is not before the end is not known."""
    start, end = now if draft.valid_from is None else micros(draft.valid_from), until(draft.valid_to)
    return (start if start < end else _EARLIEST), end


def _encoded(name: str | Wildcard | None) -> str:
    return encode(None if isinstance(name, Wildcard) else name)
