"""What a goal asks to be done: its verb, and which verbs ask the same."""

from __future__ import annotations

import re

from recollect.ranking import STOP_WORDS, stem

_SAME = """
    book reserve
    fix repair solve resolve debug mend correct
    create make build generate set
    add append insert include
    delete remove erase drop
    send email mail forward notify message
    find search look locate check retrieve fetch query get
    convert transform turn transcode export encode
    schedule plan arrange organize set
    deploy release ship publish roll
    write compose draft prepare
    summarize summarise
    refund reimburse
    buy order purchase
    put place store bring
    move transfer relocate
    clean wash rinse wipe
    research investigate study explore
    update edit modify change adjust set
    show list display print
    compute calculate total sum
    heat warm
    cool chill
    install setup
    translate render
    rename relabel
    pay settle
    open launch start
    close shut
    analyze analyse examine inspect review
    compare contrast
"""
_OTHERS = """
    accept activate answer apply approve archive ask assign attach backup bake ban block boil call cancel charge
    choose click clone combine commit configure confirm connect copy count cut deactivate decline decrease decrypt
    demote describe disable download drag enable encrypt enter evaluate extract fill filter fold follow go import
    increase invite issue join load lock log login lower merge mix mute navigate pause peel pick plot plug pour
    preheat press promote provision pull push put quarantine raise read reboot record register reject reopen reply reset
    restart restore resume return revert rollback run save scan select serve share sign slice sort split stir stop
    submit subscribe switch take tap test toggle train type unblock uninstall unlock unmute unplug unsubscribe
    upgrade upload use validate verify visit wait water
"""
_LIGHT = frozenset("need want do get give have take make handle process perform complete issue help be go let".split())
"""Verbs that say nothing of what is done."""
_AFTER_NOUNS = frozenset("about at for from in of on to with".split())
_BEFORE = re.compile(
    r"^\W*(?:(?:hi|hey|hello|ok(?:ay)?|so|now|then|next|also|again|well|great|thanks|thank you|please|kindly|just|and"
    r"|can you|could you|would you|will you|i(?:'d| would) (?:like|love)(?: you)?(?: to)?|i (?:want|need)(?: you)?(?: to)?"
    r"|we (?:want|need)(?: you)?(?: to)?|i(?:'m| am) (?:trying|looking) to|help me(?: to)?|let(?:'s| us)|go ahead and"
    r"|your task is to|the task is to|task|goal|try to|how (?:do|can|should|would) (?:i|you|we)|how to|to|would you mind)"
    r"\b[,:!.]?\s*)+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_SAYS = re.compile(
    r"\W+(?:\w+(?:s|ed)|and|or|is|was|has|had|will|would|should|must|may|can|could|want|need|called|s|here|too)\b"
)
"""What stands after a subject, and not after a verb that asks for something."""
_NOUN = re.compile(
    r"(?:\{\w+\}|\b(?:\d+|an?|the|this|that|my|our|your|his|her|its|their|new|of))(?:\s+[^\W\d_]+|(?!\w))"
)
"""A word that is surely no verb, with what stands before it."""

_GROUPS = [{stem(word) for word in line.split()} for line in _SAME.strip().splitlines()]
_VERBS = frozenset().union(*_GROUPS, (stem(word) for word in _OTHERS.split()))


def asked(goal: str) -> str:
    """A goal without the words of courtesy before it."""
    return _BEFORE.sub("", goal)


def verb(goal: str, *, known: bool = False) -> str | None:
    """The stem of the word that a goal begins with, as its verb; None for a word that says nothing, or begins no request.

    known: only a verb of which it is known that others ask for something else.
    """
    said = asked(goal)
    words = _WORD.findall(said.casefold())[:2]
    if said.startswith("{") or not words or words[0] in STOP_WORDS or words[0] in _LIGHT:
        return None
    found = stem(words[0])
    noun = bool(words[1:]) and words[1] in _AFTER_NOUNS
    return found if found in _VERBS or not (known or noun) else None


def verbs_in(goal: str) -> set[str]:
    """The stems of the words in a goal that may be verbs and say what is done."""
    found = {stem(word) for word in _WORD.findall(_NOUN.sub(" ", goal.casefold())) if word not in _LIGHT}
    return found & _VERBS


def begins_with_name(goal: str, value: object) -> bool:
    """Whether a goal begins with this value, as a name of whom it tells something: "Ann wants …"."""
    if not isinstance(value, str) or not value[:1].isupper() or is_verb(value):
        return False
    said = asked(goal)
    return said.startswith(value) and _SAYS.match(said, len(value)) is not None


def is_verb(word: str) -> bool:
    """Whether a word is one of those that steps begin with, in any of its forms."""
    return stem(word.casefold()) in _VERBS or word.casefold() in _LIGHT


def same_verb(one: str, other: str) -> bool:
    """Whether two stems ask for the same to be done."""
    return one == other or any({one, other} <= group for group in _GROUPS)
