"""The last word of a search: every candidate scored by itself, from the journal's records and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

from recollect import ranking
from recollect.ports import Heard, Query, Search, Spot
from recollect.stores.instants import micros
from recollect.stores.scoring import heard, in_force
from recollect.types import Hit, Record, encode

Held = tuple[Record, bytes | None]
"""What the journal holds of a slice: the record and its vector."""
Ranked = tuple[Hit, bytes | None]
"""A hit and its vector."""

_DAY = timedelta(days=1)
_SURE = 3
"""One of so many first hits that ask nothing has to be as certain as the search asks."""
_KNOWN = 10
"""Among so many first hits, and what is around them, the persons that a query names have to be spoken of."""
_AROUND = range(-ranking.REACH, ranking.REACH + 1)
"""Steps to a memory's own turn and to those around it."""


def heard_of(record: Record, vector: bytes | None) -> Heard:
    """What is heard of a record and its vector."""
    observed, event = (None if when is None else micros(when) for when in (record.observed_at, record.event_at))
    return heard(_spot(record), (record.text, record.actor, record.category, observed, event), vector)


def _silent(_: Record, vector: bytes | None) -> Heard:
    """The same where vectors alone count, and words need not be looked at."""
    return Heard(None, ({}, 0), False, vector)


def _spot(record: Record) -> Spot | None:
    for first in record.sources[:1]:
        if first.thread is not None and first.position is not None:
            return encode(record.scope.user), first.thread, first.position
    return None


def around(records: Iterable[Record]) -> frozenset[tuple[str, int]]:
    """Threads and positions of these records and of what is beside them."""
    spots = {found for record in records if (found := _spot(record))}
    return frozenset((thread, position + step) for _, thread, position in spots for step in _AROUND)


class _Base(NamedTuple):
    """What a memory is by itself to a query."""

    score: float
    why: dict[str, float | str]
    matches: Mapping[str, float]


@dataclass
class Sight:
    """What one search has before it: the candidates, and what is in view beside them."""

    request: Search
    held: Mapping[int, Held]
    beside: Mapping[int, Heard]

    @cached_property
    def heard(self) -> dict[int, Heard]:
        """All that is looked at."""
        hear = _silent if self.request.mode == "vector" else heard_of
        return {**self.beside, **{sid: hear(*each) for sid, each in self.held.items()}}

    @cached_property
    def spots(self) -> dict[Spot, list[int]]:
        """The slices at each spot."""
        found: dict[Spot, list[int]] = {}
        for sid, (spot, *_) in self.heard.items():
            if spot is not None:
                found.setdefault(spot, []).append(sid)
        return found

    def hits(self, query: Query, candidates: Iterable[int]) -> tuple[Ranked, ...]:
        """The hits among the candidates, best first; ties in the order of creation and id, the same on every store."""
        judge = _Judge(self, query)
        found = [(judge.hit(sid), sid) for sid in candidates if self.request.takes(self.held[sid][0].kind)]
        found = [(hit, sid) for hit, sid in found if hit.score > 0 and hit.score >= self.request.threshold]
        found.sort(key=lambda pair: (-pair[0].score, pair[0].record.created_at, pair[0].record.id))
        if not judge.answers(found):
            return ()
        return tuple((hit, self.held[sid][1]) for hit, sid in found[: self.request.limit])


def _dated(wanted: ranking.Wanted, frequencies: Mapping[str, int]) -> _Base:
    """What a memory is to a query that asks for a time alone: of that time, or nothing."""
    score = 0.0 if ranking.undated(wanted, frequencies) else ranking.DATED
    return _Base(score, {"date": score, "keyword": "none: only a time is asked for"}, {})


class _Judge:
    """Scores memories for one query; those beside them are scored once."""

    def __init__(self, sight: Sight, query: Query) -> None:
        self._sight = sight
        self._wanted = query.wanted
        self._mode = sight.request.mode
        self._weights = in_force(sight.request)
        self._asked = query.text
        self._query = ranking.prepare(query.text, query.vector, self._weights.alike)
        self._bases: dict[int, _Base] = {}
        vectors = [] if self._mode == "keyword" else [each.vector for each in sight.heard.values()]
        self._cosines = dict(zip(sight.heard, ranking.cosines(self._query.vector, vectors), strict=False))

    def hit(self, sid: int) -> Hit:
        record, _ = self._sight.held[sid]
        base = self._base(sid)
        if self._weights == ranking.PLAIN:
            return Hit(record, base.score, base.why)
        added = ranking.parts(base.score, self._priors(sid), self._weights)
        return Hit(record, base.score + sum(added.values()), {**base.why, **added})

    def _base(self, sid: int) -> _Base:
        if sid not in self._bases:
            _, terms, _, vector = self._sight.heard[sid]
            if self._wanted.dates_only:
                return _dated(self._wanted, terms[0])
            matches = ranking.matches(self._query, *terms)
            cosine = self._cosines.get(sid)
            score, why = ranking.base(self._query, matches, cosine, vector is not None, self._mode)
            self._bases[sid] = _Base(score, why, matches)
        return self._bases[sid]

    def _priors(self, sid: int) -> ranking.Priors:
        wanted, (record, _) = self._wanted, self._sight.held[sid]
        spot, (frequencies, _), asks, _ = self._sight.heard[sid]
        return ranking.Priors(
            neighbours=0.0 if spot is None or wanted.dates_only else self._support(spot),
            of_another=ranking.of_another(wanted.speaker, record.actor),
            question=asks,
            undated=ranking.undated(wanted, frequencies),
            says_when=wanted.when and ranking.has_time(record.text),
            fresh=self._freshness(record),
            important=ranking.importance(record.metadata),
        )

    def _freshness(self, record: Record) -> Any:
        reference = self._sight.request.reference
        if reference is None or not self._weights.recency:
            return 0.0
        age = reference - (record.observed_at or record.created_at)
        return ranking.freshness(age / _DAY, self._weights.half_life)

    def _support(self, at: Spot) -> float:
        steps = range(1, ranking.REACH + 1)
        before, after = ([self._excess(at, side * step) for step in steps] for side in (-1, 1))
        answers = any(self._sight.heard[sid].asks for sid in self._beside(at, -1))
        return ranking.support(before, after, answers, self._weights)

    def _beside(self, at: Spot, step: int) -> Sequence[int]:
        partition, thread, position = at
        return self._sight.spots.get((partition, thread, position + step), ())

    def _excess(self, at: Spot, step: int) -> float:
        best = max((self._base(sid).score for sid in self._beside(at, step)), default=0.0)
        return max(0.0, best - ranking.FLOOR)

    def answers(self, found: Sequence[tuple[Hit, int]]) -> bool:
        """Whether one of the first hits is as certain an answer as the search asks."""
        certain = self._sight.request.certainty
        if not certain or self._wanted.dates_only:
            return True
        asked = ranking.sought(self._asked, self._wanted.speaker)
        return ranking.mentioned(asked, (self._told(sid) for _, sid in found[:_KNOWN])) and any(
            ranking.holds(asked, self._told(sid)) and self._certainty(hit, sid) >= certain
            for hit, sid in self._first(found[:_KNOWN])
        )

    def _first(self, found: Sequence[tuple[Hit, int]]) -> Iterator[tuple[Hit, int]]:
        """The hits up to the last that counts: one that only asks may hide the answer."""
        left = _SURE
        for hit, sid in found:
            yield hit, sid
            left -= not self._sight.heard[sid].asks
            if not left:
                return

    def _told(self, sid: int) -> ranking.Told:
        record, _ = self._sight.held[sid]
        heard = (self._sight.heard[each].terms[0] for each in (sid, *self._around(sid)))
        around = frozenset[str]().union(*heard)
        replies = any(self._sight.heard[each].asks for each in self._around(sid, (-1,)))
        return ranking.Told(record.text, record.actor, replies, around)

    def _certainty(self, hit: Hit, sid: int) -> float:
        found = [(0, self._base(sid).matches)]
        if self._weights != ranking.PLAIN:
            found += [(abs(step), self._base(each).matches) for step in _AROUND for each in self._around(sid, (step,))]
        return ranking.certainty(self._query, hit.score, ranking.coverage(self._query, found))

    def _around(self, sid: int, steps: Sequence[int] = _AROUND) -> Iterator[int]:
        """What stands so many steps from a memory, in the order of the conversation."""
        at = self._sight.heard[sid].spot
        if at is not None:
            for step in steps:
                yield from self._beside(at, step)
