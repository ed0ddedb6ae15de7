"""Procedures learned by several at once: one task, one procedure."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest

from recollect import Memory
from recollect.errors import StoreError
from recollect.ports import Commit
from recollect.stores.opening import open_store
from recollect.types import Record
from tests.task_runs import TASKS
from tests.test_procedures import run

SPAWN = multiprocessing.get_context("spawn")
SAID = {"role": "user", "name": "Anna", "content": "I live in Oslo.", "id": "said"}


def learn(path: str, item: str, place: str, start: Any) -> None:
    """One process: all begin at the same moment."""
    with Memory(path) as memory:
        memory.add("I like tea", user="tom")  # what is loaded late is loaded
        start.wait()
        memory.add(run(item, place), user="anna", agent="butler")


def procedures(memory: Memory) -> list[Record]:
    return [record for record in memory.list(user="anna", agent="butler") if record.kind == "procedure"]


def test_two_processes_learn_one_task(tmp_path: Path) -> None:
    """Whoever is later sees the other's run: version 2."""
    path, start = str(tmp_path / "memories.db"), SPAWN.Barrier(2)
    learners = [SPAWN.Process(target=learn, args=(path, *run_, start)) for run_ in (("mug", "sink"), ("soap", "safe"))]
    for learner in learners:
        learner.start()
    for learner in learners:
        learner.join(60)
        assert learner.exitcode == 0
    with Memory(path) as memory:
        [record] = procedures(memory)
        assert record.procedure is not None
        assert (record.version, record.procedure.successes) == (2, 2)
        assert set(record.procedure.parameters["item"]) == {"mug", "soap"}


class Overtaken:
    """A store before whose first commit another one writes."""

    def __init__(self, inner: Any, other: Any) -> None:
        self.inner, self.other, self.commits = inner, other, 0

    def do(self, request: Any) -> Any:
        if isinstance(request, Commit):
            self.commits += 1
            if self.commits == 1:
                self.other()
        return self.inner.do(request)

    async def ado(self, request: Any) -> Any:
        return await self.inner.ado(request)

    def close(self) -> None:
        self.inner.close()


def overtaken(path: str, mine: Any, theirs: Any) -> tuple[list[Record], Any]:
    """The procedures and the receipt, after others have committed what is theirs just before mine is."""
    with Memory(path) as other:
        store = Overtaken(open_store(path), lambda: other.add(theirs, user="anna", agent="butler"))
        memory = Memory(store)
        receipt = memory.add(mine, user="anna", agent="butler")
        assert store.commits == 2
        found = procedures(memory)
        store.close()
    return found, receipt


def test_who_is_overtaken_looks_again(tmp_path: Path) -> None:
    """Of a new task, and of a known one; what was said beside it is remembered once."""
    path = str(tmp_path / "memories.db")
    [record], receipt = overtaken(path, [SAID, *run("mug", "sink")], run("soap", "cabinet"))
    assert record.version == 2
    assert [o.status for o in receipt.outcomes] == ["applied"] * 3
    [record], receipt = overtaken(
        path, [{**SAID, "id": "2", "content": "I like tea."}, *run("cup", "box")], run("pen", "mug")
    )
    assert record.version == 4
    assert record.procedure is not None and record.procedure.successes == 4
    assert [o.status for o in receipt.outcomes] == ["applied"] * 3


def test_goals_in_other_words_meet_all_the_same(tmp_path: Path) -> None:
    """The tools tell that it may be one task."""
    first, second, _ = TASKS["restaurant"].runs
    [record], _ = overtaken(str(tmp_path / "memories.db"), first, second)
    assert record.version == 2


def test_another_task_beside_it_is_another_procedure(tmp_path: Path) -> None:
    """Even with the same tools: who is overtaken looks, and adds."""
    wash = [{**message} for message in run("cup", "sink")]
    wash[0]["content"] = "Wash the cup, then leave it in the sink"
    found, _ = overtaken(str(tmp_path / "memories.db"), run("mug", "sink"), wash)
    assert len(found) == 2


class Fails(Overtaken):
    """A store whose first commit fails, after the plan was journaled."""

    def do(self, request: Any) -> Any:
        if isinstance(request, Commit) and not self.commits:
            self.commits += 1
            raise StoreError("the power went")
        return self.inner.do(request)


MOVED = {"role": "user", "name": "Anna", "content": "I moved to Bergen.", "id": "moved"}
LATER = {"role": "user", "name": "Anna", "content": "I moved to Paris.", "id": "later"}


@pytest.mark.parametrize(
    ("dead", "other", "outcomes"),
    [
        ([MOVED], [LATER], ["rejected"]),  # it was said before what is known by now
        (run("mug", "sink"), run("soap", "safe"), ["applied", "applied"]),
        ([MOVED, *run("mug", "sink")], [LATER, *run("soap", "safe")], ["rejected", "applied", "applied"]),
    ],
    ids=["facts", "procedures", "both"],
)
def test_a_plan_that_was_overtaken_is_decided_again(tmp_path: Path, dead: Any, other: Any, outcomes: list[str]) -> None:
    """Who delivers again after a crash takes the plan over, and what another has changed meanwhile is looked at anew."""
    path, whose = str(tmp_path / "memories.db"), {"user": "anna", "agent": "butler"}
    with Memory(path) as memory:
        memory.add([SAID, *run("book", "shelf")], **whose)
        failing = Fails(open_store(path), None)
        with pytest.raises(StoreError, match="power"):
            Memory(failing).add(dead, **whose)
        failing.close()
        memory.add(other, **whose)
        receipt = memory.add(dead, **whose)
        assert [outcome.status for outcome in receipt.outcomes] == outcomes
        assert memory.stats()["pending"] == 0
        for record in procedures(memory):
            assert record.procedure is not None and record.procedure.successes == 1 + 2 * (len(dead) > 1)


def test_all_runs_count_however_many_learn_at_once(tmp_path: Path) -> None:
    """No run is given up because others were faster."""
    path = str(tmp_path / "memories.db")

    def learner(number: int) -> None:
        with Memory(path) as memory:
            for turn in range(5):
                memory.add(run(f"cup{number}{turn}", "box"), user="anna", agent="butler")

    threads = [threading.Thread(target=learner, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Memory(path) as memory:
        [record] = procedures(memory)
        assert record.procedure is not None and record.procedure.successes == 20
