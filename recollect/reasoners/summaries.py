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
from recollect.procedures.calls import Made, compared, has_failed
from recollect.procedures.detecting import SPEAKERS
from recollect.procedures.echoes import Voices, mostly, plain, voices
from recollect.procedures.values import LONGEST, as_text, bounded, spellings, texts
from recollect.prompts import FoundStep, ProcedureReply
from recollect.reasoners.found import as_written
from recollect.reasoners.reply import Reading
from recollect.reasoners.runs import wanted
from recollect.types import Procedure, Run, Step, Turn

GOAL = 300
"""Characters of a goal."""
LINES = 8
"""Preconditions, and pitfalls."""
_JAPANESE = frozenset({"HIRAGANA", "KATAKANA", "CJK"})
_UNSPACED = "\u0e00"
"""The first of the scripts that have no spaces between words."""
_UNIT = 3
"""Characters of a number up to which a letter beside it makes it part of a name."""
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

    A step of a tool is a call that was made; its arguments are those of the call. What else is not of this run is left out,
    and so is what only repeats the words of a tool: those are data, never part of how a task is done.
    """
    found, made, said = reading.reply, compared(run.turns), voices(run.turns)
    values = _values(found, run.turns, made)
    matched = tuple(_matched(found.steps, made, run.turns, values))
    problems = {
        number: f"step {number}: {step.tool} was not called with these arguments, nor in message {step.message}"
        for number, (step, match) in enumerate(zip(found.steps, matched, strict=True), 1)
        if match is None
    }
    told = [_undictated(match, said) for match in matched if match is not None]
    steps = _worked(_in_order([match for match in told if match is not None]), made)
    done = any(match.call is not None for match in steps) if made else steps or not run.procedure.steps
    if not problems and not done:
        problems[1] = "it has no step that was done"
    if problems:
        return None, problems
    procedure = _procedure(found, run, made, values, steps)
    wrong = {0: "its goal is not in the script of the request"} if _other_language(procedure, run) else {}
    procedure = replace(
        procedure,
        goal=_goal(procedure, run, made, said),
        preconditions=tuple(each for each in procedure.preconditions if not said.echo(each)),
    )
    return limited(_bound(_abstracted(procedure, steps, made))), wrong


def _undictated(match: Matched, said: Voices) -> Matched | None:
    """A step in words that no tool dictates; None for one without a call that neither user nor agent said."""
    step = match.step
    if match.call is None and (said.echo(step.intent) or not said.say(step.intent)):
        return None
    intent = (step.tool or "").replace("_", " ") if said.echo(step.intent) else step.intent
    expected = None if step.expected and said.echo(step.expected) else step.expected
    return replace(match, step=replace(step, intent=intent, expected=expected))


def _goal(procedure: Procedure, run: Run, made: Sequence[Made], said: Voices) -> str:
    """The goal, if it is of what was said, else what was asked for, with these parameters."""
    if said.say(procedure.goal) and not said.echo(procedure.goal):
        return procedure.goal
    goal = wanted(run.turns) if made else run.procedure.goal
    for name, (value, *_) in procedure.parameters.items():
        for spelled in spellings(value):
            goal = bounded(spelled).sub(f"{{{name}}}", goal)
    return goal


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
    return {
        name: value for name, value in reversed(named.items()) if name and value and _stands(value.casefold(), said)
    }


def _stands(value: str, said: str) -> bool:
    """Whether a value is words of what was said, and no part of one; a longer number may have a unit or a "T" beside it."""
    before, after = (_edge(character, len(value) > _UNIT) for character in (value[0], value[-1]))
    start, end = before and f"(?<!{before})", after and f"(?!{after})"
    return re.search(f"{start}{re.escape(value)}{end}", said) is not None


def _edge(character: str, long: bool) -> str:
    """What may not stand beside a character where a value ends; nothing in scripts without spaces."""
    if not character.isalnum() or character >= _UNSPACED:
        return ""
    return r"\d" if long and character.isdigit() else r"[^\W_]"


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
            yield Matched(_step(step, "\n".join(turn.text for turn in turns if turn.role in SPEAKERS)), None)
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
    return Procedure(
        goal=_with_names(quoted(found.goal, GOAL), values),
        steps=tuple(match.step for match in steps),
        parameters={name: (as_text(value),) for name, value in values.items()},
        preconditions=_lines(found.preconditions),
        outcome=outcome,
        pitfalls=_pitfalls(_lines(found.pitfalls), run, made),
        successes=int(outcome == "success"),
        failures=int(outcome == "failure"),
    )


def _lines(told: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(quoted, told or ()))))[:LINES]


def _pitfalls(told: Sequence[str], run: Run, made: Sequence[Made]) -> tuple[str, ...]:
    """The pitfalls; the rules' as well where some only repeat a tool, which those quote."""
    kept = [_pitfall(text, run.turns, made) for text in told]
    rules = () if kept and all(kept) else run.procedure.pitfalls
    return tuple(dict.fromkeys((*filter(None, kept), *rules)))[:LINES]


def _pitfall(text: str, turns: Sequence[Turn], made: Sequence[Made]) -> str | None:
    """The pitfall; the own words of a tool that failed are quoted as such, other words of tools are none."""
    failed = [each for each in made if each.answer and has_failed(each)]
    wrong = {each.call.tool: " ".join(each.answer.text.split()) for each in failed if each.answer}
    tool = next((tool for tool, answer in wrong.items() if text.rstrip("…") in answer), None)
    if tool is not None:
        return f"{tool} answered {json.dumps(text, ensure_ascii=False)}"
    answers = {id(each.answer) for each in failed}
    others = voices([turn for turn in turns if id(turn) not in answers])
    return None if others.echo(text) or mostly(text, plain(wrong.values())) else text


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
