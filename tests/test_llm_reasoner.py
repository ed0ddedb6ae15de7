"""LLMReasoner, against the real OpenAI client over real HTTP where the wire matters, and a scripted model elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from recollect.errors import ModelError, ModelReplyError, ModelUnavailableError, PromptError
from recollect.flow import run
from recollect.ports import Ask
from recollect.prompts import ExtractionReply
from recollect.reasoners.llm import LLMReasoner
from recollect.reasoners.reply import UnreadableReply, read_reply
from recollect.testing import ScriptedModel
from recollect.types import Decision, Fact, Source, Turn
from tests.llm_replies import CASES, DOG, FORGET, MOVE, MOVED, NOW, OSLO, SAID, TEA, TURNS, WORLD, facts, rulings
from tests.scripted_server import ScriptedServer, Serve, completion, inline


def test_facts_come_from_one_call_with_the_schema_of_their_reply(serve: Serve, drive: Callable[..., Any]) -> None:
    """The client sends the schema as response_format; the fact has its source, speaker and times."""
    reasoner, server = serve(inline(facts({**MOVED, "event_time": "2024-04-30", "category": "home", "level": "user"})))
    [fact] = drive(reasoner.extract(TURNS, NOW))
    assert fact == Fact(
        text="Mara moved to Bergen.",
        sources=(Source(key="k1", quote="I moved  to Bergen", thread="t", position=0, message_id="m1"),),
        actor="Mara",
        role="user",
        observed_at=SAID,
        event_at=datetime(2024, 4, 30, tzinfo=UTC),
        category="home",
        level="user",
    )
    [request] = server.requests
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    form = request["response_format"]["json_schema"]
    assert (form["name"], form["schema"]) == ("ExtractionReply", form["schema"] | {"required": ["facts"]})


def test_decisions_come_from_one_call_with_numbers_for_ids(serve: Serve, drive: Callable[..., Any]) -> None:
    """No id reaches the model; a candidate of two cases has one number; ids come back."""
    update = {**MOVE, "text": "Mara lives in Bergen, not Oslo.", "revision": "correct"}
    reasoner, server = serve(inline(rulings(update, FORGET)))
    assert drive(reasoner.decide(CASES, NOW)) == (
        Decision(
            operation="UPDATE",
            reason="moved",
            decider="llm:gpt-test",
            target="uuid-oslo",
            text="Mara lives in Bergen, not Oslo.",
            revision="correct",
        ),
        Decision(operation="DELETE", reason="asked", decider="llm:gpt-test", target="uuid-dog"),
    )
    [request] = server.requests
    assert "uuid-" not in json.dumps(request)
    lines = [json.loads(line) for line in request["messages"][1]["content"].splitlines() if line.startswith("{")]
    assert [(line["memory"], line["text"]) for line in lines[:3]] == [(1, OSLO.text), (2, TEA.text), (3, DOG.text)]
    assert [(line["fact"], line["candidates"]) for line in lines[3:]] == [(1, [1, 2]), (2, [2, 3])]


def test_probes_come_from_one_call_with_the_schema_of_their_reply(serve: Serve, drive: Callable[..., Any]) -> None:
    """Fenced or not; the question is data."""
    reasoner, server = serve(inline('```json\n{"probes": ["Where is Tom?", "Where is Eva?"]}\n```'))
    assert drive(reasoner.probes("How far are Tom and Eva apart?")) == ("Where is Tom?", "Where is Eva?")
    [request] = server.requests
    assert request["messages"][1]["content"] == '{"question": "How far are Tom and Eva apart?"}'
    form = request["response_format"]["json_schema"]
    assert (form["name"], form["schema"]["required"]) == ("ProbesReply", ["probes"])
    assert form["schema"]["properties"]["probes"]["items"]["type"] == "string"


def test_probes_are_not_repaired(serve: Serve, drive: Callable[..., Any]) -> None:
    """A search waits for one call; the error carries what the model said."""
    reasoner, server = serve(inline("Two places.", '{"probes": []}'))
    with pytest.raises(ModelReplyError, match="cannot be read") as caught:
        drive(reasoner.probes("Where are Tom and Eva?"))
    assert caught.value.reply == "Two places."
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "```json\n%s\n```",
        "```\n%s\n```",
        "Here are the facts:\n```json\n%s\n```\nAnything else?",
        "Sure {ok}! ```json %s ```",
        'The facts: %s "done"',
        '<think>Maybe {"facts": []}?</think>\n%s',
        'so {"facts": []} it is\n</think>\n```json\n%s\n```',
        "\ufeff %s",
    ],
)
def test_json_is_found_in_what_surrounds_it(serve: Serve, drive: Callable[..., Any], frame: str) -> None:
    """Fences, prose and thoughts cost no second call."""
    reasoner, server = serve(inline(frame.replace("%s", facts(MOVED))))
    assert [fact.text for fact in drive(reasoner.extract(TURNS, NOW))] == ["Mara moved to Bergen."]
    assert len(server.requests) == 1


def test_an_unusable_reply_is_sent_back_once(serve: Serve, drive: Callable[..., Any]) -> None:
    """The second request is the first, the reply and what is wrong with it."""
    reasoner, server = serve(inline("I found nothing wrong with you.", facts(MOVED)))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    first, second = (request["messages"] for request in server.requests)
    assert second[:2] == first
    assert second[2] == {"role": "assistant", "content": "I found nothing wrong with you."}
    assert "it is not one JSON object" in second[3]["content"]
    assert server.requests[0]["response_format"] == server.requests[1]["response_format"]


def test_an_empty_reply_is_sent_back_as_words(serve: Serve, drive: Callable[..., Any]) -> None:
    """Some providers refuse a request with an empty message in it."""
    reasoner, server = serve(inline("", facts(MOVED)))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert server.requests[1]["messages"][2] == {"role": "assistant", "content": "(nothing)"}


@pytest.mark.parametrize("garbage", ["", "no", "[]", '{"fact": []}', '{"facts": "abc"}', '{"facts": [', "[" * 100_000])
def test_two_unusable_replies_are_an_error(serve: Serve, drive: Callable[..., Any], garbage: str) -> None:
    """Never an empty list: the error carries what the model said last."""
    reasoner, server = serve(inline("{}", garbage))
    with pytest.raises(ModelReplyError, match="after one repair") as caught:
        drive(reasoner.extract(TURNS, NOW))
    assert caught.value.reply == garbage
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [401, 500])
@pytest.mark.parametrize("at", [0, 1])
def test_a_model_that_is_down_is_unavailable(serve: Serve, drive: Callable[..., Any], status: int, at: int) -> None:
    """For both methods, at the first call and at the repair."""
    for flow in (lambda r: r.extract(TURNS, NOW), lambda r: r.decide(CASES, NOW)):
        reasoner, server = serve(inline(*["?"] * at, status))
        with pytest.raises(ModelUnavailableError, match=str(status)):
            drive(flow(reasoner))
        assert len(server.requests) == at + 1


def test_a_host_that_does_not_answer_is_unavailable(drive: Callable[..., Any]) -> None:
    """A refused connection reads as a server that is down."""
    openai = pytest.importorskip("langchain_openai")
    with ScriptedServer(inline()) as server:
        model = openai.ChatOpenAI(model="gpt-test", base_url=server.url, api_key="x", max_retries=0)
    with pytest.raises(ModelUnavailableError):
        drive(LLMReasoner(model).extract(TURNS, NOW))


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_the_schema_is_asked_without(
    serve: Serve, drive: Callable[..., Any], status: int
) -> None:
    """It refuses once; from then on the prompt alone asks for the form."""
    reasoner, server = serve(lambda body: status if "response_format" in body else facts(MOVED))
    for _ in range(2):
        assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert ["response_format" in request for request in server.requests] == [True, False, False]


def test_a_server_that_refuses_everything_keeps_its_schema(serve: Serve, drive: Callable[..., Any]) -> None:
    """A bad request of another cause is an error, and says nothing about schemas."""
    reasoner, server = serve(inline(400, 400, facts(MOVED)))
    with pytest.raises(ModelUnavailableError):
        drive(reasoner.extract(TURNS, NOW))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert ["response_format" in request for request in server.requests] == [True, False, True]


def test_token_counts_reach_the_caller(serve: Serve) -> None:
    """The answer to an Ask is the client's own message, counts included, also through the bound schema."""
    reasoner, _ = serve(inline(facts(MOVED)))
    request = next(reasoner.extract(TURNS, NOW))
    assert isinstance(request, Ask)
    [message] = request.ask()
    assert isinstance(message, AIMessage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["total_tokens"] == 120


def test_the_arguments_of_a_tool_call_are_the_reply(serve: Serve, drive: Callable[..., Any]) -> None:
    """Providers that bind a schema as a tool answer with its call."""
    call = {"id": "c1", "type": "function", "function": {"name": "ExtractionReply", "arguments": facts(MOVED)}}
    reasoner, _ = serve(inline(completion(None, finish="tool_calls", tool_calls=[call])))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1


def test_broken_arguments_of_a_tool_call_are_sent_back_as_text(serve: Serve, drive: Callable[..., Any]) -> None:
    """The repair names what was said and holds no call that nobody answers."""
    call = {"id": "c1", "type": "function", "function": {"name": "ExtractionReply", "arguments": '{"facts": ['}}
    reasoner, server = serve(inline(completion(None, finish="tool_calls", tool_calls=[call]), facts(MOVED)))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert server.requests[1]["messages"][2] == {"role": "assistant", "content": '{"facts": ['}


def test_a_streaming_model_is_read_whole(serve: Serve, drive: Callable[..., Any]) -> None:
    """A host that streams makes the client stream, also with a schema."""
    reasoner, server = serve(inline(facts(MOVED)), streaming=True)
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert server.requests[0]["stream"]
    assert "response_format" in server.requests[0]


def test_inner_calls_are_quiet_also_under_a_schema(serve: Serve) -> None:
    """The tag that keeps their tokens out of a host's stream reaches the model."""
    seen: list[Any] = []

    class Spy(BaseCallbackHandler):
        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            seen.append(kwargs["tags"])

    reasoner, _ = serve(inline(facts(MOVED)), callbacks=[Spy()])
    run(reasoner.extract(TURNS, NOW), WORLD)
    assert ["nostream" in tags for tags in seen] == [True]


def test_two_tool_calls_are_not_one_reply(serve: Serve, drive: Callable[..., Any]) -> None:
    """Half of the facts would be lost with the second."""
    call = {"id": "c1", "type": "function", "function": {"name": "ExtractionReply", "arguments": facts(MOVED)}}
    reasoner, server = serve(inline(completion(None, finish="tool_calls", tool_calls=[call, call]), facts(MOVED)))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert len(server.requests) == 2


def test_a_refusal_is_what_the_model_said(serve: Serve, drive: Callable[..., Any]) -> None:
    """The error tells why there are no facts."""
    reasoner, _ = serve(lambda body: completion(None, refusal="I cannot help with that."))
    with pytest.raises(ModelReplyError) as caught:
        drive(reasoner.extract(TURNS, NOW))
    assert caught.value.reply == "I cannot help with that."


def test_nothing_asked_calls_no_model(drive: Callable[..., Any]) -> None:
    """No messages and no cases need no answer."""
    reasoner = LLMReasoner(ScriptedModel([]))
    assert drive(reasoner.extract((), NOW)) == ()
    assert drive(reasoner.decide((), NOW)) == ()


def test_decisions_that_cannot_be_read_fail_one_by_one(drive: Callable[..., Any]) -> None:
    """No exception: every fact has its outcome."""
    decided = drive(LLMReasoner(ScriptedModel(["?", "??"])).decide(CASES, NOW))
    assert [(decision.operation, decision.status, decision.decider) for decision in decided] == [
        ("NONE", "failed", "llm:scripted")
    ] * 2


def test_a_model_that_knows_no_schema_is_asked_in_plain(drive: Callable[..., Any]) -> None:
    """The prompt says the form."""
    reasoner = LLMReasoner(GenericFakeChatModel(messages=iter([AIMessage(facts(MOVED))])))
    assert len(drive(reasoner.extract(TURNS, NOW))) == 1
    assert reasoner.name == "llm:GenericFakeChatModel"


def test_an_error_of_the_model_itself_is_unavailability(drive: Callable[..., Any]) -> None:
    """Also one that is already ours, but of another kind."""
    for error in (ModelError("odd"), ModelUnavailableError("odd"), RuntimeError("odd")):
        with pytest.raises(ModelUnavailableError, match="odd"):
            drive(LLMReasoner(ScriptedModel([error])).decide(CASES, NOW))


def test_a_model_is_made_from_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra installed."""
    pytest.importorskip("langchain")
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert LLMReasoner("openai:gpt-test").name == "llm:gpt-test"


def test_a_name_without_the_extra_says_what_to_install() -> None:
    """The module itself needs no extra."""
    code = (
        "import sys; sys.modules['langchain'] = None\n"
        "from recollect.reasoners.llm import LLMReasoner\n"
        "try: LLMReasoner('openai:gpt-test')\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "recollect[langchain]"' in done.stdout


def test_custom_prompts_are_used_and_named(tmp_path: Path) -> None:
    """They replace ours, and change the digest."""
    path = tmp_path / "update.md"
    path.write_text("Decide!\n---\n$facts\n$memories", "utf-8")
    model = ScriptedModel([facts(), rulings(MOVE, FORGET)])
    reasoner = LLMReasoner(model, extraction_prompt="Only food.\n---\n$now $messages", update_prompt=path)
    run(reasoner.extract(TURNS, NOW), WORLD)
    run(reasoner.decide(CASES, NOW), WORLD)
    assert [request[0] for request in model.requests] == [SystemMessage("Only food."), SystemMessage("Decide!")]
    ours = LLMReasoner(model).prompt_digest
    assert ours == LLMReasoner(ScriptedModel([])).prompt_digest
    assert len({ours, reasoner.prompt_digest, LLMReasoner(model, update_prompt=path).prompt_digest}) == 3


def test_a_bad_custom_prompt_stops_the_construction() -> None:
    """Not the first conversation."""
    with pytest.raises(PromptError, match=r"extraction prompt lacks \$messages"):
        LLMReasoner(ScriptedModel([]), extraction_prompt="$now")
    with pytest.raises(PromptError, match=r"update prompt has unknown \$fact:"):
        LLMReasoner(ScriptedModel([]), update_prompt="$facts $memories $fact")


def test_one_reasoner_serves_many_threads() -> None:
    """Nothing of one call is left for another."""

    def echo(messages: list[BaseMessage]) -> str:
        line = json.loads(messages[1].text.splitlines()[-1])
        return facts({"message": 1, "quote": line["text"], "text": line["text"]})

    reasoner = LLMReasoner(ScriptedModel(echo))

    def one(number: int) -> str:
        return run(reasoner.extract((Turn(text=f"I am {number}"),), NOW), WORLD)[0].text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(64))) == [f"I am {number}" for number in range(64)]


def test_the_reader_takes_json_that_is_nearly_right() -> None:
    """Raw line ends in strings, fields nobody asked for and braces in the prose after it are read; half a reply is not."""
    assert read_reply('{"facts": [{"text": "a\nb", "mood": 1}], "n": 2}', ExtractionReply).reply.facts[0].text == "a\nb"
    quoted = json.dumps({"facts": [{"text": "```x\n{}\n``` </think> {"}]})
    assert read_reply(quoted, ExtractionReply).reply.facts[0].text == "```x\n{}\n``` </think> {"
    with pytest.raises(UnreadableReply):
        read_reply('{"facts": [{"text": "a"}, {"text": "b', ExtractionReply)
