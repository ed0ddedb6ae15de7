"""Corrections: "sorry, I meant Tuesday" and "it's Jon, not John" said as the whole statement that they set right."""

from __future__ import annotations

import re
from dataclasses import replace

from recollect.reasoners import dates
from recollect.types import Fact

MARK = re.compile(
    r"^\W*(?:(?:oh|ah|oops|hmm|ugh|um|well|ok|hey|and|but|yeah|hi|please)\W+)*(?:sorry|actually|oops"
    r"|correction|no|nope|wait|hold on|my bad|my mistake|scratch that|typo|wrong (?:number|date|day"
    r"|name|address|time)|i (?:meant|misspoke"
    r"|mistyped|was wrong|made a mistake|got that wrong)|"
    r"that(?:'s| is| was) (?:wrong|not right|incorrect|a typo)|to be (?:precise|exact|clear)|i mean"
    r"|turns out|it turns out|strike that|to correct myself|small correction|quick correction|let me "
    r"correct)\b"
    r"|\b(?:i meant|i mean(?!t)|not \w+ as i said|(?:i was|you(?:'re| are)) wrong|by mistake"
    r"|mistakenly|misspoke|correct(?:ion|ing) (?:that|myself|to|:)|is (?:actually )?spel(?:led|t)"
    r"|spelled|after all|in fact|rather than what i said|earlier i said|i said .* but)\b",
    re.IGNORECASE,
)
MEANT = re.compile(
    r"^(?:i (?:actually )?mean[t]?(?: to (?:say|write|type))?|make that|should be|it should (?:be|say)"
    r"|it(?:'s| is)(?: actually)?|that(?:'s| is)|that should be) (?P<new>[\w:'’+@. -]{1,60}?)(?:,? (?:and "
    r")?not (?P<old>[\w:'’+@. -]{1,60}))?$",
    re.IGNORECASE,
)
CONTRAST = re.compile(
    r"^(?!(?:i|i'm|we|my|our|he|she|they|you)\b(?! meant| said))(?:it(?:'s| is)(?: actually| spelled)?"
    r"|that(?:'s| is)|i meant|i said|make that|should be|it should be)?\s*(?P<new>[\w:'’+@.-]+(?: "
    r"[\w:'’+@.-]+){0,4}?),? (?:and )?not (?P<old>[\w:'’+@.-]+(?: [\w:'’+@.-]+){0,4})$",
    re.IGNORECASE,
)
SAYS = re.compile(r"\b(?:is|are|was|were|am|has|have|lives?|works?|likes?)\b", re.IGNORECASE)
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
    re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE),
    re.compile(r"\b\d{1,2}(?::\d\d)? ?(?:am|pm)\b|\b\d{1,2}:\d\d\b", re.IGNORECASE),
    re.compile(rf"\b{dates.MONTH}", re.IGNORECASE),
    re.compile(r"\d[\d .,-]*"),
    re.compile(r"(?<=\w )(?!I\b)[A-Z][\w'-]+(?: [A-Z][\w'-]+)*"),
)


def correcting(fact: Fact) -> bool:
    """Whether the fact says that something said before was wrong, rather than that the world has changed."""
    quote = fact.sources[0].quote if fact.sources else fact.text
    if CONTRAST.match(fact.text):
        return True
    mark = MARK.search(quote)
    return mark is not None and CHANGED.search(quote.replace(mark.group(), " ")) is None


def fragment(text: str) -> re.Match[str] | None:
    """The new words, and the old ones where they are said, of a correction that is no statement of its own."""
    match = CONTRAST.match(text) or MEANT.match(text)
    return None if match is None or SAYS.search(match["new"]) else match


def merged(text: str, earlier: str) -> str | None:
    """The earlier statement with what the fragment corrects put right; None if nothing there fits."""
    match = fragment(text)
    if match is None:
        return None
    new, old = match["new"].strip(), (match["old"] or "").strip()
    if old:
        found = re.search(rf"(?<!\w){re.escape(old)}(?!\w)", earlier, re.IGNORECASE)
        return earlier[: found.start()] + new + earlier[found.end() :] if found else None
    for kind in KINDS:
        said, places = kind.search(f"x {new}"), tuple(kind.finditer(earlier))
        if said and not places:
            return None
        if said:
            place = places[-1]
            return earlier[: place.start()] + said.group().strip() + earlier[place.end() :].lstrip(",")
    return None


def corrected(fact: Fact, earlier: Fact | None) -> Fact:
    """A fact that is a mere fragment ("I meant Tuesday") as the whole statement, made with the one before it."""
    if earlier is None or fact.intent == "forget" or not correcting(fact):
        return fact
    text = merged(fact.text, earlier.text)
    return replace(fact, text=text, category=earlier.category, cues=(earlier.text, *earlier.cues)[:3]) if text else fact
