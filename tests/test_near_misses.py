"""The shipped near misses at the default threshold, and the arithmetic of their table."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.near_misses import BOUND, Figures, left_out, mean, measured, over
from recollect.evaluation.data import read
from recollect.ranking import DEFAULT_THRESHOLD

SHIPPED = Path(__file__).parent.parent / "benchmarks" / "abstention"


@pytest.mark.parametrize(("folder", "refused"), [(SHIPPED, 0.39), (SHIPPED / "later", 0.31)], ids=["first", "later"])
def test_near_misses_are_refused_and_answers_kept(folder: Path, refused: float) -> None:
    """At the default threshold, for recall that the bound allows."""
    found = over(measured(read(str(folder)), (DEFAULT_THRESHOLD,))[DEFAULT_THRESHOLD])
    assert mean(found.fall) <= BOUND
    assert mean(found.missing) >= refused


def test_certainty_is_chosen_without_the_conversation_reported_on() -> None:
    """The highest that the others allow; the least where they allow none."""
    cheap, dear = Figures([0.0], [0.0], [0.0]), Figures([1.0], [1.0], [1.0])
    assert left_out({0.2: [cheap, cheap], 0.5: [cheap, dear]}) == Figures([0.0, 1.0], [0.0, 1.0], [0.0, 1.0])
    assert left_out({0.2: [dear, cheap], 0.5: [dear, dear]}) == Figures([1.0, 0.0], [1.0, 0.0], [1.0, 0.0])
