"""refine: each run becomes a procedure, or a new version of the one that it is a run of, and is itself kept verbatim."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from recollect.nodes.drafts import kept_for
from recollect.ports import Flow
from recollect.procedures import found_by, merged, same_task
from recollect.state import MemoryState
from recollect.types import TRUSTS, Change, Draft, Operation, Record, Run, Source, Turn

_NAMES = uuid.UUID("5b0a4d0c-5a0d-5d53-9d51-0d8d0d0c7b11")


def refine(state: MemoryState) -> Flow[dict[str, Any]]:
    """Two changes a run: its procedure, and what was said and done in it."""
    return {"learned": tuple(change for number in range(len(state["runs"])) for change in _changes(state, number))}
    yield


def _changes(state: MemoryState, number: int) -> tuple[Change, Change]:
    run = state["runs"][number]
    told = _transcript(state, number)
    earlier = next((hit.record for hit in state["earlier"][number] if _same(run, hit.record)), None)
    draft = _draft(state, number, told, earlier)
    if earlier is None:
        return _change(state, number, "ADD", "no procedure of this task is remembered", draft=draft), told
    updated = _change(state, number, "UPDATE", "another run of a known task", draft=draft)
    return replace(updated, memory=earlier.id, expected_version=earlier.version), told


def _same(run: Run, record: Record) -> bool:
    return record.procedure is not None and same_task(record.procedure, run.procedure)


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


def _draft(state: MemoryState, number: int, told: Change, earlier: Record | None) -> Draft:
    assert told.draft is not None
    run = state["runs"][number]
    known = earlier.procedure if earlier else None
    procedure = run.procedure if known is None else merged(known, run.procedure)
    return replace(
        told.draft,
        kind="procedure",
        text=found_by(procedure),
        scope=earlier.scope if earlier else told.draft.scope,
        trust=min(earlier.trust, run.trust, key=TRUSTS.index) if earlier else run.trust,
        sources=((*earlier.sources, *told.draft.sources) if earlier else told.draft.sources),
        derived_from=(*(earlier.derived_from if earlier else ()), _id(state, f"run {number}")),
        metadata=state["delivery"].metadata,
        valid_from=told.draft.observed_at,
        valid_to=None,
        procedure=procedure,
    )


def _transcript(state: MemoryState, number: int) -> Change:
    """A run as it was: over as soon as it is written, so that no search of the present meets it."""
    delivery, now, turns = state["delivery"], state["now"], state["runs"][number].turns
    said_at = turns[-1].at or now
    draft = Draft(
        text="\n".join(map(_line, turns)),
        kind="message",
        scope=kept_for(delivery.scope, "agent"),
        trust="tool",
        sources=tuple(map(_source, turns)),
        provenance=delivery.scope,
        observed_at=said_at,
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
