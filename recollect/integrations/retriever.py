"""LangChain's door: a `Memory` as a retriever, in chains and wherever else one is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from pydantic import ConfigDict
from pydantic_core import to_jsonable_python

from recollect.arguments import scope_of
from recollect.memory import Memory
from recollect.ranking import Weights
from recollect.types import Hit, Mode, Record, Scope

_FIELDS = (
    *("kind", "actor", "role", "category", "trust", "confidence", "version", "metadata", "sources"),
    *("created_at", "updated_at", "observed_at", "event_at", "valid_from", "valid_to", "expires_at"),
)


class MemoryRetriever(BaseRetriever):
    """The memories of one user, agent or run that answer a query, best first, as documents.

    Whose: `user`, `agent`, `run`, or `scope`, fixed here. `k` is the `limit` of `Memory.search`, and `mode`, `threshold`,
    `filters`, `weights`, `diversity`, `decompose`, `reference`, `as_of` and `valid_at` are its own; each can be given to
    `invoke` in place of these. A document's id is the memory's, its content the text; its metadata has `score`, `why`, and the
    record's fields as JSON, your own metadata under `metadata`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    memory: Memory
    user: str | None = None
    agent: str | None = None
    run: str | None = None
    scope: Scope | None = None
    k: int = 10
    mode: Mode = "hybrid"
    threshold: float | None = None
    filters: Mapping[str, Any] | None = None
    weights: Weights | None = None
    diversity: float = 0.0
    decompose: bool = False
    as_of: datetime | str | None = None
    valid_at: datetime | str | None = None
    reference: datetime | str | None = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._whose()  # a retriever of nobody is refused when it is made; pydantic would wrap our error

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **given: Any
    ) -> list[Document]:
        return _documents(self.memory.search(query, **self._asked(**given)))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **given: Any
    ) -> list[Document]:
        return _documents(await self.memory.asearch(query, **self._asked(**given)))

    def _asked(
        self,
        k: int | None = None,
        mode: Mode | None = None,
        threshold: float | None = None,
        filters: Mapping[str, Any] | None = None,
        weights: Weights | None = None,
        diversity: float | None = None,
        decompose: bool | None = None,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
        reference: datetime | str | None = None,
    ) -> dict[str, Any]:
        return {
            "scope": self._whose(),
            "limit": self.k if k is None else k,
            "mode": self.mode if mode is None else mode,
            "threshold": self.threshold if threshold is None else threshold,
            "filters": self.filters if filters is None else filters,
            "weights": self.weights if weights is None else weights,
            "diversity": self.diversity if diversity is None else diversity,
            "decompose": self.decompose if decompose is None else decompose,
            "as_of": self.as_of if as_of is None else as_of,
            "valid_at": self.valid_at if valid_at is None else valid_at,
            "reference": self.reference if reference is None else reference,
        }

    def _whose(self) -> Scope:
        return scope_of(self.scope, self.user, self.agent, self.run)

    def _get_ls_params(self, **_: Any) -> LangSmithRetrieverParams:
        """What a trace says of this retriever."""
        return LangSmithRetrieverParams(
            ls_retriever_name="recollect",
            ls_vector_store_provider="recollect",
            ls_embedding_model=self.memory.embedding_model,
        )


def _documents(hits: Sequence[Hit]) -> list[Document]:
    return [_document(hit.record, hit) for hit in hits]


def _document(record: Record, hit: Hit) -> Document:
    fields = {name: getattr(record, name) for name in _FIELDS}
    plain = to_jsonable_python({**fields, "metadata": dict(record.metadata), "why": dict(hit.why)})
    return Document(record.text, id=record.id, metadata={"score": hit.score, **plain})
