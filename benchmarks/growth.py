"""What work in one user's memories costs as those of all users grow: files side by side, taking turns in one run.

python -m benchmarks.growth [--totals 10000,100000,1000000] [--folder FOLDER]

Every user has 1,000 memories, in conversations that took turns with those of all others. A million take about ten
minutes to write and 2.5 GB; files that are in FOLDER already are used again. Figures are medians, and ratios to the
first file.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.speed import said, sentence, take_turns
from recollect import Memory

FIXED, TALK, ROUNDS = 1000, 50, 300
TEXTS = 5000
"""So many different texts: embedding them is not what is measured."""


def filled(path: Path, total: int) -> Path:
    """A file with so many memories; written first under another name, so that what is there is whole."""
    if path.exists():
        return path
    start = time.perf_counter()
    partial = path.with_suffix(".partial")
    with Memory(partial) as memory:
        for talk in range(FIXED // TALK):
            for user in range(total // FIXED):
                texts = [sentence((user * FIXED + talk * TALK + n) % TEXTS) for n in range(TALK)]
                memory.add(said(texts), user=str(user), infer=False, thread=str(talk))
    partial.rename(path)
    print(
        f"{total:,} memories: {path.stat().st_size >> 20:,} MiB, written in {time.perf_counter() - start:.0f} s",
        flush=True,
    )
    return path


def compare(what: str, memories: dict[int, Memory], work: Callable[[Memory, str, int], Any]) -> None:
    """One line: the work in the partition in the middle of each file, in turns."""
    for total, memory in memories.items():
        for n in range(20):
            work(memory, str(total // FIXED // 2), -1 - n)
    works = {
        str(total): lambda n, memory=memory, user=str(total // FIXED // 2): work(memory, user, n)
        for total, memory in memories.items()
    }
    took = take_turns(ROUNDS, **works)
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
        for mode in ("hybrid", "vector"):
            compare(
                f"search, {mode}", memories, lambda m, user, n, mode=mode: m.search(sentence(n), user=user, mode=mode)
            )
        compare("list 100", memories, lambda m, user, _: m.list(user=user, limit=100))
        compare("add(infer=False)", memories, lambda m, user, n: m.add(sentence(TEXTS + n), user=user, infer=False))


if __name__ == "__main__":
    main()
