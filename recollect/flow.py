"""Flows and their drivers: the one place that knows sync from async.

A flow is a generator that yields requests (recollect.ports) and returns what it learned. `run` and `arun` answer its
requests through a `World` and differ only by `await`. Only our own errors are thrown into a flow; everything else
(cancellation, a host graph's interrupts, bugs) passes outside, and the flow is closed either way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from recollect.errors import RecollectError
from recollect.ports import Ask, Begin, Claim, Embed, Embedder, Flow, Request, StoreLike
from recollect.reranking import Rerank

T = TypeVar("T")


class Answers(Protocol):
    """What can answer requests, in both ways."""

    def answer(self, request: Request) -> Any: ...

    async def aanswer(self, request: Request) -> Any: ...


@dataclass(frozen=True, slots=True)
class World:
    """What answers the requests of flows: a store, an embedder, and the models that the requests bring along."""

    store: StoreLike
    embedder: Embedder

    def answer(self, request: Request) -> Any:
        """Answer one request; a `Begin` is repeated until no earlier claim is in its way."""
        if isinstance(request, Embed):
            return self.embedder.embed(request.texts)
        if isinstance(request, Ask | Rerank):
            return request.ask()
        answer = self.store.do(request)
        while isinstance(request, Begin) and (seconds := _wait(answer)):
            time.sleep(seconds)
            answer = self.store.do(request)
        return answer

    async def aanswer(self, request: Request) -> Any:
        """Same as `answer`, asynchronously."""
        if isinstance(request, Embed):
            return await self.embedder.aembed(request.texts)
        if isinstance(request, Ask | Rerank):
            return await request.aask()
        answer = await self.store.ado(request)
        while isinstance(request, Begin) and (seconds := _wait(answer)):
            await asyncio.sleep(seconds)
            answer = await self.store.ado(request)
        return answer


def _wait(claim: Claim) -> float | None:
    return claim.wait


def run(flow: Flow[T], world: Answers) -> T:
    """Drive a flow to its end and return its result."""
    try:
        request = _next(flow.send, None)
        while not isinstance(request, _End):
            try:
                answer = world.answer(request)
            except RecollectError as error:
                request = _next(flow.throw, error)
            else:
                request = _next(flow.send, answer)
        result: T = request.value
        return result
    finally:
        flow.close()


async def arun(flow: Flow[T], world: Answers, *, aside: bool = False) -> T:
    """Same as `run`, asynchronously. With `aside` the flow itself works beside the event loop."""
    try:
        request = await _moved_on(aside, flow.send, None)
        while not isinstance(request, _End):
            try:
                answer = await world.aanswer(request)
            except RecollectError as error:
                request = await _moved_on(aside, flow.throw, error)
            else:
                request = await _moved_on(aside, flow.send, answer)
        result: T = request.value
        return result
    finally:
        flow.close()


@dataclass(frozen=True, slots=True)
class _End:
    """What a flow returned: StopIteration itself cannot leave a thread."""

    value: Any


async def _moved_on(aside: bool, move: Callable[[Any], Request], given: Any) -> Request | _End:
    if not aside:
        return _next(move, given)
    moving = asyncio.ensure_future(asyncio.to_thread(_next, move, given))
    try:
        return await asyncio.shield(moving)
    except asyncio.CancelledError:
        await moving  # a flow that is at work cannot be closed
        raise


def _next(move: Callable[[Any], Request], given: Any) -> Request | _End:
    try:
        return move(given)
    except StopIteration as stop:
        return _End(stop.value)
