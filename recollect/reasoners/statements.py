"""Statements: what a clause says, as far as rules can tell, in a form in which two statements can be compared.

A slot is an attribute and its value. A single slot holds one value at a time (home, employer, a favourite colour), so a
new value replaces the old one; a multiple slot (likes, pets, languages) holds many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from recollect.reasoners import dates
from recollect.reasoners.attributes import (
    APPOINTED,
    ATTRIBUTE_NOUNS,
    DWELLING,
    EVENT_NOUNS,
    IS_VALUE,
    MOVED_TO,
    MOVES,
    NOT_PROFESSIONS,
    NOUN_ATTRIBUTES,
    PATTERNS,
    TAKES_PLACE,
    WORKPLACE,
)
from recollect.reasoners.news import SCHEDULE, restated
from recollect.reasoners.subjects import SPEAKER, Subject, canonical, is_verb, split
from recollect.reasoners.words import NEGATION, content, normal, plain, stem, stems, vocabulary


@dataclass(frozen=True, slots=True)
class Slot:
    """An attribute of the statement's subject, its value as canonical stems and as said."""

    attribute: str
    value: frozenset[str]
    shown: str
    single: bool = True
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed clause. `words` are the meaningful stems of the whole, `core` those outside time expressions."""

    text: str
    subject: Subject
    predicate: str
    slots: tuple[Slot, ...]
    words: frozenset[str]
    core: frozenset[str]
    times: tuple[str, ...]
    negative: bool
    ended: bool
    past: bool
    future: bool

    def slot(self, attribute: str) -> Slot | None:
        """Its slot of that name, if it has one."""
        return next((slot for slot in self.slots if slot.attribute == attribute), None)


FUTURE = re.compile(
    r"^(?:(?:(?:am|is|are|was|were) )?(?:going to|planning|about to|hoping to|thinking (?:of|about)"
    r"|considering|aiming to"
    r"|looking (?:forward )?to|moving to|relocating to|leaving for|getting married)"
    r"|will|shall|might|may|plan(?:s|ned)? (?:to|on)|hopes? to|intends? to|wants? to|would (?:like"
    r"|love) to|decided to)\b",
    re.IGNORECASE,
)
BE_GOING = re.compile(
    r"^(?:am|is|are) (?:moving|relocating|getting (?:married|a|an)|starting|leaving|flying|travell?ing"
    r"|visiting|changing|"
    r"switching|joining|retiring|buying|adopting|going)\b",
    re.IGNORECASE,
)
PAST_VERB = re.compile(
    r"^(?:had|did|was|were|used to|went|bought|got|made|said|told|ate|drank|drove|rode|wrote|ran|swam"
    r"|sang|sold|left|lost|"
    r"found|met|saw|took|taught|thought|began|broke|came|became|felt|kept|knew|spent|spoke|slept|woke"
    r"|wore|won|grew|gave|"
    r"flew|chose|built|paid|sent|read|heard|held|hit|put|cut|hurt|fell|caught|brought|quit|fed|led|stood|threw|lit|"
    r"\w{2,}ed)\b(?! to be\b)",
    re.IGNORECASE,
)
NOT_PAST = re.compile(r"^(?:need|feed|speed|bleed|breed)\b", re.IGNORECASE)
ENDED = re.compile(r"\bno longer\b|\bnot?\b.*\b(?:anymore|any longer)\b|\bnever\b.*\banymore\b", re.IGNORECASE)
DENIAL = re.compile(r"\b(?:do|does|did)? ?(?:not|never)\b|\b(?:no longer|anymore|any longer)\b", re.IGNORECASE)
DOES = re.compile(r"^(?:do|does) (?=\w)", re.IGNORECASE)
LATER = re.compile(
    r"(?<=\w)(?:,| and| but| so| because| since| as| which| who| when| while| until| if)(?! not\b| no\b"
    r"|,? never\b) .*"
    r"|\((?!not).*",
    re.IGNORECASE,
)
CUT = re.compile(
    r",? (?:because|since|not|but|so|and (?=i\b|we\b|my\b|our\b|it\b|that\b|started|work|live|have"
    r"|am\b)|which|who|where|when|while|with|until|as|"
    r"after|before|if|though|although|near|thanks|anymore|again|instead|for (?=a\b|an\b|work|now|the"
    r"|about|\d|my|good|years|many|over)|"
    r"these|from|to be|due|rather)\b.*|[,;(–—].*| - .*",
    re.IGNORECASE,
)
ASIDE = re.compile(r", (?:and )?not (?:[^,;.]|[,.](?=\d)){1,60}$", re.IGNORECASE)
CAPITAL = re.compile(
    r"(?:the |downtown |central |north(?:ern)? |south(?:ern)? |east(?:ern)? |west(?:ern)? |a |an "
    r")*[^\W\d_a-z]"
)
POSSESSED_HOME = re.compile(r"^(?:home|house|flat|place)$")
FAVORITE_BEFORE = re.compile(
    r"^(?P<v>.+?) (?:is|are|has become|became) (?:now )?(?:my|our) (?:(?:all-time|new|absolute|current) "
    r")*favou?rite(?P<n> [\w -]+?)?(?: (?:of (?:the|them) .+|by (?:far|miles|a mile)))?$",
    re.IGNORECASE,
)
CLOCKED = frozenset({"waking", "bedtime"})
FRONTED = re.compile(
    r"^(?:in|on|at|as|after|before|since|for|during|last|next|this|every|yesterday|today|tomorrow"
    r"|tonight|starting|from|by|back|"
    r"when|whenever|once|one|two|three|four|five|six|a|an|the (?:other|day|next|last|first|only|best"
    r"|worst)|with|without|because|thanks|instead|then|here|over|around|until|"
    r"\d+|most|some|unlike|despite|given|now|growing|while|though|although|according|first|where"
    r"|to)\b[^.]{0,70}?,? (?=(?:I|we|We|my|My|our|Our)\b)",
    re.IGNORECASE,
)
DEPARTS = re.compile(
    r"^(?:(?:am|is|are) )?(?:off|fly|flying|leave|leaving|depart|departing|set(?:ting)? off|head(?:ing)? off)(?: out)?"
    r"(?P<to> to (?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+)*)? (?=on\b|at\b|tomorrow|today|next|this)",
    re.IGNORECASE,
)
STARTS = re.compile(
    r"^(?:am )?start(?:ing)?(?: (?:work|with|at|on|for|my|the|a|in|there|next|tomorrow))\b", re.IGNORECASE
)
BORN = re.compile(r"^was born (?:on|in) (?P<v>.*\d.*)", re.IGNORECASE)
ADJECTIVES = vocabulary(
    "excited tired interested bored inspired pleased impressed relieved thrilled blessed scared "
    "worried stressed exhausted amazed "
    "surprised united limited need indeed read put cut let hit hurt honored honoured delighted based "
    "located named called met left"
)
ELLIPTIC = re.compile(
    r"^(?:been (?!there)|(?:down|up) to \d+|trying to|planning (?:to|on|an?|my|our)|thinking (?:of|about)|working (?:at"
    r"|on|as|from)|living (?:in|with|near)|loving (?:my|our|the)|learning (?!.*\b(?:has|is|was|can)\b)"
    r"|(?:love|loving|hate|hating|miss|missing|enjoying|need|want) (?:my|our|living|working|to (?!hear"
    r"|see|know|chat|talk))|(?:happily )?(?:married|engaged|divorced|retired|based) |"
    r"feeling|hoping to|getting (?:married|an?|ready|better)|starting (?:an?|my|at)|allergic to|not "
    r"(?:a fan|allergic|working|living))\b",
    re.IGNORECASE,
)
ADJECTIVE_ONLY = re.compile(r"^(?:not )?[a-z]+(?: and [a-z]+)?$")


def value_of(text: str) -> str:
    """The value in what follows a verb: without times and without what only explains it."""
    return CUT.sub("", " " + dates.without(text)).strip(" .,!;:\"'")


@lru_cache(maxsize=8192)
def parse(text: str) -> Statement:
    """What the statement says. Any text can be parsed; one that no rule knows has no slots."""
    whole = normal(text)[:2000]
    spare = ASIDE.sub("", restated(plain(whole), whole))
    subject, predicate = split(spare)
    subject, predicate = _implied(subject, predicate, spare)
    affirmed = affirmative(predicate)
    times = tuple(moment.text.casefold() for moment in dates.moments(whole))
    ended = ENDED.search(spare) is not None
    negative = (ended or NEGATION.search(LATER.sub("", predicate)) is not None) and "not only" not in whole
    future = FUTURE.match(affirmed) is not None or BE_GOING.match(affirmed) is not None
    past = (
        not future
        and not MOVED_TO.match(affirmed)
        and not MOVES.match(affirmed)
        and PAST_VERB.match(affirmed) is not None
        and NOT_PAST.match(affirmed) is None
    )
    bare = Statement(
        text, subject, affirmed, (), content(whole), content(dates.without(whole)), times, negative, ended, past, future
    )
    return Statement(
        text, subject, affirmed, tuple(_slots(bare)), bare.words, bare.core, times, negative, ended, past, future
    )


def affirmative(predicate: str) -> str:
    """The predicate without its denial: "do not eat meat anymore" as "eat meat"."""
    return DOES.sub("", " ".join(DENIAL.sub(" ", predicate).split()))


def _implied(subject: Subject, predicate: str, text: str) -> tuple[Subject, str]:
    """A chatty clause without a subject ("moved to Berlin", "allergic to nuts") is about the speaker."""
    if FAVORITE_BEFORE.match(text):
        return SPEAKER, predicate
    if subject.kind == "none" and (front := FRONTED.match(text)):
        return split(text[front.end() :])
    if subject.kind == "none" and text:
        first = text.split(" ", 1)[0]
        told = PAST_VERB.match(text) and first.casefold() not in ADJECTIVES and is_verb(first)
        if told or ELLIPTIC.match(text) or FUTURE.match(text):
            return SPEAKER, predicate
    return subject, predicate


def _slots(statement: Statement) -> Iterator[Slot]:
    subject, predicate = statement.subject, statement.predicate
    if favorite := FAVORITE_BEFORE.match(plain(statement.text)):
        yield _slot(f"favorite {_head(favorite['n'] or '')}".strip(), favorite["v"], statement)
        return
    if subject.kind == "thing":
        yield from _thing_slots(statement)
    if subject.kind in {"speaker", "person", "pronoun"}:
        yield from _person_slots(statement)
    if subject.kind == "speaker" and STARTS.match(predicate) and statement.times and not statement.past:
        yield from _when("start", predicate, statement)
    elif (departs := DEPARTS.match(predicate)) and statement.times:
        yield from _when(_named_event(f"departure {departs['to'] or ''}".strip()), predicate, statement)
    elif moved := MOVES.match(predicate):
        yield from _when(_named_event(moved["n"]), moved["v"], statement)
    elif appointed := APPOINTED.match(predicate):
        yield from _when(_named_event(appointed["n"] + (appointed["w"] or "")), predicate, statement)


def _person_slots(statement: Statement) -> Iterator[Slot]:
    seen: set[str] = set()
    timeless = dates.without(statement.predicate)
    if born := BORN.match(statement.predicate):
        yield from _value_slot("birthday", "birthday", born["v"], statement)
    for attribute, single, pattern in PATTERNS:
        match = pattern.match(statement.predicate if attribute in CLOCKED else timeless)
        if match is None or attribute in seen or (attribute == "like" and "dislike" in seen):
            continue
        groups = match.groupdict()
        said = " ".join(
            filter(
                None,
                (groups.get("v"), groups.get("w") if attribute != "prefer" else None, groups.get("x"), groups.get("y")),
            )
        )
        slot = _checked(attribute, single, said if attribute == "household" else value_of(said), statement)
        if slot is not None:
            seen.add(attribute)
            yield slot


def _checked(attribute: str, single: bool, value: str, statement: Statement) -> Slot | None:
    """The slot if its value can be one: a place for a home, a company for an employer, a trade for a job."""
    if not value or (statement.future and attribute not in {"age", "prefer", "like", "ambition"}):
        return None
    check = CHECKS.get(attribute)
    attribute = check(value, statement) if check else attribute
    if not attribute:
        return None
    if attribute == "dislike":
        return Slot("like", frozenset(stems(value)), value, single, statement.negative)
    slot = _slot(attribute, JOB_END.sub("", value) if attribute == "job" else value, statement, single)
    return slot if slot.value else None


def _slot(attribute: str, value: str, statement: Statement, single: bool = True) -> Slot:
    words = value.casefold().split() if attribute == "shift" else stems(value)
    return Slot(attribute, frozenset(words), value, single, not statement.negative)


def _cased(statement: Statement) -> bool:
    return any(letter.isupper() for letter in statement.text[1:] if letter != "I") or statement.text[:1].isupper()


def _home(value: str, statement: Statement) -> str:
    if PAST_ONLY.match(statement.predicate):
        return ""
    if DWELLING & set(stems(value)) and not CAPITAL.match(value):
        return "dwelling"
    if re.match(r"(?:an?|my|our|this|that|his|her|their|your|same|different|fear|peace|the (?!\w*[A-Z]))\b", value):
        return ""
    return "home" if CAPITAL.match(value) or not _cased(statement) or statement.text.islower() else ""


PAST_ONLY = re.compile(
    r"(?:lived|worked|used to|was|were|studied)\b(?! (?:just )?(?:promoted|hired|transferred|relocated))"
)


NOWADAYS = re.compile(r"\b(?:now|these days|nowadays|as of|from|since|starting)\b", re.IGNORECASE)


def _employer(value: str, statement: Statement) -> str:
    if (
        PAST_ONLY.match(statement.predicate)
        or "student" in statement.predicate
        or re.match(r"(?:home|night|myself|an? hour|the moment|free|fun|now|me|you)\b", value)
    ):
        return ""
    if re.match(
        r"(?:the )?(?:\w+ )*?(?:gym|club|class|group|band|choir|team|course|church|league|community|union"
        r"|call)\b",
        value,
        re.I,
    ):
        return ""
    if re.match(r"(?:am|is|are) at (?:an?|the) ", statement.predicate) and not NOWADAYS.search(statement.text):
        return ""
    return "employer" if CAPITAL.match(value) or WORKPLACE.search(value) or statement.text.islower() else ""


JOB_END = re.compile(r" (?:at|for|in|by|on|from)\b.*")


def _job(value: str, statement: Statement) -> str:
    last = JOB_END.sub("", value).casefold().split()
    if not last or last[-1] in NOT_PROFESSIONS or PAST_ONLY.match(statement.predicate):
        return ""
    return "job" if statement.subject.kind != "thing" else ""


def _name(value: str, statement: Statement) -> str:
    """ "I am Sam" names; "I am Danish" and "I am Sam's" do not."""
    called = re.match(r"(?:am|is|are) (?:called|named)|go(?:es)? by|prefer", statement.predicate) is not None
    if statement.subject.kind == "person" and not statement.subject.head and not called:
        return ""
    words = value.split()
    adjective = re.search(r"(?:ish|ese|ian|an|ic|ch|i|ss|[a-z]ed|ing)$", words[0]) and len(words) == 1
    known = words[0].casefold() in {
        "greek",
        "thai",
        "czech",
        "german",
        "catholic",
        "muslim",
        "ok",
        "okay",
        "so",
        "a",
        "the",
        "adhd",
    }
    if not called and statement.subject.kind == "speaker" and (adjective or known or words[0].isupper()):
        return ""
    return "name"


def _prefer(value: str, statement: Statement) -> str:
    words = stems(value)
    return f"prefer {words[-1]}" if len(words) > 1 and " to " not in value else "prefer"


def _age(value: str, statement: Statement) -> str:
    return "" if statement.subject.kind == "thing" else "age"


def _like(value: str, statement: Statement) -> str:
    """Lasting likes only: not "I love you", "I like that" or "I love it"."""
    first = value.split()[0].casefold()
    if statement.past or first in {
        "you",
        "that",
        "it",
        "this",
        "them",
        "him",
        "her",
        "your",
        "how",
        "what",
        "when",
        "the",
    } - {"the"}:
        return ""
    return "like"


CHECKS = {
    "home": _home,
    "employer": _employer,
    "job": _job,
    "name": _name,
    "age": _age,
    "like": _like,
    "prefer": _prefer,
}


def _head(text: str) -> str:
    """The noun phrase that names an attribute: "new phone number" as "phone number"."""
    words = [canonical(word) for word in text.split()]
    return " ".join(
        word
        for word in words
        if word
        not in {"new", "current", "the", "my", "our", "old", "all-time", "next", "upcoming", "actual", "a", "an"}
    )


def _thing_slots(statement: Statement) -> Iterator[Slot]:
    """Slots of "my phone number is …", "the meeting was moved to …", "Tom's birthday is …"."""
    head, predicate = statement.subject.head, statement.predicate
    if not head:
        yield from _person_slots(statement)
        return
    if POSSESSED_HOME.match(head) and (place := re.match(r"is (?:in |at )?(?P<v>[A-Z].+)", predicate)):
        yield _slot("home" if head == "home" else "dwelling", place["v"], statement)
        return
    moved, takes = MOVED_TO.match(predicate), TAKES_PLACE.match(predicate)
    last = stem(re.sub(r" (?:with|at|in|on|for|to|of|about)\b.*", "", head).rsplit(" ", 1)[-1])
    if last in EVENT_NOUNS or (moved and dates.without(moved["v"]) != moved["v"]):
        timed = moved or takes
        if timed:
            named = f"{_named_event(head)} {statement.subject.name}".strip()
            yield from _when(named, predicate, statement)
            yield from _where(named, predicate, statement)
        return
    if SCHEDULE.match(predicate):
        yield from _when(f"{_named_event(head)} {statement.subject.name}".strip(), predicate, statement)
        return
    if match := IS_VALUE.match(predicate):
        yield from _value_slot(head, last, match["v"], statement)


def _named_event(phrase: str) -> str:
    """An event by its noun and who takes part: "meeting with Dana" as "meeting dana"."""
    noun, _, rest = re.sub(r" (?:with|at|in|on|for|to|of|about)\b", " |", phrase).partition(" |")
    names = [word.casefold() for word in re.findall(r"[A-Z][\w'-]+", rest)]
    names = names or ([*stems(rest)] if CONCERNING.search(phrase) else [])
    return " ".join((_head(noun), *names))


def _when(head: str, text: str, statement: Statement) -> Iterator[Slot]:
    """When an event is: its day and its hour are two slots, so that each can change alone."""
    text = FORMERLY.sub("", text)
    kinds: dict[str, list[str]] = {"day": [], "hour": []}
    for moment in dates.moments(text):
        if moment.lead in {"from", "since", "as of"}:
            continue
        kinds["hour" if moment.kind == "clock" else "day"].append(moment.text)
    if days := dates.weekly(text):
        kinds["day"].append(days)
    for kind, found in kinds.items():
        value = _time_words(found[-1]) if found and kind == "day" else frozenset(map(dates.clock, found[-1:]))
        if value:
            yield Slot(f"{kind} of {head}", value, found[-1], True, not statement.negative)


def _where(head: str, text: str, statement: Statement) -> Iterator[Slot]:
    """Where an event is, if the text names a place."""
    place = HELD.match(dates.without(FORMERLY.sub("", text)))
    value = value_of(place["v"]) if place else ""
    if value and (CAPITAL.match(value) or VENUE.search(value)):
        yield _slot(f"place of {head}", value, statement)


def _time_words(text: str) -> frozenset[str]:
    words = (re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word) for word in re.findall(r"\w+", text.casefold()))
    return frozenset(stem(word) for word in words if word not in LEADS)


LEADS = vocabulary("o clock on at in for by is to from the until till this next around was and every each weekly")
CONCERNING = re.compile(r" (?:with|for|about) ")
FORMERLY = re.compile(
    r",? (?:instead of|rather than|not|no longer|in place of) .*|,(?: and)?(?: the)? next .*", re.IGNORECASE
)
HELD = re.compile(
    r"^(?:is|are|was|were|will be|takes? place|will take place|is being held|meets?|(?:has |have |was |is |got )?"
    r"(?:been )?(?:being )?(?:moved|relocated|shifted|changed))(?: held| happening)? (?:in|at|to|on)(?:"
    r" the)? (?P<v>.+)",
    re.IGNORECASE,
)
VENUE = re.compile(
    r"\b(?:room|hall|office|library|building|floor|studio|school|church|park|pub|restaurant|caf[eé]|cent(?:er|re)|gym"
    r"|house|home|place|hotel|station|garden|theat(?:er|re)|stadium|museum|clinic|hospital|campus|gallery|beach|pool"
    r"|online|zoom|teams)\b",
    re.IGNORECASE,
)


OBJECTS = frozenset(map(stem, vocabulary("van truck lorry allotment locker pitch berth")))
"""Things of which a name or a number tells which one it is."""


def _value_slot(head: str, last: str, value: str, statement: Statement) -> Iterator[Slot]:
    """ "my NOUN is VALUE": one value at a time if the noun names an attribute or the value is a name or a number."""
    attribute = NOUN_ATTRIBUTES.get(head, head)
    if attribute == "contact":
        attribute = "email" if "@" in value else "phone"
    shown = value_of(value)
    dated = tuple(dates.moments(value))
    if attribute == "birthday" and dated:
        yield Slot("birthday", _time_words(dated[0].text), dated[0].text)
        return
    if dated and not shown:
        yield from _when(head, value, statement)
        return
    favorite = head.startswith("favorite ")
    if last in OBJECTS and not re.search(r"[A-Z\d]", value):
        return  # where it is, or how
    telling = last in ATTRIBUTE_NOUNS or favorite or re.match(r"[\d\"'+#]|\S+@\S+|https?:", value)
    if telling and not (ADJECTIVE_ONLY.match(shown) and last not in ATTRIBUTE_NOUNS and not favorite):
        yield _slot(attribute, value if re.search(r"\d", value) and not favorite else shown, statement)


def event(slot: Slot) -> bool:
    """Whether it says when or where something takes place."""
    return slot.attribute.startswith(("day of ", "hour of ", "place of "))


def people(statement: Statement) -> bool:
    """Whether it is about somebody (or a pet) other than the speaker."""
    return statement.subject.holder.kind in {"person", "pronoun"}
