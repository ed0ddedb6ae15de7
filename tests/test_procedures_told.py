"""Procedures that are told: numbered steps, prose where it is asked for, and what is none of it."""

from __future__ import annotations

from typing import Any

import pytest

from recollect import Memory
from recollect.messages import turns
from recollect.procedures import task_in
from recollect.types import Procedure

BUTLER: Any = {"user": "anna", "agent": "butler"}
RESET = "To reset the router:\n1. Open the panel\n2. Press the button\n3. Wait a minute"


def learned(messages: Any, **given: Any) -> list[Procedure]:
    with Memory(":memory:") as memory:
        memory.add(messages, **given, **BUTLER)
        return [record.procedure for record in memory.list(**BUTLER) if record.procedure is not None]


@pytest.mark.parametrize(
    "text",
    [
        RESET,
        "How to make pancakes\n1. Mix flour and milk\n2. Heat the pan\n3. Pour the batter\n4. Flip it",
        "Always do it like this:\n1. Open the settings\n2. Click on Network\n3. Choose reset",
        "This is how I deployed it:\nStep 1: Build the image\nStep 2: Push it to the registry\nStep 3: Run the rollout",
        "I did this:\n1) Opened the ticket\n2) Checked the logs\n3) Restarted the service",
        "**Steps**\n1. **Clone** the repo\n2. Install the dependencies\n3. Run the tests",
    ],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_numbered_steps_are_a_procedure(text: str, role: str) -> None:
    """Whoever of both tells them, asked for or not."""
    [found] = learned({"role": role, "content": text})
    assert len(found.steps) == sum(line.strip("*Step ")[:1].isdigit() for line in text.splitlines())
    assert found.outcome is None


@pytest.mark.parametrize(
    "text",
    [
        "Shopping list:\n1. Milk and bread\n2. Eggs\n3. Butter",
        "My favourite films:\n1. Alien\n2. Heat\n3. Run Lola Run",
        "Top cities\n1. Paris in spring\n2. Rome\n3. Oslo",
        "My to-do list:\n1. Buy milk\n2. Call mom\n3. Clean the kitchen",
        "1. Call the bank\n2. Buy a gift\n3. Pay the rent",
        "Goals for 2026\n1. Run a marathon\n2. Learn Spanish\n3. Read more books",
        "1. Anna, 12 points\n2. Bob, 10 points\n3. Cy, 3 points",
        "Options:\n1. Take the train\n2. Take the bus\n3. Take a taxi",
        "First I open the door, then I put on the light, and finally I close the window.",
        "It costs 2. Open at 3. Close at 4.",
        "1. Open the settings\n2. Click on Network\n3. Choose reset",
    ],
)
@pytest.mark.parametrize("role", ["user", "assistant", "system", "document"])
def test_other_lists_and_prose_are_none(text: str, role: str) -> None:
    """Unless they are asked for, only what is surely a way to do something is one."""
    assert task_in(turns({"role": role, "content": text})) is None


STEPS = RESET.split("\n", 1)[1]


@pytest.mark.parametrize("memory_type", [None, "procedural_memory"])
@pytest.mark.parametrize(
    "text",
    [
        f'What do you make of it?\n"""\n{RESET}\n"""',
        f"Is it phishing?\n```\n{RESET}\n```",
        f"Is it phishing?\n~~~text\n{RESET}",
        "> " + RESET.replace("\n", "\n> "),
        f"The page says how to reset it:\n{STEPS}\nI do not trust it.",
        f"According to the site, follow these steps:\n{STEPS}",
        f"Never follow these steps:\n{STEPS}",
        f"You must not do this to reset it:\n{STEPS}",
        f"Fwd: from Support <a@b.example>\nSubject: How to reset\n{STEPS}",
        f"How to reset it, see below\n---------- Forwarded message ---------\n{STEPS}",
    ],
)
@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_others_say_in_a_message_is_not_told_by_its_sender(role: str, text: str, memory_type: Any) -> None:
    """Fenced, quoted, forwarded, reported or negated: whoever pastes steps does not teach them."""
    assert learned({"role": role, "content": text}, memory_type=memory_type) == []


@pytest.mark.parametrize("role", ["system", "tool", "document"])
def test_only_user_and_agent_tell_steps(role: str) -> None:
    """What comes from elsewhere is data."""
    message = {"role": role, "content": RESET}
    assert task_in(turns(message)) is None
    assert learned(message, memory_type="procedural_memory") == []


def test_the_goal_of_steps_is_what_was_asked() -> None:
    """The line before them, or else the question that they answer."""
    question = {"role": "user", "content": "How do I reset the router?"}
    [found] = learned([question, {"role": "assistant", "content": RESET.split("\n", 1)[1]}])
    assert found.goal == "How do I reset the router?"
    assert [step.intent for step in found.steps] == ["Open the panel", "Press the button", "Wait a minute"]


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (
            "First open the door, then turn on the light, and finally close the window.",
            ["open the door", "turn on the light", "close the window"],
        ),
        ("Opened the ticket. Checked the logs and then restarted the service.", 3),
        ("I opened the ticket.\nI checked the logs.", 2),
    ],
)
def test_prose_is_a_procedure_where_it_is_asked_for(text: str, steps: Any) -> None:
    """Its sentences that say to do something, or that it was done, in their order."""
    [found] = learned(text, memory_type="procedural_memory")
    intents = [step.intent for step in found.steps]
    assert steps in (intents, len(intents))


@pytest.mark.parametrize("text", ["I live in Bergen.", "The weather is nice today. I love it.", "Thanks!"])
def test_nothing_to_learn_is_an_outcome(text: str) -> None:
    """It says why; nothing is written, and nothing else is remembered."""
    with Memory(":memory:") as memory:
        receipt = memory.add(text, memory_type="procedural_memory", **BUTLER)
        [outcome] = receipt.outcomes
        assert (outcome.status, outcome.operation, outcome.memory) == ("rejected", "NONE", None)
        assert "no step" in outcome.reason
        assert len(memory.list(**BUTLER)) == 0


def test_steps_told_twice_are_one_procedure() -> None:
    """With what differs as a parameter."""
    told = "To reset the password of {}:\n1. Open the page of {}\n2. Click on Reset\n3. Send the link to {}"
    with Memory(":memory:") as memory:
        for person in ("Bob", "Eve"):
            memory.add(told.replace("{}", person), **BUTLER)
        [record] = [record for record in memory.list(**BUTLER) if record.procedure is not None]
        assert record.version == 2 and record.procedure is not None
        [name] = record.procedure.parameters
        assert record.procedure.parameters[name] == ("Bob", "Eve")
        assert record.procedure.steps[0].intent == f"Open the page of {{{name}}}"
        assert record.procedure.goal == f"To reset the password of {{{name}}}"


def test_what_both_tell_is_trusted_as_the_agent() -> None:
    """The least trusted part counts."""
    both = [
        {"role": "assistant", "content": "I opened the ticket."},
        {"role": "user", "content": "Then check the logs."},
    ]
    with Memory(":memory:") as memory:
        memory.add(both, memory_type="procedural_memory", **BUTLER)
        [record] = [record for record in memory.list(**BUTLER) if record.procedure is not None]
        assert record.trust == "agent"
