"""How well procedures are recalled for tasks: runs whose worth for each task is known, and what plain search finds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.errors import UsageError
from recollect.evaluation.baselines import Baselines
from recollect.evaluation.data import Conversation, Thread
from recollect.evaluation.measures import Ranking, average_precision, average_precision_of_found, mean, ndcg, recall
from recollect.flow import World, run
from recollect.memory import Memory
from recollect.ports import Commit, Embed, Flow
from recollect.procedures import abstracted, found_by
from recollect.stores.opening import open_store
from recollect.types import Change, ChangeSet, Draft, Procedure, Scope, Step

RELEVANT = 6
"""The worth, of ten, from which on a run helps with a task."""
NAMES = ("map", "map@10", "ndcg@10", "recall@10")
"""What is measured of every task."""
BASELINES = ("keyword", "dense")
OURS = "recollect"
Progress = Callable[[int, int], None]
SCOPE = Scope(agent="measured")
_NAMES = uuid.UUID("2c0f9f6a-7c1e-5a55-8b9b-0f4f3b1a7d03")


@dataclass(frozen=True, slots=True)
class Task:
    """A task, and the ids of the runs that help with it."""

    text: str
    helpful: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bench:
    """Runs of tasks by id, each as the procedure that it makes by itself, and the tasks to recall them for."""

    procedures: Mapping[str, Procedure]
    tasks: tuple[Task, ...]
    skipped: int = 0


def read(corpus: str, queries: str) -> Bench:
    """The runs in one file and the tasks in another. UsageError says which is not as expected.

    `skipped` counts tasks with which no run helps.
    """
    try:
        runs = {str(one["task_instance_id"]): _procedure(one) for one in _json(corpus)["trajectories"]}
    except (KeyError, TypeError) as exc:
        raise UsageError(f"{corpus}: expected trajectories as described, not so: {type(exc).__name__}: {exc}") from exc
    try:
        tasks = [_task(one, runs) for one in _json(queries)["queries"]]
    except (KeyError, TypeError) as exc:
        raise UsageError(f"{queries}: expected queries as described, not so: {type(exc).__name__}: {exc}") from exc
    usable = tuple(task for task in tasks if task.helpful)
    if not usable:
        raise UsageError(f"{queries}: expected queries with which at least one of the trajectories helps")
    return Bench(runs, usable, len(tasks) - len(usable))


def _json(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"{path} is not JSON: {exc}") from exc


def _procedure(trajectory: Mapping[str, Any]) -> Procedure:
    """What one run makes by itself: its task is the goal, each of its actions a step."""
    steps = tuple(Step(intent=str(pair["action"])) for pair in trajectory["state_action_pairs"])
    return abstracted(Procedure(goal=str(trajectory["task_description"]), steps=steps))


def _task(query: Mapping[str, Any], runs: Mapping[str, Procedure]) -> Task:
    judged = query["relevant_trajectories"]
    helpful = {str(one["trajectory_id"]) for one in judged if one["relevance_score"] >= RELEVANT}
    return Task(str(query["query_text"]), frozenset(helpful & runs.keys()))


def measure(bench: Bench, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Keep every procedure by itself, recall for every task, and measure all rankings."""
    plain = Baselines(_conversation(bench), depth=len(bench.procedures))
    rankings: dict[str, list[Ranking]] = {name: [] for name in (OURS, *BASELINES)}
    with closing(open_store(":memory:")) as store, Memory(store) as memory:
        names = run(_kept(bench.procedures), World(store, CachedEmbedder(StaticEmbeddings())))
        for done, task in enumerate(bench.tasks, 1):
            hits = memory.procedures.recall(task.text, scope=SCOPE, limit=len(names), threshold=0.0)
            rankings[OURS].append([names[hit.record.id] for hit in hits])
            beside = plain.rankings(task.text)
            for name in BASELINES:
                rankings[name].append(beside[name])
            progress(done, len(bench.tasks))
    quality = {name: _quality(bench.tasks, found) for name, found in rankings.items()}
    return {
        "n": len(bench.tasks),
        "procedures": len(bench.procedures),
        "skipped": bench.skipped,
        **quality.pop(OURS),
        "baselines": quality,
    }


def _conversation(bench: Bench) -> Conversation:
    """What recall searches, as messages of nobody."""
    texts = {name: found_by(procedure) for name, procedure in bench.procedures.items()}
    messages = tuple({"id": name, "name": None, "content": text} for name, text in texts.items())
    return Conversation("", (Thread(None, messages),), ())


def _kept(procedures: Mapping[str, Procedure]) -> Flow[dict[str, str]]:
    """Keep every procedure as it is, none merged with another; their names by memory."""
    named = {str(uuid.uuid5(_NAMES, name)): name for name in procedures}
    drafts = [
        Draft(text=found_by(known), kind="procedure", scope=SCOPE, trust="agent", procedure=known)
        for known in procedures.values()
    ]
    vectors = yield Embed(tuple(draft.text for draft in drafts))
    changes = tuple(
        Change(operation="ADD", reason="to be measured", decider=OURS, memory=memory, draft=draft)
        for memory, draft in zip(named, drafts, strict=True)
    )
    yield Commit(change_set=ChangeSet(id=OURS, scope=SCOPE, operation="keep", changes=changes), vectors=vectors)
    return named


def _quality(tasks: Sequence[Task], found: Iterable[Ranking]) -> dict[str, float | None]:
    measured = [_measured(ranking, task.helpful) for task, ranking in zip(tasks, found, strict=True)]
    return {name: mean(each[name] for each in measured) for name in NAMES}


def _measured(ranking: Ranking, helpful: frozenset[str]) -> dict[str, float]:
    values = (
        average_precision(ranking, helpful),
        average_precision_of_found(ranking, helpful, 10),
        ndcg(ranking, helpful, 10),
        recall(ranking, helpful, 10),
    )
    return dict(zip(NAMES, values, strict=True))
