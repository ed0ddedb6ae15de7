"""Questions that need several memories: taken apart by rules, or by a model where it is asked; one list of hits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from recollect import Memory
from recollect.errors import UsageError
from recollect.ports import Explained
from recollect.ranking import PLAIN, PROBES, askings, merged
from recollect.testing import ScriptedModel
from recollect.types import Hit
from tests.test_prompts import record
from tests.test_ranking import POOL
from tests.toy import Call, Toy

JOINED = "Who repairs the greenhouse and where is the spare key?"
GREENHOUSE, KEY = "Uncle Pavel repairs the greenhouse every April.", "The spare key hangs behind the barometer."
BOTH = {GREENHOUSE, KEY}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (JOINED, ["Who repairs the greenhouse", "where is the spare key?"]),
        ("What does Anna like, and where does she live?", ["What does Anna like", "where does she live?"]),
        ("Where is Tom? When does he come back?", ["Where is Tom", "When does he come back?"]),
        ("Is Anna a vegan and what does she cook?", ["Is Anna a vegan", "what does she cook?"]),
        ("Tell me what Anna likes and also how old she is", ["Tell me what Anna likes", "how old she is"]),
        (
            "Who sings well; who plays drums and which band is it as well as when did it start?",
            ["Who sings well", "who plays drums", "which band is it", "when did it start?"],
        ),
    ],
)
def test_joined_questions_come_apart(question: str, parts: Sequence[str]) -> None:
    """Where a question word begins another question, each is one."""
    assert askings(question) == tuple(parts)


@pytest.mark.parametrize(
    "question",
    [
        "Where does Anna live?",
        "What do Anna and Tom like?",
        "What does Anna cook and bake?",
        "According to Gina, what makes Jon a good guide?",
        "When and where did they meet?",
        "Does she know how and when to plant garlic?",
        "What charity might he work with and why?",
        "I met the man and who knows him",
        "Who is it? What? Why?",
        "and who is it?",
        " and ".join(["what is this thing"] * (PROBES + 1)),
        "绿茶和咖啡",
        "Who is it?" + " " * 100_000 + "and where does she live?",
        "?",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    """A list, a relative clause, or a question that leans on the other is no second question; nor are too many, too far."""
    assert askings(question) == (question,)


def hit(memory: str, score: float) -> Hit:
    """A hit of so much."""
    return Hit(record(memory, memory), score, {"keyword": score})


def test_hits_of_probes_become_one_list() -> None:
    """A memory once, by its best score and with the probe that gave it; in the order of scores."""
    found = merged(["one", "two"], [[hit("a", 0.9), hit("b", 0.3)], [hit("c", 0.5), hit("b", 0.4)]], 10)
    assert [(one.record.id, one.score, one.why["probe"]) for one in found] == [
        ("a", 0.9, "one"),
        ("c", 0.5, "two"),
        ("b", 0.4, "two"),
    ]


def test_every_probe_has_a_share_of_the_list() -> None:
    """The best of one that scores low is not crowded out by the many of another."""
    high = [hit(name, 0.9 - n / 100) for n, name in enumerate("abcdef")]
    assert [one.record.id for one in merged(["high", "low"], [high, [hit("z", 0.2)]], 3)] == ["a", "b", "z"]
    assert merged(["high", "low"], [[], []], 3) == ()


@pytest.fixture
def told(memory: Memory) -> Memory:
    """A memory that holds both answers among many others."""
    memory.add_many([*POOL, GREENHOUSE, KEY], user="anna")
    return memory


def test_a_joined_question_finds_what_both_ask(told: Memory, call: Call) -> None:
    """In one call; `why` names the part that found each, and `explain` all parts."""
    hits = call(told, "search", JOINED, user="anna", limit=2)
    assert {one.record.text: one.why["probe"] for one in hits} == {
        GREENHOUSE: "Who repairs the greenhouse",
        KEY: "where is the spare key?",
    }
    explained = call(told, "explain", JOINED, user="anna")
    assert explained.probes == ("Who repairs the greenhouse", "where is the spare key?")


def test_a_part_scores_as_the_question_that_it_is(told: Memory) -> None:
    """No more and no less than when it is asked alone; what one part lacks does not pull the other down."""
    alone = {
        one.record.text: one.score
        for question in askings(JOINED)
        for one in told.search(question, user="anna", limit=1)
    }
    assert {one.record.text: one.score for one in told.search(JOINED, user="anna", limit=2)} == alone
    half = told.search("Who repairs the greenhouse and where is the xqzzy flurb?", user="anna", limit=1)
    assert [(one.record.text, one.score) for one in half] == [(GREENHOUSE, alone[GREENHOUSE])]


def test_a_plain_search_takes_nothing_apart(told: Memory) -> None:
    """It is of the text as it stands, as are searches by words or by vector alone."""
    for given in ({"weights": PLAIN}, {"mode": "keyword"}, {"mode": "vector"}):
        hits = told.search(JOINED, user="anna", limit=2, threshold=0.0, **given)  # type: ignore[arg-type]
        assert hits and all("probe" not in one.why for one in hits)


def test_a_part_that_names_nobody_asks_of_the_same_person() -> None:
    """ "She" is who the question is about."""
    said = [
        {"role": "user", "name": name, "content": "My dentist is on Elm Street."} for name in ("Tom", "Anna", "Eva")
    ]
    with Memory(":memory:") as memory:
        memory.add(said, user="u", infer=False)
        hits = memory.search("What does Anna eat and where is her dentist?", user="u", threshold=0.0)
        assert hits[0].record.actor == "Anna"
        assert hits[0].score > hits[1].score


def test_a_part_asks_nothing_of_who_is_named_after_it() -> None:
    """ "How old is Felix" is not asked of Lena."""
    said = [("Lena", "I play the piano."), ("Tom", "Felix is 34 years old.")]
    with Memory(":memory:") as memory:
        memory.add([{"role": "user", "name": n, "content": text} for n, text in said], user="u", infer=False)
        hits = memory.search("How old is Felix and what does Lena play?", user="u")
        assert "speaker" not in {hit.record.actor: hit for hit in hits}["Tom"].why


# With a model.


def replying(*replies: Any) -> tuple[Memory, ScriptedModel]:
    """A memory with both answers, and a model that replies so."""
    model = ScriptedModel([reply if isinstance(reply, str | Exception) else json.dumps(reply) for reply in replies])
    memory = Memory(":memory:", reasoner=model)
    memory.add_many([*POOL, GREENHOUSE, KEY], user="anna")
    return memory, model


INVOLVED = "What do I need to let the handyman in?"


def test_a_model_says_what_to_search_for(call: Call) -> None:
    """One call to it, one to the store; the question itself is searched for as well."""
    memory, model = replying({"probes": ["Who repairs the greenhouse?", "Where is the spare key?"]})
    with memory:
        assert BOTH.isdisjoint(one.record.text for one in call(memory, "search", INVOLVED, user="anna", limit=2))
        assert not model.requests  # unasked, none is made
        hits = call(memory, "search", INVOLVED, user="anna", limit=3, decompose=True)
        assert {one.record.text: one.why["probe"] for one in hits[:2]} == {
            GREENHOUSE: "Who repairs the greenhouse?",
            KEY: "Where is the spare key?",
        }
        assert len(model.requests) == 1
        assert json.dumps({"question": INVOLVED}) in model.requests[0][1].text


def test_a_model_that_finds_one_question_leaves_it_whole() -> None:
    """It is searched for as without; of too many probes the first count."""
    many = [f"Where is thing {number}?" for number in range(9)]
    memory, _ = replying({"probes": []}, {"probes": []}, {"probes": many})
    with memory:
        assert memory.search(INVOLVED, user="anna", decompose=True) == memory.search(INVOLVED, user="anna")
        assert memory.explain(INVOLVED, user="anna", decompose=True).probes == (INVOLVED,)
        explained = memory.explain(INVOLVED, user="anna", decompose=True)
        assert explained.probes == (INVOLVED, *many[:PROBES])
        assert explained.whole is None


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("I would rather not.", "ModelReplyError"),
        ('{"probes": "none"}', "ModelReplyError"),
        ('{"queries": ["x"]}', "ModelReplyError"),
        (RuntimeError("503"), "ModelUnavailableError"),
    ],
)
def test_a_model_that_fails_costs_no_search(call: Call, reply: Any, error: str) -> None:
    """The question is searched for as without it, once and without a repair; `explain` says what went wrong."""
    memory, model = replying(reply, reply)
    with memory:
        plain = call(memory, "search", JOINED, user="anna")
        assert plain and call(memory, "search", JOINED, user="anna", decompose=True) == plain
        explained: Explained = call(memory, "explain", JOINED, user="anna", decompose=True)
        assert explained.probes == askings(JOINED)
        assert explained.whole is not None and explained.whole.startswith(f"{error}: ")
        assert len(model.requests) == 2


def test_a_probe_that_says_nothing_is_left_out() -> None:
    """The others count."""
    memory, _ = replying({"probes": ["  ", 7, "Where is the spare key?"]})
    with memory:
        explained = memory.explain(INVOLVED, user="anna", decompose=True)
        assert explained.probes == (INVOLVED, "Where is the spare key?")


@pytest.mark.parametrize("reasoner", [Toy(), None], ids=["own", "rules"])
def test_without_a_model_only_joined_questions_come_apart(reasoner: Toy | None) -> None:
    """A reasoner that takes no questions apart keeps working."""
    with Memory(":memory:", reasoner=reasoner) as memory:
        memory.add_many([GREENHOUSE, KEY], user="anna")
        for question in (JOINED, INVOLVED):
            found = memory.search(question, user="anna", threshold=0.0, decompose=True)
            assert found == memory.search(question, user="anna", threshold=0.0)


def test_a_reasoner_of_ones_own_may_take_questions_apart() -> None:
    """It needs no model for that."""

    class Own(Toy):
        def probes(self, question: str) -> Any:
            return ("Where is the spare key?",)
            yield

    with Memory(":memory:", reasoner=Own()) as memory:
        memory.add_many([*POOL, GREENHOUSE, KEY], user="anna")
        assert memory.search(INVOLVED, user="anna", limit=1, decompose=True)[0].record.text == KEY


def test_what_cannot_be_searched_asks_no_model() -> None:
    """A mistake of the caller costs nothing."""
    memory, model = replying()
    with memory:
        for given in ({"query": " "}, {"query": "x", "limit": 0}, {"query": "x", "threshold": 2.0}):
            with pytest.raises(UsageError):
                memory.search(user="anna", decompose=True, **given)  # type: ignore[arg-type]
        assert not model.requests
