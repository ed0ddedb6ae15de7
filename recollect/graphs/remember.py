"""The inference graph: every step and every edge by which messages become memories."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import partial
from typing import Any, Literal

from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from recollect.flow import World
from recollect.graphs.identity import identified
from recollect.graphs.steps import Step
from recollect.nodes.apply import apply
from recollect.nodes.decide import decide
from recollect.nodes.extract import extract
from recollect.nodes.retrieve import retrieve
from recollect.nodes.review import review
from recollect.nodes.route import route
from recollect.ports import Reasoner
from recollect.state import MemoryState, RememberInput, RememberOutput
from recollect.types import Scope


def build(
    world: World, reasoner: Reasoner, *, scope: Scope | None = None, tz: tzinfo = UTC
) -> StateGraph[MemoryState, Any, RememberInput, RememberOutput]:
    """The graph, uncompiled. Identity: `scope`, else user_id, agent_id, run_id of the run's context or configuration."""
    builder = StateGraph(MemoryState, input_schema=RememberInput, output_schema=RememberOutput)

    builder.add_node("route", Step("route", route, world, identified(scope, tz)))
    builder.add_node("extract", Step("extract", partial(extract, reasoner=reasoner), world))
    builder.add_node("retrieve", Step("retrieve", retrieve, world))
    builder.add_node("decide", Step("decide", partial(decide, reasoner=reasoner), world))
    builder.add_node("review", Step("review", review, world))
    builder.add_node("apply", Step("apply", apply, world))

    builder.add_edge(START, "route")
    builder.add_conditional_edges("route", after_route)
    builder.add_edge("extract", "retrieve")
    builder.add_edge("retrieve", "decide")
    builder.add_edge("decide", "review")
    builder.add_edge("review", "apply")
    builder.add_conditional_edges("apply", after_apply)
    return builder


def after_route(state: MemoryState) -> Literal["extract", "review", "__end__"]:
    """To work on messages, to carry out a plan that a dead call left, or nowhere."""
    if state["more"]:
        return "review"
    return "extract" if state["turns"] else "__end__"


def after_apply(state: MemoryState) -> Literal["retrieve", "route", "__end__"]:
    """Decide conflicted facts again, begin again after another call's plan, or end."""
    if state["conflicts"]:
        return "retrieve"
    return "route" if state["more"] else "__end__"


def graph(
    world: World, reasoner: Reasoner, *, scope: Scope | None = None, tz: tzinfo = UTC, checkpointer: Any = False
) -> CompiledStateGraph[MemoryState, Any, RememberInput, RememberOutput]:
    """The graph, compiled; without a checkpointer unless one is given."""
    return build(world, reasoner, scope=scope, tz=tz).compile(checkpointer=checkpointer, name="remember")
