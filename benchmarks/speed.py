"""Speed of the embedded store, as ratios to what the machine itself can do, measured side by side in one run.

python -m benchmarks.speed [--sizes 1000,10000,100000]

Every figure is a median of rounds in which the measured thing and its floor take turns. A file of N memories holds one
partition of 100 and one of N - 100. The chat model answers at once, so that what is timed is recollect.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from langgraph.graph import StateGraph

from recollect import Memory
from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.flow import World
from recollect.graphs.remember import after_apply, after_route, build
from recollect.graphs.steps import Step
from recollect.state import Delivery, MemoryState, RememberInput, RememberOutput
from recollect.testing import ScriptedModel
from recollect.types import Receipt, Scope

SMALL, BIG = "small", "big"
WORDS = (
    "my sister|the neighbour|our team|my dog|a colleague|the gardener|my uncle|the teacher|our baker|a cousin",
    "likes|visited|bought|painted|repaired|lost|sold|described|missed|ordered|cooked|planted",
    "green tea|an old bicycle|the blue house|a train to Bergen|fresh bread|the violin|a red coat|wild berries",
    "in Oslo|near the lake|by the harbour|on a Sunday|last winter|with friends|after work|at the market|in the rain",
)


def sentence(n: int) -> str:
    """One of many different sentences."""
    pick = random.Random(n)
    return " ".join(pick.choice(words.split("|")) for words in WORDS) + f", entry {n}"


def said(texts: Iterable[str]) -> list[dict[str, str]]:
    """A conversation of two."""
    return [{"role": "user", "name": ("Anna", "Ben")[n % 2], "content": text} for n, text in enumerate(texts)]


def milliseconds(work: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def take_turns(rounds: int, **works: Callable[[int], Any]) -> dict[str, float]:
    """Median milliseconds of each work, all of them run in every round."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for n in range(rounds):
        for name, work in works.items():
            times[name].append(milliseconds(lambda work=work, n=n: work(n)))  # type: ignore[misc]
    return {name: statistics.median(took) for name, took in times.items()}


def show(what: str, took: float, floor: float | None = None, bound: str = "") -> None:
    """One line of the table."""
    ratio = "" if floor is None else f"{floor:10.3f} {took / floor:7.2f}x"
    print(f"{what:70} {took:9.3f} {ratio:19} {bound}", flush=True)


@contextmanager
def filled(size: int, folder: Path) -> Iterator[Memory]:
    """A memory of `size` messages."""
    with Memory(folder / f"{size}.db") as memory:
        numbers = iter(range(size))
        for user, count in ((SMALL, 100), (BIG, size - 100)):
            metadata = [
                {"tier": tier, "year": 2020 + n % 5} for n, tier in enumerate("gold silver bronze iron".split())
            ]
            share = count // len(metadata)
            for values in metadata:
                memory.add_many([sentence(next(numbers)) for _ in range(share)], user=user, metadata=values)
        yield memory


def writes(memory: Memory, folder: Path) -> None:
    """Writes beside the disk's own: appending 4 KiB and waiting for it."""
    handle = os.open(folder / "append", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    block = os.urandom(4096)

    def append(_: int) -> None:
        os.write(handle, block)
        os.fdatasync(handle)

    ids = [record.id for record in memory.list(user=BIG, limit=400)]
    start = 10**7
    for n in range(100):  # the steady state is what is measured
        memory.add(sentence(start - n), user=SMALL + "2", infer=False)
    added = take_turns(300, append=append, add=lambda n: memory.add(sentence(start + n), user=SMALL + "2", infer=False))
    changed = take_turns(
        150,
        append=append,
        update=lambda n: memory.update(ids[n], sentence(2 * start + n), user=BIG),
        delete=lambda n: memory.delete(ids[200 + n], user=BIG),
    )
    os.close(handle)
    show("add(infer=False), beside 4 KiB append + fdatasync", added["add"], added["append"], "<= 2.5x")
    show("update", changed["update"], changed["append"])
    show("delete", changed["delete"], changed["append"])


def reads(memory: Memory) -> None:
    """Searches beside a float32 scan of the same partition by numpy."""
    embedder = CachedEmbedder(StaticEmbeddings())
    queries = [f"who {sentence(n).split()[1]} something near the lake" for n in range(50)]
    embedder.embed(queries)
    for user in (SMALL, BIG):
        texts = [record.text for record in _everything(memory, user)]
        matrix = _matrix(embedder, texts)
        vectors = [_matrix(embedder, [query])[0] for query in queries]

        def scan(n: int, matrix: Any = matrix, vectors: Any = vectors) -> Any:
            scores = matrix @ vectors[n % 50]
            top = np.argpartition(scores, -10)[-10:]
            return top[np.argsort(-scores[top])]

        def search(n: int, mode: Any, user: str = user) -> Any:
            return memory.search(queries[n % 50], user=user, mode=mode, threshold=0.0)

        search(0, "hybrid")
        took = take_turns(
            60,
            scan=scan,
            vector=lambda n: search(n, "vector"),
            hybrid=lambda n: search(n, "hybrid"),
        )
        name = f"in a partition of {len(texts):,}"
        bound = f"<= {2 * took['scan'] + 0.5:.3f} (2x + 0.5 ms)" if user == SMALL else ""
        show(f"search, vector, {name}", took["vector"], took["scan"], bound)
        show(f"search, hybrid, {name}", took["hybrid"], took["scan"])
        recall = statistics.mean(_recall(memory, user, queries[n], matrix @ vectors[n]) for n in range(50))
        print(f"{'recall@10 against brute force, ' + name:70} {recall:9.3f}")


def conversations(folder: Path) -> None:
    """What context costs beside the vector alone, in a tenth of 100,000 memories, every query a new one."""
    rounds, users, talk = 200, 10, 25
    queries = [f"What did Anna say of {sentence(n).partition(', entry')[0]}?" for n in range(rounds)]
    with Memory(folder / "conversations.db") as memory:
        for start in range(0, 10_000 * users, talk):
            texts = (sentence(start + n) for n in range(talk))
            memory.add(said(texts), user=str(start // talk % users), infer=False, thread=str(start))

        def search(n: int, mode: Any) -> Any:
            return memory.search(queries[n], user="0", mode=mode, threshold=0.0)

        for n in range(rounds):
            search(n, "vector")  # now they are embedded
        memory.search("anything", user="0")
        took = take_turns(rounds, vector=lambda n: search(n, "vector"), hybrid=lambda n: search(n, "hybrid"))
        show("search, hybrid, in conversations, 10,000 of 100,000", took["hybrid"], took["vector"], "<= 3x vector")


def _everything(memory: Memory, user: str) -> Iterator[Any]:
    cursor = None
    while True:
        page = memory.list(user=user, limit=1000, cursor=cursor)
        yield from page
        cursor = page.cursor
        if cursor is None:
            return


def _matrix(embedder: CachedEmbedder, texts: list[str]) -> Any:
    size = embedder.dims
    packed = b"".join(vector or bytes(2 * size) for vector in embedder.embed(texts))
    return np.frombuffer(packed, "<f2").reshape(-1, size).astype(np.float32)


def _recall(memory: Memory, user: str, query: str, scores: Any) -> float:
    """Share of the ten best by brute force that the search found, or others of the same score in their place."""
    hits = memory.search(query, user=user, mode="vector", threshold=0.0)
    tenth = np.sort(np.clip(scores, 0, 1))[-10]
    return sum(hit.score >= tenth - 1e-6 for hit in hits) / 10


def listings(memory: Memory) -> None:
    """A page of the newest, and of those that pass a filter of two conditions."""
    condition = {"tier": "gold", "year": {"gte": 2020}}
    took = take_turns(
        50,
        page=lambda _: memory.list(user=BIG, limit=100),
        filtered=lambda _: memory.list(user=BIG, limit=100, filters=condition),
        found=lambda n: memory.search(sentence(n), user=BIG, filters=condition),
    )
    show("list 100", took["page"])
    show("list 100, filter of two metadata conditions", took["filtered"])
    show("search, hybrid, filter of two metadata conditions", took["found"])


def graphs(folder: Path) -> None:
    """`add` with three facts and an instant model beside an empty graph of the same shape."""
    memory = Memory(folder / "graph.db", reasoner=ScriptedModel(three_facts))
    empty = empty_graph(memory)
    model = ScriptedModel(three_facts)
    bare = empty_graph(memory, ask=lambda: model.invoke("a question"), folder=folder)
    counter = iter(range(10**9))

    def unrelated() -> list[str]:
        a, b, c = (next(counter) * 3 + 10**6 * k for k in (1, 2, 3))
        return [f"I live in Oslo {a}", f"My dog eats fish, brand {b}", f"Invoices run on Go since v{c}"]

    def familiar() -> list[str]:
        return [sentence(3 * next(counter) + k) for k in range(3)]

    def delivered(texts: list[str]) -> list[dict[str, str]]:
        return [{"role": "user", "content": text, "id": f"{next(counter)}"} for text in texts]

    async def both(user: str, texts: Callable[[], list[str]]) -> dict[str, float]:
        times: dict[str, list[float]] = {"empty": [], "add": []}
        for number in range(60):
            messages = delivered(texts())
            start = time.perf_counter()
            await empty.ainvoke({"messages": []})
            middle = time.perf_counter()
            await memory.aadd(messages, user=user.format(number))
            times["empty"].append(1000 * (middle - start))
            times["add"].append(1000 * (time.perf_counter() - middle))
        return {name: statistics.median(took) for name, took in times.items()}

    for calls, user, texts in ((1, "{} fresh", unrelated), (2, "one", familiar)):
        for _ in range(50 if calls == 2 else 1):
            receipt = memory.add(delivered(texts()), user=user)
        assert (len(receipt.outcomes), receipt.model_calls) == (3, calls), receipt
        what = f"of 3 facts, {'nothing like them known' if calls == 1 else 'each with candidates'}, {calls} model calls"
        messages = [delivered(texts()) for _ in range(60)]
        took = take_turns(
            60,
            empty=lambda _: empty.invoke({"messages": []}),
            bare=lambda _: bare.invoke({"messages": []}),
            add=lambda n, user=user, messages=messages: memory.add(messages[n], user=user.format(-n)),
        )
        show(f"add {what}", took["add"], took["empty"], "<= 2x an empty graph")
        show("  the same beside a graph that asks once and writes three rows", took["add"], took["bare"])
        took = asyncio.run(both(user, texts))
        show(f"aadd {what}", took["add"], took["empty"], "<= 2x an empty graph")
    memory.close()


def three_facts(messages: list[Any]) -> str:
    """The replies of the instant model: each message is a fact, and every fact is new."""
    text = str(messages[-1].content)
    if "Memories:" in text:
        return json.dumps({"decisions": [{"fact": n, "operation": "ADD", "reason": "new"} for n in (1, 2, 3)]})
    said = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    facts = [{"message": n + 1, "quote": m["text"], "text": m["text"]} for n, m in enumerate(said)]
    return json.dumps({"facts": facts})


def empty_graph(memory: Memory, *, ask: Callable[[], Any] | None = None, folder: Path | None = None) -> Any:
    """The same nodes and edges over the same state, and nothing done in them.

    With `ask` and `folder` what no such graph can do without: one model call, and one row written where the claim, the
    plan and the commit are, the last one to the disk.
    """
    world: World = memory._world
    rows = folder and apsw.Connection(str(folder / "bare.db"))
    if rows:
        rows.pragma("journal_mode", "wal")
        rows.execute("CREATE TABLE IF NOT EXISTS written (number INTEGER PRIMARY KEY, value BLOB)")

    def nothing(state: MemoryState, name: str) -> Any:
        if ask and name == "extract":
            ask()
        if rows and name in ("route", "decide", "apply"):
            rows.pragma("synchronous", "full" if name == "apply" else "normal")
            rows.execute("INSERT INTO written (value) VALUES (?)", (bytes(1000),))
        return {"turns": (1,), "more": False, "conflicts": (), "receipt": Receipt(change_set=None)}
        yield

    same = build(world, memory._reasoner, scope=Scope(user="x"))
    builder: Any = StateGraph(MemoryState, input_schema=RememberInput, output_schema=RememberOutput)
    delivery = {"delivery": Delivery(scope=Scope(user="x"), turns=(), owner="x")}
    for name in same.nodes:
        prepare = (lambda *_: delivery) if name == "route" else None
        builder.add_node(name, Step(name, partial(nothing, name=name), world, prepare))
    for start, end in same.edges:
        builder.add_edge(start, end)
    builder.add_conditional_edges("route", after_route)
    builder.add_conditional_edges("apply", after_apply)
    return builder.compile(checkpointer=False)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{'median milliseconds':70} {'took':>9} {'floor':>10} {'ratio':>8}  bound")
        graphs(folder)
        conversations(folder)
        for size in sizes:
            print(f"\n-- {size:,} memories")
            with filled(size, folder) as memory:
                writes(memory, folder)
                reads(memory)
                listings(memory)


if __name__ == "__main__":
    main()
