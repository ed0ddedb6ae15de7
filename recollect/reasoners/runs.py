"""Runs of tasks found by rules: what a user asked for, the calls of tools that followed or the steps told, and the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Literal

from recollect.procedures import (
    abstracted,
    abstracted_beside,
    asked,
    called,
    goal_of,
    limited,
    numbered,
    pitfall,
    quoted,
    repeats,
    sentences,
    told_in_order,
)
from recollect.procedures.calls import Made, compared, has_failed
from recollect.types import Call, Procedure, Run, Step, Trust, Turn

Outcome = Literal["success", "failure"] | None

_GOAL, _TOLD, _PITFALL = 300, 200, 600
"""Characters of a goal, of what a tool said, and of a pitfall."""
_WORDS = 3
"""Words from which on a message may say what is wanted."""
_LONG, _ELEMENTS = 500, 40
"""Characters of one argument, and elements of a list or mapping in it, that a procedure keeps; its run has all."""
_AWAY = 5
"""Calls after a failed one within which the same tool may put it right."""
_UNABLE = re.compile(
    r"\b(?:could(?:n't| not)|can(?:not|'t| not) (?:be |complete|finish|do|book|find)|(?:was|am|were)(?:n't| not) able"
    r"|unable to|failed to|unfortunately|gave up|did(?:n't| not) (?:work|succeed|go through)|without success|no luck"
    r"|not possible|impossible|the (?:task|run) failed)\b"
    r"|(?:^|[.!?]\s+)(?:it|this|that|the \w+(?: \w+)?)(?: has| have)? failed(?=\s*(?:[.!:]|$)| (?:again|with|because)\b)",
    re.IGNORECASE,
)
_OFFER = re.compile(r"\b(?:else|further|help you|more)\b[^?]*\?\s*$", re.IGNORECASE)


def runs(turns: Sequence[Turn], decider: str) -> tuple[Run, ...]:
    """The runs among the turns, each abstracted by itself. A run ends where the agent has answered and is asked again.

    Calls of tools, numbered steps, and where there is neither, prose that tells several steps.
    """
    parts = list(_parts(turns))
    done = [_run(part, decider) for part in parts if any(turn.calls for turn in part)]
    talk = [part for part in parts if not any(turn.calls for turn in part)]
    told = [run for part in talk for run in _listed(part, turns, decider)]
    return (*done, *told) or tuple(run for part in talk for run in _prose(part, turns, decider))


def _parts(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    part: list[Turn] = []
    for turn in turns:
        if turn.role == "user" and any(each.calls for each in part) and _has_answered(part[-1]):
            yield part
            part = []
        part.append(turn)
    yield part


def _has_answered(turn: Turn) -> bool:
    """Whether the agent is done: it called nothing, and did not ask back."""
    if turn.role != "assistant" or turn.calls:
        return False
    return not turn.text.rstrip().endswith("?") or _OFFER.search(turn.text) is not None


# Runs of calls.


def _worked(made: Made) -> bool:
    return made.answer is not None and not has_failed(made)


def _run(part: Sequence[Turn], decider: str) -> Run:
    made = compared(part)
    outcome = _outcome(part, made)
    ended = made[-1] if has_failed(made[-1]) else None  # what it failed at is part of the way
    worked = [each for each in made if _worked(each) or each is ended]
    failed = [each for each in made if has_failed(each)]
    way = Procedure(
        goal=wanted(part),
        steps=tuple(map(_step, worked)),
        outcome=outcome,
        successes=int(outcome == "success"),
        failures=int(outcome == "failure"),
    )
    said = [each.answer.text if _worked(each) and each.answer else None for each in worked]
    remedies = [_put_right(made[n + 1 :], each) for n, each in enumerate(made) if has_failed(each)]
    beside = tuple(map(_step, chain(failed, *remedies)))
    procedure, tried = abstracted_beside(way, said, beside)
    pitfalls = tuple(_pitfalls(failed, remedies, tried))
    shortened = tuple(replace(step, arguments=_short(step.arguments)) for step in procedure.steps)
    procedure = limited(replace(procedure, steps=shortened, pitfalls=pitfalls))
    return Run(procedure=procedure, turns=tuple(part), decider=decider)


def wanted(part: Sequence[Turn]) -> str:
    """What was asked for nearest before the first call, with what was answered to questions about it."""
    first = next(n for n, turn in enumerate(part) if turn.calls)
    wanted: list[str] = []
    for n in range(first - 1, -1, -1):
        if part[n].role == "user" and part[n].text.strip():
            wanted.insert(0, _line(part[n].text))
            asked_back = n > 0 and part[n - 1].role == "assistant" and part[n - 1].text.rstrip().endswith("?")
            if not asked_back and len(" ".join(wanted).split()) >= _WORDS:
                break
    return quoted(", ".join(wanted) or "unknown task", _GOAL)


def _line(text: str) -> str:
    """The first line that may say what is wanted."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return next((line for line in lines if len(asked(line).split()) >= _WORDS), lines[0])


def _step(made: Made) -> Step:
    expected = quoted(made.answer.text, _TOLD) if _worked(made) and made.answer else None
    name = made.call.tool
    return Step(intent=name.replace("_", " "), tool=name, arguments=made.call.arguments, expected=expected or None)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _short(inner) for key, inner in list(value.items())[:_ELEMENTS]}
    if isinstance(value, list | tuple):
        return [_short(inner) for inner in value[:_ELEMENTS]]
    return value if not isinstance(value, str) or len(value) <= _LONG else value[: _LONG - 1] + "…"


def _pitfalls(failed: Sequence[Made], remedies: Sequence[Sequence[Made]], told: Sequence[Step]) -> Iterator[str]:
    """What went wrong, quoted, and what was done then.

    told: the steps of all that failed, then those of the remedies one after the other, with parameters.
    """
    helping = iter(told[len(failed) :])
    for wrong, right, step in zip(failed, remedies, told, strict=False):
        helped = [called(each) for each in islice(helping, len(right))]
        again = [each.call for each in right] == [wrong.call]
        said = quoted(wrong.answer.text if wrong.answer else "", _TOLD)
        yield quoted(pitfall(called(step), said, "the same again" if again else ", then ".join(helped)), _PITFALL)


def _put_right(after: Sequence[Made], wrong: Made) -> list[Made]:
    """The calls that worked from a failed one up to the next of the same tool, if that was for the same."""
    for n, each in enumerate(after[:_AWAY]):
        if _worked(each) and each.call.tool == wrong.call.tool and _of_one(each.call, wrong.call):
            return [between for between in after[: n + 1] if _worked(between)]
    return []


def _of_one(call: Call, other: Call) -> bool:
    shared = set(map(str, call.arguments.values())) & set(map(str, other.arguments.values()))
    return bool(shared) or min(len(call.arguments), len(other.arguments)) < 2


def _outcome(part: Sequence[Turn], made: Sequence[Made]) -> Outcome:
    """Known where every call was answered, and the agent had the last word or the last call failed."""
    if any(each.answer is None for each in made):
        return None
    if has_failed(made[-1]):
        return "failure"
    if part[-1].role != "assistant" or part[-1].calls:
        return None
    return "failure" if _UNABLE.search(part[-1].text) else "success"


# Steps that are told.


def _listed(part: Sequence[Turn], turns: Sequence[Turn], decider: str) -> Iterator[Run]:
    """The runs that are lists of numbered steps."""
    for n, turn in enumerate(part):
        steps = numbered(turn, part[:n]) or told_in_order(turn)
        if len(steps) > 1 and not repeats(steps, turns):
            yield _telling(_question(part, n), steps, decider)


def _prose(part: Sequence[Turn], turns: Sequence[Turn], decider: str) -> Iterator[Run]:
    """The run that all messages together tell."""
    steps = [step for turn in part for step in sentences(turn)]
    if len(steps) > 1 and not repeats(steps, turns):
        yield _telling(part, steps, decider)


def _telling(part: Sequence[Turn], steps: Sequence[str], decider: str) -> Run:
    goal = goal_of(part[-1], part[:-1]) or f"{steps[0]} … {steps[-1]}"
    told = tuple(Step(intent=quoted(step, _TOLD)) for step in steps)
    procedure = limited(abstracted(Procedure(goal=quoted(_line(goal), _GOAL), steps=told)))
    trust: Trust = "user" if all(turn.role == "user" for turn in part) else "agent"
    return Run(procedure=procedure, turns=tuple(part), decider=decider, trust=trust)


def _question(part: Sequence[Turn], told: int) -> Sequence[Turn]:
    """The message that tells, and the question before it."""
    start = told
    while start > 0 and part[start].role != "user":
        start -= 1
    return part[start : told + 1]
