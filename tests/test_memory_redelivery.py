"""The same messages again: in windows, by several processes, after edits and crashes. And many writers at once."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from recollect import Memory, Outcome, Receipt
from recollect.ports import Case, Commit, Flow, Plan, Search, Stats
from recollect.testing import ScriptedModel
from recollect.types import Fact, Turn
from tests.toy import At, Call, Toy, die, processes, said, store, texts, unchanged

CITIES = ["Oslo", "Paris", "Oslo"]


def cities(memory: Memory, user: str = "anna") -> list[str]:
    """Every home of a user's one memory of it, in the order of its versions."""
    [home] = memory.list(user=user, filters={"category": "home"})
    slices = memory.history(home.id, user=user).slices
    texts_by_version = {slice_.record.version: slice_.record.text for slice_ in slices}
    return [texts_by_version[version].removeprefix("I live in ") for version in sorted(texts_by_version)]


# Windows

TALK = [f"Note {number} is about subject{number}" for number in range(40)]


def window(start: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": TALK[n], "id": f"id{n}"} for n in range(start, min(start + 10, 40))]


def deliver(path: str, log: str, order: Sequence[int]) -> None:
    """In another process: every window of the conversation, in this order."""
    with Memory(path, reasoner=Toy(Path(log))) as memory:
        for start in order:
            memory.add(window(start), user="anna")


def test_overlapping_windows_from_three_processes(path: str, tmp_path: Path) -> None:
    """Every message is extracted once and stored once, whoever comes first."""
    Memory(path).close()
    log = tmp_path / "extracted"
    starts = list(range(0, 40, 5))
    orders = [starts, starts[::-1], starts[4:] + starts[:4]]
    assert processes(deliver, *[(path, str(log), order) for order in orders]) == [0, 0, 0]
    assert Counter(log.read_text().splitlines()) == Counter(TALK)
    with Memory(path, reasoner=Toy()) as memory:
        assert texts(memory, user="anna") == sorted(TALK)
        assert memory.stats()["pending"] == 0


def test_windows_in_one_process(memory: Memory, call: Call) -> None:
    """What is known is counted."""
    receipts = [call(memory, "add", window(start), user="anna") for start in range(0, 40, 5)]
    assert [receipt.known for receipt in receipts] == [0, 5, 5, 5, 5, 5, 5, 5]
    assert [len(receipt.ids) for receipt in receipts] == [10, 5, 5, 5, 5, 5, 5, 0]


def test_windows_kept_word_for_word(memory: Memory, call: Call) -> None:
    """Verbatim adds know their messages as well."""
    receipts = [call(memory, "add", window(start), user="anna", infer=False) for start in range(0, 40, 5)]
    assert [receipt.known for receipt in receipts] == [0, 5, 5, 5, 5, 5, 5, 5]
    assert texts(memory, user="anna") == sorted(TALK)
    whole = call(memory, "add", window(0), user="anna", infer=False)
    assert (whole.known, whole.ids, {outcome.status for outcome in whole.outcomes}) == (10, (), {"unchanged"})


def test_a_message_twice_in_one_delivery(memory: Memory, call: Call) -> None:
    """It is one message."""
    for infer in (True, False):
        receipt = call(memory, "add", said("I like tea") * 2, user=str(infer), infer=infer)
        assert (receipt.messages, receipt.known, len(receipt.ids)) == (2, 1, 1)


# Again and again


def test_nothing_is_done_twice(call: Call) -> None:
    """No model is asked about what is known."""
    facts = json.dumps({"facts": [{"message": 1, "quote": "I like tea", "text": "Likes tea", "intent": "remember"}]})
    model = ScriptedModel([facts])
    with Memory(":memory:", reasoner=model) as memory:
        first = call(memory, "add", said("I like tea"), user="anna")
        with unchanged(memory):
            again = call(memory, "add", said("I like tea"), user="anna")
        assert (first.model_calls, again) == (1, Receipt(change_set=None, messages=1, known=1))


def test_remember_forget_remember(memory: Memory, call: Call) -> None:
    """What was forgotten can be learned again, from a new message."""
    for number, line in enumerate(["I like tea", "Forget that I like tea", "I like tea"]):
        call(memory, "add", said(line, prefix=f"{number}."), user="anna")
        assert texts(memory, user="anna") == ([] if number == 1 else ["I like tea"])
    call(memory, "delete", memory.list(user="anna").records[0].id, user="anna")
    call(memory, "add", "I like tea", user="anna")
    assert texts(memory, user="anna") == ["I like tea"]


def test_there_and_back_in_one_call(memory: Memory, call: Call) -> None:
    """Oslo, Paris, Oslo are three versions of one memory."""
    call(memory, "add", [f"I live in {city}" for city in CITIES], user="anna")
    assert cities(memory) == CITIES


def test_there_and_back_in_three_calls(memory: Memory, call: Call) -> None:
    """With ids or without."""
    for number, city in enumerate(CITIES):
        call(memory, "add", f"I live in {city}", user="anna")
        call(memory, "add", said(f"I live in {city}", prefix=str(number)), user="bob")
    assert cities(memory) == cities(memory, "bob") == CITIES


def test_the_same_text_without_id_and_time(memory: Memory, call: Call) -> None:
    """May be said again: inferred, it is nothing new; word for word, it is two."""
    assert call(memory, "add", "I like tea", user="anna").outcomes[0].operation == "ADD"
    again = call(memory, "add", "I like tea", user="anna")
    assert (again.known, [(o.operation, o.status) for o in again.outcomes]) == (0, [("NONE", "unchanged")])
    for _ in range(2):
        assert len(call(memory, "add", "I like tea", user="bob", infer=False).ids) == 1
    assert texts(memory, user="bob") == ["I like tea"] * 2


def test_the_same_text_at_the_same_time(memory: Memory, call: Call) -> None:
    """Is the same message; at another time it is another."""
    for infer in (True, False):
        known = [
            call(memory, "add", "I like tea", user=str(infer), infer=infer, observed_at=at).known
            for at in ("2026-05-07T18:00", "2026-05-07T18:00", "2026-05-07T19:00")
        ]
        assert known == [0, 1, 0]


def test_an_idempotency_key_names_a_delivery(memory: Memory, call: Call) -> None:
    """Whose messages have nothing of their own that does."""
    for infer in (True, False):
        keys = ("k1", "k1", "k2")
        lines = ["I like tea", "I like tea"]
        known = [call(memory, "add", lines, user=str(infer), infer=infer, idempotency_key=key).known for key in keys]
        assert known == [0, 2, 0]


def test_inferred_and_word_for_word_are_two_deliveries(memory: Memory) -> None:
    """The one does not hide the message from the other."""
    assert memory.add(said("I like tea"), user="anna").known == 0
    assert memory.add(said("I like tea"), user="anna", infer=False).known == 0


# Edited messages

STILL = ("UPDATE", "I like tea", "I like tea")
"""Said as before, by the message as it is now."""


def edited(memory: Memory, call: Call, before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    """What the second form of a message changes."""
    call(memory, "add", said(before), user="anna")
    receipt = call(memory, "add", said(after), user="anna")
    assert receipt.known == 0
    return [(outcome.operation, outcome.text, outcome.previous) for outcome in receipt.outcomes]


def test_an_edit_is_a_correction(memory: Memory, call: Call) -> None:
    """It was never true: what held before does not show even for the past."""
    outcomes = edited(memory, call, "I live in Oslo. I like tea", "I live in Bergen. I like tea")
    assert outcomes == [("UPDATE", "I live in Bergen", "I live in Oslo"), STILL]
    assert texts(memory, user="anna") == ["I like tea", "I live in Bergen"]
    [home] = memory.list(user="anna", filters={"category": "home"})
    current = [slice_ for slice_ in memory.history(home.id, user="anna").slices if slice_.to_seq is None]
    assert [slice_.record.text for slice_ in current] == ["I live in Bergen"]
    first, second = (slice_.valid_from for slice_ in memory.history(home.id, user="anna").slices)
    assert first == second


def test_an_edit_that_drops_a_statement_forgets_it(memory: Memory, call: Call) -> None:
    """The others stay."""
    outcomes = edited(memory, call, "I live in Oslo. I like tea", "I like tea")
    assert outcomes == [STILL, ("DELETE", "I live in Oslo", "I live in Oslo")]
    assert texts(memory, user="anna") == ["I like tea"]


def test_an_edit_to_small_talk_forgets_all(memory: Memory, call: Call) -> None:
    """Though there is no fact in it."""
    outcomes = edited(memory, call, "I live in Oslo. I like tea", "How are you?")
    assert sorted(outcomes) == [("DELETE", text, text) for text in ("I like tea", "I live in Oslo")]
    assert texts(memory, user="anna") == []


def test_an_edit_that_says_more_adds(memory: Memory, call: Call) -> None:
    """And an edit of an edit is based on the latest form."""
    assert edited(memory, call, "I like tea", "I like tea. We own a dog") == [
        STILL,
        ("ADD", "We own a dog", None),
    ]
    [outcome] = call(memory, "add", said("We own a dog"), user="anna").outcomes[1:]
    assert (outcome.operation, outcome.text) == ("DELETE", "I like tea")
    assert texts(memory, user="anna") == ["We own a dog"]


def test_an_edit_leaves_what_others_said(memory: Memory, call: Call) -> None:
    """Facts of other messages, other users and other runs."""
    call(memory, "add", said("I own a cat", prefix="other"), user="anna")
    call(memory, "add", said("I like tea"), user="bob")
    edited(memory, call, "I like tea", "How are you?")
    assert (texts(memory, user="anna"), texts(memory, user="bob")) == (["I own a cat"], ["I like tea"])


def test_an_edit_leaves_what_another_message_repeated(memory: Memory, call: Call) -> None:
    """The memory stems from the first message, but the second says so too."""
    call(memory, "add", said("I like tea", prefix="first"), user="anna")
    call(memory, "add", said("I like tea", prefix="second"), user="anna")
    for form in ("I like tea. We own a dog", "How are you?"):
        call(memory, "add", said(form, prefix="first"), user="anna")
    assert texts(memory, user="anna") == ["I like tea"]


# Crashes


class DeadlyReading(Toy):
    """Dies before it extracts."""

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        die()
        return (yield from super().extract(turns, now))


class DeadlyRuling(Toy):
    """Dies before it decides."""

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[Any]:
        die()
        return (yield from super().decide(cases, now))


class DeadlyStore(At):
    """Dies when a commit is done, before anybody hears of it."""

    def do(self, request: Any) -> Any:
        answer = super().do(request)
        if isinstance(request, Commit):
            die()
        return answer


LINES = ["I live in Oslo. I like tea", "I live in Rome"]


def deliver_and_die(path: str, log: Path, point: str) -> None:
    """In another process: killed at this point of its work."""
    opened, reasoner = store(path, lease=0.3), Toy(log)
    given: Any = {
        "extract": (opened, DeadlyReading(log)),
        "search": (At(opened, Search, die), reasoner),
        "decide": (opened, DeadlyRuling(log)),
        "plan": (At(opened, Plan, die), reasoner),
        "commit": (At(opened, Commit, die), reasoner),
        "reply": (DeadlyStore(opened, Stats, die), reasoner),
    }
    dying, chosen = given[point]
    Memory(dying, reasoner=chosen).add(said(*LINES), user="anna")


@pytest.mark.parametrize(
    ("point", "extracted", "known"),
    [("extract", 1, 0), ("search", 2, 0), ("decide", 2, 0), ("plan", 2, 0), ("commit", 1, 2), ("reply", 1, 2)],
)
def test_a_killed_call_is_finished_by_the_next(
    path: str, tmp_path: Path, point: str, extracted: int, known: int
) -> None:
    """Wherever it died: everything is remembered, nothing twice, and what was planned is not extracted again."""
    log = tmp_path / "extracted"
    assert processes(deliver_and_die, (path, log, point)) == [-9]
    with Memory(path, reasoner=Toy(log)) as memory:
        receipt = memory.add(said(*LINES), user="anna")
        assert receipt.known == known
        assert Counter(log.read_text().splitlines()) == Counter(LINES * extracted)
        assert texts(memory, user="anna") == ["I like tea", "I live in Rome"]
        assert cities(memory) == ["Oslo", "Rome"]
        assert memory.stats()["pending"] == 0
        with unchanged(memory):
            assert memory.add(said(*LINES), user="anna").known == 2


def test_a_live_call_is_waited_for(path: str) -> None:
    """Two calls with the same message at once: one works, the other waits and knows it then."""
    log = Path(path).with_suffix(".log")
    with Memory(path, reasoner=Toy(log)) as memory, ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: memory.add(said("I like tea"), user="anna"), range(8)))
    assert sorted(receipt.known for receipt in receipts) == [0] + [1] * 7
    assert log.read_text().splitlines() == ["I like tea"]


# Many at once

FACTS = [f"Colour {number} is called shade{number}" for number in range(100)]


def add_all(path: str) -> None:
    """In another process: one delivery of all facts, without ids."""
    with Memory(path, reasoner=Toy()) as memory:
        memory.add(FACTS, user="anna")


def test_four_processes_with_the_same_facts(path: str) -> None:
    """A hundred facts are a hundred memories, whoever is first with which."""
    Memory(path).close()
    assert processes(add_all, *[(path,)] * 4) == [0] * 4
    with Memory(path) as memory:
        assert texts(memory, user="anna") == sorted(FACTS)


def test_fifty_at_once_on_one_loop(path: str) -> None:
    """Each its own fact, and each twice."""

    async def add_them() -> list[Receipt]:
        async with Memory(path, reasoner=Toy()) as memory:
            calls = [memory.aadd(FACTS[number // 2], user="anna") for number in range(50)]
            return await asyncio.gather(*calls)

    receipts = asyncio.run(add_them())
    assert Counter(outcome.operation for receipt in receipts for outcome in receipt.outcomes) == {"ADD": 25, "NONE": 25}
    with Memory(path) as memory:
        assert texts(memory, user="anna") == sorted(FACTS[:25])


def test_threads_share_one_memory(path: str) -> None:
    """Writing, reading and moving at once: nothing is lost, nothing is twice."""
    with Memory(path, reasoner=Toy()) as memory, ThreadPoolExecutor(8) as pool:
        memory.add("I live in city 0", user="anna")

        def work(number: int) -> Outcome:
            memory.add(FACTS[number % 20], user="anna")
            memory.add(FACTS[number], user="bob", infer=False)
            assert memory.search("Where do I live?", user="anna", threshold=0.0)
            [outcome] = memory.add(f"I live in city {number}", user="anna").outcomes
            return outcome

        moves = list(pool.map(work, range(1, 41)))
        assert texts(memory, user="bob") == sorted(FACTS[1:41])
        found = texts(memory, user="anna")
        assert [text for text in found if not text.startswith("I live")] == sorted(FACTS[:20])
        [home] = memory.list(user="anna", filters={"category": "home"})
        slices = memory.history(home.id, user="anna").slices
        versions = {slice_.record.version: slice_.record.text for slice_ in slices}
        assert sorted(versions) == list(range(1, home.version + 1))
        assert {outcome.status for outcome in moves} <= {"applied", "conflicted"}  # who met others three times says so
        applied = {outcome.version: outcome.text for outcome in moves if outcome.status == "applied"}
        assert versions == {1: "I live in city 0", **applied}
