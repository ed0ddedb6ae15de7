"""Near duplicates: whether two texts say the same."""

from __future__ import annotations

import re
import unicodedata

from recollect.ranking.words import SIGNED

NEAR_CUT = 0.85
"""Texts that differ in empty words only have cosines above it. Alone it says little: other facts reach 0.998."""

_CONTRACTED = {"can't": "can not", "cannot": "can not", "won't": "will not", "n't": " not", "'m": " am", "'re": " are"}
_TELLING_ARTICLE = re.compile(r"\ba (?=few\b|little\b)")
_SAID = re.compile(rf"\d+(?:[.,:]\d+)*|[\w{SIGNED}]+|[^\s.,!'\"‘“”。、]")
_EMPTY = frozenset({"a", "also", "an", "are", "currently", "is", "now", "really", "s", "the"})


def near_duplicate(text_a: str, text_b: str, cosine: float) -> bool:
    """True only if two texts say the same: alike by vector, and word for word equal apart from a few empty words.

    Numbers, names, negations, word order and every inflection must agree: a fact that is taken for another is lost, one
    that is kept twice is not.
    """
    said = _said(text_a)
    return cosine >= NEAR_CUT and bool(said) and said == _said(text_b)


def _said(text: str) -> list[str]:
    """The words of a text without the empty ones, which are written small (a vitamin A is not a vitamin)."""
    plain = unicodedata.normalize("NFKC", text.strip().replace("’", "'"))
    plain = plain[:1].lower() + plain[1:]
    for contracted, whole in _CONTRACTED.items():
        plain = plain.replace(contracted, whole)
    plain = _TELLING_ARTICLE.sub("a", plain)
    return [word.casefold() for word in _SAID.findall(plain) if word not in _EMPTY]
