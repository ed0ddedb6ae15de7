"""Messages of every accepted shape, and of shapes that are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from recollect.errors import MessageError
from recollect.messages import TEXT_LIMIT, log_key, moment, turns
from recollect.types import Call, Turn

AT = datetime(2026, 5, 7, 18, tzinfo=UTC)
CALL = {"name": "f", "args": {}, "id": "1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("hi", [Turn(text="hi")]),
        (["hi", "ho"], [Turn(text="hi"), Turn(text="ho", position=1)]),
        ({"role": "user", "content": "hi"}, [Turn(text="hi")]),
        (({"role": "assistant", "content": "hi"},), [Turn(text="hi", role="assistant")]),
        ({"role": "human", "content": "hi"}, [Turn(text="hi")]),
        ({"role": "ai", "content": "hi"}, [Turn(text="hi", role="assistant")]),
        ({"role": "user", "content": "hi", "name": "Ann", "id": "1"}, [Turn(text="hi", name="Ann", message_id="1")]),
        ({"role": "user", "content": "hi", "name": "", "id": None}, [Turn(text="hi")]),
        ({"role": "user", "content": "A\u030a", "name": "A\u030a"}, [Turn(text="A\u030a", name="\u00c5")]),
        ({"role": "user", "content": "hi", "timestamp": AT}, [Turn(text="hi", at=AT)]),
        ({"role": "user", "content": [{"type": "text", "text": "a"}, "b"]}, [Turn(text="a\nb")]),
        (HumanMessage("hi", id="1", name="Ann"), [Turn(text="hi", message_id="1", name="Ann")]),
        ([AIMessage("hi")], [Turn(text="hi", role="assistant")]),
        (SystemMessage("hi"), [Turn(text="hi", role="system")]),
        (ToolMessage("hi", tool_call_id="1"), [Turn(text="hi", role="tool", answers="1")]),
        (FunctionMessage("hi", name="f"), [Turn(text="hi", role="tool", name="f")]),
        (ChatMessage("hi", role="critic"), [Turn(text="hi", role="critic")]),
        (HumanMessage("hi", additional_kwargs={"timestamp": "2026-05-07T18:00:00Z"}), [Turn(text="hi", at=AT)]),
        (HumanMessage([{"type": "text", "text": "a"}, {"type": "image", "url": "u"}]), [Turn(text="a")]),
    ],
)
def test_every_shape_becomes_turns(given: Any, expected: list[Turn]) -> None:
    """Text, dicts and LangChain messages, one or several."""
    found = turns(given)
    assert list(found) == expected
    assert all(type(turn.text) is str for turn in found)


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("  \n", tool_calls=[CALL]),
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]},
    ],
)
def test_calls_of_tools_are_kept(message: Any) -> None:
    """Also of messages without text, in LangChain's form and in OpenAI's."""
    assert turns([message]) == (Turn(text="", role="assistant", calls=(Call(tool="f", id="1"),)),)


@pytest.mark.parametrize("status", ["success", "error"])
def test_the_answer_of_a_tool_names_its_call(status: Any) -> None:
    """And says whether it failed."""
    said = {"role": "tool", "content": "no", "tool_call_id": "1", "status": status}
    turn = Turn(text="no", role="tool", answers="1", failed=status == "error")
    assert turns([said]) == turns([ToolMessage("no", tool_call_id="1", status=status)]) == (turn,)


@pytest.mark.parametrize(
    "message",
    [
        AIMessage("  \n"),
        RemoveMessage(id="1"),
        HumanMessage("you like tea", additional_kwargs={"lc_source": "recollect"}),
        HumanMessage("so far: tea", additional_kwargs={"lc_source": "summarization"}),
    ],
)
def test_what_says_nothing_new_is_left_out(message: Any) -> None:
    """The others keep their place in the conversation."""
    assert turns([message]) == ()
    assert turns(["a", message, "b"]) == (Turn(text="a"), Turn(text="b", position=2))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ([], "at least one"),
        ("", "message 0 is empty"),
        (" \n\t", "message 0 is empty"),
        (["hi", ""], "message 1 is empty"),
        ({"role": "user", "content": ""}, "message 0 is empty"),
        ({"role": "user", "content": []}, "message 0 is empty"),
        ({"role": "user"}, "no 'content'"),
        ({"content": "hi"}, "no 'role'"),
        ({}, "no 'content'"),
        ({"role": "user", "content": "hi", "user": "x"}, "unknown key 'user'"),
        ({"role": "user", "content": "hi", 7: "x"}, "unknown key '7'"),
        ({"role": 7, "content": "hi"}, "role=7"),
        ({"role": "", "content": "hi"}, "role=''"),
        ({"role": "user", "content": 7}, "content is a int"),
        ({"role": "user", "content": None}, "content is a NoneType"),
        ({"role": "user", "content": [{"type": "image_url", "image_url": "u"}]}, "block of type 'image_url'"),
        ({"role": "user", "content": [7]}, "block of type 'int'"),
        ({"role": "user", "content": "hi", "name": 7}, "name=7: expected text"),
        ({"role": "user", "content": "hi", "id": 7}, "id=7: expected text"),
        ({"role": "user", "content": "hi", "name": ["x"]}, "name="),
        ({"role": "user", "content": "hi", "timestamp": "yesterday"}, "message 0: timestamp='yesterday'"),
        ({"role": "user", "content": "hi", "timestamp": []}, "timestamp="),
        ({"role": "user", "content": "hi", "timestamp": True}, "timestamp=True"),
        ({"role": "user", "content": "hi", "timestamp": float("nan")}, "timestamp=nan"),
        ({"role": "user", "content": "hi", "timestamp": 1e18}, "timestamp="),
        (7, "message 0 is a int"),
        (None, "message 0 is a NoneType"),
        ([("user", "hi")], "message 0 is a tuple"),
        (["hi", 7], "message 1 is a int"),
        (b"hi", "message 0 is a int"),
        (iter(["hi"]), "expected text, a dict"),
        ("a\ud800b", "not valid Unicode text: surrogates not allowed at character 1"),
        ({"role": "user", "content": "hi", "name": "\ud800"}, "name is not valid Unicode"),
        ({"role": "user", "content": "hi", "id": "\ud800"}, "id is not valid Unicode"),
        ("x" * (TEXT_LIMIT + 1), "1,000,001 characters: at most 1,000,000"),
    ],
)
def test_other_shapes_are_refused(given: Any, match: str) -> None:
    """The error names the message and what was expected."""
    with pytest.raises(MessageError, match=match):
        turns(given)


def test_the_longest_text_is_accepted() -> None:
    """As many characters as the limit says."""
    assert len(turns("x" * TEXT_LIMIT)[0].text) == TEXT_LIMIT


OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-05-07T18:00:00+00:00", AT),
        ("2026-05-07T18:00:00Z", AT),
        ("2026-05-07T20:00:00+02:00", AT),
        ("2026-05-07T20:00:00", AT),
        ("2026-05-07", datetime(2026, 5, 6, 22, tzinfo=UTC)),
        ("2026-01-07T20:00:00", datetime(2026, 1, 7, 19, tzinfo=UTC)),
        (datetime(2026, 5, 7, 20), AT),
        (datetime(2026, 5, 7, 15, tzinfo=timezone(timedelta(hours=-3))), AT),
        (AT.timestamp(), AT),
        (int(AT.timestamp()), AT),
        (None, None),
    ],
)
def test_times_are_utc(given: Any, expected: datetime | None) -> None:
    """Those that name no zone are in the one given, seconds since 1970 always in UTC."""
    found = moment(given, OSLO, "timestamp")
    assert found == expected and (found is None or found.tzinfo is UTC)


def test_one_time_for_messages_without() -> None:
    """Their own comes first."""
    earlier = AT - timedelta(days=1)
    given = [{"role": "user", "content": "a"}, {"role": "user", "content": "b", "timestamp": earlier}]
    assert [turn.at for turn in turns(given, at=AT)] == [AT, earlier]


def test_a_key_names_a_message() -> None:
    """By id and text, else by time and what was said, else by the caller's key and its place; else not at all."""
    named = Turn(text="a", message_id="1")
    assert log_key(named, None) == log_key(Turn(text="a", message_id="1", at=AT, position=3), "key") is not None
    timed = Turn(text="a", at=AT)
    keyed = log_key(Turn(text="a"), "key")
    others = [
        log_key(named, None),
        log_key(Turn(text="b", message_id="1"), None),
        log_key(Turn(text="a", message_id="2"), None),
        log_key(timed, None),
        log_key(Turn(text="a", at=AT, role="assistant"), None),
        log_key(Turn(text="a", at=AT, name="Ann"), None),
        log_key(Turn(text="a", at=AT + timedelta(seconds=1)), None),
        keyed,
        log_key(Turn(text="a"), "other"),
        log_key(Turn(text="a", position=1), "key"),
    ]
    assert None not in others and len(set(others)) == len(others)
    assert log_key(timed, "key") == log_key(timed, None)
    assert log_key(Turn(text="a"), "key") == keyed
    assert log_key(Turn(text="a"), None) is None
