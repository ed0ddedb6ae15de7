"""Applying change sets: compare and set, the two kinds of update, deletion, undo, and the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apsw

from recollect import filters, ranking
from recollect.errors import ConflictError, NotFoundError
from recollect.ports import Commit, Committed, Undo
from recollect.stores.sqlite import rows
from recollect.stores.sqlite.reading import bound_model
from recollect.stores.sqlite.rows import FOREVER, RECORD, micros, until
from recollect.types import Change, ChangeSet, Draft, Operation, Outcome, Scope, Status, encode, text_hash

_CLAIMED = {"remember"}
_SLICE = (
    "pid, memory, version, valid_from, valid_to, from_seq, born, kind, text, hash, agent, run, actor, role, metadata,"
    " category, sensitivity, trust, confidence, sources, derived_from, provenance, created_at, updated_at, observed_at,"
    " event_at, expires_at"
)


@dataclass(slots=True)
class Writing:
    """One change set on its way into one partition: the next sequence number, the moment, and what it touched."""

    db: apsw.Connection
    change_set: ChangeSet
    pid: int
    seq: int
    now: int
    mid: int | None
    touched: set[str] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq


def writing(db: apsw.Connection, change_set: ChangeSet, clock: int) -> Writing:
    """Open the partition for one change set; record time never steps back, whatever the clock does."""
    name = change_set.scope.partition
    db.execute("INSERT INTO partition (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    pid, seq, recorded_at = db.execute("SELECT pid, seq, recorded_at FROM partition WHERE name = ?", (name,)).fetchone()
    return Writing(db, change_set, pid, seq, max(clock, recorded_at + 1), bound_model(db))


def commit(db: apsw.Connection, request: Commit, clock: int, log_key: Any) -> Committed:
    """Apply a change set once; see `recollect.ports.Commit`."""
    state = db.execute("SELECT state FROM change_set WHERE id = ?", (request.change_set.id,)).get
    if state == "applied":
        return Committed(outcomes=first_outcomes(db, request.change_set.id))
    if state is None and request.change_set.operation in _CLAIMED:
        return Committed(outcomes=tuple(map(_taken_over, request.change_set.changes)))
    work = writing(db, request.change_set, clock)
    conflicts = _conflicts(work, request)
    if conflicts and not request.partial:
        return Committed(conflicts=tuple(conflicts))
    first = work.seq + 1
    keys = _logged(work, log_key)
    for number, change in enumerate(request.change_set.changes):
        _apply(work, change, request.vectors[number], conflicts.get(number), keys[number] if keys else None)
    finish(work, first)
    return Committed(outcomes=tuple(work.outcomes))


def _taken_over(change: Change) -> Outcome:
    return _outcome(change, "unchanged", "NONE", reason="another delivery of the same messages took over this work")


def _conflicts(work: Writing, request: Commit) -> dict[int, str]:
    """Changes that rest on old sight, with the reason."""
    found: dict[int, str] = {}
    seen: set[str] = set()
    for number, change in enumerate(request.change_set.changes):
        reason = _conflict(work, change, request.vectors[number], seen)
        if reason:
            found[number] = reason
        elif change.memory is not None and change.operation != "NONE":
            seen.add(change.memory)
    return found


def _conflict(work: Writing, change: Change, vector: bytes | None, seen: set[str]) -> str | None:
    if change.operation == "NONE":
        return None
    if change.operation != "ADD" and change.memory not in seen:
        reason = _moved(work, change)
        if reason:
            return reason
    if change.draft is None or work.change_set.read_seq is None:
        return None
    return _twin(work, change, change.draft, vector)


def _moved(work: Writing, change: Change) -> str | None:
    """Why the target is not what was seen, if it is not."""
    versions = {
        version: (valid_from <= work.now < valid_to)
        for version, valid_from, valid_to in work.db.execute(
            f"SELECT version, valid_from, valid_to FROM slice WHERE memory = ? AND pid = ? AND to_seq = {FOREVER}",
            (change.memory, work.pid),
        )
    }
    if not versions:
        return "the memory is gone"
    if change.expected_version is None or change.expected_version == max(versions):
        return None
    if versions.get(change.expected_version):
        return None
    return f"the memory is at version {max(versions)}, version {change.expected_version} was seen"


def _twin(work: Writing, change: Change, draft: Draft, vector: bytes | None) -> str | None:
    """Why somebody else's new memory makes this one a repetition, if one does."""
    later = work.db.execute(
        "SELECT memory, text, hash, vector.vector FROM slice"
        " LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
        f" WHERE slice.pid = ? AND from_seq > ? AND to_seq = {FOREVER} AND agent = ? AND run = ? AND kind = ?"
        " AND memory <> ?",
        (
            work.mid,
            work.pid,
            work.change_set.read_seq,
            encode(draft.scope.agent),
            encode(draft.scope.run),
            draft.kind,
            change.memory,
        ),
    )
    wanted = text_hash(draft.text)
    for memory, text, found, other in later:
        if found == wanted or ranking.near_duplicate(draft.text, text, ranking.cosine(vector, other)):
            return f"memory {memory}, added meanwhile, says the same"
    return None


def _logged(work: Writing, log_key: Any) -> list[tuple[str, bool]] | None:
    """Put the messages of an operation that made no claim into the log: each key as stored, and whether it is new."""
    change_set = work.change_set
    if change_set.operation in _CLAIMED or not change_set.keys:
        return None
    place = place_of(change_set.scope, change_set.operation)
    logged = []
    for raw, change in zip(change_set.keys, change_set.changes, strict=True):
        key = log_key(raw)
        message_id = change.draft.sources[0].message_id if change.draft and change.draft.sources else None
        new = work.db.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
            (work.pid, place, key, message_id and log_key(message_id), change_set.id),
        ).get
        logged.append((key, bool(new)))
    return logged


def place_of(scope: Scope, operation: str) -> str:
    """Where in the message log an operation of this scope keeps its keys."""
    return "\0".join((encode(scope.agent), encode(scope.run), operation))


def _apply(
    work: Writing, change: Change, vector: bytes | None, conflict: str | None, logged: tuple[str, bool] | None
) -> None:
    if logged is not None:
        key, new = logged
        if not new:
            _settle(work, change, _outcome(change, "unchanged", "NONE", reason="this message is already remembered"))
            return
        assert change.draft is not None
        sources = tuple(replace(source, key=key) for source in change.draft.sources)
        change = replace(change, draft=replace(change.draft, sources=sources))
    if conflict is not None:
        _settle(work, change, _outcome(change, "conflicted", change.operation, reason=conflict))
    elif change.operation == "NONE":
        _settle(work, change, _outcome(change, change.status, "NONE", memory=change.memory))
    else:
        _settle(work, change, _WRITERS[change.operation](work, change, vector))


def _outcome(change: Change, status: Status, operation: Operation, **given: Any) -> Outcome:
    text = change.draft.text if change.draft else change.fact.text if change.fact else None
    sources = change.fact.sources if change.fact else change.draft.sources if change.draft else ()
    values = {"reason": change.reason, "text": text, "sources": sources, **given}
    return Outcome(status=status, operation=operation, decider=change.decider, **values)


def _settle(work: Writing, change: Change, outcome: Outcome) -> None:
    """Note an outcome in the audit."""
    if outcome.operation == "NONE" or outcome.status == "conflicted":
        work.next_seq()
    who = change.fact or change.draft
    work.db.execute(
        "INSERT INTO event (pid, seq, at, operation, status, memory, version, change_set, reason, decider, actor, role)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            work.pid,
            work.seq,
            work.now,
            outcome.operation,
            outcome.status,
            outcome.memory,
            outcome.version,
            work.change_set.id,
            outcome.reason,
            outcome.decider,
            who.actor if who else None,
            who.role if who else None,
        ),
    )
    work.outcomes.append(outcome)


def _add(work: Writing, change: Change, vector: bytes | None) -> Outcome:
    assert change.draft is not None and change.memory is not None
    seq = work.next_seq()
    start = work.now if change.draft.valid_from is None else micros(change.draft.valid_from)
    interval = (start, until(change.draft.valid_to))
    _open(work, change.memory, change.draft, 1, interval, seq, vector, created_at=work.now, born=None)
    return _outcome(change, "applied", "ADD", memory=change.memory, version=1)


def _update(work: Writing, change: Change, vector: bytes | None) -> Outcome:
    assert change.draft is not None and change.memory is not None
    seq = work.next_seq()
    slices = _open_slices(work, change.memory)
    head = max(slices, key=lambda row: row[1])
    version = 1 + work.db.execute("SELECT max(version) FROM slice WHERE memory = ?", (change.memory,)).get
    draft = change.draft
    if change.revision == "correct":
        intervals = [(row[2], row[3]) for row in slices if row[1] == head[1]]
        _close(work, [row[0] for row in slices if row[1] == head[1]], seq)
    else:
        start = work.now if draft.valid_from is None else micros(draft.valid_from)
        intervals = [(start, until(draft.valid_to))]
        for sid, _, valid_from, valid_to, *_ in slices:
            if valid_to > start:
                _close(work, [sid], seq)
                if valid_from < start:
                    _reopen(work, sid, seq, valid_from, start)
    for interval in intervals:
        _open(work, change.memory, draft, version, interval, seq, vector, created_at=head[4], born=head[5])
    return _outcome(change, "applied", "UPDATE", memory=change.memory, version=version, previous=head[6])


def _delete(work: Writing, change: Change, _vector: bytes | None) -> Outcome:
    assert change.memory is not None
    seq = work.next_seq()
    slices = _open_slices(work, change.memory)
    head = max(slices, key=lambda row: row[1])
    _close(work, [row[0] for row in slices], seq)
    return _outcome(change, "applied", "DELETE", memory=change.memory, version=head[1], previous=head[6])


_WRITERS = {"ADD": _add, "UPDATE": _update, "DELETE": _delete}


def _open_slices(work: Writing, memory: str) -> list[Any]:
    return work.db.execute(
        "SELECT sid, version, valid_from, valid_to, created_at, born, text FROM slice"
        f" WHERE memory = ? AND pid = ? AND to_seq = {FOREVER}",
        (memory, work.pid),
    ).fetchall()


def _close(work: Writing, sids: Sequence[int], seq: int) -> None:
    work.db.executemany("UPDATE slice SET to_seq = ? WHERE sid = ?", [(seq, sid) for sid in sids])


def _open(
    work: Writing,
    memory: str,
    draft: Draft,
    version: int,
    interval: tuple[int, int],
    seq: int,
    vector: bytes | None,
    *,
    created_at: int,
    born: int | None,
) -> None:
    columns = rows.content(draft)
    work.db.execute(
        f"INSERT INTO slice ({_SLICE}) VALUES (?, ?, ?, ?, ?, ?,"
        " coalesce(?, (SELECT seq FROM sqlite_sequence WHERE name = 'slice') + 1, 1),"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            work.pid,
            memory,
            version,
            *interval,
            seq,
            born,
            columns["kind"],
            columns["text"],
            text_hash(draft.text),
            columns["agent"],
            columns["run"],
            columns["actor"],
            columns["role"],
            columns["metadata"],
            columns["category"],
            columns["sensitivity"],
            columns["trust"],
            columns["confidence"],
            columns["sources"],
            columns["derived_from"],
            columns["provenance"],
            created_at,
            work.now,
            columns["observed_at"],
            columns["event_at"],
            columns["expires_at"],
        ),
    )
    sid = work.db.last_insert_rowid()
    if vector is not None:
        work.db.execute("INSERT INTO vector VALUES (?, ?, ?, ?)", (work.pid, work.mid, sid, vector))
    for token in filters.tokens(draft.metadata):
        work.db.execute("INSERT INTO token VALUES (?, ?, ?)", (work.pid, token, sid))
    for source in draft.sources:
        work.db.execute(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (work.pid, source.key, memory, source.thread, source.position),
        )
    for parent in draft.derived_from:
        work.db.execute("INSERT INTO derived VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (work.pid, parent, memory))


def _reopen(work: Writing, sid: int, seq: int, valid_from: int, valid_to: int) -> None:
    """The same version over another interval."""
    rest = _SLICE.removeprefix("pid, memory, version, valid_from, valid_to, from_seq, ")
    work.db.execute(
        f"INSERT INTO slice ({_SLICE}) SELECT pid, memory, version, ?, ?, ?, {rest} FROM slice WHERE sid = ?",
        (valid_from, valid_to, seq, sid),
    )
    copy = work.db.last_insert_rowid()
    work.db.execute(
        "INSERT INTO vector SELECT pid, mid, ?, vector FROM vector WHERE pid = ? AND sid = ?", (copy, work.pid, sid)
    )
    metadata = work.db.execute("SELECT metadata FROM slice WHERE sid = ?", (sid,)).get
    for token in filters.tokens(filters.decode_metadata(metadata)):
        work.db.execute("INSERT INTO token VALUES (?, ?, ?)", (work.pid, token, copy))


def finish(work: Writing, first: int) -> None:
    """Advance the partition and mark the change set as applied."""
    change_set = work.change_set
    work.db.execute("UPDATE partition SET seq = ?, recorded_at = ? WHERE pid = ?", (work.seq, work.now, work.pid))
    work.db.execute(
        "INSERT INTO change_set (id, pid, operation, state, now, read_seq, first_seq, last_seq, recorded_at, principal,"
        " model, prompt) VALUES (?, ?, ?, 'applied', ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state = 'applied', owner = NULL, lease = NULL, plan = NULL,"
        " read_seq = excluded.read_seq, first_seq = excluded.first_seq, last_seq = excluded.last_seq,"
        " recorded_at = excluded.recorded_at, principal = excluded.principal, model = excluded.model,"
        " prompt = excluded.prompt",
        (
            change_set.id,
            work.pid,
            change_set.operation,
            work.now,
            change_set.read_seq,
            first,
            work.seq,
            work.now,
            change_set.principal,
            change_set.model,
            change_set.prompt,
        ),
    )


def first_outcomes(db: apsw.Connection, change_set: str) -> tuple[Outcome, ...]:
    """The outcomes of a change set that was applied before, read back from the audit."""
    found = db.execute(
        "SELECT event.operation, event.status, event.memory, event.version, event.reason, event.decider FROM event"
        " JOIN change_set ON change_set.id = event.change_set AND change_set.pid = event.pid"
        " WHERE change_set.id = ? AND event.seq BETWEEN change_set.first_seq AND change_set.last_seq ORDER BY event.seq",
        (change_set,),
    ).fetchall()
    return tuple(_read_back(db, *row) for row in found)


def _read_back(
    db: apsw.Connection,
    operation: Operation,
    status: Status,
    memory: str | None,
    version: int | None,
    reason: str,
    decider: str,
) -> Outcome:
    texts = dict(db.execute("SELECT version, text FROM slice WHERE memory = ?", (memory,)).fetchall())
    gone = operation == "DELETE"
    return Outcome(
        status=status,
        operation=operation,
        memory=memory,
        version=version,
        reason=reason,
        decider=decider,
        text=None if gone else texts.get(version),
        previous=texts.get(version if gone else (version or 0) - 1),
    )


def undo(db: apsw.Connection, request: Undo, clock: int) -> Committed:
    """Bring the memories of a change set back to what they were before it; see `recollect.ports.Undo`."""
    work = writing(db, ChangeSet(id=request.change_set, scope=request.scope, operation="undo"), clock)
    target = db.execute(
        "SELECT first_seq, last_seq FROM change_set WHERE id = ? AND pid = ? AND state = 'applied'",
        (request.target, work.pid),
    ).fetchone()
    if target is None:
        raise NotFoundError(f"no change set {request.target!r} in this scope")
    first_seq, last_seq = target
    memories = db.execute(
        "SELECT DISTINCT memory FROM event WHERE pid = ? AND seq BETWEEN ? AND ? AND operation <> 'NONE'"
        " AND status = 'applied'",
        (work.pid, first_seq, last_seq),
    ).fetchall()
    start = work.seq + 1
    for (memory,) in memories:
        _undo_one(work, memory, first_seq - 1, last_seq, request.target)
    finish(work, start)
    return Committed(outcomes=tuple(work.outcomes))


def _undo_one(work: Writing, memory: str, before: int, last_seq: int, target: str) -> None:
    moved = work.db.execute(
        "SELECT 1 FROM slice WHERE memory = ? AND (from_seq > ? OR (to_seq > ? AND to_seq < ?))",
        (memory, last_seq, last_seq, FOREVER),
    ).get
    if moved:
        current = work.db.execute(
            f"SELECT {RECORD} FROM slice JOIN partition USING (pid) WHERE memory = ? AND to_seq = {FOREVER}"
            " ORDER BY version DESC",
            (memory,),
        ).fetchone()
        raise ConflictError(f"memory {memory} has moved since {target}", current and rows.record(current))
    seq = work.next_seq()
    now_open = _open_slices(work, memory)
    _close(work, [row[0] for row in now_open], seq)
    earlier = work.db.execute(
        "SELECT sid, version, valid_from, valid_to, text FROM slice WHERE memory = ? AND from_seq <= ? AND to_seq > ?"
        " ORDER BY version",
        (memory, before, before),
    ).fetchall()
    for sid, _, valid_from, valid_to, _ in earlier:
        _reopen(work, sid, seq, valid_from, valid_to)
    operation: Operation = "DELETE" if not earlier else "UPDATE" if now_open else "ADD"
    change = Change(operation=operation, reason=f"undo of change set {target}", decider="undo", memory=memory)
    version = (earlier or now_open)[-1][1]
    text = earlier[-1][4] if earlier else None
    previous = now_open[-1][6] if now_open else None
    _settle(
        work,
        change,
        _outcome(change, "applied", operation, memory=memory, version=version, text=text, previous=previous),
    )
