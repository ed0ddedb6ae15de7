"""Nodes as LangGraph steps: a flow, driven by `run` or `arun`, whose model calls are counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp

from recollect.errors import RecollectError
from recollect.flow import World, arun, run
from recollect.ports import Ask, Flow, Release, Request
from recollect.state import MemoryState, Usage

Node = Callable[[MemoryState], Flow[dict[str, Any]]]
Prepare = Callable[[MemoryState, RunnableConfig], Mapping[str, Any]]


LOOP_CHARACTERS = 2_000
"""Messages of up to so many characters are worked on within the event loop: a few milliseconds."""


@dataclass(slots=True)
class Meter:
    """Counts the model calls and tokens of one step, and hands every request on."""

    world: World
    spent: Usage = field(default_factory=Usage)

    def answer(self, request: Request) -> Any:
        return self._counted(request, self.world.answer(request))

    async def aanswer(self, request: Request) -> Any:
        return self._counted(request, await self.world.aanswer(request))

    def _counted(self, request: Request, answer: Any) -> Any:
        if isinstance(request, Ask):
            counts = [getattr(reply, "usage_metadata", None) or {} for reply in answer]
            self.spent += Usage(len(answer), _total(counts, "input_tokens"), _total(counts, "output_tokens"))
        return answer


class Step(Runnable[MemoryState, dict[str, Any]]):
    """One node. Where it fails, the claim is given back, so that the next delivery need not wait for it.

    A `Runnable` of its own, because `RunnableLambda` costs about twice as much a step.
    """

    def __init__(self, name: str, node: Node, world: World, prepare: Prepare | None = None) -> None:
        self.name = name
        self._node = node
        self._world = world
        self._prepare = prepare

    def invoke(self, input: MemoryState, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:
        given = self._given(input, config)
        state = _with(input, given)
        meter = Meter(self._world)
        try:
            update = run(self._node(state), meter)
        except GraphBubbleUp:
            raise
        except BaseException:
            with suppress(RecollectError):  # what went wrong first is what the caller has to know
                self._world.answer(_release(state))
            raise
        return _update(given, update, meter)

    async def ainvoke(self, input: MemoryState, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:
        given = self._given(input, config)
        state = _with(input, given)
        meter = Meter(self._world)
        try:
            update = await arun(self._node(state), meter, aside=_long(state))
        except GraphBubbleUp:
            raise
        except BaseException:
            with suppress(RecollectError):
                await asyncio.shield(self._world.aanswer(_release(state)))
            raise
        return _update(given, update, meter)

    def _given(self, state: MemoryState, config: RunnableConfig | None) -> Mapping[str, Any]:
        return self._prepare(state, config or {}) if self._prepare else {}


def _total(counts: Sequence[Mapping[str, Any]], name: str) -> int:
    """The sum of what the provider counted; what is no number counts as none."""
    return sum(count for each in counts if isinstance(count := each.get(name), int))


def _with(state: MemoryState, given: Mapping[str, Any]) -> MemoryState:
    joined: Any = {**state, **given}
    return joined  # type: ignore[no-any-return]


def _long(state: MemoryState) -> bool:
    """Whether the messages are so many that working on them would hold up the event loop."""
    return sum(len(turn.text) for turn in state["delivery"].turns) > LOOP_CHARACTERS


def _release(state: MemoryState) -> Release:
    return Release(scope=state["delivery"].scope, owner=state["delivery"].owner)


def _update(given: Mapping[str, Any], update: dict[str, Any], meter: Meter) -> dict[str, Any]:
    spent = {} if meter.spent == Usage() else {"usage": meter.spent}
    return {**given, **update, **spent}
