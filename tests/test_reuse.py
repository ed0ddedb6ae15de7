"""Procedures at work: found for a task, proved by reports, shared without what was said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from recollect import ConflictError, Memory, NotFoundError
from recollect.cli.app import app
from recollect.errors import ScopeError, UsageError
from recollect.procedural import share
from recollect.procedures import general, proved, success_rate, verified, worded_as
from recollect.procedures.sharing import letters
from recollect.types import Hit, Procedure, Record, Scope, Step
from tests.states import NOW, drive
from tests.task_runs import run as task
from tests.test_procedures import run
from tests.toy import Call, async_call, sync_call

ANNA: Any = {"user": "anna", "agent": "butler"}
TASK = "Put the plate in the cupboard"


@pytest.fixture
def memory() -> Iterator[Memory]:
    """One procedure, learned from two runs that went well."""
    with Memory(":memory:") as memory:
        for item, place in (("mug", "sink"), ("soap", "cabinet")):
            memory.add(run(item, place), **ANNA)
        yield memory


def found(memory: Memory, **whose: Any) -> Hit:
    """The one procedure for the task."""
    [hit] = memory.procedures.recall(TASK, **(whose or ANNA))
    return hit


def procedure_of(hit: Hit) -> Procedure:
    """What was recalled."""
    assert hit.record.procedure is not None
    return hit.record.procedure


# Recall.


def test_a_procedure_is_found_for_a_task_with_other_values(memory: Memory) -> None:
    """Its score is in [0, 1], and the numbers that say why add up to it."""
    hit = found(memory)
    assert procedure_of(hit).goal == "Put the {item} in the {place}"
    assert 0 < hit.score < 1
    assert sum(part for part in hit.why.values() if not isinstance(part, str)) == pytest.approx(hit.score)
    assert hit.why["runs"] == "2 succeeded, 0 failed"


def test_nothing_is_recalled_where_nothing_fits(memory: Memory) -> None:
    """Neither for another task nor of another user."""
    assert memory.procedures.recall("Book a flight to Rome", **ANNA) == ()
    assert memory.procedures.recall(TASK, user="tom", agent="butler") == ()


def test_facts_are_searched_without_procedures(memory: Memory) -> None:
    """Unless the filter says something of the kind."""
    assert [hit.record.kind for hit in memory.search(TASK, threshold=0, **ANNA) if hit.record.kind == "procedure"] == []
    [hit] = memory.search(TASK, threshold=0, filters={"kind": "procedure"}, **ANNA)
    assert hit.record.id == found(memory).record.id


# Proof.


def hit_of(successes: int, failures: int, outcome: Any = None, score: float = 0.6) -> Hit:
    """A hit of a procedure with these runs."""
    procedure = Procedure(goal="g", steps=(), successes=successes, failures=failures, outcome=outcome)
    draft: Any = {"text": "g", "kind": "procedure", "scope": Scope(user="anna"), "procedure": procedure}
    times: Any = {"created_at": NOW, "updated_at": NOW}
    return Hit(Record(**draft, **times, id="1", hash="h", version=1), score, {"keyword": score})


def test_what_only_failed_comes_after_what_worked() -> None:
    """More so with every failure; nothing leaves [0, 1], and a score of nothing stays nothing."""
    runs = [(9, 0), (3, 0), (2, 0), (1, 0), (0, 0), (0, 1), (0, 2), (0, 9)]
    scores = [proved(hit_of(*each)).score for each in runs]
    assert scores == sorted(scores, reverse=True) and len(set(scores)) == len(runs)
    assert scores[4] == 0.6
    assert proved(hit_of(0, 1, score=0.7)).score < proved(hit_of(1, 0, score=0.5)).score
    assert [proved(hit_of(*each, score=score)).score for each in runs for score in (0.0, 1.0)] == pytest.approx(
        [value for each in runs for value in (0.0, min(1.0, 2 * success_rate(procedure_of(hit_of(*each)))))]
    )


def test_a_procedure_is_promoted_and_demoted() -> None:
    """Three more successes than failures verify it; a failure takes that back until the next success beyond it."""
    story = [(2, 0, "success"), (3, 0, "success"), (3, 1, "failure"), (4, 1, "success"), (9, 1, "failure")]
    assert [verified(procedure_of(hit_of(*each))) for each in story] == [False, True, False, True, False]
    assert proved(hit_of(3, 0, "success")).why["runs"] == "3 succeeded, 0 failed, verified"


# Reports.


@pytest.mark.parametrize("call", [sync_call, async_call])
def test_a_report_counts_as_a_new_version(call: Call, memory: Memory) -> None:
    """With its event; what is noted of a failure is a pitfall, and undo takes all of it back."""
    known = found(memory).record
    receipt = call(memory.procedures, "report", known.id, False, note="the cupboard is locked", **ANNA)
    procedure = procedure_of(found(memory))
    assert (procedure.successes, procedure.failures, procedure.outcome) == (2, 1, "failure")
    assert procedure.pitfalls == ("the cupboard is locked",)
    assert receipt.outcomes[0].version == known.version + 1
    event = memory.history(known.id, **ANNA).events[-1]
    assert (event.operation, event.reason) == ("UPDATE", "a run of it failed, as reported by the caller")
    memory.undo(receipt.change_set, **ANNA)
    assert procedure_of(found(memory)) == known.procedure


def test_reports_at_once_all_count(memory: Memory) -> None:
    """None overwrites another, from threads and from one loop."""
    known = found(memory).record.id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: memory.procedures.report(known, True, **ANNA), range(16)))

    async def together() -> None:
        await asyncio.gather(*(memory.procedures.areport(known, False, **ANNA) for _ in range(8)))

    asyncio.run(together())
    assert (procedure_of(found(memory)).successes, procedure_of(found(memory)).failures) == (18, 8)


def test_a_report_with_a_key_counts_once(memory: Memory) -> None:
    """The same one again answers its first outcome, another is another."""
    known = found(memory).record.id
    first, again, other = (
        memory.procedures.report(known, True, idempotency_key=key, **ANNA) for key in ("a", "a", "b")
    )
    assert first.outcomes[0].version == again.outcomes[0].version != other.outcomes[0].version
    assert procedure_of(found(memory)).successes == 4


def test_only_procedures_of_the_scope_are_reported_on(memory: Memory) -> None:
    """Not those of others, and no fact."""
    with pytest.raises(NotFoundError):
        memory.procedures.report(found(memory).record.id, True, user="tom", agent="butler")
    with pytest.raises(UsageError, match="leave it out"):
        memory.procedures.report(found(memory).record.id, True, note="all well", **ANNA)
    [fact] = memory.add("I live in Oslo", infer=False, **ANNA).ids
    with pytest.raises(UsageError, match="expected a procedure"):
        memory.procedures.report(fact, True, **ANNA)


# Sharing.


@pytest.mark.parametrize("call", [sync_call, async_call])
def test_a_shared_procedure_serves_all_users_of_its_agent(call: Call, memory: Memory) -> None:
    """It tells nothing that was said; it is reported on without a user, and renewed with its own counts."""
    mine = found(memory).record
    memory.procedures.report(mine.id, False, note="the mug is Anna's", **ANNA)
    copy = call(memory.procedures, "share", mine.id, **ANNA).outcomes[0].memory
    hit = found(memory, user="tom", agent="butler")
    assert hit.record.id == copy
    told = f"{hit.record!r}".casefold()
    assert not [word for word in ("mug", "sink", "soap", "cabinet", "table", "done", "anna") if word in told]
    assert (hit.record.metadata, hit.record.derived_from) == ({"shared": True}, (mine.id,))
    with pytest.raises(NotFoundError):
        memory.procedures.report(copy, True, user="tom", agent="butler")
    memory.procedures.report(copy, True, agent="butler")
    assert call(memory.procedures, "share", mine.id, **ANNA).outcomes[0].version == 3
    assert procedure_of(found(memory, agent="butler")).successes == 3
    assert memory.procedures.recall(TASK, user="tom", agent="cook") == ()


def test_what_may_not_be_shared_is_not(memory: Memory) -> None:
    """A procedure from a tool's words, one of others, one without an agent, one that is shared, one forgotten there."""
    known = found(memory).record.id
    with pytest.raises(NotFoundError):
        memory.procedures.share(known, user="tom", agent="butler")
    copy = memory.procedures.share(known, **ANNA).outcomes[0].memory
    assert copy is not None
    with pytest.raises(UsageError, match="shared already"):
        memory.procedures.share(copy, agent="butler")
    memory.delete(copy, agent="butler")
    with pytest.raises(ConflictError, match="forgotten"):
        memory.procedures.share(known, **ANNA)
    memory.add(run("pan", "rack"), user="tom")
    [alone] = memory.list(user="tom", filters={"kind": "procedure"})
    with pytest.raises(ScopeError, match="give agent="):
        memory.procedures.share(alone.id, user="tom")
    low = replace(alone, trust="tool")
    with pytest.raises(UsageError, match="only what has trust 'agent'"):
        drive(share(Scope(user="tom", agent="butler"), low.id, "n"), (low,))


def test_the_general_of_a_procedure_has_no_values() -> None:
    """Wherever they stand and however a tool spells them; ordinary words that never varied stay."""
    inner = Step(intent="open red box", tool="open", arguments={"what": ["red_box", 7]}, observation="a ring")
    step = Step(intent="use a key", arguments={"how": "gently", "by": "a"}, expected="fine", alternatives=(inner,))
    known = Procedure(
        goal="open the Red Box of {who}",
        steps=(step,),
        parameters={"what": ("red box",), "who": ("Anna", "7"), "by": ("a",)},
        preconditions=("the red box is there",),
        pitfalls=("the ring is Anna's",),
    )
    shown = general(known, 2)
    assert shown.goal == "open the {what} of {who}"
    assert shown.steps[0].alternatives[0] == Step(
        intent="open {what}", tool="open", arguments={"what": ["{what}", "{who}"]}
    )
    assert (shown.steps[0].intent, shown.steps[0].arguments) == ("use a key", {"how": "gently", "by": "{by}"})
    assert (shown.steps[0].expected, shown.pitfalls, shown.preconditions) == (None, (), ("the {what} is there",))
    assert shown.parameters == {"what": (), "who": (), "by": ()}


MARIA = ("María López", "Zoë")


@pytest.mark.parametrize(
    "given",
    [
        "record_Maria_Lopez_final.pdf",
        "https://x.example/Mar%C3%ADa%20L%C3%B3pez",
        "https://x.example/?q=maria+lopez",
        "marialopez",
        "MARIA-LOPEZ",
        "lopez, maria",
        "for zoe_2",
        ["x", {"y": "to Maria Lopez"}],
    ],
)
def test_no_spelling_of_a_value_is_shared(given: Any) -> None:
    """An argument that holds one is a parameter, as a whole, however many runs there are."""
    step = Step(intent="write of maria_lopez", tool="write", arguments={"file": given, "of": {"Maria Lopez": 1}})
    known = Procedure(goal="Of Lopez, Maria", steps=(step,), parameters={"name": MARIA}, preconditions=("marialopez",))
    told = repr(general(known, 9)).casefold()
    assert not [word for word in ("maria", "lopez", "mar%", "zoe", "zoë") if word in told]


@pytest.mark.parametrize(
    ("given", "one", "more"),
    [
        ("DE89 3704 0044 0532 0130 00", "{x}", "{x}"),
        ("anna@home.example", "{x}", "{x}"),
        ("Anna", "{x}", "{x}"),
        ("東京", "{x}", "{x}"),
        ("git push", "{x}", "git push"),
        ("git push {name}", "{x}", "git push {name}"),
        ("{name}/{name}", "{name}/{name}", "{name}/{name}"),
        (4917012345, "{x}", "{x}"),
        (20, 20, 20),
        (True, True, True),
        (None, None, None),
    ],
)
def test_what_never_varied_is_shared_only_if_it_names_nobody(given: Any, one: Any, more: Any) -> None:
    """A text of one run never; of more where it is ordinary words, and its step was part of all of them."""
    step = Step(intent="do", tool="do", arguments={"x": given})
    known = Procedure(goal="do", steps=(step,), parameters={"name": ()})
    assert [general(known, runs).steps[0].arguments["x"] for runs in (1, 2)] == [one, more]
    rare = replace(known, steps=(replace(step, optional=True), Step(intent="or", alternatives=(step,))))
    first, second = general(rare, 2).steps
    assert first.arguments["x"] == second.alternatives[0].arguments["x"] == one


def test_a_copy_never_had_more_than_it_has() -> None:
    """What was shared after one run tells no value either, neither in its history nor when its user was erased."""
    with Memory(":memory:") as memory:
        for name, key in (("Maria Lopez", "r-100"), ("John Doe", "r-200")):
            file = f"record_{name.replace(' ', '_')}.pdf"
            export = {"id": key, "file": file, "url": f"x/{name.replace(' ', '%20')}", "slug": letters(name)}
            done = [("find", {"name": name}, f"id {key}"), ("export", export, "ok")]
            memory.add(task(f"Archive the record of {name}", done), **ANNA)
            [mine] = [each for each in memory.list(filters={"kind": "procedure"}, **ANNA) if each.scope.user == "anna"]
            copy = memory.procedures.share(mine.id, **ANNA).outcomes[0].memory
        memory.erase(user="anna")
        assert copy is not None
        told = repr(memory.history(copy, agent="butler"))
        assert "Archive the record of {name}" in told
        assert not [word for word in ("Maria", "Lopez", "John", "Doe", "r-1", "r-2") if word in told]


@pytest.mark.parametrize(
    ("task", "goal", "same"),
    [
        ("please put the big plate in the cupboard, now", "Put the {item} in the {place}", True),
        ("PUT THE plate IN THE cupboard", "Put the {item} in the {place}", True),
        ("put the plate on the cupboard", "Put the {item} in the {place}", False),
        ("input the plate in the cupboard", "Put the {item} in the {place}", False),
        ("put the in the", "Put the {item} in the {place}", False),
        ("put anything anywhere", "put {item}", False),
        ("put the plate away", "put the plate away", False),
        ("x " * 5000, "x {a} x {b} x {c} y", False),
        ("x y x z", "x {a} x {b}", True),
        ("y x", "{a} x {b}", False),
    ],
)
def test_a_task_is_worded_as_a_goal(task: str, goal: str, same: bool) -> None:
    """With all its words in order and something for each parameter; a goal of one word or without any tells nothing."""
    assert worded_as(task, goal) is same


def test_the_command_line_shows_how_a_procedure_is_done(tmp_path: Path) -> None:
    """Its steps and runs, beside its versions; also for programs."""
    with Memory(tmp_path / "memories.db") as memory:
        memory.add(run("mug", "sink"), **ANNA)
        name = found(memory).record.id
    show = ["--db", str(tmp_path / "memories.db"), "--user", "anna", "show", name]
    told = CliRunner().invoke(app, show).stdout
    assert "Goal: Put the {item} in the {place}" in told and "Runs: 1 succeeded, 0 failed" in told
    [version] = json.loads(CliRunner().invoke(app, [*show, "--json"]).stdout)["versions"]
    assert version["record"]["procedure"]["goal"] == "Put the {item} in the {place}"
