"""Making all vectors of a database anew, with another embedding model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from recollect import operations
from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.flow import World, run
from recollect.ports import Backlog, Bind, Flow
from recollect.stores.opening import open_journal

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings


def reembed(
    where: str | Path, embeddings: Embeddings | None = None, *, progress: Callable[[int, int], None] | None = None
) -> int:
    """Make all vectors of a database anew with these embeddings (None: the bundled table); how many.

    Until it is done the old vectors count, and it goes on where it was interrupted. `progress` is told how many of how
    many are done. Memories opened with the former embeddings refuse to write from then on.
    """
    embedder = CachedEmbedder(embeddings or StaticEmbeddings())
    journal = open_journal(where)
    try:
        journal.do(Bind(embedder.name, embedder.dims, reembed=True))
        return run(_told(operations.reembed(), progress or (lambda *_: None)), World(journal, embedder))
    finally:
        journal.close()


def _told(flow: Flow[int], progress: Callable[[int, int], None]) -> Flow[int]:
    """The same flow, whose answers are reported: each `Backlog` says how many are left."""
    total, answer = None, None
    while True:
        try:
            request = flow.send(answer)
        except StopIteration as stop:
            done: int = stop.value
            return done
        answer = yield request
        if isinstance(answer, Backlog):
            total = answer.left if total is None else total
            progress(total - answer.left, total)
