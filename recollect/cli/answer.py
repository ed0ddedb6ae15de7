"""How a command answers: tables for people or, with --json, one object for programs; and how it fails."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import typer
from rich.console import Console, RenderableType

from recollect.errors import RecollectError, UsageError

FAILED, MISUSED = 1, 2
"""Exit codes: something failed; the call is wrong and nothing was written."""
PIPE_WIDTH = 120
_CONTROL = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


class Answer:
    """Where a command says what it found: to people as it goes, to programs once, at the end."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(markup=False, emoji=False, highlight=False)
        if not self._console.is_terminal and "COLUMNS" not in os.environ:
            self._console.width = PIPE_WIDTH

    def say(self, *parts: RenderableType) -> None:
        """Print for people."""
        if not self._as_json:
            for part in parts:
                self._console.print(part)

    def data(self, data: Mapping[str, Any]) -> None:
        """Print for programs."""
        if self._as_json:
            print_json(data)


@contextmanager
def answering(as_json: bool) -> Iterator[Answer]:
    """An answer to fill; an error of recollect inside becomes the answer."""
    try:
        yield Answer(as_json)
    except ImportError as error:  # of an extra that is not installed; names it
        say_error(type(error).__name__, str(error), as_json)
        raise typer.Exit(FAILED) from error
    except RecollectError as error:
        notes = getattr(error, "__notes__", ())
        say_error(type(error).__name__, "; ".join((str(error), *notes)), as_json)
        raise typer.Exit(MISUSED if isinstance(error, UsageError) else FAILED) from error


def say_error(kind: str, message: str, as_json: bool) -> None:
    """An error as JSON on standard output, or as a line on standard error."""
    if as_json:
        print_json({"error": {"type": kind, "message": message}})
    else:
        Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True).print(
            f"error: {visible(message)}"
        )


def print_json(data: Mapping[str, Any]) -> None:
    """One object, in ASCII, so that it is valid whatever the encoding of standard output is."""
    sys.stdout.write(json.dumps(plain(data)) + "\n")
    sys.stdout.flush()


def plain(value: Any) -> Any:
    """Nouns as JSON: the fields of a dataclass as keys, times in ISO-8601."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def visible(text: str) -> str:
    """Text without control characters, which could make a terminal do things."""
    return text.translate(_CONTROL)
