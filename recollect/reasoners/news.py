"""News: the ways of telling that something is now otherwise, restated as the plain statement that they make."""

from __future__ import annotations

import re

from recollect.reasoners import dates
from recollect.reasoners.attributes import ATTRIBUTE_NOUNS, EVENT_NOUNS, PRACTITIONERS
from recollect.reasoners.words import stem

KNOWN = ATTRIBUTE_NOUNS | EVENT_NOUNS
NOTED = EVENT_NOUNS | frozenset(map(stem, PRACTITIONERS))
OWN = r"(?:my|our|the|his|her|their)"
NEW_THING = (
    r"(?:phone |mobile |cell |work |home |email |e-mail |postal |delivery |mailing |street )?"
    r"(?:number|address|email|mobile|phone|surname|last name|username|handle|pin|password|boss|manager|doctor"
    r"|gp|dentist|therapist|landlord|landlady|teacher|coach"
    r"|vet|midwife|health visitor|physio|optician|hairdresser|cleaner|dispatcher|accountant"
    r"|supervisor|editor|agent|lawyer|solicitor|childminder|nanny|flatmate|roommate|neighbou?r|car|bike|laptop|job|employer)"
)
ADDRESS = re.compile(
    r"^(?:at )?(?:(?:(?:flat|apt|apartment|unit|suite) \w{1,4},? (?:\d{1,4}\w? )?|\d{1,4}[a-zA-Z]?,?"
    r" )(?:(?-i:[A-Z])[\w'-]+ ){0,3}"
    r"(?:street|st|road|rd|lane|ln|row|avenue|ave|court|close|drive|terrace|square|crescent|mews|quay|way"
    r"|place|gardens"
    r"|alley|hill|park|walk|boulevard|grove)\b|(?:(?-i:[A-Z])\w+(?:straat|strasse|straße|weg|laan|gade"
    r"|gata|gatan|vej)) \d+)"
    r".{0,60}$",
    re.IGNORECASE,
)
REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), plainly)
    for pattern, plainly in (
        # a new value, told as something got
        (
            rf"^(?:I|we) (?:have|have got|got|have gotten|have a|do have)(?: an?| my)? (?:brand )?new "
            rf"(?:phone and (?:an? )?new )?(?!phone,|mobile,|laptop|car\b|bike)(?P<n>{NEW_THING})(?: now| to go"
            rf" with it)?(?:,|:| and it is| which is|"
            rf" called"
            rf"| named| -) (?P<v>\S.*)$",
            r"my \g<n> is \g<v>",
        ),
        (
            rf"^(?:(?:my|our|the) )?(?:new )?(?P<n>{NEW_THING})(?: by the way| btw)? ?(?::|->|→|=|-)"
            rf" ?(?P<v>(?:\S*[\d@]|(?-i:[A-Z])).*)$",
            r"my \g<n> is \g<v>",
        ),
        (rf"^(?:new )?(?P<n>{NEW_THING}) is (?P<v>\S.*)$", r"my \g<n> is \g<v>"),
        (
            rf"^(?P<n>{OWN} [\w' -]+?) (?:has |have |was |got |is )?(?:changed|different|new|updated)"
            rf"[,;:. -]+(?:it is|to) (?P<v>.+)$",
            r"\g<n> is \g<v>",
        ),
        (
            rf"^(?:I|we) (?:have |had to )?(?:changed?|updated?|reset|rais(?:e|ed)|lower(?:ed)?|increas(?:e|ed)"
            rf"|reduc(?:e|ed)|cut|upped|renam(?:e|ed)) (?P<n>{OWN} [\w' -]+?) (?:from .+? )?to"
            rf" (?P<v>.+)$",
            r"\g<n> is \g<v>",
        ),
        (
            rf"^[A-Z][\w' -]*? (?:is not|is no longer) (?P<n>{OWN} [\w -]+?)(?: anymore| any longer)?[,;. -]+"
            r"(?:it|that) is (?P<v>.+)$",
            r"\g<n> is \g<v>",
        ),
        (r"^(?P<v>(?:[A-Z][\w'-]+ ?){1,3}) is (?P<n>(?-i:my|our) (?:[\w-]+ ){0,2}[\w-]+)$", r"\g<n> is \g<v>"),
        # how to be reached
        (
            r"^(?:you )?(?:can |should |please )*(?:reach|call|text|contact|email|message|ring|write to) me "
            r"(?:at|on|via|under) (?P<v>\S*[@\d]\S*(?: ?[\d-]+)*)(?: .*)?$",
            r"my contact is \g<v>",
        ),
        (
            r"^(?:please |just )*use (?P<v>\S+@\S+|\+?\d[\d -]{5,}\d)(?: .*)?$",
            r"my contact is \g<v>",
        ),
        (r"^(?P<n>(?:my|our|the) [\w' -]+?) should (?:be|read|say|have been) (?P<v>.+)$", r"\g<n> is \g<v>"),
        (
            r"^(?:please |can you |could you |will you |just )*(?:change|move|switch|push|shift) (?P<n>(?:my"
            r"|our|the) "
            r"(?:[\w'-]+ ){0,3}?[\w'-]+?) (?:from .+? )?to (?P<v>.+)$",
            r"\g<n> was moved to \g<v>",
        ),
        # the agents of a move do not matter
        (
            r"^(?!I\b|we\b|my\b|our\b)(?:[\w'-]+ ){1,5}?(?:have |has |had to |had )?(?:push|move|reschedule"
            r"|postpone|shift|delay|extend|pushed|moved"
            r"|rescheduled|postponed"
            r"|shifted|changed|delayed|extended|brought) (?P<n>(?:(?:my|our|the|(?-i:[A-Z])\w+'s) (?:[\w'-]+"
            r" ){0,3}?)?[\w'-]+?) "
            r"(?P<to>(?:back |forward |up |out )?(?:by .+? )?(?:to|until|till) .+)$",
            r"\g<n> was moved \g<to>",
        ),
        (r"^(?:the|our|my) (?:baby|babies|twins|little one) (?:is|are) (?:now )?(?:due|expected)\b", "the due date is"),
        (r"^(?:I|we) (?:am|are) due (?=on|in|at|the|around|\d|end|early|late)", "the due date is "),
        (r"^due (?=on|in|at|the|around|\d|end|early|late)", "the due date is "),
        (
            rf"^(?:my |our |the )?(?P<n>{'|'.join(sorted(PRACTITIONERS))}) is (?P<v>(?:on |at |tomorrow|next |this"
            rf" |in |\d"
            rf"|{dates.WEEKDAY}).*)$",
            r"my \g<n> appointment is \g<v>",
        ),
        (
            r"^(?:(?:the|my|our) )?(?:[\w-]+|dr\.? \w+) (?:has |have |just )*(?:took|taken|take|takes) (?:me|us) off (?:of )?"
            r"(?:the |my )?(?P<v>.+)$",
            r"I no longer take \g<v>",
        ),
        (r"^(?:then )?there is (?P<n>(?-i:[A-Z])[\w'-]+), (?P<w>my [\w-]+)$", r"\g<w> is \g<n>"),
        (
            r"^(?:I|we) (?:am|are|live|have moved) (?:in|to|at|into)? ?"
            r"(?P<v>(?!.*\b(?:hotel|hostel|weekend|holiday|until|till|for (?:a|the|two|three))\b)"
            r"\d{1,4}[a-z]? (?-i:[A-Z])[\w'-]+ (?-i:[A-Z]).*)$",
            r"my address is \g<v>",
        ),
        # getting to be
        (
            r"^(?P<o>.+?) (?:has |have )?(?:been )?(?:dethroned|replaced|overtaken|beaten|knocked) (?P<v>.+?) as "
            r"(?P<n>(?:my|our) .+)$",
            r"\g<n> is \g<o>",
        ),
        (r"^(?:I would|I 'd) rather (?:you called|be called) me ", "call me "),
        (r"^(?:I would|I 'd) (?:rather|prefer to) be called ", "call me "),
        (
            r"^(?:I|we) (?:am|are) (?:back )?in (?P<v>(?:the )?(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+)*)(?: NOW)$",
            r"I live in \g<v>",
        ),
        (r"^(?:am |are )?living in ", "I live in "),
        (r"^(?:I|we) (?:have )?(?:moved in|moved)(?P<w> together)? with ", r"I live with "),
        (
            r"^(?:(?:from .+?|as of .+?|starting .+?),? )?(?:I|we) will be (?P<v>working|living|teaching|studying) ",
            r"I am \g<v> ",
        ),
        (
            r"^(?:from|as of|starting|beginning|since) .+?,? I (?:will be|am) (?=(?:an?|the|head|responsible)\b)",
            "I am ",
        ),
        (
            r"^I (?:am|will be) (?:starting|beginning|joining) (?P<j>(?:work|an? (?:new )?(?:job|position|role)) )?"
            r"(?P<v>(?:at|with|for) .*)$",
            r"I start \g<j>\g<v>",
        ),
        (r"^I (?:am|will be) joining (?P<v>(?-i:[A-Z]).*)$", r"I joined \g<v>"),
        (
            r"^(?:I|we) can not (?:eat|drink|have|touch) (?P<v>[\w ]{2,30}?),? (?:because|since|as|so) (?:I|we)"
            r" (?:am|are)"
            r" (?:\w+ )?allergic to (?:it|that|them|those)$",
            r"I am allergic to \g<v>",
        ),
        (r"^mine is (?P<v>\+?\d[\d -]{5,}\d)$", r"my phone number is \g<v>"),
        (
            r"^(?:somebody|someone|they|thieves) (?:has |have )?(?:stole|stolen|nicked) (?P<n>.+?)(?: (?:from"
            r"|outside|at|in) .+)?$",
            r"\g<n> was stolen",
        ),
        (
            r"^(?P<n>(?!it\b|that\b|this\b|so\b|yes\b|no\b)[A-Za-z][\w'-]*(?: [\w'-]+){0,2}), (?P<s>I|we)"
            r" (?P<v>(?:have |just )*(?:stopped"
            r"|quit|gave up|given up|dropped|finished|cancelled|sold)) (?:it|that|with it|with that)\b(?: .*)?$",
            r"\g<s> \g<v> \g<n>",
        ),
    )
)
SCHEDULE = re.compile(
    rf"^(?:(?:has |have |was |were |is |are |will be |got )?(?:been )?(?:being )?(?:moved|changed|switched|rescheduled"
    rf"|shifted)(?: from .+?)?(?: over)? to|takes? place|meets?|happens?|starts?|is|are|will be)(?: now)?"
    rf"(?: on| every| each| other)* {dates.WEEKDAY}",
    re.IGNORECASE,
)
BARE = re.compile(
    r"^(?P<n>(?!(?:i|we|you|he|she|it|they|my|our|your|his|her|their|the|an?|this|that|these|those|there|what|who|how"
    r"|any|some|no|every|each|if|so|and|but|one|here)\b)[a-z][\w-]*(?: (?!and\b|or\b)[a-z][\w-]*){0,2}?)"
    r"(?P<p> (?:for|with|of) (?:the |my |our )?[\w-]+(?: [A-Z][\w-]+)?)? (?P<v>(?:is|are|was|were|has"
    r"|have|got|will|starts?"
    r"|begins?|takes|changed|moved|meets|runs|happens)\b.*)$",
    re.IGNORECASE,
)
NOTE = re.compile(
    r"^(?:next |another )?(?P<n>(?!(?:i|we|you|see|meet|call|my|the|an?)\b)[a-z][\w-]*(?: [a-z][\w-]*){0,2}?)"
    r"(?P<w> with [\w. ]{2,30}?)? (?=(?:on|at|every|tomorrow|next|this) )",
    re.IGNORECASE,
)
KIN = re.compile(r"(?:mum|mom|dad|grandma|grandpa|granny|gran|nan)(?:'s)? (?!(?-i:[A-Z]))", re.IGNORECASE)
NOW = re.compile(r"\b(?:now|these days|nowadays|still|at last|as of|since|by now)\b", re.IGNORECASE)
HABIT = re.compile(
    r"^(?:I|we) (?:always|usually|normally|generally|mostly|typically) (?:book|take|choose|pick|order|sit"
    r" (?:in|by|at)|go for"
    r"|buy|get|reserve|ask for|request) (?P<v>(?:an?|the) [\w-]+(?: [\w-]+)?)(?:,.*| because .*| when .*| on .*)?$",
    re.IGNORECASE,
)
AWAY = re.compile(
    r"\b(?:for (?:a|the|two|three|\d)|until|till|weekend|holiday|trip|visit\w*|today|tonight|this week|airport|hotel"
    r"|stuck|traffic|hospital|meeting)\b",
    re.IGNORECASE,
)


def restated(text: str, said: str) -> str:
    """The statement in plain form, given as it was said with its adverbs too."""
    if NOW.search(said) and not AWAY.search(said):
        text = re.sub(r"^(?P<s>(?:I|[wW]e) (?:am|are) in [A-Z].*)$", r"\g<s> NOW", text)
    if ADDRESS.match(text):
        return f"my address is {text}"
    text = HABIT.sub(r"I prefer \g<v>", said) if HABIT.match(said) else text
    for pattern, plainly in REWRITES:
        text = pattern.sub(plainly, text)
    text = text.removesuffix(" NOW")
    text = f"my {text[:1].lower()}{text[1:]}" if KIN.match(text) else text
    if (note := NOTE.match(text)) and stem(note["n"].rsplit(" ", 1)[-1]) in NOTED and _at_once(text[note.end() :]):
        appointment = "appointment " if note["n"].casefold() in PRACTITIONERS else ""
        return f"my {text[: note.end()]}{appointment}is {text[note.end() :]}"
    if not owned(text):
        return text
    return f"my {text}" if text.split(" ", 1)[0].isupper() else f"my {text[:1].lower()}{text[1:]}"


def _at_once(text: str) -> bool:
    """Whether the text is a time from its first word on."""
    return any(moment.start == 0 for moment in dates.moments(text)) or dates.WEEKLY.match(text) is not None


def owned(text: str) -> bool:
    """Whether it begins with a bare noun that something like a date is told of: "standup is at 10"."""
    bare = BARE.match(text)
    return bare is not None and (stem(bare["n"].rsplit(" ", 1)[-1]) in KNOWN or SCHEDULE.match(bare["v"]) is not None)
