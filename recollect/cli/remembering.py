"""Delivering a transcript to a memory, window by window, and counting what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from recollect.cli.answer import plain
from recollect.cli.transcript import Line, Transcript, Window
from recollect.errors import RecollectError
from recollect.memory import Memory
from recollect.types import Outcome, Receipt, Scope, Source


@dataclass(frozen=True, slots=True)
class Delivered:
    """One window and what remembering it did."""

    window: Window
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Summary:
    """Messages, how many of them were known, and outcomes: by operation as applied, NONE for the rest, and by status."""

    messages: int
    known: int
    operations: dict[str, int]
    statuses: dict[str, int]
    model_calls: int
    input_tokens: int
    output_tokens: int

    @property
    def changed(self) -> bool:
        """Whether anything was new."""
        return self.known < self.messages or "applied" in self.statuses

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {operation}" for operation, count in self.operations.items())
        odd = [f"{count} {name}" for name, count in self.statuses.items() if name not in ("applied", "unchanged")]
        calls = f"; {self.model_calls} model calls, {self.input_tokens} + {self.output_tokens} tokens"
        return (
            f"{self.messages} messages, {self.known} already remembered: {counts}"
            + (f" ({', '.join(odd)})" if odd else "")
            + (calls if self.model_calls else "")
        )


def remember(
    memory: Memory, scope: Scope, transcript: Transcript, advance: Callable[[int, int], None] = lambda *_: None
) -> Iterator[Delivered]:
    """Deliver the windows in order; `advance` is told how many of how many are done. An error says how far it came."""
    done = 0
    for window in transcript.windows:
        try:
            receipt = memory.add([line.message for line in window.lines], scope=scope, idempotency_key=window.key)
        except RecollectError as error:
            error.add_note(f"{done} of {len(transcript)} messages are remembered; run it again to go on")
            raise
        done += len(window.lines)
        advance(done, len(transcript))
        yield Delivered(window, receipt)


def summary(delivered: Sequence[Delivered]) -> Summary:
    """The counts of several windows together."""
    receipts = [one.receipt for one in delivered]
    outcomes = [outcome for receipt in receipts for outcome in receipt.outcomes]
    done = Counter(outcome.operation if outcome.status == "applied" else "NONE" for outcome in outcomes)
    return Summary(
        messages=sum(receipt.messages for receipt in receipts),
        known=sum(receipt.known for receipt in receipts),
        operations={operation: done[operation] for operation in ("ADD", "UPDATE", "DELETE", "NONE")},
        statuses=dict(Counter(outcome.status for outcome in outcomes)),
        model_calls=sum(receipt.model_calls for receipt in receipts),
        input_tokens=sum(receipt.input_tokens for receipt in receipts),
        output_tokens=sum(receipt.output_tokens for receipt in receipts),
    )


def outcomes(delivered: Sequence[Delivered]) -> list[tuple[Outcome, Callable[[Source], Line | None]]]:
    """Every outcome with what finds the message that it rests on."""
    return [(outcome, one.window.said) for one in delivered for outcome in one.receipt.outcomes]


def report(delivered: Sequence[Delivered]) -> dict[str, Any]:
    """The summary and the outcomes for programs; each source with the line, speaker and time of its message."""
    return {**plain(summary(delivered)), "outcomes": [_outcome(*pair) for pair in outcomes(delivered)]}


def _outcome(outcome: Outcome, said: Callable[[Source], Line | None]) -> dict[str, Any]:
    return {**plain(outcome), "sources": [_source(source, said(source)) for source in outcome.sources]}


def _source(source: Source, line: Line | None) -> dict[str, Any]:
    found = {"line": line and line.number, "actor": line and line.turn.actor, "at": line and line.turn.at}
    return {**plain(source), **plain(found)}
