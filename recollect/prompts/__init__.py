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
from itertools import accumulate, islice
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from recollect.errors import PromptError
from recollect.ports import Case
from recollect.procedures.calls import Made, calls_in
from recollect.rendering import approximate_tokens
from recollect.types import Level, Operation, Record, Revision, Sensitivity, Turn

HOLES: Mapping[str, frozenset[str]] = {
    "extraction": frozenset({"messages", "now"}),
    "update": frozenset({"memories", "facts"}),
    "repair": frozenset({"problems"}),
    "probes": frozenset({"question"}),
    "procedure": frozenset({"messages", "today"}),
}
PROMPT_LIMIT = 20_000
"""Characters of a custom prompt."""
RUN_LIMIT = 24_000
"""Tokens of a run's messages in a prompt, as `approximate_tokens` counts them: more than a model does."""
CUTS = (2000, 500, 150, 50, 25)
"""Characters of each text in a run: the most with which it fits."""
ITEMS = 50
"""Items of a list, or fields of an object, among a call's arguments."""
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


def procedure_prompt(text: str, *, messages: Sequence[Turn], today: datetime) -> list[BaseMessage]:
    """Asks how the task of a run is done; the answer is a `ProcedureReply`. At most RUN_LIMIT tokens of messages."""
    return _fill(text, messages="\n".join(_run_lines(messages)[0]), today=_day(today))


def left_out(messages: Sequence[Turn]) -> int:
    """How many lines of a run its prompt has no room for: they are of its middle."""
    return _run_lines(messages)[1]


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
    if len(text) > PROMPT_LIMIT:
        raise PromptError(f"the {name} prompt has {len(text):,} characters: at most {PROMPT_LIMIT:,}")
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


def _run_lines(turns: Sequence[Turn]) -> tuple[list[str], int]:
    """The messages of a run, cut as little as they have to be, and how many lines of its middle do not fit."""
    calls: dict[int, list[Made]] = {}
    for made in calls_in(turns):
        calls.setdefault(made.message, []).append(made)
    told = {id(made.answer) for group in calls.values() for made in group}
    numbered = [(number, turn) for number, turn in enumerate(turns, 1) if id(turn) not in told]
    for size in CUTS:
        lines = [_run_line(number, turn, calls.get(number, ()), size) for number, turn in numbered]
        counts = list(map(approximate_tokens, lines))
        if sum(counts) <= RUN_LIMIT:
            return lines, 0
    half = RUN_LIMIT // 2 - 20
    first, last = _fitting(counts, half), _fitting(counts[::-1], half)
    missing = len(lines) - first - last
    return [*lines[:first], _line(left_out=missing), *lines[len(lines) - last :]], missing


def _fitting(counts: Sequence[int], limit: int) -> int:
    """How many of these, from the first on, stay within the limit together."""
    return sum(total <= limit for total in accumulate(counts))


def _run_line(number: int, turn: Turn, made: Sequence[Made], size: int) -> str:
    return _line(
        message=number,
        role=turn.role,
        name=turn.name,
        date=turn.at if turn.role == "user" else None,
        text=_cut(turn.text, size) or None,
        calls=[_call(each, size) for each in made] or None,
    )


def _call(made: Made, size: int) -> dict[str, Any]:
    shown = {"tool": made.call.tool, "arguments": _cut(made.call.arguments, size)}
    if made.answer is None:
        return shown
    failed = {"failed": True} if made.answer.failed else {}
    return {**shown, "result": _cut(made.answer.text, size), **failed}


def _cut(value: Any, size: int) -> Any:
    """The value with long texts, lists and objects cut, and marked where they are."""
    if isinstance(value, str):
        return value if len(value) <= size else f"{value[:size]}… +{len(value) - size}"
    if isinstance(value, Mapping):
        some = {_cut(str(key), size): _cut(inner, size) for key, inner in islice(value.items(), ITEMS)}
        return some if len(value) <= ITEMS else {**some, "…": f"+{len(value) - ITEMS}"}
    if isinstance(value, list | tuple):
        mark = [f"… +{len(value) - ITEMS}"] if len(value) > ITEMS else []
        return [*(_cut(inner, size) for inner in value[:ITEMS]), *mark]
    return value


def _line(**values: Any) -> str:
    known = {name: value for name, value in values.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, default=_written).translate(LINE_ENDS)


def _written(value: Any) -> str:
    return _day(value) if isinstance(value, datetime) else str(value)


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


def _spelled(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, int | float) else value


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


class FoundParameter(BaseModel):
    """What varies from run to run, and its value in this one."""

    model_config = _form("name", "value")

    name: Annotated[Text, Field(min_length=1)]
    value: Annotated[Text, BeforeValidator(_spelled)]


class FoundStep(BaseModel):
    """One step of a run, as a model reports it; `message` is a number of the prompt."""

    model_config = _form("message", "intent", "arguments", "expected")

    message: Annotated[int | None, Lenient] = None
    intent: Annotated[Text, Field(min_length=1)]
    tool: Text | None = None
    arguments: Annotated[dict[str, Any] | None, Lenient] = None
    expected: Annotated[Text | None, Lenient] = None
    observation: Annotated[Text | None, Lenient] = None


class ProcedureReply(BaseModel):
    """How a task is done, from one run of it."""

    model_config = _form("goal", "parameters", "steps", "outcome", "pitfalls")

    goal: Annotated[Text, Field(min_length=1)]
    parameters: list[FoundParameter] = []
    preconditions: Annotated[list[Text] | None, Lenient] = None
    steps: list[FoundStep]
    outcome: Annotated[Literal["success", "failure", "unknown"] | None, Lower, Lenient] = None
    pitfalls: Annotated[list[Text] | None, Lenient] = None
