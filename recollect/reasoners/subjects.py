"""Subjects: who or what a statement is about, and where its predicate begins.

There is no parser behind this: a subject is a pronoun, "my …", "the …" or a name, up to the first word that must be a
verb.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from recollect.reasoners.words import IRREGULAR, SYNONYMS, stem, vocabulary

AUXILIARIES = vocabulary(
    "am is are was were has have had do does did will would can could should might may must shall not never"
)
VERBS = vocabulary(
    "ring bite tear hang swap trade rename extend delay "
    "live work move like love hate dislike prefer enjoy want need go come start begin finish end "
    "study teach play run "
    "swim drive own eat drink take make get give buy sell plan visit travel fly leave join quit "
    "become turn grow cook "
    "bake read write speak learn know think feel believe hope sleep wake wear pay cost die pass "
    "break hurt happen meet "
    "marry date adopt win lose call text send invite tell say ask help stay sit stand keep try use "
    "watch see hear look "
    "seem sound retire graduate recover suffer mean bring put show set let hold open close stop "
    "change switch include "
    "lead follow create spend remember forget consider appear expect decide develop carry raise cut reach remain "
    "suggest require report pull push arrive return celebrate book cancel order paint draw sing "
    "dance hike climb train "
    "practice volunteer manage handle cover prepare host organize organise support belong attend bark bite snore "
    "crash fail work smoke vape meditate exercise commute rent depart land launch ship deploy renew "
    "expire deal react "
    "reschedule postpone relocate dread miss collect recommend agree refuse promise admit offer receive accept earn "
    "save owe weigh measure last fit taste smell matter depend sign propose divorce separate split cheat lie steal "
    "trust worry care crave avoid skip fast diet adore resign hire fire promote demote transfer shift "
    "diagnose treat heal undergo injure sprain burn scratch chew "
    "find hold hide shine fall catch throw draw lend steal stick understand inspire motivate remind encourage"
)
KIN = vocabulary(
    "wife husband partner spouse girlfriend boyfriend fiance fiancé fiancée fiancee ex mother father mom mum dad "
    "parent sister brother sibling son daughter child kid baby twin grandma grandmother grandpa grandfather granny "
    "grandson granddaughter aunt uncle cousin nephew niece stepmother stepfather stepson stepdaughter godmother "
    "godfather godson in-law friend bestie buddy mate pal roommate flatmate housemate neighbor neighbour colleague "
    "coworker co-worker boss manager supervisor assistant mentor teacher professor tutor coach "
    "trainer doctor dentist "
    "therapist psychiatrist lawyer landlord landlady accountant hairdresser nanny babysitter client customer student "
    "team teammate bandmate family crush date dog cat puppy kitten pet parrot hamster rabbit horse bird fish turtle "
    "snake guy man woman girl boy lady teenager toddler mother-in-law father-in-law sister-in-law brother-in-law "
    "dispatcher visitor midwife childminder cleaner plumber electrician builder agent adviser advisor solicitor caretaker "
    "luthier counsellor counselor consultant nurse surgeon dietitian dietician nutritionist broker "
    "best-friend employee intern lead ceo cto director chef gardener pediatrician physio optician vet"
)
PETS = vocabulary(
    "dog cat puppy pup kitten pet parrot hamster rabbit bunny horse pony bird budgie canary fish "
    "goldfish turtle tortoise "
    "snake lizard gecko iguana guinea ferret chinchilla retriever labrador lab poodle beagle corgi terrier bulldog "
    "dachshund shepherd husky tabby siamese cockatiel chicken goat donkey rat gerbil"
)
NOT_NAMES = vocabulary(
    "I It This That These Those There Here He She They You We The A An My Our Your His Her Their And "
    "But Or So Yes No "
    "Not Now Then Just Well Also What Why How When Where Who Which Whose If As At In On For From "
    "With Without To By Of "
    "Please Thanks Thank Ok Okay Oh Hi Hello Hey Sure Maybe Perhaps Today Tomorrow Yesterday Tonight Monday Tuesday "
    "Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October "
    "November December Every Each Some Any All Both Most Many Much Few One Two Three Nothing Everything Something "
    "Anything Everyone Everybody Someone Somebody Nobody Anyone Because Since After Before While "
    "Although Though Until "
    "Can Could Would Should Will Do Does Did Is Are Was Were Has Have Had Let Let's Don't Never "
    "Always Ever Only Even "
    "Still Good Great Nice Cool Awesome Wow Sorry Congrats Love Loving Like Wish Hope Hoping Glad Happy Looks Sounds "
    "Seems Got Getting Going Went Being Been Having Other Another Such More Less Things People Life Time Work Music "
    "Food Family Friends Kids Seeing Taking Making Remember Forget Note Actually Honestly Recently Lately Sometimes "
    "Usually Last Next First Second Finally Guess True Right Exactly Absolutely Definitely Art Nature Yoga Painting "
    "Running Reading Writing Cooking Hiking Swimming Learning Spending Watching Helping Working Living Playing Call "
    "Tell Give Show Send Book Find Make Take Add Set Use Keep Help Write Ask Check Talk Stop Start Try Look See Say "
    "Imagine Suppose Pretend Python Java JavaScript React Coffee Tea Pizza Dogs Cats Those Yep Yeah "
    "Yup Nope Haha Lol "
    "Btw FYI Speaking Technically Basically Apparently Supposedly Rumor Rumour Update Correction Edit PS Meanwhile "
    "Otherwise Anyway Besides However Instead Once Twice God Gosh Jesus Damn Dang"
)
STRIPPED = vocabulary("and new current own dear lovely beloved present latest actual usual poor sweet")
PLURAL_HEADS = vocabulary("parents kids children people family folks friends siblings twins i we they you and")
PRONOUNS = vocabulary("he she they")
SubjectKind = Literal["speaker", "person", "thing", "you", "pronoun", "it", "none"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what: its kind, the noun ("sister", "phone number"), a name ("anna") and, for a thing, whose it is."""

    kind: SubjectKind
    head: str = ""
    name: str = ""
    owner: Subject | None = None

    def same(self, other: Subject) -> bool:
        """Whether both mean the same one: names decide where both have one."""
        if self.kind != other.kind or self.owner != other.owner:
            return False
        if self.name and other.name:
            return self.name == other.name
        return self.head == other.head and bool(self.head or self.kind == "speaker")

    @property
    def holder(self) -> Subject:
        """Who has the attributes that a statement about it gives: the owner of a thing, else itself."""
        return (self.owner or SPEAKER) if self.kind == "thing" else self

    @property
    def label(self) -> str:
        """How a reason names it."""
        if self.kind == "speaker":
            return "I"
        return " ".join(filter(None, (self.owner.label if self.owner else "", self.head, self.name))) or self.kind


LINKED = re.compile(r" (?:with|for|from|at|in|on|of|to|about)\b")
SPEAKER = Subject("speaker")
NOBODY = Subject("none")
OWNERS = {
    "his": Subject("pronoun", "he"),
    "her": Subject("pronoun", "she"),
    "their": Subject("pronoun", "they"),
    "your": Subject("you"),
}


@lru_cache(maxsize=16384)
def is_verb(word: str) -> bool:
    """Whether the word is a known verb in any of its forms."""
    word = word.casefold().strip(".,!?;:\"'")
    return word in AUXILIARIES or IRREGULAR.get(word) in VERBS or any(base in VERBS for base in _bases(word))


def _bases(word: str) -> tuple[str, ...]:
    for ending, added in (("ies", "y"), ("ied", "y"), ("es", ""), ("ed", "e"), ("ed", ""), ("s", ""), ("d", "")):
        if word.endswith(ending) and word[: -len(ending)] + added in VERBS:
            return (word[: -len(ending)] + added,)
    doubled = word[:-3] if word.endswith("ed") and len(word) > 5 and word[-3:-2] == word[-4:-3] else ""
    return (word, doubled)


def _boundary(words: list[str], at: int) -> bool:
    """Whether the predicate begins here: an inflected verb, or a bare one after a plural."""
    word = words[at].casefold()
    if not is_verb(word):
        return False
    if word in VERBS and IRREGULAR.get(word) is None and not word.endswith(("ed", "id")):
        before = words[at - 1].casefold()
        return before in PLURAL_HEADS or (before.endswith("s") and not before.endswith(("ss", "'s")))
    return True


def split(text: str) -> tuple[Subject, str]:
    """The subject of a statement in plain form, and its predicate; `NOBODY` and the whole text if it has none."""
    words = text.split(" ")
    if not words[0]:
        return NOBODY, text
    subject, at = _subject(words)
    return subject, " ".join(words[at:])


def _subject(words: list[str]) -> tuple[Subject, int]:
    first = words[0].strip(",").casefold()
    if first in {"i", "we"}:
        return SPEAKER, 1
    joint = _joint(words)
    if joint:
        return SPEAKER, joint
    if first in PRONOUNS:
        return Subject("pronoun", first), 1
    if first == "you":
        return Subject("you"), 1
    if first in {"it", "there"} or (
        first in {"this", "that", "these", "those"} and len(words) > 1 and is_verb(words[1])
    ):
        return Subject("it", first), 1
    return _noun_phrase(words, first)


def _joint(words: list[str]) -> int:
    """Where the predicate begins after "Anna and I" or "me and Anna"; 0 if it is no such subject."""
    for at in range(1, min(6, len(words) - 1)):
        if words[at] == "and" and words[at + 1] in {"I", "me", "myself"}:
            return at + 2
    if words[0].casefold() == "me" and len(words) > 3 and words[1] == "and":
        return next((at for at in range(3, min(7, len(words))) if is_verb(words[at])), 0)
    return 0


def _noun_phrase(words: list[str], first: str) -> tuple[Subject, int]:
    determined = first in {"a", "an", "another", "my", "our", "the", "this", "that", "his", "her", "their", "your"}
    if not determined and not _name_like(words[0]):
        return NOBODY, 0
    start = 1 if determined else 0
    for at in range(start + 1, min(start + 9, len(words))):
        if words[at - 1].endswith(","):
            break
        if _boundary(words, at):
            return _noun_subject(words[start:at], first if determined else ""), at
    return NOBODY, 0


def _name_like(word: str) -> bool:
    return word[:1].isupper() and word.removesuffix("'s").strip(",") not in NOT_NAMES and not word[:1].isdigit()


def _noun_subject(words: list[str], determiner: str) -> Subject:
    owner = next((at for at, word in enumerate(words) if word.endswith(("'s", "s'")) and at < len(words) - 1), None)
    if owner is not None:
        whose = Subject("person", *noun(words[: owner + 1]))
        head, name = noun(words[owner + 1 :])
        return Subject(_kind(head, name, ""), head, name, whose)
    head, name = noun(words)
    return Subject(_kind(head, name, determiner), head, name, OWNERS.get(determiner))


def noun(words: list[str]) -> tuple[str, str]:
    """The common noun and the name in a noun phrase: "new boss Karen Lee" is ("boss", "karen lee")."""
    bare = [word.strip(",").removesuffix("'s").removesuffix("'") for word in words]
    names = [word for word in bare if _name_like(word) and not word.isupper()]
    common = [canonical(word) for word in bare if word not in names and word.casefold() not in STRIPPED]
    return " ".join(common), " ".join(word.casefold() for word in names)


def canonical(word: str) -> str:
    """A noun as compared: lower case, spelling variants and synonyms folded."""
    return SYNONYMS.get(word.casefold(), word.casefold())


def is_person(head: str) -> bool:
    """Whether a noun means somebody, or a pet."""
    last = LINKED.split(head, maxsplit=1)[0].rsplit(" ", 1)[-1]
    if last == "date" and last != head:
        return False
    return stem(last) in PERSON_STEMS or last.startswith("ex-")


PERSON_STEMS = frozenset(map(stem, KIN | PETS))


def _kind(head: str, name: str, determiner: str) -> SubjectKind:
    if head:
        return "person" if is_person(head) else "thing"
    return "person" if name and not determiner else "thing"
