"""retrieve: what each fact may repeat, replace or end, by one batched search."""

from __future__ import annotations

from itertools import islice
from typing import Any

from recollect.ports import Embed, Flow, Found, Log, Query, Search, Select
from recollect.state import MemoryState
from recollect.types import History, Hit, Page, Record, Scope

LIMIT = 6
"""Candidates for each text that a fact is searched by: its own, and its cues."""


def retrieve(state: MemoryState) -> Flow[dict[str, Any]]:
    """Search for all facts; candidates leave with their version, the plan with the sequence number seen."""
    scope = state["delivery"].scope
    texts = [(number, text) for number, fact in enumerate(state["facts"]) for text in (fact.text, *fact.cues)]
    vectors: tuple[bytes | None, ...] = yield Embed(tuple(text for _, text in texts))
    found: Found = yield Search(
        scope=scope,
        queries=tuple(Query(text, vector) for (_, text), vector in zip(texts, vectors, strict=True)),
        limit=LIMIT,
        kind="fact",
        own=True,
    )
    by_fact: dict[int, list[tuple[Hit, ...]]] = {}
    own_vectors: dict[int, bytes | None] = {}
    for (number, _), hits, vector in zip(texts, found.hits, vectors, strict=True):
        by_fact.setdefault(number, []).append(hits)
        own_vectors.setdefault(number, vector)  # the first is the fact's own text
    outdated = yield from _outdated(scope, state["edits"])
    return {
        "candidates": tuple(map(_merged, by_fact.values())),
        "vectors": tuple(own_vectors.values()),
        "outdated": outdated,
        "read_seq": found.seq,
    }


def _merged(rankings: list[tuple[Hit, ...]]) -> tuple[Hit, ...]:
    """The fact's own hits first, those of its cues in turn, each memory once."""
    best: dict[str, Hit] = {}
    for rank in range(LIMIT):
        for hits in rankings:
            for hit in islice(hits, rank, rank + 1):
                best.setdefault(hit.record.id, hit)
    own = {hit.record.id: hit for hit in rankings[0]}
    return tuple(own.get(memory, hit) for memory, hit in best.items())


def _outdated(scope: Scope, edits: dict[str, str]) -> Flow[dict[str, tuple[Record, ...]]]:
    """What the earlier forms of edited messages said, and no other message, as far as it still stands."""
    if not edits:
        return {}
    page: Page = yield Select(scope=scope, own=True, sources=tuple(edits.values()), limit=1000)
    found: dict[str, list[Record]] = {key: [] for key in edits}
    for record in page:
        keys = {source.key for source in record.sources}
        edited = [key for key, earlier in edits.items() if keys == {earlier}]
        if edited and not (yield from _repeated(scope, record)):
            found[edited[0]].append(record)
    return {key: tuple(records) for key, records in found.items()}


def _repeated(scope: Scope, record: Record) -> Flow[bool]:
    """Whether a memory was said again since it was written, and so does not rest on one message alone."""
    history: History = yield Log(scope=scope, memory=record.id)
    written = max((slice_.from_seq for slice_ in history.slices if slice_.to_seq is None), default=0)
    return any(e.operation == "NONE" and e.status == "unchanged" and e.seq > written for e in history.events)
