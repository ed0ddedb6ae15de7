"""The filter language: what a filter means for a record, and what a store may push down of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Everything:
    """The tree that every record passes."""


Tree = Everything
