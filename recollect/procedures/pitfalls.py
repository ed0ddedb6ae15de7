"""Pitfalls of a procedure: what failed and what worked then, which of them are the same, and which are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

PITFALLS = 8
"""How many a procedure keeps."""
_FAILED, _WORKED = ' failed: "', '"; what worked: '
_DIGITS = re.compile(r"\d+")


def pitfall(call: str, said: str, remedy: str = "") -> str:
    """A call that failed, what the tool said, and what worked then if anything did."""
    said = said.replace('"', "'")  # what a tool says ends where the quote does
    return f"{call}{_FAILED}{said}" + (f"{_WORKED}{remedy}" if remedy else '"')


def kept(pitfalls: Sequence[str], parameters: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The latest of those that differ in more than values; failures without a remedy are the first to go.

    A failure for which a remedy is known does not stand without it.
    """
    mask = _mask(parameters)
    latest: dict[str, str] = {}
    for text in pitfalls:
        latest.pop(mask(text), None)
        latest[mask(text)] = text
    remedied = {mask(_failure(text)) for text in latest.values() if _failure(text) != text}
    left = [text for key, text in latest.items() if key not in remedied]
    bare = [text for text in left if _FAILED in text and _failure(text) == text]
    spare = set(bare[: max(len(left) - PITFALLS, 0)])
    return tuple(text for text in left if text not in spare)[-PITFALLS:]


def _failure(text: str) -> str:
    """A pitfall without its remedy."""
    failure, remedied, _ = text.partition(_WORKED)
    return f'{failure}"' if remedied else text


def _mask(parameters: Mapping[str, Sequence[str]]) -> Callable[[str], str]:
    """Puts the name of its parameter for every value, and one sign for every number."""
    names = {f"{{{name}}}".casefold(): name for name in parameters}
    names |= {value.casefold(): name for name, seen in parameters.items() for value in seen if len(value) > 1}
    known = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or r"(?!)")
    return lambda text: _DIGITS.sub("_", known.sub(lambda found: f"{{{names[found[0]]}}}", text.casefold()))
