"""Looking after the index of a database: the commands doctor, repair and reindex."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from recollect.cli.answer import Answer
from recollect.cli.options import key_of_index, path_of, progress
from recollect.cli.tables import Rows
from recollect.errors import UsageError
from recollect.ports import Journal, Partitions
from recollect.stores.opening import open_index, open_journal

if TYPE_CHECKING:
    from recollect.stores.weaviate.care import Finding
    from recollect.stores.weaviate.index import WeaviateIndex

Work = Callable[[Journal], Iterable["Finding"]]


@contextmanager
def cared_for(db: str | None, index: str | None) -> Iterator[tuple[Journal, WeaviateIndex]]:
    """The journal and the index of a database that is there."""
    if not index:
        raise UsageError("no index: give --index URL or set RECOLLECT_INDEX; a database without one needs no such care")
    with closing(open_journal(path_of(db))) as journal, closing(open_index(index, key_of_index())) as opened:
        yield journal, opened


def examined(journal: Journal, findings: Iterable[Finding], what: str, answer: Answer) -> list[Finding]:
    """Go through the partitions with a progress bar, and tell what is wrong with which; those found wrong."""
    total, wrong, expected, held = len(journal.do(Partitions())), [], 0, 0
    with progress(what) as advance:
        for done, found in enumerate(findings, 1):
            expected, held = expected + found.expected, held + found.held
            wrong += [] if found.sound and not found.surplus else [found]
            advance(done, total)
    if wrong:
        answer.say(_table(wrong))
    answer.say(
        f"{total} partitions, {expected} slices in the journal, {held} in the index, {len(wrong)} partitions differ"
    )
    answer.data({"partitions": total, "expected": expected, "held": held, "differ": wrong})
    return wrong


def _table(wrong: Iterable[Finding]) -> Rows:
    rows = [
        (each.partition, *(str(len(part)) for part in (each.missing, each.differing, each.surplus))) for each in wrong
    ]
    return Rows("partition", "missing", "differing", "surplus", rows=rows)
