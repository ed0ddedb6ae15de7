"""Pure translations: slices to objects, searches to questions, answers to slice ids."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from weaviate.classes.config import ConsistencyLevel
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter

from recollect import filters, ranking
from recollect.errors import IndexMismatchError
from recollect.filters import AllOf, AnyOf, Anything, Has, Path, Pushdown, Test
from recollect.ports import Entry, Query, Search
from recollect.stores.scoring import found_by
from recollect.stores.weaviate.connection import Call
from recollect.stores.weaviate.ranges import Range, rounded, told
from recollect.types import ANY, View, digest, encode

LONGEST = 10_000
"""Results beyond this are refused by the server."""
_CHUNK = 200
_PAGE = 1000
_LONG = 200
MARKER = 2**64 - 1
"""In the place of a slice in the uuid of the marker of a tenant."""
_PLAIN = re.compile("[a-z0-9_-]{1,60}")
_TIMES = tuple(f"{field}=" for field in filters.TIMES)
Filtering = Any
"""A filter of the client library."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One partition of one journal in its collection."""

    journal: str
    collection: str
    partition: str
    consistency: ConsistencyLevel | None = None

    @property
    def name(self) -> str:
        """What the server calls it: names of users that it cannot take are hashed."""
        if self.partition == "-":
            return "shared"
        name = self.partition.removeprefix("=")
        return f"u-{name}" if _PLAIN.fullmatch(name) else f"h-{digest(name)}"

    def handle(self, client: Any) -> Any:
        """The collection as this tenant sees it."""
        found = client.collections.use(self.collection).with_tenant(self.name)
        return found if self.consistency is None else found.with_consistency_level(self.consistency)

    def replica(self, client: Any) -> Any:
        """The same, read from one replica. Others would be repaired with what was read, which lacks what was not asked for.

        (Seen in 1.35: a search or listing at QUORUM leaves objects without properties where a replica lags behind.)
        """
        return self.handle(client).with_consistency_level(ConsistencyLevel.ONE)

    def uuid(self, slice_: int) -> uuid.UUID:
        """Of the object of a slice: always the same, so that writing it again changes nothing, and tells the slice."""
        return uuid.UUID(hex=f"{digest(self.journal)[:16]}{slice_:016x}")


# Markers.


@dataclass(frozen=True, slots=True)
class Marker:
    """How far a tenant has followed its journal: all slices up to `seq`, which the journal recorded at `at`.

    `reached`: sequence numbers and when this was known of them, in seconds since 1970, the newest last.
    """

    journal: str
    partition: str
    seq: int
    at: int
    reached: tuple[tuple[int, float], ...]

    def settled(self, now: float, settle: float) -> int:
        """The sequence number up to which every replica has had `settle` seconds to follow."""
        return max((seq for seq, when in self.reached if when <= now - settle), default=0)

    def moved(self, seq: int, at: int, now: float, settle: float) -> Marker:
        """The marker that takes the place of this one. Three moments are enough: settled, settling, and the newest."""
        ripe = [each for each in self.reached if each[1] <= now - settle]
        young = [each for each in self.reached if each[1] > now - settle]
        return Marker(self.journal, self.partition, seq, at, (*ripe[-1:], *young[:1], (seq, now)))


def read_marker(tenant: Tenant) -> Call:
    """Asks for the marker of a tenant."""
    return lambda client: tenant.handle(client).query.fetch_object_by_id(
        tenant.uuid(MARKER), return_properties=["marker"]
    )


def marker(found: Any, tenant: Tenant) -> Marker | None:
    """The marker that the answer holds, None for a tenant that has none."""
    if found is None or not found.properties.get("marker"):
        return None
    stored = json.loads(found.properties["marker"])
    read = Marker(**{**stored, "reached": tuple(map(tuple, stored["reached"]))})
    if (read.journal, read.partition) != (tenant.journal, tenant.partition):
        raise IndexMismatchError(
            f"tenant {tenant.name} of {tenant.collection} holds partition {read.partition!r} of journal {read.journal}, "
            f"not {tenant.partition!r} of {tenant.journal}: choose another collection name"
        )
    return read


def write_marker(tenant: Tenant, moved: Marker) -> Call:
    """Writes the marker of a tenant."""
    found = DataObject(properties={"marker": json.dumps(asdict(moved))}, uuid=tenant.uuid(MARKER))
    return lambda client: tenant.handle(client).data.insert_many([found])


# Writing.


def objects(
    tenant: Tenant, entries: Iterable[Entry], tokens: Mapping[int, frozenset[str]], ranged: Sequence[Range]
) -> list[Any]:
    """The objects of slices."""
    starts = {each.start: each for each in ranged}
    return [_object(tenant, entry, tokens[entry.slice], starts) for entry in entries]


def _object(tenant: Tenant, entry: Entry, tokens: frozenset[str], ranged: Mapping[str, Range]) -> Any:
    frequencies, _ = found_by((entry.text, entry.actor, entry.category, entry.observed_at, entry.event_at))
    vector = None if entry.vector is None else ranking.unpack(entry.vector)
    return DataObject(
        properties={
            "digest": digest_of(entry, tokens),
            "terms": " ".join(term for term, often in frequencies.items() for _ in range(often)),
            "agent": _key(entry.agent),
            "run": _key(entry.run),
            "kind": entry.kind,
            "tokens": sorted(_key(token) for token in tokens if not token.startswith(_TIMES)),
            "ends": float(min(entry.valid_to, entry.expires_at)),
            **told(ranged, tokens),
        },
        uuid=tenant.uuid(entry.slice),
        vector=vector.tolist() if vector is not None and vector.any() else None,
    )


def digest_of(entry: Entry, tokens: Iterable[str]) -> str:
    """Equal for objects of equal content."""
    return digest(repr((entry._replace(vector=None), sorted(tokens))), (entry.vector or b"").hex())


def _key(text: str) -> str:
    """A key as it is compared: long ones, and those that the server would trim or cut, by their digest."""
    odd = len(text) > _LONG or text != text.strip() or "\0" in text
    return f"#{digest(text)}" if odd else text


def writing(tenant: Tenant, some: Sequence[Any]) -> Call:
    """Writes objects, new or not. Answers with the errors of single objects."""
    return lambda client: tenant.handle(client).data.insert_many(some)


def removing(tenant: Tenant, slices: Sequence[int]) -> Call:
    """Removes the objects of slices, those of them that are there."""
    ids = [tenant.uuid(slice_) for slice_ in slices]
    return lambda client: tenant.handle(client).data.delete_many(where=Filter.by_id().contains_any(ids))


def removal(tenant: Tenant) -> Call:
    """Removes a tenant with all that it holds."""
    return lambda client: client.collections.use(tenant.collection).tenants.remove([tenant.name])


def deleting(tenant: Tenant, ids: Sequence[str]) -> Call:
    """Removes objects by their own ids."""
    return lambda client: tenant.handle(client).data.delete_many(where=Filter.by_id().contains_any(ids))


def listing(tenant: Tenant, after: str | None) -> Call:
    """Asks for the digests of the next objects, in the order of their ids."""
    return lambda client: tenant.replica(client).query.fetch_objects(
        limit=_PAGE, after=after, return_properties=["digest"]
    )


def chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    """As many as one question should hold."""
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]


# Searching.


def legs(
    tenant: Tenant, request: Search, view: View, now: int, limit: int, ranged: Sequence[Range]
) -> list[tuple[int, Call]]:
    """The questions that propose candidates, each with the number of its query: by words, and by vector."""
    pushed = pushdown(request, view, now, ranged)
    if pushed is None:
        return []
    return [
        (number, call)
        for number, query in enumerate(request.queries)
        for call in _legs(tenant, request, query, pushed, limit)
    ]


def _legs(tenant: Tenant, request: Search, query: Query, pushed: Filtering, limit: int) -> list[Call]:
    asked: dict[str, Any] = {"filters": pushed, "limit": min(limit, LONGEST), "return_properties": False}
    found = []
    words = ranking.query_terms(query.text) if request.mode != "vector" else ()
    if words:
        text = " ".join(words)
        found.append(lambda client: tenant.replica(client).query.bm25(text, query_properties=["terms"], **asked))
    if request.mode != "keyword" and query.vector is not None:
        vector = ranking.unpack(query.vector)
        if vector.any():
            found.append(lambda client: tenant.replica(client).query.near_vector(vector.tolist(), **asked))
    return found


def slices(answer: Any) -> list[int]:
    """The slice ids in an answer: their uuids tell them, so that the server need not look at properties."""
    return [each.uuid.int % 2**64 for each in answer.objects]


def superset(request: Search, ranged: Sequence[Range]) -> Pushdown:
    """What of a search's filter the server answers."""
    return filters.superset(request.filter, {(each.path, each.type) for each in ranged})


def pushdown(request: Search, view: View, now: int, ranged: Sequence[Range]) -> Filtering | None:
    """What the server can leave out: what is not valid now, out of view, of another kind, or cannot pass the filter.

    None where nothing can pass. True of everything that the search may find, and of more.
    """
    filtered = _compiled(superset(request, ranged), {each.path: each for each in ranged})
    if filtered is None:
        return None
    parts = [
        Filter.by_property("valid_from").less_or_equal(rounded(now)),
        Filter.by_property("ends").greater_than(rounded(now)),
        *_in_view(view),
        *([] if request.kind is None else [_equal("kind", request.kind)]),
        *([] if request.without is None else [Filter.by_property("kind").not_equal(_key(request.without))]),
        *filtered,
    ]
    return Filter.all_of(parts)


def _in_view(view: View) -> list[Filtering]:
    pairs = (("agent", view.agents), ("run", view.runs))
    found = [_among(name, sorted(accepted)) for name, accepted in pairs if accepted is not None]
    if view.either is not None:
        named = [pair for pair in zip(("agent", "run"), view.either, strict=True) if pair[1] is not None]
        tests = [
            Filter.by_property(column).not_equal("-") if name is ANY else _equal(column, encode(name))
            for column, name in named
        ]
        found.append(Filter.any_of(tests))
    return found


def _equal(column: str, key: str) -> Filtering:
    return Filter.by_property(column).equal(_key(key))


def _among(column: str, keys: Sequence[str]) -> Filtering:
    return Filter.by_property(column).contains_any(list(map(_key, keys)))


def _compiled(pushed: Pushdown, ranged: Mapping[Path, Range]) -> list[Filtering] | None:
    """Conditions that all hold where the formula is true; None where it never is."""
    match pushed:
        case Anything():
            return []
        case Has(token):
            return [_among("tokens", [token])]
        case Test(path):
            return [ranged[path].passing(pushed)]
        case AllOf(parts):
            compiled = [_compiled(part, ranged) for part in parts]
            return None if None in compiled else [each for some in compiled if some for each in some]
        case AnyOf(parts):
            return _any_of([_compiled(part, ranged) for part in parts])
    return []


def _any_of(compiled: Sequence[list[Filtering] | None]) -> list[Filtering] | None:
    possible = [each for each in compiled if each is not None]
    if not possible:
        return None
    if [] in possible:
        return []
    return [Filter.any_of([each[0] if len(each) == 1 else Filter.all_of(each) for each in possible])]
