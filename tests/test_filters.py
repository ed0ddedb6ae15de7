"""The filter language: what each filter means, what is refused, and what a store may push down."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, StrEnum
from typing import Any

import pytest
from hypothesis import given, settings

from recollect.errors import FilterError, UsageError
from recollect.filters import (
    FIELDS,
    PUSH_LIMIT,
    AllOf,
    AnyOf,
    Anything,
    Everything,
    Has,
    evaluate,
    holds,
    names,
    parse,
    reserved_tokens,
    superset,
    tokens,
)
from recollect.metadata import DEPTH_LIMIT, decode_metadata, encode_metadata
from recollect.types import Record
from tests.filter_cases import RANKS, Filters, Metadata, cases, metadatas, record_of, records, trees

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


# The language once more, over the filter as written: slow, plain, and sharing nothing with the real one.


def passes(filters: Filters, record: Record) -> bool:
    return all(passes_entry(key, wanted, record) for key, wanted in filters.items())


def passes_entry(key: str, wanted: Any, record: Record) -> bool:
    if key == "AND":
        return all(passes(part, record) for part in wanted)
    if key == "OR":
        return any(passes(part, record) for part in wanted)
    if key == "NOT":
        return not any(passes(part, record) for part in (wanted if isinstance(wanted, list) else [wanted]))
    found = own(key, record) if key in FIELDS else at(key.removeprefix("metadata."), record)
    if isinstance(wanted, dict):
        return all(passes_operator(key, op, operand, found) for op, operand in wanted.items())
    if wanted == "*":
        return bool(found)
    return passes_operator(key, "in" if isinstance(wanted, list) else "eq", wanted, found)


def own(field: str, record: Record) -> list[Any]:
    value = record.actor if field == "actor_id" else getattr(record, field)
    return [] if value is None else [value]


def at(path: str, record: Record) -> list[Any]:
    return [value for found, value in pairs("", record.metadata) if found == path]


def pairs(prefix: str, node: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its path, and every element of a list at the path of the list."""
    for key, value in node.items():
        yield prefix + key, value
        stack = [value]
        while stack:
            top = stack.pop()
            if isinstance(top, list):
                stack += top
                yield from ((prefix + key, element) for element in top)
            if isinstance(top, dict):
                yield from pairs(f"{prefix}{key}.", top)


def passes_operator(field: str, op: str, operand: Any, found: list[Any]) -> bool:
    if op == "exists":
        return bool(found) is operand
    if op in ("ne", "nin"):
        return not passes_operator(field, {"ne": "eq", "nin": "in"}[op], operand, found)
    if op == "in":
        return any(passes_operator(field, "eq", each, found) for each in operand)
    return any(passes_value(field, op, operand, value) for value in found)


def passes_value(field: str, op: str, operand: Any, value: Any) -> bool:
    (kind, left), (other, right) = plain(value), plain(operand, is_time=field.endswith("_at"))
    if kind != other or kind == "container":
        return False
    if field in RANKS:
        left, right = RANKS[field].index(left), RANKS[field].index(right)
    return {
        "eq": lambda: left == right,
        "gt": lambda: left > right,
        "gte": lambda: left >= right,
        "lt": lambda: left < right,
        "lte": lambda: left <= right,
        "contains": lambda: left.find(right) >= 0,
        "icontains": lambda: left.casefold().find(right.casefold()) >= 0,
        "startswith": lambda: left[: len(right)] == right,
        "like": lambda: like(right, left),
        "regex": lambda: re.search(right, left) is not None,
    }[op]()


def plain(value: Any, is_time: bool = False) -> tuple[str, Any]:
    if is_time and isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return "time", value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return "time", datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, list | dict):
        return "container", None
    if isinstance(value, str):
        return "text", unicodedata.normalize("NFC", value)
    return ("number" if type(value) in (int, float) else type(value).__name__), value


def like(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(pattern[1:], text[start:]) for start in range(len(text) + 1))
    if pattern[0] == "_":
        return bool(text) and like(pattern[1:], text[1:])
    literal, rest = (pattern[1], pattern[2:]) if pattern[0] == "\\" else (pattern[0], pattern[1:])
    return text[:1] == literal and like(rest, text[1:])


@settings(max_examples=600, deadline=None)
@given(trees(), records())
def test_a_filter_means_what_the_language_says(filters: Filters, record: Record) -> None:
    """Evaluation agrees with an independent reading of the same filter."""
    assert evaluate(parse(filters), record) is passes(filters, record)


@settings(max_examples=600, deadline=None)
@given(trees(), records())
def test_what_is_pushed_down_loses_nothing(filters: Filters, record: Record) -> None:
    """Every record that passes a filter also has the tokens that a store is asked for."""
    tree = parse(filters)
    assert not evaluate(tree, record) or holds(superset(tree), tokens(record.metadata) | reserved_tokens(record))


@settings(max_examples=300, deadline=None)
@given(trees(), metadatas())
def test_storing_metadata_changes_no_answer(filters: Filters, metadata: Metadata) -> None:
    """A filter gives the same answer before and after metadata went through its text; so do its tokens."""
    tree, stored = parse(filters), decode_metadata(encode_metadata(metadata))
    assert evaluate(tree, record_of(stored)) is evaluate(tree, record_of(metadata))
    assert tokens(stored) == tokens(metadata)


def test_numbered_cases_are_the_same_each_time_and_worth_running() -> None:
    """The cases for stores are fixed by their seed, the reference agrees on them, and many pass and many do not."""
    made = cases(2000, seed=1)
    assert made[:50] == cases(50, seed=1) != cases(50, seed=2)
    answers = [
        (superset(parse(filters)), evaluate(parse(filters), record), passes(filters, record), record)
        for filters, metadata in made
        for record in map(record_of, metadata)
    ]
    assert all(answer is expected for _, answer, expected, _ in answers)
    found = [(formula, record) for formula, answer, _, record in answers if answer and formula != Anything()]
    assert all(holds(formula, tokens(record.metadata) | reserved_tokens(record)) for formula, record in found)
    assert len(found) > len(answers) / 10
    assert sum(not answer for _, answer, _, _ in answers) > len(answers) / 4


MEANINGS = [
    # equality and types
    ({"a": 7}, {"a": 7.0}, True),
    ({"a": 7.0}, {"a": 7}, True),
    ({"a": "7"}, {"a": 7}, False),
    ({"a": 1}, {"a": True}, False),
    ({"a": True}, {"a": 1}, False),
    ({"a": False}, {"a": 0.0}, False),
    ({"a": 0}, {"a": -0.0}, True),
    ({"a": 2**60 + 1}, {"a": 2**60}, False),
    ({"a": 2**60 + 1}, {"a": float(2**60)}, False),
    ({"a": 2**60}, {"a": float(2**60)}, True),
    ({"a": {"gt": float(2**60)}}, {"a": 2**60 + 1}, True),
    ({"a": {"gt": 10**300}}, {"a": 1e308}, True),
    ({"a": NOON}, {"a": NOON.isoformat()}, False),
    ({"a": NOON.isoformat()}, {"a": NOON}, False),
    ({"a": {"gt": "6"}}, {"a": 7}, False),
    ({"NOT": {"a": {"gt": "6"}}}, {"a": 7}, True),
    ({"a": {"gt": 6}}, {"a": True}, False),
    ({"a": {"ne": 7}}, {"a": "7"}, True),
    # missing keys, None and existence
    ({"a": {"ne": 1}}, {}, True),
    ({"a": {"nin": [1]}}, {}, True),
    ({"NOT": {"a": 1}}, {}, True),
    ({"a": {"lt": 1}}, {}, False),
    ({"a": None}, {}, False),
    ({"a": None}, {"a": None}, True),
    ({"a": {"ne": None}}, {}, True),
    ({"a": {"ne": None}}, {"a": None}, False),
    ({"a": None}, {"a": 0}, False),
    ({"a": "*"}, {"a": None}, True),
    ({"a": "*"}, {"a": []}, True),
    ({"a": "*"}, {"a": {}}, True),
    ({"a": "*"}, {}, False),
    ({"a": {"eq": "*"}}, {"a": "x"}, False),
    ({"a": {"eq": "*"}}, {"a": "*"}, True),
    ({"a": {"exists": False}}, {}, True),
    ({"a": {"exists": False}}, {"a": None}, False),
    # lists
    ({"a": ["x", "y"]}, {"a": "y"}, True),
    ({"a": ("x", "y")}, {"a": "z"}, False),
    ({"a": {"in": {"x"}}}, {"a": "x"}, True),
    ({"a": []}, {"a": "x"}, False),
    ({"a": {"nin": []}}, {"a": "x"}, True),
    ({"a": "y"}, {"a": ["x", "y"]}, True),
    ({"a": {"ne": "y"}}, {"a": ["x", "y"]}, False),
    ({"a": {"nin": ["z"]}}, {"a": ["x", "y"]}, True),
    ({"a": {"gt": 5, "lt": 3}}, {"a": [1, 9]}, True),
    ({"a": {"gt": 5, "lt": 3}}, {"a": 4}, False),
    ({"a": "x"}, {"a": [["x"]]}, True),
    ({"a": {"contains": "wor"}}, {"a": ["home", "work"]}, True),
    # paths
    ({"address.city": "Oslo"}, {"address": {"city": "Oslo"}}, True),
    ({"address.city": "Oslo"}, {"address.city": "Oslo"}, True),
    ({"address.city": "Oslo"}, {"address": "Oslo"}, False),
    ({"address.city": "Oslo"}, {"address": [{"city": "Rome"}, {"city": "Oslo"}]}, True),
    ({"a.b.c": 1}, {"a.b": {"c": 1}}, True),
    ({"metadata.kind": "note"}, {"kind": "note"}, True),
    ({"metadata.user_id": "bob"}, {"user_id": "bob"}, True),
    ({"metadata.metadata": 1}, {"metadata": 1}, True),
    ({"metadata.a": 1}, {"a": 1}, True),
    ({"metadata.$or": 1}, {"$or": 1}, True),
    # text
    ({"a": "é"}, {"a": "e\u0301"}, True),
    ({"a": "a"}, {"a": "A"}, False),
    ({"a": {"contains": "Oslo"}}, {"a": "in Oslo."}, True),
    ({"a": {"contains": "oslo"}}, {"a": "in Oslo."}, False),
    ({"a": {"contains": ""}}, {"a": ""}, True),
    ({"a": {"icontains": "STRASSE"}}, {"a": "Straße 1"}, True),
    ({"a": {"icontains": "Straße"}}, {"a": "STRASSE 1"}, True),
    ({"a": {"icontains": "İSTANBUL"}}, {"a": "in i̇stanbul"}, True),
    ({"a": {"icontains": "ÉCOLE"}}, {"a": "e\u0301cole"}, True),
    ({"a": {"startswith": "é"}}, {"a": "e\u0301cole"}, True),
    ({"a": {"startswith": "O"}}, {"a": "oslo"}, False),
    ({"a": {"gt": "a"}}, {"a": "b"}, True),
    ({"a": {"gte": "é"}}, {"a": "e\u0301"}, True),
    # like
    ({"a": {"like": "O%o"}}, {"a": "Oslo"}, True),
    ({"a": {"like": "O%o"}}, {"a": "Oslo!"}, False),
    ({"a": {"like": "o%"}}, {"a": "Oslo"}, False),
    ({"a": {"like": "_"}}, {"a": "e\u0301"}, True),
    ({"a": {"like": "_"}}, {"a": "😀"}, True),
    ({"a": {"like": "a%b"}}, {"a": "a\n\nb"}, True),
    ({"a": {"like": r"100\%"}}, {"a": "100%"}, True),
    ({"a": {"like": r"100\%"}}, {"a": "1000"}, False),
    ({"a": {"like": r"a\_\\"}}, {"a": "a_\\"}, True),
    ({"a": {"like": "a.c"}}, {"a": "abc"}, False),
    ({"a": {"like": ""}}, {"a": ""}, True),
    # regex
    ({"a": {"regex": "s.o"}}, {"a": "Oslo"}, True),
    ({"a": {"regex": "^s"}}, {"a": "Oslo"}, False),
    ({"a": {"regex": "(?i)OSLO$"}}, {"a": "in Oslo"}, True),
    ({"a": {"regex": "a$"}}, {"a": "a\n"}, False),
    ({"a": {"regex": "^e\u0301$"}}, {"a": "é"}, True),
    ({"a": {"regex": "7"}}, {"a": 7}, False),
    # times
    ({"a": datetime(2024, 2, 29, 12)}, {"a": NOON}, True),
    ({"a": datetime(2024, 2, 29, 17, 30, tzinfo=timezone(timedelta(hours=5.5)))}, {"a": NOON}, True),
    ({"a": {"gte": date(2024, 2, 29)}}, {"a": NOON}, True),
    ({"a": {"lte": date(2024, 2, 29)}}, {"a": NOON}, False),
    ({"a": {"gt": datetime(1500, 1, 1)}}, {"a": datetime(1500, 1, 1, 0, 0, 0, 1)}, True),
    ({"a": datetime(9999, 12, 31, 23, 59, 59, 999999)}, {"a": datetime(9999, 12, 31, 23, 59, 59, 999999)}, True),
    ({"a": {"lt": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))}}, {"a": NOON}, True),
    # logic
    ({}, {}, True),
    ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
    ({"AND": [{"a": 1}, {"b": 2}]}, {"a": 1, "b": 2}, True),
    ({"AND": [{"a": 1}, {"b": 2}], "c": 3}, {"a": 1, "b": 2}, False),
    ({"OR": [{"a": 1}, {"b": 2}]}, {"b": 2}, True),
    ({"OR": [{"a": 1}, {"b": 2}]}, {}, False),
    ({"NOT": {"a": 1, "b": 2}}, {"a": 1, "b": 3}, True),
    ({"NOT": [{"a": 1}, {"b": 2}]}, {"a": 1, "b": 3}, False),
    ({"NOT": [{"a": 1}, {"b": 2}]}, {"a": 2, "b": 3}, True),
    ({"NOT": {}}, {}, False),
]


@pytest.mark.parametrize(("filters", "metadata", "expected"), MEANINGS)
def test_each_operator_means_what_it_says(filters: Filters, metadata: Metadata, expected: bool) -> None:
    """The table is the language; what passes is also found by what is pushed down."""
    tree, record = parse(filters), record_of(metadata)
    assert evaluate(tree, record) is expected
    assert not expected or holds(superset(tree), tokens(metadata) | reserved_tokens(record))


RECORD = record_of(
    {"kind": "note", "when": NOON},
    text="Anna lives in Oslo.",
    actor="anna",
    role="user",
    category="home",
    sensitivity="sensitive",
    confidence=0.5,
    version=3,
    created_at=NOON,
    event_at=datetime(1500, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "fact"}, True),
        ({"kind": ["message", "procedure"]}, False),
        ({"kind": {"ne": "message"}}, True),
        ({"actor_id": "anna"}, True),
        ({"role": {"in": ["user", "tool"]}}, True),
        ({"category": {"like": "h%"}}, True),
        ({"sensitivity": {"gte": "personal"}}, True),
        ({"sensitivity": {"gt": "sensitive"}}, False),
        ({"sensitivity": {"lte": "personal"}}, False),
        ({"sensitivity": {"gt": "secret"}}, False),
        ({"trust": {"gte": "agent", "lt": "system"}}, True),
        ({"confidence": {"gte": 0.5}}, True),
        ({"version": 3.0}, True),
        ({"text": {"icontains": "OSLO"}}, True),
        ({"id": "m1"}, True),
        ({"hash": {"ne": RECORD.hash}}, False),
        ({"created_at": "2024-02-29T12:00:00Z"}, True),
        ({"created_at": {"gte": "2024-02-29", "lt": date(2024, 3, 1)}}, True),
        ({"created_at": {"in": ["2024-02-29T13:00+01:00"]}}, True),
        ({"event_at": {"lt": "1500-01-02"}}, True),
        ({"valid_to": "*"}, False),
        ({"valid_to": {"exists": False}}, True),
        ({"expires_at": {"lt": "9999-12-31"}}, False),
        ({"NOT": {"expires_at": {"lt": "9999-12-31"}}}, True),
    ],
)
def test_fields_of_the_record_are_filtered_by_their_type(filters: Filters, expected: bool) -> None:
    """A field's name reaches the record's own field, never metadata of the same name."""
    tree = parse(filters)
    assert evaluate(tree, RECORD) is expected
    assert not expected or holds(superset(tree), tokens(RECORD.metadata) | reserved_tokens(RECORD))


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ([{"a": 1}], ["[{'a': 1 (int)}]"[:2], "list", "expected a dict"]),
        ("a", ["'a'", "str", "expected a dict"]),
        ({7: 1}, ["7", "int", "expected text"]),
        ({"$and": [{"a": 1}]}, ["'$and'", "AND", "metadata.$and"]),
        ({"or": [{"a": 1}]}, ["'or'", "OR", "metadata.or"]),
        ({"user_id": "bob"}, ["'user_id'", "user="]),
        ({"agent_id": "bob"}, ["'agent_id'", "agent="]),
        ({"run_id": {"ne": "x"}}, ["'run_id'", "run="]),
        ({"NOT": {"OR": [{"user_id": "bob"}]}}, ["'user_id'", "never by filters"]),
        ({"actor": "anna"}, ["'actor'", "actor_id"]),
        ({"metadata": {"a": 1}}, ["'metadata'", "metadata.<key>"]),
        ({"sources": "*"}, ["'sources'", "metadata.<key>", "created_at"]),
        ({"kind.x": 1}, ["'kind.x'", "metadata.<key>"]),
        ({"\ud800": 1}, ["unknown field", "Unicode"]),
        ({"AND": {"a": 1}}, ["AND", "{'a': 1}", "dict", "list of at least one filter"]),
        ({"OR": []}, ["OR", "[]", "list of at least one filter"]),
        ({"NOT": "a"}, ["NOT", "'a'", "list of at least one filter"]),
        ({"AND": [7]}, ["7", "int", "expected a dict"]),
        ({"a": {}}, ["a", "at least one operator", "icontains"]),
        ({"a": {"foo": 7}}, ["unknown operator 'foo'", "a", "7", "int", "startswith"]),
        ({"a": {"$eq": 7}}, ["unknown operator '$eq'", "eq, ne"]),
        ({"a": {7: 7}}, ["unknown operator 7", "eq, ne"]),
        ({"address": {"city": "Oslo"}}, ["unknown operator 'city'", "address", "with a dot"]),
        ({"a": object()}, ["a", "object", "expected text, a finite number"]),
        ({"a": b"x"}, ["b'x'", "bytes", "expected text"]),
        ({"a": float("nan")}, ["nan", "float", "finite"]),
        ({"a": {"lt": float("inf")}}, ["inf", "float", "finite"]),
        ({"a": {"in": [1, float("-inf")]}}, ["-inf", "finite"]),
        ({"a": 2**2000}, ["int", "1024 bits"]),
        ({"a": 10**5000}, ["int", "1024 bits"]),
        ({"a": "\ud800"}, ["\\ud800", "Unicode"]),
        ({"a": [[1]]}, ["[1]", "list", "expected text"]),
        ({"a": {"eq": ["x"]}}, ["['x']", "list"]),
        ({"a": {"eq": {"b": 1}}}, ["{'b': 1}", "dict"]),
        ({"a": {"in": "xy"}}, ["'xy'", "str", "expected a list"]),
        ({"a": {"nin": 7}}, ["7", "int", "expected a list"]),
        ({"a": {"exists": 1}}, ["1", "int", "true or false"]),
        ({"a": {"gt": True}}, ["True", "bool", "order"]),
        ({"a": {"lte": None}}, ["None", "NoneType", "order"]),
        ({"a": {"contains": 7}}, ["7", "int", "text for contains"]),
        ({"a": {"icontains": ["x"]}}, ["['x']", "list", "text for icontains"]),
        ({"a": {"startswith": None}}, ["None", "text for startswith"]),
        ({"a": {"like": 7}}, ["7", "int", "text for like"]),
        ({"a": {"like": "x\\"}}, ["like", "backslash"]),
        ({"a": {"regex": re.compile("x")}}, ["Pattern", "text for regex"]),
        ({"a": {"regex": "("}}, ["'('", "RE2", "missing )"]),
        ({"a": {"regex": "(?=x)"}}, ["'(?=x)'", "RE2"]),
        ({"a": {"regex": "((a{100}){100}){100}"}}, ["RE2", "repetition"]),
        ({"kind": "facts"}, ["kind", "'facts'", "fact, message, procedure"]),
        ({"kind": {"gt": "fact"}}, ["kind", "no order"]),
        ({"sensitivity": {"gte": "private"}}, ["'private'", "public, personal, sensitive, secret"]),
        ({"trust": ["user", "root"]}, ["'root'", "document, tool, agent, user, system"]),
        ({"trust": {"like": "u%"}}, ["trust", "like", "free text"]),
        ({"trust": 3}, ["trust", "3", "int", "expected text"]),
        ({"confidence": "0.5"}, ["confidence", "'0.5'", "str", "finite number"]),
        ({"confidence": True}, ["confidence", "True", "bool", "finite number"]),
        ({"version": {"regex": "1"}}, ["version", "regex", "free text"]),
        ({"created_at": "yesterday"}, ["created_at", "'yesterday'", "ISO 8601"]),
        ({"created_at": 1709208000}, ["created_at", "1709208000", "int", "ISO-8601"]),
        ({"created_at": {"contains": "2024"}}, ["created_at", "contains", "free text"]),
        ({"category": 7}, ["category", "7", "int", "expected text"]),
        ({"category": None}, ["category", "None", "exists"]),
    ],
)
def test_what_cannot_be_applied_exactly_is_refused(filters: Any, named: list[str]) -> None:
    """The error names the operator or field, the value with its type, and what was expected."""
    with pytest.raises(FilterError) as raised:
        parse(filters)
    assert [part for part in named if part not in str(raised.value)] == []


def test_no_filter_passes_everything() -> None:
    """None and {} are the tree that passes all, and nothing is pushed down for it."""
    assert parse(None) == parse({}) == Everything()
    assert evaluate(Everything(), RECORD)
    assert superset(Everything()) == Anything()


def nested(levels: int) -> Filters:
    filters: Filters = {"a": 1}
    for level in range(levels):
        filters = {"NOT": filters} if level % 2 else {"AND": [filters, {"b": 1}]}
    return filters


def test_deep_filters_work_up_to_the_limit() -> None:
    """Filters nested up to the limit are read, evaluated, pushed down and compared."""
    tree = parse(nested(DEPTH_LIMIT - 1))
    assert evaluate(tree, record_of({"a": 1, "b": 1})) in (True, False)
    assert tree == parse(nested(DEPTH_LIMIT - 1))
    assert superset(tree)


@pytest.mark.parametrize("levels", [DEPTH_LIMIT, 5_000])
def test_filters_beyond_the_depth_limit_are_refused(levels: int) -> None:
    """Too deep a filter is a FilterError that states the limit, never a RecursionError."""
    with pytest.raises(FilterError, match=f"more than {DEPTH_LIMIT} levels"):
        parse(nested(levels))


def test_a_filter_that_contains_itself_is_refused() -> None:
    """A circular filter ends as one that is too deep."""
    filters: Filters = {}
    filters["AND"] = [filters, filters]
    with pytest.raises(FilterError, match="levels"):
        parse(filters)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}"])
def test_no_pattern_takes_long(pattern: str) -> None:
    """Patterns that make a backtracking engine hang end within a second on 10,000 characters."""
    record = record_of({}, text="a" * 10_000 + "b")
    tree = parse({"text": {"regex": pattern}})
    started = time.perf_counter()
    evaluate(tree, record)
    assert time.perf_counter() - started < 1


def test_an_invalid_pattern_writes_nothing_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """The regex library's own log stays silent."""
    with pytest.raises(FilterError):
        parse({"a": {"regex": "silent("}})
    assert capfd.readouterr().err == ""


def test_a_tree_keeps_nothing_of_the_filter_it_was_made_of() -> None:
    """A filter changed after parsing does not change the tree, and trees of values that differ by type differ."""
    wanted = ["x"]
    tree = parse({"a": {"in": wanted}})
    wanted.append("y")
    assert tree == parse({"a": "x"})
    assert hash(tree) == hash(parse({"a": "x"}))
    assert parse({"a": 1}) != parse({"a": True})


class Colour(Enum):
    RED = "red"


class Shade(StrEnum):
    DARK = "dark"


@pytest.mark.parametrize(
    ("filters", "looked_at"),
    [
        (None, False),
        ({"kind": "fact"}, True),
        ({"metadata.kind": "fact"}, False),
        ({"OR": [{"a": 1}, {"NOT": {"kind": {"in": ["fact"]}}}]}, True),
        ({"AND": [{"kind": "*"}, {"a": 1}]}, True),
        ({"NOT": {"category": "home"}}, False),
    ],
)
def test_a_filter_tells_what_it_looks_at(filters: Any, looked_at: bool) -> None:
    """However deep it stands; a key of metadata is none of the record's fields."""
    assert names(parse(filters), "kind") is looked_at


def test_text_enums_are_text() -> None:
    """A member of a StrEnum is its text in filters and metadata; any other enum is refused."""
    record = record_of({"shade": Shade.DARK})
    assert evaluate(parse({"shade": "dark"}), record)
    assert evaluate(parse({"shade": Shade.DARK}), record_of({"shade": "dark"}))
    assert tokens(record.metadata) == {"?shade", "shade=s:dark"}
    with pytest.raises(FilterError, match="Colour"):
        parse({"colour": Colour.RED})


# Pushing down


def test_metadata_has_one_token_for_equal_values() -> None:
    """Tokens name paths and values with their types; equal values have equal tokens, and lists stand at their path."""
    metadata = {
        "a": [7, 7.0, True, None, "e\u0301", [2**60 + 1]],
        "b": {"c": NOON, "d": NOON.replace(tzinfo=None), "e": 7.5},
        "kind": "note",
        "empty": {},
    }
    assert tokens(metadata) == {
        *("?a", "a=n:7", "a=b:true", "a=z:", "a=s:é", "a=n:1152921504606846977"),
        *("?b", "?b.c", "b.c=d:1709208000000000", "?b.d", "b.d=d:1709208000000000", "?b.e", "b.e=n:7.5"),
        *("?metadata.kind", "metadata.kind=s:note", "?empty"),
    }


def test_fields_of_the_record_have_tokens_of_their_own() -> None:
    """Text fields of the record are tokens that no metadata can have."""
    record = record_of({"kind": "note", "kind=s:fact": 1}, category="e\u0301", actor="anna")
    own = reserved_tokens(record)
    assert own >= {"?kind", "kind=s:fact", "category=s:é", "actor_id=s:anna", "sensitivity=s:personal", "trust=s:user"}
    assert "?role" not in own
    assert not own & tokens(record.metadata)


def test_long_values_have_short_tokens() -> None:
    """A token is short enough for any database index and holds no NUL, and still tells values apart."""
    texts = ["x" * 10_000, "x" * 10_001, "a\0b", "a\0c"]
    made = tokens({"a": texts, "k" * 5_000: 1, "a\0b": 1, "a=s:x": 1, "?a": 1})
    assert len(made) == 1 + len(texts) + 2 * 4
    assert all(len(token) < 300 and "\0" not in token for token in made)
    assert {"a=s:x", "??a"}.isdisjoint(made)


@pytest.mark.parametrize(
    ("filters", "pushed"),
    [
        ({"kind": "fact"}, Has("kind=s:fact")),
        ({"a": 7.0}, Has("a=n:7")),
        ({"a": ["x", "y"]}, AnyOf((Has("a=s:x"), Has("a=s:y")))),
        ({"a": []}, AnyOf(())),
        ({"a": {"gt": 7, "lt": 9}}, Has("?a")),
        ({"a": {"regex": "x"}}, Has("?a")),
        ({"a": "*"}, Has("?a")),
        ({"a": {"exists": False}}, Anything()),
        ({"a": {"ne": 7}}, Anything()),
        ({"NOT": {"a": {"ne": 7}}}, Has("a=n:7")),
        ({"NOT": {"OR": [{"a": {"ne": 7}}, {"b": 1}]}}, Has("a=n:7")),
        ({"NOT": {"AND": [{"a": {"ne": 7}}, {"b": {"nin": ["x"]}}]}}, AnyOf((Has("a=n:7"), Has("b=s:x")))),
        ({"NOT": {}}, AnyOf(())),
        ({"a": 1, "kind": "fact"}, AllOf((Has("a=n:1"), Has("kind=s:fact")))),
        ({"OR": [{"a": 1}, {"b": {"ne": 2}}]}, Anything()),
        ({"OR": [{"a": 1}, {"a": 1.0}]}, Has("a=n:1")),
        ({"sensitivity": {"lt": "sensitive"}}, AnyOf((Has("sensitivity=s:personal"), Has("sensitivity=s:public")))),
        ({"category": "c" * 1_000}, Has("category=s:" + "c" * 1_000)),
        ({"text": "x"}, Anything()),
        ({"created_at": {"gt": "2024-01-01"}}, Anything()),
        ({"a": {"in": list(range(PUSH_LIMIT + 1))}}, Has("?a")),
        ({"OR": [{"a": each} for each in range(PUSH_LIMIT + 1)]}, Anything()),
    ],
)
def test_as_much_as_can_be_is_pushed_down(filters: Filters, pushed: object) -> None:
    """Negations are pushed inwards; what no token tells is left to evaluation."""
    assert superset(parse(filters)) == pushed


def test_what_is_pushed_down_stays_small() -> None:
    """Of many conjuncts only so many are pushed down as every database takes."""
    pushed = superset(parse({"AND": [{f"k{each}": [each, -1]} for each in range(10_000)]}))
    assert isinstance(pushed, AllOf)
    assert len(pushed.parts) == PUSH_LIMIT // 2


def test_a_formula_is_true_of_the_tokens_it_asks_for() -> None:
    """`holds` reads a formula as and, or, has, true; a choice among nothing is never true."""
    formula = AllOf((Has("a"), AnyOf((Has("b"), Has("c")))))
    assert holds(formula, frozenset({"a", "c"}))
    assert not holds(formula, frozenset({"a"}))
    assert not holds(formula, frozenset({"b", "c"}))
    assert holds(Anything(), frozenset())
    assert not holds(AnyOf(()), frozenset({"a"}))


# Metadata as text


def test_metadata_comes_back_as_it_was() -> None:
    """All kinds of values, and keys that look like the encoding's own, come back; datetimes in UTC."""
    metadata = {
        "n": [7, 7.0, -0.0, 2**60 + 1, True, None, "é\0\n"],
        "$date": {"$date": "2024-02-29", "$$x": [{"$date": None}]},
        "when": datetime(2024, 2, 29, 17, 30, 0, 1, tzinfo=timezone(timedelta(hours=5.5))),
        "old": datetime(1500, 1, 1, tzinfo=UTC),
    }
    stored = decode_metadata(encode_metadata(metadata))
    assert stored == metadata
    assert [type(each) for each in stored["n"]] == [int, float, float, int, bool, type(None), str]
    assert stored["when"].tzinfo is UTC
    assert encode_metadata({"when": NOON}) == '{"when":{"$date":"2024-02-29T12:00:00+00:00"}}'


def deep(levels: int) -> Metadata:
    metadata: Metadata = {}
    for _ in range(levels):
        metadata = {"a": metadata}
    return metadata


def deep_list(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ([1], ["metadata", "list", "expected a dict"]),
        ({"a": {"b": (1, 2)}}, ["metadata.a.b", "(1, 2)", "tuple", "a list or a dict"]),
        ({"a": [{1}]}, ["metadata.a", "{1}", "set"]),
        ({"a": b"x"}, ["metadata.a", "bytes"]),
        ({"a": date(2024, 2, 29)}, ["metadata.a", "date", "a datetime"]),
        ({"a": float("nan")}, ["metadata.a", "nan", "finite"]),
        ({"a": [float("inf")]}, ["metadata.a", "inf", "finite"]),
        ({"a": 10**5000}, ["metadata.a", "int", "1024 bits"]),
        ({"a": "\ud83d\ude00"}, ["metadata.a", "Unicode"]),
        ({"a": {7: 1}}, ["metadata.a", "key 7 (int)", "text"]),
        ({"\ud800": 1}, ["metadata", "key", "Unicode"]),
        ({"a": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))}, ["metadata.a", "9999"]),
        (deep(5_000), ["metadata.a.a", f"{DEPTH_LIMIT} levels"]),
        ({"a": deep_list(5_000)}, ["metadata.a", f"{DEPTH_LIMIT} levels"]),
    ],
)
def test_metadata_that_text_cannot_hold_is_refused(metadata: Any, named: list[str]) -> None:
    """The error names the key, the value with its type, and what was expected."""
    with pytest.raises(UsageError) as raised:
        encode_metadata(metadata)
    assert [part for part in named if part not in str(raised.value)] == []


def test_deep_metadata_is_stored_up_to_the_limit() -> None:
    """Metadata nested up to the limit is stored, filtered and has tokens."""
    metadata = decode_metadata(encode_metadata(deep(DEPTH_LIMIT)))
    path = ".".join("a" * DEPTH_LIMIT)
    assert evaluate(parse({path: "*"}), record_of(metadata))
    assert holds(superset(parse({path: "*"})), tokens(metadata))
