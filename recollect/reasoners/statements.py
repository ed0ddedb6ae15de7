"""Statements: what a clause says, as far as rules can tell, in a form in which two statements can be compared.

A slot is an attribute and its value. A single slot holds one value at a time (home, employer, a favourite colour), so a
new value replaces the old one; a multiple slot (likes, pets, languages) holds many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from recollect.reasoners import dates
from recollect.reasoners.subjects import SPEAKER, Subject, canonical, is_verb, split
from recollect.reasoners.words import NEGATION, content, normal, plain, stem, stems, vocabulary


@dataclass(frozen=True, slots=True)
class Slot:
    """An attribute of the statement's subject, its value as canonical stems and as said."""

    attribute: str
    value: frozenset[str]
    shown: str
    single: bool = True
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed clause. `words` are the meaningful stems of the whole, `core` those outside time expressions."""

    text: str
    subject: Subject
    predicate: str
    slots: tuple[Slot, ...]
    words: frozenset[str]
    core: frozenset[str]
    times: tuple[str, ...]
    negative: bool
    ended: bool
    past: bool
    future: bool

    def slot(self, attribute: str) -> Slot | None:
        """Its slot of that name, if it has one."""
        return next((slot for slot in self.slots if slot.attribute == attribute), None)


FUTURE = re.compile(
    r"^(?:(?:(?:am|is|are|was|were) )?(?:going to|planning|about to|hoping to|thinking (?:of|about)|considering|aiming to"
    r"|looking (?:forward )?to|moving to|relocating to|leaving for|getting married)"
    r"|will|shall|might|may|plan(?:s|ned)? (?:to|on)|hopes? to|intends? to|wants? to|would (?:like|love) to|decided to)\b",
    re.IGNORECASE,
)
BE_GOING = re.compile(
    r"^(?:am|is|are) (?:moving|relocating|getting (?:married|a|an)|starting|leaving|flying|travell?ing|visiting|changing|"
    r"switching|joining|retiring|buying|adopting|going)\b",
    re.IGNORECASE,
)
PAST_VERB = re.compile(
    r"^(?:had|did|was|were|used to|went|bought|got|made|said|told|ate|drank|drove|rode|wrote|ran|swam|sang|sold|left|lost|"
    r"found|met|saw|took|taught|thought|began|broke|came|became|felt|kept|knew|spent|spoke|slept|woke|wore|won|grew|gave|"
    r"flew|chose|built|paid|sent|read|heard|held|hit|put|cut|hurt|fell|caught|brought|quit|fed|led|stood|threw|lit|"
    r"\w{2,}ed)\b(?! to be\b)",
    re.IGNORECASE,
)
NOT_PAST = re.compile(r"^(?:need|feed|speed|bleed|breed)\b", re.IGNORECASE)
ENDED = re.compile(r"\bno longer\b|\bnot?\b.*\b(?:anymore|any longer)\b|\bnever\b.*\banymore\b", re.IGNORECASE)
DENIAL = re.compile(r"\b(?:do|does|did)? ?(?:not|never)\b|\b(?:no longer|anymore|any longer)\b", re.IGNORECASE)
DOES = re.compile(r"^(?:do|does) (?=\w)", re.IGNORECASE)
CUT = re.compile(
    r",? (?:because|since|not|but|so|and (?=i\b|we\b|my\b|our\b|it\b|that\b|started|work|live|have|am\b)|which|who|where|when|while|with|until|as|"
    r"after|before|if|though|although|near|thanks|anymore|again|instead|for (?=a\b|an\b|work|now|the|about|\d|my|good|years|many|over)|"
    r"these|from|to be|due|rather)\b.*|[,;(–—].*| - .*",
    re.IGNORECASE,
)
CAPITAL = re.compile(r"(?:the |downtown |central |north(?:ern)? |south(?:ern)? |east(?:ern)? |west(?:ern)? |a |an )*[^\W\d_a-z]")
DWELLING = frozenset(
    map(
        stem,
        vocabulary(
            "flat apartment house dorm studio condo townhouse bungalow cottage farm trailer loft village suburb suburbs "
            "countryside city town cabin van boat place duplex"
        ),
    )
)
PROFESSION = re.compile(
    r"(?:[\w-]+ ){0,5}?(?:\w*(?:er|or|ist|ian|eer|smith|man|woman|wright|ant|logist|ologist)|nurse|chef|cook|pilot|judge|baker|model|"
    r"student|intern|freelance|attendant|architect|paramedic|mechanic|engineer|coach|guide|clerk|monk|vet|surgeon|dev|"
    r"sysadmin|devops|cto|ceo|cfo|pm|lead|founder|analyst|scientist|artist|head|director|vp|president|apprentice|au pair|"
    r"consultant|accountant|assistant|agent|diplomat|pastor|priest|politician|soldier|musician|dj|trainee|professor)"
    r"(?= (?:at|for|in|by|with|on|of|now|specialis|who|from)\b|$|[,.;])",
    re.IGNORECASE,
)
NOT_PROFESSIONS = vocabulary(
    "mother father sister brother daughter grandmother grandfather stepmother stepfather person member lover believer "
    "drinker smoker eater owner reader gamer swimmer beginner vegetarian christian fan christian libertarian italian "
    "norwegian australian canadian brazilian russian ukrainian indian asian iranian egyptian persian hungarian bulgarian "
    "romanian austrian belgian sleeper thinker follower supporter newcomer foreigner listener collector winner partner "
    "survivor sufferer donor neighbor stranger outsider loner walker lander human woman man german sagittarian procrastinator "
    "overthinker learner user customer subscriber voter riser speaker riser planner texter type morning introvert buyer other "
    "visitor better later older younger bigger smaller lesbian aries minor senior junior water whatever either never giant "
    "teenager volunteer perfectionist traveler traveller optimist pessimist feminist atheist buddhist minimalist pacifist "
    "humanist realist idealist socialist communist capitalist centrist"
)
RELATION = r"single|married|engaged|divorced|separated|widowed|a widow|a widower|in a (?:\w+[- ])*?relationship|in a (?:\w+ )?marriage"
DIETS = (
    r"vegan|vegetarian|veggie|pescatarian|pescetarian|flexitarian|omnivore|carnivore|keto|paleo|gluten[- ]free|dairy[- ]free|"
    r"lactose[- ]intolerant|celiac|coeliac|halal|kosher|plant[- ]based|low[- ]carb|sugar[- ]free"
)
LIKE = (
    r"(?:like|love|enjoy|adore|fancy)s?|(?:am|is|are|have become|got|getting) (?:\w+ )?(?:into|fond of|keen on|obsessed with|crazy about|"
    r"mad about|partial to|hooked on|in love with|interested in|passionate about)|(?:am|is|are|have become) (?:an? )?(?:\w+ )?fans? of|(?:have|has) (?:grown|come) to (?:like|love|enjoy)|"
    r"(?:started|began) (?:liking|loving|enjoying)"
)
DISLIKE = (
    r"(?:hate|dislike|detest|loathe|despise)s?|(?:am|is|are) (?:\w+ )?(?:sick|tired|scared|afraid|terrified) of|"
    r"(?:started|began|have grown to|has grown to|have come to) (?:hate|hating|dislike|disliking)|(?:got|am) (?:bored|fed up) (?:of|with)|(?:have )?gone off|went off|(?:have )?lost interest in"
)
ONE_WORD_NUMBER = r"(?:\d{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|eighteen|nineteen|seventeen|sixteen|fifteen|fourteen|thirteen|twelve|eleven|ten|nine|eight|seven|six|five|four|three|two|one)"
BE = r"(?:am|is|are)"
HAVE = r"(?:(?:have|has) )?"

# attribute, single, pattern over the affirmative predicate in plain form
PATTERNS: tuple[tuple[str, bool, re.Pattern[str]], ...] = tuple(
    (attribute, single, re.compile(pattern, re.IGNORECASE))
    for attribute, single, pattern in (
        (
            "home",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:live|lives|living|lived|reside|resides|residing|based|located)(?: (?:back|out|over|down|up|alone))?(?: here)? (?:in|at|on) (?P<v>.+)",
        ),
        (
            "home",
            True,
            rf"{HAVE}(?:moved|relocated)(?: (?:back|out|over|down|up|away|here|home|house))?(?: from [^,]+?)? (?:to|into|in) (?!with\b|together)(?P<v>.+)",
        ),
        ("home", True, rf"{HAVE}settled(?: down)? in (?P<v>.+)"),
        ("home", True, r"call (?P<v>[A-Z].+?) (?:my |our )?home\b"),
        ("household", True, rf"(?:{BE} )?(?:live|lives|living) (?P<v>alone|with .+|by myself)"),
        ("household", True, rf"{HAVE}moved in (?P<v>together|with .+)"),
        ("origin", True, rf"(?:{BE} (?:originally )?from|come from|comes from|was born(?: and raised)? in|grew up in) (?P<v>(?-i:(?:the )?[A-Z]).+)"),
        (
            "employer",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:work|works|working|worked|employed|volunteering)(?: (?:full[- ]time|part[- ]time|remotely|over|up|out))?(?: as (?:an? |the )?.+?)? (?:at|for|with|by|over at) (?P<v>.+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:started|start|starts|began)(?: working| to work| work| an? (?:new )?(?:job|role|position)| (?:my|his|her) new (?:job|role|position))?(?: as (?:an? |the )?.+?)? (?:at|with|for) (?P<v>.+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:got|landed|accepted|took|found|switched to|started|have) (?:an? |the |my )?(?:new )?(?:\w+ ){{0,2}}?(?:job|position|role|offer)(?: offer)?(?: as (?:an? |the )?.+?)? (?:at|with|from) (?P<v>.+)",
        ),
        ("employer", True, rf"{HAVE}(?:joined|switched (?:jobs|companies) to|left .+? (?:for|to join)) (?P<v>(?-i:[A-Z]).+)"),
        ("employer", True, rf"(?:{BE}|{HAVE}been|became) (?:an?|the|head|our|now) (?:[\w-]+ ){{1,4}}?(?:at|for|with) (?P<v>(?-i:[A-Z]).+)"),
        ("employer", True, rf"{BE} (?:with|at) (?P<v>(?-i:[A-Z])[\w&.'-]+(?: (?-i:[A-Z])[\w&.'-]+)*)$"),
        (
            "job",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:work|works|working|worked|employed|started|start|starts|began|started working|got a (?:new )?job|got hired|hired|got a new position)(?: (?:full|part)[- ]time)?(?: (?:at|for) .+?)? as (?:an? |the )?(?P<v>.+)",
        ),
        (
            "job",
            True,
            rf"{HAVE}(?:been |got |gotten |was )?promoted to (?:an? |the )?(?P<v>.+)",
        ),
        ("job", True, rf"{HAVE}(?:{BE}|became|become|switched to being|trained as|been) (?:(?:now|an?|the|our|my|their|its|head) )+?(?P<v>{PROFESSION.pattern})"),
        ("job", True, rf"{BE} (?P<v>retired|unemployed|self-employed|freelancing|between jobs|out of work|a stay[- ]at[- ]home \w+|on (?:maternity|paternity|parental) leave)\b"),
        ("job", True, rf"{HAVE}(?P<v>retired|got laid off|was laid off|been laid off|got fired|was fired)\b"),
        ("school", True, rf"(?:{BE} )?(?:an? )?(?:[\w-]+ )*?student at (?P<v>.+)"),
        ("employer", True, rf"{HAVE}(?:got|was|been|were) (?:just )?(?:hired|employed|headhunted) (?:by|at) (?P<v>.+)"),
        ("school", True, rf"(?:{BE} )?(?:stud(?:y|ies|ying)|a student|enrolled|going|go|goes)(?: .+?)? (?:at|to) (?P<v>(?:the )?(?:[\w'-]+ ){{0,4}}(?:university|college|school|academy|institute|uni)\b.*)"),
        ("studies", True, rf"(?:{BE} )?(?:stud(?:y|ies|ying)|majoring in|major in|majors in|doing a (?:degree|master's|phd|bachelor's) in) (?P<v>(?!for\b|at\b|hard\b|abroad|with|in\b).+)"),
        ("name", True, r"(?:am|is|are)(?: called| named)? (?:spelled |spelt |actually )?(?P<v>(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+){0,3})$"),
        ("name", True, r"(?:(?:am|is|are) (?:called|named)|go by|goes by|prefer to be called) (?P<v>[\w'-]+(?: [A-Z][\w'-]+)*)"),
        ("age", True, rf"(?:{BE}|turned|turns|{HAVE}turned) (?P<v>{ONE_WORD_NUMBER})(?: years?(?: old| of age)?)?(?: and a half)?(?=$|[.,;!]| (?:and|but|now|today|last|this|in|on|next)\b)"),
        ("age", True, rf"{BE} an? (?P<v>\d{{1,3}})[- ]years?[- ]old\b"),
        ("age", True, rf"{BE} (?P<v>{ONE_WORD_NUMBER}(?: and a half)? (?:years?|months?|weeks?) old)"),
        ("relationship", True, rf"(?:{BE}|got|{HAVE}been|{HAVE}gotten|was) (?P<v>{RELATION}|together)\b"),
        ("relationship", True, rf"{HAVE}(?P<v>(?:broke|broken|split|splitting) up|separated|got(?:ten)? (?:married|engaged|divorced)|divorced)\b"),
        ("relationship", True, rf"(?:(?:{BE} |{HAVE}(?:been |started ))?(?P<v>(?:dating|seeing (?:someone|somebody|(?-i:[A-Z])\w+)|married to|engaged to|in a relationship with)\b.*)|married (?P<w>(?-i:[A-Z])\w+.*))"),
        ("relationship", True, r"have (?P<v>an? (?:new )?(?:girlfriend|boyfriend|fianc[eé]e?|partner|wife|husband))\b"),
        ("diet", True, rf"(?:{BE}|went|became|turned|{HAVE}(?:been|gone|become|turned)|eat|follow|am on|is on)(?: (?:an?|on|a strict|strictly|strict|fully))* (?P<v>{DIETS})\b"),
        ("diet", True, r"(?:eat|eats|started eating|eating|am eating|began eating) (?P<v>(?:meat|fish)(?: and (?:meat|fish))?)\b"),
        ("allergy", False, rf"(?:{BE}|{HAVE}(?:become|developed)) (?:\w+ )?allergic to (?P<v>.+)"),
        ("allergy", False, rf"{HAVE}(?:have|has|got|developed) (?:an? )?(?:\w+ )??(?P<v>(?:\w+ )?)allerg(?:y|ies)(?: to (?P<w>.+))?"),
        ("prefer", True, r"(?:(?:have come to |started to )?prefers?|would rather have) (?P<v>.+?) (?:over|to|than|rather than|instead of) (?P<w>.+)"),
        ("prefer", True, r"(?:(?:have come to |started to )?prefers?|favou?rs?) (?P<v>.+)"),
        ("dislike", False, rf"(?:{DISLIKE}) (?P<v>.+)"),
        ("like", False, rf"(?:{LIKE})(?: to)? (?P<v>.+)"),
        ("language", False, r"(?:speaks?|fluent in|am fluent in|is fluent in|am learning|is learning) (?:fluent |some |a bit of |a little |basic )*(?P<v>(?-i:[A-Z])\w+.*)"),
        ("car", True, rf"{HAVE}(?:drive|drives|driving|am driving) (?:an? |my |our )(?P<v>.+)"),
        ("waking", True, r"(?:get|gets|wake|wakes) up at (?P<v>.+)"),
        ("bedtime", True, r"(?:go|goes) to (?:bed|sleep) at (?P<v>.+)"),
        ("blood type", True, r"blood type is (?P<v>.+)"),
        ("height", True, r"am (?P<v>\d[\d.,']*\s?(?:cm|m|ft|feet|foot)\b.*)(?: tall)?"),
        ("weight", True, r"weighs? (?P<v>\d.*)"),
        ("pet", False, rf"{HAVE}(?:have|has|own|owns|got|adopted|bought|keep|rescued) (?:an? |two |three |four |another |my |the |\d )?(?P<v>(?:\w+ ){{0,3}}?(?:dog|cat|puppy|pup|kitten|parrot|hamster|rabbit|bunny|horse|goldfish|fish|turtle|tortoise|snake|lizard|gecko|ferret|labrador|retriever|poodle|beagle|corgi|pet)(?:e?s)?\b.*)"),
        ("child", False, rf"{HAVE}(?:have|has|had|got) (?:an? |two |three |four |five |\d )?(?P<v>(?:\w+ ){{0,2}}?(?:son|daughter|child|children|kid|baby|twin|boy|girl)s?\b.*)"),
        ("health", False, rf"{HAVE}(?:have|has|got|been diagnosed with|was diagnosed with|suffer from|suffers from|developed|live with|lives with) (?:an? |the |my )?(?P<v>(?:[\w-]+ ){{0,3}}?(?:asthma|diabetes|migraines?|headache|flu|cold|fever|cancer|depression|anxiety|adhd|autism|epilepsy|arthritis|hypertension|high blood pressure|insomnia|eczema|ibs|crohn's|covid|injury|disease|disorder|condition|syndrome|pain|infection|tinnitus|celiac|coeliac|dyslexia|ocd|ptsd|scoliosis|anemia|anaemia|intolerance|stomach ache|toothache|backache|cough|sore throat|surgery)\b.*)"),
        ("possession", False, rf"{HAVE}(?:have|has|own|owns|got|bought|purchased|ordered) (?:an? |my |the |two |three |\d )(?P<v>(?:\w+ ){{0,4}}?(?:car|bike|motorcycle|motorbike|scooter|van|truck|boat|house|flat|apartment|laptop|phone|iphone|macbook|computer|pc|camera|guitar|piano|violin|tesla|bmw|honda|toyota|ford|volvo|audi|subscription|membership|garden|console|tv|tablet|ipad|kindle|drone|watch|printer)\b.*)"),
    )
)
POSSESSED_HOME = re.compile(r"^(?:home|house|flat|place|apartment)$")
ATTRIBUTE_NOUNS = frozenset(
    map(
        stem,
        vocabulary(
            "number address email password passcode pin code name nickname surname birthday birthdate anniversary favorite "
            "title goal budget deadline schedule size height weight type timezone zone username handle iban account plan flight "
            "train seat room hotel major commute salary rent income mortgage score rate target limit capital branch version "
            "id identifier key token url link website domain port host server database language framework editor ide os status "
            "meeting appointment interview exam test class lesson session call party wedding surgery launch release demo "
            "delivery shift lunch dinner breakfast reservation booking checkup review standup retro trip vacation concert game match "
            "event conference workshop due presentation hobby specialty role job position employer company team department office "
            "desk hometown nationality citizenship religion zodiac sign star pronoun pronouns mood preference priority dose "
            "dosage medication insurance provider bank carrier subscription tier order ticket case car bike laptop phone gate platform "
            "school university degree thesis topic subject focus manager boss background occupation start end window model serial error brand firmware nickname "
        ),
    )
)
EVENT_NOUNS = frozenset(
    map(
        stem,
        vocabulary(
            "meeting appointment interview exam test class lesson session call party wedding surgery launch release demo delivery "
            "lunch dinner breakfast reservation booking checkup review standup retro trip vacation concert game match event flight "
            "conference workshop presentation date technician deadline operation visit train shift course race marathon show holiday reunion "
            "barbecue picnic hearing audition recital ceremony graduation sync move migration deployment rollout maintenance due"
        ),
    )
)
APPOINTED = re.compile(
    r"^(?:have|has|had|got|booked|scheduled|made|arranged|have got|there is|is|set up|planned) (?:an?|my|our|the|another) (?P<n>(?:[\w'-]+ ){0,4}?[\w'-]+?)(?P<w> (?:at|in|with|to|for|about) (?!\d|noon|midnight).+?)? (?=(?:on|at|for|tomorrow|today|tonight|next|this|in)\b)",
    re.IGNORECASE,
)
MOVED_TO = re.compile(
    r"^(?:has |have |is |was |got |gets |has been |have been |is being |had to be )*(?:moved|rescheduled|postponed|pushed(?: back)?|shifted|changed|brought forward|delayed|bumped|set|scheduled|planned)(?: (?:back|forward|up|from .+?))? (?:to|until|till|for|on|at|by) (?P<v>.+)",
    re.IGNORECASE,
)
MOVES = re.compile(
    r"^(?:have |has |had to )*(?:moved?|rescheduled?|postponed?|push(?:ed)?(?: back)?|shift(?:ed)?|chang(?:ed)?|delay(?:ed)?|brought forward) (?:my|our|the) (?P<n>.+?) (?:from .+? )?(?P<v>(?:to|until|till|by|for) .+)",
    re.IGNORECASE,
)
TAKES_PLACE = re.compile(
    r"^(?:is|are|was|were|will be|starts?|begins?|happens?|takes? place|leaves?|departs?|lands?|arrives?|ends?|opens?|closes?|kicks off|runs|launches|ships|falls) (?:due |scheduled |set |planned |happening |back )?(?:on |at |in |for |by )?(?P<v>.+)",
    re.IGNORECASE,
)
IS_VALUE = re.compile(
    r"^(?:is|are|was changed to|has changed to|changed to|has been changed to|is changed to|got changed to|became|switched to|will be|has become) (?:called |named |spelled |spelt |at |on |set to )?(?P<v>.+)",
    re.IGNORECASE,
)
FAVORITE_BEFORE = re.compile(r"^(?P<v>.+?) (?:is|are|has become|became) (?:now )?(?:my|our) (?:(?:all-time|new|absolute|current) )*favou?rite (?P<n>[\w -]+?)$", re.IGNORECASE)
CLOCKED = frozenset({"waking", "bedtime"})
FRONTED = re.compile(
    r"^(?:in|on|at|as|after|before|since|for|during|last|next|this|every|yesterday|today|tomorrow|tonight|starting|from|by|back|"
    r"when|whenever|once|one|two|three|four|five|six|a|an|the (?:other|day|next|last|first|only|best|worst)|with|without|because|thanks|instead|then|here|over|around|until|"
    r"\d+|most|some|unlike|despite|given|now|growing|while|though|although|according|first|where|to)\b[^.]{0,70}?,? (?=(?:I|we|We|my|My|our|Our)\b)",
    re.IGNORECASE,
)
BORN = re.compile(r"^was born (?:on|in) (?P<v>.*\d.*)", re.IGNORECASE)
ADJECTIVES = vocabulary(
    "excited tired interested bored inspired pleased impressed relieved thrilled blessed scared worried stressed exhausted amazed "
    "surprised united limited need indeed read put cut let hit hurt honored honoured delighted based located named called met left"
)
ELLIPTIC = re.compile(
    r"^(?:been (?!there)|trying to|planning (?:to|on|an?|my|our)|thinking (?:of|about)|working (?:at|on|as|from)|living (?:in|with|near)|loving (?:my|our|the)|learning (?!.*\b(?:has|is|was|can)\b)|(?:love|loving|hate|hating|miss|missing|enjoying|need|want) (?:my|our|living|working|to (?!hear|see|know|chat|talk))|(?:happily )?(?:married|engaged|divorced|retired|based) |"
    r"feeling|hoping to|getting (?:married|an?|ready|better)|starting (?:an?|my|at)|allergic to|not (?:a fan|allergic|working|living))\b",
    re.IGNORECASE,
)
CHANGED_TO = re.compile(r"^(?P<n>(?:my|our|the) [\w' -]+?) (?:has |have |was |got |is )?(?:changed|different|new|updated)[,;:. -]+(?:it is|to) (?P<v>.+)$", re.IGNORECASE)
ROLE_BEFORE = re.compile(r"^(?P<v>(?:[A-Z][\w'-]+ ?){1,3}) is (?P<n>(?:my|our) (?:[\w-]+ ){0,2}[\w-]+)$")
CONTACT = re.compile(r"^(?:you )?(?:can )?(?:reach|call|text|contact|email) me (?:at|on|via) (?P<v>\S.*)", re.IGNORECASE)
ADJECTIVE_ONLY = re.compile(r"^(?:not )?[a-z]+(?: and [a-z]+)?$")


def value_of(text: str) -> str:
    """The value in what follows a verb: without times and without what only explains it."""
    return CUT.sub("", " " + dates.without(text)).strip(" .,!;:\"'")


@lru_cache(maxsize=8192)
def parse(text: str) -> Statement:
    """What the statement says. Any text can be parsed; one that no rule knows has no slots."""
    whole = normal(text)[:2000]
    spare = plain(whole)
    spare = CHANGED_TO.sub(r"\g<n> is \g<v>", spare)
    spare = ROLE_BEFORE.sub(r"\g<n> is \g<v>", spare)
    subject, predicate = split(spare)
    subject, predicate = _implied(subject, predicate, spare)
    affirmed = affirmative(predicate)
    times = tuple(moment.text.casefold() for moment in dates.moments(whole))
    ended = ENDED.search(whole) is not None
    negative = (ended or NEGATION.search(predicate) is not None) and "not only" not in whole
    future = FUTURE.match(affirmed) is not None or BE_GOING.match(affirmed) is not None
    past = not future and not MOVED_TO.match(affirmed) and not MOVES.match(affirmed) and PAST_VERB.match(affirmed) is not None and NOT_PAST.match(affirmed) is None
    bare = Statement(
        text, subject, affirmed, (), content(whole), content(dates.without(whole)), times, negative, ended, past, future
    )
    return Statement(text, subject, affirmed, tuple(_slots(bare)), bare.words, bare.core, times, negative, ended, past, future)


def affirmative(predicate: str) -> str:
    """The predicate without its denial: "do not eat meat anymore" as "eat meat"."""
    return DOES.sub("", " ".join(DENIAL.sub(" ", predicate).split()))


def _implied(subject: Subject, predicate: str, text: str) -> tuple[Subject, str]:
    """A chatty clause without a subject ("moved to Berlin", "allergic to nuts") is about the speaker."""
    if FAVORITE_BEFORE.match(text) or CONTACT.match(text):
        return SPEAKER, predicate
    if subject.kind == "none" and (front := FRONTED.match(text)):
        return split(text[front.end() :])
    if subject.kind == "none" and text:
        first = text.split(" ", 1)[0]
        told = PAST_VERB.match(text) and first.casefold() not in ADJECTIVES and is_verb(first)
        if told or ELLIPTIC.match(text) or FUTURE.match(text):
            return SPEAKER, predicate
    return subject, predicate


def _slots(statement: Statement) -> Iterator[Slot]:
    subject, predicate = statement.subject, statement.predicate
    if favorite := FAVORITE_BEFORE.match(plain(statement.text)):
        yield _slot(f"favorite {_head(favorite['n'])}", favorite["v"], statement)
        return
    if contact := CONTACT.match(plain(statement.text)):
        yield _slot("email" if "@" in contact["v"] else "phone", contact["v"], statement)
        return
    if subject.kind == "thing":
        yield from _thing_slots(statement)
    if subject.kind in {"speaker", "person", "pronoun"}:
        yield from _person_slots(statement)
    if moved := MOVES.match(predicate):
        yield from _when(_event(moved["n"]), moved["v"], statement)
    elif appointed := APPOINTED.match(predicate):
        yield from _when(_event(appointed["n"] + (appointed["w"] or "")), predicate, statement)


def _person_slots(statement: Statement) -> Iterator[Slot]:
    seen: set[str] = set()
    timeless = dates.without(statement.predicate)
    if born := BORN.match(statement.predicate):
        yield from _value_slot("birthday", "birthday", born["v"], statement)
    for attribute, single, pattern in PATTERNS:
        match = pattern.match(statement.predicate if attribute in CLOCKED else timeless)
        if match is None or attribute in seen or (attribute == "like" and "dislike" in seen):
            continue
        groups = match.groupdict()
        said = " ".join(filter(None, (groups.get("v"), groups.get("w") if attribute != "prefer" else None)))
        slot = _checked(attribute, single, said if attribute == "household" else value_of(said), statement)
        if slot is not None:
            seen.add(attribute)
            yield slot


def _checked(attribute: str, single: bool, value: str, statement: Statement) -> Slot | None:
    """The slot if its value can be one: a place for a home, a company for an employer, a trade for a job."""
    if not value or (statement.future and attribute not in {"age", "prefer", "like"}):
        return None
    check = CHECKS.get(attribute)
    attribute = check(value, statement) if check else attribute
    if not attribute:
        return None
    if attribute == "dislike":
        return Slot("like", frozenset(stems(value)), value, single, statement.negative)
    slot = _slot(attribute, JOB_END.sub("", value) if attribute == "job" else value, statement, single)
    return slot if slot.value else None


def _slot(attribute: str, value: str, statement: Statement, single: bool = True) -> Slot:
    return Slot(attribute, frozenset(stems(value)), value, single, not statement.negative)


def _cased(statement: Statement) -> bool:
    return any(letter.isupper() for letter in statement.text[1:] if letter != "I") or statement.text[:1].isupper()


def _home(value: str, statement: Statement) -> str:
    if PAST_ONLY.match(statement.predicate):
        return ""
    if DWELLING & set(stems(value)) and not CAPITAL.match(value):
        return "dwelling"
    if re.match(r"(?:an?|my|our|this|that|his|her|their|your|same|different|fear|peace|the (?!\w*[A-Z]))\b", value):
        return ""
    return "home" if CAPITAL.match(value) or not _cased(statement) or statement.text.islower() else ""


PAST_ONLY = re.compile(r"(?:lived|worked|used to|was|were|studied)\b(?! (?:just )?(?:promoted|hired|transferred|relocated))")


def _employer(value: str, statement: Statement) -> str:
    if PAST_ONLY.match(statement.predicate) or "student" in statement.predicate or re.match(r"(?:home|night|myself|an? hour|the moment|free|fun|now|me|you)\b", value):
        return ""
    if re.match(r"(?:the )?(?:\w+ )*?(?:gym|club|class|group|band|choir|team|course|church|league|community|union|call)\b", value, re.I):
        return ""
    return "employer" if CAPITAL.match(value) or WORKPLACE.search(value) or statement.text.islower() else ""


WORKPLACE = re.compile(
    r"\b(?:company|startup|start-up|bank|firm|hospital|school|university|shop|store|agency|clinic|restaurant|caf[eé]|bakery|"
    r"studio|lab|museum|library|hotel|government|ngo|nonprofit|charity|factory|office|corporation|airline|farm|newspaper|"
    r"bookstore|bookshop|pharmacy|kindergarten|college|council|ministry|consultancy|supermarket|bar|pub|brewery|salon|garage)\b",
    re.IGNORECASE,
)


JOB_END = re.compile(r" (?:at|for|in|by|on|from)\b.*")


def _job(value: str, statement: Statement) -> str:
    last = JOB_END.sub("", value).casefold().split()
    if not last or last[-1] in NOT_PROFESSIONS or PAST_ONLY.match(statement.predicate):
        return ""
    return "job" if statement.subject.kind != "thing" else ""


def _name(value: str, statement: Statement) -> str:
    """ "I am Sam" names; "I am Danish" and "I am Sam's" do not."""
    called = re.match(r"(?:am|is|are) (?:called|named)|go(?:es)? by|prefer", statement.predicate) is not None
    if statement.subject.kind == "person" and not statement.subject.head and not called:
        return ""
    words = value.split()
    adjective = re.search(r"(?:ish|ese|ian|an|ic|ch|i|ss|[a-z]ed|ing)$", words[0]) and len(words) == 1
    known = words[0].casefold() in {"greek", "thai", "czech", "german", "catholic", "muslim", "ok", "okay", "so", "a", "the", "adhd"}
    if not called and statement.subject.kind == "speaker" and (adjective or known or words[0].isupper()):
        return ""
    return "name"


def _prefer(value: str, statement: Statement) -> str:
    words = stems(value)
    return f"prefer {words[-1]}" if len(words) > 1 and " to " not in value else "prefer"


def _age(value: str, statement: Statement) -> str:
    return "" if statement.subject.kind == "thing" else "age"


def _like(value: str, statement: Statement) -> str:
    """Lasting likes only: not "I love you", "I like that" or "I love it"."""
    first = value.split()[0].casefold()
    if statement.past or first in {"you", "that", "it", "this", "them", "him", "her", "your", "how", "what", "when", "the"} - {"the"}:
        return ""
    return "like"


CHECKS = {"home": _home, "employer": _employer, "job": _job, "name": _name, "age": _age, "like": _like, "prefer": _prefer}


def _head(text: str) -> str:
    """The noun phrase that names an attribute: "new phone number" as "phone number"."""
    words = [canonical(word) for word in text.split()]
    return " ".join(word for word in words if word not in {"new", "current", "the", "my", "our", "old", "all-time", "next", "upcoming", "actual", "a", "an"})


def _thing_slots(statement: Statement) -> Iterator[Slot]:
    """Slots of "my phone number is …", "the meeting was moved to …", "Tom's birthday is …"."""
    head, predicate = statement.subject.head, statement.predicate
    if not head:
        yield from _person_slots(statement)
        return
    if POSSESSED_HOME.match(head) and (place := re.match(r"is (?:in |at )?(?P<v>[A-Z].+)", predicate)):
        yield _slot("home", place["v"], statement)
        return
    moved, takes = MOVED_TO.match(predicate), TAKES_PLACE.match(predicate)
    last = stem(re.sub(r" (?:with|at|in|on|for|to|of|about)\b.*", "", head).rsplit(" ", 1)[-1])
    if last in EVENT_NOUNS or (moved and dates.without(moved["v"]) != moved["v"]):
        timed = moved or takes
        if timed:
            yield from _when(f"{_event(head)} {statement.subject.name}".strip(), predicate, statement)
        return
    if match := IS_VALUE.match(predicate):
        yield from _value_slot(head, last, match["v"], statement)


def _event(phrase: str) -> str:
    """An event by its noun and who takes part: "meeting with Dana" as "meeting dana"."""
    noun, _, rest = re.sub(r" (?:with|at|in|on|for|to|of|about)\b", " |", phrase).partition(" |")
    names = (word.casefold() for word in re.findall(r"[A-Z][\w'-]+", rest))
    return " ".join((_head(noun), *names))


def _when(head: str, text: str, statement: Statement) -> Iterator[Slot]:
    """When an event is: its day and its hour are two slots, so that each can change alone."""
    kinds: dict[str, list[str]] = {"day": [], "hour": []}
    for moment in dates.moments(text):
        kinds["hour" if moment.kind == "clock" else "day"].append(moment.text)
    for kind, found in kinds.items():
        if found and (value := _time_words(found[-1])):
            yield Slot(f"{kind} of {head}", value, found[-1], True, not statement.negative)


def _time_words(text: str) -> frozenset[str]:
    words = (re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word) for word in re.findall(r"\w+", text.casefold()))
    return frozenset(stem(word) for word in words if word not in LEADS)


LEADS = vocabulary("on at in for by is to from the until till this next around was and")


def _value_slot(head: str, last: str, value: str, statement: Statement) -> Iterator[Slot]:
    """ "my NOUN is VALUE": one value at a time if the noun names an attribute or the value is a name or a number."""
    attribute = NOUN_ATTRIBUTES.get(head, head)
    shown = value_of(value)
    dated = tuple(dates.moments(value))
    if attribute == "birthday" and dated:
        yield Slot("birthday", _time_words(dated[0].text), dated[0].text)
        return
    if dated and not shown:
        yield from _when(head, value, statement)
        return
    favorite = head.startswith("favorite ")
    telling = last in ATTRIBUTE_NOUNS or favorite or re.match(r"[\d\"'+#]|\S+@\S+|https?:", value)
    if telling and not (ADJECTIVE_ONLY.match(shown) and last not in ATTRIBUTE_NOUNS and not favorite):
        yield _slot(attribute, value if re.search(r"\d", value) and not favorite else shown, statement)


NOUN_ATTRIBUTES = {
    "phone": "phone",
    "number": "phone",
    "phone number": "phone",
    "email": "email",
    "email address": "email",
    "name": "name",
    "first name": "name",
    "full name": "full name",
    "address": "address",
    "home address": "address",
    "birthday": "birthday",
    "birthdate": "birthday",
    "date of birth": "birthday",
    "job": "job",
    "job title": "job",
    "title": "job",
    "role": "job",
    "employer": "employer",
    "company": "employer",
    "hometown": "origin",
    "age": "age",
    "diet": "diet",
    "car": "car",
}


def people(statement: Statement) -> bool:
    """Whether it is about somebody (or a pet) other than the speaker."""
    return statement.subject.holder.kind in {"person", "pronoun"}
