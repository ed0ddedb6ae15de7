"""Recall through the facade with shipped defaults: ten scripts, emoji, code, queries of every size, steady scores, nonsense."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest

from recollect import Memory
from recollect.ranking import DEFAULT_THRESHOLD
from recollect.types import Mode
from tests.test_ranking import PLANTED, POOL

NONSENSE = ("xqzzy flurb wibble", "asdkjh qwpoeiru zmxncb", "purple monkey dishwasher", "blorf")

ODD = (
    ("The 🎂 is for the third of May 🎉", "🎂"),
    ("We rented the 🏖️ house again", "the 🏖️ house"),
    ("👍", "👍"),
    ("def parse_config(path): return yaml.safe_load(open(path))", "parse_config"),
    ("def parse_config(path): return yaml.safe_load(open(path))", "yaml.safe_load"),
    ("SELECT name FROM invoices WHERE id = 42;", "SELECT name FROM invoices"),
    ("npm ERR! ENOENT: no such file package.json", "Why is package.json missing?"),
    ("The wiki is at http://example.org/a?b=c#d", "example.org"),
    ("C++ and COBOL are on the list", "c++"),
    ("Grandma's recipe needs cardamom.", "cardamom"),
    ("Grandma's recipe needs cardamom.", "CARDAMOM!"),
)
"""Memories in signs and code, and queries of one word or a few."""
CARDAMOM = "Grandma's recipe needs cardamom."
FILLER = random.Random(7).choices(
    "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod".split(), k=1980
)
LONG = {
    "one word": "cardamom " * 2000,
    "a question": "What does grandma need cardamom for? " * 300,
    "a question among others": " ".join(
        [*FILLER[:900], *(["what does the recipe of grandma need?"] * 3), *FILLER[900:]]
    ),
    "no word twice": " ".join(f"w{number}" for number in range(2000)) + " cardamom",
    "no spaces": "豆蔻" * 2000,
    "everything": " ".join(POOL) * 3,
}
"""Queries of 2,000 words and more."""
STRANGE = (
    "?",
    "...",
    "\u200b",
    "x",
    "0",
    "NaN",
    "%s {} $1",
    "'; DROP TABLE slice; --",
    "\\",
    '"',
    "👨‍👩‍👧‍👦",
    "*",
    "AND OR NOT",
)
"""Queries that ask nothing, or something of a machine."""
MODES: tuple[Mode, ...] = ("hybrid", "vector", "keyword")


@pytest.fixture(scope="module")
def planted() -> Iterator[Memory]:
    """The planted memories among 250 others in the same ten scripts."""
    with Memory(":memory:") as memory:
        memory.add_many([*POOL, *(text for text, _ in PLANTED), *dict(ODD)], user="anna")
        yield memory


@pytest.mark.parametrize(("text", "question"), PLANTED, ids=range(len(PLANTED)))
def test_a_planted_memory_is_in_the_top_three(planted: Memory, text: str, question: str) -> None:
    """In its own script, at the default threshold."""
    assert text in [hit.record.text for hit in planted.search(question, user="anna", limit=3)]


@pytest.mark.parametrize(("text", "query"), ODD, ids=range(len(ODD)))
def test_signs_code_and_single_words_are_found(planted: Memory, text: str, query: str) -> None:
    """At the default threshold, in the top three."""
    assert text in [hit.record.text for hit in planted.search(query, user="anna", limit=3)]


@pytest.mark.parametrize("query", ["one word", "a question"])
def test_a_query_of_two_thousand_words_finds_what_it_is_about(planted: Memory, query: str) -> None:
    """Said again and again, a question asks no less; at the default threshold."""
    assert len(LONG[query].split()) >= 1800
    assert planted.search(LONG[query], user="anna", limit=3)[0].record.text == CARDAMOM


@pytest.mark.parametrize("query", ["a question among others", "no word twice"])
def test_a_few_words_among_two_thousand_others_are_found(planted: Memory, query: str) -> None:
    """They are too little to be certain of an answer, and still nothing is more like the query."""
    assert len(LONG[query].split()) >= 2000
    found = planted.search(LONG[query], user="anna", limit=3, threshold=0.0)
    assert CARDAMOM in [hit.record.text for hit in found]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", [*LONG.values(), *STRANGE], ids=[*LONG, *map(ascii, STRANGE)])
def test_every_score_is_a_number_from_zero_to_one(planted: Memory, query: str, mode: Mode) -> None:
    """Whatever is asked; the parts add up, and the best stands first."""
    hits = planted.search(query, user="anna", limit=1000, threshold=0.0, mode=mode)
    assert all(math.isfinite(hit.score) and 0 < hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert sum(part for part in hit.why.values() if isinstance(part, float)) == pytest.approx(hit.score)


@pytest.mark.parametrize("mode", MODES)
def test_an_empty_store_finds_nothing(mode: Mode) -> None:
    """Neither does one whose memories are another user's."""
    queries = [*(query for _, query in (*PLANTED, *ODD)), *LONG.values(), *STRANGE, *NONSENSE]
    with Memory(":memory:") as memory:
        assert not any(memory.search(query, user="anna", threshold=0.0, mode=mode) for query in queries)
        memory.add_many(list(dict(ODD)), user="tom")
        assert not any(memory.search(query, user="anna", threshold=0.0, mode=mode) for query in queries)


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_finds_nothing(planted: Memory, query: str) -> None:
    """What is most like it is not certain enough, and has a low score as well."""
    assert planted.search(query, user="anna") == ()
    best = planted.search(query, user="anna", threshold=0.0, limit=1)
    assert all(hit.score < DEFAULT_THRESHOLD for hit in best)


def test_unrelated_memories_move_no_score() -> None:
    """A hit scores the same alone and among hundreds of others."""
    questions = ("Where does the cat sleep?", "Who plays the violin?")
    with Memory(":memory:") as memory:
        memory.add_many(["The cat sleeps on the piano", "My sister plays the violin"], user="anna")
        before = [memory.search(question, user="anna", limit=1)[0] for question in questions]
        memory.add_many(POOL, user="anna")
        after = [memory.search(question, user="anna", limit=1)[0] for question in questions]
    assert [hit.record.text for hit in before] == [hit.record.text for hit in after]
    assert [hit.score for hit in after] == pytest.approx([hit.score for hit in before], abs=1e-6)


def test_what_a_fact_is_about_finds_it() -> None:
    """A fact about a home does not say "live", and answers where somebody lives."""
    with Memory(":memory:") as memory:
        memory.add("I live in Oslo. I love hiking.", user="anna")
        memory.add("I moved to Bergen last week.", user="anna")
        assert memory.search("Where do I live?", user="anna")[0].record.text == "I moved to Bergen last week"
