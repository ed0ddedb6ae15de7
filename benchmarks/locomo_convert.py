"""A file in LoCoMo's format as conversations that `recollect remember` takes, and their questions.

    python benchmarks/locomo_convert.py IN.json OUT_DIR

Writes <sample id>.jsonl, one message a line, and <sample id>.questions.jsonl with question, answer, evidence (the ids of
the messages that answer it) and category (1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop, 5 adversarial).
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def samples(path: Path) -> list[dict[str, Any]]:
    """The conversations of a file."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def messages(sample: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The turns in order as messages; a session's turns are a second apart, times are taken as UTC."""
    talk = sample["conversation"]
    sessions = [name for name in talk if re.fullmatch(r"session_\d+", name)]
    for name in sorted(sessions, key=lambda name: int(name.split("_")[1])):
        began = datetime.strptime(talk[f"{name}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        for second, turn in enumerate(talk[name]):
            yield _message(turn, began + timedelta(seconds=second))


def _message(turn: Mapping[str, Any], at: datetime) -> dict[str, str]:
    caption = f" [photo: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
    return {
        "role": "user",
        "name": turn["speaker"],
        "content": (turn["text"] + caption).strip(),
        "timestamp": at.isoformat(),
        "id": turn["dia_id"],
    }


def questions(sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions, each with the ids of the messages that answer it."""
    ids = {message["id"] for message in messages(sample)}
    for entry in sample["qa"]:
        named = re.findall(r"D:?(\d+):(\d+)", " ".join(entry.get("evidence", ())))
        evidence = dict.fromkeys(f"D{int(session)}:{int(turn)}" for session, turn in named)
        yield {
            "question": entry["question"],
            "answer": entry.get("answer"),
            "evidence": [name for name in evidence if name in ids],
            "category": entry["category"],
        }


def write(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", metavar="IN.json", type=Path)
    parser.add_argument("out", metavar="OUT_DIR", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for sample in samples(arguments.path):
        write(messages(sample), arguments.out / f"{sample['sample_id']}.jsonl")
        write(questions(sample), arguments.out / f"{sample['sample_id']}.questions.jsonl")


if __name__ == "__main__":
    main()
