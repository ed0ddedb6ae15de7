"""Clauses: a sentence cut into independent statements, each without greetings, fillers and hedges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from recollect.reasoners import dates
from recollect.reasoners.attributes import PROFESSION
from recollect.reasoners.news import ADDRESS, owned
from recollect.reasoners.sentences import Sentence
from recollect.reasoners.speech import QUESTION
from recollect.reasoners.statements import FRONTED, parse
from recollect.reasoners.subjects import is_verb, split
from recollect.reasoners.words import plain, stem


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement: its text, cleaned, and the piece of the message it was taken from."""

    text: str
    quote: Sentence


STOPS = r"(?:\s*[,:!.…—–-]+\s*|\s+)"
PAUSED = (
    r"(?:hey|hi|hello|yo|hiya|howdy|good (?:morning|evening|afternoon))(?: there| everyone| all| guys"
    r"| again)?(?: [A-Z][\w'-]+)?|"
    r"thanks(?: so much| a lot| again| a million)?(?: for [\w' ]{1,40})?(?:,? [A-Z][\w'-]+)?|thank "
    r"you(?: so much| very much)?(?: for [\w' ]{1,40})?(?:,? [A-Z][\w'-]+)?|"
    r"ok(?:ay)?|alright|all right|sure(?: thing)?|no|nope|nah|like|look|listen|see|right|true|exactly"
    r"|absolutely|definitely|of course|cool|great|nice|"
    r"awesome|perfect|good|sorry|oops|correction|update|edit|note|ps|p\.s\.?|wait|hold on|my bad|my "
    r"mistake|typo|tell a lie(?: btw)?|i(?: have|'ve)? (?:got (?:that|it|this|the \w+) wrong|was wrong"
    r"|misspoke|mistyped"
    r"|made a mistake|mixed (?:that|it|them|(?:up )?the \w+)(?: up)?)|(?:i )?(?:just |also )*(?:need|have"
    r"|want|should)(?: to)? correct "
    r"(?:something|that|myself|one thing|what i \w+|\w+ \w+)(?: \w+){0,3}|i(?: have|'ve)? (?:also"
    r" )?(?:said|told you|wrote|gave you)"
    r" something wrong(?: \w+){0,3}|i(?: have|'ve)? (?:also )?made (?:a|one) (?:\w+ )?mistake(?: \w+){0,4}"
    r"|(?:i|we)(?: have|'ve)?(?: got)? (?:some |a bit of |a piece of |a few )?(?:\w+ ){0,2}(?:news"
    r"|updates?|changes?)(?: \w+){0,3}"
    r"|(?:there is|there's|there are|one|a|a few|some|two) (?:\w+ ){0,2}(?:news|updates?|changes?"
    r"|corrections?)(?: of plans?)?(?: \w+){0,2}"
    r"|(?:a )?(?:little|bit|lot|much|far)? ?(?:more|less|better|worse|earlier|later|sooner)|quick fix|a"
    r" quick one|the bad|the good"
    r"|(?:other|next|last) thing|other news|what else|about that|let me correct (?:that|myself|something)"
    r"|finally|honest(?:ly)?|guess what"
    r"|good news|bad news|big news|"
    r"great news|sad news|quick (?:update|note|correction)|news|small update|fun fact|random fact"
    r"|confession|same here|me too|congrats(?:,? [A-Z]\w+)?|good question|interesting|"
    r"that's (?:great|cool|awesome|nice|true|right|wrong|not right|a good (?:question|idea|point))"
    r"|great question|sounds (?:good|great)|first(?:ly)?|second(?:ly)?|third(?:ly)?|lastly|meanwhile"
    r"|seriously|"
    r"now|no problem|never ?mind|wrong (?:number|date|day|name|address|one|time)|phew|ugh|yay|whoa|gosh"
    r"|man|dude|bro|mate|folks|guys|team|everyone|bot"
    r"|assistant|hmm*|u[hm]+|er+m?|apparently|sadly|unfortunately|luckily|fortunately|"
    r"(?:no )?scratch that|forget that|ignore that|strike that|one (?:more )?thing|another thing|not "
    r"much|nothing much|kind of|not really|can't complain|for context|context|for reference|some "
    r"background|background|about me|me|reminder"
)
FREE = (
    r"well|so|oh|ah+|aw+|wow|woo\w*|anyways?|also|and|but|or|plus|besides|yes|yeah|yep|yup|lol|haha\w*"
    r"|hehe\w*|actually|basically|honestly|frankly|tbh|btw|fyi|imo|imho|though|"
    r"(?:ok|okay|right|yes|no|oh|hey|hi|alright)(?= (?:so|and|but|then|well|actually)\b)|in other news"
    r"|(?:nah|nope|no|sure|sorry|ok|okay|hey|hi|right|hmm)(?= (?:i|we|my|our|i'm|i've|we're)\b)|you "
    r"know(?: what)?|i mean|to be (?:honest|fair|clear|precise)|by the way|for your information"
    r"|just so you know|just fyi|in fact|as a matter of fact|for the record|funny enough|"
    r"on (?:another|a side|a different|a personal|a happier|a sad) note|as (?:i|we) (?:think (?:i|we) )?(?:said|mentioned"
    r"|told you)(?: before| earlier| already)?|like (?:i|we) (?:said|mentioned)(?: before| earlier)?"
    r"|as you (?:may |might )?(?:already )?know|"
    r"speaking of which|to answer your question|no wait|wait no|"
    r"i (?:just )?(?:wanted|want|would like|'d like|thought i'd) to (?:say|tell you|let you know"
    r"|mention|add|share|announce)(?: that)?|i (?:have to|must|should|need to|gotta) (?:say|admit"
    r"|tell you|mention|confess)(?: that)?|"
    r"let me (?:tell you|add|mention|just say)(?: that)?|(?:i think )?i(?: have|'ve)? (?:already "
    r")?(?:forgot to (?:say|mention|tell you)|mentioned|told you|said)(?: before| already| earlier| "
    r"last time)?(?: that)?(?= (?:i|we|my|our)\b)|"
    r"did i (?:mention|tell you)(?: that)?|you should know(?: that)?|(?:the )?(?:thing|fact|truth"
    r"|point|problem|good news|bad news|reason) is(?: that)?|it turns out(?: that)?|turns out(?: "
    r"that)?|"
    r"(?:i (?:think|guess|believe|suppose|feel like|have to say|realized|realised|noticed|figured|am "
    r"afraid|'m afraid|am happy to say|'m happy to say|am glad to say|am pleased to say)|it (?:looks"
    r"|seems) like)(?: that)?(?= (?:i|we|my|our|i'm|i've|we're|we've)\b)"
)
FILLER = re.compile(
    rf"\s*[\"'(]?(?:(?:{PAUSED})(?:\s*[,:!.…—–-]+\s*)|(?:{FREE}){STOPS}|(?:i|we)(?=\s*(?:\.\.|,)\s*(?:i|we)\b)\W+)",
    re.IGNORECASE,
)
VOCATIVE = re.compile(
    r"\s*(?!(?:Yesterday|Today|Tomorrow|Tonight|Now|Then|Later|Instead|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?)\b)"
    r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)?, (?!(?:my|our|the|a) [\w' -]{1,30}, )"
    r"(?=(?:I|We|My|Our|i|we|my|our|the|it|it's|he|she|they|please|from now|always|never|remember|don't)\b)"
)
TAIL = re.compile(
    r"(?:[,;–—-]+\s*you know|[\s,;–—-]+(?:lol|sorry|lmao|haha\w*|hehe\w*|though|tho|btw|by the way|to be "
    r"honest|tbh|imo|thanks(?: a lot| so much)?|thank you|please|i (?:think|guess|believe|suppose)|as "
    r"you know|"
    r"fyi|for (?:your information|what it's worth|the record)|if you (?:must|want to) know|or "
    r"(?:something|whatever|so)"
    r"|in case you (?:wondered|were wondering|care|ask)[^.]{0,40}"
    r"|and (?:all|stuff)|just so you know|as far as (?:i|we) (?:know|can tell)"
    r"|if you ask me|mind you|(?:nice|pleased|great"
    r"|good) to meet you|if i remember correctly))\s*[.!]*$",
    re.IGNORECASE,
)
STARTER = (
    r"(?:(?:now|actually|honestly|then|also|still|today|currently|recently|lately|yesterday|tomorrow|so|nowadays"
    r"|(?:like|as) (?:i|we) (?:said|mentioned|told you)|(?:as )?you know(?: what)?|unfortunately|luckily|sadly|please"
    r"|from now on|these days|at the moment|right now|since (?:this|last|yesterday|then|\w+day)(?: \w+)?"
    r"|(?:from|as of|starting|beginning) (?:next |the )?\w+(?: \w+)?|after (?:all|that)|in the meantime"
    r"|next \w+|last \w+|this (?:week|morning|month|year|time|weekend))[, ]+){0,2}"
)
JOIN = re.compile(
    rf"(?:\s*[,;]?\s*\b(?:and|but|so|yet|whereas|although|though|plus|&)\b(?: then| also| that)?"
    rf"|\s*[;:–—](?=\s)|\s+-|,|\.\.\.?|…|\s\()\s*(?={STARTER}(?P<start>\S+))",
    re.IGNORECASE,
)
LOOSE = 3
"""Words from which a remark without a verb is one of its own."""
REPEATING = re.compile(r"\b(?:said|mentioned|told|know)\b", re.IGNORECASE)
DAY = re.compile(r"day|morning|evening|night|week|month|year", re.IGNORECASE)
FIRST_PERSON = re.compile(r"(?:i|i'm|i've|i'd|i'll|im|ive|we|we're|we've|we'll|we'd)$", re.IGNORECASE)
OTHERS = re.compile(
    r"(?:my|our|he|he's|she|she's|they|they're|they've|they'd|he'd|she'd|nobody|everyone|his|her|their|it"
    r"|it's|that|that's|the|this|there|there's|you|you're"
    r"|please|remember|forget|remind|don't|always|never)$",
    re.IGNORECASE,
)
STARTERS = re.compile(STARTER, re.IGNORECASE)
PARTICIPLE = re.compile(r"(?:living|working|studying|based|married)\b", re.IGNORECASE)
ALLERGIC = re.compile(
    r"\bi(?:'m| am) (?:\w+ )?allergic(?: to (?:it|that|them|those|these|the (?:things?|stuff)))?(?=\s*(?:$|[.,;!]))",
    re.IGNORECASE,
)
"""What says that one is allergic, but not to what: that is said before or after."""
REQUESTED = frozenset({"please", "remember", "forget", "remind", "don't", "always", "never"})
AWAITING = (" changed", " new", " different", " anymore", " any more", " any longer")
ESSENTIAL = re.compile(r"which (?:is|are) (?=\+?\d|\S+@)|who(?:'s|'re| is| are|se)? ", re.IGNORECASE)
"""A relative clause that belongs to the noun before it."""
VALUED = re.compile(r"\bthe (?:[\w-]+ )?(?:code|pin|password|passcode|combination) is \S*\d", re.IGNORECASE)
BINOMIALS = frozenset(
    " ".join(map(stem, pair.split()))
    for pair in (
        "fish chips",
        "mac cheese",
        "rock roll",
        "salt vinegar",
        "peanut butter jelly",
        "bread butter",
        "gin tonic",
        "drum bass",
        "rhythm blues",
        "bacon eggs",
        "ham cheese",
        "arts crafts",
        "dungeons dragons",
        "science fiction fantasy",
        "black white",
        "meat potatoes",
        "burgers fries",
        "wine cheese",
        "cookies cream",
        "milk honey",
        "rice beans",
        "chips salsa",
        "sweet sour",
    )
)
OWNED = frozenset({"pet", "child", "possession"})
HAVING = re.compile(r"(?P<have>.{1,40}?\b(?:have|has|got|own|owns|'ve got) )(?=an? )", re.IGNORECASE)
ARTICLES = re.compile(r",?\s+and\s+(?=(?:an?|two|three|one)\s)|,\s+(?=an?\s)", re.IGNORECASE)
SET_APART = re.compile(r", (?:and |but )?not \w|\b(?:an?|my) (?:brand )?new \w+, an? (?!.* and )", re.IGNORECASE)
LISTED = frozenset({"like", "allergy", "language"})
SEPARATOR = re.compile(r",\s*(?:and\s+|or\s+|&\s*)?|\s+(?:and|or|&|as well as)\s+")


def cleaned(piece: Sentence) -> Sentence:
    """The piece without what only opens or closes a conversation."""
    start = 0
    while (match := FILLER.match(piece.text, start) or VOCATIVE.match(piece.text, start)) and match.end() > start:
        start = match.end()
    end = len(piece.text)
    while tail := TAIL.search(piece.text, max(start, end - 60), end):
        end = tail.start()
    text = piece.text[start:end]
    lead = len(text) - len(text.lstrip(" \t,;:-–—(*\"'"))
    text = text[lead:].rstrip(" \t\r\n.!,;:…–—*")
    text = text[:-1].rstrip() if text.endswith(")") and "(" not in text else text
    return piece.part(start + lead, start + lead + len(text))


def clauses(sentence: Sentence) -> Iterator[Sentence]:
    """The independent clauses of a sentence, in order, not yet cleaned."""
    at = 0
    for join in JOIN.finditer(sentence.text):
        if join.start() > at and _splits(sentence.text, at, join):
            yield sentence.part(at, join.start())
            at = join.end()
    yield sentence.part(at, len(sentence.text))


def _splits(text: str, at: int, join: re.Match[str]) -> bool:
    """Whether both sides of the join can stand alone: a subject and a verb each."""
    word, mark = join["start"].strip(",.!\"'").casefold(), join.group().strip()
    left, right = text[at : join.start()], text[join.end() :]
    if word in {"it's", "it"} and left.rstrip().casefold().endswith(AWAITING):
        return False
    opening = STARTERS.match(right)
    bare = right[opening.end() :] if opening else right
    if ESSENTIAL.match(bare) or (mark == "," and VALUED.match(right)):
        return False
    if mark == ":" and FIRST_PERSON.match(word):
        return True
    if QUESTION.match(bare):
        return mark != "" and not left.rstrip().endswith((" know", " wonder", " ask")) and _has_verb(left)
    if word[:1].isdigit() and ADDRESS.match(right):
        return True
    if ALLERGIC.match(right) or right.startswith(("I are ", "I both ")):
        return False
    if FIRST_PERSON.match(word):
        again = opening is not None and REPEATING.search(opening.group()) is not None
        return _rest_is_predicate(bare) and (_has_verb(left) or again or _loose(left, bare))
    if opening is not None and "please" in opening.group().casefold():
        return True
    if not OTHERS.match(word) and not join["start"][:1].isupper():
        return owned(plain(bare[:200])) and _has_verb(left)
    stands = split(plain(bare[:200]))[0].kind != "none" or word in REQUESTED
    return stands and (_has_verb(left) or (len(left.split()) > 1 and _loose(left, f"I {bare}")))


def _loose(left: str, right: str) -> bool:
    """Whether what stands before is a remark of its own, rather than the time, the place or the one of what follows."""
    words = cleaned(Sentence(left, 0, len(left))).text.split()
    if len(words) < LOOSE or FRONTED.match(f"{' '.join(words)}, {right}") or DAY.search(left):
        return False
    return not dates.moments(left)


def _has_verb(text: str) -> bool:
    text = plain(cleaned(Sentence(text, 0, len(text))).text)
    statement = parse(text)
    return bool(statement.predicate) and (statement.subject.kind != "none" or is_verb(text.split(" ", 1)[0]))


def _rest_is_predicate(right: str) -> bool:
    return len(right.split(None, 2)) >= 2


def statements(sentence: Sentence) -> Iterator[Clause]:
    """Every statement of the sentence: its clauses, predicates that share a subject, and items of a list."""
    for piece in clauses(sentence):
        main, told = _related(cleaned(piece).text)
        for text in _shared_subject(main):
            for item in (item for part in _apposed(text) for item in _listed(part)):
                yield Clause(item, trimmed(piece))
        yield from (Clause(text, trimmed(piece)) for text in told)


RELATED = re.compile(
    r"(?P<n>(?-i:[A-Z])[\w'-]+), who(?P<v>(?:'s| is| has|'ll| will| \w+(?:s|ed)\b) [^,;]{2,80}?)(?:,|$)", re.IGNORECASE
)


def _related(text: str) -> tuple[str, tuple[str, ...]]:
    """ "I have a son, Tom, who works at Fiat" as what it says of me, and what it says of Tom."""
    told = tuple(f"{match['n']}{match['v']}" for match in RELATED.finditer(text))
    return RELATED.sub(r"\g<n>", text) if told else text, told


APPOSED = re.compile(
    r"^(?P<s>I'm|I am|my name is|my name's) (?P<n>(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+)?),"
    r" (?P<r>(?P<a>an? )?(?P<v>\d{1,3}|(?:[\w-]+ "
    r"){0,3}[\w-]+)(?: years old)?)$",
    re.IGNORECASE,
)


def _apposed(text: str) -> Iterator[str]:
    """ "I'm Tom, a nurse" and "I'm Tom, 36" as two statements."""
    match = APPOSED.match(text)
    trade = match and (match["v"].isdigit() or PROFESSION.fullmatch(match["v"]))
    if not match or not trade:
        yield text
        return
    yield f"{match['s']} {match['n']}"
    article = "" if match["a"] or match["v"].isdigit() else "an " if match["v"][:1].casefold() in "aeiou" else "a "
    yield f"I'm {article}{match['r']}"


def trimmed(piece: Sentence) -> Sentence:
    """The piece without white space at its ends."""
    lead = len(piece.text) - len(piece.text.lstrip())
    return piece.part(lead, len(piece.text.rstrip()))


SHARED = re.compile(
    r"\s*,?\s+(?:and|but)\s+(?:also\s+|now\s+)?(?=[a-z'])|\s*,\s+(?:currently\s+|now\s+)?(?=(?:based"
    r"|married|living|working|studying|live|work|have|love|like|enjoy|study|drive|own)\w*\s)"
)


def _shared_subject(text: str) -> Iterator[str]:
    """ "I live in Oslo and work at Acme" as two statements with one subject each, where both say something known."""
    at, subject = 0, ""
    for join in SHARED.finditer(text):
        left = parse(text[at : join.start()] if not at else f"{subject} {text[at : join.start()]}")
        if left.subject.kind not in {"speaker", "person"}:
            break
        words = plain(left.text)
        subject = subject or words[: len(words) - len(split(words)[1])].strip()
        rest = text[join.end() :]
        being = "am " if subject in {"I", "we", "We"} else "is "
        rest = being + rest if PARTICIPLE.match(rest) else rest
        right = parse(f"{subject} {rest}")
        if not subject or not is_verb(rest.split(" ", 1)[0]) or not (left.slots and right.slots) or left.future:
            continue
        yield left.text
        at = join.end()
    being = ("am " if subject in {"I", "we", "We"} else "is ") if PARTICIPLE.match(text, at) else ""
    yield f"{subject} {being}{text[at:]}" if at else text


def _listed(text: str) -> Iterator[str]:
    """ "I like tea, jazz and hiking" as three statements, so that one of them can end without the others."""
    slots = parse(text).slots
    if SET_APART.search(text):
        yield text
        return
    if any(slot.attribute in OWNED for slot in slots) and (owned := HAVING.match(text)):
        yield from (owned["have"] + item.strip() for item in ARTICLES.split(text[owned.end("have") :]))
        return
    slot = next((slot for slot in slots if slot.attribute in LISTED), None)
    first = SEPARATOR.split(slot.shown)[0] if slot else ""
    before, found, rest = text.partition(first) if first else (text, "", "")
    items = _items(found + rest) if found else ()
    if len(items) < 2:
        yield text
    for item in items if len(items) > 1 else ():
        yield before + item


def _items(text: str) -> tuple[str, ...]:
    items = tuple(item.strip() for item in SEPARATOR.split(text) if item.strip())
    longest = 3 if len(items) > 2 else 2
    if any(len(item.split()) > longest for item in items) or _binomial(items):
        return ()
    return items


def _binomial(items: tuple[str, ...]) -> bool:
    return " ".join(stem(word) for item in items for word in item.split()) in BINOMIALS
