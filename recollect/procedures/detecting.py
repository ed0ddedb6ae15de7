"""Whether messages are a run of a task."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recollect.types import Turn

_CALLS = 2
"""Answered calls of tools from which on messages are a run: one alone is a look-up."""
_LINES = 3
_NUMBERED = re.compile(r"^\s*(?:\d{1,3}[.)]|step \d{1,3}\b[:.)]?)\s+\S", re.IGNORECASE | re.MULTILINE)


def task_in(turns: Sequence[Turn]) -> str | None:
    """Why these messages are a run of a task; None if they are not."""
    answered = {turn.answers for turn in turns if turn.answers}
    calls = sum(call.id in answered for turn in turns for call in turn.calls)
    if calls >= _CALLS:
        return f"a run of {calls} calls of tools"
    for turn in turns:
        steps = len(_NUMBERED.findall(turn.text)) if turn.role in ("user", "assistant") else 0
        if steps >= _LINES:
            return f"{steps} numbered steps"
    return None
