"""Extraction: the facts in a conversation, one a statement, each with the words that say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from recollect.reasoners import dates, foreign, requests, speech
from recollect.reasoners.answers import answered
from recollect.reasoners.changes import KNOCKS
from recollect.reasoners.clauses import ALLERGIC, JOIN, VALUED, Clause, clauses, cleaned, statements, trimmed
from recollect.reasoners.corrections import (
    CLAIMED,
    CONTRAST,
    ERRED,
    MARK,
    MEANT,
    RETRACTS,
    admits,
    contradicted,
    corrected,
    fragment,
    mended,
    merged,
    opposed,
    reclaimed,
    retracts,
)
from recollect.reasoners.endings import GONE, INVALID, affirmed, ends
from recollect.reasoners.people import People
from recollect.reasoners.sentences import Sentence, sentences
from recollect.reasoners.statements import Statement, parse
from recollect.reasoners.subjects import VERBS, is_verb
from recollect.reasoners.things import OWNABLE
from recollect.reasoners.topics import category, cues, sensitivity, temporary
from recollect.reasoners.words import NEGATION, content, normal, plain, vocabulary
from recollect.types import Fact, Source, Turn

AGENTS = frozenset({"assistant", "ai", "bot", "agent", "model", "chatbot"})
SILENT = frozenset({"system", "developer", "tool", "function"})
MINE = re.compile(r"\b(?:i|me|my|mine|we|us|our|ours)\b", re.IGNORECASE)
YOURS = re.compile(r"\b(?:you|your|yours)\b", re.IGNORECASE)
UNREAL = re.compile(r"\b(?:if|would|could|might|wish|imagine|unless|suppose|pretend)\b|'d\b", re.IGNORECASE)
CAUSE = re.compile(
    r"^(?:since|as|because|given that|now that|seeing as|considering)\s+(?=(?:i|we|my)\b|i'm\b)", re.IGNORECASE
)
PERFECT = re.compile(
    r"^(?:have|has) (?:not )?(?:been|gone|done|seen|met|got|gotten|bought|made|had|taken|left|lost|won"
    r"|quit|\w+ed)\b",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"\b(?:it|that|this|them|(?:these|those)(?! \w+s\b)|(?:a |the )?new one|him|her|there)\b(?!"
    r" \w*(?:week|month|year|morning|evening"
    r"|afternoon|weekend|summer|day))",
    re.IGNORECASE,
)
BARRED = re.compile(
    r"\bno (?P<v>[a-z][\w' -]{2,25}?)(?:,? please)?,? (?:(?:because|since|as) )?i(?:'m| am) allergic\b(?! to)",
    re.IGNORECASE,
)
"""An allergy told as what is not to be had: "no nuts, I'm allergic"."""
ADDRESSED = re.compile(
    r"\b(?:you'll|you will|you've|to try you|(?:tell|told|ask(?:ed)?|let|show) you|hear from both)\b",
    re.IGNORECASE,
)
"""What only speaks of the one that is spoken to."""
COMMENT = re.compile(
    r"(?:which (?!is\b)|where (?:i|we) live\b|never have\b|pretty much\b|\w+ now i(?:'ve| have) forgotten)",
    re.IGNORECASE,
)
MADE = re.compile(r"is an? (?:[\w-]+ ){0,4}?(?-i:[A-Z])", re.IGNORECASE)
"""Which one a thing is: "the car is a red Fiat"."""
SUPPOSED = re.compile(r"(?:might|may|could|would (?!(?:like|love|rather|prefer|not)\b))")
ALLERGIC_TO = re.compile(
    r"\b(?:that|because|since|as|said|tell \w+|told \w+|know|knows|knew|thinks?) (?P<v>(?:i'm|i am|(?-i:[A-Z])\w+(?:'s| is)"
    r"|my \w+(?:'s| is)) (?:\w+ )?allergic to (?!(?:it|that|them|those|the)\b)[\w'-]+(?: [\w'-]+)?)"
    r"(?=$|[.,;!]| (?:and|but|so|before|because|which|when|then)\b)",
    re.IGNORECASE,
)
COMING = re.compile(
    r"^(?:(?:is|are) (?:\w+ing|due|scheduled|planned|booked)|will|comes?|arrives?|starts?|leaves?|lands?"
    r"|visits?|delivers?|ends?|expires?|opens?|closes?)\b",
    re.IGNORECASE,
)
COMMANDS = vocabulary(
    "find help add set explain summarize summarise translate list draft check compare suggest "
    "recommend open convert calculate "
    "remind search google fix review rewrite proofread correct describe define generate design "
    "estimate count schedule email turn "
    "pick provide share analyze analyse advise notify message reply answer do be don't try let's let "
    "solve update delete remove"
)
CONTACTED = re.compile(
    r"^(?:has |have |just )*(?:called|rang|rung|phoned|wrote|written|emailed|texted|got in touch)(?:"
    r" to)?(?: me| us| back)*$",
    re.IGNORECASE,
)
RECURRING = re.compile(
    rf"\b(?:every|each|daily|weekly|{dates.WEEKDAY}s)\b(?!.*\b(?:\d{{1,2}}(?:st|nd|rd|th)?|until|till|from"
    rf"|since) ?(?:of )?{dates.MONTH})",
    re.IGNORECASE,
)
ENOUGH = 2
"""Words of meaning that a clause without a subject must have."""
SCHEDULED = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days|every (?:\w+ )?\w*day|weekends)\b", re.IGNORECASE
)
RUNS = re.compile(
    r"^(?:is|are|comes?|arrives?|takes? place|meets?|runs?|happens?|starts?|was moved|has moved|moved|goes)\b",
    re.IGNORECASE,
)
BOOKED = re.compile(
    r"^(?:have |has |just )*(?:booked|rebooked|reserved|scheduled|rescheduled|planned|postponed|moved "
    r"(?:my|our|the)|signed up|registered|pushed|delayed|arranged|made an? (?:appointment|reservation)"
    r"|got (?:tickets|an appointment)|bought tickets)\b",
    re.IGNORECASE,
)
HUMAN = re.compile(
    r"^(?:(?:is|are) (?:\w+ing|pregnant|allergic|sick|married|engaged|divorced|single|retired|on|in|at"
    r"|away|out|from|called|\d+)\b|(?:has|have|had|got|will|moved|lives?|works?|likes?|loves?|hates?"
    r"|prefers?|wants?|"
    r"needs?|went|came|left|joined|quit|started|graduated|married|died|passed|visited|broke|owns?"
    r"|leads?|manages?|handles?|runs?|turned|plays?|studies|speaks|teaches|bought|sold|took|gave"
    r"|became|was born|hurt|lost|won|gets|goes)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A statement that is worth a fact: its text, where it was said, and what the sentence around it adds."""

    text: str
    quote: Sentence
    sentence: str
    forget: bool = False
    category: str | None = None
    verbatim: bool = False
    cues: tuple[str, ...] = ()


@dataclass(slots=True)
class Extraction:
    """One pass over turns, in order; it keeps who was mentioned, what was told and what was said last."""

    now: datetime
    zone: tzinfo
    facts: list[Fact] = field(default_factory=list)
    people: dict[str, People] = field(default_factory=dict)
    heard: str = ""

    def read(self, turns: Sequence[Turn]) -> tuple[Fact, ...]:
        """The facts of all turns."""
        for turn in turns:
            role = turn.role.casefold()
            if role in AGENTS:
                self.facts += [self._fact(remark, turn) for remark in _deeds(turn)]
            elif role not in SILENT:
                self._listen(turn)
            self.heard = turn.text if role not in SILENT else self.heard
        return tuple(self.facts)

    def _listen(self, turn: Turn) -> None:
        known = self.people.setdefault(turn.actor, People())
        first = claimed = len(self.facts)
        known.begin(self.heard)
        wrong: Sentence | None = None
        erred = idle = False
        for sentence in sentences(speech.own(turn.text)):
            if speech.takes_back(sentence.text):
                self._take_back(turn, first)
                continue
            answer = tuple(_answer(self.heard, sentence)) if len(self.facts) == first else ()
            right = tuple(_righted(wrong, sentence, turn.text))
            if right and idle:
                del self.facts[claimed:]  # what the sentence before only says that it was said
            claimed = len(self.facts)
            for remark in answer or right or _remarks(sentence, known):
                self._add(self._fact(remark, turn))
            erred = erred or ERRED.search(sentence.text) is not None
            claims = retracts(sentence.text) or CLAIMED.search(sentence.text) or ERRED.search(sentence.text)
            wrong, idle = (sentence, bool(claims)) if claims or erred else (None, False)
            known.notice(sentence.text)

    def _take_back(self, turn: Turn, first: int) -> None:
        """A joke, says the speaker: drop what this message said so far, or the whole message before."""
        if len(self.facts) > first:
            del self.facts[first:]
            return
        last = self.facts[-1].sources if self.facts and self.facts[-1].actor == turn.actor else ()
        while last and self.facts and self.facts[-1].sources[0].key == last[0].key:
            self.facts.pop()

    def _add(self, fact: Fact) -> None:
        earlier = [f for f in reversed(self.facts) if f.actor == fact.actor and f.intent == "remember"]
        fact = corrected(fact, earlier)
        if not any(before.text == fact.text and before.sources[0].key == fact.sources[0].key for before in earlier[:2]):
            self.facts.append(fact)

    def _fact(self, remark: Remark, turn: Turn) -> Fact:
        base = turn.at or self.now
        source = Source(
            key=turn.key or "",
            quote=remark.quote.text,
            thread=turn.thread,
            position=turn.position,
            message_id=turn.message_id,
        )
        agent = turn.role.casefold() in AGENTS
        statement = parse(remark.text)
        event, start = (None, None) if remark.verbatim else self._times(remark, statement, base)
        return Fact(
            text=remark.text,
            sources=(source,),
            intent="forget" if remark.forget else "remember",
            actor=turn.actor,
            role=turn.role,
            observed_at=base,
            event_at=event,
            valid_from=start,
            temporary=not remark.forget and not remark.verbatim and temporary(statement),
            category=None if remark.verbatim else remark.category or category(statement),
            sensitivity=sensitivity(remark.text),
            trust="agent" if agent else "user",
            cues=() if remark.verbatim or agent else (*remark.cues, *cues(statement))[:3],
        )

    def _times(self, remark: Remark, statement: Statement, base: datetime) -> tuple[datetime | None, datetime | None]:
        """When it happens and since when it holds, seen from the message's own time."""
        past = (statement.past or PERFECT.match(statement.predicate) is not None) and not BOOKED.match(
            statement.predicate
        )
        tense: dates.Tense = "past" if past else "future"
        event = None if RECURRING.search(remark.text) else dates.event_at(remark.text, base, self.zone, tense)
        if event is None and statement.past and not statement.slots:
            event = dates.event_at(remark.sentence, base, self.zone, tense)
        recurring = (slot := statement.slot("birthday")) is not None and not re.search(
            r"\b(?:19|20)\d\d|day\b", slot.shown
        )
        return None if recurring else event, dates.begins_at(remark.text, base, self.zone, tense)


def _deeds(turn: Turn) -> Iterator[Remark]:
    """What an agent says of its own finished work; its claims about the user are no facts."""
    for sentence in sentences(turn.text):
        clean = cleaned(sentence)
        if sentence.question or speech.hypothetical(clean.text) or not clean.text:
            continue
        statement = parse(clean.text)
        if statement.subject.kind == "speaker" and speech.deed(plain(statement.predicate)):
            yield Remark(clean.text, trimmed(sentence), sentence.text)


def _answer(heard: str, sentence: Sentence) -> Iterator[Remark]:
    """A few words that answer what was just asked, as a whole statement."""
    question = heard.rstrip().endswith("?") and heard.rstrip()[-200:]
    text = (
        answered(question.rsplit(". ", 1)[-1], cleaned(sentence).text) if question and not sentence.question else None
    )
    if text:
        yield Remark(text, trimmed(sentence), sentence.text)


def _righted(wrong: Sentence | None, sentence: Sentence, message: str) -> Iterator[Remark]:
    """ "I told you the exam is on Monday, but I misread it. It's on Tuesday": the claim with what is right put in."""
    claim = retracts(wrong.text) if wrong else None
    text = cleaned(sentence).text
    right = merged(text, claim["claim"]) if claim and fragment(text) else None
    right = right or (reclaimed(wrong.text, text) if wrong else contradicted(text, text))
    if wrong and not right:
        right = contradicted(wrong.text, text) or (_at_last(sentence) if ERRED.search(wrong.text) else None)
    if right:
        start = wrong.start if wrong else sentence.start
        quote = Sentence(message[start : sentence.end], start, sentence.end)
        yield Remark(right, quote, quote.text)


def _at_last(sentence: Sentence) -> str | None:
    """What the sentence begins with, if that is only what is right: "It's room 14, I had it wrong"."""
    first = cleaned(next(clauses(sentence))).text
    return mended(first) if fragment(first) else None


def _retracted(sentence: Sentence) -> str | None:
    """The whole statement of "I told you the exam is on Monday, but it's on Tuesday"."""
    match = RETRACTS.search(sentence.text.rstrip(" .!"))
    rest = (
        re.sub(r"^.*(?=\b(?:it's|it is|i meant|that's)\b)", "", match["rest"] or "", flags=re.IGNORECASE)
        if match
        else ""
    )
    return merged(rest.strip(), match["claim"]) if match and fragment(rest.strip()) else None


def _remarks(sentence: Sentence, people: People) -> Iterator[Remark]:
    """What a human's sentence says that is worth a fact."""
    if foreign.foreign(sentence.text):
        if foreign.worth_keeping(sentence.text):
            yield Remark(sentence.text.rstrip(" .。"), trimmed(sentence), sentence.text, verbatim=True)
        return
    clean = cleaned(sentence)
    if barred := BARRED.search(clean.text):
        yield Remark(f"I'm allergic to {barred['v']}", trimmed(sentence), sentence.text)
    elif start := requests.remembered(clean.text):
        inner = clean.part(start, len(clean.text))
        yield from _stated(inner, sentence, people, asked=True)
    elif (what := requests.forgotten(clean.text)) is not None:
        yield Remark(what, trimmed(sentence), sentence.text, forget=True, cues=(what,))
    elif requests.instruction(clean.text):
        yield Remark(
            requests.impolite(clean.text).rstrip("? "),
            trimmed(sentence),
            sentence.text,
            category="instruction",
            cues=requests.cues(clean.text),
        )
    elif (right := _retracted(sentence)) is not None:
        yield Remark(right, trimmed(sentence), sentence.text)
    elif (right := opposed(normal(clean.text))) is not None:
        asked = parse(right).subject.kind in {"pronoun", "person", "thing"}
        yield from _clause(Clause(right, trimmed(sentence)), sentence, people, asked)
    elif fragment(clean.text) and (MARK.search(sentence.text) or not MEANT.match(clean.text)):
        yield Remark(mended(clean.text), trimmed(sentence), sentence.text)
    elif not speech.joking(sentence.text) and not retracts(sentence.text):
        yield from _told(sentence, clean, people)


def _told(sentence: Sentence, clean: Sentence, people: People) -> Iterator[Remark]:
    if speech.hypothetical(clean.text):
        yield from _before(sentence, people, lambda text: UNREAL.search(text) is not None or speech.hypothetical(text))
    elif speech.question(clean.text, sentence.question):
        yield from _before(sentence, people, lambda text: speech.question(text, text.endswith("?")))
    elif not speech.chat(clean.text) or JOIN.search(sentence.text):
        stated = tuple(_stated(sentence, sentence, people))
        yield from stated
        if "allergic" in clean.text and not any(parse(remark.text).slot("allergy") for remark in stated):
            yield from _allergies(sentence, clean)


def _allergies(sentence: Sentence, clean: Sentence) -> Iterator[Remark]:
    """An allergy that is told within something else: "the nurse forgot that I'm allergic to latex"."""
    found = ALLERGIC_TO.search(clean.text)
    if (vague := ALLERGIC.search(clean.text)) and vague.start():
        yield Remark(clean.text, trimmed(sentence), sentence.text, category="allergy")
    if found and not NEGATION.search(normal(clean.text)[: found.start() + 8]):
        yield Remark(found["v"], trimmed(sentence), sentence.text)


def _before(sentence: Sentence, people: People, ends: Callable[[str], bool]) -> Iterator[Remark]:
    """What is stated before the sentence turns into a question or a hypothesis."""
    for piece in clauses(sentence):
        clean = cleaned(piece)
        if ends(clean.text):
            return
        cause = CAUSE.match(clean.text)
        yield from _stated(clean.part(cause.end() if cause else 0, len(clean.text)), sentence, people)


def _stated(piece: Sentence, sentence: Sentence, people: People, asked: bool = False) -> Iterator[Remark]:
    for clause in statements(piece):
        yield from _clause(clause, sentence, people, asked)


def _clause(clause: Clause, sentence: Sentence, people: People, asked: bool) -> Iterator[Remark]:
    text = people.resolved(clause.text.rstrip("? "))
    people.things.notice(text)
    if not any(map(str.isalnum, text)) or admits(text) or speech.hyperbole(text):
        return
    if not asked and (what := requests.forgotten(clause.text)) is not None:
        yield Remark(what, clause.quote, sentence.text, forget=True, cues=(what,))
        return
    if requests.instruction(text):
        yield Remark(
            requests.impolite(text), clause.quote, sentence.text, category="instruction", cues=requests.cues(text)
        )
        return
    statement = parse(text)
    mends = fragment(text) is not None and bool(MARK.search(clause.quote.text) or CONTRAST.match(text))
    if not (asked or mends or worth_remembering(statement)):
        return
    text, bare = people.completed(text, statement), text
    if text != bare and len(statement.words) < ENOUGH:
        return
    people.notice(text)
    quote = trimmed(sentence) if MARK.search(sentence.text) else clause.quote
    about = "allergy" if ALLERGIC.search(text) else None
    held = (affirmed(statement).text,) if ends(statement) else ()
    yield Remark(text, quote, sentence.text, category=about, cues=held)


def worth_remembering(statement: Statement) -> bool:
    """Whether it is a statement about the speaker, their people, their things or their plans."""
    text, words = statement.text, content(statement.text)
    if not words or speech.chat(text) or len(text) > 600:
        return False
    if not statement.slots and (ADDRESSED.search(text) or COMMENT.match(text) or _supposed(statement)):
        return False
    return JUDGES[statement.subject.kind](statement, words)


def _supposed(statement: Statement) -> bool:
    """Whether it only says what somebody else might or would do."""
    return statement.subject.kind != "speaker" and SUPPOSED.match(statement.predicate) is not None


def _speaker(statement: Statement, words: frozenset[str]) -> bool:
    if statement.slots:
        return True
    vague = VAGUE.search(statement.predicate) is not None and len(statement.core) < 3 and not statement.ended
    return not vague and bool(content(statement.predicate)) and not speech.talk(statement)


def _person(statement: Statement, words: frozenset[str]) -> bool:
    anybody = statement.text.casefold().startswith(
        ("the boy", "the girl", "the man", "the woman", "the guy", "the lady")
    )
    if anybody or speech.hearsay(statement.predicate) or not content(statement.predicate):
        return False
    if GONE.match(statement.predicate):
        return True
    known = statement.subject.head or statement.slots or MINE.search(statement.text)
    return bool(known) or HUMAN.match(statement.predicate) is not None


def _thing(statement: Statement, words: frozenset[str]) -> bool:
    if statement.subject.owner is not None and statement.subject.owner.kind == "you":
        return False
    if (
        GONE.match(statement.predicate)
        or INVALID.match(statement.predicate)
        or (statement.times and COMING.match(statement.predicate))
    ):
        return True
    if not content(statement.predicate) or CONTACTED.match(statement.predicate):
        return False
    if KNOCKS.match(statement.predicate) or (SCHEDULED.search(statement.text) and RUNS.match(statement.predicate)):
        return True
    if statement.subject.owner is not None and statement.subject.owner.kind == "person":
        return True
    if VALUED.search(statement.text):
        return True
    if OWNABLE.search(statement.subject.head) and MADE.match(statement.predicate):
        return True
    return bool(statement.slots) or MINE.search(normal(statement.text)) is not None


def _pronoun(statement: Statement, words: frozenset[str]) -> bool:
    return bool(statement.slots)


def _it(statement: Statement, words: frozenset[str]) -> bool:
    mine = re.search(r"\b(?:my|our|mine)\b", statement.text, re.IGNORECASE)
    return mine is not None and len(words) > 1 and not YOURS.search(statement.text)


def _you(statement: Statement, words: frozenset[str]) -> bool:
    return bool(statement.slots)


def _none(statement: Statement, words: frozenset[str]) -> bool:
    if statement.text.split(" ", 1)[0].strip(",").casefold() in COMMANDS | VERBS:
        return False
    if YOURS.search(statement.text) or not any(map(is_verb, statement.text.split())):
        return False
    return MINE.search(statement.text) is not None and len(words) > 2


JUDGES = {
    "speaker": _speaker,
    "person": _person,
    "thing": _thing,
    "pronoun": _pronoun,
    "it": _it,
    "you": _you,
    "none": _none,
}
