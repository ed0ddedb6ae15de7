"""refine: each run becomes a procedure, or a new version of the one that it is a run of, and is itself kept verbatim."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from recollect.nodes.drafts import kept_for
from recollect.ports import Flow
from recollect.procedures import found_by, merged, same_task, tools
from recollect.state import MemoryState
from recollect.types import TRUSTS, Change, Draft, Operation, Procedure, Source, Turn

SOURCES, RUNS = 100, 20
"""Messages and runs that a procedure names, the latest; those before are named by its earlier versions."""

_NAMES = uuid.UUID("5b0a4d0c-5a0d-5d53-9d51-0d8d0d0c7b11")
_NOTHING = Change(
    operation="NONE",
    reason="asked for: no call of a tool was answered, and no step is told in these messages",
    decider="recollect",
    status="rejected",
)


def refine(state: MemoryState) -> Flow[dict[str, Any]]:
    """Two changes a run: its procedure, and what was said and done in it. Where one was asked for, the reason for none."""
    learning = _Learning(state)
    changes = tuple(change for number in range(len(state["runs"])) for change in learning.changes(number))
    asked_for = state["delivery"].learning == "only"
    return {"learned": changes or ((_NOTHING,) if asked_for else ())}
    yield


@dataclass(frozen=True, slots=True)
class _Known:
    """A procedure as it stands: what was read, or what an earlier run of this delivery made of it."""

    memory: str
    version: int
    draft: Draft

    @property
    def procedure(self) -> Procedure:
        assert self.draft.procedure is not None
        return self.draft.procedure


@dataclass(slots=True)
class _Learning:
    """The runs of one delivery, one after the other; `known` are the procedures that they made."""

    state: MemoryState
    known: dict[str, _Known] = field(default_factory=dict)

    def changes(self, number: int) -> tuple[Change, ...]:
        """What a run does: to its procedure, and as a memory of its own; nothing, with the reason, if it has no steps."""
        run = self.state["runs"][number]
        if not run.procedure.steps:
            return (replace(_NOTHING, reason=f"{run.reason}: no step was found", decider=run.decider),)
        told = _transcript(self.state, number)
        earlier = self._earlier(number)
        draft = _draft(self.state, number, told, earlier)
        if earlier is None:
            change = _change(self.state, number, "ADD", "no procedure of this task is remembered", draft=draft)
            found = _Known(_id(self.state, f"{number}"), 1, draft)
        else:
            change = _change(self.state, number, "UPDATE", "another run of a known task", draft=draft)
            change = replace(change, memory=earlier.memory, expected_version=earlier.version)
            found = replace(earlier, draft=draft)
        self.known[found.memory] = found
        return change, told

    def _earlier(self, number: int) -> _Known | None:
        """The procedure that a run is one of: as this delivery left it, else as it was found, the likest first."""
        run = self.state["runs"][number].procedure
        read = {
            hit.record.id: _Known(hit.record.id, hit.record.version, hit.record)
            for hit in self.state["earlier"][number]
            if hit.record.procedure is not None
        }
        standing = {**read, **self.known}
        return next((each for each in standing.values() if same_task(each.procedure, run)), None)


def _change(state: MemoryState, number: int, operation: Operation, why: str, draft: Draft) -> Change:
    run = state["runs"][number]
    return Change(
        operation=operation,
        reason=f"{run.reason}: {why}",
        decider=run.decider,
        memory=_id(state, f"{number}"),
        draft=draft,
        run=run,
    )


def _id(state: MemoryState, name: str) -> str:
    return str(uuid.uuid5(_NAMES, f"{state['change_set']}/{name}"))


def _draft(state: MemoryState, number: int, told: Change, earlier: _Known | None) -> Draft:
    assert told.draft is not None
    run = state["runs"][number]
    before = earlier.draft if earlier else None
    procedure = run.procedure if earlier is None else merged(earlier.procedure, run.procedure)
    return replace(
        told.draft,
        kind="procedure",
        text=found_by(procedure),
        scope=before.scope if before else told.draft.scope,
        category=_category(procedure),
        trust=min(before.trust, run.trust, key=TRUSTS.index) if before else run.trust,
        sources=(*(before.sources if before else ()), *told.draft.sources)[-SOURCES:],
        derived_from=(*(before.derived_from if before else ()), _id(state, f"run {number}"))[-RUNS:],
        metadata=state["delivery"].metadata,
        valid_from=told.draft.observed_at,
        valid_to=None,
        procedure=procedure,
    )


def _category(procedure: Procedure) -> str | None:
    """The tools: another procedure with the same ones, learned meanwhile, is looked at before this one is added."""
    return ", ".join(sorted(tools(procedure.steps)))[:200] or None


def _transcript(state: MemoryState, number: int) -> Change:
    """A run as it was: over as soon as it is written, so that no search of the present meets it."""
    delivery, now, run = state["delivery"], state["now"], state["runs"][number]
    draft = Draft(
        text="\n".join(map(_line, run.turns)),
        kind="message",
        scope=kept_for(delivery.scope, "agent"),
        trust="tool",
        sources=tuple(map(_source, run.turns)),
        provenance=delivery.scope,
        observed_at=run.turns[-1].at or now,
        valid_from=now - timedelta(microseconds=1),
        valid_to=now,
    )
    told = _change(state, number, "ADD", "the run itself", draft=draft)
    return replace(told, memory=_id(state, f"run {number}"), decider="verbatim", run=None)


def _source(turn: Turn) -> Source:
    return Source(key=turn.key or "", quote="", thread=turn.thread, position=turn.position, message_id=turn.message_id)


def _line(turn: Turn) -> str:
    """A message as one line of JSON, with nothing left out."""
    calls = [{"tool": call.tool, "arguments": dict(call.arguments), "id": call.id} for call in turn.calls]
    told = {"role": turn.role, "name": turn.name, "text": turn.text, "calls": calls, "answers": turn.answers}
    return json.dumps({**told, "failed": turn.failed}, ensure_ascii=False, default=str)
