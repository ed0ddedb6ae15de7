"""Things: what one speaker spoke of, so that "it's 8 May now" can be kept as "my appointment is 8 May now"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recollect.reasoners import dates
from recollect.reasoners.attributes import ATTRIBUTE_NOUNS, EVENT_NOUNS, PRACTITIONERS
from recollect.reasoners.news import ADDRESS, NEW_THING
from recollect.reasoners.subjects import AUXILIARIES, is_verb, split
from recollect.reasoners.words import STOP, plain, stem

IT = re.compile(
    r"^(?:(?:so|and|now|then) )*(?P<it>it|that)(?P<is>'s| is| has| was|'ll be| will be| takes place| starts| begins| ends"
    r"| leaves| departs| arrives)"
    r"(?P<v> .+)",
    re.IGNORECASE,
)
PUT_OFF = re.compile(
    r"^(?:they|she|he|the \w+|dr\.? \w+)(?:'ve|'s| have| has| had to)?(?: now)? (?:moved?|shoved?"
    r"|push(?:ed)?|put|bump(?:ed)?"
    r"|switch(?:ed)?|rescheduled?|shift(?:ed)?|chang(?:ed)?) me (?:back |forward |over )?(?:to|until|till) (?P<v>.+)",
    re.IGNORECASE,
)
VALUE = re.compile(
    r"^(?:(?:now|actually|still|on|at|until|in|from|called|been|moved|pushed|back|to|going|be|for)"
    r" )*(?:(?:plot|room|unit|seat|gate|bay|box|desk|locker|platform|pitch|berth|number) )?(?:\+?\d|[\"“]|\S+@)",
    re.IGNORECASE,
)
DETERMINERS = frozenset({"my", "our", "the", "a", "an"})
CLOCKED = re.compile(
    r"^(?:now |already |nearly |almost |only )*(?:\d{1,2}(?:[:.]\d\d)?|half|quarter|ten|twenty|five)?"
    r" ?(?:am|pm|o'clock|past \w+|to \w+)?"
    r"(?: in the \w+)?(?: now| already)?$",
    re.IGNORECASE,
)
FAVORITE = re.compile(
    r"^(?:(?:it|that|this)(?:'s| is) |(?:it|that|this) has become )?(?P<v>(?:still |now |definitely )?my"
    r" (?:new |absolute "
    r"|all-time |current )*favou?rite(?: [\w ]+?)?(?: (?:of (?:the|them) .+|by (?:far|miles|a mile)))?)$",
    re.IGNORECASE,
)
ONE = re.compile(
    r"\bthe (?:\w+ )?(?P<one>one)\b(?= (?:on|in|at) (?:\d|the \d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct"
    r"|nov|dec|mon|tue|wed|thu|fri"
    r"|sat|sun|spring|summer|autumn|winter))",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"^(?:new )?(?P<n>{NEW_THING})(?: by the way| btw)?(?= is |: \S*(?:\d|@|(?-i:[A-Z])))", re.IGNORECASE
)
STILL = re.compile(r"^still (?:in|at|on|with) (?:the )?(?-i:[A-Z])", re.IGNORECASE)
DUE = re.compile(r"^due (?=(?:on|in|at|the|around|\d|end|early|late|next)\b)", re.IGNORECASE)
OWNABLE = re.compile(
    r"\b(?:car|van|bike|house|flat|dog|cat|phone|laptop|boat|motorbike|violin|guitar|piano|cello|truck|allotment)$",
    re.IGNORECASE,
)
MOVED = re.compile(
    r"^(?:(?:the )?[\w-]+)(?: have| has| had to|'ve|'s)? (?:moved?|changed?|rescheduled?|postponed?|pushed?|shift(?:ed)?"
    r"|put off)"
    r" (?P<n>(?:my|our|the) [\w -]{2,30})$",
    re.IGNORECASE,
)
KIND_OF = re.compile(r"^an? \w")
PLAIN = 2
KNOWN = ATTRIBUTE_NOUNS | EVENT_NOUNS


@dataclass(slots=True)
class Things:
    """The sentences of one speaker that may name a thing, the latest last."""

    said: list[str] = field(default_factory=list)

    def notice(self, text: str) -> None:
        """Keep in mind what the sentence is about."""
        self.said.append(text)
        del self.said[:-4]

    def resolved(self, text: str) -> str:
        """The text with what it leaves out put in: what "it" is, whose number, which favourite."""
        if favorite := FAVORITE.match(text):
            subject = next(filter(None, map(_subject, reversed(self.said))), "")
            return f"{subject} is {favorite['v'][:1].lower()}{favorite['v'][1:]}" if subject else text
        if one := ONE.search(text):
            thing = self._latest()
            noun = thing.split(" ", 1)[-1]
            return f"{text[: one.start('one')]}{noun}{text[one.end('one') :]}" if thing else text
        if (put := PUT_OFF.match(text)) and (who := _practitioner(" ".join((*self.said, text)))):
            return f"my {who} appointment was moved to {put['v']}"
        if it := IT.match(text):
            return self._named(text, it)
        if STILL.match(text):
            return f"I'm {text[:1].lower()}{text[1:]}"
        if DUE.match(text):
            return f"the baby is {text[:1].lower()}{text[1:]}"
        if BARE.match(text):
            return f"my {text[:1].lower()}{text[1:]}"
        return f"my address is {text}" if ADDRESS.match(text) else text

    def _named(self, text: str, it: re.Match[str]) -> str:
        value = it["v"].strip()
        if ADDRESS.match(value):
            return f"my address is {value}"
        if OWNABLE.search(owned := next(filter(None, map(_subject, reversed(self.said))), "")) and KIND_OF.match(value):
            return f"{owned}{_is(it)}{it['v']}"
        held = it["is"].casefold() == " takes place"
        if not held and not VALUE.match(value) and dates.without(value) == value:
            return text
        thing = self._latest()
        if CLOCKED.match(value) and stem(thing.rsplit(" ", 1)[-1]) not in EVENT_NOUNS:
            return text  # says what time it is
        return f"{thing}{_is(it)}{it['v']}" if thing else text

    def _latest(self) -> str:
        """The thing that was named last; an appointment with whom it is."""
        moved = MOVED.match(self.said[-1]) if self.said else None
        named = (moved["n"],) if moved and not _thing(self.said[-1]) else map(_thing, reversed(self.said))
        thing = next(filter(None, named), "")
        who = _practitioner(" ".join(self.said)) if thing.endswith((" appointment", " the appointment")) else ""
        plainly = len(thing.split()) == PLAIN
        return f"{thing.split()[0]} {who} {thing.split()[1]}" if who and plainly else thing


def _is(it: re.Match[str]) -> str:
    return " is" if it["is"] == "'s" else it["is"]


def _thing(text: str) -> str:
    """The last thing that the text names and that can have a date or a number; a bare one at its start counts."""
    words = re.findall(r"[\w'-]+|[.,;:!?]", text)
    for at in range(len(words) - 1, -1, -1):
        whose = words[at].casefold()
        if whose not in DETERMINERS:
            continue
        for end in range(at + 2, min(at + 5, len(words) + 1)):
            verb = words[end - 1].endswith("ed")
            compound = verb or (end < len(words) and _noun(words[end]))
            if stem(words[end - 1]) in KNOWN and words[end - 1].casefold() != "end" and not compound:
                named = words[at + 1 : end - 1], words[end - 1].removesuffix("'s")
                return " ".join(("my" if whose in {"a", "an"} else whose, *named[0], named[1]))
    return f"the {words[0].casefold()}" if words and stem(words[0]) in EVENT_NOUNS else ""


def _noun(word: str) -> bool:
    """Whether the word may go on with a noun: "the rent letter" is no rent."""
    bare = word.islower() and word.isalpha() and word not in STOP and not is_verb(word)
    return bare and dates.without(f"{word} x") == f"{word} x"


def _practitioner(text: str) -> str:
    words = (word.casefold().removesuffix("'s") for word in re.findall(r"[\w']+", text))
    return next((word for word in words if word in PRACTITIONERS), "")


def _subject(text: str) -> str:
    """The thing that the text is about, as it is named there, also in a question."""
    words = plain(text).split(" ")
    while words and words[0].casefold() in AUXILIARIES | {"and", "but", "so", "oh", "i", "have", "to", "say"}:
        del words[0]
    if not words or words[0].casefold() not in {"the", "my", "our"}:
        return ""
    end = len(words) - len(split(" ".join(words))[1].split(" "))
    at = next((n for n in range(2, min(6, len(words))) if is_verb(words[n])), 0)
    return " ".join(words[: end or at])
