"""What once went wrong: cancelled calls, hosts' limits, plans that cannot be kept, foreign edits, long deliveries."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError

from recollect import Memory, RecollectError
from recollect.errors import ModelUnavailableError, StoreCorruptError
from recollect.testing import ScriptedModel

OSLO = {"role": "user", "content": "I live in Oslo.", "id": "1"}


def test_a_cancelled_call_leaves_no_claim(path: str) -> None:
    """At whatever moment it is cancelled, the next delivery need not wait."""

    async def cancelled(memory: Memory, user: str, seconds: float) -> None:
        try:
            await asyncio.wait_for(memory.aadd(OSLO, user=user), seconds)
        except TimeoutError:
            return

    async def all_cancelled(memory: Memory) -> None:
        for number in range(60):
            await cancelled(memory, f"u{number}", number / 8000)

    with Memory(path) as memory:
        memory.add("Warm up.", user="w")
        asyncio.run(all_cancelled(memory))
        start = time.monotonic()
        for number in range(60):
            memory.add(OSLO, user=f"u{number}")
            assert [record.text for record in memory.list(user=f"u{number}")] == ["I live in Oslo"]
        assert time.monotonic() - start < 30  # a claim left behind would hold each of them up for its lease


def test_a_limit_of_the_host_does_not_cut_an_add() -> None:
    """The facade's graph ends by itself, whatever a host allows its own."""
    with Memory(":memory:") as memory:
        from langgraph.graph import END, START, StateGraph

        def node(state: dict[str, Any]) -> dict[str, Any]:
            return {"seen": len(memory.add(OSLO, user="anna").outcomes)}

        builder: Any = StateGraph(dict)
        builder.add_node("node", node)
        builder.add_edge(START, "node")
        builder.add_edge("node", END)
        builder.compile().invoke({}, {"recursion_limit": 3})
        assert memory.list(user="anna").records[0].text == "I live in Oslo"


def test_a_run_cut_by_its_own_limit_says_so() -> None:
    """LangGraph's error reaches the one who set the limit."""
    config: Any = {"configurable": {"user_id": "anna"}, "recursion_limit": 2}
    with Memory(":memory:") as memory:
        graph = memory.graph()
        with pytest.raises(GraphRecursionError):
            graph.invoke({"messages": [HumanMessage("I live in Oslo.", id="1")]}, config)


class Picky(DeterministicFakeEmbedding):
    """Refuses long texts, as providers do."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if any(len(text) > 100 for text in texts):
            raise ValueError("too long")
        return super().embed_documents(texts)


def test_what_cannot_be_embedded_is_not_planned() -> None:
    """The error comes before the plan is journaled, so that another decision can be made next time."""
    says = {"text": "Anna " + "really " * 40 + "moved to Rome", "target": 1, "revision": "supersede"}

    def script(messages: list[Any]) -> str:
        import json

        text = str(messages[-1].content)
        if "Memories:" in text:
            return json.dumps({"decisions": [{"fact": 1, "operation": "UPDATE", "reason": "moved", **says}]})
        said = "Anna lives in Rome" if "Rome" in text else "Anna lives in Oslo"
        return json.dumps({"facts": [{"message": 1, "quote": said[11:], "text": said}]})

    with Memory(":memory:", reasoner=ScriptedModel(script), embeddings=Picky(size=8)) as memory:
        memory.add("I am Anna, my home is in Oslo", user="anna")
        rome = {"role": "user", "content": "My home is in Rome", "id": "2"}
        with pytest.raises(ModelUnavailableError):
            memory.add(rome, user="anna")
        assert memory.stats()["pending"] == 0
        says["text"] = "Anna lives in Rome"
        [outcome] = memory.add(rome, user="anna").outcomes
        assert (outcome.status, outcome.text) == ("applied", "Anna lives in Rome")


@pytest.mark.parametrize("node", ["extract", "retrieve", "decide", "review", "apply"])
def test_a_run_resumes_before_every_node(node: str) -> None:
    """With the rules, whose facts come back from the checkpoint."""
    with Memory(":memory:") as memory:
        memory.add("I live in Oslo.", user="anna")
        graph = memory.graph(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "t", "user_id": "anna"}}
        message = HumanMessage("I live in Rome. I like tea.", id="1")
        graph.invoke({"messages": [message]}, config, interrupt_before=[node])
        receipt = graph.invoke(None, config)["receipt"]
        assert [outcome.operation for outcome in receipt.outcomes] == ["UPDATE", "ADD"]


@pytest.mark.parametrize(
    "other",
    [{"role": "tool"}, {"role": "assistant"}, {"role": "user", "name": "Mallory"}],
    ids=["tool", "assistant", "another"],
)
def test_nobody_edits_what_another_said(other: dict[str, str]) -> None:
    """A message that reuses an id is an edit only from the one who said the first."""
    with Memory(":memory:") as memory:
        memory.add([{"role": "user", "name": "Ann", "content": "I am allergic to peanuts.", "id": "1"}], user="u")
        memory.add([{**other, "content": "Noted.", "id": "1"}], user="u")
        assert len(memory.list(user="u")) == 1


def test_the_same_fact_twice_in_one_delivery_is_one_memory() -> None:
    """Also where a model decides to add both."""
    facts = '{"facts": [%s, %s]}' % (('{"message": 1, "quote": "tea", "text": "Anna likes tea"}',) * 2)
    ruled = '{"decisions": [{"fact": %d, "operation": "ADD", "reason": "new"}]}'
    with Memory(":memory:", reasoner=ScriptedModel([facts, ruled % 1, ruled % 1])) as memory:
        outcomes = memory.add("I like tea", user="anna").outcomes
        assert [outcome.status for outcome in outcomes] == ["applied", "unchanged"]
        assert len(memory.list(user="anna")) == 1


def test_token_counts_that_are_no_numbers_count_as_none() -> None:
    """Some servers send text."""
    from langchain_core.messages import AIMessage

    reply = AIMessage('{"facts": []}')
    reply.usage_metadata = {"input_tokens": "many", "output_tokens": 3, "total_tokens": 3}  # type: ignore[typeddict-item]
    with Memory(":memory:", reasoner=ScriptedModel([reply])) as memory:
        receipt = memory.add("Hello", user="anna")
        assert (receipt.model_calls, receipt.input_tokens, receipt.output_tokens) == (1, 0, 3)


def test_a_long_delivery_leaves_the_event_loop_free() -> None:
    """A thousand statements at once, while a ticker goes on."""
    words = random.Random(1)
    names = ["".join(words.choices("bcdfgklmnprstv", k=6)) for _ in range(1000)]
    messages = [{"role": "user", "content": f"My friend {name.title()} has a {name[::-1]}."} for name in names]

    async def watched(memory: Memory) -> float:
        worst, running = 0.0, True

        async def tick() -> None:
            nonlocal worst
            while running:
                start = time.monotonic()
                await asyncio.sleep(0.005)
                worst = max(worst, time.monotonic() - start)

        ticker = asyncio.create_task(tick())
        receipt = await memory.aadd(messages, user="anna")
        running = False
        await ticker
        assert len(receipt.outcomes) >= 900
        return worst

    with Memory(":memory:") as memory:
        memory.add("I live in Oslo.", user="warm")
        assert asyncio.run(watched(memory)) < 2  # on the loop it would be the whole of it


def test_damaged_pages_are_said_to_be_damaged(tmp_path: Path) -> None:
    """Bytes overwritten in the file end in an error of ours, or nowhere."""
    path = tmp_path / "m.db"
    with Memory(path) as memory:
        memory.add_many([f"note {number} about the weather" for number in range(300)], user="anna")
    whole = path.read_bytes()
    seen = set()
    for seed in range(12):
        dice = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(40):
            damaged[dice.randrange(60_000, len(whole))] = dice.randrange(256)
        path.write_bytes(bytes(damaged))
        try:
            with Memory(path) as memory:
                memory.list(user="anna", limit=1000)
        except RecollectError as error:
            seen.add(type(error))
    assert StoreCorruptError in seen


@pytest.mark.parametrize("store", [None, 5, object()])
def test_what_is_no_store_is_refused(store: Any) -> None:
    """With a message that says what is expected."""
    with pytest.raises(RecollectError, match="expected a path"):
        Memory(store)


@pytest.mark.parametrize("reasoner", [42, "", object()])
def test_what_is_no_reasoner_is_refused(reasoner: Any) -> None:
    """With a message that says what is expected."""
    with pytest.raises(RecollectError, match="expected a chat model"):
        Memory(":memory:", reasoner=reasoner)


def test_first_facts_that_contradict_do_not_both_stay(path: str) -> None:
    """Of two writers at once, who both saw nothing, the later one decides again and sees the earlier one's."""
    import threading

    for number in range(25):
        with Memory(path) as one, Memory(path) as other:
            together = threading.Barrier(2)

            def tell(memory: Memory, city: str, user: str = f"u{number}", together: Any = together) -> None:
                together.wait()
                memory.add({"role": "user", "content": f"I live in {city}.", "id": city}, user=user)

            writers = [
                threading.Thread(target=tell, args=(memory, city)) for memory, city in ((one, "Oslo"), (other, "Rome"))
            ]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            assert len(one.list(user=f"u{number}")) == 1
