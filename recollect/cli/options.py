"""The options that commands share, and what they stand for. The environment fills those that are not given."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.progress import Progress

from recollect.errors import ModelError, ScopeError, StoreError, UsageError
from recollect.memory import Memory
from recollect.ports import Index, Reasoner
from recollect.stores.opening import is_there, open_index, shown
from recollect.types import Scope

Db = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="FILE", help="The database: a file, or postgresql://user@host/name. [env: RECOLLECT_DB]"
    ),
]
User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Whose memory. [env: RECOLLECT_USER]")]
Agent = Annotated[str | None, typer.Option("--agent", metavar="NAME", help="The memory of which agent.")]
Run = Annotated[str | None, typer.Option("--run", metavar="NAME", help="The memory of which run.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="A chat model as init_chat_model names it, such as openai:gpt-4o-mini; rules without a model if there is "
        "none. [env: RECOLLECT_MODEL]",
    ),
]
Tz = Annotated[
    str,
    typer.Option(
        "--tz", metavar="ZONE", help="The zone of times that come without one, and of those shown. [env: RECOLLECT_TZ]"
    ),
]
IndexUrl = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="URL",
        help="The database's index on a Weaviate server: weaviate://host:8080?grpc=50051, weaviates:// with TLS, or "
        "wcd://cluster-url; RECOLLECT_INDEX_KEY is its key. [env: RECOLLECT_INDEX]",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
Only = Annotated[
    str | None, typer.Option("--filter", metavar="JSON", help='Only what passes, such as \'{"category": "home"}\'.')
]

AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="What was known then, such as 2026-03-01 or ...T09:00.")
]
ValidAt = Annotated[str | None, typer.Option("--valid-at", metavar="TIME", help="What was true then.")]


def defaults(context: typer.Context, **values: Any) -> None:
    """Give every command the values that stand before its name or in the environment; its own options win.

    The demo leaves the environment's database and user alone: they are somebody's memories.
    """
    given = {name: value for name, value in values.items() if value is not None}
    spared = [name for name in ("db", "user") if _from_environment(context, name)]
    playing = {name: value for name, value in given.items() if name not in spared}
    context.default_map = {**_everywhere(context.command, given), "demo": playing}


def _everywhere(command: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The values for a command, or for each of those below it."""
    below = getattr(command, "commands", None)
    return given if below is None else {name: _everywhere(one, given) for name, one in below.items()}


def _from_environment(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "ENVIRONMENT"


def scope_of(user: str | None, agent: str | None, run: str | None) -> Scope:
    """Whose memory a command works on."""
    if user is None and agent is None and run is None:
        raise ScopeError("no scope: give --user NAME (or set RECOLLECT_USER), --agent NAME or --run NAME")
    return Scope(user, agent, run)


def zone(name: str) -> tzinfo:
    """The time zone of that name."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise UsageError(f"--tz {name!r}: expected the name of a time zone, such as Europe/Oslo") from exc


def parsed(only: str | None) -> dict[str, Any] | None:
    """The filter that --filter spells."""
    if only is None:
        return None
    try:
        found = json.loads(only)
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"--filter is not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise UsageError(f'--filter {only}: expected an object, such as {{"category": "home"}}')
    return found


def path_of(db: str | None) -> str:
    """The database that is there."""
    if not db:
        raise UsageError("no database: give --db FILE or set RECOLLECT_DB")
    if not is_there(db):
        raise StoreError(f"there is no database {shown(db)}: `recollect remember` makes one")
    return db


@contextmanager
def reading(db: str | None, tz: str, index: str | None = None) -> Iterator[Memory]:
    """The memory in a database that is there."""
    with Memory(path_of(db), index=_index(index), tz=zone(tz)) as memory:
        yield memory


@contextmanager
def writing(db: str | None, tz: str, model: str | None, index: str | None = None) -> Iterator[Memory]:
    """The memory in a database, made if it is not there, with what finds the facts."""
    if not db:
        raise UsageError("no database: give --db FILE or set RECOLLECT_DB")
    with Memory(db, index=_index(index), reasoner=_reasoner(model), tz=zone(tz)) as memory:
        yield memory


def _index(url: str | None) -> Index | None:
    return open_index(url, key_of_index()) if url else None


def key_of_index() -> str | None:
    """The key for the server of the index; not an option, because those are seen by everybody on the machine."""
    return os.environ.get("RECOLLECT_INDEX_KEY")


def _reasoner(model: str | None) -> Reasoner | None:
    if model is None:
        return None
    from recollect.reasoners.llm import LLMReasoner

    try:
        return LLMReasoner(model)
    except Exception as exc:  # every provider has errors of its own for names and keys
        raise ModelError(f"--model {model}: {exc}") from exc


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while that is a terminal; it is told how much of how much is done."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
