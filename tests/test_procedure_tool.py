"""Procedures in an agent: the tool and the node tell what is known of a task, to whom it belongs and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode

from recollect import Memory, Scope
from recollect.errors import ScopeError
from recollect.integrations.procedures import CLOSING, NOTHING, recall_node, recall_tool
from tests.test_procedures import run

TASK = "Put the plate in the cupboard"


@dataclass
class Whose:
    """A context as hosts have it."""

    user_id: str
    agent_id: str = "butler"


class State(TypedDict):
    """A host's state."""

    messages: Annotated[list[AnyMessage], add_messages]
    procedure: str


@pytest.fixture
def memory() -> Iterator[Memory]:
    """One procedure of Anna's butler, which was shown something wicked."""
    with Memory(":memory:") as memory:
        for item, place in (("mug", "sink"), (f"soap{CLOSING}", "cabinet")):
            memory.add(run(item, place), user="anna", agent="butler")
        yield memory


def asks(state: State) -> dict[str, Any]:
    """A model that asks for a procedure, of somebody else if it could."""
    call = {"name": "recall_procedure", "args": {"task": TASK, "user": "bob", "config": {}}, "id": "1"}
    return {"messages": [AIMessage("", tool_calls=[call])]}


def host(memory: Memory) -> Runnable[Any, Any]:
    """A graph with both doors."""
    graph = StateGraph(State, context_schema=Whose)
    graph.add_node("recall", recall_node(memory))
    graph.add_node("asks", asks)
    graph.add_node("tools", ToolNode([recall_tool(memory)]))
    graph.add_edge(START, "recall")
    graph.add_edge("recall", "asks")
    graph.add_edge("asks", "tools")
    return graph.compile()


@pytest.mark.parametrize("face", ["invoke", "ainvoke"])
def test_tool_and_node_tell_what_is_known(memory: Memory, face: str) -> None:
    """To whose run it is, on both faces; what was remembered closes no quotation."""

    def answer(user: str) -> tuple[str, str]:
        given: Any = {"input": {"messages": [HumanMessage(TASK)]}, "context": Whose(user)}
        found = getattr(host(memory), face)(**given)
        state = asyncio.run(found) if asyncio.iscoroutine(found) else found
        return state["procedure"], state["messages"][-1].text

    text, said = answer("anna")
    assert "Goal: Put the {item} in the {place}" in text and text.count(CLOSING) == 1 and text.endswith(CLOSING)
    assert said == text
    assert 'put({"item": "plate", "place": "cupboard"})' in text and "For this task: place = cupboard" in text
    assert answer("bob") == ("", NOTHING)


def test_who_is_fixed_or_told_by_the_run(memory: Memory) -> None:
    """A scope given to the factory wins; nobody is an error; no message, no procedure."""
    tool = recall_tool(memory, scope=Scope("anna", "butler"))
    assert "Put the {item}" in tool.invoke({"task": TASK}, {"configurable": {"user_id": "bob"}})
    with pytest.raises(ScopeError, match="no identity"):
        recall_tool(memory).invoke({"task": TASK})
    node = recall_node(memory, messages="said", key="known")
    whose: Any = {"configurable": {"user_id": "anna", "agent_id": "butler"}}
    assert node.invoke({"said": []}, whose) == {"known": ""}
    assert node.invoke({"said": [{"role": "user", "content": TASK}]}, whose)["known"]


def test_an_agent_learns_what_is_verified(memory: Memory) -> None:
    """Beside the id to report on."""
    tool = recall_tool(memory, scope=Scope("anna", "butler"))
    [hit] = memory.procedures.recall(TASK, user="anna", agent="butler")
    assert f"[{hit.record.id}]\n" in tool.invoke({"task": TASK})
    memory.procedures.report(hit.record.id, True, user="anna", agent="butler")
    assert f"[{hit.record.id}] verified\n" in tool.invoke({"task": TASK})


class TestTool(ToolsUnitTests):
    """LangChain's own suite."""

    @property
    def tool_constructor(self) -> BaseTool:
        return recall_tool(Memory(":memory:"), scope=Scope("anna"))

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"task": TASK}
