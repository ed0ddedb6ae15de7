"""What work in one user's memories costs as those of all users grow: files side by side, taking turns in one run.

python -m benchmarks.growth [--totals 10000,100000,1000000] [--folder FOLDER]

Every user has 1,000 memories, in conversations that took turns with those of all others. A million take about ten
minutes to write and 1.4 GB; files that are in FOLDER already are used again. Figures are medians, and ratios to the
first file.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed import said, sentence, take_turns
from recollect import Memory

FIXED, TALK = 1000, 50
TEXTS, KNOWN = 5000, 20
"""So many different texts, and so many that are asked and added, known to every cache: these are not what is measured."""


def filled(path: Path, total: int) -> Path:
    """A file with so many memories; written first under another name, so that what is there is whole."""
    if path.exists():
        return path
    start = time.perf_counter()
    unfinished = path.with_suffix(".unfinished")
    with Memory(unfinished) as memory:
        for talk in range(FIXED // TALK):
            for user in range(total // FIXED):
                texts = [sentence((user * FIXED + talk * TALK + n) % TEXTS) for n in range(TALK)]
                memory.add(said(texts), user=str(user), infer=False, thread=str(talk))
    unfinished.rename(path)
    print(
        f"{total:,} memories: {path.stat().st_size >> 20:,} MiB, written in {time.perf_counter() - start:.0f} s",
        flush=True,
    )
    return path


def middle(total: int) -> str:
    """The user in the middle of a file."""
    return str(total // FIXED // 2)


WORKS: dict[str, Callable[[Memory, str, int], Any]] = {
    "search, hybrid": lambda memory, user, n: memory.search(sentence(n % KNOWN), user=user),
    "search, vector": lambda memory, user, n: memory.search(sentence(n % KNOWN), user=user, mode="vector"),
    "list 100": lambda memory, user, _: memory.list(user=user, limit=100),
    "add(infer=False)": lambda memory, user, n: memory.add(sentence(n % KNOWN), user=user, infer=False),
}


def alone(path: Path, user: str, n: int) -> None:
    """The first search after a file was opened."""
    with Memory(path) as memory:
        memory.search(sentence(n % KNOWN), user=user)


def compare(what: str, works: dict[str, Callable[[int], Any]], rounds: int = 300) -> None:
    """One line: the work in each file, in turns."""
    for work in works.values():
        for n in range(KNOWN):
            work(n)
    took = take_turns(rounds, **works)
    first, *_ = took.values()
    print(f"{what:30}" + "".join(f" {each:10.3f} {each / first:6.2f}x" for each in took.values()), flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--totals", default="10000,100000,1000000")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    totals = [int(total) for total in arguments.totals.split(",")]
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        paths = {total: filled(folder / f"{total}.db", total) for total in totals}
        memories = {total: stack.enter_context(Memory(path)) for total, path in paths.items()}
        heads = "".join(f" {f'of {total:,}':>18}" for total in totals)
        print(f"{f'median ms, {FIXED:,} memories':30}{heads}  bound <= 1.1x")
        for what, work in WORKS.items():
            compare(what, {str(total): partial(work, memory, middle(total)) for total, memory in memories.items()})
        compare(
            "open, search, close", {str(total): partial(alone, paths[total], middle(total)) for total in totals}, 30
        )


if __name__ == "__main__":
    main()
