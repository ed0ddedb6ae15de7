"""A new SQLite file that is there at once, when all is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from recollect.errors import StoreError
from recollect.stores.sqlite.connection import Database


@contextmanager
def staged(path: str) -> Iterator[Database]:
    """A database that takes the place of `path` when the block ends, and is `<path>.partial` before; it stays on errors."""
    if os.path.exists(path):
        raise StoreError(f"{path} exists already: choose another path")
    database = Database(f"{path}.partial")
    try:
        yield database
    finally:
        database.close()
    os.replace(f"{path}.partial", path)
