"""What people see: outcomes, hits, memories and histories as tables, each cell whole whatever the width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from recollect.cli.answer import visible
from recollect.cli.past import Past, Version
from recollect.cli.transcript import Line
from recollect.procedures import rendered
from recollect.types import Event, Hit, Outcome, Record, Source, Status

NARROW = 70
"""Columns of a terminal below which the cells of a row are printed one below the other."""
ID = 8
"""Characters of an id that name a memory among a few thousand."""
_STYLES = {"ADD": "green", "UPDATE": "yellow", "DELETE": "red", "NONE": "dim", "current": "green"}
Said = Callable[[Source], Line | None]


class Rows:
    """A table that becomes a list of cells where the terminal is narrow. The first word of a row may carry a colour."""

    def __init__(self, *headers: str, rows: Iterable[Sequence[str]]) -> None:
        self._headers = headers
        self._rows = [[visible(cell) for cell in row] for row in rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROW:
            yield from (Text("\n".join(filter(None, row)) + "\n", style=_style(row)) for row in self._rows)
            return
        table = Table(*self._headers, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.columns[0].no_wrap = True
        for column in table.columns:
            column.overflow = "fold"  # an id that is cut names nothing
        for row in self._rows:
            table.add_row(Text(row[0], style=_style(row)), *row[1:])
        yield table


def _style(row: Sequence[str]) -> str:
    return _STYLES.get(row[0].split()[0], "") if row[0] else ""


def outcomes(found: Iterable[tuple[Outcome, Said]], zone: tzinfo) -> Rows:
    """What became of each fact, from which words, and why."""
    return Rows(
        "operation",
        "memory",
        "said",
        "why",
        rows=[
            (
                _lines(o.operation, _odd(o.status), o.memory and o.memory[:ID]),
                _lines(*_written(o)),
                _lines(*(_said(source, said(source), zone) for source in o.sources)),
                f"{o.reason} ({o.decider})",
            )
            for o, said in found
        ],
    )


def _odd(status: Status) -> str | None:
    return None if status in ("applied", "unchanged") else status


def _written(outcome: Outcome) -> tuple[str | None, ...]:
    was = f"was: {outcome.previous}" if outcome.previous else None
    if outcome.operation == "DELETE":
        return was, outcome.memory  # the whole id: its beginning no longer leads there
    return outcome.text, was


def _said(source: Source, line: Line | None, zone: tzinfo) -> str:
    return _lines(f"“{source.quote}”", _joined(line.turn.actor, when(line.turn.at, zone)) if line else None)


def hits(found: Iterable[Hit], zone: tzinfo) -> Rows:
    """What a search found, and the parts that its score adds up from."""
    return Rows(
        "score",
        "memory",
        "who, when",
        "why",
        rows=[
            (
                f"{hit.score:.2f}\n{hit.record.id[:ID]}",
                hit.record.text,
                _from(hit.record, zone),
                _why(hit.why),
            )
            for hit in found
        ],
    )


def _why(parts: Mapping[str, float | str]) -> str:
    numbers = " + ".join(f"{name} {part:.2f}" for name, part in parts.items() if not isinstance(part, str))
    return _lines(numbers, *(f"{name}: {part}" for name, part in parts.items() if isinstance(part, str)))


def memories(found: Iterable[Record], zone: tzinfo) -> Rows:
    """Current memories."""
    return Rows("id", "memory", "who, when", rows=[(r.id[:ID], r.text, _from(r, zone)) for r in found])


def _from(record: Record, zone: tzinfo) -> str:
    about = when(record.event_at, zone)
    return _lines(_joined(record.actor, when(record.observed_at, zone)), about and f"about {about}")


def past(found: Past, zone: tzinfo) -> tuple[str | Rows, ...]:
    """All of a memory: its versions, its events and, of a procedure, how it is done by the newest of them."""
    known = found.versions[-1].record.procedure
    whole = (f"{found.id}: {found.state}", versions(found.versions, zone), events(found.events, zone))
    return whole if known is None else (*whole, visible(rendered(known)))


def versions(found: Iterable[Version], zone: tzinfo) -> Rows:
    """The versions of a memory, when each was true, and the words that it comes from."""
    return Rows(
        "version",
        "memory",
        "true",
        "said",
        rows=[
            (
                f"{version.state}\n{version.record.version}",
                version.record.text,
                _lines(f"from {when(version.valid_from, zone)}", _until(version.valid_to, zone)),
                _lines(*(f"“{s.quote}”" for s in version.record.sources if s.quote), _from(version.record, zone)),
            )
            for version in found
        ],
    )


def _until(moment: datetime | None, zone: tzinfo) -> str | None:
    return f"until {when(moment, zone)}" if moment else None


def events(found: Iterable[Event], zone: tzinfo) -> Rows:
    """What happened to a memory, and why."""
    return Rows(
        "operation",
        "version",
        "at",
        "why",
        rows=[
            (
                _lines(event.operation, _odd(event.status)),
                "" if event.version is None else str(event.version),
                when(event.at, zone) or "",
                f"{event.reason} ({event.decider})",
            )
            for event in found
        ],
    )


def counts(found: Mapping[str, Any]) -> Rows:
    """Names and numbers."""
    return Rows("what", "how many", rows=[(name, str(value)) for name, value in found.items()])


def when(moment: datetime | None, zone: tzinfo) -> str | None:
    """A time to the minute."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else None


def _lines(*parts: str | None) -> str:
    return "\n".join(filter(None, parts))


def _joined(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))
