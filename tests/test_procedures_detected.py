"""Which calls of tools are a run of a task, and whether it succeeded."""

from __future__ import annotations

import pytest

from recollect.messages import turns
from recollect.procedures import task_in
from recollect.reasoners.runs import runs
from tests.task_runs import Made, run


@pytest.mark.parametrize(
    ("goal", "made"),
    [
        (
            "What's the weather in Oslo and Bergen?",
            [("get_weather", {"city": "Oslo"}, "5 C"), ("get_weather", {"city": "Bergen"}, "7 C, rain")],
        ),
        (
            "What is 3*4 and 5*6?",
            [("calculator", {"expression": "3*4"}, "12"), ("calculator", {"expression": "5*6"}, "30")],
        ),
        (
            "What do you know of me?",
            [("search_memory", {"query": "user"}, "tea"), ("recall_procedure", {"task": "tell"}, "none")],
        ),
    ],
)
def test_looking_something_up_several_times_is_no_task(goal: str, made: list[Made]) -> None:
    """Neither is what only looks into memory."""
    assert task_in(turns(run(goal, made))) is None


@pytest.mark.parametrize(
    "made",
    [
        [("get", {"name": "Ann"}, "c-100"), ("block", {"id": "c-100"}, "ok")],
        [("get", {"name": "Ann"}, "manager: Eve Holm"), ("get", {"name": "Eve Holm"}, "in Oslo")],
        [("get", {"name": "Anne"}, "error: no such name"), ("get", {"name": "Ann"}, "in Oslo")],
        [("shell", {"cmd": "make test"}, "ok"), ("shell", {"cmd": "make install"}, "ok")],
    ],
)
def test_doing_different_things_or_one_that_led_to_another_is_a_task(made: list[Made]) -> None:
    """Different tools or commands; a value that an answer told; a failure put right."""
    assert task_in(turns(run("Find out about Ann", made))) == "a run of 2 calls of tools"


def outcome(answer: str = "ok", end: str = "It is done.") -> str | None:
    made: list[Made] = [("find", {"item": "mug"}, "found"), ("put", {"item": "mug"}, answer)]
    [found] = runs(turns(run("Put away the mug", made, end)), "rules")
    return found.procedure.outcome


@pytest.mark.parametrize(
    "end",
    [
        "It failed.",
        "The second payment has failed: no money.",
        "I am sorry, that is not possible.",
        "This didn't go through.",
        "No luck, sorry.",
    ],
)
def test_the_last_word_may_say_that_it_failed(end: str) -> None:
    """In any of these ways."""
    assert outcome(end=end) == "failure"


@pytest.mark.parametrize("end", ["After the first try failed, it worked.", "Done, there are no failed jobs left."])
def test_the_last_word_may_speak_of_failures(end: str) -> None:
    """Without being one."""
    assert outcome(end=end) == "success"


@pytest.mark.parametrize(
    "answer",
    [
        '{"errors": ["no sink"]}',
        '{"exit_code": 1, "stderr": "boom"}',
        '{"status": 500}',
        '{"status_code": "404"}',
        '{"success": "false"}',
        "FAILED tests/test_a.py",
    ],
)
def test_an_answer_that_is_an_error(answer: str) -> None:
    """By a field that says so, or its first words."""
    assert outcome(answer) == "failure"


@pytest.mark.parametrize(
    "answer",
    [
        '{"errors": [], "exit_code": 0, "status": 200, "success": "true", "error": null}',
        "Failed logins: 0",
        "Errors: 0",
        "Error count = 0",
        "Error handling enabled",
        "Exception list updated",
    ],
)
def test_an_answer_that_speaks_of_errors(answer: str) -> None:
    """Without being one."""
    assert outcome(answer) == "success"
