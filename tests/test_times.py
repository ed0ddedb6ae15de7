"""Times in a query: which days they stand for, from where they are seen, and what they do to a search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recollect import Memory, ranking
from recollect.errors import UsageError
from recollect.ranking import Wanted
from recollect.ranking.words import document_terms
from tests.toy import Call

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)

WINDOWS = (  # the query, and the first and last day that it asks for; None: no bound
    ("What did I do yesterday?", "2026-11-22", "2026-11-22"),
    ("What did I eat the day before yesterday?", "2026-11-21", "2026-11-21"),
    ("Who calls tomorrow?", "2026-11-24", "2026-11-24"),
    ("Who called this morning?", "2026-11-23", "2026-11-23"),
    ("Where was I two weeks ago?", "2026-11-06", "2026-11-12"),
    ("Where was I three days ago?", "2026-11-20", "2026-11-20"),
    ("Where was I a few days ago?", "2026-11-18", "2026-11-21"),
    ("Where was I a couple of years ago?", "2024-01-01", "2024-12-31"),
    ("What broke last week?", "2026-11-16", "2026-11-22"),
    ("What broke this week?", "2026-11-23", "2026-11-29"),
    ("What broke last weekend?", "2026-11-21", "2026-11-22"),
    ("What broke last Monday?", "2026-11-16", "2026-11-16"),
    ("What happens next Friday?", "2026-11-27", "2026-11-27"),
    ("What happens next month?", "2026-12-01", "2026-12-31"),
    ("What did I plant last spring?", "2026-03-01", "2026-05-31"),
    ("What did I plant last autumn?", "2025-09-01", "2025-11-30"),
    ("Where did we ski last winter?", "2025-12-01", "2026-02-28"),
    ("Where did we swim in the summer of 2021?", "2021-06-01", "2021-08-31"),
    ("What did I read last March?", "2026-03-01", "2026-03-31"),
    ("What did I read last December?", "2025-12-01", "2025-12-31"),
    ("What did I read last year?", "2025-01-01", "2025-12-31"),
    ("Who called in the last three months?", "2026-08-23", "2026-11-23"),
    ("Who called in the past year?", "2025-11-23", "2026-11-23"),
    ("What is due in the next two weeks?", "2026-11-23", "2026-12-07"),
    ("What happened before March?", None, "2026-02-28"),
    ("What happened before 7 May 2023?", None, "2023-05-06"),
    ("What have I read since 2022?", "2022-01-01", None),
    ("What have I read since last summer?", "2026-06-01", None),
    ("What have I read since December?", "2025-12-01", None),
    ("What have I read since the 5th of May?", "2026-05-05", None),
    ("What have I read after 2022-05-07?", "2022-05-08", None),
    ("What had I read until May 2020?", None, "2020-05-31"),
    ("What did I read between 2020 and 2022?", "2020-01-01", "2022-12-31"),
    ("What did I read between March and May?", "2026-03-01", "2026-05-31"),
    ("What did I read from 3 May 2024 to 7 June 2024?", "2024-05-03", "2024-06-07"),
    ("Where was I the week before 16 November 2023?", "2023-11-09", "2023-11-16"),
    ("What did I get two weeks before August 11, 2023?", "2023-07-28", "2023-08-11"),
)


def missed(query: str, day: str | datetime, reference: datetime = MONDAY) -> float:
    """How far a memory of a day misses what a query asks for."""
    said = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC) if isinstance(day, str) else day
    _, wanted = ranking.understood(query, (), reference)
    assert wanted.dates, query
    return ranking.undated(wanted, document_terms("We talked", observed_at=said)[0])


@pytest.mark.parametrize(("query", "first", "last"), WINDOWS)
def test_a_query_asks_for_a_window(query: str, first: str | None, last: str | None) -> None:
    """Its first and its last day are in it, the days around it are not."""
    for edge, step in ((first, -1), (last, 1)):
        if edge is not None:
            outside = datetime.fromisoformat(edge) + timedelta(days=step)
            assert missed(query, edge) == 0, edge
            assert missed(query, outside.isoformat()) >= 0.5, outside
    far = [edge for edge, bound in (("1999-09-09", first), ("2033-03-03", last)) if bound is None]
    assert all(missed(query, edge) == 0 for edge in far)


def test_what_comes_round_is_of_any_year_or_either_side() -> None:
    """A month and a season of any year; a day of the week before and after, or wherever words name it."""
    assert missed("Trips in March", "1999-03-09") == missed("Trips in the winter", "1999-01-09") == 0
    assert missed("Trips in March", "2026-04-09") == missed("Trips in the winter", "2026-04-09") == 1
    asked = "What is there on Friday?"
    assert [missed(asked, day) for day in ("2026-11-20", "2026-11-27", "2026-11-26", "2025-01-01")] == [0, 0, 0.5, 1]
    text, wanted = ranking.understood(asked, (), MONDAY)
    assert "friday" in text
    assert ranking.undated(wanted, document_terms("We eat fish on Fridays")[0]) == 0


@pytest.mark.parametrize(
    "query",
    [
        "Where do I live?",
        "May I march in the rain?",
        "Does this may sound odd?",
        "What did she do the next day?",
        "What is her last name?",
        "What was the last day of school like?",
        "Who taught in the last week of term?",
        "What do we do every summer?",
        "Where do the 7 dwarfs live?",
        "",
    ],
)
def test_other_words_are_no_times(query: str) -> None:
    """What names no day seen from here stays as it is."""
    assert ranking.understood(query, (), MONDAY) == (query, Wanted(None, False, ()))


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("What did we eat two weeks ago in Rome?", "What did we eat in Rome?"),
        ("Which books have I read since last winter?", "Which books have I read ?"),
        ("What did I plant last spring?", "What did I plant spring ?"),
        ("Where was Tim in the week before 16 November 2023?", "Where was Tim in ?"),
        ("yesterday", "yesterday"),
    ],
)
def test_times_are_no_words_to_search(query: str, left: str) -> None:
    """They are cut, with what leads them; a season's name stays, and so does what nothing would be left of."""
    text, _ = ranking.understood(query, (), MONDAY)
    assert " ".join(text.split()) == left


def test_a_day_is_one_where_it_is_asked() -> None:
    """Yesterday in New York reaches into the next day of UTC."""
    new_york = timezone(timedelta(hours=-5))
    reference = datetime(2026, 11, 22, 22, tzinfo=new_york)  # the 23rd in UTC
    late = datetime(2026, 11, 21, 21, tzinfo=new_york).astimezone(UTC)
    assert missed("What did I say yesterday?", late, reference) == 0
    assert missed("What did I say yesterday?", "2026-11-23", reference) == 0.5


@pytest.mark.parametrize("reference", [datetime.min, datetime.max])
def test_where_the_calendar_ends_words_are_words(reference: datetime) -> None:
    """What would be before its first day or after its last is no date."""
    query = "What was two years ago, and what will be in the next two years?"
    text, _ = ranking.understood(query, (), reference.replace(tzinfo=UTC))
    assert "ago" in text or "next" in text


WORDS = (
    "since until before after between from and to in on the last next this past of a few two 99 3 days weeks ago years "
    "March may Frıday friday sprıng summer weekend 2023 1999 31 0 2023-13-45 yesterday , - ٢٣"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), st.datetimes())
def test_any_words_can_be_asked(query: str, reference: datetime) -> None:
    """Of dates that are none, letters that only look alike, and years at both ends of the calendar."""
    text, wanted = ranking.understood(query, (), reference.replace(tzinfo=UTC))
    assert set(text.split()) <= set(query.split()) | {word.lower() for word in query.split()}
    assert all(far for far, _ in wanted.dates)


DIARY = {
    "2025-04-10": "I planted tulips in the garden",
    "2026-04-11": "I planted roses in the garden",
    "2026-10-12": "I planted garlic in the garden",
    "2026-11-22": "I raked leaves in the garden",
}


@pytest.fixture
def diary() -> Iterator[Memory]:
    """What was done in the garden."""
    with Memory(":memory:") as memory:
        lines = [{"role": "user", "content": text, "timestamp": f"{day}T12:00:00"} for day, text in DIARY.items()]
        memory.add(lines, user="anna", infer=False)
        memory.add(
            "In April 2026 they planted a hedge in the garden", user="anna", infer=False, observed_at="2026-07-01"
        )
        yield memory


@pytest.mark.parametrize(
    ("query", "on_time"),
    [
        ("What was planted in the garden last spring?", {"roses", "hedge"}),
        ("What was done in the garden yesterday?", {"leaves"}),
        ("What was planted in the garden before 2026?", {"tulips"}),
        ("What was planted in the garden since August?", {"garlic", "leaves"}),
        ("What was done in the garden in the last three months?", {"garlic", "leaves"}),
    ],
)
def test_memories_of_the_time_come_first(diary: Memory, call: Call, query: str, on_time: set[str]) -> None:
    """Said then, or naming it; the others lose, none is lost, and `why` adds up."""
    hits = call(diary, "search", query, user="anna", reference="2026-11-23T07:00", threshold=0.0)
    told = {hit.record.text.split()[-4 if "hedge" in hit.record.text else 2]: hit for hit in hits}
    assert len(hits) == 5
    assert {word for word, hit in told.items() if "date" not in hit.why} == on_time
    assert set(list(told)[: len(on_time)]) == on_time
    for hit in hits:
        assert 0 <= hit.score <= 1
        assert sum(part for part in hit.why.values() if isinstance(part, float)) == pytest.approx(hit.score)


def test_times_are_seen_from_the_reference(diary: Memory, call: Call) -> None:
    """A moment in the memory's zone, now where none is given; a wrong one is refused."""

    def best(**given: object) -> str:
        query = "What was planted in the garden last spring?"
        return str(call(diary, "search", query, user="anna", limit=1, threshold=0.0, **given)[0].record.text)

    assert "roses" in best(reference=MONDAY) or "hedge" in best(reference=MONDAY)
    assert "tulips" in best(reference="2025-11-23")
    assert best() == best(reference=datetime.now(UTC))
    assert call(diary, "explain", "last spring", user="anna", reference="2025-11-23").asked
    for wrong in ("last spring", "2025-13-01", object()):
        with pytest.raises(UsageError, match="reference"):
            best(reference=wrong)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("What did I do last spring?", {"I planted tomatoes"}),
        ("last spring", {"I planted tomatoes"}),
        ("What happened in January 2026?", {"I broke my leg"}),
        ("What has Eva done since 2026?", {"I broke my leg", "I planted tomatoes"}),
        ("What did I do before 2026?", {"I bought a kayak"}),
        ("What happened yesterday?", set()),
    ],
)
def test_what_asks_for_a_time_alone_gets_that_time(query: str, found: set[str], call: Call) -> None:
    """At the default threshold, though no word of the question is in the answer."""
    said = {"I bought a kayak": "2025-07-10", "I broke my leg": "2026-01-15", "I planted tomatoes": "2026-04-20"}
    with Memory(":memory:") as memory:
        lines = [{"role": "user", "name": "Eva", "content": text, "timestamp": day} for text, day in said.items()]
        call(memory, "add_many", lines, user="eva", thread="t")
        hits = call(memory, "search", query, user="eva", reference=MONDAY)
        assert {hit.record.text for hit in hits} == found


def test_a_fact_is_of_the_time_that_it_is_about(call: Call) -> None:
    """What was told in May of a week before is of both days."""
    with Memory(":memory:") as memory:
        line = {
            "role": "user",
            "name": "Anna",
            "content": "I moved to Bergen last week.",
            "timestamp": "2026-05-11T12:00",
        }
        call(memory, "add", line, user="anna")

        def why(query: str) -> set[str]:
            (hit,) = call(memory, "search", query, user="anna", threshold=0.0, reference=MONDAY)
            return set(hit.why)

        assert "date" not in why("Who moved to Bergen before 7 May 2026?")
        assert "date" not in why("Who moved to Bergen after 10 May 2026?")
        assert "date" in why("Who moved to Bergen since August?")
