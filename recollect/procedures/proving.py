"""How well a procedure has proved itself: what its runs say of it, what another report adds, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recollect.types import Hit, Procedure

VERIFIED = 3
"""By how many more runs than failed a procedure must have succeeded to be verified."""
GAIN = 0.3
"""Share of the way to 1 that a score gains where no run ever fails; what fails always loses nearly all of it."""


def verified(procedure: Procedure) -> bool:
    """Whether it is promoted: VERIFIED more runs succeeded than failed, and the last one known did not fail."""
    return procedure.outcome != "failure" and procedure.successes - procedure.failures >= VERIFIED


def success_rate(procedure: Procedure) -> float:
    """The share of its runs that succeed, in (0, 1), by Laplace's rule of succession: one half where nothing is known."""
    return (procedure.successes + 1) / (procedure.successes + procedure.failures + 2)


def proved(hit: Hit) -> Hit:
    """The hit of a procedure with a score in [0, 1] for which its runs count too; nothing comes of what does not fit.

    What works more often than not gains up to GAIN of the way to 1, half of that unless it is verified; the rest loses.
    """
    procedure = hit.record.procedure
    if procedure is None:
        return hit
    surplus = 2 * success_rate(procedure) - 1
    gain = GAIN * (1 if verified(procedure) else 0.5) * (1 - hit.score)
    part = surplus * hit.score * (gain if surplus > 0 else 1)
    return replace(hit, score=hit.score + part, why=_why(hit.why, part, procedure))


def _why(why: Mapping[str, float | str], part: float, procedure: Procedure) -> dict[str, float | str]:
    runs = f"{procedure.successes} succeeded, {procedure.failures} failed"
    return {**why, "outcomes": part, "runs": f"{runs}, verified" if verified(procedure) else runs}


def reported(procedure: Procedure, success: bool, note: str | None) -> Procedure:
    """The procedure after one more run; what is noted of a failure is a pitfall."""
    return replace(
        procedure,
        outcome="success" if success else "failure",
        successes=procedure.successes + success,
        failures=procedure.failures + (not success),
        pitfalls=tuple(dict.fromkeys((*procedure.pitfalls, *([note] if note and not success else [])))),
    )
