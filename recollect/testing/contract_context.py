"""What every store must do with conversations: what stands beside a memory counts, and only what the scope sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recollect import ranking
from recollect.ports import Beside, Fetch, Named, Query, Search
from recollect.ranking import DATED, Wanted, Weights
from recollect.testing.contract_writing import Faces
from recollect.testing.scene import USER, Opens, Scene, vector
from recollect.types import Hit, Scope, Source

NEAR, FAR = vector(1), vector(0, 1)
"""Of the query, and of nothing that is asked."""


def said(thread: str, position: int) -> tuple[Source, ...]:
    """The source of what was said there."""
    return (Source(key=f"{thread} {position}", quote="", thread=thread, position=position),)


class ContextContract(Faces):
    """The score in context, the same on every store and whatever its index proposed."""

    def test_neighbours_lift_each_other(self, store: Opens, face: str) -> None:
        """Two turns on each side, in the same conversation; the plain score knows nothing of them, `why` says it."""
        scene = Scene(store, face)
        for position, text in enumerate(("one", "two", "three", "green tea", "five", "six", "seven")):
            scene.add(text, vector=NEAR if text == "green tea" else FAR, sources=said("talk", position))
        scene.add("elsewhere", vector=FAR, sources=said("other talk", 2))
        scene.add("nowhere", vector=FAR)
        hits = {hit.record.text: hit for hit in _context(scene, "green tea")}
        assert list(hits) == ["green tea", "five", "six", "three", "two"]
        assert scene.found("green tea", vector=NEAR) == ["green tea"]
        plain = scene.search("green tea", vector=NEAR)[0].score
        excess = plain - ranking.FLOOR
        for text, share in (("five", 0.9), ("six", 0.9 * 0.8), ("three", 0.7), ("two", 0.7 * 0.8)):
            assert abs(hits[text].score - share * excess) < 1e-6
            assert abs(float(hits[text].why["neighbours"]) - share * excess) < 1e-6
        assert abs(hits["green tea"].score - plain) < 1e-6

    def test_a_filter_leaves_the_context(self, store: Opens, face: str) -> None:
        """What does not pass is no hit, and is heard through its neighbours all the same, now and in the past."""
        scene = Scene(store, face)
        scene.add("green tea", vector=NEAR, sources=said("talk", 1), actor="Ann", kind="message")
        scene.add("yes", vector=FAR, sources=said("talk", 2), actor="Bob")
        scene.clock.move(1)
        now = [hit.score for hit in _context(scene, "green tea", filter={"actor_id": "Bob"})]
        then = [hit.score for hit in _context(scene, "green tea", filter={"actor_id": "Bob"}, as_of=scene.clock.now)]
        assert len(now) == 1 and now[0] > 0.5 and abs(now[0] - then[0]) < 1e-6
        assert [hit.score for hit in _context(scene, "green tea", kind="fact")] == now
        assert [hit.score for hit in _context(scene, "green tea", without="message")] == now

    def test_only_what_is_in_view_is_heard(self, store: Opens, face: str) -> None:
        """Neither another user's conversation of the same name, nor another run's, nor what was deleted, nor a question."""
        scene = Scene(store, face)
        run = Scope(user="u", run="r")
        scene.add("well", vector=FAR, sources=said("talk", 2), scope=run)
        other = Scope(user="u", run="other")
        for scope in (Scope(user="v"), Scope(run="r"), other):
            scene.add("green tea?", scope, NEAR, sources=said("talk", 1))
        gone = scene.add("green tea?", run, NEAR, sources=said("talk", 1))
        lifted = [hit.score for hit in _context(scene, "green tea", run) if hit.record.text == "well"]
        assert len(lifted) == 1
        scene.commit(scene.deleting(gone), scope=run)
        assert "well" not in [hit.record.text for hit in _context(scene, "green tea", run)]
        scene.add("green tea", run, NEAR, sources=said("talk", 1))
        answered = [hit.score for hit in _context(scene, "green tea", run) if hit.record.text == "well"]
        assert answered[0] < lifted[0]  # the questions that are left are out of view

    def test_a_fact_stands_where_its_source_does(self, store: Opens, face: str) -> None:
        """That of the version at hand: after an update it is elsewhere."""
        scene = Scene(store, face)
        scene.add("green tea", vector=NEAR, sources=said("talk", 1))
        fact = scene.add("likes it", vector=FAR, sources=said("talk", 2))
        assert [hit.record.text for hit in _context(scene, "green tea")] == ["green tea", "likes it"]
        scene.commit(scene.updating(fact, "likes it no more", sources=said("talk", 9)), vectors=(FAR,))
        assert [hit.record.text for hit in _context(scene, "green tea")] == ["green tea"]
        scene.commit(scene.updating(fact, "likes it again", sources=said("talk", 0)), vectors=(FAR,))
        assert [hit.record.text for hit in _context(scene, "green tea")] == ["green tea", "likes it again"]

    def test_a_thread_goes_on_where_it_ended(self, store: Opens, face: str) -> None:
        """What is new comes behind, as far apart as it was; what the thread has keeps its place; others are not moved."""
        scene = Scene(store, face)

        def tell(thread: str | None, *told: tuple[str, int]) -> dict[str, int | None]:
            changes = [
                scene.adding(text, sources=(Source(key="", quote="", thread=thread, position=position),))
                for text, position in told
            ]
            keys = tuple(text for text, _ in told)
            done = scene.commit(*changes, operation="verbatim", keys=keys, threaded=True)
            return {str(outcome.text): outcome.sources[0].position for outcome in done.outcomes}

        assert tell("talk", ("a", 0), ("b", 1), ("c", 3)) == {"a": 0, "b": 1, "c": 3}
        assert tell("talk", ("d", 0), ("e", 1)) == {"d": 4, "e": 5}
        assert tell("talk", ("c", 0), ("d", 1), ("e", 2), ("f", 3), ("g", 5)) == {
            "c": 3,
            "d": 4,
            "e": 5,
            "f": 6,
            "g": 8,
        }
        assert tell("talk", ("h", 20)) == {"h": 20}
        assert tell("walk", ("i", 0), ("j", 1)) == {"i": 0, "j": 1}
        assert tell(None, ("k", 7)) == {"k": 7}
        scene.add("as it is", sources=said("talk", 2))
        assert {record.text: record.sources[0].position for record in scene.page() if record.sources[0].thread} == {
            "a": 0,
            "b": 1,
            "c": 3,
            "d": 4,
            "e": 5,
            "f": 6,
            "g": 8,
            "h": 20,
            "i": 0,
            "j": 1,
            "as it is": 2,
        }

    def test_what_asks_for_a_time_alone_gets_that_time(self, store: Opens, face: str) -> None:
        """All of it, whatever it is about, and nothing beside it; of whom it was asked counts."""
        scene = Scene(store, face)
        for month in (4, 5):
            for name in ("Ann", "Bob"):
                scene.add(
                    f"{name}'s {month}th tea", vector=NEAR, actor=name, observed_at=datetime(2024, month, 3, tzinfo=UTC)
                )
        wanted = Wanted(speaker="Ann", dates=((("may", "2024"), ()),), dates_only=True)
        anns, bobs = _context(scene, "what happened", wanted=wanted)
        assert (anns.record.text, anns.score, bobs.record.text) == ("Ann's 5th tea", DATED, "Bob's 5th tea")
        assert bobs.score < DATED and set(bobs.why) == {"date", "keyword", "speaker"}

    def test_who_when_and_questions_change_the_score(self, store: Opens, face: str) -> None:
        """Each by its weight, each in `why`, whose parts add up."""
        scene = Scene(store, face)
        day = datetime(2024, 5, 1, tzinfo=UTC)
        scene.add("tea with Ann", vector=NEAR, actor="Ann", observed_at=day)
        scene.add("tea with Bob", vector=NEAR, actor="Bob", observed_at=day)
        scene.add("tea with whom?", vector=NEAR, actor="Ann", observed_at=day)
        scene.add("tea with him yesterday", vector=NEAR, actor="Ann", observed_at=day)
        scene.add("tea with her on 2 May 2024", vector=NEAR, actor="user")
        scene.add("tea with them", vector=NEAR)
        wanted = Wanted(speaker="Ann", when=True, dates=((("may", "2024"), ("1",)),))
        hits = {hit.record.text: hit for hit in _context(scene, "tea", wanted=wanted)}
        priors = {
            text: {name: part for name, part in hit.why.items() if name not in ("keyword", "vector")}
            for text, hit in hits.items()
        }
        assert {text: set(some) for text, some in priors.items()} == {
            "tea with Ann": set(),
            "tea with Bob": {"speaker"},
            "tea with whom?": {"question"},
            "tea with him yesterday": {"when"},
            "tea with her on 2 May 2024": {"date", "when"},
            "tea with them": {"date"},
        }
        for hit in hits.values():
            assert 0 <= hit.score <= 1
            assert abs(sum(part for part in hit.why.values() if isinstance(part, float)) - hit.score) < 1e-9
        plain = {hit.record.text: hit.score for hit in scene.search("tea", vector=NEAR)}
        for text, kept in (("tea with Bob", 0.7), ("tea with whom?", 0.85), ("tea with them", 0.5)):
            assert abs(hits[text].score - kept * plain[text]) < 1e-6

    def test_what_is_new_or_important_gains(self, store: Opens, face: str) -> None:
        """By halves with age, from when it was said, else written; by what its metadata say; nothing where it is off."""
        scene = Scene(store, face)
        now = scene.clock.now
        for n, days in enumerate((40, 20, 10)):
            scene.add(f"tea {n}", vector=NEAR, observed_at=now - timedelta(days=days))
        scene.add("tea now", vector=NEAR)
        scene.add("tea soon", vector=NEAR, observed_at=now + timedelta(days=9))
        scene.add("tea ever", vector=NEAR, observed_at=now - timedelta(days=40), metadata={"importance": 0.5})
        scene.add("tea true", vector=NEAR, observed_at=now - timedelta(days=40), metadata={"importance": True})
        scene.clock.move(1)
        weights = replace(Weights(), recency=0.5, half_life=10.0, importance=0.4)

        def gains(**given: Any) -> dict[str, tuple[float, float]]:
            """What each gained of the way to 1 for either reason."""
            return {hit.record.text: _gains(hit) for hit in _context(scene, "tea", **given)}

        aged = gains(weights=weights, reference=now)
        for text, share in (("0", 1 / 16), ("1", 1 / 4), ("2", 1 / 2), ("now", 1), ("soon", 1), ("true", 1 / 16)):
            assert abs(aged[f"tea {text}"][0] - 0.5 * share) < 1e-6 and not aged[f"tea {text}"][1]
        assert abs(aged["tea ever"][1] - 0.4 * 0.5) < 1e-6
        assert list(aged)[:2] == ["tea now", "tea soon"]
        assert list(gains(weights=weights, reference=now, limit=1)) == ["tea now"]
        assert gains(weights=weights, reference=now, as_of=scene.clock.now) == aged
        later = gains(weights=weights, reference=now + timedelta(days=10))
        assert abs(later["tea now"][0] - 0.25) < 1e-6
        assert set(gains(reference=now).values()) == {(0.0, 0.0)}
        assert {recency for recency, _ in gains(weights=weights).values()} == {0.0}

    def test_hits_come_with_their_vectors(self, store: Opens, face: str) -> None:
        """In their order, None for none, where they are asked for."""
        scene = Scene(store, face)
        scene.add("green tea", vector=NEAR)
        scene.add("tea")
        scene.clock.move(1)
        query = Query("green tea", NEAR)
        search = Search(scope=USER, queries=(query, query), limit=2, vectors=True)
        assert scene.do(search).vectors == ((NEAR, None), (NEAR, None))
        assert scene.do(replace(search, as_of=scene.clock.now)).vectors == ((NEAR, None), (NEAR, None))
        assert scene.do(replace(search, vectors=False)).vectors == ()

    def test_certainty_decides_for_all_hits(self, store: Opens, face: str) -> None:
        """Nothing is found unless one of the first is certain enough; more is asked of nothing else."""
        scene = Scene(store, face)
        scene.add("green tea", vector=NEAR)
        scene.add("black coffee", vector=vector(0.3, 0.9))
        assert scene.found("green tea", vector=NEAR, certainty=0.8) == ["green tea", "black coffee"]
        assert scene.found("red wine from the hills of northern Spain", vector=vector(0.3, 0.9), certainty=0.8) == []
        assert scene.found("red wine from the hills of northern Spain", vector=vector(0.3, 0.9), certainty=0.3) == [
            "black coffee",
            "green tea",
        ]

    def test_names_are_those_of_actors_in_view(self, store: Opens, face: str) -> None:
        """Exactly spelled, of anything current that the scope sees."""
        scene = Scene(store, face)
        long = "n" * 3000
        scene.add("tea", actor="Ann")
        scene.add("tea", actor=long)
        scene.add("coffee", Scope(user="u", run="r"), actor="Rob")
        scene.add("rice", Scope(agent="a"), actor="Al")
        scene.add("rice", Scope(user="v"), actor="Vic")
        gone = scene.add("wine", actor="Gus")
        scene.clock.move(60)
        known = scene.clock()
        scene.clock.move(60)
        scene.commit(scene.deleting(gone))
        names = ("Vic", "Al", "Rob", "Gus", "ann", "Ann", long, long[:-1])
        assert scene.do(Named(scope=USER, names=names)) == ("Rob", "Ann", long)
        assert scene.do(Named(scope=Scope(user="u", agent="a", run="s"), names=names)) == ("Al", "Ann", long)
        assert scene.do(Named(scope=USER, names=())) == ()
        assert scene.do(Named(scope=USER, names=("Ann", "Gus"), as_of=known)) == ("Ann", "Gus")

    def test_a_journal_tells_what_is_at_a_spot(self, store: Opens, face: str) -> None:
        """All that is in view there, by the first source of what it says now."""
        scene = Scene(store, face)
        journal = scene.store.journal  # type: ignore[attr-defined]
        moved = scene.add("moved", sources=said("talk", 1))
        scene.commit(scene.updating(moved, "moved on", sources=said("talk", 2)))
        scene.add("here", sources=said("talk", 1) + said("talk", 3))
        scene.add("there", Scope(user="v"), sources=said("talk", 1))

        def at(*spots: tuple[str, int]) -> list[str]:
            found = journal.do(Beside(scope=USER, spots=frozenset(spots)))
            assert all(heard.spot in {("=u", *spot) for spot in spots} for heard in found.values())
            held = journal.do(Fetch(scope=USER, slices=tuple(found)))
            return sorted(record.text for record, _ in held.values())

        assert at(("talk", 1)) == ["here"]
        assert at(("talk", 1), ("talk", 2)) == ["here", "moved on"]
        assert at(("talk", 3), ("walk", 1)) == []
        assert at(*((f"talk {n}", n) for n in range(2000)), ("talk", 2)) == ["moved on"]


def _context(scene: Scene, text: str, scope: Scope = USER, **given: Any) -> tuple[Hit, ...]:
    return scene.search(text, scope, vector=NEAR, **{"weights": Weights(), **given})


def _gains(hit: Hit) -> tuple[float, float]:
    """Shares of the way to 1 that a hit gained by being new, and then by being important."""
    assert 0 <= hit.score <= 1
    why = {name: part for name, part in hit.why.items() if isinstance(part, float)}
    important, new = why.pop("importance", 0.0), why.pop("recency", 0.0)
    plain = sum(why.values())
    assert abs(plain + new + important - hit.score) < 1e-9
    return new / (plain * (1 - plain)), important / ((plain + new) * (1 - plain - new))
