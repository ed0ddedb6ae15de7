"""People: who was mentioned, so that "she works at Fiat" can be kept as "my sister Anna works at Fiat"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recollect.reasoners.statements import Statement
from recollect.reasoners.subjects import KIN, PETS, split
from recollect.reasoners.things import Things
from recollect.reasoners.words import normal, plain, vocabulary

FEMALE = vocabulary(
    "sister wife girlfriend mother mom mum daughter aunt niece grandma grandmother granny "
    "granddaughter fiancée girl woman "
    "landlady stepmother stepdaughter godmother mother-in-law sister-in-law"
)
MALE = vocabulary(
    "brother husband boyfriend father dad son uncle nephew grandpa grandfather grandson fiancé boy "
    "man guy landlord stepfather "
    "stepson godfather father-in-law brother-in-law"
)
MANY = vocabulary("parents kids children siblings twins cats dogs grandparents sons daughters")
NOUNS = "|".join(sorted(map(re.escape, KIN | PETS | MANY), key=len, reverse=True))
MENTION = re.compile(
    rf"\b(?P<whose>my|our|an?|the) (?P<noun>(?:(?:new|older|younger|little|big|best|old|oldest|youngest"
    rf"|twin|baby|eldest) )?(?:{NOUNS}))\b(?!'s| of)(?:,? (?:(?:is )?(?:named|called) "
    rf")?(?P<name>(?-i:[A-Z])[\w'-]+)(?! (?-i:[A-Z])))?",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"^(?P<word>he|she|they|his|her|their)\b(?P<is>'s|'re|'ve|'ll|'d)?", re.IGNORECASE)
SPOKEN = re.compile(r"\b(?:i|we)\b|\bi'?(?:m|ve)\b", re.IGNORECASE)
POSSESSIVE = frozenset({"his", "her", "their"})
SUBJECTLESS = re.compile(
    r"^(?:been|gonna|going to|trying to|planning to|thinking (?:of|about)|\w+ing)\b", re.IGNORECASE
)


@dataclass(slots=True)
class People:
    """The people that one speaker mentioned, the latest last."""

    mentioned: list[tuple[str, str]] = field(default_factory=list)
    things: Things = field(default_factory=Things)

    def notice(self, text: str) -> None:
        """Keep in mind whom and what the sentence mentions."""
        self.things.notice(text)
        for match in MENTION.finditer(text):
            pet = match["noun"].rsplit(" ", 1)[-1].casefold() in PETS
            if match["whose"].casefold() == "the" and not match["name"] and not pet:
                continue
            phrase = " ".join(filter(None, ("my", match["noun"], match["name"])))
            self.mentioned.append((match["noun"].rsplit(" ", 1)[-1].casefold(), phrase))
        del self.mentioned[:-8]

    def resolved(self, text: str) -> str:
        """The text with a pronoun at its head replaced by the latest fitting mention, if there is one."""
        text = self.things.resolved(text)
        match = PRONOUN.match(text)
        phrase = match and self._fitting(match["word"].casefold())
        if not match or not phrase:
            return text
        if match["word"].casefold() in POSSESSIVE:
            return phrase + ("'" if phrase.endswith("s") else "'s") + text[match.end() :]
        return f"{phrase}{normal(match.group())[len(match['word']) :]}{text[match.end() :]}"

    def _fitting(self, pronoun: str) -> str | None:
        wanted = {"she": FEMALE, "her": FEMALE, "he": MALE, "his": MALE}.get(pronoun, MANY)
        barred = {"she": MALE | MANY, "her": MALE | MANY, "he": FEMALE | MANY, "his": FEMALE | MANY}.get(
            pronoun, FEMALE | MALE
        )
        fits = [phrase for noun, phrase in self.mentioned if noun in wanted]
        could = [phrase for noun, phrase in self.mentioned if noun not in barred]
        return next(reversed(fits or ([] if pronoun in {"they", "their"} else could)), None)

    def completed(self, text: str, statement: Statement) -> str:
        """A chatty clause ("moved to Oslo", "been learning Greek") with the subject that it leaves out."""
        if statement.subject.kind != "speaker" or split(plain(text))[0].kind != "none" or SPOKEN.search(text):
            return text
        first = text.split(" ", 1)[0]
        lowered = text if first.isupper() else text[:1].lower() + text[1:]
        if first.casefold() == "been":
            return f"I've {lowered}"
        return f"I'm {lowered}" if SUBJECTLESS.match(text) else f"I {lowered}"
