"""The message log: claims before work starts, plans before they are applied, takeover of what a dead call left."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import apsw
from pydantic import TypeAdapter

from recollect.ports import Begin, Claim, Plan, Release
from recollect.stores.sqlite.commit import place_of
from recollect.stores.sqlite.rows import instant, micros
from recollect.types import ChangeSet, digest

POLL_SECONDS = 0.05
_PLAN: TypeAdapter[ChangeSet] = TypeAdapter(ChangeSet)
LogKey = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Holder:
    """The change set that holds a message."""

    number: int
    id: str
    state: str
    owner: str | None
    lease: int | None


def begin(db: apsw.Connection, request: Begin, now: datetime, lease_seconds: float, log_key: LogKey) -> Claim:
    """Claim what is free, renew what is ours, and say what has to be waited for; see `recollect.ports.Begin`."""
    name = request.scope.partition
    db.execute("INSERT INTO partition (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    pid = db.execute("SELECT pid FROM partition WHERE name = ?", (name,)).get
    claiming = _Claiming(db, request, pid, micros(now), micros(now) + int(lease_seconds * 1e6), log_key)
    return claiming.claim()


class _Claiming:
    def __init__(self, db: apsw.Connection, request: Begin, pid: int, now: int, lease: int, log_key: LogKey) -> None:
        self.db, self.request, self.pid, self.now, self.lease = db, request, pid, now, lease
        self.place = place_of(request.scope, request.operation)
        nonce = uuid.uuid4().hex
        self.keys = tuple(log_key(key or digest(nonce, str(n))) for n, key in enumerate(request.keys))
        ids = request.message_ids or (None,) * len(self.keys)
        self.message_ids = tuple(message_id and log_key(message_id) for message_id in ids)

    def claim(self) -> Claim:
        holders = [self._holder(key) for key in self.keys]
        dead = next(
            (h for h in holders if h and h.state == "planned" and not self._live(h) and not self._ours(h)), None
        )
        if dead is not None:
            return self._take_over(dead)
        free = [n for n, h in enumerate(holders) if h is None or (h.state == "claimed" and not self._live(h))]
        mine = self._mine(free)
        holders = [self._holder(key) for key in self.keys]
        ours = tuple(h is not None and self._ours(h) for h in holders)
        others = [h for h in holders if h and not self._ours(h) and h.state != "applied" and self._live(h)]
        waiting = any(mine is None or h.number < mine.number for h in others)
        return Claim(
            change_set=mine.id if mine else "",
            now=instant(self._began(mine) if mine else self.now),
            keys=self.keys,
            mine=ours,
            edits=self._edits(ours),
            wait=POLL_SECONDS if waiting else None,
        )

    def _holder(self, key: str) -> _Holder | None:
        row = self.db.execute(
            "SELECT number, id, state, owner, lease FROM message JOIN change_set ON change_set.id = message.change_set"
            " WHERE message.pid = ? AND place = ? AND key = ?",
            (self.pid, self.place, key),
        ).fetchone()
        return None if row is None else _Holder(*row)

    def _live(self, holder: _Holder) -> bool:
        return holder.lease is not None and holder.lease > self.now

    def _ours(self, holder: _Holder) -> bool:
        return holder.state != "applied" and holder.owner == self.request.owner

    def _take_over(self, dead: _Holder) -> Claim:
        self._renew(dead)
        plan, began = self.db.execute("SELECT plan, now FROM change_set WHERE id = ?", (dead.id,)).fetchone()
        return Claim(
            change_set=dead.id,
            now=instant(began),
            keys=self.keys,
            mine=(False,) * len(self.keys),
            planned=_PLAN.validate_json(plan),
            more=True,
        )

    def _renew(self, holder: _Holder) -> None:
        self.db.execute(
            "UPDATE change_set SET owner = ?, lease = ? WHERE id = ?", (self.request.owner, self.lease, holder.id)
        )

    def _mine(self, free: Sequence[int]) -> _Holder | None:
        """Our own claim, grown by what is free."""
        held = self.db.execute(
            "SELECT number, id, state, owner, lease, keys FROM change_set"
            " WHERE pid = ? AND owner = ? AND state = 'claimed'",
            (self.pid, self.request.owner),
        ).fetchone()
        if held is not None and not free:
            self._renew(_Holder(*held[:5]))
            return _Holder(*held[:5])
        if not free:
            return None
        keys = sorted({*(json.loads(held[5]) if held else ()), *(self.keys[n] for n in free)})
        self._give_up([self.keys[n] for n in free])
        if held is not None:
            self._give_up(keys)
            self.db.execute("DELETE FROM change_set WHERE id = ?", (held[1],))
        return self._create(keys)

    def _give_up(self, keys: Sequence[str]) -> None:
        """Forget claims on these keys, and dead claims that hold nothing else."""
        for key in keys:
            self.db.execute("DELETE FROM message WHERE pid = ? AND place = ? AND key = ?", (self.pid, self.place, key))

    def _create(self, keys: Sequence[str]) -> _Holder:
        change_set = digest(self.request.scope.partition, self.place, *keys)
        self.db.execute("DELETE FROM change_set WHERE id = ? AND state = 'claimed'", (change_set,))
        self.db.execute(
            "INSERT INTO change_set (id, pid, operation, state, now, owner, lease, keys)"
            " VALUES (?, ?, ?, 'claimed', ?, ?, ?, ?)",
            (
                change_set,
                self.pid,
                self.request.operation,
                self.now,
                self.request.owner,
                self.lease,
                json.dumps(keys),
            ),
        )
        number = self.db.last_insert_rowid()
        by_key = dict(zip(self.keys, self.message_ids, strict=True))
        self.db.executemany(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?)",
            [(self.pid, self.place, key, by_key.get(key), change_set) for key in keys],
        )
        return _Holder(number, change_set, "claimed", self.request.owner, self.lease)

    def _began(self, mine: _Holder) -> int:
        began: int = self.db.execute("SELECT now FROM change_set WHERE id = ?", (mine.id,)).get
        return began

    def _edits(self, ours: Sequence[bool]) -> dict[str, str]:
        """For messages of ours whose id was seen before with another text: the key of the latest such form."""
        found: dict[str, str] = {}
        for key, message_id, own in zip(self.keys, self.message_ids, ours, strict=True):
            if own and message_id is not None:
                earlier = self.db.execute(
                    "SELECT message.key FROM message JOIN change_set ON change_set.id = message.change_set"
                    " WHERE message.pid = ? AND place = ? AND message_id = ? AND message.key <> ? AND state = 'applied'"
                    " ORDER BY number DESC LIMIT 1",
                    (self.pid, self.place, message_id, key),
                ).get
                if earlier is not None:
                    found[key] = earlier
        return found


def plan(db: apsw.Connection, request: Plan, now: datetime, lease_seconds: float) -> None:
    """Journal a plan under its claim."""
    change_set = request.change_set
    db.execute(
        "UPDATE change_set SET state = 'planned', plan = ?, read_seq = ?, lease = ? WHERE id = ? AND state <> 'applied'",
        (
            _PLAN.dump_json(change_set).decode(),
            change_set.read_seq,
            micros(now) + int(lease_seconds * 1e6),
            change_set.id,
        ),
    )


def release(db: apsw.Connection, request: Release) -> None:
    """Give back a claim that was not planned; a planned one may be taken over at once."""
    held = db.execute(
        "SELECT pid, keys, operation FROM change_set WHERE id = ? AND state = 'claimed'", (request.change_set,)
    ).fetchone()
    if held is None:
        db.execute("UPDATE change_set SET lease = 0 WHERE id = ? AND state = 'planned'", (request.change_set,))
        return
    pid, keys, operation = held
    place = place_of(request.scope, operation)
    db.executemany(
        "DELETE FROM message WHERE pid = ? AND place = ? AND key = ?", [(pid, place, key) for key in json.loads(keys)]
    )
    db.execute("DELETE FROM change_set WHERE id = ?", (request.change_set,))
