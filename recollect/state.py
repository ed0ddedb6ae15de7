"""The state of the inference graph: its fields in the order in which they fill, and who writes each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.messages import AnyMessage

from recollect.errors import ScopeError
from recollect.types import ANY, Change, ChangeSet, Fact, Hit, Level, Outcome, Receipt, Record, Run, Scope, Turn

Learning = Literal["detected", "only", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is handed in: whose it is, the messages as turns, and how the caller wants them kept.

    learning: a procedure is learned where the messages are a run of a task, "only" and nothing else, or "never".
    prompt: the procedural prompt for this delivery; None for the reasoner's own.
    Raises ScopeError for ANY: it names nobody to remember for.
    """

    scope: Scope
    turns: tuple[Turn, ...]
    owner: str
    metadata: dict[str, Any] = field(default_factory=dict)
    level: Level | None = None
    idempotency_key: str | None = None
    learning: Learning = "detected"
    prompt: str | None = None

    def __post_init__(self) -> None:
        if ANY in (self.scope.user, self.scope.agent, self.scope.run):
            raise ScopeError("ANY can be read, not written: name whose memory it is")


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of chat models, and the tokens that they counted."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


def total(held: Usage, spent: Usage | None) -> Usage:
    """The reducer of `usage`: every step adds what it spent, None begins anew."""
    return Usage() if spent is None else held + spent


class RememberInput(TypedDict):
    """What a host graph shares."""

    messages: NotRequired[list[AnyMessage]]


class RememberOutput(TypedDict):
    """What goes back to the host."""

    receipt: Receipt


class MemoryState(RememberInput, RememberOutput, total=False):
    """messages: the host's. The rest by the node named."""

    delivery: Delivery  # route's step: from the run's context, or the messages under the run's identity
    turns: tuple[Turn, ...]  # route: the messages that this run works on
    known: int  # route: how many of the delivered messages were remembered before
    change_set: str  # route: the id under which they are claimed
    now: datetime  # route: the moment of the claim
    edits: dict[str, str]  # route: key of an edited message -> key of its earlier form
    more: bool  # route: begin again after this change set
    task: str | None  # route: why the messages are a run of a task, None if they are not
    facts: tuple[Fact, ...]  # extract
    candidates: tuple[tuple[Hit, ...], ...]  # retrieve: what each fact may repeat, replace or end
    vectors: tuple[bytes | None, ...]  # retrieve: of each fact
    outdated: dict[str, tuple[Record, ...]]  # retrieve: key of an edited message -> what its earlier form said
    read_seq: int | None  # retrieve: the partition's sequence number that was seen
    decided: tuple[Change, ...]  # decide: of the facts, and of what they end beside
    runs: tuple[Run, ...]  # summarize: the runs of tasks
    earlier: tuple[tuple[Hit, ...], ...]  # match: procedures that each run may be one of
    matched_seq: int | None  # match: the partition's sequence number that was seen
    learned: tuple[Change, ...]  # refine: of the procedures, and the messages of their runs
    plan: ChangeSet  # review: both, journaled
    conflicts: tuple[int, ...]  # apply: changes to decide again
    rounds: int  # apply: how often that happened
    outcomes: tuple[Outcome, ...]  # apply
    usage: Annotated[Usage, total]  # every step that asks a model
