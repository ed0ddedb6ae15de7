"""Attributes: the patterns by which a predicate gives its subject a home, a job, an age, a liking, an appointment, …"""

from __future__ import annotations

import re

from recollect.reasoners.words import stem, vocabulary

DWELLING = frozenset(
    map(
        stem,
        vocabulary(
            "flat apartment house dorm studio condo townhouse bungalow cottage farm trailer loft "
            "village suburb suburbs "
            "countryside city town cabin van boat place duplex"
        ),
    )
)
PROFESSION = re.compile(
    r"(?:[\w-]+ ){0,5}?(?:\w*(?:er|or|ist|ian|eer|smith|man|woman|wright|ant|logist|ologist)|nurse"
    r"|chef|cook|pilot|judge|baker|model|"
    r"student|intern|freelance|attendant|architect|paramedic|mechanic|engineer|coach|guide|clerk|monk"
    r"|midwife|secretary|librarian|principal|dean|butcher|curator|tailor|treasurer|chair|captain|warden"
    r"|ranger|executive"
    r"|specialist|representative|foreman|concierge|postdoc|dietician|carer|actress|hostess|housewife|sous[- ]chef"
    r"|vet|surgeon|dev|barista|waitress|au pair|postman|nanny|courier|"
    r"sysadmin|devops|cto|ceo|cfo|pm|lead|founder|analyst|scientist|artist|head|director|vp|president"
    r"|apprentice|au pair|"
    r"consultant|accountant|assistant|agent|diplomat|pastor|priest|politician|soldier|musician|dj|trainee|professor)"
    r"(?= (?:at|for|in|by|with|on|of|now|specialis|based|living|working|who|from)\b|$|[,.;])",
    re.IGNORECASE,
)
NOT_PROFESSIONS = vocabulary(
    "mother father sister brother daughter grandmother grandfather stepmother stepfather person "
    "member lover believer "
    "drinker smoker eater owner reader gamer swimmer beginner vegetarian christian fan christian libertarian italian "
    "norwegian australian canadian brazilian russian ukrainian indian asian iranian egyptian persian "
    "hungarian bulgarian "
    "romanian austrian belgian sleeper thinker follower supporter newcomer foreigner listener "
    "collector winner partner "
    "survivor sufferer donor neighbor stranger outsider loner walker lander human woman man german "
    "sagittarian procrastinator "
    "overthinker learner user customer subscriber voter riser speaker riser planner texter type "
    "morning introvert buyer other "
    "visitor better later older younger bigger smaller lesbian aries minor senior junior water "
    "whatever either never giant "
    "teenager volunteer perfectionist traveler traveller optimist pessimist feminist atheist "
    "buddhist minimalist pacifist "
    "humanist realist idealist socialist communist capitalist centrist"
)
RELATION = (
    r"single|married|engaged|divorced|separated|widowed|a widow|a widower|in a (?:\w+[- ])*?relationship"
    r"|in a (?:\w+ )?marriage"
)
DIETS = (
    r"vegan|vegetarian|veggie|pescatarian|pescetarian|flexitarian|omnivore|carnivore|keto|paleo"
    r"|gluten[- ]free|dairy[- ]free|"
    r"lactose[- ]intolerant|celiac|coeliac|halal|kosher|plant[- ]based|low[- ]carb|sugar[- ]free"
)
LIKE = (
    r"(?:like|love|enjoy|adore|fancy)s?|(?:am|is|are|have become|got|getting) (?:\w+ )?(?:into|fond of"
    r"|keen on|obsessed with|crazy about|"
    r"mad about|partial to|hooked on|in love with|interested in|passionate about)|(?:am|is|are|have "
    r"become) (?:an? )?(?:\w+ )?fans? of|(?:(?:have|has) )?(?:grown|come|started|begun|began) to (?:like|love|enjoy)|"
    r"(?:(?:have|has) )?(?:come|came) (?:round|around) to|"
    r"(?:(?:have|has) )?(?:started|began) (?:liking|loving|enjoying)"
)
DISLIKE = (
    r"(?:hate|dislike|detest|loathe|despise)s?|(?:am|is|are) (?:\w+ )?(?:sick|tired|scared|afraid|terrified) of|"
    r"(?:started|began|(?:have|has) (?:grown|come|started) to|started to) (?:hate|hating|dislike|disliking)"
    r"|(?:got|am) (?:bored|fed up) (?:of|with)|(?:have )?gone off|went off|(?:have )?lost interest in"
)
ONE_WORD_NUMBER = (
    r"(?:\d{1,3}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty)(?:[- ](?:one|two|three|four|five|six"
    r"|seven|eight|nine))?|eighteen|nineteen|seventeen|sixteen|fifteen|fourteen|thirteen|twelve|eleven|ten"
    r"|nine|eight|seven|six|five|four|three|two|one)"
)
BE = r"(?:am|is|are)"
HAVE = r"(?:(?:have|has) )?"
WORKPLACE = re.compile(
    r"\b(?:company|startup|start-up|bank|firm|hospital|school|university|shop|store|agency|clinic"
    r"|restaurant|caf[eé]|bakery|"
    r"studio|lab|museum|library|hotel|government|ngo|nonprofit|charity|factory|office|corporation"
    r"|airline|farm|newspaper|"
    r"bookstore|bookshop|pharmacy|kindergarten|college|council|ministry|consultancy|supermarket|bar"
    r"|pub|brewery|salon|garage)\b",
    re.IGNORECASE,
)
# attribute, single, pattern over the affirmative predicate in plain form
PATTERNS: tuple[tuple[str, bool, re.Pattern[str]], ...] = tuple(
    (attribute, single, re.compile(pattern, re.IGNORECASE))
    for attribute, single, pattern in (
        (
            "home",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:live|lives|living|lived|reside|resides|residing"
            rf"|based|located)(?: (?:back|out|over|down|up|alone))?(?: here)? (?:in|at|on) (?P<v>.+)",
        ),
        (
            "home",
            True,
            rf"{HAVE}(?:moved|relocated)(?: (?:back|out|over|down|up|away|here|home|house))?(?: from "
            rf"[^,]+?)? (?:to|into|in) (?!with\b|together)(?P<v>.+)",
        ),
        ("home", True, rf"{HAVE}settled(?: down)? in (?P<v>.+)"),
        ("home", True, r"call (?P<v>[A-Z].+?) (?:my |our )?home\b"),
        ("household", True, rf"(?:{BE} )?(?:live|lives|living) (?P<v>alone|with .+|by myself)"),
        ("household", True, rf"{HAVE}moved in (?P<v>together|with .+)"),
        (
            "origin",
            True,
            rf"(?:{BE} (?:originally )?from|come from|comes from|was born(?: and raised)? in|grew up "
            rf"in) (?P<v>(?-i:(?:the )?[A-Z]).+)",
        ),
        (
            "employer",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:work|works|working|worked|employed"
            rf"|volunteering)(?: (?:full[- ]time|part[- ]time|remotely|over|up|out))?(?: as (?:an? "
            rf"|the )?.+?)? (?:at|for|with|by|over at) (?P<v>.+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:started|start|starts|began)(?: working| to work| work| an? (?:new )?(?:job|role"
            rf"|position)| (?:my|his|her) new (?:job|role|position))?(?: as (?:an? |the )?.+?)? (?:at"
            rf"|with|for) (?P<v>.+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:got|landed|accepted|took|found|switched to|started|have) (?:an? |the |my "
            rf")?(?:new )?(?:\w+ ){{0,2}}?(?:job|position|role|offer)(?: offer)?(?: as (?:an? |the "
            rf")?.+?)? (?:at|with|from) (?P<v>.+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:joined|switched (?:jobs|companies) to|left .+? (?:for|to join)) (?P<v>(?-i:[A-Z]).+)",
        ),
        (
            "employer",
            True,
            rf"(?:{BE}|{HAVE}been|became) (?:an?|the|head|our|now) (?:[\w-]+ ){{1,4}}?(?:at|for|with) "
            rf"(?P<v>(?:the )?(?-i:[A-Z]).+)",
        ),
        (
            "employer",
            True,
            rf"{HAVE}(?:took|taken|accepted|got|landed) the (?P<v>(?-i:[A-Z])[\w&.'-]+(?: (?-i:[A-Z])[\w&.'-]+)*)"
            rf" (?:job|role"
            r"|position|offer)\b",
        ),
        ("employer", True, rf"{BE} at (?P<v>(?:an?|the) .*\b(?:surgery|{WORKPLACE.pattern[4:-4]})\b.*)"),
        ("employer", True, rf"{BE} (?:with|at) (?P<v>(?-i:[A-Z])[\w&.'-]+(?: (?-i:[A-Z])[\w&.'-]+)*)$"),
        (
            "job",
            True,
            rf"(?:{BE} |(?:have|has) (?:been )?)?(?:work|works|working|worked|employed|started|start"
            rf"|starts|began|started working|got a (?:new )?job|got hired|hired|got a new position)(?: "
            rf"(?:full|part)[- ]time)?(?: (?:at|for) .+?)? as (?:an? |the )?(?P<v>.+)",
        ),
        (
            "job",
            True,
            rf"{HAVE}(?:been |got |gotten |was )?promoted to (?:an? |the )?(?P<v>.+)",
        ),
        (
            "job",
            True,
            rf"{HAVE}(?:{BE}|became|become|switched to being|(?:re)?trained (?:as|to be)|been) (?:(?:now|an?|the"
            rf"|our|my"
            rf"|their|its|head) )+?(?P<v>{PROFESSION.pattern})",
        ),
        (
            "job",
            True,
            rf"{BE} (?P<v>retired|unemployed|self-employed|freelancing|between jobs|out of work|a "
            rf"stay[- ]at[- ]home \w+|on (?:maternity|paternity|parental) leave)\b",
        ),
        ("job", True, rf"{HAVE}(?P<v>retired|got laid off|was laid off|been laid off|got fired|was fired)\b"),
        (
            "job",
            True,
            rf"{HAVE}(?:started|start|got|found|landed|took|accepted|began) (?:an? |my |the )?(?:new )?(?:job|role"
            rf"|position|work) as"
            r" (?:an? |the )?(?P<v>.+)",
        ),
        (
            "ambition",
            True,
            r"wants? to (?:be|become) (?:an? )?(?P<v>(?!with\b|there\b|here\b|able\b|in\b|on\b|at\b|left\b).+)",
        ),
        ("school", True, rf"(?:{BE} )?(?:an? )?(?:[\w-]+ )*?student at (?P<v>.+)"),
        ("employer", True, rf"{HAVE}(?:got|was|been|were) (?:just )?(?:hired|employed|headhunted) (?:by|at) (?P<v>.+)"),
        (
            "school",
            True,
            rf"(?:{BE} )?(?:stud(?:y|ies|ying)|a student|enrolled|going|go|goes)(?: .+?)? (?:at|to) "
            rf"(?P<v>(?:the )?(?:[\w'-]+ ){{0,4}}(?:university|college|school|academy|institute"
            rf"|uni)\b.*)",
        ),
        (
            "studies",
            True,
            rf"(?:{BE} )?(?:stud(?:y|ies|ying)|majoring in|major in|majors in|doing a (?:degree"
            rf"|master's|phd|bachelor's) in) (?P<v>(?!for\b|at\b|hard\b|abroad|with|in\b).+)",
        ),
        (
            "name",
            True,
            r"(?:am|is|are)(?: called| named)? (?:spelled |spelt |actually "
            r")?(?P<v>(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?(?-i:[A-Z])[\w'-]+(?: (?-i:[A-Z])[\w'-]+){0,3})(?=$| ?, )",
        ),
        (
            "name",
            True,
            r"(?:(?:am|is|are) (?:called|named)|go by|goes by|prefer to be called) (?P<v>[\w'-]+(?: [A-Z][\w'-]+)*)",
        ),
        (
            "age",
            True,
            rf"(?:{BE}|turned|turns|{HAVE}turned) (?P<v>{ONE_WORD_NUMBER})(?: years?(?: old| of "
            rf"age)?)?(?: and a half)?(?=$|[.,;!]| (?:and|but|now|today|last|this|in|on|next)\b)",
        ),
        ("age", True, rf"{BE} an? (?P<v>\d{{1,3}})[- ]years?[- ]old\b"),
        ("age", True, rf"{BE} (?P<v>{ONE_WORD_NUMBER}(?: and a half)? (?:years?|months?|weeks?) old)"),
        ("relationship", True, rf"(?:{BE}|got|{HAVE}been|{HAVE}gotten|was) (?P<v>{RELATION}|together)\b"),
        (
            "relationship",
            True,
            rf"{HAVE}(?P<v>(?:broke|broken|split|splitting) up|separated|got(?:ten)? (?:married|engaged"
            rf"|divorced)|divorced)\b",
        ),
        (
            "relationship",
            True,
            rf"(?:(?:{BE} |{HAVE}(?:been |started ))?(?P<v>(?:dating|seeing (?:someone|somebody"
            rf"|(?-i:[A-Z])\w+)|married to|engaged to|in a relationship with)\b.*)|married "
            rf"(?P<w>(?-i:[A-Z])\w+.*))",
        ),
        ("relationship", True, r"have (?P<v>an? (?:new )?(?:girlfriend|boyfriend|fianc[eé]e?|partner|wife|husband))\b"),
        (
            "diet",
            True,
            rf"(?:{BE}|went|became|turned|{HAVE}(?:been|gone|become|turned)|eat|follow|am on|is on)(?: "
            rf"(?:an?|on|a strict|strictly|strict|fully))* (?P<v>{DIETS})\b",
        ),
        (
            "diet",
            True,
            rf"{HAVE}(?:eat|eats|(?:started|began|begun) (?:eating|to eat)|eating|am eating) (?P<v>(?:meat|fish)(?: (?:and|or) "
            r"(?:meat|fish))?)\b",
        ),
        ("allergy", False, rf"(?:{BE}|{HAVE}(?:become|developed)) (?:\w+ )?allergic to (?P<v>.+)"),
        (
            "allergy",
            False,
            rf"{HAVE}(?:have|has|got|developed) (?:an? )?(?:\w+ )??(?P<v>(?:\w+ )?)allerg(?:y|ies)(?: to (?P<w>.+))?",
        ),
        (
            "prefer",
            True,
            r"(?:(?:have come to |started to )?prefers?|would rather have) (?P<v>.+?) (?:over|to|than"
            r"|rather than|instead of) (?P<w>.+)",
        ),
        ("prefer", True, r"(?:(?:have come to |started to )?prefers?|favou?rs?) (?P<v>.+)"),
        ("dislike", False, rf"(?:{DISLIKE}) (?P<v>.+)"),
        ("like", False, rf"(?:{LIKE})(?: to)? (?P<v>.+)"),
        (
            "language",
            False,
            r"(?:(?:can )?speaks?|fluent in|am fluent in|is fluent in|am learning|is learning) (?:fluent |some "
            r"|a bit of |a little |basic )*(?P<v>(?-i:[A-Z])\w+.*)",
        ),
        ("car", True, rf"{HAVE}(?:drive|drives|driving|am driving) (?:an? |my |our )(?P<v>.+)"),
        (
            "way to work",
            True,
            rf"(?:{BE} )?(?:(?P<v>drive|driving|cycle|cycling|walk|walking|bike|biking|scoot|run)s? (?:to work|to"
            rf" the "
            r"office|in to work|into work)\b|(?:tak|catch|get|us|rid)(?:e|es|s|ing)? (?:the|my|an?) (?P<w>bus"
            r"|train|tube"
            r"|metro|tram|car|ferry|bike|subway|scooter) (?:to work|to the office|in to work|into work)\b"
            r"|commut(?:e|es"
            r"|ing) (?:to work )?(?:by|on|with) (?P<x>.+)"
            r"|(?:com|go|get|travel)(?:e|es|s|ing)? (?:in )?(?:to (?:the office|work|the lab|school|the shop"
            r"|uni\w*|college) "
            r")(?:by|on) (?P<y>[\w -]+))",
        ),
        (
            "shift",
            True,
            rf"(?:{BE} )?(?:on |work |works |working |do |does |doing )+(?P<v>(?:the )?(?:night|day|early|late"
            rf"|evening"
            r"|weekend|morning)(?:s|(?: shifts?)))\b",
        ),
        ("working hours", True, rf"(?:{BE} )?(?:work|works|working|going|went) (?P<v>(?:full|part)[- ]time)\b"),
        (
            "place of work",
            True,
            rf"(?:{BE} )?(?:work|works|working)(?: \w+)? (?P<v>from home|remotely|(?:in|from) the office|hybrid)\b",
        ),
        (
            "class taught",
            True,
            rf"(?:{BE} )?(?:teach|teaches|teaching) (?P<v>(?:year|grade|class|form) (?:{ONE_WORD_NUMBER}|\d+))\b",
        ),
        ("size", True, rf"(?:(?:wear|wears|take|takes|need|needs)(?: an?)?|{BE} an?) size (?P<v>\S+)"),
        ("diet", True, r"(?:eat|eats) (?P<v>everything|anything)\b"),
        ("bank", True, rf"(?:{BE} (?:with|banking with)|bank with|banks with) (?P<v>[A-Z].+)"),
        ("weight", True, rf"(?:{BE} )?(?:down|up) to (?P<v>\d[\d.,]* ?(?:kg|kilos?|pounds|lbs|stone)\b.*)"),
        (
            "team",
            True,
            r"(?:am|work|works|is|moved|switched|transferred|joined)(?: over)? (?:on|in|to) the "
            r"(?P<v>[\w& -]+?) team\b",
        ),
        ("home", True, rf"{BE} an? .+? (?:based|living) in (?P<v>(?-i:[A-Z]).+)"),
        ("waking", True, r"(?:get|gets|wake|wakes) up at (?P<v>.+)"),
        ("bedtime", True, r"(?:go|goes) to (?:bed|sleep) at (?P<v>.+)"),
        ("blood type", True, r"blood type is (?P<v>.+)"),
        ("height", True, r"am (?P<v>\d[\d.,']*\s?(?:cm|m|ft|feet|foot)\b.*)(?: tall)?"),
        ("weight", True, r"weighs? (?P<v>\d.*)"),
        (
            "pet",
            False,
            rf"{HAVE}(?:have|has|own|owns|got|adopted|bought|keep|rescued) (?:an? |two |three |four "
            rf"|another |my |the |\d )(?P<v>(?:\w+ ){{0,3}}?(?:dog|cat|puppy|pup|kitten|parrot|hamster"
            rf"|rabbit|bunny|horse|goldfish|turtle|tortoise|snake|lizard|gecko|ferret|labrador"
            rf"|retriever|poodle|beagle|corgi|pet)(?:e?s)?\b.*)",
        ),
        (
            "child",
            False,
            rf"{HAVE}(?:have|has|had|got) (?:an? |two |three |four |five |\d )?(?P<v>(?:\w+ "
            rf"){{0,2}}?(?:son|daughter|child|children|kid|baby|twin|boy|girl)s?\b.*)",
        ),
        (
            "health",
            False,
            rf"{HAVE}(?:have|has|got|been diagnosed with|was diagnosed with|suffer from|suffers from"
            rf"|developed|live with|lives with) (?:an? |the |my )?(?P<v>(?:[\w-]+ ){{0,3}}?(?:asthma"
            rf"|diabetes|migraines?|headache|flu|cold|fever|cancer|depression|anxiety|adhd|autism"
            rf"|epilepsy|arthritis|hypertension|high blood pressure|insomnia|eczema|ibs|crohn's|covid"
            rf"|injury|disease|disorder|condition|syndrome|pain|infection|tinnitus|celiac|coeliac"
            rf"|dyslexia|ocd|ptsd|scoliosis|anemia|anaemia|intolerance|stomach ache|toothache|backache"
            rf"|cough|sore throat|surgery)\b.*)",
        ),
        (
            "possession",
            False,
            rf"{HAVE}(?:have|has|own|owns|got|bought|purchased|ordered) (?:an? |my |the |two |three "
            rf"|\d )(?P<v>(?:\w+ ){{0,4}}?(?:car|bike|motorcycle|motorbike|scooter|van|truck|boat|house"
            rf"|flat|apartment|laptop|phone|iphone|macbook|computer|pc|camera|guitar|piano|violin|tesla"
            rf"|bmw|honda|toyota|ford|volvo|audi|subscription|membership|garden|console|tv|tablet|ipad"
            rf"|kindle|drone|watch|printer)\b.*)",
        ),
    )
)
ATTRIBUTE_NOUNS = frozenset(
    map(
        stem,
        vocabulary(
            "number address email password passcode pin code name nickname surname birthday "
            "birthdate anniversary favorite "
            "title goal budget deadline schedule size height weight type timezone zone username "
            "handle iban account plan flight "
            "train seat room hotel major commute salary rent income mortgage score rate target limit "
            "capital branch version "
            "id identifier key token url link website domain port host server database language "
            "framework editor ide os status "
            "meeting appointment interview exam test class lesson session call party wedding surgery "
            "launch release demo "
            "delivery shift lunch dinner breakfast reservation booking checkup review standup retro "
            "trip vacation concert game match "
            "event conference workshop due presentation hobby specialty role job position employer "
            "company team department office "
            "desk hometown nationality citizenship religion zodiac sign star pronoun pronouns mood "
            "preference priority dose "
            "dosage medication insurance provider bank carrier subscription tier order ticket case "
            "car van truck lorry bike laptop phone gate platform allotment locker pitch berth "
            "school university degree thesis topic subject focus manager boss background occupation "
            "start end window model serial error brand firmware nickname contact wifi network hint gym box slot practice "
        ),
    )
)
EVENT_NOUNS = frozenset(
    map(
        stem,
        vocabulary(
            "meeting appointment interview exam test class lesson session call party wedding surgery "
            "launch release demo delivery "
            "lunch dinner breakfast reservation booking checkup review standup retro trip vacation "
            "concert game match event flight "
            "conference workshop presentation date technician deadline operation visit train shift "
            "course race marathon show holiday reunion "
            "barbecue picnic hearing audition recital ceremony graduation sync move migration "
            "deployment rollout maintenance due practice rehearsal training tournament supervision submission seminar lecture "
            "tutorial fair festival physical scan xray x-ray biopsy screening mot"
        ),
    )
)
PRACTITIONERS = vocabulary(
    "dentist doctor gp dermatologist physio physiotherapist optician vet hairdresser barber therapist midwife scan "
    "specialist surgeon orthodontist cardiologist psychologist psychiatrist hygienist lawyer accountant notary"
)
APPOINTED = re.compile(
    r"^(?:have|has|had|got|booked|scheduled|made|arranged|have got|there is|is|set up|planned) (?:an?"
    r"|my|our|the|another) (?P<n>(?:[\w'-]+ ){0,4}?[\w'-]+?)(?P<w> (?:at|in|with|to|for|about) (?!\d"
    r"|noon|midnight).+?)? (?=(?:on|at|for|tomorrow|today|tonight|next|this|in)\b)",
    re.IGNORECASE,
)
MOVED_TO = re.compile(
    r"^(?:has |have |is |was |got |gets |has been |have been |is being |had to be )*(?:moved"
    r"|rescheduled|postponed|extended|pushed(?: back)?|put back|shifted|changed|brought forward|delayed|bumped|set"
    r"|scheduled|planned)(?: (?:back|forward|up|from .+?))? (?:to|until|till|for|on|at|by) (?P<v>.+)",
    re.IGNORECASE,
)
MOVES = re.compile(
    r"^(?:have |has |had to )*(?:moved?|rescheduled?|postponed?|push(?:ed)?(?: back)?|shift(?:ed)?"
    r"|chang(?:ed)?|delay(?:ed)?|brought forward) (?:my|our|the) (?P<n>.+?) (?:from .+? )?(?P<v>(?:to"
    r"|until|till|by|for) .+)",
    re.IGNORECASE,
)
TAKES_PLACE = re.compile(
    r"^(?:is|are|was|were|will be|starts?|begins?|happens?|takes? place|leaves?|departs?|lands?"
    r"|arrives?|ends?|opens?|closes?|kicks off|runs|launches|ships|falls) (?:due |scheduled |set "
    r"|planned |happening |back )?(?:on |at |in |for |by )?(?P<v>.+)",
    re.IGNORECASE,
)
IS_VALUE = re.compile(
    r"^(?:is|are|has to be|have to be|must be|(?:went|goes|is going|was put) (?:up|down) to|(?:was"
    r" )?(?:rose|dropped|increased"
    r"|raised|lowered|reduced) to"
    r"|was changed to|has changed to|changed to|has been changed to|is changed to|got "
    r"changed to|became|switched to|will be|has become) (?:called |named |spelled |spelt |at |on |set "
    r"to )?(?P<v>.+)",
    re.IGNORECASE,
)
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
    "city": "home",
    "mobile": "phone",
    "mobile number": "phone",
    "cell": "phone",
    "cell number": "phone",
    "hometown": "origin",
    "age": "age",
    "diet": "diet",
    "car": "car",
}
