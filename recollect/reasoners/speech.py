"""Speech: what kind of utterance a sentence is. Questions, hypotheses, jokes and small talk say nothing to remember."""

from __future__ import annotations

import re

from recollect.reasoners.statements import Statement
from recollect.reasoners.words import content, vocabulary

QUESTION = re.compile(
    r"^(?:(?:what|when|where|who|whom|whose|which|why|how)(?:'s|'re|'d|s)?\b(?! (?:a|an)\b)|"
    r"(?:do|does|did|are|is|was|were|am|can|could|would|will|should|shall|may|have|has|had)(?:n't)? "
    r"(?:i|you|we|he|she|it|they|there|this|that|"
    r"the|my|your|our|anyone|anybody|someone|\w+ (?:know|have|think|want|like))\b|any (?:ideas?|tips?"
    r"|suggestions?|recommendations?|advice|plans|thoughts|chance|news)\b|"
    r"got any\b|guess (?:what|who|where)\b|you know (?:what|how|why)$|remember (?:when|how|what|where"
    r"|that time|my|the time)\b|wanna\b)",
    re.IGNORECASE,
)
HYPOTHESIS = re.compile(
    r"\bif\b.*\b(?:would|could|might|'d|were|should|had|will|'ll|won't|wouldn't|couldn't|can)\b"
    r"|\b(?:would|could|might|'d|should|will|'ll)\b.*\bif\b"
    r"|^(?:if|unless|imagine|suppose|supposing|let's say|lets say|say i|what if|pretend|hypothetically"
    r"|theoretically|in theory|"
    r"assume|assuming|picture this|in my dreams?\b|in another life|in a perfect world|in an alternate"
    r"|should i|were i|had i)\b"
    r"|\b(?:i|we) (?:only )?wish(?:ed)?\b|\b(?:would|could|should|might|must|may)(?: not|n't|'ve| "
    r"have)(?: have)? (?:been|had|\w+ed)\b"
    r"|\bas if\b|\bi (?:had a )?dream(?:t|ed|s)?\b|\bin my (?:novel|story|book|game|dream|d&d|rpg"
    r"|campaign|screenplay)\b|\b(?:my|the) (?:character|protagonist|hero|villain|avatar)\b"
    r"|\bpretend(?:ing)? (?:that|to|i)\b|\bfor example\b|\be\.g\.|\bwhen (?:i|we) win\b|\bwhen (?:pigs"
    r"|hell)\b|^in case\b|\bhypothetical",
    re.IGNORECASE,
)
WORDS = re.compile(r"[^\w/]+")
UNREAL_WORDS = vocabulary(
    "if unless imagine suppose supposing say pretend pretending hypothetically hypothetical "
    "theoretically theory assume assuming "
    "picture dream dreams dreamt dreamed life world universe should were had wish wished would could "
    "might must may novel story "
    "book game campaign screenplay rpg character protagonist hero villain avatar example e win pigs hell case"
)
JOKE_WORDS = vocabulary(
    "kidding joking messing teasing trolling pulling jk j/k joke jokes lmao lol /s /j sarcasm knock "
    "gotcha fools walks could dead "
    "dying died million back soul kidney queen king mars moon superman batman leg"
)
SINCERE = re.compile(
    r"\b(?:would|'d) (?:love|like|rather|prefer)\b(?!.*\bif\b)|\bif (?:possible|you don't mind|you can"
    r"|that's ok(?:ay)?|needed|i remember (?:right|correctly))\b",
    re.IGNORECASE,
)
GENERAL_IF = re.compile(
    r"^(?!.*\b(?:would|could|might|'d|were|should|had|will|'ll|won't|can|going to|gonna)\b)(?:if i "
    r"\w+.*,? i|i .* if i)\b",
    re.IGNORECASE,
)
JOKE = re.compile(
    r"\b(?:just|only) (?:kidding|joking|messing|teasing|trolling)\b|\b(?:i'?m|i was|am) (?:just |only "
    r")?(?:kidding|joking|messing with you|pulling your leg|teasing)\b"
    r"|\b(?:jk|j/k|kidding|as a joke|lmao jk|sarcasm|not really lol)\b|(?:^|\s)/(?:s|j)(?:\s|$)"
    r"|\bhere's a joke\b|\bjokes? aside\b|\bknock knock\b|\bgotcha\b|\bapril fools\b"
    r"|\b(?:a (?:man|horse|guy|priest) walks into)\b|[🤪😜😝]",
    re.IGNORECASE,
)
ONLY_JOKE = re.compile(
    r"^\W*(?:(?:haha\w*|lol|lmao|hehe|no|ok|okay|oh|nah|sorry|relax|but|obviously|of course|i'?m|i was|am"
    r"|just|only|totally|completely|not really|that was)\W+)*(?:kidding|joking|jk|j/k|teasing|messing "
    r"with you|pulling your leg|a joke|gotcha|sarcasm|april fools|/s)(?:\W+(?:haha\w*|lol|lmao|of course"
    r"|obviously|with you|you|again|about that|there))*\W*$",
    re.IGNORECASE,
)
HYPERBOLE = re.compile(
    r"\b(?:could eat (?:a|an)|literally (?:dead|dying)|i'?m (?:dead|dying)\b(?! to the world| tired|"
    r" serious)|become my (?:grand)?(?:mother|father|parents)\b|dying (?:of|to|for)\b|died "
    r"laughing|million times|to the moon and back|sell my (?:soul|kidney)|queen of england|king of the "
    r"world|from mars|from the moon|on the moon|on mars|superman|batman)",
    re.IGNORECASE,
)

TALK = re.compile(
    r"^(?:"
    r"(?:am|was|are) (?:fine|good|great|well|ok|okay|alright|all right|doing (?:well|fine|good|great"
    r"|ok|okay|alright)|here|back|in|down|done|ready|sure|not sure|game|set|all set|all ears|out|off"
    r"|impressed|lost|confused|curious|speechless|jealous|with you|so (?:happy|proud"
    r"|glad))\b(?=\W*(?:$|,|thanks|thank|now$|too$|with that|how|to hear|for you|of you|you))"
    r"|(?:am|was|feel|are) (?:\w+ )?(?:sorry|glad|afraid (?:not|so|i)|wondering|curious|asking|saying"
    r"|checking in|just checking|calling about|writing to|here for you|here to|happy (?:to|for|that"
    r"|you)|excited (?:for you|to (?:hear|see|read|know|chat|talk|help))|proud of (?:you|us)|rooting "
    r"for|thankful|grateful|honou?red|touched|delighted|pleased|amazed|impressed|surprised|talking "
    r"about|referring to|trying to (?:understand|figure|find|decide|say|get|think|see|choose|remember)"
    r"|looking for (?:some |an? |the )?(?:\w+ ){0,3}?(?:recipe|recommendation|suggestion|idea|advice"
    r"|help|tip|info|information|way|something|gift|restaurant|hotel|caf[eé]|place to|book|movie)s?"
    r"|going to (?:go|head|bed|sleep|need|have to|ask|try (?:it|that)|check)|thinking (?:that|maybe)"
    r"|hoping (?:you|it|that|for)|not sure|sure|aware|certain|positive|convinced|confident|with you"
    r"|on it|all for|open to suggestions|having (?:trouble|a (?:problem|issue|hard time) (?:with"
    r"|understanding))|using you)\b"
    r"|(?:guess|suppose|bet|wonder|agree|disagree|understand|appreciate|see|mean|doubt|assume|reckon"
    r"|swear|promise|hear|imagine)\b(?! an? | my | our | the (?!point|problem|difference|idea|issue))"
    r"|(?:know)\b(?! (?:how to|[A-Z]|\w+ well))"
    r"|have been (?:down|out|up|there|back|away|in)\W*$|(?:would|'d) rather (?:not )?(?:ask|say|know"
    r"|check|be safe|wait and see)\b"
    r"|was not (?:polite|impressed|amused|happy)\W*$|think\W*$|(?:do )?not want (?:it|that|this|you)\b"
    r"|have (?:looked|checked)\b|hope\b(?! to)|hoped\b|thought (?:you|it|that|so"
    r"|about (?:it|that|what))|think (?:so|you|it|that"
    r"|this|not|about (?:it|that|this))|(?:believe|feel) (?:you|it|that|like (?:it|you|that)|so|the "
    r"same|your)\b"
    r"|can not (?:wait (?:to (?:see|hear|read|know|find|check|tell|show|chat)|for it|$)|believe|tell"
    r"|say|imagine|complain|thank|agree|help but|decide|remember|figure|seem)|can (?:not )?(?:see"
    r"|imagine|tell|hear|help|understand|relate|only|wait|feel|do (?:that|it|this)|try|definitely)\b"
    r"|(?:love|like|enjoy|adore|hate|loved|liked|enjoyed) (?:that|it|you|this|them|these|those|your"
    r"|how|what|when|hearing|talking (?:to|with) you|chatting|the (?:idea|sound|way|colou?rs?|vibe"
    r"|photo|picture|pic|view)|him|her)\b(?! .*\bmy\b)"
    r"|will (?:make sure|let you|see you|talk to you|keep (?:you|that|it|in)|think about|check|give "
    r"(?:it|that|them) a|try(?:$| that| it| this| them| to)|do (?:that|it|this)|be (?:right|back|fine"
    r"|ok|sure|there|in touch|here)|get back|take a look|take (?:that|it|this|your)|look (?:into|at|it"
    r"|that)|remember|pass|text you|call you|send (?:you|it|them)|tell (?:you|him|her|them)|have (?:to"
    r"|a look)|bear|need|go (?:with|for|now)|just|use (?:that|it|this)|update you|add (?:that|it)"
    r"|start with|ask)\b"
    r"|(?:have|have got|had|got|has) (?:an? |one |another |no |some )?(?:\w+ )?(?:question|idea|clue"
    r"|doubt|problem with (?:this|that|it)|issue with (?:this|that|it)|feeling|suggestion|thought|to "
    r"(?:go|run|say|admit|ask|leave|head|get going|agree)|request|favou?r to)s?\b(?! what)"
    r"|have (?:not )?(?:heard|seen|read|thought) (?:of|about|that|it|from) ?(?:it|that|you|this)?\b"
    r"|(?:need|want|wanted|would like|would love|was hoping)(?: to)? (?:you|your|help|some help|advice"
    r"|some advice|assistance|ask|know|talk|hear|see|say|tell|find|book|order|check|cancel|show"
    r"|understand|go now|go back|thank|share|discuss|make sure|confirm|get (?:some|a few) (?:ideas"
    r"|tips|help|advice)|run|add (?:that|to)|an? (?:\w+ )?(?:recipe|recommendation|suggestion|idea"
    r"|summary|list|joke|poem|answer|quick)|some (?:\w+ )?(?:recipe|recommendation|suggestion|idea|tip"
    r"|info|inspiration)s?)\b"
    r"|(?:said|say|asked|ask|told|mentioned|meant|remember|forgot|forget|recall)\b(?! (?:my|our) )"
    r"|was (?:thinking|wondering|going to (?:ask|say)|about to (?:ask|say)|hoping|kidding|joking"
    r"|asking|saying|like|surprised|so (?:happy|glad))\b(?! (?:of|about) \w+ing)"
    r"|(?:could|should|must|ought|may as well|better|shall)\b(?! have to)"
    r"|would\b(?! (?:like|love|rather|prefer|not mind|never|describe))"
    r"|do not (?:know|think|mind|care|understand|get (?:it|that|why|how|what)|see(?! (?:the|my|an?) )"
    r"|remember|believe"
    r"|have (?:time|a clue|any idea)|want to (?:talk|bother|be rude|know|hear)|worry|feel like|mean"
    r"|recall|blame|expect|get me)\b"
    r"|did not (?:know|think|mean|get (?:it|that)|understand|realize|realise|expect|see|say|hear|catch|notice)\b"
    r"|(?:am|was|are|were|do|did|have|had|will|would|can|could|does|is|not|too|also|try|tried)(?: not)?\W*$"
    r"|thank|congrat"
    r"|(?:have |had )?(?:figured|forgotten it|let you (?:believe|think)|taken one look|took (?:one|a) look)\b"
    r"|(?:have|have got|had|got) (?:(?:some|big|good|bad|great) )?(?:news|something to \w+|no idea)\b"
    r"|will (?:see|be (?:straight|honest|frank)|try your)\b|(?:only |half )+listen\w*|have not made up\b"
    r"|am (?:only|just) (?:looking|asking)|deserved\b|want to look\b|have resurfaced\b|(?:would|had) rather not\b"
    r"|believe in (?:you|us|your|it|that)\b|make sure\b|(?:love|miss) you\b|owe you\b|got (?:it|you"
    r"|this|that|your)\b|get (?:it|that|you|what)\b|look forward to (?:it|hearing|seeing|that|your)"
    r"|am looking forward to (?:it|hearing|seeing|that|your)"
    r")",
    re.IGNORECASE,
)
MOODS = vocabulary(
    "excited happy sad tired hungry bored glad proud busy thirsty sleepy exhausted nervous thrilled "
    "pumped stoked curious angry mad "
    "upset grateful thankful relieved amazed surprised shocked ready free available okay fine good "
    "great well better worse awesome "
    "lucky hopeful worried stressed swamped overwhelmed annoyed frustrated confused impressed "
    "jealous blessed alright cold hot late "
    "early home back here there starving stuffed freezing melting serious honest right wrong done "
    "lost flattered speechless inspired "
    "polite rude amused motivated determined positive sure certain crazy silly funny nice cool alone calm relaxed"
)
CHAT = re.compile(
    r"^(?:(?:have|enjoy) (?:a|your|the)|good (?:luck|night|morning|idea|point|question|one|job|for "
    r"you)|take care|see (?:you|ya)|talk (?:soon|later|to you)|bye|goodbye|"
    r"congrat|thank|thanks|cheers|welcome|no problem|no worries|never ?mind|forget it|forget about it"
    r"|sounds (?:good|great|like)|looks (?:good|great|like)|"
    r"that(?:'s| is| was| sounds| looks| makes| must)\b|you(?:'re| are) (?:welcome|right|the best|so)"
    r"|same here|me (?:too|neither)|makes sense|"
    r"nice to|pleased to|great to|lovely to|happy (?:birthday|new|holidays|easter)|merry|long time no"
    r"|how (?:nice|lovely|cool|sweet|exciting)|what an?\b|such an?\b|"
    r"glad (?:to|you|that|it|i)|(?:we|you) (?:all|both|gotta|got this|can do)\b|so (?:glad|happy"
    r"|proud)|hope (?:you|it|that|to (?:see|hear))|hoping (?:for the best|you|it)|wish (?:me|you|i)"
    r"|can't wait|let (?:me|us|him|her) (?:know|see|check|think|ask|try|explain)|let's|here (?:is|are"
    r"|'s|you|we)|here's|check (?:it|this|that|out)|check out|look at|take a look)",
    re.IGNORECASE,
)
HEARSAY = re.compile(
    r"^(?:(?:has |have )?(?:asked|wondered|suggest(?:s|ed)|reckons?|reckoned|claims?|claimed|joked)\b(?!"
    r" me to| to meet| for)"
    r"|wants? to know|(?:says?|said|thinks?|thought|told|asks?|asked|sends?|sent) (?:hi|hello|hey|so"
    r"|that'?s?|it'?s?|you"
    r"|your|them|thanks|no|yes|ok|me (?:so|that it|it|about (?:it|that)|the same)|the same|a joke))\b",
    re.IGNORECASE,
)
DEEDS = re.compile(
    r"^(?:have |just |have just |have now |have already |already |successfully |went ahead and "
    r")*(?:booked|reserved|ordered|sent|e-?mailed|created|scheduled|rescheduled|cancell?ed|deployed|"
    r"opened|filed|submitted|uploaded|downloaded|installed|configured|fixed|merged|pushed|restarted"
    r"|reset|refunded|issued|escalated|assigned|closed|paid|purchased|"
    r"bought|moved|renamed|generated|drafted|written|wrote|built|published|printed|transferred"
    r"|confirmed|set up|set|put|placed|made|registered|signed|"
    r"called|contacted|notified|invited|shared|translated|reviewed|tested|ran|run|completed|finished"
    r"|updated|changed|added|removed|arranged|prepared|processed|activated|upgraded|started|found) "
    r"(?!you\b)\S",
    re.IGNORECASE,
)
NOT_DEEDS = re.compile(
    r"\b(?:noted|remember\w*|memor(?:y|ies)|made a note|(?:my|your) notes?|that (?:down|in mind)|sense"
    r"|sure|mistake|error|(?:that|this|it)\b)",
    re.IGNORECASE,
)


def question(text: str, marked: bool) -> bool:
    """Whether the sentence asks, with or without its mark."""
    return marked or QUESTION.match(text) is not None


def hypothetical(text: str) -> bool:
    """Whether the sentence speaks of what is not: conditions, wishes, dreams, fiction."""
    if UNREAL_WORDS.isdisjoint(WORDS.split(text.casefold())):
        return False
    return HYPOTHESIS.search(text) is not None and not SINCERE.search(text) and not GENERAL_IF.match(text)


def joking(text: str) -> bool:
    """Whether the sentence is marked as a joke."""
    if text.isascii() and JOKE_WORDS.isdisjoint(WORDS.split(text.casefold())):
        return False
    return JOKE.search(text) is not None


def hyperbole(text: str) -> bool:
    """Whether the clause is a figure of speech."""
    return HYPERBOLE.search(text) is not None


def takes_back(text: str) -> bool:
    """Whether the sentence only says that what was said before was a joke."""
    return ONLY_JOKE.match(text) is not None


def talk(statement: Statement) -> bool:
    """Whether a first-person statement is small talk: thanks, agreement, moods, promises, requests for help."""
    if TALK.match(statement.predicate) or (statement.negative and TALK.match(f"do not {statement.predicate}")):
        return True
    words = content(statement.text)
    return statement.predicate.casefold().startswith(("am ", "feel ", "was ", "are ")) and words <= MOOD_STEMS


MOOD_STEMS = frozenset().union(*map(content, MOODS))


def chat(text: str) -> bool:
    """Whether the clause is a formula of conversation."""
    return CHAT.match(text) is not None


def hearsay(predicate: str) -> bool:
    """Whether it only reports that somebody spoke."""
    return HEARSAY.match(predicate) is not None


def deed(predicate: str) -> bool:
    """Whether an agent's first-person predicate tells of work it has done, other than taking notes."""
    return DEEDS.match(predicate) is not None and NOT_DEEDS.search(predicate) is None


FOREIGN = re.compile(
    r"(?:^|(?<=[.!?]\s))(?:"
    r"(?:(?:please|can you|could you|would you) )*(?:(?:translate|proofread|rephrase|reword|rewrite"
    r"|paraphrase|polish)\b"
    r"|(?:fix|correct|improve|edit|check) (?:my|this|the|these|that)\b)[^:\n]{0,60}"
    r"|(?!(?:i|we|you)\b|the [^.:!?\n]{1,40} (?:wrote to|told|informed) me:)[^.:!?\n]{1,60}?\b(?:said"
    r"|says|wrote|writes|told me|texted|replied|asked)\b[^.:!?\n]{0,20}"
    r"|from|subject"
    r")\s*:\s",
    re.IGNORECASE | re.MULTILINE,
)


def own(text: str) -> str:
    """A message up to where it hands on the words of somebody else, or a text to work on."""
    found = FOREIGN.search(text)
    return text[: found.start()] if found else text
