"""The inference graph: on its own, inside a host's graph, with and without checkpoints, and when things go wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.graph.state import CompiledStateGraph

from recollect import Memory, Receipt, Scope
from recollect.errors import ModelUnavailableError, ScopeError, StoreClosedError
from recollect.flow import World
from recollect.graphs import remember
from recollect.ports import Begin, Case, Claim, Commit, Flow, Plan
from recollect.state import Delivery
from recollect.testing import ScriptedModel
from recollect.types import Change, ChangeSet, Decision, Draft, Fact, Turn
from tests.toy import At, Toy, processes, said, store, texts, unchanged

ANNA = Scope(user="anna")


def told(*lines: str) -> list[AnyMessage]:
    """Messages of a person with ids."""
    return [HumanMessage(line, id=f"h{number}") for number, line in enumerate(lines)]


def invoke(graph: CompiledStateGraph[Any, Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
    """The graph's synchronous face."""
    return graph.invoke(*args, **kwargs)


def ainvoke(graph: CompiledStateGraph[Any, Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
    """Its asynchronous one."""
    return asyncio.run(graph.ainvoke(*args, **kwargs))


both_faces = pytest.mark.parametrize("face", [invoke, ainvoke], ids=["sync", "async"])
Face = Callable[..., Any]


# On its own


@both_faces
def test_messages_go_in_and_a_receipt_comes_out(memory: Memory, face: Face) -> None:
    """And nothing else comes out."""
    answer = face(memory.graph(scope=ANNA), {"messages": told("I live in Oslo. I like tea")})
    assert set(answer) == {"receipt"}
    assert [outcome.text for outcome in answer["receipt"].outcomes] == ["I live in Oslo", "I like tea"]
    assert texts(memory, user="anna") == ["I like tea", "I live in Oslo"]
    again = face(memory.graph(scope=ANNA), {"messages": told("I live in Oslo. I like tea")})
    assert again["receipt"] == Receipt(change_set=None, messages=1, known=1)


def test_both_faces_give_equal_results_and_equal_errors() -> None:
    """The same conversation twice, in two memories."""

    def play(face: Face) -> list[Any]:
        with Memory(":memory:", reasoner=Toy()) as memory:
            graph = memory.graph()
            lines = (["I live in Oslo"], ["I live in Paris", "I like tea"], ["Forget that I like tea"], ["hm?"])
            config = {"configurable": {"user_id": "anna"}}
            found = []
            for number, told_lines in enumerate(lines):
                messages = [HumanMessage(line, id=f"{number}.{n}") for n, line in enumerate(told_lines)]
                receipt = face(graph, {"messages": messages}, config)["receipt"]
                found.append([(o.status, o.operation, o.text, o.previous, o.version) for o in receipt.outcomes])
            with pytest.raises(ScopeError) as error:
                face(graph, {"messages": told("x")})
            return [*found, str(error.value), texts(memory, user="anna")]

    assert play(invoke) == play(ainvoke)


def test_its_steps_can_be_streamed(memory: Memory) -> None:
    """Each step by name, in order."""
    steps = memory.graph(scope=ANNA).stream({"messages": told("I like tea")}, stream_mode="updates")
    assert [name for step in steps for name in step] == ["route", "extract", "retrieve", "decide", "review", "apply"]


def test_what_is_known_goes_no_way(memory: Memory) -> None:
    """No step but route, so no model is asked."""
    graph = memory.graph(scope=ANNA)
    graph.invoke({"messages": told("I like tea")})
    assert [list(step) for step in graph.stream({"messages": told("I like tea")}, stream_mode="updates")] == [["route"]]


def test_nothing_in_nothing_out(memory: Memory) -> None:
    """An empty conversation is no error for a host."""
    assert memory.graph(scope=ANNA).invoke({"messages": []})["receipt"] == Receipt(change_set=None)


def test_build_returns_it_uncompiled(memory: Memory) -> None:
    """With all its steps, for those who compile it their own way; compiled here, it has no checkpointer of its own."""
    from recollect.embed import CachedEmbedder, StaticEmbeddings

    builder = remember.build(World(store(":memory:"), CachedEmbedder(StaticEmbeddings())), Toy(), scope=ANNA)
    assert isinstance(builder, StateGraph)
    facts, procedures = {"extract", "retrieve", "decide"}, {"summarize", "match", "refine"}
    assert set(builder.nodes) == {"route", "review", "apply"} | facts | procedures
    assert memory.graph().checkpointer is False


def test_recalled_text_summaries_and_system_prompts_are_not_extracted(memory: Memory) -> None:
    """Nor are messages that only call tools; a tool's words are."""
    messages: list[AnyMessage] = [
        SystemMessage("I am the system", id="s"),
        HumanMessage("I like recalled tea", id="r", additional_kwargs={"lc_source": "recollect"}),
        HumanMessage("I like summed up tea", id="z", additional_kwargs={"lc_source": "summarization"}),
        AIMessage("", id="a", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
        ToolMessage("It rains", id="t", tool_call_id="1"),
        *told("I like tea"),
    ]
    receipt = memory.graph(scope=ANNA).invoke({"messages": messages})["receipt"]
    assert [outcome.text for outcome in receipt.outcomes] == ["It rains", "I like tea"]
    assert receipt.messages == 3
    facade = memory.add(messages, user="bob")
    assert [outcome.text for outcome in facade.outcomes] == ["It rains", "I like tea"]


def test_the_thread_is_where_it_was_said(memory: Memory) -> None:
    """But not whose it is: it is no run."""
    config = {"configurable": {"thread_id": 7, "user_id": "anna"}}
    memory.graph().invoke({"messages": told("I like tea")}, config)
    [record] = memory.list(user="anna")
    assert record.scope == ANNA and record.sources[0].message_id == "h0"


# Whose


@dataclass
class Context:
    """A host's context."""

    user_id: Any = None
    agent_id: Any = None


class Named(TypedDict, total=False):
    """A host's context as a dict."""

    user_id: str
    run_id: str


@both_faces
@pytest.mark.parametrize(
    ("context", "configurable", "expected"),
    [
        (Context("anna"), {}, Scope("anna")),
        (Context("anna", "cook"), {}, Scope("anna", "cook")),
        ({"user_id": "anna", "run_id": "r"}, {}, Scope("anna", None, "r")),
        (None, {"user_id": "anna"}, Scope("anna")),
        (None, {"agent_id": "cook"}, Scope(agent="cook")),
        (Context("anna"), {"user_id": "bob"}, Scope("anna")),
        (Context(), {"user_id": "bob"}, Scope("bob")),
    ],
)
def test_identity(memory: Memory, face: Face, context: Any, configurable: Any, expected: Scope) -> None:
    """From the run's context, else from its configuration."""
    face(memory.graph(), {"messages": told("I like tea")}, {"configurable": configurable}, context=context)
    found = memory.list(scope=expected).records
    assert [record.provenance for record in found] == [expected]


def test_a_graph_with_a_scope_asks_nobody(memory: Memory) -> None:
    """What the run says of itself is not looked at."""
    memory.graph(scope=ANNA).invoke({"messages": told("I like tea")}, {"configurable": {"user_id": "bob"}})
    assert (texts(memory, user="anna"), texts(memory, user="bob")) == (["I like tea"], [])


@both_faces
@pytest.mark.parametrize(
    ("context", "configurable"),
    [
        (None, {}),
        (Context(), {"thread_id": "t"}),
        (Context(7), {}),
        (Context(""), {}),
        ({"user": "anna"}, {}),
        (None, {"user_id": 7}),
        (None, {"user_id": ["anna"]}),
    ],
)
def test_without_identity_nothing_is_written(memory: Memory, face: Face, context: Any, configurable: Any) -> None:
    """It fails closed, also for what is no name."""
    with unchanged(memory), pytest.raises(ScopeError, match=r"no identity|expected text|is empty"):
        face(memory.graph(), {"messages": told("I like tea")}, {"configurable": configurable}, context=context)


# Inside a host's graph


class HostState(TypedDict):
    """A host that wants the receipt, and has fields of its own with names of ours."""

    messages: Annotated[list[AnyMessage], add_messages]
    facts: NotRequired[list[str]]
    known: NotRequired[str]
    receipt: NotRequired[Receipt]


class BareState(TypedDict):
    """A host that wants nothing."""

    messages: Annotated[list[AnyMessage], add_messages]


def hosted(node: Any, schema: Any = HostState, **compiled: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A host's graph around one node."""
    builder = StateGraph(schema, context_schema=Context)
    builder.add_node("remember", node)
    builder.add_edge(START, "remember")
    builder.add_edge("remember", END)
    return builder.compile(**compiled)


@both_faces
def test_a_host_gets_the_receipt_and_nothing_else(memory: Memory, face: Face) -> None:
    """Its own fields stay as they were, whatever their names."""
    host = hosted(memory.graph(), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    given = {"messages": told("I like tea"), "facts": ["mine"], "known": "mine"}
    answer = face(host, given, config, context=Context("anna"))
    assert set(answer) == {"messages", "facts", "known", "receipt"}
    assert (answer["facts"], answer["known"], len(answer["messages"])) == (["mine"], "mine", 1)
    assert answer["receipt"].outcomes[0].text == "I like tea"
    more = face(host, {"messages": [HumanMessage("I like coffee", id="h9")]}, config, context=Context("anna"))
    assert (more["receipt"].known, more["receipt"].outcomes[0].text) == (1, "I like coffee")
    assert texts(memory, user="anna") == ["I like coffee", "I like tea"]


def test_a_host_that_wants_no_receipt_gets_none(memory: Memory) -> None:
    """No key of ours enters its state."""
    answer = hosted(memory.graph(scope=ANNA), BareState).invoke({"messages": told("I like tea")})
    assert set(answer) == {"messages"}
    assert texts(memory, user="anna") == ["I like tea"]


def test_a_host_without_ids_of_its_own_is_remembered_once(memory: Memory) -> None:
    """`add_messages` gives ids, which stay: only what is new is worked on."""
    host = hosted(memory.graph(scope=ANNA), checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    for line in ("I like tea", "I like coffee", "I like rain"):
        receipt = host.invoke({"messages": [HumanMessage(line)]}, config)["receipt"]
        assert [outcome.text for outcome in receipt.outcomes] == [line]


@both_faces
def test_a_node_of_a_host_can_call_the_facade(memory: Memory, face: Face) -> None:
    """From inside a host's run, with its checkpointer and context around."""

    def node(state: HostState) -> dict[str, Any]:
        return {"receipt": memory.add(state["messages"], user="anna")}

    async def anode(state: HostState) -> dict[str, Any]:
        return {"receipt": await memory.aadd(state["messages"], user="anna")}

    host = hosted(node if face is invoke else anode, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t", "user_id": "bob"}}
    answer = face(host, {"messages": told("I like tea")}, config, context=Context("carl"))
    assert answer["receipt"].outcomes[0].text == "I like tea"
    assert [texts(memory, user=name) for name in ("anna", "bob", "carl")] == [["I like tea"], [], []]


@both_faces
def test_words_of_inner_models_do_not_reach_a_hosts_stream(face: Face) -> None:
    """The host's own model is heard, the reasoner's is not; its calls are counted in the receipt."""
    fact = {"message": 1, "quote": "I like tea", "text": "Likes tea", "intent": "remember"}
    inner = ScriptedModel([json.dumps({"facts": [fact]})])
    outer = ScriptedModel(["How nice"])
    memory = Memory(":memory:", reasoner=inner)
    builder = StateGraph(HostState)
    builder.add_node("talk", lambda state: {"messages": [outer.invoke(state["messages"])]})
    builder.add_node("remember", memory.graph(scope=ANNA))
    builder.add_edge(START, "remember")
    builder.add_edge("remember", "talk")
    host = builder.compile()

    async def astream() -> list[Any]:
        given = {"messages": told("I like tea")}
        return [part async for part in host.astream(given, stream_mode=["messages", "values"], subgraphs=True)]

    if face is invoke:
        parts = list(host.stream({"messages": told("I like tea")}, stream_mode=["messages", "values"], subgraphs=True))
    else:
        parts = asyncio.run(astream())
    assert [part[0].text for _, mode, part in parts if mode == "messages"] == ["How nice"]
    receipt = next(part["receipt"] for where, mode, part in reversed(parts) if mode == "values" and where == ())
    assert (receipt.model_calls, len(inner.requests), receipt.outcomes[0].text) == (1, 1, "Likes tea")
    assert receipt.input_tokens > 0 and receipt.output_tokens > 0
    memory.close()


# Checkpoints


def test_runs_on_one_thread_do_not_mix(memory: Memory) -> None:
    """A graph with a checkpointer starts every run afresh, also after one that failed."""
    graph = memory.graph(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t", "user_id": "anna"}}
    first = graph.invoke({"messages": told("I live in Oslo")}, config)["receipt"]
    second = graph.invoke({"messages": [HumanMessage("I like tea", id="x")]}, config)["receipt"]
    assert [outcome.text for outcome in (*first.outcomes, *second.outcomes)] == ["I live in Oslo", "I like tea"]
    assert (second.messages, second.known) == (1, 0)
    with pytest.raises(ScopeError):
        graph.invoke({"messages": told("x")}, {"configurable": {"thread_id": "t", "user_id": 7}})
    other: Any = {"configurable": {"thread_id": "t", "user_id": "bob"}}
    third = graph.invoke({"messages": told("I live in Rome")}, other)["receipt"]
    assert [(o.operation, o.text) for o in third.outcomes] == [("ADD", "I live in Rome")]
    assert texts(memory, user="anna") == ["I like tea", "I live in Oslo"]


def test_a_run_can_be_paused_and_resumed(memory: Memory) -> None:
    """From a checkpoint before any step; what went through it is worth as much as before."""
    steps = ("extract", "retrieve", "decide", "review", "apply")
    for number, step in enumerate(steps):
        graph = memory.graph(scope=Scope(user=step), checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": str(number)}}
        given = {"messages": told("I live in Oslo. I live in Paris. I live in Oslo")}
        graph.invoke(given, config, interrupt_before=[step])
        assert texts(memory, user=step) == []
        receipt = graph.invoke(None, config)["receipt"]
        assert [outcome.operation for outcome in receipt.outcomes] == ["ADD", "UPDATE", "UPDATE"], step
        assert texts(memory, user=step) == ["I live in Oslo"]


STRICT = """
import logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from recollect import Memory, Scope
from recollect.state import Delivery, Usage
from recollect.types import Change, ChangeSet, Draft, Fact, Hit, Outcome, Receipt, Record, Source, Turn
from tests.toy import Toy
memory = Memory(":memory:", reasoner=Toy())
graph = memory.graph(scope=Scope(user="anna", run="r"), checkpointer=InMemorySaver())
config = {"configurable": {"thread_id": "t"}}
graph.invoke({"messages": [HumanMessage("I live in Oslo. Today I rest", id="1")]}, config)
graph.invoke({"messages": [HumanMessage("I live in Paris", id="1")]}, config)
values = graph.get_state(config).values
held = {
    Delivery: values["delivery"], Scope: values["delivery"].scope, Turn: values["turns"][0], Fact: values["facts"][0],
    Source: values["facts"][0].sources[0], Hit: values["candidates"][0][0], Record: values["candidates"][0][0].record,
    ChangeSet: values["plan"], Change: values["plan"].changes[0], Draft: values["plan"].changes[0].draft,
    Outcome: values["outcomes"][0], Receipt: values["receipt"], Usage: values["usage"],
}
assert all(type(value) is kind for kind, value in held.items()), held
assert isinstance(next(iter(values["outdated"].values()))[0], Record)
print("held", len(held))
"""


def test_state_survives_strict_checkpoints() -> None:
    """Where LangGraph reads back only what the state's annotations name, every noun comes back as itself."""
    environment = {**os.environ, "LANGGRAPH_STRICT_MSGPACK": "true"}
    run = subprocess.run([sys.executable, "-c", STRICT], capture_output=True, text=True, env=environment, timeout=120)
    assert run.stdout.strip() == "held 13", run.stdout + run.stderr


# Other writers


@both_faces
def test_a_conflict_is_decided_again(path: str, face: Face) -> None:
    """Somebody adds the same while this call is at work: it looks again and finds nothing new."""
    other = Memory(path, reasoner=Toy())
    meddled = At(store(path), Commit, lambda: other.add("I like tea", user="anna"))
    memory = Memory(meddled, reasoner=Toy())
    steps = face(memory.graph(scope=ANNA), {"messages": told("I like tea")}, stream_mode="updates")
    assert [name for step in steps for name in step][-5:] == ["apply", "retrieve", "decide", "review", "apply"]
    [outcome] = steps[-1]["apply"]["receipt"].outcomes
    assert (outcome.operation, outcome.status) == ("NONE", "unchanged")
    assert texts(memory, user="anna") == ["I like tea"]
    other.close()
    meddled.close()


def test_unseen_work_is_not_overwritten(path: str) -> None:
    """Two writers move to two cities at once: the second sees the first and both are in the history."""
    other = Memory(path, reasoner=Toy())
    [oslo] = other.add("I live in Oslo", user="anna").ids
    meddled = At(store(path), Commit, lambda: other.add("I live in Rome", user="anna"))
    memory = Memory(meddled, reasoner=Toy())
    [outcome] = memory.add("I live in Paris", user="anna").outcomes
    assert (outcome.status, outcome.memory, outcome.version, outcome.previous) == ("applied", oslo, 3, "I live in Rome")
    history = other.history(oslo, user="anna")
    assert {slice_.record.text for slice_ in history.slices} == {"I live in Oslo", "I live in Rome", "I live in Paris"}
    other.close()
    meddled.close()


class Restless(Toy):
    """Somebody else moves every time it decides."""

    def __init__(self, other: Memory) -> None:
        super().__init__()
        self.other, self.moves = other, 0

    def decide(self, cases: Any, now: datetime) -> Flow[Any]:
        self.moves += 1
        [home] = self.other.list(user="anna")
        self.other.update(home.id, f"I live in city {self.moves}", user="anna")
        return (yield from super().decide(cases, now))


def test_a_conflict_that_does_not_end_is_an_outcome(path: str) -> None:
    """After three rounds, and nothing of the others' work is lost."""
    with Memory(path, reasoner=Toy()) as other:
        other.add("I live in Oslo", user="anna")
        with Memory(path, reasoner=Restless(other)) as memory:
            receipt = memory.add("I live in Paris. I like tea", user="anna")
        assert [(o.status, o.operation) for o in receipt.outcomes] == [("conflicted", "UPDATE"), ("applied", "ADD")]
        assert texts(other, user="anna") == ["I like tea", "I live in city 3"]


OPERATIONS: Any = st.sampled_from(["ADD", "UPDATE", "DELETE", "NONE"])
RULINGS = st.lists(
    st.tuples(OPERATIONS, st.integers(-1, 6), st.sampled_from([None, "a merge"])), min_size=8, max_size=8
)
SENTENCES = st.sampled_from(
    ["I live in Oslo", "I live in Rome", "I like tea", "Forget that I like tea", "I like tea too"]
)


class Arbitrary(Toy):
    """Decides whatever it is told, of whatever target: -1 is none of the candidates."""

    def __init__(self, rulings: Sequence[tuple[Any, int, str | None]]) -> None:
        super().__init__()
        self.rulings = rulings

    def decide(self, cases: Any, now: datetime) -> Flow[Any]:
        return tuple(self._decision(case, *ruling) for case, ruling in zip(cases, cycle(self.rulings), strict=False))
        yield

    def _decision(self, case: Case, operation: Any, target: int, text: str | None) -> Decision:
        known = case.candidates[target].id if 0 <= target < len(case.candidates) else None
        return Decision(operation=operation, target=known, text=text, reason="told", decider="told")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(SENTENCES, min_size=1, max_size=6), min_size=2, max_size=3), RULINGS)
def test_every_fact_has_exactly_one_outcome(deliveries: list[list[str]], rulings: list[Any]) -> None:
    """Whatever the reasoner decides, also of what the same delivery changed before; and history agrees with it."""
    with Memory(":memory:", reasoner=Arbitrary(rulings)) as memory:
        for lines in deliveries:
            receipt = memory.add(lines, user="anna")
            assert [outcome.text for outcome in receipt.outcomes if outcome.text != "a merge"] == [
                line.removeprefix("Forget that ")
                for line, outcome in zip(lines, receipt.outcomes, strict=True)
                if outcome.text != "a merge"
            ]
            written = [outcome for outcome in receipt.outcomes if outcome.status == "applied"]
            assert len({(outcome.memory, outcome.version, outcome.operation) for outcome in written}) == len(written)
            for outcome in written:
                events = memory.history(outcome.memory or "", user="anna").events
                assert (outcome.operation, outcome.version) in [(event.operation, event.version) for event in events]
        current = memory.list(user="anna", limit=100)
        assert len({record.id for record in current}) == len(current)


def leave_plan(path: str, *lines: str) -> ChangeSet:
    """What a call leaves that died between plan and apply: one for the messages of `said(*lines)`."""
    journal = store(path, lease=0.01)
    Memory(journal, reasoner=Toy())
    turns = [Turn(text=line, message_id=f"m{n}") for n, line in enumerate(lines)]
    from recollect.messages import log_key

    keys = tuple(log_key(turn, None) for turn in turns)
    ids = tuple(turn.message_id for turn in turns)
    claim: Claim = journal.do(Begin(scope=ANNA, operation="remember", keys=keys, message_ids=ids, owner="dead"))
    fact = Fact(text="planned by the dead", actor="user")
    change = Change(
        operation="ADD",
        reason="planned",
        decider="dead",
        memory=f"memory of {lines[0]}",
        draft=Draft(text=f"planned: {lines[0]}", kind="fact", scope=ANNA),
        fact=fact,
    )
    plan = ChangeSet(id=claim.change_set, scope=ANNA, operation="remember", changes=(change,), read_seq=0)
    journal.do(Plan(change_set=plan))
    journal.close()
    time.sleep(0.02)
    return plan


@both_faces
def test_a_dead_calls_plan_is_carried_out(path: str, face: Face) -> None:
    """Its messages are not extracted again; the new ones are, in the same run."""
    plan = leave_plan(path, "one", "two")
    with Memory(path, reasoner=Toy()) as memory:
        messages = [HumanMessage(line, id=f"m{n}") for n, line in enumerate(["one", "two", "three"])]
        receipt = face(memory.graph(scope=ANNA), {"messages": messages})["receipt"]
        assert [outcome.text for outcome in receipt.outcomes] == ["planned: one", "three"]
        assert (receipt.messages, receipt.known) == (3, 2)
        assert texts(memory, user="anna") == ["planned: one", "three"]
        assert memory.stats()["pending"] == 0
        assert receipt.change_set != plan.id


def test_many_dead_plans_are_carried_out(path: str) -> None:
    """One after the other, in one run, under whatever recursion limit a host has by default."""
    for number in range(12):
        leave_plan(path, f"line {number}", f"line {number}")
    with Memory(path, reasoner=Toy()) as memory:
        lines = [{"role": "user", "content": f"line {n}", "id": i} for n in range(12) for i in ("m0", "m1")]
        receipt = memory.add(lines, user="anna")
        assert receipt.known == 24
        assert len(texts(memory, user="anna")) == 12


# What goes wrong


class Fails(Toy):
    """Fails once, at `extract` or at `decide`."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    def _fail(self, step: str) -> None:
        if self.step == step:
            self.step = ""
            raise ModelUnavailableError("no answer")

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[Any]:
        self._fail("extract")
        return (yield from super().extract(turns, now))

    def decide(self, cases: Any, now: datetime) -> Flow[Any]:
        self._fail("decide")
        return (yield from super().decide(cases, now))


@both_faces
@pytest.mark.parametrize("step", ["extract", "decide"])
def test_a_failing_model_gives_the_claim_back(face: Face, step: str) -> None:
    """The error arrives as it is, and a retry works at once: it need not wait for the lease."""
    with Memory(":memory:", reasoner=Fails(step)) as memory:
        graph = memory.graph(scope=ANNA)
        messages = {"messages": told("I live in Oslo. I live in Rome")}
        with unchanged(memory), pytest.raises(ModelUnavailableError, match="no answer"):
            face(graph, messages)
        started = time.monotonic()
        receipt = face(graph, messages)["receipt"]
        assert time.monotonic() - started < 5
        assert [outcome.operation for outcome in receipt.outcomes] == ["ADD", "UPDATE"]


def test_a_cancelled_run_gives_the_claim_back(path: str) -> None:
    """Cancelled while the model is thinking."""
    inner = Memory(path, reasoner=Toy())
    thinking = ScriptedModel(lambda messages: time.sleep(0.3) or json.dumps({"facts": []}))
    with Memory(path, reasoner=thinking) as memory:

        async def give_up() -> None:
            async with asyncio.timeout(0.1):
                await memory.aadd(said("I like tea"), user="anna")

        with unchanged(memory), pytest.raises(TimeoutError):
            asyncio.run(give_up())
    started = time.monotonic()
    assert inner.add(said("I like tea"), user="anna").known == 0
    assert time.monotonic() - started < 5
    inner.close()


@both_faces
def test_a_closed_store_is_a_clear_error(face: Face) -> None:
    """Also deep inside the graph."""
    memory = Memory(":memory:", reasoner=Toy())
    memory.close()
    with pytest.raises(StoreClosedError):
        face(memory.graph(scope=ANNA), {"messages": told("I like tea")})


def test_a_delivery_can_be_handed_in(memory: Memory) -> None:
    """As the run's context: then its turns count, not the messages."""
    given = Delivery(scope=ANNA, turns=(Turn(text="I like tea"),), owner="me", metadata={"a": 1})
    receipt = memory.graph().invoke({"messages": told("x")}, context=given)["receipt"]
    assert [outcome.text for outcome in receipt.outcomes] == ["I like tea"]
    assert memory.list(user="anna").records[0].metadata == {"a": 1}
    again = memory.graph().invoke({"messages": []}, context=replace(given, owner="you"))["receipt"]
    assert again.outcomes[0].status == "unchanged"


def add_and_stay(path: str, text: str) -> None:
    """In another process: add, and say so by the exit code."""
    with Memory(path, reasoner=Toy()) as memory:
        assert memory.add(text, user="anna").ids


def test_processes_share_one_thread_of_versions(path: str) -> None:
    """Three processes move at once: one memory, every move a version of it."""
    add_and_stay(path, "I live in Bergen")
    moves = [(path, f"I live in {city}") for city in ("Oslo", "Paris", "Rome")]
    assert processes(add_and_stay, *moves) == [0, 0, 0]
    with Memory(path) as memory:
        [home] = memory.list(user="anna")
        assert home.version == 4
