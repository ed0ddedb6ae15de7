"""A stage for tests of stores: one store, a clock that stands still, and short words for what is done to memories."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from recollect import filters
from recollect.errors import RecollectError
from recollect.ports import (
    Begin,
    Bind,
    Claim,
    Clock,
    Commit,
    Committed,
    Feed,
    Log,
    Query,
    Read,
    Search,
    Select,
    Stats,
    StoreLike,
    Undo,
)
from recollect.ranking import NOTHING
from recollect.types import Change, ChangeSet, Draft, Event, History, Hit, Page, Record, Revision, Scope, Status

E = TypeVar("E", bound=RecollectError)
Opens = Callable[[str, Clock], Any]
"""Opens the store at a place of this name under a clock; the same place twice is the same store."""

USER = Scope(user="u")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIMS = 4


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> datetime:
        """Move on, or back; the instant that it shows then."""
        self.now += timedelta(seconds=seconds)
        return self.now


def vector(*numbers: float) -> bytes:
    """A stored vector of length one in the direction of these numbers."""
    array = np.zeros(DIMS)
    array[: len(numbers)] = numbers
    return (array / np.linalg.norm(array)).astype("<f2").tobytes()


class Refused:
    """What `refused` caught."""

    error: Any = None


@contextmanager
def refused(kind: type[RecollectError]) -> Iterator[Refused]:
    """The block raises an error of this kind."""
    caught = Refused()
    try:
        yield caught
    except kind as error:
        caught.error = error
        return
    raise AssertionError(f"expected {kind.__name__}, but nothing was refused")


class Scene:
    """A store at a place, asked through one of its faces: "do" or "ado"."""

    def __init__(self, opens: Opens, face: str, clock: ManualClock | None = None, place: str = "memories") -> None:
        self.clock = clock or ManualClock()
        self.face = face
        self._opens = opens
        self._place = place
        self._numbers = iter(range(1_000_000))
        self.store: StoreLike = opens(place, self.clock)
        self.do(Bind("contract", DIMS))

    def again(self) -> Scene:
        """The same place, opened once more."""
        other = Scene(self._opens, self.face, self.clock, self._place)
        other._numbers = self._numbers
        return other

    def do(self, request: Any) -> Any:
        """Ask the store through the face under test."""
        if self.face == "do":
            return self.store.do(request)
        return asyncio.run(self.store.ado(request))

    # Writing.

    def commit(self, *changes: Change, vectors: tuple[bytes | None, ...] = (), **given: Any) -> Committed:
        """Commit these changes as one change set; keywords are fields of the change set, and `partial`."""
        partial = given.pop("partial", False)
        fields = {"id": f"change set {next(self._numbers)}", "scope": USER, "operation": "test", **given}
        answer: Committed = self.do(
            Commit(
                change_set=ChangeSet(changes=changes, **fields),
                vectors=vectors or (None,) * len(changes),
                partial=partial,
            )
        )
        return answer

    def add(self, text: str, scope: Scope = USER, vector: bytes | None = None, **draft: Any) -> str:
        """Add a memory; its id."""
        change = self.adding(text, scope, **draft)
        committed = self.commit(change, vectors=(vector,), scope=scope)
        assert [outcome.status for outcome in committed.outcomes] == ["applied"], committed
        return str(change.memory)

    def adding(self, text: str, scope: Scope = USER, memory: str | None = None, **draft: Any) -> Change:
        """A change that adds a memory."""
        return Change(
            operation="ADD",
            reason="said",
            decider="test",
            memory=memory or f"memory {next(self._numbers)}",
            draft=Draft(text=text, kind=draft.pop("kind", "fact"), scope=scope, **draft),
        )

    def updating(
        self, memory: str, text: str, seen: int | None = None, revision: Revision = "supersede", **draft: Any
    ) -> Change:
        """A change that updates a memory."""
        change = self.adding(text, draft.pop("scope", USER), memory, **draft)
        return replace(change, operation="UPDATE", expected_version=seen, revision=revision)

    def deleting(self, memory: str, seen: int | None = None) -> Change:
        """A change that deletes a memory."""
        return Change(operation="DELETE", reason="ended", decider="test", memory=memory, expected_version=seen)

    def leaving(self, status: Status = "unchanged", memory: str | None = None) -> Change:
        """A change that writes nothing but its line in the audit."""
        return Change(operation="NONE", reason="known", decider="test", status=status, memory=memory)

    def undo(self, target: str, scope: Scope = USER, name: str | None = None) -> Committed:
        """Undo a change set."""
        name = name or f"undo {next(self._numbers)}"
        answer: Committed = self.do(Undo(scope=scope, target=target, change_set=name))
        return answer

    def begin(self, owner: str, *keys: str | None, scope: Scope = USER, ids: tuple[str | None, ...] = ()) -> Claim:
        """Claim messages."""
        answer: Claim = self.do(Begin(scope=scope, operation="remember", keys=keys, message_ids=ids, owner=owner))
        return answer

    # Reading.

    def read(self, memory: str, scope: Scope = USER, **given: Any) -> Record | None:
        """The memory as the scope sees it."""
        answer: tuple[Record | None, ...] = self.do(Read(scope=scope, ids=(memory,), **given))
        return answer[0]

    def text(self, memory: str, scope: Scope = USER, **given: Any) -> str | None:
        """The text of the memory as the scope sees it."""
        found = self.read(memory, scope, **given)
        return None if found is None else found.text

    def page(self, scope: Scope = USER, filter: Any = None, **given: Any) -> Page:
        """One page of memories."""
        answer: Page = self.do(Select(scope=scope, filter=filters.parse(filter), **given))
        return answer

    def texts(self, scope: Scope = USER, filter: Any = None, **given: Any) -> list[str]:
        """The texts of a page, in order."""
        return [record.text for record in self.page(scope, filter, **given)]

    def search(
        self, text: str, scope: Scope = USER, vector: bytes | None = None, filter: Any = None, **given: Any
    ) -> tuple[Hit, ...]:
        """Hits for one query."""
        request = Search(
            scope=scope,
            queries=(Query(text, vector, given.pop("wanted", NOTHING)),),
            limit=given.pop("limit", 10),
            filter=filters.parse(filter),
            **given,
        )
        return tuple(self.do(request).hits[0])

    def found(self, text: str, scope: Scope = USER, **given: Any) -> list[str]:
        """The texts of the hits, best first."""
        return [hit.record.text for hit in self.search(text, scope, **given)]

    def log(self, memory: str, scope: Scope = USER) -> History:
        """The history of a memory."""
        answer: History = self.do(Log(scope=scope, memory=memory))
        return answer

    def feed(self, scope: Scope = USER, **given: Any) -> tuple[Event, ...]:
        """Events of the scope's partition."""
        answer: tuple[Event, ...] = self.do(Feed(scope=scope, **given))
        return answer

    def seq(self, scope: Scope = USER) -> int:
        """The sequence number that a search tells."""
        request = Search(scope=scope, queries=(Query("anything"),), limit=1)
        return int(self.do(request).seq)

    def written(self) -> dict[str, Any]:
        """Counts of all that is stored."""
        counts: dict[str, Any] = self.do(Stats())
        return {name: count for name, count in counts.items() if name != "bytes"}
