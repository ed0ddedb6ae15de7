"""When: the times that an English query asks for, as the terms by which memories of those days are found.

A time is a window of whole days seen from a reference ("last spring", "before March"), or what comes round every year or
week ("in March", "on Friday"). A window becomes the years, months and days that it is made of. No library is asked: date
parsers answer moments, know no seasons and no "before", and take a thousand times as long.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import re2

from recollect.ranking.words import MONTHS, stem

Date = tuple[tuple[str, ...], tuple[str, ...]]
"""A date in a query, by the terms that memories of it have: those of its month and year, that of its day."""

EARLIEST, AHEAD = 1900, 20
"""The year in which a window without a beginning begins, and after how many years one without an end ends."""

MONTH_NUMBERS = {name.casefold(): number for number, name in enumerate(MONTHS, 1)}
_WEEKDAYS = {f"{name}day": number for number, name in enumerate("mon tues wednes thurs fri satur sun".split())}
_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}  # of the northern half of the world
_COUNTS = {"a": (1, 1), "an": (1, 1), "couple": (2, 2), "few": (2, 5), "several": (3, 7)} | {
    word: (n, n) for n, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_NEAR = {
    "the day before yesterday": (-2, -1),
    "yesterday": (-1, 0),
    "last night": (-1, 1),
    "tomorrow": (1, 2),
    "the day after tomorrow": (2, 3),
}
_TODAY = (0, 1)


# What is written.

MONTH_NAMES, WEEKDAYS, _SEASON = ("|".join(names) for names in (MONTH_NUMBERS, _WEEKDAYS, _SEASONS))
_MONTH = "|".join([MONTH_NAMES, *(rf"{name[:3]}(?=[\s.,])" for name in MONTH_NUMBERS if name != "may"), "sept"])
_DAY, _YEAR, _UNIT = r"\d{1,2}", r"(?:19|20)\d\d", "(?:day|week|month|year)"
_COUNT = rf"(?:a )?(?:\d{{1,3}}|{'|'.join(_COUNTS)})"
_LED = "since|until|till|before|after"
_AT = rf"(?:(?:in|during|of|by|between|early|late|mid|{_LED}) (?:the )?)+"

_KINDS = {  # of those that match at one place the first counts; the group that begins with a kind's name is its core
    "ymd": rf"(?P<ymd_y>{_YEAR})-(?P<ymd_m>\d\d)-(?P<ymd_d>\d\d)",
    "dmy": rf"(?P<dmy_d>{_DAY})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<dmy_m>{_MONTH})\b\.?(?:,?\s+(?P<dmy_y>{_YEAR})\b)?",
    "mdy": rf"(?P<mdy_m>{_MONTH})\b\.?\s+(?P<mdy_d>{_DAY})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<mdy_y>{_YEAR})\b)?",
    "my": rf"(?P<my_m>{_MONTH})\b\.?,?\s+(?:of\s+)?(?P<my_y>{_YEAR})",
    "season_of": rf"(?P<season_of_s>{_SEASON})(?:,|\s+of)?\s+(?P<season_of_y>{_YEAR})",
    "months": rf"(?:between|from) (?P<months_a>{MONTH_NAMES}) (?:and|to|until|till|through) (?P<months_b>{MONTH_NAMES})"
    rf"(?:,? (?P<months_y>{_YEAR}))?",
    "month": rf"{_AT}(?P<month_m>{MONTH_NAMES})(?!\.?,?\s+(?:of\s+)?\d)",
    "near": rf"(?P<near_day>{'|'.join(_NEAR)}|today|tonight|this (?:morning|afternoon|evening))",
    "ago": rf"(?P<ago_n>{_COUNT})(?: of)?\s+(?P<ago_unit>{_UNIT})s?\s+ago",
    "span": (
        rf"(?:the )?(?P<span_side>last|past|previous|next|coming)\s+(?P<span_n>{_COUNT})(?: of)?\s+"
        rf"(?P<span_unit>{_UNIT})s?"
    ),
    "past": rf"(?:the (?:last|past)|past)\s+(?P<past_unit>{_UNIT})(?! (?:of|before|after)\b)",
    "turn": (
        r"(?<!the )(?P<turn_which>last|previous|this(?: past| coming)?|next|coming)\s+(?!(?-i:may)\b)"
        rf"(?P<turn_of>week(?:end)?|month|quarter|year|decade|{_SEASON}|{MONTH_NAMES}|{WEEKDAYS})"
        r"(?! (?:of|before|after)\b)"
    ),
    "weekday": rf"(?:on|{_LED}) (?P<weekday_name>{WEEKDAYS})",
    "season": rf"{_AT}(?P<season_name>{_SEASON})(?!(?:,| of)? {_YEAR})",
    "y": rf"(?P<y_y>{_YEAR})",
}
_TIMES = re.compile("|".join(rf"\b(?P<{kind}>{pattern})\b" for kind, pattern in _KINDS.items()), re.I | re.A)
_LEAD = re.compile(
    rf"\b(?:(?:the|last|(?P<n>{_COUNT})(?: of)?) (?P<unit>{_UNIT}|weekend|{WEEKDAYS})s? before|(?P<led>{_LED})"
    r"|(?P<range>between|from)) (?:(?:the|early|late|mid) )*$",
    re.I | re.A,
)
_LONGEST_LEAD = 60
_JOINED = re.compile(r"\s+(?:and|to|until|till|through) (?:the )?|\s*[-–]\s*", re.I)
_HINT = re2.compile(
    r"(?i)\d|\b(?:to(?:day|night|morrow)|yesterday|ago|last|past|previous|next|coming|this"
    rf"|{MONTH_NAMES}|{WEEKDAYS}|{_SEASON})\b"
)
"""What every time has something of; most queries have none, and cost nothing more."""


# What it stands for.


class Window(NamedTuple):
    """The days from `first` up to and without `after`; None for no bound."""

    first: date | None
    after: date | None


class Time(NamedTuple):
    """What one expression stands for: windows, the earlier first, where it may be either; and what else names it.

    `recurs`: it is of any year, unless something that leads it asks for one. `words`: what memories may say of it in
    whichever year, and what is to be searched for all the same.
    """

    windows: tuple[Window, ...]
    named: tuple[Date, ...] = ()
    recurs: bool = False
    words: str = ""


def _explicit(match: re.Match[str], kind: str, today: date) -> Time:
    """A year, with or without month and day, or a month with its day."""
    groups = match.groupdict()
    year, month, day = (groups.get(f"{kind}_{letter}") for letter in "ymd")
    far = tuple(term for term in (_month_term(month), year) if term)
    return Time(_calendar(year, month, day, today), ((far, (str(int(day)),) if day else ()),), recurs=True)


def _calendar(year: str | None, month: str | None, day: str | None, today: date) -> tuple[Window, ...]:
    if month is None:
        return (Window(date(int(year or 0), 1, 1), date(int(year or 0) + 1, 1, 1)),)
    if day is None:
        return (_months(12 * int(year or 0) + _number(month) - 1, 1),)
    days = [_clipped(int(year) if year else today.year + step, _number(month), int(day)) for step in (-1, 0, 1)]
    if year is not None:
        return (_from(days[0], 1),)
    begun = max(day for day in days if day <= today)
    return (_from(begun, 1), _from(next(day for day in days if day >= today), 1))


def _season_of(match: re.Match[str], _kind: str, _today: date) -> Time:
    name, year = match["season_of_s"].casefold(), match["season_of_y"]
    return Time((_months(12 * int(year) + _SEASONS[name] - 1, 3),), (((stem(name), year), ()),), words=name)


def _between_months(match: re.Match[str], _kind: str, today: date) -> Time:
    year = match["months_y"]
    _, begun, _ = _turns(match["months_a"].casefold(), date(int(year), 12, 1) if year else today)
    return Time((Window(begun.first, _following(match["months_b"].casefold(), begun).after),))


def _following(name: str, window: Window) -> Window:
    """The first month of that name that does not begin before a window."""
    assert window.first is not None
    _, begun, later = _turns(name, window.first)
    return begun if begun.first == window.first else later


def _recurring_month(match: re.Match[str], _kind: str, today: date) -> Time:
    name = match["month_m"].casefold()
    return Time(_either(name, today), (((stem(name),), ()),), recurs=True)


def _recurring_season(match: re.Match[str], _kind: str, today: date) -> Time:
    name = match["season_name"].casefold()
    months = (MONTHS[(_SEASONS[name] - 1 + step) % 12].casefold() for step in range(3))
    return Time(_either(name, today), tuple(((stem(each),), ()) for each in (name, *months)), recurs=True, words=name)


def _weekday(match: re.Match[str], _kind: str, today: date) -> Time:
    name = match["weekday_name"].casefold()
    return Time(_either(name, today), (((stem(name),), ()),), words=name)


def _either(name: str, today: date) -> tuple[Window, ...]:
    """The turn that has begun last, and where that is over, the one that comes."""
    _, begun, later = _turns(name, today)
    return (begun, later) if _over(begun, today) else (begun,)


def _near(match: re.Match[str], _kind: str, today: date) -> Time:
    first, after = _NEAR.get(match["near_day"].casefold(), _TODAY)
    return Time((_from(today + timedelta(first), after - first),))


def _ago(match: re.Match[str], _kind: str, today: date) -> Time:
    low, high = _count(match["ago_n"])
    unit = match["ago_unit"].casefold()
    return Time((Window(_around(today, high, unit).first, _around(today, low, unit).after),))


def _around(today: date, n: int, unit: str) -> Window:
    """The days that may be meant by so many units ago: a year ago is the year before."""
    if unit == "year":
        return _turns("year", _moved(today, -n, unit))[1]
    half = {"day": 0, "week": 3, "month": 15}[unit]
    return _from(_moved(today, -n, unit) - timedelta(half), 2 * half + 1)


def _span(match: re.Match[str], _kind: str, today: date) -> Time:
    _, n = _count(match["span_n"])
    ahead = match["span_side"].casefold() in ("next", "coming")
    return Time((_lasting(today, n if ahead else -n, match["span_unit"].casefold()),))


def _past(match: re.Match[str], _kind: str, today: date) -> Time:
    return Time((_lasting(today, -1, match["past_unit"].casefold()),))


def _lasting(today: date, n: int, unit: str) -> Window:
    first, last = sorted((today, _moved(today, n, unit)))
    return Window(first, last + timedelta(1))


def _turn(match: re.Match[str], _kind: str, today: date) -> Time:
    which, name = " ".join(match["turn_which"].casefold().split()), match["turn_of"].casefold()
    earlier, begun, later = _turns(name, today)
    if which in ("next", "coming", "this coming"):
        windows: tuple[Window, ...] = (later,)
    elif which == "this":
        windows = _either(name, today)
    else:
        windows = (begun if _over(begun, today) else earlier,)
    if name not in _SEASONS:
        return Time(windows)
    return Time(windows, tuple(((stem(name), str(each.first.year)), ()) for each in windows if each.first), words=name)


_RESOLVERS: Mapping[str, Callable[[re.Match[str], str, date], Time]] = {
    **dict.fromkeys(("ymd", "dmy", "mdy", "my", "y"), _explicit),
    "season_of": _season_of,
    "months": _between_months,
    "month": _recurring_month,
    "near": _near,
    "ago": _ago,
    "span": _span,
    "past": _past,
    "turn": _turn,
    "weekday": _weekday,
    "season": _recurring_season,
}


# Days, weeks, months.


def _turns(name: str, today: date) -> tuple[Window, Window, Window]:
    """Of what comes round (a week, a Friday, a month, a March, a summer): the one before, that begun last, the next."""
    if name in _WEEKDAYS or name in ("week", "weekend"):
        first = _WEEKDAYS.get(name, {"week": 0, "weekend": 5}.get(name, 0))
        begun = today - timedelta((today.weekday() - first) % 7)
        length = {"week": 7, "weekend": 2}.get(name, 1)
        earlier, now, later = (_from(begun + timedelta(7 * step), length) for step in (-1, 0, 1))
        return earlier, now, later
    every, offset, length = _ROUNDS[name]
    at = 12 * today.year + today.month - 1
    number = at - (at - offset) % every
    earlier, now, later = (_months(number + every * step, length) for step in (-1, 0, 1))
    return earlier, now, later


_ROUNDS = {  # how many months from one to the next, where the first begins, and how many it takes
    "month": (1, 0, 1),
    "quarter": (3, 0, 3),
    "year": (12, 0, 12),
    "decade": (120, 0, 120),
    **{name: (12, month - 1, 1) for name, month in MONTH_NUMBERS.items()},
    **{name: (12, month - 1, 3) for name, month in _SEASONS.items()},
}


def _over(window: Window, today: date) -> bool:
    return window.after is not None and window.after <= today


def _months(number: int, length: int) -> Window:
    first, after = (date(n // 12, n % 12 + 1, 1) for n in (number, number + length))
    return Window(first, after)


def _from(first: date, days: int) -> Window:
    return Window(first, first + timedelta(days))


def _moved(day: date, n: int, unit: str) -> date:
    days, months = _LENGTHS[unit]
    year, month = divmod(12 * day.year + day.month - 1 + n * months, 12)
    return _clipped(year, month + 1, day.day) + timedelta(n * days)


_LENGTHS = {"day": (1, 0), "week": (7, 0), "month": (0, 1), "year": (0, 12)}  # days and months


def _clipped(year: int, month: int, day: int) -> date:
    return date(year, month, max(1, min(day, monthrange(year, month)[1])))


def _count(words: str) -> tuple[int, int]:
    word = words.casefold().split()[-1]
    return (int(word), int(word)) if word.isdecimal() else _COUNTS[word]


def _number(month: str) -> int:
    """The number of a month, named or numbered."""
    if month.isdecimal():
        return min(max(int(month), 1), 12)
    return next(number for name, number in MONTH_NUMBERS.items() if name.startswith(month.casefold()[:3]))


def _month_term(month: str | None) -> str | None:
    if month is None or (month.isdecimal() and not 1 <= int(month) <= 12):
        return month
    return stem(MONTHS[_number(month) - 1].casefold())


# What a query asks for.


def without_times(text: str, reference: datetime) -> tuple[str, tuple[Date, ...]]:
    """A text without its times, and the dates that these stand for, seen from the reference, in its zone."""
    if _HINT.search(text) is None:
        return text, ()
    return _without(text, reference.date(), reference.tzinfo or UTC)


@lru_cache(maxsize=1024)
def _without(text: str, today: date, zone: tzinfo) -> tuple[str, tuple[Date, ...]]:
    left, end = [], 0
    dates: dict[Date, None] = {}
    for start, after, words, found in _found(text, today, zone):
        left += [text[end:start], f" {words} "]
        end = after
        dates.update(dict.fromkeys(found))
    return "".join([*left, text[end:]]), tuple(dates)


def _found(text: str, today: date, zone: tzinfo) -> Iterator[tuple[int, int, str, tuple[Date, ...]]]:
    """Where in a text each time stands, with what leads it; its words and dates. What is in no calendar is left alone."""
    matches: list[re.Match[str] | None] = [*_TIMES.finditer(text), None]
    over = 0
    for match, following in pairwise(matches):
        if match is None or match.start() < over:
            continue
        lead = _lead(text, match)
        start = min(match.start(), lead.start()) if lead else match.start()
        with suppress(ValueError, OverflowError):
            if lead and lead["range"]:
                found, over = _ranged(text, match, following, today)
            else:
                found, over = _resolved(match, today), match.end()
            if lead and not lead["range"]:
                found = Time((_led(found.windows, lead),))
            yield start, over, found.words, tuple(_dates(found, today, zone))


def _ranged(text: str, match: re.Match[str], following: re.Match[str] | None, today: date) -> tuple[Time, int]:
    """What lies between a time and the next, if they are joined; and where that ends."""
    found = _resolved(match, today)
    if following is None or not _JOINED.fullmatch(text, match.end(), _core(following)):
        return found, match.end()
    last = _resolved(following, today)
    return Time((Window(found.windows[0].first, last.windows[-1].after),)), following.end()


def _lead(text: str, match: re.Match[str]) -> re.Match[str] | None:
    """What stands before a time and says on which side of it."""
    core = _core(match)
    return _LEAD.search(text, max(0, core - _LONGEST_LEAD), core)


def _core(match: re.Match[str]) -> int:
    """Where a match begins without its preposition."""
    kind = str(match.lastgroup)
    return min(match.start(name) for name in match.re.groupindex if name.startswith(f"{kind}_") and match[name])


def _resolved(match: re.Match[str], today: date) -> Time:
    kind = str(match.lastgroup)
    return _RESOLVERS[kind](match, kind, today)


def _led(windows: tuple[Window, ...], lead: re.Match[str]) -> Window:
    """What begins or ends with a time; what is so long before it has both, its day included."""
    (first, after), (_, latest) = windows[0], windows[-1]
    if lead["unit"]:
        assert first is not None
        unit = lead["unit"].casefold()
        n = _count(lead["n"])[1] if lead["n"] else 1
        return Window(_moved(first, -n, unit if unit in _LENGTHS else "week"), after)
    sides = {"since": Window(first, None), "after": Window(after, None), "before": Window(None, first)}
    return sides.get(lead["led"].casefold(), Window(None, latest))


def _dates(found: Time, today: date, zone: tzinfo) -> Iterator[Date]:
    yield from found.named
    if not (found.named and found.recurs):
        for window in dict.fromkeys(found.windows):
            yield from _cells(_in_utc(window, zone), today)


def _in_utc(window: Window, zone: tzinfo) -> Window:
    """The days in UTC, by which memories are found, that are touched by days of a zone."""
    first, after = window
    moment = timedelta(microseconds=1)
    return Window(
        first and _midnight(first, zone).date(), after and (_midnight(after, zone) - moment).date() + timedelta(1)
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _cells(window: Window, today: date) -> Iterator[Date]:
    """The years, months and days that a window is made of, as few as there can be."""
    day = max(window.first or date.min, date(EARLIEST, 1, 1))
    end = window.after or date(max(today.year, day.year) + AHEAD, 1, 1)
    while day < end:
        month, year = (stem(MONTHS[day.month - 1].casefold()), str(day.year))
        next_year, next_month = date(day.year + 1, 1, 1), _moved(day.replace(day=1), 1, "month")
        if (day.month, day.day) == (1, 1) and next_year <= end:
            yield (year,), ()
            day = next_year
        elif day.day == 1 and next_month <= end:
            yield (month, year), ()
            day = next_month
        else:
            yield (month, year), (str(day.day),)
            day += timedelta(1)
