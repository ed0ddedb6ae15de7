"""The run: remember conversations as they were said, ask every question, and measure what came back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recollect.evaluation.baselines import NAMES, Baselines
from recollect.evaluation.data import CATEGORIES, Conversation, Question
from recollect.evaluation.measures import DEPTH, Ranking, averaged, mean, measured, quantile, recall
from recollect.memory import Memory
from recollect.ranking import DEFAULT_THRESHOLD
from recollect.rendering import approximate_tokens, render
from recollect.types import Hit

OURS = "recollect"
"""What is measured, among the rankings."""
UNLIMITED = 1_000_000_000
"""Tokens that no answer has."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what it got: the hits of a search as it ships, and what ranks first without a threshold, by name."""

    question: Question
    hits: tuple[Hit, ...]
    seconds: float
    rankings: Mapping[str, Ranking]

    @property
    def kept(self) -> Ranking:
        """The messages that a search as it ships finds."""
        return messages_of(self.hits)


@dataclass(frozen=True, slots=True)
class Run:
    """What one measurement brought: every question, and how long remembering took."""

    asked: tuple[Asked, ...]
    adding: float


def run(
    conversations: Sequence[Conversation],
    memory: Memory,
    progress: Progress = lambda *_: None,
    settle: Callable[[], None] = lambda: None,
) -> Run:
    """Remember each conversation for a user of its own, then ask its questions; `progress` is told of steps done.

    settle: called in between, to wait until an index holds what was remembered.
    """
    total = sum(len(c.messages) + len(c.questions) for c in conversations)
    users = {f"{number} {conversation.name}": conversation for number, conversation in enumerate(conversations)}
    asked: list[Asked] = []
    adding, done = 0.0, 0
    for user, conversation in users.items():
        began = time.perf_counter()
        remember(conversation, memory, user)
        adding += time.perf_counter() - began
        done += len(conversation.messages)
        progress(done, total)
    settle()
    for user, conversation in users.items():
        for answer in _ask(conversation, memory, user):
            asked.append(answer)
            progress(done + len(asked), total)
    return Run(tuple(asked), adding)


def remember(conversation: Conversation, memory: Memory, user: str) -> None:
    """Keep every message as it is, each session a thread."""
    for thread in conversation.threads:
        memory.add(list(thread.messages), user=user, infer=False, thread=thread.name)


def _ask(conversation: Conversation, memory: Memory, user: str) -> Iterator[Asked]:
    plain = Baselines(conversation)
    for question in conversation.questions:
        began = time.perf_counter()
        hits = memory.search(question.text, user=user)  # first: a repeated text is embedded already
        seconds = time.perf_counter() - began
        deep = memory.search(question.text, user=user, threshold=0.0, limit=DEPTH)
        yield Asked(question, hits, seconds, {OURS: messages_of(deep), **plain.rankings(question.text)})


def messages_of(hits: Iterable[Hit]) -> Ranking:
    """The ids of the messages that are the hits."""
    return [source.message_id for hit in hits for source in hit.record.sources[:1] if source.message_id]


def report(name: str, conversations: Sequence[Conversation], run: Run) -> dict[str, Any]:
    """All figures of a run; None where there was nothing to measure."""
    answerable = [asked for asked in run.asked if asked.question.answerable]
    return {
        "data": name,
        "n": len(run.asked),
        "conversations": len(conversations),
        "memories": sum(len(conversation.messages) for conversation in conversations),
        "skipped": sum(conversation.skipped for conversation in conversations),
        "overall": _quality(answerable),
        "by_category": {
            str(category): _quality([asked for asked in run.asked if asked.question.category == category])
            for category in CATEGORIES
        },
        "abstention": _abstention(run.asked),
        "tokens": _tokens(conversations, run.asked),
        "latency_ms": _latency(conversations, run),
        "baselines": {name: _quality(answerable, name) for name in NAMES},
    }


def _quality(found: Sequence[Asked], name: str = OURS) -> dict[str, Any]:
    measures = [measured(asked.rankings[name], asked.question.evidence) for asked in found if asked.question.evidence]
    return {"n": len(found), **averaged(measures)}


def _abstention(found: Sequence[Asked]) -> dict[str, Any]:
    stored = [asked for asked in found if asked.question.answerable]
    missing = [asked for asked in found if not asked.question.answerable]
    return {
        "threshold": DEFAULT_THRESHOLD,
        "answerable": len(stored),
        "answered": mean(bool(asked.hits) for asked in stored),
        "recall@10": mean(recall(asked.kept, asked.question.evidence, 10) for asked in stored),
        "recall@10_without_threshold": mean(
            recall(asked.rankings[OURS], asked.question.evidence, 10) for asked in stored
        ),
        "unanswerable": len(missing),
        "unanswered": mean(not asked.hits for asked in missing),
    }


def _tokens(conversations: Sequence[Conversation], found: Sequence[Asked]) -> dict[str, Any]:
    return {
        "per_question": mean(approximate_tokens(render(asked.hits, UNLIMITED)) for asked in found),
        "per_conversation": mean(
            sum(approximate_tokens(message["content"]) for message in conversation.messages)
            for conversation in conversations
        ),
    }


def _latency(conversations: Sequence[Conversation], run: Run) -> dict[str, Any]:
    memories = sum(len(conversation.messages) for conversation in conversations)
    times = [1000 * asked.seconds for asked in run.asked]
    return {
        "search_p50": quantile(times, 0.5),
        "search_p95": quantile(times, 0.95),
        "add_per_memory": round(1000 * run.adding / max(1, memories), 4),
    }
