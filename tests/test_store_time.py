"""What was known when, and what was true when, against a model of a few lines, on random histories."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from recollect.errors import ConflictError
from recollect.stores.postgres.journal import PostgresJournal
from recollect.stores.scan import ScanIndex
from recollect.stores.sqlite.journal import SqliteJournal
from recollect.stores.store import Store
from recollect.testing.scene import START, ManualClock, Scene
from recollect.types import Change

NAMES = ("m0", "m1", "m2", "m3", "m4")
GRID = tuple(START + timedelta(seconds=10 * step) for step in range(-4, 14))
FOREVER = datetime.max.replace(tzinfo=START.tzinfo)
Interval = tuple[int, str, datetime, datetime]
State = frozenset[Interval]


@dataclass
class Model:
    """Every memory as a set of (version, text, from, to), and all that these sets ever were."""

    states: dict[str, State] = field(default_factory=lambda: dict.fromkeys(NAMES, frozenset()))
    versions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    past: list[tuple[datetime, dict[str, State]]] = field(default_factory=list)
    before: dict[str, dict[str, State]] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)

    def record(self, clock: datetime) -> datetime:
        return max(clock, self.past[-1][0] + timedelta(microseconds=1)) if self.past else clock

    def apply(self, name: str, change: Change, now: datetime) -> None:
        memory, old = str(change.memory), self.states[str(change.memory)]
        if change.operation == "DELETE":
            new: State = frozenset()
        else:
            assert change.draft is not None
            self.versions[memory] += 1
            version, text = self.versions[memory], change.draft.text
            start, end = change.draft.valid_from or now, change.draft.valid_to or FOREVER
            if change.operation == "UPDATE" and change.revision == "correct":
                head = max(old)[0]
                new = frozenset((version, text, *each[2:]) if each[0] == head else each for each in old)
            else:
                kept = {each if each[3] <= start else (*each[:3], start) for each in old if each[2] < start}
                new = frozenset({*kept, (version, text, start, end)})
        self.touch(name, memory, new)

    def touch(self, name: str, memory: str, new: State) -> None:
        self.before.setdefault(name, {}).setdefault(memory, self.states[memory])
        self.states[memory] = new
        self.last[memory] = name

    def undo(self, name: str, target: str) -> bool:
        touched = self.before[target]
        if any(self.last[memory] != target for memory in touched):
            return False
        for memory, state in list(touched.items()):
            self.touch(name, memory, state)
        return True

    def seen(self, as_of: datetime, valid_at: datetime) -> dict[str, tuple[int, str]]:
        known = next((states for at, states in reversed(self.past) if at <= as_of), {})
        return {memory: each[:2] for memory, state in known.items() for each in state if each[2] <= valid_at < each[3]}


class Play:
    """One random history, played on the store and on the model."""

    def __init__(self, scene: Scene, clock: ManualClock, seed: int) -> None:
        self.scene, self.clock, self.model, self.dice = scene, clock, Model(), random.Random(seed)

    def step(self, number: int) -> None:
        self.clock.move(self.dice.choice((-25, 0, 0, 1, 7, 20)))
        now, name = self.model.record(self.clock.now), f"step {number}"
        if self.model.before and self.dice.random() < 0.3:
            self.undo(name)
        else:
            self.change(name, now)
        if name in self.model.before:
            self.model.past.append((now, dict(self.model.states)))

    def undo(self, name: str) -> None:
        target = self.dice.choice(list(self.model.before)[-4:])
        try:
            self.scene.undo(target, name=name)
        except ConflictError:
            assert not self.model.undo(name, target)
        else:
            assert self.model.undo(name, target)

    def change(self, name: str, now: datetime) -> None:
        changes = []
        for _ in range(self.dice.choice((1, 1, 2, 3))):
            change = self.draw(self.dice.choice(NAMES))
            if change is not None:
                self.model.apply(name, change, now)
                changes.append(change)
        if changes:
            committed = self.scene.commit(*changes, id=name)
            assert {outcome.status for outcome in committed.outcomes} == {"applied"}, committed

    def draw(self, memory: str) -> Change | None:
        text = f"text {self.dice.randrange(10**6)}"
        ends = sorted(self.dice.sample(GRID, 2))
        times = self.dice.choice(({}, {"valid_from": ends[0]}, {"valid_from": ends[0], "valid_to": ends[1]}))
        if not self.model.states[memory]:
            return None if self.model.versions[memory] else self.scene.adding(text, memory=memory, **times)
        if self.dice.random() < 0.2 and memory not in ("m0", "m1"):
            return self.scene.deleting(memory)
        return self.scene.updating(memory, text, None, self.dice.choice(("supersede", "correct")), **times)


@pytest.mark.parametrize("seed", range(12))
def test_every_moment_is_seen_as_it_was_known_and_as_it_was(seed: int) -> None:
    """At every recorded instant and every valid time, reading equals the model, also under a clock that steps back."""
    clock = ManualClock()
    compare(Store(SqliteJournal(":memory:", clock=clock), ScanIndex()), clock, seed)


@pytest.mark.parametrize("seed", range(2))
def test_every_moment_is_seen_so_in_postgres(postgres_url: str, seed: int) -> None:
    """The same with the other journal."""
    clock = ManualClock()
    compare(Store(PostgresJournal(postgres_url, clock=clock), ScanIndex()), clock, seed)


def compare(store: Store, clock: ManualClock, seed: int) -> None:
    """Play a history and look at it from everywhere."""
    play = Play(Scene(lambda *_: store, "do", clock), clock, seed)
    for number in range(50):
        play.step(number)
    scene, model = play.scene, play.model
    assert len(model.past) > 15
    for at in [START - timedelta(days=1), *(at for at, _ in model.past)]:
        assert seen(scene, as_of=at) == model.seen(at, at)
        for valid_at in GRID:
            assert seen(scene, as_of=at, valid_at=valid_at) == model.seen(at, valid_at)
    now = max(clock.now, model.past[-1][0])
    assert seen(scene) == model.seen(now, now)
    assert seen(scene, valid_at=GRID[3]) == model.seen(now, GRID[3])
    found = scene.search("text", limit=10, mode="keyword")
    assert {hit.record.id: hit.record.version for hit in found} == {
        memory: version for memory, (version, _) in model.seen(now, now).items()
    }
    store.close()


def seen(scene: Scene, **moment: datetime) -> dict[str, tuple[int, str]]:
    """What the store shows, by reading and by listing alike."""
    page = {record.id: (record.version, record.text) for record in scene.page(**moment)}
    for memory in NAMES:
        record = scene.read(memory, **moment)
        assert page.get(memory) == (record and (record.version, record.text))
    return page
