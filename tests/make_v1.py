"""Makes tests/data/v1.db: a small database of schema version 1. Run it once a version: python -m tests.make_v1"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import START, ManualClock, Scene, vector
from recollect.types import Scope, Source

PATH = Path(__file__).parent / "data" / "v1.db"


def make(path: Path) -> None:
    """A few memories with all that the schema knows: versions, a deletion, an undo, a claim, metadata, sources."""
    clock = ManualClock()
    scene = Scene(lambda _, __: Store(SqliteJournal(path, clock=clock), ScanIndex()), "do", clock)
    source = Source(key="k", quote="I live in Oslo", thread="t", position=0, message_id="1")
    metadata = {"tier": "gold", "since": datetime(2020, 1, 1, tzinfo=UTC)}
    oslo = scene.add("lives in Oslo", vector=vector(1), metadata=metadata, sources=(source,), actor="Ann")
    tea = scene.add("likes tea", vector=vector(0, 1), valid_from=START - timedelta(days=1))
    scene.add("shared by the agent", Scope(agent="a"), vector=vector(0, 0, 1))
    clock.move(60)
    scene.commit(scene.updating(oslo, "lives in Rome", 1, metadata=metadata), vectors=(vector(1, 1),), id="move")
    scene.commit(scene.deleting(tea), id="forget")
    clock.move(60)
    scene.undo("forget")
    scene.begin("owner", "k1", "k2")
    scene.store.close()


if __name__ == "__main__":
    PATH.unlink(missing_ok=True)
    make(PATH)
