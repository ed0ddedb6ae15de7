"""Runs of tasks found by rules: what a user asked for, the calls of tools that followed, and how they ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from recollect.procedures import abstracted
from recollect.types import Call, Procedure, Run, Step, Turn

Outcome = Literal["success", "failure"] | None

_GOAL, _TOLD = 300, 200
"""Characters of a goal, and of what a tool said."""
_WORDS = 3
"""Words from which on a message may say what is wanted."""
_FAILED = re.compile(r"\W*(?:error|exception|traceback|failed|failure)\b", re.IGNORECASE)


def runs(turns: Sequence[Turn], decider: str) -> tuple[Run, ...]:
    """The runs among the turns, each abstracted by itself. A run ends where the agent has answered and is asked again."""
    return tuple(_run(part, decider) for part in _parts(turns) if any(turn.calls for turn in part))


def _parts(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    part: list[Turn] = []
    for turn in turns:
        done = any(each.calls for each in part) and part[-1].role == "assistant" and not part[-1].calls
        if turn.role == "user" and done:
            yield part
            part = []
        part.append(turn)
    yield part


def _run(part: Sequence[Turn], decider: str) -> Run:
    answers: dict[str | None, Turn] = {turn.answers: turn for turn in part if turn.answers}
    called = [(call, answers.get(call.id)) for turn in part for call in turn.calls]
    outcome = _outcome(part, [answer for _, answer in called])
    procedure = abstracted(  # of all steps: also what failed tells what varies
        Procedure(
            goal=_goal(part),
            steps=tuple(_step(call, answer) for call, answer in called),
            outcome=outcome,
            pitfalls=tuple(_pitfall(call, answer) for call, answer in called if answer and _failed(answer)),
            successes=int(outcome == "success"),
            failures=int(outcome == "failure"),
        )
    )
    worked = tuple(step for step, (_, answer) in zip(procedure.steps, called, strict=True) if not _failed(answer))
    return Run(procedure=replace(procedure, steps=worked), turns=tuple(part), decider=decider)


def _goal(part: Sequence[Turn]) -> str:
    """What was asked for nearest before the first call."""
    first = next(n for n, turn in enumerate(part) if turn.calls)
    asked = [turn.text.strip() for turn in part[:first] if turn.role == "user"]
    wanted = [text for text in asked if len(text.split()) >= _WORDS] or asked or ["unknown task"]
    return wanted[-1].splitlines()[0][:_GOAL]


def _step(call: Call, answer: Turn | None) -> Step:
    told = answer.text.strip().splitlines() if answer else []
    expected = told[0][:_TOLD] if told else None
    return Step(intent=call.tool.replace("_", " "), tool=call.tool, arguments=call.arguments, expected=expected)


def _pitfall(call: Call, answer: Turn) -> str:
    return f"{call.tool}({dict(call.arguments)}) failed: {' '.join(answer.text.split())}"[:_TOLD]


def _failed(answer: Turn | None) -> bool:
    return answer is not None and (answer.failed or _FAILED.match(answer.text) is not None)


def _outcome(part: Sequence[Turn], answers: Sequence[Turn | None]) -> Outcome:
    """Known where every call was answered, and the agent had the last word or the last call failed."""
    if None in answers:
        return None
    if _failed(answers[-1]):
        return "failure"
    return "success" if part[-1].role == "assistant" else None
