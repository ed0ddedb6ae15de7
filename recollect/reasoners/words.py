"""Words: English text in one plain form, and what of it carries meaning.

`normal` writes contractions out; `content` is the set of canonical stems that two statements are compared by.
"""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


STEMMER = snowballstemmer.stemmer("english")
WORD = re.compile(r"[^\W_]+(?:[.'@+/:-][^\W_]+)*", re.UNICODE)
QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " "})

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
EXPANSIONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"\bi['’]?m\b", "I am"),
        (r"\bi['’]?ve\b", "I have"),
        (r"\bi'd\b", "I would"),
        (r"\bi'll\b", "I will"),
        (r"\bcan(?:'?t|not)\b", "can not"),
        (r"\bwon'?t\b(?! the| a\b)", "will not"),
        (r"\b(do|does|did|is|are|was|were|has|have|had|could|would|should|ai|need|must)n'?t\b", r"\1 not"),
        (r"\b(we|you|they|who|what)'re\b", r"\1 are"),
        (r"\b(we|you|they|who)'ve\b", r"\1 have"),
        (r"(\w)'ll\b", r"\1 will"),
        (r"\b(he|she|we|you|they|it|that|there)'d\b", r"\1 would"),
        (r"\b(s?he|it|that|there|who|everyone|everything)'s (?=(?:been|got|had|become)\b)", r"\1 has "),
        (r"\b(s?he|it|that|there|here|what|who|where|this|everyone|everything)'s\b", r"\1 is"),
        (r"(\w)'s (?=(?:been|got|had)\b)", r"\1 has "),
        (
            r"(\w)'s (?=(?:\w+ing|an?|not|gone|allergic|pregnant|now|very|so|really|still|just|always|never|also"
            r"|fine|ok"
            r"|okay|sick|ill|due|called|in|at|on|off|out|from|too|been|\d{3}-[\d-]+|\d+|three|four|five|six|seven"
            r"|eight|nine|ten"
            r"|eleven|twelve|thirteen|fourteen|fifteen|sixteen)\b(?!-))",
            r"\1 is ",
        ),
        (rf"(\w)'s (?=(?-i:{MONTHS}) \d|[£$€]\d|(?:only|due) )", r"\1 is "),
        (
            r"^((?:so |and )?(?:my|our|the) [\w -]{2,24}?)'s (?=(?:now )?"
            r"(?-i:[A-Z])[\w'-]+(?:$|[,.;]| now\b| and (?:his|her|he|she)\b))",
            r"\1 is ",
        ),
        (
            r"^((?:(?:my|our|the) )?(?:[\w-]+ )?[\w-]+)'s (?=(?-i:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
            r"(?:$|,| (?:at|now|from|instead|and)\b))",
            r"\1 is ",
        ),
        (r"^name's (?=(?-i:[A-Z]))", "my name is "),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "have to"),
        (r"\bkinda\b", "kind of"),
        (
            r"\b(going|trying|looking|planning|working|loving|living|doing|getting|having"
            r"|thinking)(?<!g)in'(?=\s|$)",
            r"\1g",
        ),
        (r"\bany ?more\b", "anymore"),
    )
)
EXPANDED = vocabulary(
    "im ive gonna wanna gotta kinda cannot cant wont any dont doesnt didnt isnt arent wasnt werent "
    "hasnt havent hadnt couldnt "
    "wouldnt shouldnt aint neednt mustnt"
)
LOWER_I = re.compile(r"\bi(?= |$)")
CANNOT_STAND = re.compile(r"\bcan not (?:stand|bear|abide)\b(?! (?:up|on|in|for|at|still))", re.IGNORECASE)
ADVERBS = re.compile(
    r"\b(?:really|actually|honestly|basically|literally|totally|definitely|certainly|probably|simply|truly|obviously|"
    r"just|also|currently|presently|recently|finally|already|still|even|pretty much|kind of|sort of|quite|absolutely|"
    r"officially|permanently|mostly|mainly|generally|apparently|sadly|unfortunately|luckily|fortunately|usually|"
    r"normally|typically|often|always|sometimes|eventually|too|very|so|now|nowadays|these days|at the moment|"
    r"right now|lately|personally|only|both|all|newly|happily|proudly|ever)\b(?! (?:to|of|in charge|called)\b) ?",
    re.IGNORECASE,
)

IRREGULAR = dict(
    pair.split(":")
    for group in (
        "went:go gone:go goes:go bought:buy got:get gotten:get had:have has:have did:do does:do done:do made:make",
        "said:say told:tell ate:eat eaten:eat drank:drink drunk:drink drove:drive driven:drive rode:ride wrote:write",
        "written:write ran:run swam:swim sang:sing sold:sell left:leave lost:lose found:find met:meet saw:see seen:see",
        "took:take taken:take taught:teach thought:think began:begin begun:begin broke:break broken:break came:come",
        "became:become felt:feel kept:keep knew:know known:know spent:spend spoke:speak spoken:speak slept:sleep",
        "woke:wake wore:wear won:win grew:grow grown:grow gave:give given:give flew:fly flown:fly chose:choose",
        "chosen:choose built:build paid:pay read:read sent:send children:child wives:wife lives:live mice:mouse",
        "held:hold stood:stand caught:catch fell:fall fallen:fall brought:bring drew:draw drawn:draw "
        "threw:throw heard:hear",
        "led:lead lent:lend shook:shake stole:steal stolen:steal stuck:stick understood:understand hidden:hide",
        "rang:ring rung:ring bit:bite bitten:bite tore:tear torn:tear sat:sit hung:hang feet:foot "
        "teeth:tooth people:person men:man women:woman meant:mean learnt:learn spelt:spell dying:die",
    )
    for pair in group.split()
)
SYNONYMS = {
    word: group.split()[0]
    for group in (
        "like love enjoy adore fond keen fan loving liking",
        "dislike hate detest loathe despise",
        "buy purchase",
        "get receive obtain acquire",
        "start begin commence",
        "kid child toddler",
        "mother mum mom mommy mummy mama",
        "father dad daddy papa",
        "flat apartment apt",
        "bike bicycle",
        "film movie",
        "phone cellphone smartphone telephone mobile cell",
        "vacation holiday",
        "doctor physician gp",
        "favorite favourite fave fav",
        "color colour",
        "gray grey",
        "job occupation profession",
        "company employer firm",
        "live reside dwell",
        "partner spouse",
        "email e-mail mail",
        "brief short concise",
        "detailed long lengthy elaborate thorough",
        "tv television",
        "car automobile auto",
        "city town",
        "sick ill",
        "trip journey voyage",
        "quit resign",
        "meeting mtg",
        "appointment appt",
        "photo picture pic",
        "delete remove erase",
    )
    for word in group.split()
}
UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = {
    **{word: str(number) for number, word in enumerate(UNITS)},
    **{word: str(10 * number) for number, word in enumerate(TENS, start=2)},
}
STOP = vocabulary(
    "a an the this that these those some any each every no not i me my mine myself we us our ours ourselves you your "
    "yours he him his she her hers it its they them their theirs who whom whose which what there "
    "here one's am is are "
    "was were be been being do does did done doing have has had having will would shall should can could may might "
    "must of in on at to from by with for about as into onto over under up down out off than then so too very and or "
    "but if because while also just really actually still already now anymore longer again ever never always usually "
    "currently recently lately nowadays today's well okay yes yeah please got get gets getting go goes going went "
    "gone such quite rather pretty bit lot lots much many more most thing things way kind sort let's "
    "s t d ll re ve m "
    "o'clock since until per via new old said say says tell told instead both all only even though although however "
    "own back around call called name's pm without finally officially days right moment named"
)
NEGATION = re.compile(r"\b(?:not|never|no longer|nobody|nothing|neither|nor|hardly|without|no)\b|n't\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """The same text with straight quotes, contractions written out and single spaces."""
    text = " ".join(text.translate(QUOTES).split())
    if "'" in text or not EXPANDED.isdisjoint(text.casefold().split()):
        for pattern, replacement in EXPANSIONS:
            text = pattern.sub(replacement, text)
    if "i" in text.split():
        text = LOWER_I.sub("I", text)
    return CANNOT_STAND.sub("hate", text) if "can not" in text else text


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The normal form without the adverbs that change no fact."""
    return " ".join(ADVERBS.sub("", normal(text)).split()).rstrip(" .!,;")


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The canonical form of a word: irregular forms, synonyms and number words folded, then stemmed."""
    word = word.casefold().removesuffix("'s").removesuffix("'")
    word = NUMBERS.get(word) or IRREGULAR.get(word, word)
    if word in SYNONYMS:
        return SYNONYMS[word]
    stemmed: str = STEMMER.stemWord(word) if word.isalpha() else word
    return SYNONYMS.get(stemmed, stemmed)


def akin(word: str, other: str) -> bool:
    """Whether two stems are of one family of words, as "suspend" and "suspens" are."""
    size = min(len(word), len(other))
    return size > 4 and word[: max(5, size - 2)] == other[: max(5, size - 2)]


def stems(text: str) -> tuple[str, ...]:
    """Canonical stems of the words that carry meaning, in order."""
    return tuple(stem(word) for word in WORD.findall(text) if word.casefold() not in STOP)


@lru_cache(maxsize=8192)
def content(text: str) -> frozenset[str]:
    """The set of canonical stems that carry meaning."""
    return frozenset(stems(normal(text)))
