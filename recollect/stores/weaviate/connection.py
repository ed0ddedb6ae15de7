"""The two faces of one server: a synchronous client, and an asynchronous one for every event loop that asks.

Every question is a function of a client; both kinds of client have the same methods, so it is written once. No answer is
waited for longer than the deadline, whatever the client does meanwhile (it retries for a minute by itself).
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from weaviate import WeaviateAsyncClient, WeaviateClient
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.connect import ConnectionParams
from weaviate.exceptions import (
    AuthenticationFailedError,
    InsufficientPermissionsError,
    UnexpectedStatusCodeError,
    WeaviateBaseError,
)

from recollect.errors import IndexUnavailableError, StoreClosedError, StoreError, UsageError
from recollect.stores import resting
from recollect.stores.weaviate.address import Address, parse

Call = Callable[[Any], Any]
"""Asks a client: answers, or for an asynchronous client awaits, what it says."""

DEADLINE = 5.0
_LANES = 16
"""Threads that ask for one caller at once."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds for which a server that failed is left alone: doubled with every failure."""

_ABSENT = ("tenant not found", "could not find class", "not present in schema", "class not found", "non-existing index")
_REFUSED = ("unauthenticated", "anonymous access not enabled", "unauthorized", "forbidden")
_LIBRARIES = ("grpc", "httpx", "httpcore")
"""Whose errors the client lets through now and then."""
_left_behind: list[Any] = []  # clients of a parent process: closing or collecting them here would wait for its threads


_asking: int | None = None  # the process in which gRPC was used first


def _check_process() -> None:
    """gRPC does not survive a fork: a child of a process that has used it would hang, and no deadline would help."""
    global _asking
    _asking = _asking or os.getpid()
    if _asking != os.getpid():
        raise IndexUnavailableError(
            "this process was forked from one that had asked Weaviate already, which gRPC does not survive: fork before the"
            " first search or write, or start processes by spawn or forkserver"
        )


class AbsentError(Exception):
    """There is no such collection or tenant."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions for a server, asked at once. Answers a list: what each answers, or the error that it ended with."""

    server: Server
    calls: tuple[Call, ...]

    def ask(self) -> list[Any]:
        """Ask, and wait."""
        return self.server.ask(self.calls)

    async def aask(self) -> list[Any]:
        """Same as `ask`, asynchronously."""
        return await self.server.aask(self.calls)


class Server:
    """One server, from any thread and any event loop. A child forked after the first question gets no answer.

    target: a URL, or a connected `WeaviateClient`, which stays yours to close. api_key and headers go with a URL.
    """

    def __init__(
        self,
        target: str | WeaviateClient,
        *,
        api_key: str | None = None,
        headers: dict[str, str] | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        if not isinstance(target, str | WeaviateClient):
            raise UsageError(f"{type(target).__name__}: expected a URL or a connected weaviate.WeaviateClient")
        if not isinstance(target, str) and (api_key or headers):
            raise UsageError("api_key and headers are for a URL: a ready client has its own")
        self.deadline = deadline
        self._given = None if isinstance(target, str) else target
        self._settings = _settings(parse(target), api_key, headers, deadline) if isinstance(target, str) else {}
        self.name = target if isinstance(target, str) else "weaviate"
        self._forget()
        resting.register(self)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._gate = threading.Condition(threading.Lock())
        self._inside = 0
        self._resting = False
        self._client: WeaviateClient | None = self._given
        self._loops: dict[asyncio.AbstractEventLoop, _LoopClient] = {}
        self._failures = 0
        self._until = 0.0
        self._closed = False

    # Asking.

    def asking(self, *calls: Call) -> Asking:
        """Questions to be asked at once."""
        return Asking(self, calls)

    def ask(self, calls: Sequence[Call]) -> list[Any]:
        """The answers, each of which may be an error; none later than the deadline."""
        return self.begun(calls)()

    def begun(self, calls: Sequence[Call]) -> Callable[[], list[Any]]:
        """Begins to ask; what waits for the answers then, no longer than the deadline."""
        self._probe()
        futures = self._started(calls)

        def answers() -> list[Any]:
            wait(futures, self.deadline)
            return self._noted([self._outcome(future) for future in futures])

        return answers

    async def aask(self, calls: Sequence[Call]) -> list[Any]:
        """Same as `ask`, asynchronously."""
        self._probe()
        if self._given is not None:
            waiting = [asyncio.wrap_future(future) for future in self._started(calls)]
        else:
            waiting = [asyncio.ensure_future(self._awaited(call)) for call in calls]
        try:
            done, _ = await asyncio.wait(waiting, timeout=self.deadline)
        finally:
            for each in waiting:
                each.cancel()
        return self._noted([self._outcome(each) if each in done else self._late() for each in waiting])

    def _started(self, calls: Sequence[Call]) -> list[Future[Any]]:
        """On threads of their own, which may be left behind: the client cannot be stopped while it waits."""
        pairs: list[tuple[Call, Future[Any]]] = [(call, Future()) for call in calls]
        for lane in range(min(_LANES, len(pairs))):
            some = pairs[lane::_LANES]
            threading.Thread(target=self._run, args=(some,), name="recollect weaviate", daemon=True).start()
        return [future for _, future in pairs]

    def _run(self, pairs: Sequence[tuple[Call, Future[Any]]]) -> None:
        for call, future in pairs:
            try:
                with self._entered():
                    answer = call(self._synchronous())
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(answer)

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Keep a fork from happening meanwhile."""
        with self._gate:
            self._gate.wait_for(lambda: not self._resting)
            self._inside += 1
        try:
            yield
        finally:
            with self._gate:
                self._inside -= 1
                self._gate.notify_all()

    async def _awaited(self, call: Call) -> Any:
        answer: Awaitable[Any] = call(await self._asynchronous())
        return await answer

    def _outcome(self, done: Future[Any] | asyncio.Future[Any]) -> Any:
        if not done.done():
            return self._late()
        error = done.exception()
        return done.result() if error is None else explained(error, self.name)

    def _late(self) -> IndexUnavailableError:
        return IndexUnavailableError(f"{self.name} did not answer within {self.deadline:g} s")

    # Pauses.

    @property
    def paused(self) -> float:
        """Seconds for which it should be left alone, because it failed just now."""
        return max(0.0, self._until - time.monotonic())

    def _probe(self) -> None:
        """While one asks whether a server that failed is back, the others leave it alone."""
        if self._failures:
            self._until = time.monotonic() + self.deadline

    def _noted(self, answers: list[Any]) -> list[Any]:
        if any(isinstance(answer, IndexUnavailableError) for answer in answers):
            self._until = time.monotonic() + min(LONGEST_PAUSE, FIRST_PAUSE * 2**self._failures)
            self._failures += 1
        else:
            self._failures, self._until = 0, 0.0
        return answers

    # Clients.

    def _check(self) -> None:
        if self._closed:
            raise StoreClosedError(f"{self.name} is closed")
        _check_process()

    def _synchronous(self) -> WeaviateClient:
        self._check()
        with self._lock:
            if self._client is None:
                client = WeaviateClient(**self._settings)
                try:
                    client.connect()
                except BaseException:
                    client.close()
                    raise
                self._client = client
            return self._client

    async def _asynchronous(self) -> WeaviateAsyncClient:
        self._check()
        loop = asyncio.get_running_loop()
        found = self._loops.get(loop)
        if found is None or found.failed:
            for ended in [each for each in list(self._loops) if each.is_closed()]:
                self._loops.pop(ended, None)
            found = self._loops[loop] = _LoopClient(self._settings)
        return await asyncio.shield(found.connected)

    def close(self) -> None:
        """Close the clients that were made here, those of event loops inside them."""
        self._closed = True
        with self._lock:
            client, self._client = self._client, self._given
            if client is not None and client is not self._given:
                client.close()
        for loop, found in list(self._loops.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(found.end)
        self._loops.clear()

    def rest(self) -> None:
        """Before a fork: nothing is under way, and no client is there whose threads the child would miss."""
        with self._gate:
            self._resting = True
            self._gate.wait_for(lambda: self._inside == 0, self.deadline)
        client, self._client = self._client, self._given
        if client is not None and client is not self._given:
            client.close()

    def resume(self) -> None:
        """After a fork, in the parent: connect again when asked."""
        with self._gate:
            self._resting = False
            self._gate.notify_all()

    def resume_in_child(self) -> None:
        """After a fork, in the child: connect anew."""
        _left_behind.extend(self._loops.values())
        self._forget()


class _LoopClient:
    """The client of one event loop; ends with the loop, which closes the asynchronous generators that run in it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._life = _life(settings)
        self.connected: asyncio.Task[WeaviateAsyncClient] = asyncio.ensure_future(anext(self._life))

    @property
    def failed(self) -> bool:
        """Whether it could not connect."""
        return self.connected.done() and (self.connected.cancelled() or self.connected.exception() is not None)

    def end(self) -> None:
        """Close the client, from inside its loop."""
        self._ending = asyncio.ensure_future(self._life.aclose())


async def _life(settings: dict[str, Any]) -> AsyncGenerator[WeaviateAsyncClient, None]:
    client = WeaviateAsyncClient(**settings)
    try:
        await client.connect()
        yield client
    finally:
        await client.close()


def _settings(address: Address, api_key: str | None, headers: dict[str, str] | None, deadline: float) -> dict[str, Any]:
    """What both kinds of client are made of. The initial checks would ask a package index for newer clients."""
    return {
        "connection_params": ConnectionParams.from_params(
            http_host=address.host,
            http_port=address.port,
            http_secure=address.secure,
            grpc_host=address.grpc_host,
            grpc_port=address.grpc_port,
            grpc_secure=address.secure,
        ),
        "auth_client_secret": Auth.api_key(api_key) if api_key else None,
        "additional_headers": headers,
        "additional_config": AdditionalConfig(timeout=Timeout(init=deadline, query=deadline, insert=deadline)),
        "skip_init_checks": True,
    }


# Errors.


def explained(error: BaseException, name: str) -> BaseException:
    """The error as one of ours; what is no error of the server or of the way to it stays as it is."""
    if not isinstance(error, WeaviateBaseError | OSError) and _origin(error) not in _LIBRARIES:
        return error
    text = str(error)
    if (isinstance(error, UnexpectedStatusCodeError) and error.status_code == 404) or _says(text, _ABSENT):
        mapped: Exception = AbsentError(text)
    elif _is_refusal(error, text):
        mapped = IndexUnavailableError(f"{name} refused: check the API key and what it may do ({text})")
    else:
        mapped = IndexUnavailableError(f"{name}: {type(error).__name__}: {text}")
    mapped.__cause__ = error
    return mapped


def _origin(error: BaseException) -> str:
    return type(error).__module__.partition(".")[0]


def _is_refusal(error: BaseException, text: str) -> bool:
    if isinstance(error, AuthenticationFailedError | InsufficientPermissionsError):
        return True
    if isinstance(error, UnexpectedStatusCodeError):
        return error.status_code in (401, 403)
    return _says(text, _REFUSED)


def _says(text: str, words: Sequence[str]) -> bool:
    lower = text.lower()
    return any(word in lower for word in words)


def first_error(answers: Sequence[Any]) -> StoreError | None:
    """The first answer that is an error of the store; raises what no server can be blamed for."""
    for answer in answers:
        if isinstance(answer, StoreError):
            return answer
        if isinstance(answer, BaseException) and not isinstance(answer, AbsentError):
            raise answer
    return None
