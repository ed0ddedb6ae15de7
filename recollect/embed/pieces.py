"""Word pieces: the longest known parts of lower-cased, accent-stripped words, found from left to right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

LONGEST_WORD = 100
KNOWN_SHARE = 0.5
"""A text of which fewer letters and digits are known has no pieces: a vector of them would stand for the rest."""

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


class WordPieces:
    """Cuts texts into the rows of a vocabulary; pieces inside a word are spelled `##piece`."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._word = lru_cache(maxsize=65_536)(self._cut)

    def rows(self, text: str) -> list[int]:
        """Rows of the known pieces of a text; words that are not wholly known are left out."""
        rows: list[int] = []
        known = total = 0
        for token in _TOKEN.findall(_plain(text)):
            pieces = self._word(token)
            rows += pieces
            if token.isalnum():
                total += len(token)
                known += len(token) if pieces else 0
        return rows if known and known >= KNOWN_SHARE * total else []

    def _cut(self, word: str) -> tuple[int, ...]:
        rows: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            end = self._end_of_piece(word, start)
            if end == start:
                return ()
            rows.append(self._vocabulary[_spelled(word, start, end)])
            start = end
        return tuple(rows)

    def _end_of_piece(self, word: str, start: int) -> int:
        ends = range(len(word), start, -1)
        return next((end for end in ends if _spelled(word, start, end) in self._vocabulary), start)


def _spelled(word: str, start: int, end: int) -> str:
    return f"##{word[start:end]}" if start else word[:end]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
