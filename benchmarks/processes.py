"""Four processes on one file: no error, no lost write, and each sees the others' writes in its next search.

python -m benchmarks.processes [--seconds 20]
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recollect import ConflictError, Memory

PROCESSES = 4
WORDS = "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa".split()


@dataclass
class Worker:
    """What one process did."""

    added: int = 0
    updated: int = 0
    conflicts: int = 0
    unseen: int = 0
    slowest: float = 0.0


def work(path: str, number: int, seconds: float, latest: Any, results: Any) -> None:
    """Add, update the counter of another process's memory, and look for what the others wrote last."""
    done = Worker()
    with Memory(path) as memory:
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            start = time.monotonic()
            word = f"{WORDS[turn % 16]}{number}x{turn}"
            memory.add(f"the password of the day is {word}", user="team", infer=False)
            done.added += 1
            latest[number] = word
            done.updated += increment(memory, done)
            for other in range(PROCESSES):
                said = latest[other]
                if said and not any(
                    said in hit.record.text for hit in memory.search(said, user="team", mode="keyword")
                ):
                    done.unseen += 1
            done.slowest = max(done.slowest, time.monotonic() - start)
            turn += 1
    results.put(done)


def increment(memory: Memory, done: Worker) -> int:
    """Read, add one, write with the version that was read; again where another was faster."""
    [counter] = memory.list(user="team", filters={"counter": True})
    while True:
        number = int(counter.text.split()[-1]) + 1
        try:
            memory.update(counter.id, f"the counter is {number}", user="team", expected_version=counter.version)
        except ConflictError as error:
            done.conflicts += 1
            counter = error.current or memory.get(counter.id, user="team")
        else:
            return 1


def main() -> None:
    """Run the processes and compare what they did with what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, context.Manager() as manager:
        path = str(Path(folder) / "shared.db")
        with Memory(path) as memory:
            memory.add("the counter is 0", user="team", infer=False, metadata={"counter": True})
        latest, results = manager.list([""] * PROCESSES), context.Queue()
        workers = [
            context.Process(target=work, args=(path, number, seconds, latest, results)) for number in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        done = [results.get(timeout=seconds + 120) for _ in workers]
        for worker in workers:
            worker.join(60)
        with Memory(path) as memory:
            [counter] = memory.list(user="team", filters={"counter": True})
            memories = memory.stats()["memories"]
    added, updated = sum(worker.added for worker in done), sum(worker.updated for worker in done)
    print(
        f"{PROCESSES} processes, {seconds:.0f} s: {added} added, {updated} updated, "
        f"{sum(worker.conflicts for worker in done)} conflicts retried"
    )
    print(
        f"memories {memories} of {added + 1}, counter {counter.text.split()[-1]} of {updated}, "
        f"writes not seen by the next search {sum(worker.unseen for worker in done)}, "
        f"slowest turn {max(worker.slowest for worker in done):.2f} s"
    )
    assert all(worker.exitcode == 0 for worker in workers)
    assert memories == added + 1
    assert int(counter.text.split()[-1]) == updated
    assert not any(worker.unseen for worker in done)


if __name__ == "__main__":
    main()
