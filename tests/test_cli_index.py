"""The commands that look after an index, on a live server; and what they say where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recollect import Memory
from recollect.cli.app import app
from recollect.errors import UsageError
from recollect.ports import Trace
from recollect.stores.opening import open_journal
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from tests.weaviates import client_at, collections_of, removed, url_of

UNSET = {f"RECOLLECT_{name}": None for name in ("DB", "USER", "MODEL", "TZ", "INDEX", "INDEX_KEY")}


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A database with three memories of two users."""
    path = str(tmp_path / "memories.db")
    with Memory(path) as memory:
        memory.add_many(["I live in Oslo", "My dog is called Rex"], user="ann")
        memory.add("Bob plays chess", user="bob", infer=False)
    return path


@pytest.fixture
def index(server: Callable[[str], Any], db: str) -> Iterator[str]:
    """The URL of a Weaviate server; what the database's index made there is removed in the end."""
    url = url_of(server("weaviate"))
    yield url
    removed(url, {prefix(db)})


def prefix(db: str) -> str:
    """What the names of the collections of a database's index begin with."""
    with closing(open_journal(db)) as journal:
        name: str = journal.do(Trace("-", 0)).journal
    return f"Recollect_{name.replace('-', '')[:16]}_"


def ask(*arguments: str, code: int = 0) -> dict[str, Any]:
    """The object that a command prints."""
    result = CliRunner(env=UNSET).invoke(app, [*arguments, "--json"])
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_index_is_found_wrong_mended_and_built_anew(db: str, index: str) -> None:
    """doctor tells what is missing, repair brings it back, reindex begins another collection; recall is right throughout."""
    ours = ("--db", db, "--index", index)
    assert ask("doctor", *ours, code=1)["held"] == 0
    assert ask("repair", *ours)["differ"] == []  # it only had to catch up
    assert ask("doctor", *ours) == {"partitions": 2, "expected": 3, "held": 3, "differ": []}
    with client_at(index) as client:
        [name] = collections_of(client, prefix(db))
        memories = client.collections.use(name)
        tenant = next(
            t for t in memories.tenants.get() if len(memories.with_tenant(t).query.fetch_objects().objects) == 3
        )
        gone = memories.with_tenant(tenant).query.fetch_objects().objects
        memories.with_tenant(tenant).data.delete_by_id(next(o.uuid for o in gone if o.properties.get("digest")))
    [found] = ask("doctor", *ours, code=1)["differ"]
    assert len(found["missing"]) == 1
    assert ask("repair", *ours)["differ"] == [found]
    assert ask("doctor", *ours)["differ"] == []
    assert ask("reindex", *ours) == {"partitions": 2}
    with client_at(index) as client:
        assert collections_of(client, prefix(db)) != [name]
    hits = ask("recall", "Where do I live?", *ours, "--user", "ann")["hits"]
    assert hits[0]["record"]["text"] == "I live in Oslo"


def test_remember_and_recall_over_an_index(db: str, index: str, tmp_path: Path) -> None:
    """One line of change: the same database, searched by the server."""
    chat = tmp_path / "chat.jsonl"
    chat.write_text('{"role": "user", "content": "I work as a baker."}\n')
    ask("remember", str(chat), "--db", db, "--index", index, "--user", "ann")
    with Memory(db, index=index) as memory:
        assert memory.search("what is my job", user="ann")[0].record.text == "I work as a baker"
        assert [hit.record.text for hit in memory.search("chess", user="bob")] == ["Bob plays chess"]


def test_a_user_is_erased_when_that_is_really_meant(db: str) -> None:
    """Only with --yes, and only that user."""
    assert "--yes" in ask("erase", "--db", db, "--user", "ann", code=2)["error"]["message"]
    assert ask("erase", "--db", db, "--user", "ann", "--yes") == {"memories": 2, "versions": 2}
    assert ask("list", "--db", db, "--user", "ann")["records"] == []
    assert len(ask("list", "--db", db, "--user", "bob")["records"]) == 1


def test_without_an_index_the_commands_say_so(db: str) -> None:
    """A call that cannot be meant is refused."""
    for command in ("doctor", "repair", "reindex"):
        assert "--index" in ask(command, "--db", db, code=2)["error"]["message"]


def test_an_index_is_refused_beside_a_store_and_with_an_odd_url(db: str) -> None:
    """UsageError, and the database stays as it was."""
    with closing(Store(SqliteJournal(db), ScanIndex())) as store, pytest.raises(UsageError, match="index="):
        Memory(store, index="weaviate://127.0.0.1")
    with pytest.raises(UsageError, match="weaviate://"):
        Memory(db, index="http://127.0.0.1")
    for odd in (42, b"x", 0, False, [], {}, object()):
        with pytest.raises(UsageError, match="index="):
            Memory(db, index=odd)  # type: ignore[arg-type]
