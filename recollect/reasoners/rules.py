"""RulesReasoner: facts found and decided by rules of English, without a model, a key or a network.

News that something has ended ("I no longer drink coffee", "I quit smoking") deletes the memory that it matches, and is
remembered where it matches none. A request to forget that matches none changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from recollect.errors import UsageError
from recollect.ports import Case, Flow
from recollect.reasoners.corrections import correcting, fragment, merged
from recollect.reasoners.endings import affirmed, ends
from recollect.reasoners.extraction import Extraction
from recollect.reasoners.forgetting import asked, forgets
from recollect.reasoners.matching import AGAIN, Pair, Verdict, compare
from recollect.reasoners.runs import runs
from recollect.reasoners.statements import Statement, parse
from recollect.reasoners.subjects import is_verb
from recollect.reasoners.words import stem
from recollect.types import Decision, Fact, Operation, Record, Revision, Run, Source, Turn

NAME = "rules"
EVERYTHING = re.compile(
    r"(?:me|all|everything|anything)(?: (?:of it|again|now|please))*$|(?:all|everything|anything)(?: you"
    r" (?:know|have))?"
    r" (?:about|of|on) me(?: |$)|(?:all|everything) (?:you|we|i)\b(?!.* (?:about|on|of) (?!me$))",
    re.IGNORECASE,
)
BESIDES = re.compile(
    r"(?:,? (?:and|but)|;) (?:(?!(?:it|that|this|which|there|they)\b)[\w'-]+ ){1,3}?(?:is|are|has|have)\b",
    re.IGNORECASE,
)
SUCCEEDED = re.compile(
    r"[,;–-] (?:it's|it is|but|now)\b.*\d|[,;–-] (?:it's|it is) .*\b(?:now|instead)\b", re.IGNORECASE
)
"""What holds instead, said in the same breath as what has ended."""
PAIRED = re.compile(r"\b([\w-]+) and (?:the |my |an? )?([\w-]+)")
JOINED = re.compile(r"\b(?:and|but) ([a-z]+)\b")
FRAGMENT = 4
"""Words up to which a correction makes no sense without what it corrects."""
CERTAIN = 60
"""How surely a request to forget must match a memory, in percent, before the memory is deleted."""


class RulesReasoner:
    """Finds and decides facts by rules; its decisions name the rule and what it matched."""

    name = NAME

    def __init__(self, *, tz: tzinfo | str | None = None) -> None:
        self._zone = ZoneInfo(tz) if isinstance(tz, str) else tz or UTC

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        """The facts that the turns state, each with the words that state it."""
        return Extraction(now, self._zone).read(turns)
        yield

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        """One decision a case, in order; a later case sees what the earlier ones did."""
        deciding = _Deciding(now, tuple(cases))
        return tuple(deciding.decide(number) for number in range(len(cases)))
        yield

    def summarize(self, turns: Sequence[Turn], now: datetime, prompt: str | None = None) -> Flow[tuple[Run, ...]]:
        """The runs of tasks among the turns: what was asked for, and the calls of tools that followed."""
        if prompt is not None:
            raise UsageError("prompt= is read by a model: give Memory a reasoner that has one")
        return runs(turns, NAME)
        yield


@dataclass(frozen=True, slots=True)
class _Memory:
    """A candidate as it stands after the cases before: what it says now, and the id to name it by."""

    record: Record
    identity: str


@dataclass(slots=True)
class _Deciding:
    """One batch of cases. `became` leads from an earlier fact to the memory that it is now part of, None for none;
    `current` is what memories have become, None for deleted; `updates` are the facts that updated one, the latest first.
    """

    now: datetime
    cases: tuple[Case, ...]
    became: dict[tuple[tuple[Source, ...], str], str | None] = field(default_factory=dict)
    current: dict[str, Record | None] = field(default_factory=dict)
    updates: list[tuple[tuple[Source, ...], str]] = field(default_factory=list)

    def decide(self, number: int) -> Decision:
        case = self.cases[number]
        memories = tuple(self._memories(case))
        decision = self._decision(number, case.fact, memories)
        self._note(case.fact, decision, memories)
        return decision

    def _memories(self, case: Case) -> Iterator[_Memory]:
        """The candidates that still stand and may be touched: facts of the same speaker, each once, as they are now."""
        seen: set[str] = set()
        for record in sorted(case.candidates, key=self._order):
            identity = self.became.get((record.sources, record.text), record.id)
            now = self.current.get(identity, record) if identity is not None else None
            if now is None or identity is None or identity in seen or record.kind != "fact":
                continue
            if record.actor not in (None, case.fact.actor):
                continue
            seen.add(identity)
            yield _Memory(replace(now, id=record.id), identity)

    def _order(self, record: Record) -> int:
        """Of several names of one memory, the one that it was last updated under comes first, mere repetitions last."""
        key = (record.sources, record.text)
        if key in self.updates:
            return self.updates.index(key) - len(self.updates)
        return int(key in self.became)

    def _note(self, fact: Fact, decision: Decision, memories: tuple[_Memory, ...]) -> None:
        """Keep what the decision does to the memories, for the cases that follow."""
        key = (fact.sources, fact.text)
        target = next((memory for memory in memories if memory.record.id == decision.target), None)
        if decision.operation == "ADD":
            return
        self.became[key] = target.identity if target and decision.operation != "DELETE" else None
        if target and decision.operation == "DELETE":
            self.current[target.identity] = None
        if target and decision.operation == "UPDATE":
            self.updates.insert(0, key)
            self.current[target.identity] = self._revised(target.record, fact, decision)

    def _revised(self, record: Record, fact: Fact, decision: Decision) -> Record:
        return replace(
            record,
            text=decision.text or fact.text,
            observed_at=fact.observed_at or self.now,
            event_at=fact.event_at,
            category=fact.category or record.category,
        )

    def _decision(self, number: int, fact: Fact, memories: tuple[_Memory, ...]) -> Decision:
        ended = ends(parse(fact.text))
        if fact.intent == "forget" or ended:
            decision = self._forget(number, fact, memories, ended)
            if decision is not None:
                return decision
        if fact.category != "instruction" and fragment(fact.text) is not None and correcting(fact):
            return self._mend(fact, memories)
        if wrong := _put_right(fact, memories):
            return self._update(fact, wrong.record, f"corrects {wrong.record.text!r}")
        best = max(
            self._verdicts(fact, memories), key=lambda found: (found[0].rank, _said_at(found[1].record)), default=None
        )
        if best is None:
            return Decision(operation="ADD", reason=_nothing(memories), decider=NAME)
        verdict, memory = best
        if verdict.kind == "same":
            return Decision(operation="NONE", reason=verdict.reason, decider=NAME, target=memory.record.id)
        return self._update(fact, memory.record, verdict.reason, verdict.text)

    def _verdicts(self, fact: Fact, memories: tuple[_Memory, ...]) -> Iterator[tuple[Verdict, _Memory]]:
        new, again = parse(fact.text), AGAIN.search(fact.sources[0].quote if fact.sources else fact.text) is not None
        for memory in memories:
            over = memory.record.event_at is not None and memory.record.event_at < (fact.observed_at or self.now)
            verdict = compare(Pair(new, parse(memory.record.text), over and not correcting(fact), again))
            if verdict is not None:
                yield verdict, memory

    def _update(self, fact: Fact, record: Record, reason: str, text: str | None = None) -> Decision:
        if _newer(record, fact):
            return _rejected(record)
        revision: Revision = "correct" if correcting(fact) else "supersede"
        return Decision(operation="UPDATE", reason=reason, decider=NAME, target=record.id, text=text, revision=revision)

    def _mend(self, fact: Fact, memories: tuple[_Memory, ...]) -> Decision:
        """A fragment ("I meant Tuesday") corrects the latest memory that it fits."""
        for memory in sorted(memories, key=lambda m: _said_at(m.record), reverse=True):
            text = merged(fact.text, memory.record.text)
            if text == memory.record.text:
                return Decision(operation="NONE", reason="already remembered so", decider=NAME, target=memory.record.id)
            if text is not None:
                return self._update(fact, memory.record, f"corrects {memory.record.text!r}", text)
        whole = len(fact.text.split()) > FRAGMENT  # says something by itself
        operation: Operation = "ADD" if whole else "NONE"
        return Decision(operation=operation, reason="corrects nothing that is remembered", decider=NAME)

    def _forget(self, number: int, fact: Fact, memories: tuple[_Memory, ...], ended: bool) -> Decision | None:
        """Delete what the fact asks to forget or says has ended; None if news of an end matches nothing."""
        if ended and (successor := self._successor(number, fact)):
            return Decision(operation="NONE", reason=f"what holds instead is said by {successor.text!r}", decider=NAME)
        what = affirmed(parse(fact.text)) if ended else asked(fact.text)
        found = [(match, memory) for memory in memories if (match := forgets(what, parse(memory.record.text)))]
        best = max(found, key=lambda pair: (pair[0][0], _said_at(pair[1].record)), default=None)
        if best is None or (best[0][0] < CERTAIN and len(found) > 1):
            return _unmatched(fact, memories)
        if ended and _tells_more(best[1].record.text, what):
            reason = f"an end, remembered beside what tells more: {best[1].record.text!r}"
            return Decision(operation="ADD", reason=reason, decider=NAME)
        record, why = best[1].record, "no longer holds" if ended else "asks to forget"
        if _newer(record, fact):
            return _rejected(record)
        if ended and (SUCCEEDED.search(fact.text) or _goes_on(fact.text)):
            return self._update(fact, record, f"no longer holds: {best[0][1]}")
        if ended and (successor := self._successor(number, fact, record)):
            return Decision(operation="NONE", reason=f"what holds instead is said by {successor.text!r}", decider=NAME)
        return Decision(operation="DELETE", reason=f"{why}: {best[0][1]}", decider=NAME, target=record.id)

    def _successor(self, number: int, fact: Fact, record: Record | None = None) -> Fact | None:
        """The fact of the same message that says what holds instead of what has ended: it updates, nothing is deleted."""
        over = parse(fact.text)
        ended = {slot.attribute for slot in over.slots if slot.single}
        for case in self.cases[number + 1 :]:
            same = case.fact.sources[:1] and fact.sources[:1] and case.fact.sources[0].key == fact.sources[0].key
            new = parse(case.fact.text)
            if not same or case.fact.intent != "remember":
                continue
            if new.subject.same(over.subject) and any(slot.attribute in ended and slot.positive for slot in new.slots):
                return case.fact
            verdict = compare(Pair(new, parse(record.text))) if record else None
            if verdict and verdict.kind == "change":
                return case.fact
        return None


def _goes_on(text: str) -> bool:
    """Whether a text joins another verb to its first: it tells of a second thing."""
    return any(map(is_verb, JOINED.findall(text)))


def _tells_more(text: str, what: Statement) -> bool:
    """Whether a memory tells of something besides what has ended, which the end must not take down."""
    if BESIDES.search(text) or _goes_on(text):
        return True
    return any((stem(one) in what.words) != (stem(other) in what.words) for one, other in PAIRED.findall(text))


def _put_right(fact: Fact, memories: tuple[_Memory, ...]) -> _Memory | None:
    """The memory of the statement that a correction was put into: its first cue."""
    if not fact.cues or not correcting(fact):
        return None
    return next((memory for memory in memories if memory.record.text == fact.cues[0] != fact.text), None)


def _said_at(record: Record) -> datetime:
    return record.observed_at or record.updated_at


def _newer(record: Record, fact: Fact) -> bool:
    """Whether the memory rests on a later message than the fact."""
    return record.observed_at is not None and fact.observed_at is not None and record.observed_at > fact.observed_at


def _rejected(record: Record) -> Decision:
    reason = f"an older message cannot change what a later one said: {record.text!r}"
    return Decision(operation="NONE", reason=reason, decider=NAME, target=record.id, status="rejected")


def _nothing(memories: tuple[_Memory, ...]) -> str:
    return "no remembered fact has the same subject and attribute" if memories else "nothing remembered is about it"


def _superseded(ended: Statement, old: Statement) -> bool:
    """Whether the old statement already gives another value for what has ended."""
    slots = (slot for slot in ended.slots if slot.single and ended.subject.holder.same(old.subject.holder))
    return any((other := old.slot(slot.attribute)) and other.positive and other.value != slot.value for slot in slots)


def _unmatched(fact: Fact, memories: tuple[_Memory, ...]) -> Decision | None:
    """What is not remembered cannot be forgotten; a memory that gives another value already says that it has ended."""
    ended = parse(fact.text)
    for memory in memories:
        if _superseded(ended, parse(memory.record.text)):
            reason = f"already known to have ended: {memory.record.text!r}"
            return Decision(operation="NONE", reason=reason, decider=NAME, target=memory.record.id)
    if fact.intent == "remember":
        return None
    if EVERYTHING.match(fact.text):
        reason = "asks to forget everything, which takes a call of delete_all"
        return Decision(operation="NONE", reason=reason, decider=NAME, status="rejected")
    return Decision(operation="NONE", reason="nothing remembered matches", decider=NAME)
