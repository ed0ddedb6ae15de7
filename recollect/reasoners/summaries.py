"""From what a chat model writes about a run to a Procedure: every step a call that was made, every value one of the run."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recollect.procedures import abstracted, limited, quoted
from recollect.procedures.abstracting import tells
from recollect.procedures.calls import Made, calls_in
from recollect.procedures.values import LONGEST, as_text, texts
from recollect.prompts import FoundStep, ProcedureReply
from recollect.reasoners.found import as_written
from recollect.reasoners.reply import Reading
from recollect.reasoners.runs import has_failed
from recollect.types import Procedure, Run, Step, Turn

GOAL = 300
"""Characters of a goal."""
LINES = 8
"""Preconditions, and pitfalls."""
_JAPANESE = frozenset({"HIRAGANA", "KATAKANA", "CJK"})
_HOLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Matched:
    """A step and the number of its call among all (None: it has none); `exact`: its arguments are those of the call."""

    step: Step
    call: int | None
    exact: bool = True


def untold(turns: Sequence[Turn], decider: str) -> Run:
    """Messages in which the rules see no run: one without steps."""
    asked = next((turn.text for turn in turns if turn.role == "user"), turns[0].text)
    return Run(procedure=Procedure(goal=quoted(asked, GOAL), steps=()), turns=tuple(turns), decider=decider)


def procedure_of(reading: Reading[ProcedureReply], run: Run) -> tuple[Procedure | None, dict[int, str]]:
    """The procedure, None if it is not one of this run, and what is wrong with it, by number; 0 is the whole.

    A step of a tool is a call that was made; its arguments are those of the call. What else is not of this run is left out.
    """
    found, made = reading.reply, calls_in(run.turns)
    values = _values(found, run.turns, made)
    matched = tuple(_matched(found.steps, made, run.turns, values))
    problems = {
        number: f"step {number}: {step.tool} was not called with these arguments, nor in message {step.message}"
        for number, (step, match) in enumerate(zip(found.steps, matched, strict=True), 1)
        if match is None
    }
    steps = _worked(_in_order([match for match in matched if match is not None]), made)
    done = any(match.call is not None for match in steps) if made else steps or not run.procedure.steps
    if not problems and not done:
        problems[1] = "it has no step that was done"
    if problems:
        return None, problems
    procedure = limited(_bound(_abstracted(_procedure(found, run, made, values, steps), steps, made)))
    wrong = {0: "its goal is not in the script of the request"} if _other_language(procedure, run) else {}
    return procedure, wrong


def _values(found: ProcedureReply, turns: Sequence[Turn], made: Sequence[Made]) -> dict[str, str]:
    """The parameters whose values the run has."""
    arguments = [each.call.arguments for each in made]
    written = (
        *(turn.text for turn in turns),
        *texts(arguments),
        json.dumps(arguments, ensure_ascii=False, default=str),
    )
    said = "\n".join(written).casefold()
    named = {_name(each.name): each.value for each in reversed(found.parameters)}
    return {name: value for name, value in reversed(named.items()) if name and value and value.casefold() in said}


def _name(text: str) -> str:
    """A name that can stand in braces."""
    return re.sub(r"\W+", "_", text).strip("_")


def _with_names(text: str, values: Mapping[str, str]) -> str:
    """The text with its parameters named as they are kept."""
    return _HOLE.sub(lambda hole: f"{{{_name(hole[1])}}}" if _name(hole[1]) in values else hole[0], text)


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _matched(
    steps: Sequence[FoundStep], made: Sequence[Made], turns: Sequence[Turn], values: Mapping[str, str]
) -> Iterator[Matched | None]:
    """Each step with its call, None where no such call is left: one with its arguments, else one in its message."""
    left = dict(enumerate(made))
    for step in steps:
        if not step.tool:
            yield Matched(_step(step, "\n".join(turn.text for turn in turns)), None)
            continue
        same = {
            number: (_equal(step.arguments, each.call.arguments, values), each.message == step.message)
            for number, each in left.items()
            if each.call.tool == step.tool
        }
        call = max(same, key=lambda number: same[number], default=None)
        if call is None or not any(same[call]):
            yield None
            continue
        yield _called(step, left.pop(call), call, values, exact=same[call][0])


def _called(step: FoundStep, made: Made, number: int, values: Mapping[str, str], *, exact: bool) -> Matched:
    own = made.call.arguments
    arguments = _typed(step.arguments, own, values) if exact else own
    told = made.answer.text if made.answer else ""
    return Matched(replace(_step(step, told), tool=made.call.tool, arguments=arguments), number, exact)


def _step(step: FoundStep, told: str) -> Step:
    observation = as_written(step.observation, told) if step.observation else None
    return Step(
        intent=quoted(step.intent),
        expected=quoted(step.expected or "") or None,
        observation=observation and observation[:LONGEST],
    )


def _equal(template: Any, value: Any, values: Mapping[str, str]) -> bool:
    """Whether what the model wrote is the call's own, its parameters filled."""
    if isinstance(value, Mapping):
        template = template or {}
        return (
            isinstance(template, Mapping)
            and template.keys() == value.keys()
            and all(_equal(template[key], inner, values) for key, inner in value.items())
        )
    if isinstance(value, list | tuple):
        return (
            isinstance(template, list)
            and len(template) == len(value)
            and all(_equal(one, inner, values) for one, inner in zip(template, value, strict=True))
        )
    return _HOLE.sub(lambda hole: values.get(_name(hole[1]), hole[0]), _spelled(template)) == _spelled(value)


def _typed(template: Any, value: Any, values: Mapping[str, str]) -> Any:
    """The call's own arguments, with the model's text wherever that names a parameter."""
    if isinstance(value, Mapping):
        return {key: _typed(template[key], inner, values) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(one, inner, values) for one, inner in zip(template, value, strict=True)]
    named = template if isinstance(template, str) and values.keys() & set(map(_name, _HOLE.findall(template))) else None
    return value if named is None else _with_names(named, values)


def _in_order(matched: Sequence[Matched]) -> list[Matched]:
    """In the order of the calls; what is no call stays behind the one before it."""
    place, places = -1, []
    for match in matched:
        place = match.call if match.call is not None else place
        places.append(place)
    return [matched[n] for n in sorted(range(len(matched)), key=lambda n: places[n])]


def _worked(matched: Sequence[Matched], made: Sequence[Made]) -> list[Matched]:
    """Without calls that failed, but for the one that the run ended with: it is part of the way."""
    return [
        match
        for match in matched
        if match.call is None or match.call == len(made) - 1 or not has_failed(made[match.call])
    ]


def _procedure(
    found: ProcedureReply, run: Run, made: Sequence[Made], values: Mapping[str, str], steps: Sequence[Matched]
) -> Procedure:
    outcome = None if found.outcome == "unknown" else found.outcome
    if outcome == "success" and run.procedure.outcome == "failure":  # the last call failed
        outcome = None
    pitfalls = tuple(_pitfall(text, made) for text in _lines(found.pitfalls))
    return Procedure(
        goal=_with_names(quoted(found.goal, GOAL), values),
        steps=tuple(match.step for match in steps),
        parameters={name: (as_text(value),) for name, value in values.items()},
        preconditions=_lines(found.preconditions),
        outcome=outcome,
        pitfalls=pitfalls or run.procedure.pitfalls,
        successes=int(outcome == "success"),
        failures=int(outcome == "failure"),
    )


def _lines(told: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(quoted, told or ()))))[:LINES]


def _pitfall(text: str, made: Sequence[Made]) -> str:
    """The pitfall; a tool's own words are quoted as such."""
    for each in made:
        if each.answer and text.rstrip("…") in " ".join(each.answer.text.split()):
            return f"{each.call.tool} answered {json.dumps(text, ensure_ascii=False)}"
    return text


def _abstracted(procedure: Procedure, matched: Sequence[Matched], made: Sequence[Made]) -> Procedure:
    """With the rules' abstraction where the model's arguments are not the call's, or nothing at all is a parameter."""
    answers = [_answer(match, made) for match in matched]
    if not procedure.parameters:
        return abstracted(procedure, answers)
    steps = [match.step if match.exact else _by_rules(match.step, procedure) for match in matched]
    told = [(answer or "").casefold() for answer in answers]
    for name, (value, *_) in procedure.parameters.items():
        giver = next((n for n, answer in enumerate(told) if tells(answer, name, (value,))), None)
        if giver is not None and not _is_known(name, procedure.goal, steps[: giver + 1]):
            steps[giver] = replace(steps[giver], gives=(*steps[giver].gives, name))
    return replace(procedure, steps=tuple(steps))


def _answer(match: Matched, made: Sequence[Made]) -> str | None:
    answer = None if match.call is None else made[match.call].answer
    return answer.text if answer else None


def _is_known(name: str, goal: str, steps: Sequence[Step]) -> bool:
    """Whether a parameter is of the goal, or used before an answer tells it."""
    return any(name in _HOLE.findall(text) for text in (goal, *texts([step.arguments for step in steps])))


def _by_rules(step: Step, procedure: Procedure) -> Step:
    [found] = abstracted(Procedure(goal="", steps=(step,), parameters=procedure.parameters)).steps
    return found


def _bound(procedure: Procedure) -> Procedure:
    """Without parameters that nothing uses, and without braces around what is none."""
    written = (procedure.goal, *texts([step.arguments for step in procedure.steps]))
    used = {name for text in written for name in _HOLE.findall(text)}
    parameters = {name: values for name, values in procedure.parameters.items() if name in used}
    goal = _HOLE.sub(lambda hole: hole[0] if hole[1] in parameters else hole[1], procedure.goal)
    return replace(procedure, goal=goal, parameters=parameters)


def _other_language(procedure: Procedure, run: Run) -> bool:
    """Whether goal and request are in different scripts: the sure sign of it."""
    goal, asked = _script(procedure.goal), _script(run.procedure.goal)
    return goal is not None and asked is not None and goal != asked


def _script(text: str) -> str | None:
    """The script of most letters outside of parameters, as Unicode names it; Chinese and Japanese are one."""
    letters = (unicodedata.name(letter, "?").split()[0] for letter in _HOLE.sub("", text) if letter.isalpha())
    most = Counter("CJK" if script in _JAPANESE else script for script in letters).most_common(1)
    return most[0][0] if most else None
