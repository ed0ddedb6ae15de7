"""Word pieces: the longest known parts of lower-cased, accent-stripped words, found from left to right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

LONGEST_WORD = 100
KNOWN_SHARE = 0.5
"""A text of which fewer letters and digits are known has no pieces: a vector of them would stand for the rest."""
SHORTEST_MEAN = 2.5
"""A word that falls into pieces shorter than this on average is unknown: they are letters, not parts with a meaning."""
NAME_WEIGHT = 0.3
"""Of "user" and of capitalised words within a sentence: names say who, not what, and would outweigh it."""

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
_SENTENCE_ENDS = frozenset('.!?:"“')


class WordPieces:
    """Cuts texts into the rows of a vocabulary; pieces inside a word are spelled `##piece`."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._word = lru_cache(maxsize=65_536)(self._cut)

    def rows(self, text: str) -> dict[int, float]:
        """Weights of the rows of a text's known pieces; words that are not wholly known are left out."""
        weights: dict[int, float] = {}
        tokens = _TOKEN.findall(_unaccented(text))
        known = 0
        for token, weight in zip(tokens, _weights(tokens), strict=True):
            pieces = self._word(token.lower())
            known += len(token) if pieces and token.isalnum() else 0
            for row in pieces:
                weights[row] = weights.get(row, 0.0) + weight
        total = sum(len(token) for token in tokens if token.isalnum())
        return weights if known and known >= KNOWN_SHARE * total else {}

    def _cut(self, word: str) -> tuple[int, ...]:
        rows: list[int] = []
        start = 0
        while start < len(word) <= LONGEST_WORD:
            end = self._end_of_piece(word, start)
            if end == start:
                return ()
            rows.append(self._vocabulary[_spelled(word, start, end)])
            start = end
        return tuple(rows) if len(rows) == 1 or start >= SHORTEST_MEAN * len(rows) else ()

    def _end_of_piece(self, word: str, start: int) -> int:
        ends = range(len(word), start, -1)
        return next((end for end in ends if _spelled(word, start, end) in self._vocabulary), start)


def _spelled(word: str, start: int, end: int) -> str:
    return f"##{word[start:end]}" if start else word[:end]


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def _weights(tokens: list[str]) -> list[float]:
    """One a token; where every word is capitalised, capitals mark no names."""
    cased = any(token[0].islower() for token in tokens)
    before = [".", *tokens[:-1]]
    return [NAME_WEIGHT if _is_name(token, last, cased) else 1.0 for token, last in zip(tokens, before, strict=False)]


def _is_name(token: str, before: str, cased: bool) -> bool:
    if token.lower() in ("user", "users"):
        return True
    return cased and len(token) > 1 and token[0].isupper() and before not in _SENTENCE_ENDS
