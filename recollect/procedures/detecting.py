"""Whether messages are a run of a task, and the steps that their text tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recollect.procedures.abstracting import action, tells
from recollect.procedures.calls import Made, calls_in, has_failed
from recollect.procedures.values import as_text, leaves
from recollect.procedures.verbs import is_verb
from recollect.types import Step, Turn

_CALLS = 2
"""Answered calls of tools from which on messages are a run: one alone is a look-up."""
_AWAY = 5
"""Calls before one that may have led to it."""
_DOES = frozenset("action cmd code command commands operation script shell sql statement".split())
"""Arguments that say what is done, whatever the tool."""
_MEMORY = re.compile(r"(?:recall|search|manage|remember)_(?:memory|memories|procedures?)")
"""Tools that only look into what is remembered."""
_LINES = 3
"""Numbered lines from which on they may be steps."""
_INTRODUCING = 2
"""Lines before a list that may say whose it is."""
SPEAKERS = ("user", "assistant")
_NUMBERED = re.compile(r"^\s*(?:\*\*)?(?:step\s+)?(\d{1,3})\s*[.):\]]?(?<=\S)\s*(?:\*\*)?\s*(.*\S)", re.IGNORECASE)
_MARKED = re.compile(r"^\s*(?:\*\*)?(?:step\s+\d{1,3}\b\s*[.):]?|\d{1,3}[.)])\s*\S", re.IGNORECASE)
_TEACHES = re.compile(
    r"\bhow (?:to|do|can|should|i|we|you)\b|\bsteps?\b|\bprocedure\b|\binstructions?\b|\brecipe\b|\bworkflow\b|\brunbook\b"
    r"|\bguide\b|\bfollow(?:ing|s)?\b|(?:^|[.!?\n]\s*)(?:in order )?to (?!(?:me|you|us|do)\b)\w+|\bhere(?:'s| is) (?:how|what)"
    r"|\bi (?:did|do)\b|\balways\b",
    re.IGNORECASE | re.MULTILINE,
)
_OTHERS = re.compile(
    r"\b(?:never|not|cannot|beware|avoid (?:these|this|the following))\b|n['’]t\b"  # what is not to be done
    r"|\b(?:says|said|states|stated|claims|claimed|tells (?:me|us|you|how)|told (?:me|us)|wrote|according to)\b"  # by others
    r"|^\W*(?:the|this|that) (?:\w+ )?(?:page|e-?mail|site|website|document|article|message|letter|post|pdf)\b.*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""What introduces the words of others, or what is not to be done."""
_PASTED = re.compile(r"(`{3,}|~{3,}|\"{3}|'{3})[\s\S]*?(?:\1|\Z)|^[ \t]*>.*$", re.MULTILINE)
"""What is quoted: between fences, or line by line."""
_FORWARDED = re.compile(
    r"^[^\w\n]{0,20}(?:(?:fwd?|wg|tr)\s*:|(?:begin )?forwarded message|original message|from:.*@|subject:)[\s\S]*",
    re.IGNORECASE | re.MULTILINE,
)
_LISTS = re.compile(
    r"\bto[- ]?dos?\b|\b(?:shopping|grocery|bucket|wish|check|packing|reading|guest)[- ]?lists?\b|\bfavou?rites?\b|\btop \w+\b"
    r"|\branking\b|\bideas?\b|\boptions?\b|\breasons?\b|\bgoals?\b|\bresolutions?\b|\bagenda\b|\bquestions?\b|\bexamples?\b"
    r"|\bi (?:like|love|want|need|have|bought)\b|\bthings\b|\berrands?\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"(?:^|(?<=[.!?;\n]))\s*(?:and )?(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|then|next|after (?:that|this)"
    r"|afterwards|finally|lastly)\b[,:]?\s*",
    re.IGNORECASE,
)
_INSIDE = re.compile(r",?\s+(?:and\s+)?(?:then|after that|finally)\b[,:]?\s+", re.IGNORECASE)
_SAID_BEFORE = re.compile(
    r"^(?:i|we|you|the agent|the user|agent|please|then|next|and)\s+(?:(?:should|must|have to|can)\s+)?", re.I
)


_EDGE = " .;!,-*•:\"'`"


def task_in(turns: Sequence[Turn]) -> str | None:
    """Why these messages are a run of a task; None if they are not."""
    made = [each for each in calls_in(turns) if each.answer is not None and not _MEMORY.fullmatch(each.call.tool)]
    if len(made) >= _CALLS and _is_way(made):
        return f"a run of {len(made)} calls of tools"
    for number, turn in enumerate(turns):
        steps = numbered(turn, turns[:number])
        if steps:
            return f"{len(steps)} numbered steps"
    return None


def _is_way(made: Sequence[Made]) -> bool:
    """Whether calls are more than one look-up made several times: what they do differs, or one led to the next."""
    pairs = ((one, then) for n, then in enumerate(made) for one in made[max(n - _AWAY, 0) : n])
    return len(set(map(_what, made))) > 1 or any(_led(*pair) for pair in pairs)


def _what(made: Made) -> tuple[str, ...]:
    """What a call does, whatever its values."""
    arguments = made.call.arguments
    said = (as_text(value) for name, value in leaves("", arguments) if name.casefold() in _DOES)
    return action(Step(intent=made.call.tool, tool=made.call.tool, arguments=arguments)), *said


def _led(one: Made, then: Made) -> bool:
    """Whether a call follows from an earlier one: it puts right what failed, or has a value that the answer told."""
    if has_failed(one):
        return not has_failed(then)
    asked = {as_text(value) for _, value in leaves("", one.call.arguments)}
    told = one.answer.text if one.answer else ""
    return any(
        isinstance(value, str | int | float) and as_text(value) not in asked and tells(told, name, (value,))
        for name, value in leaves("", then.call.arguments)
    )


def numbered(turn: Turn, before: Sequence[Turn]) -> tuple[str, ...]:
    """The numbered steps that a user or an agent tells; none where nothing introduces them as a way to do something.

    What only repeats an answer of a tool, or another who is quoted, is not told by them.
    """
    found = told_in_order(turn)
    if len(found) < _LINES or repeats(found, before):
        return ()
    acts = sum(_acts(step) for step in found)
    intro = _intro(turn, before)
    if _LISTS.search(intro) or 3 * acts < 2 * len(found):
        return ()
    return found if _TEACHES.search(intro) else ()


def told_in_order(turn: Turn) -> tuple[str, ...]:
    """The lines numbered from 1 on in a message of a user or an agent."""
    found: list[str] = []
    for line in own_words(turn).splitlines():
        match = _NUMBERED.match(line) if _MARKED.match(line) else None
        if match and int(match[1]) == len(found) + 1:
            found.append(match[2].replace("**", "").strip())
    return tuple(found)


def own_words(turn: Turn) -> str:
    """What a user or an agent says in a message, without what is fenced, quoted or forwarded, or a list that is not theirs."""
    text = _FORWARDED.sub("", _PASTED.sub("", turn.text)) if turn.role in SPEAKERS else ""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if _MARKED.match(line)), 0)
    before = [line for line in lines[:first] if line.strip()]
    return "\n".join(before) if _OTHERS.search("\n".join(before[-_INTRODUCING:])) else text


def sentences(turn: Turn) -> tuple[str, ...]:
    """The steps of prose: sentences and lines that say to do something, or that it was done."""
    parts = re.split(r"(?<=[.!?;])\s+|\n+", own_words(turn))
    steps = [step for part in parts for step in _INSIDE.split(_ORDERED.sub("", part, count=1))]
    return tuple(step.strip(_EDGE) for step in steps if _acts(step.strip(_EDGE)))


def repeats(steps: Sequence[str], turns: Sequence[Turn]) -> bool:
    """Whether steps only repeat what a tool or a document said."""
    others = " ".join(_plain(turn.text) for turn in turns if turn.role not in SPEAKERS)
    return bool(others) and 2 * sum(_plain(step) in others for step in steps) >= len(steps)


def goal_of(turn: Turn, before: Sequence[Turn]) -> str | None:
    """What the steps in a message are for, by the line before them, or by what was asked."""
    lines = [line.strip(" :*#") for line in _head(turn).splitlines() if line.strip(" :*#")]
    questions = [each.text.strip() for each in before if each.role == "user" and each.text.strip()]
    said = [*questions[-1:], *lines[-1:]]
    return next((text for text in reversed(said) if len(text.split()) > 1), None)


def _intro(turn: Turn, before: Sequence[Turn]) -> str:
    """What stands before the list, and what it answers."""
    asked = [each.text for each in before if each.role == "user"][-1:] if turn.role == "assistant" else []
    return "\n".join([*asked, _head(turn)])


def _head(turn: Turn) -> str:
    lines = own_words(turn).splitlines()
    first = next((n for n, line in enumerate(lines) if _MARKED.match(line)), 0)
    return "\n".join(lines[:first])


def _acts(step: str) -> bool:
    """Whether a line says to do something, or that it was done, with what."""
    words = _SAID_BEFORE.sub("", step.strip(_EDGE)).split()
    return len(words) > 1 and is_verb(words[0].strip(",:*"))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
