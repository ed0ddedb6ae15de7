"""Applying change sets: compare and set, the two kinds of update, deletion, and the answer to a repetition."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from recollect import ranking
from recollect.errors import ScopeError, UsageError
from recollect.ports import Commit, Committed
from recollect.stores.instants import FOREVER
from recollect.stores.sql.connection import Connection, row, rows, value
from recollect.stores.sql.numbering import numbered
from recollect.stores.sql.rows import nfc, sources
from recollect.stores.sql.writing import Open, Past, Version, Writing, interval
from recollect.types import (
    Change,
    ChangeSet,
    Draft,
    Operation,
    Outcome,
    Scope,
    Source,
    Status,
    decode,
    digest,
    encode,
    text_hash,
)

CLAIMED = frozenset({"remember"})
"""Operations whose messages are claimed by `Begin`: without the claim, another delivery took over the work."""

LogKey = Callable[[str], str]


def commit(work: Writing, request: Commit, log_key: LogKey) -> Committed:
    """Apply a change set once; see `recollect.ports.Commit`."""
    change_set = request.change_set
    _check(change_set)
    if work.state == "applied":
        return Committed(outcomes=first_outcomes(work))
    if work.state is None and change_set.operation in CLAIMED:
        return Committed(outcomes=tuple(map(_taken_over, change_set.changes)))
    conflicts = _conflicts(work, request)
    if conflicts and not request.partial:
        return Committed(conflicts=tuple(conflicts))
    work.enter(len(change_set.changes))
    return Committed(
        outcomes=tuple(
            _apply(work, change, request.vectors[n], conflicts.get(n), _logged(work, n, log_key, n in conflicts))
            for n, change in enumerate(_placed(work, log_key))
        )
    )


def _placed(work: Writing, log_key: LogKey) -> tuple[Change, ...]:
    """The changes, with the places that their messages have in their threads."""
    change_set = work.change_set
    if not change_set.threaded:
        return change_set.changes
    log = place_of(change_set.scope, change_set.operation)
    keys = () if change_set.operation in CLAIMED else tuple(map(log_key, change_set.keys))
    return numbered(work.db, work.pid, log, change_set.changes, lambda n, source: keys[n] if keys else source.key)


def _check(change_set: ChangeSet) -> None:
    changes = change_set.changes
    if change_set.keys and change_set.operation not in CLAIMED and len(change_set.keys) != len(changes):
        raise UsageError(f"{len(change_set.keys)} message keys for {len(changes)} changes: expected one each")
    for change in changes:
        if change.draft is not None and change.draft.scope.partition != change_set.scope.partition:
            raise ScopeError(f"memory {change.memory} belongs to another user than the change set that writes it")


def _taken_over(change: Change) -> Outcome:
    return _outcome(change, "unchanged", "NONE", reason="another delivery of the same messages took over this work")


# Conflicts.


def _conflicts(work: Writing, request: Commit) -> dict[int, str]:
    """Changes that rest on old sight, with the reason. What an earlier change of the set touched is seen."""
    found: dict[int, str] = {}
    touched: dict[str, Operation] = {}
    for number, change in enumerate(request.change_set.changes):
        if change.operation == "NONE":
            continue
        assert change.memory is not None
        reason = _conflict(work, change, request.vectors[number], touched.get(change.memory), request.partial)
        if reason is None:
            touched[change.memory] = change.operation
        else:
            found[number] = reason
    return found


def _conflict(
    work: Writing, change: Change, vector: bytes | None, before: Operation | None, partial: bool
) -> str | None:
    if change.operation == "ADD":
        reason = _taken(work, change, before)
    elif before == "DELETE":
        reason = "the memory was deleted by an earlier change of this set"
    else:
        reason = None if before else _moved(work, change)
    if reason or change.draft is None or work.change_set.read_seq is None:
        return reason
    return _met(work, change, change.draft, vector, partial)


def _taken(work: Writing, change: Change, before: Operation | None) -> str | None:
    found = before or value(
        work.db, "SELECT 1 FROM slice WHERE pid = ? AND memory = ? LIMIT 1", (work.pid, change.memory)
    )
    return "there is a memory with this id already" if found else None


def _moved(work: Writing, change: Change) -> str | None:
    """Why the target is not what was seen, if it is not."""
    assert change.memory is not None
    slices = work.open_slices(change.memory)
    if not slices:
        return "the memory is gone"
    head = slices[-1].version
    if change.expected_version is None:
        return None
    seen = {head} | {each.version for each in slices if each.valid_from <= work.now < each.valid_to}
    if change.expected_version in seen and not _touched(work, change.memory):
        return None
    return f"the memory is at version {head} and has moved since version {change.expected_version} was seen"


def _touched(work: Writing, memory: str) -> bool:
    """Whether slices of the memory were opened or closed after the sequence number that the change set rests on."""
    seen = work.change_set.read_seq
    if seen is None:
        return False
    later = (
        f"SELECT 1 FROM slice WHERE pid = ? AND memory = ? AND (from_seq > ? OR (+to_seq > ? AND to_seq < {FOREVER}))"
    )
    return value(work.db, later, (work.pid, memory, seen, seen)) is not None


def _met(work: Writing, change: Change, draft: Draft, vector: bytes | None, partial: bool) -> str | None:
    """Why a memory that was added meanwhile, from the same speaker, has to be looked at first, if one has.

    One that says the same makes this one a repetition. One of the same category may say otherwise: with `partial`, when
    enough rounds have looked at such, both stay.
    """
    place = (encode(draft.scope.agent), encode(draft.scope.run), draft.kind)
    later = rows(
        work.db,
        "SELECT memory, text, hash, category, vector.vector FROM slice"
        " LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
        f" WHERE slice.pid = ? AND from_seq > ? AND to_seq = {FOREVER} AND valid_to > ?"
        " AND agent = ? AND run = ? AND kind = ? AND actor IS NOT DISTINCT FROM ? AND memory <> ?",
        (work.mid, work.pid, work.change_set.read_seq, work.now, *place, nfc(draft.actor), change.memory),
    )
    wanted = text_hash(draft.text)
    for memory, text, found, category, other in later:
        if found == wanted or ranking.near_duplicate(draft.text, text, ranking.cosine(vector, other)):
            return f"memory {memory}, added meanwhile, says the same"
        if category is not None and category == nfc(draft.category) and not partial:
            return f"memory {memory}, added meanwhile, is about the same"
    return None


# Changes.


def place_of(scope: Scope, operation: str) -> str:
    """Where in the message log an operation of this scope keeps its keys."""
    return _place(encode(scope.agent), encode(scope.run), operation)


_place = lru_cache(maxsize=4096)(digest)


def _logged(work: Writing, number: int, log_key: LogKey, conflicted: bool) -> str | None:
    """Put the message of a change that no claim covers into the log: its key as stored, "" if it was there before."""
    change_set, change = work.change_set, work.change_set.changes[number]
    if conflicted or change_set.operation in CLAIMED or not change_set.keys:
        return None
    key = log_key(change_set.keys[number])
    message_id = change.draft.sources[0].message_id if change.draft and change.draft.sources else None
    new = value(
        work.db,
        "INSERT INTO message VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
        (
            work.pid,
            place_of(change_set.scope, change_set.operation),
            key,
            message_id and log_key(message_id),
            work.number,
        ),
    )
    return key if new else ""


def _apply(work: Writing, change: Change, vector: bytes | None, conflict: str | None, key: str | None) -> Outcome:
    work.next_seq()
    if key == "":
        outcome = _outcome(change, "unchanged", "NONE", reason="this message is already remembered")
    elif conflict is not None:
        outcome = _outcome(change, "conflicted", change.operation, reason=conflict)
    elif change.operation == "NONE":
        outcome = _outcome(change, change.status, "NONE", memory=change.memory)
    else:
        return _WRITERS[change.operation](work, change, vector, _sources(change, key))
    work.note(outcome, change.fact or change.draft)
    return outcome


def _sources(change: Change, key: str | None) -> tuple[Source, ...]:
    """The sources of a change, with the stored key of its message where it has one."""
    said = change.draft.sources if change.draft else ()
    if key is None:
        return said
    return tuple(
        Source(key=key, quote=s.quote, thread=s.thread, position=s.position, message_id=s.message_id) for s in said
    )


def _outcome(change: Change, status: Status, operation: Operation, **given: Any) -> Outcome:
    text = change.draft.text if change.draft else change.fact.text if change.fact else None
    said = change.fact.sources if change.fact else change.draft.sources if change.draft else ()
    values = {"reason": change.reason, "text": text, "sources": said, **given}
    return Outcome(status=status, operation=operation, decider=change.decider, **values)


def _add(work: Writing, change: Change, vector: bytes | None, sources: tuple[Source, ...]) -> Outcome:
    assert change.draft is not None and change.memory is not None
    new = Version(change.memory, 1, change.draft, sources, vector)
    work.open(new, interval(change.draft, work.now), Past(work.now, None))
    outcome = _outcome(change, "applied", "ADD", memory=change.memory, version=1, sources=sources)
    work.note(outcome, change.fact or change.draft, change.draft.scope)
    return outcome


def _update(work: Writing, change: Change, vector: bytes | None, sources: tuple[Source, ...]) -> Outcome:
    assert change.draft is not None and change.memory is not None
    slices = work.open_slices(change.memory)
    head = slices[-1]
    newest = value(work.db, "SELECT max(version) FROM slice WHERE pid = ? AND memory = ?", (work.pid, change.memory))
    new = Version(change.memory, newest + 1, change.draft, sources, vector)
    correct = change.revision == "correct"
    for each in _corrected(work, slices) if correct else _superseded(work, slices, change.draft):
        work.open(new, each, Past(head.created_at, head.born))
    outcome = _outcome(
        change, "applied", "UPDATE", memory=new.memory, version=new.version, previous=head.text, sources=sources
    )
    work.note(outcome, change.fact or change.draft, change.draft.scope)
    return outcome


def _corrected(work: Writing, slices: list[Open]) -> list[tuple[int, int]]:
    """Close the head version; the correction takes its place."""
    wrong = [each for each in slices if each.version == slices[-1].version]
    work.close(wrong)
    return [(each.valid_from, each.valid_to) for each in wrong]


def _superseded(work: Writing, slices: list[Open], draft: Draft) -> list[tuple[int, int]]:
    """End what reaches past the moment from which the draft is valid."""
    start, end = interval(draft, work.now)
    reaching = [each for each in slices if each.valid_to > start]
    work.close(reaching)
    for each in reaching:
        if each.valid_from < start:
            work.reopen(each.sid, each.valid_from, start)
    return [(start, end)]


def _delete(work: Writing, change: Change, _vector: bytes | None, _sources: tuple[Source, ...]) -> Outcome:
    assert change.memory is not None
    slices = work.open_slices(change.memory)
    head = slices[-1]
    work.close(slices)
    outcome = _outcome(change, "applied", "DELETE", memory=change.memory, version=head.version, previous=head.text)
    work.note(outcome, change.fact, scope_of(work, head.agent, head.run))
    return outcome


def scope_of(work: Writing, agent: str, run: str) -> Scope:
    """The scope of a row of the partition."""
    return Scope(work.change_set.scope.user, decode(agent), decode(run))


_WRITERS: dict[Operation, Callable[[Writing, Change, bytes | None, tuple[Source, ...]], Outcome]] = {
    "ADD": _add,
    "UPDATE": _update,
    "DELETE": _delete,
}


# Repetition.


def first_outcomes(work: Writing) -> tuple[Outcome, ...]:
    """The outcomes of a change set that was applied before, read back from the audit and the slices.

    The text of a change that wrote nothing is not kept, so it is not told again.
    """
    found = rows(
        work.db,
        "SELECT event.pid, seq, event.operation, status, memory, version, reason, decider FROM event"
        " JOIN change_set ON change_set.pid = event.pid AND event.seq BETWEEN first_seq AND last_seq"
        " WHERE number = ? ORDER BY seq",
        (work.number,),
    )
    return tuple(_read_back(work.db, *each) for each in found)


def _read_back(
    db: Connection,
    pid: int,
    seq: int,
    operation: Operation,
    status: Status,
    memory: str | None,
    version: int | None,
    reason: str,
    decider: str,
) -> Outcome:
    opened = "SELECT text, sources FROM slice WHERE pid = ? AND memory = ? AND from_seq = ? AND version = ?"
    closed = "SELECT text FROM slice WHERE pid = ? AND memory = ? AND to_seq = ? ORDER BY version DESC"
    new = None if operation == "DELETE" else row(db, opened, (pid, memory, seq, version))
    return Outcome(
        status=status,
        operation=operation,
        memory=memory,
        version=version,
        reason=reason,
        decider=decider,
        text=new[0] if new else None,
        previous=value(db, closed, (pid, memory, seq)),
        sources=sources(new[1]) if new else (),
    )
