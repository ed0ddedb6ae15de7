"""What of a procedure others may see: how it is done, and nothing of those for whom it was done."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_plus

from recollect.procedures.abstracting import free
from recollect.procedures.values import HOLE, as_text
from recollect.ranking import STOP_WORDS
from recollect.types import Procedure, Step

_CHANCE = 3
"""Letters and digits up from which a value within a longer word is no chance."""
_ORDINARY = re.compile(r"[a-z \-_./:,;=|&'\"]{1,60}")
"""A text without a name or a number: no capital, digit, sign of an address, or letter of a script without capitals."""
_COUNT = 1000
"""Numbers below it count something, those above may name somebody."""


def general(procedure: Procedure, runs: int) -> Procedure:
    """The procedure without values of its parameters, however they are spelled, and without anything that a tool said.

    Pitfalls go too, which quote both. An argument that holds a value becomes a parameter, and so does each text that was
    the same in all runs, but for ordinary words where there are two runs or more and the step is part of all of them.
    """
    hiding = _Hiding(procedure.parameters, runs > 1)
    steps = tuple(hiding.step(step) for step in procedure.steps)
    return replace(
        procedure,
        goal=hiding.said(procedure.goal),
        steps=steps,
        parameters={**dict.fromkeys(procedure.parameters, ()), **dict.fromkeys(hiding.made.values(), ())},
        preconditions=tuple(map(hiding.said, procedure.preconditions)),
        pitfalls=(),
    )


@dataclass(slots=True)
class _Hiding:
    """The parameters with their values; `known` where texts that never varied may stay, `made` the parameters for others."""

    parameters: Mapping[str, tuple[str, ...]]
    known: bool
    values: list[_Value] = field(init=False)
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = [_Value(name, value) for name, seen in self.parameters.items() for value in seen if value.strip()]
        self.values = sorted(found, key=lambda value: -len(value.text))

    def step(self, step: Step, *, always: bool = True) -> Step:
        always = always and not step.optional
        return replace(
            step,
            intent=self.said(step.intent),
            arguments={key: self._argument(key, value, always) for key, value in step.arguments.items()},
            expected=None,
            observation=None,
            alternatives=tuple(self.step(other, always=False) for other in step.alternatives),
        )

    def said(self, text: str) -> str:
        """A sentence with the names of parameters in place of values."""
        for value in self.values:
            if not value.is_letter:
                text = value.pattern.sub(f"{{{value.name}}}", text)
        for value in self.values:
            if value.is_in(text):
                text = value.without(text)
        return text

    def _argument(self, name: str, given: Any, always: bool) -> Any:
        if isinstance(given, Mapping):
            return {self.said(str(key)): self._argument(str(key), inner, always) for key, inner in given.items()}
        if isinstance(given, list | tuple):
            return [self._argument(name, inner, always) for inner in given]
        if given is None or isinstance(given, bool):
            return given
        same = next((value for value in self.values if value.equals(as_text(given))), None)
        if same is not None:
            return f"{{{same.name}}}"
        return given if self._may_stay(given, always) else self._hole(name, given)

    def _may_stay(self, given: Any, always: bool) -> bool:
        if not isinstance(given, str):
            return isinstance(given, int | float) and abs(given) < _COUNT
        rest = HOLE.sub("", given)
        if not letters(rest):
            return True
        ordinary = self.known and always and _ORDINARY.fullmatch(rest) is not None
        return ordinary and not any(value.is_in(rest) for value in self.values)

    def _hole(self, name: str, given: Any) -> str:
        key = (name, as_text(given))
        if key not in self.made:
            self.made[key] = free(name, {**self.parameters, **dict.fromkeys(self.made.values())})
        return f"{{{self.made[key]}}}"


@dataclass(slots=True)
class _Value:
    """A value of a parameter, compared by its letters and digits alone."""

    name: str
    text: str
    letters: str = field(init=False)
    words: frozenset[str] = field(init=False)
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.letters = letters(self.text)
        self.words = frozenset(word for word in words(self.text) if len(word) > 1 and word not in STOP_WORDS)
        spaced = r"[\W_]+".join(map(re.escape, re.findall(r"[^\W_]+", self.text))) or re.escape(self.text.strip())
        self.pattern = re.compile(rf"(?<![^\W_])(?<!\{{){spaced}(?![^\W_])(?!\}})", re.IGNORECASE)

    @property
    def is_letter(self) -> bool:
        """Whether it is too short to tell anything: "a" stands in every other sentence."""
        return len(self.text.strip()) < 2 or self.letters in STOP_WORDS

    def equals(self, text: str) -> bool:
        return text == self.text or (bool(self.letters) and letters(text) == self.letters)

    def is_in(self, text: str) -> bool:
        """Whether a text holds it, glued to others or not, or two of its words."""
        plain = HOLE.sub(" ", text)
        if self.is_letter:
            return False
        if not self.letters:
            return self.text in plain
        there, said = letters(plain), frozenset(words(plain))
        found = sum(word in said or (len(word) >= _CHANCE and word in there) for word in self.words)
        return self.letters in said or (len(self.letters) >= _CHANCE and self.letters in there) or found > 1

    def without(self, text: str) -> str:
        """A sentence with the parameter's name in place of each word that holds the value or is one of its words."""
        return re.sub(r"\S+", lambda word: f"{{{self.name}}}" if self._shows(word[0]) else word[0], text)

    def _shows(self, word: str) -> bool:
        return self.is_in(word) or not self.words.isdisjoint(words(HOLE.sub(" ", word)))


def letters(text: str) -> str:
    """Letters and digits of a text alone, without case, accents and percent signs."""
    return "".join(words(text))


def words(text: str) -> Iterator[str]:
    """The words of a text, as `letters` has them."""
    decomposed = unicodedata.normalize("NFKD", unquote_plus(text)).casefold()
    plain = "".join(each for each in decomposed if not unicodedata.combining(each))
    return (found[0] for found in re.finditer(r"[^\W_]+", plain))
