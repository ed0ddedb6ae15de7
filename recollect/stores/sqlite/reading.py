"""What the journal tells: records, pages, histories, events, and what an index needs to follow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apsw

from recollect import filters
from recollect.errors import UsageError
from recollect.filters import AllOf, AnyOf, Anything, Has, Pushdown, Tree
from recollect.ports import Delta, Entry, Feed, Fetch, Log, Read, Select, Vectors
from recollect.stores.sqlite import rows
from recollect.stores.sqlite.rows import EVENT, FOREVER, RECORD, micros
from recollect.types import Event, History, Page, Record, Scope, View, Wildcard, encode

_COLUMNS = {field: {"actor_id": "actor", "id": "memory"}.get(field, field) for field in filters.PUSHED}
_FROM = "FROM slice JOIN partition USING (pid)"
Vector = bytes | None


@dataclass(frozen=True, slots=True)
class Place:
    """One partition in view at one moment: the SQL that keeps what is visible, and its values."""

    pid: int
    where: str
    values: tuple[Any, ...]


def partition_id(db: apsw.Connection, name: str) -> int | None:
    """The number of a partition, None while nothing was ever written to it."""
    found: int | None = db.execute("SELECT pid FROM partition WHERE name = ?", (name,)).get
    return found


def bound_model(db: apsw.Connection) -> int | None:
    """The number of the embedding model whose vectors count."""
    found: int | None = db.execute(
        "SELECT mid FROM model JOIN meta ON meta.value = model.name WHERE meta.name = 'model'"
    ).get
    return found


def places(
    db: apsw.Connection, views: Sequence[View], clock: int, as_of: datetime | None, valid_at: datetime | None
) -> Iterator[Place]:
    """The partitions of these views, with what is visible in each: current, or as it was known or true at a moment."""
    for view in views:
        named = "" if view.partition is None else "WHERE name = ?"
        found = db.execute(
            f"SELECT pid, recorded_at FROM partition {named}", () if view.partition is None else (view.partition,)
        ).fetchall()
        for pid, recorded_at in found:
            yield _place(db, pid, view, max(clock, recorded_at), as_of, valid_at)


def _place(
    db: apsw.Connection, pid: int, view: View, now: int, as_of: datetime | None, valid_at: datetime | None
) -> Place:
    where, values = ["slice.pid = ?"], [pid]
    if as_of is None:
        where.append(f"slice.to_seq = {FOREVER}")
    else:
        seq = _seq_at(db, pid, micros(as_of))
        where.append("slice.from_seq <= ? AND slice.to_seq > ?")
        values += [seq, seq]
    moment = micros(valid_at or as_of) if valid_at or as_of else now
    where.append("slice.valid_from <= ? AND slice.valid_to > ? AND slice.expires_at > ?")
    values += [moment, moment, moment]
    in_view, names = _in_view(view)
    return Place(pid, " AND ".join([*where, *in_view]), (*values, *names))


def _in_view(view: View) -> tuple[list[str], list[str]]:
    where: list[str] = []
    values: list[str] = []
    for column, accepted in (("agent", view.agents), ("run", view.runs)):
        if accepted is not None:
            where.append(f"slice.{column} IN ({_marks(accepted)})")
            values += sorted(accepted)
    if view.either is not None:
        either = [_equal(column, name) for column, name in zip(("agent", "run"), view.either, strict=True)]
        where.append("(" + " OR ".join(test for test, _ in either if test) + ")")
        values += [value for _, value in either if value is not None]
    return where, values


def _equal(column: str, name: str | Wildcard | None) -> tuple[str, str | None]:
    if name is None:
        return "", None
    if isinstance(name, Wildcard):
        return f"slice.{column} <> '-'", None
    return f"slice.{column} = ?", encode(name)


def _marks(values: Any) -> str:
    return ", ".join("?" * len(values))


def _seq_at(db: apsw.Connection, pid: int, moment: int) -> int:
    found: int | None = db.execute(
        "SELECT last_seq FROM change_set WHERE pid = ? AND state = 'applied' AND recorded_at <= ?"
        " ORDER BY recorded_at DESC LIMIT 1",
        (pid, moment),
    ).get
    return found or 0


def compiled(pushdown: Pushdown, pid: int) -> tuple[str, list[Any]]:
    """SQL that is true of every slice of which `pushdown` is."""
    if isinstance(pushdown, Has):
        return _has(pushdown.token, pid)
    if isinstance(pushdown, AllOf | AnyOf):
        parts = [compiled(part, pid) for part in pushdown.parts]
        word = " AND " if isinstance(pushdown, AllOf) else " OR "
        sql = "(" + word.join(part for part, _ in parts) + ")" if parts else ("1" if word == " AND " else "0")
        return sql, [value for _, values in parts for value in values]
    assert isinstance(pushdown, Anything)
    return "1", []


def _has(token: str, pid: int) -> tuple[str, list[Any]]:
    if token.startswith("?") and token[1:] in _COLUMNS:
        return f"slice.{_COLUMNS[token[1:]]} IS NOT NULL", []
    field, _, value = token.partition("=s:")
    if field in _COLUMNS:
        return f"slice.{_COLUMNS[field]} = ?", [value]
    return "slice.sid IN (SELECT sid FROM token WHERE pid = ? AND token = ?)", [pid, token]


def read(db: apsw.Connection, request: Read, clock: int) -> tuple[Record | None, ...]:
    """Visible records by id, None for what is not."""
    found: dict[str, Record] = {}
    wanted = set(request.ids)
    for place in places(db, request.scope.views(own=request.own), clock, request.as_of, request.valid_at):
        for chunk in _chunks(sorted(wanted)):
            sql = f"SELECT {RECORD} {_FROM} WHERE slice.memory IN ({_marks(chunk)}) AND {place.where}"
            for row in db.execute(sql, (*chunk, *place.values)):
                found[row[0]] = rows.record(row)
    return tuple(found.get(memory) for memory in request.ids)


def _chunks(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def select(db: apsw.Connection, request: Select, clock: int) -> Page:
    """One page of visible records that pass the filter, newest first."""
    if request.limit < 1:
        raise UsageError(f"limit={request.limit}: expected 1 or more")
    before = _cursor(request.cursor)
    found: list[tuple[int, Record]] = []
    views = request.scope.views(own=request.own, exact=request.exact)
    for place in places(db, views, clock, request.as_of, request.valid_at):
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
    if not cursor.isdecimal():
        raise UsageError(f"cursor={cursor!r}: expected the cursor of an earlier page")
    return int(cursor)


def _page(db: apsw.Connection, place: Place, request: Select, before: int) -> list[tuple[int, Record]]:
    """Up to limit + 1 records of one partition, so that the caller sees whether there are more."""
    where, values = compiled(filters.superset(request.filter), place.pid)
    if request.sources is not None:
        where += (
            f" AND slice.memory IN (SELECT memory FROM source WHERE pid = ? AND key IN ({_marks(request.sources)}))"
        )
        values = [*values, place.pid, *request.sources]
    sql = (
        f"SELECT slice.born, {RECORD} {_FROM} WHERE {place.where} AND slice.born < ? AND {where}"
        " ORDER BY slice.born DESC"
    )
    found: list[tuple[int, Record]] = []
    for born, *row in db.execute(sql, (*place.values, before, *values)):
        candidate = rows.record(row)
        if filters.evaluate(request.filter, candidate):
            found.append((born, candidate))
            if len(found) > request.limit:
                break
    return found


def fetch(db: apsw.Connection, request: Fetch, clock: int) -> dict[int, tuple[Record, Vector]]:
    """Visible slices that pass the filter, with their vectors."""
    found: dict[int, tuple[Record, Vector]] = {}
    mid = bound_model(db)
    for place in places(db, request.scope.views(own=request.own), clock, request.as_of, request.valid_at):
        for narrowed, values in _narrowed(request.slices, request.filter, place.pid):
            sql = (
                f"SELECT slice.sid, vector.vector, {RECORD} {_FROM}"
                " LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
                f" WHERE {place.where} AND {narrowed}"
            )
            for sid, vector, *row in db.execute(sql, (mid, *place.values, *values)):
                candidate = rows.record(row)
                if filters.evaluate(request.filter, candidate):
                    found[sid] = (candidate, vector)
    return found


def _narrowed(slices: Sequence[int] | None, tree: Tree, pid: int) -> Iterator[tuple[str, list[Any]]]:
    if slices is None:
        yield compiled(filters.superset(tree), pid)
        return
    for chunk in _chunks(slices):
        yield f"slice.sid IN ({_marks(chunk)})", list(chunk)


def vectors(db: apsw.Connection, request: Vectors, clock: int) -> Delta:
    """What happened to the slices of a partition after a sequence number."""
    epoch = db.execute("SELECT value FROM meta WHERE name = 'epoch'").get
    head = db.execute("SELECT pid, seq, recorded_at FROM partition WHERE name = ?", (request.partition,)).fetchone()
    if head is None:
        return Delta((), (), 0, epoch, clock)
    pid, seq, recorded_at = head
    now = max(clock, recorded_at)
    if seq == request.after:
        return Delta((), (), seq, epoch, now)
    opened = db.execute(
        "SELECT slice.sid, agent, run, valid_from, valid_to, expires_at, text, actor, vector.vector FROM slice"
        " LEFT JOIN vector ON vector.pid = slice.pid AND vector.mid = ? AND vector.sid = slice.sid"
        f" WHERE slice.pid = ? AND from_seq > ? AND to_seq = {FOREVER}",
        (bound_model(db), pid, request.after),
    )
    closed = db.execute(
        f"SELECT sid FROM slice WHERE pid = ? AND to_seq > ? AND to_seq < {FOREVER} AND from_seq <= ?",
        (pid, request.after, request.after),
    )
    return Delta(tuple(Entry(*row) for row in opened), tuple(sid for (sid,) in closed), seq, epoch, now)


def log(db: apsw.Connection, request: Log) -> History:
    """The slices and events of one memory, empty for what the scope cannot see."""
    found = db.execute(
        f"SELECT slice.from_seq, slice.to_seq, {RECORD} {_FROM} WHERE slice.memory = ? ORDER BY slice.from_seq, slice.sid",
        (request.memory,),
    ).fetchall()
    slices = [rows.slice_(row) for row in found]
    if not slices or not _sees(request.scope, slices[0].record.scope):
        return History((), ())
    sql = f"SELECT {EVENT} FROM event JOIN change_set ON change_set.id = event.change_set WHERE event.memory = ?"
    events = db.execute(sql + " ORDER BY event.seq", (request.memory,))
    return History(tuple(slices), tuple(rows.event(row) for row in events))


def _sees(scope: Scope, row: Scope) -> bool:
    views = scope.views()
    return any(
        view.partition in (None, row.partition) and view.accepts(encode(row.agent), encode(row.run)) for view in views
    )


def feed(db: apsw.Connection, request: Feed) -> tuple[Event, ...]:
    """Events of one partition in commit order."""
    sql = (
        f"SELECT {EVENT} FROM event JOIN partition USING (pid) JOIN change_set ON change_set.id = event.change_set"
        " WHERE partition.name = ? AND event.seq > ? ORDER BY event.seq LIMIT ?"
    )
    found = db.execute(sql, (request.scope.partition, request.after, request.limit))
    return tuple(rows.event(row) for row in found)


def stats(db: apsw.Connection) -> dict[str, Any]:
    """Counts of what there is, and what the file says of itself."""
    counts = {
        "memories": f"SELECT count(DISTINCT memory) FROM slice WHERE to_seq = {FOREVER}",
        "versions": "SELECT count(*) FROM (SELECT DISTINCT memory, version FROM slice)",
        "partitions": "SELECT count(*) FROM partition",
        "events": "SELECT count(*) FROM event",
        "messages": "SELECT count(*) FROM message",
        "pending": "SELECT count(*) FROM change_set WHERE state <> 'applied'",
        "vectors": "SELECT count(*) FROM vector",
        "model": "SELECT value FROM meta WHERE name = 'model'",
        "schema": "PRAGMA user_version",
        "bytes": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    }
    return {name: db.execute(sql).get for name, sql in counts.items()}
