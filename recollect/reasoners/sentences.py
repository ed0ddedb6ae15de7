"""Sentences: a message cut into sentences and list items, each with its place in the message.

Code, quoted lines and recalled memories are left out; abbreviations, decimals and addresses are not cut. Linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1000
HIDDEN = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`"
    r"|<(?P<tag>memor(?:y|ies)|recalled|context|quote|document)\b[^>\n]{0,200}>.*?(?:</(?P=tag)>|\Z)"
    r"|^[ \t]*>[^\n]*$",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
EMOJI = (
    "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff\ufe0f\u200d\u20e3\U000e0020-\U000e007f"
)
BREAK = re.compile(
    r"(?P<dot>\.)[\"'”’)\]*_]{0,9}(?=\s|$)"
    r"|(?:[.!?…]{0,20}[!?…‼⁉⁇]|\.{2,20})[\"'”’)\]*_]{0,9}(?=\s|$|[" + EMOJI + r"])"
    r"|[。！？؟।；]+[」』”）]*"
    r"|(?:[" + EMOJI + r"]+|(?<!\w)(?:[:;]-?[)(DPp]|xD|XD|<3))(?=\s|$)"
    r"|\n"
)
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sr",
        "jr",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "vs",
        "approx",
        "no",
        "nr",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "est",
        "fig",
        "mt",
        "rev",
        "gen",
        "col",
        "capt",
        "lt",
        "sgt",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thur",
        "thurs",
        "fri",
        "sat",
        "sun",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "ph.d",
        "m.sc",
        "b.sc",
        "ave",
        "blvd",
        "rd",
        "apt",
        "min",
        "max",
        "hr",
        "hrs",
        "tel",
        "ext",
        "vol",
        "pp",
        "ca",
    ]
)
MAY_END = frozenset(["a.m", "p.m", "inc", "ltd", "co", "u.s", "u.k", "ph.d", "jr", "sr", "etc"])
LAST_WORD = re.compile(r"[\w.]*$")
BULLET = re.compile(r"(?:[-*•–]|\(?\d{1,2}[.)])\s+|#{1,6}\s+")
EDGES = " \t\r\n*_"
TRAILING = re.compile(r"[\s" + EMOJI + r"]+$|(?<!\w)(?:[:;]-?[)(DPp]|xD|XD|<3)\s*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of a message: `text` is exactly `message[start:end]`."""

    text: str
    start: int
    end: int

    def part(self, start: int, end: int) -> Sentence:
        """A piece of this piece, by its own offsets."""
        return Sentence(self.text[start:end], self.start + start, self.start + end)

    @property
    def question(self) -> bool:
        """Whether it ends as a question does."""
        return self.text.rstrip("\"'”’)]*_ !.」』）").endswith(("?", "？", "؟"))


def sentences(message: str) -> Iterator[Sentence]:
    """Its sentences in order, without code, quoted lines, recalled memories, bullets and bare emoji."""
    for start, end in _visible(message):
        yield from _cut(message, start, end)


def _visible(message: str) -> Iterator[tuple[int, int]]:
    at = 0
    for hidden in HIDDEN.finditer(message):
        inline = hidden.group().startswith("`") and not hidden.group().startswith("```")
        if inline:
            continue
        yield at, hidden.start()
        at = hidden.end()
    yield at, len(message)


def _cut(message: str, start: int, end: int) -> Iterator[Sentence]:
    at = start
    for mark in BREAK.finditer(message, start, end):
        if mark["dot"] and not _ends(message, at, mark, end):
            continue
        yield from _pieces(message, at, mark.end())
        at = mark.end()
    yield from _pieces(message, at, end)


def _ends(message: str, start: int, mark: re.Match[str], end: int) -> bool:
    """Whether this dot ends a sentence rather than an abbreviation, an initial or a list number."""
    tail = LAST_WORD.search(message, max(start, mark.start() - 24), mark.start())
    word = tail.group().casefold() if tail else ""
    following = message[mark.end() : mark.end() + 40].lstrip()[:1]
    if word in MAY_END:
        return not following or following.isupper()
    if len(word) == 1 and word.isalpha() and word != "i":
        return not following
    if word.isdigit() and len(word) <= 2 and not message[start : mark.start()].strip()[len(word) :]:
        return False
    return word not in ABBREVIATIONS


def _pieces(message: str, start: int, end: int) -> Iterator[Sentence]:
    """One sentence without its edges; one that is too long is cut at white space."""
    while end - start > LONGEST:
        space = max(message.rfind(" ", start, start + LONGEST), message.rfind(",", start, start + LONGEST))
        cut = space + 1 if space > start else start + LONGEST
        yield from _trimmed(message, start, cut)
        start = cut
    yield from _trimmed(message, start, end)


def _trimmed(message: str, start: int, end: int) -> Iterator[Sentence]:
    text = message[start:end]
    lead = len(text) - len(text.lstrip(EDGES))
    bullet = BULLET.match(text, lead)
    if bullet and (start == 0 or "\n" in message[max(0, start - 3) : start + lead]):
        lead = bullet.end()
    while lead < len(text) and text[lead] in EDGES:
        lead += 1
    text = text[lead:].rstrip(EDGES)
    while tail := TRAILING.search(text[-60:]):
        text = text[: len(text) - (len(text[-60:]) - tail.start())]
    if any(map(str.isalnum, text)):
        yield Sentence(text, start + lead, start + lead + len(text))
