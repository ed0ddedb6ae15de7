"""From one run to a procedure: what its goal names, or an earlier answer tells, is a parameter wherever the steps use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from recollect.procedures.values import (
    EMAIL,
    HOLE,
    URL,
    Varied,
    as_text,
    bounded,
    common,
    filled,
    holes,
    is_plain_list,
    leaves,
    mapped,
    same,
    spellings,
    texts,
)
from recollect.procedures.verbs import begins_with_name, verb
from recollect.ranking import STOP_WORDS, stem
from recollect.types import Procedure, Step

_TELLING = 3
"""Characters from which on a text that recurs is no chance."""
_KINDS = (
    ("email", EMAIL),
    ("url", URL),
    ("file", re.compile(r"[\w./~-]*\w\.[A-Za-z]\w{0,4}\b(?!\.\w)")),
    ("path", re.compile(r"~?/?\w[\w.-]*(?:/[\w.-]+)+")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("id", re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w[\w-]*\w")),
    ("name", re.compile(r"\b\w+(?:[-_]\w+)+")),
    ("number", re.compile(r"\b\d+(?:[.,]\d+)*\b")),
    ("name", re.compile(r"(?<=[\w,] )[A-Z]\w+(?: [A-Z]\w+)*")),
)
"""What of a goal may recur within the text of an argument, and what it is called then."""
_LISTED = r"(\{{{0}\}})(?:(?:,|;| and| or| &|, and)\s*\{{{0}\}})+"
_ONCE, _OFTEN = 2, 3
"""Rounds from which on a loop over one step with one value, and any other, is one."""
_PERIOD = 6


def abstracted(procedure: Procedure, answers: Sequence[str | None] = ()) -> Procedure:
    """The procedure with a parameter for every argument that its goal names, called as the argument is.

    `answers`, one a step: an argument that is first met in an earlier answer is a parameter which that step gives. Rounds
    of a loop over such values become one round.
    """
    return abstracted_beside(procedure, answers, ())[0]


def abstracted_beside(
    procedure: Procedure, answers: Sequence[str | None], beside: Sequence[Step]
) -> tuple[Procedure, tuple[Step, ...]]:
    """The procedure abstracted, and with its parameters what was tried beside its steps, which tells what varies as well."""
    steps = _folded(procedure.goal, procedure.steps, tuple(answers) or (None,) * len(procedure.steps))
    tried = [_Done(step, "") for step in beside]
    finding = _Finding(procedure.goal, dict(procedure.parameters))
    finding.named([*steps, *tried])
    finding.within([*steps, *tried])
    finding.told(steps)
    told = finding.replaced([*steps, *tried])
    found = replace(procedure, goal=finding.goal, parameters=finding.ordered(), steps=told[: len(steps)])
    return found, told[len(steps) :]


@dataclass(frozen=True, slots=True)
class _Done:
    """A step and the answer to it, without case."""

    step: Step
    answer: str

    def leaves(self) -> list[tuple[str, Any]]:
        return list(leaves("", self.step.arguments))


@dataclass(slots=True)
class _Finding:
    """The goal and the parameters as they are found; `names` leads from a value to its parameter; `given` has what
    each step's answer tells, `inside` the values found within texts."""

    goal: str
    parameters: dict[str, tuple[str, ...]]
    names: dict[str, str] = field(default_factory=dict)
    given: dict[int, tuple[str, ...]] = field(default_factory=dict)
    inside: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = {value.casefold(): name for name, values in self.parameters.items() for value in values}

    def named(self, steps: Sequence[_Done]) -> None:
        """Parameters for what the goal names, the longest value first, so that it is found before what is within it."""
        found = [pair for done in steps for pair in done.leaves()]
        found += [(name, each) for name, value in found if _is_list(value) for each in value]
        for name, value in sorted(found, key=lambda pair: -len(as_text(pair[1]))):
            wanted = all if _is_list(value) else any
            if value != [] and wanted(self._is_open(each) for each in _each(value)):
                self._put_in_goal(self._add(name, value), value)

    def _is_open(self, value: Any) -> bool:
        return as_text(value).casefold() not in self.names and self._is_named(value)

    def _is_named(self, value: Any) -> bool:
        said = as_text(value).casefold()
        if said in STOP_WORDS or (
            said.isalpha() and stem(said) == verb(self.goal) and not begins_with_name(self.goal, value)
        ):
            return False
        return any(bounded(each).search(self.goal) for each in spellings(value))

    def _put_in_goal(self, name: str, value: Any) -> None:
        for each in sorted(_each(value), key=lambda one: -len(as_text(one))):
            for said in spellings(each):
                self.goal = bounded(said).sub(f"{{{name}}}", self.goal)
        self.goal = re.sub(_LISTED.format(name), r"\1", self.goal)

    def _add(self, name: str, value: Any) -> str:
        found = tuple(map(as_text, value)) if isinstance(value, Varied) else (as_text(value),)
        name = free(name, self.parameters)
        self.parameters[name] = tuple(dict.fromkeys(found))
        self.names.update(dict.fromkeys(map(str.casefold, found), name))
        return name

    def within(self, steps: Sequence[_Done]) -> None:
        """Parameters for what of the goal recurs within the text of an argument, such as a file in a command."""
        everything = [(name, text) for done in steps for name, value in done.leaves() for text in texts(value)]
        found = [(name, text) for name, text in everything if re.search(r"\w\W+\w", text) and not EMAIL.fullmatch(text)]
        for kind, pattern in _KINDS:
            for said in pattern.findall(self.goal):
                if any(bounded(said).search(text) for _, text in found):
                    self._put_inside(kind, said)
        for name, text in found:
            phrase = _phrase(self.goal, text)
            if phrase:
                self._put_inside(name, phrase)

    def _put_inside(self, name: str, said: str) -> None:
        known = self.names.get(said.casefold())
        self._put_in_goal(known or self._add(name, said), said)
        self.inside.add(said)

    def told(self, steps: Sequence[_Done]) -> None:
        """Parameters for what was not known before an earlier step's answer told it."""
        known: set[str] = set()
        for number, done in enumerate(steps):
            for name, value in done.leaves():
                values = _each(value)
                said = {as_text(each).casefold() for each in values}
                if all(map(_is_single, values)) and not said & (known | set(self.names)) and not self._is_made(value):
                    giver = next((n for n in range(number) if _all_told(steps[n].answer, name, values)), None)
                    if giver is not None:
                        self.given[giver] = (*self.given.get(giver, ()), self._add(name, value))
                known |= said

    def _is_made(self, value: Any) -> bool:
        """Whether a text is put together of what the goal names."""
        text = self._within(value) if isinstance(value, str) else ""
        return text != value and re.search(r"\w", HOLE.sub("", text)) is None and bool(text)

    def replaced(self, steps: Sequence[_Done]) -> tuple[Step, ...]:
        return tuple(
            replace(
                done.step,
                arguments=self._replaced(done.step.arguments),
                gives=(*done.step.gives, *self.given.get(number, ())),
                expected=done.step.expected and self._within(done.step.expected),
            )
            for number, done in enumerate(steps)
        )

    def _replaced(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._replaced(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple) and not is_plain_list(value):
            return [self._replaced(inner) for inner in value]
        first = value[0] if isinstance(value, Varied) else value
        if isinstance(first, bool) or first is None:
            return first
        name = self.names.get(as_text(first).casefold())
        if name is not None:
            return f"{{{name}}}"
        if _is_list(first):
            return [self._replaced(inner) for inner in first]
        return self._within(first) if isinstance(first, str) else first

    def _within(self, text: str) -> str:
        for name, values in self.parameters.items():
            for value in values:
                if (len(value) >= _TELLING and not value.isdigit()) or value.isupper() or value in self.inside:
                    text = bounded(value).sub(f"{{{name}}}", text)
        return text

    def ordered(self) -> dict[str, tuple[str, ...]]:
        """The parameters as the goal names them, then the others."""
        return {
            name: self.parameters[name]
            for name in dict.fromkeys((*holes(self.goal, self.parameters), *self.parameters))
        }


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and not isinstance(value, Varied)


def _each(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _phrase(goal: str, text: str) -> str | None:
    """The longest telling words that goal and text have in common, in this order: at least two, of few one."""
    words = re.findall(r"[^\s,.;:!?\"'(){}]+", goal)
    least = 1 if len(text.split()) < _TELLING else 2
    for length in range(min(len(words), _PERIOD), least - 1, -1):
        for start in range(len(words) - length + 1):
            said = words[start : start + length]
            edges = {said[0].casefold(), said[-1].casefold()}
            phrase = " ".join(said)
            if (
                len(phrase) >= _TELLING
                and not edges & STOP_WORDS
                and stem(said[0].casefold()) != verb(goal)
                and bounded(phrase).search(text)
            ):
                return phrase if bounded(phrase).search(goal) else None
    return None


def free(name: str, taken: Mapping[str, Any]) -> str:
    """The name as a parameter's, numbered where another has it."""
    plain = re.sub(r"\W+", "_", name).strip("_")[:40] or "value"
    number, found = 1, plain
    while found in taken:
        number += 1
        found = f"{plain}_{number}"
    return found


def tells(answer: str | None, name: str, values: Sequence[Any]) -> bool:
    """Whether all these values of an argument stand in an answer, none of them by chance."""
    return _all_told((answer or "").casefold(), name, values)


def _all_told(answer: str, name: str, values: Sequence[Any]) -> bool:
    """Same as `tells`, of an answer without case: it is looked through many times."""
    return bool(answer) and all(_told(answer, name, as_text(value).casefold()) for value in values)


def _is_single(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _told(answer: str, name: str, text: str) -> bool:
    """Long enough for no chance, or called in the answer what the argument is called."""
    if not text or text in STOP_WORDS or len(text.split()) > _PERIOD:
        return False
    said = [text, *([f"{text}0"] if "." in text else [f"{text}.0", f"{text}.00"] if text.isdigit() else [])]
    if any(len(each) >= _TELLING and stands_in(each, answer) for each in said):
        return True
    parts = "|".join(re.escape(part) for part in re.split(r"[\W_]+", name.casefold()) if part)
    called = parts and text in answer and re.search(rf"(?:{parts})\W{{0,4}}{re.escape(text)}(?!\w)", answer)
    return bool(called)


def stands_in(words: str, text: str) -> bool:
    """Whether words stand in a text as words; in a long text much faster than a pattern."""
    at = text.find(words)
    while at >= 0:
        around = text[max(at - 1, 0) : at], text[at + len(words) : at + len(words) + 1]
        if not any(character.isalnum() or character == "_" for character in "".join(around)):
            return True
        at = text.find(words, at + 1)
    return False


# Loops.


def _folded(goal: str, steps: Sequence[Step], answers: Sequence[str | None]) -> list[_Done]:
    """The steps, rounds of a loop as one: over values that the goal names, an earlier answer tells, or a count."""
    done = [_Done(step, (answer or "").casefold()) for step, answer in zip(steps, answers, strict=True)]
    keys = [action(step) for step in steps]
    found: list[_Done] = []
    at = 0
    while at < len(done):
        period, rounds = _rounds(keys, at)
        folded = _one_round(goal, done, at, period, rounds) if rounds > 1 else None
        found += folded or done[at : at + 1]
        at += period * rounds if folded else 1
    return found


def _rounds(keys: Sequence[str], at: int) -> tuple[int, int]:
    """Length and number of the rounds of the longest loop that begins here."""
    best = (1, 1)
    for period in range(1, _PERIOD + 1):
        block, rounds = keys[at : at + period], 1
        while keys[at + rounds * period : at + (rounds + 1) * period] == block:
            rounds += 1
        if rounds > 1 and rounds * period > best[0] * best[1]:
            best = (period, rounds)
    return best


def _one_round(goal: str, done: Sequence[_Done], at: int, period: int, rounds: int) -> list[_Done] | None:
    block: list[_Done] = []
    for n in range(at, at + period):
        turns = done[n : n + period * rounds : period]
        arguments = _varied([turn.step.arguments for turn in turns])
        if arguments is None:
            return None
        block.append(_Done(replace(turns[0].step, arguments=arguments, repeated=True), turns[0].answer))
    varied = [value for each in block for _, value in each.leaves() if isinstance(value, Varied)]
    before = [each.answer for each in done[:at]]
    if rounds < (_ONCE if period == 1 and len(varied) == 1 else _OFTEN):
        return None
    return block if any(_leads(value, goal, before) for value in varied) else None


def _varied(rounds: Sequence[Any]) -> Any:
    """One argument for all rounds; None where they differ in more than single values."""
    first = rounds[0]
    if isinstance(first, Mapping):
        if any(not isinstance(each, Mapping) or each.keys() != first.keys() for each in rounds):
            return None
        inner = {key: _varied([each[key] for each in rounds]) for key in first}
        return None if any(inner[key] is None and first[key] is not None for key in inner) else inner
    if all(same(first, each) for each in rounds):
        return first
    if isinstance(first, list | tuple) or any(isinstance(each, Mapping | list | tuple) for each in rounds):
        return None
    texts = list(map(as_text, rounds))
    if len(texts[0].split()) > _PERIOD and any(common(texts[0], text, lambda a, _: a) is None for text in texts[1:]):
        return None
    return Varied(rounds)


def _leads(value: Varied, goal: str, answers: Sequence[str]) -> bool:
    """Whether a loop is one over these values."""
    if len(set(map(as_text, value))) < len(value):
        return False
    if all(isinstance(each, int) for each in value):
        return all(later - each == 1 for each, later in pairwise(value))
    named = all(any(bounded(said).search(goal) for said in spellings(each)) for each in value)
    return named or any(_all_told(answer, "", value) for answer in answers)


_SUBCOMMANDS = frozenset(
    "git docker npm pip kubectl apt apt-get cargo yarn go make systemctl aws gcloud terraform helm gh poetry uv".split()
)
_COMMANDS = frozenset("command cmd commands script shell sql statement query code input".split())
_ARGUMENTS = frozenset({"args", "argv", "arguments", "command", "cmd"})
_SQL = frozenset("select insert update delete create alter drop begin commit with".split())


def action(step: Step) -> str:
    """What a step does, whatever its values: its tool with the names of its arguments, and the program that it runs."""
    if step.tool is None:
        return step.intent.casefold()
    programs = (_program(name, value) for name, value in leaves("", step.arguments))
    return " ".join([step.tool, *sorted(step.arguments), *filter(None, programs)])


def _program(name: str, value: Any) -> str:
    if isinstance(value, list | tuple) and name.casefold() in _ARGUMENTS:
        return str(value[0]).casefold() if value else ""
    words = value.casefold().split()[:2] if isinstance(value, str) and name.casefold() in _COMMANDS else []
    if not words or (name.casefold() in ("query", "input", "code") and words[0] not in _SQL):
        return ""
    return " ".join(words if words[0] in _SUBCOMMANDS else words[:1])


def tools(steps: Sequence[Step]) -> Iterator[str]:
    """The tools of the steps, each once, in order."""
    return iter(dict.fromkeys(step.tool for step in steps if step.tool is not None))


def concrete(value: Any, values: Mapping[str, str]) -> Any:
    """An argument with its parameters filled; what has no value stays a hole."""
    return mapped(value, lambda each: filled(each, values) if isinstance(each, str) else each)
