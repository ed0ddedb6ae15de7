"""The commands `recollect eval ...`: how good it is, measured on data of yours."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recollect.cli.answer import answering, visible
from recollect.cli.options import AsJson, IndexUrl, key_of_index, progress
from recollect.errors import StoreError
from recollect.evaluation import data, measures
from recollect.evaluation import procedures as recalling
from recollect.evaluation import retrieval as measuring
from recollect.memory import Memory
from recollect.stores.opening import open_index

if TYPE_CHECKING:
    from recollect.stores.weaviate.index import WeaviateIndex

BAR = 40
"""Characters of a bar that stands for 1."""
_HEADS = {**{f"recall@{n}": f"R@{n}" for n in measures.RECALLS}, "mrr": "MRR", "ndcg@10": "nDCG", "precision@5": "P@5"}

app = typer.Typer(help="Measure how good it is on data of yours.")


@app.callback()
def evaluate() -> None:
    """Measure how good it is on data of yours."""


@app.command()
def retrieval(
    path: Annotated[str, typer.Argument(metavar="DATA", help="A file, or a folder of *.jsonl.")],
    index: IndexUrl = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well memories are recalled.

    Every message is remembered as it is, in order, with its speaker and time, each session as a thread, each conversation
    for a user of its own, in a temporary database. Then every question is asked. No model is used, and everything is as
    it ships. With --index the server answers: after two minutes, until which what was written is scored beside it. What
    was put there is removed.

    DATA is a file in LoCoMo's own format: a list of {"conversation": {"session_1": [{"speaker", "dia_id", "text"}],
    "session_1_date_time"}, "qa": [{"question", "evidence", "category"}]}; or JSON lines, one conversation a file: a line
    is a memory {"id", "text"}, optionally with "name", "role", "timestamp" and "thread", or a question {"question",
    "evidence": [ids], "category"}. Categories: 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop (the default), 5 not
    answerable, as is every question with an empty list of evidence.

    recall@k is the share of the evidence among the first k hits, mrr one divided by the place of the first, ndcg@10 how
    far up all of it is, precision@5 the share of the first five that is evidence: all for 20 hits without a threshold,
    averaged over questions. "overall" is over categories 1 to 4.

    "abstention" is for searches as they ship, with their threshold: the share of answerable questions that get hits
    ("answered"), their recall@10 with the threshold and without, and the share of the others that get none
    ("unanswered").

    "tokens": of the hits as `render` quotes them, a question; of all texts, a conversation; both estimated. "latency_ms":
    of searches, and of remembering one memory. "baselines" are plain searches over the same messages: keyword (BM25),
    dense (cosine) and rrf (both, fused by rank, constant 60).

    With --json: {"data", "n", "conversations", "memories", "skipped", "overall": {"n", "recall@1", "recall@5",
    "recall@10", "recall@20", "mrr", "ndcg@10", "precision@5"}, "by_category": {"1": as overall, ... "5"}, "abstention":
    {"threshold", "answerable", "answered", "recall@10", "recall@10_without_threshold", "unanswerable", "unanswered"},
    "tokens": {"per_question", "per_conversation"}, "latency_ms": {"search_p50", "search_p95", "add_per_memory"},
    "baselines": {"keyword": as overall, "dense", "rrf"}}; null where there was nothing to measure. "n" counts questions,
    "skipped" those of categories 1 to 4 whose evidence names no message.
    """
    with answering(as_json) as answer, progress("measuring") as advance, TemporaryDirectory() as folder:
        conversations = data.read(path)
        with _memory(Path(folder) / "memories.db", index) as (memory, settle):
            found = measuring.report(path, conversations, measuring.run(conversations, memory, advance, settle))
        answer.say(*picture(found))
        answer.data(found)


@app.command()
def procedures(
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="Runs of tasks, as JSON.")],
    queries: Annotated[str, typer.Argument(metavar="QUERIES", help="Tasks with the runs that help, as JSON.")],
    as_json: AsJson = False,
) -> None:
    """Measure how well procedures are recalled for tasks.

    Every run becomes one procedure by itself: its task is the goal, each of its actions a step. Nothing is merged, no
    model is used. Then procedures are recalled for every task, as it ships but for the threshold.

    CORPUS is {"trajectories": [{"task_instance_id", "task_description", "state_action_pairs": [{"action"}]}]}, QUERIES is
    {"queries": [{"query_text", "relevant_trajectories": [{"trajectory_id", "relevance_score"}]}]}, scores from 0 to 10: the
    format of Proced_mem_bench. From 6 on a run helps; those that are not named do not.

    map is the mean over tasks of the average precision: over all runs that help, in the ranking of all runs. map@10 is that
    of those found among the first ten alone, so that what is missing costs nothing: the figure that this benchmark calls
    MAP, though there a model judges every hit anew. ndcg@10 is how far up the runs that help are, recall@10 their share
    among the first ten. "baselines" are plain searches of the same texts: keyword (BM25) and dense (cosine).

    With --json: {"data", "n", "procedures", "skipped", "map", "map@10", "ndcg@10", "recall@10", "baselines": {"keyword":
    {"map", "map@10", "ndcg@10", "recall@10"}, "dense"}}. "n" counts tasks, "skipped" those with which no run helps.
    """
    with answering(as_json) as answer, progress("measuring") as advance:
        found = {"data": corpus, **recalling.measure(recalling.read(corpus, queries), advance)}
        answer.say(*_recalled(found))
        answer.data(found)


def _recalled(found: Mapping[str, Any]) -> Sequence[str]:
    """The figures of recalling procedures in lines."""
    compared = {"recollect": found, **{f"{name} alone": quality for name, quality in found["baselines"].items()}}
    return (
        f"{visible(found['data'])}: {found['procedures']} procedures, {found['n']} tasks"
        + (f" ({found['skipped']} more with which none helps)" if found["skipped"] else ""),
        "",
        f"{'':13}" + "".join(f"{name:>11}" for name in recalling.NAMES),
        *(
            f"{name:13}" + "".join(f"{_figure(quality[measure]):>11}" for measure in recalling.NAMES)
            for name, quality in compared.items()
        ),
    )


@contextmanager
def _memory(path: Path, url: str | None) -> Iterator[tuple[Memory, Callable[[], None]]]:
    """A memory, and what waits until its index answers; what the index put on the server is removed in the end."""
    if url is None:
        with Memory(path) as memory:
            yield memory, lambda: None
        return
    index = open_index(url, key_of_index(), failing="raise")
    with Memory(path, index=index) as memory:
        try:
            yield memory, lambda: _settled(index)
        finally:
            memory.reset(confirm=True)


def _settled(index: WeaviateIndex) -> None:
    """Wait until the server answers alone."""
    while not index.flush(1.0):
        if index.trouble is not None:
            raise StoreError(f"the index does not follow: {index.trouble}") from index.trouble
    time.sleep(index.settle + 1)


def picture(found: Mapping[str, Any]) -> Sequence[str]:
    """The figures in lines of up to 60 characters, where the name of the data and the sentences allow it."""
    return (
        f"{visible(found['data'])}: {found['conversations']} conversations, {found['memories']} memories, "
        f"{found['n']} questions" + (f" ({found['skipped']} more without evidence)" if found["skipped"] else ""),
        "",
        _row("", "n", *(_HEADS.get(name, name) for name in measures.NAMES)),
        *_qualities(found),
        "",
        "recall@10 of 1 to 4",
        *_bars(found),
        "",
        *_abstention(found["abstention"]),
        "tokens (estimated): {per_question:.0f} a question, {per_conversation:.0f} a conversation".format(
            **found["tokens"]
        ),
        "milliseconds: {search_p50:.1f} a search (95 %: {search_p95:.1f}), {add_per_memory:.1f} a memory added".format(
            **found["latency_ms"]
        ),
    )


def _row(name: str, n: object, *figures: str) -> str:
    return f"{name:13}{n!s:>5}" + "".join(f"{figure:>6}" for figure in figures)


def _qualities(found: Mapping[str, Any]) -> list[str]:
    named = [(f"{number} {name}", found["by_category"][str(number)]) for number, name in data.CATEGORIES.items()]
    alone = [(f"{name} alone", quality) for name, quality in found["baselines"].items()]
    rows = [*named, ("1 to 4", found["overall"]), *alone]
    return [_row(name, q["n"], *(_figure(q[measure]) for measure in measures.NAMES)) for name, q in rows if q["n"]]


def _bars(found: Mapping[str, Any]) -> list[str]:
    block = "█" if "utf" in (sys.stdout.encoding or "").lower() else "#"
    compared = {"recollect": found["overall"], **found["baselines"]}
    shares = {name: quality["recall@10"] for name, quality in compared.items() if quality["n"]}
    return [f"{name:10}{block * round(BAR * share):{BAR}} {_figure(share)}" for name, share in shares.items()]


def _abstention(found: Mapping[str, Any]) -> list[str]:
    with_, without = _figure(found["recall@10"]), _figure(found["recall@10_without_threshold"])
    stored = (
        f"threshold {found['threshold']}: {_figure(found['answered'])} of {found['answerable']} answerable questions get "
        f"hits; recall@10 {with_}, without the threshold {without}"
    )
    missing = f"{_figure(found['unanswered'])} of {found['unanswerable']} unanswerable questions get none"
    return [text for text, n in ((stored, found["answerable"]), (missing, found["unanswerable"])) if n]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
