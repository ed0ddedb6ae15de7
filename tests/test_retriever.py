"""`MemoryRetriever`: LangChain's own suite, and what is ours of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from recollect import Memory
from recollect.errors import ScopeError, UsageError
from recollect.integrations.retriever import MemoryRetriever
from recollect.ranking import PLAIN
from recollect.testing import ScriptedModel

SAID = (
    ("Anna", "I moved to Bergen last week", "2026-05-11T18:30:00+00:00"),
    ("Anna", "My flat in Bergen has a view of the harbour", "2026-05-12T08:00:00+00:00"),
    ("Tom", "Bergen is rainy, take an umbrella", "2026-05-12T08:01:00+00:00"),
    ("Anna", "I bought an umbrella in Bergen", "2026-05-13T10:00:00+00:00"),
    ("Anna", "My sister plays the violin", "2026-05-14T10:00:00+00:00"),
)


def filled(memory: Memory) -> Memory:
    """The memory with what Anna and Tom said, and something of somebody else."""
    messages = [{"role": "user", "name": name, "content": text, "timestamp": at} for name, text, at in SAID]
    memory.add(messages, user="anna", infer=False, metadata={"topic": "move", "score": "mine"}, thread="chat 7")
    memory.add("Bergen is where Ben lives", user="ben", infer=False)
    return memory


class RetrieverSuite(RetrieversIntegrationTests):
    """LangChain's suite over `self.memory`: a store's run of it is a subclass that says how one is opened."""

    memory: Memory

    @pytest.fixture(autouse=True)
    def _filled(self, opened: Memory) -> None:
        self.memory = filled(opened)

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemoryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.memory, "user": "anna"}

    @property
    def retriever_query_example(self) -> str:
        return "What is Bergen like?"


class TestEmbedded(RetrieverSuite):
    """On the embedded store."""

    @pytest.fixture
    def opened(self, path: str) -> Iterator[Memory]:
        with Memory(path) as memory:
            yield memory


@pytest.fixture
def anna() -> Iterator[Memory]:
    """A filled memory."""
    with Memory(":memory:") as memory:
        yield filled(memory)


def ask(retriever: MemoryRetriever, query: str = "Bergen", **given: Any) -> list[Document]:
    """What both faces answer."""
    answer = retriever.invoke(query, **given)
    assert asyncio.run(retriever.ainvoke(query, **given)) == answer
    return answer


def texts(documents: list[Document]) -> list[str]:
    return [document.page_content for document in documents]


def test_documents_say_what_the_hits_say(anna: Memory) -> None:
    """Id, text, score and why are those of the search, in its order; all of it is JSON."""
    hits = anna.search("Where did Anna move?", user="anna", limit=3)
    documents = ask(MemoryRetriever(memory=anna, user="anna", k=3), "Where did Anna move?")
    assert len(hits) == 3
    assert [(d.id, d.page_content, d.metadata["score"], d.metadata["why"]) for d in documents] == [
        (hit.record.id, hit.record.text, hit.score, dict(hit.why)) for hit in hits
    ]
    json.dumps([document.metadata for document in documents])


def test_metadata_tells_sources_times_and_what_was_given(anna: Memory) -> None:
    """Who, when, from which message of which thread; your own metadata cannot hide any of it."""
    [document] = ask(MemoryRetriever(memory=anna, user="anna", k=1), "My sister plays the violin")
    told = document.metadata
    assert (told["actor"], told["kind"], told["trust"], told["version"]) == ("Anna", "message", "user", 1)
    assert told["observed_at"] == "2026-05-14T10:00:00Z" and told["created_at"].endswith("Z")
    assert told["expires_at"] is None
    assert (told["sources"][0]["thread"], told["sources"][0]["position"]) == ("chat 7", 4)
    assert told["metadata"] == {"topic": "move", "score": "mine"} and isinstance(told["score"], float)


def test_only_its_own_scope_is_read(anna: Memory) -> None:
    """Another user's memories are never among the documents, and the scope cannot be changed by who asks."""
    assert texts(ask(MemoryRetriever(memory=anna, user="ben"))) == ["Bergen is where Ben lives"]
    with pytest.raises(TypeError):
        MemoryRetriever(memory=anna, user="ben").invoke("Bergen", user="anna")


def test_filters_mode_and_threshold_hold(anna: Memory) -> None:
    """As given to the constructor, or to one call in their place."""
    toms = {"actor_id": "Tom"}
    assert texts(ask(MemoryRetriever(memory=anna, user="anna", filters=toms))) == [SAID[2][1]]
    whole = MemoryRetriever(memory=anna, user="anna")
    assert texts(ask(whole, filters=toms)) == [SAID[2][1]]
    assert ask(MemoryRetriever(memory=anna, user="anna", threshold=1.0)) == ask(whole, threshold=1.0) == []
    loose = ask(MemoryRetriever(memory=anna, user="anna", threshold=0.0, mode="keyword"))
    assert len(loose) == 4 and all("Bergen" in text for text in texts(loose))
    assert loose == ask(whole, threshold=0.0, mode="keyword")


def test_weights_and_diversity_hold(anna: Memory) -> None:
    """Those of the search, given to the constructor or to one call."""
    plain = MemoryRetriever(memory=anna, user="anna", threshold=0.0)
    for given in ({"weights": PLAIN}, {"diversity": 1.0}):
        hits = anna.search("Bergen", user="anna", threshold=0.0, **given)  # type: ignore[arg-type]
        found = ask(MemoryRetriever(memory=anna, user="anna", threshold=0.0, **given))
        assert [d.id for d in found] == [hit.record.id for hit in hits] == [d.id for d in ask(plain, **given)]
        assert found != ask(plain)


def test_a_model_takes_questions_apart_where_it_is_asked_to() -> None:
    """By the constructor or in one call; else it is left alone."""
    model = ScriptedModel(['{"probes": ["Where is the spare key?"]}'] * 4)
    with Memory(":memory:", reasoner=model) as memory:
        memory.add_many(["The spare key hangs behind the barometer.", "The handyman is called Pavel."], user="anna")
        plain = MemoryRetriever(memory=memory, user="anna", threshold=0.0)
        whole = ask(plain)
        assert not model.requests
        found = ask(MemoryRetriever(memory=memory, user="anna", threshold=0.0, decompose=True))
        assert found == ask(plain, decompose=True) != whole
        assert [d.metadata["why"]["probe"] for d in found][:1] == ["Where is the spare key?"]


def test_nobodys_retriever_is_refused(anna: Memory) -> None:
    """Without a scope, with two, or with an option that does not exist, none is made."""
    with pytest.raises(ScopeError):
        MemoryRetriever(memory=anna)
    with pytest.raises(ScopeError):
        MemoryRetriever(memory=anna, user="")
    with pytest.raises(ValidationError):
        MemoryRetriever(memory=anna, user="anna", limit=3)  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        MemoryRetriever(memory=anna, user="anna", k=0).invoke("Bergen")


class Trace(BaseCallbackHandler):
    """What a trace is told."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.found: list[Document] = []

    def on_retriever_start(self, *_: Any, run_id: UUID, metadata: dict[str, Any] | None = None, **__: Any) -> None:
        self.metadata = metadata or {}

    def on_retriever_end(self, documents: Any, **_: Any) -> None:
        self.found = documents


@pytest.mark.parametrize("own", [False, True], ids=["bundled", "own"])
def test_a_trace_names_retriever_and_embedding(own: bool) -> None:
    """LangSmith's parameters reach the callbacks, with the documents."""
    with Memory(":memory:", embeddings=DeterministicFakeEmbedding(size=16) if own else None) as memory:
        trace = Trace()
        found = MemoryRetriever(memory=filled(memory), user="anna").invoke("Bergen", {"callbacks": [trace]})
        model = memory.stats()["model"]
    told = {name: value for name, value in trace.metadata.items() if name.startswith("ls_")}
    assert told["ls_retriever_name"] == told["ls_vector_store_provider"] == "recollect"
    assert told["ls_embedding_model"] == model
    assert found and trace.found == found


def test_it_stands_in_a_chain(anna: Memory) -> None:
    """Piped like any retriever."""
    chain = MemoryRetriever(memory=anna, user="anna", k=1) | (lambda documents: documents[0].page_content)
    assert chain.invoke("violin") == "My sister plays the violin"
