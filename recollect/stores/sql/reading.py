"""What the journal tells: records, pages, histories, events, and what an index needs to follow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recollect import filters
from recollect.errors import UsageError
from recollect.filters import AllOf, AnyOf, Anything, Has, Pushdown
from recollect.ports import (
    Beside,
    Delta,
    Entry,
    Feed,
    Fetch,
    Heard,
    Log,
    Named,
    Partitions,
    Read,
    Select,
    Trace,
    Traced,
    Vectors,
)
from recollect.stores.instants import FOREVER, micros
from recollect.stores.scoring import heard
from recollect.stores.sql.connection import Connection, chunks, marks, row, rows, value
from recollect.stores.sql.rows import EVENT, RECORD, event, importance, record, slice_, spot
from recollect.types import ANY, Event, History, Page, Record, Scope, Slice, View, encode

_COLUMNS = {field: {"actor_id": "actor", "id": "memory"}.get(field, field) for field in filters.PUSHED}
_FROM = "FROM slice JOIN partition USING (pid)"
_EVENTS = "FROM event JOIN partition USING (pid) JOIN change_set ON change_set.number = event.change_set"
_VECTOR = (
    "LEFT JOIN vector ON vector.pid = slice.pid AND vector.sid = slice.sid AND vector.mid = (SELECT meta.mid FROM meta)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """One partition in view at one moment: the SQL that keeps what is visible, and its values.

    `open` keeps the partition's slices that count, `seen` those of them that are valid and in view.
    """

    pid: int
    open: str
    seen: str
    values: tuple[Any, ...]

    @property
    def where(self) -> str:
        """What is visible, by listing the partition."""
        return f"{self.open} AND {self.seen}"

    @property
    def among(self) -> str:
        """What is visible of slices or memories that are given: a plus keeps SQLite from listing the partition."""
        return f"{self.open.replace('slice.to_seq', '+slice.to_seq')} AND {self.seen}"


def places(
    db: Connection,
    views: Sequence[View],
    clock: int,
    as_of: datetime | None,
    valid_at: datetime | None,
    ever: bool = False,
) -> Iterator[Place]:
    """The partitions of these views, with what is visible in each: current, or as it was known or true at a moment.

    With `ever` also what is not valid at that moment.
    """
    for view in views:
        every = view.partition is None
        found = rows(
            db,
            f"SELECT pid, seq, recorded_at FROM partition{'' if every else ' WHERE name = ?'}",
            () if every else (view.partition,),
        )
        for pid, seq, recorded_at in found:
            known = None if as_of is None else _seq_at(db, pid, seq, micros(as_of))
            at = valid_at or as_of
            moment = max(clock, recorded_at) if at is None else micros(at)
            yield _place(pid, view, known, None if ever else moment)


def _place(pid: int, view: View, known: int | None, moment: int | None) -> Place:
    if known is None:
        times, values = f"slice.to_seq = {FOREVER}", [pid]
    else:
        times, values = "slice.from_seq <= ? AND slice.to_seq > ?", [pid, known, known]
    in_view, names = _in_view(view)
    valid = [] if moment is None else ["slice.valid_from <= ?", "slice.valid_to > ?", "slice.expires_at > ?"]
    seen = " AND ".join([*valid, *in_view]) or "TRUE"
    return Place(pid, f"slice.pid = ? AND {times}", seen, (*values, *([moment] * len(valid)), *names))


def _in_view(view: View, table: str = "slice") -> tuple[list[str], list[str]]:
    where: list[str] = []
    values: list[str] = []
    for column, accepted in (("agent", view.agents), ("run", view.runs)):
        if accepted is not None:
            where.append(f"{table}.{column} IN ({marks(accepted)})")
            values += sorted(accepted)
    if view.either is not None:
        named = [pair for pair in zip(("agent", "run"), view.either, strict=True) if pair[1] is not None]
        tests = (f"{table}.{column} {'<>' if name is ANY else '='} ?" for column, name in named)
        where.append(f"({' OR '.join(tests)})")
        values += [encode(None if name is ANY else name) for _, name in named]
    return where, values


def _seq_at(db: Connection, pid: int, seq: int, moment: int) -> int:
    """The last sequence number at a moment: record time never falls, so halving finds it."""
    low, high = 0, seq
    while low < high:
        middle = (low + high + 1) // 2
        if value(db, "SELECT at FROM event WHERE pid = ? AND seq = ?", (pid, middle)) <= moment:
            low = middle
        else:
            high = middle - 1
    return low


def compiled(pushdown: Pushdown, pid: int) -> tuple[str, list[Any]]:
    """SQL that is true of every slice of which `pushdown` is."""
    if isinstance(pushdown, Has):
        return _has(pushdown.token, pid)
    if isinstance(pushdown, AllOf | AnyOf):
        parts = [compiled(part, pid) for part in pushdown.parts]
        word = " AND " if isinstance(pushdown, AllOf) else " OR "
        sql = "(" + word.join(part for part, _ in parts) + ")" if parts else ("TRUE" if word == " AND " else "FALSE")
        return sql, [value for _, values in parts for value in values]
    assert isinstance(pushdown, Anything)
    return "TRUE", []


def _has(token: str, pid: int) -> tuple[str, list[Any]]:
    if token.startswith("?") and token[1:] in _COLUMNS:
        return f"slice.{_COLUMNS[token[1:]]} IS NOT NULL", []
    field, _, value = token.partition("=s:")
    if field in _COLUMNS:
        return f"slice.{_COLUMNS[field]} = ?", [value]
    return "slice.sid IN (SELECT sid FROM token WHERE pid = ? AND token = ?)", [pid, token]


def read(db: Connection, request: Read, clock: int) -> tuple[Record | None, ...]:
    """Visible records by id, None for what is not."""
    found: dict[str, Record] = {}
    wanted = sorted(set(request.ids))
    for place in places(db, request.scope.views(own=request.own), clock, request.as_of, request.valid_at):
        for chunk in chunks(wanted):
            sql = f"SELECT {RECORD} {_FROM} WHERE slice.memory IN ({marks(chunk)}) AND {place.among}"
            for each in rows(db, sql, (*chunk, *place.values)):
                known = record(each)
                found[known.id] = known
    return tuple(found.get(memory) for memory in request.ids)


def select(db: Connection, request: Select, clock: int) -> Page:
    """One page of visible records that pass the filter, newest first."""
    if request.limit < 1:
        raise UsageError(f"limit={request.limit}: expected 1 or more")
    before = _cursor(request.cursor)
    found: list[tuple[int, Record]] = []
    views = request.scope.views(own=request.own, exact=request.exact)
    for place in places(db, views, clock, request.as_of, request.valid_at, ever=request.exact):
        found += _page(db, place, request, before)
    found.sort(key=lambda pair: pair[0], reverse=True)
    page = found[: request.limit]
    return Page(
        records=tuple(record for _, record in page),
        cursor=str(page[-1][0]) if len(found) > request.limit else None,
    )


def _cursor(cursor: str | None) -> int:
    if cursor is None:
        return FOREVER
    if not cursor.isdecimal() or len(cursor) > 18:
        raise UsageError(f"cursor={cursor!r}: expected the cursor of an earlier page")
    return int(cursor)


def _page(db: Connection, place: Place, request: Select, before: int) -> list[tuple[int, Record]]:
    """Up to limit + 1 records of one partition, so that the caller sees whether there are more."""
    where, values = compiled(filters.superset(request.filter), place.pid)
    visible = place.where
    if request.sources is not None:
        visible = place.among
        where += f" AND slice.memory IN (SELECT memory FROM source WHERE pid = ? AND key IN ({marks(request.sources)}))"
        values = [*values, place.pid, *request.sources]
    sql = f"SELECT slice.born, {RECORD} {_FROM} WHERE {visible} AND slice.born < ? AND {where} ORDER BY slice.born DESC"
    found: list[tuple[int, Record]] = []
    for born, *each in db.each(sql, (*place.values, before, *values)):
        candidate = record(each)
        if filters.evaluate(request.filter, candidate):
            found.append((born, candidate))
            if len(found) > request.limit:
                break
    return found


def fetch(db: Connection, request: Fetch, clock: int) -> dict[int, tuple[Record, bytes | None]]:
    """Visible slices that pass the filter, with their vectors."""
    found: dict[int, tuple[Record, bytes | None]] = {}
    for place in places(db, request.scope.views(own=request.own), clock, request.as_of, request.valid_at):
        for narrowed, values in _narrowed(place, request):
            sql = f"SELECT slice.sid, vector.vector, {RECORD} {_FROM} {_VECTOR} WHERE {narrowed}"
            for sid, vector, *each in db.execute(sql, values):
                candidate = record(each)
                if filters.evaluate(request.filter, candidate):
                    found[sid] = (candidate, vector)
    return found


def _narrowed(place: Place, request: Fetch) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The conditions of a fetch, one after the other."""
    if request.slices is None:
        where, values = compiled(filters.superset(request.filter), place.pid)
        yield f"{place.where} AND {where}", (*place.values, *values)
        return
    for chunk in chunks(request.slices):
        yield f"slice.sid IN ({marks(chunk)}) AND +{place.among}", (*chunk, *place.values)


def beside(db: Connection, request: Beside, clock: int) -> dict[int, Heard]:
    """Visible slices whose first source, in the version at hand, is at one of the spots."""
    found: dict[int, Heard] = {}
    for place in places(db, request.scope.views(own=request.own), clock, request.as_of, request.valid_at):
        for spots in chunks(sorted(request.spots)):
            given = ", ".join("(?, ?)" for _ in spots)
            sql = (
                "SELECT slice.sid, partition.name, sources, vector.vector, text, actor, category, observed_at, event_at"
                f" {_FROM} {_VECTOR} WHERE slice.memory IN"
                f" (SELECT source.memory FROM (VALUES {given}) AS spot CROSS JOIN source"  # spots first
                " WHERE source.pid = ? AND source.thread = spot.column1 AND source.position = spot.column2)"
                f" AND {place.among}"
            )
            values = (*(each for spot in spots for each in spot), place.pid, *place.values)
            for sid, name, quoted, vector, *said in db.execute(sql, values):
                for at in request.spots & {spot(quoted)}:
                    found[sid] = heard((name, *at), tuple(said), vector)
    return found


def named(db: Connection, request: Named, clock: int) -> tuple[str, ...]:
    """Those of the names that an actor of a visible memory has."""
    found: set[str] = set()
    for place in places(db, request.scope.views(), clock, request.as_of, request.valid_at):
        for chunk in chunks(request.names):
            given = ", ".join("(?)" for _ in chunk)
            sql = (
                f"SELECT name.column1 FROM (VALUES {given}) AS name WHERE EXISTS"
                " (SELECT 1 FROM slice WHERE substr(slice.actor, 1, 200) = substr(name.column1, 1, 200)"  # as it is indexed
                f" AND slice.actor = name.column1 AND {place.where})"
            )
            found.update(name for (name,) in rows(db, sql, (*chunk, *place.values)))
    return tuple(name for name in request.names if name in found)


def vectors(db: Connection, request: Vectors, clock: int) -> Delta:
    """What happened to the slices of a partition after a sequence number."""
    epoch = value(db, "SELECT epoch FROM meta")
    head = row(db, "SELECT pid, seq, recorded_at, erased FROM partition WHERE name = ?", (request.partition,))
    if head is None:
        return Delta((), (), 0, epoch, clock)
    pid, seq, recorded_at, erased = head
    now = max(clock, recorded_at)
    if seq == request.after:
        return Delta((), (), seq, epoch, now)
    reached = _reached(db, pid, request, seq)
    opened = rows(
        db,
        "SELECT slice.sid, agent, run, kind, valid_from, valid_to, expires_at, text, actor, category, observed_at, event_at,"
        f" coalesce(observed_at, created_at), metadata, vector.vector, sources FROM slice {_VECTOR}"
        " WHERE slice.pid = ? AND from_seq > ? AND from_seq <= ?"
        f" AND to_seq = {FOREVER} AND valid_to > ? AND expires_at > ?",  # the present is never before the last write
        (pid, request.after, reached, recorded_at, recorded_at),
    )
    closed = rows(
        db,
        f"SELECT sid FROM slice WHERE pid = ? AND to_seq > ? AND to_seq < {FOREVER} AND from_seq <= ?",
        (pid, request.after, request.after),
    )
    return Delta(
        opened=tuple(
            Entry._make([*each, *spot(quoted), said_at, importance(metadata), vector])
            for *each, said_at, metadata, vector, quoted in opened
        ),
        closed=tuple(sid for (sid,) in closed),
        seq=reached,
        epoch=epoch,
        now=now,
        more=reached < seq,
        cleared=request.after < erased,
        tokens=_tokens(db, [each[0] for each in opened]) if request.tokens else {},
    )


def _tokens(db: Connection, slices: Sequence[int]) -> dict[int, frozenset[str]]:
    """All tokens of each of these slices."""
    found: dict[int, frozenset[str]] = {}
    for chunk in chunks(slices):
        for sid, *each in rows(db, f"SELECT slice.sid, {RECORD} {_FROM} WHERE slice.sid IN ({marks(chunk)})", chunk):
            known = record(each)
            found[sid] = filters.tokens(known.metadata) | filters.reserved_tokens(known) | filters.time_tokens(known)
    return found


def trace(db: Connection, request: Trace, _clock: int) -> Traced:
    """Which journal this is, and when it recorded a sequence number of a partition."""
    journal, epoch = rows(db, "SELECT journal_id, epoch FROM meta")[0]
    at = value(
        db,
        "SELECT at FROM event JOIN partition USING (pid) WHERE name = ? AND event.seq = ?",
        (request.partition, request.seq),
    )
    return Traced(journal, epoch, at)


def partitions(db: Connection, request: Partitions, _clock: int) -> tuple[str, ...]:
    """The names of all partitions, or of those that were erased."""
    least = 1 if request.erased else 0
    return tuple(name for (name,) in rows(db, "SELECT name FROM partition WHERE erased >= ? ORDER BY name", (least,)))


def _reached(db: Connection, pid: int, request: Vectors, seq: int) -> int:
    """The sequence number up to which the request's limit goes."""
    found = value(
        db,
        "SELECT from_seq FROM slice WHERE pid = ? AND from_seq > ? ORDER BY from_seq LIMIT 1 OFFSET ?",
        (pid, request.after, request.limit),
    )
    return seq if found is None else int(found)


def log(db: Connection, request: Log) -> History:
    """The slices and events of one memory, empty for what the scope cannot see."""
    for view in request.scope.views():
        for place in places(db, (view,), 0, None, None):
            found = rows(
                db,
                f"SELECT slice.from_seq, slice.to_seq, {RECORD} {_FROM} WHERE slice.pid = ? AND slice.memory = ?"
                " ORDER BY slice.from_seq, slice.sid",
                (place.pid, request.memory),
            )
            slices = tuple(map(slice_, found))
            if slices and all(_accepted(view, known.record.scope) for known in slices):
                return History(slices, _events(db, place.pid, request.memory, slices))
    return History((), ())


def _accepted(view: View, scope: Scope) -> bool:
    return view.accepts(encode(scope.agent), encode(scope.run))


def _events(db: Connection, pid: int, memory: str, slices: Sequence[Slice]) -> tuple[Event, ...]:
    """The events that wrote these slices, and those that left the memory unchanged."""
    seqs = sorted({seq for known in slices for seq in (known.from_seq, known.to_seq) if seq is not None})
    kept = f"SELECT {EVENT} {_EVENTS} WHERE event.pid = ? AND event.memory = ?"
    unchanged = rows(
        db,
        kept.replace("FROM event", "FROM event INDEXED BY event_unchanged") + " AND event.operation = 'NONE'",
        (pid, memory),
    )
    changed = [
        each
        for chunk in chunks(seqs)
        for each in rows(
            db, f"{kept} AND event.operation <> 'NONE' AND event.seq IN ({marks(chunk)})", (pid, memory, *chunk)
        )
    ]
    return tuple(sorted(map(event, [*unchanged, *changed]), key=lambda line: line.seq))


def feed(db: Connection, request: Feed) -> tuple[Event, ...]:
    """Events of one partition in commit order, as far as the scope sees what they are about."""
    (view,) = request.scope.views(own=True)
    in_view, names = _in_view(view, "event")
    where = " AND ".join(["partition.name = ?", "event.seq > ?", *in_view])
    found = rows(
        db,
        f"SELECT {EVENT} {_EVENTS} WHERE {where} ORDER BY event.seq LIMIT ?",
        (request.scope.partition, request.after, *names, request.limit),
    )
    return tuple(map(event, found))


def stats(db: Connection) -> dict[str, Any]:
    """Counts of what there is, and what the file says of itself."""
    counts = {
        "memories": f"SELECT count(*) FROM (SELECT DISTINCT pid, memory FROM slice WHERE to_seq = {FOREVER}) AS each",
        "versions": "SELECT count(*) FROM (SELECT DISTINCT pid, memory, version FROM slice) AS each",
        "partitions": "SELECT count(*) FROM partition",
        "events": "SELECT count(*) FROM event",
        "messages": "SELECT count(*) FROM message",
        "pending": "SELECT count(*) FROM change_set WHERE state <> 'applied'",
        "vectors": "SELECT count(*) FROM vector",
        "model": "SELECT name FROM model JOIN meta USING (mid)",
        **db.MEASURES,
    }
    return {name: value(db, sql) for name, sql in counts.items()}
