"""Whose memory: what a scope sees and changes, and that nothing else is seen or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recollect import ANY, Memory, NotFoundError, Scope
from recollect.errors import ScopeError
from tests.toy import Call, Toy, said, texts, unchanged

NAMES = [
    "a.b@c.de",
    " ",
    "7",
    "shared",
    "-",
    "=",
    "=-",
    "None",
    "x" * 300,
    "x" * 299,
    'it\'s "quoted" \\ /slashed/',
    "'; DROP TABLE slice; --",
    "%",
    "_",
    "Ångström",
    "A\u030angstro\u0308m",
    "名前",
    "👩‍👩‍👧",
    "Anna",
    "anna",
    "anna ",
    "a\nb",
    "a|b",
]


def names(scope: Scope) -> dict[str, Any]:
    return dict(zip(("user", "agent", "run"), astuple(scope), strict=True))


# Levels


def test_what_was_said_in_one_run_is_known_in_the_next(memory: Memory, call: Call) -> None:
    """A fact is the user's; one of today is the run's."""
    call(memory, "add", said("I live in Oslo", "Today I rest"), user="anna", agent="cook", run="monday")
    assert texts(memory, user="anna", run="monday") == ["I live in Oslo", "Today I rest"]
    assert texts(memory, user="anna", agent="cook", run="tuesday") == ["I live in Oslo"]
    [hit] = call(memory, "search", "Where do I live?", user="anna", run="tuesday", threshold=0.0)
    assert hit.record.text == "I live in Oslo"
    assert hit.record.provenance == Scope("anna", "cook", "monday")


def test_an_anonymous_run_is_its_own(memory: Memory) -> None:
    """No other run, no user and no agent sees it."""
    memory.add("I live in Oslo", run="r1")
    memory.add("I like tea", run="r1", infer=False)
    assert len(texts(memory, run="r1")) == 2
    for other in (Scope(run="r2"), Scope("anna"), Scope("anna", None, "r1"), Scope("r1"), Scope(agent="r1")):
        expected = 2 if other.run == "r1" else 0
        assert len(texts(memory, scope=other)) == expected, other
    assert not memory.search("Where do I live? tea", user="r1", threshold=0.0)


@pytest.mark.parametrize("level", ["user", "agent", "run"])
def test_a_level_can_be_asked_for(memory: Memory, call: Call, level: str) -> None:
    """Then the row has that name, and is seen wherever it is named or left open."""
    call(memory, "add", "I like tea", user="u", agent="a", run="r", level=level)
    call(memory, "add", "I like cold tea", user="u", agent="a", run="r", level=level, infer=False)
    found = memory.list(user="u").records
    expected = Scope("u", "a" if level == "agent" else None, "r" if level == "run" else None)
    assert [record.scope for record in found] == [expected, expected]
    assert len(texts(memory, user="u", agent="a", run="r")) == 2
    assert len(texts(memory, user="u", agent="b", run="r")) == (0 if level == "agent" else 2)
    assert len(texts(memory, user="u", agent="a", run="s")) == (0 if level == "run" else 2)


@pytest.mark.parametrize("level", ["user", "run", "team", "", 7])
def test_a_level_that_is_not_named_is_refused(memory: Memory, call: Call, level: Any) -> None:
    """Nothing is kept where nobody named."""
    with unchanged(memory), pytest.raises(ScopeError, match="level"):
        call(memory, "add", "I like tea", agent="a", level=level)


# Names


def test_every_name_is_somebody_else(memory: Memory) -> None:
    """As user, agent and run; each sees its own and nothing else."""
    for dimension in ("user", "agent", "run"):
        for number, name in enumerate(NAMES):
            memory.add(f"secret {dimension} {number}", infer=False, **{dimension: name})
    for dimension in ("user", "agent", "run"):
        for number, name in enumerate(NAMES):
            assert texts(memory, **{dimension: name}) == [f"secret {dimension} {number}"]
            hits = memory.search(f"secret {dimension}", threshold=0.0, **{dimension: name})
            assert [hit.record.text for hit in hits] == [f"secret {dimension} {number}"]


@pytest.mark.parametrize("name", [7, 0, True, 7.0, "", b"7", ["7"], ("7",), {"7": 1}, "x" * 1025, "a\0b", "\ud800"])
@pytest.mark.parametrize("dimension", ["user", "agent", "run"])
def test_what_is_no_name_is_refused(memory: Memory, dimension: str, name: Any) -> None:
    """Also a number that looks like one: 7 is not "7"."""
    memory.add("I like tea", infer=False, **{dimension: "7"})
    who = {dimension: name}
    with unchanged(memory):
        for attempt in (
            lambda: memory.add("x", **who),
            lambda: memory.add("x", infer=False, **who),
            lambda: memory.search("tea", **who),
            lambda: memory.list(**who),
            lambda: memory.get("x", **who),
            lambda: memory.history("x", **who),
            lambda: memory.update("x", "y", **who),
            lambda: memory.delete("x", **who),
            lambda: memory.delete_many(["x"], **who),
            lambda: memory.delete_all(**who),
        ):
            with pytest.raises(ScopeError, match=dimension):
                attempt()


def test_any_reads_and_writes_nothing(memory: Memory, call: Call) -> None:
    """It names nobody to remember for."""
    memory.add("I like tea", user="anna", infer=False)
    memory.add("I like coffee", user="bob", infer=False)
    assert len(memory.list(user=ANY)) == 2
    for scope in (Scope(ANY), Scope("anna", ANY), Scope("anna", None, ANY), Scope(None, ANY)):
        for infer in (True, False):
            with unchanged(memory), pytest.raises(ScopeError, match="ANY"):
                call(memory, "add", "I like rain", scope=scope, infer=infer)
    with unchanged(memory), pytest.raises(ScopeError):
        call(memory, "delete_all", user=ANY)


def test_an_agent_and_its_namesake_are_two(memory: Memory) -> None:
    """The same message is remembered for each: keys do not run into each other."""
    for scope in (Scope("u"), Scope("u", "None"), Scope("u", None, "None"), Scope("u", "-"), Scope("u", "a", "b")):
        receipt = memory.add(said("I like tea"), scope=scope, infer=False)
        assert (receipt.known, len(receipt.ids)) == (0, 1), scope


# Actors


@pytest.fixture
def talk() -> Iterator[Memory]:
    """Anna and Bob talk in Anna's memory."""
    with Memory(":memory:", reasoner=Toy()) as memory:
        memory.add({"role": "user", "content": "I like tea", "name": "ann"}, user="anna")
        memory.add({"role": "user", "content": "I like tea too", "name": "bob"}, user="anna")
        memory.add({"role": "assistant", "content": "We have tea"}, user="anna")
        memory.add({"role": "user", "content": "I like tea elsewhere", "name": "bob"}, user="other")
        yield memory


def by(memory: Memory, call: Call, **given: Any) -> list[str | None]:
    """Who said what a search finds; a listing has to agree."""
    found = call(memory, "search", "tea", user="anna", threshold=0.0, **given)
    assert {hit.record.id for hit in found} == {record.id for record in call(memory, "list", user="anna", **given)}
    return sorted(hit.record.actor or "" for hit in found)


def test_an_actor_narrows(talk: Memory, call: Call) -> None:
    """By `actor_id`, else by the filter; the first comes first; neither leaves the scope."""
    assert by(talk, call) == ["ann", "assistant", "bob"]
    assert by(talk, call, actor_id="bob") == ["bob"]
    assert by(talk, call, filters={"actor_id": "ann"}) == ["ann"]
    assert by(talk, call, actor_id="bob", filters={"actor_id": "ann"}) == ["bob"]
    assert by(talk, call, actor_id="bob", filters={"role": "assistant"}) == []
    assert by(talk, call, actor_id="carl") == []
    assert by(talk, call, filters={"NOT": [{"actor_id": "bob"}]}) == ["ann", "assistant"]


# Changing


def contents(memory: Memory) -> dict[str, list[str]]:
    """All there is, by partition and row."""
    rows: dict[str, list[str]] = {}
    for record in memory.list(user=ANY, limit=1000):
        rows.setdefault(str(astuple(record.scope)), []).append(record.text)
    return {row: sorted(found) for row, found in rows.items()}


PLACES = [
    Scope("anna"),
    Scope("anna", "cook"),
    Scope("anna", None, "r"),
    Scope("bob"),
    Scope("bob", "cook"),
    Scope("bob", None, "r"),
    Scope(agent="cook"),
    Scope(agent="driver"),
    Scope(run="r"),
    Scope(run="s"),
]


def fill(memory: Memory) -> dict[str, list[str]]:
    """One memory in every place."""
    for place in PLACES:
        level = "agent" if place.agent else "run" if place.run else "user"
        memory.add(f"tea of {names(place)}", scope=place, infer=False, level=level)  # type: ignore[arg-type]
    return contents(memory)


@pytest.mark.parametrize(
    ("who", "gone"),
    [
        (Scope("anna"), PLACES[:3]),
        (Scope("anna", "cook"), [Scope("anna", "cook")]),
        (Scope("anna", None, "r"), [Scope("anna", None, "r")]),
        (Scope(agent="cook"), [Scope(agent="cook")]),
        (Scope(run="r"), [Scope(run="r")]),
        (Scope("carl"), []),
        (Scope("anna", "cook", "r"), []),
        (Scope(agent="cook", run="r"), []),
    ],
)
def test_delete_all_takes_the_names_exactly(memory: Memory, call: Call, who: Scope, gone: list[Scope]) -> None:
    """Nothing of another user, nothing shared unless no user is named."""
    before = fill(memory)
    receipt = call(memory, "delete_all", scope=who)
    assert len(receipt.outcomes) == len(gone)
    assert contents(memory) == {row: found for row, found in before.items() if row not in map(str, map(astuple, gone))}
    assert call(memory, "delete_all", scope=who).outcomes == ()


def test_delete_all_takes_what_has_expired(call: Call) -> None:
    """What nobody can find any more is forgotten with the rest."""
    said = {"role": "user", "content": "I have a headache today", "timestamp": "2020-01-01T00:00:00"}
    with Memory(":memory:") as memory:
        [outcome] = memory.add(said, user="anna").outcomes
        assert outcome.operation == "ADD"
        assert not memory.list(user="anna").records
        [gone] = call(memory, "delete_all", user="anna").outcomes
        assert (gone.operation, gone.memory) == ("DELETE", outcome.memory)


OUTSIDE = [
    Scope("bob"),
    Scope("bob", "cook"),
    Scope(agent="cook"),
    Scope(run="r"),
    Scope("anna ", "cook"),
    Scope("ANNA"),
]


@pytest.mark.parametrize("other", OUTSIDE, ids=str)
def test_another_scope_cannot_change_what_it_cannot_see(memory: Memory, call: Call, other: Scope) -> None:
    """It is told the same as of an id that never was."""
    before = fill(memory)
    for place in PLACES[:3]:
        [record] = [r for r in memory.list(user="anna") if r.scope == place]
        for memory_id in (record.id, "never"):
            assert call(memory, "get", memory_id, scope=other) is None
            history = call(memory, "history", memory_id, scope=other)
            assert (history.slices, history.events) == ((), ())
            with pytest.raises(NotFoundError, match=memory_id):
                call(memory, "update", memory_id, "changed", scope=other)
            with pytest.raises(NotFoundError, match=memory_id):
                call(memory, "delete", memory_id, scope=other)
            [outcome] = call(memory, "delete_many", [memory_id], scope=other).outcomes
            assert (outcome.status, outcome.text, outcome.previous) == ("rejected", None, None)
    assert contents(memory) == before


def test_what_is_shared_is_read_by_users_but_not_changed(memory: Memory) -> None:
    """A user who names the agent sees what the agent knows for all; only the agent's own scope changes it."""
    [shared] = memory.add("The kitchen closes at nine", agent="cook", infer=False).ids
    assert texts(memory, user="anna", agent="cook") == ["The kitchen closes at nine"]
    assert texts(memory, user="anna") == []
    for attempt in (memory.update, memory.delete):
        with pytest.raises(NotFoundError):
            attempt(shared, *(["x"] if attempt == memory.update else []), user="anna", agent="cook")
    [outcome] = memory.delete_many([shared], user="anna", agent="cook").outcomes
    assert outcome.status == "rejected"
    memory.add("The kitchen closes at nine", user="anna", agent="cook")
    assert memory.get(shared, agent="cook") is not None
    memory.update(shared, "The kitchen closes at ten", agent="cook")
    assert texts(memory, agent="cook") == ["The kitchen closes at ten"]


def test_inference_neither_sees_nor_changes_other_scopes(memory: Memory) -> None:
    """What others said is no repetition, and nothing to update or forget."""
    memory.add("I live in Oslo", user="anna")
    [outcome] = memory.add("I live in Oslo", user="bob").outcomes
    assert outcome.operation == "ADD"
    [outcome] = memory.add("I live in Rome", user="carl").outcomes
    assert outcome.operation == "ADD"
    [outcome] = memory.add("Forget that I live in Oslo", user="carl").outcomes
    assert (outcome.operation, outcome.status) == ("NONE", "unchanged")
    assert [texts(memory, user=name) for name in ("anna", "bob")] == [["I live in Oslo"]] * 2


# No sequence of operations in one scope changes or reveals anything in another

LINES = st.sampled_from(
    [
        "I live in Oslo",
        "I live in Rome",
        "I like tea",
        "Today I rest",
        "Forget that I like tea",
        "Forget that I live in Oslo",
    ]
)
OTHERS = st.sampled_from(
    [
        Scope("bob"),
        Scope("bob", "cook"),
        Scope("bob", None, "r"),
        Scope("bob", "cook", "r"),
        Scope("-"),
        Scope("shared"),
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("add"), LINES, st.booleans()),
    st.tuples(st.just("edit"), LINES, LINES),
    st.tuples(st.just("update"), LINES),
    st.tuples(st.just("delete")),
    st.tuples(st.just("delete_many")),
    st.tuples(st.just("delete_all")),
)


def perform(memory: Memory, scope: Scope, step: tuple[Any, ...], foreign: list[str]) -> None:
    """One operation, also on ids that the scope has no business with."""
    own = [record.id for record in memory.list(scope=scope)]
    ids = [*own[:2], *foreign]
    match step:
        case ("add", text, infer):
            memory.add(text, scope=scope, infer=infer)
        case ("edit", text, other):
            memory.add(said(text), scope=scope)
            memory.add(said(other), scope=scope)
        case ("update", text):
            for memory_id in ids:
                with suppress(NotFoundError):
                    memory.update(memory_id, text, scope=scope)
        case ("delete",):
            for memory_id in ids:
                with suppress(NotFoundError):
                    memory.delete(memory_id, scope=scope)
        case ("delete_many",):
            memory.delete_many(ids, scope=scope)
        case ("delete_all",):
            memory.delete_all(scope=scope)


def seen(memory: Memory, scope: Scope) -> Any:
    """All that a scope can find out."""
    records = memory.list(scope=scope, limit=1000).records
    hits = [memory.search(text, scope=scope, threshold=0.0, limit=50) for text in ("Where do I live?", "tea")]
    return records, [memory.history(record.id, scope=scope) for record in records], hits


ANNAS = [Scope("anna"), Scope("anna", "cook"), Scope("anna", None, "r"), Scope(agent="cook"), Scope(run="r")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(OTHERS, STEPS), min_size=1, max_size=6))
def test_no_operation_reaches_another_scope(steps: list[tuple[Scope, tuple[Any, ...]]]) -> None:
    """Whatever others do in their scopes, Anna's and the shared ones stay and are told to nobody else."""
    with Memory(":memory:", reasoner=Toy()) as memory:
        for place in ANNAS:
            level = "agent" if place.agent else "run" if place.run else "user"
            memory.add("I live in Oslo. I like tea. I own secret 42", scope=place, level=level)  # type: ignore[arg-type]
        before = [seen(memory, place) for place in ANNAS]
        foreign = [record.id for place in ANNAS for record in memory.list(scope=place)]
        for scope, step in steps:
            perform(memory, scope, step, foreign)
            own = [r for r in memory.list(scope=scope, limit=1000) if r.scope.user is not None]
            assert all(record.scope.user == scope.user and "secret" not in record.text for record in own)
            if scope.agent is None and scope.run is None:
                assert "secret" not in str(seen(memory, scope))
        assert [seen(memory, place) for place in ANNAS] == before
