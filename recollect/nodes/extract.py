"""extract: messages -> facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from recollect.ports import Flow, Reasoner
from recollect.state import MemoryState
from recollect.types import Fact, Turn


def extract(state: MemoryState, reasoner: Reasoner) -> Flow[dict[str, Any]]:
    """Find the facts in the claimed messages; a fact whose quote does not occur in its message loses that source."""
    said = tuple(turn for turn in state["turns"] if turn.text.strip())
    facts = yield from reasoner.extract(said, state["now"])
    turns = {turn.key: turn for turn in said}
    return {"facts": tuple(_verified(fact, turns) for fact in facts)}


def _verified(fact: Fact, turns: Mapping[str | None, Turn]) -> Fact:
    sources = tuple(s for s in fact.sources if s.key in turns and s.quote and s.quote in turns[s.key].text)
    return fact if sources == fact.sources else replace(fact, sources=sources)
