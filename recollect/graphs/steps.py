"""Nodes as LangGraph steps: a flow, driven by `run` or `arun`, whose model calls are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp

from recollect.flow import World, arun, run
from recollect.ports import Ask, Flow, Release, Request
from recollect.state import MemoryState, Usage

Node = Callable[[MemoryState], Flow[dict[str, Any]]]
Prepare = Callable[[MemoryState, RunnableConfig], Mapping[str, Any]]


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
            self.spent += Usage(
                len(answer),
                sum(count.get("input_tokens", 0) for count in counts),
                sum(count.get("output_tokens", 0) for count in counts),
            )
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
            release = _release(state)
            if release is not None:
                self._world.answer(release)
            raise
        return _update(given, update, meter)

    async def ainvoke(self, input: MemoryState, config: RunnableConfig | None = None, **_: Any) -> dict[str, Any]:
        given = self._given(input, config)
        state = _with(input, given)
        meter = Meter(self._world)
        try:
            update = await arun(self._node(state), meter)
        except GraphBubbleUp:
            raise
        except BaseException:
            release = _release(state)
            if release is not None:
                await self._world.aanswer(release)
            raise
        return _update(given, update, meter)

    def _given(self, state: MemoryState, config: RunnableConfig | None) -> Mapping[str, Any]:
        return self._prepare(state, config or {}) if self._prepare else {}


def _with(state: MemoryState, given: Mapping[str, Any]) -> MemoryState:
    joined: Any = {**state, **given}
    return joined  # type: ignore[no-any-return]


def _release(state: MemoryState) -> Release | None:
    change_set = state.get("change_set")
    if not change_set:
        return None
    delivery = state["delivery"]
    return Release(change_set=change_set, scope=delivery.scope, owner=delivery.owner)


def _update(given: Mapping[str, Any], update: dict[str, Any], meter: Meter) -> dict[str, Any]:
    spent = {} if meter.spent == Usage() else {"usage": meter.spent}
    return {**given, **update, **spent}
