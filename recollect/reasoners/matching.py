"""Matching: what a new statement does to an old one: repeats it, adds to it, replaces it, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from recollect.reasoners import requests
from recollect.reasoners.attributes import MOVES, NOUN_ATTRIBUTES, PRACTITIONERS
from recollect.reasoners.changes import MARKED, exchanged, moved_in, other_day, other_time, otherwise, renewal, switched
from recollect.reasoners.corrections import ASIDE, righted
from recollect.reasoners.endings import former, given_up, job_ended, parted, resumed, studies_ended
from recollect.reasoners.statements import ENDED, Slot, Statement, event
from recollect.reasoners.subjects import LINKED
from recollect.reasoners.words import content, normal, stem, stems, vocabulary

Kind = Literal["same", "detail", "change"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the new statement does to an old one, how surely (higher wins), and why in plain words."""

    kind: Kind
    rank: int
    reason: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A new statement and an old one that may be about the same; `over`: the old one's time has passed,
    `again`: the new one is said as known.
    """

    new: Statement
    old: Statement
    over: bool = False
    again: bool = False


GENERIC = frozenset(
    map(
        stem,
        vocabulary(
            "live move home base locate settle relocate reside work job start begin company name "
            "phone number address email year "
            "age born birthday turn get become date person use have join hire position role employed "
            "residence city house place "
            "birth day mobile reach contact become change switch move reschedule scheduled postpone "
            "push shift favorite allergy allergic "
            "stand bear abide crazy obsess obsessed into big grow become fond mad"
        ),
    )
)
SINGLE_ROLES = vocabulary(
    "wife husband partner girlfriend boyfriend fiance fiancé fiancée mother father boss manager "
    "supervisor doctor dentist therapist "
    "landlord landlady accountant lawyer dispatcher visitor midwife childminder cleaner luthier "
    "vet physio optician hairdresser solicitor nanny"
)
SPLICED = frozenset({"home", "age", "name", "phone", "email"})
MOVED = re.compile(
    r"\b(?:moved|rescheduled|postponed|pushed|shifted|changed|delayed|brought forward|bumped|now|instead"
    r"|from (?:next|this|tomorrow)"
    r"|actually|these days|nowadays|from now on|change|move|switch|push|extended|put back)\b",
    re.IGNORECASE,
)
RENEWED = re.compile(r"\b(?:new|now|changed|instead|wrong|actually|meant|not|correction)\b", re.IGNORECASE)
STILL = re.compile(r"\b(?:still|as before|like before|as always|as usual)\b", re.IGNORECASE)
AGAIN = re.compile(
    r"\b(?:(?:as|like) (?:you|we|i) (?:\w+ ){0,2}?(?:know|said|told|mentioned)|(?:i|we)(?:'ve| have)? (?:already )?"
    r"(?:told you|mentioned|said(?= (?:that )?(?:i|we|my|our)\b))|still|remember,|as before|as ever|as always"
    r"|(?:did not|didn't|don't|do not) forget|again|you know)\b",
    re.IGNORECASE,
)
LASTING = frozenset(
    {"allergy", "diet", "home", "address", "employer", "job", "name", "age", "phone", "email", "birthday"}
)
PLACES = {"home", "address"}
TOWN = re.compile(r"(?:,|\bin) (?:the )?[A-Z]")
DRUGS = content("drug drugs medicine medication food foods sting stings")
CONCESSION = re.compile(
    r",? (?:although|though|even though|even if|so please|so don't|and that (?:works|suits|is)) .*", re.IGNORECASE
)
INSTEAD = re.compile(r",? (?:instead of|not|rather than) .*", re.IGNORECASE)
NAMING = frozenset(map(stem, vocabulary("have name call get own adopt")))
HAVING = re.compile(r"^(?:have|has|got|own|have got) ", re.IGNORECASE)
TRAVEL = frozenset(
    map(stem, vocabulary("plan visit travel fly trip book go vacation journey think take drive flight ticket hope"))
)
WEEKDAYS = frozenset(map(stem, vocabulary("monday tuesday wednesday thursday friday saturday sunday weekend")))
AMOUNT = re.compile(
    r"\b(?:cut (?:down|back)|reduced|increased|raised|lowered|went (?:up|down)|up to|down to)\b", re.IGNORECASE
)
NUMBER = re.compile(r"^\d+(?:[.,:]\d+)*(?:am|pm|k|kg|km|cm)?$")


def compare(pair: Pair) -> Verdict | None:
    """What the new statement does to the old one; None if they can stand side by side."""
    if _identical(pair):
        return Verdict("same", 100, "already remembered in the same words")
    for rule in (
        _instructions,
        _allergic,
        _contrast,
        _anaphoric,
        _exchanged,
        _slots,
        _preference,
        _introduced,
        _ended,
        _generic,
    ):
        verdict = rule(pair)
        if verdict is not None:
            return verdict
    return None


def _identical(pair: Pair) -> bool:
    return (
        stems(normal(pair.new.text)) == stems(normal(pair.old.text))
        and pair.new.negative == pair.old.negative
        and (pair.new.subject == pair.old.subject or pair.new.subject.same(pair.old.subject))
        and pair.new.ended == pair.old.ended
        and not (pair.over and pair.new.times)
    )


def _instructions(pair: Pair) -> Verdict | None:
    new, old = pair.new, pair.old
    if not (requests.instruction(new.text) and requests.instruction(old.text)):
        return None
    shared = requests.topics(new.text) & requests.topics(old.text)
    if new.core == old.core and new.negative == old.negative:
        return Verdict("same", 90, "the same instruction is remembered")
    if shared:
        return Verdict("change", 80, f"another instruction about {', '.join(sorted(shared))}")
    return None


ALLERGIC = re.compile(
    r"\b(?:(?P<me>i am|we are|my) (?:\w+ )?allerg|(?:is|are|his|her|their|'s) (?:\w+ )?allerg)", re.IGNORECASE
)


def _allergic(pair: Pair) -> Verdict | None:
    """ "No nuts for me, I'm allergic" says again, within whatever it tells, that I am allergic to nuts."""
    told, old = ALLERGIC.search(normal(pair.new.text)), pair.old.slot("allergy")
    if told is None or old is None or not old.positive or ENDED.search(normal(pair.new.text)):
        return None
    if pair.new.slot("allergy") and pair.new.subject.holder.same(pair.old.subject.holder):
        return None  # told of plainly: compared as an attribute
    mine = pair.old.subject.holder.kind == "speaker"
    if not old.value or not old.value - DRUGS <= pair.new.words or mine != bool(told["me"]):
        return None
    if not mine and not _spoken_of(pair):
        return None
    return Verdict("same", 70, f"already remembered: 'allergy' of {pair.old.subject.label!r} is {old.shown!r}")


def _spoken_of(pair: Pair) -> bool:
    """Whether the new statement names whom the old one is about, or means them by a pronoun."""
    holder = pair.old.subject.holder
    names = content(f"{holder.name} {holder.head}")
    return bool(names & pair.new.words) or re.search(r"\b(?:his|her|their)\b", pair.new.text) is not None


def _slots(pair: Pair) -> Verdict | None:
    """Compare attribute by attribute: one that changed decides; if all agree, what is left over does."""
    agreed: list[tuple[Slot, Slot]] = []
    for slot, old in ((s, o) for s in pair.new.slots for o in pair.old.slots):
        if not _same_attribute(pair, slot, old):
            continue
        relation = _relation(pair, slot, old)
        if relation == "agree":
            agreed.append((slot, old))
        elif relation:
            text = _spliced(pair, slot, old) if relation == "replace" else None
            return Verdict("change", 70 if slot.single else 60, _because(pair, slot, old, relation), text)
    return _leftover(pair, agreed) if agreed else None


def _anaphoric(pair: Pair) -> Verdict | None:
    """ "She's still allergic to nuts" says again, of somebody, what is remembered of one."""
    if pair.new.subject.kind != "pronoun" or pair.new.subject.head == "they" or pair.old.subject.kind != "person":
        return None
    for slot in pair.new.slots:
        old = pair.old.slot(slot.attribute)
        if old and old.positive == slot.positive and slot.value <= old.value:
            return Verdict("same", 40, f"already remembered of {pair.old.subject.label!r}: {old.shown!r}")
    return None


def _exchanged(pair: Pair) -> Verdict | None:
    if gone := exchanged(pair.new, pair.old):
        return Verdict("change", 78, f"has taken the place of {gone!r}")
    return None


def _same_attribute(pair: Pair, slot: Slot, old: Slot) -> bool:
    named = event(slot) and pair.new.subject.holder.name in old.attribute.split() and event(old)
    if not (pair.new.subject.holder.same(pair.old.subject.holder) or named or _owner_unsaid(pair, slot)):
        return False
    if slot.attribute == old.attribute or {slot.attribute, old.attribute} == PLACES:
        return True
    if _unqualified(slot.attribute) == _unqualified(old.attribute) and not event(slot):
        return RENEWED.search(pair.new.text) is not None and slot.attribute == _unqualified(slot.attribute)
    kind, _, what = slot.attribute.partition(" of ")
    other, _, elder = old.attribute.partition(" of ")
    if kind != other or not what or kind not in {"day", "hour", "place"}:
        return False
    names, elders = set(what.split()), set(elder.split())
    general = names == {"appointment"} and elders & PRACTITIONERS and MOVED.search(pair.new.text)
    return bool(general) or names <= elders or elders <= names


def _unqualified(attribute: str) -> str:
    """An attribute without what it is for: "phone number for work" as "phone"."""
    noun = LINKED.split(attribute, maxsplit=1)[0]
    return NOUN_ATTRIBUTES.get(noun, noun)


def _owner_unsaid(pair: Pair, slot: Slot) -> bool:
    """Whether "the party was moved" may mean the daughter's party."""
    new, old = pair.new.subject, pair.old.subject
    moved = MOVED.search(pair.new.text) is not None and pair.new.text.casefold().startswith("the ")
    return event(slot) and moved and new.kind == old.kind == "thing" and new.owner is None


def _relation(pair: Pair, slot: Slot, old: Slot) -> str:
    """agree, replace or flip; empty if both can hold."""
    equal = slot.value == old.value or (slot.attribute == "allergy" and slot.value - DRUGS == old.value - DRUGS)
    within = slot.value <= old.value or old.value <= slot.value
    if {slot.attribute, old.attribute} == PLACES:
        return _lives(pair, slot, within)
    if slot.positive != old.positive:
        return "flip" if equal or (slot.single and within and slot.positive is False) else ""
    if not slot.single and slot.value < old.value and STILL.search(pair.new.text):
        return "agree"
    if equal or (slot.single and within and not event(slot)):
        return "agree"
    if not slot.single or not slot.positive or (slot.attribute == "name" and not _one_name(pair)):
        return ""
    if event(slot) and (pair.new.past or (pair.over and not MOVED.search(pair.new.text))):
        return ""
    return "replace"


def _lives(pair: Pair, slot: Slot, within: bool) -> str:
    """An address and a home town: the one replaces the other if it names another town, or speaks of a change."""
    if within:
        return "agree"
    elsewhere = TOWN.search(slot.shown) if slot.attribute == "address" else MOVED.search(pair.new.text)
    return "replace" if elsewhere else ""


def _spliced(pair: Pair, slot: Slot, old: Slot) -> str | None:
    """The old statement with the new value put in, where it says more that has nothing to do with the change."""
    text, more = pair.old.text, len(pair.old.slots) > 1
    if not more or len(pair.new.slots) > 1 or slot.attribute not in SPLICED or text.count(old.shown) != 1:
        return None
    return text.replace(old.shown, slot.shown)


def _one_name(pair: Pair) -> bool:
    """Whether only one can bear the name: the speaker, a wife; but there may be two sisters or two dogs."""
    subject = pair.new.subject.holder
    if subject.kind == "speaker" or MARKED.search(pair.new.text):
        return True
    return subject.head.rsplit(" ", 1)[-1] in SINGLE_ROLES or subject.head in {"best friend", "team lead"}


def _because(pair: Pair, slot: Slot, old: Slot, relation: str) -> str:
    holder = pair.new.subject.holder.label
    if relation == "flip":
        return f"the opposite of what is remembered about {slot.attribute!r} of {holder!r}: {slot.shown!r}"
    return f"same attribute {slot.attribute!r} of {holder!r}: {old.shown!r} -> {slot.shown!r}"


def _leftover(pair: Pair, agreed: list[tuple[Slot, Slot]]) -> Verdict | None:
    """All shared attributes agree: the new statement repeats the old one, adds to it, or also says something else."""
    new, old = _meaning(pair.new) - content(_concession(pair.new.text)), _meaning(pair.old)
    what = f"{agreed[0][0].attribute!r} of {pair.new.subject.holder.label!r} is {agreed[0][1].shown!r}"
    if event(agreed[0][0]) and len(pair.new.slots) != len(pair.old.slots):
        fuller = len(pair.new.slots) > len(pair.old.slots) and not STILL.search(pair.new.text)
        return Verdict(
            "detail" if fuller else "same", 55, f"{'more exact than' if fuller else 'already'} remembered: {what}"
        )
    if new <= old or (pair.again and any(slot.attribute in LASTING for slot, _ in agreed)):
        return Verdict("same", 90, f"already remembered: {what}")
    if old <= new:
        return Verdict("detail", 50, f"says more than what is remembered: {what}")
    if agreed[0][0].attribute == "job" and MARKED.search(pair.new.text) and not pair.new.past:
        return Verdict("change", 50, f"now otherwise: {what}")
    return _number(pair)


def _concession(text: str) -> str:
    """What the text only concedes: "…, although nobody asked"."""
    found = CONCESSION.search(text)
    return found.group() if found else ""


def _meaning(statement: Statement) -> frozenset[str]:
    return statement.core - GENERIC - content(statement.subject.name)


def _preference(pair: Pair) -> Verdict | None:
    """ "I prefer coffee over tea" replaces "I like tea" and "I prefer tea", not "I like jazz"."""
    against = re.search(r"\bprefers? (?P<v>.+?) (?:over|to|than|rather than|instead of) (?P<w>.+)", pair.new.predicate)
    old = next(
        (slot for slot in pair.old.slots if slot.attribute == "like" or slot.attribute.startswith("prefer")), None
    )
    if against is None or old is None or not pair.new.subject.same(pair.old.subject):
        return None
    if old.positive and old.value and old.value == content(against["w"]):
        return Verdict("change", 60, f"now prefers {against['v']!r} over {against['w']!r}")
    return None


def _contrast(pair: Pair) -> Verdict | None:
    """ "I am allergic to peanuts, not walnuts" corrects "I am allergic to walnuts"."""
    match = ASIDE.search(pair.new.text)
    new, old = pair.new, pair.old
    unnamed = new.subject.kind in {"pronoun", "it", "none"} or new.subject.holder.kind == "pronoun"
    named = bool(new.subject.name) and new.subject.name in old.text.casefold()
    if new.subject.kind == "person" and new.subject.owner is None and old.subject.kind == "speaker":
        named = named or bool(content(new.subject.head) and content(new.subject.head) <= old.words)
    if match is None or not (unnamed or named or new.subject.holder.same(old.subject.holder)):
        return None
    wrong, rest = content(match["old"]), content(new.text[: match.start()]) - content(match["old"])
    if not wrong or not wrong <= old.words or not (unnamed or rest & old.words or not new.slots):
        return None
    return Verdict("change", 75, f"says that {match['old']!r} is not right", righted(new.text, match, old.text))


def _introduced(pair: Pair) -> Verdict | None:
    """ "I have a daughter called Lea" and "My daughter's name is Lea" say the same."""
    new, old = (frozenset(s.core - NAMING) for s in (pair.new, pair.old))
    kinds = {pair.new.subject.kind, pair.old.subject.kind}
    having = next((s for s in (pair.new, pair.old) if s.subject.kind == "speaker"), pair.new)
    plainly = not (pair.new.negative or pair.old.negative or pair.new.past or pair.old.past)
    if (
        kinds in ({"speaker", "person"}, {"speaker", "thing"})
        and HAVING.match(having.predicate)
        and plainly
        and len(new) > 1
    ):
        return Verdict("same", 80, "already remembered, in other words") if new == old else None
    return None


def _ended(pair: Pair) -> Verdict | None:
    """What came to an end, or was taken up again: a former state, something sold or cancelled, a job, a pet that died."""
    new, old = pair.new, pair.old
    before = former(new)
    if before is not None:
        past = not old.past and old.subject.same(new.subject) and _same(Pair(before, old))
        return Verdict("change", 65, "what is remembered is now said to be past") if past else None
    if job := job_ended(new, old):
        return Verdict("change", 65, f"the job has changed: {job!r}")
    if studies := studies_ended(new, old):
        return Verdict("change", 60, f"studies have ended: {studies!r}")
    if partner := parted(new, old):
        return Verdict("change", 65, f"has parted from {partner!r}")
    if lost := given_up(new, old):
        return Verdict("change", 55, f"has ended: {lost}")
    if moved := _moved(pair):
        return Verdict("change", 55, f"another time for {moved!r}")
    if when := other_time(new, old):
        return None if pair.over else Verdict("change", 54, f"another time for {when!r}")
    if renewed := renewal(new, old) or switched(new, old):
        return Verdict("change", 54, f"a new {renewed!r}")
    if what := other_day(new, old):
        return Verdict("change", 54, f"on other days: {what}")
    if lost := _favorite_lost(new, old):
        return Verdict("change", 57, f"no longer the favourite: {lost!r}")
    if left := moved_in(new, old):
        return Verdict("change", 58, f"has moved: {left!r} is left")
    if again := resumed(new, old):
        return Verdict("change", 55, f"was given up and is taken up again: {again}")
    return None


def _favorite_lost(new: Statement, old: Statement) -> str | None:
    """The favourite that the new statement says is no longer liked."""
    liked = new.slot("like")
    favorite = next((slot for slot in old.slots if slot.attribute.startswith("favorite")), None)
    if not liked or liked.positive or not favorite or not new.subject.same(old.subject.holder):
        return None
    return favorite.shown if liked.value == favorite.value else None


def _moved(pair: Pair) -> str | None:
    """What the new statement moves to another time, if the old one tells its time in other words."""
    moved = MOVES.match(pair.new.predicate)
    what = content(moved["n"]) if moved and pair.new.times else frozenset()
    known = bool(pair.old.times) and not pair.over and not MOVES.match(pair.old.predicate)
    return moved["n"] if moved and what and what <= pair.old.words and known else None


def _same(pair: Pair) -> bool:
    verdict = compare(pair)
    return verdict is not None and verdict.kind in {"same", "detail"}


def _generic(pair: Pair) -> Verdict | None:
    """Statements without a shared attribute: the same words, the same but denied, or with another number or time."""
    new, old = pair.new, pair.old
    if not new.subject.same(old.subject) or new.past != old.past or not new.core or _slotted(pair):
        return None
    if new.core == old.core:
        return _same_words(pair)
    if verdict := _number(pair) or _plan(pair):
        return verdict
    if what := otherwise(new, old):
        return Verdict("change", 52, f"now otherwise: {what}")
    if new.negative != old.negative or new.future != old.future:
        return None
    return _subset(pair)


def _number(pair: Pair) -> Verdict | None:
    """The same statement with another number in it."""
    numbers, olds = _numbers(pair.new), _numbers(pair.old)
    rest, before = pair.new.core - numbers, pair.old.core - olds
    if pair.new.past or not numbers or not olds or numbers == olds or not rest:
        return None
    if (numbers | olds) & WEEKDAYS and not MOVED.search(pair.new.text):
        return None
    if rest - GENERIC != before - GENERIC and not (AMOUNT.search(pair.new.text) and len(rest & before) > 1):
        return None
    return Verdict("change", 55, f"another number: {_joined(olds)} -> {_joined(numbers)}")


def _plan(pair: Pair) -> Verdict | None:
    """The same journey at another time."""
    new, old = pair.new, pair.old
    goal, before = (content(INSTEAD.sub("", s.text)) - content(" ".join(s.times)) - TRAVEL for s in (new, old))
    if not (new.future and old.future) or goal != before or not goal or pair.over or new.negative != old.negative:
        return None
    if not new.times or new.times == old.times:
        return Verdict("same", 50, "the same plan is remembered")
    return Verdict("change" if old.times else "detail", 50, f"the same plan at another time: {', '.join(new.times)}")


def _slotted(pair: Pair) -> bool:
    """Whether attributes have already been compared: a known one decides alone."""
    shared = {slot.attribute for slot in pair.new.slots} & {slot.attribute for slot in pair.old.slots}
    timed = any(map(event, pair.new.slots)) and any(map(event, pair.old.slots))
    return bool(shared) or timed


def _same_words(pair: Pair) -> Verdict | None:
    new, old = pair.new, pair.old
    if new.negative != old.negative:
        return Verdict("change", 60, "the opposite of what is remembered") if not new.past else None
    if new.times == old.times:
        return None if pair.over and new.times else Verdict("same", 85, "already remembered, in other words")
    if not new.times:
        return Verdict("same", 80, "already remembered, with its time")
    if new.past:
        return None
    if not old.times:
        return Verdict("detail", 50, "says when, which is not yet remembered")
    if pair.over and not MOVED.search(new.text):
        return None
    return Verdict("change", 55, f"another time: {', '.join(old.times)} -> {', '.join(new.times)}")


def _subset(pair: Pair) -> Verdict | None:
    new, old = pair.new, pair.old
    if (pair.again or len(new.core) >= 3) and new.core < old.core and set(new.times) <= set(old.times):
        return Verdict("same", 60, "what is remembered says all of it")
    if not new.past and len(old.core) >= 2 and old.core < new.core and set(old.times) <= set(new.times):
        return Verdict("detail", 45, "says more than what is remembered")
    return None


def _numbers(statement: Statement) -> frozenset[str]:
    return frozenset(word for word in statement.core if NUMBER.match(word) or word in WEEKDAYS)


def _joined(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
