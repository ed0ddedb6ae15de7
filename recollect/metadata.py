"""Metadata as text and back, the same on every store; and what can be a value of metadata or of a filter."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from recollect.errors import UsageError

DEPTH_LIMIT = 100
"""Levels to which filters and metadata may be nested."""
BITS_LIMIT = 1024
"""Bits of the largest whole number."""
SHOWN = 128
"""Characters of a path that an error shows."""


def encode_metadata(metadata: Mapping[str, Any]) -> str:
    """Metadata as JSON, from which `decode_metadata` makes it again; UsageError for what could not be told from it.

    A datetime becomes {"$date": ISO-8601 text in UTC}, and keys that begin with $ get another one. Values are text,
    whole numbers up to 1,024 bits, finite numbers, true, false, None, datetimes, lists and dicts with text for keys.
    """
    if not isinstance(metadata, Mapping):
        raise UsageError(f"metadata {show(metadata)}: expected a dict")
    return json.dumps(_plain(metadata, "metadata", 0), ensure_ascii=False, separators=(",", ":"))


def _plain(raw: object, path: str, depth: int) -> object:
    if depth > DEPTH_LIMIT:
        raise UsageError(f"{path[:SHOWN]}…: nested more than {DEPTH_LIMIT} levels deep")
    if isinstance(raw, Mapping):
        return {_plain_key(key, path): _plain(inner, f"{path}.{key}", depth + 1) for key, inner in raw.items()}
    if isinstance(raw, list):
        return [_plain(element, path, depth + 1) for element in raw]
    if fault := fault_of(raw):
        raise UsageError(f"{path}: {show(raw)}: {fault}, a list or a dict")
    return {"$date": _utc(raw, path).isoformat()} if isinstance(raw, datetime) else raw


def _plain_key(key: object, path: str) -> str:
    if not isinstance(key, str) or fault_of(key):
        raise UsageError(f"{path}: key {show(key)}: expected valid Unicode text")
    return f"${key}" if key.startswith("$") else key


def _utc(at: datetime, path: str) -> datetime:
    try:
        return (at.replace(tzinfo=UTC) if at.utcoffset() is None else at).astimezone(UTC)
    except OverflowError as exc:
        raise UsageError(f"{path}: {show(at)}: expected a time between the years 1 and 9999 in UTC") from exc


def decode_metadata(text: str) -> dict[str, Any]:
    """The metadata that `encode_metadata` wrote; datetimes come back aware, in UTC."""
    plain: dict[str, Any] = from_json(text)
    return _original(plain) if '"$' in text else plain


def _original(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_original(element) for element in plain]
    if not isinstance(plain, dict):
        return plain
    if "$date" in plain:
        return datetime.fromisoformat(plain["$date"])
    return {key[1:] if key.startswith("$") else key: _original(inner) for key, inner in plain.items()}


def fault_of(raw: object) -> str | None:
    """Why this cannot be a value of metadata or of a filter; None if it can."""
    if isinstance(raw, str):
        return None if raw.encode("utf-8", "ignore").decode() == raw else "not valid Unicode text"
    if isinstance(raw, int):
        return None if raw.bit_length() <= BITS_LIMIT else f"a whole number of more than {BITS_LIMIT} bits"
    if isinstance(raw, float):
        return None if math.isfinite(raw) else "expected a finite number"
    if raw is None or isinstance(raw, datetime):
        return None
    return "expected text, a finite number, true or false, None or a datetime"


def show(given: object) -> str:
    """A value and its type, for an error."""
    try:
        return f"{_BRIEF.repr(given)} ({type(given).__name__})"
    except ValueError:  # a whole number with more digits than Python prints
        return f"a value that is too long to show ({type(given).__name__})"


_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxother = 80
