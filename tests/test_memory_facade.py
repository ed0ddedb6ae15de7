"""Memory's methods on both faces: what they answer, and what they cost."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings
from langchain_core.messages import AIMessage, HumanMessage

from recollect import Memory, NotFoundError, Receipt, Record, Scope
from recollect.errors import ModelReplyError, ScopeError, UsageError
from recollect.operations import BATCH
from recollect.ports import Commit, StoreRequest
from recollect.testing import ScriptedModel
from recollect.types import Hit
from tests.toy import Call, Toy, async_call, said, store, sync_call, texts

AT = datetime(2026, 5, 7, 18, tzinfo=UTC)
TEA = {"message": 1, "quote": "I like tea", "text": "Likes tea", "intent": "remember"}


class Counted(Embeddings):
    """Two numbers a text; `calls` are the numbers of texts of each call."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.calls.append(len(texts))
        return [[1.0, len(text) / 100] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class Watched:
    """A store that keeps the requests that it was given."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.requests: list[StoreRequest] = []

    def do(self, request: StoreRequest) -> Any:
        self.requests.append(request)
        return self.inner.do(request)

    async def ado(self, request: StoreRequest) -> Any:
        self.requests.append(request)
        return await self.inner.ado(request)

    def close(self) -> None:
        self.inner.close()

    def commits(self) -> int:
        """How many commits there were since the last time."""
        count = sum(isinstance(request, Commit) for request in self.requests)
        self.requests.clear()
        return count


# Both faces


def story(call: Call) -> list[Any]:
    """Every method once, with what it answers but for ids and times."""
    with Memory(":memory:", reasoner=Toy()) as memory:
        who = {"user": "anna", "run": "r"}
        lines = said("I live in Oslo. I like tea", "Today I rest")
        added = call(memory, "add", lines, **who, metadata={"a": 1}, observed_at=AT)
        moved = call(
            memory, "add", ["I live in Rome", "Forget that I like tea"], **who, observed_at=AT + timedelta(days=1)
        )
        known = call(memory, "add", lines, **who)
        kept = call(memory, "add", said("word for word", prefix="v"), user="anna", infer=False)
        many = call(memory, "add_many", [f"line {n}" for n in range(5)], user="anna", metadata={"b": 2})
        hits = call(memory, "search", "Where do I live?", user="anna", threshold=0.0, filters={"kind": "fact"})
        page = call(memory, "list", **who, limit=3)
        rest = call(memory, "list", **who, limit=100, cursor=page.cursor)
        got = call(memory, "get", added.outcomes[0].memory, **who)
        updated = call(memory, "update", added.outcomes[0].memory, "I live in Bergen", **who, metadata={"c": 3})
        history = call(memory, "history", added.outcomes[0].memory, **who)
        deleted = call(memory, "delete", kept.ids[0], user="anna")
        several = call(memory, "delete_many", [*many.ids[:2], "never"], user="anna")
        everything = call(memory, "delete_all", user="anna")
        stats = call(memory, "stats")
        call(memory, "reset", confirm=True)
        empty = call(memory, "stats")
        call(memory, "close")
        receipts = [added, moved, known, kept, many, updated, deleted, several, everything]
        return [
            [receipt_story(receipt) for receipt in receipts],
            [(hit.record.text, round(hit.score, 6), hit.why) for hit in hits],
            [[record.text for record in found] for found in (page, rest)],
            (got.text, got.version, got.metadata, got.scope, got.provenance, got.observed_at, got.valid_from),
            [(slice_.record.text, slice_.record.version, slice_.to_seq) for slice_ in history.slices],
            [(event.operation, event.status, event.version, event.decider) for event in history.events],
            {name: count for name, count in stats.items() if name != "bytes"},
            {name: count for name, count in empty.items() if name != "bytes"},
        ]


def test_a_search_can_be_explained(memory: Memory, call: Call) -> None:
    """What was proposed of which partition, and what the journal rechecked."""
    call(memory, "add", "likes tea", user="ann", infer=False, metadata={"n": 1})
    explained = call(memory, "explain", "tea", user="ann", filters={"n": {"gte": 1}})
    assert "n gte" in explained.rechecked
    assert [(asked.proposed, asked.kept) for asked in explained.asked] == [(1, 1)]
    assert explained.alone is None


def test_an_erased_user_is_gone_and_stays_gone(memory: Memory, call: Call) -> None:
    """Nothing of theirs is told; the same message delivered again is not remembered again; others keep theirs."""
    message = {"role": "user", "content": "likes tea", "id": "1"}
    for user in ("ann", "bob"):
        call(memory, "add", [message], user=user)
    erased = call(memory, "erase", user="ann")
    assert (erased.memories, erased.versions) == (1, 1)
    again = call(memory, "add", [message], user="ann")
    assert (again.known, again.outcomes) == (1, ())
    assert not call(memory, "search", "tea", user="ann", threshold=0.0)
    assert len(call(memory, "search", "tea", user="bob")) == 1
    with pytest.raises(ScopeError):
        call(memory, "erase", user=None)


def receipt_story(receipt: Receipt) -> Any:
    outcomes = [(o.status, o.operation, o.text, o.previous, o.version, o.decider) for o in receipt.outcomes]
    return outcomes, receipt.messages, receipt.known, receipt.model_calls


def test_both_faces_tell_the_same_story() -> None:
    """Every method gives equal results."""
    one, other = story(sync_call), story(async_call)
    assert one == other
    receipts, hits, pages, got, slices, events, stats, empty = one
    assert [outcome[1] for outcome in receipts[1][0]] == ["UPDATE", "DELETE"]
    assert receipts[2] == ([], 2, 2, 0)
    assert hits[0][0] == "I live in Rome"
    assert [len(page) for page in pages] == [3, 5]
    assert got[:3] == ("I live in Rome", 2, {"a": 1})
    assert [text for text, _, to_seq in slices if to_seq is None][-1] == "I live in Bergen"
    assert [operation for operation, *_ in events] == ["ADD", "UPDATE", "UPDATE"]
    assert (stats["memories"], empty["memories"], empty["events"]) == (0, 0, 0)


def test_with_closes(path: str) -> None:
    """Also asynchronously; a store that was handed in stays open."""

    async def open_and_close() -> Memory:
        async with Memory(path) as memory:
            await memory.aadd("I like tea", user="anna", infer=False)
        return memory

    with Memory(path) as memory:
        pass
    for closed in (memory, asyncio.run(open_and_close())):
        with pytest.raises(Exception, match="closed"):
            closed.stats()
    own = store(path)
    with Memory(own) as memory:
        pass
    assert texts(memory, user="anna") == ["I like tea"]
    own.close()


def test_what_is_written_is_there_after_reopening(path: str, call: Call) -> None:
    """In the file, for the next Memory."""
    with Memory(path, reasoner=Toy()) as memory:
        call(memory, "add", "I live in Oslo", user="anna", metadata={"when": AT, "list": [1, "a", None, {"b": True}]})
    with Memory(Path(path)) as memory:
        [record] = memory.list(user="anna")
        assert (record.text, record.metadata) == ("I live in Oslo", {"when": AT, "list": [1, "a", None, {"b": True}]})
        assert memory.search("Where do I live?", user="anna", threshold=0.0)


# Pages


def test_pages_lead_to_every_record_once(memory: Memory, call: Call) -> None:
    """250 records, newest first, whatever is written meanwhile."""
    memory.add_many([f"note {n}" for n in range(250)], user="anna")
    pages = [call(memory, "list", user="anna")]
    while pages[-1].cursor is not None:
        memory.add("meanwhile", user="anna", infer=False)
        pages.append(call(memory, "list", user="anna", cursor=pages[-1].cursor))
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [record.text for page in pages for record in page] == [f"note {n}" for n in reversed(range(250))]


@pytest.mark.parametrize(("count", "limit", "pages"), [(0, 10, 1), (1, 10, 1), (10, 10, 1), (11, 10, 2), (5, 1, 5)])
def test_the_last_page_has_no_cursor(memory: Memory, count: int, limit: int, pages: int) -> None:
    """Also where it is full; an empty listing is a page as well."""
    memory.add_many([f"note {n}" for n in range(count)], user="anna")
    sizes, cursor = [], None
    while True:
        page = memory.list(user="anna", limit=limit, cursor=cursor)
        sizes.append(len(list(page)))
        cursor = page.cursor
        if cursor is None:
            break
    assert (sum(sizes), len(sizes)) == (count, pages)


def test_pages_follow_a_filter(memory: Memory) -> None:
    """A page is full of what passes."""
    for number in range(30):
        memory.add(f"note {number}", user="anna", infer=False, metadata={"odd": number % 2 == 1})
    page = memory.list(user="anna", filters={"odd": True}, limit=10)
    assert [record.text for record in page] == [f"note {n}" for n in range(29, 9, -2)]
    rest = memory.list(user="anna", filters={"odd": True}, limit=10, cursor=page.cursor)
    assert ([record.text for record in rest], rest.cursor) == ([f"note {n}" for n in range(9, 0, -2)], None)


# History


def test_history_shows_updates_and_deletions(memory: Memory, call: Call) -> None:
    """Texts, intervals and events, also of what is forgotten."""
    [known] = call(memory, "add", "I like tea", user="anna", infer=False, metadata={"a": 1}).ids
    updated = call(memory, "update", known, "I like coffee", user="anna").outcomes[0]
    deleted = call(memory, "delete", known, user="anna").outcomes[0]
    assert (updated.operation, updated.version, updated.previous) == ("UPDATE", 2, "I like tea")
    assert (deleted.operation, deleted.version, deleted.previous) == ("DELETE", 2, "I like coffee")
    assert call(memory, "get", known, user="anna") is None
    history = call(memory, "history", known, user="anna")
    assert [(event.operation, event.version) for event in history.events] == [("ADD", 1), ("UPDATE", 2), ("DELETE", 2)]
    assert {slice_.record.text for slice_ in history.slices} == {"I like tea", "I like coffee"}
    assert all(slice_.to_seq is not None for slice_ in history.slices)
    first, last = history.slices[0], history.slices[-1]
    assert first.record.version == 1 and last.record.version == 2 and first.from_seq < last.from_seq
    assert [event.at for event in history.events] == sorted(event.at for event in history.events)


# Receipts


def test_a_receipt_counts_model_calls_and_tokens(call: Call) -> None:
    """One call to extract, one to decide, and one more for a repair."""
    update = {"fact": 1, "operation": "UPDATE", "target": 1, "reason": "changed"}
    coffee = {**TEA, "quote": "tea with milk", "text": "Likes tea with milk"}
    replies = [
        json.dumps({"facts": [TEA]}),
        "what?",
        json.dumps({"facts": [coffee]}),
        json.dumps({"decisions": [update]}),
    ]
    usage = {"input_tokens": 10, "output_tokens": 3, "total_tokens": 13}
    model = ScriptedModel([AIMessage(reply, usage_metadata=usage) for reply in replies])
    with Memory(":memory:", reasoner=model) as memory:
        first = call(memory, "add", said("I like tea"), user="anna")
        assert (first.model_calls, first.input_tokens, first.output_tokens) == (1, 10, 3)
        second = call(memory, "add", said("I like tea with milk", prefix="x"), user="anna")
        assert (second.model_calls, second.input_tokens, second.output_tokens) == (3, 30, 9)
        [outcome] = second.outcomes
        assert (outcome.operation, outcome.decider, outcome.text) == ("UPDATE", "llm:scripted", "Likes tea with milk")
        [event] = [e for e in memory.history(outcome.memory or "", user="anna").events if e.operation == "UPDATE"]
        assert event.model == "llm:scripted" and event.prompt
        assert len(model.requests) == 4


def test_a_model_that_talks_nonsense_is_an_error(call: Call) -> None:
    """Not an empty receipt; nothing is written, and the messages can be delivered again."""
    replies = ["nonsense", "more nonsense", json.dumps({"facts": [TEA]})]
    with Memory(":memory:", reasoner=ScriptedModel(replies)) as memory:
        with pytest.raises(ModelReplyError):
            call(memory, "add", said("I like tea"), user="anna")
        assert texts(memory, user="anna") == []
        assert call(memory, "add", said("I like tea"), user="anna").known == 0
        assert texts(memory, user="anna") == ["Likes tea"]


def test_nothing_to_remember_is_a_receipt_without_outcomes(memory: Memory, call: Call) -> None:
    """It differs from a failure, and is not asked again."""
    receipt = call(memory, "add", said("How are you?"), user="anna")
    assert (receipt.outcomes, receipt.messages, receipt.known, receipt.ids) == ((), 1, 0, ())
    assert receipt.change_set is not None
    assert call(memory, "add", said("How are you?"), user="anna").known == 1


def test_ids_are_of_what_was_changed(memory: Memory, call: Call) -> None:
    """Not of what was known."""
    first = call(memory, "add", ["I like tea", "I like tea"], user="anna")
    assert [outcome.operation for outcome in first.outcomes] == ["ADD", "NONE"]
    assert first.ids == (memory.list(user="anna").records[0].id,)


def test_rules_are_the_default() -> None:
    """Without a model and a key: found, replaced, forgotten, and each outcome says by which rule."""
    with Memory(":memory:") as memory:
        memory.add(said("I live in Oslo. I like tea."), user="anna")
        moved = memory.add(said("I moved to Paris.", prefix="n"), user="anna").outcomes
        assert ("UPDATE", "applied") in [(outcome.operation, outcome.status) for outcome in moved]
        forgotten = memory.add("Please forget that I like tea.", user="anna").outcomes
        assert [(outcome.operation, outcome.decider) for outcome in forgotten] == [("DELETE", "rules")]
        [hit] = memory.search("Where does the user live?", user="anna", threshold=0.0)
        assert "Paris" in hit.record.text


# Metadata


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({}, {"a": 1, "b": {"c": 2}}),
        ({"d": 4}, {"a": 1, "b": {"c": 2}, "d": 4}),
        ({"a": 9}, {"a": 9, "b": {"c": 2}}),
        ({"a": None}, {"a": None, "b": {"c": 2}}),
        ({"b": {"e": 5}}, {"a": 1, "b": {"e": 5}}),
    ],
)
def test_given_metadata_replaces_its_keys(memory: Memory, call: Call, patch: Any, expected: Any) -> None:
    """The other keys stay; the text stays where none is given, and its source with it."""
    [known] = call(memory, "add", "I like tea", user="anna", metadata={"a": 1, "b": {"c": 2}}).ids
    before = memory.get(known, user="anna")
    call(memory, "update", known, user="anna", metadata=patch)
    after = memory.get(known, user="anna")
    assert before is not None and after is not None
    assert (after.metadata, after.text, after.version) == (expected, "I like tea", 2)
    assert after.sources == before.sources != ()
    call(memory, "update", known, "I like coffee", user="anna")
    changed = memory.get(known, user="anna")
    assert changed is not None and (changed.metadata, changed.text, changed.sources) == (expected, "I like coffee", ())


def test_metadata_of_a_delivery_joins_what_it_updates(memory: Memory) -> None:
    """Its keys replace those of the memory, the others stay."""
    memory.add("I live in Oslo", user="anna", metadata={"a": 1, "b": 1})
    memory.add("I live in Rome", user="anna", metadata={"b": 2, "c": 2})
    assert memory.list(user="anna").records[0].metadata == {"a": 1, "b": 2, "c": 2}


# Times


def only(memory: Memory) -> Record:
    [record] = memory.list(user="anna")
    return record


@pytest.mark.parametrize("infer", [True, False], ids=["inferred", "verbatim"])
def test_when_it_was_said(call: Call, infer: bool) -> None:
    """The message's own time, else `observed_at`, else now; naive times are in the memory's zone."""
    naive, aware = "2026-05-07T20:00:00", "2026-05-07T18:00:00Z"
    messages: list[Any] = [
        {"role": "user", "content": "I like tea", "timestamp": naive},
        {"role": "user", "content": "I like tea", "timestamp": AT},
        {"role": "user", "content": "I like tea", "timestamp": AT.timestamp()},
        HumanMessage("I like tea", additional_kwargs={"timestamp": naive}),
        HumanMessage("I like tea", additional_kwargs={"timestamp": aware}),
    ]
    for message in messages:
        with Memory(":memory:", reasoner=Toy(), tz="Europe/Oslo") as memory:
            call(memory, "add", message, user="anna", infer=infer, observed_at="2020-01-01")
            assert (only(memory).observed_at, only(memory).valid_from) == (AT, AT)
    for observed_at in (naive, aware, AT, datetime(2026, 5, 7, 20)):
        with Memory(":memory:", reasoner=Toy(), tz="Europe/Oslo") as memory:
            call(memory, "add", "I like tea", user="anna", infer=infer, observed_at=observed_at)
            assert only(memory).observed_at == AT
    with Memory(":memory:", reasoner=Toy()) as memory:
        before = datetime.now(UTC)
        call(memory, "add", "I like tea", user="anna", infer=infer)
        found = only(memory).observed_at
        assert found is not None and before - timedelta(seconds=1) <= found <= datetime.now(UTC)


@pytest.mark.parametrize("infer", [True, False], ids=["inferred", "verbatim"])
def test_what_is_said_in_the_future_is_seen_now(memory: Memory, call: Call, infer: bool) -> None:
    """A clock that is wrong hides nothing."""
    later = datetime.now(UTC) + timedelta(days=400)
    call(memory, "add", "I like tea", user="anna", infer=infer, observed_at=later)
    assert only(memory).observed_at == later.replace(microsecond=later.microsecond)


def test_temporary_facts_end_after_a_day(memory: Memory, call: Call) -> None:
    """From when they were said; a run keeps its own."""
    for hours, count in ((23, 1), (25, 0)):
        said_at = datetime.now(UTC) - timedelta(hours=hours)
        call(memory, "add", "Today I rest", user=f"{hours}", observed_at=said_at)
        assert len(texts(memory, user=f"{hours}")) == count
        assert len(memory.search("rest today", user=f"{hours}", threshold=0.0)) == count
    call(memory, "add", "Today I rest", user="anna", run="r", observed_at=datetime.now(UTC) - timedelta(days=9))
    assert texts(memory, user="anna", run="r") == ["Today I rest"]


# In bulk


def test_bulk_is_one_commit_and_one_embedding_call_a_batch(path: str, call: Call) -> None:
    """For adding; for deleting one commit and no embedding."""
    embeddings, watched = Counted(), Watched(store(path))
    memory = Memory(watched, embeddings=embeddings)
    embeddings.calls.clear()
    watched.commits()
    receipt = call(memory, "add_many", (f"note {n}" for n in range(2 * BATCH + 1)), user="anna", metadata={"a": 1})
    assert (embeddings.calls, watched.commits()) == ([BATCH, BATCH, 1], 3)
    assert (len(receipt.ids), receipt.messages, receipt.known) == (2 * BATCH + 1, 2 * BATCH + 1, 0)
    embeddings.calls.clear()
    receipt = call(memory, "delete_many", receipt.ids[:600], user="anna")
    assert (embeddings.calls, watched.commits(), len(receipt.ids)) == ([], 1, 600)
    receipt = call(memory, "delete_all", user="anna")
    assert (embeddings.calls, watched.commits(), len(receipt.ids)) == ([], 1, 2 * BATCH + 1 - 600)
    assert texts(memory, user="anna") == []
    watched.close()


def test_bulk_of_nothing(memory: Memory, call: Call) -> None:
    """Is nothing, and no error."""
    assert call(memory, "add_many", [], user="anna") == Receipt(change_set=None)
    assert call(memory, "delete_many", [], user="anna").outcomes == ()
    assert call(memory, "delete_all", user="anna").outcomes == ()


def test_bulk_knows_its_messages(memory: Memory, call: Call) -> None:
    """Those with ids are kept once; an id twice in a deletion is one deletion."""
    lines = said(*[f"note {n}" for n in range(20)])
    assert call(memory, "add_many", lines[:15], user="anna").known == 0
    receipt = call(memory, "add_many", lines, user="anna")
    assert (receipt.messages, receipt.known, len(receipt.ids)) == (20, 15, 5)
    [first, *_] = receipt.ids
    receipt = call(memory, "delete_many", [first, first, "never"], user="anna")
    assert [(outcome.operation, outcome.status) for outcome in receipt.outcomes] == [
        ("DELETE", "applied"),
        ("NONE", "rejected"),
    ]
    assert len(texts(memory, user="anna")) == 19


def test_inference_embeds_once_for_all_facts(path: str, call: Call) -> None:
    """One delivery, one embedding call and one commit, however many facts it has."""
    embeddings, watched = Counted(), Watched(store(path))
    memory = Memory(watched, embeddings=embeddings, reasoner=Toy())
    embeddings.calls.clear()
    watched.commits()
    call(memory, "add", [f"Colour {n} is called shade{n}" for n in range(30)], user="anna")
    assert (embeddings.calls, watched.commits()) == ([30], 1)
    watched.close()


# Word for word


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_verbatim_keeps_every_character(text: str) -> None:
    """Spaces, line ends, NUL, combining marks and all; by both ways back."""
    with Memory(":memory:") as memory:
        [known] = memory.add(text, user="anna", infer=False).ids
        record = memory.get(known, user="anna")
        assert record is not None and record.text == text
        assert only(memory).text == text


def test_verbatim_keeps_who_said_it_and_asks_nobody(call: Call) -> None:
    """Role, name, place; no model, also for system messages; trust by role."""
    model = ScriptedModel([])
    with Memory(":memory:", reasoner=model) as memory:
        lines = [
            {"role": "system", "content": "Be kind", "id": "1"},
            {"role": "user", "content": "I like tea", "name": "ann", "id": "2"},
            {"role": "assistant", "content": "Noted", "id": "3"},
            {"role": "tool", "content": "It rains", "id": "4"},
        ]
        receipt = call(memory, "add", lines, user="anna", infer=False)
        found = [memory.get(known, user="anna") for known in receipt.ids]
        assert [(r.kind, r.actor, r.role, r.trust, r.sources[0].position) for r in found if r] == [
            ("message", "system", "system", "system", 0),
            ("message", "ann", "user", "user", 1),
            ("message", "assistant", "assistant", "agent", 2),
            ("message", "tool", "tool", "tool", 3),
        ]
        assert model.requests == ()


def test_inference_does_not_touch_what_was_kept_word_for_word(memory: Memory) -> None:
    """A message is no fact: it is neither a repetition nor updated."""
    memory.add("I live in Oslo", user="anna", infer=False)
    [first] = memory.add("I live in Oslo", user="anna").outcomes
    [second] = memory.add("I live in Rome", user="anna").outcomes
    assert (first.operation, second.operation, second.memory) == ("ADD", "UPDATE", first.memory)
    assert texts(memory, user="anna") == ["I live in Oslo", "I live in Rome"]


# Searching


def test_search_has_modes_limits_and_reasons(memory: Memory, call: Call) -> None:
    """Best first, at most as many as asked; each hit says why; modes agree on what is found."""
    memory.add_many(["I like green tea", "I like tea", "The train is late", "Tea grows on bushes"], user="anna")
    for mode in ("hybrid", "vector", "keyword"):
        hits: tuple[Hit, ...] = call(memory, "search", "I like tea", user="anna", mode=mode, threshold=0.0)
        assert hits[0].record.text == "I like tea"
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert all(0 < hit.score <= 1 and set(hit.why) == {"keyword", "vector"} for hit in hits)
        assert call(memory, "search", "I like tea", user="anna", mode=mode, limit=2, threshold=0.0) == hits[:2]
    strict = call(memory, "search", "I like tea", user="anna", threshold=0.9)
    assert [hit.record.text for hit in strict] == ["I like tea"]
    assert call(memory, "search", "quantum chromodynamics", user="anna") == ()


def test_search_takes_filters(memory: Memory, call: Call) -> None:
    """As a listing does."""
    for number in range(6):
        memory.add(f"I like tea {number}", user="anna", infer=False, metadata={"n": number})
    filters = {"n": {"gte": 2, "lt": 5}, "NOT": [{"n": 3}]}
    hits = call(memory, "search", "tea", user="anna", filters=filters, threshold=0.0)
    assert sorted(hit.record.metadata["n"] for hit in hits) == [2, 4]
    assert [record.metadata["n"] for record in call(memory, "list", user="anna", filters=filters)] == [4, 2]


# Scope


def test_a_scope_or_names_but_not_both(memory: Memory, call: Call) -> None:
    """They mean the same; together they are an error everywhere."""
    call(memory, "add", "I like tea", scope=Scope("anna", None, "r"), infer=False)
    assert texts(memory, user="anna", run="r") == texts(memory, scope=Scope("anna")) == ["I like tea"]
    for name, given_ in (
        ("add", ("x",)),
        ("add_many", (["x"],)),
        ("search", ("x",)),
        ("get", ("x",)),
        ("list", ()),
        ("history", ("x",)),
        ("update", ("x", "y")),
        ("delete", ("x",)),
        ("delete_many", (["x"],)),
        ("delete_all", ()),
    ):
        with pytest.raises(ScopeError, match="not both"):
            call(memory, name, *given_, scope=Scope("anna"), user="anna")
        with pytest.raises(ScopeError, match="at least one"):
            call(memory, name, *given_)


def test_delete_and_update_of_what_is_gone(memory: Memory, call: Call) -> None:
    """A memory is forgotten once."""
    [known] = call(memory, "add", "I like tea", user="anna").ids
    call(memory, "delete", known, user="anna")
    for name, given_ in (("delete", ()), ("update", ("x",))):
        with pytest.raises(NotFoundError):
            call(memory, name, known, *given_, user="anna")


@pytest.mark.parametrize("infer", [True, False])
def test_a_thread_is_told_by_the_sources(call: Call, infer: bool) -> None:
    """Every memory says which thread its message belongs to, and at which place; a blank name is refused."""
    told = ["I live in Oslo", "I love hiking"]
    with Memory(":memory:") as memory:
        call(memory, "add", told, user="anna", infer=infer, thread="chat 7")
        sources = {record.text: record.sources[0] for record in memory.list(user="anna")}
        with pytest.raises(UsageError, match="thread"):
            call(memory, "add", told, user="anna", infer=infer, thread=" ")
    assert [(sources[text].thread, sources[text].position) for text in told] == [("chat 7", 0), ("chat 7", 1)]
