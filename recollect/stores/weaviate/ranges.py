"""What is compared by order on the server: the record's own times, and the paths that were declared.

Numbers and times are kept as 64-bit floats. Rounding them keeps their order, so a comparison that takes the bound itself
for enough is true of all that it should be, also beyond 2**53, where not every integer has a float.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from weaviate.classes.query import Filter

from recollect import filters
from recollect.errors import UsageError
from recollect.filters import Path, Test
from recollect.types import digest

_PLAIN = re.compile("[a-z0-9][a-z0-9_]{0,60}")
_ODD = re.compile("[^a-z0-9]+")
_TYPES = {"number": "n", "time": "d"}
_MOST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Range:
    """Values of one type at one path, in a column; in metadata, where there may be several, the least and the most."""

    path: Path
    type: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: a field's own, or one for the least and one for the most."""
        if isinstance(self.path, str):
            return (self.path,)
        return f"least_{_slug(self.path)}", f"most_{_slug(self.path)}"

    @property
    def start(self) -> str:
        """What its tokens begin with."""
        return f"{filters.label(self.path)}={self.type}"

    def told(self, values: Sequence[str]) -> dict[str, float]:
        """What the columns hold for a record whose tokens go on with these."""
        if any(value.startswith("#") for value in values):  # too long to be told
            return dict(zip(self.columns, (-_MOST, _MOST), strict=True))
        numbers = [rounded(float(value[1:])) for value in values]
        return dict(zip(self.columns, (min(numbers), max(numbers)), strict=False))

    def passing(self, test: Test) -> Any:
        """True of every record that passes the test, a comparison at this path."""
        bound = rounded(test.operand[1])
        if test.op in ("gt", "gte"):
            return Filter.by_property(self.columns[-1]).greater_or_equal(bound)
        return Filter.by_property(self.columns[0]).less_or_equal(bound)


OWN = tuple(Range(field, "d") for field in filters.TIMES)


def told(ranged: Mapping[str, Range], tokens: Iterable[str]) -> dict[str, float]:
    """What the columns of these ranges, by their start, hold for a record with these tokens."""
    values: dict[str, list[str]] = {}
    for token in tokens:
        cut = token.find("=") + 2
        if token[:cut] in ranged:
            values.setdefault(token[:cut], []).append(token[cut:])
    return {name: bound for start, some in values.items() for name, bound in ranged[start].told(some).items()}


def rounded(value: float) -> float:
    """The nearest float that is finite, in the order of the values; -0.0, which some hold for less than 0.0, is 0.0."""
    return float(max(-_MOST, min(_MOST, value))) + 0.0


def declared(given: Mapping[str, Literal["number", "time"]]) -> tuple[Range, ...]:
    """The ranges of a declaration; UsageError says what is wrong with it."""
    return tuple(_declared(key, type_) for key, type_ in sorted(given.items()))


def _declared(key: str, type_: str) -> Range:
    path = getattr(filters.parse({key: "*"}), "path", None)
    if not isinstance(path, tuple):
        raise UsageError(f"ranges: {key!r} is no path into metadata; the record's own times are compared anyway")
    if type_ not in _TYPES:
        raise UsageError(f"ranges: {key!r}: {type_!r}: expected 'number' or 'time'")
    return Range(path, _TYPES[type_])


def _slug(path: tuple[str, ...]) -> str:
    """A name that the server takes, another for every path."""
    name = filters.label(path)
    return name if _PLAIN.fullmatch(name) else f"_{_ODD.sub('_', name.lower())[:40]}_{digest(name)[:12]}"
