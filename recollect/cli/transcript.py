"""A conversation in a file: one JSON object a line, read and checked as a whole, delivered in windows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import Any

from recollect.errors import MessageError, UsageError
from recollect.messages import turns
from recollect.types import Source, Turn, digest

WINDOW = 20
"""Messages in one window at most."""
PAUSE = timedelta(hours=4)
"""After so long a silence a new window begins."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message of the file, as it is delivered and as it is understood."""

    number: int
    message: Mapping[str, Any]
    turn: Turn


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring messages, delivered in one call. `key` names them by content and place, whatever they lack."""

    lines: tuple[Line, ...]
    key: str

    def said(self, source: Source) -> Line | None:
        """The message that a source quotes, if it is one of these."""
        there = self.lines[source.position : source.position + 1] if source.position is not None else ()
        for line in (*there, *self.lines):
            if line.turn.message_id == source.message_id and source.quote in line.turn.text:
                return line
        return None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The messages of a file in windows, and the questions that it brings along."""

    windows: tuple[Window, ...]
    questions: tuple[str, ...]

    def __len__(self) -> int:
        return sum(len(window.lines) for window in self.windows)


def read(file: str, tz: tzinfo) -> Transcript:
    """The conversation in a file, or on standard input for "-".

    Blank lines are passed over. Raises MessageError for the first line that is neither a message nor a question.
    """
    name = "standard input" if file == "-" else file
    lines: list[Line] = []
    questions: list[str] = []
    written = [(number, line) for number, line in enumerate(_bytes(file).split(b"\n"), 1) if line.strip()]
    for number, line in written:
        entry = _entry(line, f"{name}, line {number}")
        if set(entry) == {"question"} and isinstance(entry["question"], str):
            questions.append(entry["question"])
        else:
            lines.append(Line(number, entry, _turn(entry, tz, f"{name}, line {number}")))
    if not lines:
        raise MessageError(f"{name} holds no messages: expected one a line, as JSON with role and content")
    key = digest(*(line.strip().decode() for _, line in written))
    return Transcript(tuple(_windows(lines, key)), tuple(questions))


def _bytes(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as exc:
        raise UsageError(f"{file} cannot be read: {exc.strerror}") from exc
    return data.removeprefix(b"\xef\xbb\xbf")


def _entry(line: bytes, where: str) -> dict[str, Any]:
    try:
        entry = json.loads(line.decode())
    except (ValueError, RecursionError) as exc:
        raise MessageError(f"{where} is not JSON: {exc}") from exc
    if not isinstance(entry, dict):
        raise MessageError(f"{where} is not an object: expected role and content, optionally name, timestamp, id")
    return entry


def _turn(message: Mapping[str, Any], tz: tzinfo, where: str) -> Turn:
    try:
        return turns(message, tz=tz)[0]
    except MessageError as exc:
        raise MessageError(str(exc).replace("message 0", where, 1)) from exc


def _windows(lines: Sequence[Line], key: str) -> Iterator[Window]:
    start = 0
    ends = [n for n, (one, next_) in enumerate(pairwise(lines), 1) if _paused(one.turn, next_.turn)]
    for end in (*ends, len(lines)):
        for first in range(start, end, WINDOW):
            yield Window(tuple(lines[first : min(first + WINDOW, end)]), digest(key, str(first)))
        start = end


def _paused(one: Turn, next_: Turn) -> bool:
    return one.at is not None and next_.at is not None and next_.at - one.at >= PAUSE
