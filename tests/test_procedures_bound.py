"""Procedures bound to new tasks: parameters filled from what the task says, the others named."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from recollect.messages import turns
from recollect.procedures import Bound, bind, merged
from recollect.reasoners.runs import runs
from recollect.types import Procedure, Step
from tests.task_runs import TASKS, run


def procedure(name: str) -> Procedure:
    """What the runs of a task teach."""
    return reduce(
        merged, [found.procedure for messages in TASKS[name].runs for found in runs(turns(messages), "rules")]
    )


def calls(bound: Bound) -> list[tuple[str | None, Any]]:
    return [(step.tool, step.arguments) for step in bound.steps]


@pytest.mark.parametrize(
    ("name", "task", "values"),
    [
        (
            "restaurant",
            "Book a table for 5 at Osteria Mira at 21:00",
            {"count": "5", "name": "Osteria Mira", "time": "21:00"},
        ),
        (
            "restaurant",
            "Get me a table at 9 pm for three, at Roma please",
            {"count": "3", "name": "Roma", "time": "9 pm"},
        ),
        ("refund", "Please refund the order 55!", {"order_id": "55"}),
        ("spreadsheet", "Total column D of the Costs sheet", {"column": "D", "name": "Costs"}),
        (
            "calendar",
            "Schedule a meeting on 2026-08-02 with Hal and Jo",
            {"attendees": "Hal and Jo", "date": "2026-08-02"},
        ),
        ("conversion", "Turn a.csv into b.xlsx", {"file": "a.csv", "file_2": "b.xlsx"}),
        ("research", "Write a report about tide mills to tides.md", {"query": "tide mills", "path": "tides.md"}),
        ("kitchen", "Could you heat the pizza for 4 minutes?", {"object": "pizza", "minutes": "4"}),
        (
            "onboarding",
            "New user Di Wu, di@example.org, team IT",
            {"name": "Di Wu", "email": "di@example.org", "group": "IT"},
        ),
    ],
)
def test_parameters_are_filled_from_a_task(name: str, task: str, values: dict[str, str]) -> None:
    """By the wording of the goal, by the words beside them, by known values, by their kind."""
    assert dict(bind(procedure(name), task).values) == values


def test_bound_steps_can_be_followed() -> None:
    """Numbers are numbers; what an earlier answer tells is said to come from there; nothing is missing."""
    bound = bind(procedure("refund"), "Refund order 55")
    assert calls(bound) == [
        ("get_order", {"order_id": 55}),
        (
            "refund_payment",
            {
                "payment": "{payment from the answer to step 1}",
                "amount": "{amount from the answer to step 1}",
                "reason": "customer request",
            },
        ),
    ]
    assert (bound.missing, bound.later) == ((), {"payment": 1, "amount": 1})


def test_what_a_task_does_not_tell_is_missing() -> None:
    """It is named, and stays a hole in the steps."""
    bound = bind(procedure("restaurant"), "Book a table for 2")
    assert bound.missing == ("name", "time")
    assert bound.steps[0].arguments == {"name": "{name}"}
    nothing = bind(procedure("restaurant"), "")
    assert nothing.missing == ("name", "count", "time")


def test_a_loop_is_done_for_each_value() -> None:
    """A list in the task is as many steps; a list argument is a list."""
    bound = bind(procedure("groceries"), "Order figs, dates and rice")
    assert [step.arguments.get("product") for step in bound.steps] == [None, "figs", "dates", "rice", None]
    meeting = bind(procedure("calendar"), "Set up a meeting with Hal, Ida and Jo on 2026-08-02")
    assert meeting.steps[0].arguments == {"attendees": ["Hal", "Ida", "Jo"], "date": "2026-08-02"}


def test_literal_braces_are_no_parameters() -> None:
    """Only what the procedure names is filled."""
    found = procedure("conversion")
    [step, *_] = found.steps
    awk = "awk '{print}' {file} | sort"
    changed = Procedure(
        goal="Sort {file}",
        steps=(type(step)(intent="sort", tool="sh", arguments={"cmd": awk}),),
        parameters={"file": ("a.txt",)},
    )
    assert bind(changed, "Sort b.txt").steps[0].arguments == {"cmd": "awk '{print}' b.txt | sort"}


LOAD = Procedure(
    goal="Load crate {crate} from shelf {shelf} onto truck {truck}",
    steps=(
        Step(intent="fetch", tool="fetch", arguments={"crate": "{crate}", "shelf": "{shelf}"}),
        Step(intent="load", tool="load", arguments={"crate": "{crate}", "truck": "{truck}"}),
    ),
    parameters={"crate": ("C17",), "shelf": ("S3", "S12"), "truck": ("T2",)},
)


@pytest.mark.parametrize(
    "task",
    [
        "Get crate C52 off shelf S8 and onto truck T7",
        "Please load truck T7 with crate C52 from shelf S8",
        "Truck T7 wants crate number C52 below shelf S8",
        "Move the crate C52 that is on the shelf S8 over to the truck T7",
        "Load C52 off S8 onto T7",
    ],
)
def test_values_are_found_by_their_shape(task: str) -> None:
    """Whatever words are around them."""
    bound = bind(LOAD, task)
    assert (dict(bound.values), bound.missing) == ({"crate": "C52", "shelf": "S8", "truck": "T7"}, ())


def test_a_value_ends_where_the_next_one_begins() -> None:
    """At the word that the goal has before it; the value itself may be of several words, and of any shape."""
    named = replace(LOAD, parameters={"crate": ("Alpha",), "shelf": ("upper", "left side"), "truck": ("Big Bertha",)})
    values = {"crate": "Beta Two", "shelf": "lower left", "truck": "Tom"}
    for task in (
        "Get crate Beta Two shelf lower left truck Tom",
        "Onto truck Tom: crate Beta Two, off shelf lower left",
    ):
        assert dict(bind(named, task).values) == values
    assert bind(LOAD, "Get crate Alpha off shelf S8").values == {"crate": "Alpha", "shelf": "S8"}
    assert bind(LOAD, "Get crate Alpha shelf").values["crate"] == "Alpha shelf"  # nothing begins there


def test_the_name_of_a_parameter_is_no_word_before_the_next() -> None:
    """Where two stand side by side in a goal."""
    found = replace(LOAD, goal="Load {crate} {shelf}", parameters={"crate": ("Alpha",), "shelf": ("upper",)})
    assert "shelf" not in bind(found, "We have a crate Beta to load").values


TRANSFER = Procedure(
    goal="Transfer {amount} from {account} to {to}",
    steps=(Step(intent="pay", tool="pay", arguments={"amount": "{amount}", "from": "{account}", "to": "{to}"}),),
    parameters={"amount": ("100", "50"), "account": ("savings", "holiday"), "to": ("checking", "rent")},
)


@pytest.mark.parametrize(
    ("task", "account", "to"),
    [
        ("Move 75 from rent to holiday", "rent", "holiday"),
        ("Transfer 75 to savings from checking", "checking", "savings"),
        ("Transfer 75 euros from rent to holiday", "rent", "holiday"),
        ("Pay 75 into the holiday account, off rent", "rent", "holiday"),
    ],
)
def test_the_word_before_a_value_tells_its_role(task: str, account: str, to: str) -> None:
    """Whatever role the value had before."""
    bound = bind(TRANSFER, task)
    assert bound.steps[0].arguments == {"amount": 75, "from": account, "to": to}


def test_a_known_value_in_another_role_is_missing() -> None:
    """Where the word before it tells that it is another's, nothing is guessed."""
    bound = bind(TRANSFER, "Move 75 to the holiday account")
    assert bound.missing == ("account",)
    assert "to" in bind(TRANSFER, "Ann wants to send 75 from savings").missing
    convert = replace(TRANSFER, goal="Convert {a} to {b}", parameters={"a": ("x.md",), "b": ("x.pdf",)})
    assert dict(bind(convert, "I need n.pdf from n.md").values) == {}


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("Do not transfer 75 from rent to holiday", "Do not"),
        ("Please don't transfer 75 from rent to holiday", "don't"),
        ("Transfer 75 from every account except rent to holiday", "except"),
        ("Transfer 75 from rent to holiday but not today", "but not"),
    ],
)
def test_what_is_not_to_be_done_is_not_bound(task: str, said: str) -> None:
    """A task that denies or leaves out something fills nothing, and what it says is named."""
    bound = bind(TRANSFER, task)
    assert (bound.missing, dict(bound.values)) == (("amount", "account", "to", said), {})
    assert bind(TRANSFER, "Don't forget to transfer 75 from rent to holiday").missing == ()
    kept = replace(TRANSFER, goal="Do not transfer {amount} from {account} to {to}")
    assert bind(kept, "Do not transfer 75 from rent to holiday").missing == ()


def test_a_value_of_the_learned_goal_alone_is_missing() -> None:
    """What a step has from another's request is named, unless this task says it as well, or the same in another word."""
    steps = (Step(intent="order", tool="order", arguments={"who": "Ann", "side": "buy", "what": "{what}"}),)
    found = Procedure(goal="Buy {what} for Ann", steps=steps, parameters={"what": ("tea",)})
    assert bind(found, "Buy jam for Bob").missing == ("Ann",)
    assert bind(found, "Sell jam for Ann").missing == ("buy",)
    assert bind(found, "Purchase jam for Ann").missing == ()


@pytest.mark.parametrize("told", ["{} wants to join us", "{} called, add the account", "{}'s account is to be added"])
def test_a_name_that_a_goal_begins_with_is_a_parameter(told: str) -> None:
    """It is no verb: another's request is done for the other one."""

    def asked_for(person: str) -> list[dict[str, Any]]:
        made = [("find", {"name": person}, f"id of {person}: c-{len(person)}00"), ("add", {"team": "staff"}, "ok")]
        return run(told.format(person), made)

    [first], [second] = (runs(turns(asked_for(person)), "rules") for person in ("Ann", "Acme"))
    assert first.procedure.goal == told.format("{name}")
    found = merged(first.procedure, second.procedure)
    assert bind(found, told.format("Carl")).steps[0].arguments == {"name": "Carl"}
