"""What the calls of the facade are given, checked: whose memory, which moments, who reasons, how many at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.errors import ScopeError, UsageError
from recollect.messages import moment, turns
from recollect.metadata import encode_metadata
from recollect.operations import BATCH, Standpoint, check_text
from recollect.ports import Erase, Index, Reset, StoreLike
from recollect.reranking import Reranker, is_reranker
from recollect.state import Delivery, Learning
from recollect.stores.opening import open_store
from recollect.types import Level, Receipt, Scope

if TYPE_CHECKING:
    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from recollect.messages import Message, Messages
    from recollect.ports import Reasoner


def scope_of(scope: Scope | None, user: str | None, agent: str | None, run: str | None) -> Scope:
    """The scope of a call, given either whole or by its names."""
    if scope is None:
        return Scope(user, agent, run)
    if not isinstance(scope, Scope):
        raise ScopeError(f"scope={scope!r}: expected a Scope, got {type(scope).__name__}")
    if (user, agent, run) != (None, None, None):
        raise ScopeError("give either scope= or user=, agent=, run=, not both")
    return scope


def zone_of(tz: str | tzinfo) -> tzinfo:
    """The time zone of that name, or that is given."""
    if isinstance(tz, tzinfo):
        return tz
    try:
        return UTC if tz == "UTC" else ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as exc:
        raise UsageError(f"tz={tz!r}: expected the name of a time zone, such as 'Europe/Oslo'") from exc


def reasoner_of(given: Reasoner | BaseChatModel | str) -> Reasoner:
    """The reasoner that is given, or one that asks the chat model that is."""
    if hasattr(given, "extract") and hasattr(given, "decide"):
        own: Any = given
        return own  # type: ignore[no-any-return]
    if not given or not (isinstance(given, str) or hasattr(given, "invoke")):
        raise UsageError(f"reasoner={given!r}: expected a chat model, the name of one, or a reasoner")
    from recollect.reasoners.llm import LLMReasoner

    model: Any = given
    return LLMReasoner(model)


def reranker_of(given: Reranker | BaseDocumentCompressor | None) -> Reranker | BaseDocumentCompressor | None:
    """The reranker that is given."""
    if given is not None and not is_reranker(given):
        raise UsageError(f"reranker={given!r}: expected a document compressor, or an object with rerank(query, texts)")
    return given


def embedder_of(given: Embeddings | None) -> CachedEmbedder:
    """What makes the vectors: the embeddings that are given, or the bundled table."""
    if given is not None and not hasattr(given, "embed_documents"):
        raise UsageError(f"embeddings={given!r}: expected a LangChain Embeddings")
    return CachedEmbedder(StaticEmbeddings() if given is None else given)


def store_of(given: str | Path | StoreLike, index: str | Index | None) -> tuple[StoreLike, bool]:
    """The store that is given, or at a place; and whether it was opened here."""
    if isinstance(given, str | Path):
        return open_store(given, index), True
    if not hasattr(given, "ado"):
        raise UsageError(f"store={given!r}: expected a path, ':memory:', a URL or a store")
    if index is not None:
        raise UsageError("index= beside a store that is ready, which has one")
    return given, False


def delivered(
    messages: Messages,
    scope: Scope,
    metadata: Mapping[str, Any] | None,
    observed_at: datetime | str | None,
    idempotency_key: str | None,
    level: Level | None,
    thread: str | None,
    learning: Learning,
    prompt: str | Path | None,
    tz: tzinfo,
) -> Delivery:
    """What is handed in to be remembered. Times without a zone are in `tz`."""
    if level is not None and (level not in ("user", "agent", "run") or getattr(scope, level) is None):
        raise ScopeError(f"level={level!r}: expected 'user', 'agent' or 'run', one that the call names")
    encode_metadata({} if metadata is None else metadata)  # refuses what cannot be stored
    for name, given in (("idempotency_key", idempotency_key), ("thread", thread)):
        if given is not None:
            check_text(given, name)
    return Delivery(
        scope=scope,
        turns=turns(messages, tz=tz, at=moment(observed_at, tz, "observed_at"), thread=thread),
        owner=nonce(),
        metadata=dict(metadata or {}),
        level=level,
        idempotency_key=idempotency_key,
        learning=learning,
        prompt=None if prompt is None else procedural(prompt, learning),
    )


def procedural(prompt: str | Path, learning: Learning) -> str:
    """The text of a procedural prompt, if it is one."""
    if learning != "only":
        raise UsageError("prompt= replaces the procedural prompt: give memory_type='procedural_memory' as well")
    if not isinstance(prompt, str | Path):
        raise UsageError(f"prompt={prompt!r}: expected a text, or the path of a file")
    from recollect import prompts  # pydantic, which reading has no need of

    return prompts.prompt("procedure", prompt)


def learning(memory_type: str | None, detect: bool, scope: Scope) -> Learning:
    """Whether a procedure is learned from messages."""
    if memory_type is None:
        return "detected" if detect else "never"
    if memory_type != "procedural_memory":
        raise UsageError(f"memory_type={memory_type!r}: expected 'procedural_memory' or None")
    if scope.agent is None:
        raise ScopeError("memory_type='procedural_memory' needs agent=: it is an agent that learns how a task is done")
    return "only"


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def nonce() -> str:
    """What names one call, and no other."""
    return uuid.uuid4().hex


def erasing(user: str) -> Erase:
    """The removal of a user."""
    return Erase(scope=Scope(user=user), change_set=nonce())


def confirmed(confirm: bool) -> Reset:
    """The removal of everything, if that is really meant."""
    if confirm is not True:
        raise UsageError("reset removes everything of everybody: call it with confirm=True")
    return Reset()


def batches(messages: Iterable[Message]) -> Iterable[Sequence[Message]]:
    """The messages, as many at a time as one commit takes."""
    if isinstance(messages, str | Mapping):
        raise UsageError(f"messages is one {type(messages).__name__}: expected several messages; add() takes one")
    batch: Any = []
    for message in messages:
        batch.append(message)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def joined(receipts: Sequence[Receipt]) -> Receipt:
    """The receipt of several writes."""
    return Receipt(
        change_set=receipts[-1].change_set if receipts else None,
        outcomes=tuple(outcome for receipt in receipts for outcome in receipt.outcomes),
        messages=sum(receipt.messages for receipt in receipts),
        known=sum(receipt.known for receipt in receipts),
    )


def standpoint(
    tz: tzinfo,
    as_of: datetime | str | None = None,
    valid_at: datetime | str | None = None,
    reference: datetime | str | None = None,
) -> Standpoint:
    """Where a read stands in time: at the reference, else at as_of, else now. Times without a zone are in `tz`."""
    known = moment(as_of, tz, "as_of")
    seen_from = moment(reference, tz, "reference") or known or now()
    try:
        local = seen_from.astimezone(tz)
    except OverflowError as exc:
        raise UsageError(f"reference={seen_from!r}: there is no such time in {tz}") from exc
    return Standpoint(local, known, moment(valid_at, tz, "valid_at"))
