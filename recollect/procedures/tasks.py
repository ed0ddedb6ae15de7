"""Whether two procedures are of one task: by the verbs and words of their goals, and by what their steps do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import product
from typing import Any

from recollect.procedures.abstracting import action
from recollect.procedures.aligning import aligned
from recollect.procedures.values import HOLE, as_text, hole, holes, leaves, same, template, texts
from recollect.procedures.verbs import asked, same_verb, verb, verbs_in
from recollect.ranking import STOP_WORDS, stem, terms
from recollect.types import Procedure, Step

_MOST = 0.6
"""Share of actions that two ways to do one task have in common at least."""
_HALF = 0.5
"""Share of the words of the shorter goal that the longer has too, where the actions do not tell enough."""
_EQUAL = 0.8
"""Share of words from which on two goals look the same but for their verbs."""
_MANY = 3
"""Different actions from which on no other task has just these."""
_SHORT = 6
"""Words of a value up to which it may be one of few that tell one task from another."""
_PARTICLES = (("on", "off"), ("in", "out"), ("up", "down"), ("up", "out"), ("with", "without"))
"""Words that with one verb ask for opposite things."""


def same_task(one: Procedure, other: Procedure) -> bool:
    """Whether two procedures are ways to do one task, however it was asked for and whatever varies in it.

    Other verbs are other tasks unless the tools show that both mean the same, and so are other tools. The same actions with
    the same arguments are one task; nearly the same, or few, are where the goals have words in common. Where values differ
    that no goal says, the goals have to ask for the same.
    """
    return _look_same(one, other) and (not _differ_unsaid(one, other) or _ask_alike(one, other))


def _look_same(one: Procedure, other: Procedure) -> bool:
    """Whether two procedures are ways to do one task, by what they do and how it was asked for."""
    ours, theirs = _actions(one.steps), _actions(_renamed(one.steps, other.steps))
    fixed = _same_constants(one, other)
    alone = ours == theirs and _tells_all(ours) and fixed
    if _opposed(one, other, known=fixed) and not (alone and _overlap(*map(_words, (one.goal, other.goal))) < _EQUAL):
        return False
    if not ours or not theirs:
        unfinished = "failure" in (one.outcome, other.outcome)
        return _outline(one.goal) == _outline(other.goal) and (unfinished or not (ours or theirs))
    if all(step.tool is None for step in (*one.steps, *other.steps)):
        return _told_alike(one, other)
    if len(set(theirs)) > 1 and (ours == theirs or _fits(theirs, ours, one.steps)):
        return True
    if _begins(one, other, ours, theirs) or _begins(other, one, theirs, ours):
        return True
    return _alike(one, other, ours, theirs) >= _MOST and _shared(one.goal, other.goal) >= _HALF


def _begins(run: Procedure, whole: Procedure, theirs: Sequence[str], ours: Sequence[str]) -> bool:
    """Whether a run that came to no end began as another, and that far tells enough, or has its verb."""
    if run.successes or list(ours[: len(theirs)]) != list(theirs):
        return False
    mine, other = verb(run.goal), verb(whole.goal)
    if mine is not None and other is not None and same_verb(mine, other):
        return True
    return _tells_all(theirs) and _shared(run.goal, whole.goal) >= _HALF


def _same_constants(one: Procedure, other: Procedure) -> bool:
    """Whether steps that do the same do it with the same values, apart from parameters."""
    return all(
        holes(text, one.parameters) or holes(said, other.parameters) or same(text, said)
        for step, their in zip(one.steps, other.steps, strict=False)
        if action(step) == action(their)
        for text, said in zip(texts(step.arguments), texts(their.arguments), strict=False)
    )


def _differ_unsaid(one: Procedure, other: Procedure) -> bool:
    """Whether steps that do the same have values, such as side="buy" and side="sell", that differ and that no goal says."""
    pairs = (
        (one.steps[i], other.steps[j]) for i, j in aligned(one.steps, other.steps) if i is not None and j is not None
    )
    return any(
        _differ(ours, theirs, one, other)
        for step, their in pairs
        if action(step) == action(their)
        for ours, theirs in _values(step, their)
    )


def _values(one: Step, other: Step) -> Iterator[tuple[Any, Any]]:
    ours, theirs = list(leaves("", one.arguments)), list(leaves("", other.arguments))
    if [name for name, _ in ours] == [name for name, _ in theirs]:
        yield from ((mine, their) for (_, mine), (_, their) in zip(ours, theirs, strict=True))


def _differ(ours: Any, theirs: Any, one: Procedure, other: Procedure) -> bool:
    """Whether two values are other ones, and not those of a parameter that one of both has not found to be one."""
    if same(ours, theirs) or not (_is_mode(ours) and _is_mode(theirs)):
        return False
    mine, their = hole(ours, one.parameters), hole(theirs, other.parameters)
    if mine is not None and their is not None:
        return False
    if mine is not None or their is not None:
        return mine in holes(one.goal, one.parameters) or their in holes(other.goal, other.parameters)
    texts = as_text(ours), as_text(theirs)
    filled = template(texts[0], one.parameters).fullmatch(texts[1]) or template(texts[1], other.parameters).fullmatch(
        texts[0]
    )
    return filled is None


def _is_mode(value: Any) -> bool:
    """Whether a value may be one of few: no number, nothing with digits, no long text."""
    if isinstance(value, list | tuple):
        return all(map(_is_mode, value))
    text = HOLE.sub("", value) if isinstance(value, str) else ("" if isinstance(value, bool) else "0")
    return len(text.split()) <= _SHORT and not any(map(str.isdigit, text))


def _ask_alike(one: Procedure, other: Procedure) -> bool:
    """Whether goals ask for the same, as far as their verbs tell, in like words; long and specific ways in any."""
    ours, theirs = (set(_outline(each.goal)) for each in (one, other))
    if any(_parted(ours, theirs, *pair) or _parted(theirs, ours, *pair) for pair in _PARTICLES):
        return False
    verbs = verbs_in(one.goal), verbs_in(other.goal)
    both = {each for pair in product(*verbs) if same_verb(*pair) for each in pair}
    if both and _tells_all(_actions(one.steps)) and _tells_all(_actions(other.steps)):
        return True
    if not both and _lead(one.goal) != _lead(other.goal):
        return False
    return _overlap(ours - STOP_WORDS - both, theirs - STOP_WORDS - both) >= _MOST


def _parted(ours: set[str], theirs: set[str], mine: str, their: str) -> bool:
    """Whether of two opposite words only one is in the one goal, and only the other in the other."""
    return mine in ours and their in theirs and mine not in theirs and their not in ours


def _lead(goal: str) -> str:
    return next(iter(terms(HOLE.sub("_", asked(goal)))), "")


def _tells_all(actions: Sequence[str]) -> bool:
    """Whether actions are so many different ones that no other task has just these."""
    return len(set(actions)) >= _MANY


def _opposed(one: Procedure, other: Procedure, *, known: bool) -> bool:
    """Whether the goals ask for different things to be done, and no tool of both does what each of them asks."""
    mine, theirs = verb(one.goal, known=known), verb(other.goal, known=known)
    if mine is None or theirs is None or same_verb(mine, theirs):
        return False
    if mine in terms(other.goal) or theirs in terms(one.goal):
        return False
    done = {stem(word) for step in (*one.steps, *other.steps) if step.tool for word in terms(step.tool)}
    return not all(any(same_verb(each, word) for word in done) for each in (mine, theirs))


def _actions(steps: Sequence[Step]) -> list[str]:
    """The actions that are always done, rounds of a loop as one."""
    kept = [action(step) for step in steps if not step.optional]
    period = 1
    while period <= len(kept) // 2:
        at = 0
        while at + 2 * period <= len(kept):
            if kept[at : at + period] == kept[at + period : at + 2 * period]:
                del kept[at : at + period]
            else:
                at += 1
        period += 1
    return kept


def _renamed(ours: Sequence[Step], theirs: Sequence[Step]) -> list[Step]:
    """Their steps, with ours for those that are known as alternatives to them."""
    known = {action(other): step for step in ours for other in step.alternatives}
    return [known.get(action(step), step) for step in theirs]


def _fits(theirs: Sequence[str], ours: Sequence[str], steps: Sequence[Step]) -> bool:
    """Whether theirs are our actions, with optional ones in between."""
    everything = _actions([replace(step, optional=False) for step in steps])
    return _within(ours, theirs) and _within(theirs, everything)


def _within(fewer: Sequence[str], more: Sequence[str]) -> bool:
    rest = iter(more)
    return all(each in rest for each in fewer)


def _alike(one: Procedure, other: Procedure, ours: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of actions in common, in order; of the shorter where a run did not come to its end."""
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    both = sum(block.size for block in blocks)
    unfinished = not (one.successes and other.successes)
    return both / min(len(ours), len(theirs)) if unfinished else 2 * both / (len(ours) + len(theirs))


def _outline(goal: str) -> list[str]:
    return terms(HOLE.sub(" ", asked(goal)))


def _shared(one: str, other: str) -> float:
    """The share of the telling words of the shorter goal that the other has too; all, where it has none."""
    ours, theirs = _words(one), _words(other)
    return len(ours & theirs) / min(len(ours), len(theirs)) if ours and theirs else 1.0


def _words(goal: str) -> set[str]:
    return {term for term in _outline(goal) if term not in STOP_WORDS and term != verb(goal)}


def _told_alike(one: Procedure, other: Procedure) -> bool:
    """Whether two procedures without tools have goals of the same words, or nearly, and steps as well."""
    if _outline(one.goal) == _outline(other.goal):
        return True
    likeness, steps = _likeness(one.steps, other.steps), max(len(one.steps), len(other.steps))
    return _shared(one.goal, other.goal) >= _HALF and min(likeness) > 0 and sum(likeness) >= _HALF * steps


def _likeness(ours: Sequence[Step], theirs: Sequence[Step]) -> list[float]:
    """How alike each step of the shorter way is to the one of the longer that is most so."""
    fewer, more = sorted((ours, theirs), key=len)
    told = [set(terms(step.intent)) - STOP_WORDS for step in more]
    return [max(_overlap(set(terms(step.intent)) - STOP_WORDS, other) for other in told) for step in fewer]


def _overlap(ours: set[str], theirs: set[str]) -> float:
    """The share of all words that are in both."""
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0
