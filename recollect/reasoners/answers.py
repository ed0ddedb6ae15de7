"""Answers: a few words that answer a question just asked, as the whole statement that they make."""

from __future__ import annotations

import re

from recollect.reasoners import dates
from recollect.reasoners.attributes import ATTRIBUTE_NOUNS, EVENT_NOUNS, PROFESSION
from recollect.reasoners.corrections import LED
from recollect.reasoners.subjects import NOT_NAMES, is_verb
from recollect.reasoners.words import stem, vocabulary

LONGEST = 6
"""Words that an answer without a verb of its own may have."""
PLACE = r"(?:the )?(?-i:[A-Z])[\w'-]+(?:,? (?:in |near )?(?-i:[A-Z])[\w'-]+){0,3}"
NAME = r"(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+){0,2}"
ASKED: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = tuple(
    (re.compile(question, re.IGNORECASE), re.compile(rf"(?P<v>{answer})", re.IGNORECASE), statement)
    for question, answer, statement in (
        (
            r"\bwhere (?:do|are) you (?:live|living|based)\b|\bwhich (?:city|town) do you live in",
            PLACE,
            "I live in {v}",
        ),
        (r"\bwhere (?:are you (?:originally )?from|do you come from|did you grow up)\b", PLACE, "I am from {v}"),
        (r"\bwhere do you work\b|\bwho do you work for\b", PLACE, "I work at {v}"),
        (
            r"\bwhat do you do(?: for (?:a living|work))?\W*$|\bwhat is your (?:job|occupation|profession)\b",
            rf"(?:an? )?{PROFESSION.pattern}",
            "I work as {v}",
        ),
        (r"\bwhat(?: is|'s) your (?:first )?name\b|\bwho am i (?:talking|speaking) to\b", NAME, "my name is {v}"),
        (r"\bwhat (?:should|shall|can|may) i call you\b", NAME, "call me {v}"),
        (r"\bhow old are you\b", r"\d{1,3}", "I am {v} years old"),
        (r"\bwhen(?: is|'s) your birthday\b", r".+", "my birthday is {v}"),
        (
            r"\bwhat(?: is|'s) your (?P<n>fav(?:ou)?rite [\w ]{2,30}?|phone number|number|e-?mail(?: address)?"
            r"|address)\W*$",
            r".+",
            "my {n} is {v}",
        ),
        (
            r"\b(?:when|what day|what time|on which day|which day)(?: is|'s| are) (?:your|the) (?P<n>(?:[\w-]+"
            r" ){0,2}[\w-]+)\W*$",
            r".+",
            "my {n} is {v}",
        ),
    )
)
NOTHING = vocabulary("yes no yeah nope not none nothing dunno unsure maybe sure later soon never why what")


def answered(question: str, text: str) -> str | None:
    """The statement that a short text makes in answer to the question; None if it is no such answer."""
    said = LED.sub("", text.strip(" .!")) if text[:1].islower() or LED.match(text) else text.strip(" .!")
    words = said.split()
    if not 0 < len(words) <= LONGEST or words[0].strip(",").casefold() in NOTHING or words[0].strip(",") in NOT_NAMES:
        return None
    if any(word.islower() and is_verb(word) for word in words[1:]):
        return None
    for asks, answer, statement in ASKED:
        asked, value = asks.search(question), answer.fullmatch(said)
        if asked and value and _fits(asked.groupdict().get("n"), statement, said):
            return statement.format(v=value["v"], **asked.groupdict())
    return None


def _fits(noun: str | None, statement: str, said: str) -> bool:
    """Whether the words can be what the noun asked for: a time for an event, a number or a name for the rest."""
    timed = dates.without(f"on {said}") != f"on {said}" or dates.without(f"at {said}") != f"at {said}"
    if "birthday" in statement:
        return timed
    if noun is None:
        return True
    last = stem(noun.rsplit(" ", 1)[-1])
    return timed if last in EVENT_NOUNS else last in ATTRIBUTE_NOUNS or noun.casefold().startswith("fav")
