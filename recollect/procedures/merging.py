"""Two runs of one task: what both together teach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from recollect.procedures.abstracting import action, concrete, free
from recollect.procedures.aligning import aligned
from recollect.procedures.pitfalls import kept
from recollect.procedures.values import as_text, bounded, common, filled, hole, holes, mapped, same, template, texts
from recollect.procedures.verbs import is_verb
from recollect.types import Procedure, Step

VALUES, ALTERNATIVES, PRECONDITIONS, STEPS = 8, 4, 8, 100
"""How many of each a procedure keeps: the latest values and alternatives; its history has the others."""
_MORE = re.compile(r"(\d+) steps more, as in the runs")


def merged(earlier: Procedure, run: Procedure) -> Procedure:
    """The earlier procedure and one more run of it.

    Steps of both are kept, their differing values parameters. In a run that succeeded, other steps in the place of some are
    alternatives, those that only one of both has optional; one that did not changes no step.
    """
    (earlier, left), (run, more) = _whole(earlier), _whole(run)
    if _knows_more(run, earlier):
        joined = _joined(run, earlier, learning=False)
        joined = replace(joined, parameters=_later(joined.parameters, run.parameters))
    else:
        joined = _joined(earlier, run, learning=run.outcome == "success")
    return limited(
        replace(
            joined,
            preconditions=_once(earlier.preconditions, run.preconditions),
            outcome=run.outcome,
            successes=earlier.successes + run.successes,
            failures=earlier.failures + run.failures,
        ),
        max(left, more),
    )


def _knows_more(run: Procedure, earlier: Procedure) -> bool:
    """Whether nothing that worked was known, and the run came further."""
    if earlier.successes:
        return False
    return run.outcome == "success" or len(run.steps) > len(earlier.steps)


def _joined(earlier: Procedure, run: Procedure, *, learning: bool) -> Procedure:
    joining = _Joining(dict(earlier.parameters), run)
    pairs = list(aligned(earlier.steps, run.steps))
    same_steps = {i: joining.step(earlier.steps[i], run.steps[j]) for i, j in pairs if i is not None and j is not None}
    if learning:
        steps = tuple(joining.steps(earlier.steps, same_steps, pairs))
    else:
        steps = tuple(same_steps.get(n, step) for n, step in enumerate(earlier.steps))
    steps = tuple(joining.origins(steps))
    goal = joining.goal(earlier.goal)
    joining.recognize(goal)
    pitfalls = tuple(filled(each, joining.renamed()) for each in run.pitfalls)
    return replace(
        earlier,
        goal=goal,
        steps=steps,
        parameters=joining.values(),
        pitfalls=(*earlier.pitfalls, *pitfalls),
    )


@dataclass(slots=True)
class _Joining:
    """One run told in the parameters of the earlier procedure: `now` has its values, `names` leads from its own names."""

    parameters: dict[str, tuple[str, ...]]
    run: Procedure
    now: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    varied: dict[tuple[str, str], str] = field(default_factory=dict)

    def goal(self, goal: str) -> str:
        """Of both goals the one with more parameters, with a hole for a word that only differs."""
        for (mine, _), name in self.varied.items():
            if len(mine) > 2 and not is_verb(mine):
                goal = bounded(mine).sub(f"{{{name}}}", goal)
        if self._matched(goal, self._said(self.run.goal)):
            return goal
        other = filled(self.run.goal, self.renamed())
        ours, theirs = (len(set(holes(each, self.values()))) for each in (goal, other))
        return common(goal, other, self._differing) or (other if theirs > ours else goal)

    def _differing(self, mine: str, other: str) -> str:
        for each in (mine, other):
            if holes(each, self.values()):
                return each
        if is_verb(mine) or is_verb(other):
            return mine
        return f"{{{self._varied('detail', mine, (as_text(other),))}}}"

    def step(self, mine: Step, other: Step) -> Step:
        """A step that both have."""
        if mine.tool is None:
            intent = mine.intent if other.tool is not None else self._text("detail", mine.intent, other.intent)
            return replace(mine, intent=intent)
        if action(mine) != action(other):
            return replace(mine, alternatives=self._others(mine, [other]))
        arguments = {name: self._value(name, value, other.arguments[name]) for name, value in mine.arguments.items()}
        given = tuple(self.names[name] for name in other.gives if name in self.names)
        expected = mine.expected and other.expected and common(mine.expected, other.expected, lambda *_: "…")
        return replace(
            mine,
            arguments=arguments,
            repeated=mine.repeated or other.repeated,
            gives=_once(mine.gives, given),
            expected=expected or other.expected or mine.expected,
        )

    def steps(
        self, ours: Sequence[Step], both: Mapping[int, Step], pairs: Iterable[tuple[int | None, int | None]]
    ) -> Iterator[Step]:
        """All steps of both, in order."""
        for paired, group in groupby(pairs, lambda pair: None not in pair):
            here = list(group)
            if paired:
                yield from (both[i] for i, _ in here if i is not None)
                continue
            mine = [ours[i] for i, _ in here if i is not None]
            others = [self.run.steps[j] for _, j in here if j is not None]
            if mine and len(mine) == len(others):
                yield from (
                    replace(step, alternatives=self._others(step, [other]))
                    for step, other in zip(mine, others, strict=True)
                )
            else:
                yield from (replace(step, optional=True) for step in (*mine, *map(self._adopted, others)))

    def origins(self, steps: Sequence[Step]) -> Iterator[Step]:
        """The steps, without giving what had a value in this run that no answer told."""
        told = {self.names.get(name) for step in self.run.steps for name in step.gives}
        for step in steps:
            yield replace(step, gives=tuple(name for name in step.gives if name not in self.now or name in told))

    def _others(self, mine: Step, others: Iterable[Step]) -> tuple[Step, ...]:
        """The alternatives to a step, one an action, the latest last."""
        known = {action(each): each for each in mine.alternatives}
        for other in others:
            known.pop(action(other), None)
            known[action(other)] = self._adopted(other)
        return tuple(known.values())[-ALTERNATIVES:]

    def _adopted(self, step: Step) -> Step:
        """A step of this run alone, told in the names of both."""
        for name in _used(step, self.run.parameters):
            self._name(name)
        names = self.renamed()
        return replace(
            step,
            intent=filled(step.intent, names),
            arguments=mapped(step.arguments, lambda each: filled(each, names) if isinstance(each, str) else each),
            gives=tuple(self.names.get(name, name) for name in step.gives),
        )

    def _name(self, name: str) -> str:
        """The name in both for a parameter of this run."""
        if name not in self.names:
            values = self.run.parameters[name]
            known = next((mine for mine, now in self.now.items() if now == values), None)
            self.names[name] = known or free(name, {**self.parameters, **self.now})
            self.now.setdefault(self.names[name], values)
        return self.names[name]

    def recognize(self, goal: str) -> None:
        """Knows the parameters that only the goals have in common: by their values, else by their names."""
        ours = [name for name in holes(goal, self.parameters) if name not in self.names.values()]
        for name in holes(self.run.goal, self.run.parameters):
            values = self.run.parameters[name]
            equal = [mine for mine in ours if mine in self.now and _equal(self.now[mine], values)]
            alike = [name] if name in ours and name not in self.now else []
            if name not in self.names and (equal or alike):
                self.names[name] = (equal or alike)[0]
                self.now.setdefault(self.names[name], values)

    def renamed(self) -> dict[str, str]:
        """What to write for each parameter of this run: its name in both, else its value."""
        named = {name: f"{{{mine}}}" for name, mine in self.names.items()}
        return {**self._lasts(), **named}

    def values(self) -> dict[str, tuple[str, ...]]:
        """The values of each parameter, those of this run last."""
        return _later(self.parameters, self.now)

    # Values.

    def _value(self, name: str, mine: Any, other: Any) -> Any:
        if isinstance(mine, Mapping) and isinstance(other, Mapping) and mine.keys() == other.keys():
            return {key: self._value(str(key), value, other[key]) for key, value in mine.items()}
        lists = isinstance(mine, list | tuple) and isinstance(other, list | tuple)
        if lists and len(mine) == len(other):
            return [self._value(name, value, theirs) for value, theirs in zip(mine, other, strict=True)]
        own = hole(other, self.run.parameters)
        found = self._single(name, mine, other, own)
        taken = hole(found, {**self.parameters, **self.now})
        if own is not None and taken is not None:
            self.names.setdefault(own, taken)
        return found

    def _single(self, name: str, mine: Any, other: Any, own: str | None) -> Any:
        known = hole(mine, self.parameters)
        values = self.run.parameters[own] if own is not None else (as_text(self._said(other)),)
        if known is not None:
            return f"{{{self._taken(known, name, values)}}}"
        if isinstance(mine, str) and isinstance(other, str) and own is None:
            return self._text(name, mine, other)
        if own is None and same(mine, other):
            return mine
        return f"{{{self._varied(name, as_text(self._mine(mine)), values)}}}"

    def _text(self, name: str, mine: str, other: str) -> str:
        """What two texts have in common."""
        said = self._said(other)
        if same(self._mine(mine), said) and not holes(mine, self.parameters):
            return mine
        if holes(mine, self.parameters) and self._matched(mine, said):
            return mine
        shared = common(mine, said, lambda one, two: self._kept_or_varied(name, one, two))
        return shared or f"{{{self._varied(name, as_text(self._mine(mine)), (as_text(said),))}}}"

    def _kept_or_varied(self, name: str, mine: str, other: str) -> str:
        known = hole(mine, self.parameters)
        if known is not None:
            return f"{{{self._taken(known, name, (other,))}}}"
        return f"{{{self._varied(name, as_text(self._mine(mine)), (as_text(other),))}}}"

    def _taken(self, known: str, name: str, values: tuple[str, ...]) -> str:
        """The parameter that has these values in this run; where the known one has others, they are two."""
        if _equal(self.now.setdefault(known, values), values):
            return known
        return self._varied(name, "".join(self.parameters[known][-1:]), values)

    def _varied(self, name: str, mine: str, values: tuple[str, ...]) -> str:
        """The parameter for what was one value and is now another."""
        key = (mine.casefold(), "\0".join(values).casefold())
        if key not in self.varied:
            self.varied[key] = found = free(name, {**self.parameters, **self.now})
            self.parameters[found], self.now[found] = (mine,), values
        return self.varied[key]

    def _matched(self, text: str, said: str) -> bool:
        """Whether what is said is the text with values, which are then known; but for values that differ from known ones."""
        found = template(text, self.parameters).fullmatch(said)
        if found is None:
            return False
        values = {name: as_text(value) for name, value in found.groupdict().items()}
        if any(not _equal(self.now.get(name, (value,)), (value,)) for name, value in values.items()):
            return False
        for name, value in values.items():
            self.now.setdefault(name, (value,))
        return True

    def _said(self, value: Any) -> Any:
        """A value of this run as it was."""
        return concrete(value, self._lasts())

    def _mine(self, value: Any) -> Any:
        """A value of the earlier procedure as it was last."""
        return concrete(value, {name: values[-1] for name, values in self.parameters.items() if values})

    def _lasts(self) -> dict[str, str]:
        return {name: values[-1] for name, values in self.run.parameters.items() if values}


def _used(step: Step, parameters: Mapping[str, Any]) -> list[str]:
    """The parameters in the intent and the arguments of a step."""
    return [name for text in (step.intent, *texts(step.arguments)) for name in holes(text, parameters)]


def _equal(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return len(ours) == len(theirs) and all(map(same, ours, theirs))


def _later(earlier: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The values of each parameter once, those of now last."""
    joined: dict[str, tuple[str, ...]] = {}
    for name in (*earlier, *(name for name in now if name not in earlier)):
        late = tuple(now.get(name, ()))
        kept = tuple(value for value in earlier.get(name, ()) if not any(same(value, each) for each in late))
        joined[name] = (*kept, *late)
    return joined


def _once(*given: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for texts in given for each in texts))


# Bounds.


def limited(procedure: Procedure, before: int = 0) -> Procedure:
    """The procedure with no more of anything than it keeps; a longer way says how many steps more there are.

    before: how many steps there were more.
    """
    return replace(
        procedure,
        steps=_shortened(procedure.steps, before),
        parameters={name: values[-VALUES:] for name, values in procedure.parameters.items()},
        preconditions=procedure.preconditions[-PRECONDITIONS:],
        pitfalls=kept(procedure.pitfalls, procedure.parameters),
    )


def _shortened(steps: Sequence[Step], before: int) -> tuple[Step, ...]:
    more = before + max(len(steps) - STEPS, 0)
    return (*steps[:STEPS], *([Step(intent=f"{more} steps more, as in the runs")] if more else []))


def _whole(procedure: Procedure) -> tuple[Procedure, int]:
    """The procedure without the line that says that there are more steps, and how many those are."""
    more = _MORE.fullmatch(procedure.steps[-1].intent) if procedure.steps else None
    return (replace(procedure, steps=procedure.steps[:-1]), int(more[1])) if more else (procedure, 0)
