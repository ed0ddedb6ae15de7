"""The nouns: frozen values that pass between messages, graph, store and caller.

Every datetime is aware and in UTC. `None` for a time means: not known, or (valid_to, expires_at) never.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Literal

from recollect.errors import ScopeError

Kind = Literal["fact", "message", "procedure"]
Level = Literal["user", "agent", "run"]
Operation = Literal["ADD", "UPDATE", "DELETE", "NONE"]
Status = Literal["applied", "unchanged", "rejected", "conflicted", "failed", "pending", "queued"]
Sensitivity = Literal["public", "personal", "sensitive", "secret"]
Trust = Literal["document", "tool", "agent", "user", "system"]
Mode = Literal["hybrid", "vector", "keyword"]
Revision = Literal["supersede", "correct"]

SENSITIVITIES: tuple[Sensitivity, ...] = ("public", "personal", "sensitive", "secret")
TRUSTS: tuple[Trust, ...] = ("document", "tool", "agent", "user", "system")
NAME_LIMIT = 1024


class Wildcard(Enum):
    """`ANY` in a scope reads every value of that dimension. For administration."""

    ANY = "any"


ANY = Wildcard.ANY


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose memory: a user, an agent, a run; at least one of them. A name is any non-empty text up to 1,024 characters."""

    user: str | Wildcard | None = None
    agent: str | Wildcard | None = None
    run: str | Wildcard | None = None

    def __post_init__(self) -> None:
        named = [(dimension, getattr(self, dimension)) for dimension in ("user", "agent", "run")]
        if all(value is None for _, value in named):
            raise ScopeError("no scope: name at least one of user=, agent=, run=")
        for dimension, value in named:
            if value is not None and value is not ANY:
                _check_name(dimension, value)

    @property
    def partition(self) -> str:
        """The partition this scope writes to: one a user, or the shared one. Encoded, so that no name equals a marker."""
        if self.user is ANY:
            raise ScopeError("user=ANY names no single user: it can be read, not written")
        return encode(self.user)

    def views(self, *, own: bool = False, exact: bool = False) -> tuple[View, ...]:
        """Where rows of this scope can lie, one view a partition.

        Naming x means x or none in that dimension (with `exact`: x). An unnamed user is the shared partition only; an
        unnamed agent or run is any inside the user's partition, and none in the shared one (with `exact`: any). A row
        must equal at least one name. `own` leaves out what the scope can read but not write.
        """
        inside = View(
            partition=None if self.user is ANY else encode(self.user),
            agents=_accepted(self.agent, exact),
            runs=_accepted(self.run, exact),
        )
        if self.user is None:
            inside = inside if exact else self._shared()
        if own or exact or self.user in (None, ANY) or (self.agent is None and self.run is None):
            return (inside,)
        return (inside, self._shared())

    def _shared(self) -> View:
        none = frozenset({"-"})
        return View(
            partition="-",
            agents=none if self.agent is None else _accepted(self.agent, False),
            runs=none if self.run is None else _accepted(self.run, False),
            either=(self.agent, self.run),
        )


@dataclass(frozen=True, slots=True)
class View:
    """Rows of one partition (None: of all) whose encoded agent and run are accepted (None: any).

    `either`: of these names of an agent and a run, a row must have at least one.
    """

    partition: str | None
    agents: frozenset[str] | None
    runs: frozenset[str] | None
    either: tuple[str | Wildcard | None, str | Wildcard | None] | None = None

    def accepts(self, agent: str, run: str) -> bool:
        """Whether a row with this encoded agent and run is in view."""
        if self.agents is not None and agent not in self.agents:
            return False
        if self.runs is not None and run not in self.runs:
            return False
        return self.either is None or any(
            (stored != "-") if name is ANY else (name is not None and stored == encode(name))
            for name, stored in zip(self.either, (agent, run), strict=True)
        )


def _accepted(name: str | Wildcard | None, exact: bool) -> frozenset[str] | None:
    if name is None or name is ANY:
        return None
    return frozenset({encode(name)} if exact else {encode(name), "-"})


def _check_name(dimension: str, value: object) -> None:
    if not isinstance(value, str):
        raise ScopeError(
            f"{dimension}={value!r}: expected text, got {type(value).__name__}; pass {dimension}={str(value)!r}"
        )
    if not value:
        raise ScopeError(f"{dimension}='' is empty: leave it out or give a name")
    if len(value) > NAME_LIMIT:
        raise ScopeError(f"{dimension} has {len(value)} characters: at most {NAME_LIMIT}")
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise ScopeError(f"{dimension}={value!r} is not valid Unicode text") from exc
    if "\0" in value:
        raise ScopeError(f"{dimension}={value!r} contains a NUL character")


def encode(name: str | Wildcard | None) -> str:
    """A name as stored: '-' for none, '=' and the name otherwise, so that a user called '-' is not nobody."""
    return "-" if name is None else f"={name}"


def decode(stored: str) -> str | None:
    """The name that `encode` stored."""
    return None if stored == "-" else stored[1:]


def digest(*parts: str) -> str:
    """32 hex characters that name these parts in this order."""
    return hashlib.sha256(
        "\0".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")
    ).hexdigest()[:32]


def text_hash(text: str) -> str:
    """Equal for texts that differ in case, width, white space or closing punctuation only."""
    return digest(" ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".!?。 "))


def _as_tuples(noun: object, *names: str) -> None:
    """A checkpoint brings tuples back as lists."""
    for name in names:
        value = getattr(noun, name)
        if not isinstance(value, tuple):
            object.__setattr__(noun, name, tuple(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a tool by an agent; `id` is what the tool's answer refers to."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message, as the graph sees it. `answers` is the id of the call that this is a tool's answer to."""

    text: str
    role: str = "user"
    name: str | None = None
    message_id: str | None = None
    at: datetime | None = None
    thread: str | None = None
    position: int = 0
    key: str | None = None
    calls: tuple[Call, ...] = ()
    answers: str | None = None
    failed: bool = False

    def __post_init__(self) -> None:
        _as_tuples(self, "calls")

    @property
    def actor(self) -> str:
        """Who said it: the name where there is one, else the role."""
        return self.name or self.role


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a memory comes from: the message (its log key, thread and position) and the words in it."""

    key: str
    quote: str
    thread: str | None = None
    position: int | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a reasoner found in the messages. `intent="forget"` asks that what it says be remembered no more.

    `cues` are further texts to search candidates with; `level` None means: by default rule; `temporary` facts expire.
    """

    text: str
    sources: tuple[Source, ...] = ()
    intent: Literal["remember", "forget"] = "remember"
    actor: str | None = None
    role: str | None = None
    observed_at: datetime | None = None
    event_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    level: Level | None = None
    temporary: bool = False
    category: str | None = None
    sensitivity: Sensitivity = "personal"
    trust: Trust = "user"
    confidence: float = 1.0
    cues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _as_tuples(self, "sources", "cues")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a procedure. What varies in its arguments is a "{parameter}", within a text or instead of a value.

    `expected` is what the tool answers when all is well, `observation` an answer verbatim where its words matter.
    `alternatives` did the same in other runs; an `optional` step was left out in some; consecutive `repeated` ones are done
    for each of several values. `gives` names the parameters that its answer tells.
    """

    intent: str
    tool: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    expected: str | None = None
    observation: str | None = None
    optional: bool = False
    repeated: bool = False
    gives: tuple[str, ...] = ()
    alternatives: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        _as_tuples(self, "gives", "alternatives")


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """How a task is done, learned from runs of it.

    `goal` says so with "{parameter}" for what varies; `parameters` leads from each to the values seen, the latest last.
    `outcome` is that of the latest run, None if it is not known; `successes` and `failures` count runs.
    """

    goal: str
    steps: tuple[Step, ...]
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    preconditions: tuple[str, ...] = ()
    outcome: Literal["success", "failure"] | None = None
    pitfalls: tuple[str, ...] = ()
    successes: int = 0
    failures: int = 0

    def __post_init__(self) -> None:
        _as_tuples(self, "steps", "preconditions", "pitfalls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a task as a reasoner sees it: its messages, and the procedure that it alone would make.

    `reason` says why the messages were taken for a run, and what went wrong with summarizing it.
    """

    procedure: Procedure
    turns: tuple[Turn, ...]
    decider: str
    reason: str = ""
    trust: Trust = "agent"

    def __post_init__(self) -> None:
        _as_tuples(self, "turns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a write proposes to store: the content of one version of a memory."""

    text: str
    kind: Kind
    scope: Scope
    actor: str | None = None
    role: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    category: str | None = None
    sensitivity: Sensitivity = "personal"
    trust: Trust = "user"
    confidence: float = 1.0
    sources: tuple[Source, ...] = ()
    derived_from: tuple[str, ...] = ()
    provenance: Scope | None = None
    observed_at: datetime | None = None
    event_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    expires_at: datetime | None = None
    procedure: Procedure | None = None

    def __post_init__(self) -> None:
        _as_tuples(self, "sources", "derived_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Draft):
    """One version of a memory, as stored. `scope` is the row's own: its user and its level's one dimension."""

    id: str
    hash: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a reasoner wants done with one fact. `target` is a candidate's id; `text` replaces the fact's own when given."""

    operation: Operation
    reason: str
    decider: str
    target: str | None = None
    text: str | None = None
    revision: Revision = "supersede"
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One decided step of a change set.

    ADD: `memory` is the new id. UPDATE and DELETE: `memory` is the target and `expected_version` the version that was
    seen (None: unconditional). NONE: `memory` is what already says it, if anything; `status` says how it ends. `fact` or
    `run` is what it was decided about.
    """

    operation: Operation
    reason: str
    decider: str
    memory: str | None = None
    draft: Draft | None = None
    expected_version: int | None = None
    revision: Revision = "supersede"
    status: Status = "applied"
    fact: Fact | None = None
    run: Run | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What one operation does, whole or not at all. `read_seq` is the partition's sequence number that it was decided on.

    threaded: positions of new sources are places in the delivery; in their threads they come after what these have.
    """

    id: str
    scope: Scope
    operation: str
    changes: tuple[Change, ...] = ()
    keys: tuple[str, ...] = ()
    threaded: bool = False
    read_seq: int | None = None
    principal: str | None = None
    model: str | None = None
    prompt: str | None = None

    def __post_init__(self) -> None:
        _as_tuples(self, "changes", "keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one fact ended. `previous` is the text that an UPDATE or DELETE replaced."""

    status: Status
    operation: Operation
    reason: str
    decider: str
    memory: str | None = None
    version: int | None = None
    text: str | None = None
    previous: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a write did: one outcome a fact; `known` counts the messages that were remembered before."""

    change_set: str | None
    outcomes: tuple[Outcome, ...] = ()
    messages: int = 0
    known: int = 0
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the memories that this write added or changed."""
        return tuple(o.memory for o in self.outcomes if o.memory is not None and o.status == "applied")


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory found by a search; `score` is in [0, 1] and `why` holds the parts that add up to it, with their reasons."""

    record: Record
    score: float
    why: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a listing, newest first. Iterate it; pass `cursor` back for the next one (None: this was the last)."""

    records: tuple[Record, ...]
    cursor: str | None

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit: what happened to which memory, by whom and why. Refers to versions, holds no text."""

    seq: int
    at: datetime
    operation: Operation
    status: Status
    memory: str | None
    version: int | None
    change_set: str
    reason: str
    decider: str
    actor: str | None = None
    role: str | None = None
    principal: str | None = None
    model: str | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One version over one interval, known from `from_seq` up to `to_seq` (None: still)."""

    record: Record
    valid_from: datetime | None
    valid_to: datetime | None
    from_seq: int
    to_seq: int | None


@dataclass(frozen=True, slots=True)
class History:
    """All that ever was of a memory: its slices and its events, in the order in which they were recorded."""

    slices: tuple[Slice, ...]
    events: tuple[Event, ...]

    @property
    def versions(self) -> tuple[Record, ...]:
        """Each version once, the oldest first, with the validity that was recorded for it last."""
        found = {part.record.version: part.record for part in self.slices}
        return tuple(found[version] for version in sorted(found))
