"""The score in context: who is asked of, when, what stands beside a memory, and whether there is an answer at all."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Memory, ranking
from recollect.errors import UsageError
from recollect.ports import Bind, Journal, Proposing, Query, Search
from recollect.ranking import PLAIN, Priors, Wanted, Weights
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.stores.threads import Threads
from recollect.testing.scene import DIMS, USER, ManualClock, Scene, vector
from recollect.types import Hit, Source, View
from tests.make_alike import made, written
from tests.test_ranking import POOL
from tests.toy import Call

TALK = (
    ("Melanie", "Hi Caroline! How was the pottery class?"),
    ("Caroline", "Lovely, I made a bowl. And what did you do?"),
    ("Melanie", "I went camping in the mountains last weekend"),
    ("Caroline", "With the kids? We had a tent as well"),
    ("Melanie", "Yes, all three of them"),
    ("Caroline", "My guitar lessons start on 3 March"),
    ("Melanie", "Good luck with that"),
)
DAYS = ("2023-05-08", "2023-06-09")
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def messages(day: str) -> list[dict[str, str]]:
    return [
        {"role": "user", "name": name, "content": text, "timestamp": f"{day}T12:{n:02}:00+00:00"}
        for n, (name, text) in enumerate(TALK)
    ]


@pytest.fixture
def talk() -> Iterator[Memory]:
    """A conversation of two, in one thread."""
    with Memory(":memory:") as memory:
        memory.add(messages(DAYS[0]), user="anna", infer=False, thread="talk")
        yield memory


def texts(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.record.text for hit in hits]


# What a query asks.


@pytest.mark.parametrize(
    ("query", "speaker", "text"),
    [
        ("What did Caroline make?", "Caroline", "What did make?"),
        ("What is Caroline's bowl like?", "Caroline", "What is bowl like?"),
        ("what did caroline make?", "Caroline", "what did make?"),
        ("What did Melanie tell Caroline about tents?", "Melanie", "What did tell about tents?"),
        ("Where do Caroline and Melanie camp?", None, "Where do and camp?"),
        ("Do both Melanie like what Caroline likes?", None, "Do both like what likes?"),
        ("What does Bob do?", None, "What does Bob do?"),
        ("Who is Caroline?", "Caroline", "Who is Caroline?"),
        ("What did Mary Ann Lee say of pots?", "Mary Ann Lee", "What did say of pots?"),
        ("Carolines", None, "Carolines"),
        ("What does the user play?", None, "What does the user play?"),
        ("will may play?", None, "will may play?"),
        ("What does Will play?", "Will", "What does play?"),
        ("Will I play?", None, "Will I play?"),
        ("Will's play", "Will", "play"),
        ("how long is a grace period", None, "how long is a grace period"),
        ("how long is grace's play", "Grace", "how long is play"),
        ("where is my caroline", None, "where is my caroline"),
    ],
)
def test_speakers_are_found_by_the_words_of_a_query(query: str, speaker: str | None, text: str) -> None:
    """Names with their genitive are no words to search; of several the first is asked of, together none."""
    actors = {"Caroline", "Melanie", "Mary Ann Lee", "Mary Ann", "Will", "Grace", "user", "assistant"}
    named = [name for name in ranking.names(query) if name in actors]
    left, wanted = ranking.understood(query, named, NOW)
    assert (wanted.speaker, " ".join(left.replace("?", " ?").split()).replace(" ?", "?").rstrip("?")) == (
        speaker,
        text.rstrip("?"),
    )


@pytest.mark.parametrize(
    ("query", "dates", "left"),
    [
        ("What happened on 7 May 2023?", [(("may", "2023"), ("7",))], "what happened on"),
        ("What happened on May 7th, 2023?", [(("may", "2023"), ("7",))], "what happened on"),
        ("What happened on 2023-05-07?", [(("may", "2023"), ("7",))], "what happened on"),
        ("Trips in March", [(("march",), ())], "trips"),
        ("Trips in March 2024", [(("march", "2024"), ())], "trips in"),
        ("Trips of 2022", [(("2022",), ())], "trips of"),
        ("A trip on 3 Feb. or on 2 March", [(("februari",), ("3",)), (("march",), ("2",))], "a trip on or on"),
        ("May I march in the rain?", [], "may i march in the rain"),
        ("7 May 2023", [(("may", "2023"), ("7",))], "7 may 2023"),
    ],
)
def test_dates_are_no_words_to_search(query: str, dates: list[object], left: str) -> None:
    """They are what memories should be of; nothing is cut where nothing would be left, or where no weight looks at them."""
    text, wanted = ranking.understood(query, (), NOW)
    assert list(wanted.dates) == dates
    assert " ".join("".join(c if c.isalnum() else " " for c in text).split()).lower() == left
    assert ranking.understood(query, (), NOW, dated=False) == (query, Wanted(when=False))


def test_a_query_of_any_length_is_looked_at() -> None:
    """A name at the beginning of very many words is found at once."""
    assert "Caroline" in ranking.names("Ask Caroline " + "word " * 100_000)
    assert len(ranking.names("Some Other " * 100_000)) < 2000


@pytest.mark.parametrize(
    ("text", "question", "time"),
    [
        ("Where were you?", True, False),
        ("where were you??? 😀", True, False),
        ("你在哪里？", True, False),
        ("Look at this? [photo: a dog]", True, False),
        ("Really? I was at home.", False, False),
        ("I was there last summer", False, True),
        ("We moved two years ago", False, True),
        ("In 2019 I was ill", False, True),
    ],
)
def test_what_a_memory_is_like(text: str, question: bool, time: bool) -> None:
    """Whether it only asks, and whether it says when."""
    assert (ranking.is_question(text), ranking.has_time(text)) == (question, time)


def test_words_alike_are_those_of_the_bundled_table() -> None:
    """The file is what its maker makes; the plain score knows nothing of them."""
    from importlib.resources import files

    stored = (files("recollect") / "embed" / "alike_en.tsv").read_text(encoding="utf-8")
    assert {line.split("\t")[0] for line in stored.splitlines()} == set(made())
    found = [line.split("\t")[1::2] for line in written(made()).splitlines()]
    agreeing = sum(a == b.split("\t")[1::2] for a, b in zip(found, stored.splitlines(), strict=True))
    assert agreeing > 0.99 * len(found)  # cosines that tie may change places
    query = ranking.prepare("Which vehicle?", None, 1.0)
    assert 0 < ranking.matches(query, {"car": 1}, 1)["vehicl"] < ranking.matches(query, {"vehicl": 1}, 1)["vehicl"] < 1
    assert ranking.matches(ranking.prepare("Which vehicle?", None), {"car": 1}, 1) == {}


def test_two_words_are_found_as_one() -> None:
    """Each stands for the word that both make; one that tells nothing begins none."""
    query = ranking.prepare("Put a soap bar where you log in", None, 1.0)
    whole = ranking.matches(query, {"soap": 1, "bar": 1}, 2)
    assert ranking.matches(query, {"soapbar": 1}, 2) == whole
    assert ranking.matches(query, {"login": 1}, 1) == ranking.matches(query, {"log": 1}, 1) != {}
    assert ranking.matches(query, {"youlog": 1}, 1) == {}


# One score, in two forms.

LATER = datetime(2024, 4, 1, tzinfo=UTC)

SHARES = st.floats(0, 1)


@given(
    *(SHARES, SHARES, st.booleans(), st.booleans(), st.sampled_from([0.0, 0.5, 1.0]), st.booleans(), SHARES, SHARES),
    st.builds(Weights, recency=SHARES, importance=SHARES),
)
def test_parts_add_up_to_the_whole(
    base: float,
    neighbours: float,
    of_another: bool,
    question: bool,
    undated: float,
    when: bool,
    fresh: float,
    important: float,
    weights: Weights,
) -> None:
    """The parts of one memory and the formula over arrays are the same number, in [0, 1]; nothing comes of nothing."""
    priors = Priors(neighbours, of_another, question, undated, when, fresh, important)
    parts = ranking.parts(base, priors, weights)
    arrays = Priors(*(np.array([getattr(priors, field.name)], np.float64) for field in fields(Priors)))
    (whole,) = ranking.whole(np.array([base]), arrays, weights)
    assert 0 <= whole <= 1
    assert base + sum(parts.values()) == pytest.approx(whole, abs=1e-9)
    assert ranking.parts(base, priors, PLAIN if not neighbours else replace(PLAIN, before=1)).keys() <= {"neighbours"}
    assert ranking.whole(0.0, replace(priors, neighbours=0.0), weights) == 0
    assert ranking.whole(base, priors, weights) >= ranking.whole(base, priors, replace(weights, recency=0)) - 1e-12


@given(
    st.lists(st.tuples(SHARES, st.booleans(), st.integers(0, 1), st.integers(0, 12)), max_size=30),
    st.sampled_from([Weights(), replace(Weights(), after=0), replace(Weights(), answer=3.0)]),
)
def test_neighbours_of_one_memory_and_of_many_are_the_same(
    memories: list[tuple[float, bool, int, int]], weights: Weights
) -> None:
    """From every memory outwards, or for each from what is beside it."""
    threads = Threads()
    turn = np.array([threads.number(f"t{thread}", position) for *_, thread, position in memories], np.int64)
    base = np.array([score for score, *_ in memories], np.float64)
    asks = np.array([question for _, question, *_ in memories], np.bool_)
    together = np.zeros(len(memories)) + ranking.supports(base, asks, turn, threads.sides, weights)

    def at(thread: int, position: int) -> list[tuple[float, bool]]:
        return [(score, question) for score, question, t, p in memories if (t, p) == (thread, position)]

    for row, (_, _, thread, position) in enumerate(memories):
        sides = (
            [
                max((max(0.0, score - ranking.FLOOR) for score, _ in at(thread, position + side * k)), default=0.0)
                for k in range(1, ranking.REACH + 1)
            ]
            for side in (-1, 1)
        )
        answers = any(question for _, question in at(thread, position - 1))
        assert ranking.support(*sides, answers, weights) == pytest.approx(together[row], abs=1e-9)


class DeafIndex(ScanIndex):
    """Cannot tell what stands beside what it proposes."""

    def propose(self, request: Search, views: Sequence[View], limit: int, journal: Journal) -> Proposing:
        proposals = yield from super().propose(request, views, limit, journal)
        return tuple(replace(each, beside=None) for each in proposals)


@pytest.mark.parametrize("weights", [Weights(), replace(Weights(), recency=0.5, half_life=20.0, importance=0.5)])
def test_the_index_and_the_journal_rank_alike(weights: Weights) -> None:
    """What the index proposes first, of thousands of scores at once, is what single scores put first; to the last bit,
    whether the index tells what stands beside that, or the journal.
    """
    chance = random.Random(3)
    clock = ManualClock()
    journal = SqliteJournal(":memory:", clock=clock)
    scene = Scene(lambda *_: Store(journal, ScanIndex()), "do", clock)
    deaf = Store(journal, DeafIndex())
    deaf.do(Bind("contract", DIMS))
    words = "tea coffee guitar camping tent kids bowl class lesson mountain weekend dog".split()
    for n in range(150):
        text = " ".join(chance.choices(words, k=4)) + chance.choice(("", "?", " last week"))
        source = Source(key=str(n), quote="", thread=f"t{n % 7}", position=chance.randrange(12))
        scene.add(
            text,
            vector=vector(*(chance.gauss(0, 1) for _ in range(4))),
            actor=chance.choice(("Ann", "Bob", None)),
            observed_at=datetime(2024, chance.randrange(1, 4), chance.randrange(1, 4), tzinfo=UTC),
            sources=(source,) if n % 5 else (),
            metadata={"importance": chance.random()} if n % 3 else {},
        )
    clock.move(1)
    for n in range(40):
        query = Query(
            " ".join(chance.choices([*words, "vehicle", "children"], k=3)),
            vector(*(chance.gauss(0, 1) for _ in range(4))),
            Wanted(chance.choice(("Ann", None)), n % 2 == 0, ((("februari", "2024"), ("2",)),) if n % 3 else ()),
        )
        request = Search(scope=USER, queries=(query,), limit=150, weights=weights, reference=LATER)
        (alone,) = scene.do(replace(request, as_of=clock.now)).hits
        for limit in (3, 20):
            some = replace(request, limit=limit)
            assert scene.do(some).hits == deaf.do(some).hits == (alone[:limit],)
        assert alone[0].score > alone[-1].score and all(0 <= hit.score <= 1 for hit in alone)
        assert all(one.score >= other.score for one, other in pairwise(alone))
        for hit in alone:
            parts = [part for part in hit.why.values() if isinstance(part, float)]
            assert sum(parts) == pytest.approx(hit.score, abs=1e-9)


# Through the facade.


def test_an_answer_is_found_beside_its_question(talk: Memory, call: Call) -> None:
    """It shares no word with what is asked; what was asked before it does."""
    hits = call(talk, "search", "Did Melanie go camping with her kids?", user="anna", threshold=0.0)
    answer = next(hit for hit in hits if hit.record.text == "Yes, all three of them")
    assert float(answer.why["neighbours"]) > 0.1
    plain = call(talk, "search", "Did Melanie go camping with her kids?", user="anna", threshold=0.0, weights=PLAIN)
    assert answer.record.text not in texts(plain[:3])
    assert not any("neighbours" in hit.why for hit in plain)


def test_what_another_said_counts_less(talk: Memory) -> None:
    """Where one is asked of."""
    hits = {
        hit.record.actor: hit for hit in talk.search("What did Melanie do in her tent?", user="anna", threshold=0.0)
    }
    assert float(hits["Caroline"].why["speaker"]) < 0
    assert "speaker" not in hits["Melanie"].why


@pytest.mark.parametrize(
    ("switched", "part", "query"),
    [
        ({"before": 0, "after": 0}, "neighbours", "Did Melanie go camping with her kids?"),
        ({"speaker": 0}, "speaker", "What did Melanie do in her tent?"),
        ({"question": 0}, "question", "How was the pottery class?"),
        ({"date": 0}, "date", "Who went camping in July 2022?"),
        ({"when": 0}, "when", "When did they go camping?"),
    ],
)
def test_every_part_can_be_switched_off(talk: Memory, switched: dict[str, float], part: str, query: str) -> None:
    """A weight of 0 leaves its part out of the score."""
    whole = talk.search(query, user="anna", threshold=0.0)
    without = talk.search(query, user="anna", threshold=0.0, weights=replace(Weights(), **switched))
    assert any(part in hit.why for hit in whole)
    assert without and not any(part in hit.why for hit in without)


@pytest.mark.parametrize("mode", ["vector", "keyword"])
def test_a_search_by_one_signal_is_that_alone(talk: Memory, mode: str) -> None:
    """Words, or the vector, of the memory and of the whole query."""
    hits = talk.search("Did Melanie go camping in May 2023?", user="anna", mode=mode, threshold=0.0)  # type: ignore[arg-type]
    plain = talk.search("Did Melanie go camping in May 2023?", user="anna", mode=mode, threshold=0.0, weights=PLAIN)  # type: ignore[arg-type]
    assert hits == plain and all(set(hit.why) == {"keyword", "vector"} for hit in hits)


def test_memories_of_the_date_come_first() -> None:
    """The day that something was said, or that its words name."""
    with Memory(":memory:") as memory:
        for day in DAYS:
            memory.add(messages(day), user="anna", infer=False, thread=day)
        best = memory.search("Who went camping in June 2023?", user="anna", limit=1)[0]
        assert best.record.observed_at is not None and best.record.observed_at.month == 6
        lessons = memory.search("What starts on 3 March?", user="anna", threshold=0.0)
        assert not any("date" in hit.why for hit in lessons if "March" in hit.record.text)
        assert all("date" in hit.why for hit in lessons if "March" not in hit.record.text)


def test_facts_stand_where_they_were_said() -> None:
    """What is extracted from a conversation has the place of its message."""
    with Memory(":memory:") as memory:
        memory.add(["I live in Oslo.", "I love hiking.", "I have a dog."], user="anna", thread="talk")
        facts = memory.list(user="anna").records
        assert sorted(fact.sources[0].position for fact in facts) == [0, 1, 2]  # type: ignore[type-var]
        hits = memory.search("hiking", user="anna", threshold=0.0)
        assert {"neighbours" in hit.why for hit in hits if "hiking" not in hit.record.text} == {True}


def test_other_users_do_not_exist(talk: Memory) -> None:
    """Neither their names nor what they said at the same places of a thread of the same name changes anything."""

    def asked() -> list[tuple[str, float, object]]:
        hits = talk.search("Did Melanie go camping in Paris with Kids?", user="anna", threshold=0.0)
        return [(hit.record.text, hit.score, dict(hit.why)) for hit in hits]

    before = asked()
    others = [
        {"role": "user", "name": name, "content": f"Camping in Paris? {n}"} for n, name in enumerate(["Paris", "Kids"])
    ]
    talk.add(others * 4, user="bob", infer=False, thread="talk")
    talk.add(others * 4, agent="helper", infer=False, thread="talk")
    assert asked() == before


def test_other_conversations_move_no_score(talk: Memory) -> None:
    """A hit in context scores the same among hundreds of memories of other threads and of none."""
    questions = ("Did Melanie go camping with her kids?", "When do the guitar lessons of Caroline start?")

    def scores() -> list[dict[str, float]]:
        found = (talk.search(question, user="anna", threshold=0.0, limit=7) for question in questions)
        return [
            {hit.record.text: hit.score for hit in hits if hit.record.text in dict(map(reversed, TALK))}
            for hits in found
        ]

    before = scores()
    talk.add_many(POOL, user="anna")
    talk.add(list(POOL), user="anna", infer=False, thread="another")
    for earlier, later in zip(before, scores(), strict=True):
        assert all(later[text] == pytest.approx(earlier[text], abs=1e-6) for text in list(earlier)[:3])


def test_what_is_not_known_is_not_answered(talk: Memory, call: Call) -> None:
    """By default nothing is found unless a first hit is certain enough; a threshold given is a cut of scores alone."""
    assert call(talk, "search", "Which chess opening does Caroline prefer?", user="anna") == ()
    assert call(talk, "search", "Which chess opening does Caroline prefer?", user="anna", threshold=0.0)
    sure = call(talk, "search", "When do Caroline's guitar lessons start?", user="anna")
    assert "guitar" in sure[0].record.text
    assert all(hit.score >= ranking.KEPT for hit in sure)
    cut = call(talk, "search", "When do Caroline's guitar lessons start?", user="anna", threshold=sure[0].score - 1e-9)
    assert texts(cut) == texts(sure[:1])


def test_weights_are_weights(talk: Memory) -> None:
    """Anything else is a UsageError."""
    with pytest.raises(UsageError, match=r"expected recollect\.ranking\.Weights"):
        talk.search("tea", user="anna", weights={"speaker": 0})  # type: ignore[arg-type]


def test_turns_are_numbered_once() -> None:
    """In whatever order they come, those beside each other know it."""
    threads = Threads()
    numbers = {position: threads.number("t", position) for position in (4, 2, 3, 5, 0, 1)}
    assert threads.number("t", 3) == numbers[3] and threads.number("u", 3) not in numbers.values()
    assert threads.number(None, 3) == threads.number("t", None) == 0
    before, after = threads.sides
    assert [before[k][numbers[3]] for k in (0, 1)] == [numbers[2], numbers[1]]
    assert [after[k][numbers[3]] for k in (0, 1)] == [numbers[4], numbers[5]]
    assert [before[0][numbers[0]], after[1][numbers[4]]] == [0, 0]
