"""What a query asks for beside its words: of whom, whether when, of which days; and what memories have to do with that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice, pairwise

from recollect.ranking.times import MONTH_NAMES, MONTH_NUMBERS, Date, without_times
from recollect.ranking.words import STOP_WORDS, query_terms, stem


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which speaker a query asks, whether it asks when, and of which dates; `dates_only`: of nothing else."""

    speaker: str | None = None
    when: bool = False
    dates: tuple[Date, ...] = ()
    dates_only: bool = False


NOTHING = Wanted()
"""Nothing but its words."""

_ROLES = frozenset({"user", "assistant", "system", "tool"})
"""What stands for an actor whose name is not known."""
_LONGEST_NAME = 3
"""Words in a name."""
_LOOKED_AT = 200
"""Words at the beginning of a query among which names are looked for."""
_NO_NAMES = STOP_WORDS | _ROLES | MONTH_NUMBERS.keys()
"""Words that are names only where they begin with a capital."""
_EVERYDAY = frozenset(
    "amber angel art ash autumn basil bay bear bill blue brook buck bud buddy candy cash chance chase cherry chip clay"
    " cliff coach coral crystal daisy dash dawn destiny drew echo eve faith fern forest frank ginger grace grant guy hazel"
    " heather herb holly hope hunter iris ivy jack jade jasmine jewel joy lance laurel lily lot mark mason max melody"
    " mercy miles misty nick ocean olive opal pat patience patty pearl peg penny pepper pet piper poppy porter ray reed"
    " rich river rob robin rock rod rose rosemary ruby rusty sage sandy scout shade skip sky star stone stormy sue summer"
    " sunny tab tiger trip van vic victory viola violet wade ward will willow winter woody wren".split()
)
"""Names that are words as well, and in small letters mostly words; no count of words tells them from the others."""
_AUXILIARIES = frozenset({"will", "may"})
"""Names that are auxiliaries at the beginning of a sentence."""
_OF_THINGS = re.compile(r"\b(?:the|an?|my|our|your|his|her|their|its|this|that|these|some|any|no|each|every)\s+$")
"""What stands before a word for a thing."""
_ANYTHING = frozenset(
    map(
        stem,
        "happen do done go going went new tell told talk talked say said know anything everything something"
        " spring summer fall autumn winter monday tuesday wednesday thursday friday saturday sunday".split(),
    )
)
"""Terms by which a query with a date in it asks for nothing else."""
_WORD = re.compile(r"\w\S*")
_POSSESSIVE = re.compile(r"['’]s$")
_BOTH = re.compile(r"\bboth\b", re.I)
_JOINED = re.compile(r"\s*(?:,|and|or|&)\s*", re.I)


# Speakers.


def names(query: str) -> tuple[str, ...]:
    """What in a query may be the name of a speaker, in the ways that it may be stored.

    Who writes everything small writes names small as well.
    """
    words = list(islice(_WORD.finditer(query), _LOOKED_AT))
    spans = [
        query[words[first].start() : words[last].end()].rstrip(".,;:!?()[]\"”'’")
        for first in range(len(words))
        for last in range(first, min(first + _LONGEST_NAME, len(words)))
    ]
    found = [form for span in spans for form in (span, _POSSESSIVE.sub("", span)) if form not in _NO_NAMES]
    if query == query.lower():
        found += [form.title() for form in found]
    return tuple(dict.fromkeys(form for form in found if form))


def is_named(actor: str | None) -> bool:
    """Whether an actor has a name: one that has none may be anybody."""
    return actor is not None and actor not in _ROLES


def of_another(speaker: str | None, actor: str | None) -> bool:
    """Whether a memory is of another speaker than the one asked of."""
    return speaker is not None and is_named(actor) and actor != speaker


def understood(query: str, speakers: Iterable[str], reference: datetime, dated: bool = True) -> tuple[str, Wanted]:
    """The text of a query without the names of speakers and, where they are looked at, times; and what it asks.

    reference: what "yesterday" is seen from, in the zone of who asks. What nothing would be left of stays as it is.
    """
    small = query == query.lower()
    found = sorted(  # of names that begin at one place the longest first
        (match.start(), -match.end(), name)
        for name in filter(is_named, speakers)
        for match in _name(name, small).finditer(query)
        if not _is_word(query, match, small)
    )
    text = query
    for start, end, _ in found:
        text = text[:start] + " " * (-end - start) + text[-end:]
    text, dates = without_times(text, reference) if dated else (text, ())
    content = query_terms(text).keys() - STOP_WORDS
    wanted = Wanted(
        _speaker(query, found), _WHEN.search(query) is not None, dates, bool(dates) and content <= _ANYTHING
    )
    return text if content else query, wanted


def _is_word(query: str, name: re.Match[str], small: bool) -> bool:
    """Whether what is spelled as a name is an everyday word there: "Will I go?", "the bill"; never with a genitive."""
    if _POSSESSIVE.search(name.group()):
        return False
    word, before = name.group().casefold(), query[: name.start()]
    if small:
        return word in _EVERYDAY or _OF_THINGS.search(before) is not None
    return word in _AUXILIARIES and (not before.strip() or before.rstrip()[-1] in ".!?")


@lru_cache(maxsize=4096)
def _name(name: str, small: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)", re.I if small else 0)


def _speaker(query: str, found: Sequence[tuple[int, int, str]]) -> str | None:
    """The one named; of several the first, which is the subject, unless they are asked of together."""
    if len({name for *_, name in found}) > 1 and _BOTH.search(query):
        return None
    for (_, end, name), (start, _, other) in pairwise(found[:2]):
        if name != other and _JOINED.fullmatch(query[-end:start]):
            return None
    return found[0][2] if found else None


# Times.

_WHEN = re.compile(r"^\s*when\b|\b(?:what|which) (?:date|day|month|year|time)\b|\bhow long\b|\bsince when\b", re.I)
_TIME = re.compile(  # of re2 each call lets go of the interpreter: a loop beside thousands of them would not breathe
    r"(?i)\b(?:yesterday|today|tonight|tomorrow|ago|recently|lately|since|(?:19|20)\d\d"
    r"|(?:last|next|this|past|previous|coming) (?:(?:few|couple of|two|three) )?"
    r"(?:night|days?|weeks?|weekends?|months?|years?|summer|winter|spring|fall|autumn|(?:mon|tue|wed|thu|fri|sat|sun)\w*)"
    rf"|{MONTH_NAMES}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|(?:for|in) (?:a few|\d+|two|three|four|five|six) (?:days|weeks|months|years))\b"
)
_ASKS = re.compile(r"[?？؟]\W*(?:\[[^\]]*\]\W*)?$")


@lru_cache(maxsize=4096)
def has_time(text: str) -> bool:
    """Whether a text says when."""
    return _TIME.search(text) is not None


def is_question(text: str) -> bool:
    """Whether a text ends by asking; a remark in brackets behind it does not matter."""
    return _ASKS.search(text) is not None


DATED = 0.5
"""The base score of a memory of the days asked for, where nothing else is."""


def undated(wanted: Wanted, frequencies: Mapping[str, int]) -> float:
    """How far a memory misses the nearest day asked for: 0 not at all, half where only the day is another, else 1.

    A memory is of the days that it was said, that it is about, and that its words name.
    """
    missed = 1.0 if wanted.dates else 0.0
    for far, near in wanted.dates:
        if far[-1] in frequencies and all(term in frequencies for term in far):  # the year tells most of them apart
            if all(term in frequencies for term in near):
                return 0.0
            missed = 0.5
    return missed
