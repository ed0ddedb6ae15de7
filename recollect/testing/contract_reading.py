"""What every store must do with questions: reading, paging, searching, and whose memories are seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from recollect.errors import ConflictError, UsageError
from recollect.ports import Fetch, Partitions, Query, Read, Renew, Reset, Search, Trace, Vectors
from recollect.testing.contract_writing import Faces
from recollect.testing.scene import START, USER, Opens, Scene, refused, vector
from recollect.types import ANY, Scope

NAMES = ("a.b@c.de", "one space", "7", "shared", "-", "=", "n" * 300, 'it\'s "quoted"', "a/b\\c", "%_*", "É", "名前")


class ReadingContract(Faces):
    """What is seen, in which order, and how it is found."""

    def test_names_are_exactly_themselves(self, store: Opens, face: str) -> None:
        """Whatever a user, an agent or a run is called, it sees its own memories and no other's."""
        scene = Scene(store, face)
        scopes = [Scope(**{dimension: name}) for name in NAMES for dimension in ("user", "agent", "run")]
        for number, scope in enumerate(scopes):
            scene.add(f"fact {number}", scope)
        for number, scope in enumerate(scopes):
            assert scene.texts(scope) == [f"fact {number}"]
            assert scene.found("fact", scope) == [f"fact {number}"]

    def test_a_scope_sees_what_is_named_or_general(self, store: Opens, face: str) -> None:
        """Naming x means x or none; unnamed is any inside the user, and none among what is shared."""
        scene = Scene(store, face)
        rows = {
            "u": USER,
            "ua": Scope(user="u", agent="a"),
            "ub": Scope(user="u", agent="b"),
            "ur": Scope(user="u", run="r"),
            "a": Scope(agent="a"),
            "b": Scope(agent="b"),
            "r": Scope(run="r"),
            "ar": Scope(agent="a", run="r"),
            "v": Scope(user="v"),
        }
        for text, scope in rows.items():
            scene.add(f"tea {text}", scope)
        for scope, seen in (
            (USER, "u ua ub ur"),
            (Scope(user="u", agent="a"), "a u ua ur"),
            (Scope(user="u", run="r"), "r u ua ub ur"),
            (Scope(user="u", agent="a", run="r"), "a ar r u ua ur"),
            (Scope(agent="a"), "a"),
            (Scope(run="r"), "r"),
            (Scope(agent="a", run="r"), "a ar r"),
            (Scope(user="w", agent="b"), "b"),
            (Scope(user=ANY), "a ar b r u ua ub ur v"),
            (Scope(user=ANY, agent="a"), "a ar r u ua ur v"),
        ):
            texts = [f"tea {text}" for text in seen.split()]
            assert sorted(scene.texts(scope)) == texts, scope
            assert sorted(scene.found("tea", scope)) == texts, scope
        assert sorted(scene.texts(Scope(user="u", agent="a"), own=True)) == ["tea u", "tea ua", "tea ur"]
        assert scene.texts(Scope(user="u", agent="a"), exact=True) == ["tea ua"]
        assert sorted(scene.texts(Scope(agent="a"), exact=True)) == ["tea a", "tea ar"]

    def test_ids_are_read_in_their_order(self, store: Opens, face: str) -> None:
        """None stands for what the scope cannot see; a thousand at once are no trouble."""
        scene = Scene(store, face)
        one, two, other = scene.add("one"), scene.add("two"), scene.add("other", Scope(user="v"))
        ids = (two, "nothing", one, other, two, *(f"none {n}" for n in range(1000)))
        found = scene.do(Read(scope=USER, ids=ids))
        assert [record and record.text for record in found[:5]] == ["two", None, "one", None, "two"]
        assert set(found[5:]) == {None}
        shared = scene.add("shared", Scope(agent="a"))
        both = Scope(user="u", agent="a")
        assert scene.text(shared, both) == "shared"
        assert scene.text(shared, both, own=True) is None

    def test_pages_hold_still_while_memories_change(self, store: Opens, face: str) -> None:
        """Newest first by creation: updates move nothing, and nothing is told twice or left out."""
        scene = Scene(store, face)
        ids = [scene.add(f"fact {n}") for n in range(7)]
        first = scene.page(limit=3)
        assert [record.text for record in first] == ["fact 6", "fact 5", "fact 4"]
        scene.commit(scene.updating(ids[6], "new 6"), scene.updating(ids[1], "new 1"), scene.deleting(ids[2]))
        scene.add("fact 7")
        second = scene.page(limit=3, cursor=first.cursor)
        assert ([record.text for record in second], second.cursor) == (["fact 3", "new 1", "fact 0"], None)
        assert scene.texts(limit=2) == ["fact 7", "new 6"]
        assert scene.page(limit=7).cursor is None
        assert scene.page(Scope(user="nobody")).records == ()

    def test_pages_go_through_several_partitions(self, store: Opens, face: str) -> None:
        """What is shared and what is the user's come in one order."""
        scene = Scene(store, face)
        both = Scope(user="u", agent="a")
        for n in range(6):
            scene.add(f"fact {n}", USER if n % 2 else Scope(agent="a"))
        texts, cursor = [], None
        while True:
            page = scene.page(both, limit=2, cursor=cursor)
            texts += [record.text for record in page]
            if (cursor := page.cursor) is None:
                break
        assert texts == [f"fact {n}" for n in (5, 4, 3, 2, 1, 0)]

    def test_a_page_that_cannot_be_is_refused(self, store: Opens, face: str) -> None:
        """A limit below one and a cursor of nowhere are UsageErrors."""
        scene = Scene(store, face)
        wrong: list[dict[str, Any]] = [{"limit": 0}, {"cursor": "x"}, {"cursor": "9" * 40}, {"cursor": "-1"}]
        for given in wrong:
            with refused(UsageError):
                scene.page(**given)

    def test_filters_choose(self, store: Opens, face: str) -> None:
        """In pages and in searches, over metadata and own fields, exactly as `recollect.filters.evaluate` says."""
        scene = Scene(store, face)
        scene.add("tea one", metadata={"tier": "gold", "n": 1}, actor="Ann")
        scene.add("tea two", metadata={"tier": "gold", "n": 7.0})
        scene.add("tea three", metadata={"tier": "silver"}, actor="Bob")
        cases: tuple[tuple[dict[str, Any], list[str]], ...] = (
            ({"tier": "gold", "n": {"gte": 2}}, ["tea two"]),
            ({"n": 7}, ["tea two"]),
            ({"NOT": {"tier": "gold"}}, ["tea three"]),
            ({"actor_id": "Ann"}, ["tea one"]),
            ({"OR": [{"actor_id": "Bob"}, {"n": 1}]}, ["tea one", "tea three"]),
            ({"tier": "'; DROP TABLE slice;--"}, []),
            ({"missing.path": {"exists": True}}, []),
        )
        for given, texts in cases:
            assert sorted(scene.texts(filter=given)) == texts, given
            assert sorted(scene.found("tea", filter=given)) == texts, given
        scene.commit(scene.updating(scene.page(limit=1).records[0].id, "tea three", metadata={"tier": "gold"}))
        assert len(scene.texts(filter={"tier": "gold"})) == 3

    def test_the_three_modes_score_by_words_by_vector_and_by_both(self, store: Opens, face: str) -> None:
        """Scores lie in [0, 1] and are told apart in `why`; without a vector the words stand alone."""
        scene = Scene(store, face)
        scene.add("green tea", vector=vector(1, 0))
        scene.add("black coffee", vector=vector(0.9, 0.4))
        scene.add("tea without vector")
        asked: dict[str, Any] = {"vector": vector(0.9, 0.4)}
        assert scene.found("tea", **asked, mode="vector") == ["black coffee", "green tea"]
        assert sorted(scene.found("tea", mode="keyword")) == ["green tea", "tea without vector"]
        hits = {hit.record.text: hit for hit in scene.search("tea", **asked)}
        assert set(hits) == {"green tea", "black coffee", "tea without vector"}
        for hit in hits.values():
            assert 0 <= hit.score <= 1
            assert abs(sum(part for part in hit.why.values() if isinstance(part, float)) - hit.score) < 1e-9
        both = hits["green tea"].why
        assert isinstance(both["vector"], float) and isinstance(both["keyword"], float)
        assert isinstance(hits["tea without vector"].why["vector"], str)

    def test_a_search_ends_at_its_limit_and_its_threshold(self, store: Opens, face: str) -> None:
        """Equal scores stand in the order of creation; nothing below the threshold is told."""
        scene = Scene(store, face)
        for _ in range(5):
            scene.add("green tea", vector=vector(1))
        scene.add("red wine", vector=vector(0.6, 0.8))
        hits = scene.search("green tea", vector=vector(1), limit=3)
        assert [hit.record.id for hit in hits] == [record.id for record in reversed(scene.page().records)][:3]
        assert scene.found("x", vector=vector(1), mode="vector", threshold=0.55) == ["green tea"] * 5 + ["red wine"]
        assert scene.found("x", vector=vector(1), mode="vector", threshold=0.65) == ["green tea"] * 5
        assert scene.found("x", vector=vector(-1), mode="vector") == []

    def test_a_filter_is_searched_to_the_end(self, store: Opens, face: str) -> None:
        """The one memory that passes is found behind any number of better ones that do not."""
        scene = Scene(store, face)
        changes = [scene.adding("green tea", metadata={"n": n}) for n in range(60)]
        scene.commit(*changes, vectors=(vector(1),) * 60)
        scene.add("tea, black", vector=vector(0.5, 0.9), metadata={"n": -1})
        assert scene.found("green tea", vector=vector(1), filter={"n": {"lt": 0}}, limit=2) == ["tea, black"]

    def test_several_queries_are_answered_apart(self, store: Opens, face: str) -> None:
        """One list of hits a query, and the sequence number of the own partition."""
        scene = Scene(store, face)
        scene.add("tea", vector=vector(1))
        scene.add("rice", vector=vector(0, 1))
        queries = (Query("tea"), Query("", vector(0, 1)), Query("nothing at all"))
        found = scene.do(Search(scope=USER, queries=queries, limit=1))
        assert [[hit.record.text for hit in hits] for hits in found.hits] == [["tea"], ["rice"], []]
        assert found.seq == 2

    def test_own_leaves_out_what_is_shared(self, store: Opens, face: str) -> None:
        """A search to write by sees only the partition that is written to."""
        scene = Scene(store, face)
        scene.add("shared tea", Scope(agent="a"))
        scene.add("own tea")
        both = Scope(user="u", agent="a")
        assert sorted(scene.found("tea", both)) == ["own tea", "shared tea"]
        assert scene.found("tea", both, own=True) == ["own tea"]

    def test_the_next_search_sees_what_was_written(self, store: Opens, face: str) -> None:
        """Additions, updates and deletions, one's own and those of another opening of the same store."""
        self._needs_sharing()
        scene = Scene(store, face)
        other = scene.again()
        memory = scene.add("green tea", vector=vector(1))
        assert other.found("tea coffee", vector=vector(1)) == ["green tea"]
        for number in range(100):  # often enough for an index to be tidied up
            other.commit(other.updating(memory, f"coffee {number}"), vectors=(vector(0, 1),))
            assert scene.found("coffee") == other.found("coffee") == [f"coffee {number}"]
        assert scene.found("tea", vector=vector(1), mode="vector") == []
        other.commit(other.deleting(memory))
        assert scene.found("coffee") == other.found("coffee") == []

    def test_the_past_is_searched_as_it_was_known_and_as_it_was(self, store: Opens, face: str) -> None:
        """`as_of` and `valid_at` reach what the present no longer shows."""
        scene = Scene(store, face)
        memory = scene.add("lives in Oslo")
        at = scene.clock.move(100)
        scene.commit(scene.updating(memory, "lives in Rome", valid_from=START + timedelta(seconds=50)))
        assert scene.found("lives") == ["lives in Rome"]
        assert scene.found("lives", as_of=at - timedelta(seconds=1)) == ["lives in Oslo"]
        assert scene.found("lives", valid_at=START + timedelta(seconds=49)) == ["lives in Oslo"]
        assert scene.found("lives", as_of=START - timedelta(seconds=1)) == []
        assert scene.texts(as_of=at - timedelta(seconds=1)) == ["lives in Oslo"]

    def test_what_was_replaced_is_seen_only_in_its_time(self, store: Opens, face: str) -> None:
        """By reading, pages and search alike: never as the present, but as known or as true at a moment."""
        scene = Scene(store, face)
        memory = scene.add("lives in Oslo", vector=vector(1), valid_from=START)
        scene.clock.move(100)
        moved = START + timedelta(seconds=50)
        scene.commit(scene.updating(memory, "lives in Rome", valid_from=moved), vectors=(vector(1),))
        scene.clock.move(100)
        scene.commit(scene.updating(memory, "lives in Bern", revision="correct"), vectors=(vector(1),))
        scene.clock.move(100)
        scene.commit(scene.deleting(memory))

        def seen(**given: Any) -> list[str]:
            found = scene.found("lives", vector=vector(1), **given)
            assert found == scene.texts(**given)
            assert found == [text for text in [scene.text(memory, **given)] if text is not None]
            return found

        def at(seconds: float) -> datetime:
            return START + timedelta(seconds=seconds)

        assert seen() == seen(valid_at=at(40)) == seen(valid_at=at(400)) == seen(as_of=at(-1)) == []
        assert seen(as_of=at(99)) == seen(as_of=at(199), valid_at=at(49)) == ["lives in Oslo"]
        assert seen(as_of=at(199)) == seen(as_of=at(199), valid_at=at(50)) == ["lives in Rome"]
        assert seen(as_of=at(299)) == seen(as_of=at(299), valid_at=at(50)) == ["lives in Bern"]
        assert seen(as_of=at(299), valid_at=at(49)) == ["lives in Oslo"]
        assert seen(as_of=at(99), valid_at=at(-1)) == []

    def test_what_expired_or_is_not_valid_yet_is_not_seen(self, store: Opens, face: str) -> None:
        """By reading, by pages and by search, before and after the moment."""
        scene = Scene(store, face)
        scene.add("tea for now", expires_at=START + timedelta(seconds=10))
        scene.add("tea later", valid_from=START + timedelta(seconds=10))
        scene.add("tea meanwhile", valid_to=START + timedelta(seconds=10))
        assert sorted(scene.texts()) == sorted(scene.found("tea")) == ["tea for now", "tea meanwhile"]
        scene.clock.move(10)
        assert scene.texts() == scene.found("tea") == ["tea later"]

    def test_own_writes_are_seen_although_the_clock_stepped_back(self, store: Opens, face: str) -> None:
        """The present of a partition is never before its last write."""
        scene = Scene(store, face)
        scene.add("tea before")
        scene.clock.move(-3600)
        memory = scene.add("tea after")
        assert sorted(scene.texts()) == sorted(scene.found("tea")) == ["tea after", "tea before"]
        found = scene.read(memory)
        assert found is not None and found.created_at > START

    def test_an_index_can_follow(self, store: Opens, face: str) -> None:
        """The journal tells which slices were opened and closed since, and hands out what the scope may see of them."""
        scene = Scene(store, face)
        journal = scene.store.journal  # type: ignore[attr-defined]
        tea = scene.add("tea", vector=vector(1), actor="Ann", event_at=datetime(2024, 5, 1, tzinfo=UTC))
        first = journal.do(Vectors(USER.partition, 0))
        ((entry,), seq) = (first.opened, first.seq)
        assert (entry.text, entry.actor, entry.observed_at, entry.vector) == ("tea", "Ann", None, vector(1))
        assert datetime.fromtimestamp(entry.event_at / 1e6, UTC) == datetime(2024, 5, 1, tzinfo=UTC)
        assert journal.do(Vectors(USER.partition, seq)).opened == ()
        scene.commit(scene.updating(tea, "coffee"))
        then = journal.do(Vectors(USER.partition, seq))
        assert (sorted(each.text for each in then.opened), then.closed) == (["coffee"], (entry.slice,))
        sids = (entry.slice, then.opened[0].slice)
        assert [r.text for r, _ in journal.do(Fetch(scope=USER, slices=sids)).values()] == ["coffee"]
        assert journal.do(Fetch(scope=Scope(user="v"), slices=sids)) == {}
        tokens = journal.do(Vectors(USER.partition, 0, tokens=True)).tokens
        assert {sid: "kind=s:fact" in of for sid, of in tokens.items()} == {sids[1]: True}
        assert len(journal.do(Fetch(scope=USER, slices=None))) == 1

    def test_a_journal_can_be_told_from_its_copies(self, store: Opens, face: str) -> None:
        """It has an id, knows the moment of every sequence number it gave out, and lists its partitions."""
        scene = Scene(store, face)
        journal = scene.store.journal  # type: ignore[attr-defined]
        scene.add("tea", Scope(agent="a"))
        scene.add("tea")
        scene.clock.move(1)
        scene.add("coffee")
        first, second, unknown = (journal.do(Trace(USER.partition, seq)) for seq in (1, 2, 3))
        assert (first.at, second.at, unknown.at) == (1772366400000000, 1772366401000000, None)
        assert first.journal and {first.journal} == {second.journal, unknown.journal}
        assert first.epoch == journal.do(Vectors(USER.partition, 0)).epoch
        assert journal.do(Partitions()) == ("-", USER.partition)
        journal.do(Renew(first.epoch))
        assert journal.do(Trace(USER.partition, 1)).epoch > first.epoch
        with refused(ConflictError):
            journal.do(Renew(first.epoch))
        scene.do(Reset())
        assert journal.do(Partitions()) == ()
        assert journal.do(Trace(USER.partition, 1)).epoch > first.epoch
