"""A reasoner small enough to be foreseen, and ways to call both faces and other processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from recollect import Memory
from recollect.ports import Case, Flow, StoreLike, StoreRequest
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.types import Decision, Fact, Record, Run, Source, Turn, text_hash

Call = Callable[..., Any]
FORGET = "Forget that "


class Toy:
    """Every sentence that does not end in "?" is a fact; "Forget that X" forgets X, "Today X" is temporary.

    Facts about where somebody lives replace each other. `log` gets a line for every message that is extracted.
    """

    name = "toy"

    def __init__(self, log: Path | None = None) -> None:
        self.log = log

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        for turn in turns:
            self._write(turn.text)
        sentences = ((turn, part.strip()) for turn in turns for part in turn.text.split(". "))
        return tuple(_fact(turn, part) for turn, part in sentences if part and not part.endswith("?"))
        yield

    def _write(self, line: str) -> None:
        if self.log is not None:
            handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(handle, f"{line}\n".encode())
            os.close(handle)

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        return tuple(map(_decision, cases))
        yield

    def summarize(self, turns: Sequence[Turn], now: datetime, prompt: str | None = None) -> Flow[tuple[Run, ...]]:
        return ()
        yield


def _fact(turn: Turn, part: str) -> Fact:
    forget = part.startswith(FORGET)
    return Fact(
        text=part.removeprefix(FORGET).strip("."),
        sources=(Source(key=turn.key or "", quote=part, message_id=turn.message_id),),
        intent="forget" if forget else "remember",
        actor=turn.actor,
        role=turn.role,
        observed_at=turn.at,
        temporary=part.startswith("Today "),
        category="home" if "live in" in part else None,
    )


def _decision(case: Case) -> Decision:
    same = [record for record in case.candidates if text_hash(record.text) == text_hash(case.fact.text)]
    homes = [record for record in case.candidates if record.category == "home"]
    if case.fact.intent == "forget":
        return _decided("DELETE" if same else "NONE", same)
    if case.fact.category == "home" and homes:
        return _decided("NONE" if homes[-1] in same else "UPDATE", homes)
    return _decided("NONE" if same else "ADD", same)


def _decided(operation: Any, targets: Sequence[Record]) -> Decision:
    return Decision(operation=operation, target=targets[-1].id if targets else None, reason="toy", decider="toy")


def sync_call(memory: Memory, name: str, *args: Any, **kwargs: Any) -> Any:
    """What a method answers."""
    return getattr(memory, name)(*args, **kwargs)


def async_call(memory: Memory, name: str, *args: Any, **kwargs: Any) -> Any:
    """What its asynchronous twin answers."""
    return asyncio.run(getattr(memory, f"a{name}")(*args, **kwargs))


def said(*texts: str, prefix: str = "m") -> list[dict[str, str]]:
    """Messages of a user with ids m0, m1, …"""
    return [{"role": "user", "content": text, "id": f"{prefix}{n}"} for n, text in enumerate(texts)]


def texts(memory: Memory, **scope: Any) -> list[str]:
    """All texts that a scope sees, sorted."""
    found: list[str] = []
    cursor = None
    while True:
        page = memory.list(limit=500, cursor=cursor, **scope)
        found += [record.text for record in page]
        cursor = page.cursor
        if cursor is None:
            return sorted(found)


@contextmanager
def unchanged(memory: Memory) -> Iterator[None]:
    """Nothing is written meanwhile, but for the name of a partition."""
    before = _counts(memory)
    yield
    assert _counts(memory) == before


def _counts(memory: Memory) -> dict[str, Any]:
    return {name: count for name, count in memory.stats().items() if name not in ("partitions", "bytes")}


def processes(target: Callable[..., None], *calls: tuple[Any, ...]) -> list[int | None]:
    """Exit codes of fresh processes, one a call, all at once."""
    spawn = multiprocessing.get_context("spawn")
    started = [spawn.Process(target=target, args=call) for call in calls]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    return [process.exitcode for process in started]


class At:
    """A store that does something just before it answers its first request of a kind."""

    def __init__(self, store: StoreLike, kind: type, act: Callable[[], object]) -> None:
        self._store, self._kind, self._act = store, kind, act
        self._done = False

    def _arrive(self, request: StoreRequest) -> None:
        if isinstance(request, self._kind) and not self._done:
            self._done = True
            self._act()

    def do(self, request: StoreRequest) -> Any:
        self._arrive(request)
        return self._store.do(request)

    async def ado(self, request: StoreRequest) -> Any:
        self._arrive(request)
        return await self._store.ado(request)

    def close(self) -> None:
        self._store.close()


def store(path: str, lease: float = 60.0) -> Store:
    """A store in a file, whose claims can be taken over after `lease` seconds."""
    return Store(SqliteJournal(path, lease=lease), ScanIndex())


def die() -> None:
    """End this process at once, with nothing cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)
