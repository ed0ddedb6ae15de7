"""People: who was mentioned, so that "she works at Fiat" can be kept as "my sister Anna works at Fiat"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recollect.reasoners.statements import Statement
from recollect.reasoners.subjects import KIN, NOT_NAMES, PETS, split
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
MANY = vocabulary("parents kids children siblings twins cats dogs grandparents sons daughters team family clients")
NOUNS = "|".join(sorted(map(re.escape, KIN | PETS | MANY), key=len, reverse=True))
MENTION = re.compile(
    rf"\b(?P<whose>my|our|an?|the) (?P<noun>(?:(?:new|older|younger|little|big|best|old|oldest|youngest"
    rf"|twin|baby|eldest) )?(?:{NOUNS}))\b(?!'s| of)(?:,? (?:(?:is|are) )?(?:now )?(?:(?:named|called) "
    rf")?(?P<name>(?!(?:Prof|Dr|Mr|Mrs|Ms)\b)(?-i:[A-Z])[\w'-]+)\b(?! (?-i:[A-Z])))?",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"^(?P<word>he|she|they|his|her|their)\b(?P<is>'s|'re|'ve|'ll|'d)?", re.IGNORECASE)
SPOKEN = re.compile(r"\b(?:i|we)\b|\bi'?(?:m|ve)\b", re.IGNORECASE)
POSSESSIVE = frozenset({"his", "her", "their"})
NAME = re.compile(
    r"(?<=[a-z,] )(?<!\bin )(?<!\bat )(?<!\bto )(?<!\bof )(?<!\bfrom )(?<!\bon )(?<!\bthe )(?<!\ban"
    r" )(?<!\ba )(?<!\bmy )"
    r"[A-Z][a-zé]{2,}\b(?! [A-Z]|-)"
)
STATE = re.compile(r"(?:allergic|married|engaged|divorced|retired|single|vegan|vegetarian|diabetic)\b", re.IGNORECASE)
OWNING = re.compile(
    r"(?:\b(?:have|has|had|got|own|adopted|with|and|bought|getting|us|just)|'ve|,) (?:\w+ )?$", re.IGNORECASE
)
SUBJECTLESS = re.compile(
    r"^(?:been|(?:down|up) to|gonna|going to|trying to|planning to|thinking (?:of|about)|\w+ing)\b", re.IGNORECASE
)


def _bare(name: str) -> str:
    """The word, if it can be somebody's name."""
    return "" if name in NOT_NAMES or name.endswith(("ish", "ian", "ese")) else name


@dataclass(slots=True)
class People:
    """The people that one speaker mentioned, the latest last."""

    mentioned: list[tuple[str, str]] = field(default_factory=list)
    things: Things = field(default_factory=Things)
    names: list[str] = field(default_factory=list)
    subject: str = ""
    fresh: set[str] = field(default_factory=set)

    def begin(self, heard: str = "") -> None:
        """A new message: who was merely named in the one before is no longer meant, but who the other one spoke of is."""
        self.names.clear()
        self.subject = ""
        words = set(re.findall(r"\w+", heard))
        spoken_of = [
            entry for entry in self.mentioned if entry[1].rsplit(" ", 1)[-1] in words and entry[1][-1:].islower()
        ]
        self.mentioned = [entry for entry in self.mentioned if entry not in spoken_of] + spoken_of
        self.fresh = {phrase for _, phrase in spoken_of}

    def notice(self, text: str) -> None:
        """Keep in mind whom and what the sentence mentions."""
        self.things.notice(text)
        subject = split(plain(text))[0]
        self.subject = self.subject if subject.kind == "pronoun" else ""
        if subject.kind == "person" and subject.name and not subject.head:
            self.subject = subject.name.title()
            self.names += [self.subject] if self.subject not in self.names else []
        self.names += [name for name in map(_bare, NAME.findall(text)) if name and name not in self.names]
        text = normal(text)
        for match in MENTION.finditer(text):
            pet = match["noun"].rsplit(" ", 1)[-1].casefold() in PETS
            whose = match["whose"].casefold()
            if whose == "the" and not match["name"] and not pet:
                continue
            if whose in {"a", "an"} and not match["name"] and not OWNING.search(text[: match.start()]):
                continue
            phrase = " ".join(filter(None, ("my", match["noun"], match["name"])))
            self.mentioned.append((match["noun"].rsplit(" ", 1)[-1].casefold(), phrase))
            self.subject = phrase if match.start() == 0 else self.subject
            self.fresh.add(phrase)
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
        if pronoun in {"they", "their"}:
            return next(reversed(fits), None)
        alone = self.names[0] if len(self.names) == 1 else None
        known = next((phrase for phrase in reversed(could) if alone and alone in phrase), None)
        if self.subject and (self.subject in could or not any(self.subject in phrase for _, phrase in self.mentioned)):
            return self.subject
        if fits and could[-1] != fits[-1] and not alone:
            return None  # somebody whose gender is not known was mentioned since
        near = [
            phrase for noun, phrase in self.mentioned if noun not in barred and (phrase in self.fresh or noun in PETS)
        ]
        return next(reversed(fits), None) or known or alone or next(reversed(near), None)

    def completed(self, text: str, statement: Statement) -> str:
        """A chatty clause ("moved to Oslo", "been learning Greek") with the subject that it leaves out."""
        if statement.subject.kind != "speaker" or split(plain(text))[0].kind != "none" or SPOKEN.search(text):
            return text
        first = text.split(" ", 1)[0]
        if self.subject and STATE.match(text):
            return f"{self.subject} is {text}"
        lowered = text if first.isupper() else text[:1].lower() + text[1:]
        if first.casefold() == "been":
            return f"I've {lowered}"
        return f"I'm {lowered}" if SUBJECTLESS.match(text) or STATE.match(text) else f"I {lowered}"
