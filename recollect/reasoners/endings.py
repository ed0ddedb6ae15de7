"""Endings: statements that something no longer holds, was given up, sold, cancelled or taken up again."""

from __future__ import annotations

import re
from dataclasses import replace

from recollect.reasoners import dates
from recollect.reasoners.statements import Statement, parse
from recollect.reasoners.subjects import PETS, split
from recollect.reasoners.words import akin, content, normal, plain, stem, vocabulary

STOPPED = re.compile(
    r"^(?:have |has |recently |finally )*(?:stopped|quit|gave up|given up|ceased|gave up on|am done"
    r"|have stopped)(?: with)? "
    r"(?P<what>\w+ing\b.*|(?!my job|the job|school|college|work\b|by\b|at\b|on\b|in\b)[a-z]+)",
    re.IGNORECASE,
)
USED_TO = re.compile(r"^used to (?P<what>.+)", re.IGNORECASE)
LET_GO = re.compile(
    r"^(?:have |has |finally |had to |decided to |needed to )*"
    r"(?:sold|sell|lost|withdrawn from|withdrew from|withdrawn|withdrew|gave away|given away|returned|got"
    r" rid of|crashed|totaled|wrecked|scrapped|threw (?:out|away)"
    r"|traded in|broke|cancel(?:l?ed)?|call(?:ed)? off|drop(?:ped)?(?: out of)?|deleted|unsubscribed "
    r"from|quit|left|leave"
    r"|resigned from|moved out of|closed|abandoned|decided against|decided not to|gave up on|give up"
    r"|given up on|gave up"
    r"|given up|turned down|changed my mind about|backed out of|pulled out of) (?P<what>.+)",
    re.IGNORECASE,
)
PUT_AWAY = re.compile(
    r"^(?:have |has |had to |just |finally )*(?:put|gave|given|handed|sent|turned|took|had|traded|trade)"
    r" (?P<what>(?!back|down|up|off)\S.*?)"
    r" (?:down|back|away|in|to sleep|taken out|removed)\b",
    re.IGNORECASE,
)
GONE = re.compile(
    r"^(?:has |have |was |were |is |are |got |been |has been |had to be )*(?:(?:died|dead|passed away|passed"
    r"|put (?:down|to sleep)|cancel(?:l)?ed"
    r"|called off|stolen|destroyed|scrapped|fell through)\b(?! (?:the|my|his|her|an?)\b)"
    r"|(?:over|off|broken|closed|gone|finished|out)(?=$|[,.;!]| (?:now|for good|because|since|at last"
    r"|completely|and|again)\b))",
    re.IGNORECASE,
)
FINISHED = re.compile(
    r"^(?:have |has )?(?:just )?(?:finished|completed|come off|came off) (?:with )?(?P<what>.+)", re.IGNORECASE
)
GOING_ON = re.compile(
    r"^(?:am|is|are) (?:on|in|reading|taking|doing|watching|working)\b|^(?:take|takes|do|does)\b", re.IGNORECASE
)
PAID = re.compile(
    r"^(?:have |has )?(?:paid|settled up with) (?:back |off )?(?P<what>.+?)(?: back| off)?$", re.IGNORECASE
)
OWED = frozenset(map(stem, vocabulary("owe borrow debt loan")))
JOBLESS = re.compile(
    r"^(?:have |was |got |been |has )*(?:quit|left|lost|resigned from|resigned|laid off|fired|let go)"
    r"(?: (?:my|his|her|the|their) (?:\w+ )?(?:job|position|role|company).*)?(?: (?:at|from) .+)?$"
    r"|^(?:quit|left) (?-i:[A-Z])",
    re.IGNORECASE,
)
GRADUATED = re.compile(
    r"^(?:have |has )?(?:graduated|finished (?:my|his|her) (?:degree|studies|phd|master's)|dropped "
    r"out)\b",
    re.IGNORECASE,
)
AGAIN = re.compile(r"\b(?:again|back to|started|resumed)\b", re.IGNORECASE)
OUT_OF_WORK = frozenset(map(stem, vocabulary("unemployed retired laid fired between out")))


INVALID = re.compile(
    r"^(?:is|are) (?:valid|in use|in service|correct|current|active|up to date|right|true|mine|working|relevant)\b",
    re.IGNORECASE,
)
VALIDITY = re.compile(r" (?:is|are) (?:no longer|not) .*", re.IGNORECASE)
WHY = re.compile(
    r",? (?:because|since|as|so|now that|due to|thanks to|after|when|which|but|(?:and|,) (?:i|we|it|that"
    r"|they|he|she|the|my)\b)"
    r" .*|, .*| (?:on|at|since|for|after) (?:Valentine's|Christmas|Easter|New Year's?|Thanksgiving|Halloween|the Fourth)\b.*"
    r"| (?:either|at all|though|for now|these days)$",
    re.IGNORECASE,
)
OBLIGED = re.compile(r"^(?:need to|have to|get to|am able to|am allowed to)(?= \w)", re.IGNORECASE)


def ends(statement: Statement) -> bool:
    """Whether it says that something no longer holds. A lost liking is a new preference, not an end."""
    if any(
        slot.attribute in {"like", "relationship"} or slot.attribute.startswith("prefer") for slot in statement.slots
    ):
        return False
    return statement.ended or STOPPED.match(statement.predicate) is not None


def affirmed(statement: Statement) -> Statement:
    """What held until then: "I no longer drink coffee" as "I drink coffee", a number that is no longer valid as itself."""
    stopped, spare = STOPPED.match(statement.predicate), plain(statement.text)
    if INVALID.match(statement.predicate):
        return parse(VALIDITY.sub("", normal(statement.text)))
    phrase = "I" if statement.subject.kind == "speaker" else spare[: len(spare) - len(split(spare)[1])].strip()
    predicate = OBLIGED.sub("", WHY.sub("", stopped["what"] if stopped else statement.predicate))
    text = f"{phrase} {predicate}"
    if (plainly := parse(text)).subject.same(statement.subject):
        return plainly
    slots = tuple(replace(slot, positive=True) for slot in statement.slots)
    core = content(dates.without(text))
    return replace(
        statement,
        text=text,
        predicate=predicate,
        slots=slots,
        words=content(text),
        core=core,
        negative=False,
        ended=False,
    )


def former(statement: Statement) -> Statement | None:
    """What a statement with "used to" says was once so."""
    used = USED_TO.match(statement.predicate)
    return parse(f"I {used['what']}") if used and statement.subject.kind == "speaker" else None


def job_ended(new: Statement, old: Statement) -> str | None:
    """The job that the new statement says is over or found, as the old one names it."""
    held, idle = old.slot("employer") or old.slot("job"), new.slot("job")
    if held is None or not new.subject.same(old.subject):
        return None
    if JOBLESS.match(new.predicate):
        named = any(word in held.value for word in new.core)
        return held.shown if named or re.search(r"[A-Z]\w", new.predicate) is None else None
    if idle and idle.value & OUT_OF_WORK and old.slot("employer"):
        return held.shown
    return held.shown if new.slot("employer") and held.attribute == "job" and held.value & OUT_OF_WORK else None


def studies_ended(new: Statement, old: Statement) -> str | None:
    """The school or studies that the new statement says are finished, as the old one names them."""
    slot = old.slot("school") or old.slot("studies")
    over = GRADUATED.match(new.predicate) and new.subject.same(old.subject)
    return slot.shown if over and slot else None


CALLED = re.compile(r"(?:the |my |our )?[A-Z]")
LISTED = re.compile(r"(?:[A-Z][\w-]+, )*[A-Z][\w-]+,? (?:and|&) [A-Z][\w-]+")
PARTED = re.compile(r"(?:broke|broken|split|splitting) up|separated|divorced", re.IGNORECASE)
PARTNERS = vocabulary("partner girlfriend boyfriend wife husband fiance fiancé fiancée fiancee")


def parted(new: Statement, old: Statement) -> str | None:
    """Whom the new statement says that the speaker has parted from, as the old one introduces them."""
    slot, name = new.slot("relationship"), old.slot("name")
    who = old.subject
    over = slot is not None and slot.positive and PARTED.match(slot.shown) and new.subject.kind == "speaker"
    if not over or who.kind != "person" or who.head not in PARTNERS or name is None or len(old.slots) > 1:
        return None
    named = re.search(r"\b(?:with|from|[A-Z][\w-]+ and I\b)", new.text)
    return name.shown if not named or name.value & new.words else None


def _completed(new: Statement, old: Statement) -> str | None:
    """What the new statement says was finished or paid back, if the old one says that it was going on or owed."""
    done, paid = FINISHED.match(new.predicate), PAID.match(new.predicate)
    match = (done if GOING_ON.match(old.predicate) else None) or (paid if old.words & OWED else None)
    what = content(match["what"]) if match and new.subject.same(old.subject) else frozenset()
    return " ".join(sorted(what)) if what and what <= old.words else None


def given_up(new: Statement, old: Statement) -> str | None:
    """What the new statement says was sold, lost, cancelled or died, if the old one is about it."""
    if completed := _completed(new, old):
        return completed
    lost = LET_GO.match(new.predicate) or PUT_AWAY.match(new.predicate) if new.subject.kind == "speaker" else None
    gone = GONE.match(new.predicate) if new.subject.kind in {"person", "thing"} else None
    if (lost is None and gone is None) or LET_GO.match(old.predicate) or GONE.match(old.predicate):
        return None
    subject = new.subject
    names = content(subject.name) if gone else frozenset()
    what = names or (content(dates.without(WHY.sub("", lost["what"]))) if lost else content(subject.head))
    mine = old.subject.kind == "speaker" or (
        old.subject.holder.kind == "speaker" and CALLED.match(lost["what"] if lost else "")
    )
    alike = (mine and subject.owner is None) or old.subject.same(subject) or bool(names)
    alike = alike or (lost is not None and old.subject.head in PETS and old.subject.owner is None)
    if any(what & content(listed.group()) for listed in LISTED.finditer(old.text)):
        return None  # the others of the list are still there
    known = what and all(word in old.words or any(akin(word, other) for other in old.words) for word in what)
    return " ".join(sorted(what)) if known and alike else None


def resumed(new: Statement, old: Statement) -> str | None:
    """What the old statement says was given up and the new one says is done again."""
    if not AGAIN.search(new.text) or new.negative or ends(new) or not new.subject.same(old.subject):
        return None
    stopped = STOPPED.match(old.predicate)
    what = content(stopped["what"]) if stopped else frozenset()
    return " ".join(sorted(what)) if what and what <= new.words else None
