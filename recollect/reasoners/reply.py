"""Reading a chat model's reply: the JSON in it, whatever stands around it, as a pydantic schema.

Of a schema with one list and nothing else the items are read one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from langchain_core.messages import AIMessage
from pydantic import BaseModel, ValidationError

Schema = TypeVar("Schema", bound=BaseModel)

FENCE = re.compile(r"```\w*\s(.*?)```", re.DOTALL)


class UnreadableReply(ValueError):
    """The reply holds no JSON of the form that was asked for; the message says what it holds."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """An item of a reply that does not fit the schema, and why."""

    item: Any
    problem: str


@dataclass(frozen=True, slots=True)
class Reading(Generic[Schema]):
    """A reply with the items that fit the schema, and those that do not."""

    reply: Schema
    unusable: tuple[Unusable, ...] = ()


def reply_text(message: AIMessage) -> str:
    """What the model said: its tool calls' arguments, where the schema was bound as a tool, else its text or refusal."""
    calls = [json.dumps(call["args"], ensure_ascii=False) for call in message.tool_calls]
    calls += [call["args"] or "" for call in message.invalid_tool_calls]
    return "\n".join(calls) or str(message.text) or str(message.additional_kwargs.get("refusal") or "")


def read_reply(text: str, schema: type[Schema]) -> Reading[Schema]:
    """The first JSON in a reply that fits the schema: alone, fenced, among prose, or after thoughts in <think>."""
    problem = "it is not one JSON object"
    for value in _values(text):
        try:
            return _sift(value, schema)
        except ValidationError as exc:
            problem = _describe(exc)
    raise UnreadableReply(problem)


def _values(text: str) -> Iterator[Any]:
    """Every reading of the text as JSON, the likeliest first."""
    answer = text.rpartition("</think>")[2]
    braces = answer[answer.find("{") : answer.rfind("}") + 1]
    for candidate in (text, *FENCE.findall(answer), braces):
        try:
            yield json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue


def _sift(value: Any, schema: type[Schema]) -> Reading[Schema]:
    name, *others = schema.model_fields
    if others or not isinstance(value, dict) or not isinstance(value.get(name), list):
        return Reading(schema.model_validate(value))
    fit, unusable = [], []
    for item in value[name]:
        try:
            schema.model_validate({name: [item]})
            fit.append(item)
        except ValidationError as exc:
            unusable.append(Unusable(item, _describe(exc)))
    return Reading(schema.model_validate({name: fit}), tuple(unusable))


def _describe(exc: ValidationError) -> str:
    """The first thing that does not fit and its place, without what stands there: reasons outlive erased texts."""
    error = exc.errors()[0]
    return ".".join(part for part in error["loc"] if isinstance(part, str)) + f": {error['msg']}"
