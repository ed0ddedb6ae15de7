"""Procedures: three runs of one task become one procedure, with its history."""

from __future__ import annotations

from typing import Any

import pytest

from recollect import Memory
from recollect.types import Record


def run(item: str, place: str, *, fails: bool = False) -> list[dict[str, Any]]:
    """An agent looks an item up and puts it somewhere; the putting may fail."""

    def calls(tool: str, number: int, **arguments: Any) -> dict[str, Any]:
        call = {"id": f"{item} {number}", "name": tool, "args": arguments}
        return {"role": "assistant", "content": "", "tool_calls": [call], "id": f"{item} call {number}"}

    def answer(number: int, text: str) -> dict[str, Any]:
        return {"role": "tool", "content": text, "tool_call_id": f"{item} {number}", "id": f"{item} answer {number}"}

    said = [
        {"role": "user", "content": f"Put the {item} in the {place}", "id": f"{item} asked"},
        calls("find", 1, item=item),
        answer(1, f"the {item} is on the table"),
        calls("put", 2, item=item, place=place),
        answer(2, f"error: the {place} is locked" if fails else "done"),
    ]
    return said if fails else [*said, {"role": "assistant", "content": "It is done.", "id": f"{item} told"}]


def procedures(memory: Memory) -> list[Record]:
    return [record for record in memory.list(user="anna", agent="butler") if record.kind == "procedure"]


def test_three_runs_of_one_task_are_one_procedure() -> None:
    """Version 3, its parameters abstracted, the failing step a pitfall, counts 2 and 1; undo restores version 2."""
    with Memory(":memory:") as memory:
        for item, place in (("mug", "sink"), ("soap", "cabinet")):
            memory.add(run(item, place), user="anna", agent="butler")
        receipt = memory.add(run("book", "safe", fails=True), user="anna", agent="butler")
        [known] = procedures(memory)
        assert known.procedure is not None
        assert (known.version, known.procedure.goal) == (3, "Put the {item} in the {place}")
        assert (known.procedure.successes, known.procedure.failures) == (2, 1)
        assert [(step.tool, step.arguments) for step in known.procedure.steps] == [
            ("find", {"item": "{item}"}),
            ("put", {"item": "{item}", "place": "{place}"}),
        ]
        assert "the safe is locked" in known.procedure.pitfalls[0]
        assert known.procedure.parameters["item"] == ("mug", "soap", "book")
        history = memory.history(known.id, user="anna", agent="butler")
        assert [version.version for version in history.versions] == [1, 2, 3]
        assert receipt.change_set is not None
        memory.undo(receipt.change_set, user="anna", agent="butler")
        [restored] = procedures(memory)
        assert restored.procedure is not None and restored.procedure.failures == 0


def test_two_tasks_are_two_procedures() -> None:
    """Another goal is another procedure."""
    with Memory(":memory:") as memory:
        memory.add(run("mug", "sink"), user="anna", agent="butler")
        other = run("mug", "sink")
        other[0] = {"role": "user", "content": "Wash the mug before you look for the sink", "id": "another"}
        for message in other:
            message["id"] += "!"
        memory.add(other, user="anna", agent="butler")
        assert len(procedures(memory)) == 2


@pytest.mark.parametrize("text", ["I live in Bergen", "1. buy milk"])
def test_what_is_no_run_is_no_procedure(text: str) -> None:
    """Chat stays chat."""
    with Memory(":memory:") as memory:
        memory.add(text, user="anna", agent="butler")
        assert procedures(memory) == []
