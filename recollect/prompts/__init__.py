"""The prompts, one Markdown file each: a typed function that renders it and the schema of the reply it asks for.

A prompt is text with `$name` holes; what stands above its first line `---` is the system message, what stands below
it the user's. All that comes from outside is rendered as JSON, one object a line, so that no text can end its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from recollect.errors import PromptError
from recollect.ports import Case
from recollect.types import Level, Operation, Record, Revision, Sensitivity, Turn

HOLES: Mapping[str, frozenset[str]] = {
    "extraction": frozenset({"messages", "now"}),
    "update": frozenset({"memories", "facts"}),
    "repair": frozenset({"problems"}),
    "probes": frozenset({"question"}),
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def extraction_prompt(text: str, *, messages: Sequence[Turn], now: datetime) -> list[BaseMessage]:
    """Asks for the facts in messages, which are numbered from 1; the answer is an `ExtractionReply`."""
    lines = (_message_line(number, turn) for number, turn in enumerate(messages, 1))
    return _fill(text, messages="\n".join(lines), now=_day(now))


def update_prompt(text: str, *, memories: Mapping[str, Record], facts: Sequence[Case]) -> list[BaseMessage]:
    """Asks what each fact does to the memories, both numbered from 1 in their order; the answer is an `UpdateReply`."""
    numbers = {memory: number for number, memory in enumerate(memories, 1)}
    records = (_memory_line(number, record) for number, record in enumerate(memories.values(), 1))
    cases = (_fact_line(number, case, numbers) for number, case in enumerate(facts, 1))
    return _fill(text, memories="\n".join(records), facts="\n".join(cases))


def repair_prompt(reply: str, *, problems: Sequence[str]) -> list[BaseMessage]:
    """What follows a first prompt whose answer cannot be used: that answer, and what is wrong with it."""
    [request] = _fill(prompt("repair"), problems="\n".join(f"- {problem}" for problem in problems))
    return [AIMessage(reply or "(nothing)"), request]


def probes_prompt(text: str, *, question: str) -> list[BaseMessage]:
    """Asks what to search for where a question needs several memories; the answer is a `ProbesReply`."""
    return _fill(text, question=_line(question=question))


def prompt(name: str, custom: str | Path | None = None) -> str:
    """The text of a prompt: the custom one, as text or file, if it has the holes that the prompt needs, else our own."""
    text = _own(name) if custom is None else _read(custom) if isinstance(custom, Path) else custom
    _check(name, text)
    return text


@cache
def _own(name: str) -> str:
    return files(__name__).joinpath(f"{name}.md").read_text("utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise PromptError(f"the prompt file {path} cannot be read as UTF-8 text: {exc}") from exc


def _check(name: str, text: str) -> None:
    template = Template(text)
    if not template.is_valid():
        raise PromptError(f"the {name} prompt has a $ that starts no placeholder: write $$ for a dollar sign")
    found, needed = set(template.get_identifiers()), HOLES[name]
    if missing := needed - found:
        raise PromptError(f"the {name} prompt lacks {_dollars(missing)}: it needs {_dollars(needed)}")
    if unknown := found - needed:
        raise PromptError(f"the {name} prompt has unknown {_dollars(unknown)}: it can have {_dollars(needed)}")


def _dollars(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(names))


def _fill(text: str, **holes: str) -> list[BaseMessage]:
    *system, user = (part.strip() for part in re.split(r"^---[ \t]*$", text, maxsplit=1, flags=re.MULTILINE))
    messages: list[BaseMessage] = [SystemMessage(Template(part).substitute(holes)) for part in system]
    return [*messages, HumanMessage(Template(user).substitute(holes))]


def _message_line(number: int, turn: Turn) -> str:
    return _line(message=number, role=turn.role, name=turn.name, date=turn.at, text=turn.text)


def _memory_line(number: int, record: Record) -> str:
    said = record.observed_at or record.updated_at
    return _line(memory=number, text=record.text, date=said, event_time=record.event_at)


def _fact_line(number: int, case: Case, numbers: Mapping[str, int]) -> str:
    fact = case.fact
    return _line(
        fact=number,
        text=fact.text,
        intent="forget" if fact.intent == "forget" else None,
        date=fact.observed_at,
        event_time=fact.event_at,
        candidates=sorted({numbers[record.id] for record in case.candidates}),
    )


def _line(**values: Any) -> str:
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, default=_day).translate(LINE_ENDS)


def _day(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {at:%Y-%m-%d %H:%M} UTC"


def _form(*required: str) -> ConfigDict:
    """Shows a model only names, types and choices: providers differ in what else they take, and count it as prompt."""

    def slim(schema: dict[str, Any]) -> None:
        for name, part in schema["properties"].items():
            wanted = part.get("anyOf", [part])[0]
            schema["properties"][name] = {key: wanted[key] for key in ("type", "enum", "items") if key in wanted}
        schema["required"] = list(required)

    return ConfigDict(json_schema_extra=slim)


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def clean(text: str) -> str:
    """The text as a store can hold it: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "").strip()


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(clean)]
Lower = BeforeValidator(_lower)
Lenient = WrapValidator(_or_none)
"""Reads what does not fit as None: a bad value of an optional field costs no fact."""


class FoundFact(BaseModel):
    """One fact, as a model reports it."""

    model_config = _form("message", "quote", "text", "intent")

    message: Annotated[int | None, Lenient] = None
    quote: Annotated[Text | None, Lenient] = None
    text: Annotated[Text, Field(min_length=1)]
    intent: Annotated[Literal["remember", "forget"], Lower] = "remember"
    event_time: Annotated[str | None, Lenient] = None
    level: Annotated[Level | None, Lower, Lenient] = None
    temporary: Annotated[bool | None, Lenient] = None
    category: Annotated[Text | None, Lower, Lenient] = None
    sensitivity: Annotated[Sensitivity | None, Lower, Lenient] = None
    confidence: Annotated[Annotated[float, Field(ge=0, le=1)] | None, Lenient] = None


class ExtractionReply(BaseModel):
    """The facts found in the messages."""

    model_config = _form("facts")

    facts: list[FoundFact]


class Ruling(BaseModel):
    """What a model wants done with one fact; `fact` and `target` are numbers of the prompt."""

    model_config = _form("fact", "reason", "operation")

    fact: int
    reason: Annotated[Text | None, Lenient] = None
    operation: Annotated[Operation, BeforeValidator(_upper)]
    target: Annotated[int | None, Lenient] = None
    text: Annotated[Text | None, Lenient] = None
    revision: Annotated[Revision | None, Lower, Lenient] = None


class UpdateReply(BaseModel):
    """One decision for every fact."""

    model_config = _form("decisions")

    decisions: list[Ruling]


class ProbesReply(BaseModel):
    """What to search for, each by itself; nothing where the question needs one memory only."""

    model_config = _form("probes")

    probes: list[Annotated[Text, Field(min_length=1)]]
