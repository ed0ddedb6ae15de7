"""Kinds of things that English questions ask for, and what texts have of them: an amount, an age, a name, a day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
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
    r"(?:\d[\d.,]{0,12}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    rf"|{_TENS}(?:-\w+)?|hundreds?|thousands?|million|dozens?|half|quarter|couple|several|few|once|twice)"
)
_NUMBERS = (  # but for "one", "few" and the like, which say little
    re.compile(r"\d"),
    _words(
        r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
        r"|\w+teen|hundreds?|thousands?|million|dozens?|tenner|fiver"
        rf"|{_TENS}(?:-\w+)?|(?:twen|thir|for|fif|six|seven|eigh|nine)ties|teens|noughties"
    ),
)
_ANY_NUMBER = (
    rf"(?:\d[\d.,]{{0,12}}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|{_TENS}(?:-\w+)?|\w+teen)"
)
_SPAN = "(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|nights?|days?|weeks?|months?|years?|decades?|summer|winter|life)"
_WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_WEEKDAYS = re.compile(r"\b(?:Mon|Tues?|Weds?|Thu(?:rs)?|Fri|Sat|Sun)\b")
_MONTHS = re.compile(r"\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b")
_AROUND = _words("after|before|during|when(?:ever)?|day of")
"""Another event than one of the calendar or the clock."""
_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MONEY = (
    re.compile(r"[$€£¥₹%]"),
    _words(
        r"euros?|dollars?|pounds?|kron[aeo]r?|yen|rupees?|francs?|pesos?|bucks|quid|zlot(?:y|ys|e)|shekels?|liras?"
        r"|rou?bles?|crowns?|dirhams?|dinars?|baht|rand|points?|credits?|cents?|grand|percent|free"
        r"|cheap(?:ly|er)?|expensive|pricey|nothing|peanuts|bargain|steal|gift|wage|fortune|discount|afford\w*"
    ),
    _words(rf"(?:costs?|paid|pays?|worth|spent|owe[sd]?|charges?|earns?) (?:\w+ ){{0,2}}{_NUMBER}"),
)
_AGE = (
    _words(
        rf"turn(?:s|ed|ing)? {_NUMBER}|birthday|aged?|born|year-old|(?:years?|months?|weeks?) old"
        r"|\w+tieth|toddler|teen(?:ager)?s?|newborn|pensioner"
    ),
    re.compile(rf"(?:\b(?:is|was|am|are|turned|about|nearly|almost|only)|['’][sm]) (?:now )?{_NUMBER}\b", re.I),
)
_DURATION = (
    *_NUMBERS,
    _words(rf"{_NUMBER} (?:\w+ )?(?:and a half )?{_SPAN}|(?:a|an|the whole|all|half an?|every) {_SPAN}|{_SPAN} long"),
    _words(
        "since|until|till|forever|ages|always|long|lifelong|through|while|moment|brief|quick|overnight|fortnight|last|no time"
    ),
    _words("(?:from|between) .* (?:to|till|and)"),
)
_FREQUENCY = (
    *_NUMBERS,
    _WEEKDAYS,
    _AROUND,
    _words(
        "always|never|often|usually|sometimes|rarely|seldom|every|each|daily|weekly|monthly|yearly|once|twice|times"
        r"|alternate|now and|regular(?:ly)?|constantly|frequent(?:ly)?"
        r"|occasional(?:ly)?|hardly|all the time|on and off|nightly"
    ),
    _words(rf"{_WEEKDAY}|mornings|evenings|nights|weekends|(?:an?|per) (?:day|week|month|year)"),
)
_SIZE = (
    re.compile(r"\d"),
    _words(_NUMBER),
    _words(
        "size|big|bigger|small|smaller|large|larger|huge|tiny|tall|short|long|fast|slow|heavy|light|deep|high|far|near"
        "|throw|corner|door|close|walk|wide|narrow|thick|thin|giant|massive|enormous|little|medium|minutes?|spacious"
    ),
)
_DAY = (
    _WEEKDAYS,
    _MONTHS,
    _AROUND,
    _words(
        rf"{_WEEKDAY}|{_MONTH}|\d+(?:st|nd|rd|th)|today|yesterday|tomorrow|tonight|weekends?|weekdays|every day|daily"
    ),
    _words("christmas|easter|ago"),
    _words(r"(?:last|next|this) (?:night|week|weekend|month)|\w+ eve|birthday"),
    _words("the (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"),
    re.compile(r"\d[./-]\d"),
)
_COUNTED = _words(
    rf"\d+(?:st|nd|rd|th)|{_ANY_NUMBER} (?:of )?{_MONTH}|{_MONTH} {_ANY_NUMBER}"
    rf"|{_ANY_NUMBER}(?: or {_ANY_NUMBER})? (?!(?:years|yrs|months|weeks|always|this|is|was|plus|less|across|perhaps|tops)\b)"
    r"(?:[a-z]{3,}s|(?:\w+)?children|people)"
)
"""Numbers of dates and of things."""
_TIMED = _words(
    rf"\d{{1,2}}:\d\d|{_ANY_NUMBER} ?[ap]\.?m|{_ANY_NUMBER}(?: (?!(?:an?|per|each|every|this|last|next)\b)\w+)? {_SPAN}"
    r"|(?:at|until|before|after) (?:1[0-2]|[1-9]|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?![\d.,]\d)"
    r"|(?:in|since|from) (?:19|20)\d\d"
)
"""Numbers of hours and spans."""
_YEAR = (*_NUMBERS, _AROUND, _words("years?|ago|last|decades?|century|child|kid"))
_HOUR = (
    _AROUND,
    _words(rf"(?:at|by|until|from|around|about|below|under) {_NUMBER}|o'clock"),
    _words(
        r"noon|midnight|dawn|mornings?|afternoons?|evenings?|nights?|hours?|half past"
        r"|quarter|sun(?:rise|set)|dusk|(?:lunch|dinner|tea|bed)(?:time)?"
    ),
)
_COLOUR = (
    _words("red|blue|green|yellow|black|white|brown|gr[ea]y|orange|purple|pink|violet|beige|silver|gold(?:en)?"),
    _words(
        r"turquoise|navy|crimson|teal|cream|dark|light|burgundy|maroon"
        r"|magenta|ivory|khaki|lilac|lavender|indigo|coral|olive|mint"
        r"|scarlet|bronze|copper|tan|blonde?|ginger|auburn|striped|emerald|charcoal"
        r"|peach|salmon|aqua|cyan|rust|plum|mustard|chocolate|pastel|metallic|hazel|colou?r\w*"
    ),
)
_JOB = (
    re.compile(r"(?:\b(?:is|was|am|are|as|became)|['’][sm]) (?:now )?an? ", re.I),
    _words(r"work\w*|jobs?|post|trade|profession|career|business|firm|company|office|shifts?|formerly|retired"),
    _words(
        r"stud(?:y|ies|ied)|founded|hired|employ\w+|self-employed|(?:for a|makes? a|made a|earns? a) living|freelanc\w+"
    ),
    _words(
        r"(?:teach|coach|fix|wash|dress)(?:es)?|(?:drive|run|sell|own|manage|write|make|build|repair|paint|cook|bake|clean|design"
        r""
        "|translate|deliver|train|treat|cut|farm|code|sew|grow|act|edit|program)s?"
        r"|do(?:es)? the|look(?:s|ed)? after|care[sd]? for|taught|drove|ran|sold|owned|managed|wrote|made|built|fixed"
        r"|coached|repaired|painted|cooked|baked|cleaned|designed"
        "|translated|delivered|trained|treated|farmed"
    ),
    _words(
        r"in (?:nursing|software|hospitality|\w+ing|\w+ance|law|medicine|sales|it|education|insurance|retail|politics)"
    ),
    _words(
        "an? (?:nurse|chef|cook|vet|doctor|clerk|judge|guide|smith|pilot|[a-z]+(?:er|or|ist|ian|eer|man|woman|ant))"
    ),
)
_LIKED = (
    _words(
        r"favou?rites?|fav|faves?|lov(?:e|es|ed|ing)|lik(?:e|es|ed)|prefer\w*"
        r"|best|enjoy\w*|fan|ador\w+|obsess\w+|top|go-to|addict\w*|crazy|mad about|could eat|swears? by"
    ),
)
_BIRTH = (
    _words(rf"{_MONTH}|celebrat\w+"),
    _words(rf"birthdays?|b-?day|born|turn(?:s|ed|ing)? {_NUMBER}|(?:years?) old|birth"),
)
_CONTACT = (
    re.compile(r"\d{3}|\d(?:[ -]\d+){2}|@|\w\.(?:com|org|net)\b"),
    _words("street|road|lane|avenue|square|drive|close"),
)
_PEOPLE = _words(
    r"mother|father|mum|mom|dad|sister|brother|son|daughter|wife"
    r"|husband|partner|friends?|cousin|aunt|uncle|niece|nephew"
    r"|grand(?:mother|father|ma|pa|son|daughter)|neighbou?rs?|boss"
    r"|colleagues?|teacher|doctor|m[ae]n|wom[ae]n|guy|girl|boy"
    r"|lady|widow|family|kids?|child(?:ren)?|parents?|myself|some(?:body|one)"
    r"|nobody|everyone|landlord|client|owner|coach"
    r"|student|nurse|(?:girl|boy)friend|fianc[eé]e?|mrs?|ms|dr|professor|organi[sz]ation"
    r"|vet|dentist|surgeon|midwife|paramedic|pharmacist|therapist|psychologist|lawyer|solicitor|judge|accountant|banker"
    r"|colonel|captain|general|sergeant|major|officers?|police(?:man|woman)?"
    r"|soldiers?|mayor|minister|priest|vicar|pastor|nun"
    r"|pilot|driver|plumber|electrician|carpenter|builders?|mechanic"
    r"|baker|butcher|chef|cook|waiter|waitress|bartender|barber"
    r"|hairdresser|tailor|gardener|farmer|postman|cleaner|caretaker"
    r"|janitor|nanny|(?:baby)?sitter|tutor|trainer|locksmith"
    r"|engineer|developer|designer|architect|scientist|journalist|author"
    r"|writer|artist|painter|photographer|singer|musicians?"
    r"|actor|actress|dancer|players?|referee|agent|broker|clerk|secretary"
    r"|receptionist|assistant|manager|director|supervisor"
    r"|chief|president|founder|tenant|lodger|guests?|host|stranger"
    r"|visitor|customer|volunteers?|intern|apprentice|pupils?"
    r"|(?:room|flat|house|class|team)mates?|mates?|pal|buddy|bloke"
    r"|dude|fellow|chap|gentleman|locals?|crew|team|band|choir|council|company|committee"
    r"|hubby|missus|other half|better half|ex|spouse|sis|bro|siblings?"
    r"|twins?|eldest|youngest|baby|toddler|nann?a|nan|gran(?:ny)?"
    r"|grand(?:dad|ad|parents?|kids)|pops|folks|in-laws|(?:step|god|great-)\w+|relatives?|people|person"
)
_SPEAKER = re.compile(r"\b(?:I|[Ww]e)\b")

# Names.

_CAPITALS = re.compile(r"(?<!\w)[A-ZÀ-Þ]\w+(?: [A-ZÀ-Þ]\w+)*")
_TITLED = re.compile(r"[\"“][A-Z]")
_CALLED = _words("called|named?|names")
_LISTED = re.compile(r":\s+[^\W\d]\w*(?:(?:,| and) \w+|\W*$)")
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
    return not (word.casefold() in STOP_WORDS or _DATED.match(word) or known & set(terms(word)[:1]))


def _opens(before: str) -> bool:
    return not before.strip() or before.rstrip()[-1] in '.!?:"“…)'


def _is_common(words: str) -> bool:
    return " " not in words and weight(stem(words.casefold())) < _RARE


def _is_named(holder: Holder) -> bool:
    """Whether it gives a name to something asked for: says "called", answers a question, or has it beside that."""
    found = list(_names(holder, _PLACE))
    if _TITLED.search(holder.text) or _LISTED.search(holder.text):
        return True
    if found and (holder.replies or _CALLED.search(holder.text)):
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


def _number_or(patterns: Iterable[re.Pattern[str]], *others: re.Pattern[str]) -> Callable[[Holder], bool]:
    """Whether a text has one of the patterns, or a number besides those of other things."""

    def has(holder: Holder) -> bool:
        rest = holder.text
        for other in others:
            rest = other.sub(" ", rest)
        return any(p.search(holder.text) for p in patterns) or any(p.search(rest) for p in _NUMBERS)

    return has


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
    "money": _number_or(_MONEY, _COUNTED, _TIMED),
    "age": _number_or(_AGE, _COUNTED),
    "duration": _any_of(*_DURATION),
    "frequency": _any_of(*_FREQUENCY),
    "size": _any_of(*_SIZE),
    "birthday": _any_of(*_BIRTH),
    "day": _any_of(*_DAY),
    "year": _any_of(*_YEAR),
    "hour": _number_or(_HOUR, _COUNTED),
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
