"""The calls of tools in messages, each with its answer, and which of them failed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from recollect.types import Call, Turn

_BEGINNING = 500
"""Characters of an answer that say whether it is an error."""
_NONE = r"(?!(?:\s+\w+){0,3}\s*[:=]\s*(?:0|none)\b)"
_FAILED = re.compile(
    rf"\W*(?:(?:\w+)?(?:error|exception)\b{_NONE}(?!\s+(?:handl|log|list|page|report|rate|count|budget|track)\w*)"
    r"|(?!no )(?:\w+ ){1,3}error:"
    rf"|traceback\b|failed\b{_NONE}|failure\b{_NONE}|fatal\b|invalid\b{_NONE}|denied\b|forbidden\b|unauthori[sz]ed\b"
    r"|(?:http )?[45]\d\d (?:error|not found|forbidden|bad|unauthorized|internal|service|conflict)"
    r"|(?:could not|cannot|can't|unable to)\b)"
    r"|.*\b(?:command not found|permission denied|no such file or directory"
    r"|exit(?:ed)?(?: with)?(?: code| status)?[:=]? ?[1-9])",
    re.IGNORECASE,
)
_EXITS = ("exit_code", "exitcode", "exit_status", "returncode", "return_code")
_ELEMENTS = 1000
"""Elements of lists and mappings in one call that are looked at; the run has all."""


class Made(NamedTuple):
    """A call, the number of its message, from 1, and the tool's answer, None if there was none."""

    message: int
    call: Call
    answer: Turn | None


def calls_in(turns: Sequence[Turn]) -> tuple[Made, ...]:
    """All calls in order. An id that is used again is answered by what comes next."""
    return tuple(
        Made(number, call, next((turn for turn in turns[number:] if call.id and turn.answers == call.id), None))
        for number, turn in enumerate(turns, 1)
        for call in turn.calls
    )


def has_failed(made: Made) -> bool:
    """Whether the answer to a call is an error."""
    return made.answer is not None and (made.answer.failed or _says_failed(made.answer.text))


def _says_failed(text: str) -> bool:
    """Whether an answer is an error: by its first words, or by a field that says so."""
    begun = text.lstrip()[:_BEGINNING]
    if not begun.startswith("{"):
        return _FAILED.match(begun.splitlines()[0] if begun else "") is not None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return _FAILED.match(begun) is not None
    return _tells_failure(told)


def _tells_failure(told: Mapping[str, Any]) -> bool:
    if any(str(told.get(name)).casefold() == "false" for name in ("ok", "success")):
        return True
    if any(str(told.get(name) or 0) != "0" for name in _EXITS):
        return True
    statuses = [str(told.get(name, "")).casefold() for name in ("status", "status_code")]
    if any(each in ("error", "failed", "failure") or re.fullmatch(r"[45]\d\d", each) for each in statuses):
        return True
    errors = told.get("errors")
    return bool(told.get("error")) or (bool(errors) and isinstance(errors, list | dict | str))


def compared(turns: Sequence[Turn]) -> tuple[Made, ...]:
    """Same as `calls_in`, of each call so much as can be compared in no time."""
    return tuple(made._replace(call=_cut(made.call)) for made in calls_in(turns))


def _cut(call: Call) -> Call:
    return replace(call, arguments=_first(call.arguments, iter(range(_ELEMENTS))))


def _first(value: Any, room: Iterator[int]) -> Any:
    """A value with as many of its elements as there is room for."""
    if isinstance(value, Mapping):
        return {key: _first(inner, room) for (key, inner), _ in zip(value.items(), room, strict=False)}
    if isinstance(value, list | tuple):
        return [_first(inner, room) for inner, _ in zip(value, room, strict=False)]
    return value
