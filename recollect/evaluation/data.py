"""Conversations with questions about them, read from LoCoMo's own format or from plain JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recollect.errors import UsageError
from recollect.messages import turns

UNANSWERABLE = 5
"""The category of questions whose answer was never said."""
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", UNANSWERABLE: "not stored"}
"""LoCoMo's numbers for kinds of questions."""

_EVIDENCE = re.compile(r"D:?(\d+):(\d+)")
_DATE = "%I:%M %p on %d %B, %Y"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its category, and the ids of the messages that answer it."""

    text: str
    category: int
    evidence: frozenset[str]

    @property
    def answerable(self) -> bool:
        """Whether what it asks for was said."""
        return self.category != UNANSWERABLE


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages in order, as `Memory.add` takes them; nameless where they are no conversation."""

    name: str | None
    messages: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that was said with one user, and what is asked about it. `skipped` questions have no usable evidence."""

    name: str
    threads: tuple[Thread, ...]
    questions: tuple[Question, ...]
    skipped: int = 0

    @property
    def messages(self) -> tuple[Mapping[str, Any], ...]:
        """The messages of all threads."""
        return tuple(message for thread in self.threads for message in thread.messages)


def read(path: str) -> tuple[Conversation, ...]:
    """The conversations in a file, or in the *.jsonl of a folder, one each. UsageError says where it is not as expected."""
    where = Path(path)
    files = sorted(where.glob("*.jsonl")) if where.is_dir() else [where]
    found = tuple(conversation for file in files for conversation in _conversations(file))
    if not found or not all(conversation.questions and conversation.messages for conversation in found):
        raise UsageError(
            f"{path}: expected messages and questions in every conversation, in LoCoMo's format or as JSON lines"
        )
    return found


def _conversations(file: Path) -> Iterator[Conversation]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{file} cannot be read: {exc}") from exc
    if text.lstrip().startswith("["):
        yield from (_sample(number, sample) for number, sample in enumerate(_json(text, str(file))))
    else:
        yield _plain(text, file)


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"{where} is not JSON: {exc}") from exc


# LoCoMo's own format.


def _sample(number: int, sample: Any) -> Conversation:
    try:
        threads = tuple(_sessions(sample["conversation"]))
        ids = {message["id"] for thread in threads for message in thread.messages}
        asked = [_asked(entry, ids) for entry in sample["qa"]]
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise UsageError(f"conversation {number} is not in LoCoMo's format: {type(exc).__name__}: {exc}") from exc
    usable = tuple(question for question in asked if question.evidence or not question.answerable)
    return Conversation(str(sample.get("sample_id", number)), threads, usable, len(asked) - len(usable))


def _sessions(talk: Mapping[str, Any]) -> Iterator[Thread]:
    """The sessions in order, each a thread; its turns are a second apart, and times are taken as UTC."""
    for name in sorted((name for name in talk if re.fullmatch(r"session_\d+", name)), key=lambda name: int(name[8:])):
        began = datetime.strptime(talk[f"{name}_date_time"], _DATE).replace(tzinfo=UTC)
        said = (_turn(turn, began + timedelta(seconds=second)) for second, turn in enumerate(talk[name]))
        if messages := tuple(message for message in said if message["content"]):
            yield Thread(name, messages)


def _turn(turn: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A turn as a message; what a photo shows is part of what was said."""
    caption = f" [photo: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
    return {
        "role": "user",
        "name": turn["speaker"],
        "content": (turn["text"] + caption).strip(),
        "timestamp": at,
        "id": turn["dia_id"],
    }


def _asked(entry: Mapping[str, Any], ids: set[str]) -> Question:
    """A question; evidence such as "D8:6; D9:17" or "D:11:26" is put right, and what names no turn is left out."""
    named = _EVIDENCE.findall(" ".join(entry.get("evidence") or ()))
    evidence = frozenset(f"D{int(session)}:{int(turn)}" for session, turn in named) & ids
    return Question(str(entry["question"]), _category(entry["category"]), evidence)


def _category(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given not in CATEGORIES:
        raise ValueError(f"category {given!r}: expected a number from 1 to {UNANSWERABLE}")
    return int(given)


# Plain JSON lines.


def _plain(text: str, file: Path) -> Conversation:
    threads: dict[str | None, list[Mapping[str, Any]]] = {}
    asked: list[tuple[str, Mapping[str, Any]]] = []
    ids: set[str] = set()
    for where, entry in _entries(text, file):
        if "question" in entry:
            asked.append((where, entry))
        else:
            message = _message(entry, where, ids)
            thread = entry.get("thread")
            threads.setdefault(None if thread is None else _named(thread, f"{where}: thread"), []).append(message)
            ids.add(message["id"])
    named = tuple(Thread(name, tuple(messages)) for name, messages in threads.items())
    return Conversation(file.stem, named, tuple(_question(entry, where, ids) for where, entry in asked))


def _entries(text: str, file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{file}, line {number}"
            entry = _json(line, where)
            if not isinstance(entry, dict) or not {"question", "text"} & set(entry):
                raise UsageError(f'{where}: expected a memory {{"id", "text", ...}} or a question {{"question", ...}}')
            yield where, entry


def _message(entry: Mapping[str, Any], where: str, ids: set[str]) -> Mapping[str, Any]:
    message = {
        "role": entry.get("role", "user"),
        "name": entry.get("name"),
        "content": entry["text"],
        "timestamp": entry.get("timestamp"),
        "id": _named(entry.get("id"), f"{where}: id"),
    }
    if message["id"] in ids:
        raise UsageError(f"{where}: id={message['id']!r}: another memory has it as well")
    try:
        turns(message)
    except UsageError as exc:
        raise UsageError(str(exc).replace("message 0", where, 1)) from exc
    return message


def _named(given: Any, where: str) -> str:
    """A name as text; numbers are names as well."""
    if not isinstance(given, str | int) or isinstance(given, bool) or given == "":
        raise UsageError(f"{where}={given!r}: expected a text or a whole number")
    return str(given)


def _question(entry: Mapping[str, Any], where: str, ids: set[str]) -> Question:
    """A question; without evidence it is unanswerable, whatever its category."""
    text, given = entry["question"], entry.get("evidence", [])
    if not isinstance(text, str) or not text.strip():
        raise UsageError(f"{where}: question={text!r}: expected some text")
    if not isinstance(given, list):
        raise UsageError(f"{where}: evidence={given!r}: expected a list of ids")
    evidence = frozenset(_named(name, f"{where}: evidence") for name in given)
    if unknown := sorted(evidence - ids):
        raise UsageError(f"{where}: evidence={unknown[0]!r}: no memory of this file has that id")
    try:
        category = _category(entry.get("category", 4))
    except ValueError as exc:
        raise UsageError(f"{where}: {exc}") from exc
    return Question(text, category if evidence else UNANSWERABLE, evidence)
