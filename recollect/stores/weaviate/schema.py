"""The collection that holds an index: how it is made, and whether one that is there is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from weaviate.classes.config import (
    Configure,
    ConsistencyLevel,
    DataType,
    Property,
    ReplicationDeletionStrategy,
    Tokenization,
    VectorDistances,
)

from recollect.errors import IndexMismatchError, UsageError
from recollect.ports import Traced
from recollect.ranking import K1, B
from recollect.stores.weaviate.connection import Call
from recollect.stores.weaviate.objects import Tenant
from recollect.stores.weaviate.ranges import OWN, Range

NAME = re.compile("[A-Z][_0-9A-Za-z]{0,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a collection is like.

    index: flat is for many small tenants. quantizer: rq8 takes a quarter of the memory. consistency: how many replicas
    answer before a read or write counts; the server's own default where it is not said. ranges: paths into metadata that
    are compared by order on the server.
    """

    name: str = "Recollect"
    index: Literal["hnsw", "flat"] = "hnsw"
    quantizer: Literal["rq8", "none"] = "rq8"
    replicas: int = 1
    consistency: Literal["ONE", "QUORUM", "ALL"] | None = None
    ranges: tuple[Range, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise UsageError(f"collection {self.name!r}: expected a capital and letters, digits and _, at most 101")

    @property
    def ranged(self) -> tuple[Range, ...]:
        """All that is compared by order on the server: the record's own times, and what was declared."""
        return OWN + self.ranges

    @property
    def columns(self) -> tuple[Column, ...]:
        """What an object holds."""
        return (*COLUMNS, *(_range(name) for each in self.ranged for name in each.columns))

    def collection(self, journal: str, epoch: int) -> str:
        """The collection of a journal in an epoch: what another journal or an earlier epoch left is never mixed in."""
        return f"{self.prefix(journal)}{epoch}"

    def tenant(self, traced: Traced, partition: str, ahead: int = 0) -> Tenant:
        """A partition of a journal in the collection of its epoch, or of one ahead."""
        level = None if self.consistency is None else ConsistencyLevel[self.consistency]
        return Tenant(traced.journal, self.collection(traced.journal, traced.epoch + ahead), partition, level)

    def prefix(self, journal: str) -> str:
        """What the names of all collections of a journal begin with."""
        return f"{self.name}_{journal.replace('-', '')[:16]}_"


class Column(NamedTuple):
    """What of a property cannot be changed once it is there."""

    name: str
    type: DataType
    tokenization: Tokenization | None = None
    filterable: bool = False
    searchable: bool = False
    ranged: bool = False


def _key(name: str, type: DataType = DataType.TEXT) -> Column:
    """Compared as a whole: with any other tokenization "alice" would match "alice@example.com"."""
    return Column(name, type, Tokenization.FIELD, filterable=True)


def _range(name: str) -> Column:
    return Column(name, DataType.NUMBER, ranged=True)


COLUMNS = (
    Column("marker", DataType.TEXT, Tokenization.FIELD),
    Column("digest", DataType.TEXT, Tokenization.FIELD),
    Column("terms", DataType.TEXT, Tokenization.WHITESPACE, searchable=True),
    _key("agent"),
    _key("run"),
    _key("kind"),
    _key("tokens", DataType.TEXT_ARRAY),
    _range("ends"),
)
"""What every object holds besides ranges. Times are microseconds since 1970: dates beyond 1677 to 2262 would wrap around."""


def _property(column: Column) -> Property:
    return Property(
        name=column.name,
        data_type=column.type,
        tokenization=column.tokenization,
        index_filterable=column.filterable,
        index_searchable=column.searchable,
        index_range_filters=column.ranged,
    )


def creation(shape: Shape, name: str) -> Call:
    """Makes the collection. The word score is ours as far as the server can: our terms, our constants, no stop words."""
    quantizer = Configure.VectorIndex.Quantizer
    compression = quantizer.rq(bits=8) if shape.quantizer == "rq8" else quantizer.none()
    make = Configure.VectorIndex.flat if shape.index == "flat" else Configure.VectorIndex.hnsw
    replication = Configure.replication(
        factor=shape.replicas,
        async_enabled=shape.replicas > 1,
        deletion_strategy=ReplicationDeletionStrategy.DELETE_ON_CONFLICT,  # what was removed never comes again
    )
    return lambda client: client.collections.create(
        name,
        properties=list(map(_property, shape.columns)),
        vector_config=Configure.Vectors.self_provided(
            quantizer=compression, vector_index_config=make(distance_metric=VectorDistances.COSINE)
        ),
        inverted_index_config=Configure.inverted_index(bm25_k1=K1, bm25_b=B),
        multi_tenancy_config=Configure.multi_tenancy(
            enabled=True, auto_tenant_creation=True, auto_tenant_activation=True
        ),
        replication_config=replication,
    )


def reading(name: str) -> Call:
    """Asks for the configuration of a collection."""
    return lambda client: client.collections.use(name).config.get()


def check(shape: Shape, name: str, found: Any) -> None:
    """IndexMismatchError unless a collection is as `creation` makes it."""
    differing = [f"{what} is {is_!r}, not {wanted!r}" for what, is_, wanted in _compared(shape, found) if is_ != wanted]
    if differing:
        raise IndexMismatchError(
            f"collection {name} has another schema: {'; '.join(differing)}: build the index anew with"
            " this one (care.reindex, `recollect reindex`), or choose another collection name"
        )


def _compared(shape: Shape, found: Any) -> list[tuple[str, Any, Any]]:
    columns, wanted = (
        {each.name: _column(each) for each in found.properties},
        {each.name: each for each in shape.columns},
    )
    return [
        *((f"property {name}", columns.get(name), wanted.get(name)) for name in sorted(columns.keys() | wanted)),
        *_vectors(shape, found.vector_config["default"].vector_index_config if found.vector_config else None),
        ("bm25", (found.inverted_index_config.bm25.k1, found.inverted_index_config.bm25.b), (K1, B)),
        ("multi-tenancy", found.multi_tenancy_config.enabled, True),
        ("replicas", found.replication_config.factor, shape.replicas),
    ]


def _column(found: Any) -> Column:
    flags = (found.index_filterable, found.index_searchable, found.index_range_filters)
    return Column(found.name, found.data_type, found.tokenization, *flags)


def _vectors(shape: Shape, found: Any) -> list[tuple[str, Any, Any]]:
    if found is None:
        return [("vector index", None, shape.index)]
    bits = getattr(found.quantizer, "bits", None)
    return [
        ("vector index", type(found).__name__.removeprefix("_VectorIndexConfig").lower(), shape.index),
        ("distance", found.distance_metric, VectorDistances.COSINE),
        ("quantizer", "none" if found.quantizer is None else f"rq{bits}", shape.quantizer),
    ]
