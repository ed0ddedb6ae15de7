"""Messages of any accepted shape as turns: text, dicts of role and content, LangChain messages."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from recollect.errors import MessageError
from recollect.types import Call, Turn, digest

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    Message = str | Mapping[str, Any] | BaseMessage
    Messages = Message | Sequence[Message]

TEXT_LIMIT = 1_000_000
"""Characters in one message; a longer one is refused, the answer of a tool is cut and says so."""

_DEEPEST, _LARGEST, _SHOWN = 30, 1024, 200
"""Levels of an argument, bits of a number in it, and characters of what is beyond them."""
_ROLES = {"human": "user", "ai": "assistant", "function": "tool"}
_KNOWN = {"user", "assistant", "system", "tool", *_ROLES}
_FIELDS = frozenset({"role", "content", "name", "timestamp", "id", "tool_calls", "tool_call_id", "status"})
_OPTIONAL = "name, timestamp, id, tool_calls, tool_call_id, status"
_REPEATING = ("recollect", "summarization")
"""Marks of messages that only repeat: recalled memories, and summaries of the conversation."""


def turns(
    messages: Messages, *, tz: tzinfo = UTC, at: datetime | None = None, thread: str | None = None
) -> tuple[Turn, ...]:
    """The messages in order. Naive times are in `tz`; `at` is the time of messages that have none of their own.

    LangChain messages with neither text nor calls of tools, and those that only repeat what was said, are left out.
    Raises MessageError for a shape that is not known, an empty text, or one beyond TEXT_LIMIT; a tool's answer
    is cut there.
    """
    given = [messages] if isinstance(messages, str | Mapping) or not isinstance(messages, Sequence) else list(messages)
    if not given:
        raise MessageError("no messages: expected at least one")
    found = (_turn(message, position, tz, at, thread) for position, message in enumerate(given))
    return tuple(turn for turn in found if turn is not None)


def _turn(message: Any, position: int, tz: tzinfo, at: datetime | None, thread: str | None) -> Turn | None:
    if isinstance(message, str):
        fields: Mapping[str, Any] = {"role": "user", "content": message}
    elif isinstance(message, Mapping):
        fields = _checked(message, position)
    elif hasattr(message, "additional_kwargs"):
        fields = _of_langchain(message)
        empty = not (message.text.strip() or fields["tool_calls"] or fields["tool_call_id"])
        if empty or message.additional_kwargs.get("lc_source") in _REPEATING:
            return None
    else:
        raise MessageError(
            f"message {position} is a {type(message).__name__}: expected text, a dict of role and content, "
            "or a LangChain message"
        )
    role = str(fields["role"])
    role = role.lower() if role.lower() in _KNOWN else role
    calls = tuple(_call(call, position) for call in fields.get("tool_calls") or ())
    answers = _optional_text(fields.get("tool_call_id"), "tool_call_id", position)
    return Turn(
        text=""
        if (calls or answers) and _blank(fields["content"])
        else _text(fields["content"], position, cut=bool(answers)),
        role=_ROLES.get(role, role),
        name=unicodedata.normalize("NFC", _optional_text(fields.get("name"), "name", position) or "") or None,
        message_id=_optional_text(fields.get("id"), "id", position),
        at=moment(fields.get("timestamp"), tz, f"message {position}: timestamp") or at,
        thread=thread,
        position=position,
        calls=calls,
        answers=answers,
        failed=fields.get("status") == "error",
    )


def _of_langchain(message: BaseMessage) -> Mapping[str, Any]:
    return {
        "role": getattr(message, "role", message.type),
        "content": str(message.text),
        "name": message.name,
        "id": message.id,
        "timestamp": message.additional_kwargs.get("timestamp"),
        "tool_calls": getattr(message, "tool_calls", ()),
        "tool_call_id": getattr(message, "tool_call_id", None),
        "status": getattr(message, "status", None),
    }


def _call(call: Any, position: int) -> Call:
    """A call as LangChain writes it, or as OpenAI's format does."""
    found = call.get("function", call) if isinstance(call, Mapping) else {}
    tool, arguments = found.get("name"), found.get("args", found.get("arguments"))
    if isinstance(arguments, str):
        with suppress(ValueError, RecursionError):
            arguments = json.loads(arguments)
    if not isinstance(tool, str) or not tool:
        raise MessageError(f"message {position}: a call of a tool without a name: {_shown(call)}")
    arguments = _storable(arguments)
    named = arguments if isinstance(arguments, dict) else {} if arguments is None else {"input": arguments}
    return Call(tool=tool, arguments=named, id=_optional_text(call.get("id"), "a call's id", position))


def _storable(value: Any, depth: int = 0) -> Any:
    """An argument as it can be stored: what is nested too deep, and a number that no JSON reader takes, as bounded text."""
    if isinstance(value, dict | list | tuple) and depth >= _DEEPEST:
        return _shown(value)
    if isinstance(value, dict):
        return {key: _storable(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner, depth + 1) for inner in value]
    if isinstance(value, int) and value.bit_length() > _LARGEST:
        return f"{value:#x}"[:_SHOWN] + "…"
    return value


def _shown(value: Any) -> str:
    """A value as text, bounded; an ellipsis alone where it is nested too deep for that."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # a number of thousands of digits has no text
        return "…"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _checked(message: Mapping[str, Any], position: int) -> Mapping[str, Any]:
    unknown = sorted(set(map(str, message)) - _FIELDS)
    missing = sorted({"role", "content"} - set(message))
    if missing or unknown:
        wrong = f"has no {missing[0]!r}" if missing else f"has an unknown key {unknown[0]!r}"
        raise MessageError(f"message {position} {wrong}: expected role and content, optionally {_OPTIONAL}")
    if not isinstance(message["role"], str) or not message["role"]:
        raise MessageError(f"message {position}: role={message['role']!r}: expected a text such as 'user'")
    return message


def _blank(content: Any) -> bool:
    return not content or (isinstance(content, str) and not content.strip())


def _text(content: Any, position: int, *, cut: bool) -> str:
    if isinstance(content, list):
        content = "\n".join(_block(block, position) for block in content)
    if not isinstance(content, str):
        raise MessageError(f"message {position}: content is a {type(content).__name__}: expected text")
    if not content.strip():
        raise MessageError(f"message {position} is empty: expected some text")
    if len(content) > TEXT_LIMIT and cut:
        content = _cut(content)
    if len(content) > TEXT_LIMIT:
        raise MessageError(f"message {position} has {len(content):,} characters: at most {TEXT_LIMIT:,}; split it")
    return valid(content, f"message {position}")


def _cut(text: str) -> str:
    """The beginning of a text, and how much is left out: nobody chooses how much a tool answers."""
    mark = f"\n… {len(text) - TEXT_LIMIT + 50:,} characters more"
    return text[: TEXT_LIMIT - 50] + mark


def _block(block: Any, position: int) -> str:
    text = block if isinstance(block, str) else block.get("text") if isinstance(block, Mapping) else None
    if not isinstance(text, str):
        kind = block.get("type") if isinstance(block, Mapping) else type(block).__name__
        raise MessageError(f"message {position} has a block of type {kind!r}: only text blocks can be remembered")
    return text


def valid(text: str, what: str) -> str:
    """The text, if it is valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise MessageError(f"{what} is not valid Unicode text: {exc.reason} at character {exc.start}") from exc
    return text


def _optional_text(value: Any, field: str, position: int) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise MessageError(f"message {position}: {field}={value!r}: expected text")
    return valid(value, f"message {position}: {field}")


def moment(value: Any, tz: tzinfo, what: str) -> datetime | None:
    """A time as aware UTC: a datetime, ISO-8601 text, or seconds since 1970. Naive ones are in `tz`."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            value = datetime.fromtimestamp(value, UTC)
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise MessageError(f"{what}={value!r}: expected ISO-8601, such as 2026-05-07T18:00:00+00:00") from exc
    raise MessageError(f"{what}={value!r}: expected a datetime, ISO-8601 text, or seconds since 1970")


def log_key(turn: Turn, idempotency_key: str | None) -> str | None:
    """What names this message in the log of processed messages; None if nothing does, and only a nonce can."""
    if turn.message_id is not None:
        return digest("id", turn.message_id, turn.text)
    if turn.at is not None:
        return digest("at", turn.role, turn.name or "", turn.text, turn.at.isoformat(), *_beside(turn))
    if idempotency_key is not None:
        return digest("key", idempotency_key, str(turn.position), turn.role, turn.text)
    return None


def _beside(turn: Turn) -> Iterator[str]:
    """What a message of an agent or a tool is beside its text."""
    yield from (turn.answers,) if turn.answers else ()
    for call in turn.calls:
        yield json.dumps([call.tool, call.arguments, call.id], default=str, sort_keys=True)
