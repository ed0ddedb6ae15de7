"""What the facade does, as flows: each yields requests and returns its result, the same for both of its faces."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from recollect import filters as language
from recollect.choosing import Choice, chosen, everything, missed
from recollect.errors import ConflictError, ModelError, NotFoundError, UsageError
from recollect.messages import TEXT_LIMIT, log_key, valid
from recollect.metadata import encode_metadata
from recollect.nodes.drafts import placed
from recollect.ports import (
    Backlog,
    Commit,
    Committed,
    Decomposer,
    Embed,
    Flow,
    Found,
    Log,
    Named,
    Query,
    Read,
    Reembed,
    Search,
    Select,
    Undo,
)
from recollect.ranking import (
    DEFAULT_THRESHOLD,
    KEPT,
    NOTHING,
    PLAIN,
    PROBES,
    Wanted,
    Weights,
    askings,
    merged,
    names,
    understood,
)
from recollect.state import Delivery
from recollect.types import (
    Change,
    ChangeSet,
    Draft,
    Fact,
    History,
    Mode,
    Page,
    Receipt,
    Record,
    Scope,
    Source,
    Trust,
    digest,
)

BATCH = 500
"""Memories in one commit of a bulk operation."""
LIMIT = 1_000_000
"""Memories in one answer at most."""

_NAMES = uuid.UUID("b3f3a0a4-3c70-5c0e-8e0b-90a6c0f6f2d1")
_TRUST: Mapping[str, Trust] = {"assistant": "agent", "tool": "tool", "system": "system"}
_ATTEMPTS = 3
CALLER = "caller"


class Standpoint(NamedTuple):
    """Where a read stands in time: `reference`, in the zone of who asks, is what "yesterday" is seen from.

    as_of: what was known then. valid_at: what was true then. None: now.
    """

    reference: datetime
    as_of: datetime | None = None
    valid_at: datetime | None = None


def verbatim(delivery: Delivery, now: datetime) -> Flow[Receipt]:
    """Keep every message as it is: one memory each, in one commit, with one embedding call."""
    keys = tuple(
        log_key(turn, delivery.idempotency_key) or digest("nonce", delivery.owner, str(n))
        for n, turn in enumerate(delivery.turns)
    )
    change_set = digest("verbatim", delivery.scope.partition, delivery.owner)
    changes = tuple(
        Change(
            operation="ADD",
            reason="kept as it was said",
            decider="verbatim",
            memory=str(uuid.uuid5(_NAMES, f"{change_set}/{n}")),
            draft=_message(delivery, n, now),
        )
        for n in range(len(keys))
    )
    vectors = yield Embed(tuple(turn.text for turn in delivery.turns))
    committed: Committed = yield Commit(
        change_set=ChangeSet(
            id=change_set,
            scope=delivery.scope,
            operation="verbatim",
            keys=keys,
            changes=changes,
            threaded=any(turn.thread for turn in delivery.turns),
        ),
        vectors=vectors,
    )
    known = sum(outcome.status == "unchanged" for outcome in committed.outcomes)
    return Receipt(change_set=change_set, outcomes=committed.outcomes, messages=len(keys), known=known)


def _message(delivery: Delivery, number: int, now: datetime) -> Draft:
    turn = delivery.turns[number]
    row, _ = placed(Fact(text=turn.text), delivery, now)
    return Draft(
        text=turn.text,
        kind="message",
        scope=row,
        actor=turn.actor,
        role=turn.role,
        metadata=delivery.metadata,
        trust=_TRUST.get(turn.role, "user"),
        sources=(Source(key="", quote="", thread=turn.thread, position=turn.position, message_id=turn.message_id),),
        provenance=delivery.scope,
        observed_at=turn.at or now,
        valid_from=min(turn.at or now, now),
    )


def search(
    scope: Scope,
    choice: Choice,
    mode: Mode,
    threshold: float | None,
    filters: language.Tree,
    weights: Weights | None,
    at: Standpoint,
    explain: bool = False,
    decomposer: Decomposer | None = None,
) -> Flow[Found]:
    """The memories that answer a query, best first: of all its probes, where it has several, as one list of hits."""
    check_text(choice.text, "the query")
    if mode not in ("hybrid", "vector", "keyword"):
        raise UsageError(f"mode={mode!r}: expected 'hybrid', 'vector' or 'keyword'")
    check_limit(choice.limit)
    if threshold is not None:
        check_threshold(threshold)
    if weights is not None and not isinstance(weights, Weights):
        raise UsageError(f"weights={weights!r}: expected recollect.ranking.Weights")
    weights = PLAIN if mode != "hybrid" else Weights() if weights is None else weights
    probes, whole = yield from _probes(choice.text, weights, decomposer)
    asked = yield from _understood(scope, probes, weights, at)
    vectors = (None,) * len(asked) if mode == "keyword" else (yield Embed(tuple(text for text, _ in asked)))
    request = Search(
        scope=scope,
        queries=tuple(Query(text, vector, wanted) for (text, wanted), vector in zip(asked, vectors, strict=True)),
        limit=choice.candidates,
        mode=mode,
        threshold=KEPT if threshold is None else threshold,
        certainty=DEFAULT_THRESHOLD if threshold is None else 0.0,
        filter=filters,
        without=None if language.names(filters, "kind") else "procedure",
        weights=weights,
        reference=at.reference,
        as_of=at.as_of,
        valid_at=at.valid_at,
        explain=explain,
        vectors=choice.diversity > 0,
    )
    found: Found = yield request
    first = merged(probes, found.hits, request.limit)
    hits = yield from chosen(choice, first, found.vector_of)
    explained = found.explained
    if explained is not None:
        wider = everything(choice, request)
        there: Found = yield wider
        rest = missed(choice, request, hits, first, merged(probes, there.hits, wider.limit))
        explained = replace(explained, missed=rest, probes=probes, whole=whole)
    return Found((hits,), found.seq, explained)


def _probes(query: str, weights: Weights, decomposer: Decomposer | None) -> Flow[tuple[tuple[str, ...], str | None]]:
    """What to search for, and why that is no more where a decomposer was asked: it may fail, the search does not."""
    plain = (query,) if weights == PLAIN else askings(query)
    if decomposer is None:
        return plain, None
    try:
        found = yield from decomposer.probes(query)
    except ModelError as error:
        return plain, f"{type(error).__name__}: {error}"
    return (tuple(dict.fromkeys((query, *found[:PROBES]))), None) if found else (plain, None)


def _understood(
    scope: Scope, probes: Sequence[str], weights: Weights, at: Standpoint
) -> Flow[Sequence[tuple[str, Wanted]]]:
    """What is left of each probe of a query, and what it asks; what no weight looks at stays in it.

    A probe that names nobody asks of whom an earlier one does: "What does Anna like and where does she live?"
    """
    if weights == PLAIN:
        return [(probe, NOTHING) for probe in probes]
    candidates = tuple(dict.fromkeys(name for probe in probes for name in names(probe))) if weights.speaker else ()
    speakers: tuple[str, ...] = ()
    if candidates:
        speakers = yield Named(scope=scope, names=candidates, as_of=at.as_of, valid_at=at.valid_at)
    asked, speaker = [], None
    for text, wanted in (understood(probe, speakers, at.reference, weights.date > 0) for probe in probes):
        speaker = wanted.speaker or speaker
        asked.append((text, replace(wanted, speaker=speaker)))
    return asked


def check_limit(limit: int) -> None:
    """Raises UsageError for what is no number of hits."""
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= LIMIT:
        raise UsageError(f"limit={limit!r}: expected a whole number from 1 to {LIMIT:,}")


def check_threshold(threshold: float) -> None:
    """Raises UsageError for what is no score."""
    if not (isinstance(threshold, int | float) and 0 <= threshold <= 1):
        raise UsageError(f"threshold={threshold!r}: expected a number from 0 to 1")


def narrowed(filters: Mapping[str, Any] | None, actor_id: str | None) -> language.Tree:
    """The filter of a read: `actor_id` takes precedence over the one in `filters`."""
    if actor_id is None:
        return language.parse(filters)
    language.parse(filters)  # also what is not used has to be a filter
    return language.parse({**(filters or {}), "actor_id": actor_id})


def get(scope: Scope, memory: str, at: Standpoint) -> Flow[Record | None]:
    """The version of a memory that is seen from there, None where the scope sees no such memory."""
    check_ids(memory)
    found = yield Read(scope=scope, ids=(memory,), as_of=at.as_of, valid_at=at.valid_at)
    record: Record | None = found[0]
    return record


def check_ids(*memories: str) -> None:
    """Raises UsageError for what cannot be the id of a memory."""
    for memory in memories:
        if not isinstance(memory, str):
            raise UsageError(f"memory={memory!r}: expected the id of a memory, as text")
        valid(memory, "the id of a memory")


def history(scope: Scope, memory: str) -> Flow[History]:
    """All versions and events of a memory, empty where the scope sees no such memory."""
    check_ids(memory)
    found: History = yield Log(scope=scope, memory=memory)
    return found


def page(scope: Scope, filters: language.Tree, limit: int, cursor: str | None, at: Standpoint) -> Flow[Page]:
    """One page of what the scope sees, newest first."""
    check_limit(limit)
    if cursor is not None and not isinstance(cursor, str):
        raise UsageError(f"cursor={cursor!r}: expected the cursor of an earlier page")
    found: Page = yield Select(
        scope=scope, filter=filters, limit=limit, cursor=cursor, as_of=at.as_of, valid_at=at.valid_at
    )
    return found


def update(
    scope: Scope, memory: str, text: str | None, metadata: Mapping[str, Any] | None, expected: int | None, nonce: str
) -> Flow[Receipt]:
    """A new version of a memory. With `expected`, only if that is its version; else over whatever is there."""
    if text is None and metadata is None:
        raise UsageError("nothing to update: give text= or metadata=")
    if text is not None:
        check_text(text, "text")
    encode_metadata({} if metadata is None else metadata)  # refuses what cannot be stored

    def change(record: Record) -> Change:
        draft = Draft(**{name: getattr(record, name) for name in Draft.__dataclass_fields__})
        draft = replace(draft, metadata={**record.metadata, **(metadata or {})}, valid_from=None, valid_to=None)
        if text is not None:
            draft = replace(draft, text=text, sources=(), event_at=None)
        return Change(operation="UPDATE", reason="asked by the caller", decider=CALLER, memory=memory, draft=draft)

    return (yield from changed(scope, "update", memory, change, expected, nonce))


def delete(scope: Scope, memory: str, expected: int | None, nonce: str) -> Flow[Receipt]:
    """Forget a memory; its history stays."""

    def change(record: Record) -> Change:
        return Change(operation="DELETE", reason="asked by the caller", decider=CALLER, memory=record.id)

    return (yield from changed(scope, "delete", memory, change, expected, nonce))


def undo(scope: Scope, target: str, nonce: str) -> Flow[Receipt]:
    """Undo a change set."""
    change_set = digest("undo", scope.partition, nonce)
    committed: Committed = yield Undo(scope=scope, target=target, change_set=change_set)
    return Receipt(change_set=change_set, outcomes=committed.outcomes)


def check_text(text: str, what: str) -> None:
    """Raises UsageError for anything but a text that says something, of bounded length."""
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{what}: {text!r}: expected some text")
    if len(text) > TEXT_LIMIT:
        raise UsageError(f"{what} has {len(text):,} characters: at most {TEXT_LIMIT:,}")
    valid(text, what)


def changed(
    scope: Scope,
    operation: str,
    memory: str,
    change: Callable[[Record], Change],
    expected: int | None,
    nonce: str,
    attempts: int = _ATTEMPTS,
) -> Flow[Receipt]:
    """Do one change to what a memory is now, again where another writer was faster; once for the same nonce."""
    check_ids(memory)
    if expected is not None and not isinstance(expected, int):
        raise UsageError(f"expected_version={expected!r}: expected the number of a version")
    for _ in range(attempts):
        found = yield Read(scope=scope, ids=(memory,), own=True)
        record: Record | None = found[0]
        if record is None:
            raise NotFoundError(f"no memory {memory!r} that this scope can change")
        if expected is not None and expected != record.version:
            raise ConflictError(f"memory {memory} is at version {record.version}, not {expected}", record)
        step = replace(change(record), expected_version=record.version)
        vectors = yield Embed(() if step.draft is None else (step.draft.text,))
        change_set = ChangeSet(
            id=digest(operation, scope.partition, memory, nonce),
            scope=scope,
            operation=operation,
            changes=(step,),
        )
        committed: Committed = yield Commit(change_set=change_set, vectors=vectors or (None,))
        if not committed.conflicts:
            return Receipt(change_set=change_set.id, outcomes=committed.outcomes)
    raise ConflictError(f"memory {memory} kept moving: {attempts} attempts met another writer each time", record)


def delete_many(scope: Scope, memories: Sequence[str], nonce: str) -> Flow[Receipt]:
    """Forget these memories in one commit; one that the scope cannot change is an outcome, not an error."""
    if isinstance(memories, str):
        raise UsageError("memories is one text: expected several ids; delete() takes one")
    check_ids(*memories)
    ids = tuple(dict.fromkeys(memories))
    found = yield Read(scope=scope, ids=ids, own=True)
    changes = tuple(
        _gone(memory) if record is None else _forgotten(record) for memory, record in zip(ids, found, strict=True)
    )
    change_set = ChangeSet(
        id=digest("delete", scope.partition, nonce), scope=scope, operation="delete", changes=changes
    )
    committed: Committed = yield Commit(change_set=change_set, vectors=(None,) * len(changes), partial=True)
    return Receipt(change_set=change_set.id, outcomes=committed.outcomes)


def _gone(memory: str) -> Change:
    return Change(
        operation="NONE", status="rejected", reason=f"no memory {memory!r} that this scope can change", decider=CALLER
    )


def _forgotten(record: Record) -> Change:
    return Change(
        operation="DELETE",
        reason="asked by the caller",
        decider=CALLER,
        memory=record.id,
        expected_version=record.version,
    )


def delete_all(scope: Scope, nonce: str) -> Flow[Receipt]:
    """Forget everything of exactly this scope, in commits of BATCH memories; the unnamed dimensions are any."""
    outcomes: list[Any] = []
    change_set = None
    while True:
        some: Page = yield Select(scope=scope, exact=True, limit=BATCH)
        if not some.records:
            return Receipt(change_set=change_set, outcomes=tuple(outcomes))
        change_set = digest("delete_all", scope.partition, nonce, str(len(outcomes)))
        by_id = {record.id: replace(_forgotten(record), expected_version=None) for record in some}  # a slice each
        changes = tuple(by_id.values())
        committed: Committed = yield Commit(
            change_set=ChangeSet(id=change_set, scope=scope, operation="delete", changes=changes),
            vectors=(None,) * len(changes),
            partial=True,
        )
        outcomes += committed.outcomes


def reembed() -> Flow[int]:
    """Make every vector anew with the bound model; how many."""
    done = 0
    backlog: Backlog = yield Reembed()
    while backlog.texts:
        vectors = yield Embed(tuple(backlog.texts.values()))
        done += len(backlog.texts)
        backlog = yield Reembed(vectors=dict(zip(backlog.texts, vectors, strict=True)))
    return done
