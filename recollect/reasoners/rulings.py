"""From what a chat model rules to Decisions: every fact exactly once, every target among the fact's own candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recollect.ports import Case
from recollect.prompts import Ruling, UpdateReply
from recollect.reasoners.reply import Reading, Unusable
from recollect.types import Decision


def decisions_of(
    reading: Reading[UpdateReply], cases: Sequence[Case], memories: Iterable[str], decider: str
) -> tuple[dict[int, Decision], dict[int, str]]:
    """The valid decisions and what is wrong with the others, by the fact's number; `memories` in the prompt's order."""
    numbers = {memory: number for number, memory in enumerate(memories, 1)}
    broken = dict(map(_numbered, reading.unusable))
    decisions: dict[int, Decision] = {}
    problems: dict[int, str] = {}
    for number, case in enumerate(cases, 1):
        rulings = [ruling for ruling in reading.reply.decisions if ruling.fact == number]
        targets = {numbers[record.id]: record.id for record in case.candidates}
        if problem := broken.get(number) or _problem(rulings, case, targets):
            problems[number] = f"fact {number}: {problem}"
        else:
            decisions[number] = _decision(rulings[0], targets, decider)
    return decisions, problems


def _numbered(unusable: Unusable) -> tuple[int | None, str]:
    number = unusable.item.get("fact") if isinstance(unusable.item, dict) else None
    return number if isinstance(number, int) else None, unusable.problem


def _problem(rulings: Sequence[Ruling], case: Case, targets: Mapping[int, str]) -> str | None:
    if len(rulings) != 1:
        return "it has no decision" if not rulings else f"it has {len(rulings)} decisions, not one"
    ruling = rulings[0]
    if ruling.operation == "ADD":
        return "what is to be forgotten cannot be added" if case.fact.intent == "forget" else None
    if ruling.target in targets or (ruling.operation == "NONE" and not ruling.target):
        return None
    return f"{ruling.operation} of memory {ruling.target}, but its candidates are {sorted(targets) or 'none'}"


def _decision(ruling: Ruling, targets: Mapping[int, str], decider: str) -> Decision:
    return Decision(
        operation=ruling.operation,
        reason=ruling.reason or "no reason given",
        decider=decider,
        target=targets[ruling.target] if ruling.target and ruling.operation != "ADD" else None,
        text=(ruling.text or None) if ruling.operation == "UPDATE" else None,
        revision=ruling.revision or "supersede",
    )
