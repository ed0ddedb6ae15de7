"""What a search refuses, and what that costs, by how certain its first hits must be.

    python -m benchmarks.near_misses DATA

DATA is what `recollect eval retrieval` takes. Every question is asked as the library ships but for the certainty: of its
own conversation, where those of category 5 are near misses, and of the next, where none has an answer (foreign). The fall
is what recall@10 of the answerable loses against a search without a threshold. The last line chooses, for each
conversation, the highest certainty that costs at most BOUND on all others, and reports what that does on the one left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from recollect import Memory
from recollect.cli.options import progress
from recollect.evaluation.data import Conversation, read
from recollect.evaluation.measures import recall
from recollect.evaluation.retrieval import messages_of, remember
from recollect.ports import Search, StoreLike, StoreRequest
from recollect.ranking import DEFAULT_THRESHOLD
from recollect.stores.opening import open_store

CERTAINTIES = (0.01, 0.2, DEFAULT_THRESHOLD, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BOUND = 0.02


class Demanding:
    """A store that asks its own certainty of a search that asks any."""

    def __init__(self, store: StoreLike) -> None:
        self._store = store
        self.certainty = DEFAULT_THRESHOLD

    def _asked(self, request: StoreRequest) -> StoreRequest:
        return replace(request, certainty=self.certainty) if _asks(request) else request

    def do(self, request: StoreRequest) -> Any:
        """Answer a request."""
        return self._store.do(self._asked(request))

    async def ado(self, request: StoreRequest) -> Any:
        """Same as `do`, asynchronously."""
        return await self._store.ado(self._asked(request))

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def _asks(request: StoreRequest) -> bool:
    return isinstance(request, Search) and request.certainty > 0


class Figures(NamedTuple):
    """Of one conversation: what each answerable question loses, and whether each near miss and foreign one is refused."""

    fall: Sequence[float]
    missing: Sequence[float]
    foreign: Sequence[float]


Measured = Mapping[float, Sequence[Figures]]
"""The figures of every conversation, by certainty."""


def measured(conversations: Sequence[Conversation], certainties: Sequence[float] = CERTAINTIES) -> Measured:
    """Remember every conversation for a user of its own, and ask all questions at every certainty."""
    store = Demanding(open_store(":memory:", None))
    with progress("certainties tried") as advance, Memory(store) as memory:
        for number, conversation in enumerate(conversations):
            remember(conversation, memory, str(number))
        found: dict[float, Sequence[Figures]] = {}
        for store.certainty in certainties:
            found[store.certainty] = [_figures(conversations, number, memory) for number in range(len(conversations))]
            advance(len(found), len(certainties))
    store.close()
    return found


def _figures(conversations: Sequence[Conversation], number: int, memory: Memory) -> Figures:
    questions = conversations[number].questions
    user, other = str(number), str((number + 1) % len(conversations))
    return Figures(
        [_lost(memory, q.text, q.evidence, user) for q in questions if q.answerable],
        [not memory.search(q.text, user=user) for q in questions if not q.answerable],
        [not memory.search(q.text, user=other) for q in questions if user != other],
    )


def _lost(memory: Memory, text: str, evidence: frozenset[str], user: str) -> float:
    all_, kept = (messages_of(memory.search(text, user=user, threshold=cut, limit=10)) for cut in (0.0, None))
    return recall(all_, evidence, 10) - recall(kept, evidence, 10)


def over(found: Sequence[Figures]) -> Figures:
    """All questions of these conversations together."""
    fall, missing, foreign = ([value for one in found for value in one[n]] for n in range(3))
    return Figures(fall, missing, foreign)


def left_out(found: Measured) -> Figures:
    """Every conversation at the highest certainty that the others allow: the least there is, where they allow none."""
    count = len(next(iter(found.values())))
    picked = []
    for out in range(count):
        rest = {c: [one for n, one in enumerate(figures) if n != out] for c, figures in found.items()}
        allowed = [c for c, figures in rest.items() if mean(over(figures).fall) <= BOUND]
        picked.append(found[max(allowed, default=min(found))][out])
    return over(picked)


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def _row(name: str, figures: Figures) -> str:
    return f"{name:18}" + "".join(f"{mean(values):>14.3f}" for values in figures)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA")
    found = measured(read(parser.parse_args().data))
    print(f"{'certainty':18}{'recall@10 -':>14}{'refused':>14}{'foreign':>14}")
    for certainty, figures in found.items():
        print(_row(f"{certainty:g}{' (default)' * (certainty == DEFAULT_THRESHOLD)}", over(figures)))
    print(_row("one left out", left_out(found)))


if __name__ == "__main__":
    main()
