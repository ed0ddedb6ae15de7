"""Erasing a user: the one operation after which nothing tells what was remembered."""

from __future__ import annotations

from recollect.ports import Erase, Erased
from recollect.stores.sql.connection import Connection, row
from recollect.stores.sql.writing import Writing
from recollect.types import ChangeSet, Outcome


def erase(db: Connection, request: Erase, clock: int) -> Erased:
    """Remove the content of a partition; see `recollect.ports.Erase`."""
    work = Writing(db, ChangeSet(id=request.change_set, scope=request.scope, operation="erase"), clock)
    memories, versions = _counted(work)
    if work.state is not None or work.pid < 0:
        return Erased(0, 0)
    for table in ("slice", "vector", "token", "source", "derived"):
        db.execute(f"DELETE FROM {table} WHERE pid = ?", (work.pid,))
    _forget_work_under_way(work)
    db.execute(
        "UPDATE event SET memory = NULL, version = NULL, reason = 'erased', actor = NULL, role = NULL WHERE pid = ?",
        (work.pid,),
    )
    db.execute("UPDATE change_set SET first_seq = NULL, last_seq = NULL WHERE pid = ?", (work.pid,))
    work.enter(1)
    work.next_seq()
    work.note(Outcome(status="applied", operation="DELETE", reason="erased", decider="caller"), None)
    db.execute("UPDATE partition SET erased = ? WHERE pid = ?", (work.seq, work.pid))
    return Erased(memories, versions)


def _counted(work: Writing) -> tuple[int, int]:
    """How many memories there are, current or not, and how many versions of them."""
    memories = "SELECT count(DISTINCT memory) FROM slice WHERE pid = ?"
    versions = "SELECT count(*) FROM (SELECT DISTINCT memory, version FROM slice WHERE pid = ?) AS versions"
    found = row(work.db, f"SELECT ({memories}), ({versions})", (work.pid, work.pid))
    return (found[0], found[1]) if found else (0, 0)


def _forget_work_under_way(work: Writing) -> None:
    """Plans hold texts; whoever made one finds that it was taken from them."""
    pending = "SELECT number FROM change_set WHERE pid = ? AND state <> 'applied'"
    work.db.execute(f"DELETE FROM message WHERE pid = ? AND change_set IN ({pending})", (work.pid, work.pid))
    work.db.execute("DELETE FROM change_set WHERE pid = ? AND state <> 'applied'", (work.pid,))
