"""The command line, by its output: real databases and files, in process by typer's runner or as a program of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from rich.console import Console
from typer.testing import CliRunner, Result

from recollect import Memory, Scope
from recollect.cli import tables
from recollect.cli.answer import Answer
from recollect.cli.app import app
from recollect.cli.demo import Stage, bundled
from recollect.cli.transcript import WINDOW, read
from recollect.memory import reembed
from recollect.ports import Begin, StoreRequest
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from tests.scripted_server import ScriptedServer

UNSET = {f"RECOLLECT_{name}": None for name in ("DB", "USER", "MODEL", "TZ")}
RUNNER = CliRunner(env=UNSET)
CHAT = (
    {"role": "user", "name": "Anna", "content": "I live in Oslo.", "timestamp": "2026-03-02T09:00:00+00:00"},
    {"role": "assistant", "content": "What is it like?", "timestamp": "2026-03-02T09:00:05+00:00"},
    {"role": "user", "name": "Anna", "content": "I love hiking.", "timestamp": "2026-03-02T09:01:00+00:00"},
    {"role": "user", "name": "Anna", "content": "I moved to Bergen.", "timestamp": "2026-05-11T18:30:00+00:00"},
    {"role": "user", "name": "Anna", "content": "I love hiking.", "timestamp": "2026-05-11T18:31:00+00:00"},
)
Row = Mapping[str, Any]


def written(path: Path, rows: Iterable[Row]) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def without(rows: Iterable[Row], *names: str) -> list[Row]:
    """The rows without these keys."""
    return [{name: value for name, value in row.items() if name not in names} for row in rows]


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    """A conversation with a move and a repetition."""
    return written(tmp_path / "chat.jsonl", CHAT)


@pytest.fixture
def db(tmp_path: Path, chat: Path) -> Path:
    """A database in which Anna's conversation is remembered."""
    path = tmp_path / "memories.db"
    assert cli("remember", chat, db=path).exit_code == 0
    return path


def cli(*arguments: object, db: Path | str | None = None, user: str | None = "anna", **invoked: Any) -> Result:
    """What a command prints, in this process."""
    scope = ["--user", user] if user and arguments[0] not in ("stats", "reembed") else []
    given = ["--db", str(db)] if db else []
    result = RUNNER.invoke(app, [*map(str, arguments), *given, *scope], **invoked)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def ask(*arguments: object, code: int = 0, **named: Any) -> dict[str, Any]:
    """The one JSON object that a command prints, and nothing else."""
    result = cli(*arguments, "--json", **named)
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def program(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as a program of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        [sys.executable, "-m", "recollect.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env={**kept, **environment},
    )


def holds(db: Path) -> dict[str, Any]:
    """What a database holds, counted."""
    return ask("stats", db=db)


# remember


def test_remember_says_what_became_of_each_fact(tmp_path: Path, chat: Path) -> None:
    """Operation, text, what it replaced, the words with speaker and time, reason, decider; then the counts."""
    printed = cli("remember", chat, db=tmp_path / "new.db").stdout
    assert "UPDATE" in printed
    assert "was: I live in Oslo" in printed
    assert "“I moved to Bergen.”" in printed
    assert "Anna, 2026-05-11 18:30" in printed
    assert "(gate)" in printed
    assert "5 messages, 0 already remembered: 2 ADD, 1 UPDATE, 0 DELETE, 1 NONE" in printed


def test_remember_for_programs(tmp_path: Path, chat: Path) -> None:
    """Counts by operation and status, and outcomes whose sources lead to the line of the file."""
    found = ask("remember", chat, db=tmp_path / "new.db")
    assert found["operations"] == {"ADD": 2, "UPDATE": 1, "DELETE": 0, "NONE": 1}
    assert found["statuses"] == {"applied": 3, "unchanged": 1}
    assert (found["messages"], found["known"], found["model_calls"]) == (5, 0, 0)
    updated = next(outcome for outcome in found["outcomes"] if outcome["operation"] == "UPDATE")
    assert updated["previous"] == "I live in Oslo"
    [source] = updated["sources"]
    assert (source["line"], source["actor"], source["at"]) == (4, "Anna", "2026-05-11T18:30:00+00:00")


NUMBERED = [{**row, "id": str(number)} for number, row in enumerate(CHAT)]
IDENTITIES = {
    "ids": without(NUMBERED, "timestamp"),
    "times": CHAT,
    "neither": without(CHAT, "timestamp"),
    "some": [*CHAT[:2], *without(CHAT[2:], "timestamp")],
}


@pytest.mark.parametrize("rows", IDENTITIES.values(), ids=IDENTITIES)
def test_second_run_changes_nothing(tmp_path: Path, rows: list[Row]) -> None:
    """Whatever the messages are known by, the same file again reports all of them and writes nothing."""
    file, db = written(tmp_path / "chat.jsonl", rows), tmp_path / "new.db"
    assert ask("remember", file, db=db)["known"] == 0
    before = holds(db)
    again = ask("remember", file, db=db)
    assert (again["messages"], again["known"], again["outcomes"]) == (5, 5, [])
    assert holds(db) == before
    assert "5 messages, 5 already remembered: 0 ADD, 0 UPDATE, 0 DELETE, 0 NONE" in cli("remember", file, db=db).stdout


def test_standard_input_is_the_same_file(tmp_path: Path) -> None:
    """What was piped in is known when it comes as a file."""
    file, db = written(tmp_path / "chat.jsonl", without(CHAT, "timestamp")), tmp_path / "new.db"
    assert ask("remember", "-", db=db, input=file.read_bytes())["known"] == 0
    assert ask("remember", file, db=db)["known"] == 5


def test_another_file_is_another_delivery(tmp_path: Path) -> None:
    """Messages that only their place names are new in a file with other words."""
    rows, db = without(CHAT, "timestamp"), tmp_path / "new.db"
    ask("remember", written(tmp_path / "one.jsonl", rows), db=db)
    assert ask("remember", written(tmp_path / "two.jsonl", rows[:-1]), db=db)["known"] == 0


def test_windows_keep_the_order_and_end_at_a_silence(tmp_path: Path) -> None:
    """At most 20 messages each, a new one after four hours, all lines in order."""
    times = [f"2026-03-0{day}T09:{minute:02}:00+00:00" for day in (1, 2) for minute in range(WINDOW + 3)]
    rows = [{"role": "user", "content": f"note {n}", "timestamp": at} for n, at in enumerate(times)]
    transcript = read(str(written(tmp_path / "long.jsonl", rows)), UTC)
    assert [len(window.lines) for window in transcript.windows] == [WINDOW, 3, WINDOW, 3]
    assert [line.number for window in transcript.windows for line in window.lines] == list(range(1, len(rows) + 1))
    assert len({window.key for window in transcript.windows}) == 4


def test_blank_lines_marks_and_odd_separators_are_no_trouble(tmp_path: Path) -> None:
    """A byte order mark, blank lines, Windows line ends, a line separator inside a text, a line with a question."""
    texts = [json.dumps({"role": "user", "content": "one\u2028two"}, ensure_ascii=False), "", ' {"question": "Why?"}']
    file = tmp_path / "odd.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(texts).encode())
    transcript = read(str(file), UTC)
    assert [line.turn.text for window in transcript.windows for line in window.lines] == ["one\u2028two"]
    assert transcript.questions == ("Why?",)


GOOD = b'{"role": "user", "content": "I live in Oslo."}\n\n'
BAD_LINES = {
    "no JSON": b"Hello",
    "cut off": b'{"role": "user", "content": "I li',
    "no object": b'["user", "hello"]',
    "no content": b'{"role": "user"}',
    "unknown key": b'{"role": "user", "content": "hi", "when": "now"}',
    "empty": b'{"role": "user", "content": " "}',
    "bad time": b'{"role": "user", "content": "hi", "timestamp": "yesterday"}',
    "bad bytes": b'{"role": "user", "content": "\xff"}',
    "half a character": b'{"role": "user", "content": "\\ud83d"}',
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_and_nothing_is_written(tmp_path: Path, line: bytes) -> None:
    """The error says which line; the good lines before it are not remembered, not even a database is made."""
    file, db = tmp_path / "chat.jsonl", tmp_path / "new.db"
    file.write_bytes(GOOD * 30 + line + b"\n" + GOOD)
    error = ask("remember", file, db=db, code=2)["error"]
    assert error["type"] == "MessageError"
    assert f"{file}, line 61" in error["message"]
    assert not db.exists()


def test_a_model_from_the_environment_finds_the_facts(
    tmp_path: Path, chat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any name of init_chat_model; where it fails, what was remembered is told, and a second run goes on from there."""
    fact = {"message": 1, "quote": "I live in Oslo", "text": "Anna lives in Oslo", "speaker": "Anna"}
    replies: list[Any] = [json.dumps({"facts": [fact]}), 401, 401, 401]
    db = tmp_path / "new.db"
    with ScriptedServer(lambda _: replies.pop(0) if replies else '{"facts": []}') as server:
        environment = {"RECOLLECT_MODEL": "openai:scripted", "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
        error = ask("remember", chat, db=db, code=1, env=environment)["error"]
        assert error["type"] == "ModelUnavailableError"
        assert "3 of 5 messages are remembered; run it again to go on" in error["message"]
        replies.clear()
        again = ask("remember", chat, db=db, env=environment)
    assert (again["known"], again["model_calls"]) == (3, 1)
    [record] = ask("list", db=db)["records"]
    assert record["text"] == "Anna lives in Oslo"


# recall, list


def test_recall_says_who_when_and_why(db: Path) -> None:
    """The best hit first, its score in parts that add up to it."""
    printed = cli("recall", "Where does Anna live?", db=db).stdout
    assert "I moved to Bergen" in printed
    assert "Anna, 2026-05-11 18:30" in printed
    assert "keyword 0." in printed and " + vector 0." in printed
    hit = ask("recall", "Where does Anna live?", db=db)["hits"][0]
    assert hit["record"]["text"] == "I moved to Bergen"
    assert hit["score"] == pytest.approx(hit["why"]["keyword"] + hit["why"]["vector"])
    assert hit["record"]["observed_at"] == "2026-05-11T18:30:00+00:00"
    assert hit["record"]["scope"] == {"user": "anna", "agent": None, "run": None}


def test_a_database_on_a_server_is_named_by_its_url(postgres_url: str, chat: Path) -> None:
    """RECOLLECT_DB and --db take a Postgres URL as they take a file."""
    ask("remember", chat, db=postgres_url)
    assert ask("recall", "where does Anna live", db=postgres_url)["hits"][0]["record"]["text"] == "I moved to Bergen"


def test_recall_of_what_was_never_said(db: Path) -> None:
    """No hits is an answer, not an error."""
    assert "nothing remembered answers this" in cli("recall", "quantum chromodynamics", db=db).stdout
    assert ask("recall", "quantum chromodynamics", db=db) == {"query": "quantum chromodynamics", "hits": []}


def test_recall_is_narrowed(db: Path) -> None:
    """By number, by score, by mode and by filter."""

    def texts(*arguments: object) -> list[str]:
        hits = ask("recall", "Does Anna love hiking, or did she move to Bergen?", *arguments, db=db)["hits"]
        return [hit["record"]["text"] for hit in hits]

    assert len(texts("--threshold", 0)) == 2
    assert len(texts("--threshold", 0, "--limit", 1)) == 1
    assert texts("--threshold", 1) == []
    assert texts("--threshold", 0, "--filter", '{"text": {"contains": "hiking"}}') == ["I love hiking"]
    by_words = ask("recall", "hiking", "--mode", "keyword", db=db)["hits"][0]
    assert by_words["why"] == {"keyword": by_words["score"], "vector": "none: searched by keywords only"}


def test_list_pages(db: Path) -> None:
    """Newest first; the cursor leads on, and is null at the end."""
    first = ask("list", "--limit", 1, db=db)
    assert f"there is more: --cursor {first['cursor']}" in cli("list", "--limit", 1, db=db).stdout
    second = ask("list", "--limit", 1, "--cursor", first["cursor"], db=db)
    texts = [page["records"][0]["text"] for page in (first, second)]
    assert sorted(texts) == ["I love hiking", "I moved to Bergen"]
    assert second["cursor"] is None
    assert ask("list", "--filter", '{"text": "I love hiking"}', db=db)["records"][0]["text"] == "I love hiking"
    assert "nothing is remembered here" in cli("list", db=db, user="ben").stdout


# show, forget


def id_of(db: Path, text: str) -> str:
    """The id of a current memory."""
    [found] = ask("list", "--filter", json.dumps({"text": text}), db=db)["records"]
    memory: str = found["id"]
    return memory


def test_show_tells_what_was_superseded(db: Path) -> None:
    """Both versions with the time in which each was true, their words, and the events."""
    memory = id_of(db, "I moved to Bergen")
    printed = cli("show", memory[:6], db=db).stdout
    for words in (
        f"{memory}: current",
        "superseded",
        "I live in Oslo",
        "until 2026-05-11 18:30",
        "“I live in Oslo",
        "(gate)",
    ):
        assert words in printed
    found = ask("show", memory[:6], db=db)
    assert [version["state"] for version in found["versions"]] == ["superseded", "current"]
    assert [version["record"]["text"] for version in found["versions"]] == ["I live in Oslo", "I moved to Bergen"]
    assert found["versions"][0]["valid_to"] == found["versions"][1]["valid_from"] == "2026-05-11T18:30:00+00:00"
    assert [event["operation"] for event in found["events"]] == ["ADD", "UPDATE"]


def test_show_tells_what_was_corrected(tmp_path: Path) -> None:
    """A version that was never true, because its message was edited, is withdrawn."""
    db, row = tmp_path / "new.db", {"role": "user", "id": "m1"}
    for content in ("I live in Oslo.", "I live in Rome."):
        ask("remember", written(tmp_path / "chat.jsonl", [{**row, "content": content}]), db=db)
    found = ask("show", id_of(db, "I live in Rome"), db=db)
    assert [version["state"] for version in found["versions"]] == ["withdrawn", "current"]


def test_forget_is_one_step_and_its_past_stays(db: Path) -> None:
    """Several memories by the beginnings of their ids, one named twice; `show` still tells what they were."""
    moved, hiking = id_of(db, "I moved to Bergen"), id_of(db, "I love hiking")
    outcomes = ask("forget", moved[:8], hiking, moved, db=db)["outcomes"]
    assert [(o["operation"], o["status"], o["memory"]) for o in outcomes] == [
        ("DELETE", "applied", moved),
        ("DELETE", "applied", hiking),
    ]
    assert ask("list", db=db)["records"] == []
    found = ask("show", moved, db=db)
    assert found["state"] == "forgotten"
    assert [version["state"] for version in found["versions"]] == ["superseded", "forgotten"]
    assert ask("show", moved[:8], db=db, code=1)["error"]["type"] == "NotFoundError"


def test_forget_prints_the_whole_id(db: Path) -> None:
    """With it `show` finds the memory, its beginning no longer does."""
    memory = id_of(db, "I love hiking")
    printed = cli("forget", memory[:8], db=db).stdout
    assert "was: I love hiking" in printed
    assert memory in printed


def test_forget_is_whole_or_not_at_all(db: Path) -> None:
    """One unknown id, and nothing is forgotten."""
    assert ask("forget", id_of(db, "I love hiking"), "nope", db=db, code=1)["error"]["type"] == "NotFoundError"
    assert len(ask("list", db=db)["records"]) == 2


def test_forget_of_what_is_shared_is_refused(tmp_path: Path, chat: Path) -> None:
    """A user reads what an agent knows by itself, and cannot change it: an outcome, and exit code 1."""
    db = tmp_path / "new.db"
    ask("remember", chat, "--agent", "guide", db=db, user=None)
    shared = ask("list", "--agent", "guide", db=db)["records"][0]["id"]
    [outcome] = ask("forget", shared, "--agent", "guide", db=db, code=1)["outcomes"]
    assert outcome["status"] == "rejected"
    assert len(ask("list", "--agent", "guide", db=db)["records"]) == 2


# reembed, stats


def test_reembed_brings_a_foreign_database_here(tmp_path: Path) -> None:
    """Vectors of another model are refused with the command that makes them anew, and that works."""
    path = tmp_path / "foreign.db"
    with Memory(path, embeddings=DeterministicFakeEmbedding(size=8)) as memory:
        memory.add_many([f"Anna likes tea number {n}" for n in range(3)], user="anna")
    error = ask("recall", "tea", db=path, code=1)["error"]
    assert error["type"] == "EmbeddingMismatchError"
    assert f"recollect reembed --db {path}" in error["message"]
    assert ask("reembed", db=path) == {"embedded": 3}
    assert len(ask("recall", "Anna likes tea", db=path)["hits"]) == 3
    assert "0 vectors made anew" in cli("reembed", db=path).stdout


def test_reembed_reports_its_progress(db: Path) -> None:
    """To a model of one's own: told how many of how many are done, up to all; the database is then that model's."""
    told: list[tuple[int, int]] = []
    other = DeterministicFakeEmbedding(size=8)
    count = reembed(db, other, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, count) and told[-1] == (count, count)
    with Memory(db, embeddings=other) as memory:
        assert memory.search("hiking", user="anna")
    assert reembed(db) == count
    assert ask("recall", "hiking", db=db)["hits"]


def test_stats_count_everybody(db: Path, chat: Path) -> None:
    """Two memories for each of two users; no scope is asked for."""
    cli("remember", chat, db=db, user="ben")
    found = holds(db)
    assert (found["memories"], found["partitions"], found["messages"]) == (4, 2, 10)
    assert set(found) >= {"versions", "events", "vectors", "model", "schema", "bytes"}
    assert "memories" in cli("stats", db=db).stdout


# Errors and options


ERRORS: dict[str, tuple[list[str], str, int, str]] = {
    "no database": (["recall", "q", "--user", "a"], "UsageError", 2, "give --db FILE or set RECOLLECT_DB"),
    "no database to write": (["remember", "{chat}", "--user", "a"], "UsageError", 2, "give --db FILE"),
    "a database that is not there": (["list", "--user", "a", "--db", "{tmp}/none.db"], "StoreError", 1, "no database"),
    "no scope": (["recall", "q", "--db", "{db}"], "ScopeError", 2, "give --user NAME (or set RECOLLECT_USER)"),
    "empty scope": (["recall", "q", "--db", "{db}", "--user", ""], "ScopeError", 2, "is empty"),
    "no such file": (
        ["remember", "{tmp}/none.jsonl", "--db", "{db}", "--user", "a"],
        "UsageError",
        2,
        "cannot be read",
    ),
    "no messages": (["remember", "{empty}", "--db", "{db}", "--user", "a"], "MessageError", 2, "holds no messages"),
    "a text file": (["list", "--db", "{chat}", "--user", "a"], "StoreCorruptError", 1, "is not a recollect database"),
    "another program's": (["list", "--db", "{foreign}", "--user", "a"], "StoreCorruptError", 1, "another program"),
    "an unknown id": (["show", "zz", "--db", "{db}", "--user", "anna"], "NotFoundError", 1, "begins with 'zz'"),
    "another user's id": (
        ["show", "{id}", "--db", "{db}", "--user", "ben"],
        "NotFoundError",
        1,
        "no memory of this scope",
    ),
    "an empty id": (["forget", "", "--db", "{db}", "--user", "anna"], "UsageError", 2, "empty id"),
    "a wild id": (["show", "%", "--db", "{db}", "--user", "anna"], "NotFoundError", 1, "begins with '%'"),
    "an empty query": (["recall", " ", "--db", "{db}", "--user", "a"], "UsageError", 2, "expected some text"),
    "a mode": (["recall", "q", "--mode", "fast", "--db", "{db}", "--user", "a"], "UsageError", 2, "'hybrid'"),
    "a limit": (["list", "--limit", "0", "--db", "{db}", "--user", "a"], "UsageError", 2, "whole number from 1"),
    "a cursor": (
        ["list", "--cursor", "x", "--db", "{db}", "--user", "a"],
        "UsageError",
        2,
        "cursor of an earlier page",
    ),
    "a filter": (["list", "--filter", '{"a', "--db", "{db}", "--user", "a"], "UsageError", 2, "--filter is not JSON"),
    "a filter's shape": (["list", "--filter", "[1]", "--db", "{db}", "--user", "a"], "UsageError", 2, "an object"),
    "an operator": (
        ["list", "--filter", '{"text": {"near": 1}}', "--db", "{db}", "--user", "a"],
        "FilterError",
        2,
        "unknown operator",
    ),
    "a zone": (["list", "--tz", "Europe/Atlantis", "--db", "{db}", "--user", "a"], "UsageError", 2, "time zone"),
    "a zone's folder": (["list", "--tz", "Europe", "--db", "{db}", "--user", "a"], "UsageError", 2, "time zone"),
    "a model": (
        ["remember", "{chat}", "--model", "no:such", "--db", "{db}", "--user", "a"],
        "ModelError",
        1,
        "--model no:such",
    ),
}


@pytest.mark.parametrize(("arguments", "kind", "code", "words"), ERRORS.values(), ids=ERRORS)
def test_errors(tmp_path: Path, db: Path, chat: Path, arguments: list[str], kind: str, code: int, words: str) -> None:
    """A typed object with --json, else one line on standard error; 2 where the call is wrong, 1 where it failed."""
    with sqlite3.connect(tmp_path / "foreign.db") as foreign:
        foreign.execute("CREATE TABLE t (x)")
    places = {
        "tmp": tmp_path,
        "db": db,
        "chat": chat,
        "empty": written(tmp_path / "empty.jsonl", []),
        "foreign": tmp_path / "foreign.db",
        "id": id_of(db, "I love hiking"),
    }
    for name, place in places.items():
        arguments = [argument.replace(f"{{{name}}}", str(place)) for argument in arguments]
    error = ask(*arguments, code=code, user=None)["error"]
    assert error["type"] == kind
    assert words in error["message"]
    plain = cli(*arguments, user=None)
    assert (plain.exit_code, plain.stdout) == (code, "")
    assert plain.stderr == f"error: {error['message']}\n"


def test_an_ambiguous_id_lists_what_it_may_mean(tmp_path: Path) -> None:
    """Nothing is forgotten; the message names the ids."""
    db = tmp_path / "many.db"
    with Memory(db) as memory:
        ids = memory.add_many([f"note {n}" for n in range(40)], user="anna").ids
    first = next(letter for letter in "0123456789abcdef" if sum(one[0] == letter for one in ids) > 1)
    error = ask("forget", first, db=db, code=2)["error"]
    assert error["type"] == "UsageError"
    assert sum(one in error["message"] for one in ids) > 1
    assert len(ask("list", db=db)["records"]) == 40


def test_options_come_from_the_environment_before_or_after_the_command(db: Path, tmp_path: Path) -> None:
    """The environment fills what is not given; what is given wins, on either side."""
    environment = {"RECOLLECT_DB": str(db), "RECOLLECT_USER": "anna"}
    assert len(ask("list", user=None, env=environment)["records"]) == 2
    assert ask("list", user="ben", env=environment)["records"] == []
    before = RUNNER.invoke(app, ["--json", "--user", "ben", "list"], env=environment)
    assert json.loads(before.stdout)["records"] == []
    elsewhere = {"RECOLLECT_DB": str(tmp_path / "none.db"), "RECOLLECT_USER": "ben"}
    before = RUNNER.invoke(app, ["--db", str(db), "--user", "anna", "list", "--json"], env=elsewhere)
    assert len(json.loads(before.stdout)["records"]) == 2


def test_times_without_a_zone_are_in_the_given_one(tmp_path: Path) -> None:
    """RECOLLECT_TZ or --tz; and times are shown in it."""
    rows = [{"role": "user", "content": "I live in Oslo.", "timestamp": "2026-07-01T12:00:00"}]
    db = tmp_path / "new.db"
    cli("remember", written(tmp_path / "chat.jsonl", rows), db=db, env={"RECOLLECT_TZ": "Europe/Oslo"})
    assert ask("list", db=db)["records"][0]["observed_at"] == "2026-07-01T10:00:00+00:00"
    assert "2026-07-01 19:00" in cli("list", "--tz", "Asia/Tokyo", db=db).stdout


# What a terminal gets


def test_texts_are_shown_as_they_are_but_control_nothing(tmp_path: Path) -> None:
    """Any script, markup and emoji names untouched; escape sequences made harmless."""
    text = "[bold]我住在北京[/bold] :smile: 👩‍👩‍👧 \x1b[31m"
    db = tmp_path / "new.db"
    with Memory(db) as memory:
        memory.add(text, user="anna", infer=False)
    printed = cli("list", db=db, env={"COLUMNS": "200"}).stdout
    assert "[bold]我住在北京[/bold] :smile: 👩‍👩‍👧 \ufffd[31m" in printed
    assert ask("list", db=db)["records"][0]["text"] == text


@pytest.mark.parametrize("width", [20, 60, 100])
def test_no_width_loses_words(db: Path, width: int) -> None:
    """Cells are folded or put below each other, never cut."""
    printed = cli("recall", "Where does Anna live?", db=db, env={"COLUMNS": str(width)}).stdout
    assert all(len(line) <= width for line in printed.splitlines())
    words = ["I", "moved", "to", "Bergen", "Anna,", "2026-05-11", "18:30", "keyword", "vector"]
    assert all(word in printed for word in words)
    assert "…" not in printed


def test_colours_are_for_terminals(db: Path) -> None:
    """The same table has colours where it is one and none in a pipe."""
    with Memory(db) as memory:
        outcomes = [(o, lambda _: None) for o in memory.add("I live in Lima.", user="anna").outcomes]
    table, told = tables.outcomes(outcomes, UTC), {}
    for terminal in (True, False):
        console = Console(file=StringIO(), force_terminal=terminal, width=100, _environ={"TERM": "xterm"})
        console.print(table)
        told[terminal] = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[" in told[True]
    assert "\x1b[" not in told[False]
    assert "\x1b[" not in cli("recall", "hiking", db=db).stdout


# A program of its own


def test_usage_errors_are_answers_too(db: Path) -> None:
    """What the parser refuses has exit code 2, one line or one object; without arguments there is help."""
    refused = program("recall", "--nope", "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["type"] == "UsageError"
    plain = program("remembr")
    assert (plain.returncode, plain.stdout) == (2, "")
    assert plain.stderr.startswith("error: No such command 'remembr'")
    assert "remember" in program().stdout


def test_any_encoding_will_do(db: Path, tmp_path: Path) -> None:
    """Where standard output knows only ASCII, JSON stays valid and tables are printed all the same."""
    with Memory(db) as memory:
        memory.add("我住在北京", user="anna", infer=False)
    arguments = ("list", "--db", db, "--user", "anna")
    found = json.loads(program(*arguments, "--json", PYTHONIOENCODING="ascii").stdout)
    assert found["records"][0]["text"] == "我住在北京"
    assert r"\u6211" in program(*arguments, PYTHONIOENCODING="ascii").stdout


def test_reading_commands_do_not_load_the_graph_engine(db: Path) -> None:
    """recall, list, show, stats and forget answer without langgraph.graph; remember needs it."""
    code = """
import sys
from recollect.cli.app import run
db, memory, file = sys.argv[1:]
common = ["--db", db, "--user", "anna"]
for command in (["recall", "hiking"], ["list"], ["show", memory], ["forget", memory]):
    assert run([*command, *common]) == 0, command
assert run(["stats", "--db", db]) == 0
assert "langgraph.graph" not in sys.modules
assert run(["remember", file, *common]) == 0
assert "langgraph.graph" in sys.modules
"""
    arguments = [str(db), id_of(db, "I love hiking"), bundled()]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["typer", "rich"])
def test_a_missing_extra_is_named(module: str) -> None:
    """One line that says how to get it."""
    code = f"import sys; sys.modules[{module!r}] = None; from recollect.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'pip install "recollect[cli]"' in done.stderr


# demo


def test_demo_shows_the_main_job() -> None:
    """The bundled conversation: all four operations with their words, three answers, an old value, no second change."""
    done = program("demo")
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines() if line.strip()} >= {"ADD", "UPDATE", "DELETE", "NONE"}
    for words in ("“", "superseded", "keyword 0.", "Nothing changed."):
        assert words in done.stdout
    assert done.stdout.count("== session") >= 3
    assert done.stdout.count("== recall") == 3
    assert "nothing remembered answers this" not in done.stdout
    count = len(read(bundled(), UTC))
    assert f"{count} messages, {count} already remembered: 0 ADD, 0 UPDATE, 0 DELETE, 0 NONE" in done.stdout


def test_demo_for_programs() -> None:
    """Every outcome that changed something quotes its message; the update's old value is in its versions."""
    found = ask("demo", user=None)
    outcomes = [outcome for session in found["sessions"] for outcome in session["outcomes"]]
    assert {outcome["operation"] for outcome in outcomes} == {"ADD", "UPDATE", "DELETE", "NONE"}
    assert all(source["line"] for outcome in outcomes for source in outcome["sources"])
    assert all(outcome["sources"] for outcome in outcomes if outcome["operation"] != "NONE")
    assert all(question["hits"] for question in found["questions"])
    assert [version["state"] for version in found["updated"]["versions"]][-2:] == ["superseded", "current"]
    assert found["changed"] is False


def test_demo_plays_any_file(tmp_path: Path, chat: Path) -> None:
    """Its own questions or those of the call, its own update, in a database that stays if one is given."""
    db = tmp_path / "demo.db"
    found = ask("demo", chat, "--question", "Where does Anna live?", db=db)
    assert [question["query"] for question in found["questions"]] == ["Where does Anna live?"]
    assert found["updated"]["versions"][0]["record"]["text"] == "I live in Oslo"
    assert len(ask("list", db=db)["records"]) == 2
    file = written(tmp_path / "asked.jsonl", [CHAT[0], {"question": "Who?"}])
    found = ask("demo", file)
    assert [question["query"] for question in found["questions"]] == ["Who?"]
    assert found["updated"] is None


def test_demo_leaves_the_users_own_memory_alone(db: Path) -> None:
    """The database and the user of the environment are not played with."""
    before = holds(db)
    found = ask("demo", user=None, env={"RECOLLECT_DB": str(db), "RECOLLECT_USER": "anna"})
    assert found["again"]["known"] == len(read(bundled(), UTC))
    assert holds(db) == before


class Forgetful(Store):
    """A store that knows no message again."""

    def do(self, request: StoreRequest) -> Any:
        if isinstance(request, Begin):
            request = replace(request, keys=(None,) * len(request.keys), message_ids=())
        return super().do(request)


@pytest.mark.parametrize(("kind", "changed"), [(Store, False), (Forgetful, True)])
def test_demo_notices_a_second_change(kind: Callable[..., Store], changed: bool, chat: Path) -> None:
    """It says so when remembering the same file again did anything."""
    store = kind(SqliteJournal(":memory:"), ScanIndex())
    stage = Stage(Memory(store), Scope(user="anna"), UTC, Answer(as_json=True))
    assert stage.play(read(str(chat), UTC), ["Where does Anna live?"]) is changed
    store.close()


# Benchmarks


def test_locomo_files_go_through_the_command_line(tmp_path: Path) -> None:
    """A file in LoCoMo's format becomes messages and questions, and its evidence is found."""
    turns = [
        {"speaker": "Ann", "dia_id": "D1:1", "text": "I adopted a dog named Rex.", "blip_caption": "a brown dog"},
        {"speaker": "Bob", "dia_id": "D1:2", "text": "I work as a baker in Lyon."},
    ]
    talk = {"speaker_a": "Ann", "speaker_b": "Bob", "session_1_date_time": "1:56 pm on 8 May, 2023", "session_1": turns}
    asked = [
        {"question": "Where does Bob work as a baker?", "answer": "Lyon", "evidence": ["D1:2"], "category": 4},
        {"question": "What is Ann's cat called?", "adversarial_answer": "Rex", "evidence": ["D1:1"], "category": 5},
    ]
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([{"sample_id": "conv-1", "conversation": talk, "qa": asked}]))
    scripts = Path(__file__).parent.parent / "benchmarks"
    for script, *arguments in (("locomo_convert.py", path, tmp_path / "out"), ("locomo_recall.py", path)):
        command = [sys.executable, str(scripts / script), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in (tmp_path / "out" / "conv-1.jsonl").read_text().splitlines()]
    assert messages[0] == {
        "role": "user",
        "name": "Ann",
        "content": "I adopted a dog named Rex. [photo: a brown dog]",
        "timestamp": "2023-05-08T13:56:00+00:00",
        "id": "D1:1",
    }
    assert messages[1]["timestamp"] == "2023-05-08T13:56:01+00:00"
    questions = (tmp_path / "out" / "conv-1.questions.jsonl").read_text().splitlines()
    assert [json.loads(line)["evidence"] for line in questions] == [["D1:2"], ["D1:1"]]
    assert "answered 1 of 1: 1.00" in done.stdout
