"""decide: each fact ends in exactly one of ADD, UPDATE, DELETE, NONE. Gates first, without a reasoner; then one call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from recollect import ranking
from recollect.ports import Case, Flow, Plan, Reasoner
from recollect.state import Delivery, MemoryState
from recollect.types import (
    TRUSTS,
    Change,
    ChangeSet,
    Decision,
    Draft,
    Fact,
    Hit,
    Level,
    Record,
    Scope,
    Status,
    text_hash,
)

_NAMES = uuid.UUID("8d0f8c52-7c6b-5b39-a1c1-5a7f0f9e2f44")
_TEMPORARY = timedelta(hours=24)
EARLIER = 5
"""Facts of the same delivery that a fact is compared with."""
ALIKE = 0.2
"""Score from which an earlier fact of the same delivery counts as a candidate."""
GATE = "gate"


def decide(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Decide every fact (in later rounds: every conflicted one) and journal the plan."""
    deciding = _Deciding(state)
    cases = deciding.gate()
    if cases:
        decisions = yield from reasoner.decide(cases, state["now"])
        deciding.take(cases, decisions)
    plan = ChangeSet(
        id=state["change_set"],
        scope=state["delivery"].scope,
        operation="remember",
        changes=deciding.result(),
        read_seq=state["read_seq"],
        model=reasoner.name,
        prompt=getattr(reasoner, "prompt_digest", None),
    )
    yield Plan(change_set=plan)
    return {"plan": plan}


@dataclass(frozen=True, slots=True)
class _Open:
    """A fact that the gates could not decide, with its candidates."""

    number: int
    candidates: tuple[Record, ...]


class _Deciding:
    """One round over the facts of a delivery, in their order."""

    def __init__(self, state: MemoryState) -> None:
        self.state = state
        self.facts = state["facts"]
        self.delivery = state["delivery"]
        self.now = state["now"]
        held = state["plan"].changes if state.get("conflicts") else ()
        self.surplus = list(held[len(self.facts) :])
        self.changes: dict[int, Change] = dict(enumerate(held[: len(self.facts)]))
        for number in state.get("conflicts", ()):
            self.changes.pop(number, None)
        self.open: list[_Open] = []

    def gate(self) -> tuple[Case, ...]:
        """Decide what needs no reasoner; the rest as cases."""
        if not self.state.get("conflicts"):
            self._edited()
        for number in range(len(self.facts)):
            if number not in self.changes:
                self._gate(number)
        return tuple(Case(number=o.number, fact=self.facts[o.number], candidates=o.candidates) for o in self.open)

    def _gate(self, number: int) -> None:
        fact, hits = self.facts[number], self.state["candidates"][number]
        if not fact.sources:
            self._none(number, "rejected", "its quote does not occur in the messages")
            return
        earlier = self._earlier(number)
        repeated = next((hit.record for hit in hits if _repeats(fact, hit)), None)
        if fact.intent == "remember" and repeated is not None and not earlier and not self._contested(repeated.id):
            self._none(number, "unchanged", "already remembered", repeated.id)
        elif hits or earlier:
            self.open.append(_Open(number, (*(hit.record for hit in hits), *earlier)))
        elif fact.intent == "forget":
            self._none(number, "unchanged", "nothing remembered matches")
        else:
            decision = Decision(operation="ADD", reason="nothing like it is remembered", decider=GATE)
            self.changes[number] = self._add(number, decision)

    def _none(self, number: int, status: Status, reason: str, memory: str | None = None) -> None:
        self.changes[number] = Change(
            operation="NONE", status=status, reason=reason, decider=GATE, memory=memory, fact=self.facts[number]
        )

    def _contested(self, memory: str) -> bool:
        """Whether an undecided fact before this one may change the memory."""
        return any(record.id == memory for case in self.open for record in case.candidates)

    def _earlier(self, number: int) -> tuple[Record, ...]:
        """Earlier facts of this delivery that this one may repeat, replace or end, as they would be stored."""
        scores = {n: self._alike(number, n) for n in range(number) if self._stands(n)}
        near = sorted((n for n in scores if scores[n] >= ALIKE), key=lambda n: -scores[n])[:EARLIER]
        return tuple(self._prospect(n) for n in sorted(near))

    def _stands(self, number: int) -> bool:
        fact, change = self.facts[number], self.changes.get(number)
        return fact.intent == "remember" and (change is None or change.operation in ("ADD", "UPDATE"))

    def _alike(self, number: int, earlier: int) -> float:
        fact, other = self.facts[number], self.facts[earlier]
        if fact.category is not None and fact.category == other.category:
            return 1.0
        vectors = self.state["vectors"]
        frequencies, length = ranking.document_terms(other.text, other.actor)
        scores = [ranking.score(ranking.prepare(fact.text, vectors[number]), frequencies, length, vectors[earlier])]
        scores += [ranking.score(ranking.prepare(cue, None), frequencies, length, None) for cue in fact.cues]
        return max(score for score, _ in scores)

    def _id(self, number: int) -> str:
        return str(uuid.uuid5(_NAMES, f"{self.state['change_set']}/{number}"))

    def _prospect(self, number: int) -> Record:
        draft = self._draft(number)
        fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
        return Record(
            **fields,
            id=self._id(number),
            hash=text_hash(draft.text),
            version=1,
            created_at=self.now,
            updated_at=self.now,
        )

    def _edited(self) -> None:
        """Facts of an edited message correct what its earlier form said; what it no longer says is forgotten."""
        for key, records in self.state["outdated"].items():
            left = list(records)
            for number, fact in enumerate(self.facts):
                if fact.intent == "remember" and any(source.key == key for source in fact.sources) and left:
                    scores = {hit.record.id: hit.score for hit in self.state["candidates"][number]}
                    old = max(left, key=lambda record: scores.get(record.id, 0.0))
                    left.remove(old)
                    self._correct(number, old)
            self.surplus += [self._forget(record) for record in left]

    def _correct(self, number: int, old: Record) -> None:
        if text_hash(old.text) == text_hash(self.facts[number].text):
            self._none(number, "unchanged", "the edited message still says it", old.id)
        else:
            reason = "its message was edited"
            decision = Decision(operation="UPDATE", reason=reason, decider=GATE, target=old.id, revision="correct")
            self.changes[number] = self._update(number, decision, old)

    def _forget(self, record: Record) -> Change:
        fact = Fact(text=record.text, sources=record.sources, intent="forget", actor=record.actor, role=record.role)
        decision = Decision(operation="DELETE", reason="its message was edited and no longer says it", decider=GATE)
        return _delete(fact, decision, record, record.id)

    def take(self, cases: Sequence[Case], decisions: Sequence[Decision]) -> None:
        """Turn the reasoner's decisions into changes, in order."""
        for case, decision in zip(cases, decisions, strict=True):
            self.changes[case.number] = self._change(case, decision)

    def _change(self, case: Case, decision: Decision) -> Change:
        target = next((record for record in case.candidates if record.id == decision.target), None)
        if decision.operation == "ADD":
            return self._add(case.number, decision)
        if decision.operation == "NONE":
            memory = self._resolved(target.id) if target else None
            return self._plain(case.number, decision, decision.status or "unchanged", memory)
        if target is None:
            return self._failed(case.number, decision, f"{decision.operation} without a known target")
        if TRUSTS.index(case.fact.trust) < TRUSTS.index(target.trust):
            reason = f"a source of trust {case.fact.trust!r} cannot change a memory of trust {target.trust!r}"
            return self._plain(case.number, replace(decision, reason=reason), "rejected", target.id)
        if self._resolved(target.id) is None:
            return self._failed(case.number, decision, f"{decision.operation} of something that was not kept")
        write = self._update if decision.operation == "UPDATE" else self._delete
        return write(case.number, decision, target)

    def _plain(self, number: int, decision: Decision, status: Status, memory: str | None) -> Change:
        return Change(
            operation="NONE",
            status=status,
            reason=decision.reason,
            decider=decision.decider,
            memory=memory,
            fact=self.facts[number],
        )

    def _failed(self, number: int, decision: Decision, reason: str) -> Change:
        return self._plain(number, replace(decision, reason=reason), "failed", None)

    def _resolved(self, memory: str) -> str | None:
        """The memory that a candidate is: for an earlier fact of this delivery, what became of it."""
        for number in range(len(self.facts)):
            if self._id(number) == memory:
                change = self.changes.get(number)
                return change.memory if change and change.operation != "DELETE" else None
        return memory

    def _add(self, number: int, decision: Decision) -> Change:
        return Change(
            operation="ADD",
            reason=decision.reason,
            decider=decision.decider,
            memory=self._id(number),
            draft=self._draft(number, decision.text),
            fact=self.facts[number],
        )

    def _update(self, number: int, decision: Decision, target: Record) -> Change:
        fact, memory = self.facts[number], self._resolved(target.id)
        draft = self._draft(number, decision.text)
        draft = replace(
            draft,
            scope=target.scope,
            metadata={**target.metadata, **self.delivery.metadata},
            category=fact.category or target.category,
            expires_at=draft.expires_at if fact.temporary else target.expires_at,
        )
        if decision.text and text_hash(decision.text) != text_hash(fact.text):  # a merge of both
            lower = min(fact.trust, target.trust, key=TRUSTS.index)
            draft = replace(draft, trust=lower, sources=tuple(dict.fromkeys((*target.sources, *draft.sources))))
        return Change(
            operation="UPDATE",
            reason=decision.reason,
            decider=decision.decider,
            memory=memory,
            draft=draft,
            expected_version=target.version if memory == target.id else None,
            revision=decision.revision,
            fact=fact,
        )

    def _delete(self, number: int, decision: Decision, target: Record) -> Change:
        return _delete(self.facts[number], decision, target, self._resolved(target.id))

    def _draft(self, number: int, text: str | None = None) -> Draft:
        fact = self.facts[number]
        scope, expires_at = placed(fact, self.delivery, self.now)
        said_at = fact.observed_at or self.now
        return Draft(
            text=text or fact.text,
            kind="fact",
            scope=scope,
            actor=fact.actor,
            role=fact.role,
            metadata=self.delivery.metadata,
            category=fact.category,
            sensitivity=fact.sensitivity,
            trust=fact.trust,
            confidence=fact.confidence,
            sources=fact.sources,
            provenance=self.delivery.scope,
            observed_at=said_at,
            event_at=fact.event_at,
            valid_from=min(fact.valid_from or said_at, self.now),
            valid_to=fact.valid_to,
            expires_at=expires_at,
        )

    def result(self) -> tuple[Change, ...]:
        """One change a fact, in their order, then what edited messages no longer say."""
        return (*(self.changes[number] for number in range(len(self.facts))), *self.surplus)


def _delete(fact: Fact, decision: Decision, target: Record, memory: str | None) -> Change:
    return Change(
        operation="DELETE",
        reason=decision.reason,
        decider=decision.decider,
        memory=memory,
        expected_version=target.version if memory == target.id else None,
        fact=fact,
    )


def _repeats(fact: Fact, hit: Hit) -> bool:
    """Whether a candidate already says what the fact says, in the same words or nearly so, by the same speaker."""
    if hit.record.actor != fact.actor:
        return False
    vector = hit.why.get("vector")
    cosine = 2 * vector if isinstance(vector, float) else 0.0  # half of a hybrid score is the cosine
    return hit.record.hash == text_hash(fact.text) or ranking.near_duplicate(fact.text, hit.record.text, cosine)


def placed(fact: Fact, delivery: Delivery, now: datetime) -> tuple[Scope, datetime | None]:
    """The row's own scope, and when it expires.

    A fact is kept for the user when one is named, else for the run, else for the agent; a temporary one for the run,
    or without one for a day from the time of its message.
    """
    scope = delivery.scope
    level = _level(fact.level or delivery.level or ("run" if fact.temporary else None), scope)
    row = Scope(
        user=scope.user, agent=scope.agent if level == "agent" else None, run=scope.run if level == "run" else None
    )
    expires = fact.temporary and level != "run"
    return row, (fact.observed_at or now) + _TEMPORARY if expires else None


def _level(wanted: Level | None, scope: Scope) -> Level:
    if wanted is not None and getattr(scope, wanted) is not None:
        return wanted
    if scope.user is not None:
        return "user"
    return "run" if scope.run is not None else "agent"


