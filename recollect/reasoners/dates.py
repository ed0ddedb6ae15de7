"""Dates: time expressions in English text, resolved against the time of the message that holds them.

A day without an hour stands for its noon, so that it is the same day in nearly every zone; a start ("since March") for
its first instant. Only absolute dates go to dateparser, which is slow to import and to run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from recollect.reasoners.words import NUMBERS, vocabulary

Tense = Literal["past", "future"]
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
DAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
PARTS = {"morning": 9, "lunchtime": 12, "noon": 12, "afternoon": 15, "evening": 19, "night": 21, "midnight": 0}
NEAR_DAYS = {
    "the day before yesterday": -2,
    "the day after tomorrow": 2,
    "yesterday": -1,
    "last night": -1,
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
}
UNITS = "minute|hour|day|night|week|weekend|fortnight|month|year|decade"

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
LONG_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
SHORT_DAY = r"(?:mon|tues?|wed|thur?s?|fri|sat|sun)\b\.?"
COUNT = (
    r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a few|few|a couple(?: of)?"
    r"|several|\d{1,3})"
)
ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
PART = r"(?:morning|lunchtime|afternoon|evening|night)"
HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
CLOCK = (
    r"(?:(?:at|around|by|from|until|till|@) ?)?(?:\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m\.?"
    r"|p\.m\.?)(?!\w)|\d{1,2}:\d\d\b)"
    rf"|(?:(?:at|around|by) )?(?:half|quarter|ten|twenty) (?:past|to) (?:{HOUR}|\d{{1,2}})\b"
    rf"|(?:at|around|by) (?:noon|midnight|lunchtime|(?:\d{{1,2}}|{HOUR})(?: o'clock)?(?= ?(?:$|[,.!?;)]|sharp|on\b"
    r"|tomorrow|today|tonight|in the (?:morning|afternoon|evening)|next|this|now|these|instead|every|and"
    r"|not|rather|like|as"
    r"|from|since|starting|until|as of)))"
)
LEAD = (
    r"(?P<lead>(?:ever since|since|as of|from|starting|beginning|effective|until|till|by)(?: on| in| this"
    r"| the)?\s)?"
)
EXPRESSION = re.compile(
    rf"\b{LEAD}(?:"
    r"(?P<iso>(?:19|20)\d\d-\d\d-\d\d\b)"
    r"|(?P<slashed>\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d\d\b)"
    rf"|(?P<date>(?:the )?{ORDINAL}(?: day)? (?:of )?{MONTH}(?:,? (?:19|20)\d\d\b)?|{MONTH} (?:the "
    rf")?{ORDINAL}\b(?! (?:years|weeks|months|days|people|times))(?:,? (?:19|20)\d\d\b)?)"
    rf"|(?P<monthyear>{MONTH},? (?:of )?(?:19|20)\d\d\b)"
    rf"|(?P<near>the day before yesterday|the day after tomorrow|yesterday|tomorrow|today|tonight|last "
    rf"night)(?: (?P<nearpart>{PART}))?\b"
    rf"|(?P<ago>(?:about |around |almost |nearly |over |like )?{COUNT}(?: \w+)?? (?:{UNITS})s? (?:ago"
    rf"|earlier|back)\b)"
    rf"|(?P<ahead>in (?:about |around |just )?{COUNT} (?:more )?(?:{UNITS})s?(?:' time)?\b(?! of| old)"
    rf"|{COUNT} (?:{UNITS})s? (?:from now|from today)\b)"
    rf"|(?:(?P<which>this coming|this past|this|next|last|past|the following|the coming|coming) "
    rf")(?P<unit>{UNITS}|spring|summer|autumn|fall|winter|{LONG_DAY}|{SHORT_DAY}|{MONTH}|{PART}"
    rf"|quarter)(?!\w)(?: (?P<unitpart>{PART}))?"
    rf"|(?<!every )(?<!each )(?:(?P<on>on|by|until|for|this|to|is|was|from|since|starting|and|,) "
    rf")?(?P<day>{LONG_DAY})(?: (?P<daypart>{PART}))?(?P<after> (?:of )?(?:next|the following) week| "
    rf"week)?\b"
    rf"|on (?P<shortday>{SHORT_DAY})(?!\w)"
    rf"|(?<=since )(?P<sincemonth>{MONTH})|(?<=from )(?P<frommonth>{MONTH})|(?<=starting "
    rf")(?P<startmonth>{MONTH})|(?<=until )(?P<untilmonth>{MONTH})"
    rf"|(?:in|during|by|around|back in|until|till|to(?= (?-i:[A-Z]))|(?:at |by |around )?(?:the )?(?:end"
    rf"|start|beginning"
    rf"|middle) of)(?: early| late| mid)?[ -](?P<month>{MONTH})(?! \d)"
    r"|(?:in|during|by|around|back in|of|for)(?: early| late| mid)?[ -](?P<year>(?:19|20)\d\d)\b(?![:.,]\d)"
    r"|(?P<sinceyear>(?<=since )(?:19|20)\d\d\b|(?<=until )(?:19|20)\d\d\b)"
    r"|(?:on|to|until|till|for|is|by|from|was) the (?P<dom>\d{1,2}(?:st|nd|rd|th))\b(?! (?:of|floor"
    r"|day|time|anniversary))"
    r"|(?:in|during|by)(?: the| early| late)? (?P<season>spring|summer|autumn|fall|winter)\b"
    r"|(?P<halfhour>in half an hour)"
    rf"|(?P<clock>{CLOCK})"
    r")",
    re.IGNORECASE,
)
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
WEEKLY = re.compile(
    rf"\b(?:(?:on |every |each |other )*{WEEKDAY}s|(?:every|each)(?: other| second)? {WEEKDAY}|{WEEKDAY} {PART}s"
    rf"|(?:on |at )?(?:weekends|weekdays))(?: {PART}s?)?(?:(?:,| and|,? or| &) (?:on )?{WEEKDAY}s?(?:"
    rf" {PART}s?)?)*(?!\w)",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")
HINTS = vocabulary(
    "tod tom ton yes day nig wee mon yea dec ago hou min mor noo mid eve spr sum aut fal win jan feb "
    "mar apr may jun jul aug sep "
    "oct nov tue wed thu fri sat sun qua lun aft for hal two thr fou fiv six sev eig nin ten ele twe"
)
RELATIVE = re.compile(r"(half|quarter|10|20) (past|to) (\d{1,2})")
CLOCK_PARTS = re.compile(r"(\d{1,2})(?:[:.](\d\d))? ?([ap])?", re.IGNORECASE)
DURATION = re.compile(
    rf"\b(?:have|has|ve|'ve|'s) (?:\w+ ){{1,6}}?for (?:about |around |almost |nearly |over |the (?:last"
    rf"|past) )?(?P<ago>{COUNT} (?:{UNITS})s?)\b",
    re.IGNORECASE,
)
STARTS = frozenset({"since", "ever since", "as of", "from", "starting", "beginning", "effective"})
VAGUE = re.compile(
    r"\b(?:recently|lately|soon|now|nowadays|these days|currently|at the moment|just|already)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time expression in a text: where it stands, what it is, and whether it begins a period."""

    start: int
    end: int
    text: str
    kind: str
    match: re.Match[str]

    @property
    def lead(self) -> str:
        """The preposition before it that speaks of a period, if any."""
        words = (self.match["lead"] or "").split()
        return " ".join(word for word in words if word.casefold() not in {"on", "in", "this", "the"}).casefold()

    @property
    def begins(self) -> bool:
        """Whether it says since when something holds."""
        following = self.match.string[self.end : self.end + 8].lstrip().casefold()
        return self.lead in STARTS and not following.startswith(("to ", "until ", "till ", "-", "–", "through "))


def _timeless(text: str) -> bool:
    """Whether no word can belong to a time expression, judged by how words begin: most texts end here."""
    return DIGIT.search(text) is None and HINTS.isdisjoint(
        word[:3] for word in text.casefold().replace("-", " ").split()
    )


@lru_cache(maxsize=8192)
@lru_cache(maxsize=8192)
def moments(text: str) -> tuple[Moment, ...]:
    """Every time expression in the text, in order."""
    if _timeless(text):
        return ()
    return tuple(map(_moment, EXPRESSION.finditer(text)))


def _moment(match: re.Match[str]) -> Moment:
    kind = next(name for name in KINDS if match[name])
    return Moment(match.start(), match.end(), match.group(), kind, match)


@lru_cache(maxsize=8192)
def without(text: str) -> str:
    """The text with its time expressions left out."""
    found = moments(text)
    if not found:
        return text
    ends, starts = (0, *(moment.end for moment in found)), (*(moment.start for moment in found), len(text))
    return " ".join(" ".join(text[end:start] for end, start in zip(ends, starts, strict=True)).split())


@lru_cache(maxsize=8192)
def weekly(text: str) -> str | None:
    """The days of the week on which the text says that something comes round, the last ones named; None if it says none."""
    if "day" not in text and "week" not in text:
        return None
    return next((match.group() for match in reversed(tuple(WEEKLY.finditer(text)))), None)


def event_at(text: str, base: datetime, zone: tzinfo, tense: Tense) -> datetime | None:
    """When what the text tells happens, seen from `base`; None if it does not say."""
    local = base.astimezone(zone)
    found = [moment for moment in moments(text) if not moment.begins]
    days = [at for moment in found if moment.kind != "clock" and (at := _resolve(moment, local, tense))]
    clock = next((moment for moment in found if moment.kind == "clock"), None)
    if not days and clock is None:
        return None
    at = days[0] if days else local
    return (_at_clock(at, clock.text) if clock else at).astimezone(UTC)


def begins_at(text: str, base: datetime, zone: tzinfo, tense: Tense) -> datetime | None:
    """Since or from when what the text tells holds; None if it does not say."""
    local = base.astimezone(zone)
    for moment in moments(text):
        if moment.begins and moment.kind != "clock":
            at = _resolve(moment, local, "past" if "since" in moment.lead else tense)
            return at and _first_instant(at).astimezone(UTC)
    lasting = DURATION.search(text)
    at = lasting and _shifted(lasting["ago"], local, -1)
    return _first_instant(at).astimezone(UTC) if at else None


def _first_instant(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _noon(at: datetime) -> datetime:
    return at.replace(hour=12, minute=0, second=0, microsecond=0)


def _resolve(moment: Moment, local: datetime, tense: Tense) -> datetime | None:
    try:
        return RESOLVERS[moment.kind](moment.match, local, tense)
    except (ValueError, OverflowError):
        return None


def _near(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    word = match["near"].casefold()
    part = "night" if word in {"tonight", "last night"} else match["nearpart"]
    return _in_part(local + timedelta(days=NEAR_DAYS[word]), part)


def _in_part(at: datetime, part: str | None) -> datetime:
    return _noon(at).replace(hour=PARTS[part.casefold()]) if part else _noon(at)


def _ago(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    return _shifted(match["ago"], local, -1)


def _ahead(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    return _shifted(match["ahead"], local, 1)


def _shifted(text: str, local: datetime, sign: int) -> datetime:
    words = text.casefold().split()
    unit = next(word.rstrip("'").rstrip("s") for word in words if re.fullmatch(rf"(?:{UNITS})s?'?", word))
    count = sign * next((n for word in words if (n := _count(word)) is not None), 1)
    if unit in {"minute", "hour"}:
        return local + timedelta(**{unit + "s": count})
    if unit in {"month", "year", "decade"}:
        return _noon(_month_shift(local, count * {"month": 1, "year": 12, "decade": 120}[unit]))
    return _noon(local + timedelta(days=count * {"day": 1, "night": 1, "fortnight": 14}.get(unit, 7)))


def _count(word: str) -> int | None:
    if word in {"few", "several"}:
        return 3
    if word == "couple":
        return 2
    number = NUMBERS.get(word, word)
    return int(number) if number.isdecimal() else None


def _month_shift(at: datetime, months: int) -> datetime:
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    first = at.replace(year=year, month=month + 1, day=1)
    return first + timedelta(days=min(at.day, _month_length(first)) - 1)


def _month_length(first: datetime) -> int:
    return ((first + timedelta(days=31)).replace(day=1) - first).days


def _relative(match: re.Match[str], local: datetime, tense: Tense) -> datetime | None:
    unit, which = match["unit"].casefold().rstrip("."), _which(match["which"].casefold(), tense)
    if unit in DAYS:
        return _in_part(_weekday(local, DAYS[unit], which, tense), match["unitpart"])
    if unit in MONTHS:
        return _month(local, MONTHS[unit], "past" if which < 0 else "future" if which > 0 else tense)
    if unit in SEASONS:
        return _month(local, SEASONS[unit], "past" if which < 0 else "future" if which > 0 else tense)
    if unit in PARTS:
        return _in_part(local + timedelta(days=which), unit)
    return _period(local, unit, which, tense)


def _which(word: str, tense: Tense) -> int:
    if word in {"last", "past", "this past"}:
        return -1
    return 0 if word == "this" else 1


def _period(local: datetime, unit: str, which: int, tense: Tense) -> datetime | None:
    if unit == "weekend":
        return _weekend(local, which, tense)
    if unit in {"week", "fortnight", "day", "night"}:
        return _noon(local + timedelta(days=which * {"week": 7, "fortnight": 14}.get(unit, 1)))
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120}.get(unit)
    if months is None or which == 0:
        return _noon(local) if months else None
    at = _month_shift(local.replace(day=1), which * months)
    return _noon(at.replace(month=1) if unit in {"year", "decade"} else at)


def _weekend(local: datetime, which: int, tense: Tense) -> datetime:
    saturday = local + timedelta(days=5 - local.weekday())
    back = which < 0 or (which == 0 and tense == "past")
    if back and local.weekday() < 5:
        return _noon(saturday - timedelta(days=7))
    return _noon(saturday + timedelta(days=7 * which))


def _weekday(local: datetime, day: int, which: int, tense: Tense) -> datetime:
    """The nearest such day; a bare name lies behind in the past tense and ahead otherwise."""
    ahead = (day - local.weekday()) % 7
    if which < 0 or (which == 0 and tense == "past"):
        return local - timedelta(days=(-ahead) % 7 or (7 if which < 0 else 0))
    return local + timedelta(days=ahead or (7 if which > 0 else 0))


def _named_day(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    name = (match["day"] or match["shortday"]).casefold().rstrip(".")
    if match["after"]:
        monday = local - timedelta(days=local.weekday())
        return _in_part(monday + timedelta(days=7 + DAYS[name]), match["daypart"])
    return _in_part(_weekday(local, DAYS[name], 0, tense), match["daypart"] if match["day"] else None)


def _month(local: datetime, month: int, tense: Tense) -> datetime:
    year = local.year
    if tense == "past" and month > local.month:
        year -= 1
    if tense == "future" and month < local.month:
        year += 1
    return _noon(local.replace(year=year, month=month, day=1))


def _named_month(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    name = next(match[kind] for kind in ("month", "sincemonth", "frommonth", "startmonth", "untilmonth") if match[kind])
    return _month(local, MONTHS[name.casefold().rstrip(".")], tense)


def _season(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    return _month(local, SEASONS[match["season"].casefold()], tense)


def _year(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    return _noon(local.replace(year=int(match["year"] or match["sinceyear"]), month=1, day=1))


def _day_of_month(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    at = _noon(local.replace(day=int(match["dom"][:-2])))
    if tense == "past" and at > local and at.date() != local.date():
        return _month_shift(at, -1)
    return _month_shift(at, 1) if tense == "future" and at.date() < local.date() else at


def _half_hour(match: re.Match[str], local: datetime, tense: Tense) -> datetime:
    return local + timedelta(minutes=30)


def _absolute(match: re.Match[str], local: datetime, tense: Tense) -> datetime | None:
    text = match["iso"] or match["slashed"] or match["date"] or match["monthyear"]
    parsed = _parse(" ".join(text.casefold().split()), local.strftime("%Y-%m-%d"), tense)
    return parsed and _noon(local.replace(year=parsed[0], month=parsed[1], day=parsed[2]))


@lru_cache(maxsize=4096)
def _parse(text: str, today: str, tense: Tense) -> tuple[int, int, int] | None:
    import dateparser

    settings = {
        "RELATIVE_BASE": datetime.fromisoformat(today),
        "PREFER_DATES_FROM": tense,
        "PREFER_DAY_OF_MONTH": "first",
        "REQUIRE_PARTS": ["month"],
    }
    found = dateparser.parse(text, languages=["en"], settings=settings)
    return (found.year, found.month, found.day) if found else None


def _at_clock(at: datetime, text: str) -> datetime:
    """That day at the hour the text names; a bare hour before eight is in the afternoon."""
    folded = text.casefold()
    named = next((hour for name, hour in PARTS.items() if name in folded), None)
    folded = RELATIVE.sub(_exact, " ".join(NUMBERS.get(word, word) for word in folded.split()))
    parts = CLOCK_PARTS.search(folded)
    if parts is None:
        return at if named is None else at.replace(hour=named, minute=0, second=0, microsecond=0)
    hour, minute, half = int(parts[1]), int(parts[2] or 0), parts[3]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif hour < 8 and not parts[2]:
        hour += 12
    if hour > 23 or minute > 59:
        return at
    return at.replace(hour=hour, minute=minute, second=0, microsecond=0)


def clock(text: str) -> str:
    """The hour that the text names, as "09:30"."""
    return _at_clock(datetime(2000, 1, 1, tzinfo=UTC), text).strftime("%H:%M")


def _exact(match: re.Match[str]) -> str:
    """ "quarter to 9" as "8:45"."""
    minutes = {"half": 30, "quarter": 15}.get(match[1]) or int(match[1])
    hour = int(match[3])
    return f"{hour}:{minutes:02d}" if match[2] == "past" else f"{(hour - 2) % 12 + 1}:{60 - minutes:02d}"


RESOLVERS = {
    "iso": _absolute,
    "slashed": _absolute,
    "date": _absolute,
    "monthyear": _absolute,
    "near": _near,
    "ago": _ago,
    "ahead": _ahead,
    "unit": _relative,
    "day": _named_day,
    "shortday": _named_day,
    "sincemonth": _named_month,
    "frommonth": _named_month,
    "startmonth": _named_month,
    "untilmonth": _named_month,
    "month": _named_month,
    "season": _season,
    "year": _year,
    "sinceyear": _year,
    "dom": _day_of_month,
    "halfhour": _half_hour,
}
KINDS = (*RESOLVERS, "clock")
