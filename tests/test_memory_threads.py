"""Conversations that come in parts: every message has one place in its thread, whoever adds it and how often."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from recollect import Memory
from recollect.operations import BATCH
from tests.toy import Call

TOLD = ["I like tea", "I have a cat", "I live in Oslo", "I play chess", "I bake bread", "I sing", "I swim"]


def messages(*numbers: int) -> list[dict[str, str]]:
    """Messages with ids."""
    return [{"role": "user", "name": "Anna", "content": TOLD[n], "id": f"m{n}"} for n in numbers]


def places(memory: Memory, thread: str = "talk") -> dict[str, int | None]:
    """Where in a thread each message was said."""
    found = {
        (record.text, source.position)
        for record in memory.list(user="anna", limit=10_000)
        for source in record.sources
        if source.thread == thread
    }
    assert len(found) == len(dict(found))
    return dict(found)


def numbered(texts: Sequence[str]) -> dict[str, int]:
    return {text: position for position, text in enumerate(texts)}


@pytest.fixture
def told(where: str) -> Memory:
    """An empty memory, on each journal."""
    return Memory(where)


@pytest.mark.parametrize("infer", [False, True], ids=["verbatim", "facts"])
def test_a_thread_is_continued(told: Memory, call: Call, infer: bool) -> None:
    """By what is new: windows may overlap, and be delivered again."""
    with told as memory:
        for window in ((0, 1, 2), (1, 2, 3, 4), (5,), (0, 1, 2), (4, 5, 6), (1, 2, 3, 4)):
            call(memory, "add", messages(*window), user="anna", infer=infer, thread="talk")
        assert places(memory) == numbered(TOLD)


@pytest.mark.parametrize("first", [False, True], ids=["verbatim first", "facts first"])
def test_facts_and_messages_stand_at_the_same_places(told: Memory, call: Call, first: bool) -> None:
    """What is kept as it was said and what was found in it are of one conversation."""
    with told as memory:
        for infer in (first, not first):
            call(memory, "add", messages(0, 1, 2, 3), user="anna", infer=infer, thread="talk")
        kinds = [memory.list(user="anna", filters={"kind": kind}).records for kind in ("message", "fact")]
        for records in kinds:
            assert {record.text: record.sources[0].position for record in records} == numbered(TOLD[:4])


def test_many_are_one_conversation(told: Memory, call: Call) -> None:
    """Over several commits, and after them; a receipt says the place that is stored."""
    many = [f"message {number}" for number in range(BATCH + 20)]
    with told as memory:
        receipt = call(memory, "add_many", many, user="anna", thread="talk")
        assert [outcome.sources[0].position for outcome in receipt.outcomes] == list(range(len(many)))
        again = call(memory, "add_many", ["one more"], user="anna", thread="talk")
        assert [outcome.sources[0].position for outcome in again.outcomes] == [len(many)]
        assert places(memory) == numbered([*many, "one more"])


def test_whoever_adds_at_the_same_time_shares_no_place(told: Memory) -> None:
    """Each delivery stays together, in its order."""
    with told as memory, ThreadPoolExecutor(8) as pool:
        parts = [[f"{part} {n}" for n in range(3)] for part in range(24)]
        list(pool.map(lambda part: memory.add(part, user="anna", infer=False, thread="talk"), parts))
        found = places(memory)
    assert sorted(found.values(), key=str) == sorted(range(72), key=str)
    for part in parts:
        first = found[part[0]]
        assert first is not None and [found[text] for text in part] == [first, first + 1, first + 2]


def test_an_edited_message_keeps_its_place(told: Memory, call: Call) -> None:
    """Also where it comes with the whole conversation, and something new behind it."""
    with told as memory:
        call(memory, "add", messages(0, 1, 2, 3), user="anna", thread="talk")
        edited = {**messages(2)[0], "content": "I live in Rome"}
        call(memory, "add", [*messages(0, 1), edited, *messages(3, 4)], user="anna", thread="talk")
        (home,) = (record for record in memory.list(user="anna") if "Rome" in record.text)
        assert [source.position for source in home.sources] == [2]
        assert places(memory)[TOLD[4]] == 4


def test_threads_are_numbered_apart(told: Memory, call: Call) -> None:
    """Those of another name, and those of another user."""
    with told as memory:
        call(memory, "add", messages(0, 1), user="anna", infer=False, thread="talk")
        call(memory, "add", messages(2, 3), user="ben", infer=False, thread="talk")
        call(memory, "add", messages(2, 3), user="anna", infer=False, thread="walk")
        call(memory, "add", messages(4), user="anna", infer=False, thread="talk")
        assert places(memory) == {TOLD[0]: 0, TOLD[1]: 1, TOLD[4]: 2}
        assert places(memory, "walk") == {TOLD[2]: 0, TOLD[3]: 1}


def test_an_answer_is_found_beside_its_question_in_the_next_delivery(call: Call) -> None:
    """What the places are for."""
    with Memory(":memory:") as memory:
        for text in ("Which instrument does your sister play?", "The violin, since she was six"):
            call(memory, "add", text, user="anna", infer=False, thread="talk")
        hits = memory.search("Which instrument does the sister play?", user="anna", threshold=0.0)
        (answer,) = (hit for hit in hits if "violin" in hit.record.text)
        assert float(answer.why["neighbours"]) > 0
