"""Another model's order: asked for as a request, answered by a reranker, and checked, so that nothing is lost unseen."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from recollect.errors import ModelReplyError, ModelUnavailableError, RecollectError

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor

NUMBER = "candidate"
"""Under which the metadata of a compressor's document says which text it is."""
SCORE = "relevance_score"
"""Under which LangChain's rerankers tell a score, where they do."""


class Reranker(Protocol):
    """Says how well each text answers a query: one finite number a text, in their order, a higher one for a better text.

    On which scale is its own matter (probabilities, logits): only the order counts. Where it has `arerank` as well, that is
    awaited by the asynchronous face, which else calls `rerank` in a thread.
    """

    def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]: ...


class Place(NamedTuple):
    """Which text it is, by its number, and the score that the reranker gave it, if it says."""

    text: int
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerank:
    """In which order these texts answer a query. Answers a tuple of `Place`, the best first, of `least` texts or more.

    Raises ModelUnavailableError for whatever the reranker raises, and ModelReplyError for what is no order of the texts:
    scores that are too few, too many or not finite; documents that are unknown, doubled, or fewer than `least`.
    """

    reranker: Reranker | BaseDocumentCompressor
    query: str
    texts: tuple[str, ...]
    least: int

    def ask(self) -> tuple[Place, ...]:
        """Ask the reranker."""
        reranker: Any = self.reranker
        with _failing():
            if _compresses(reranker):
                answer = reranker.compress_documents(self._documents(), self.query)
            else:
                answer = reranker.rerank(self.query, self.texts)
            return self._places(answer)

    async def aask(self) -> tuple[Place, ...]:
        """Same as `ask`, asynchronously."""
        reranker: Any = self.reranker
        with _failing():
            if _compresses(reranker):
                answer = await reranker.acompress_documents(self._documents(), self.query)
            elif hasattr(reranker, "arerank"):
                answer = await reranker.arerank(self.query, self.texts)
            else:
                answer = await asyncio.to_thread(reranker.rerank, self.query, self.texts)
            return self._places(answer)

    def _documents(self) -> list[Any]:
        from langchain_core.documents import Document  # the core needs no document to be imported

        return [Document(text, metadata={NUMBER: number}) for number, text in enumerate(self.texts)]

    def _places(self, answer: Any) -> tuple[Place, ...]:
        return self._returned(answer) if _compresses(self.reranker) else self._scored(answer)

    def _scored(self, answer: Any) -> tuple[Place, ...]:
        try:
            scores = [float(score) for score in answer]
        except (TypeError, ValueError, OverflowError) as exc:
            raise _nonsense("one number a text was expected", answer) from exc
        if len(scores) != len(self.texts) or not all(map(math.isfinite, scores)):
            raise _nonsense(f"{len(self.texts)} finite numbers were expected, one a text", answer)
        order = sorted(range(len(scores)), key=lambda number: -scores[number])
        return tuple(Place(number, scores[number]) for number in order)

    def _returned(self, answer: Any) -> tuple[Place, ...]:
        if not isinstance(answer, Iterable):
            raise _nonsense("documents were expected", answer)
        places = [_place(document, len(self.texts)) for document in answer]
        if len({place.text for place in places}) != len(places):
            raise _nonsense("every document was expected once", answer)
        if len(places) < self.least:
            raise _nonsense(
                f"it kept {len(places)} of {len(self.texts)} documents, and {self.least} are wanted: raise its top_n, and"
                " use it without a threshold of its own",
                answer,
            )
        return tuple(places)


def is_reranker(given: Any) -> bool:
    """Whether this can be asked for an order."""
    return not isinstance(given, type) and (_compresses(given) or callable(getattr(given, "rerank", None)))


def _compresses(given: Any) -> bool:
    return callable(getattr(given, "compress_documents", None))


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except RecollectError:
        raise
    except Exception as exc:
        raise ModelUnavailableError(f"the reranker did not answer: {type(exc).__name__}: {exc}") from exc


def _place(document: Any, texts: int) -> Place:
    told = getattr(document, "metadata", None)
    number = told.get(NUMBER) if isinstance(told, Mapping) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < texts:
        raise _nonsense(f"documents with their metadata[{NUMBER!r}] were expected", document)
    return Place(number, _score(told))


def _score(told: Any) -> float | None:
    try:
        score = float(told[SCORE])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return score if math.isfinite(score) else None


def _nonsense(expected: str, answer: Any) -> ModelReplyError:
    return ModelReplyError(f"the reranker's answer cannot be used: {expected}", repr(answer)[:1000])
