"""The database file: creation, versions, migration, damage, full and read-only disks."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from recollect.errors import (
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreVersionError,
)
from recollect.ports import Erase, Plan, Reset
from recollect.stores.scan import ScanIndex
from recollect.stores.sql.connection import Write
from recollect.stores.sqlite import schema
from recollect.stores.sqlite.connection import Database
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import START, USER, ManualClock, Scene, vector
from recollect.types import ChangeSet, Scope, Source
from tests.make_v1 import PATH as V1
from tests.make_v1 import make


def opened(path: Any, clock: ManualClock | None = None) -> Scene:
    clock = clock or ManualClock()
    return Scene(lambda _, __: Store(SqliteJournal(path, clock=clock), ScanIndex()), "do", clock)


def filled(path: Path, memories: int = 3) -> None:
    scene = opened(path)
    for number in range(memories):
        scene.add(f"fact {number} {'x' * 500}", vector=vector(1))
    scene.store.close()


# Creation and versions.


def test_a_fresh_file_is_marked_and_written_ahead(tmp_path: Path) -> None:
    """Version, application id and journal mode are set; deleted content is overwritten."""
    scene = opened(tmp_path / "memory.db")
    db = apsw.Connection(str(tmp_path / "memory.db"))
    assert db.pragma("user_version") == schema.VERSION
    assert db.pragma("application_id") == schema.APPLICATION_ID
    assert db.pragma("journal_mode") == "wal"
    db.close()
    scene.store.close()


def test_a_file_of_version_1_is_read_and_searched(tmp_path: Path) -> None:
    """Everything that was written by version 1 is there."""
    path = tmp_path / "v1.db"
    shutil.copy(V1, path)
    clock = ManualClock()
    clock.move(180)
    scene = opened(path, clock)
    assert sorted(scene.texts()) == ["likes tea", "lives in Rome"]
    assert scene.texts(Scope(agent="a")) == ["shared by the agent"]
    assert scene.found("lives", vector=vector(1, 1), limit=1) == ["lives in Rome"]
    assert scene.texts(filter={"tier": "gold", "since": {"lt": START}}) == ["lives in Rome"]
    assert scene.texts(as_of=START + timedelta(seconds=59)) == ["likes tea", "lives in Oslo"]
    assert [event.operation for event in scene.feed()] == ["ADD", "ADD", "UPDATE", "DELETE", "ADD"]
    assert scene.begin("another", "k1").mine == (True,)
    scene.undo("move")
    assert "lives in Oslo" in scene.texts()
    scene.store.close()


def test_a_file_of_version_1_is_what_its_script_makes(tmp_path: Path) -> None:
    """The committed file has the tables and rows of a fresh one."""
    make(tmp_path / "fresh.db")
    assert outline(tmp_path / "fresh.db") == outline(V1)


def outline(path: Path) -> dict[str, int]:
    db = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    tables = [(name, sql) for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")]
    counts = {str(sql): int(next(db.execute(f'SELECT count(*) FROM "{name}"'))[0]) for name, sql in tables}  # type: ignore[arg-type]
    db.close()
    return counts


# Migration.


def add_mood(db: apsw.Connection) -> None:
    """A made-up step from version 1 to 2."""
    db.execute("ALTER TABLE slice ADD COLUMN mood TEXT; UPDATE slice SET mood = 'calm'")


def stumble(db: apsw.Connection) -> None:
    """A step that fails when it has already written."""
    add_mood(db)
    db.execute("INSERT INTO nowhere VALUES (1)")


def migrated(path: Path, steps: dict[int, Callable[[apsw.Connection], None]], version: int = 2) -> None:
    db = apsw.Connection(str(path))
    try:
        schema.prepare(db, str(path), steps, version)
    finally:
        db.close()


def test_a_migration_keeps_a_backup(tmp_path: Path) -> None:
    """The steps are done in order; the file as it was lies beside it and can be opened."""
    path = tmp_path / "memory.db"
    shutil.copy(V1, path)
    migrated(path, {1: add_mood, 2: lambda db: db.execute("UPDATE slice SET mood = 'glad'") and None}, 3)
    db = apsw.Connection(str(path))
    assert db.pragma("user_version") == 3
    assert db.execute("SELECT DISTINCT mood FROM slice").fetchall() == [("glad",)]
    db.close()
    scene = opened(f"{path}.v1.backup")
    assert "likes tea" in scene.texts()
    scene.store.close()
    assert {p.name for p in tmp_path.iterdir()} == {"memory.db", "memory.db.v1.backup"}


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    """The file stays as it was, byte for byte, and opens as before."""
    path = tmp_path / "memory.db"
    shutil.copy(V1, path)
    before = path.read_bytes()
    with pytest.raises(apsw.SQLError):
        migrated(path, {1: stumble})
    assert path.read_bytes() == before
    scene = opened(path)
    assert "likes tea" in scene.texts()
    scene.store.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    """With both versions in the message; it is not touched."""
    path = tmp_path / "memory.db"
    filled(path)
    migrated(path, {1: add_mood})
    before = path.read_bytes()
    with pytest.raises(StoreVersionError, match=r"version 2; this recollect knows 1"):
        Database(str(path))
    assert path.read_bytes() == before


# What is not ours, or damaged.


def foreign(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE notes (text)")
    db.close()


def foreign_and_empty(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.pragma("application_id", 77)
    db.close()


def garbage(path: Path) -> None:
    path.write_bytes(b"this is a text, not a database. " * 100)


def truncated(path: Path) -> None:
    filled(path, 50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scratched(path: Path) -> None:
    filled(path)
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


@pytest.mark.parametrize("spoil", [foreign, foreign_and_empty, garbage, truncated, scratched])
def test_what_is_no_database_of_ours_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """With an error that names the file, and without a change to it."""
    path = tmp_path / "memory.db"
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(StoreCorruptError, match=r"memory\.db"):
        Database(str(path))
    assert path.read_bytes() == before


def test_damage_that_is_met_later_is_named(tmp_path: Path) -> None:
    """A page overwritten in the middle of the file: a StoreCorruptError when it is read, from either face."""
    path = tmp_path / "memory.db"
    filled(path, 300)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) * 2 // 3] = b"\xff" * (len(content) * 2 // 3 - len(content) // 3)
    path.write_bytes(content)
    scene = opened(path)
    with pytest.raises(StoreCorruptError, match="damaged"):
        scene.texts(limit=1000)
    scene.store.close()


# Where there is no place, or no space.


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """And so is a folder given for a file."""
    with pytest.raises(StoreError, match="there is no folder"):
        Database(str(tmp_path / "none" / "memory.db"))
    with pytest.raises(StoreError, match="is a folder"):
        Database(str(tmp_path))


def test_a_place_where_nothing_can_be_created_is_read_only() -> None:
    """/proc takes no new files, from nobody."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no /proc here")
    with pytest.raises(StoreReadOnlyError, match="permissions"):
        Database("/proc/memory.db")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_file_on_a_read_only_disk_can_be_told(disk: Path) -> None:
    """Opening it is refused with a StoreReadOnlyError."""
    filled(disk / "memory.db")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StoreReadOnlyError):
        opened(disk / "memory.db").add("more")


def test_a_full_disk_undoes_the_write_and_nothing_else(disk: Path) -> None:
    """Reading goes on, and writing as well when there is space again."""
    scene = opened(disk / "memory.db")
    scene.add("kept", vector=vector(1))
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while space(disk) > 150_000:
            file.write(b"x" * 4096)
    written = 0
    with pytest.raises(StoreError) as caught:  # noqa: PT012
        while True:
            scene.add(f"{written} {'y' * 2000}", vector=vector(1))
            written += 1
    assert isinstance(caught.value, StoreFullError), caught.value
    assert len(scene.texts(limit=1000)) == written + 1
    assert scene.found("kept") == ["kept"]
    ballast.unlink()
    scene.add("after", vector=vector(1))
    assert scene.texts(limit=1) == ["after"]
    scene.store.close()
    scene = opened(disk / "memory.db")
    assert len(scene.texts(limit=1000)) == written + 2
    scene.store.close()


def space(disk: Path) -> int:
    return shutil.disk_usage(disk).free


def test_a_full_database_undoes_the_write_and_nothing_else(tmp_path: Path) -> None:
    """The same where the limit is SQLite's own; writers that are queued together get their answers."""
    scene = opened(tmp_path / "memory.db")
    scene.add("kept", vector=vector(1))
    writer = scene.store.journal._database._writer.connection  # type: ignore[attr-defined]
    limit = writer.pragma("max_page_count", writer.pragma("page_count") + 4)
    before = scene.written()
    with pytest.raises(StoreFullError, match="no space left"):
        scene.add("z" * 100_000, vector=vector(1))
    assert scene.written() == before
    assert scene.texts() == ["kept"]
    writer.pragma("max_page_count", limit + 10_000)
    scene.add("z" * 100_000, vector=vector(1))
    assert len(scene.texts()) == 2
    scene.store.close()


def test_a_lock_held_too_long_is_an_error_that_says_so(tmp_path: Path) -> None:
    """Nothing is written, and the store goes on when the lock is gone."""
    path = tmp_path / "memory.db"
    filled(path)
    database = Database(str(path), busy_seconds=0.1)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by other processes"):
        database.do(Write(lambda db: db.execute("DELETE FROM slice")))
    with database.reading() as db:
        assert db.execute("SELECT count(*) FROM slice").fetchall() == [(3,)]
    other.execute("ROLLBACK")
    other.close()
    database.do(Write(lambda db: db.execute("DELETE FROM slice")))
    database.close()


def test_one_failing_write_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    """Writes that share a transaction fail one by one."""
    database = Database(str(tmp_path / "memory.db"))

    def wait(db: apsw.Connection) -> None:
        import time

        time.sleep(0.1)

    def fail(db: apsw.Connection) -> None:
        note(db, "failing")
        raise LookupError("of the work itself")

    def note(db: apsw.Connection, name: str) -> None:
        db.execute("INSERT INTO model (name, dims) VALUES (?, 1)", (name,))

    database.submit(Write(wait))
    futures = [
        database.submit(Write(lambda db: note(db, "one"), durable=False)),
        database.submit(Write(fail)),
        database.submit(Write(lambda db: note(db, "two"))),
    ]
    with pytest.raises(LookupError):
        futures[1].result()
    futures[2].result()
    with database.reading() as db:
        names = {name for (name,) in db.execute("SELECT name FROM model")}
    assert {"one", "two"} <= names
    assert "failing" not in names
    database.close()


def test_erasing_a_user_leaves_no_text_in_any_file(tmp_path: Path) -> None:
    """Neither in the database nor in its log: of memories, their sources, and plans that were under way."""
    scene = opened(tmp_path / "memory.db")
    for number in range(20):
        scene.add(
            f"confidential {number}",
            vector=vector(1),
            actor="confidential",
            metadata={"k": "confidential"},
            sources=(Source(key="k", quote="confidential"),),
        )
    claim = scene.begin("owner", "key")
    change = scene.adding("confidential plan")
    scene.do(Plan(change_set=ChangeSet(id=claim.change_set, scope=USER, operation="remember", changes=(change,))))
    scene.texts()
    scene.add("kept", Scope(user="other"))
    assert b"confidential" in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    scene.do(Erase(scope=USER, change_set="erased"))
    assert b"confidential" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert scene.texts(Scope(user="other")) == ["kept"]
    scene.store.close()


def test_erasing_beside_a_reader_waits_for_nobody(tmp_path: Path) -> None:
    """The log keeps the text while somebody reads, and loses it with the first write after that."""
    scene = opened(tmp_path / "memory.db")
    scene.add("confidential")
    reader = apsw.Connection(str(tmp_path / "memory.db"))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM slice").fetchall()
    began = time.monotonic()
    scene.do(Erase(scope=USER, change_set="erased"))
    scene.add("while somebody reads")
    assert time.monotonic() - began < 10
    reader.close()
    scene.add("then")
    assert b"confidential" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    scene.store.close()


def test_a_reset_leaves_no_text_in_any_file(tmp_path: Path) -> None:
    """Neither in the database nor in its log."""
    scene = opened(tmp_path / "memory.db")
    for number in range(20):
        scene.add(f"confidential {number}", vector=vector(1), metadata={"k": "confidential"})
    scene.texts()
    assert b"confidential" in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    scene.do(Reset())
    assert b"confidential" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    scene.store.close()
