"""Undoing a change set: every memory that it touched becomes what it was before, as new slices."""

from __future__ import annotations

from recollect.errors import ConflictError, NotFoundError
from recollect.ports import Committed, Undo
from recollect.stores.instants import FOREVER
from recollect.stores.sql.commit import first_outcomes, scope_of
from recollect.stores.sql.connection import Connection, Row, row, rows, value
from recollect.stores.sql.rows import RECORD, record
from recollect.stores.sql.writing import Writing
from recollect.types import ChangeSet, Operation, Outcome


def undo(db: Connection, request: Undo, clock: int) -> Committed:
    """Undo once; see `recollect.ports.Undo`."""
    work = Writing(db, ChangeSet(id=request.change_set, scope=request.scope, operation="undo"), clock)
    if work.state is not None:
        return Committed(outcomes=first_outcomes(work))
    first, last = _reach(work, request.target)
    touched = rows(
        db,
        "SELECT memory, agent, run FROM event WHERE pid = ? AND seq BETWEEN ? AND ? AND operation <> 'NONE'"
        " AND status = 'applied' GROUP BY memory, agent, run ORDER BY min(seq)",
        (work.pid, first, last),
    )
    if not all(work.may_change(agent, run) for _, agent, run in touched):
        raise _unknown(request.target)
    for memory, _, _ in touched:
        _check_unmoved(work, memory, last, request.target)
    work.enter(len(touched))
    return Committed(outcomes=tuple(_undone(work, each, first - 1, request.target) for each in touched))


def _reach(work: Writing, target: str) -> tuple[int, int]:
    """The sequence numbers of a change set that was applied, and not erased since."""
    found = row(
        work.db,
        "SELECT first_seq, last_seq FROM change_set WHERE pid = ? AND id = ? AND first_seq IS NOT NULL",
        (work.pid, target),
    )
    if found is None:
        raise _unknown(target)
    return found[0], found[1]


def _unknown(target: str) -> NotFoundError:
    return NotFoundError(f"no change set {target!r} that this scope can undo")


def _check_unmoved(work: Writing, memory: str, last: int, target: str) -> None:
    moved = value(
        work.db,
        f"SELECT 1 FROM slice WHERE pid = ? AND memory = ? AND (from_seq > ? OR (+to_seq > ? AND to_seq < {FOREVER}))",
        (work.pid, memory, last, last),
    )
    if moved is None:
        return
    current = row(
        work.db,
        f"SELECT {RECORD} FROM slice JOIN partition USING (pid) WHERE pid = ? AND memory = ? AND to_seq = {FOREVER}"
        " ORDER BY version DESC",
        (work.pid, memory),
    )
    raise ConflictError(f"memory {memory} has moved since change set {target}", current and record(current))


def _undone(work: Writing, touched: Row, before: int, target: str) -> Outcome:
    memory, agent, run = touched
    work.next_seq()
    held = work.open_slices(memory)
    work.close(held)
    earlier = rows(
        work.db,
        "SELECT sid, valid_from, valid_to, version, text FROM slice"
        " WHERE pid = ? AND memory = ? AND from_seq <= ? AND to_seq > ? ORDER BY version, valid_from",
        (work.pid, memory, before, before),
    )
    for sid, valid_from, valid_to, _, _ in earlier:
        work.reopen(sid, valid_from, valid_to)
    if not earlier and not held:  # the change set itself had added and deleted it
        outcome = Outcome(status="unchanged", operation="NONE", reason="nothing to undo", decider="undo", memory=memory)
        work.note(outcome, None, scope_of(work, agent, run))
        return outcome
    operation: Operation = "DELETE" if not earlier else "UPDATE" if held else "ADD"
    outcome = Outcome(
        status="applied",
        operation=operation,
        reason=f"undo of change set {target}",
        decider="undo",
        memory=memory,
        version=earlier[-1][3] if earlier else held[-1].version,
        text=earlier[-1][4] if earlier else None,
        previous=held[-1].text if held else None,
    )
    work.note(outcome, None, scope_of(work, agent, run))
    return outcome
