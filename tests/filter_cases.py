"""Filters and metadata made to go wrong: for property-based tests, and as numbered cases for stores.

Everything is drawn from a `random.Random`, which hypothesis can play as well as a seed can.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import strategies as st

from recollect.filters import FIELDS
from recollect.types import Record, Scope, text_hash

Filters = dict[str, Any]
Metadata = dict[str, Any]

KEYS = (*"aaaaabbbc", "tags", "é", "kind", "metadata", "a.b", "", "$date", "$x", "x=s:1", "k" * 200)
PATHS = (
    *("a", "a", "a", "a", "a", "b", "b", "b", "c", "tags", "missing", "a.b", "a.a", "a.b.c", "b.a", "tags.a"),
    *(
        "é",
        "",
        "x=s:1",
        "k" * 200,
        "metadata.kind",
        "metadata.metadata",
        "metadata.$date",
        "metadata.a",
        "metadata.kind.a",
    ),
)
NUMBERS = (0, 1, -1, 7, 7.0, 7.5, -0.0, 2**53, 2**53 + 1, float(2**53), 2**60, 2**60 + 1, float(2**60), 1e308, 5e-324)
TIMES = (
    datetime(1500, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 17, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2024, 2, 29, 12, 0, 0, 1),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
)
COMMON = (7, 7.0, "7", 1, True, False, None, "a", "é", "e\u0301", TIMES[1])
"""Values drawn so often that filters and metadata meet."""
TEXTS = ("", "7", "true", "None", "*", "2024-02-29T12:00:00.000001Z", "home", "a" * 300, "a" * 300 + "b", "a\0b")
SIGNS = (
    "a",
    "b",
    "A",
    "i",
    "I",
    "İ",
    "ı",
    "ß",
    "ẞ",
    "ss",
    "é",
    "e\u0301",
    "e",
    "\u0301",
    "ǰ",
    "K",
    "😀",
    "%",
    "_",
    "\\",
    "\n",
)
PATTERNS = ("a", "^a", "[ab]+", "(a|i)b?", ".", "^.{2}", "é", "e\u0301", "(?i)A", "ß|ss", r"\d", "")
LIKES = ("%", "_", "a", "b", "i", "é", "e\u0301", r"\%", r"\_", "\\\\", "\n", "😀", "ss", r"\a")
KINDS = ("fact", "message", "procedure")
RANKS = {
    "sensitivity": ("public", "personal", "sensitive", "secret"),
    "trust": ("document", "tool", "agent", "user", "system"),
}


def metadatas() -> st.SearchStrategy[Metadata]:
    """Metadata that `encode_metadata` takes."""
    return st.randoms(use_true_random=False).map(a_metadata)


def trees() -> st.SearchStrategy[Filters]:
    """Filters that `parse` takes, as the dicts that callers write."""
    return st.randoms(use_true_random=False).map(a_filter)


def records() -> st.SearchStrategy[Record]:
    """Records with hostile metadata and fields of all kinds."""
    return st.randoms(use_true_random=False).map(a_record)


def cases(n: int, seed: int) -> list[tuple[Filters, list[Metadata]]]:
    """`n` filters, each with six metadata to run it over, half of them near to passing: the same for the same seed."""
    random = Random(seed)
    return [_case(random) for _ in range(n)]


def _case(random: Random) -> tuple[Filters, list[Metadata]]:
    filters = a_filter(random)
    near = [
        (path, value) for path, value in _named(filters) if not isinstance(value, date) or isinstance(value, datetime)
    ]
    aimed = [dict(each for each in near if random.randrange(4)) for _ in range(3)]
    return filters, [a_metadata(random) | aim for aim in (*aimed, {}, {}, {})]


def _named(filters: Filters) -> Iterator[tuple[str, Any]]:
    """The paths into metadata that a filter names, each with a value that it compares with."""
    for key, wanted in filters.items():
        if key in ("AND", "OR", "NOT"):
            for part in wanted if isinstance(wanted, list) else [wanted]:
                yield from _named(part)
        elif key not in FIELDS:
            for operand in wanted.values() if isinstance(wanted, dict) else [wanted]:
                yield key.removeprefix("metadata."), operand[0] if isinstance(operand, list) and operand else operand


def a_metadata(random: Random) -> Metadata:
    return {random.choice(KEYS): _content(random, 3) for _ in range(random.randrange(8))}


def _content(random: Random, depth: int) -> Any:
    shape = random.randrange(10)
    if depth and shape == 0:
        return [_content(random, depth - 1) for _ in range(random.randrange(4))]
    if depth and shape <= 2:
        return {random.choice(KEYS): _content(random, depth - 1) for _ in range(random.randrange(4))}
    return a_value(random)


def a_value(random: Random) -> Any:
    if random.randrange(3):
        return random.choice(COMMON)
    kind = random.randrange(8)
    if kind <= 2:
        return a_text(random)
    if kind <= 4:
        return random.choice(NUMBERS)
    return (random.choice((True, False)), None, random.choice(TIMES))[kind - 5]


def a_text(random: Random) -> str:
    if random.randrange(3) == 0:
        return random.choice(TEXTS)
    return "".join(random.choice(SIGNS) for _ in range(random.randrange(4)))


def a_filter(random: Random, depth: int = 3) -> Filters:
    return dict(_entry(random, depth) for _ in range(random.choice((1, 1, 1, 2, 0))))


def _entry(random: Random, depth: int) -> tuple[str, Any]:
    shape = random.randrange(8 if depth else 5)
    if shape == 5:
        return "NOT", a_filter(random, depth - 1)
    if shape >= 6:
        key = random.choice(("AND", "OR", "NOT"))
        return key, [a_filter(random, depth - 1) for _ in range(random.randrange(1, 4))]
    return _on_field(random) if shape == 0 else _on_metadata(random)


def _on_metadata(random: Random) -> tuple[str, Any]:
    path = random.choice(PATHS)
    bare = random.randrange(8)
    if bare == 0:
        return path, "*"
    if bare == 1:
        return path, _operand(random)
    if bare == 2:
        return path, [_operand(random) for _ in range(random.randrange(4))]
    return path, dict(_condition(random) for _ in range(random.choice((1, 1, 2))))


def _operand(random: Random) -> Any:
    value = a_value(random)
    return "home" if value == "*" else value


def _condition(random: Random) -> tuple[str, Any]:
    op = random.choice(("equal", "equal", "order", "order", "text", "text", "exists"))
    if op == "equal":
        return _equality(random, lambda: a_value(random))
    if op == "order":
        ordered = random.choice((a_text(random), random.choice(NUMBERS), random.choice(TIMES), date(2024, 2, 29)))
        return random.choice(("gt", "gte", "lt", "lte")), ordered
    return _on_text(random) if op == "text" else ("exists", random.choice((True, False)))


def _equality(random: Random, value: Any) -> tuple[str, Any]:
    op = random.choice(("eq", "ne", "in", "nin"))
    return op, value() if op in ("eq", "ne") else [value() for _ in range(random.randrange(4))]


def _on_text(random: Random) -> tuple[str, str]:
    op = random.choice(("contains", "icontains", "startswith", "like", "regex"))
    if op == "regex":
        return op, random.choice(PATTERNS)
    if op == "like":
        return op, "".join(random.choice(LIKES) for _ in range(random.randrange(4)))
    return op, a_text(random)


def _on_field(random: Random) -> tuple[str, Any]:
    """A condition on a field of the record itself."""
    field = random.choice(
        ("kind", "category", "role", "actor_id", "text", "confidence", "created_at", "event_at", *RANKS)
    )
    if random.randrange(5) == 0:
        return field, random.choice(("*", {"exists": True}, {"exists": False}))
    if field in ("category", "role", "actor_id", "text"):
        return field, dict([random.choice((_on_text, _text_equality))(random)])
    if field == "kind":
        return field, dict([_equality(random, lambda: random.choice(KINDS))])
    values = RANKS.get(field) or {"confidence": NUMBERS}.get(field) or (*TIMES, "1500-01-01", date(2024, 2, 29))
    op = random.choice(("eq", "ne", "gt", "gte", "lt", "lte"))
    return field, {op: random.choice(values)}


def _text_equality(random: Random) -> tuple[str, Any]:
    return _equality(random, lambda: a_text(random))


def a_record(random: Random) -> Record:
    instants = [at.replace(tzinfo=at.tzinfo or UTC) for at in TIMES]
    return record_of(
        a_metadata(random),
        text=a_text(random),
        kind=random.choice(KINDS),
        actor=random.choice((None, a_text(random))),
        role=random.choice((None, "user", "tool")),
        category=random.choice((None, a_text(random))),
        sensitivity=random.choice(RANKS["sensitivity"]),
        trust=random.choice(RANKS["trust"]),
        confidence=random.choice((0.0, 0.5, 1.0)),
        event_at=random.choice((None, *instants)),
        created_at=random.choice(instants),
    )


def record_of(metadata: Metadata, **fields: Any) -> Record:
    """A record with this metadata; `fields` replace its other parts."""
    text = fields.get("text", "Anna lives in Oslo.")
    given: dict[str, Any] = {
        "id": "m1",
        "kind": "fact",
        "text": text,
        "hash": text_hash(text),
        "scope": Scope(user="anna"),
        "metadata": metadata,
        "version": 1,
        "created_at": datetime(2024, 5, 31, 18, tzinfo=UTC),
        "updated_at": datetime(2024, 5, 31, 18, tzinfo=UTC),
    }
    return Record(**given | fields)
