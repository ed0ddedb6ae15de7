"""Changes: one thing exchanged for another, a habit that is now otherwise, a house moved into."""

from __future__ import annotations

import re

from recollect.reasoners import dates
from recollect.reasoners.attributes import EVENT_NOUNS, IS_VALUE
from recollect.reasoners.statements import Statement, event
from recollect.reasoners.words import akin, content, normal, stem, vocabulary

DONE = r"(?:have |has |had |had to |was |were |just |finally |decided to )*"
FOR = r"(?: back| out| over| up)? (?:for|with|by|against|in favou?r of)"
EXCHANGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^{DONE}(?:swap(?:ped)?|trad(?:e|ed)(?: in)?|exchang(?:e|ed)|replac(?:e|ed)|ditch(?:ed)?|drop(?:ped)?|left|"
        rf"leave|sold|gave up|given up|substitut(?:e|ed)|switched out) (?P<old>.+?){FOR} (?P<new>.+)$",
        rf"^{DONE}(?:switch(?:ed)?|chang(?:e|ed)|mov(?:e|ed)|gone|went|go|convert(?:ed)?|upgrad(?:e|ed)|downgraded"
        r"|transferred|migrated|am switching|am moving|are moving)(?: (?:my |our |the )?[\w-]+){0,2}? from"
        r" (?P<old>.+?) (?:back"
        r" )?to (?P<new>.+)$",
        rf"^{DONE}(?:sold|gave away|given away|got rid of|returned|parted with|cancel(?:l)?ed|left|quit"
        rf"|dropped|scrapped"
        r"|let go of) (?P<old>.+?),? and (?:have |then |now )*(?:bought|got|gotten|ordered|joined|took up"
        r"|started|subscribed to"
        r"|signed up (?:for|to|with)|moved to|switched to|have|drive|use|ride|am \w+ing|are \w+ing) (?P<new>.+)$",
        r"^(?!.*\bwas\b).*?\b(?P<new>\S.+?),? (?:instead of|rather than|in place of) (?P<old>[^,.;]+)$",
        r"^.*?\b(?P<new>\S.+?),? (?:so )?(?:no more|and not|but not) (?P<old>[^,.;]+)$",
        rf"^{DONE}(?:knocked|pushed|kicked|beaten|dethroned|overtaken|replaced|taken over from|superseded) "
        r"(?P<old>.+?)(?: off .+| from .+| as .+)?$",
    )
)
MARKED = re.compile(
    r"\b(?:now|nowadays|these days|instead|from now on|lately|since|as of|starting|for a change|again)\b"
    r"|\bonly\b.*\bnow\b",
    re.IGNORECASE,
)
MOVES_IN = re.compile(
    r"^(?:have |has )?(?:just |finally )?(?:moved? (?:in|out|house|home|away)\b|(?:bought|got) .{0,40}\bmoved? in\b"
    r"|am moving out|are moving out|left\b.*\bplace\b)|^live with\b",
    re.IGNORECASE,
)
STREET = re.compile(
    r"\b(?:street|road|lane|row|avenue|court|close|drive|terrace|square|crescent|mews|quay|way|place"
    r"|gardens|alley)\b",
    re.IGNORECASE,
)
EVENT_FAMILIES = tuple(
    frozenset(map(stem, vocabulary(words)))
    for words in (
        "race marathon run triathlon",
        "meeting call sync session",
        "trip vacation holiday journey flight",
        "exam test",
        "appointment checkup visit",
        "party celebration wedding",
    )
)
WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
PARTS = ("even", "morn", "afternoon", "night")
DOING = re.compile(r"^(?:am|is|are) (?!going|having|doing|getting)\w+ing\b", re.IGNORECASE)
DOING_WORD = re.compile(r"^(?:am|is|are) (?=\w+ing\b)", re.IGNORECASE)
KNOCKS = EXCHANGES[-1]
SHIFTED = re.compile(
    r"\b(?:instead|moved|changed|switched|postponed|rescheduled|pushed|brought forward)\b", re.IGNORECASE
)
RENEWED = re.compile(
    r"^(?:(?:have|has) )?(?:have|has|got|bought|am on|am using|ordered) (?:an?|my) (?:brand )?new (?:\w+"
    r" ){0,2}?(?P<n>phone"
    r"|laptop|computer|tablet|car|tv|watch|camera|printer|fridge|sofa|bike|van|truck|lorry|scooter|motorbike|job|flat|house|apartment|boss"
    r"|gym|doctor)(?=$|[,.;:]| (?:and|called|named|from|for|with|now|last|this|in|on|at|yesterday|today|since|so|off)\b)",
    re.IGNORECASE,
)
MAKES = {
    stem(word): kind
    for kind, words in (
        ("phone", "iphone pixel samsung galaxy fairphone nokia huawei xiaomi oneplus motorola blackberry"),
        ("laptop", "macbook thinkpad chromebook dell lenovo asus acer surface"),
        (
            "car",
            "volvo tesla bmw honda toyota ford fiat audi kia golf polo corsa yaris renault peugeot skoda mazda nissan hyundai"
            " mercedes porsche opel vw volkswagen jeep subaru lexus citroen vauxhall suzuki mini dacia prius",
        ),
        ("gym", "puregym"),
    )
    for word in words.split()
}
HAD = re.compile(r"^(?:have|has|own|use|uses|drive|drives|got|am using|bought)\b", re.IGNORECASE)
CARRIERS = frozenset(map(stem, vocabulary("have get be go like love want need see know think say feel make do")))
FEW = 2


def exchanged(new: Statement, old: Statement) -> str | None:
    """What the new statement says was given up for another thing, if the old one is about it."""
    if old.past or old.negative or not _related_subjects(new, old):
        return None
    for pattern in EXCHANGES:
        match = pattern.match(new.predicate)
        gone = content(dates.without(match["old"])) if match else frozenset()
        if match and gone and gone <= old.words and not (new.past and "instead" in new.text):
            return str(match["old"])
    return None


def _related_subjects(new: Statement, old: Statement) -> bool:
    if new.subject.holder.same(old.subject.holder):
        return True
    return new.subject.kind == old.subject.kind == "thing"


def otherwise(new: Statement, old: Statement) -> str | None:
    """What is now done or had in another way: the same subject and verb, and a word that says "now"."""
    if not MARKED.search(normal(new.text)) or new.past or old.past or new.negative or old.negative:
        return None
    things = new.subject.kind == old.subject.kind == "thing" and new.subject.holder.same(old.subject.holder)
    heads = set(new.subject.head.split()), set(old.subject.head.split())
    same = new.subject.same(old.subject) or (
        things and bool(heads[0]) and (heads[0] <= heads[1] or heads[1] <= heads[0])
    )
    if not same or new.future != old.future:
        return None
    if new.subject.kind == "thing" and IS_VALUE.match(new.predicate) and IS_VALUE.match(old.predicate):
        return new.subject.label if new.words != old.words else None
    verb, other = (stem(DOING_WORD.sub("", s.predicate).split(" ", 1)[0]) for s in (new, old))
    if verb in CARRIERS or verb != other:
        return None
    shared = new.core & old.core
    fits = (
        len(shared) > (0 if DOING.match(new.predicate) and DOING.match(old.predicate) else 1)
        and 0 < len(new.core - shared) <= FEW
        and 0 < len(old.core - shared) <= FEW
    )
    return " ".join(sorted(shared)) if fits else None


def other_time(new: Statement, old: Statement) -> str | None:
    """The event that both tell a time of, where the new statement says that its own stands instead."""
    if not SHIFTED.search(new.text) or new.negative or old.negative or not new.subject.holder.same(old.subject.holder):
        return None
    events = [slot.attribute for slot in old.slots if event(slot)]
    if events and not any(word in attribute for word in new.words & EVENT_NOUNS for attribute in events):
        return None
    what = frozenset(
        word
        for word in new.words & EVENT_NOUNS
        if word in old.words or _kin(word) & old.words or any(akin(word, other) for other in old.words)
    )
    days, before = (frozenset(s.times) for s in (new, old))
    return " ".join(sorted(what)) if what and days and before and days != before else None


def other_day(new: Statement, old: Statement) -> str | None:
    """The habit that both tell the days of the week of, where the new statement says that its own hold now."""
    marked = MARKED.search(normal(new.text)) or SHIFTED.search(new.text)
    if not marked or new.negative or old.negative or old.past:
        return None
    days, before = ({stem(day) for day in WEEKDAY.findall(s.text)} for s in (new, old))
    what = frozenset(word for word in new.core - days if not word.startswith(PARTS))
    about = what & old.words
    fits = new.subject.holder.same(old.subject.holder) and about and (what <= old.words or new.subject.kind == "thing")
    return " ".join(sorted(about)) if fits and days and before and days != before else None


def _kin(word: str) -> frozenset[str]:
    """Other words for an event of that kind."""
    return next((family for family in EVENT_FAMILIES if word in family), frozenset())


def renewal(new: Statement, old: Statement) -> str | None:
    """The kind of thing that the speaker has a new one of, where the old statement tells which one was had."""
    match = RENEWED.match(new.predicate)
    if not match or old.negative or new.core <= old.core:
        return None
    kind = stem(match["n"])
    had = HAD.match(old.predicate) and new.subject.same(old.subject)
    named = old.subject.kind == "thing" and old.subject.holder.same(new.subject) and stem(old.subject.head) == kind
    known = kind in old.words or any(kind == MAKES.get(word) for word in old.words)
    return str(match["n"]) if (named and not event_of(old)) or (had and known) else None


WHERE = re.compile(r" (?:at|in|on|for|with|from|since|because|after)\b.*", re.IGNORECASE)
SWITCHED = re.compile(
    r"^(?:have |has |had |just )*(?:switch(?:ed)?|chang(?:e|ed)|gone|went|mov(?:e|ed)) (?:over |on )?to "
    r"(?!the\b|my\b|school|bed|work)"
    r"(?P<new>[^,.;]+)",
    re.IGNORECASE,
)


def switched(new: Statement, old: Statement) -> str | None:
    """The kind of thing, its last word, that the speaker has gone over to another of: "switched to nylon strings"."""
    match = SWITCHED.match(new.predicate)
    used = HAD.match(old.predicate) and new.subject.same(old.subject) and not (old.negative or old.past)
    last = WHERE.sub("", dates.without(match["new"])).split()[-1:] if match and used else []
    return last[0] if last and stem(last[0]) in old.words and new.core - old.core else None


def event_of(statement: Statement) -> bool:
    """Whether it tells when or where something takes place."""
    return any(map(event, statement.slots))


def moved_in(new: Statement, old: Statement) -> str | None:
    """The dwelling that the speaker had before moving, as the old statement names it."""
    if not MOVES_IN.match(new.predicate) or not new.subject.same(old.subject.holder):
        return None
    left = old.slot("dwelling") or old.slot("address") or old.slot("home")
    if left is None and (household := old.slot("household")):
        gone = " out " in new.predicate or household.shown.startswith(("alone", "by"))
        return household.shown if gone else None
    if left is None or (left.attribute == "home" and not STREET.search(left.shown) and "house" not in new.text):
        return None
    return left.shown
