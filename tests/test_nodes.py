"""The nodes, each driven by hand: a request comes out, an answer goes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect.nodes import apply as applying
from recollect.nodes.apply import apply
from recollect.nodes.decide import decide
from recollect.nodes.drafts import placed
from recollect.nodes.extract import extract
from recollect.nodes.retrieve import LIMIT, retrieve
from recollect.nodes.review import review
from recollect.nodes.route import route
from recollect.ports import Begin, Case, Claim, Commit, Committed, Embed, Flow, Found, Log, Plan, Search, Select
from recollect.state import Delivery, MemoryState, Usage
from recollect.types import (
    Change,
    ChangeSet,
    Decision,
    Draft,
    Event,
    Fact,
    History,
    Hit,
    Outcome,
    Page,
    Receipt,
    Record,
    Scope,
    Slice,
    Source,
    Turn,
    text_hash,
)
from tests.toy import Toy

NOW = datetime(2026, 5, 7, 18, tzinfo=UTC)
ANNA = Scope(user="anna")


def drive(flow: Flow[Any], *answers: Any) -> tuple[list[Any], Any]:
    """The requests of a flow that gets these answers, and what it returns; every answer is needed."""
    requests, left = [], list(answers)
    try:
        request = next(flow)
        while True:
            requests.append(request)
            request = flow.send(left.pop(0))
    except StopIteration as stop:
        assert not left
        return requests, stop.value


class Says:
    """Decides as it is told; `cases` are those it was asked about."""

    name = "says"

    def __init__(self, *decisions: Decision) -> None:
        self.decisions = decisions
        self.cases: tuple[Case, ...] = ()

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        return ()
        yield

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        self.cases = tuple(cases)
        return self.decisions
        yield


def delivery(*texts: str, scope: Scope = ANNA, **fields: Any) -> Delivery:
    turns = tuple(Turn(text=text, message_id=f"m{n}", position=n) for n, text in enumerate(texts))
    return Delivery(scope=scope, turns=turns, owner="owner", **fields)


def fact(text: str, key: str = "k0", **fields: Any) -> Fact:
    return Fact(text=text, sources=(Source(key=key, quote=text),), actor="user", role="user", **fields)


def record(text: str, memory: str = "one", version: int = 1, scope: Scope = ANNA, **fields: Any) -> Record:
    given = {"actor": "user", "role": "user", "sources": (Source(key="old", quote=text),), **fields}
    return Record(
        text=text,
        kind="fact",
        scope=scope,
        id=memory,
        hash=text_hash(text),
        version=version,
        created_at=NOW,
        updated_at=NOW,
        **given,
    )


def hit(text: str, memory: str = "one", cosine: float = 0.5, **fields: Any) -> Hit:
    return Hit(record(text, memory, **fields), 0.5, {"keyword": 0.25, "vector": cosine / 2})


def ready(*facts: Fact, hits: Sequence[Sequence[Hit]] = (), **fields: Any) -> MemoryState:
    """A state as retrieve leaves it."""
    state: dict[str, Any] = {
        "delivery": delivery("hello"),
        "known": 0,
        "change_set": "set",
        "now": NOW,
        "facts": facts,
        "candidates": tuple(tuple(found) for found in hits) or ((),) * len(facts),
        "vectors": (None,) * len(facts),
        "outdated": {},
        "read_seq": 7,
        **fields,
    }
    return state  # type: ignore[return-value]


def decided(state: MemoryState, reasoner: Any = None) -> tuple[Change, ...]:
    """The changes of the plan, which is journaled as it is returned; one a fact at least."""
    requests, update = drive(decide(state, reasoner or Says()), None)
    assert requests == [Plan(change_set=update["plan"])]
    changes: tuple[Change, ...] = update["plan"].changes
    assert [change.fact for change in changes[: len(state["facts"])]] == list(state["facts"])
    return changes


def ruling(operation: Any, target: str | None = None, **fields: Any) -> Decision:
    return Decision(operation=operation, target=target, reason="told", decider="says", **fields)


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
    assert (begin.scope, begin.owner, begin.message_ids) == (ANNA, "owner", ("m0", "m1", "m2"))
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
    assert [found.record.id for found in update["candidates"][0]] == ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]


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


def logged(known: Record, said_again: bool = False) -> History:
    """The history of a memory that was written at 5, after it was found to be known at 4, and perhaps again at 6."""
    slices = (Slice(record=known, valid_from=NOW, valid_to=None, from_seq=5, to_seq=None),)
    none: Any = {"operation": "NONE", "status": "unchanged", "memory": known.id, "version": None, "change_set": "c"}
    events = [Event(seq=seq, at=NOW, reason="", decider="", **none) for seq in (4, 6)]
    return History(slices, tuple(events if said_again else events[:1]))


# decide: gates


@pytest.mark.parametrize("text", ["I like tea", "i like  TEA.", "I like ｔｅａ"])
def test_an_exact_repeat_is_nothing_new(text: str) -> None:
    """The same words, whatever their case, width, spaces and closing full stop."""
    [change] = decided(ready(fact(text), hits=[[hit("other", "two"), hit("I like tea")]]))
    assert (change.operation, change.status, change.memory, change.decider) == ("NONE", "unchanged", "one", "gate")


def test_a_near_repeat_is_nothing_new_but_a_negation_is() -> None:
    """Words without weight may differ where the vectors agree."""
    says = Says(ruling("ADD"))
    [near] = decided(ready(fact("I now really like the tea"), hits=[[hit("I like tea", cosine=0.95)]]), says)
    assert (near.operation, near.memory, says.cases) == ("NONE", "one", ())
    [other] = decided(ready(fact("I do not like tea"), hits=[[hit("I like tea", cosine=0.95)]]), says)
    assert other.operation == "ADD" and len(says.cases) == 1


def test_what_another_speaker_said_is_no_repeat() -> None:
    """Both may like tea."""
    says = Says(ruling("ADD"))
    [change] = decided(ready(fact("I like tea"), hits=[[hit("I like tea", actor="bob")]]), says)
    assert change.operation == "ADD" and says.cases[0].candidates[0].actor == "bob"


def test_what_is_like_nothing_is_added() -> None:
    """Without a candidate nobody is asked."""
    [change] = decided(ready(fact("I like tea")))
    assert (change.operation, change.decider) == ("ADD", "gate")
    assert change.draft is not None and change.draft.text == "I like tea"


def test_a_fact_without_source_is_rejected() -> None:
    """Whatever else holds of it."""
    [change] = decided(ready(Fact(text="I like tea", actor="user"), hits=[[hit("I like tea")]]))
    assert (change.operation, change.status, change.memory) == ("NONE", "rejected", None)


def test_forgetting_what_is_not_there_changes_nothing() -> None:
    """And nobody is asked."""
    [change] = decided(ready(fact("I like tea", intent="forget")))
    assert (change.operation, change.status) == ("NONE", "unchanged")


def test_forgetting_is_no_repeat_of_what_it_forgets() -> None:
    """The reasoner is asked what it means."""
    says = Says(ruling("DELETE", "one"))
    [change] = decided(ready(fact("I like tea", intent="forget"), hits=[[hit("I like tea", version=3)]]), says)
    assert (change.operation, change.memory, change.expected_version) == ("DELETE", "one", 3)


def test_a_contested_repeat_is_for_the_reasoner() -> None:
    """An undecided fact before it may change what it repeats."""
    facts = (fact("Paris is home"), fact("I live in Oslo"))
    stored = hit("I live in Oslo")
    says = Says(ruling("UPDATE", "one"), ruling("ADD"))
    decided(ready(*facts, hits=[[stored], [stored]]), says)
    assert [case.number for case in says.cases] == [0, 1]


def test_a_repeat_of_what_changes_is_for_the_reasoner() -> None:
    """An earlier fact is alike, or corrects the very memory."""
    stored = hit("I live in Oslo", category="home")
    facts = (fact("Moved to Paris", category="home"), fact("I live in Oslo", "k1", category="home"))
    says = Says(ruling("ADD"))
    decided(ready(*facts, hits=[[], [stored]]), says)
    assert [case.number for case in says.cases] == [1]
    facts = (fact("Rain again", "new"), fact("I live in Oslo", "k1"))
    says = Says(ruling("ADD"))
    changes = decided(ready(*facts, hits=[[], [stored]], outdated={"new": (stored.record,)}), says)
    assert [change.operation for change in changes] == ["UPDATE", "ADD"]


def test_levels_are_compared_apart() -> None:
    """What is kept for a run neither hides nor is changed by what is kept for the user, and the other way round."""
    both = delivery("x", scope=Scope(user="anna", run="r"))
    in_run = hit("I like tea", scope=Scope(user="anna", run="r"))
    [lasting] = decided(ready(fact("I like tea"), hits=[[in_run]], delivery=both))
    assert lasting.operation == "ADD"
    says = Says()
    [passing] = decided(ready(fact("I am in Paris", temporary=True), hits=[[hit("I am in Oslo")]], delivery=both), says)
    assert passing.operation == "ADD" and says.cases == ()
    [covered] = decided(ready(fact("I like tea", temporary=True), hits=[[hit("I like tea")]], delivery=both))
    assert (covered.operation, covered.memory) == ("NONE", "one")


def test_what_expires_hides_nothing_that_lasts() -> None:
    """A lasting fact is added beside its temporary twin."""
    passing = hit("I like tea", expires_at=NOW + timedelta(hours=1))
    [change] = decided(ready(fact("I like tea"), hits=[[passing]]))
    assert change.operation == "ADD" and change.draft is not None and change.draft.expires_at is None


# decide: facts of one delivery


def test_oslo_paris_oslo_is_one_memory_with_three_versions() -> None:
    """Each replaces the one before it, in one change set."""
    homes = [fact(f"I live in {city}", category="home") for city in ("Oslo", "Paris", "Oslo")]
    first, second, third = decided(ready(*homes), Toy())
    assert [change.operation for change in (first, second, third)] == ["ADD", "UPDATE", "UPDATE"]
    assert first.memory == second.memory == third.memory
    assert second.expected_version is None and third.draft is not None and third.draft.text == "I live in Oslo"


def test_a_chain_of_updates_starts_at_the_version_that_was_seen() -> None:
    """The second step rests on the first, and keeps what the first kept."""
    stored = hit("I live in Oslo", version=4, category="home", metadata={"a": 1})
    homes = [fact(f"I live in {city}", category="home") for city in ("Paris", "Rome")]
    second = None

    class Chain(Says):
        def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
            nonlocal second
            second = cases[1].candidates[-1]
            return (ruling("UPDATE", "one"), ruling("UPDATE", second.id))
            yield

    changes = decided(ready(*homes, hits=[[stored], [stored]], delivery=delivery("x", metadata={"b": 2})), Chain())
    assert second is not None and second.text == "I live in Paris"
    assert [(change.memory, change.expected_version) for change in changes] == [("one", 4), ("one", 4)]
    assert changes[1].draft is not None and changes[1].draft.metadata == {"a": 1, "b": 2}


def test_an_earlier_fact_can_be_ended_in_the_same_delivery() -> None:
    """Said and taken back: added, then deleted; what would update it then is added anew."""

    class Ends(Says):
        def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
            tea = cases[0].candidates[0].id
            return (ruling("DELETE", tea), ruling("UPDATE", tea, text="tea, and tea a lot"))
            yield

    facts = (fact("I like tea"), fact("I like tea", intent="forget"), fact("I like tea a lot"))
    first, second, third = decided(ready(*facts), Ends())
    assert (first.operation, second.operation, third.operation) == ("ADD", "DELETE", "ADD")
    assert first.memory == second.memory != third.memory
    assert third.draft is not None and third.draft.text == "I like tea a lot"


def test_what_was_deleted_is_not_updated_after() -> None:
    """Two facts of one delivery about one memory: the second stands on its own, and a second DELETE changes nothing."""
    stored = hit("I like tea")
    facts = (fact("tea no more"), fact("tea again"), fact("no tea"))
    says = Says(ruling("DELETE", "one"), ruling("UPDATE", "one"), ruling("DELETE", "one"))
    changes = decided(ready(*facts, hits=[[stored]] * 3), says)
    assert [(change.operation, change.status) for change in changes] == [
        ("DELETE", "applied"),
        ("ADD", "applied"),
        ("NONE", "unchanged"),
    ]


def test_earlier_facts_are_candidates_as_far_as_they_are_alike() -> None:
    """Nothing in common, nothing to compare."""
    says = Says()
    changes = decided(ready(fact("I like green tea"), fact("Paris rain")), says)
    assert [change.operation for change in changes] == ["ADD", "ADD"] and says.cases == ()
    says = Says(ruling("ADD"))
    decided(ready(fact("I like green tea"), fact("I like green tea cold")), says)
    assert [candidate.text for candidate in says.cases[0].candidates] == ["I like green tea"]


# decide: what the reasoner says


@pytest.mark.parametrize("operation", ["UPDATE", "DELETE"])
@pytest.mark.parametrize("target", ["unknown", None])
def test_an_unknown_target_fails(operation: str, target: str | None) -> None:
    """And says so; nothing is changed."""
    [change] = decided(ready(fact("I like coffee"), hits=[[hit("I like tea")]]), Says(ruling(operation, target)))
    assert (change.operation, change.status, change.memory) == ("NONE", "failed", None)
    assert operation in change.reason


@pytest.mark.parametrize("operation", ["UPDATE", "DELETE"])
def test_lower_trust_changes_nothing_of_higher(operation: str) -> None:
    """A tool does not correct the user; the user corrects a tool."""
    says = Says(ruling(operation, "one"))
    [refused] = decided(ready(fact("x", trust="tool"), hits=[[hit("I like tea", trust="user")]]), says)
    assert (refused.operation, refused.status, refused.memory) == ("NONE", "rejected", "one")
    assert "tool" in refused.reason and "user" in refused.reason
    [done] = decided(ready(fact("x", trust="user"), hits=[[hit("I like tea", trust="tool")]]), says)
    assert done.operation == operation


def test_a_merge_takes_the_least_trust_and_all_sources() -> None:
    """What both said is as sure as the less sure of them."""
    stored = hit("I like tea", trust="agent")
    says = Says(ruling("UPDATE", "one", text="I like tea and coffee"))
    [merged] = decided(ready(fact("I like coffee"), hits=[[stored]]), says)
    assert merged.draft is not None
    assert (merged.draft.text, merged.draft.trust) == ("I like tea and coffee", "agent")
    assert [source.key for source in merged.draft.sources] == ["old", "k0"]
    [replaced] = decided(ready(fact("I like coffee"), hits=[[stored]]), Says(ruling("UPDATE", "one")))
    assert replaced.draft is not None
    assert (replaced.draft.trust, [source.key for source in replaced.draft.sources]) == ("user", ["k0"])


def test_a_failed_decision_stays_one() -> None:
    """A status that the reasoner gives is the outcome's."""
    says = Says(ruling("NONE", status="failed"))
    [change] = decided(ready(fact("I like coffee"), hits=[[hit("I like tea")]]), says)
    assert (change.operation, change.status) == ("NONE", "failed")


@pytest.mark.parametrize("operation", ["ADD", "UPDATE"])
def test_what_is_to_be_forgotten_is_not_written(operation: str) -> None:
    """Its words are a request, not a memory."""
    state = ready(fact("I like tea", intent="forget"), hits=[[hit("I like tea and coffee")]])
    [change] = decided(state, Says(ruling(operation, "one")))
    assert (change.operation, change.status) == ("NONE", "failed")
    [rest] = decided(state, Says(ruling("UPDATE", "one", text="I like coffee")))
    assert rest.operation == "UPDATE" and rest.draft is not None and rest.draft.text == "I like coffee"


# decide: where facts are kept


@pytest.mark.parametrize(
    ("scope", "given", "row", "hours"),
    [
        (Scope("u", "a", "r"), {}, Scope("u"), None),
        (Scope("u"), {}, Scope("u"), None),
        (Scope(None, "a", "r"), {}, Scope(run="r"), None),
        (Scope(run="r"), {}, Scope(run="r"), None),
        (Scope(agent="a"), {}, Scope(agent="a"), None),
        (Scope("u", "a", "r"), {"level": "agent"}, Scope("u", "a"), None),
        (Scope("u", "a", "r"), {"level": "run"}, Scope("u", None, "r"), None),
        (Scope("u"), {"level": "run"}, Scope("u"), None),
        (Scope("u", "a", "r"), {"temporary": True}, Scope("u", None, "r"), None),
        (Scope("u", "a"), {"temporary": True}, Scope("u"), 24),
        (Scope(agent="a"), {"temporary": True}, Scope(agent="a"), 24),
        (Scope("u", "a", "r"), {"temporary": True, "level": "user"}, Scope("u"), 24),
    ],
)
def test_levels(scope: Scope, given: dict[str, Any], row: Scope, hours: int | None) -> None:
    """User, else run, else agent, unless the fact says otherwise; temporary facts end with the run or after a day."""
    said_at = NOW - timedelta(days=1)
    found = placed(fact("x", observed_at=said_at, **given), delivery("x", scope=scope), NOW)
    assert found == (row, None if hours is None else said_at + timedelta(hours=hours))


def test_a_clock_that_is_ahead_keeps_nothing_longer() -> None:
    """A temporary fact of the far future ends a day from now."""
    ahead = fact("x", observed_at=datetime(9999, 12, 31, tzinfo=UTC), temporary=True)
    assert placed(ahead, delivery("x"), NOW)[1] == NOW + timedelta(hours=24)


def test_the_level_of_a_delivery_is_that_of_its_facts() -> None:
    """Unless a fact has its own."""
    both = delivery("x", scope=Scope("u", "a", "r"), level="agent")
    assert placed(fact("x"), both, NOW)[0] == Scope("u", "a")
    assert placed(fact("x", level="run"), both, NOW)[0] == Scope("u", None, "r")


def test_a_draft_says_when_and_where() -> None:
    """Valid from when it was said, never later than now; provenance is the whole scope."""
    both = delivery("x", scope=Scope("u", "a", "r"), metadata={"a": 1})
    facts = (fact("x", observed_at=NOW - timedelta(days=2)), fact("y", valid_from=NOW + timedelta(days=2)))
    first, second = (change.draft for change in decided(ready(*facts, delivery=both)))
    assert first is not None and second is not None
    assert (first.valid_from, first.observed_at) == (NOW - timedelta(days=2), NOW - timedelta(days=2))
    assert (second.valid_from, second.observed_at) == (NOW, NOW)
    assert (first.provenance, first.metadata, first.scope) == (Scope("u", "a", "r"), {"a": 1}, Scope("u"))


# decide: edited messages


def test_an_edit_corrects_what_the_message_said() -> None:
    """The likest pairs first; what is still said has a new source, what is said no more is forgotten."""
    oslo, tea, gone = record("I live in Oslo", "oslo"), record("I like tea", "tea"), record("I am 40", "age", version=3)
    facts = (fact("I live in Bergen", "new"), fact("I like tea", "new"))
    hits = [[hit("I live in Oslo", "oslo"), hit("I like tea", "tea")]] * 2
    changes = decided(ready(*facts, hits=hits, outdated={"new": (gone, tea, oslo)}))
    assert [(change.operation, change.memory) for change in changes] == [
        ("UPDATE", "oslo"),
        ("UPDATE", "tea"),
        ("DELETE", "age"),
    ]
    assert changes[0].revision == changes[1].revision == "correct" and changes[2].expected_version == 3


def test_an_edit_to_small_talk_forgets() -> None:
    """There is no fact, but a change."""
    [change] = decided(ready(outdated={"new": (record("I like tea"),)}))
    assert (change.operation, change.memory, change.status) == ("DELETE", "one", "applied")


def test_what_another_message_says_is_not_forgotten() -> None:
    """A repetition elsewhere in the delivery keeps it."""
    state = ready(fact("I like tea", "k9"), hits=[[hit("I like tea")]], outdated={"new": (record("I like tea"),)})
    [change] = decided(state)
    assert (change.operation, change.memory) == ("NONE", "one")


# decide: later rounds


def again(first: MemoryState, changes: tuple[Change, ...], conflicts: tuple[int, ...], **fields: Any) -> MemoryState:
    """The state of the next round."""
    plan = ChangeSet(id="set", scope=ANNA, operation="remember", changes=changes, read_seq=7)
    state: Any = {**first, "plan": plan, "conflicts": conflicts, "rounds": 1, "read_seq": 9, **fields}
    return state  # type: ignore[no-any-return]


def test_only_conflicts_are_decided_again() -> None:
    """What stands keeps its change; the plan is journaled anew with what was seen this time."""
    first = ready(fact("I like tea"), fact("Paris rain"))
    changes = decided(first)
    meanwhile = ((hit("I like tea", "theirs"),), ())
    requests, update = drive(decide(again(first, changes, (0,), candidates=meanwhile), Says()), None)
    assert isinstance(requests[0], Plan) and update["plan"].read_seq == 9
    repeated, kept = update["plan"].changes
    assert (repeated.operation, repeated.memory) == ("NONE", "theirs")
    assert kept == changes[1]


def test_what_rests_on_a_conflict_is_decided_again() -> None:
    """The later steps of a chain fall with their first; so does an addition that somebody else made meanwhile."""
    homes = [fact(f"I live in {city}", category="home") for city in ("Oslo", "Paris")]
    first = ready(*homes, fact("We like rain"))
    changes = decided(first, Toy())
    theirs = hit("I live in Oslo", "theirs", category="home")
    state = again(first, changes, (0,), candidates=((theirs,), (theirs,), (hit("We like rain", "rain"),)))
    says = Says(ruling("UPDATE", "theirs"))
    oslo, paris, rain = decided(state, says)
    assert (oslo.operation, oslo.memory) == ("NONE", "theirs")
    assert (paris.operation, paris.memory, paris.expected_version) == ("UPDATE", "theirs", 1)
    assert (rain.operation, rain.memory) == ("NONE", "rain")


def test_a_conflict_about_an_unsaid_memory_looks_again() -> None:
    """It is forgotten in its new version, or not at all if it stems from another message by now."""
    first = ready(outdated={"new": (record("I like tea"),)})
    changes = decided(first)
    [change] = decided(again(first, changes, (0,), outdated={"new": (record("I like tea", version=2),)}))
    assert (change.operation, change.expected_version) == ("DELETE", 2)
    assert decided(again(first, changes, (0,), outdated={"new": ()})) == ()


# review and apply


def test_review_lets_every_plan_pass() -> None:
    """It asks nothing and changes nothing."""
    assert drive(review(ready())) == ([], {})


def planned(*changes: Change, **fields: Any) -> MemoryState:
    plan = ChangeSet(id="set", scope=ANNA, operation="remember", changes=changes, read_seq=7)
    return ready(plan=plan, **fields)


ADD = Change(operation="ADD", reason="", decider="", memory="one", draft=Draft(text="tea", kind="fact", scope=ANNA))
NONE = Change(operation="NONE", reason="", decider="", status="unchanged")
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
