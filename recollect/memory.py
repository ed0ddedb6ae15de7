"""Memory: everything that can be done with memories, in one object. Every method `x` has an asynchronous twin `ax`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recollect import operations
from recollect.choosing import Choice
from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.errors import RecollectError, ScopeError, UsageError
from recollect.flow import World, arun, run
from recollect.messages import moment, turns
from recollect.metadata import encode_metadata
from recollect.operations import BATCH, check_text, narrowed
from recollect.ports import (
    Backlog,
    Bind,
    Decomposer,
    Erase,
    Erased,
    Explained,
    Flow,
    Found,
    Index,
    Release,
    Reset,
    Stats,
    StoreLike,
)
from recollect.ranking import Weights
from recollect.reranking import Reranker, is_reranker
from recollect.state import Delivery
from recollect.stores.opening import open_journal, open_store
from recollect.types import History, Hit, Level, Mode, Page, Receipt, Record, Scope

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel
    from langgraph.graph.state import CompiledStateGraph

    from recollect.messages import Message, Messages
    from recollect.ports import Reasoner

T = TypeVar("T")
_UNLIMITED: Any = {"recursion_limit": 10_000}  # not a host's: the graph ends by itself


class Memory:
    """Long-term memory in a file, in memory (":memory:"), on a server, or in a store of yours.

    store: a path, ":memory:", a URL (postgresql://user@host/database), or a store that is ready (you close it then).
    index: what finds memories in large partitions: weaviate://host:port?grpc=port, weaviates:// with TLS,
        wcd://cluster-url, or a `WeaviateIndex`, which is closed with the store; None for an exact scan.
    reasoner: None for rules without a model; a LangChain chat model or an `init_chat_model` string for one with a
        model; or a reasoner of your own.
    embeddings: any LangChain `Embeddings`; None for the bundled table.
    reranker: what orders the hits of every search anew, from the first 4 times `limit`, at least 20: a LangChain document
        compressor, or an object with `rerank(query, texts)` (see recollect.reranking); None for the order of the scores.
    tz: the zone of times that come without one, as a name or a tzinfo; UTC by default.

    Every call names whose memory it works on: `user=`, `agent=`, `run=`, at least one of them, or `scope=`.
    Raises the errors of recollect.errors. Safe from several threads; several processes may share a file.
    """

    def __init__(
        self,
        store: str | Path | StoreLike,
        *,
        index: str | Index | None = None,
        reasoner: Reasoner | BaseChatModel | str | None = None,
        embeddings: Embeddings | None = None,
        reranker: Reranker | BaseDocumentCompressor | None = None,
        tz: str | tzinfo = "UTC",
    ) -> None:
        self._tz = _zone(tz)
        self._given = None if reasoner is None else _reasoner(reasoner)
        if embeddings is not None and not hasattr(embeddings, "embed_documents"):
            raise UsageError(f"embeddings={embeddings!r}: expected a LangChain Embeddings")
        if reranker is not None and not is_reranker(reranker):
            raise UsageError(
                f"reranker={reranker!r}: expected a document compressor, or an object with rerank(query, texts)"
            )
        self._reranker = reranker
        embedder = CachedEmbedder(StaticEmbeddings() if embeddings is None else embeddings)
        if not isinstance(store, str | Path) and not hasattr(store, "ado"):
            raise UsageError(f"store={store!r}: expected a path, ':memory:', a URL or a store")
        self._owned = isinstance(store, str | Path)
        if index is not None and not self._owned:
            raise UsageError("index= beside a store that is ready, which has one")
        opened: StoreLike = open_store(store, index) if isinstance(store, str | Path) else store
        self._world = World(opened, embedder)
        try:
            opened.do(Bind(embedder.name, embedder.dims))
        except BaseException:
            self.close()
            raise

    @property
    def embedding_model(self) -> str:
        """The name of the model that makes the vectors."""
        return self._world.embedder.name

    # Remembering.

    def add(
        self,
        messages: Messages,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        infer: bool = True,
        metadata: Mapping[str, Any] | None = None,
        observed_at: datetime | str | None = None,
        idempotency_key: str | None = None,
        level: Level | None = None,
        thread: str | None = None,
    ) -> Receipt:
        """Remember a conversation: facts are extracted and compared with what is known; one outcome a fact.

        messages: text; dicts of role and content, optionally name, timestamp (ISO-8601, datetime or seconds since
            1970) and id; or LangChain messages, their time in `additional_kwargs["timestamp"]`.
        infer: False keeps each message as it is, one memory each, with no model and no graph.
        observed_at: when the messages without a timestamp were said; now by default.
        idempotency_key: names a delivery whose messages have neither id nor timestamp, so that a repetition changes
            nothing.
        level: keep the facts for the user, the agent or the run; by default for the user when one is named.
        thread: names the conversation of which these messages, in this order, are all.
        """
        delivery = self._delivery(
            messages, scope_of(scope, user, agent, run), metadata, observed_at, idempotency_key, level, thread
        )
        if not infer:
            return self._run(operations.verbatim(delivery, _now()))
        try:
            result: Receipt = self._graph.invoke({"messages": []}, _UNLIMITED, context=delivery)["receipt"]
        except BaseException:
            with suppress(RecollectError):  # what went wrong first is what the caller has to know
                self._world.answer(Release(scope=delivery.scope, owner=delivery.owner))
            raise
        return result

    async def aadd(
        self,
        messages: Messages,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        infer: bool = True,
        metadata: Mapping[str, Any] | None = None,
        observed_at: datetime | str | None = None,
        idempotency_key: str | None = None,
        level: Level | None = None,
        thread: str | None = None,
    ) -> Receipt:
        """Same as `add`, asynchronously."""
        delivery = self._delivery(
            messages, scope_of(scope, user, agent, run), metadata, observed_at, idempotency_key, level, thread
        )
        if not infer:
            return await self._arun(operations.verbatim(delivery, _now()))
        try:
            answer = await self._graph.ainvoke({"messages": []}, _UNLIMITED, context=delivery)
        except BaseException:
            with suppress(RecollectError):
                await asyncio.shield(self._world.aanswer(Release(scope=delivery.scope, owner=delivery.owner)))
            raise
        result: Receipt = answer["receipt"]
        return result

    def add_many(
        self,
        messages: Iterable[Message],
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Receipt:
        """Keep many messages as they are: one commit and one embedding call for every 500 of them."""
        named = scope_of(scope, user, agent, run)
        return _joined([self.add(b, scope=named, infer=False, metadata=metadata) for b in _batches(messages)])

    async def aadd_many(
        self,
        messages: Iterable[Message],
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Receipt:
        """Same as `add_many`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        return _joined([await self.aadd(b, scope=named, infer=False, metadata=metadata) for b in _batches(messages)])

    # Recalling.

    def search(
        self,
        query: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        mode: Mode = "hybrid",
        limit: int = 10,
        threshold: float | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        weights: Weights | None = None,
        diversity: float = 0.0,
        decompose: bool = False,
    ) -> tuple[Hit, ...]:
        """The memories that answer a query, best first; each hit says why.

        threshold: the least score, in [0, 1]. When None, nothing is found unless one of the first three hits is as certain
            as `recollect.ranking.DEFAULT_THRESHOLD` (see `recollect.ranking.certainty`).
        filters: see recollect.filters. actor_id: only what this speaker said; takes precedence over the one in filters.
        weights: what context and priors do to the score of a hybrid search; `recollect.ranking.Weights()` when None.
        diversity: from 0 to 1, how much the likeness of a hit to those before it counts against it, in which are chosen and
            in their order; scores stay. Chosen from the first 4 times `limit`, at least 20 (maximal marginal relevance).
        decompose: have a reasoner with a model say, in one call, what to search for where a question needs several
            memories; without one, and where it fails (see `explain`), only joined questions are searched in parts.
        """
        named = scope_of(scope, user, agent, run)
        flow = self._recall(named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose)
        return self._run(flow).hits[0]

    async def asearch(
        self,
        query: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        mode: Mode = "hybrid",
        limit: int = 10,
        threshold: float | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        weights: Weights | None = None,
        diversity: float = 0.0,
        decompose: bool = False,
    ) -> tuple[Hit, ...]:
        """Same as `search`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        flow = self._recall(named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose)
        return (await self._arun(flow)).hits[0]

    def explain(
        self,
        query: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        mode: Mode = "hybrid",
        limit: int = 10,
        threshold: float | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        weights: Weights | None = None,
        diversity: float = 0.0,
        decompose: bool = False,
    ) -> Explained:
        """How `search` answers this: what the index was asked, what the journal decided, and what was not found, and why."""
        named = scope_of(scope, user, agent, run)
        flow = self._recall(
            named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, True
        )
        return cast(Explained, self._run(flow).explained)

    async def aexplain(
        self,
        query: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        mode: Mode = "hybrid",
        limit: int = 10,
        threshold: float | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        weights: Weights | None = None,
        diversity: float = 0.0,
        decompose: bool = False,
    ) -> Explained:
        """Same as `explain`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        flow = self._recall(
            named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, True
        )
        return cast(Explained, (await self._arun(flow)).explained)

    def get(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Record | None:
        """The current version of a memory; None where the scope sees no such memory."""
        return self._run(operations.get(scope_of(scope, user, agent, run), memory))

    async def aget(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Record | None:
        """Same as `get`, asynchronously."""
        return await self._arun(operations.get(scope_of(scope, user, agent, run), memory))

    def list(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """One page of the current memories, newest first; its `cursor` leads to the next."""
        named = scope_of(scope, user, agent, run)
        return self._run(operations.page(named, narrowed(filters, actor_id), limit, cursor))

    async def alist(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        filters: Mapping[str, Any] | None = None,
        actor_id: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Same as `list`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        return await self._arun(operations.page(named, narrowed(filters, actor_id), limit, cursor))

    def history(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> History:
        """All versions and events of a memory, also of a forgotten one; empty where the scope sees no such memory."""
        return self._run(operations.history(scope_of(scope, user, agent, run), memory))

    async def ahistory(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> History:
        """Same as `history`, asynchronously."""
        return await self._arun(operations.history(scope_of(scope, user, agent, run), memory))

    # Changing.

    def update(
        self,
        memory: str,
        text: str | None = None,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        metadata: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
    ) -> Receipt:
        """A new version of a memory; given metadata keys replace the old ones, the others stay.

        expected_version: the version that you saw; raises ConflictError with the current record if it has moved.
        Raises NotFoundError for a memory that the scope cannot change.
        """
        named = scope_of(scope, user, agent, run)
        return self._run(operations.update(named, memory, text, metadata, expected_version, _nonce()))

    async def aupdate(
        self,
        memory: str,
        text: str | None = None,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        metadata: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
    ) -> Receipt:
        """Same as `update`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        return await self._arun(operations.update(named, memory, text, metadata, expected_version, _nonce()))

    def delete(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        expected_version: int | None = None,
    ) -> Receipt:
        """Forget a memory; `history` still shows it. Raises NotFoundError, and ConflictError as `update` does."""
        named = scope_of(scope, user, agent, run)
        return self._run(operations.delete(named, memory, expected_version, _nonce()))

    async def adelete(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        expected_version: int | None = None,
    ) -> Receipt:
        """Same as `delete`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        return await self._arun(operations.delete(named, memory, expected_version, _nonce()))

    def delete_many(
        self,
        memories: Sequence[str],
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Forget these memories in one commit; one that the scope cannot change is a rejected outcome."""
        return self._run(operations.delete_many(scope_of(scope, user, agent, run), memories, _nonce()))

    async def adelete_many(
        self,
        memories: Sequence[str],
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Same as `delete_many`, asynchronously."""
        return await self._arun(operations.delete_many(scope_of(scope, user, agent, run), memories, _nonce()))

    def delete_all(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Forget all that has exactly the named values; nothing of another user, nothing shared unless no user is named."""
        return self._run(operations.delete_all(scope_of(scope, user, agent, run), _nonce()))

    async def adelete_all(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Same as `delete_all`, asynchronously."""
        return await self._arun(operations.delete_all(scope_of(scope, user, agent, run), _nonce()))

    # The store.

    def erase(self, *, user: str) -> Erased:
        """Remove everything of a user for good, history included: no `history`, `undo` or search tells it any more.

        What stays: that something happened and when, and digests of the messages, so that the same ones delivered again
        are not remembered again. Copies of the database made before hold all of it; while others read a file, its log
        does, until the next write that finds nobody reading; and Postgres does, until it vacuums.
        """
        return cast(Erased, self._world.answer(_erasing(user)))

    async def aerase(self, *, user: str) -> Erased:
        """Same as `erase`, asynchronously."""
        return cast(Erased, await self._world.aanswer(_erasing(user)))

    def reset(self, *, confirm: bool) -> None:
        """Remove everything of everybody, history included, for good. `confirm` has to be True."""
        self._world.answer(_confirmed(confirm))

    async def areset(self, *, confirm: bool) -> None:
        """Same as `reset`, asynchronously."""
        await self._world.aanswer(_confirmed(confirm))

    def stats(self) -> dict[str, Any]:
        """Counts of what the store holds."""
        counts: dict[str, Any] = self._world.answer(Stats())
        return counts

    async def astats(self) -> dict[str, Any]:
        """Same as `stats`, asynchronously."""
        counts: dict[str, Any] = await self._world.aanswer(Stats())
        return counts

    def graph(self, *, scope: Scope | None = None, checkpointer: Any = False) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The inference graph over this memory: a graph of its own, or a node in yours.

        It remembers `messages` and leaves a `receipt`. Whose: `scope`, else user_id, agent_id and run_id of the run's
        context, else of `config["configurable"]`; ScopeError where none is named.
        """
        from recollect.graphs import remember

        return remember.graph(self._world, self._reasoner, scope=scope, tz=self._tz, checkpointer=checkpointer)

    def close(self) -> None:
        """Close the store, if it was opened here."""
        if self._owned:
            self._world.store.close()

    async def aclose(self) -> None:
        """Same as `close`, asynchronously."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @cached_property
    def _reasoner(self) -> Reasoner:
        if self._given is not None:
            return self._given
        from recollect.reasoners.rules import RulesReasoner  # many patterns, which reading has no need of

        return RulesReasoner(tz=self._tz)

    @cached_property
    def _graph(self) -> CompiledStateGraph[Any, Any, Any, Any]:
        return self.graph()

    def _recall(
        self,
        scope: Scope,
        query: str,
        mode: Mode,
        limit: int,
        threshold: float | None,
        filters: Mapping[str, Any] | None,
        actor_id: str | None,
        weights: Weights | None,
        diversity: float,
        decompose: bool,
        explain: bool = False,
    ) -> Flow[Found]:
        choice = Choice(text=query, limit=limit, diversity=diversity, reranker=self._reranker)
        given: Any = self._given
        decomposer: Decomposer | None = given if decompose and hasattr(given, "probes") else None
        tree = narrowed(filters, actor_id)
        return operations.search(scope, choice, mode, threshold, tree, weights, _now(), explain, decomposer)

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._world)

    async def _arun(self, flow: Flow[T]) -> T:
        return await arun(flow, self._world)

    def _delivery(
        self,
        messages: Messages,
        scope: Scope,
        metadata: Mapping[str, Any] | None,
        observed_at: datetime | str | None,
        idempotency_key: str | None,
        level: Level | None,
        thread: str | None,
    ) -> Delivery:
        if level is not None and (level not in ("user", "agent", "run") or getattr(scope, level) is None):
            raise ScopeError(f"level={level!r}: expected 'user', 'agent' or 'run', one that the call names")
        encode_metadata({} if metadata is None else metadata)  # refuses what cannot be stored
        for name, given in (("idempotency_key", idempotency_key), ("thread", thread)):
            if given is not None:
                check_text(given, name)
        return Delivery(
            scope=scope,
            turns=turns(messages, tz=self._tz, at=moment(observed_at, self._tz, "observed_at"), thread=thread),
            owner=_nonce(),
            metadata=dict(metadata or {}),
            level=level,
            idempotency_key=idempotency_key,
        )


def reembed(
    where: str | Path, embeddings: Embeddings | None = None, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Make all vectors of a database anew with these embeddings (None: the bundled table); how many.

    Until it is done the old vectors count, and it goes on where it was interrupted. `progress` is told how many of how
    many are done. Memories opened with the former embeddings refuse to write from then on.
    """
    embedder = CachedEmbedder(embeddings or StaticEmbeddings())
    journal = open_journal(where)
    try:
        journal.do(Bind(embedder.name, embedder.dims, reembed=True))
        return run(_told(operations.reembed(), progress or (lambda *_: None)), World(journal, embedder))
    finally:
        journal.close()


def _told(flow: Flow[int], progress: Callable[[int, int], None]) -> Flow[int]:
    """The same flow, whose answers are reported: each `Backlog` says how many are left."""
    total, answer = None, None
    while True:
        try:
            request = flow.send(answer)
        except StopIteration as stop:
            done: int = stop.value
            return done
        answer = yield request
        if isinstance(answer, Backlog):
            total = answer.left if total is None else total
            progress(total - answer.left, total)


def scope_of(scope: Scope | None, user: str | None, agent: str | None, run: str | None) -> Scope:
    """The scope of a call, given either whole or by its names."""
    if scope is None:
        return Scope(user, agent, run)
    if not isinstance(scope, Scope):
        raise ScopeError(f"scope={scope!r}: expected a Scope, got {type(scope).__name__}")
    if (user, agent, run) != (None, None, None):
        raise ScopeError("give either scope= or user=, agent=, run=, not both")
    return scope


def _zone(tz: str | tzinfo) -> tzinfo:
    if isinstance(tz, tzinfo):
        return tz
    try:
        return UTC if tz == "UTC" else ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as exc:
        raise UsageError(f"tz={tz!r}: expected the name of a time zone, such as 'Europe/Oslo'") from exc


def _reasoner(given: Reasoner | BaseChatModel | str) -> Reasoner:
    if hasattr(given, "extract") and hasattr(given, "decide"):
        own: Any = given
        return own  # type: ignore[no-any-return]
    if not given or not (isinstance(given, str) or hasattr(given, "invoke")):
        raise UsageError(f"reasoner={given!r}: expected a chat model, the name of one, or a reasoner")
    from recollect.reasoners.llm import LLMReasoner

    model: Any = given
    return LLMReasoner(model)


def _now() -> datetime:
    return datetime.now(UTC)


def _nonce() -> str:
    return uuid.uuid4().hex


def _erasing(user: str) -> Erase:
    return Erase(scope=Scope(user=user), change_set=_nonce())


def _confirmed(confirm: bool) -> Reset:
    if confirm is not True:
        raise UsageError("reset removes everything of everybody: call it with confirm=True")
    return Reset()


def _batches(messages: Iterable[Message]) -> Iterable[Sequence[Message]]:
    if isinstance(messages, str | Mapping):
        raise UsageError(f"messages is one {type(messages).__name__}: expected several messages; add() takes one")
    batch: Any = []
    for message in messages:
        batch.append(message)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _joined(receipts: Sequence[Receipt]) -> Receipt:
    return Receipt(
        change_set=receipts[-1].change_set if receipts else None,
        outcomes=tuple(outcome for receipt in receipts for outcome in receipt.outcomes),
        messages=sum(receipt.messages for receipt in receipts),
        known=sum(receipt.known for receipt in receipts),
    )
