"""How well memories are recalled where the weights were chosen on other conversations than those reported on.

    python -m benchmarks.ten_folds DATA

DATA is what `recollect eval retrieval` takes, with five conversations (LoCoMo's development half). Every turn is a memory,
the embedding is the bundled table, no model is asked, and nothing is cut by a threshold. All weights of GRID are tried: one
search a question and choice, through `Memory.search`. For each of the ten ways to take three of the five conversations, the
choice with the highest sum of recall@10 and nDCG@10 over their questions of categories 1 to 4 is reported on the other two.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, product
from typing import NamedTuple

from recollect import Memory
from recollect.cli.options import progress
from recollect.evaluation.data import Conversation, read
from recollect.evaluation.measures import ndcg, recall
from recollect.evaluation.retrieval import messages_of, remember
from recollect.ranking import Weights

GRID = tuple(
    Weights(before=before, after=after, speaker=speaker, date=date)
    for before, after, speaker, date in product((0.6, 0.9, 1.2), (0.4, 0.7, 1.0), (0.15, 0.3, 0.45), (0.25, 0.5, 0.75))
)
"""The shipped weights and half to one and a half times of those that matter most, in all combinations."""
CHOSEN_ON = 3
BOUNDS = (0.80, 0.62)


class Figures(NamedTuple):
    """Recall@10 and nDCG@10 of one question, or their means."""

    recall: float
    ndcg: float


Measured = Mapping[Weights, Sequence[Sequence[Figures]]]
"""The figures of every question, by conversation, with each choice."""


def mean(figures: Iterable[Figures]) -> Figures:
    """The means."""
    recalls, gains = zip(*figures, strict=True)
    return Figures(sum(recalls) / len(recalls), sum(gains) / len(gains))


def measured(conversations: Sequence[Conversation], memory: Memory, choices: Sequence[Weights]) -> Measured:
    """Remember every conversation for a user of its own, and ask all its answerable questions with every choice."""
    for number, conversation in enumerate(conversations):
        remember(conversation, memory, str(number))
    found: dict[Weights, Sequence[Sequence[Figures]]] = {}
    with progress("weights tried") as advance:
        for weights in choices:
            found[weights] = [
                list(_asked(conversation, memory, str(number), weights))
                for number, conversation in enumerate(conversations)
            ]
            advance(len(found), len(choices))
    return found


def _asked(conversation: Conversation, memory: Memory, user: str, weights: Weights) -> Iterator[Figures]:
    for question in conversation.questions:
        if question.answerable:
            ranking = messages_of(memory.search(question.text, user=user, threshold=0.0, limit=10, weights=weights))
            yield Figures(recall(ranking, question.evidence, 10), ndcg(ranking, question.evidence, 10))


def over(found: Measured, weights: Weights, conversations: Iterable[int]) -> Figures:
    """The means over the questions of these conversations."""
    return mean(chain.from_iterable(found[weights][number] for number in conversations))


class Fold(NamedTuple):
    """A choice, the conversations on which it was made, and the others."""

    weights: Weights
    chosen_on: tuple[int, ...]
    others: tuple[int, ...]


def chosen(found: Measured, count: int) -> Sequence[Fold]:
    """The best choice for every three of so many conversations."""
    return [
        Fold(
            max(found, key=lambda weights: sum(over(found, weights, some))),
            some,
            tuple(number for number in range(count) if number not in some),
        )
        for some in combinations(range(count), CHOSEN_ON)
    ]


def report(found: Measured, folds: Sequence[Fold]) -> None:
    """Print a line a fold, and the means."""
    print(f"{'chosen on':12}{'reported on':14}{'recall@10':>10}{'nDCG@10':>9}  {'as shipped':>16}")
    rows = [(over(found, fold.weights, fold.others), over(found, Weights(), fold.others)) for fold in folds]
    for fold, row in zip(folds, rows, strict=True):
        print(f"{_named(fold.chosen_on):12}{_named(fold.others):14}{_shown(*row)}")
    print(f"{f'mean of {len(folds)}':26}{_shown(*map(mean, zip(*rows, strict=True)))}")
    print(f"bounds: recall@10 >= {BOUNDS[0]}, nDCG@10 >= {BOUNDS[1]}")
    for weights, often in Counter(fold.weights for fold in folds).most_common():
        print(f"chosen {often} x: {weights}")


def _named(conversations: Iterable[int]) -> str:
    return " ".join(str(number + 1) for number in conversations)


def _shown(chosen: Figures, shipped: Figures) -> str:
    return f"{chosen.recall:10.4f}{chosen.ndcg:9.4f}  {shipped.recall:8.4f}{shipped.ndcg:8.4f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA")
    conversations = read(parser.parse_args().data)
    if len(conversations) <= CHOSEN_ON:
        parser.error(f"{len(conversations)} conversations: more than {CHOSEN_ON} are needed")
    with Memory(":memory:") as memory:
        found = measured(conversations, memory, GRID)
    report(found, chosen(found, len(conversations)))


if __name__ == "__main__":
    main()
