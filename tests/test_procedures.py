"""Procedures: runs of one task become one procedure, with its history; other tasks become others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from recollect import Memory
from recollect.procedures import LIMIT, rendered
from recollect.types import Procedure, Record
from tests.task_runs import TASKS, Task
from tests.task_runs import run as task_run


def run(item: str, place: str, *, fails: bool = False) -> list[dict[str, Any]]:
    """An agent looks an item up and puts it somewhere; the putting may fail."""
    answer = f"error: the {place} is locked" if fails else "done"
    made = [("find", {"item": item}, f"the {item} is on the table"), ("put", {"item": item, "place": place}, answer)]
    return task_run(f"Put the {item} in the {place}", made, None if fails else "It is done.")


def procedures(memory: Memory) -> list[Record]:
    return [record for record in memory.list(user="anna", agent="butler") if record.kind == "procedure"]


def the_only(memory: Memory) -> tuple[Record, Procedure]:
    [record] = procedures(memory)
    assert record.procedure is not None
    return record, record.procedure


def varying(arguments: Mapping[str, Any], parameters: Mapping[str, Any]) -> set[str]:
    """The arguments, or keys within them, whose values have a parameter in them."""
    found: set[str] = set()
    for name, value in leaves("", arguments):
        if any(f"{{{parameter}}}" in str(value) for parameter in parameters):
            found.add(name)
    return found


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(name, inner)
    else:
        yield name, value


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_three_runs_of_one_task_are_one_procedure(task: Task) -> None:
    """Version 3, what varies a parameter, the failing step a pitfall, counts 2 and 1; undo restores version 2."""
    with Memory(":memory:") as memory:
        receipts = [memory.add(messages, user="anna", agent="butler") for messages in task.runs]
        record, known = the_only(memory)
        assert (record.version, known.successes, known.failures, known.outcome) == (3, 2, 1, "failure")
        assert [varying(step.arguments, known.parameters) for step in known.steps] == [
            set(each) for each in task.varying
        ]
        assert {name for step in known.steps for name in step.gives} == set(task.told)
        assert not any(step.optional or step.alternatives for step in known.steps)
        assert task.failure in known.pitfalls[-1]
        assert len(rendered(known).encode()) <= LIMIT
        history = memory.history(record.id, user="anna", agent="butler")
        assert [version.version for version in history.versions] == [1, 2, 3]
        assert receipts[2].change_set is not None
        memory.undo(receipts[2].change_set, user="anna", agent="butler")
        _, restored = the_only(memory)
        assert (restored.successes, restored.failures) == (2, 0)


def test_tasks_of_all_domains_stay_apart() -> None:
    """Two runs of each of a dozen tasks are a dozen procedures."""
    with Memory(":memory:") as memory:
        for number in (0, 1):
            for task in TASKS.values():
                memory.add(task.runs[number], user="anna", agent="butler")
        assert sorted(record.version for record in procedures(memory)) == [2] * len(TASKS)


def put(goal: str, item: str, place: str) -> list[dict[str, Any]]:
    return task_run(
        goal, [("find", {"item": item}, f"the {item} is there"), ("put", {"item": item, "place": place}, "done")]
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (put("Put the mug in the sink", "mug", "sink"), put("Wash the mug before it is in the sink", "mug", "sink")),
        (put("Refund order 7", "7", "x"), put("Cancel order 7", "7", "x")),
        (
            task_run("Handle order 7", [("get_order", {"order": 7}, "found"), ("refund", {"order": 7}, "ok")]),
            task_run("Handle order 8", [("get_order", {"order": 8}, "found"), ("cancel", {"order": 8}, "ok")]),
        ),
        (
            task_run(
                "Save the file",
                [("bash", {"command": "git add ."}, "ok"), ("bash", {"command": "git commit -m x"}, "ok")],
            ),
            task_run(
                "Save the file", [("bash", {"command": "docker build ."}, "ok"), ("bash", {"command": "ls"}, "ok")]
            ),
        ),
    ],
    ids=["another goal", "another verb", "another tool", "other commands"],
)
def test_two_tasks_are_two_procedures(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> None:
    """Another verb or other tools are another task, however alike the goals are."""
    with Memory(":memory:") as memory:
        memory.add(one, user="anna", agent="butler")
        memory.add(other, user="anna", agent="butler")
        assert len(procedures(memory)) == 2


@pytest.mark.parametrize("text", ["I live in Bergen", "1. buy milk"])
def test_what_is_no_run_is_no_procedure(text: str) -> None:
    """Chat stays chat."""
    with Memory(":memory:") as memory:
        memory.add(text, user="anna", agent="butler")
        assert procedures(memory) == []


def ticket(goal: str, number: int, status: str) -> list[dict[str, Any]]:
    made = [("get_ticket", {"id": number}, "found"), ("add_note", {"id": number}, "ok")]
    return task_run(goal, [*made, ("set_status", {"id": number, "status": status}, "ok")])


def test_what_is_done_with_the_same_tools_is_told_apart_by_its_values() -> None:
    """Another verb and another constant are another task; the same words for it are not."""
    with Memory(":memory:") as memory:
        for number, goal in enumerate(("Close ticket {}", "Please close {}, it is done")):
            memory.add(ticket(goal.format(number + 11), number + 11, "closed"), user="anna", agent="butler")
            again = goal.replace("Close", "Reopen").replace("close", "reopen")
            memory.add(ticket(again.format(number + 51), number + 51, "open"), user="anna", agent="butler")
        assert [record.version for record in procedures(memory)] == [2, 2]


def test_numbers_and_names_within_commands_are_parameters() -> None:
    """Whatever stands around them."""
    with Memory(":memory:") as memory:
        for goal, name, count in (("Scale web to 5 replicas", "web", 5), ("I want api with 3 replicas", "api", 3)):
            calls = [("kubectl", {"args": ["scale", f"deploy/{name}", f"--replicas={count}"]}, "ok")]
            calls += [("kubectl", {"args": ["rollout", "status", f"deploy/{name}"]}, "ok")]
            memory.add(task_run(goal, calls), user="anna", agent="butler")
        record, known = the_only(memory)
        scale, rollout = (step.arguments["args"] for step in known.steps)
        assert record.version == 2
        assert not any(word in str((scale, rollout)) for word in ("web", "api", "5", "3"))
        assert (scale[0], rollout[:2]) == ("scale", ["rollout", "status"])
