"""Any LangChain `Embeddings` as the `Embedder` that the core needs: checked, normalised, packed and cached."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from recollect.embed.static import StaticEmbeddings, is_loaded
from recollect.errors import ModelUnavailableError, RecollectError, VectorError
from recollect.types import digest

CAPACITY = 8_192
INLINE = 10_000
"""So many characters are embedded by the static table within the event loop (about 4 ms); more go to a thread."""


class CachedEmbedder:
    """Embeds through any LangChain `Embeddings`: normalised float16 vectors, None where it knows nothing of a text.

    One call for all texts that are not in the cache. Raises VectorError for vectors that cannot be used and
    ModelUnavailableError for whatever the provider raises.
    """

    def __init__(self, embeddings: Embeddings, *, capacity: int = CAPACITY) -> None:
        self._embeddings = embeddings
        self._dims = _stated_dims(embeddings)
        self._cache = _Cache(capacity)
        self.name = _name(embeddings)

    @property
    def dims(self) -> int:
        """Length of a vector; asked of the provider once, if it does not say."""
        if self._dims is None:
            self._pack(self._ask(["dimensions"]), 1)
        assert self._dims is not None
        return self._dims

    def embed(self, texts: Sequence[str]) -> tuple[bytes | None, ...]:
        """One packed vector a text."""
        keys, known, missing = self._look_up(texts)
        if missing:
            known |= self._store(missing, self._ask(list(missing.values())))
        return tuple(known[key] for key in keys)

    async def aembed(self, texts: Sequence[str]) -> tuple[bytes | None, ...]:
        """Same as `embed`, asynchronously."""
        keys, known, missing = self._look_up(texts)
        if missing:
            known |= self._store(missing, await self._aask(list(missing.values())))
        return tuple(known[key] for key in keys)

    def _look_up(self, texts: Sequence[str]) -> tuple[list[str], dict[str, bytes | None], dict[str, str]]:
        """The texts' keys, what is known of them, and by key the texts that must be embedded. Blank texts never are."""
        keys = [digest(text) for text in texts]
        known = self._cache.find(keys) | {key: None for key, text in zip(keys, texts, strict=True) if not text.strip()}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        return keys, known, missing

    def _store(self, missing: Mapping[str, str], vectors: Any) -> dict[str, bytes | None]:
        packed = dict(zip(missing, self._pack(vectors, len(missing)), strict=True))
        self._cache.add(packed)
        return packed

    def _ask(self, texts: list[str]) -> Any:
        try:
            if isinstance(self._embeddings, StaticEmbeddings):
                return self._embeddings.matrix(texts)
            return self._embeddings.embed_documents(texts)
        except RecollectError:
            raise
        except Exception as exc:
            raise self._unavailable(exc) from exc

    async def _aask(self, texts: list[str]) -> Any:
        if isinstance(self._embeddings, StaticEmbeddings):
            inline = is_loaded() and sum(map(len, texts)) <= INLINE
            return self._ask(texts) if inline else await asyncio.to_thread(self._ask, texts)
        try:
            return await self._embeddings.aembed_documents(texts)
        except RecollectError:
            raise
        except Exception as exc:
            raise self._unavailable(exc) from exc

    def _unavailable(self, exc: Exception) -> ModelUnavailableError:
        return ModelUnavailableError(f"the embedding model {self.name} did not answer: {type(exc).__name__}: {exc}")

    def _pack(self, vectors: Any, count: int) -> list[bytes | None]:
        if isinstance(self._embeddings, StaticEmbeddings):
            return _packed(vectors)
        matrix = _matrix(vectors, self.name)
        if len(matrix) != count:
            raise VectorError(f"{self.name} answered {len(matrix)} vectors for {count} texts")
        if self._dims is None:
            self._dims = matrix.shape[1]
        if matrix.shape[1] != self._dims:
            raise VectorError(f"{self.name} answered vectors of {matrix.shape[1]} numbers: expected {self._dims}")
        return _packed(_normalised(matrix))


class _Cache:
    """The most recently used values, at most `capacity` of them; safe from several threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[str, bytes | None] = OrderedDict()
        self._lock = Lock()

    def find(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
        return found

    def add(self, values: Mapping[str, bytes | None]) -> None:
        with self._lock:
            self._values.update(values)
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)


def _matrix(vectors: Any, name: str) -> npt.NDArray[np.float64]:
    try:
        matrix = np.asarray(vectors, np.float64)
    except (TypeError, ValueError) as exc:
        raise VectorError(f"{name} answered vectors that are not equally long rows of numbers") from exc
    if matrix.ndim != 2:
        raise VectorError(f"{name} answered {matrix.ndim}-dimensional data: expected one row of numbers a text")
    if not np.isfinite(matrix).all():
        raise VectorError(f"{name} answered a vector with numbers that are not finite")
    return matrix


def _packed(matrix: npt.NDArray[Any]) -> list[bytes | None]:
    return [row.tobytes() if row.any() else None for row in matrix.astype("<f2")]


def _normalised(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows of length one; zero rows stay zero. Divided by the largest number first, so that squares cannot overflow."""
    largest = np.abs(matrix).max(axis=1, keepdims=True, initial=0)
    scaled = matrix / np.where(largest > 0, largest, 1)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / np.where(lengths > 0, lengths, 1)


def _name(embeddings: Embeddings) -> str:
    for attribute in ("name", "model", "model_name"):
        value = getattr(embeddings, attribute, None)
        if isinstance(value, str) and (attribute != "name" or isinstance(embeddings, StaticEmbeddings)):
            return value
    kind = type(embeddings)
    return f"{kind.__module__}.{kind.__qualname__}"


def _stated_dims(embeddings: Embeddings) -> int | None:
    stated = (getattr(embeddings, attribute, None) for attribute in ("dims", "dimensions", "size"))
    return next((value for value in stated if isinstance(value, int) and value > 0), None)
