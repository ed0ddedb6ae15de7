"""Fixtures that several files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recollect import Memory
from tests.toy import Call, Toy, async_call, sync_call


@pytest.fixture
def memory() -> Iterator[Memory]:
    """An empty memory with the toy reasoner."""
    with Memory(":memory:", reasoner=Toy()) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a database can be made."""
    return str(tmp_path / "memory.db")


@pytest.fixture(params=[sync_call, async_call], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Call:
    """Calls a method of Memory on one of its faces."""
    chosen: Call = request.param
    return chosen
