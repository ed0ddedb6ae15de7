"""The main job from end to end, over any conversation and through the public facade alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from importlib.resources import files
from typing import Any

from recollect.cli import past, remembering, tables
from recollect.cli.answer import Answer, plain
from recollect.cli.remembering import Delivered
from recollect.cli.transcript import Transcript
from recollect.memory import Memory
from recollect.types import Scope

SHOWN = 3
"""Hits shown a question."""


def bundled() -> str:
    """The conversation that comes with the package."""
    return str(files("recollect") / "demo" / "conversation.jsonl")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: a memory, whose, and where it is told."""

    memory: Memory
    scope: Scope
    zone: tzinfo
    answer: Answer

    def play(self, transcript: Transcript, questions: Sequence[str]) -> bool:
        """Remember, recall, look at a change, remember again; whether that last step changed anything."""
        delivered = self._remember(transcript)
        answers = [self._ask(question) for question in questions]
        updated = self._look(delivered)
        before = self.memory.stats()
        again = self._repeat(transcript)
        changed = remembering.summary(again).changed or self.memory.stats() != before
        self.answer.say("It changed something!" if changed else "Nothing changed.")
        self.answer.data(
            {
                "sessions": [remembering.report([one]) for one in delivered],
                "questions": answers,
                "updated": updated,
                "again": remembering.report(again),
                "changed": changed,
            }
        )
        return changed

    def _remember(self, transcript: Transcript) -> list[Delivered]:
        delivered = []
        for number, one in enumerate(remembering.remember(self.memory, self.scope, transcript), 1):
            delivered.append(one)
            began = tables.when(one.window.lines[0].turn.at, self.zone)
            self._title(f"session {number} of {len(transcript.windows)}" + (f", {began}" if began else ""))
            found = remembering.outcomes([one])
            if found:
                self.answer.say(tables.outcomes(found, self.zone))
            self.answer.say(str(remembering.summary([one])))
        self._title("all sessions")
        self.answer.say(str(remembering.summary(delivered)))
        return delivered

    def _ask(self, question: str) -> dict[str, Any]:
        self._title(f"recall: {question}")
        hits = self.memory.search(question, scope=self.scope, limit=SHOWN)
        self.answer.say(tables.hits(hits, self.zone) if hits else "nothing remembered answers this")
        return {"query": question, "hits": plain(hits)}

    def _look(self, delivered: Sequence[Delivered]) -> dict[str, Any] | None:
        """The history of a memory that was updated and is still there, of one that was superseded rather than corrected."""
        updated = [
            past.past(self.memory.history(outcome.memory, scope=self.scope), datetime.now(UTC))
            for outcome, _ in remembering.outcomes(delivered)
            if outcome.operation == "UPDATE" and outcome.status == "applied" and outcome.memory
        ]
        there = [found for found in updated if found.state == "current"]
        superseded = (found for found in there if any(version.state == "superseded" for version in found.versions))
        found = next(superseded, there[0] if there else None)
        if found is None:
            self._title("show: no memory was updated")
            return None
        self._title(f"show: what “{found.versions[-1].record.text}” replaced")
        self.answer.say(*tables.past(found, self.zone))
        shown: dict[str, Any] = plain(found)
        return shown

    def _repeat(self, transcript: Transcript) -> list[Delivered]:
        self._title("the same conversation, once more")
        again = list(remembering.remember(self.memory, self.scope, transcript))
        self.answer.say(str(remembering.summary(again)))
        return again

    def _title(self, text: str) -> None:
        self.answer.say(f"\n== {text} ==")
