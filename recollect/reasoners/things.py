"""Things: what one speaker spoke of, so that "it's 8 May now" can be kept as "my appointment is 8 May now"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recollect.reasoners import dates
from recollect.reasoners.attributes import ATTRIBUTE_NOUNS, EVENT_NOUNS, PRACTITIONERS
from recollect.reasoners.news import ADDRESS, NEW_THING
from recollect.reasoners.subjects import AUXILIARIES, is_verb, split
from recollect.reasoners.words import plain, stem

IT = re.compile(
    r"^(?P<it>it|that)(?P<is>'s| is| has| was|'ll be| will be)(?= (?:(?:now|actually|been|still|moved"
    r"|going to be) )*)"
    r"(?P<v> .+)",
    re.IGNORECASE,
)
VALUE = re.compile(
    r"^(?:(?:now|actually|still|on|at|until|in|from|called|been|moved|pushed|back|to|going|be|for)"
    r" )*(?:\+?\d|[\"“]|\S+@)",
    re.IGNORECASE,
)
PHRASE = re.compile(r"\b(?P<whose>my|our|the|an?) (?P<noun>(?:[\w'-]+ ){0,2}?(?P<last>[\w'-]+))\b(?!')", re.IGNORECASE)
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
BARE = re.compile(rf"^(?:new )?(?P<n>{NEW_THING})(?= is |: )", re.IGNORECASE)
DUE = re.compile(r"^due (?=(?:on|in|at|the|around|\d|end|early|late|next)\b)", re.IGNORECASE)
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
            thing = next(filter(None, map(_thing, reversed(self.said))), "")
            noun = thing.split(" ", 1)[-1]
            return f"{text[: one.start('one')]}{noun}{text[one.end('one') :]}" if thing else text
        if it := IT.match(text):
            return self._named(text, it)
        if DUE.match(text):
            return f"the baby is {text[:1].lower()}{text[1:]}"
        if BARE.match(text):
            return f"my {text[:1].lower()}{text[1:]}"
        return f"my address is {text}" if ADDRESS.match(text) else text

    def _named(self, text: str, it: re.Match[str]) -> str:
        value = it["v"].strip()
        if ADDRESS.match(value):
            return f"my address is {value}"
        if not VALUE.match(value) and dates.without(value) == value:
            return text
        thing = next(filter(None, map(_thing, reversed(self.said))), "")
        return f"{thing}{it['is']}{it['v']}" if thing else text


def _thing(text: str) -> str:
    """The last thing that the text names and that can have a date or a number."""
    found = [match for match in PHRASE.finditer(text) if stem(match["last"]) in KNOWN]
    if not found:
        return ""
    whose, noun = found[-1]["whose"].casefold(), found[-1]["noun"]
    if noun.casefold() == "appointment" and (who := _practitioner(text)):
        noun = f"{who} appointment"
    return f"{'my' if whose in {'a', 'an'} else whose} {noun}"


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
