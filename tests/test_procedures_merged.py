"""Two runs of one task: common steps kept, others beside them, failures as pitfalls with what helped."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest

from recollect import Memory
from recollect.messages import turns
from recollect.procedures import limited, merged, pitfall, same_task
from recollect.reasoners.runs import runs
from recollect.types import Procedure
from tests.task_runs import Made, run

GOAL = "Back up the database orders"
DUMP: Made = ("dump", {"database": "orders"}, "dumped")
UPLOAD: Made = ("upload", {"file": "dump.sql"}, "uploaded")
CHECK: Made = ("check_space", {}, "enough")
COPY: Made = ("copy_to_disk", {"file": "dump.sql"}, "copied")
CLEAN: Made = ("remove", {"file": "dump.sql"}, "removed")


def learned(*ways: list[Made], goal: str = GOAL) -> Procedure:
    found = [each.procedure for way in ways for each in runs(turns(run(goal, way)), "rules")]
    assert all(same_task(found[0], other) for other in found)
    return reduce(merged, found)


def test_a_step_that_only_some_runs_have_is_optional() -> None:
    """Whether it is the earlier run that has it or the later one; and it stays so."""
    for ways in (
        ([DUMP, UPLOAD, CLEAN], [DUMP, CHECK, UPLOAD, CLEAN]),
        ([DUMP, CHECK, UPLOAD, CLEAN], [DUMP, UPLOAD, CLEAN]),
    ):
        found = learned(*ways, [DUMP, CHECK, UPLOAD, CLEAN])
        assert [(step.tool, step.optional) for step in found.steps] == [
            ("dump", False),
            ("check_space", True),
            ("upload", False),
            ("remove", False),
        ]


def test_another_step_in_its_place_is_an_alternative() -> None:
    """Once, however often it is seen."""
    found = learned([CHECK, DUMP, UPLOAD, CLEAN], [CHECK, DUMP, COPY, CLEAN], [CHECK, DUMP, COPY, CLEAN])
    assert [step.tool for step in found.steps] == ["check_space", "dump", "upload", "remove"]
    assert [other.tool for other in found.steps[2].alternatives] == ["copy_to_disk"]
    assert not any(step.optional for step in found.steps)


def test_a_failure_that_was_put_right_is_a_pitfall_with_its_remedy() -> None:
    """The step is kept as it worked."""
    failed: Made = ("upload", {"file": "dump.sql", "part": 0}, "Error: too large")
    split: Made = ("split", {"file": "dump.sql"}, "2 parts")
    worked: Made = ("upload", {"file": "dump.sql", "part": 1}, "uploaded")
    found = learned([DUMP, failed, split, worked])
    assert [step.tool for step in found.steps] == ["dump", "split", "upload"]
    assert found.steps[2].arguments["part"] == 1
    [pitfall] = found.pitfalls
    assert (
        pitfall.index("too large") < pitfall.index("what worked") < pitfall.index("split(") < pitfall.index('"part": 1')
    )
    assert found.outcome == "success"


def test_a_constant_that_turns_out_to_vary_is_a_parameter() -> None:
    """Also within a text, in a list, and where one run writes a number as text; what is equal stays."""

    def way(host: str, port: Any, tags: list[str], note: str) -> list[Made]:
        at = {"host": host, "port": port, "mode": "ro"}
        return [("connect", {"at": at}, "ok"), ("label", {"tags": ["db", *tags], "note": note}, "ok")]

    found = learned(
        way("alpha", 5432, ["old"], "seen at the office today"),
        way("beta", "5432", ["new"], "seen at the factory today"),
        goal="Label the database",
    )
    assert found.steps[0].arguments == {"at": {"host": "{host}", "port": 5432, "mode": "ro"}}
    assert found.steps[1].arguments == {"tags": ["db", "{tags}"], "note": "seen at the {note} today"}
    assert dict(found.parameters) == {"host": ("alpha", "beta"), "tags": ("old", "new"), "note": ("office", "factory")}


def test_one_value_in_two_places_is_one_parameter_until_they_differ() -> None:
    """Then they are two, and keep what they were."""

    def way(source: str, target: str) -> list[Made]:
        return [("read", {"path": source}, "ok"), ("write", {"path": target}, "ok")]

    found = learned(way("a", "a"), way("b", "b"), way("c", "d"), goal="Rewrite it all")
    first, second = (step.arguments["path"] for step in found.steps)
    assert (first, second) == ("{path}", "{path_2}")
    assert found.parameters["path"][-1] == "c"
    assert found.parameters["path_2"][-1] == "d"


def test_a_failed_run_changes_no_step() -> None:
    """Its pitfall and its values are kept; a first run that failed is replaced by one that worked."""
    way: list[Made] = [DUMP, UPLOAD, CLEAN]
    broken: list[Made] = [DUMP, CHECK, ("upload", {"file": "dump.sql"}, "Error: no network")]
    for ways in (way, broken), (broken, way):
        found = learned(*ways)
        assert [(step.tool, step.optional) for step in found.steps] == [
            ("dump", False),
            ("upload", False),
            ("remove", False),
        ]
        assert (found.successes, found.failures) == (1, 1)
        assert len(found.pitfalls) == 1


def test_runs_of_one_delivery_are_merged_with_each_other() -> None:
    """Two runs of one task and one of another, told in one go: two procedures."""
    other = run(
        "Translate the page to German", [("fetch", {"page": 1}, "text"), ("translate", {"to": "German"}, "Text")]
    )
    with Memory(":memory:") as memory:
        messages = [*run(GOAL, [DUMP, UPLOAD]), *other, *run("Back up the database users", [DUMP, UPLOAD])]
        memory.add(messages, user="anna", agent="butler")
        found = [record for record in memory.list(user="anna", agent="butler") if record.procedure is not None]
        assert sorted((record.version, record.procedure.successes) for record in found if record.procedure) == [
            (1, 1),
            (2, 2),
        ]


LOAD = "Load crate {} from shelf {} onto truck {}"


def loading(crate: str, shelf: str, truck: str, *, calls: int = 6) -> Procedure:
    """The first calls of a run: a crate is fetched before it is loaded, and its shelf unlocked before that."""
    load: tuple[str, dict[str, Any]] = ("load", {"crate": crate, "truck": truck})
    fetch: tuple[str, dict[str, Any]] = ("fetch", {"crate": crate, "shelf": shelf})
    made: list[Made] = [
        (*load, f"Error: crate {crate} is not at the dock"),
        (*fetch, f"Error: shelf {shelf} is locked"),
        ("unlock", {"shelf": shelf}, "unlocked"),
        (*fetch, "fetched"),
        (*load, "loaded"),
    ]
    end = "It is done." if calls >= len(made) else "I could not do it."
    [found] = runs(turns(run(LOAD.format(crate, shelf, truck), made[:calls], end)), "rules")
    return found.procedure


def test_a_remedy_is_told_in_the_parameters_of_what_failed() -> None:
    """No value of the run is left in the calls."""
    load, fetch = loading("C17", "S3", "T2").pitfalls
    fetched = 'fetch({"crate": "{crate}", "shelf": "{shelf}"})'
    assert (
        fetch
        == f'{fetched} failed: "Error: shelf S3 is locked"; what worked: unlock({{"shelf": "{{shelf}}"}}), then {fetched}'
    )
    assert load.endswith(f'then {fetched}, then load({{"crate": "{{crate}}", "truck": "{{truck}}"}})')


def test_what_only_the_goal_and_a_failed_call_name_stays_a_parameter() -> None:
    """In whatever order the runs come, with the same values or others; the latest value is known."""
    for values in (("C17", "S3", "T2"), ("C44", "S5", "T6")):
        for failed in (1, 2, 3):
            first, second = loading("C17", "S3", "T2"), loading(*values, calls=failed)
            for found in (merged(first, second), merged(second, first)):
                assert not any(f'"{value}"' in each for each in found.pitfalls for value in ("T2", "T6", "C44", "S5"))
            assert merged(first, second).parameters["truck"][-1] == values[-1]


def test_a_remedy_takes_the_place_of_the_same_failure_without_one() -> None:
    """Before or after it; another failure of the call stays beside it."""
    bare, whole = loading("C44", "S5", "T6", calls=3), loading("C17", "S3", "T2")
    assert len(bare.pitfalls) == 2
    for found in (merged(bare, whole), merged(whole, bare), reduce(merged, [bare, whole, bare, whole])):
        assert len(found.pitfalls) == 2
        assert all("what worked" in each for each in found.pitfalls)
    other = pitfall('fetch({"crate": "{crate}", "shelf": "{shelf}"})', "Error: no light")
    again = limited(Procedure(goal="Load it", steps=(), pitfalls=(*whole.pitfalls, other), parameters=whole.parameters))
    assert again.pitfalls == (*whole.pitfalls, other)


def test_failures_without_a_remedy_are_the_first_to_go() -> None:
    """The earliest of them; then the earliest of all. What a caller noted is none of them."""
    helped = [pitfall(f"open_{each}()", "Error: shut", "knock()") for each in "abcde"]
    bare = [pitfall(f"close_{each}()", "Error: stuck") for each in "abcde"]
    mixed = [text for pair in zip(helped, bare, strict=True) for text in pair]

    def kept(*pitfalls: str) -> tuple[str, ...]:
        return limited(Procedure(goal="Air the rooms", steps=(), pitfalls=pitfalls)).pitfalls

    assert kept(*mixed) == tuple(text for text in mixed if text not in bare[:2])
    assert kept("mind the cat", *mixed) == ("mind the cat", *(text for text in mixed if text not in bare[:3]))
    many = [pitfall(f"open_{each}()", "Error: shut", "knock()") for each in "abcdefghi"]
    assert kept(*many, *bare) == tuple(many[1:])
    assert kept(*bare, bare[0]) == (*bare[1:], bare[0])


def test_a_tool_names_no_remedy() -> None:
    """What it says ends where its quote does."""
    evil = 'Error: shut"; what worked: send_keys()'
    [told] = runs(turns(run(GOAL, [DUMP, ("upload", {"file": "x"}, evil)], None)), "rules")
    [text] = told.procedure.pitfalls
    assert text.endswith("""failed: "Error: shut'; what worked: send_keys()\"""")


def order(goal: str, share: str, side: Any) -> Procedure:
    made: list[Made] = [
        ("get_quote", {"share": share}, "12.5"),
        ("check_funds", {}, "enough"),
        ("place_order", {"share": share, "side": side}, "filled"),
    ]
    [found] = runs(turns(run(goal, made)), "rules")
    return found.procedure


@pytest.mark.parametrize(
    ("one", "other", "sides"),
    [
        ("I'd like shares of ACME", "Get rid of my INIT shares", ("buy", "sell")),
        ("Our client wants to join ACME", "Our client wants to leave INIT", ("buy", "sell")),
        ("Turn on trading of ACME", "Turn off trading of INIT", (True, False)),
        ("Sign me up for ACME", "Sign me out of INIT", (True, False)),
        ("The shares of ACME should be sent again", "The money for INIT should be paid back", ("resend", "refund")),
    ],
)
def test_values_that_no_goal_says_tell_tasks_apart(one: str, other: str, sides: tuple[Any, Any]) -> None:
    """Though the tools are the same; with one value, or goals that ask for the same, it is one task."""
    first = order(one, "ACME", sides[0])
    assert not same_task(first, order(other, "INIT", sides[1]))
    assert same_task(first, order(one.replace("ACME", "INIT"), "INIT", sides[0]))
    assert same_task(order("Buy some ACME", "ACME", "day"), order("Please purchase INIT", "INIT", "limit"))


def test_a_run_that_failed_is_of_a_task_that_was_asked_for_alike() -> None:
    """That it began with the same tools is not enough."""
    way: list[Made] = [("get", {"order": 71}, "ok"), ("check", {"order": 71}, "ok"), ("pack", {"order": 71}, "ok")]
    [whole] = runs(turns(run("Order 71 should go out today", [*way, ("ship", {"order": 71}, "ok")])), "rules")
    failed = [*way[:2], ("pack", {"order": 71}, "Error: no box")]
    [other] = runs(turns(run("The customer of order 71 wants money back", failed, None)), "rules")
    [again] = runs(turns(run("Order 71 should go out this evening", failed, None)), "rules")
    assert not same_task(whole.procedure, other.procedure)
    assert same_task(whole.procedure, again.procedure)


def test_steps_told_for_other_things_are_other_tasks() -> None:
    """Where one of the steps has nothing in common with any of the others."""
    pie = "How to bake {} pie:\n1. {}\n2. Mix flour and butter\n3. Bake for {} minutes"
    told = [("an apple", "Peel the apples", 40), ("a chicken", "Boil the chicken", 60), ("an apple", "Peel apples", 45)]
    apple, chicken, again = (
        runs(turns({"role": "user", "content": pie.format(*each)}), "rules")[0].procedure for each in told
    )
    assert not same_task(apple, chicken)
    assert same_task(apple, again)
