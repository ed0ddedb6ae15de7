"""What every store must do with change sets: commit, conflict, undo, the audit, and models."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from recollect.errors import (
    ConflictError,
    EmbeddingMismatchError,
    NotFoundError,
    ScopeError,
    StoreClosedError,
    UsageError,
    VectorError,
)
from recollect.ports import Backlog, Bind, Erase, Erased, Reembed, Reset, Stats
from recollect.testing.scene import DIMS, START, USER, Opens, Scene, refused, vector
from recollect.types import ANY, Draft, Scope, Source

SECOND = timedelta(seconds=1)


class Faces:
    """Runs every test that takes a `face` over both faces of a store."""

    shared = True

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Give each test both faces."""
        if "face" in metafunc.fixturenames:
            metafunc.parametrize("face", ["do", "ado"])

    def _needs_sharing(self) -> None:
        if not self.shared:
            import pytest

            pytest.skip("this store lives in one place only")


class WritingContract(Faces):
    """Change sets are applied whole or not at all, once, and can be brought back."""

    def test_a_memory_comes_back_as_it_was_written(self, store: Opens, face: str) -> None:
        """Every field survives, also years 1500 and 9999, quotes, emoji, and times in metadata."""
        scene = Scene(store, face)
        draft: dict[str, Any] = {
            "kind": "procedure",
            "actor": "Zoë",
            "role": "assistant",
            "metadata": {
                "when": datetime(1500, 1, 1, tzinfo=UTC),
                "$odd": [1, 2.5, None, {"deep": "'\";--"}],
                "0": True,
            },
            "category": "home",
            "sensitivity": "secret",
            "trust": "tool",
            "confidence": 0.25,
            "sources": (Source(key="k", quote="a 'quote'", thread="t", position=3, message_id="m"),),
            "derived_from": ("one", "two"),
            "provenance": Scope(user="u", agent="-", run="r"),
            "observed_at": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            "event_at": datetime(1500, 2, 3, 4, 5, 6, 7, tzinfo=UTC),
            "valid_from": datetime(1500, 1, 1, tzinfo=UTC),
            "valid_to": datetime(9999, 1, 1, tzinfo=UTC),
            "expires_at": datetime(9998, 1, 1, tzinfo=UTC),
        }
        text = "Robert'); DROP TABLE slice;-- \U0001f600 \u2028 %_\\"
        found = scene.read(scene.add(text, Scope(user="u", run="r"), **draft), Scope(user="u", run="r"))
        assert found is not None
        assert {name: getattr(found, name) for name in draft} == draft
        assert (found.text, found.scope, found.version) == (text, Scope(user="u", run="r"), 1)
        assert found.created_at == found.updated_at == START
        assert type(found.metadata["0"]) is bool

    def test_a_memory_is_valid_from_now_on_unless_it_says_otherwise(self, store: Opens, face: str) -> None:
        """A start that is not before the end counts as not known."""
        scene = Scene(store, face)
        assert getattr(scene.read(scene.add("plain")), "valid_from", None) == START
        past = scene.add("until 2019", valid_to=datetime(2019, 1, 1, tzinfo=UTC))
        assert scene.text(past) is None
        assert scene.text(past, valid_at=datetime(2018, 1, 1, tzinfo=UTC)) == "until 2019"

    def test_an_update_supersedes_what_was_true_until_then(self, store: Opens, face: str) -> None:
        """The earlier version ends when the new one begins, in event time; both stay in the history."""
        scene = Scene(store, face)
        memory = scene.add("Oslo")
        moved = scene.clock.move(100)
        committed = scene.commit(scene.updating(memory, "Paris", seen=1, valid_from=START + 50 * SECOND))
        (outcome,) = committed.outcomes
        assert (outcome.operation, outcome.version, outcome.text, outcome.previous) == ("UPDATE", 2, "Paris", "Oslo")
        assert scene.text(memory) == "Paris"
        assert scene.text(memory, valid_at=START + 49 * SECOND) == "Oslo"
        assert scene.text(memory, valid_at=START + 50 * SECOND) == "Paris"
        assert scene.text(memory, as_of=moved - SECOND) == "Oslo"
        found = scene.read(memory)
        assert found is not None and (found.created_at, found.updated_at) == (START, moved)
        assert [known.record.version for known in scene.log(memory).slices] == [1, 1, 2]

    def test_a_correction_takes_the_place_of_what_was_wrong(self, store: Opens, face: str) -> None:
        """The interval stays; as of before, the wrong version is what was known."""
        scene = Scene(store, face)
        memory = scene.add("Bergen", valid_from=START - 9 * SECOND)
        scene.clock.move(10)
        scene.commit(scene.updating(memory, "Oslo", revision="correct"))
        assert scene.text(memory, valid_at=START - 9 * SECOND) == "Oslo"
        assert scene.text(memory, as_of=START) == "Bergen"
        assert scene.text(memory, as_of=START, valid_at=START - 10 * SECOND) is None

    def test_a_deletion_ends_a_memory_but_not_its_history(self, store: Opens, face: str) -> None:
        """It is gone from every present view, and what was known before it stays known."""
        scene = Scene(store, face)
        memory = scene.add("tea", vector=vector(1))
        scene.clock.move(1)
        (outcome,) = scene.commit(scene.deleting(memory, seen=1)).outcomes
        assert (outcome.operation, outcome.version, outcome.previous) == ("DELETE", 1, "tea")
        assert scene.read(memory) is None
        assert scene.texts() == scene.found("tea") == []
        assert scene.text(memory, as_of=START) == "tea"
        assert [event.operation for event in scene.log(memory).events] == ["ADD", "DELETE"]

    def test_every_change_ends_in_one_outcome_and_one_event(self, store: Opens, face: str) -> None:
        """In their order, with sequence numbers that follow each other; NONE writes its event alone."""
        scene = Scene(store, face)
        memory = scene.add("tea")
        changes = (
            scene.leaving(memory=memory),
            scene.adding("rice"),
            scene.leaving("rejected"),
            scene.deleting(memory),
        )
        committed = scene.commit(*changes, principal="p", model="m", prompt="q")
        assert [o.status for o in committed.outcomes] == ["unchanged", "applied", "rejected", "applied"]
        events = scene.feed(after=1)
        assert [event.seq for event in events] == [2, 3, 4, 5]
        assert [event.operation for event in events] == ["NONE", "ADD", "NONE", "DELETE"]
        assert {(event.principal, event.model, event.prompt) for event in events} == {("p", "m", "q")}
        assert [event.memory for event in events] == [memory, changes[1].memory, None, memory]
        assert scene.seq() == 5

    def test_a_change_set_is_applied_once(self, store: Opens, face: str) -> None:
        """The same change set again answers the first outcomes and writes nothing."""
        scene = Scene(store, face)
        tea, rice = scene.add("tea"), scene.add("rice")
        changes = (scene.adding("Oslo"), scene.updating(tea, "coffee"), scene.deleting(rice), scene.leaving())
        first = scene.commit(*changes, id="once")
        written = scene.written()
        scene.clock.move(5)
        assert scene.commit(*changes, id="once") == first
        assert scene.written() == written

    def test_old_sight_is_a_conflict_that_writes_nothing(self, store: Opens, face: str) -> None:
        """A target whose version moved stops the whole change set."""
        scene = Scene(store, face)
        memory = scene.add("one")
        scene.commit(scene.updating(memory, "two"))
        written = scene.written()
        committed = scene.commit(
            scene.adding("new"), scene.updating(memory, "three", seen=1), scene.deleting("nothing")
        )
        assert (committed.outcomes, committed.conflicts) == ((), (1, 2))
        assert scene.written() == written
        assert scene.commit(scene.updating(memory, "three", seen=2)).outcomes[0].status == "applied"

    def test_partial_applies_what_does_not_conflict(self, store: Opens, face: str) -> None:
        """The conflicted changes become outcomes."""
        scene = Scene(store, face)
        changes = (scene.adding("new"), scene.updating("nothing", "x", seen=1))
        committed = scene.commit(*changes, partial=True)
        assert [outcome.status for outcome in committed.outcomes] == ["applied", "conflicted"]
        assert scene.texts() == ["new"]

    def test_what_the_set_itself_touched_is_seen(self, store: Opens, face: str) -> None:
        """A later change builds on an earlier one; after a deletion there is nothing to build on."""
        scene = Scene(store, face)
        added = scene.adding("one")
        memory = str(added.memory)
        scene.commit(added, scene.updating(memory, "two", seen=1), scene.updating(memory, "three", seen=1))
        assert scene.text(memory) == "three"
        assert scene.commit(scene.deleting(memory), scene.updating(memory, "four")).conflicts == (1,)
        assert scene.commit(added).conflicts == (0,)

    def test_a_twin_added_meanwhile_is_a_conflict(self, store: Opens, face: str) -> None:
        """The same text, or nearly the same by vector and words, in the same place, after what was read."""
        scene = Scene(store, face)
        seen = scene.seq()
        scene.add("Likes green tea.", vector=vector(1, 0.01))

        def twin(text: str, vec: bytes | None = None, scope: Scope = USER, read_seq: int | None = seen) -> bool:
            change = scene.adding(text, scope)
            return bool(scene.commit(change, vectors=(vec,), read_seq=read_seq, scope=scope).conflicts)

        assert twin("likes  GREEN tea")
        assert twin("likes the green tea", vector(1))
        assert not twin("does not like green tea", vector(1))
        assert not twin("likes green tea", scope=Scope(user="u", run="r"))
        assert not twin("likes green tea", read_seq=scene.seq())
        assert not twin("likes green tea", read_seq=None)

    def test_a_version_planned_for_later_is_not_overwritten_unseen(self, store: Opens, face: str) -> None:
        """Whoever read before another writer moved a memory, even in the future, has to decide again."""
        scene = Scene(store, face)
        memory = scene.add("works in Oslo")
        seen = scene.seq()
        scene.commit(scene.updating(memory, "works in Rome", seen=1, valid_from=START + 99 * SECOND))
        assert scene.commit(scene.updating(memory, "works in Kyiv", seen=1), read_seq=seen).conflicts == (0,)
        assert scene.commit(scene.updating(memory, "works in Kyiv", seen=1)).outcomes[0].status == "applied"

    def test_only_its_own_scope_changes_a_memory(self, store: Opens, face: str) -> None:
        """Another user, agent or run meets nothing, also under the same id."""
        scene = Scene(store, face)
        memory = scene.add("mine", Scope(user="u", agent="a"))
        for scope in (Scope(user="v"), Scope(user="u", agent="b"), Scope(agent="a")):
            step = scene.updating(memory, "stolen", scope=scope)
            assert scene.commit(step, scope=scope).conflicts == (0,)
            assert scene.commit(scene.deleting(memory), scope=scope).conflicts == (0,)
        other = scene.commit(scene.adding("theirs", Scope(user="v"), memory), scope=Scope(user="v"))
        assert other.outcomes[0].status == "applied"
        assert scene.text(memory) == "mine"
        assert scene.text(memory, Scope(user="v")) == "theirs"
        assert len(scene.log(memory).slices) == len(scene.log(memory, Scope(user="v")).slices) == 1

    def test_a_change_set_belongs_to_its_user(self, store: Opens, face: str) -> None:
        """The same name under another user is another change set, and no draft leaves the partition."""
        scene = Scene(store, face)
        scene.commit(scene.adding("mine"), id="same")
        theirs = scene.commit(scene.adding("theirs", Scope(user="v")), id="same", scope=Scope(user="v"))
        assert [outcome.text for outcome in theirs.outcomes] == ["theirs"]
        with refused(ScopeError):
            scene.commit(scene.adding("astray", Scope(user="v")))
        with refused(ScopeError):
            scene.commit(scene.leaving(), scope=Scope(user=ANY))

    def test_kept_messages_are_kept_once(self, store: Opens, face: str) -> None:
        """The keys of an operation without claims go into the log with its rows; overlapping deliveries skip them."""
        scene = Scene(store, face)
        source = (Source(key="", quote="", message_id="1"),)

        def keep(*names: str) -> list[str]:
            changes = [scene.adding(name, kind="message", sources=source) for name in names]
            return [o.status for o in scene.commit(*changes, operation="verbatim", keys=names).outcomes]

        assert keep("a", "b") == ["applied", "applied"]
        assert keep("b", "c") == ["unchanged", "applied"]
        assert sorted(scene.texts()) == ["a", "b", "c"]
        (key,) = {source.key for record in scene.page(limit=1) for source in record.sources}
        assert scene.texts(sources=(key,)) == ["c"]

    def test_undo_brings_back_what_was(self, store: Opens, face: str) -> None:
        """As new slices: what was known in between stays known; undoing the undo leads back again."""
        scene = Scene(store, face)
        tea, rice = scene.add("tea", vector=vector(1)), scene.add("rice")
        scene.clock.move(1)
        oslo = scene.adding("Oslo")
        scene.commit(scene.updating(tea, "coffee"), scene.deleting(rice), oslo, id="wrong")
        at = scene.clock.move(1)
        outcomes = scene.undo("wrong", name="back").outcomes
        assert [outcome.operation for outcome in outcomes] == ["UPDATE", "ADD", "DELETE"]
        assert sorted(scene.texts()) == ["rice", "tea"]
        assert scene.found("", vector=vector(1), mode="vector") == ["tea"]
        assert sorted(scene.texts(as_of=at - SECOND)) == ["Oslo", "coffee"]
        assert scene.undo("wrong", name="back").outcomes == outcomes
        scene.undo("back")
        assert sorted(scene.texts()) == ["Oslo", "coffee"]

    def test_undo_is_refused_where_a_memory_has_moved_since(self, store: Opens, face: str) -> None:
        """The error carries the memory as it is; nothing is undone, and unknown change sets are not found."""
        scene = Scene(store, face)
        tea, rice = scene.add("tea"), scene.add("rice")
        scene.commit(scene.deleting(rice), scene.updating(tea, "coffee"), id="first")
        scene.commit(scene.updating(tea, "milk"))
        with refused(ConflictError) as caught:
            scene.undo("first")
        assert caught.error.current.text == "milk"
        assert scene.texts() == ["milk"]
        for target, scope in (("nothing", USER), ("first", Scope(user="v")), ("first", Scope(agent="a"))):
            with refused(NotFoundError):
                scene.undo(target, scope)

    def test_undo_stays_inside_the_scope(self, store: Opens, face: str) -> None:
        """Among what belongs to no user, one agent cannot undo another's change sets."""
        scene = Scene(store, face)
        scene.commit(scene.adding("mine", Scope(agent="a")), scope=Scope(agent="a"), id="first")
        with refused(NotFoundError):
            scene.undo("first", Scope(agent="b"))
        scene.undo("first", Scope(agent="a"))
        assert scene.texts(Scope(agent="a")) == []

    def test_the_audit_tells_everything_in_order_and_no_text(self, store: Opens, face: str) -> None:
        """The feed follows commits and pages; the log of a memory is empty for whoever cannot see it."""
        scene = Scene(store, face)
        memory = scene.add("a secret", actor="Ann", role="user")
        scene.clock.move(-50)
        scene.commit(scene.updating(memory, "another secret"))
        events = scene.feed()
        assert [event.seq for event in events] == [1, 2]
        assert events[0].at < events[1].at
        assert (events[0].actor, events[0].role) == ("Ann", "user")
        assert "secret" not in repr(events)
        assert scene.feed(after=1) == scene.log(memory).events[1:]
        assert scene.feed(limit=1) == events[:1]
        for scope in (Scope(user="v"), Scope(agent="u"), Scope(run="u")):
            assert scene.feed(scope) == ()
            assert scene.log(memory, scope) == scene.log("nothing", scope)

    def test_the_shared_feed_tells_each_only_of_its_own(self, store: Opens, face: str) -> None:
        """One agent does not learn what another remembers."""
        scene = Scene(store, face)
        scene.add("a's", Scope(agent="a"))
        scene.commit(scene.leaving(), scope=Scope(agent="a"))
        assert scene.feed(Scope(agent="b")) == ()
        assert len(scene.feed(Scope(agent="a"))) == 2

    def test_a_store_belongs_to_one_model(self, store: Opens, face: str) -> None:
        """Another one is refused once there are memories; vectors must be finite and of its size."""
        scene = Scene(store, face)
        scene.do(Bind("another", DIMS))
        scene.do(Bind("contract", DIMS))
        scene.add("tea", vector=vector(1))
        for model, dims in (("another", DIMS), ("contract", 8)):
            with refused(EmbeddingMismatchError):
                scene.do(Bind(model, dims))
        written = scene.written()
        for wrong in (b"", b"\0" * 6, b"\0" * 16, b"\0\0\0\0\0\0\x00\x7e"):
            with refused(VectorError):
                scene.add("wrong", vector=wrong)
            with refused(VectorError):
                scene.search("wrong", vector=wrong)
        assert scene.written() == written

    def test_reembedding_replaces_every_vector(self, store: Opens, face: str) -> None:
        """In batches; from then on the store is the new model's, and whoever still uses the old one is refused."""
        self._needs_sharing()
        scene = Scene(store, face)
        old = scene.again()
        for text in ("tea", "rice", "Oslo"):
            scene.add(text, vector=vector(1))
        scene.do(Bind("new", 2, reembed=True))
        backlog: Backlog = scene.do(Reembed(limit=2))
        assert (sorted(backlog.texts.values()), backlog.left) == (["rice", "tea"], 3)
        while backlog.texts:
            given = {sid: b"\x00\x3c\0\0" if text == "tea" else None for sid, text in backlog.texts.items()}
            backlog = scene.do(Reembed(vectors=given, limit=2))
        assert backlog.left == 0
        assert scene.found("", vector=b"\x00\x3c\0\0", mode="vector") == ["tea"]
        assert sorted(scene.found("rice Oslo")) == ["Oslo", "rice"]
        with refused(EmbeddingMismatchError):
            old.add("late", vector=vector(1))

    def test_reset_leaves_nothing(self, store: Opens, face: str) -> None:
        """Everything of everybody is gone, for whoever has it open, and writing goes on."""
        scene = Scene(store, face)
        memory = scene.add("tea")
        assert scene.found("tea") == ["tea"]
        before: dict[str, Any] = scene.do(Stats())
        assert (before["memories"], before["versions"], before["events"], before["partitions"]) == (1, 1, 1, 1)
        scene.do(Reset())
        assert scene.found("tea") == scene.texts() == []
        assert not scene.feed()
        assert not scene.log(memory).slices
        assert scene.do(Stats())["memories"] == 0
        scene.add("rice")
        assert scene.found("rice tea") == ["rice"]

    def test_erasing_a_user_leaves_nothing_of_theirs(self, store: Opens, face: str) -> None:
        """No read of any time tells it, for whoever has it open; others keep theirs, and what is added later is found."""
        scene = Scene(store, face)
        memory = scene.add("tea", vector=vector(1), metadata={"k": "v"}, actor="Ann")
        scene.commit(scene.updating(memory, "coffee"), vectors=(vector(1),), id="changed")
        scene.add("rice", vector=vector(1))
        other = Scope(user="other")
        theirs, shared = scene.add("tea", other), scene.add("tea", Scope(agent="a"))
        claim = scene.begin("owner", "k1")
        moment = scene.clock.now
        assert scene.found("tea coffee rice", vector=vector(1)) == ["coffee", "rice"]
        assert scene.do(Erase(scope=USER, change_set="erased")) == Erased(2, 3)
        scene.clock.move(1)
        assert scene.found("tea coffee rice", vector=vector(1)) == scene.texts() == scene.texts(as_of=moment) == []
        assert not scene.log(memory).slices
        assert {(event.memory, event.actor, event.reason) for event in scene.feed()} == {(None, None, "erased")}
        with refused(NotFoundError):
            scene.undo("changed")
        assert scene.begin("another", "k1").change_set == claim.change_set  # the work that was under way is forgotten
        assert (scene.text(theirs, other), scene.text(shared, Scope(agent="a"))) == ("tea", "tea")
        assert scene.found("tea", other) == ["tea"]
        assert scene.do(Erase(scope=USER, change_set="erased")) == Erased(0, 0)
        scene.add("milk", vector=vector(1))
        assert scene.found("tea milk", vector=vector(1)) == ["milk"]
        assert scene.do(Erase(scope=Scope(user="nobody"), change_set="none")) == Erased(0, 0)

    def test_what_cannot_be_stored_is_refused_and_undone(self, store: Opens, face: str) -> None:
        """Text that is not Unicode and numbers beyond any column raise UsageError; nothing is written."""
        scene = Scene(store, face)
        scene.add("fine")
        written = scene.written()
        for wrong in (
            Draft(text="\ud800", kind="fact", scope=USER),
            Draft(text="x", kind="fact", scope=USER, actor="\udc00"),
            Draft(text="x", kind="fact", scope=USER, sources=(Source(key="k", quote="\ud83d"),)),
            Draft(
                text="x", kind="fact", scope=USER, sources=(Source(key="k", quote="", thread="t", position=1 << 70),)
            ),
            Draft(text="x", kind="fact", scope=USER, metadata={"k": float("nan")}),
        ):
            with refused(UsageError):
                scene.add(wrong.text, **{name: getattr(wrong, name) for name in ("actor", "sources", "metadata")})
        assert scene.written() == written

    def test_a_closed_store_says_so(self, store: Opens, face: str) -> None:
        """Reading and writing raise StoreClosedError; closing again does nothing."""
        scene = Scene(store, face)
        scene.store.close()
        scene.store.close()
        for attempt in (lambda: scene.add("late"), lambda: scene.texts(), lambda: scene.found("late")):
            with refused(StoreClosedError):
                attempt()
