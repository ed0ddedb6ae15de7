"""Filters in the embedded store: exactly what `filters.evaluate` says, with a part of the work done by the database."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import apsw
import pytest

from recollect import filters
from recollect.metadata import decode_metadata, encode_metadata
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.reading import compiled
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import Scene
from recollect.types import Scope
from tests.filter_cases import Metadata, a_record, cases

CASES = 2000
FIELDS = ("actor", "role", "category", "sensitivity", "trust", "confidence", "event_at", "kind")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Every case in a partition of its own."""
    path = tmp_path_factory.mktemp("filters") / "memory.db"
    opened = Scene(lambda _, clock: Store(SqliteJournal(path, clock=clock), ScanIndex()), "do")
    dice = Random(5)
    for number, (_, metadatas) in enumerate(cases(CASES, 11)):
        write(opened, user(number), metadatas, dice)
    yield opened
    opened.store.close()


def user(number: int) -> Scope:
    return Scope(user=f"case {number}")


def write(scene: Scene, scope: Scope, metadatas: list[Metadata], dice: Random) -> None:
    changes = []
    for metadata in metadatas:
        record = a_record(dice)
        fields: dict[str, Any] = {name: getattr(record, name) for name in FIELDS}
        changes.append(scene.adding(f"tea {record.text}", scope, metadata=metadata, **fields))
    scene.commit(*changes, scope=scope)


def ids(records: Any) -> set[str]:
    return {record.id for record in records}


def test_pages_and_searches_hold_exactly_what_passes(scene: Scene) -> None:
    """2,000 hostile filters over hostile metadata, against the one meaning that filters have."""
    passed = 0
    for number, (given, metadatas) in enumerate(cases(CASES, 11)):
        scope, tree = user(number), filters.parse(given)
        everything = scene.page(scope).records
        assert len(everything) == len(metadatas)
        expected = {record.id for record in everything if filters.evaluate(tree, record)}
        passed += len(expected)
        assert ids(scene.page(scope, given)) == expected, given
        assert ids(hit.record for hit in scene.search("tea", scope, filter=given)) == expected, given
        assert len(scene.search("tea", scope, filter=given, limit=1)) == min(1, len(expected)), given
    assert CASES < passed < 5 * CASES


def test_metadata_comes_back_as_it_was(scene: Scene) -> None:
    """What filters see is what was written."""
    for number, (_, metadatas) in enumerate(cases(300, 11)):
        found = [record.metadata for record in reversed(scene.page(user(number)).records)]
        assert found == [decode_metadata(encode_metadata(metadata)) for metadata in metadatas]


def test_the_database_leaves_out_what_cannot_pass(scene: Scene) -> None:
    """The pushed part of a filter passes a superset, and for many filters much less than everything."""
    db = apsw.Connection(scene.store.journal.name)  # type: ignore[attr-defined]
    spared = 0
    for number, (given, metadatas) in enumerate(cases(CASES, 11)):
        tree = filters.parse(given)
        (pid,) = db.execute("SELECT pid FROM partition WHERE name = ?", (user(number).partition,)).fetchall()[0]
        where, values = compiled(filters.superset(tree), pid)
        held = {
            memory for (memory,) in db.execute(f"SELECT memory FROM slice WHERE pid = ? AND {where}", (pid, *values))
        }
        assert ids(r for r in scene.page(user(number)).records if filters.evaluate(tree, r)) <= held
        spared += len(metadatas) - len(held)
    db.close()
    assert spared > 2 * CASES


def test_every_slice_has_its_tokens(scene: Scene) -> None:
    """Also the slices that an update or an undo writes again."""
    scope = Scope(user="tokens")
    memory = scene.add("tea", scope, metadata={"tier": "gold", "tags": ["a", "b"]})
    scene.clock.move(1)
    step = scene.updating(memory, "coffee", scope=scope, metadata={"tier": "silver"})
    scene.commit(step, scope=scope, id="update")
    assert scene.texts(scope, {"tier": "gold"}) == []
    assert scene.texts(scope, {"tier": "gold", "tags": "b"}, valid_at=scene.clock.move(-1)) == ["tea"]
    scene.undo("update", scope)
    assert scene.texts(scope, {"tags": ["b"]}) == scene.found("tea", scope, filter={"tier": "gold"}) == ["tea"]


def test_sql_in_filters_is_text(scene: Scene) -> None:
    """Paths and values travel as parameters."""
    scope = Scope(user="injection")
    hostile = "x' OR 1=1;--"
    scene.add("one", scope, metadata={hostile: hostile})
    scene.add("two", scope, metadata={"k": "v"}, category='"; DELETE FROM slice;--')
    assert scene.texts(scope, {hostile: hostile}) == ["one"]
    assert scene.texts(scope, {"category": '"; DELETE FROM slice;--'}) == ["two"]
    assert scene.texts(scope, sources=("') OR 1=1;--",)) == []
    assert len(scene.texts(scope)) == 2
