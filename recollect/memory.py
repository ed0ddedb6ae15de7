"""Memory: everything that can be done with memories, in one object. Every method `x` has an asynchronous twin `ax`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, cast

from recollect import arguments, operations
from recollect.arguments import nonce, scope_of, standpoint
from recollect.choosing import Choice
from recollect.errors import RecollectError
from recollect.flow import World, arun, run
from recollect.operations import Standpoint, narrowed
from recollect.ports import Bind, Decomposer, Erased, Explained, Flow, Found, Index, Release, Stats, StoreLike
from recollect.procedural import Procedures
from recollect.ranking import Weights
from recollect.reembedding import reembed as reembed
from recollect.reranking import Reranker
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
    procedures: whether procedures are learned from what looks like a run of a task without being asked to.
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
        procedures: bool = True,
        tz: str | tzinfo = "UTC",
    ) -> None:
        self._procedures = procedures
        self._tz = arguments.zone_of(tz)
        self._given = None if reasoner is None else arguments.reasoner_of(reasoner)
        self._reranker = arguments.reranker_of(reranker)
        embedder = arguments.embedder_of(embeddings)
        opened, self._owned = arguments.store_of(store, index)
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

    @cached_property
    def procedures(self) -> Procedures:
        """What uses procedures: `recall` for a task, `report` how it went, `share` beyond a user."""
        return Procedures(self._world)

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
        memory_type: Literal["procedural_memory"] | None = None,
        prompt: str | Path | None = None,
    ) -> Receipt:
        """Remember a conversation: facts are extracted and compared with what is known; one outcome a fact.

        messages: text; dicts of role and content, optionally name, timestamp (ISO-8601, datetime or seconds since
            1970) and id; or LangChain messages, their time in `additional_kwargs["timestamp"]`.
        infer: False keeps each message as it is, one memory each, with no model and no graph.
        observed_at: when the messages without a timestamp were said; now by default.
        idempotency_key: names a delivery whose messages have neither id nor timestamp, so that a repetition changes
            nothing.
        level: keep the facts for the user, the agent or the run; by default for the user when one is named.
        thread: names the conversation of which these messages are the next, in this order. Those that it has keep their
            places; what is new comes after the last that something is remembered of, whoever adds at the same time.
        memory_type: "procedural_memory" learns a procedure from these messages and nothing else; by default one is learned
            beside the facts where the messages are a run of a task (calls of tools, or numbered steps).
        prompt: in place of the reasoner's procedural prompt, with memory_type and a reasoner with a model; text, or a file.
        """
        named = scope_of(scope, user, agent, run)
        learned = arguments.learning(memory_type, self._procedures, named)
        given = (metadata, observed_at, idempotency_key, level, thread, learned, prompt)
        delivery = arguments.delivered(messages, named, *given, self._tz)
        if not infer:
            return self._run(operations.verbatim(delivery, arguments.now()))
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
        memory_type: Literal["procedural_memory"] | None = None,
        prompt: str | Path | None = None,
    ) -> Receipt:
        """Same as `add`, asynchronously."""
        named = scope_of(scope, user, agent, run)
        learned = arguments.learning(memory_type, self._procedures, named)
        given = (metadata, observed_at, idempotency_key, level, thread, learned, prompt)
        delivery = arguments.delivered(messages, named, *given, self._tz)
        if not infer:
            return await self._arun(operations.verbatim(delivery, arguments.now()))
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
        thread: str | None = None,
    ) -> Receipt:
        """Keep many messages as they are: one commit and one embedding call for every 500 of them.

        thread: as in `add`.
        """
        given: Any = {"scope": scope_of(scope, user, agent, run), "metadata": metadata, "thread": thread}
        return arguments.joined([self.add(batch, infer=False, **given) for batch in arguments.batches(messages)])

    async def aadd_many(
        self,
        messages: Iterable[Message],
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        metadata: Mapping[str, Any] | None = None,
        thread: str | None = None,
    ) -> Receipt:
        """Same as `add_many`, asynchronously."""
        given: Any = {"scope": scope_of(scope, user, agent, run), "metadata": metadata, "thread": thread}
        return arguments.joined([await self.aadd(batch, infer=False, **given) for batch in arguments.batches(messages)])

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
        reference: datetime | str | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> tuple[Hit, ...]:
        """The memories that answer a query, best first; each hit says why.

        Facts and messages; a procedure only where the filter says something of `kind` (see `procedures.recall`).
        threshold: the least score, in [0, 1]. When None, nothing is found unless one of the first three hits is as certain
            as `recollect.ranking.DEFAULT_THRESHOLD` (see `certainty` there) and holds what is asked for (see `holds`).
        filters: see recollect.filters. actor_id: only what this speaker said; takes precedence over the one in filters.
        weights: what context and priors do to the score of a hybrid search; `recollect.ranking.Weights()` when None.
        diversity: from 0 to 1, how much the likeness of a hit to those before it counts against it, in which are chosen and
            in their order; scores stay. Chosen from the first 4 times `limit`, at least 20 (maximal marginal relevance).
        decompose: have a reasoner with a model say, in one call, what to search for where a question needs several
            memories; without one, and where it fails (see `explain`), only joined questions are searched in parts.
        reference: what "yesterday" and "last spring" in the query are seen from, and age is measured from; `as_of` when
            None, else now.
        as_of: search what was known here then, by the time of writing. valid_at: what was true then. Datetimes or ISO-8601.
        """
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at, reference)
        flow = self._recall(named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, at)
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
        reference: datetime | str | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> tuple[Hit, ...]:
        """Same as `search`, asynchronously."""
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at, reference)
        flow = self._recall(named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, at)
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
        reference: datetime | str | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Explained:
        """How `search` answers this: what the index was asked, what the journal decided, and what was not found, and why."""
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at, reference)
        flow = self._recall(
            named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, at, True
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
        reference: datetime | str | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Explained:
        """Same as `explain`, asynchronously."""
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at, reference)
        flow = self._recall(
            named, query, mode, limit, threshold, filters, actor_id, weights, diversity, decompose, at, True
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
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Record | None:
        """The current version of a memory, or the one known `as_of`, or true `valid_at`; None where there is none to see."""
        at = standpoint(self._tz, as_of, valid_at)
        return self._run(operations.get(scope_of(scope, user, agent, run), memory, at))

    async def aget(
        self,
        memory: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Record | None:
        """Same as `get`, asynchronously."""
        at = standpoint(self._tz, as_of, valid_at)
        return await self._arun(operations.get(scope_of(scope, user, agent, run), memory, at))

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
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Page:
        """One page of the current memories, newest first; its `cursor` leads to the next.

        as_of: of those known then. valid_at: of those true then.
        """
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at)
        return self._run(operations.page(named, narrowed(filters, actor_id), limit, cursor, at))

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
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
    ) -> Page:
        """Same as `list`, asynchronously."""
        named, at = scope_of(scope, user, agent, run), standpoint(self._tz, as_of, valid_at)
        return await self._arun(operations.page(named, narrowed(filters, actor_id), limit, cursor, at))

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
        return self._run(operations.update(named, memory, text, metadata, expected_version, nonce()))

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
        return await self._arun(operations.update(named, memory, text, metadata, expected_version, nonce()))

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
        return self._run(operations.delete(named, memory, expected_version, nonce()))

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
        return await self._arun(operations.delete(named, memory, expected_version, nonce()))

    def undo(
        self,
        change_set: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Bring everything that a change set touched back to what it was before it.

        Raises ConflictError if something of that has changed since, NotFoundError if there is no such change set.
        """
        return self._run(operations.undo(scope_of(scope, user, agent, run), change_set, nonce()))

    async def aundo(
        self,
        change_set: str,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Same as `undo`, asynchronously."""
        return await self._arun(operations.undo(scope_of(scope, user, agent, run), change_set, nonce()))

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
        return self._run(operations.delete_many(scope_of(scope, user, agent, run), memories, nonce()))

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
        return await self._arun(operations.delete_many(scope_of(scope, user, agent, run), memories, nonce()))

    def delete_all(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Forget all that has exactly the named values; nothing of another user, nothing shared unless no user is named."""
        return self._run(operations.delete_all(scope_of(scope, user, agent, run), nonce()))

    async def adelete_all(
        self,
        *,
        user: str | None = None,
        agent: str | None = None,
        run: str | None = None,
        scope: Scope | None = None,
    ) -> Receipt:
        """Same as `delete_all`, asynchronously."""
        return await self._arun(operations.delete_all(scope_of(scope, user, agent, run), nonce()))

    # The store.

    def erase(self, *, user: str) -> Erased:
        """Remove everything of a user for good, history included: no `history`, `undo` or search tells it any more.

        What stays: that something happened and when, and digests of the messages, so that the same ones delivered again
        are not remembered again. Copies of the database made before hold all of it; while others read a file, its log
        does, until the next write that finds nobody reading; and Postgres does, until it vacuums.
        """
        return cast(Erased, self._world.answer(arguments.erasing(user)))

    async def aerase(self, *, user: str) -> Erased:
        """Same as `erase`, asynchronously."""
        return cast(Erased, await self._world.aanswer(arguments.erasing(user)))

    def reset(self, *, confirm: bool) -> None:
        """Remove everything of everybody, history included, for good. `confirm` has to be True."""
        self._world.answer(arguments.confirmed(confirm))

    async def areset(self, *, confirm: bool) -> None:
        """Same as `reset`, asynchronously."""
        await self._world.aanswer(arguments.confirmed(confirm))

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
        at: Standpoint,
        explain: bool = False,
    ) -> Flow[Found]:
        choice = Choice(text=query, limit=limit, diversity=diversity, reranker=self._reranker)
        given: Any = self._given
        decomposer: Decomposer | None = given if decompose and hasattr(given, "probes") else None
        tree = narrowed(filters, actor_id)
        return operations.search(scope, choice, mode, threshold, tree, weights, at, explain, decomposer)

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._world)

    async def _arun(self, flow: Flow[T]) -> T:
        return await arun(flow, self._world)
