"""Procedures at work: recalled for a task, reported on, shared. `memory.procedures` is this; every `x` has a twin `ax`."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TypeVar

from recollect.arguments import nonce, scope_of
from recollect.choosing import WIDER
from recollect.errors import ConflictError, NotFoundError, ScopeError, UsageError
from recollect.flow import World, arun, run
from recollect.operations import CALLER, changed, check_ids, check_limit, check_text, check_threshold
from recollect.ports import Commit, Committed, Embed, Flow, Found, Query, Read, Search
from recollect.procedures import Bound, bind, fitted, found_by, general, proved, reported
from recollect.ranking import PLAIN, Weights
from recollect.types import TRUSTS, Change, ChangeSet, Draft, Hit, Procedure, Receipt, Record, Scope, digest, encode

FIT = 0.25
"""The least score, before its runs count, of a procedure for a task.

Of LoCoMo's questions, for which no procedure is stored, .04 find one of 336 that are; of 20 tasks all do.
"""
_WORDS = replace(PLAIN, alike=Weights().alike)
"""What stands beside a procedure's first message, and who said it when, tells nothing of how well it fits."""
_CANDIDATES = 50
"""How many at least are looked at for one that the task is worded as: words and vectors may put others first."""
_REPORTS = 50
"""Reports on one procedure at once all count: each is done again until none was faster."""
_NAMES = uuid.UUID("9d3a3f0a-52a5-5a0e-b7a1-6a0f6a1c8d02")
T = TypeVar("T")


class Procedures:
    """How tasks are done, learned from runs of them; `Memory.procedures` makes it.

    Every call names whose: `user=`, `agent=`, `run=`, at least one of them, or `scope=`; as those of `Memory` do.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def recall(
        self,
        task: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        limit: int = 3,
        threshold: float = FIT,
    ) -> tuple[Hit, ...]:
        """The procedures for a task, best first, in `hit.record.procedure`; nothing where none fits.

        The score is the plain one of words and vectors; higher where the task is worded as the goal, with other values;
        and changed by how its runs ended (`why["outcomes"]`): what only failed loses a third and more, what is verified
        gains most.
        threshold: the least score before the outcomes count, in [0, 1].
        """
        return self._run(recall(scope_of(scope, user, agent, run), task, limit, threshold))

    async def arecall(
        self,
        task: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        limit: int = 3,
        threshold: float = FIT,
    ) -> tuple[Hit, ...]:
        """Same as `recall`, asynchronously."""
        return await self._arun(recall(scope_of(scope, user, agent, run), task, limit, threshold))

    @staticmethod
    def bind(procedure: Procedure, task: str) -> Bound:
        """The steps of a procedure for a task, with what the task tells put for its parameters, and what it does not tell."""
        return bind(procedure, task)

    def report(
        self,
        procedure: str,
        success: bool,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Count one more run of a procedure (its id), as a new version with its event; reports at once all count.

        note: of a failure, what went wrong: a pitfall from then on.
        idempotency_key: names a report, so that the same one again changes nothing; it counts each time without.
        Raises NotFoundError for a procedure that the scope cannot change: a shared one is reported on without a user.
        """
        named = scope_of(scope, user, agent, run)
        return self._run(report(named, procedure, success, note, idempotency_key or nonce()))

    async def areport(
        self,
        procedure: str,
        success: bool,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Same as `report`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        return await self._arun(report(named, procedure, success, note, idempotency_key or nonce()))

    def share(
        self,
        procedure: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Copy a user's procedure (its id) to where all users of its agent find it; sharing it again renews the copy.

        The copy has its goal, steps and counts. Left out: what varied (the values of its parameters, however spelled), what
        tools said (observations, expected results, pitfalls), its messages and metadata, and whose it was. A text in the
        arguments becomes a parameter, too, but for words in small letters that were the same in two runs or more; numbers
        below 1000 stay. The copy's `history` keeps what was shared before, so this holds from the first time on; what else
        the goal, the intents and the preconditions say stays: look at them before you share.
        Raises NotFoundError for a procedure that the scope cannot change, UsageError for one whose trust is below
        "agent", ScopeError where no agent is named here and it belongs to none.
        """
        return self._run(share(scope_of(scope, user, agent, run), procedure, nonce()))

    async def ashare(
        self,
        procedure: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Same as `share`, asynchronously."""
        return await self._arun(share(scope_of(scope, user, agent, run), procedure, nonce()))

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._world)

    async def _arun(self, flow: Flow[T]) -> T:
        return await arun(flow, self._world)


def recall(scope: Scope, task: str, limit: int, threshold: float) -> Flow[tuple[Hit, ...]]:
    """The procedures for a task: the best by fit, in the order in which their runs leave them."""
    check_text(task, "the task")
    check_limit(limit)
    check_threshold(threshold)
    vectors = yield Embed((task,))
    found: Found = yield Search(
        scope=scope,
        queries=(Query(task, vectors[0]),),
        limit=max(_CANDIDATES, WIDER * limit),
        kind="procedure",
        weights=_WORDS,
    )
    fit = [hit for hit in (fitted(hit, task) for hit in found.hits[0]) if hit.score >= threshold]
    return tuple(sorted(map(proved, fit), key=lambda hit: -hit.score)[:limit])


def report(scope: Scope, procedure: str, success: bool, note: str | None, key: str) -> Flow[Receipt]:
    """One more run of a procedure."""
    for name, given in (("note", note), ("idempotency_key", key)):
        if given is not None:
            check_text(given, name)
    if success and note is not None:
        raise UsageError("note= tells what went wrong: leave it out of the report of a success")

    def change(record: Record) -> Change:
        known = reported(_procedure(record), success, note)
        draft = Draft(**{name: getattr(record, name) for name in Draft.__dataclass_fields__})
        return Change(
            operation="UPDATE",
            reason=f"a run of it {'succeeded' if success else 'failed'}, as reported by the caller",
            decider=CALLER,
            memory=record.id,
            draft=replace(draft, procedure=known, valid_from=None, valid_to=None),
        )

    return (yield from changed(scope, "report", procedure, change, None, key, _REPORTS))


def share(scope: Scope, procedure: str, nonce: str) -> Flow[Receipt]:
    """Copy a procedure of a user to the partition that belongs to none, for its agent."""
    check_ids(procedure)
    [record] = yield Read(scope=scope, ids=(procedure,), own=True)
    if record is None:
        raise NotFoundError(f"no memory {procedure!r} that this scope can change")
    draft = _shared(scope, record)
    copy = str(uuid.uuid5(_NAMES, f"{record.id}/{encode(draft.scope.agent)}"))
    [known] = yield Read(scope=draft.scope, ids=(copy,), own=True)
    change = Change(
        operation="UPDATE" if known else "ADD",
        reason="shared by the caller",
        decider=CALLER,
        memory=copy,
        draft=_renewed(draft, known) if known else draft,
        expected_version=known.version if known else None,
    )
    vectors = yield Embed((draft.text,))
    change_set = ChangeSet(id=digest("share", copy, nonce), scope=draft.scope, operation="share", changes=(change,))
    committed: Committed = yield Commit(change_set=change_set, vectors=vectors)
    if committed.conflicts:
        raise ConflictError(f"memory {copy}, the shared copy, has moved meanwhile or was forgotten", known)
    return Receipt(change_set=change_set.id, outcomes=committed.outcomes)


def _shared(scope: Scope, record: Record) -> Draft:
    """What others see of a procedure. Where it came from is told by its id alone, which names nobody."""
    agent = scope.agent or record.scope.agent
    if agent is None:
        raise ScopeError("a procedure is shared with the users of an agent: give agent=")
    if record.scope.user is None:
        raise UsageError(f"memory {record.id} belongs to no user: it is shared already")
    if TRUSTS.index(record.trust) < TRUSTS.index("agent"):
        raise UsageError(
            f"memory {record.id} has trust {record.trust!r}: only what has trust 'agent' or more is shared"
        )
    known = _procedure(record)
    procedure = general(known, min(known.successes, len(record.derived_from)))
    return Draft(
        text=found_by(procedure),
        kind="procedure",
        scope=Scope(agent=agent),
        metadata={"shared": True},
        sensitivity=record.sensitivity,
        trust=record.trust,
        confidence=record.confidence,
        derived_from=(record.id,),
        procedure=procedure,
    )


def _renewed(draft: Draft, known: Record) -> Draft:
    """The copy with its own counts: those of all who use it."""
    own, copied = _procedure(known), draft.procedure
    assert copied is not None
    counted = replace(copied, successes=own.successes, failures=own.failures, outcome=own.outcome)
    return replace(draft, procedure=counted)


def _procedure(record: Record) -> Procedure:
    if record.procedure is None:
        raise UsageError(f"memory {record.id} is a {record.kind}: expected a procedure")
    return record.procedure
