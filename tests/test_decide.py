"""decide, driven by hand: every fact ends in exactly one change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recollect.nodes.drafts import placed
from recollect.ports import Case, Flow
from recollect.state import MemoryState
from recollect.types import (
    Change,
    ChangeSet,
    Decision,
    Fact,
    Scope,
)
from tests.states import ANNA, NOW, Says, decided, delivery, fact, hit, ready, record, ruling
from tests.toy import Toy

# Gates


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


# Facts of one delivery


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


# What the reasoner says


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


# Where facts are kept


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


# Edited messages


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


# Later rounds


def again(first: MemoryState, changes: tuple[Change, ...], conflicts: tuple[int, ...], **fields: Any) -> MemoryState:
    """The state of the next round."""
    plan = ChangeSet(id="set", scope=ANNA, operation="remember", changes=changes, read_seq=7)
    state: Any = {**first, "plan": plan, "conflicts": conflicts, "rounds": 1, "read_seq": 9, **fields}
    return state  # type: ignore[no-any-return]


def test_only_conflicts_are_decided_again() -> None:
    """What stands keeps its change."""
    first = ready(fact("I like tea"), fact("Paris rain"))
    changes = decided(first)
    meanwhile = ((hit("I like tea", "theirs"),), ())
    repeated, kept = decided(again(first, changes, (0,), candidates=meanwhile))
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
