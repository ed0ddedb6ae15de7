"""States, facts and candidates for the tests of nodes, and ways to drive a node by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from recollect.nodes.decide import decide
from recollect.ports import Case, Flow
from recollect.state import Delivery, MemoryState
from recollect.types import (
    Change,
    Decision,
    Event,
    Fact,
    History,
    Hit,
    Record,
    Run,
    Scope,
    Slice,
    Source,
    Turn,
    text_hash,
)

NOW = datetime(2026, 5, 7, 18, tzinfo=UTC)
ANNA = Scope(user="anna")


def drive(flow: Flow[Any], *answers: Any) -> tuple[list[Any], Any]:
    """The requests of a flow that gets these answers, and what it returns; every answer is needed."""
    requests, left = [], list(answers)
    try:
        request = next(flow)
        while True:
            requests.append(request)
            request = flow.send(left.pop(0))
    except StopIteration as stop:
        assert not left
        return requests, stop.value


class Says:
    """Decides as it is told; `cases` are those it was asked about."""

    name = "says"

    def __init__(self, *decisions: Decision) -> None:
        self.decisions = decisions
        self.cases: tuple[Case, ...] = ()

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        return ()
        yield

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        self.cases = tuple(cases)
        return self.decisions
        yield

    def summarize(self, turns: Sequence[Turn], now: datetime, prompt: str | None = None) -> Flow[tuple[Run, ...]]:
        return ()
        yield


def delivery(*texts: str, scope: Scope = ANNA, **fields: Any) -> Delivery:
    turns = tuple(Turn(text=text, message_id=f"m{n}", position=n) for n, text in enumerate(texts))
    return Delivery(scope=scope, turns=turns, owner="owner", **fields)


def fact(text: str, key: str = "k0", **fields: Any) -> Fact:
    return Fact(text=text, sources=(Source(key=key, quote=text),), actor="user", role="user", **fields)


def record(text: str, memory: str = "one", version: int = 1, scope: Scope = ANNA, **fields: Any) -> Record:
    given = {"actor": "user", "role": "user", "sources": (Source(key="old", quote=text),), **fields}
    return Record(
        text=text,
        kind="fact",
        scope=scope,
        id=memory,
        hash=text_hash(text),
        version=version,
        created_at=NOW,
        updated_at=NOW,
        **given,
    )


def hit(text: str, memory: str = "one", cosine: float = 0.5, **fields: Any) -> Hit:
    return Hit(record(text, memory, **fields), 0.5, {"keyword": 0.25, "vector": cosine / 2})


def ready(*facts: Fact, hits: Sequence[Sequence[Hit]] = (), **fields: Any) -> MemoryState:
    """A state as retrieve leaves it."""
    state: dict[str, Any] = {
        "delivery": delivery("hello"),
        "known": 0,
        "change_set": "set",
        "now": NOW,
        "facts": facts,
        "candidates": tuple(tuple(found) for found in hits) or ((),) * len(facts),
        "vectors": (None,) * len(facts),
        "outdated": {},
        "read_seq": 7,
        "matched_seq": None,
        "more": False,
        "conflicts": (),
        "decided": (),
        "learned": (),
        **fields,
    }
    return state  # type: ignore[return-value]


def decided(state: MemoryState, reasoner: Any = None) -> tuple[Change, ...]:
    """What decide makes of the facts without asking anybody; one change a fact at least."""
    requests, update = drive(decide(state, reasoner or Says()))
    changes: tuple[Change, ...] = update["decided"]
    assert requests == []
    assert [change.fact for change in changes[: len(state["facts"])]] == list(state["facts"])
    return changes


def ruling(operation: Any, target: str | None = None, **fields: Any) -> Decision:
    return Decision(operation=operation, target=target, reason="told", decider="says", **fields)


def logged(known: Record, said_again: bool = False) -> History:
    """The history of a memory that was written at 5, after it was found to be known at 4, and perhaps again at 6."""
    slices = (Slice(record=known, valid_from=NOW, valid_to=None, from_seq=5, to_seq=None),)
    none: Any = {"operation": "NONE", "status": "unchanged", "memory": known.id, "version": None, "change_set": "c"}
    events = [Event(seq=seq, at=NOW, reason="", decider="", **none) for seq in (4, 6)]
    return History(slices, tuple(events if said_again else events[:1]))
