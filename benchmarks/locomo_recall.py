"""Does the command line remember a LoCoMo conversation so that its questions find the messages that answer them?

    python benchmarks/locomo_recall.py IN.json [--conversation N] [--questions 5]

Runs `recollect remember` on one conversation of a file in LoCoMo's format, with a temporary database, and `recollect
recall` on questions spread evenly over those of categories 1 to 4 that have evidence. A question is answered if one of
its top 10 memories comes from a message that answers it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from locomo_convert import messages, questions, samples, write


def recollect(db: Path, user: str, *arguments: str) -> dict[str, Any]:
    """What a command answers."""
    options = ["--db", str(db), "--user", user, "--json"]
    run = subprocess.run(
        [sys.executable, "-m", "recollect.cli", *arguments, *options], stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def chosen(sample: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """So many answerable questions, at equal distances, the first and the last among them."""
    found = [question for question in questions(sample) if question["evidence"] and question["category"] in range(1, 5)]
    count = min(count, len(found))
    return [found[round(n * (len(found) - 1) / max(1, count - 1))] for n in range(count)]


def rank(hits: Sequence[Mapping[str, Any]], evidence: Sequence[str]) -> int | None:
    """The place of the first hit that comes from the evidence."""
    for place, hit in enumerate(hits, 1):
        if any(source["message_id"] in evidence for source in hit["record"]["sources"]):
            return place
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", metavar="IN.json", type=Path)
    parser.add_argument("--conversation", metavar="N", type=int, default=0)
    parser.add_argument("--questions", metavar="N", type=int, default=5)
    arguments = parser.parse_args()
    sample = samples(arguments.path)[arguments.conversation]
    with TemporaryDirectory() as folder:
        measure(sample, Path(folder), arguments.questions)


def measure(sample: Mapping[str, Any], folder: Path, count: int) -> None:
    """Remember a conversation, ask its questions, and print what was found."""
    user, db, talk = sample["sample_id"], folder / "memories.db", folder / "talk.jsonl"
    write(messages(sample), talk)
    start = time.perf_counter()
    done = recollect(db, user, "remember", str(talk))
    print(f"{user}: {done['messages']} messages in {time.perf_counter() - start:.1f} s, {done['operations']}")
    places = []
    for asked in chosen(sample, count):
        hits = recollect(db, user, "recall", "--limit", "10", asked["question"])["hits"]
        places.append(rank(hits, asked["evidence"]))
        found = f"evidence at rank {places[-1]}" if places[-1] else f"evidence not among {len(hits)} memories"
        print(f"category {asked['category']}: {found}: {asked['question']}")
    answered = sum(place is not None for place in places)
    print(f"answered {answered} of {len(places)}: {answered / max(1, len(places)):.2f}")


if __name__ == "__main__":
    main()
