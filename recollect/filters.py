"""The filter language: `parse` reads it, `evaluate` is its one meaning, `superset` is what a store may push down of it.

A filter is a dict. Its keys are fields of the record, dotted paths into its metadata (`metadata.` before a path whose
first key is also a field: `metadata.kind`), or AND, OR (a list of filters) and NOT (a filter, or a list of which none
may hold). A field's value is a dict of operators that all apply, a value (`eq`), a list (`in`), or "*" (`exists`).

What holds for all stores:

- Types never mix. true is not 1, "7" is not 7, but 7 is 7.0; a comparison across types is false.
- Negation is negation: `ne` is NOT `eq` and `nin` is NOT `in`, so what is missing passes both.
- A list matches if one of its elements does, each operator on its own. Paths lead through lists. Keys are compared as
  they are written, and a key with a dot in it is reached by the same path as two nested keys.
- `exists` is true of every key that is there, also with None, {} or [] as its value. `eq` None is true only of a None
  that is there. A field of the record that is None does not exist, and is asked for by `exists` alone.
- Text is compared after NFC: by code points and case-sensitively, except `icontains` (Unicode case folding). `contains`
  looks for a part of a text, `like` at the whole text with % and _ (escaped by a backslash); `regex` is unanchored RE2.
- Times are instants: a datetime without a zone is in UTC, a date is its first instant in UTC. Fields of the record that
  are times also take ISO-8601 text; in metadata, text is text. sensitivity and trust are ordered by rank.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from itertools import repeat
from operator import contains, ge, gt, le, lt
from typing import Any, get_args
from unicodedata import normalize

import re2

from recollect.errors import FilterError
from recollect.metadata import DEPTH_LIMIT, fault_of, show
from recollect.types import SENSITIVITIES, TRUSTS, Kind, Record, digest

TOKEN_LIMIT = 128
"""Characters of a path or value above which a token holds their digest instead."""
PUSH_LIMIT = 256
"""Tokens in the largest formula that is pushed down: databases limit theirs."""

Path = str | tuple[str, ...]
"""A field of the record, or the keys that lead into its metadata."""
Value = tuple[str, Any]
"""A value that equals its like and no other: type (s text, n number, b boolean, d time, z None) and canonical form."""


@dataclass(frozen=True, slots=True)
class Everything:
    """Passes every record."""


@dataclass(frozen=True, slots=True)
class And:
    """Passes what all parts pass."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Passes what at least one part passes."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Passes exactly what the part does not."""

    part: Tree


@dataclass(frozen=True, slots=True)
class In:
    """A value at the path is one of these."""

    path: Path
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class Test:
    """A value at the path is of the operand's type and passes the test that `op` names."""

    path: Path
    op: str
    operand: Value


@dataclass(frozen=True, slots=True)
class Exists:
    """There is something at the path."""

    path: Path


Tree = Everything | And | Or | Not | In | Test | Exists


CHOICES: Mapping[Path, tuple[str, ...]] = {"kind": get_args(Kind), "sensitivity": SENSITIVITIES, "trust": TRUSTS}
PUSHED = ("kind", "actor_id", "role", "category", "sensitivity", "trust", "id", "hash")
"""Fields of the record that have tokens."""
TIMES = ("created_at", "updated_at", "observed_at", "event_at", "valid_from", "valid_to", "expires_at")
FIELDS: Mapping[str, str] = (
    dict.fromkeys((*PUSHED, "text"), "s") | dict.fromkeys(("confidence", "version"), "n") | dict.fromkeys(TIMES, "d")
)
"""Fields of the record that filters may name, and the type of their values."""
UNFILTERED = frozenset({"metadata", "actor", "scope", "sources", "derived_from", "provenance"})
UNPUSHED = frozenset(FIELDS) - frozenset(PUSHED)
SCOPED = frozenset({"user_id", "agent_id", "run_id"})
CLAIMED = frozenset(FIELDS) | UNFILTERED | SCOPED

LOGIC = ("AND", "OR", "NOT")
ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
LIKE = {"%": ".*", "_": "."}
EXPECTED = {"s": "text", "n": "a finite number", "d": "a datetime, a date or ISO-8601 text"}


# Parsing


def parse(filters: Mapping[str, Any] | None) -> Tree:
    """The tree of a whole filter; FilterError says what is wrong with the first part that cannot be read."""
    return Everything() if filters is None else _conjunction(filters, 1)


def _conjunction(filters: object, depth: int) -> Tree:
    if not isinstance(filters, Mapping):
        raise FilterError(f"filter {show(filters)}: expected a dict of fields, such as {{'category': 'home'}}")
    if depth > DEPTH_LIMIT:
        raise FilterError(f"filters are nested more than {DEPTH_LIMIT} levels deep: flatten them")
    parts = []
    for key, given in filters.items():  # no comprehension: in these recursions every frame counts
        parts.append(_entry(key, given, depth))
    return _all(parts)


def _all(parts: list[Tree]) -> Tree:
    if not parts:
        return Everything()
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _entry(key: object, given: object, depth: int) -> Tree:
    if not isinstance(key, str):
        raise FilterError(f"filter key {show(key)}: expected text")
    if key in LOGIC:
        return _logic(key, given, depth + 1)
    path = _path(key)
    if isinstance(given, Mapping):
        return _conditions(path, given)
    if isinstance(given, str) and given == "*":
        return Exists(path)
    return _among(path, given) if isinstance(given, list | tuple | set | frozenset) else _equal(path, given)


def _logic(key: str, given: object, depth: int) -> Tree:
    if key == "NOT" and isinstance(given, Mapping):
        return Not(_conjunction(given, depth))
    if not isinstance(given, list | tuple) or not given:
        raise FilterError(f"{key}: {show(given)}: expected a list of at least one filter")
    parts = tuple(map(_conjunction, given, repeat(depth)))
    if key == "AND":
        return And(parts)
    return Or(parts) if key == "OR" else Not(Or(parts))


def _path(key: str) -> Path:
    head, _, rest = key.partition(".")
    if fault := fault_of(key):
        raise FilterError(f"unknown field {key!r}: {fault}")
    if key in FIELDS:
        return key
    if head == "metadata" and rest:
        return tuple(rest.split("."))
    if head in SCOPED:
        raise FilterError(f"unknown field {key!r}: the scope is given by user=, agent= and run=, never by filters")
    if key.startswith("$") or key.upper() in LOGIC:
        raise FilterError(f"unknown operator {key!r}: expected AND, OR or NOT (metadata.{key} for a key of metadata)")
    if head in CLAIMED:
        hint = "actor_id, " if head == "actor" else "metadata.<key> for a key of metadata, "
        raise FilterError(f"unknown field {key!r}: expected {hint}or one of {', '.join(FIELDS)}")
    return tuple(key.split("."))


def _conditions(path: Path, operators: Mapping[Any, object]) -> Tree:
    if not operators:
        raise FilterError(f"{_name(path)}: {{}}: expected at least one operator: {', '.join(OPERATORS)}")
    return _all([_condition(path, op, given) for op, given in operators.items()])


def _condition(path: Path, op: object, given: object) -> Tree:
    reading = OPERATORS.get(op) if isinstance(op, str) else None
    if reading is None:
        raise FilterError(
            f"unknown operator {show(op)} in {_name(path)}: {{{show(op)}: {show(given)}}}: "
            f"expected {', '.join(OPERATORS)} (a key inside {_name(path)} is written with a dot)"
        )
    return reading(path, given)


def _equal(path: Path, given: object) -> Tree:
    return In(path, frozenset({_operand(path, given)}))


def _among(path: Path, given: object) -> Tree:
    if not isinstance(given, list | tuple | set | frozenset):
        raise _refusal(path, given, "a list")
    return In(path, frozenset(_operand(path, each) for each in given))


def _exists(path: Path, given: object) -> Tree:
    if not isinstance(given, bool):
        raise _refusal(path, given, "true or false")
    return Exists(path) if given else Not(Exists(path))


def _compare(op: str, path: Path, given: object) -> Tree:
    kind, bound = _operand(path, given)
    if path in CHOICES:
        return _ranked(op, path, bound)
    if kind in ("b", "z"):
        raise _refusal(path, given, f"text, a number or a time, which have an order, for {op}")
    return Test(path, op, (kind, bound))


def _ranked(op: str, path: Path, bound: str) -> Tree:
    if path == "kind":
        raise FilterError(f"kind: {{{op!r}: {bound!r}}}: kinds have no order: expected eq, ne, in, nin or exists")
    ranks = CHOICES[path]
    return In(path, frozenset(("s", each) for each in ranks if ORDER[op](ranks.index(each), ranks.index(bound))))


def _match(op: str, path: Path, given: object) -> Test:
    if path in CHOICES or _kind(path) not in ("s", None):
        raise FilterError(f"{_name(path)}: {{{op!r}: {show(given)}}}: {op} is for fields that hold free text")
    if not isinstance(given, str):
        raise _refusal(path, given, f"text for {op}")
    text = _operand(path, given)[1]
    return Test(path, op, ("s", text.casefold() if op == "icontains" else text))


def _regex(path: Path, given: object) -> Test:
    test = _match("regex", path, given)
    try:
        _pattern(test.operand[1])
    except re2.error as exc:
        reason = exc.args[0].decode(errors="replace")
        raise FilterError(f"{_name(path)}: {show(given)}: not a pattern that RE2 takes: {reason}") from exc
    return test


def _like(path: Path, given: object) -> Test:
    text = _match("like", path, given).operand[1]
    return _regex(path, f"\\A(?s:{''.join(_like_signs(path, text))})\\z")


def _like_signs(path: Path, text: str) -> Iterator[str]:
    signs = iter(text)
    for sign in signs:
        if sign != "\\":
            yield LIKE.get(sign) or re2.escape(sign)
        elif escaped := next(signs, None):
            yield re2.escape(escaped)
        else:
            raise FilterError(f"{_name(path)}: {{'like': {show(text)}}}: nothing follows the last backslash")


OPERATORS: Mapping[str, Callable[[Path, object], Tree]] = {
    "eq": _equal,
    "ne": lambda path, given: Not(_equal(path, given)),
    **{op: partial(_compare, op) for op in ORDER},
    "in": _among,
    "nin": lambda path, given: Not(_among(path, given)),
    **{op: partial(_match, op) for op in ("contains", "icontains", "startswith")},
    "like": _like,
    "regex": _regex,
    "exists": _exists,
}


def _operand(path: Path, given: object) -> Value:
    """What a condition compares with; refused if it is no value, or if nothing at the path could ever equal it."""
    kind = _kind(path)
    raw = _instant(path, given) if kind == "d" and isinstance(given, str) else given
    if isinstance(raw, date) and not isinstance(raw, datetime):
        raw = datetime(raw.year, raw.month, raw.day, tzinfo=UTC)
    if fault := fault_of(raw):
        raise FilterError(f"{_name(path)}: {show(given)}: {fault}")
    value = _value(raw)
    assert value is not None
    if kind is not None and value[0] != kind:
        hint = ", or exists for whether there is one" if given is None else ""
        raise _refusal(path, given, EXPECTED[kind] + hint)
    if path in CHOICES and value[1] not in CHOICES[path]:
        raise _refusal(path, given, f"one of {', '.join(CHOICES[path])}")
    return value


def _instant(path: Path, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise _refusal(path, text, "a time as in ISO 8601, such as '2024-05-31T18:00:00Z'") from exc


def _refusal(path: Path, given: object, expected: str) -> FilterError:
    return FilterError(f"{_name(path)}: {show(given)}: expected {expected}")


def _kind(path: Path) -> str | None:
    """The type of a record's own field; None for a path into metadata, where there may be any."""
    return FIELDS[path] if isinstance(path, str) else None


def _name(path: Path) -> str:
    """A path as a filter writes it."""
    if isinstance(path, str):
        return path
    name = ".".join(path)
    return f"metadata.{name}" if name.partition(".")[0] in CLAIMED else name


# Values


def _value(raw: object) -> Value | None:
    """The value that a scalar stands for; None for what is no scalar."""
    if isinstance(raw, str):
        return "s", normalize("NFC", raw)
    if isinstance(raw, bool):
        return "b", raw
    if isinstance(raw, (int, float)):
        return "n", raw
    if isinstance(raw, datetime):
        return "d", _microseconds(raw)
    return ("z", None) if raw is None else None


EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)


def _microseconds(at: datetime) -> int:
    """Microseconds since 1970 in UTC. Unlike a conversion to UTC this cannot leave the calendar."""
    since = at.replace(tzinfo=None) - EPOCH
    return (since - (at.utcoffset() or timedelta())) // MICROSECOND


# Evaluation


def evaluate(tree: Tree, record: Record) -> bool:
    """Whether a record passes a filter."""
    match tree:
        case In(path, values):
            return not values.isdisjoint(_values(path, record))
        case Test(path, op, (kind, operand)):
            passes = TESTS[op]
            return any(value[0] == kind and passes(value[1], operand) for value in _values(path, record))
        case Exists(path):
            return bool(_found(path, record))
        case Not(part):
            return not evaluate(part, record)
        case And(parts):
            return all(map(evaluate, parts, repeat(record)))
        case Or(parts):
            return any(map(evaluate, parts, repeat(record)))
        case Everything():
            return True


def names(tree: Tree, path: Path) -> bool:
    """Whether a filter looks at what is there."""
    match tree:
        case In(other, _) | Test(other, _, _) | Exists(other):
            return other == path
        case Not(part):
            return names(part, path)
        case And(parts) | Or(parts):
            return any(map(names, parts, repeat(path)))
        case Everything():
            return False


def _values(path: Path, record: Record) -> list[Value]:
    values: list[Value] = []
    _collect(_found(path, record), values)
    return values


def _collect(found: object, values: list[Value]) -> None:
    if isinstance(found, list):
        for element in found:
            _collect(element, values)
    elif (value := _value(found)) is not None:
        values.append(value)


def _found(path: Path, record: Record) -> list[object]:
    """All that is at a path."""
    if isinstance(path, tuple):
        return list(_descend(record.metadata, path))
    own = getattr(record, "actor" if path == "actor_id" else path)
    return [] if own is None else [own]


def _descend(found: object, path: tuple[str, ...]) -> Iterator[object]:
    if isinstance(found, list):
        for element in found:
            yield from _descend(element, path)
    elif isinstance(found, Mapping):
        if (key := ".".join(path)) in found:
            yield found[key]
        for length in range(1, len(path)):
            if (key := ".".join(path[:length])) in found:
                yield from _descend(found[key], path[length:])


@lru_cache(maxsize=128)
def _pattern(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    return re2.compile(text, options)


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    **ORDER,
    "contains": contains,
    "icontains": lambda text, part: part in text.casefold(),
    "startswith": str.startswith,
    "regex": lambda text, pattern: _pattern(pattern).search(text.encode()) is not None,
}


# Pushing down


@dataclass(frozen=True, slots=True)
class Anything:
    """True of every record."""


@dataclass(frozen=True, slots=True)
class Has:
    """True of the records that have this token."""

    token: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where all parts are."""

    parts: tuple[Pushdown, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where at least one part is; without parts, of nothing."""

    parts: tuple[Pushdown, ...]


Pushdown = Anything | Has | AllOf | AnyOf | Test


def superset(tree: Tree, ranged: Container[tuple[Path, str]] = ()) -> Pushdown:
    """A formula over tokens, without negation, that is true of every record that the tree passes.

    ranged: paths and types of values whose comparisons by order stay in the formula, for a store that can answer them.
    """
    return _push(tree, True, ranged)


def _push(tree: Tree, wanted: bool, ranged: Container[tuple[Path, str]]) -> Pushdown:
    """True of every record for which the tree is what is wanted."""
    match tree:
        case Not(part):
            return _push(part, not wanted, ranged)
        case And(parts) | Or(parts):
            pushed = tuple(map(_push, parts, repeat(wanted), repeat(ranged)))
            return _all_of(pushed) if isinstance(tree, And) == wanted else _any_of(pushed)
        case Everything():
            return Anything() if wanted else AnyOf(())
        case Test(path, op, (kind, _)) if wanted and op in ORDER and (path, kind) in ranged:
            return tree
        case In(path, values) if wanted and path not in UNPUSHED and len(values) <= PUSH_LIMIT:
            return _any_of(tuple(map(Has, sorted(_token(path, value) for value in values))))
        case In(path) | Test(path) | Exists(path) if wanted and path not in UNPUSHED:
            return Has(f"?{label(path)}")
    return Anything()


def _all_of(parts: tuple[Pushdown, ...]) -> Pushdown:
    kept: dict[Pushdown, None] = {}
    room = PUSH_LIMIT
    for part in parts:
        if part != Anything() and part not in kept and (size := _size(part)) <= room:
            kept[part] = None
            room -= size
    if len(kept) > 1:
        return AllOf(tuple(kept))
    return next(iter(kept), Anything())


def _any_of(parts: tuple[Pushdown, ...]) -> Pushdown:
    kept = tuple(dict.fromkeys(parts))
    if Anything() in kept or sum(map(_size, kept)) > PUSH_LIMIT:
        return Anything()
    return kept[0] if len(kept) == 1 else AnyOf(kept)


def _size(pushdown: Pushdown) -> int:
    return sum(map(_size, pushdown.parts)) if isinstance(pushdown, AllOf | AnyOf) else 1


def holds(pushdown: Pushdown, tokens: frozenset[str]) -> bool:
    """Whether a formula is true of a record with these tokens."""
    match pushdown:
        case Has(token):
            return token in tokens
        case AllOf(parts):
            return all(map(holds, parts, repeat(tokens)))
        case AnyOf(parts):
            return any(map(holds, parts, repeat(tokens)))
        case Anything() | Test():  # tokens do not tell order
            return True


def tokens(metadata: Mapping[str, Any]) -> frozenset[str]:
    """What a record's metadata holds: `?path` for every path, `path=s:text`, `path=n:7`, `path=b:true`, `path=z:` for
    None and `path=d:` with UTC microseconds since 1970 for every value. A list's elements stand at the list's path.

    A path whose first key is the name of a field begins with `metadata.`, so no token of metadata reads like one of a
    field. Long values, and paths that are long or hold one of = ? # and NUL, are replaced by `#` and their digest.
    """
    found: set[str] = set()
    _tokenize((), metadata, found)
    return frozenset(found)


def _tokenize(path: tuple[str, ...], found: object, into: set[str]) -> None:
    if isinstance(found, list):
        for element in found:
            _tokenize(path, element, into)
    elif isinstance(found, Mapping):
        for key, inner in found.items():
            into.add(f"?{label((*path, key))}")
            _tokenize((*path, key), inner, into)
    elif (value := _value(found)) is not None:
        into.add(_token(path, value))


def reserved_tokens(record: Record) -> frozenset[str]:
    """What a record's own text fields (PUSHED) hold: `?field` and `field=s:text`, the text in NFC and in full.

    `tokens(record.metadata) | reserved_tokens(record)` are all tokens of a record, and the only ones that `superset`
    asks for. A store that answers `category=s:home` from a column must hold the NFC form in it.
    """
    found: set[str] = set()
    for field in PUSHED:
        for value in _values(field, record):
            found |= {f"?{field}", _token(field, value)}
    return frozenset(found)


def time_tokens(record: Record) -> frozenset[str]:
    """What a record's own times hold, `field=d:` with microseconds: `superset` asks for none, but indexes keep them."""
    instants = ((field, getattr(record, field)) for field in TIMES)
    return frozenset(f"{field}=d:{_microseconds(at)}" for field, at in instants if at is not None)


def label(path: Path) -> str:
    """What tokens call a path."""
    name = _name(path)
    odd = len(name) > TOKEN_LIMIT or any(sign in name for sign in "=?#\0")
    return f"#{digest(name)}" if odd else name


def shown(value: Value) -> str:
    """A value as tokens have it."""
    kind, canonical = value
    return f"{kind}:{CANONICAL[kind](canonical)}"


def _token(path: Path, value: Value) -> str:
    kind, canonical = value
    text = CANONICAL[kind](canonical)
    long = isinstance(path, tuple) and (len(text) > TOKEN_LIMIT or "\0" in text)
    return f"{label(path)}={kind}#{digest(text)}" if long else f"{label(path)}={kind}:{text}"


def _number(number: float) -> str:
    """Equal for equal numbers, and for no others."""
    return str(int(number)) if isinstance(number, int) or number.is_integer() else float.__repr__(number)


CANONICAL: Mapping[str, Callable[[Any], str]] = {
    "s": str.__str__,
    "n": _number,
    "b": lambda flag: "true" if flag else "false",
    "d": str,
    "z": lambda _: "",
}
