"""Bad input: each a clear error of a type of its own, and nothing written."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings

from recollect import ConflictError, Memory, NotFoundError
from recollect.errors import (
    EmbeddingMismatchError,
    FilterError,
    MessageError,
    ModelUnavailableError,
    RecollectError,
    ScopeError,
    StoreClosedError,
    UsageError,
    VectorError,
)
from tests.toy import Call, Toy, texts, unchanged

HUGE = "x" * 10_000_000


def bad(**fields: Any) -> dict[str, Any]:
    return {"role": "user", "content": "I like tea", **fields}


@pytest.mark.parametrize("infer", [True, False], ids=["inferred", "verbatim"])
@pytest.mark.parametrize(
    ("messages", "match"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ([], "at least one"),
        (["fine", ""], "message 1 is empty"),
        (["fine", bad(content=" ")], "message 1 is empty"),
        (7, "message 0 is a int"),
        (["fine", object()], "message 1 is a object"),
        ([bad(user_id="x")], "unknown key 'user_id'"),
        ([{"role": "user"}], "no 'content'"),
        ([bad(name=7)], "name=7"),
        ([bad(id=7)], "id=7"),
        ([bad(timestamp="soon")], "ISO-8601"),
        ([bad(timestamp=[2026])], "expected a datetime"),
        (["fine", "lone \udcff surrogate"], "message 1 is not valid Unicode"),
        (["fine", "x" * 1_000_001], "1,000,001 characters: at most 1,000,000"),
        ([bad(content=HUGE)], "10,000,000 characters: at most 1,000,000"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_messages(memory: Memory, call: Call, messages: Any, match: str, infer: bool) -> None:
    """One bad message refuses the whole delivery."""
    with unchanged(memory), pytest.raises(MessageError, match=match):
        call(memory, "add", messages, user="anna", infer=infer)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({}, ScopeError, "name at least one of user=, agent=, run="),
        ({"user": "anna", "observed_at": "soon"}, MessageError, "observed_at='soon'"),
        ({"user": "anna", "metadata": {"a": object()}}, UsageError, "metadata.a"),
        ({"user": "anna", "metadata": {"a": math.nan}}, UsageError, "metadata.a"),
        ({"user": "anna", "metadata": {7: "a"}}, UsageError, "key 7"),
        ({"user": "anna", "metadata": "a"}, UsageError, "expected a dict"),
        ({"user": "anna", "metadata": {"a": "\ud800"}}, UsageError, "metadata.a"),
        ({"user": "anna", "idempotency_key": 7}, UsageError, "idempotency_key"),
        ({"user": "anna", "idempotency_key": ""}, UsageError, "idempotency_key"),
        ({"user": "anna", "scope": "anna"}, ScopeError, "expected a Scope"),
        ({"user": "anna", "level": "run"}, ScopeError, "level='run'"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("infer", [True, False], ids=["inferred", "verbatim"])
def test_bad_arguments_of_add(memory: Memory, call: Call, given: Any, error: Any, match: str, infer: bool) -> None:
    """They are looked at before anything is claimed."""
    with unchanged(memory), pytest.raises(error, match=match):
        call(memory, "add", "I like tea", infer=infer, **given)


def test_add_many_takes_several(memory: Memory, call: Call) -> None:
    """One text is not several messages."""
    for one in ("I like tea", bad()):
        with unchanged(memory), pytest.raises(UsageError, match="expected several messages"):
            call(memory, "add_many", one, user="anna")


@pytest.fixture
def held(memory: Memory) -> str:
    """The id of Anna's one memory, at version 2."""
    [known] = memory.add("I like tea", user="anna", infer=False, metadata={"a": 1}).ids
    memory.update(known, "I like green tea", user="anna")
    return known


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"query": ""}, UsageError, "query"),
        ({"query": " \n"}, UsageError, "query"),
        ({"query": 7}, UsageError, "query"),
        ({"query": None}, UsageError, "query"),
        ({"query": "\ud800"}, UsageError, "not valid Unicode"),
        ({"query": HUGE}, UsageError, "10,000,000 characters: at most 1,000,000"),
        ({"limit": 0}, UsageError, "limit=0"),
        ({"limit": -1}, UsageError, "limit=-1"),
        ({"limit": 1.5}, UsageError, "limit=1.5"),
        ({"limit": True}, UsageError, "limit=True"),
        ({"limit": "10"}, UsageError, "limit='10'"),
        ({"limit": None}, UsageError, "limit=None"),
        ({"threshold": -0.1}, UsageError, "threshold=-0.1"),
        ({"threshold": 1.1}, UsageError, "threshold=1.1"),
        ({"threshold": math.nan}, UsageError, "threshold=nan"),
        ({"threshold": "0.5"}, UsageError, "threshold='0.5'"),
        ({"mode": "semantic"}, UsageError, "mode='semantic'"),
        ({"mode": None}, UsageError, "mode=None"),
        ({"actor_id": 7}, FilterError, "actor_id"),
        ({"actor_id": "\ud800"}, FilterError, "actor_id"),
        ({"filters": "a"}, FilterError, "expected a dict"),
        ({"filters": ["a"]}, FilterError, "expected a dict"),
        ({"filters": [], "actor_id": "ann"}, FilterError, "expected a dict"),
        ({"filters": {"a": {"near": 1}}}, FilterError, "near"),
        ({"filters": {"a": {"near": 1}}, "actor_id": "ann"}, FilterError, "near"),
        ({"filters": {"user_id": "bob"}}, FilterError, "user_id"),
        ({"filters": {"OR": [{"agent_id": "x"}]}}, FilterError, "agent_id"),
        ({"filters": {"run_id": "x"}}, FilterError, "run_id"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_searches(memory: Memory, held: str, call: Call, given: Any, error: Any, match: str) -> None:
    """Refused, never answered with something else; a listing refuses the same filters and limits."""
    with unchanged(memory):
        with pytest.raises(error, match=match):
            call(memory, "search", **{"query": "tea", "user": "anna", **given})
        if not given.keys() & {"query", "threshold", "mode"}:
            with pytest.raises(error, match=match):
                call(memory, "list", user="anna", **given)


@pytest.mark.parametrize("cursor", ["", "x", "-1", 7, b"7", "1.5"])
def test_bad_cursors(memory: Memory, held: str, call: Call, cursor: Any) -> None:
    """Only what an earlier page gave."""
    with pytest.raises(UsageError, match="cursor"):
        call(memory, "list", user="anna", cursor=cursor)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({}, UsageError, "give text= or metadata="),
        ({"text": ""}, UsageError, "text"),
        ({"text": "  "}, UsageError, "text"),
        ({"text": 7}, UsageError, "text: 7"),
        ({"text": "\udcff"}, UsageError, "not valid Unicode"),
        ({"text": HUGE}, UsageError, "10,000,000 characters: at most 1,000,000"),
        ({"metadata": {"a": {1, 2}}}, UsageError, "metadata.a"),
        ({"metadata": ["a"]}, UsageError, "expected a dict"),
        ({"text": "x", "expected_version": 1}, ConflictError, "version 2, not 1"),
        ({"text": "x", "expected_version": 3}, ConflictError, "version 2, not 3"),
        ({"text": "x", "expected_version": "2"}, UsageError, "expected_version='2'"),
        ({"text": "x", "scope": "anna"}, ScopeError, "expected a Scope"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_bad_updates(memory: Memory, held: str, call: Call, given: Any, error: Any, match: str) -> None:
    """The memory stays as it was."""
    with unchanged(memory), pytest.raises(error, match=match):
        call(memory, "update", held, **{"user": "anna", **given})
    assert texts(memory, user="anna") == ["I like green tea"]


@pytest.mark.parametrize("name", ["update", "delete"])
def test_a_conflict_carries_the_current_record(memory: Memory, held: str, call: Call, name: str) -> None:
    """What is there now, so that the caller can look again."""
    text = {"text": "x"} if name == "update" else {}
    with pytest.raises(ConflictError) as caught:
        call(memory, name, held, user="anna", expected_version=1, **text)
    current = caught.value.current
    assert (current.id, current.version, current.text) == (held, 2, "I like green tea")
    assert call(memory, name, held, user="anna", expected_version=current.version, **text).ids == (held,)


@pytest.mark.parametrize("memory_id", ["never", "", "x" * 5000, "a\0b", "' OR 1=1 --"])
def test_what_is_not_there_is_not_found(memory: Memory, held: str, call: Call, memory_id: str) -> None:
    """None for a reader, an error for a writer, an outcome in bulk."""
    with unchanged(memory):
        assert call(memory, "get", memory_id, user="anna") is None
        assert call(memory, "history", memory_id, user="anna").slices == ()
        with pytest.raises(NotFoundError):
            call(memory, "update", memory_id, "x", user="anna")
        with pytest.raises(NotFoundError):
            call(memory, "delete", memory_id, user="anna")
    [outcome] = call(memory, "delete_many", [memory_id], user="anna").outcomes
    assert (outcome.operation, outcome.status) == ("NONE", "rejected")
    assert texts(memory, user="anna") == ["I like green tea"]


@pytest.mark.parametrize("memory_id", [7, None, ["x"], b"x", "\ud800"])
def test_what_is_no_id_is_refused(memory: Memory, held: str, call: Call, memory_id: Any) -> None:
    """Everywhere."""
    with unchanged(memory):
        for name, given in (
            ("get", (memory_id,)),
            ("history", (memory_id,)),
            ("update", (memory_id, "x")),
            ("delete", (memory_id,)),
            ("delete_many", ([memory_id],)),
        ):
            with pytest.raises(UsageError):
                call(memory, name, *given, user="anna")
        with pytest.raises(UsageError, match="one text"):
            call(memory, "delete_many", held, user="anna")


@pytest.mark.parametrize("confirm", [False, None, 1, "yes"])
def test_reset_wants_to_be_confirmed(memory: Memory, held: str, call: Call, confirm: Any) -> None:
    """By True and nothing else."""
    with unchanged(memory), pytest.raises(UsageError, match="confirm=True"):
        call(memory, "reset", confirm=confirm)
    call(memory, "reset", confirm=True)
    assert texts(memory, user="anna") == []


def test_nothing_works_after_close(call: Call) -> None:
    """Every method says so; closing again is no error."""
    memory = Memory(":memory:", reasoner=Toy())
    call(memory, "close")
    call(memory, "close")
    for name, given in (
        ("add", ("I like tea",)),
        ("search", ("tea",)),
        ("get", ("x",)),
        ("list", ()),
        ("history", ("x",)),
        ("update", ("x", "y")),
        ("delete", ("x",)),
        ("delete_many", (["x"],)),
        ("delete_all", ()),
    ):
        with pytest.raises(StoreClosedError, match="closed"):
            call(memory, name, *given, user="anna")
    with pytest.raises(StoreClosedError):
        call(memory, "add", "I like tea", user="anna", infer=False)
    with pytest.raises(StoreClosedError):
        call(memory, "stats")
    with pytest.raises(StoreClosedError):
        call(memory, "reset", confirm=True)


# Embeddings


class Vectors(Embeddings):
    """Two numbers a text, or what a test makes of them."""

    def __init__(self, answer: Callable[[list[str]], Any] | None = None) -> None:
        self.answer = answer

    def embed_documents(self, texts: list[str]) -> Any:
        if self.answer is not None and texts != ["dimensions"]:
            return self.answer(texts)
        return [[1.0, float(len(text))] for text in texts]

    def embed_query(self, text: str) -> Any:
        return self.embed_documents([text])[0]


class Wider(Vectors):
    """Another model."""

    def embed_documents(self, texts: list[str]) -> Any:
        return [[1.0, 0.0, float(len(text))] for text in texts]


def raising(texts: list[str]) -> Any:
    raise ConnectionError("no route to host")


@pytest.mark.parametrize(
    ("answer", "error", "match"),
    [
        (lambda texts: [[math.nan, 1.0]] * len(texts), VectorError, "not finite"),
        (lambda texts: [[math.inf, 1.0]] * len(texts), VectorError, "not finite"),
        (lambda texts: [[1.0, 2.0, 3.0]] * len(texts), VectorError, "3 numbers: expected 2"),
        (lambda texts: [[1.0, 2.0]] * (len(texts) + 1), VectorError, "2 vectors for 1 texts"),
        (lambda texts: [], VectorError, "answered"),
        (lambda texts: [[1.0], [1.0, 2.0]], VectorError, "answered"),
        (lambda texts: [["a", "b"]] * len(texts), VectorError, "answered"),
        (lambda texts: None, VectorError, "answered"),
        (raising, ModelUnavailableError, "ConnectionError: no route to host"),
    ],
    ids=["nan", "inf", "size", "count", "none", "ragged", "text", "None", "raises"],
)
@pytest.mark.parametrize("infer", [True, False], ids=["inferred", "verbatim"])
def test_bad_vectors(call: Call, answer: Any, error: Any, match: str, infer: bool) -> None:
    """Nothing is written, and the message is free for the next attempt."""
    embeddings = Vectors(answer)
    with Memory(":memory:", reasoner=Toy(), embeddings=embeddings) as memory:
        message = bad(id="m1")
        with unchanged(memory), pytest.raises(error, match=match):
            call(memory, "add", message, user="anna", infer=infer)
        with pytest.raises(error, match=match):
            call(memory, "search", "tea", user="anna")
        embeddings.answer = None
        receipt = call(memory, "add", message, user="anna", infer=infer)
        assert (receipt.known, len(receipt.ids)) == (0, 1)
        embeddings.answer = answer
        with unchanged(memory), pytest.raises(error, match=match):
            call(memory, "update", receipt.ids[0], "I like coffee", user="anna")


def test_another_embedding_model_is_refused(path: str) -> None:
    """With the command that changes over; the store stays usable with its own."""
    with Memory(path, embeddings=Vectors()) as memory:
        memory.add("I like tea", user="anna", infer=False)
    for other in (Wider(), None):
        with pytest.raises(EmbeddingMismatchError, match="recollect reembed"):
            Memory(path, embeddings=other)
    with Memory(path, embeddings=Vectors()) as memory:
        assert texts(memory, user="anna") == ["I like tea"]


@pytest.mark.parametrize("tz", ["Mars/Olympus", "", "../etc/passwd", 7])
def test_an_unknown_zone_is_refused(tz: Any) -> None:
    """Before anything is opened."""
    with pytest.raises(UsageError, match="tz="):
        Memory(":memory:", tz=tz)


def test_a_place_where_nothing_can_be_stored(tmp_path: Path) -> None:
    """A folder, and a file in no folder."""
    for place in (tmp_path, tmp_path / "no" / "where.db"):
        with pytest.raises(RecollectError, match=str(place)):
            Memory(place)


def test_a_url_of_another_store_is_no_path() -> None:
    """It says what can be opened."""
    with pytest.raises(UsageError, match="postgresql://"):
        Memory("mysql://localhost/memories")


def test_both_faces_refuse_alike(memory: Memory) -> None:
    """The same words."""

    def refusal(attempt: Callable[[], Any]) -> str:
        with pytest.raises(UsageError) as caught:
            attempt()
        return f"{type(caught.value).__name__}: {caught.value}"

    for name, given in (
        ("add", {"messages": ""}),
        ("add", {"messages": ["x"], "metadata": {"a": object}}),
        ("search", {"query": "x", "limit": 0}),
        ("list", {"filters": {"a": {"no": 1}}}),
        ("update", {"memory": "x"}),
    ):
        one = refusal(lambda name=name, given=given: getattr(memory, name)(user="u", **given))
        other = refusal(lambda name=name, given=given: asyncio.run(getattr(memory, f"a{name}")(user="u", **given)))
        assert one == other
