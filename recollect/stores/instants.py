"""Instants as the stores hold them: microseconds since 1970 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

FOREVER = 1 << 62
"""Still open; never."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """The instant as stored."""
    return (instant - _EPOCH) // _MICROSECOND


def until(moment: datetime | None) -> int:
    """The end of an interval as stored."""
    return FOREVER if moment is None else micros(moment)


@lru_cache(maxsize=4096)
def instant(stored: int) -> datetime:
    """The instant that was stored."""
    return _EPOCH + timedelta(microseconds=stored)


def optional(stored: int | None) -> datetime | None:
    """The instant that was stored, None for none and for never."""
    return None if stored is None or stored == FOREVER else instant(stored)
