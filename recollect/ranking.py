"""The score of a memory for a query, in [0, 1]: the same on every store, whatever else the store holds.

Half is BM25 over `terms`, as a share of what the query could reach (word frequencies come from a bundled table, the
average length is a constant); half is the cosine of the two vectors. The form for one memory (`score`) and the pieces
that a postings cache needs (`prepare`, `document_terms`, `impact`, `combine`) give the same numbers.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from threading import Lock
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect.types import Mode

Floats = npt.NDArray[np.floating[Any]]

K1, B, AVERAGE_LENGTH = 0.9, 0.3, 18.0
"""BM25's saturation and length correction, and the length of an average memory without stop words."""
DEFAULT_THRESHOLD = 0.2
"""Letters without sense stay below (up to 0.12 over 700 memories), and so do most senseless rows of real words.

On LoCoMo's development half every answerable question keeps its hits; more would cost questions that share no word with
their answer ("dietary restrictions": "is a vegetarian"), of which 0.2 loses half. The BM25 constants come from there too.
"""
NEAR_CUT = 0.85
"""Texts that differ in empty words only have cosines above it. Alone it says little: other facts reach 0.998."""

_STOP_WORDS = """
    a about after again all also am an and any are aren as at be because been before being between both but by can
    could couldn d did didn do does doesn doing don down during each few for from further get got had hadn has hasn have
    haven having he her here hers herself him himself his how i if in into is isn it its itself just ll m me more most
    my myself no nor not now of off on once only or other our ours ourselves out over own re s same she should shouldn
    so some such t than that the their theirs them themselves then there these they this those through to too under
    until up user users ve very was wasn we were weren what when where which while who whom why will with won would
    wouldn you your yours yourself yourselves
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English function words, and "user": they say little about what a text is about, and every question is full of them."""


# Terms.

_UNSPACED = (  # scripts that do not space their words, and Hangul, which glues endings to them
    "\u0e01-\u0e2e\u0e30-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece"  # Thai, Lao
    "\u0f40-\u0fbc\u1000-\u103f\u1050-\u109f\u1780-\u17d3"  # Tibetan, Myanmar, Khmer
    "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"  # Hangul
    "\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # Han
    "\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"  # kana
)
_SIGNED = (  # scripts of India and the south-east, whose vowel signs are marks and yet parts of words
    "\u0780-\u07bf\u0900-\u0963\u0966-\u0dff\u1700-\u177f\u1a00-\u1cff\ua800-\ua9df\uaa00-\uaa5f\uabc0-\uabff"
)
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
_ACCENTS = (  # Latin, Greek, Cyrillic; Hebrew; Arabic. The breve (u0306) makes a letter of its own of a Cyrillic i
    "\u0300-\u0305\u0307-\u036f\u0483-\u0487"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
)
_INVISIBLE = "\u200b-\u200d\u2060\ufe0e\ufe0f\ufeff\U0001f3fb-\U0001f3ff"  # joiners, variants, skin tones

_DROPPED = re.compile(f"(?<![Ии])\u0306|[{_ACCENTS}{_INVISIBLE}]")
_RUN = re.compile(f"[{_UNSPACED}]+")
_CHUNK = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_WORD = re.compile(rf"[\U0001f1e6-\U0001f1ff]{{2}}|[{_EMOJI}]|[\w{_SIGNED}]+(?:\+\+|#(?!\w))?")
_CAMEL = re.compile("[a-z][A-Z]|[A-Z]{2}[a-z]")
_CAMEL_PART = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_GRAMMATICAL = re.compile(  # hiragana, and the commonest function characters of Chinese
    "[\u3041-\u309f的了是在我你您他她它们這这那什麼么怎吗嗎呢吧啊哪谁誰和与與也都就有没沒不很会會要把被对對给給到从從去来來何]"
)
_IDEOGRAM = re.compile(f"(?!{_GRAMMATICAL.pattern})[\u3400-\u9fff]")
_STEMMED = (
    ("a", "z", "english"),
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
)
_stemming = Lock()  # a Snowball stemmer keeps the word it works on in itself


def terms(text: str) -> list[str]:
    """What a text is found by: stemmed words, emoji, and pairs of characters where words are not spaced.

    Case, accents and width do not matter; identifiers stand for themselves and for their parts.
    """
    found: list[str] = []
    for chunk in _CHUNK.findall(_plain(text)):
        found += _pairs(chunk) if _RUN.match(chunk) else map(stem, _words(chunk))
    return found


def _plain(text: str) -> str:
    """The text in one spelling: compatible characters unified, accents and invisible characters gone, case kept."""
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", _DROPPED.sub("", decomposed))


def _words(chunk: str) -> Iterator[str]:
    for found in _WORD.findall(chunk):
        word = found.strip("_")
        if word:
            yield word.casefold()
        if "_" in word or _CAMEL.search(word):
            yield from (part.casefold() for piece in word.split("_") for part in _CAMEL_PART.findall(piece))


def _pairs(run: str) -> list[str]:
    """Overlapping pairs of characters, each with its marks, and the characters that can be words by themselves."""
    characters: list[str] = []
    for character in run:
        if characters and unicodedata.category(character).startswith("M"):
            characters[-1] += character
        else:
            characters.append(character)
    if len(characters) == 1:
        return characters
    words = [character for character in characters if _IDEOGRAM.match(character)]
    return [first + second for first, second in pairwise(characters)] + words


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The Snowball stem of a word, by its script; words of other scripts and English stop words as they are."""
    language = next((name for first, last, name in _STEMMED if first <= word[0] <= last), None)
    if language is None or word in STOP_WORDS:
        return word
    with _stemming:
        return str(_stemmer(language).stemWord(word)) or word


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)


# Word weights.


@cache
def _frequencies() -> tuple[int, list[str], dict[str, int]]:
    """The number of utterances that were counted, the words in them, sorted, and in how many each occurs."""
    from importlib.resources import files  # 8 ms that an import need not cost

    lines = (files("recollect") / "embed" / "idf_en.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    counts = {word: int(count) for word, count in rows[1:]}
    return int(rows[0][1]), sorted(counts), counts


@lru_cache(maxsize=65_536)
def weight(term: str) -> float:
    """Inverse document frequency of a term in everyday English; highest for one that is absent there.

    Terms of other scripts, which have no table, get the share of the highest that `_telling` sees in them.
    """
    total, words, counts = _frequencies()
    known = 0
    if term.isascii():
        prefix = term[: max(2, len(term) - 1)]
        alike = takewhile(lambda word: word.startswith(prefix), words[bisect_left(words, prefix) :])
        known = min(total, sum(counts[word] for word in alike if stem(word) == term))
    return math.log(1 + (total - known + 0.5) / (known + 0.5)) * _telling(term)


def _telling(term: str) -> float:
    """How much a term of a script without table tells: its short words and grammatical characters are the frequent ones."""
    if term.isascii() or not term[0].isalpha():
        return 1.0
    if _RUN.match(term):
        return (0.25, 0.5, 1.0)[len(_GRAMMATICAL.sub("", term)[:2])]
    return min(1.0, len(term) / 5)


@lru_cache(maxsize=1024)  # a fact is compared with stored ones and with those of its delivery
def query_terms(text: str) -> Mapping[str, float]:
    """The distinct terms of a query with their weights; stop words count only where there is nothing else."""
    distinct = dict.fromkeys(terms(text))
    telling = [term for term in distinct if term not in STOP_WORDS]
    return MappingProxyType({term: weight(term) for term in telling or distinct})


# Keyword score.

_MONTHS = "January February March April May June July August September October November December"


CATEGORY_WORDS = {
    "age": "age old",
    "allergy": "allergy allergic eat",
    "birthday": "birthday born",
    "diet": "diet eat food",
    "employer": "employer company work job",
    "family": "family",
    "health": "health",
    "home": "home live address",
    "job": "job work occupation living",
    "name": "name called",
    "pet": "pet",
    "phone": "phone number",
    "plan": "plan",
    "preference": "preference like favourite",
    "relationship": "relationship partner married",
    "work": "work job",
}
"""What people ask for a category of facts with: "I moved to Oslo" does not say "live"."""


def document_terms(
    text: str,
    actor: str | None = None,
    category: str | None = None,
    observed_at: datetime | None = None,
    event_at: datetime | None = None,
) -> tuple[dict[str, int], int]:
    """What a memory is found by (text, who said it, what it is about, when), with frequencies; and its length.

    The length leaves out stop words and the words for the category.
    """
    days = [_day(when) for when in dict.fromkeys((observed_at, event_at)) if when is not None]
    frequencies = Counter(terms(" ".join([text, actor or "", *days])))
    length = sum(n for term, n in frequencies.items() if term not in STOP_WORDS)
    for term in terms(CATEGORY_WORDS.get(category or "", "")):
        frequencies.setdefault(term, 1)
    return dict(frequencies), length


def _day(when: datetime) -> str:
    """The words that people ask for a day with."""
    return f"{when.day} {_MONTHS.split()[when.month - 1]} {when.year}"


def impact(frequency: Any, length: Any) -> Any:
    """BM25's saturated term frequency, in [0, 1), of numbers or of arrays of them."""
    return frequency / (frequency + K1 * (1 - B + B * length / AVERAGE_LENGTH))


def attainable(weights: Mapping[str, float]) -> float:
    """The keyword sum that counts as a whole match (never 0): every term of the query once in a very short text."""
    return sum(weights.values()) * float(impact(1, 0)) or 1.0


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query ready to be scored: its weighted terms, their attainable sum, and its vector if it has one."""

    weights: Mapping[str, float]
    attainable: float
    vector: npt.NDArray[np.float32] | None


def prepare(text: str, vector: bytes | None) -> PreparedQuery:
    """The query for a text and its vector."""
    weights = query_terms(text)
    return PreparedQuery(weights, attainable(weights), None if vector is None else unpack(vector))


def keyword_score(query: PreparedQuery, frequencies: Mapping[str, int], length: int) -> float:
    """BM25 of one memory as a share of what the query could reach, in [0, 1]."""
    shared = [term for term in query.weights if term in frequencies]
    if not shared:
        return 0.0
    reached: float = sum(query.weights[term] * impact(frequencies[term], length) for term in shared)
    return min(1.0, reached / query.attainable)


# Vectors and the whole score.


def unpack(vector: bytes) -> npt.NDArray[np.float32]:
    """A stored vector as numbers."""
    return np.frombuffer(vector, "<f2").astype(np.float32)


def cosine(query: bytes | None, document: bytes | None) -> float:
    """Cosine of two stored vectors in [-1, 1]; 0 where one is missing."""
    return _cosine(None if query is None else unpack(query), document)


def _cosine(query: npt.NDArray[np.float32] | None, document: bytes | None) -> float:
    if query is None or document is None:
        return 0.0
    return max(-1.0, min(1.0, float(query @ unpack(document))))


def combine(
    keyword: npt.ArrayLike, dense: npt.ArrayLike, has_vector: npt.ArrayLike, query_has_vector: bool, mode: Mode
) -> Floats:
    """Scores from keyword shares and cosines, one a memory; without both vectors only keywords count.

    They count in full where the query has no vector, by half where only the memory has none: its unknown half must not
    make it better than memories whose half is known (a smiley said by someone would beat what they said).
    """
    keyword = np.clip(np.asarray(keyword, np.float64), 0, 1)
    dense = np.where(np.asarray(has_vector, bool), np.clip(np.asarray(dense, np.float64), 0, 1), 0.0)
    if mode == "vector":
        return dense if query_has_vector else np.zeros_like(dense)
    return 0.5 * keyword + 0.5 * dense if mode == "hybrid" and query_has_vector else keyword


def _whole(keyword: float, dense: float, query_has_vector: bool, mode: Mode) -> float:
    """`combine` of one memory, whose parts are in [0, 1]: numbers by themselves are no work for arrays."""
    if mode == "vector":
        return dense
    return 0.5 * keyword + 0.5 * dense if mode == "hybrid" and query_has_vector else keyword


def score(
    query: PreparedQuery, frequencies: Mapping[str, int], length: int, vector: bytes | None, mode: Mode = "hybrid"
) -> tuple[float, dict[str, float | str]]:
    """The score of one memory and why: the float parts add up to it, the others are notes."""
    keyword = 0.0 if mode == "vector" else keyword_score(query, frequencies, length)
    dense = 0.0 if mode == "keyword" else _cosine(query.vector, vector)
    whole = _whole(keyword, max(0.0, dense), query.vector is not None, mode)
    return whole, _why(whole, keyword, query.vector is not None, vector is not None, mode)


def _why(whole: float, keyword: float, query_has: bool, memory_has: bool, mode: Mode) -> dict[str, float | str]:
    missing = "query" if not query_has else None if memory_has else "memory"
    note = f"none: the {missing} has no vector"
    if mode == "keyword":
        return {"keyword": whole, "vector": "none: searched by keywords only"}
    if mode == "vector":
        return {"keyword": "none: searched by vector only", "vector": note if missing else whole}
    if missing:
        return {"keyword": whole, "vector": note}
    return {"keyword": keyword / 2, "vector": whole - keyword / 2}


# Near duplicates.

_CONTRACTED = {"can't": "can not", "cannot": "can not", "won't": "will not", "n't": " not", "'m": " am", "'re": " are"}
_TELLING_ARTICLE = re.compile(r"\ba (?=few\b|little\b)")
_SAID = re.compile(rf"\d+(?:[.,:]\d+)*|[\w{_SIGNED}]+|[^\s.,!'\"‘“”。、]")
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
