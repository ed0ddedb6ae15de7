"""The nodes, each driven by hand: a request comes out, an answer goes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from recollect.nodes import apply as applying
from recollect.nodes.apply import apply
from recollect.nodes.extract import extract
from recollect.nodes.retrieve import LIMIT, retrieve
from recollect.nodes.review import review
from recollect.nodes.route import route
from recollect.ports import Begin, Claim, Commit, Committed, Embed, Flow, Found, Log, Plan, Search, Select
from recollect.state import MemoryState, Usage
from recollect.types import (
    Change,
    ChangeSet,
    Draft,
    Fact,
    Outcome,
    Page,
    Receipt,
    Scope,
    Source,
    Turn,
)
from tests.states import ANNA, NOW, Says, delivery, drive, fact, hit, logged, ready, record

# route


def routed(claim: Claim, *texts: str, **state: Any) -> tuple[Begin, dict[str, Any]]:
    given: Any = {"delivery": delivery(*texts), **state}
    requests, update = drive(route(given), claim)
    return requests[0], update


def claimed(*mine: bool, **fields: Any) -> Claim:
    keys = tuple(f"k{n}" for n in range(len(mine)))
    return Claim(change_set="set", now=NOW, keys=keys, mine=mine, **fields)


def test_route_claims_and_works_on_what_is_its_own() -> None:
    """The messages that others remembered are known, the others get their keys."""
    begin, update = routed(claimed(False, True, True, edits={"k1": "k9"}), "a", "b", "c")
    assert (begin.scope, begin.owner) == (ANNA, "owner")
    assert len(set(begin.message_ids)) == 3 and None not in begin.message_ids
    assert len(set(begin.keys)) == 3 and None not in begin.keys
    assert [(turn.text, turn.key) for turn in update["turns"]] == [("b", "k1"), ("c", "k2")]
    assert (update["known"], update["now"], update["edits"]) == (1, NOW, {"k1": "k9"})
    assert "receipt" not in update


def test_route_ends_where_everything_is_known() -> None:
    """A receipt without outcomes says so."""
    _, update = routed(claimed(False, False), "a", "b")
    assert update["turns"] == ()
    assert update["receipt"] == Receipt(change_set=None, messages=2, known=2)


def test_route_ends_where_there_is_nothing_to_do() -> None:
    """No messages, no work."""
    _, update = routed(claimed())
    assert update["receipt"] == Receipt(change_set=None)


def test_route_takes_a_message_that_came_twice_once() -> None:
    """The second copy of a key counts as known."""
    claim = Claim(change_set="set", now=NOW, keys=("k", "j", "k"), mine=(True, True, True))
    _, update = routed(claim, "a", "b", "a")
    assert [turn.position for turn in update["turns"]] == [0, 1]
    assert update["known"] == 1


def test_route_takes_over_a_plan() -> None:
    """The plan of a dead call comes first, with its facts; what this call found so far is kept for the receipt."""
    plan = ChangeSet(
        id="dead",
        scope=ANNA,
        operation="remember",
        changes=(Change(operation="NONE", reason="r", decider="d", fact=fact("I like tea")),),
    )
    claim = replace(claimed(False), change_set="dead", planned=plan, more=True)
    before = Outcome(status="applied", operation="ADD", reason="", decider="")
    _, update = routed(claim, "a", more=True, plan=plan, outcomes=(before,))
    assert (update["plan"], update["facts"], update["more"]) == (plan, (fact("I like tea"),), True)
    assert update["outcomes"] == (before,)
    assert "receipt" not in update


def test_route_starts_afresh() -> None:
    """Nothing of an earlier run on the same thread is left in the state."""
    old: Any = {"conflicts": (1,), "rounds": 2, "outcomes": ("old",), "usage": Usage(5, 5, 5), "more": False}
    _, update = routed(claimed(True), "a", **old)
    assert (update["conflicts"], update["rounds"], update["outcomes"], update["usage"]) == ((), 0, (), None)
    bobs = ChangeSet(id="bob's", scope=Scope(user="bob"), operation="remember")
    _, update = routed(claimed(True), "a", **{**old, "more": True, "plan": bobs})
    assert (update["outcomes"], update["usage"]) == ((), None)


# extract


class Finds(Says):
    """Finds what it is told."""

    def __init__(self, *facts: Fact) -> None:
        super().__init__()
        self.facts = facts

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        yield Embed(tuple(turn.text for turn in turns))
        return self.facts


def test_extract_proves_every_source() -> None:
    """A quote that does not occur in its message, or is empty, or names no message, is no source; the fact stays."""
    tea, moon = Source(key="k0", quote="like tea"), Source(key="k0", quote="like the moon")
    elsewhere, empty = Source(key="k9", quote="like tea"), Source(key="k0", quote="")
    facts = (Fact(text="tea", sources=(tea,)), Fact(text="moon", sources=(moon, elsewhere, empty, tea)))
    state: Any = {"turns": (Turn(text="I like tea", key="k0"),), "now": NOW}
    requests, update = drive(extract(state, Finds(*facts, Fact(text="x", sources=(moon,)))), ())
    assert requests == [Embed(("I like tea",))]
    assert [found.sources for found in update["facts"]] == [(tea,), (tea,), ()]
    assert update["facts"][0] is facts[0]


# retrieve


def test_retrieve_searches_once_for_all_facts_and_cues() -> None:
    """One embedding call, one search; the hits of cues join those of their fact, each memory once."""
    facts = (fact("I moved to Paris", cues=("lives in", "home")), fact("I like tea"))
    state = ready(*facts, edits={})
    oslo, tea = hit("I live in Oslo"), hit("I like tea", "two")
    found = Found(((tea,), (oslo, tea), (oslo,), (tea,)), 42)
    (embed, search), update = drive(retrieve(state), (b"a", b"b", b"c", b"d"), found)
    assert embed == Embed(("I moved to Paris", "lives in", "home", "I like tea"))
    assert isinstance(search, Search) and search.own and search.scope == ANNA
    assert [(query.text, query.vector) for query in search.queries] == list(
        zip(embed.texts, (b"a", b"b", b"c", b"d"), strict=True)
    )
    assert update["candidates"] == ((tea, oslo), (tea,))
    assert update["vectors"] == (b"a", b"d")
    assert (update["read_seq"], update["outdated"]) == (42, {})


def test_retrieve_keeps_a_bounded_number_of_candidates() -> None:
    """The best of every query come in turn."""
    many = [tuple(hit("x", f"{query}{n}") for n in range(LIMIT)) for query in "ab"]
    _, update = drive(retrieve(ready(fact("a", cues=("b",)), edits={})), (None, None), Found(tuple(many), 1))
    assert [found.record.id for found in update["candidates"][0]] == [
        f"{query}{rank}" for rank in range(LIMIT) for query in "ab"
    ]


def test_retrieve_looks_up_what_edited_messages_said() -> None:
    """Only what stems from the earlier form alone: what other messages support as well, or repeated, is not its own."""
    alone, again = record("tea"), record("milk", "three")
    both = record("coffee", "two", sources=(Source(key="old", quote=""), Source(key="b", quote="")))
    state = ready(edits={"new": "old", "other": "gone"})
    page = Page((alone, both, again), None)
    requests, update = drive(retrieve(state), (), Found((), 3), page, logged(alone), logged(again, said_again=True))
    select = requests[2]
    assert isinstance(select, Select) and select.own and set(select.sources or ()) == {"old", "gone"}
    assert requests[3:] == [Log(scope=ANNA, memory="one"), Log(scope=ANNA, memory="three")]
    assert update["outdated"] == {"new": (alone,), "other": ()}
    assert update["candidates"] == ()


# review and apply


def test_review_journals_what_both_branches_decided() -> None:
    """One plan, based on the earlier of what both saw, after its texts were embedded: what has no vector is not planned."""
    state = ready(decided=(NONE, ADD), learned=(LEARNED,), matched_seq=5)
    (embed, journaled), update = drive(review(state, Says()), (b"v", b"v"), None)
    assert embed == Embed(("tea", "how"))
    assert journaled == Plan(change_set=update["plan"])
    assert (update["plan"].changes, update["plan"].read_seq) == ((NONE, ADD, LEARNED), 5)


def test_review_lets_the_plan_of_a_dead_call_pass() -> None:
    """It was journaled before."""
    assert drive(review(ready(more=True), Says())) == ([], {})


def planned(*changes: Change, **fields: Any) -> MemoryState:
    plan = ChangeSet(id="set", scope=ANNA, operation="remember", changes=changes, read_seq=7)
    return ready(plan=plan, decided=changes, **fields)


ADD = Change(operation="ADD", reason="", decider="", memory="one", draft=Draft(text="tea", kind="fact", scope=ANNA))
NONE = Change(operation="NONE", reason="", decider="", status="unchanged")
LEARNED = replace(ADD, memory="two", draft=Draft(text="how", kind="procedure", scope=ANNA))
DONE = Outcome(status="applied", operation="ADD", reason="", decider="", memory="one")


def test_apply_commits_with_the_vectors_of_the_drafts() -> None:
    """One embedding call; changes without a draft have no vector; the receipt has everything."""
    state = planned(NONE, ADD, usage=Usage(2, 30, 4), outcomes=(DONE,), known=3)
    (embed, commit), update = drive(apply(state), (b"v",), Committed(outcomes=(DONE, DONE)))
    assert embed == Embed(("tea",))
    assert commit == Commit(change_set=state["plan"], vectors=(None, b"v"), partial=False)
    assert update["receipt"] == Receipt(
        change_set="set",
        outcomes=(DONE, DONE, DONE),
        messages=1,
        known=3,
        model_calls=2,
        input_tokens=30,
        output_tokens=4,
    )
    assert update["conflicts"] == ()


def test_apply_names_conflicts_and_gives_up_after_three_rounds() -> None:
    """The last commit is partial: what still conflicts becomes an outcome."""
    state: Any = planned(ADD)
    for rounds in (1, 2):
        (_, commit), update = drive(apply(state), (b"v",), Committed(conflicts=(0,)))
        assert not commit.partial and "receipt" not in update
        assert (update["conflicts"], update["rounds"]) == ((0,), rounds)
        state = {**state, **update}
    conflicted = replace(DONE, status="conflicted")
    (_, commit), update = drive(apply(state), (b"v",), Committed(outcomes=(conflicted,)))
    assert commit.partial and applying.ROUNDS == 3
    assert update["receipt"].outcomes == (conflicted,)
