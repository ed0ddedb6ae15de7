"""Probes: the parts of a question that are each searched by themselves, and what they find as one list of hits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, zip_longest

from recollect.types import Hit

PROBES = 4
"""Parts of a question that are searched at most."""
_SHORTEST = 3
"""Words without which nothing is asked: "and why?" asks nothing by itself."""
_LONGEST = 1000
"""Characters of a text in which questions are looked for: what is longer is no question, and patterns take their time."""
_ASKING = r"(?:what|where|when|who|whom|whose|which|why|how)\b"
_JOINT = re.compile(rf"(?:\s*[?;]\s*(?:and\b)?|[\s,]+(?:and|as well as)\b)\s*(?:also\s+)?(?={_ASKING})", re.I)
_ASKS = re.compile(
    rf"\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b|(?:.*\s|\W*){_ASKING}", re.I | re.S
)
_OPEN = re.compile(rf"\b{_ASKING}\W*$", re.I)
"""What a part that goes on behind its "and" ends with: "how and when to plant"."""


def askings(question: str) -> tuple[str, ...]:
    """The questions that one text joins, such as "What does Anna like and where does she live?"; else the text alone.

    English ones, by their question words.
    """
    found = tuple(part.strip() for part in _JOINT.split(question)) if len(question) <= _LONGEST else ()
    return found if 1 < len(found) <= PROBES and all(map(_whole, found)) and _ASKS.match(found[0]) else (question,)


def _whole(part: str) -> bool:
    return len(part.split()) >= _SHORTEST and not _OPEN.search(part)


def merged(probes: Sequence[str], found: Sequence[Sequence[Hit]], limit: int) -> tuple[Hit, ...]:
    """The hits of probes as one list: each probe's best, then each one's second, and so on up to the limit.

    A memory stands for its best score, `why` names the probe that gave it, and the order is that of the scores: the same
    for all probes, since they are absolute. The hits of a single one stay as they are.
    """
    if len(found) == 1:
        return tuple(found[0])
    best: dict[str, Hit] = {}
    for probe, hits in zip(probes, found, strict=True):
        for hit in hits:
            if hit.record.id not in best or hit.score > best[hit.record.id].score:
                best[hit.record.id] = replace(hit, why={**hit.why, "probe": probe})
    turns = (hit.record.id for turn in zip_longest(*found) for hit in turn if hit is not None)
    chosen = islice(dict.fromkeys(turns), limit)
    return tuple(sorted(map(best.__getitem__, chosen), key=_order))


def _order(hit: Hit) -> tuple[float, datetime, str]:
    return -hit.score, hit.record.created_at, hit.record.id
