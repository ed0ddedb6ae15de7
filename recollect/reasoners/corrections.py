"""Corrections: "sorry, I meant Tuesday" and "it's Jon, not John" said as the whole statement that they set right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from recollect.reasoners import dates
from recollect.reasoners.subjects import is_verb
from recollect.reasoners.words import content, stem
from recollect.types import Fact

SURE = (
    r"i (?:(?:have|had|'ve|'d) )?(?:actually )?(?:meant|misspoke|mistyped|misread|misheard|mixed (?:\w+"
    r" ){1,4}up|mixed up"
    r"|got (?:that|it|this|the \w+) wrong|was wrong|made a mistake|put the wrong|gave you the wrong)|tell a lie|typo"
    r"|(?:said|wrote|told you) something wrong|(?:my|a) mistake|my bad|by mistake|mistakenly"
    r"|correct(?:ion|ing)\b|to correct|scratch that|strike that"
    r"|wrong (?:\w+ )?(?:number|date|day|name|address|time|year|place)|(?:told you|had it) (?:the )?wrong|back to front"
    r"|(?:correct|corrected) myself|counted .{1,30} wrong|(?:i (?:said|told you|wrote)\b.{1,80}\bbut)"
    r"|that(?:'s| is| was) (?:wrong|not right|incorrect|a typo)|not \w+ as i said|spel(?:led|t)"
)
FURTHER = 6
MARK = re.compile(
    rf"^\W*(?:(?:oh|ah|oops|hmm|ugh|um|well|ok|hey|and|but|yeah|hi|please)\W+)*(?:sorry|actually|oops"
    rf"|no|nope|wait|hold on|to be (?:precise|exact|clear)|i mean|turns out|it turns out)\b"
    rf"|\b(?:{SURE}|i mean(?!t)|you(?:'re| are) wrong|after all|in fact|rather than what i said|earlier i said)\b",
    re.IGNORECASE,
)
SURELY = re.compile(rf"\b(?:{SURE})\b", re.IGNORECASE)
PIECE = r"(?:[\w:'’+@./$€£-]|,(?=\d))+"
BIT = rf"{PIECE}(?: {PIECE}){{0,4}}"
SAID = r"(?:i (?:just |only )?(?:said|told you|wrote|typed|put|mentioned|meant|gave you)|you (?:have|wrote|noted|put))"
RIGHT = (
    r"(?:\w+ says (?:it|she|he|they)(?:'s|'re| is| was| are)|i (?:actually |really )?meant?(?: to (?:say"
    r"|write|type))?|it(?:'s| is| was)(?: actually| really| in fact)?"
    r"|it should(?:'ve| have)? (?:be|say|read|been)|that(?:'s| is)|that should(?:'ve| have)? (?:be|been)"
    r"|should(?:'ve| have)? "
    r"(?:be|been)|make that|actually)"
)
SIDE = r"(?: (?:that )?(?:he|she|they|i|we|it)\b .*)?"
MEANT = re.compile(
    r"^(?:i (?:actually )?mean[t]?(?: to (?:say|write|type))?|make that|should be|it should (?:be|say)"
    r"|it(?:'s| is| was)(?: actually)?(?: spel(?:led|t))?|that(?:'s| is)|that should be)"
    r" (?P<new>(?:[\w:'’+@. $€£-]|,(?=\d)){1,60}?)"
    r"(?:,? (?:and )?not (?P<old>(?:[\w:'’+@. $€£-]|,(?=\d)){1,60}?))?(?:, with an? .*)?$",
    re.IGNORECASE,
)
CONTRAST = re.compile(
    rf"^(?!(?:i|i'm|we|my|our|he|she|they|you)\b(?! meant| said))(?:it(?:'s| is)(?: actually| spelled)?"
    rf"|that(?:'s| is)|i meant|i said|make that|should be|it should be)?\s*(?P<new>{BIT}?)(?: (?:i'm|i am"
    rf"|she's|he's|they're|we're) [^,]*)?,? (?:and )?not"
    rf" (?P<old>{BIT})$",
    re.IGNORECASE,
)
NAMED = r"(?:(?:it|he|she)(?:'s| is)(?: called)? |(?:his|her|its|their) name(?:'s| is) )?"
TURNED = re.compile(
    rf"^(?:it(?:'s| is) )?not (?P<old>{BIT}?)(?:,| but|, but| -|;) ?{NAMED}(?P<new>{BIT}?){SIDE}$",
    re.IGNORECASE,
)
TOLD = re.compile(
    rf"^{SAID} (?P<old>{BIT}?)(?:,? (?:but|and|when) |[,;] ).{{0,120}}?\b{RIGHT} (?P<new>{BIT}?){SIDE}$", re.IGNORECASE
)
RETRACTS = re.compile(
    r"\bi (?:told you|said|wrote)(?: earlier| before| that| last \w+)* (?P<claim>.{8,120}?)"
    r"(?:,? but\b(?P<rest>.*))?$",
    re.IGNORECASE,
)
WRONG = re.compile(r"\b(?:mis\w{3,}|wrong|mistake|mixed|correct\w*|not (?:true|right)|turns out)\b", re.IGNORECASE)
SAYS = re.compile(
    r"\b(?:is|are|was|were|am|has|have|lives?|works?|likes?|comes?|goes|takes?|starts?|drives?|plays?|costs?|meets?"
    r"|leaves?|says?|speaks?|stud(?:y|ies)|own|owns|wants?|needs?|moved)\b",
    re.IGNORECASE,
)
CLAUSAL = re.compile(r"^(?:that|it|this|to)\b|\b(?:and|but|so|or) \w+(?:ed|t)\b|\bnot?\b", re.IGNORECASE)
BODY = r"(?:[^,;.]|[,.](?=\d))"
PRONOUN = r"(?:it|he|she|they|that|this|I|we|the \w+)"
FIRMLY = r"(?: actually| really| in fact| rather)?"
OPPOSED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^(?P<s>(?!it\b|that\b|this\b).{{1,60}}?) (?P<v>am|is|are|was|were|will be|has been|takes place)(?P<n>) not"
        rf" (?P<old>{BODY}{{1,60}}?)(?:[,;.]| -| but|, but) {PRONOUN} (?:am|is|are|was|were|will be|has been"
        rf"|takes place)"
        rf"{FIRMLY} (?P<new>{BODY}+)(?:[,;.] .*)?$",
        rf"^(?P<s>(?!it\b|that\b|this\b).{{1,60}}?) (?:do|does|did)(?P<n>) not (?P<u>\w+) (?P<old>{BODY}{{1,60}}?)"
        rf"(?:[,;.]| -| but|, but) {PRONOUN}{FIRMLY} (?P<v>\w+) (?P<new>{BODY}+)(?:[,;.] .*)?$",
        rf"^(?P<s>(?!it\b|that\b|this\b|i meant\b).{{1,60}}?) (?P<v>am|is|are|was|were|(?!not\b|do|did)\w+s)(?P<n>) not"
        rf" (?P<old>{BODY}{{1,60}}?),? but{FIRMLY} (?P<new>(?!{PRONOUN}\b|not\b){BODY}+)(?:[,;.] .*)?$",
    )
)
DOING = re.compile(r"\w+ing\b", re.IGNORECASE)
STILL_TRUE = re.compile(
    r"\b(?:after all|anymore|any more|any longer|no longer|yet|only|just|because|sure)\b", re.IGNORECASE
)
CLAIMED = re.compile(
    r"\bi (?:just |have |had )*(?:said|told you|wrote|mentioned)(?: earlier| before| last \w+)*(?: that)?"
    r" (?P<claim>.{8,120})$",
    re.IGNORECASE,
)
RIGHTLY = re.compile(
    rf"^(?:\W*(?:but|well|no|actually|in fact|sorry|ok|oh)\b)*\W*(?:(?:my |our |the )?\w+ says (?:that"
    rf" )?)?(?:it|that|she|he|they|there)"
    rf"(?:'s|'re| is| was| were| are){FIRMLY} (?P<new>{BODY}{{1,40}})(?:[,;] .*)?$",
    re.IGNORECASE,
)
CHANGED = re.compile(
    r"\b(?:moved|moving|now|nowadays|these days|new|switched|changed|anymore|any more|any longer|no "
    r"longer|started|since|recently|just|got|became|become|turned|joined|quit|left|stopped|promoted"
    r"|transferred|"
    r"rescheduled|postponed|pushed|sold|bought|replaced|upgraded|broke up|divorced|married|engaged"
    r"|lately|starting|from now on|next|instead|last (?:week|month|year)|yesterday|today|gave up|used "
    r"to|retired|relocated)\b",
    re.IGNORECASE,
)
KINDS = (
    re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.IGNORECASE),
    re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE),
    re.compile(r"\b\d{1,2}(?::\d\d)? ?(?:am|pm)\b|\b\d{1,2}:\d\d\b", re.IGNORECASE),
    re.compile(rf"\b{dates.MONTH}", re.IGNORECASE),
    re.compile(r"\d[\d .,-]*"),
    re.compile(r"(?<=\w )(?!I\b)[A-Z][\w'-]+(?: [A-Z][\w'-]+)*"),
)


YEAR = re.compile(r"(?:1[89]|20)\d\d")


def correcting(fact: Fact) -> bool:
    """Whether the fact says that something said before was wrong, rather than that the world has changed."""
    quote = fact.sources[0].quote if fact.sources else fact.text
    if CONTRAST.match(fact.text) or TURNED.match(fact.text) or (ASIDE.search(fact.text) and not CHANGED.search(quote)):
        return True
    if SURELY.search(quote):
        return True
    mark = MARK.search(quote)
    return mark is not None and CHANGED.search(quote.replace(mark.group(), " ")) is None


def fragment(text: str) -> re.Match[str] | None:
    """The new words, and the old ones where they are said, of a correction that is no statement of its own."""
    match = TURNED.match(text) or TOLD.match(text) or CONTRAST.match(text) or MEANT.match(text)
    if match is None or SAYS.search(match["new"]) or CLAUSAL.search(match["new"]):
        return None
    bidding = match.start("new") == 0 and is_verb(match["new"].split(" ", 1)[0])  # "Let's not …", "Help me not to …"
    return None if bidding else match


def merged(text: str, earlier: str) -> str | None:
    """The earlier statement with what the fragment corrects put right; None if nothing there fits."""
    match = fragment(text)
    if match is None:
        return None
    new, old = match["new"].strip(), (match["old"] or "").strip()
    if old:
        return replaced(earlier, old, new)
    if counted := COUNTED.match(new):
        return _recounted(counted, earlier)
    if (moments := tuple(dates.moments(f"on {new}"))) or (moments := tuple(dates.moments(new))):
        return _redated(moments, earlier)
    for kind in KINDS:
        said, places = kind.search(f"x {new}"), tuple(kind.finditer(earlier))
        if said and not places:
            return None
        if said:
            place, right = places[-1], said.group().strip()
            was = place.group().rstrip(" ,.-")
            if (YEAR.fullmatch(right) is None) != (YEAR.fullmatch(was) is None) and right.isdigit():
                return None  # a year for something else
            return earlier[: place.start()] + right + earlier[place.start() + len(was) :]
    return None


COUNTED = re.compile(
    r"^(?:the )?(?P<what>(?!(?:at|on|in|by|about|around|from|to|until)\b)[^\W\d_][\w'-]+) (?P<n>\d+[a-z]?)$",
    re.IGNORECASE,
)


def _recounted(counted: re.Match[str], earlier: str) -> str | None:
    """The earlier statement with another number of the same thing: "plot 32" for "plot 23"."""
    if re.match(dates.MONTH, counted["what"], re.IGNORECASE):
        return _redated(tuple(dates.moments(f"on {counted.group()}")), earlier)
    places = tuple(re.finditer(rf"\b{re.escape(counted['what'])} (?P<n>\d+[a-z]?)\b", earlier, re.IGNORECASE))
    if len(places) != 1:
        return None
    return earlier[: places[0].start("n")] + counted["n"] + earlier[places[0].end("n") :]


LED = re.compile(r"^(?P<lead>(?:in|on|at|from|to|for|by|with|the|an?|is|was|are|were)\b ?)+", re.IGNORECASE)
TOPICAL = re.compile(
    r"^(?P<topic>.+) (?:is|was|are|were|am) (?P<value>.+)$|^(?P<first>\S+) (?:for|on|at|in|about) (?P<of>.+)$"
)


def replaced(text: str, old: str, new: str) -> str | None:
    """The text with the new words in the place of the old ones, which may be told with what they are of."""
    topical = TOPICAL.match(old)
    if _place(text, old) is None and topical:
        topic, old = topical["topic"] or topical["of"], topical["value"] or topical["first"]
        if not (re.search(r"\d\d\d", old) or content(topic) <= content(text)):
            return None
    place = _place(text, old)
    if place is None and (day := re.fullmatch(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)", old)):
        told = [moment for moment in dates.moments(text) if re.search(rf"\b{day[1]}(?!\d)", moment.text)]
        moments = tuple(dates.moments(f"on {new}"))
        return _redated(moments, text) if len(told) == 1 == len(moments) else None
    if place is None:
        bare = LED.sub("", old)
        place, new = (_place(text, bare), LED.sub("", new)) if bare and bare != old else (None, new)
    elif LED.match(new) and not LED.match(old):
        new = LED.sub("", new)
    return f"{text[: place[0]]}{new}{text[place[1] :]}" if place else None


def _place(text: str, words: str) -> tuple[int, int] | None:
    """Where the words stand in the text; the last digits of a number stand for the whole of it."""
    number = r"[\d-]*" if re.fullmatch(r"\d{3,}", words) else ""
    found = re.search(rf"(?<!\w){number}{re.escape(words)}(?!\w)", text, re.IGNORECASE)
    return found.span() if found else None


ASIDE = re.compile(r",? (?:and )?not (?P<old>(?:[^,;.]|[,.](?=\d)){1,60})$", re.IGNORECASE)


def righted(text: str, aside: re.Match[str], earlier: str) -> str | None:
    """The earlier statement with what the text says is right where it says what is not: "…, not …"."""
    before, wrong = text[: aside.start()].rstrip(), LED.sub("", aside["old"])
    lead = aside["old"][: len(aside["old"]) - len(wrong)].split()
    if lead and (at := before.casefold().rfind(f" {lead[0].casefold()} ")) >= 0:
        right = LED.sub("", before[at + 1 :])
    elif moments := [m.text for m in dates.moments(before) if len(tuple(dates.moments(wrong))) == 1]:
        right = LED.sub("", moments[-1])
    else:
        right = " ".join(before.split()[-len(wrong.split()) :])
    return replaced(earlier, wrong, right) if wrong else None


def opposed(text: str) -> str | None:
    """ "Mia is not from Rome, she is from Pisa" as "Mia is from Pisa, not from Rome"."""
    if " not " not in f" {text} " or (match := next(filter(None, (p.match(text) for p in OPPOSED)), None)) is None:
        return None
    verbs = match.groupdict()
    if (
        STILL_TRUE.search(match["old"])
        or DOING.match(match["old"])
        or (verbs.get("u") and stem(verbs["u"]) != stem(verbs["v"]))
    ):
        return None
    return f"{match['s']} {match['v']} {match['new'].strip()}, not {match['old'].strip()}"


ERRED = re.compile(rf"\b(?:{SURE}|wrong(?:ly)?|corrections?)\b", re.IGNORECASE)
FOUND_OUT = re.compile(
    r"\b(?:(?:it|that|which|the \w+) (?:says|reads)|(?:it|that|which) (?:is|was|turns out to be|should be))"
    r" (?P<v>\d[\d.,]*\d|\d)\b",
    re.IGNORECASE,
)
TOLD_SO = re.compile(
    r"\bi (?:have |had |'ve |'d |was |always |only )*(?:been )?(?:telling|told|saying|said|thought|believed|wrote|put)"
    r"(?: (?!\d)\w+){0,3}? (?P<v>\d[\d.,]*\d|\d)\b",
    re.IGNORECASE,
)


def contradicted(before: str, text: str) -> str | None:
    """ "It says 1884. I've been telling people 1889", in either order, as "it's 1884, not 1889"."""
    for one, other in ((before, text), (text, before)):
        right, wrong = FOUND_OUT.search(one), TOLD_SO.search(other)
        if right and wrong and right["v"] != wrong["v"]:
            return f"it's {right['v']}, not {wrong['v']}"
    return None


def reclaimed(before: str, text: str) -> str | None:
    """ "I said we met in 1979" and then "It was 1981" as "we met in 1981, not 1979"."""
    claim, right = CLAIMED.search(before), RIGHTLY.match(text)
    if claim is None or right is None:
        return None
    said = claim["claim"].rstrip(" .!,;")
    now = merged(f"it's {right['new'].strip()}", said)
    if now is None or now == said:
        return None
    gone = [word for word in said.split() if word not in now.split()]
    return f"{now}, not {' '.join(gone)}" if gone else None


ADMITS = re.compile(
    r"^(?:(?:i|we) )?(?:have |had |'ve |'d |just |also |always )*(?:got (?:that|it|this|the \w+) wrong|misspoke"
    r"|mistyped|misread\b.*"
    r"|misheard\b.*|mix(?:ed)? .*\bup\b.*|made a mistake|was wrong|need to (?:correct|put|fix)"
    r" (?:something|that|this)\b.*"
    r"|(?:told you|said) \w+|(?:(?:have|got) )?(?:some |a bit of |a piece of |a few |an? )?(?:\w+"
    r" ){0,2}(?:news|updates?)(?: for you| to share)?"
    r"|(?:have |need |want |got )?to correct \w+(?: \w+){0,3}|(?:said|told you) something wrong\b.*"
    r"|made (?:a|one) (?:\w+ )?mistake\b.*)$",
    re.IGNORECASE,
)


def admits(text: str) -> bool:
    """Whether the clause only says that there was a mistake, or that there is news."""
    return ADMITS.match(text) is not None


def retracts(text: str) -> re.Match[str] | None:
    """The claim that a sentence takes back: "I told you that …, but I was wrong"."""
    if not any(verb in text for verb in ("told", "said", "wrote")):
        return None
    return RETRACTS.search(text) if WRONG.search(text) else None


LEAD = re.compile(r"^(?:(?:on|at|by|in|until|from|for|to|is|was)\b ?)(?:the )?", re.IGNORECASE)
TIMED = re.compile(r"^(?:on|at|in|by) $", re.IGNORECASE)


def _redated(moments: tuple[dates.Moment, ...], earlier: str) -> str | None:
    """The earlier statement with its last times of the same kinds put right."""
    for moment in moments:
        places = [place for place in dates.moments(earlier) if (place.kind == "clock") == (moment.kind == "clock")]
        if not places:
            return None
        place = places[-1]
        lead, bare = LEAD.match(place.text), LEAD.sub("", moment.text)
        kept = "at " if moment.kind == "clock" else "on "
        opening = "" if lead is None else (kept if TIMED.match(lead.group().split(" ")[0] + " ") else lead.group())
        earlier = f"{earlier[: place.start]}{opening}{bare}{place.match['after'] or ''}{earlier[place.end :]}"
    return earlier


def mended(text: str) -> str:
    """A fragment in one form, whatever it was said with: "it's Tuesday, not Monday"."""
    match = fragment(text)
    return f"it's {match['new'].strip()}, not {match['old'].strip()}" if match and match["old"] else text


def corrected(fact: Fact, earlier: Sequence[Fact]) -> Fact:
    """A fact that is a mere fragment ("I meant Tuesday") as the whole statement, made with the latest that it fits.

    One that says which words were wrong is looked for further back.
    """
    match = None if fact.intent == "forget" or not correcting(fact) else fragment(fact.text)
    if match is None:
        return fact
    for before in earlier[: FURTHER if match["old"] else 1]:
        text = None if fragment(before.text) else merged(fact.text, before.text)
        if text:
            return replace(fact, text=text, category=before.category, cues=(before.text, *before.cues)[:3])
    return fact
