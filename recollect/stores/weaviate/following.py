"""How tenants follow their journal: what they hold so far, and what has to be written to them next."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from recollect.errors import IndexMismatchError, IndexUnavailableError
from recollect.ports import Delta, Journal, Partitions, Trace, Traced, Vectors
from recollect.stores.weaviate import objects, schema
from recollect.stores.weaviate.connection import AbsentError, Call, Server, first_error
from recollect.stores.weaviate.objects import Marker, Tenant
from recollect.stores.weaviate.schema import Shape

ROUND = 500
"""Slices that are written before the marker moves on."""


class Position(NamedTuple):
    """Where a tenant stands: the epoch that this is of, and its marker, None before anything was written to it."""

    tenant: Tenant
    epoch: int
    marker: Marker | None

    @property
    def seq(self) -> int:
        """The sequence number up to which its partition is in the index."""
        return self.marker.seq if self.marker else 0


def checked(journal: Journal, tenant: Tenant, epoch: int, answer: Any) -> Position:
    """The position that the answer to `read_marker` tells; refused if the journal does not know its own past from it."""
    if isinstance(answer, AbsentError):
        return Position(tenant, epoch, None)
    marker = objects.marker(answer, tenant)
    if marker is not None:
        traced: Traced = journal.do(Trace(tenant.partition, marker.seq))
        if traced.at != marker.at:
            raise IndexMismatchError(
                f"the index of {tenant.collection} has seen writes that this journal does not hold: the journal was restored"
                " from an earlier copy, or is one: build the index anew (care.reindex, `recollect reindex`)"
            )
    return Position(tenant, epoch, marker)


class Follower:
    """Brings tenants up to date, synchronously: what was opened is written, what was closed removed, the marker moved."""

    def __init__(self, server: Server, shape: Shape, settle: float) -> None:
        self._server = server
        self._shape = shape
        self._settle = settle
        self._ready: set[str] = set()

    def follow(self, journal: Journal, partition: str, ahead: int = 0) -> Position:
        """Bring one tenant up to date with the journal, in the collection of its epoch or of one ahead; its new position."""
        traced: Traced = journal.do(Trace(partition, 0))
        tenant = self._shape.tenant(traced, partition, ahead)
        self._prepare(tenant.collection)
        (answer,) = self.ask(objects.read_marker(tenant))
        position = checked(journal, tenant, traced.epoch, answer)
        more = True
        while more:
            position, more = self._round(journal, position)
        return position

    def _round(self, journal: Journal, position: Position) -> tuple[Position, bool]:
        tenant, epoch = position.tenant, position.epoch
        delta: Delta = journal.do(Vectors(tenant.partition, position.seq, ROUND, tokens=True))
        if delta.epoch != epoch or delta.seq == position.seq:
            return position, False
        if delta.cleared and position.marker:
            self.ask(objects.removal(tenant))
            position = position._replace(marker=None)
        if not self.write(journal, tenant, delta):
            return position._replace(marker=None), True
        self._remove(tenant, delta.closed)
        return self._mark(journal, position, delta.seq), delta.more

    def write(self, journal: Journal, tenant: Tenant, delta: Delta) -> bool:
        """Write what was opened; what was closed while this took its time is removed again.

        False where all of it was erased meanwhile: nothing is left then.
        """
        answers: Callable[[], list[Any]] | None = None
        for some in objects.chunks(delta.opened):  # made while the server takes those before
            made = objects.objects(tenant, some, delta.tokens, self._shape.ranged)
            if answers is not None:
                self._written(answers())
            answers = self._server.begun([objects.writing(tenant, made)])
        if answers is not None:
            self._written(answers())
        written = {entry.slice for entry in delta.opened}
        since: Delta = journal.do(Vectors(tenant.partition, delta.seq, 0))
        if since.cleared:
            self.ask(objects.removal(tenant))
            return False
        self._remove(tenant, [slice_ for slice_ in since.closed if slice_ in written])
        return True

    def _mark(self, journal: Journal, position: Position, seq: int) -> Position:
        tenant, now = position.tenant, time.time()
        at = journal.do(Trace(tenant.partition, seq)).at
        before = position.marker or Marker(tenant.journal, tenant.partition, 0, 0, ())
        marker = before.moved(seq, at, now, self._settle)
        self._written(self.ask(objects.write_marker(tenant, marker)))
        return Position(tenant, position.epoch, marker)

    def _written(self, answers: Sequence[Any]) -> None:
        """IndexUnavailableError unless every single object was taken."""
        if error := first_error(answers):
            raise error
        (answer,) = answers
        if isinstance(answer, AbsentError):
            self._ready.clear()
            raise IndexUnavailableError(f"the collection was removed meanwhile: {answer}")
        if answer.errors:
            failed = next(iter(answer.errors.values()))
            raise IndexUnavailableError(f"{len(answer.errors)} objects were refused, the first: {failed.message}")

    def _remove(self, tenant: Tenant, slices: Sequence[int]) -> None:
        for some in objects.chunks(slices):
            self.ask(objects.removing(tenant, some))

    def _prepare(self, collection: str) -> None:
        """The collection is there, and is as it should be."""
        if collection in self._ready:
            return
        (found,) = self.ask(schema.reading(collection))
        if isinstance(found, AbsentError):
            (made,) = self._server.ask([schema.creation(self._shape, collection)])  # may lose against another process
            (found,) = self.ask(schema.reading(collection))
            if isinstance(found, AbsentError):
                why = made if isinstance(made, Exception) else "it was removed at once"
                raise IndexUnavailableError(f"collection {collection} could not be made: {why}")
        schema.check(self._shape, collection, found)
        self._ready.add(collection)

    def sweep(self, journal: Journal) -> None:
        """Remove what should not be here any more: the collections of earlier epochs, and whatever was erased.

        Also from a collection that was begun for the next epoch.
        """
        traced: Traced = journal.do(Trace("-", 0))
        prefix = self._shape.prefix(traced.journal)
        (found,) = self.ask(lambda client: client.collections.list_all(simple=True))
        for name in found:
            epoch = name.removeprefix(prefix)
            if name.startswith(prefix) and epoch.isdecimal() and int(epoch) < traced.epoch:
                self.ask(_deletion(name))
        for partition in journal.do(Partitions(erased=True)):
            self.ask(objects.removal(self._shape.tenant(traced, partition, ahead=1)))
            self.follow(journal, partition)

    def drop(self, collection: str) -> None:
        """Remove a collection, if it is there."""
        self.ask(_deletion(collection))
        self._ready.discard(collection)

    def ask(self, *calls: Call) -> list[Any]:
        """The answers of the server; raises the first error among them."""
        answers = self._server.ask(calls)
        if error := first_error(answers):
            raise error
        return answers


def _deletion(name: str) -> Call:
    return lambda client: client.collections.delete(name)
