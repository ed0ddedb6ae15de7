"""Another model's order of the hits: LangChain's document compressors, and whatever has a method `rerank`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import BaseDocumentCompressor, Document

from recollect import Memory
from recollect.choosing import LEAST, WIDER
from recollect.errors import ModelReplyError, ModelUnavailableError, UsageError
from recollect.integrations.retriever import MemoryRetriever
from tests.toy import Call

SAID = tuple(f"The bike has {n} {part}" for part in ("gears", "spokes", "bells") for n in range(2, 12))


class Scores:
    """A reranker that tells a score for every text, and remembers what it was asked in which thread."""

    def __init__(self, score: Callable[[str], float] = len) -> None:
        self.score = score
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.threads: set[int] = set()

    def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        self.asked.append((query, tuple(texts)))
        self.threads.add(threading.get_ident())
        return [self.score(text) for text in texts]


class AsyncScores(Scores):
    """One with an asynchronous form, which it wants to be asked through where there is a loop."""

    async def arerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        return super().rerank(query, texts)


class Compressor(BaseDocumentCompressor):
    """LangChain's shape: documents in, the best of them out; `made` as a model's package makes them."""

    top_n: int | None = None
    made: Callable[[Document, int], Document] = lambda document, number: document

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Any = None
    ) -> Sequence[Document]:
        best = sorted(enumerate(documents), key=lambda pair: -bells(pair[1].page_content))
        return [self.made(document, number) for number, document in best][: self.top_n]


def flashrank(document: Document, number: int) -> Document:
    """As langchain_community's FlashrankRerank: a new document, its number as `id`, and a score."""
    told = {**document.metadata, "id": number, "relevance_score": np.float32(bells(document.page_content))}
    return Document(page_content=document.page_content, metadata=told)


def cohere(document: Document, number: int) -> Document:
    """As langchain_cohere's CohereRerank: a copy with a score."""
    copy = Document(page_content=document.page_content, metadata=deepcopy(document.metadata))
    copy.metadata["relevance_score"] = bells(document.page_content)
    return copy


def bells(text: str) -> float:
    """Prefers bells, then many of them, on a scale like that of logits."""
    return 20.0 * ("bells" in text) + int(text.split()[3]) - 15


@contextmanager
def opened(reranker: Any) -> Iterator[Memory]:
    """Thirty memories under a reranker."""
    with Memory(":memory:", reranker=reranker) as memory:
        memory.add_many(SAID, user="anna")
        yield memory


def texts(hits: Any) -> list[str]:
    return [hit.record.text for hit in hits]


@pytest.mark.parametrize(
    "reranker",
    [
        Scores(bells),
        AsyncScores(bells),
        Compressor(),
        Compressor(made=flashrank),
        Compressor(made=cohere, top_n=3),
    ],
    ids=["scores", "async scores", "cross encoder", "flashrank", "cohere"],
)
def test_the_reranker_orders(reranker: Any, call: Call) -> None:
    """Its order is that of the hits, which keep record and score, and say what place they were given."""
    with opened(None) as memory:
        first = memory.search("the bike", user="anna", limit=20, threshold=0.0)
    with opened(reranker) as memory:
        hits = call(memory, "search", "the bike", user="anna", limit=3, threshold=0.0)
    scores = {hit.record.text: hit.score for hit in first}
    assert texts(hits) == sorted(scores, key=bells, reverse=True)[:3] != list(scores)[:3]
    for number, hit in enumerate(hits, 1):
        assert hit.score == pytest.approx(scores[hit.record.text])
        assert str(hit.why["reranked"]).startswith(f"place {number} of 20")
        parts = [part for part in hit.why.values() if isinstance(part, float)]
        assert sum(parts) == pytest.approx(hit.score)
    told = str(hits[0].why["reranked"]).removeprefix("place 1 of 20")
    assert told in ("", f", {bells(hits[0].record.text):.4g}")


def test_it_sees_more_than_is_asked_for() -> None:
    """Four times the limit, at least twenty: the best of them by score, and the query as it was asked."""
    reranker = Scores()
    with opened(reranker) as memory:
        plain = Memory(":memory:")
        plain.add_many(SAID, user="anna")
        for limit in (1, 6):
            memory.search("What has the bike?", user="anna", limit=limit, threshold=0.0)
            query, seen = reranker.asked[-1]
            assert query == "What has the bike?"
            wide = max(LEAST, WIDER * limit)
            assert list(seen) == texts(plain.search(query, user="anna", limit=wide, threshold=0.0))
            assert len(seen) == wide
        plain.close()


def test_nothing_found_is_nothing_to_order(call: Call) -> None:
    """The reranker is not asked."""
    reranker = Scores()
    with opened(reranker) as memory:
        assert call(memory, "search", "xqzzy flurb wibble", user="anna") == ()
        assert reranker.asked == []


def test_it_does_not_hold_up_the_loop() -> None:
    """Without an asynchronous form it works in another thread; with one, that is awaited."""
    for reranker, aside in ((Scores(), True), (AsyncScores(), False)):
        with opened(reranker) as memory:
            asyncio.run(memory.asearch("bike", user="anna"))
            assert (reranker.threads == {threading.get_ident()}) is not aside


def raising(text: str) -> float:
    raise OSError("no route")


def test_a_failure_is_an_error(call: Call) -> None:
    """Of either shape: never the plain order in its place."""

    class Broken(Compressor):
        def compress_documents(self, *given: Any, **more: Any) -> Sequence[Document]:
            raise TimeoutError("too slow")

    class Late:
        def rerank(self, query: str, texts: Sequence[str]) -> Any:
            yield 1.0
            raise OSError("no route")

    for reranker, said in (
        (Scores(raising), "OSError: no route"),
        (Late(), "OSError: no route"),
        (Broken(), "TimeoutError: too slow"),
    ):
        with opened(reranker) as memory, pytest.raises(ModelUnavailableError, match=said):
            call(memory, "search", "bike", user="anna")


class Answers:
    """A reranker that answers just this."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def rerank(self, query: str, texts: Sequence[str]) -> Any:
        return self.answer(len(texts))


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: [0.5] * (n - 1),
        lambda n: [0.5] * (n + 1),
        lambda n: [0.5] * (n - 1) + [float("nan")],
        lambda n: [0.5] * (n - 1) + [float("inf")],
        lambda n: np.zeros((n, 2)),
        lambda n: ["good"] * n,
        lambda n: [None] * n,
        lambda n: None,
        lambda n: 0.5,
        lambda n: [10**400] * n,
    ],
    ids=["few", "many", "nan", "inf", "matrix", "words", "none", "nothing", "one", "huge"],
)
def test_scores_that_are_none_are_an_error(answer: Any, call: Call) -> None:
    """One finite number a text, no more and no less."""
    with opened(Answers(answer)) as memory, pytest.raises(ModelReplyError, match="cannot be used"):
        call(memory, "search", "bike", user="anna")


def test_numbers_of_any_kind_are_scores() -> None:
    """An array, as a cross encoder predicts it; equal ones keep the order of the search."""
    with opened(None) as memory:
        plain = memory.search("bike", user="anna")
    for numbers in (lambda n: np.zeros(n, np.float32), lambda n: (0,) * n):
        with opened(Answers(numbers)) as memory:
            assert texts(memory.search("bike", user="anna")) == texts(plain)


class Returns(BaseDocumentCompressor):
    """A compressor that makes this of the documents."""

    made: Callable[[list[Document]], Any]

    def compress_documents(self, documents: Sequence[Document], query: str, callbacks: Any = None) -> Any:
        return self.made(list(documents))


@pytest.mark.parametrize(
    "made",
    [
        lambda documents: documents[:3],
        lambda documents: [*documents, documents[0]],
        lambda documents: [*documents[1:], Document("The bike is blue")],
        lambda documents: [*documents[1:], Document("The bike", metadata={"candidate": 99})],
        lambda documents: [*documents[1:], Document("The bike", metadata={"candidate": True})],
        lambda documents: [*documents[1:], "The bike is blue"],
        lambda documents: [],
        lambda documents: None,
    ],
    ids=["few", "twice", "unknown", "outside", "no number", "no document", "none", "nothing"],
)
def test_documents_that_are_not_ours_are_an_error(made: Any, call: Call) -> None:
    """As are fewer than are wanted: nothing is lost without a word."""
    with opened(Returns(made=made)) as memory, pytest.raises(ModelReplyError, match="cannot be used"):
        call(memory, "search", "bike", user="anna", limit=10)


def test_it_may_keep_as_few_as_are_wanted() -> None:
    """What it leaves out beyond that would be cut anyway."""
    with opened(Compressor()) as memory:
        whole = memory.search("bike", user="anna", limit=3)
    with opened(Compressor(top_n=3)) as memory:
        assert texts(memory.search("bike", user="anna", limit=3)) == texts(whole)
        with pytest.raises(ModelReplyError, match="kept 3 of 20 documents, and 4 are wanted: raise its top_n"):
            memory.search("bike", user="anna", limit=4)


def test_diversity_comes_after_it() -> None:
    """Chosen among its order: its first stays the first."""
    with opened(Scores(bells)) as memory:
        asked = {"user": "anna", "limit": 5, "threshold": 0.0}
        plain, mixed = memory.search("bike", **asked), memory.search("bike", diversity=0.9, **asked)
    assert mixed[0] == plain[0] and texts(mixed) != texts(plain)


def test_a_retriever_has_it_too() -> None:
    """On both faces, with the note in its metadata."""
    with opened(Scores(bells)) as memory:
        retriever = MemoryRetriever(memory=memory, user="anna", k=3)
        found = retriever.invoke("bike")
        assert asyncio.run(retriever.ainvoke("bike")) == found
        assert [each.page_content for each in found] == texts(memory.search("bike", user="anna", limit=3))
        assert found[0].metadata["why"]["reranked"].startswith("place 1 of 20, ")


@pytest.mark.parametrize("wrong", ["cohere", 3, Scores, Compressor, object()], ids=repr)
def test_what_cannot_rerank_is_refused(wrong: Any) -> None:
    """When the memory is opened."""
    with pytest.raises(UsageError, match="expected a document compressor"):
        Memory(":memory:", reranker=wrong)
