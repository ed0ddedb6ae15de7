"""Values of arguments as text: how a goal may spell them, holes for parameters, and what two texts have in common."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any

HOLE = re.compile(r"\{(\w+)\}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
URL = re.compile(r"https?://[^\s\"'<>]*[\w/]")
LONGEST = 200
"""Characters of a value that are kept."""
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_COMMON = 0.5
"""Share of words that two texts must have in common to be one text in which the others vary."""


class Varied(tuple[Any, ...]):
    """What stands for one argument in the rounds of a loop."""


def as_text(value: Any) -> str:
    """A value as parameters keep it: a number of whatever type is one text."""
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def same(one: Any, other: Any) -> bool:
    """Whether two values are one, typed as text or not."""
    return as_text(one).casefold() == as_text(other).casefold()


def quoted(text: str, limit: int = LONGEST) -> str:
    """What somebody else said, in one line, as data: no control characters, bounded."""
    plain = "".join(" " if unicodedata.category(each) in _UNPRINTABLE else each for each in text[: 8 * limit])
    line = " ".join(plain.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


_UNPRINTABLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values within an argument, each with the name nearest to it; a list of single values is one."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(str(key), inner)
    elif isinstance(value, list | tuple) and not is_plain_list(value):
        for inner in value:
            yield from leaves(name, inner)
    else:
        yield name, value


def is_plain_list(value: Any) -> bool:
    """Whether a value is a list of single values, or those of a loop."""
    if isinstance(value, Varied):
        return True
    return isinstance(value, list | tuple) and not any(isinstance(each, Mapping | list | tuple) for each in value)


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """An argument with every single value in it changed."""
    if isinstance(value, Mapping):
        return {key: mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [mapped(inner, change) for inner in value]
    return change(value)


def texts(value: Any) -> Iterator[str]:
    """The texts within an argument."""
    for _, each in leaves("", value):
        yield from (one for one in (each if isinstance(each, list | tuple) else (each,)) if isinstance(one, str))


def hole(value: Any, parameters: Mapping[str, Any]) -> str | None:
    """The parameter that stands instead of a value, if one does."""
    found = HOLE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found and found[1] in parameters else None


def holes(text: str, parameters: Mapping[str, Any]) -> list[str]:
    """The parameters within a text, in order."""
    return [name for name in HOLE.findall(text) if name in parameters]


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with the parameters in it replaced, as far as they have a value."""
    return HOLE.sub(lambda found: values.get(found[1], found[0]), text)


def bounded(words: str) -> re.Pattern[str]:
    """Finds words as words, and never within a hole."""
    spaced = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"(?<!\w)(?!(?<=\{{){spaced}\}}){spaced}(?!\w)", re.IGNORECASE)


def spellings(value: Any) -> tuple[str, ...]:
    """How a goal may say a value, the longest first: 4 as "four", a date with its month's name, 19:00 as "7 pm"."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ()
    text = as_text(value)
    found = {text, text.replace("_", " "), *_numbers(text), *_dates(text), *_times(text)}
    return tuple(sorted((each for each in found if each), key=lambda each: (-len(each), each)))


def _numbers(text: str) -> Iterator[str]:
    if text.isascii() and text.isdigit():
        if int(text) < len(_NUMBERS):
            yield _NUMBERS[int(text)]
        yield f"{int(text):,}"
    elif re.fullmatch(r"\d+\.\d+", text):
        yield f"{float(text):.2f}"
        yield f"{float(text):g}"


def _dates(text: str) -> Iterator[str]:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return
    for month in (f"{day:%B}", f"{day:%b}"):
        for number in (f"{day.day}", f"{day.day}{_ordinal(day.day)}"):
            for said in (f"{month} {number}", f"{number} {month}", f"{number} of {month}"):
                yield from (said, f"{said} {day.year}", f"{said}, {day.year}")
    yield f"{day.month}/{day.day}/{day.year}"
    yield f"{day.day}.{day.month}.{day.year}"


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _times(text: str) -> Iterator[str]:
    if not re.fullmatch(r"\d{1,2}:\d{2}(?::00)?", text):
        return
    hour, minute = map(int, text.split(":")[:2])
    if hour > 23 or minute > 59:
        return
    at, half = time(hour, minute), "am" if hour < 12 else "pm"
    hours = at.hour % 12 or 12
    said = f"{hours}:{minute:02}" if minute else str(hours)
    yield from (f"{said}{half}", f"{said} {half}", f"{hours}:{minute:02} {half}", f"{hour}:{minute:02}")


def number_said(word: str) -> str:
    """A number word as its digits; any other word as it is."""
    return str(_NUMBERS.index(word.casefold())) if word.casefold() in _NUMBERS else word


def template(text: str, parameters: Mapping[str, Any]) -> re.Pattern[str]:
    """Finds what stands for each parameter in a whole text."""
    seen: set[str] = set()
    parts: list[str] = []
    for part in re.split(r"(\{\w+\})", text):
        name = hole(part, parameters)
        if name is None:
            parts.append(r"\s+".join(map(re.escape, re.split(r"\s+", part))))
        else:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def common(one: str, other: str, name: Callable[[str, str], str]) -> str | None:
    """What two texts of equally many words have in common, with a name for each that varies; None if that is too little."""
    ours, theirs = one.split(), other.split()
    if len(ours) != len(theirs) or len(ours) < 2:
        return None
    alike = [mine.casefold() == word.casefold() for mine, word in zip(ours, theirs, strict=True)]
    if sum(alike) < _COMMON * len(ours):
        return None
    return " ".join(_varying(ours, theirs, alike, name))


def _varying(
    ours: Sequence[str], theirs: Sequence[str], alike: Sequence[bool], name: Callable[[str, str], str]
) -> Iterator[str]:
    number = 0
    while number < len(ours):
        end = number
        while end < len(ours) and not alike[end]:
            end += 1
        if end > number:
            yield _outside(" ".join(ours[number:end]), " ".join(theirs[number:end]), name)
        if end < len(ours):
            yield ours[end]
        number = end + 1


def _outside(one: str, other: str, name: Callable[[str, str], str]) -> str:
    """A name for what varies, with the punctuation that both end with after it."""
    mark = one[-1] if one[-1] == other[-1] and one[-1] in ",.;:!?" else ""
    return name(one.removesuffix(mark), other.removesuffix(mark)) + mark
