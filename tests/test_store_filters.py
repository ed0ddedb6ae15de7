"""Filters in stores: exactly what `filters.evaluate` says, with a part of the work done by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from random import Random
from typing import Any

import pytest

from recollect import filters
from recollect.metadata import decode_metadata, encode_metadata
from recollect.stores.postgres.journal import PostgresJournal
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.connection import rows, value
from recollect.stores.sql.reading import compiled
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import Scene
from recollect.types import Scope
from tests.filter_cases import Metadata, a_record, cases
from tests.services import postgres

CASES = {"sqlite": 2000, "postgres": 300}
FIELDS = ("actor", "role", "category", "sensitivity", "trust", "confidence", "event_at", "kind")


@pytest.fixture(scope="module", params=CASES)
def journal(request: pytest.FixtureRequest, server: Callable[[str], Any]) -> str:
    """Which journal holds the cases."""
    if request.param == "postgres":
        server("postgres")
    return str(request.param)


@pytest.fixture(scope="module")
def hostile(journal: str) -> list[tuple[Any, list[Metadata]]]:
    """Filters, each with metadata that it may trip over."""
    return list(cases(CASES[journal], 11))


@pytest.fixture(scope="module")
def scene(journal: str, hostile: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Every case in a partition of its own."""
    file = nullcontext(str(tmp_path_factory.mktemp("filters") / "memory.db"))
    kind: Any = SqliteJournal if journal == "sqlite" else PostgresJournal
    with file if journal == "sqlite" else postgres.place() as where:
        opened = Scene(lambda _, clock: Store(kind(where, clock=clock), ScanIndex()), "do")
        dice = Random(5)
        for number, (_, metadatas) in enumerate(hostile):
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


def test_pages_and_searches_hold_exactly_what_passes(scene: Scene, hostile: Any) -> None:
    """Hostile filters over hostile metadata, against the one meaning that filters have."""
    passed = 0
    for number, (given, metadatas) in enumerate(hostile):
        scope, tree = user(number), filters.parse(given)
        everything = scene.page(scope).records
        assert len(everything) == len(metadatas)
        expected = {record.id for record in everything if filters.evaluate(tree, record)}
        passed += len(expected)
        assert ids(scene.page(scope, given)) == expected, given
        assert ids(hit.record for hit in scene.search("tea", scope, filter=given)) == expected, given
        assert len(scene.search("tea", scope, filter=given, limit=1)) == min(1, len(expected)), given
    assert len(hostile) < passed < 5 * len(hostile)


def test_metadata_comes_back_as_it_was(scene: Scene, hostile: Any) -> None:
    """What filters see is what was written."""
    for number, (_, metadatas) in enumerate(hostile[:300]):
        found = [record.metadata for record in reversed(scene.page(user(number)).records)]
        assert found == [decode_metadata(encode_metadata(metadata)) for metadata in metadatas]


def test_the_database_leaves_out_what_cannot_pass(scene: Scene, hostile: Any) -> None:
    """The pushed part of a filter passes a superset, and for many filters much less than everything."""
    spared = 0
    for number, (given, metadatas) in enumerate(hostile):
        tree = filters.parse(given)
        with scene.store.journal._database.reading() as db:  # type: ignore[attr-defined]
            pid = value(db, "SELECT pid FROM partition WHERE name = ?", (user(number).partition,))
            where, values = compiled(filters.superset(tree), pid)
            found = rows(db, f"SELECT memory FROM slice WHERE pid = ? AND {where}", (pid, *values))
        held = {memory for (memory,) in found}
        assert ids(r for r in scene.page(user(number)).records if filters.evaluate(tree, r)) <= held
        spared += len(metadatas) - len(held)
    assert spared > 2 * len(hostile)


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
