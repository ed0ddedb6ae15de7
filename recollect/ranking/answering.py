"""Whether memories can hold what an English question asks for: something of that kind, on those persons, of that speaker.

A question whose words all are there may still have no answer: "How old is my sister?" is none of "My sister lives in
Lyon". What is no English question asks for nothing here, and what does not read as English can hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from recollect.ranking.asking import is_named
from recollect.ranking.kinds import KINDS, Holder
from recollect.ranking.words import STOP_WORDS, alike, stem, terms, weight


@dataclass(frozen=True, slots=True)
class Sought:
    """What a question asks for; by default nothing that could be missing.

    kind: one of KINDS. subjects: persons, and what is counted, each by the terms of which one has to be there. speaker: of
    whom it asks. words: its own terms and those of words
    alike, which are no answer to it.
    """

    kind: str | None = None
    subjects: tuple[frozenset[str], ...] = ()
    speaker: str | None = None
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """What was said, and who said it; whether the turn before it asks; the terms of it and of what is around it."""

    text: str
    actor: str | None = None
    replies: bool = False
    around: frozenset[str] = frozenset()


_LONG = 2000
"""Characters from which a question asks for nothing and a memory can hold anything."""


# What a question asks for.

_ASKS = re.compile(
    r"^\W*(?:\w+\W+){0,2}?(?:who|whom|whose|what|when|where|which|why|how|is|are|do|does|did|has|have|had|can|could)\b",
    re.I,
)
_PERSONS = (  # the first of a line asks for one who may be spoken of as the others
    "mother mum mom mama mommy mummy parent folks",
    "father dad papa daddy pops parent folks",
    "sister sis sibling child twin",
    "brother bro sibling child twin",
    "sibling sister brother sis bro child twin",
    "son kid child children boy twins eldest youngest baby little",
    "daughter kid child children girl twins eldest youngest baby little",
    "children kid child son daughter boy girl twins eldest youngest baby little",
    "wife missus fiancee bride married spouse partner half",
    "husband hubby fiance groom married spouse partner half",
    "girlfriend fiancee partner",
    "boyfriend fiance partner",
    "grandmother grandma granny gran nan nana nanna grandparent",
    "grandfather grandpa grandad granddad gramps pops grandparent",
    "grandson grandchild grandchildren",
    "granddaughter grandchild grandchildren",
    "aunt auntie",
    "uncle",
    "cousin",
    "nephew",
    "niece",
    "boss manager report",
    "landlord landlady rent",
    "neighbour neighbor door",
    "roommate flatmate",
)
_SAME = {"mum": "mother", "mom": "mother", "dad": "father", "kid": "children"}
_HOW_MANY = re.compile(r"\bhow many (?!times|hours|minutes|people|things|different|new|more|other|of)(\w+)", re.I)


def _by_term() -> dict[str, frozenset[str]]:
    found = {stem(line.split()[0]): frozenset(map(stem, line.split())) for line in _PERSONS}
    return found | {stem(word): found[stem(other)] for word, other in _SAME.items()}


_BY_TERM = _by_term()


@lru_cache(maxsize=1024)
def sought(query: str, speaker: str | None = None) -> Sought:
    """What a question asks for, given the speaker that it asks of."""
    if len(query) > _LONG or not _ASKS.match(query):
        return Sought(speaker=speaker)
    words = frozenset(terms(query))
    kind = next((name for name, kind in KINDS.items() if kind.asks.search(query)), None)
    near = frozenset(other for term, some in alike(query).items() if term in words for other in some)
    persons = (_BY_TERM[word] for word in sorted(words & _BY_TERM.keys()))
    return Sought(kind, (*persons, *_counted(query)), speaker, words | near)


def _counted(query: str) -> Iterator[frozenset[str]]:
    for word in _HOW_MANY.findall(query):
        term = stem(word.casefold())
        yield _BY_TERM.get(term, frozenset({term, *terms(word)}).union(alike(word).get(term, ())))


# What memories have of it.


def mentioned(asked: Sought, told: Iterable[Told]) -> bool:
    """Whether all subjects asked for are spoken of in or around one of these memories."""
    return not asked.subjects or any(_mentions(asked, one.around) for one in told)


def _mentions(asked: Sought, around: frozenset[str]) -> bool:
    return not _are_english(around) or all(around & subject for subject in asked.subjects)


def holds(asked: Sought, told: Told) -> bool:
    """Whether a memory has something of the kind asked for, and can be on the speaker asked of."""
    if not _is_judged(told.text):
        return True
    return (asked.kind is None or KINDS[asked.kind].has(_holder(asked, told))) and not _on_another(asked.speaker, told)


def _holder(asked: Sought, told: Told) -> Holder:
    known = (asked.words - STOP_WORDS).union(
        *asked.subjects, *(terms(name) for name in (asked.speaker, told.actor) if name)
    )
    return Holder(told.text, known, told.replies, asked.speaker != told.actor or told.actor is None)


def _is_judged(text: str) -> bool:
    return len(text) <= _LONG and is_english(text)


_LETTERS = re.compile(r"[^\W\d_]+")
_HEARD = 11.0
"""A weight that all words of the table of everyday English are below, and others above."""


@lru_cache(maxsize=4096)
def is_english(text: str) -> bool:
    """Whether three in five words of a text are words of everyday English."""
    return _are_english([stem(word) for word in _LETTERS.findall(text.casefold())])


def _are_english(found: Collection[str]) -> bool:
    known = sum(term.isascii() and weight(term) < _HEARD for term in found)
    return 5 * known >= 3 * len(found) > 0


_MINE = re.compile(r"\b(?:I|[Mm]y|me|[Mm]ine|myself|[Ww]e|[Oo]ur|us)\b")
_YOURS = re.compile(r"\b(?:you|yours?|yourself)\b", re.I)
_THEIRS = re.compile(r"\b(?:she|he|they|hers?|his|him|their|theirs|them)\b", re.I)


_GREETED = "hey|hi|hello|thanks|thank you|wow|yeah|yep|sure|ok|okay|congrats|dear"


def _on_another(speaker: str | None, told: Told) -> bool:
    """Whether it is on somebody else than the one asked of: by that one to "you", or by another of others.

    What another says may be on who is named in it or around it, or speaks there, unless it is on "I" alone.
    """
    if speaker is None or not is_named(told.actor):
        return False
    mine, yours = _MINE.search(told.text), _YOURS.search(told.text)
    if told.actor == speaker:
        return bool(yours and not mine)
    if yours or _speaks_of(speaker, told.text):
        return False
    return not told.around.issuperset(terms(speaker)) or bool(mine and not _THEIRS.search(told.text))


def _speaks_of(name: str, text: str) -> bool:
    """Whether a text says the name, but to call or thank the one who bears it."""
    return name.casefold() in _called(name).sub(" ", text).casefold()


@lru_cache(maxsize=1024)
def _called(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[,.!?] |\b(?:{_GREETED}) ){re.escape(name)}\s*(?=[,.!?])", re.I)
