"""Topics: what a statement is filed under, how delicate it is, how long it is good for, and how to find its elders."""

from __future__ import annotations

import re

from recollect.reasoners.statements import Statement, people
from recollect.types import Sensitivity

CATEGORIES = {
    "home": "home",
    "dwelling": "dwelling",
    "household": "household",
    "origin": "origin",
    "employer": "employer",
    "job": "job",
    "school": "education",
    "studies": "education",
    "name": "name",
    "age": "age",
    "birthday": "birthday",
    "relationship": "relationship",
    "diet": "diet",
    "allergy": "allergy",
    "like": "preference",
    "language": "language",
    "car": "possession",
    "possession": "possession",
    "pet": "pet",
    "child": "family",
    "health": "health",
    "phone": "phone",
    "email": "email",
    "address": "address",
    "waking": "routine",
    "bedtime": "routine",
    "height": "body",
    "weight": "body",
}
SECRET = re.compile(
    r"\b(?:passwords?|passcodes?|passphrase|pin(?: code| number)?(?= is\b|:| \d)|cvv|cvc|card number"
    r"|credit card (?:number|is)|debit card (?:number|is)|api[ -]?keys?|secret key|private key|access "
    r"token|"
    r"auth token|seed phrase|recovery (?:code|phrase)|social security|ssn|security code|door code"
    r"|alarm code|safe code|gate code|unlock code|2fa|otp)\b|(?<!\d)(?:\d[ -]?){13,19}(?!\d)"
    r"|\bsk-\w{8,}",
    re.IGNORECASE,
)
SENSITIVE = re.compile(
    r"\b(?:diagnos\w*|asthma|diabet\w*|migraines?|cancer|depress\w*|anxiety|adhd|autis\w*|epilep\w*"
    r"|arthritis|hiv|std|covid|surgery|therap(?:y|ist)|psychiatr\w*|medication|antidepressants?"
    r"|pregnan\w*|miscarriage|"
    r"abortion|allerg\w*|disease|disorder|chronic|ptsd|ocd|bipolar|blood (?:type|pressure|sugar)"
    r"|insulin|rehab|alcoholi\w*|addict\w*|sober|suicid\w*|eating disorder|headache|illness|symptoms?"
    r"|doctor|hospital|injur\w*|cholesterol|"
    r"religio\w*|christian|catholic|protestant|muslim|islam|jewish|judaism|hindu|buddhist|atheist"
    r"|agnostic|mormon|church|mosque|synagogue|pray\w*|"
    r"republican|democrat|conservative|liberal|socialist|communist|vot(?:e|ed|ing) (?:for|against)"
    r"|political\w*|labour party|union member|"
    r"gay|lesbian|bisexual|transgender|trans|queer|nonbinary|non-binary|lgbtq?\+?|sexual\w*|asexual"
    r"|straight man|straight woman|"
    r"salary|salaries|income|debts?|loans?|mortgage|bankrupt\w*|savings|earn(?:s|ed)? (?:\$|€|£|\d)"
    r"|net worth|bank account|iban|tax(?:es)?|credit score|passport number|"
    r"arrest\w*|convict\w*|prison|jail|criminal|immigration|visa status)\b"
    r"|[$€£]\s?\d[\d,.]*k?\b.*\b(?:a year|a month|per year|per month|salary)\b",
    re.IGNORECASE,
)
NOWISH = re.compile(
    r"\b(?:right now|at the moment|today|tonight|this (?:morning|afternoon|evening)|for now|for the moment"
    r"|as we speak)\b",
    re.IGNORECASE,
)
PASSING = re.compile(
    r"^(?:am|is|are|have|has|feel|feels)\b(?!.*\b(?:start\w*|launch\w*|got|moving|turn\w*|celebrat\w*"
    r"|birthday|anniversary|married|pregnant|diagnosed|graduat\w*)\b)",
    re.IGNORECASE,
)
SOON_OVER = re.compile(
    r"^(?:am|is|are) (?:running late|stuck in|in (?:a|the) (?:meeting|call|car|train|bus|queue|traffic"
    r"|shower)|on (?:my|the) way|on (?:a|the) (?:call|bus|train|phone)|about to (?:leave|eat|sleep"
    r"|board)|tired|hungry|busy|cold|sleepy|hungover)\b"
    r"|^(?:have|has) an? (?:\w+ )?(?:headache|cold|hangover|stomach ?ache|fever|toothache|sore throat)\b",
    re.IGNORECASE,
)
DURABLE = frozenset(
    {"home", "dwelling", "employer", "job", "age", "relationship", "name", "birthday", "diet", "allergy", "school"}
)
OPINION = re.compile(r"^(?:think|believe|find|feel like|consider)\b|\bin my opinion\b", re.IGNORECASE)
AILING = re.compile(
    r"\b(?:sick|ill|injured|pain|hurts?|broke my|sprained|surgery|diagnosed|therapy|medication|doctor"
    r"|hospital|pregnant|blood pressure|flu|sore)\b",
    re.IGNORECASE,
)
FAVORITE = "favorite "


def category(statement: Statement) -> str | None:
    """The name of the attribute that the statement is about, if it is a known one."""
    for slot in statement.slots:
        if slot.attribute.startswith((FAVORITE, "prefer")):
            return "preference"
        if slot.attribute.startswith(("day of ", "hour of ")):
            return "event"
        if slot.attribute in CATEGORIES:
            return CATEGORIES[slot.attribute]
        return slot.attribute if len(slot.attribute.split()) < 4 else None
    return _unslotted(statement)


def _unslotted(statement: Statement) -> str | None:
    if OPINION.match(statement.predicate):
        return "opinion"
    if AILING.search(statement.text):
        return "health"
    if statement.future:
        return "plan"
    return "event" if statement.past and statement.times else None


def sensitivity(text: str) -> Sensitivity:
    """secret for what opens doors, sensitive for health, faith, politics, sexuality, money and law; else personal."""
    if SECRET.search(text):
        return "secret"
    return "sensitive" if SENSITIVE.search(text) else "personal"


def temporary(statement: Statement) -> bool:
    """Whether the statement is good only for now."""
    if statement.past or any(slot.attribute in DURABLE for slot in statement.slots):
        return False
    if SOON_OVER.match(statement.predicate):
        return True
    return NOWISH.search(statement.text) is not None and PASSING.match(statement.predicate) is not None


CUES = {
    "home": ("{I} live in", "{I} moved to", "{my} home is in"),
    "dwelling": ("{I} live in a flat or house",),
    "household": ("{I} live with", "{I} live alone"),
    "origin": ("{I} am from", "{I} was born in"),
    "employer": ("{I} work at", "{I} started a new job at", "{my} employer is"),
    "job": ("{I} work as a", "{my} job is", "{I} was promoted to"),
    "school": ("{I} study at", "{I} go to university"),
    "studies": ("{I} study", "{my} major is"),
    "name": ("{my} name is", "call me"),
    "age": ("{I} am years old", "{my} age is"),
    "birthday": ("{my} birthday is", "{I} was born on"),
    "relationship": ("{I} am single", "{I} am married", "{my} girlfriend boyfriend partner wife husband"),
    "diet": ("{I} am vegetarian or vegan", "{I} eat meat", "{my} diet is"),
    "allergy": ("{I} am allergic to {v}",),
    "like": ("{I} like {v}", "{I} do not like {v}", "{my} favorite {v}"),
    "language": ("{I} speak {v}",),
    "car": ("{I} drive a", "{my} car is"),
    "phone": ("{my} phone number is",),
    "email": ("{my} email address is",),
    "address": ("{my} address is",),
    "waking": ("{I} get up at",),
    "bedtime": ("{I} go to bed at",),
    "pet": ("{my} {v}",),
    "health": ("{I} have {v}",),
    "possession": ("{I} have {v}", "{I} own {v}"),
}


def cues(statement: Statement) -> tuple[str, ...]:
    """Texts that find what was said earlier about the same attribute of the same one."""
    label = statement.subject.holder.label if people(statement) else "I"
    whose = "my" if label == "I" else f"{label}'s"
    found: list[str] = []
    for slot in statement.slots:
        found += [
            cue.format(I=label, my=whose, v=slot.shown) for cue in CUES.get(slot.attribute, _named(slot.attribute))
        ]
    return tuple(dict.fromkeys(found))[:3]


def _named(attribute: str) -> tuple[str, ...]:
    event = re.sub(r"^(?:day|hour) of ", "", attribute)
    if event != attribute:
        return (event,)
    return ("{I} prefer", "{I} like {v}") if attribute.startswith("prefer") else ("{my} " + attribute + " is",)
