"""The bundled static embedding table: a text's vector is the weighted sum of its word pieces' vectors, normalised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from threading import Lock

import numpy as np
import numpy.typing as npt
from langchain_core.embeddings import Embeddings

from recollect.embed.pieces import WordPieces

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Table:
    pieces: WordPieces
    rows: npt.NDArray[np.int8]
    scale: Matrix

    def vector(self, text: str) -> Matrix | float:
        """The sum of the text's pieces, of length one; 0 if there are none."""
        weights = self.pieces.rows(text)
        if not weights:
            return 0.0
        rows = list(weights)
        scale = self.scale[rows] * np.fromiter(weights.values(), np.float32, len(rows))
        total: Matrix = scale @ self.rows[rows].astype(np.float32)
        return total / (math.sqrt(total @ total) or 1.0)


_loading = Lock()
_loaded: list[_Table] = []


def is_loaded() -> bool:
    """Whether the table is in memory, so that embedding a short text takes no time to speak of."""
    return bool(_loaded)


def _table() -> _Table:
    """The one copy of the table in this process, read from the package at its first use."""
    if not _loaded:
        with _loading:
            if not _loaded:
                _loaded.append(_read())
    return _loaded[0]


def _read() -> _Table:
    resource = files("recollect.embed") / f"{StaticEmbeddings.name}.npz"
    with resource.open("rb") as file, np.load(file) as arrays:
        words = arrays["pieces"].tobytes().decode().split("\n")
        vocabulary = {piece: row for row, piece in enumerate(words)}
        return _Table(WordPieces(vocabulary), arrays["q"], arrays["scale"].astype(np.float32))


class StaticEmbeddings(Embeddings):
    """The bundled table behind LangChain's interface; a text that it knows nothing of is a zero vector."""

    name = "static_minilm_256"
    dims = 256

    def matrix(self, texts: Sequence[str]) -> Matrix:
        """One normalised row a text, all zero for a text without known pieces."""
        table = _table()
        vectors = np.zeros((len(texts), self.dims), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[:] = table.vector(text)
        return vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        vectors: list[list[float]] = self.matrix(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]
