"""Runs of tasks that a chat model has summarized: what it said is replayed over HTTP and judged.

`tests.record_procedures` makes the recording.
"""

from __future__ import annotations

import json
import re

import pytest

from recollect.flow import run
from recollect.reasoners.llm import LLMReasoner
from recollect.testing import ScriptedModel
from recollect.types import Procedure
from tests.llm_replies import WORLD
from tests.procedure_runs import AT, TASKS, Task
from tests.record_procedures import RECORDING
from tests.scripted_server import Serve, inline

REPLIES = json.loads(RECORDING.read_text("utf-8"))["replies"]


def fixed(procedure: Procedure) -> str:
    """All that a new run of the task would start from: the goal and the steps with their arguments."""
    steps = [{"intent": step.intent, "tool": step.tool, "arguments": dict(step.arguments)} for step in procedure.steps]
    return json.dumps([procedure.goal, steps], ensure_ascii=False)


def in_order(tools: list[str], expected: tuple[str, ...]) -> bool:
    """Whether the expected tools occur in this order, whatever stands between them."""
    rest = iter(tools)
    return all(tool in rest for tool in expected)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_rules_see_each_as_one_run(task: Task) -> None:
    """With all its tools; what they make of it is where a model's summary falls back to."""
    [found] = run(LLMReasoner(ScriptedModel(["no", "no"])).summarize(task.turns, AT), WORLD)
    assert found.decider == "rules"
    assert {step.tool for step in found.procedure.steps} >= set(task.tools)
    assert found.procedure.outcome == task.outcome


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_recorded_summary_is_whole_and_abstracted(task: Task, serve: Serve) -> None:
    """No rule had to help: the steps are there, and what varies is a parameter with the run's value."""
    reasoner, server = serve(inline(*REPLIES[task.name]))
    [found] = run(reasoner.summarize(task.turns, AT), WORLD)
    procedure = found.procedure
    assert found.decider == reasoner.name
    assert len(server.requests) == len(REPLIES[task.name])
    assert in_order([step.tool or "" for step in procedure.steps], task.tools)
    assert procedure.outcome == task.outcome
    assert re.search(task.said, procedure.goal, re.IGNORECASE)
    values = {value for (value, *_) in procedure.parameters.values()}
    for value in task.varies:
        assert any(value in each for each in values), f"{value} is no parameter of {procedure.parameters}"
        assert value not in fixed(procedure), f"{value} stands in {fixed(procedure)}"
    if task.pitfall:
        assert any(re.search(task.pitfall, pitfall) for pitfall in procedure.pitfalls)
    assert not any("delete_table" in text for text in (fixed(procedure), *procedure.preconditions))
