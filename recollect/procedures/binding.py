"""A procedure bound to a new task: its parameters filled from what the task says."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from recollect.procedures.values import (
    EMAIL,
    URL,
    as_text,
    bounded,
    filled,
    hole,
    holes,
    leaves,
    mapped,
    number_said,
    spellings,
    template,
    texts,
)
from recollect.procedures.verbs import asked, is_verb, same_verb
from recollect.ranking import stem, terms
from recollect.types import Procedure, Step

_NUMBER = re.compile(
    r"(?<![\w.,-])[-+]?\d+(?:[.,]\d+)*(?![\w-])"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?: \d{{4}})?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\b(?:today|tonight|tomorrow|(?:next |on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b\d{1,2}:\d{2}(?: ?[ap]m)?\b|\b\d{1,2} ?[ap]m\b|\b(?:noon|midnight)\b", re.IGNORECASE)
_TYPES = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), EMAIL),
    (re.compile(r"https?://\S+"), URL),
    (re.compile(r"\d{4}-\d\d-\d\d"), _DATE),
    (re.compile(r"\d{1,2}:\d{2}(?::\d\d)?(?: ?[ap]m)?|\d{1,2} ?[ap]m", re.IGNORECASE), _TIME),
    (re.compile(r"[-+]?\d+(?:[.,]\d+)*"), _NUMBER),
    (re.compile(r"[\w./~-]*\.[A-Za-z]\w{0,4}"), re.compile(r"(?<![\w@])[\w./~-]*\w\.[A-Za-z]\w{0,4}\b")),
)
"""How values of a kind look, and how a task says one."""
_NAME = re.compile(r"(?<=[\w,] )(?:[A-Z][\w'’&-]*)(?: (?:de |of |the )?[A-Z][\w'’&-]*)*")
_ENDS = re.compile(r"(?:,? please| for me| as soon as possible| asap|,? thanks?(?: you)?)*[\s.!?]*$", re.IGNORECASE)
_SPOKEN = r"(?!(?:for|at|in|on|to|from|by|with|and|under|into|of|off|onto)\b)[\w'’&./@:-]+"
_WORDS = re.compile(rf"(?:(?:the|a|an|my|our) )?{_SPOKEN}(?: {_SPOKEN}){{0,4}}")
"""A value that is known by what stands before it, up to the next preposition."""
_SEVERAL = re.compile(rf"{_SPOKEN}(?: {_SPOKEN}){{0,2}}(?:(?:, and|,| and) {_SPOKEN}(?: {_SPOKEN}){{0,2}})*")
_BEFORE = re.compile(r"(\w+)(?!\})\W+\{(\w+)\}")
"""A parameter in a goal, and the word before it."""
_INNER = re.compile(r"\W+(\w+)")
_ARTICLES = frozenset(("a", "an", "the", "my", "our"))
"""Words before a parameter that may as well be within another's value."""
_ROLES = {
    **dict.fromkeys(("from", "off"), "from"),
    **dict.fromkeys(("to", "into", "onto", "towards"), "to"),
    **{word: word for word in ("about", "at", "by", "for", "in", "of", "on", "under", "via", "with")},
}
"""What a word before a value tells of its role: it is the same for words that mean one direction."""
_OPPOSITE = {"from": "to", "to": "from"}
_LAST = re.compile(r"(\w+)\W+(?:(?:the|a|an|my|our)\W+)?$", re.IGNORECASE)
_TO = re.compile(r"\bto$", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:(?:do|does|did|must|should|shall|can|could|would|will|is|are|but|and) ?n[o']t|cannot|not|never|except|excluding"
    r"|without|unless|instead of|other than|apart from|rather than)\b(?! (?:forget|hesitate|worry|only)\b)",
    re.IGNORECASE,
)
"""What a task says that is not to be done, or to be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The steps for one task. `missing` are parameters that the task does not tell, still as "{parameter}" in the steps,
    what it says is not to be done, and values that the steps have from the learned goal alone. `later` leads from
    parameters that an earlier step's answer tells to the number of that step, from 1.
    """

    steps: tuple[Step, ...]
    missing: tuple[str, ...] = ()
    later: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def bind(procedure: Procedure, task: str) -> Bound:
    """The steps of a procedure for a task, with what its text tells: by the goal's wording, known values, kind or shape.

    A parameter that had one value in several runs has it again. What an earlier step tells is said to come from there.
    A task that says what is not to be done, as the goal does not, tells nothing.
    """
    binding = _Binding(procedure, _ENDS.sub("", asked(task.strip())))
    denied = _denied(task, procedure.goal)
    if denied is None:
        binding.fill()
    rounds = list(_rounds(procedure, binding.values))
    givers = {name: n for n, (step, _) in reversed(list(enumerate(rounds, 1))) for name in step.gives}
    later = {name: number for name, number in givers.items() if name not in binding.values}
    values = {**(_constant(procedure, later) if denied is None else {}), **binding.values}
    used = list(dict.fromkeys(name for step in procedure.steps for name in _used(step, procedure.parameters)))
    told = {name: f"{{{name} from the answer to step {number}}}" for name, number in later.items()}
    return Bound(
        steps=tuple(_bound(step, procedure, {**values, **these}, told) for step, these in rounds),
        missing=(
            *(name for name in used if name not in values and name not in later),
            *(_left_over(procedure, task) if denied is None else [denied]),
        ),
        later={name: later[name] for name in used if name in later},
        values={name: values[name] for name in procedure.parameters if name in values},
    )


def _denied(task: str, goal: str) -> str | None:
    """The words of a task that deny or leave out something, unless its goal has them too."""
    found = (match[0] for match in _DENIED.finditer(task))
    return next((words for words in found if not bounded(words).search(goal)), None)


def _left_over(procedure: Procedure, task: str) -> list[str]:
    """The values that the steps have from what was asked for once, and that this task does not ask for."""
    constants = (
        value for step in procedure.steps for _, found in leaves("", step.arguments) for value in _single(found)
    )
    texts = dict.fromkeys(as_text(value) for value in constants if not holes(as_text(value), procedure.parameters))
    return [text for text in texts if _says(procedure.goal, text) and not _says(task, text)]


def _single(value: Any) -> Iterator[str | int | float]:
    for each in value if isinstance(value, list | tuple) else (value,):
        if isinstance(each, str | int | float) and not isinstance(each, bool):
            yield each


def _says(text: str, value: str) -> bool:
    """Whether a text has a value, or asks for the same in another word."""
    if any(bounded(said).search(text) for said in spellings(value)):
        return True
    return value.isalpha() and any(same_verb(stem(value.casefold()), word) for word in terms(text))


def _rounds(procedure: Procedure, values: Mapping[str, str]) -> Iterator[tuple[Step, dict[str, str]]]:
    """The steps with what is special to them: those of a loop once for each of the values that are listed."""
    for repeated, group in groupby(procedure.steps, lambda step: step.repeated):
        steps = list(group)
        names = {name for step in steps for name in _used(step, procedure.parameters) if name in values and repeated}
        listed = {name: found for name in names if len(found := _listed(values[name])) > 1}
        for n in range(max(map(len, listed.values()), default=1)):
            these = {name: found[n] for name, found in listed.items() if n < len(found)}
            yield from ((step, these) for step in steps)


def _constant(procedure: Procedure, later: Mapping[str, int]) -> dict[str, str]:
    runs = procedure.successes + procedure.failures
    return {
        name: values[0]
        for name, values in procedure.parameters.items()
        if runs > 1
        and len(values) == 1
        and name not in later
        and name not in holes(procedure.goal, procedure.parameters)
    }


def _bound(step: Step, procedure: Procedure, values: Mapping[str, str], names: Mapping[str, str]) -> Step:
    def put(value: Any) -> Any:
        name = hole(value, procedure.parameters)
        if name is not None and name in values:
            return _typed(values[name], procedure.parameters[name])
        return filled(value, {**values, **names}) if isinstance(value, str) else value

    return replace(
        step,
        intent=filled(step.intent, {**values, **names}),
        arguments=mapped(step.arguments, put),
        alternatives=tuple(_bound(other, procedure, values, names) for other in step.alternatives),
    )


def _typed(value: str, seen: Sequence[str]) -> Any:
    """A value as those before it: a number, a list or a text."""
    kinds = {type(_read(each)) for each in seen}
    found = _listed(value) if kinds == {list} else _read(value)
    if seen and type(found) in kinds and not kinds & {str}:
        return found
    if kinds <= {int, float} and kinds and isinstance(found, int | float) and not isinstance(found, bool):
        return found
    return value


def _listed(text: str) -> list[Any]:
    """What is listed: "Fay, Gus and Ida"."""
    found = _read(text)
    return found if isinstance(found, list) else [each for each in re.split(r",? and |[,;] +", text) if each]


def _read(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if json.dumps(found, ensure_ascii=False) == text else text


def _used(step: Step, parameters: Mapping[str, Any]) -> Iterator[str]:
    for text in (step.intent, *texts(step.arguments)):
        yield from holes(text, parameters)
    for other in step.alternatives:
        yield from _used(other, parameters)


@dataclass(slots=True)
class _Binding:
    """One task being read: `taken` are the parts of its text that are values already."""

    procedure: Procedure
    task: str
    values: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def fill(self) -> None:
        goal = asked(self.procedure.goal)
        found = template(_ENDS.sub("", goal), self.procedure.parameters).fullmatch(self.task)
        if found and all(self._is_kind(name, value) for name, value in found.groupdict().items()):
            for name in found.groupdict():
                self._take(name, found.span(name))
            return
        for way in (self._roles, self._known, self._beside, self._kinds, self._names):
            way(goal)

    def _is_kind(self, name: str, value: str) -> bool:
        kind = self._kind(name)
        return kind is None or kind.fullmatch(value) is not None

    def _open(self, goal: str) -> list[str]:
        """Parameters that have no value yet, in the order in which the goal names them."""
        named = holes(goal, self.procedure.parameters)
        return [n for n in dict.fromkeys((*named, *self.procedure.parameters)) if n not in self.values]

    def _take(self, name: str, span: tuple[int, int]) -> bool:
        if any(start < span[1] and span[0] < end for start, end in self.taken):
            return False
        value = self.task[slice(*span)].strip(" ,.;:!?\"'“”")
        if not value or name in self.values:
            return False
        self.values[name] = number_said(value) if self._kind(name) is _NUMBER else value
        self.taken.append(span)
        return True

    def _roles(self, goal: str) -> None:
        """Values by the preposition before them, where the goal has it before one parameter, and the task has it once."""
        named = _roles(goal)
        for name, role in named.items():
            places = [each.end() for each in _INNER.finditer(f" {self.task}") if _ROLES.get(each[1].casefold()) == role]
            if list(named.values()).count(role) > 1 or len(places) != 1:
                continue
            ends = {word for word, other in _ROLES.items() if other != role and other in named.values()}
            value = self._seen_at(places[0] - 1, name) or self._value_at(places[0] - 1, name, ends)
            if value is not None and not self._is_others(value, name):
                self._take(name, self._before_next(value, name, goal))

    def _seen_at(self, start: int, name: str) -> tuple[int, int] | None:
        """Where a value that was seen before, of this parameter or any, stands right here."""
        seen = {value for values in self.procedure.parameters.values() for value in values}
        for value in sorted(seen, key=len, reverse=True):
            found = re.compile(rf"\W+(?:(?:the|my|our) )?({bounded(value).pattern})", re.IGNORECASE).match(
                self.task, start
            )
            if found and value and self._is_kind(name, found[1]):
                return found.span(1)
        return None

    def _is_others(self, span: tuple[int, int], name: str) -> bool:
        """Whether a value of no kind is one of a kind that another parameter has."""
        if self._kind(name) is not None:
            return False
        said = self.task[slice(*span)]
        return any(kind.fullmatch(said) for other in self.procedure.parameters if (kind := self._kind(other)))

    def _against(self, name: str, at: int, goal: str) -> bool:
        """Whether the word before a place tells another role than the goal does."""
        before = _LAST.search(self.task, 0, at)
        role = _ROLES.get(before[1].casefold()) if before else None
        own = _roles(goal).get(name)
        return role is not None and own is not None and _OPPOSITE.get(own) == role

    def _known(self, goal: str) -> None:
        """Values that were seen before, the longest first, where no word before them tells that they are another's."""
        for name in self._open(goal):
            for value in sorted(self.procedure.parameters[name], key=len, reverse=True):
                spans = [
                    match.span()
                    for said in spellings(value)
                    if len(said) > 1
                    for match in bounded(said).finditer(self.task)
                    if not self._against(name, match.start(), goal)
                ]
                if self._kind(name) is not _NUMBER and any(self._take(name, span) for span in spans):
                    self.values[name] = value
                    break

    def _kind(self, name: str) -> re.Pattern[str] | None:
        seen = self.procedure.parameters.get(name, ())
        return next((said for looks, said in _TYPES if seen and all(looks.fullmatch(each) for each in seen)), None)

    def _beside(self, goal: str) -> None:
        """Values by the word before them in the goal, and by their kind or shape where they have one."""
        before = {name: word.casefold() for word, name in reversed(_BEFORE.findall(goal))}
        for name in self._open(goal):
            ends = {word for other, word in before.items() if other != name} - {before.get(name)} - _ARTICLES
            for place in bounded(before[name]).finditer(self.task) if name in before else ():
                value = self._value_at(place.end(), name, ends)
                if value is not None and self._take(name, self._before_next(value, name, goal)):
                    break

    def _is_list(self, name: str) -> bool:
        seen = self.procedure.parameters[name]
        return bool(seen) and all(isinstance(_read(each), list) for each in seen)

    def _before_next(self, span: tuple[int, int], name: str, goal: str) -> tuple[int, int]:
        """The span of a value without the word that follows its parameter in the goal."""
        after = re.search(rf"\{{{name}\}}\W+(\w+)", goal)
        end = after and re.search(rf"\W+{re.escape(after[1])}$", self.task[slice(*span)], re.IGNORECASE)
        return (span[0], span[0] + end.start()) if end else span

    def _value_at(self, start: int, name: str, ends: Collection[str]) -> tuple[int, int] | None:
        """Where the value of a parameter is that begins here, up to a word after which another one's begins."""
        at = start + len(self.task[start:]) - len(self.task[start:].lstrip(" \"'“"))
        kind = self._kind(name)
        if kind is not None:
            found = kind.match(self.task, at)
            return found.span() if found else None
        words = (_SEVERAL if self._is_list(name) else _WORDS).match(self.task, at)
        if words is None or self._is_infinitive(start):
            return None
        end = next(self._word_starts(at, words.end(), ends), words.end())
        shape = _shaped(self.procedure.parameters[name])
        token = shape.search(self.task, at, end) if shape else None
        return token.span() if token else (at, end)

    def _is_infinitive(self, start: int) -> bool:
        """Whether here, after "to", a verb stands and no value."""
        found = _INNER.match(self.task, start)
        return found is not None and bool(_TO.search(self.task, 0, start)) and found[1].islower() and is_verb(found[1])

    def _word_starts(self, start: int, end: int, wanted: Collection[str]) -> Iterator[int]:
        """Where one of these words, which something follows, is to be cut off."""
        for word in _INNER.finditer(self.task, start, end):
            if word[1].casefold() in wanted and self.task[word.end() :].strip():
                yield word.start()

    def _kinds(self, goal: str) -> None:
        """What looks like the values seen: dates, times, numbers, files, addresses, in the order of the goal."""
        by_kind: dict[re.Pattern[str], list[str]] = {}
        for name in self._open(goal):
            kind = self._kind(name) or _shaped(self.procedure.parameters.get(name, ()))
            if kind is not None:
                by_kind.setdefault(kind, []).append(name)
        for kind, names in by_kind.items():
            spans = [found.span() for found in kind.finditer(self.task) if not self._overlaps(found.span())]
            self._in_order(list(zip(names, spans, strict=False)), goal)

    def _in_order(self, pairs: Sequence[tuple[str, tuple[int, int]]], goal: str) -> None:
        """Takes values in the order of the goal; none where a word before one tells that the order is another."""
        if not any(self._against(name, span[0], goal) for name, span in pairs):
            for name, span in pairs:
                self._take(name, span)

    def _names(self, goal: str) -> None:
        """Names, where one is left for each that is open in the goal."""
        left = [n for n in self._open(goal) if n in holes(goal, self.procedure.parameters) and self._kind(n) is None]
        found = [match.span() for match in _NAME.finditer(self.task) if not self._overlaps(match.span())]
        if left and len(left) == len(found):
            self._in_order(list(zip(left, found, strict=True)), goal)

    def _overlaps(self, span: tuple[int, int]) -> bool:
        return any(start < span[1] and span[0] < end for start, end in self.taken)


def _roles(goal: str) -> dict[str, str]:
    """The roles of parameters that have a preposition before them in a goal."""
    return {name: role for word, name in _BEFORE.findall(goal) if (role := _ROLES.get(word.casefold()))}


def _shaped(seen: Sequence[str]) -> re.Pattern[str] | None:
    """Finds what has the same shape as all these: letters, digits and marks in the same places, such as A-17."""
    if not seen or not all(re.search(r"\d", each) and " " not in each for each in seen):
        return None
    shapes = {re.sub(r"[A-Z]+", "A", re.sub(r"[a-z]+", "a", re.sub(r"\d+", "0", each))) for each in seen}
    if len(shapes) > 1:
        return None
    parts = {"A": "[A-Z]+", "a": "[a-z]+", "0": r"\d+"}
    return re.compile(r"(?<!\w)" + "".join(parts.get(each, re.escape(each)) for each in shapes.pop()) + r"(?!\w)")
