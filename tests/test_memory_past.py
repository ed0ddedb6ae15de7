"""`as_of` and `valid_at`: what was known then and what was true then, on the facade, the retriever and the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recollect import Memory
from recollect.cli.app import app
from recollect.errors import UsageError
from recollect.integrations.retriever import MemoryRetriever
from tests.toy import Call

OSLO, ROME = "I live in Oslo", "I moved to Rome"
BEFORE, AFTER = "2024-06-01", "2026-06-01"


@pytest.fixture
def moved(where: str) -> Iterator[tuple[Memory, datetime]]:
    """Somebody who moved in 2025; and a moment at which only the first home was known."""
    with Memory(where) as memory:
        memory.add({"role": "user", "content": f"{OSLO}.", "timestamp": "2024-01-01T12:00:00"}, user="anna")
        time.sleep(0.002)
        known = datetime.now(UTC)
        time.sleep(0.002)
        memory.add({"role": "user", "content": f"{ROME}.", "timestamp": "2025-05-01T12:00:00"}, user="anna")
        yield memory, known


def test_the_past_can_be_asked_for(moved: tuple[Memory, datetime], call: Call) -> None:
    """By search, get and list alike; without, only what is current is told."""
    memory, known = moved
    (memory_id,) = {record.id for record in memory.list(user="anna")}

    def told(**given: Any) -> set[str]:
        found = [
            hit.record.text for hit in call(memory, "search", "Where do I live?", user="anna", threshold=0, **given)
        ]
        record = call(memory, "get", memory_id, user="anna", **given)
        page = call(memory, "list", user="anna", **given)
        assert found == [each.text for each in page] == [each.text for each in (record,) if each is not None]
        return set(found)

    assert told() == told(valid_at=AFTER) == told(as_of="2099-01-01") == {ROME}
    assert told(as_of=known) == told(as_of=known.isoformat()) == told(valid_at=BEFORE) == {OSLO}
    assert told(as_of=known, valid_at=AFTER) == {OSLO}
    assert told(as_of="2020-01-01") == told(valid_at="2020-01-01") == set()
    explained = call(memory, "explain", "Where do I live?", user="anna", as_of=known)
    assert explained.alone == "the index knows the present only"


@pytest.mark.parametrize("name", ["as_of", "valid_at"])
@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", object(), True])
def test_a_wrong_moment_is_refused(memory: Memory, call: Call, name: str, wrong: object) -> None:
    """With its name; nothing is guessed."""
    for method, given in (("search", ("tea",)), ("explain", ("tea",)), ("get", ("id",)), ("list", ())):
        with pytest.raises(UsageError, match=name):
            call(memory, method, *given, user="anna", **{name: wrong})


def test_moments_are_in_the_zone_of_the_memory() -> None:
    """Those that name none."""
    with Memory(":memory:", tz="Pacific/Auckland") as memory:  # at least twelve hours ahead
        memory.add("I like tea", user="anna", infer=False, observed_at="2024-05-01T08:00")
        assert not memory.list(user="anna", valid_at="2024-05-01T07:59").records
        assert memory.list(user="anna", valid_at="2024-05-01T08:00").records
        assert memory.list(user="anna", valid_at="2024-04-30T20:00+00:00").records


async def test_a_retriever_reads_the_past(moved: tuple[Memory, datetime]) -> None:
    """Fixed, or asked for in one call."""
    memory, known = moved
    given: dict[str, Any] = {"memory": memory, "user": "anna", "threshold": 0.0}
    now, then = MemoryRetriever(**given), MemoryRetriever(**given, as_of=known)

    def texts(documents: list[Any]) -> list[str]:
        return [document.page_content for document in documents]

    question = "Where do I live?"
    assert texts(now.invoke(question)) == texts(await now.ainvoke(question)) == [ROME]
    assert texts(then.invoke(question)) == texts(await now.ainvoke(question, valid_at=BEFORE)) == [OSLO]


def test_the_command_line_shows_the_past(tmp_path: Path) -> None:
    """recall, list and show with --as-of and --valid-at; a time that is none ends with 2."""
    path = tmp_path / "memories.db"
    with Memory(path) as memory:
        memory.add({"role": "user", "content": f"{OSLO}.", "timestamp": "2024-01-01T12:00:00"}, user="anna")
        (memory_id,) = {record.id for record in memory.list(user="anna")}
        memory.add({"role": "user", "content": f"{ROME}.", "timestamp": "2025-05-01T12:00:00"}, user="anna")
        memory.delete(memory_id, user="anna")

    def ask(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--db", str(path), "--user", "anna", "--json"])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    with Memory(path) as memory:
        at = [part.record.updated_at.isoformat() for part in memory.history(memory_id, user="anna").slices]
    assert [hit["record"]["text"] for hit in ask("recall", "Where do I live?", "--as-of", at[0])["hits"]] == [OSLO]
    assert [record["text"] for record in ask("list", "--as-of", at[-1])["records"]] == [ROME]
    assert [record["text"] for record in ask("list", "--as-of", at[-1], "--valid-at", BEFORE)["records"]] == [OSLO]
    assert ask("list")["records"] == []
    shown = ask("show", memory_id[:8], "--as-of", at[-1], "--valid-at", AFTER)
    assert [version["record"]["text"] for version in shown["versions"]] == [ROME]
    assert shown["state"] == "forgotten"
    assert "not there then" in ask("show", memory_id, "--as-of", "2020-01-01", code=1)["error"]["message"]
    assert "as_of" in ask("recall", "tea", "--as-of", "yesterday", code=2)["error"]["message"]
