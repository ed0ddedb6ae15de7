"""Messages, cases and replies that the tests of LLMReasoner share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from langchain_core.messages import AIMessage

from recollect.flow import World, run
from recollect.ports import Case, StoreRequest
from recollect.reasoners.llm import LLMReasoner
from recollect.testing import ScriptedModel
from recollect.types import Decision, Fact, Record, Scope, Turn

NOW = datetime(2024, 5, 6, 9, 30, tzinfo=UTC)
SAID = datetime(2024, 5, 1, 18, 0, tzinfo=UTC)
TURNS = (
    Turn(text="Hi! I moved  to Bergen\nyesterday.", name="Mara", at=SAID, key="k1", message_id="m1", thread="t"),
    Turn(text="Noted: you live in Bergen. I booked room 7.", role="assistant", key="k2", position=1),
    Turn(text="weather: rain", role="tool", key="k3", position=2),
)
MOVED = {"message": 1, "quote": "I moved  to Bergen", "text": "Mara moved to Bergen.", "intent": "remember"}


class Nothing:
    """A store and embedder that a reasoner has no business with."""

    name = "nothing"
    dims = 1

    def do(self, request: StoreRequest) -> Any:
        raise AssertionError(request)

    async def ado(self, request: StoreRequest) -> Any:
        raise AssertionError(request)

    def embed(self, texts: Any) -> Any:
        raise AssertionError(texts)

    async def aembed(self, texts: Any) -> Any:
        raise AssertionError(texts)

    def close(self) -> None:
        """Nothing to close."""


WORLD = World(Nothing(), Nothing())


def facts(*found: Any) -> str:
    """An extraction reply."""
    return json.dumps({"facts": list(found)})


def rulings(*decided: Any) -> str:
    """An update reply."""
    return json.dumps({"decisions": list(decided)})


def extract(*replies: Any, turns: tuple[Turn, ...] = TURNS) -> tuple[Fact, ...]:
    """What is extracted when a scripted model replies so; all replies must be used."""
    model = ScriptedModel(
        [reply if isinstance(reply, str | AIMessage | Exception) else facts(reply) for reply in replies]
    )
    found = run(LLMReasoner(model).extract(turns, NOW), WORLD)
    assert len(model.requests) == len(replies)
    return found


def record(memory: str, text: str) -> Record:
    """A stored fact."""
    scope = Scope(user="mara")
    return Record(id=memory, text=text, kind="fact", scope=scope, hash="h", version=1, created_at=SAID, updated_at=SAID)


OSLO, TEA, DOG = (
    record("uuid-oslo", "Mara lives in Oslo."),
    record("uuid-tea", "Likes tea."),
    record("uuid-dog", "A dog."),
)
CASES = (
    Case(number=4, fact=Fact(text="Mara lives in Bergen."), candidates=(OSLO, TEA)),
    Case(number=7, fact=Fact(text="the dog", intent="forget"), candidates=(TEA, DOG)),
)
MOVE = {"fact": 1, "operation": "UPDATE", "target": 1, "reason": "moved"}
FORGET = {"fact": 2, "operation": "DELETE", "target": 3, "reason": "asked"}


def decide(*replies: Any, cases: tuple[Case, ...] = CASES) -> tuple[Decision, ...]:
    """What is decided when a scripted model replies so; all replies must be used."""
    model = ScriptedModel(replies)
    decided = run(LLMReasoner(model).decide(cases, NOW), WORLD)
    assert len(model.requests) == len(replies)
    assert len(decided) == len(cases)
    return decided
