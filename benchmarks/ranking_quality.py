"""How well `recollect.ranking` finds what answers a question: every turn of a LoCoMo-format file is a memory.

    python benchmarks/ranking_quality.py PATH [--mode hybrid|keyword|vector]

Prints recall and nDCG by category of question, how well the best score tells stored from foreign questions (those of one
conversation asked to another, speakers renamed), and what the default threshold costs. Conversations stay separate.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recollect import ranking
from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.types import Mode

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop"}
NONSENSE = (
    "xqzzy flurb wibble",
    "purple monkey dishwasher",
    "asdfghjkl qwerty",
    "glorp snizzle wump",
    "jkwe oiuh vbnz ptrq",
    "What is the flurb of the wibble?",
)
Floats = npt.NDArray[np.float64]
EMBEDDER = CachedEmbedder(StaticEmbeddings())


@dataclass(frozen=True)
class Question:
    """A question, its category, and the rows of the memories that answer it."""

    text: str
    category: int
    evidence: frozenset[int]


class Conversation:
    """The memories of one conversation, ready to be scored all at once, and its questions."""

    def __init__(self, sample: Mapping[str, Any]) -> None:
        talk = sample["conversation"]
        self.speakers = (talk["speaker_a"], talk["speaker_b"])
        turns = list(_turns(talk))
        rows = {turn["dia_id"]: row for row, (turn, _) in enumerate(turns)}
        self.questions = list(_questions(sample["qa"], rows))
        self._index(turns)

    def _index(self, turns: list[tuple[Mapping[str, Any], datetime]]) -> None:
        vectors = EMBEDDER.embed([turn["text"] for turn, _ in turns])
        self.has_vector = np.array([vector is not None for vector in vectors])
        self.matrix = np.stack([ranking.unpack(vector or bytes(2 * EMBEDDER.dims)) for vector in vectors])
        self.lengths = np.zeros(len(turns))
        self.postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, (turn, when) in enumerate(turns):
            text = f"{turn['text']} {turn.get('blip_caption', '')}"
            frequencies, self.lengths[row] = ranking.document_terms(text, turn["speaker"], observed_at=when)
            for term, often in frequencies.items():
                self.postings[term].append((row, often))

    def scores(self, question: str, mode: Mode) -> Floats:
        """One score a memory."""
        query = ranking.prepare(question, EMBEDDER.embed([question])[0])
        keyword = np.zeros(len(self.lengths))
        for term, weight in query.weights.items():
            if posted := self.postings.get(term):
                rows, often = np.array(posted).T
                keyword[rows] += weight * ranking.impact(often, self.lengths[rows])
        dense = np.zeros(len(keyword)) if query.vector is None else self.matrix @ query.vector
        has = query.vector is not None
        return ranking.combine(keyword / query.attainable, dense, self.has_vector, has, mode).astype(np.float64)


def _turns(talk: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], datetime]]:
    sessions = [name for name in talk if re.fullmatch(r"session_\d+", name)]
    for name in sorted(sessions, key=lambda name: int(name.split("_")[1])):
        when = datetime.strptime(talk[f"{name}_date_time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
        yield from ((turn, when) for turn in talk[name])


def _questions(asked: Iterable[Mapping[str, Any]], rows: Mapping[str, int]) -> Iterator[Question]:
    for entry in asked:
        numbers = re.findall(r"D:?(\d+):(\d+)", " ".join(entry.get("evidence", ())))
        ids = {f"D{int(session)}:{int(turn)}" for session, turn in numbers}
        evidence = frozenset(rows[name] for name in ids if name in rows)
        if evidence and entry["category"] in CATEGORIES:
            yield Question(entry["question"], entry["category"], evidence)


def renamed(question: str, speakers: tuple[str, str], others: tuple[str, str]) -> str:
    """The question with the speakers of another conversation, so that names do not give it away as foreign."""
    for name, other in zip(speakers, others, strict=True):
        question = re.sub(rf"\b{re.escape(name)}\b", other, question)
    return question


def recall(hits: npt.NDArray[np.bool_], wanted: int, limit: int) -> float:
    return float(hits[:limit].sum() / wanted)


def ndcg(hits: npt.NDArray[np.bool_], wanted: int, limit: int = 10) -> float:
    gains = 1 / np.log2(np.arange(2, limit + 2))
    return float(gains[hits[:limit].nonzero()[0]].sum() / gains[: min(wanted, limit)].sum())


def auc(high: Floats, low: Floats) -> float:
    """The share of pairs in which the first is higher; ties count half."""
    difference = high[:, None] - low[None, :]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


@dataclass
class Answer:
    """What one question got: whether each hit, best first, is evidence; the best scores at home and abroad."""

    question: Question
    hits: npt.NDArray[np.bool_]
    scores: Floats
    foreign: float

    def row(self) -> list[float]:
        wanted = len(self.question.evidence)
        return [*(recall(self.hits, wanted, limit) for limit in (5, 10, 20)), ndcg(self.hits, wanted)]


def answers(conversations: list[Conversation], mode: Mode) -> Iterator[Answer]:
    """Ask every question at home, and in the next conversation."""
    for home, abroad in zip(conversations, [*conversations[1:], conversations[0]], strict=True):
        for question in home.questions:
            scores = home.scores(question.text, mode)
            best = np.argsort(-scores, kind="stable")[:20]
            hits = np.array([row in question.evidence for row in best])
            foreign = abroad.scores(renamed(question.text, home.speakers, abroad.speakers), mode).max()
            yield Answer(question, hits, scores[best], float(foreign))


def print_quality(found: list[Answer]) -> None:
    print(f"{'category':12} {'questions':>9}   R@5  R@10  R@20  nDCG@10")
    for name, kinds in [*((name, {kind}) for kind, name in CATEGORIES.items()), ("all four", set(CATEGORIES))]:
        if rows := [answer.row() for answer in found if answer.question.category in kinds]:
            print(f"{name:12} {len(rows):9} " + " ".join(f"{mean:5.3f}" for mean in np.mean(rows, axis=0)))


def print_threshold(found: list[Answer], threshold: float) -> None:
    best = np.array([answer.scores[0] for answer in found])
    foreign = np.array([answer.foreign for answer in found])
    kept = [(answer.hits & (answer.scores >= threshold), len(answer.question.evidence)) for answer in found]
    print(f"best score, stored against foreign questions: AUC {auc(best, foreign):.3f}")
    print(
        f"threshold {threshold}: {(best >= threshold).mean():.3f} of the questions keep a hit, "
        f"R@10 {np.mean([recall(hits, wanted, 10) for hits, wanted in kept]):.3f}; "
        f"{(foreign < threshold).mean():.3f} of the foreign ones get none"
    )


def print_nonsense(conversations: list[Conversation], mode: Mode) -> None:
    for text in NONSENSE:
        best = max(float(conversation.scores(text, mode).max()) for conversation in conversations)
        print(f"nonsense, best score {best:.3f}: {text}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--mode", choices=("hybrid", "keyword", "vector"), default="hybrid")
    arguments = parser.parse_args()
    conversations = [Conversation(sample) for sample in json.loads(arguments.path.read_text(encoding="utf-8"))]
    found = list(answers(conversations, arguments.mode))
    print(
        f"{len(conversations)} conversations, {sum(len(c.lengths) for c in conversations)} memories, {arguments.mode}"
    )
    print_quality(found)
    print_threshold(found, ranking.DEFAULT_THRESHOLD)
    print_nonsense(conversations, arguments.mode)


if __name__ == "__main__":
    main()
