"""What every store must do with the message log: claims, plans, takeover."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from recollect.ports import Claim, Plan, Release
from recollect.testing.contract_writing import Faces
from recollect.testing.scene import START, USER, Opens, Scene
from recollect.types import ChangeSet, Fact, Scope, Source

LEASE = 60


def planned(scene: Scene, claim: Claim, text: str = "tea") -> ChangeSet:
    """A plan under a claim."""
    fact = Fact(text=text, observed_at=START, sources=(Source(key="k", quote="q"),))
    change = scene.adding(text, memory=f"of {claim.change_set}", metadata={"at": datetime(2024, 1, 1, tzinfo=UTC)})
    changes = (replace(change, fact=fact), scene.leaving())
    return ChangeSet(id=claim.change_set, scope=USER, operation="remember", changes=changes, read_seq=0)


def finish(scene: Scene, plan: ChangeSet) -> list[str]:
    """Commit a plan; the states of its outcomes."""
    committed = scene.commit(*plan.changes, id=plan.id, operation="remember")
    return [outcome.status for outcome in committed.outcomes]


class ClaimsContract(Faces):
    """A message is worked on by one call at a time, and only once."""

    def test_a_message_is_claimed_until_it_is_applied_and_known_from_then_on(self, store: Opens, face: str) -> None:
        """The first call works on it; when that has committed, others find it known."""
        scene = Scene(store, face)
        claim = scene.begin("one", "k1", "k2")
        assert (claim.mine, claim.wait, claim.planned, claim.more, claim.now) == (
            (True, True),
            None,
            None,
            False,
            START,
        )
        assert finish(scene, planned(scene, claim)) == ["applied", "unchanged"]
        later = scene.begin("two", "k1", "k2", "k3")
        assert (later.mine, later.wait) == ((False, False, True), None)
        assert later.keys[:2] == claim.keys

    def test_a_live_claim_is_waited_for(self, store: Opens, face: str) -> None:
        """Until it is applied; meanwhile the rest is claimed."""
        scene = Scene(store, face)
        first = scene.begin("one", "k1")
        second = scene.begin("two", "k1", "k2")
        assert (second.mine, bool(second.wait)) == ((False, True), True)
        finish(scene, planned(scene, first))
        again = scene.begin("two", "k1", "k2")
        assert (again.mine, again.wait, again.change_set) == ((False, True), None, second.change_set)

    def test_waiting_never_goes_in_a_circle(self, store: Opens, face: str) -> None:
        """Of two calls that hold what the other wants, only the later one waits."""
        scene = Scene(store, face)
        scene.begin("one", "k1")
        scene.begin("two", "k2")
        assert scene.begin("one", "k1", "k2").wait is None
        assert scene.begin("two", "k2", "k1").wait is not None

    def test_a_claim_grows_by_what_becomes_free(self, store: Opens, face: str) -> None:
        """A call that waited works on what the other gave back, in one change set, and does not lose its turn."""
        scene = Scene(store, face)
        scene.begin("one", "k1")
        second = scene.begin("two", "k2", "k1")
        scene.do(Release(scope=USER, owner="one"))
        grown = scene.begin("two", "k2", "k1")
        assert (grown.mine, grown.wait) == ((True, True), None)
        assert grown.change_set != second.change_set
        assert finish(scene, planned(scene, grown)) == ["applied", "unchanged"]
        assert scene.begin("three", "k1", "k2").mine == (False, False)

    def test_beginning_again_renews_the_claim(self, store: Opens, face: str) -> None:
        """The same owner keeps it beyond the first lease, under the same name and moment."""
        scene = Scene(store, face)
        first = scene.begin("one", "k1")
        scene.clock.move(LEASE - 1)
        again = scene.begin("one", "k1")
        assert (again.change_set, again.now, again.mine) == (first.change_set, START, (True,))
        scene.clock.move(LEASE - 1)
        assert scene.begin("two", "k1").wait is not None

    def test_a_dead_claim_is_freed(self, store: Opens, face: str) -> None:
        """After its lease another call works on the messages; what the dead one commits late is not applied."""
        scene = Scene(store, face)
        dead = scene.begin("one", "k1", "k2")
        scene.clock.move(LEASE + 1)
        heir = scene.begin("two", "k1")
        assert (heir.mine, heir.wait) == ((True,), None)
        assert finish(scene, planned(scene, dead, "late")) == ["unchanged", "unchanged"]
        assert scene.texts() == []
        assert finish(scene, planned(scene, heir)) == ["applied", "unchanged"]
        assert scene.begin("three", "k1", "k2").mine == (False, True)

    def test_a_dead_plan_is_taken_over_as_it_is(self, store: Opens, face: str) -> None:
        """Under its own id, whole, and then the call begins again; one commit counts."""
        self._needs_sharing()
        scene = Scene(store, face)
        dead = planned(scene, scene.begin("one", "k1", "k2"))
        scene.do(Plan(change_set=dead))
        scene = scene.again()
        assert scene.begin("two", "k1").wait is not None
        scene.clock.move(LEASE + 1)
        claim = scene.begin("two", "k1", "k3")
        assert (claim.change_set, claim.planned, claim.more, claim.now) == (dead.id, dead, True, START)
        assert scene.begin("three", "k2").wait is not None
        assert finish(scene, dead) == ["applied", "unchanged"]
        assert finish(scene, dead) == ["applied", "unchanged"]
        assert scene.texts() == ["tea"]
        assert scene.begin("two", "k1", "k3").mine == (False, True)

    def test_an_own_plan_leads_back_to_itself(self, store: Opens, face: str) -> None:
        """A call that is repeated after it planned goes on with its plan."""
        scene = Scene(store, face)
        plan = planned(scene, scene.begin("one", "k1"))
        scene.do(Plan(change_set=plan))
        assert scene.begin("one", "k1").planned == plan

    def test_a_released_claim_is_free_at_once(self, store: Opens, face: str) -> None:
        """Unplanned, its messages are free; planned, its plan may be taken over; by another owner, nothing happens."""
        scene = Scene(store, face)
        scene.begin("one", "k1")
        scene.do(Release(scope=USER, owner="two"))
        assert scene.begin("two", "k1").wait is not None
        scene.do(Release(scope=USER, owner="one"))
        claim = scene.begin("two", "k1")
        assert claim.mine == (True,)
        plan = planned(scene, claim)
        scene.do(Plan(change_set=plan))
        scene.do(Release(scope=USER, owner="two"))
        assert scene.begin("three", "k1").planned == plan

    def test_a_release_or_plan_after_the_commit_changes_nothing(self, store: Opens, face: str) -> None:
        """What is applied stays applied."""
        scene = Scene(store, face)
        plan = planned(scene, scene.begin("one", "k1"))
        finish(scene, plan)
        scene.do(Plan(change_set=plan))
        scene.do(Release(scope=USER, owner="one"))
        assert scene.begin("two", "k1").mine == (False,)

    def test_a_message_without_a_name_is_new_with_every_delivery(self, store: Opens, face: str) -> None:
        """Only a retry by the same owner repeats."""
        scene = Scene(store, face)
        claim = scene.begin("one", None, None)
        assert len(set(claim.keys)) == 2
        assert scene.begin("one", None, None).keys == claim.keys
        finish(scene, planned(scene, claim))
        assert scene.begin("one", None, None).mine == (False, False)
        assert scene.begin("two", None, None).mine == (True, True)

    def test_an_edited_message_leads_to_its_earlier_form(self, store: Opens, face: str) -> None:
        """Same id, other content: the latest applied form is named."""
        scene = Scene(store, face)
        first = scene.begin("one", "v1", ids=("m",))
        finish(scene, planned(scene, first))
        second = scene.begin("two", "v2", ids=("m",))
        assert second.edits == {second.keys[0]: first.keys[0]}
        finish(scene, planned(scene, second, "coffee"))
        third = scene.begin("three", "v3", "v1", ids=("m", "m"))
        assert (third.edits, third.mine) == ({third.keys[0]: second.keys[0]}, (True, False))

    def test_a_message_twice_in_one_delivery_is_worked_on_once(self, store: Opens, face: str) -> None:
        """The first of them."""
        scene = Scene(store, face)
        assert scene.begin("one", "k", "j", "k").mine == (True, True, False)

    def test_every_place_has_a_log_of_its_own(self, store: Opens, face: str) -> None:
        """The same message told to another user, agent or run is another message."""
        scene = Scene(store, face)
        finish(scene, planned(scene, scene.begin("one", "k")))
        for n, scope in enumerate(
            (Scope(user="v"), Scope(agent="u"), Scope(user="u", run="r"), Scope(user="u", agent="a"))
        ):
            assert scene.begin(f"owner {n}", "k", scope=scope).mine == (True,)

    def test_the_log_does_not_hold_the_keys_themselves(self, store: Opens, face: str) -> None:
        """Keys are told as digests under a secret of the store."""
        one, other = Scene(store, face), Scene(store, face, place="elsewhere")
        assert "k" not in one.begin("one", "k").keys
        assert one.begin("one", "k").keys != other.begin("one", "k").keys
