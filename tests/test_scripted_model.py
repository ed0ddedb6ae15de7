"""ScriptedModel, the double that authors use."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from pydantic import BaseModel

from recollect.testing import ScriptedModel


class Mood(BaseModel):
    """A reply's form."""

    word: str


def test_it_says_its_script_and_keeps_what_it_was_asked() -> None:
    """In order, on both faces; an exception is raised, and the end of the script is one too."""
    model = ScriptedModel(["one", AIMessage("two"), ValueError("three")])
    assert model.invoke("a").text == "one"
    assert asyncio.run(model.ainvoke("b")).text == "two"
    with pytest.raises(ValueError, match="three"):
        model.invoke("c")
    with pytest.raises(LookupError, match="3 replies, but this is call 4"):
        asyncio.run(model.ainvoke("d"))
    assert model.requests == tuple([HumanMessage(text)] for text in "abcd")


def test_a_function_answers_as_often_as_it_is_asked() -> None:
    """From many threads at once; every request is kept, and no reply is shared."""
    same = AIMessage("yes")
    model = ScriptedModel(lambda messages: same if messages[0].text == "0" else messages[0].text)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda n: model.invoke(str(n)), range(50)))
    assert [reply.text for reply in replies[1:]] == [str(n) for n in range(1, 50)]
    assert len(model.requests) == 50
    assert model.invoke("0").id != replies[0].id


def test_replies_have_token_counts() -> None:
    """Those that they bring, else an estimate."""
    usage = {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9}
    model = ScriptedModel(["12345678", AIMessage("x", usage_metadata=usage)])
    assert model.invoke("1234").usage_metadata == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert model.invoke("1234").usage_metadata == usage


def test_structured_output_and_tools_can_be_built_on_it() -> None:
    """The script decides which tool is called."""
    call = AIMessage("", tool_calls=[{"name": "Mood", "args": {"word": "glad"}, "id": "1"}])
    assert ScriptedModel([call]).with_structured_output(Mood).invoke("?") == Mood(word="glad")
