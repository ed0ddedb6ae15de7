"""decide: each fact ends in exactly one of ADD, UPDATE, DELETE, NONE. Gates first, without a reasoner; then one call."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from recollect import ranking
from recollect.nodes.drafts import drafted
from recollect.nodes.likeness import NEAREST, Likeness
from recollect.ports import Case, Embed, Flow, Plan, Reasoner
from recollect.state import MemoryState
from recollect.types import (
    TRUSTS,
    Change,
    ChangeSet,
    Decision,
    Draft,
    Fact,
    Hit,
    Record,
    Status,
    text_hash,
)

_NAMES = uuid.UUID("8d0f8c52-7c6b-5b39-a1c1-5a7f0f9e2f44")
GATE = "gate"


def decide(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Decide every fact (in later rounds: every conflicted one) and journal the plan."""
    deciding = _Deciding(state)
    cases = deciding.gate()
    if cases:
        decisions = yield from reasoner.decide(cases, state["now"])
        deciding.take(cases, decisions)
    changes = deciding.result()
    yield Embed(tuple(change.draft.text for change in changes if change.draft))  # what has no vector is not planned
    plan = ChangeSet(
        id=state["change_set"],
        scope=state["delivery"].scope,
        operation="remember",
        changes=changes,
        threaded=any(source.thread for fact in state["facts"] for source in fact.sources),
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
        self.drafts = [drafted(fact, state["delivery"], state["now"]) for fact in self.facts]
        self.likeness = Likeness(self.facts, state["vectors"])
        self.ids = [str(uuid.uuid5(_NAMES, f"{state['change_set']}/{number}")) for number in range(len(self.facts))]
        self.versions = _versions(state)  # none for what this delivery adds
        self.changes = self._kept()
        self.contested = {change.memory for change in self.changes.values() if change.operation != "NONE"}
        self.unsaid: list[Record] = []
        self.open: list[_Open] = []

    def _kept(self) -> dict[int, Change]:
        """What an earlier round decided and still stands: no conflict, no repetition, and nothing that rests on one."""
        conflicts = self.state.get("conflicts")
        if not conflicts:
            return {}
        held = dict(enumerate(self.state["plan"].changes[: len(self.facts)]))
        fallen = {n for n in held if n in conflicts or (held[n].operation == "ADD" and self._repeated(n))}
        moved = {held[n].memory for n in fallen} - {None}
        return {n: change for n, change in held.items() if n not in fallen and change.memory not in moved}

    # Gates.

    def gate(self) -> tuple[Case, ...]:
        """Decide what needs no reasoner; the rest as cases."""
        self._edited()
        for number in range(len(self.facts)):
            if number not in self.changes:
                self._gate(number)
        return tuple(Case(number=o.number, fact=self.facts[o.number], candidates=o.candidates) for o in self.open)

    def _gate(self, number: int) -> None:
        fact = self.facts[number]
        if not fact.sources:
            self._none(number, "rejected", "its quote does not occur in the messages")
            return
        earlier, repeated = self._earlier(number), self._repeated(number)
        candidates = (*(hit.record for hit in self._hits(number) if self._comparable(number, hit.record)), *earlier)
        if repeated is not None and not earlier and repeated.id not in self.contested:
            self._none(number, "unchanged", "already remembered", repeated.id)
        elif candidates:
            self.open.append(_Open(number, candidates))
            self.contested.update(record.id for record in candidates)  # an undecided fact may change them
        elif fact.intent == "forget":
            self._none(number, "unchanged", "nothing that it names was found")
        else:
            decision = Decision(operation="ADD", reason="nothing like it is remembered", decider=GATE)
            self.changes[number] = self._add(number, decision)

    def _hits(self, number: int) -> tuple[Hit, ...]:
        return self.state["candidates"][number]

    def _comparable(self, number: int, record: Record) -> bool:
        """Whether a fact can change a memory: one that is kept as the fact would be; what is to be forgotten, any."""
        draft = self.drafts[number]
        alike = record.scope == draft.scope and (record.expires_at is None) == (draft.expires_at is None)
        return alike or self.facts[number].intent == "forget"

    def _repeated(self, number: int) -> Record | None:
        """What already says the fact wherever and as long as it would be remembered."""
        if self.facts[number].intent == "forget":
            return None
        draft = self.drafts[number]
        hits = (hit for hit in self._hits(number) if _repeats(self.facts[number], hit))
        return next((hit.record for hit in hits if _covers(hit.record, draft)), None)

    def _none(self, number: int, status: Status, reason: str, memory: str | None = None) -> None:
        self.changes[number] = Change(
            operation="NONE", status=status, reason=reason, decider=GATE, memory=memory, fact=self.facts[number]
        )

    # Earlier facts of the same delivery.

    def _earlier(self, number: int) -> tuple[Record, ...]:
        """Earlier facts of this delivery that this one may repeat, replace or end, as they would be stored."""
        near = [earlier for earlier in self.likeness.earlier(number) if self._stands(earlier)][:NEAREST]
        prospects = (self._prospect(earlier) for earlier in sorted(near))
        return tuple(prospect for prospect in prospects if self._comparable(number, prospect))

    def _stands(self, number: int) -> bool:
        fact, change = self.facts[number], self.changes.get(number)
        return fact.intent == "remember" and (change is None or change.operation in ("ADD", "UPDATE"))

    def _prospect(self, number: int) -> Record:
        draft, now = self.drafts[number], self.state["now"]
        fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
        return Record(
            **fields, id=self.ids[number], hash=text_hash(draft.text), version=1, created_at=now, updated_at=now
        )

    # Edited messages.

    def _edited(self) -> None:
        """Facts of an edited message correct what its earlier form said, the likest pairs first; the rest is unsaid."""
        for key, records in self.state["outdated"].items():
            taken = {change.memory for change in self.changes.values()}
            left = [record for record in records if record.id not in taken]
            pairs = [(self._likeness(n, record), -n, record) for n in self._said_in(key) for record in left]
            for _, minus, record in sorted(pairs, key=lambda pair: pair[:2], reverse=True):
                if record in left and -minus not in self.changes:
                    left.remove(record)
                    self._correct(-minus, record)
            self.unsaid += left

    def _said_in(self, key: str) -> list[int]:
        return [
            number
            for number, fact in enumerate(self.facts)
            if number not in self.changes and fact.intent == "remember" and any(s.key == key for s in fact.sources)
        ]

    def _likeness(self, number: int, record: Record) -> float:
        if text_hash(self.facts[number].text) == record.hash:
            return 2.0
        return next((hit.score for hit in self._hits(number) if hit.record.id == record.id), 0.0)

    def _correct(self, number: int, old: Record) -> None:
        """What is still said is written again as well: its source is the edited message, which can be edited again."""
        same = text_hash(old.text) == text_hash(self.facts[number].text)
        reason = "its edited message still says it" if same else "its message was edited"
        decision = Decision(operation="UPDATE", reason=reason, decider=GATE, target=old.id, revision="correct")
        self.changes[number] = self._update(number, decision, old, old.id)
        self.contested.add(old.id)

    # Decisions.

    def take(self, cases: Sequence[Case], decisions: Sequence[Decision]) -> None:
        """Turn the reasoner's decisions into changes, in order."""
        for case, decision in zip(cases, decisions, strict=True):
            self.changes[case.number] = self._change(case, decision)

    def _change(self, case: Case, decision: Decision) -> Change:
        number, forgetting = case.number, case.fact.intent == "forget"
        target = next((record for record in case.candidates if record.id == decision.target), None)
        memory = self._resolved(target.id) if target else None
        if forgetting and (decision.operation == "ADD" or (decision.operation == "UPDATE" and not decision.text)):
            return self._failed(number, decision, f"{decision.operation} with what is to be forgotten")
        if decision.operation == "ADD":
            return self._twin(case) or self._add(number, decision)
        if decision.operation == "NONE":
            return self._plain(number, decision, decision.status or "unchanged", memory)
        if target is None:
            return self._failed(number, decision, f"{decision.operation} without a known target")
        if memory is None:  # ended, or never kept, by an earlier fact of this delivery
            if decision.operation == "DELETE" or forgetting:
                return self._plain(number, decision, "unchanged", None)
            return self._add(number, replace(decision, text=None))
        return self._write(number, decision, self._base(number, memory, target), memory)

    def _twin(self, case: Case) -> Change | None:
        """NONE for what an earlier fact of this delivery already says, and still says."""
        wanted, draft = text_hash(case.fact.text), self.drafts[case.number]
        for record in case.candidates:
            memory = self._resolved(record.id) if record.id in self.ids else None
            base = memory and self._base(case.number, memory, record)
            if base and text_hash(base.text) == wanted and (base.actor, base.scope) == (draft.actor, draft.scope):
                decision = Decision(operation="NONE", reason="said before in the same messages", decider=GATE)
                return self._plain(case.number, decision, "unchanged", memory)
        return None

    def _write(self, number: int, decision: Decision, base: Draft, memory: str) -> Change:
        fact = self.facts[number]
        if TRUSTS.index(fact.trust) < TRUSTS.index(base.trust):
            reason = f"a source of trust {fact.trust!r} cannot change a memory of trust {base.trust!r}"
            return self._plain(number, replace(decision, reason=reason), "rejected", memory)
        if decision.operation == "UPDATE":
            return self._update(number, decision, base, memory)
        return _delete(fact, decision, memory, self.versions.get(memory))

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

    def _resolved(self, candidate: str) -> str | None:
        """The memory that a candidate is by now; None if this delivery ended it or never kept it."""
        changes = self.changes.values()
        memory: str | None = candidate
        if candidate in self.ids:
            own = self.changes.get(self.ids.index(candidate))
            memory = own.memory if own else None
        ended = any(change.operation == "DELETE" and change.memory == memory for change in changes)
        return None if ended else memory

    def _base(self, number: int, memory: str, target: Record) -> Draft:
        """What a memory holds after the earlier facts of this delivery."""
        earlier = (self.changes.get(n) for n in reversed(range(number)))
        written = (change.draft for change in earlier if change is not None and change.memory == memory)
        return next((draft for draft in written if draft is not None), target)

    def _add(self, number: int, decision: Decision) -> Change:
        draft = self.drafts[number]
        return Change(
            operation="ADD",
            reason=decision.reason,
            decider=decision.decider,
            memory=self.ids[number],
            draft=replace(draft, text=decision.text or draft.text),
            fact=self.facts[number],
        )

    def _update(self, number: int, decision: Decision, base: Draft, memory: str) -> Change:
        fact, draft = self.facts[number], self.drafts[number]
        draft = replace(
            draft,
            text=decision.text or draft.text,
            scope=base.scope,
            metadata={**base.metadata, **draft.metadata},
            category=fact.category or base.category,
            expires_at=draft.expires_at or base.expires_at,
        )
        if text_hash(draft.text) != text_hash(fact.text):  # a merge of both
            lower = min(fact.trust, base.trust, key=TRUSTS.index)
            draft = replace(draft, trust=lower, sources=tuple(dict.fromkeys((*base.sources, *draft.sources))))
        return Change(
            operation="UPDATE",
            reason=decision.reason,
            decider=decision.decider,
            memory=memory,
            draft=draft,
            expected_version=self.versions.get(memory),
            revision=decision.revision,
            fact=fact,
        )

    def result(self) -> tuple[Change, ...]:
        """One change a fact, in their order, then what edited messages no longer say, unless a fact says it."""
        touched = {change.memory for change in self.changes.values()}
        surplus = (_unsay(record) for record in self.unsaid if record.id not in touched)
        return (*(self.changes[number] for number in range(len(self.facts))), *surplus)


def _versions(state: MemoryState) -> dict[str, int]:
    """The versions that were seen."""
    seen = [hit.record for hits in state["candidates"] for hit in hits]
    seen += [record for records in state["outdated"].values() for record in records]
    return {record.id: record.version for record in seen}


def _unsay(record: Record) -> Change:
    fact = Fact(text=record.text, sources=record.sources, intent="forget", actor=record.actor, role=record.role)
    decision = Decision(operation="DELETE", reason="its message was edited and no longer says it", decider=GATE)
    return _delete(fact, decision, record.id, record.version)


def _delete(fact: Fact, decision: Decision, memory: str, seen: int | None) -> Change:
    return Change(
        operation="DELETE",
        reason=decision.reason,
        decider=decision.decider,
        memory=memory,
        expected_version=seen,
        fact=fact,
    )


def _repeats(fact: Fact, hit: Hit) -> bool:
    """Whether a candidate already says what the fact says, in the same words or nearly so, by the same speaker."""
    if hit.record.actor != fact.actor:
        return False
    vector = hit.why.get("vector")
    cosine = 2 * vector if isinstance(vector, float) else 0.0  # half of a hybrid score is the cosine
    return hit.record.hash == text_hash(fact.text) or ranking.near_duplicate(fact.text, hit.record.text, cosine)


def _covers(record: Record, draft: Draft) -> bool:
    """Whether a memory is seen wherever the draft would be, and kept as long."""
    wide = record.scope.agent in (None, draft.scope.agent) and record.scope.run in (None, draft.scope.run)
    return wide and (record.expires_at is None or draft.expires_at is not None)
