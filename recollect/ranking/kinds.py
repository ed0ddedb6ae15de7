"""Kinds of things that English questions ask for, and what texts have of them: an amount, an age, a name, a day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from recollect.ranking.words import STOP_WORDS, stem, terms, weight


class Holder(NamedTuple):
    """A text that may have what is asked for: words in `known` are no news.

    replies: it is the reply to a question. speaks: its "I" is news, being nobody whom the question names.
    """

    text: str
    known: frozenset[str]
    replies: bool
    speaks: bool


class Kind(NamedTuple):
    """How questions ask for a kind of thing, and whether a text has one."""

    asks: re.Pattern[str]
    has: Callable[[Holder], bool]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.I)


def _any_of(*patterns: re.Pattern[str]) -> Callable[[Holder], bool]:
    return lambda holder: any(pattern.search(holder.text) for pattern in patterns)


# Numbers, times and the like.

_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    rf"|{_TENS}(?:-\w+)?|hundreds?|thousands?|million|dozens?|half|quarter|couple|several|few|once|twice)"
)
_SPAN = "(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|nights?|days?|weeks?|months?|years?|decades?|summer|winter|life)"
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MONEY = (
    re.compile(
        r"[$€£¥₹%]|\b\d{1,3}(?:[.,]\d{3})+\b|\b(?!(?:19|20)\d\d\b)\d{3,}\b|\b\d+k\b|\d (?:an?|per|each)\b", re.I
    ),
    _words(
        "euros?|dollars?|pounds?|kron[aeo]r?|yen|rupees?|francs?|pesos?|bucks|quid|cents?|grand|percent|free|cheap|expensive"
    ),
    _words(
        rf"(?:costs?|paid|pays?|worth|spent|owe[sd]?|charges?|earns?) (?:\w+ ){{0,2}}{_NUMBER}|hundreds?|thousands?"
    ),
)
_AGE = (
    _words(rf"turn(?:s|ed|ing)? {_NUMBER}|birthday|aged?|born|year-old|(?:years?|months?|weeks?) old|\w+teen|\w+tieth"),
    _words(r"(?:19|20)\d\d"),
    re.compile(rf"(?:\b(?:is|was|am|are|turned|about|nearly|almost|only)|['’][sm]) (?:now )?{_NUMBER}\b", re.I),
    re.compile(rf"\b{_TENS}(?:-\w+)?(?=[,.!?;)]| (?:now|in|and|next|this|years?)\b|$)|[,(] ?\d{{1,3}}(?=[,)])", re.I),
)
_DURATION = (
    _words(rf"{_NUMBER} (?:\w+ )?(?:and a half )?{_SPAN}|(?:a|an|the whole|all|half an?|every) {_SPAN}|{_SPAN} long"),
    _words(r"(?:19|20)\d\d|since|until|till|forever|ages|always|long|lifelong|through"),
    _words("(?:from|between) .* (?:to|till|and)"),
)
_FREQUENCY = (
    _words(
        "always|never|often|usually|sometimes|rarely|seldom|every|each|daily|weekly|monthly|yearly|once|twice|times"
    ),
    _words(rf"on {_WEEKDAY}|mornings|evenings|nights|weekends|(?:an?|per) (?:day|week|month|year)"),
)
_SIZE = (
    re.compile(r"\d"),
    _words(_NUMBER),
    _words(
        "size|big|bigger|small|smaller|large|larger|huge|tiny|tall|short|long|fast|slow|heavy|light|deep|high|far|near"
    ),
)
_DAY = (
    _words(
        rf"{_WEEKDAY}|{_MONTH}|\d+(?:st|nd|rd|th)|today|yesterday|tomorrow|tonight|weekends?|weekdays|every day|daily"
    ),
    _words("christmas|easter|ago"),
    _words(r"(?:last|next|this) (?:night|week|weekend|month)|\w+ eve|birthday"),
    _words("the (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"),
    re.compile(r"\d[./-]\d"),
)
_YEAR = (_words(r"(?:19|20)\d\d|years?|ago"), re.compile(r"['’]\d\d\b"))
_HOUR = (
    _words(
        rf"\d{{1,2}}(?::\d\d| ?[ap]\.?m)|(?:at|by|before|after|until|from|around|about|below|under) {_NUMBER}|o'clock"
    ),
    _words("noon|midnight|dawn|mornings?|afternoons?|evenings?|nights?|hours?|half past|quarter"),
)
_COLOUR = (
    _words("red|blue|green|yellow|black|white|brown|gr[ea]y|orange|purple|pink|violet|beige|silver|gold(?:en)?"),
    _words(
        r"turquoise|navy|crimson|teal|cream|dark|light|burgundy|maroon|magenta|ivory|khaki|lilac|lavender|indigo|coral|olive|mint"
        r"|scarlet|bronze|copper|tan|blonde?|ginger|auburn|striped|emerald|charcoal|peach|salmon|aqua|cyan|pastel|metallic|hazel|colou?r\w*"
    ),
)
_JOB = (
    re.compile(r"(?:\b(?:is|was|am|are|as|became)|['’][sm]) (?:now )?an? ", re.I),
    _words(r"work\w*|jobs?|post|trade|profession|career|business|firm|company|office|shifts?|formerly|retired"),
    _words(r"stud(?:y|ies|ied)|teach(?:es)?|drives?|runs?|sells?|owns?|manages?|founded|hired|employ\w+|self-employed"),
)
_LIKED = (
    _words(
        r"favou?rites?|fav|faves?|lov(?:e|es|ed|ing)|lik(?:e|es|ed)|prefer\w*|best|enjoy\w*|fan|ador\w+|obsess\w+|top|go-to|addict\w*"
    ),
)
_BIRTH = (_words(rf"birthdays?|b-?day|born|turn(?:s|ed|ing)? {_NUMBER}|(?:years?) old|birth"),)
_CONTACT = (re.compile(r"\d{3}|\d(?:[ -]\d+){2}|@"), _words("street|road|lane|avenue|square|drive|close"))
_PEOPLE = _words(
    r"mother|father|mum|mom|dad|sister|brother|son|daughter|wife|husband|partner|friends?|cousin|aunt|uncle|niece|nephew"
    r"|grand(?:mother|father|ma|pa|son|daughter)|neighbou?rs?|boss|colleagues?|teacher|doctor|m[ae]n|wom[ae]n|guy|girl|boy"
    r"|lady|widow|family|kids?|child(?:ren)?|parents?|myself|some(?:body|one)|nobody|everyone|landlord|client|owner|coach"
    r"|student|nurse|(?:girl|boy)friend|fianc[eé]e?|mrs?|ms|dr|professor|organi[sz]ation"
)
_SPEAKER = re.compile(r"\b(?:I|[Ww]e)\b")

# Names.

_CAPITALS = re.compile(r"(?<!\w)[A-ZÀ-Þ]\w+(?: [A-ZÀ-Þ]\w+)*")
_TITLED = re.compile(r"[\"“][A-Z]")
_CALLED = _words("called|named?|names")
_WHOSE = re.compile(r",? (?:my|our|his|her|their)\b", re.I)
_PLACE = re.compile(r"\b(?:in|at|via|near|around)\s+(?:the\s+)?$", re.I)
_GOAL = re.compile(r"\b(?:in|near|around)\s+(?:the\s+)?$", re.I)
_MEANS = re.compile(
    r"\b(?:at|with|by|from|for|on|to|an?|the|via|use[sd]?|using|called|named|is|was|see|saw|visit|visited|joined)\s+(?:the\s+)?$",
    re.I,
)
_DATED = re.compile(rf"(?:{_WEEKDAY}|{_MONTH}|easter|christmas)s?$", re.I)
_RARE = 9.0
"""The weight of a word in everyday English from which, at the beginning of a sentence, it is taken for a name."""
_BESIDE = 3
"""Words between a name and what it names."""
_INSTITUTIONS = frozenset(
    "airline bank brand church clinic club college company dentist doctor employer ferry firm gym hall hospital hotel"
    " institution manufacturer nursery pharmacy provider school shelter store supplier supermarket surgeon team therapist"
    " train university vet website winery".split()
)


def _names(holder: Holder, not_after: re.Pattern[str] | None = None) -> Iterator[re.Match[str]]:
    """Where new names are, but for those after words of a place or a goal."""
    for found in _CAPITALS.finditer(holder.text):
        before = holder.text[: found.start()]
        new = [word for word in found.group().split() if _is_new(word, holder.known)]
        if new and not (not_after and not_after.search(before)) and not (_opens(before) and _is_common(found.group())):
            yield found


def _is_new(word: str, known: frozenset[str]) -> bool:
    return not (word.casefold() in STOP_WORDS or _DATED.match(word) or known & set(terms(word)))


def _opens(before: str) -> bool:
    return not before.strip() or before.rstrip()[-1] in '.!?:"“…)'


def _is_common(words: str) -> bool:
    return " " not in words and weight(stem(words.casefold())) < _RARE


def _is_named(holder: Holder) -> bool:
    """Whether it gives a name to something asked for: says "called", answers a question, or has it beside that."""
    found = list(_names(holder, _PLACE))
    if _TITLED.search(holder.text) or (found and (holder.replies or _CALLED.search(holder.text))):
        return True
    return any(
        _WHOSE.match(holder.text[name.end() :]) or holder.known & set(_beside(holder.text, name)) for name in found
    )


def _beside(text: str, name: re.Match[str]) -> list[str]:
    before, after = terms(text[: name.start()]), terms(text[name.end() :])
    return before[-_BESIDE:] + after[:_BESIDE]


def _has_institution(holder: Holder) -> bool:
    """Whether it has a name, or the word itself: "the school" is better than nothing where a school is asked for."""
    words = _INSTITUTIONS & set(re.findall(r"\w+", holder.text.casefold()))
    if _TITLED.search(holder.text) or holder.known & set(map(stem, words)):
        return True
    return any(_is_done_with(holder, name) for name in _names(holder, _GOAL))


def _is_done_with(holder: Holder, name: re.Match[str]) -> bool:
    return bool(_MEANS.search(holder.text[: name.start()]) or holder.known & set(_beside(holder.text, name)))


def _has_person(holder: Holder) -> bool:
    if holder.speaks and _SPEAKER.search(holder.text):
        return True
    people = (found.group().casefold() for found in _PEOPLE.finditer(holder.text))
    return any(stem(word) not in holder.known for word in people) or any(_names(holder, _PLACE))


def _has_town(holder: Holder) -> bool:
    return any(_names(holder))


def _by_name(has: Callable[[Holder], bool]) -> Callable[[Holder], bool]:
    """The same, but that who writes everything small may have named it."""
    return lambda holder: holder.text == holder.text.lower() or has(holder)


# How questions ask.

_PAID = "cost|pay|paid|earns?|rent|spend|spent|price|sell|sold|charge|worth|salary|owe|borrow|lend|tickets?"
_ASKED_FOR = {
    "money": (
        rf"how (?:much|expensive)\b.*\b(?:{_PAID})|how much (?:for|is|are|was|were)"
        r"|how much (?:did|do|does|will|would) (?:the |my )?\w+ (?:get|make|raise|donate|win)"
        r"|^(?:what|which)\b.*\b(?:price|rent|salary|budget|fee|wage|pay rise)"
        r"|^what (?:do|does|did|will|would)\b.*\b(?:cost|charge|earn)"
    ),
    "age": "how old|(?:what|which) age",
    "duration": "how long",
    "frequency": "how (?:often|frequently)",
    "size": "how (?:far|fast|large|big|tall|high|deep|heavy|wide)",
    "birthday": r"^when (?:is|was)\b.*\b(?:birthday|born)",
    "day": r"(?:what|which) (?:days?|date|weekday|evening)",
    "year": r"(?:what|which) year",
    "hour": r"(?:what|which) (?:time|hour)",
    "colour": r"(?:what|which) colou?r|colou?r of",
    "contact": r"(?:phone|telephone|mobile) number|e-?mail address|(?:what|which)\b.*\baddress",
    "favourite": r"what\b.*\bfavou?rite",
    "job": r"(?:job|profession|occupation|trade)\W*$|for a living|work as|what does (?:\S+ ){1,3}do\W*$",
    "name": r"(?:sur)?names? of|called\W*$|(?:sur)?names?\W*$",
    "institution": rf"(?:what|which) (?:brand of )?(?:{'|'.join(sorted(_INSTITUTIONS))})",
    "town": "(?:what|which) (?:city|town|country|village)",
    "person": r"^(?:\w+ )?who(?:m|se)?(?!(?:['’]s| is| was| are| were) (?:\w+|(?-i:[A-Z]\w+ [A-Z]\w+))\W*$)",
}
_HAS: dict[str, Callable[[Holder], bool]] = {
    "money": _any_of(*_MONEY),
    "age": _any_of(*_AGE),
    "duration": _any_of(*_DURATION),
    "frequency": _any_of(*_FREQUENCY),
    "size": _any_of(*_SIZE),
    "birthday": _any_of(*_BIRTH),
    "day": _any_of(*_DAY),
    "year": _any_of(*_YEAR),
    "hour": _any_of(*_HOUR),
    "colour": _any_of(*_COLOUR),
    "contact": _any_of(*_CONTACT),
    "favourite": _any_of(*_LIKED),
    "job": _any_of(*_JOB),
    "name": _by_name(_is_named),
    "institution": _by_name(_has_institution),
    "town": _by_name(_has_town),
    "person": _by_name(_has_person),
}
KINDS = {name: Kind(re.compile(rf"(?:\b|^)(?:{asks})(?!\w)", re.I), _HAS[name]) for name, asks in _ASKED_FOR.items()}
"""All kinds by name. The first that a question asks for is the one."""
