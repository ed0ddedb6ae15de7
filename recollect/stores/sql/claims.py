"""The message log: claims before work starts, plans before they are applied, takeover of what a dead call left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from recollect.metadata import decode_metadata, encode_metadata
from recollect.ports import Begin, Claim, Plan, Release
from recollect.stores.instants import FOREVER, instant, micros
from recollect.stores.sql.commit import LogKey, place_of
from recollect.stores.sql.connection import Connection, row, rows, value
from recollect.types import Change, ChangeSet, digest

POLL_SECONDS = 0.05
_HOLDER = "number, id, state, owner, lease, now, keys"


@dataclass(frozen=True, slots=True)
class _Holder:
    """A change set that holds messages."""

    number: int
    id: str
    state: str
    owner: str | None
    lease: int | None
    now: int
    keys: str | None


def begin(db: Connection, request: Begin, now: datetime, lease_seconds: float, log_key: LogKey) -> Claim:
    """Claim what is free, renew what is ours, and say what has to be waited for; see `recollect.ports.Begin`."""
    name = request.scope.partition
    pid = partition_id(db, name)
    if pid is None:
        pid = db.insert("INSERT INTO partition (name, seq, recorded_at) VALUES (?, 0, ?)", (name, -FOREVER), "pid")
    return _Claiming(db, request, pid, micros(now), micros(now) + int(lease_seconds * 1e6), log_key).claim()


def partition_id(db: Connection, name: str) -> int | None:
    """The number of a partition, None while nothing was ever written to it."""
    found: int | None = value(db, "SELECT pid FROM partition WHERE name = ?", (name,))
    return found


class _Claiming:
    """One call's look at the log."""

    def __init__(self, db: Connection, request: Begin, pid: int, now: int, lease: int, log_key: LogKey) -> None:
        self.db, self.request, self.pid, self.now, self.lease = db, request, pid, now, lease
        self.place = place_of(request.scope, request.operation)
        self.keys = tuple(log_key(key or digest("nonce", request.owner, str(n))) for n, key in enumerate(request.keys))
        ids = request.message_ids or (None,) * len(self.keys)
        self.message_ids = tuple(message_id and log_key(message_id) for message_id in ids)

    def claim(self) -> Claim:
        holders = {key: self._holder(key) for key in self.keys}
        planned = next((h for h in holders.values() if h and h.state == "planned" and not self._foreign(h)), None)
        if planned is not None:
            return self._carry_out(planned)
        free = [key for key, h in holders.items() if h is None or (h.state == "claimed" and not self._live(h))]
        for dead in {h for key in free if (h := holders[key]) is not None and not self._ours(h)}:
            self._forget(dead)
        held = next((h for h in holders.values() if h and self._ours(h)), None)
        mine = self._mine(held, [key for key in free if not self._ours(holders[key])])
        return self._answer(mine, [h for h in holders.values() if h and self._foreign(h)])

    def _answer(self, mine: _Holder | None, others: Sequence[_Holder]) -> Claim:
        """`others` are live claims: only earlier ones are waited for, so that waiting cannot go in a circle."""
        held = set(json.loads(mine.keys)) if mine and mine.keys else set()
        first = {key: n for n, key in reversed(list(enumerate(self.keys)))}
        ours = tuple(key in held and first[key] == n for n, key in enumerate(self.keys))
        waiting = any(mine is None or other.number < mine.number for other in others)
        return Claim(
            change_set=mine.id if mine else "",
            now=instant(mine.now if mine else self.now),
            keys=self.keys,
            mine=ours,
            edits=self._edits(ours),
            wait=POLL_SECONDS if waiting else None,
        )

    def _holder(self, key: str) -> _Holder | None:
        found = row(
            self.db,
            f"SELECT {_HOLDER} FROM change_set WHERE number ="
            " (SELECT change_set FROM message WHERE pid = ? AND place = ? AND key = ?)",
            (self.pid, self.place, key),
        )
        return None if found is None else _Holder(*found)

    def _live(self, holder: _Holder) -> bool:
        return holder.lease is not None and self.now < holder.lease <= self.lease  # further off: the clock stepped back

    def _ours(self, holder: _Holder | None) -> bool:
        return holder is not None and holder.state != "applied" and holder.owner == self.request.owner

    def _foreign(self, holder: _Holder) -> bool:
        """Whether another call is at work on it."""
        return holder.state != "applied" and self._live(holder) and not self._ours(holder)

    def _carry_out(self, planned: _Holder) -> Claim:
        """Take over a plan that a dead call left, or go on with our own."""
        self._renew(planned)
        plan = value(self.db, "SELECT plan FROM change_set WHERE number = ?", (planned.number,))
        return Claim(
            change_set=planned.id,
            now=instant(planned.now),
            keys=self.keys,
            mine=(False,) * len(self.keys),
            planned=_loaded(plan),
            more=True,
        )

    def _renew(self, holder: _Holder) -> None:
        self.db.execute(
            "UPDATE change_set SET owner = ?, lease = ? WHERE number = ?",
            (self.request.owner, self.lease, holder.number),
        )

    def _forget(self, dead: _Holder) -> None:
        """Free all that a dead call had claimed, so that it cannot commit it any more."""
        _free(self.db, self.pid, self.place, dead.number, dead.keys)

    def _mine(self, held: _Holder | None, free: Sequence[str]) -> _Holder | None:
        """Our claim, grown by what is free."""
        if held is not None:
            self._renew(held)
        if not free:
            return held
        keys = sorted({*free, *(json.loads(held.keys) if held and held.keys else ())})
        change_set = digest(self.request.scope.partition, self.place, *keys)
        mine = self._created(change_set, keys) if held is None else self._grown(held, change_set, keys)
        by_key = dict(zip(self.keys, self.message_ids, strict=True))
        self.db.executemany(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
            [(self.pid, self.place, key, by_key[key], mine.number) for key in free],
        )
        return mine

    def _created(self, change_set: str, keys: Sequence[str]) -> _Holder:
        values = (change_set, "claimed", self.request.owner, self.lease, self.now, json.dumps(keys))
        number = self.db.insert(
            "INSERT INTO change_set (pid, operation, id, state, owner, lease, now, keys) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.pid, self.request.operation, *values),
            "number",
        )
        return _Holder(number, *values)

    def _grown(self, held: _Holder, change_set: str, keys: Sequence[str]) -> _Holder:
        grown = replace(held, id=change_set, keys=json.dumps(keys))
        self.db.execute("UPDATE change_set SET id = ?, keys = ? WHERE number = ?", (grown.id, grown.keys, grown.number))
        return grown

    def _edits(self, ours: Sequence[bool]) -> dict[str, str]:
        """For messages of ours whose id was seen before with another text: the key of the latest such form."""
        found = {
            key: self._earlier(key, message_id)
            for key, message_id, own in zip(self.keys, self.message_ids, ours, strict=True)
            if own and message_id is not None
        }
        return {key: earlier for key, earlier in found.items() if earlier is not None}

    def _earlier(self, key: str, message_id: str) -> str | None:
        earlier: str | None = value(
            self.db,
            "SELECT message.key FROM message JOIN change_set ON number = change_set"
            " WHERE message.pid = ? AND place = ? AND message_id = ? AND message.key <> ? AND state = 'applied'"
            " ORDER BY number DESC LIMIT 1",
            (self.pid, self.place, message_id, key),
        )
        return earlier


def _free(db: Connection, pid: int, place: str, number: int, keys: str | None) -> None:
    """Delete a claim with its messages."""
    db.executemany(
        "DELETE FROM message WHERE pid = ? AND place = ? AND key = ? AND change_set = ?",
        [(pid, place, key, number) for key in json.loads(keys or "[]")],
    )
    db.execute("DELETE FROM change_set WHERE number = ?", (number,))


def plan(db: Connection, request: Plan, now: datetime, lease_seconds: float) -> None:
    """Journal a plan under its claim; where the claim is gone, `Commit` will say so."""
    change_set = request.change_set
    db.execute(
        "UPDATE change_set SET state = 'planned', plan = ?, read_seq = ?, lease = ?"
        " WHERE pid = ? AND id = ? AND state <> 'applied'",
        (
            _dumped(change_set),
            change_set.read_seq,
            micros(now) + int(lease_seconds * 1e6),
            partition_id(db, change_set.scope.partition),
            change_set.id,
        ),
    )


def release(db: Connection, request: Release) -> None:
    """Free what an owner has claimed; what it has planned may be taken over at once."""
    held = rows(
        db,
        "SELECT number, pid, operation, state, keys FROM change_set WHERE pid = ? AND owner = ? AND state <> 'applied'",
        (partition_id(db, request.scope.partition), request.owner),
    )
    for number, pid, operation, state, keys in held:
        if state == "planned":
            db.execute("UPDATE change_set SET lease = NULL WHERE number = ?", (number,))
        else:
            _free(db, pid, place_of(request.scope, operation), number, keys)


# Plans as text. Metadata travels in its own encoding: JSON knows no datetimes.


@cache
def _plans() -> TypeAdapter[ChangeSet]:
    return TypeAdapter(ChangeSet)


def _dumped(change_set: ChangeSet) -> str:
    return _plans().dump_json(_mapped(change_set, _packed), warnings=False).decode()  # lists for tuples are fine


def _loaded(plan: str) -> ChangeSet:
    return _mapped(_plans().validate_json(plan), _unpacked)


def _mapped(change_set: ChangeSet, metadata: Any) -> ChangeSet:
    return replace(change_set, changes=tuple(_with(change, metadata) for change in change_set.changes))


def _with(change: Change, metadata: Any) -> Change:
    if change.draft is None:
        return change
    return replace(change, draft=replace(change.draft, metadata=metadata(change.draft.metadata)))


def _packed(metadata: Any) -> dict[str, Any]:
    return {"json": encode_metadata(metadata)}


def _unpacked(packed: Any) -> dict[str, Any]:
    return decode_metadata(packed["json"])
