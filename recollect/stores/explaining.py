"""How a search was answered, in words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from recollect import filters
from recollect.filters import AllOf, And, AnyOf, Anything, Everything, Exists, Has, In, Not, Or, Pushdown, Test, Tree
from recollect.ports import Asked, Explained, Proposal, Search
from recollect.types import View


def alone(request: Search, why: str) -> Explained | None:
    """The explanation of a search that the journal answers alone, where it is asked for."""
    if not request.explain:
        return None
    return Explained(told(filters.superset(request.filter)), told(request.filter), alone=why)


def proposed(
    request: Search, views: Sequence[View], proposals: Sequence[Proposal], held: Container[int]
) -> Explained | None:
    """The explanation of a search among proposals, of which the journal holds some, where it is asked for."""
    if not request.explain:
        return None
    found = [{sid for slices in each.slices for sid in slices} for each in proposals]
    asked = (
        Asked(str(view.partition), len(sids), sum(sid in held for sid in sids))
        for view, sids in zip(views, found, strict=True)
    )
    return Explained(proposals[0].pushed, told(request.filter), tuple(asked))


def told(tree: Tree | Pushdown) -> str:
    """A filter, or what is pushed down of it; values as tokens have them, times in microseconds since 1970."""
    match tree:
        case Everything() | Anything():
            return "anything"
        case Has(token):
            return token
        case Exists(path):
            return f"?{filters.label(path)}"
        case Test(path, op, value):
            return f"{filters.label(path)} {op} {filters.shown(value)}"
        case In(path, values):
            return _joined(" or ", sorted(f"{filters.label(path)}={filters.shown(value)}" for value in values))
        case Not(part):
            return f"not {told(part)}"
        case And(parts) | AllOf(parts):
            return _joined(" and ", map(told, parts))
        case Or(parts) | AnyOf(parts):
            return _joined(" or ", map(told, parts))


def _joined(word: str, parts: Iterable[str]) -> str:
    some = list(parts)
    return some[0] if len(some) == 1 else f"({word.join(some)})" if some else "(none)"
