"""Words: what a memory and a query are found by, and how much each of them tells."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from threading import Lock
from types import MappingProxyType
from typing import Any

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
SIGNED = (  # scripts of India and the south-east, whose vowel signs are marks and yet parts of words
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
_WORD = re.compile(rf"[\U0001f1e6-\U0001f1ff]{{2}}|[{_EMOJI}]|[\w{SIGNED}]+(?:\+\+|#(?!\w))?")
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
        if _RUN.match(chunk):
            found += _pairs(chunk)
        else:
            for word in _WORD.findall(chunk):
                found += _terms_of(word)
    return found


def _plain(text: str) -> str:
    """The text in one spelling: compatible characters unified, accents and invisible characters gone, case kept."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFC", _DROPPED.sub("", decomposed))


@lru_cache(maxsize=65_536)
def _terms_of(found: str) -> tuple[str, ...]:
    """The terms of what stands as one word in a text."""
    return tuple(map(stem, _words(found)))


def _words(found: str) -> Iterator[str]:
    """It and its parts, in small letters."""
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


@cache
def _alike() -> dict[str, dict[str, float]]:
    """The table of words alike: word, other word and cosine in thousandths, and so on."""
    from importlib.resources import files

    lines = (files("recollect") / "embed" / "alike_en.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return {
        word: {stem(near): (int(cosine) / 1000) ** 2 for near, cosine in zip(found[::2], found[1::2], strict=True)}
        for word, *found in rows
    }


@lru_cache(maxsize=1024)
def alike(text: str) -> Mapping[str, Mapping[str, float]]:
    """What else may stand for a term of an English text: terms of words of nearly the same meaning, and how near, up to 1.

    The nearness is the square of the cosine that the bundled embedding table has for two everyday words. Two words that
    may be written as one ("soap bar", "log in") stand for that one as they are.
    """
    found = [tuple(_words(word)) for word in _WORD.findall(_plain(text))]
    near = {stem(word): word for words in found for word in words if word.isascii() and word not in STOP_WORDS}
    table = _alike()
    other = {term: dict(table[word]) for term, word in near.items() if word in table}
    for one, next_ in pairwise(words[0] for words in found if words):
        if one.isascii() and next_.isascii() and one not in STOP_WORDS:
            for term in {stem(one), stem(next_)} & near.keys():
                other.setdefault(term, {})[stem(one + next_)] = 1.0
    return MappingProxyType(other)


# What a memory is found by.

MONTHS = tuple("January February March April May June July August September October November December".split())

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
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
