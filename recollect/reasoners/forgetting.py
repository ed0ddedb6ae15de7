"""Forgetting: which memory a request to forget means, by attribute, by its words, or by its topic."""

from __future__ import annotations

import re

from recollect.reasoners.matching import GENERIC
from recollect.reasoners.statements import Slot, Statement, event, parse
from recollect.reasoners.subjects import canonical
from recollect.reasoners.words import akin, content, stem, vocabulary

VAGUE = frozenset(
    map(
        stem,
        vocabulary(
            "thing stuff matter topic business situation issue subject note detail info information everything"
            " anything "
            "part story news whole problem question idea plan conversation memory data my want wanting being having"
        ),
    )
)
FIELDS = tuple(
    (frozenset(map(stem, vocabulary(general))), frozenset(map(stem, vocabulary(special))))
    for general, special in (
        (
            "money debt loan finance financial",
            "borrow lend owe euro pound dollar cent pay payback repay salary earn income cash rent mortgage saving budget"
            " cost bank",
        ),
        (
            "health illness sick disease condition diagnosis",
            "diagnose blood pressure diabetes asthma cancer surgery operation doctor hospital medication tablet therapy"
            " therapist anxiety depression allergy allergic pregnant pain mole migraine",
        ),
        ("trip travel holiday vacation journey", "fly flight visit hotel camp"),
        ("job work employer career", "company application apply notice"),
        ("home house flat address", "live move"),
        ("relationship", "boyfriend girlfriend date divorce separate marry marriage engage husband wife partner"),
        ("diet eat food", "vegetarian vegan meat fish gluten lactose dairy"),
        ("phone mobile cell", "number"),
        ("age birthday birth", "born old"),
    )
)
"""General words, and the special ones that they take in."""
NUMBERED = frozenset(map(stem, vocabulary("number extension")))
"""Who wants a number forgotten does not mean a remark on phones."""
MEANING_ME = re.compile(r"^(?:me|my) (?=\w+ing\b)", re.IGNORECASE)
RIDES = re.compile(r"^(?:take|catch|use|ride|go|come|travel|commute|drive|get)\b", re.IGNORECASE)
BROAD = frozenset(map(stem, vocabulary("drink eat take play read watch use go see have do make")))
"""Verbs that alone do not say what has ended."""
FORMER = re.compile(r"^(?:my|our) (?:old|previous|former)\b", re.IGNORECASE)
NOUN_SLOTS = {
    "phone number": "phone",
    "number": "phone",
    "phone": "phone",
    "email": "email",
    "email address": "email",
    "address": "address",
    "home address": "address",
    "job": "job",
    "employer": "employer",
    "workplace": "employer",
    "company": "employer",
    "home": "home",
    "city": "home",
    "location": "home",
    "age": "age",
    "name": "name",
    "birthday": "birthday",
    "diet": "diet",
    "allergy": "allergy",
    "allergies": "allergy",
    "relationship": "relationship",
    "car": "car",
}
WHERE = (
    (re.compile(r"^where (?:i|we) (?:live|am living|moved)", re.IGNORECASE), "home"),
    (re.compile(r"^where (?:i|we) work", re.IGNORECASE), "employer"),
    (re.compile(r"^what (?:i|we) do for (?:a living|work)|^what my job is", re.IGNORECASE), "job"),
    (re.compile(r"^how old (?:i am|we are)|^my age", re.IGNORECASE), "age"),
    (re.compile(r"^(?:what )?my name(?: is)?$|^what (?:i am|i'm) called", re.IGNORECASE), "name"),
    (re.compile(r"^when (?:i was born|my birthday is)", re.IGNORECASE), "birthday"),
)


def asked(what: str) -> Statement:
    """What a request asks to forget, as a statement where it is one: "me wanting a boat" as "I wanting a boat"."""
    return parse(MEANING_ME.sub("I ", what))


def forgets(what: Statement, old: Statement) -> tuple[int, str] | None:
    """How surely a request to forget, or news of an end, means the old statement, and why; None on weak evidence."""
    if FORMER.search(what.text) or not _numbers(what.text) <= _numbers(old.text):
        return None
    if slot := _named_slot(what.text, old):
        return 90, f"the remembered {slot.attribute!r}: {slot.shown!r}"
    if what.core <= BROAD or (what.words & NUMBERED and not _numbers(old.text)):
        return None
    return _affirmed_match(what, old) or _said(what, old) or _topic(what, old)


def _numbers(text: str) -> set[str]:
    """The long numbers in a text (of phones, cards, accounts), by their digits."""
    return {re.sub(r"\D", "", number) for number in re.findall(r"\d[\d .-]{2,}\d", text)}


def _said(asked: Statement, old: Statement) -> tuple[int, str] | None:
    """The old statement has all the words of the request."""
    bare = asked.subject.kind in {"none", "it", "thing"}
    needed = content("need") if asked.predicate.startswith("need ") else frozenset()
    words = (asked.core - GENERIC if bare else asked.core - needed) or asked.core
    about = old.words - content("know information everything anything")
    if asked.slots and old.slots and not words <= about:
        return None
    if words and words <= about and _subjects_fit(asked, old):
        named = (
            all(re.search(rf"\b{re.escape(word)}", old.text, re.IGNORECASE) for word in words)
            and asked.text[:1].isupper()
        )
        if named and bare:
            return 62, f"it is about: {asked.text}"
        return 40 + 40 * len(words) // max(1, len(about)), f"it says all of: {' '.join(sorted(words))}"
    return None


def _topic(asked: Statement, old: Statement) -> tuple[int, str] | None:
    """The old statement is about the topic that the request names: every name in it, and most of what else it says."""
    told = asked.predicate != asked.text and asked.subject.kind in {"speaker", "person"}
    if asked.slots or (told and not asked.subject.same(old.subject)):
        return None
    words = asked.words - VAGUE
    found = {word for word in words if _about(word, old)}
    names = {stem(name) for name in re.findall(r"(?<!^)\b[A-Z][\w-]+|^[A-Z][\w-]+(?='s| and )", asked.text)}
    listed = len(found) > 1 and "," in asked.text and not told
    if not found or not names <= found | VAGUE or (len(found) * 3 < len(words) * (3 if told else 2) and not listed):
        return None
    return 60 + 20 * len(found) // len(words), f"it is about: {' '.join(sorted(found))}"


def _about(word: str, old: Statement) -> bool:
    """Whether the old statement speaks of it, in this word, one of its family, or one of its field."""
    if word in old.words or any(akin(word, other) for other in old.words):
        return True
    if word in TRIP and old.future:
        return True
    fields = (general | special for general, special in FIELDS if word in general)
    return any(field & old.words for field in fields) or word == _category(old)


def _category(old: Statement) -> str:
    """The stem of the attribute that the statement gives first."""
    return stem(old.slots[0].attribute) if old.slots else ""


def _affirmed_match(asked: Statement, old: Statement) -> tuple[int, str] | None:
    """Match "I no longer work at Acme" with "I work at Acme" by their attributes."""
    way = old.slot("way to work")
    if way and way.value <= asked.words and RIDES.match(asked.predicate) and asked.subject.same(old.subject):
        return 80, f"same attribute 'way to work': {way.shown!r}"
    for slot in asked.slots:
        for other in old.slots:
            fits = slot.value <= other.value or other.value <= slot.value
            if (
                slot.attribute == other.attribute
                and fits
                and asked.subject.holder.same(old.subject.holder)
                and other.positive
            ):
                return 80, f"same attribute {slot.attribute!r}: {other.shown!r}"
    return None


def _subjects_fit(asked: Statement, old: Statement) -> bool:
    """A bare phrase fits any statement that says it; a statement only one about the same."""
    bare = asked.subject.kind in {"none", "it", "thing"} or asked.predicate == asked.text
    return (
        bare
        or asked.subject.same(old.subject)
        or bool(asked.subject.name and asked.subject.name in old.text.casefold())
    )


TRIP = frozenset(map(stem, vocabulary("trip travel holiday vacation journey plan visit move")))


def _named_slot(what: str, old: Statement) -> Slot | None:
    """The old statement's slot that a phrase like "my phone number" or "where I live" names."""
    phrase = re.sub(r"^(?:my|our|the|about|i have an?) ", "", what.strip().casefold())
    words = " ".join(canonical(word) for word in phrase.split() if word not in {"old", "new", "current"})
    wanted = next((slot for pattern, slot in WHERE if pattern.match(what)), NOUN_SLOTS.get(words, words))
    if old.subject.holder.kind != "speaker":
        return None
    return next(
        (s for s in old.slots if s.attribute == wanted or (event(s) and s.attribute.partition(" of ")[2] == words)),
        None,
    )
