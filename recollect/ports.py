"""What the core needs from outside: a Store (one Journal joined to one Index), a Reasoner, Embeddings and a Clock.

A store has two verbs, `do` and its twin `ado`, over the operations below; each operation says what it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from recollect.errors import ModelError, ModelUnavailableError
from recollect.filters import Everything, Tree
from recollect.ranking import NOTHING, PLAIN, Wanted, Weights
from recollect.reranking import Rerank
from recollect.types import ChangeSet, Decision, Fact, Hit, Kind, Mode, Outcome, Record, Run, Scope, Turn, View

if TYPE_CHECKING:  # half a second of imports that reading needs nothing of
    from langchain_core.runnables import Runnable, RunnableConfig

Clock = Callable[[], datetime]
"""Answers the present instant, aware, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Claim messages before work on them starts. Answers a `Claim`.

    `keys` name the messages, None where only a nonce can; `message_ids` let an edited message find its earlier form.
    `owner` names this one delivery: beginning again with it renews its claim, or leads back to its plan, and a key of
    None becomes one made from it, so that only a retry repeats.
    """

    scope: Scope
    operation: str
    keys: tuple[str | None, ...]
    message_ids: tuple[str | None, ...] = ()
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What `Begin` found. `keys[i]` is the key of message i and `mine[i]` whether this call works on it.

    `wait`: seconds after which to ask again, because another call holds an earlier claim. `planned`: a change set of a
    dead call whose plan is to be carried out first; `more`: begin again afterwards. `edits` leads from the key of an
    edited message to the key of its earlier form.
    """

    change_set: str
    now: datetime
    keys: tuple[str, ...]
    mine: tuple[bool, ...]
    edits: Mapping[str, str] = field(default_factory=dict)
    wait: float | None = None
    planned: ChangeSet | None = None
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Journal what is about to be applied. Answers None."""

    change_set: ChangeSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Give back what a delivery holds, because its work failed: the next one need not wait. Answers None."""

    scope: Scope
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Apply a change set, whole or not at all. Answers a `Committed`; a change set applied before answers its first outcomes.

    `vectors[i]` belongs to change i (float16, little endian; None: no vector). With `partial`, conflicted changes
    become outcomes and the others are applied.
    """

    change_set: ChangeSet
    vectors: tuple[bytes | None, ...]
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What `Commit` did: outcomes, one a change; or nothing, because the changes named in `conflicts` rest on old sight."""

    outcomes: tuple[Outcome, ...] = ()
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Bring every memory that change set `target` touched back to what it was before. Answers a `Committed`.

    Raises ConflictError if one of them has moved since, NotFoundError if there is no such change set.
    """

    scope: Scope
    target: str
    change_set: str


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search with and its vector (float16, little endian; None: keywords only), and what else was asked."""

    text: str
    vector: bytes | None = None
    wanted: Wanted = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Ranked recall. Answers a `Found`.

    `own` searches only the partition that the scope writes to, `kind` only memories of that kind, `without` none of that
    kind. `threshold` and scores are in [0, 1]. `certainty`: nothing is found unless one of the first three hits is as
    certain as this and can hold what is asked for. `weights`: what context and priors do to the plain score, in the mode
    "hybrid". `reference`: the moment from which age is measured; without, nothing is new. `explain` asks for how it was
    answered as well, `vectors` for those of the hits. Of user=ANY an index may refuse too many partitions.
    """

    scope: Scope
    queries: tuple[Query, ...]
    limit: int
    mode: Mode = "hybrid"
    threshold: float = 0.0
    certainty: float = 0.0
    weights: Weights = PLAIN
    filter: Tree = Everything()
    kind: Kind | None = None
    without: Kind | None = None
    own: bool = False
    as_of: datetime | None = None
    valid_at: datetime | None = None
    reference: datetime | None = None
    explain: bool = False
    vectors: bool = False

    def takes(self, kind: str) -> bool:
        """Whether memories of this kind are searched."""
        return self.kind in (None, kind) and kind != self.without


class Asked(NamedTuple):
    """Of a partition (its encoded name): how many memories were proposed, and how many of them the journal let pass."""

    partition: str
    proposed: int
    kept: int


class Missed(NamedTuple):
    """A memory that a search did not find, as the hit that it would have been, and why it did not."""

    hit: Hit
    reason: str


@dataclass(frozen=True, slots=True)
class Explained:
    """How a search was answered.

    `pushed`: what of the filter the index was asked for, or where the journal answered alone, its database. `rechecked`:
    the filter that the journal held all against that came. `alone`: why the journal answered alone, None if it did not.
    `missed`: the best of what might have been found and was not, with the reason, as far as a search says why.
    `probes`: what was searched for, one after the other. `whole`: why the reasoner, though asked, took nothing apart.
    """

    pushed: str
    rechecked: str
    asked: tuple[Asked, ...] = ()
    alone: str | None = None
    missed: tuple[Missed, ...] = ()
    probes: tuple[str, ...] = ()
    whole: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Which of these names are those of actors whose memories the scope sees. Answers a tuple, in their order."""

    scope: Scope
    names: tuple[str, ...]
    as_of: datetime | None = None
    valid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, per query; `seq` is the own partition's sequence number at that moment, 0 where there is none.

    `vectors`, where they were asked for: one a hit, per query.
    """

    hits: tuple[tuple[Hit, ...], ...]
    seq: int
    explained: Explained | None = None
    vectors: tuple[tuple[bytes | None, ...], ...] = ()

    @property
    def vector_of(self) -> dict[str, bytes | None]:
        """The vectors of the hits, by memory, where they were asked for."""
        return {
            hit.record.id: vector
            for hits, vectors in zip(self.hits, self.vectors, strict=False)
            for hit, vector in zip(hits, vectors, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Current records by id, in the order of `ids`, None for what the scope cannot see. Answers a tuple."""

    scope: Scope
    ids: tuple[str, ...]
    own: bool = False
    as_of: datetime | None = None
    valid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Records that pass a filter, newest first. Answers a `Page`.

    `own` reads only the partition that the scope writes to; `exact` takes the named values exactly, and what is expired
    or not valid yet as well.
    `sources` keeps only memories that come from these message keys.
    """

    scope: Scope
    filter: Tree = Everything()
    limit: int = 100
    cursor: str | None = None
    own: bool = False
    exact: bool = False
    sources: tuple[str, ...] | None = None
    as_of: datetime | None = None
    valid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The history of one memory. Answers a `History`, empty for what the scope cannot see."""

    scope: Scope
    memory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Events of the scope's own partition after `after`, in commit order. Answers a tuple of `Event`."""

    scope: Scope
    after: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Remove for good all that is in the partition of the scope's user, history included. Answers an `Erased`.

    That something happened stays, and the keys of its messages, as digests: delivered again, they stay erased.
    """

    scope: Scope
    change_set: str


@dataclass(frozen=True, slots=True)
class Erased:
    """How many memories were removed, current or not, and how many versions of them."""

    memories: int
    versions: int


@dataclass(frozen=True, slots=True)
class Reset:
    """Remove everything of everybody, for good. Answers None."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Count what there is. Answers a dict of numbers and names."""


@dataclass(frozen=True, slots=True)
class Bind:
    """Say which embedding model makes the vectors. Answers None; raises EmbeddingMismatchError if another one did so far.

    With `reembed` a mismatch is accepted, for `Reembed` to resolve.
    """

    model: str
    dims: int
    reembed: bool = False


@dataclass(frozen=True, slots=True)
class Reembed:
    """Store the vectors of slices (by slice id) under the bound model. Answers a `Backlog`.

    When nothing is left without a vector of the bound model, the store belongs to it and the others' vectors go.
    """

    vectors: Mapping[int, bytes | None] = field(default_factory=dict)
    limit: int = 512


@dataclass(frozen=True, slots=True)
class Backlog:
    """The next texts to embed, by slice id, and how many are left in all."""

    texts: Mapping[int, str]
    left: int


@dataclass(frozen=True, slots=True)
class Vectors:
    """What happened to the slices of a partition (its encoded name) after `after`, for an index to follow.

    Answers a `Delta` of about `limit` opened slices; `tokens` asks for their filter tokens as well.
    """

    partition: str
    after: int
    limit: int = 2000
    tokens: bool = False


Terms = tuple[dict[str, int], int]
"""What a memory is found by, with frequencies, and its length."""
Spot = tuple[str, str, int]
"""Where a memory was said: its partition (the encoded name), thread and position of its first source."""


class Heard(NamedTuple):
    """What a slice tells of those beside it. `spot`: None where it has no place in a conversation; `asks`: is a question.

    `recollect.stores.scoring.heard` makes it.
    """

    spot: Spot | None
    terms: Terms
    asks: bool
    vector: bytes | None


class Entry(NamedTuple):
    """One slice as an index sees it. Times in microseconds since 1970, 2**62 for never; agent and run encoded; thread and
    position of its first source. said_at: observed_at, else created_at; importance: see `recollect.ranking.importance`.

    `recollect.stores.scoring.found_by` makes of text, actor, category, observed_at and event_at what a search finds it by.
    """

    slice: int
    agent: str
    run: str
    kind: str
    valid_from: int
    valid_to: int
    expires_at: int
    text: str
    actor: str | None
    category: str | None
    observed_at: int | None
    event_at: int | None
    thread: str | None
    position: int | None
    said_at: int
    importance: float
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Delta:
    """Slices opened, ids of slices closed, and the sequence number up to which this holds; `more`: ask on from there.

    What can never be of the present again (its validity has ended) is left out of `opened`. `epoch` changes when the
    journal was reset, or its vectors or an index were made anew: what was built before is void. `now` is the moment that
    counts as the present, in microseconds since 1970. `tokens`, where they were asked for: of every opened slice, by
    slice id, all tokens of its record (`recollect.filters.tokens`, `reserved_tokens` and `time_tokens`). `cleared`: what was
    opened up to `after` was erased, and is not among the closed.
    """

    opened: tuple[Entry, ...]
    closed: tuple[int, ...]
    seq: int
    epoch: int
    now: int
    more: bool = False
    cleared: bool = False
    tokens: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """Which journal this is, for an index to tell whether it followed this one. Answers a `Traced`."""

    partition: str
    seq: int


@dataclass(frozen=True, slots=True)
class Traced:
    """The journal's id, which a copy shares, its epoch, and when it recorded the partition's `seq` (None: it has not).

    The moment, in microseconds since 1970, tells a journal from a copy restored from a backup.
    """

    journal: str
    epoch: int
    at: int | None


@dataclass(frozen=True, slots=True)
class Partitions:
    """The encoded names of all partitions that were ever written to, or erased. Answers a tuple, sorted."""

    erased: bool = False


@dataclass(frozen=True, slots=True)
class Renew:
    """Begin the epoch after `epoch`, because an index was built for it. Answers None; ConflictError if that is over."""

    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Slices by id, as far as the scope sees them, they are open and valid, and they pass the filter.

    Answers a dict from slice id to (Record, vector). `slices=None`: all there are.
    """

    scope: Scope
    slices: tuple[int, ...] | None = None
    filter: Tree = Everything()
    own: bool = False
    as_of: datetime | None = None
    valid_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Slices whose first source is at one of these threads and positions, as far as the scope sees them, they are open and
    valid. Answers a dict from slice id to `Heard`.
    """

    scope: Scope
    spots: frozenset[tuple[str, int]]
    own: bool = False
    as_of: datetime | None = None
    valid_at: datetime | None = None


StoreRequest = (
    Begin
    | Plan
    | Release
    | Commit
    | Undo
    | Search
    | Named
    | Read
    | Select
    | Log
    | Feed
    | Erase
    | Reset
    | Stats
    | Bind
    | Reembed
)
JournalRequest = StoreRequest | Vectors | Fetch | Beside | Trace | Partitions | Renew


class Journal(Protocol):
    """The authority: answers every store operation but `Search`, and what the index beside it asks."""

    def do(self, request: JournalRequest) -> Any: ...

    async def ado(self, request: JournalRequest) -> Any: ...

    def close(self) -> None: ...


class Consult(Protocol):
    """Something to be asked of a server, on either face."""

    def ask(self) -> Any: ...

    async def aask(self) -> Any: ...


Proposing = Generator[Consult, Any, "tuple[Proposal, ...]"]
"""Yields what is to be asked of a server and is sent the answers; returns proposals, one a view."""


class Index(Protocol):
    """A guess: proposes slices that may answer a query; the journal has the last word.

    `depths`: how many times a search's limit to propose, one try after the other, before the journal answers alone.
    `written`: a partition (None: all) was written to. `breadth`: how many partitions a search of all users may ask here;
    0, and the journal answers it alone.
    """

    @property
    def breadth(self) -> int: ...

    def depths(self, request: Search) -> tuple[int, ...]: ...

    def propose(self, request: Search, views: Sequence[View], limit: int, journal: Journal) -> Proposing: ...

    def written(self, partition: str | None, journal: Journal) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """Slice ids, best first, for each query; `seq` is the partition's sequence number up to which this holds.

    `cut`, one a query: whether there may be more that could be hits. `need`: how many must be left of what is proposed for
    the best to be among them all the same. `pushed`: what of the filter they pass, for people. `alone`: context was left
    out, so that what stands beside them may be a hit as well. `beside`: what is in view at and beside their places, by
    slice id; None: the index cannot tell.
    """

    slices: tuple[tuple[int, ...], ...]
    seq: int
    cut: tuple[bool, ...]
    need: int
    pushed: str
    alone: bool = False
    beside: Mapping[int, Heard] | None = None


class StoreLike(Protocol):
    """The memory of record: answers every operation above, from any thread, and says `close()` when done."""

    def do(self, request: StoreRequest) -> Any: ...

    async def ado(self, request: StoreRequest) -> Any: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Embed:
    """Texts to vectors. Answers a tuple of float16 bytes, None for a text that the model knows nothing of."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Chat prompts for `model` (a Runnable from messages to an AIMessage), sent all at once.

    Answers a tuple with one AIMessage or one ModelError a prompt.
    """

    model: Runnable[Any, Any]
    prompts: tuple[Sequence[Any], ...]

    def ask(self) -> tuple[Any, ...]:
        """Send the prompts. `batch` keeps callbacks and tracing, which a pool of threads of our own would lose."""
        replies = self.model.batch(list(self.prompts), QUIET, return_exceptions=True)
        return tuple(map(_reply, replies))

    async def aask(self) -> tuple[Any, ...]:
        """Same as `ask`, asynchronously."""
        replies = await self.model.abatch(list(self.prompts), QUIET, return_exceptions=True)
        return tuple(map(_reply, replies))


QUIET: RunnableConfig = {"tags": ["nostream"], "metadata": {"lc_source": "recollect"}}
"""Keeps the tokens of inner calls out of a host's stream."""


def _reply(reply: Any) -> Any:
    if not isinstance(reply, Exception) or isinstance(reply, ModelError):
        return reply
    error = ModelUnavailableError(f"the model did not answer: {type(reply).__name__}: {reply}")
    error.__cause__ = reply
    return error


class Embedder(Protocol):
    """Texts to vectors, float16 bytes, None for a text that the model knows nothing of; named and sized."""

    @property
    def name(self) -> str: ...

    @property
    def dims(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> tuple[bytes | None, ...]: ...

    async def aembed(self, texts: Sequence[str]) -> tuple[bytes | None, ...]: ...


Request = StoreRequest | Embed | Ask | Rerank
T = TypeVar("T")
Flow = Generator[Request, Any, T]
"""A generator that yields requests, is sent their answers, and returns what it learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fact to decide, with what it may repeat, replace or end: records of the store, and drafts of earlier cases."""

    number: int
    fact: Fact
    candidates: tuple[Record, ...]


class Reasoner(Protocol):
    """Finds facts in messages and decides what each does to what is remembered; finds runs of tasks. All are flows.

    `prompt`: a procedural prompt for this time; UsageError where there is no model to read it.
    """

    @property
    def name(self) -> str: ...

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]: ...

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]: ...

    def summarize(self, turns: Sequence[Turn], now: datetime, prompt: str | None = None) -> Flow[tuple[Run, ...]]: ...


class Decomposer(Protocol):
    """What a reasoner may do in addition: tell what to search for where one question needs several memories; a flow."""

    def probes(self, question: str) -> Flow[tuple[str, ...]]: ...
