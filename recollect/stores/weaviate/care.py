"""Looking after an index: comparing it with its journal, mending it, and building it anew while it is in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from recollect.ports import Delta, Entry, Journal, Partitions, Renew, Trace, Traced, Vectors
from recollect.stores.weaviate import objects
from recollect.stores.weaviate.connection import AbsentError
from recollect.stores.weaviate.following import Follower
from recollect.stores.weaviate.objects import Tenant
from recollect.stores.weaviate.schema import Shape


@dataclass(frozen=True, slots=True)
class Finding:
    """How a partition of the journal compares with its tenant.

    Slices the journal holds, objects the server holds, slices that are missing or differ, and objects of slices that are
    over (which cost room but are never told).
    """

    partition: str
    expected: int
    held: int
    missing: tuple[int, ...]
    differing: tuple[int, ...]
    surplus: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether the server finds all that it should."""
        return not (self.missing or self.differing)


class Care:
    """Works on the index that this follower keeps."""

    def __init__(self, follower: Follower, shape: Shape) -> None:
        self._follower = follower
        self._shape = shape

    def examine(self, journal: Journal) -> Iterator[Finding]:
        """Compare every partition, by count and by digest of each slice; writes meanwhile may count as missing."""
        for partition in journal.do(Partitions()):
            yield self._compared(journal, partition)[1]

    def repair(self, journal: Journal) -> Iterator[Finding]:
        """Catch up and mend every partition; what was found wrong with each."""
        for partition in journal.do(Partitions()):
            tenant = self._follower.follow(journal, partition).tenant
            delta, found = self._compared(journal, partition)
            wrong = {*found.missing, *found.differing}
            entries = tuple(entry for entry in delta.opened if entry.slice in wrong)
            self._follower.write(journal, tenant, replace(delta, opened=entries))
            for some in objects.chunks(found.surplus):
                self._follower.ask(objects.deleting(tenant, some))
            yield found

    def reindex(self, journal: Journal) -> Iterator[tuple[int, int]]:
        """Build the index of the next epoch while this one is in use, then begin it: how many of how many partitions.

        All processes change over with their next search or write; what was written meanwhile is found by its tail.
        """
        traced: Traced = journal.do(Trace("-", 0))
        self._follower.drop(self._shape.collection(traced.journal, traced.epoch + 1))
        partitions = journal.do(Partitions())
        for done, partition in enumerate(partitions):
            yield done, len(partitions)
            self._follower.follow(journal, partition, ahead=1)
        journal.do(Renew(traced.epoch))
        self._follower.sweep(journal)
        yield len(partitions), len(partitions)

    def _compared(self, journal: Journal, partition: str) -> tuple[Delta, Finding]:
        tenant = self._shape.tenant(journal.do(Trace(partition, 0)), partition)
        held = self._held(tenant)
        delta = _whole(journal, partition)
        expected = {str(tenant.uuid(entry.slice)): entry for entry in delta.opened}
        missing = tuple(entry.slice for uuid, entry in expected.items() if uuid not in held)
        differing = tuple(
            entry.slice for uuid, entry in expected.items() if uuid in held and held[uuid] != _digest(entry, delta)
        )
        surplus = tuple(uuid for uuid in held if uuid not in expected)
        return delta, Finding(partition, len(expected), len(held), missing, differing, surplus)

    def _held(self, tenant: Tenant) -> dict[str, str | None]:
        """The digests that the server holds, by object."""
        held: dict[str, str | None] = {}
        after = None
        while True:
            (page,) = self._follower.ask(objects.listing(tenant, after))
            if isinstance(page, AbsentError) or not page.objects:
                held.pop(str(tenant.uuid(objects.MARKER)), None)
                return held
            held |= {str(each.uuid): each.properties.get("digest") for each in page.objects}
            after = str(page.objects[-1].uuid)


def _digest(entry: Entry, delta: Delta) -> str:
    return objects.digest_of(entry, delta.tokens[entry.slice])


def _whole(journal: Journal, partition: str) -> Delta:
    """All slices of a partition that an index should hold."""
    delta: Delta = journal.do(Vectors(partition, 0, tokens=True))
    while delta.more:
        more: Delta = journal.do(Vectors(partition, delta.seq, tokens=True))
        gone = set(more.closed)
        opened = (*(entry for entry in delta.opened if entry.slice not in gone), *more.opened)
        delta = replace(more, opened=opened, tokens={**delta.tokens, **more.tokens})
    return delta
