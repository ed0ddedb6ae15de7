"""The commands of `recollect`: each reads its options, calls the facade, and shows what it answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from recollect import reembedding
from recollect.cli import caring, demo, evaluating, past, remembering, tables, transcript
from recollect.cli.answer import FAILED, MISUSED, answering, plain, say_error
from recollect.cli.options import (
    Agent,
    AsJson,
    AsOf,
    Db,
    IndexUrl,
    Model,
    Only,
    Run,
    Tz,
    User,
    ValidAt,
    defaults,
    parsed,
    path_of,
    progress,
    reading,
    scope_of,
    writing,
    zone,
)
from recollect.errors import UsageError
from recollect.stores import opening

app = typer.Typer(name="recollect", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.add_typer(evaluating.app, name="eval")


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code: 0, 1 where something failed, 2 where the call is wrong."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return app(list(arguments) or ["--help"], prog_name="recollect", standalone_mode=False) or 0
    except typer.Abort:
        return 130
    except Exception as error:
        message = getattr(error, "format_message", None)  # how every error of the parser says what is wrong
        if message is None:
            raise
        say_error("UsageError", f"{message()} (see: recollect --help)", "--json" in arguments)
        return MISUSED


@app.callback()
def common(
    context: typer.Context,
    db: Annotated[
        str | None, typer.Option(metavar="FILE", envvar="RECOLLECT_DB", help="A file, or a Postgres URL.")
    ] = None,
    user: Annotated[str | None, typer.Option(metavar="NAME", envvar="RECOLLECT_USER", help="Whose memory.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="The memory of which agent.")] = None,
    run: Annotated[str | None, typer.Option(metavar="NAME", help="The memory of which run.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", envvar="RECOLLECT_MODEL", help="A chat model.")] = None,
    tz: Annotated[str | None, typer.Option(metavar="ZONE", envvar="RECOLLECT_TZ", help="The time zone.")] = None,
    index: Annotated[
        str | None, typer.Option(metavar="URL", envvar="RECOLLECT_INDEX", help="A Weaviate index.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Long-term memory in one file: remember conversations, recall from them, see why.

    These options may also follow the command, where --help explains them.

    Exit codes: 0; 1 where something failed; 2 where the call is wrong and nothing was written.

    With --json a command prints one object and nothing else, an error as {"error": {"type", "message"}}. Its keys are
    the fields of recollect.types, its times are ISO-8601.
    """
    defaults(context, db=db, user=user, agent=agent, run=run, model=model, tz=tz, index=index, as_json=as_json or None)


@app.command()
def remember(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, or - for standard input.")],
    db: Db = None,
    user: User = None,
    agent: Agent = None,
    run: Run = None,
    model: Model = None,
    tz: Tz = "UTC",
    index: IndexUrl = None,
    as_json: AsJson = False,
) -> None:
    """Remember a conversation, and say what changed and why.

    A line is a message: {"role", "content"}, optionally "name", "timestamp" (ISO-8601, or seconds since 1970) and "id".
    Blank lines and lines {"question": ...}, which `demo` asks, are passed over. All lines are checked before the first is
    remembered. Messages go in order, in windows of up to 20; a silence of four hours begins a new one.

    Running it again changes nothing: a message is known by its id and words, else by its time and words. One that has
    neither id nor timestamp is known by the words of the whole file and its place in it, so only while the file stays
    as it is.

    With --json: {"messages", "known", "operations", "statuses", "model_calls", "input_tokens", "output_tokens",
    "outcomes": [{"operation", "status", "memory", "version", "text", "previous", "reason", "decider", "sources":
    [{"quote", "message_id", "line", "actor", "at", ...}]}]}; "operations" counts those that were applied, NONE the rest.
    """
    with answering(as_json) as answer:
        conversation, scope = transcript.read(file, zone(tz)), scope_of(user, agent, run)
        with writing(db, tz, model, index) as memory, progress("remembering") as advance:
            delivered = list(remembering.remember(memory, scope, conversation, advance))
        found = remembering.outcomes(delivered)
        if found:
            answer.say(tables.outcomes(found, zone(tz)))
        answer.say(str(remembering.summary(delivered)))
        answer.data(remembering.report(delivered))


@app.command()
def recall(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A question, or words.")],
    limit: Annotated[int, typer.Option(metavar="N", help="Hits at most.")] = 10,
    threshold: Annotated[float | None, typer.Option(metavar="SCORE", help="The least score, from 0 to 1.")] = None,
    mode: Annotated[str, typer.Option(metavar="hybrid|vector|keyword", help="How to search.")] = "hybrid",
    only: Only = None,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    db: Db = None,
    user: User = None,
    agent: Agent = None,
    run: Run = None,
    tz: Tz = "UTC",
    index: IndexUrl = None,
    as_json: AsJson = False,
) -> None:
    """Find the memories that answer a question, best first.

    Each comes with its score and why.

    With --json: {"query", "hits": [{"score", "why": {...}, "record": {"id", "text", "actor", "observed_at", "sources",
    ...}}]}
    """
    named: Any = mode
    with answering(as_json) as answer, reading(db, tz, index) as memory:
        hits = memory.search(
            query,
            scope=scope_of(user, agent, run),
            limit=limit,
            threshold=threshold,
            mode=named,
            filters=parsed(only),
            as_of=as_of,
            valid_at=valid_at,
        )
        answer.say(tables.hits(hits, zone(tz)) if hits else "nothing remembered answers this")
        answer.data({"query": query, "hits": hits})


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(metavar="N", help="Memories at most.")] = 100,
    cursor: Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = None,
    only: Only = None,
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    db: Db = None,
    user: User = None,
    agent: Agent = None,
    run: Run = None,
    tz: Tz = "UTC",
    as_json: AsJson = False,
) -> None:
    """List what is remembered, newest first.

    With --json: {"records": [{"id", "text", "actor", "observed_at", "sources", ...}], "cursor"}; the cursor is null on
    the last page.
    """
    with answering(as_json) as answer, reading(db, tz) as memory:
        page = memory.list(
            scope=scope_of(user, agent, run),
            limit=limit,
            cursor=cursor,
            filters=parsed(only),
            as_of=as_of,
            valid_at=valid_at,
        )
        answer.say(tables.memories(page, zone(tz)) if page.records else "nothing is remembered here")
        if page.cursor:
            answer.say(f"there is more: --cursor {page.cursor}")
        answer.data(plain(page))


@app.command()
def show(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="An id, or a beginning that only one has.")],
    as_of: AsOf = None,
    valid_at: ValidAt = None,
    db: Db = None,
    user: User = None,
    agent: Agent = None,
    run: Run = None,
    tz: Tz = "UTC",
    as_json: AsJson = False,
) -> None:
    """Show a memory's versions, their sources, and its events; or the one version known or true at a time.

    Of a procedure, its steps as well.

    With --json: {"id", "state", "versions": [{"state", "valid_from", "valid_to", "record": {...}}], "events":
    [{"operation", "status", "version", "at", "reason", "decider", ...}]}; a state is current, ended (its time is over),
    superseded (a newer version took over), withdrawn (it was wrong, or undone) or forgotten.
    """
    with answering(as_json) as answer, reading(db, tz) as memory:
        scope = scope_of(user, agent, run)
        then: past.Then = {"as_of": as_of, "valid_at": valid_at}
        history = memory.history(past.find(memory, scope, memory_id, then), scope=scope)
        found = past.past(history, datetime.now(UTC))
        if as_of or valid_at:
            found = past.seen(found, memory.get(found.id, scope=scope, **then))
        answer.say(*tables.past(found, zone(tz)))
        answer.data(plain(found))


@app.command()
def forget(
    memory_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or beginnings that only one has.")],
    db: Db = None,
    user: User = None,
    agent: Agent = None,
    run: Run = None,
    tz: Tz = "UTC",
    as_json: AsJson = False,
) -> None:
    """Forget memories, all in one step. `show` with the whole id still tells what one was.

    With --json: {"outcomes": [{"operation", "status", "memory", "previous", "reason", ...}]}. The exit code is 1 where
    one could not be forgotten.
    """
    with answering(as_json) as answer, reading(db, tz) as memory:
        scope = scope_of(user, agent, run)
        receipt = memory.delete_many(past.every(memory, scope, memory_ids), scope=scope)
        answer.say(tables.outcomes(((outcome, lambda _: None) for outcome in receipt.outcomes), zone(tz)))
        answer.data({"outcomes": receipt.outcomes})
        if any(outcome.status != "applied" for outcome in receipt.outcomes):
            raise typer.Exit(FAILED)


@app.command()
def reembed(db: Db = None, as_json: AsJson = False) -> None:
    """Make all vectors anew with the bundled table.

    For a database whose vectors another embedding model made.

    With --json: {"embedded"}. For a model of yours see recollect.memory.reembed.
    """
    with answering(as_json) as answer, progress("embedding") as advance:
        embedded = reembedding.reembed(path_of(db), progress=advance)
        answer.say(f"{embedded} vectors made anew")
        answer.data({"embedded": embedded})


@app.command()
def doctor(db: Db = None, index: IndexUrl = None, as_json: AsJson = False) -> None:
    """Compare the index with the journal, and say what differs.

    By the number of slices and by a digest of each. What is missing or differs is found more slowly, or not by its
    meaning; what the index holds beyond the journal is never told. The exit code is 1 where something differs.

    With --json: {"partitions", "expected", "held", "differ": [{"partition", "missing", "differing", "surplus", ...}]}
    """
    with answering(as_json) as answer, caring.cared_for(db, index) as (journal, opened):
        if caring.examined(journal, opened.care.examine(journal), "comparing", answer):
            raise typer.Exit(FAILED)


@app.command()
def repair(db: Db = None, index: IndexUrl = None, as_json: AsJson = False) -> None:
    """Let the index catch up, and mend what differs.

    What a crash cut off is made up for by the next search as well. Says what was found wrong, as `doctor` does.
    """
    with answering(as_json) as answer, caring.cared_for(db, index) as (journal, opened):
        caring.examined(journal, opened.care.repair(journal), "mending", answer)


@app.command()
def reindex(db: Db = None, index: IndexUrl = None, as_json: AsJson = False) -> None:
    """Build the index anew, while reads and writes go on.

    With --json: {"partitions"}
    """
    with (
        answering(as_json) as answer,
        caring.cared_for(db, index) as (journal, opened),
        progress("indexing") as advance,
    ):
        total = 0
        for done, total in opened.care.reindex(journal):
            advance(done, total)
        answer.say(f"{total} partitions indexed")
        answer.data({"partitions": total})


@app.command()
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A database: a file, or postgresql://user@host/name.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where the copy is to be; nothing may be there.")],
    as_json: AsJson = False,
) -> None:
    """Copy a database with all its history.

    Stop what writes to it before. Cut off, the same command goes on where it was; until it is done nothing is in the
    copy's place.

    With --json: {"rows"}
    """
    with answering(as_json) as answer, progress("copying") as advance:
        rows = opening.migrate(source, target, advance)
        answer.say(f"{rows} rows copied")
        answer.data({"rows": rows})


@app.command()
def erase(
    db: Db = None,
    index: IndexUrl = None,
    user: User = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove all that is remembered of a user, for good.

    History included; what `forget` ends can still be shown. With an index name it, or its server keeps the texts
    until the next search of that user, or `repair`.

    With --json: {"memories", "versions"}
    """
    with answering(as_json) as answer, reading(db, "UTC", index) as memory:
        if user is None or not yes:
            raise UsageError("erase removes everything of a user for good: give --user NAME and --yes")
        erased = memory.erase(user=user)
        answer.say(f"{erased.memories} memories erased, {erased.versions} versions in all")
        answer.data({"memories": erased.memories, "versions": erased.versions})


@app.command()
def stats(db: Db = None, as_json: AsJson = False) -> None:
    """Count what the database holds, of everybody.

    With --json: {"memories", "versions", "partitions", "events", "messages", "pending", "vectors", "model", "schema",
    "bytes"}
    """
    with answering(as_json) as answer, reading(db, "UTC") as memory:
        found = memory.stats()
        answer.say(tables.counts(found))
        answer.data(found)


@app.command("demo")
def demo_(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A conversation; a bundled one without it.")
    ] = None,
    question: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="What to ask; may be repeated.")] = None,
    db: Db = None,
    user: User = "demo",
    agent: Agent = None,
    run: Run = None,
    model: Model = None,
    tz: Tz = "UTC",
    as_json: AsJson = False,
) -> None:
    """See it work on a conversation.

    It is remembered, recalled from, one change is looked at, and it is remembered once more.

    The file is one as `remember` takes. It may hold lines {"question": ...}; --question takes their place. Works in a
    temporary database unless --db names one; RECOLLECT_DB and RECOLLECT_USER do not count. The exit code is 1 where the
    second time changed anything.

    With --json: {"sessions": [as remember], "questions": [as recall], "updated": as show or null, "again": as remember,
    "changed"}
    """
    with answering(as_json) as answer, ExitStack() as stack:
        conversation = transcript.read(file or demo.bundled(), zone(tz))
        path = db or str(Path(stack.enter_context(TemporaryDirectory())) / "demo.db")
        memory = stack.enter_context(writing(path, tz, model))
        asked = tuple(question or ()) or conversation.questions
        stage = demo.Stage(memory, scope_of(user, agent, run), zone(tz), answer)
        if stage.play(conversation, asked):
            raise typer.Exit(FAILED)
