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
from recollect.nodes.match import match
from recollect.nodes.refine import refine
from recollect.nodes.retrieve import retrieve
from recollect.nodes.review import review
from recollect.nodes.route import route
from recollect.nodes.summarize import summarize
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
    builder.add_node("summarize", Step("summarize", partial(summarize, reasoner=reasoner), world))
    builder.add_node("match", Step("match", match, world))
    builder.add_node("refine", Step("refine", refine, world))
    builder.add_node("review", Step("review", partial(review, reasoner=reasoner), world), defer=True)
    builder.add_node("apply", Step("apply", apply, world))

    builder.add_edge(START, "route")
    builder.add_conditional_edges("route", after_route)
    builder.add_edge("extract", "retrieve")
    builder.add_edge("retrieve", "decide")
    builder.add_edge("decide", "review")
    builder.add_edge("summarize", "match")
    builder.add_edge("match", "refine")
    builder.add_edge("refine", "review")
    builder.add_edge("review", "apply")
    builder.add_conditional_edges("apply", after_apply)
    return builder


def after_route(state: MemoryState) -> list[Literal["extract", "summarize", "review", "__end__"]]:
    """To work on messages, for facts and procedures side by side; to carry out a plan that a dead call left; or nowhere."""
    if state["more"]:
        return ["review"]
    if not state["turns"]:
        return ["__end__"]
    if state["task"] is None:
        return ["extract"]
    return ["summarize"] if state["delivery"].learning == "only" else ["extract", "summarize"]


def after_apply(state: MemoryState) -> list[Literal["retrieve", "match", "route", "__end__"]]:
    """Decide conflicted facts and match conflicted procedures again, begin again after another call's plan, or end.

    Both branches look again, so that the plan rests on what is seen now; facts that did not conflict stay decided.
    """
    if not state["conflicts"]:
        return ["route"] if state["more"] else ["__end__"]
    facts = state["decided"] or state["read_seq"] is not None  # the plan of a dead call brings no sequence number
    procedures = state["runs"] or state["matched_seq"] is not None
    return [*(["retrieve"] if facts else []), *(["match"] if procedures else [])]  # type: ignore[list-item]


def graph(
    world: World, reasoner: Reasoner, *, scope: Scope | None = None, tz: tzinfo = UTC, checkpointer: Any = False
) -> CompiledStateGraph[MemoryState, Any, RememberInput, RememberOutput]:
    """The graph, compiled; without a checkpointer unless one is given."""
    return build(world, reasoner, scope=scope, tz=tz).compile(checkpointer=checkpointer, name="remember")
