"""Whose memory a run of the graph works on, and what is handed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import get_runtime

from recollect.errors import ScopeError
from recollect.messages import turns
from recollect.state import Delivery, MemoryState
from recollect.types import Scope, Turn

_NAMES = {"user": "user_id", "agent": "agent_id", "run": "run_id"}


def identified(scope: Scope | None, tz: tzinfo = UTC) -> Callable[[MemoryState, RunnableConfig], Mapping[str, Any]]:
    """Make the delivery of a run: its context if that is one, else its messages under `scope` or the run's ids.

    System prompts are nobody's words.
    """

    def deliver(state: MemoryState, config: RunnableConfig) -> Mapping[str, Any]:
        context = get_runtime().context
        if isinstance(context, Delivery):
            return {"delivery": replace(context, turns=_spoken(context.turns))}
        configurable = config.get("configurable", {})
        found = scope or resolve(context, configurable)
        messages, thread = state.get("messages"), configurable.get("thread_id")
        said = turns(messages, tz=tz, thread=None if thread is None else str(thread)) if messages else ()
        return {"delivery": Delivery(scope=found, turns=_spoken(said), owner=uuid.uuid4().hex)}

    return deliver


def resolve(context: Any, configurable: Mapping[str, Any]) -> Scope:
    """The scope named by user_id, agent_id and run_id of the run's context, else of its configuration.

    Fails closed: where none is named, nothing is read or written.
    """
    names = {}
    for dimension, name in _NAMES.items():
        value = context.get(name) if isinstance(context, Mapping) else getattr(context, name, None)
        names[dimension] = configurable.get(name) if value is None else value
    if all(value is None for value in names.values()):
        raise ScopeError(
            "no identity: give user_id, agent_id or run_id in the run's context or in config['configurable'], "
            "or build the graph with scope="
        )
    return Scope(**names)


def _spoken(said: tuple[Turn, ...]) -> tuple[Turn, ...]:
    return tuple(turn for turn in said if turn.role != "system")
