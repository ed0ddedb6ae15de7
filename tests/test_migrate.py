"""`recollect migrate`: a journal is copied with all its history, on either database, and nothing is there before it is done."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from recollect import Memory
from recollect.cli.app import run
from recollect.errors import StoreError, UsageError
from recollect.stores import opening
from recollect.types import History, Record
from tests.toy import Toy

Place = Callable[[str], str]
PAIRS = [("sqlite", "sqlite"), ("sqlite", "postgres"), ("postgres", "sqlite"), ("postgres", "postgres")]
USERS = ("ann", "b@b.c", "shared")
MANY = 1200
"""More memories than one batch has rows."""


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Names a place of a kind where a database can be made."""

    def named(kind: str, name: str = "") -> str:
        if kind == "postgres":
            return str(request.getfixturevalue("postgres_url")) + name
        return str(tmp_path / f"{name or 'memory'}.db")

    return named


def fill(where: str) -> None:
    """Memories with versions, deletions, metadata, sources, and texts that not every database can hold."""
    with Memory(where, reasoner=Toy()) as memory:
        for user in USERS:
            memory.add([{"role": "user", "content": "lives in Oslo", "id": "1", "name": "Ann"}], user=user, agent="a")
            memory.add("nul \0 and \x1a, é, 絵文字", user=user, infer=False, metadata={"a": {"b": [1, "x", None]}})
            [gone] = memory.add("to be forgotten", user=user, infer=False).outcomes
            memory.delete(str(gone.memory), user=user)
            [kept] = memory.add("first", user=user, infer=False).outcomes
            memory.update(str(kept.memory), "second", user=user)
        memory.add_many([f"entry {n}" for n in range(MANY)], user="many")


def everything(where: str) -> list[tuple[Record, History]]:
    """All memories with their histories, and what a search finds, of every user."""
    with Memory(where, reasoner=Toy()) as memory:
        found = [
            (record, memory.history(record.id, user=user))
            for user in USERS
            for record in memory.list(user=user, limit=100)
        ]
        hits = [memory.search("lives in Oslo", user=user) for user in USERS]
        return [*found, *[(hit.record, hit) for each in hits for hit in each], *memory.list(user="many", limit=2000)]  # type: ignore[list-item]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_copy_holds_all_that_the_original_holds(place: Place, source: str, target: str) -> None:
    """Versions, events, vectors, metadata, message keys; and both go on by themselves."""
    original, copy = place(source, "a"), place(target, "b")
    fill(original)
    before = everything(original)
    told: list[tuple[int, int]] = []
    rows = opening.migrate(original, copy, lambda done, total: told.append((done, total)))
    assert told[-1] == (rows, rows) and len(told) > 10
    assert everything(copy) == before
    for where in (original, copy):
        with Memory(where, reasoner=Toy()) as memory:
            again = memory.add(
                [{"role": "user", "content": "lives in Oslo", "id": "1", "name": "Ann"}], user="ann", agent="a"
            )
            assert (again.known, again.model_calls) == (1, 0)
            assert [o.status for o in memory.add("new", user="ann", infer=False).outcomes] == ["applied"]
            assert [hit.record.text for hit in memory.search("new", user="ann", limit=1)] == ["new"]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_what_was_cut_off_goes_on(place: Place, source: str, target: str) -> None:
    """Until it is done nothing is in the copy's place; then it is whole."""
    original, copy = place(source, "a"), place(target, "b")
    fill(original)
    done: list[int] = []

    def stop(copied: int, total: int) -> None:
        done.append(copied)
        if copied > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        opening.migrate(original, copy, stop)
    half = done[-1]
    opening.migrate(original, copy, lambda copied, _: done.append(copied))
    assert done[done.index(half) + 1] > half
    assert everything(copy) == everything(original)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_changed_original_is_copied_from_the_beginning(place: Place, source: str, target: str) -> None:
    """What was copied of another state does not stay."""
    original, copy = place(source, "a"), place(target, "b")
    fill(original)

    def change(copied: int, total: int) -> None:
        if copied == total:
            with Memory(original, reasoner=Toy()) as memory:
                memory.delete_all(user="ann")

    with pytest.raises(StoreError, match="written to while"):
        opening.migrate(original, copy, change)
    opening.migrate(original, copy, lambda *_: None)
    assert everything(copy) == everything(original)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_nothing_is_overwritten(place: Place, kind: str) -> None:
    """A place that is taken is refused, and so is one where nothing is to be copied from."""
    first, second = place(kind, "a"), place(kind, "b")
    for where in (first, second):
        Memory(where).close()
    before = everything(second)
    with pytest.raises(StoreError, match="exists already"):
        opening.migrate(first, second, lambda *_: None)
    assert everything(second) == before
    for absent in ("sqlite", kind):
        with pytest.raises(StoreError, match="there is no database"):
            opening.migrate(place(absent, "none"), place(kind, "c"), lambda *_: None)


def test_what_was_made_meanwhile_is_not_overwritten(place: Place) -> None:
    """A journal that somebody makes in the copy's place keeps what it was told."""
    fill(place("sqlite", "a"))
    made: list[Memory] = []

    def meanwhile(*_: int) -> None:
        if not made:
            made.append(Memory(place("sqlite", "b")))
            made[0].add("theirs", user="ann", infer=False)

    with pytest.raises(StoreError, match="made meanwhile"):
        opening.migrate(place("sqlite", "a"), place("sqlite", "b"), meanwhile)
    made[0].add("theirs too", user="ann", infer=False)
    made[0].close()
    with Memory(place("sqlite", "b")) as memory:
        assert {record.text for record in memory.list(user="ann")} == {"theirs", "theirs too"}


def test_a_copy_that_somebody_looks_at_is_not_put_in_place(place: Place) -> None:
    """Another migration is refused; a copy that is open elsewhere is kept back, whole, until it is not."""
    fill(place("sqlite", "a"))
    looking: list[apsw.Connection] = []

    def look(*_: int) -> None:
        if not looking:
            with pytest.raises(StoreError, match="another process"):
                opening.migrate(place("sqlite", "a"), place("sqlite", "b"), lambda *_: None)
            looking.append(apsw.Connection(place("sqlite", "b") + ".partial"))
            looking[0].execute("SELECT count(*) FROM slice").fetchall()

    with pytest.raises(StoreError, match="open elsewhere"):
        opening.migrate(place("sqlite", "a"), place("sqlite", "b"), look)
    assert not opening.is_there(place("sqlite", "b"))
    looking[0].close()
    opening.migrate(place("sqlite", "a"), place("sqlite", "b"), lambda *_: None)
    assert everything(place("sqlite", "b")) == everything(place("sqlite", "a"))


@pytest.mark.parametrize("target", ["", ":memory:", "postgresql://127.0.0.1/x?options=-csearch_path%3D" + "n" * 63])
def test_a_place_that_cannot_be_is_refused(place: Place, target: str, postgres_url: str) -> None:
    """UsageError, and no file or schema is made."""
    fill(place("sqlite", "a"))
    target = target.replace("postgresql://127.0.0.1/x", postgres_url.split("?")[0])
    with pytest.raises(UsageError):
        opening.migrate(place("sqlite", "a"), target, lambda *_: None)
    assert not os.path.exists(f"{target}.partial")


def test_capitals_in_a_search_path_do_not_count(place: Place, postgres_url: str) -> None:
    """As in Postgres itself."""
    fill(place("sqlite", "a"))
    opening.migrate(place("sqlite", "a"), f"{postgres_url}_Up", lambda *_: None)
    assert everything(f"{postgres_url}_up") == everything(place("sqlite", "a"))


def test_a_password_is_shown_to_nobody(capsys: pytest.CaptureFixture[str], place: Place) -> None:
    """Errors name the server without it."""
    fill(place("sqlite", "a"))
    for arguments in (
        ["migrate", place("sqlite", "a"), "postgresql://me:s3cret@127.0.0.1:1/x"],
        ["stats", "--db", "postgresql://me:s3cret@127.0.0.1:1/x"],
    ):
        assert run(arguments) != 0
        told = capsys.readouterr()
        assert "127.0.0.1" in told.err
        assert "s3cret" not in told.out + told.err


def test_looking_makes_no_database(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that reads says that there is none, and the place stays free."""
    for kind in ("sqlite", "postgres"):
        assert run(["stats", "--db", place(kind, "none")]) != 0
        assert "there is no database" in capsys.readouterr().err
        assert not opening.is_there(place(kind, "none"))


def test_the_command_says_how_much_it_copied(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """`recollect migrate FROM TO --json`."""
    fill(place("sqlite", "a"))
    assert run(["migrate", place("sqlite", "a"), place("sqlite", "b"), "--json"]) == 0
    rows: Any = json.loads(capsys.readouterr().out)["rows"]
    assert rows > MANY
    assert run(["migrate", place("sqlite", "a"), place("sqlite", "b")]) != 0
    assert "exists already" in capsys.readouterr().err
