"""Every error that recollect raises, in one tree.

RecollectError
├── UsageError (ValueError)            the call is wrong; nothing was written
│   ├── ScopeError                     no user, agent or run, or one that cannot be a name
│   ├── FilterError                    an unknown operator or field, or a value of the wrong type
│   ├── MessageError                   a message of unknown shape, empty, or too large
│   ├── VectorError                    a vector that is not finite or has the wrong size
│   └── PromptError                    a custom prompt that lacks a placeholder
├── NotFoundError (LookupError)        no such memory in this scope
├── ConflictError                      the memory moved since it was read; carries the current record
├── ModelError                         the chat model or the embedding model
│   ├── ModelUnavailableError          it could not be reached or refused to answer
│   └── ModelReplyError                it answered, but not in a form that can be used, also after one repair
└── StoreError                         the store
    ├── StoreClosedError               used after close()
    ├── StoreFullError                 no space left
    ├── StoreReadOnlyError             the file or its folder cannot be written
    ├── StoreCorruptError              not a recollect database, or a damaged one
    ├── StoreVersionError              made by a newer recollect
    ├── EmbeddingMismatchError         its vectors were made by another embedding model
    ├── IndexUnavailableError          the index server cannot be reached, answers too late, or refuses
    └── IndexMismatchError             the index follows another journal, or has another schema
"""

from __future__ import annotations

from typing import Any


class RecollectError(Exception):
    """Root of the tree: catch it to catch everything that recollect raises on purpose."""


class UsageError(RecollectError, ValueError):
    """The call is wrong; nothing was written."""


class ScopeError(UsageError):
    """No user, agent or run was named, or one that cannot be a name."""


class FilterError(UsageError):
    """A filter with an unknown operator or field, or a value of the wrong type."""


class MessageError(UsageError):
    """A message of unknown shape, an empty one, or one that is too large."""


class VectorError(UsageError):
    """A vector that is not finite or has the wrong size."""


class PromptError(UsageError):
    """A custom prompt that lacks a placeholder or has an unknown one."""


class NotFoundError(RecollectError, LookupError):
    """No such memory in this scope."""


class ConflictError(RecollectError):
    """The memory moved since it was read. `current` is the record as it is now, or None if it is gone."""

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class ModelError(RecollectError):
    """The chat model or the embedding model."""


class ModelUnavailableError(ModelError):
    """The model could not be reached or refused to answer."""


class ModelReplyError(ModelError):
    """The model answered in a form that cannot be used, also after one repair. `reply` is what it said."""

    def __init__(self, message: str, reply: str = "") -> None:
        super().__init__(message)
        self.reply = reply


class StoreError(RecollectError):
    """The store failed; the message names the file or server and what to do."""


class StoreClosedError(StoreError):
    """Used after close()."""


class StoreFullError(StoreError):
    """No space left on the store's disk; the write was undone."""


class StoreReadOnlyError(StoreError):
    """The store's file or folder cannot be written."""


class StoreCorruptError(StoreError):
    """Not a recollect database, or a damaged one."""


class StoreVersionError(StoreError):
    """The database was made by a newer recollect."""


class EmbeddingMismatchError(StoreError):
    """The store's vectors were made by another embedding model."""


class IndexUnavailableError(StoreError):
    """The index server could not be reached, did not answer in time, or refused to. Nothing of the journal is lost."""


class IndexMismatchError(StoreError):
    """The index follows another journal or a later copy of this one, or its schema is another than expected."""
