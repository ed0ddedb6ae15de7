"""Requests: what a speaker asks of the memory (remember, forget) and of the agent's manners (instructions)."""

from __future__ import annotations

import re

from recollect.reasoners.words import content

POLITE = (
    r"(?:(?:please|pls|kindly|just|also|and|hey|ok|okay|so|now)[, ]+|(?:can|could|would|will) you "
    r"(?:please |kindly |just )?|"
    r"i(?: would|'d)? (?:want|need|like|'d like|appreciate it if) you (?:to )?|you (?:can|should|may"
    r"|must|need to|have to) (?:please )?|do me a favou?r and |i'd (?:like|love|prefer) (?:for )?you to |i would prefer "
    r"(?:that )?you )*"
)
REMEMBER = re.compile(
    rf"^{POLITE}(?:(?:remember|note|keep in mind|bear in mind|be aware|take note|make a note|note down"
    rf"|write down|store|save|record|memori[sz]e|don't forget|do not forget|never forget|jot down|add "
    rf"to (?:your )?memory|know)"
    r"(?: for (?:later|me|next time|the future|(?:the|my|our) [\w' -]{2,30}?(?= that))| this| please)?(?:"
    r" the fact)?(?:\s*[:,]\s*| that )"
    r"|for your (?:memory|notes|records)[:,]\s*|to remember:\s*|note to self[:,]\s*|(?:remember|don't "
    r"forget|do not forget),? (?=my |i |i'm |we |our ))(?!when\b|how\b)",
    re.IGNORECASE,
)
TOLD = (
    r"(?:what(?:ever)?|everything|anything|all|the (?:thing|stuff|things|part|bit)) (?:that )?(?:i|we)"
    r" (?:(?:have|had|'ve) )?(?:just )?(?:said|told you|mentioned|wrote|shared)(?: to you)?(?: (?:about"
    r"|regarding|on))?"
)
DONT = (
    r"(?:(?:don't|do not|no longer) (?:remember|store|keep|save|retain|hold on to)|(?:(?:i )?(?:would|'d)"
    r" )?(?:rather|prefer) "
    r"(?:if )?you (?:didn't|did not|don't) (?:remember|store|keep|save|retain|know)|(?:i )?(?:don't|do"
    r" not) want you to "
    r"(?:remember|store|keep|save|retain|know|have))"
)
FORGET = re.compile(
    rf"^{POLITE}(?:i(?: would|'d)(?= rather| prefer) )?(?P<verb>forget|unlearn|disregard|ignore|scratch"
    rf"|delete|remove|erase"
    rf"|clear|discard|wipe|drop|lose|never ?mind|get rid of|bin|scrub|strike|take (?:out|off|away)|stop "
    rf"(?:remembering|storing|keeping)|{DONT})\b(?: (?:all )?(?:about|that|the fact that|the part (?:about"
    rf"|where)|from "
    rf"(?:your )?memory(?: that)?|{TOLD})\b)*:? ?(?P<what>.+)",
    re.IGNORECASE,
)
TOPIC_FIRST = re.compile(
    rf"^{POLITE}(?P<what>(?:{TOLD}|the (?:thing|note|memory|stuff) (?:about|on)) .+?),? (?:(?:please|can"
    rf" you|could you|you can|just)"
    r",? )*(?P<verb>forget|delete|remove|erase|drop|ignore|scratch|disregard"
    r"|(?:don't|do not) (?:keep|store|save|remember))(?: (?:it|that|this|all"
    r" that))?(?: please)?\W*$",
    re.IGNORECASE,
)
SOMETHING = re.compile(
    r"^(?:there(?:'s| is) )?(?:something|one thing|a thing) (?:that )?(?:i'd|i would|i) (?:like|want|need) you to "
    r"(?:forget|drop|delete"
    r"|remove|erase)\b.*?\b(?:that's|that is|it's|it is|namely):? (?P<what>.+)",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"^(?:it|that)(?:'s| is) (?:not true|not right|untrue|false|wrong|incorrect|not the case)(?: any "
    r"?more)? that (?=(?:i|we|my|our)\b)",
    re.IGNORECASE,
)
MEMORY_WORDS = re.compile(
    r"\b(?:memor(?:y|ies)|(?:i|we) (?:just )?(?:said|told you|mentioned|wrote|shared)|the (?:\w+"
    r" ){0,4}?(?:thing|stuff|business|trip|plan|bit|part)"
    r"\b|the fact|the part|you know about"
    r"|information about|notes? about|details? about|from your (?:records|notes))\b",
    re.IGNORECASE,
)
PERSONAL_DATA = re.compile(
    r"^(?:that )?(?:i\b|i'm\b|we\b|everything|anything|all (?:of )?(?:my|that|the|about)|(?:my|our) "
    r"(?:\w+ ){0,2}?(?:number|phone|address|e-?mail|birthday|birthdate|name|age|job|employer|password"
    r"|pin|salary|diagnosis|"
    r"illness|health|weight|height|passport|allergy|allergies|preferences?|relationship|religion|hometown|location|home"
    r"|details|data|info\w*)\b(?! (?:field|column|file|list|table)))",
    re.IGNORECASE,
)
IDLE_FORGET = re.compile(
    r"^(?:it|this|about it|about this|that|to|where|how|which|who|whether|me|him|her|them|you|us|the "
    r"(?:file|line|last|previous|first)|yourself|everyone|all (?:previous|prior) instructions|(?:all "
    r")?(?:your |the )?(?:previous |prior )?instructions)\b(?! (?:that|i ))",
    re.IGNORECASE,
)
WRAPPING = re.compile(
    r"^(?:(?:that|about|the fact that|the fact|my request (?:to|that)|what (?:i|we) (?:said|told you"
    r"|mentioned) (?:about|regarding)|(?:every|any)thing (?:(?:that )?(?:i|you know|we|you have"
    r"|you've) (?:\w+ )*)?(?:about|on)|all (?:about|of)|any (?:mention|memory) of|the (?:memory"
    r"|memories|note|part|thing|information|info|details?|stuff) (?:that|about|of|where)|memories "
    r"(?:of|about))\s+)+",
    re.IGNORECASE,
)
AFTERWORD = re.compile(
    r"(?:,? (?:would|will|could|can|won't|can't) you\??"
    r"|[,.;]? (?:from (?:your |the )?(?:memory|memories|records?|notes?)|please|kindly|now|again|anymore|any "
    r"more|okay|ok|thanks|thank you|for me|entirely|completely|altogether)|,? and (?:everything|all (?:of"
    r" it|of that|that)"
    r"|the rest|so on|(?:all )?that stuff))+\W*$",
    re.IGNORECASE,
)

ABOUT = re.compile(
    r"\b(?:never ?mind|drop|ignore|disregard|scratch|bin|erase|delete|remove) (?:all |that |it )?about\b", re.IGNORECASE
)
EXPLAINED = re.compile(
    r"\s*[,;–—]\s*(?=(?:we|i|it|that|they|he|she|because|since|as|i'm|we're|it's|that's)\b).*", re.IGNORECASE
)
STANDING = (
    r"always|never|from now on|in (?:the )?future|going forward|from here on|henceforth|by default|every "
    r"time(?! with)|whenever|each time(?! with)"
)
ANSWER = (
    r"answers?|replies|reply|responses?|respond|messages?|sentences|explanations?|write|talk|speak|explain"
    r"|summar(?:y|ies|ise|ize)"
)
INSTRUCTION = re.compile(
    rf"^{POLITE}(?:"
    rf"(?:{STANDING})\b(?!.*\b(?:i|we|my) (?:am|was|have|had|will|live|work|go)\b)"
    r"|(?:call|address) me (?!back|at|on|tomorrow|later|when|if|tonight|today|in\b|a \b|an \b|by\b$"
    r"|crazy|old|maybe)(?:by |as )?\w+"
    r"|(?:contact|reach|email|text|message|notify|write) me (?:by|via|through|on|only|instead)\b"
    r"|refer to me as\b|(?:speak|talk|write|reply|respond|answer)(?: to me| me| back| everything| "
    r"(?:all )?my questions)*,? (?:only |exclusively )?(?:in|with|using|briefly|shortly|concisely"
    r"|formally|casually|informally|politely|like|more|less|short|as (?:brief|short|concise)\w*)\b(?! "
    r"(?:an email|a poem|a letter|a story|the))"
    rf"|keep (?:your |the |all |all your |things |it |everything )?(?:{ANSWER})?\s*(?:(?:a (?:bit|little)"
    rf"|more|very|nice and|fairly) )?(?:short|brief"
    rf"|concise|simple|formal|informal|polite|professional|casual|under|to (?:a|one|two|\d))"
    r"|be (?:more |less |very |as |a bit )?(?:brief|concise|short|honest|direct|formal|informal|polite"
    r"|friendly|critical|blunt|detailed|specific|careful|patient|casual|funny|professional|succinct)\b"
    r"|(?:do not|don't|stop|avoid|quit|no more) (?:ever )?(?:us(?:e|ing)|call(?:ing)? me|send(?:ing)?"
    r"|giv(?:e|ing)|add(?:ing)?|includ(?:e|ing)|start(?:ing)? (?:every|your|each)|end(?:ing)? (?:every"
    r"|your|each)|mention(?:ing)?|remind(?:ing)?|suggest(?:ing)?|recommend(?:ing)?|ask(?:ing)? me(?! why| how)"
    r"|contact(?:ing)?|assum(?:e|ing)|translat(?:e|ing)|speak(?:ing)?|talk(?:ing)? (?:about|to)"
    r"|answer(?:ing)?|reply(?:ing)?|respond(?:ing)?|share|sharing|apologi[sz](?:e|ing)|writ(?:e|ing)"
    r"|book(?:ing)?|schedul(?:e|ing)|emojis?|explain(?:ing)?|sugar-?coat(?:ing)?|bring(?:ing)? up)\b"
    r"|use (?:the )?(?:metric|imperial|celsius|fahrenheit|kilomet\w+|miles|(?:24|12)[- ]?h\w*|bullet"
    r"|short|simple|plain|formal|informal|british|american|emojis?|markdown|tables?|less|fewer|more"
    r"|english|german|french|spanish|italian|norwegian|dutch|euros?|dollars?|first names?|my (?:first "
    r")?name|they/them|she/her|he/him)\b"
    r"|(?:just |only )?(?:write|give me|send me) (?:\w+ ){0,3}?(?:sentences|answers|replies|prose"
    r"|paragraphs|bullet points"
    r"|bullets|lists?|kilomet\w+|miles|summaries|tables)\b"
    r"|give me (?:\w+ ){1,3}?in (?:miles|kilomet\w+|km|celsius|fahrenheit|kilos?|pounds|metric|euros|dollars)\b"
    r"|(?:no|less|fewer|more) (?:more )?(?:bullet points|bullets|emojis?|lists|tables|markdown|jargon)\b"
    r"|make sure (?:to|you|that you)\b|(?:remind|notify|alert|ping) me\b(?=.*\w)|format (?:your|all|everything"
    r"|dates|code)|sign (?:off|your)|stick to\b|limit (?:your|answers)|prefer (?:short|long|brief"
    r"|concise) (?:answers|replies|responses)\b"
    r")",
    re.IGNORECASE,
)
WANTED = re.compile(
    r"^(?:(?:bullet points|bullets|lists?|tables|(?:short|long|brief|simple|plain|detailed)\w* (?:answers"
    r"|replies|sentences)"
    r"|emojis?|metric|celsius|kilomet\w+|english) (?:would be|are|is) (?:good|great|nice|better|best|fine"
    r"|enough|lovely)\b|i(?:'d| would) (?:rather|prefer)(?: it)?(?: that| if)? you (?:called|call|used"
    r"|use|wrote|write"
    r"|answered|answer)\b|i (?:want|need|prefer|expect|would (?:like|prefer)|'d (?:like|prefer)|like)(?: to have| to "
    r"get| to receive| it when)? (?:your |you (?:to (?:always|never)|always|never)|all )?(?:\w+ "
    r"){0,2}(?:answers?|replies|responses?|explanations|messages)\b|(?:your )(?:answers|replies"
    r"|responses) should (?:always )?be\b)",
    re.IGNORECASE,
)
OPENING = re.compile(rf"^{POLITE}", re.IGNORECASE)
TOPICS = {
    "length": r"\b(?:brief\w*|short\w*|concise\w*|long\w*|detail\w*|lengthy|succinct\w*|elaborate|thorough\w*"
    r"|in[- ]depth|terse|one line|bullet points only|(?:one|two|three|\d) sentences?)\b",
    "language": r"\b(?:english|german|french|spanish|italian|norwegian|dutch|portuguese|swedish|danish|polish"
    r"|russian|chinese|japanese|korean|turkish|arabic|hindi|finnish|greek|czech)\b",
    "emoji": r"\bemojis?\b|\bemoticons?\b|\bsmileys?\b",
    "units": r"\b(?:metric|imperial|celsius|fahrenheit|kilomet\w+|miles|pounds|kilos?|kilograms?)\b",
    "clock": r"\b(?:24|12)[- ]?h\w*\b",
    "form": r"\b(?:bullet\w*|tables?|markdown|paragraphs?|plain text|lists?|prose|(?:normal|full|plain|proper"
    r"|whole) sentences)\b",
    "tone": r"\b(?:formal\w*|informal\w*|casual\w*|friendly|polite\w*|professional\w*|blunt|direct\w*|humor\w*"
    r"|humour\w*|funny|jokes?|slang|sarcas\w*)\b",
    "address": r"\b(?:call(?:ed)? me|address me|refer to me)\b",
}
CUES = {
    "length": "short brief long detailed answers replies",
    "language": "answer reply in English German French Spanish",
    "emoji": "emojis",
    "units": "metric imperial kilometres miles",
    "clock": "24 hour 12 hour clock",
    "form": "bullet points lists tables prose sentences",
    "tone": "formal casual friendly direct tone",
    "address": "call me",
}
TOPIC = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in TOPICS.items()}


def remembered(text: str) -> int:
    """Where what is to be remembered begins, in a request to remember; else 0."""
    match = REMEMBER.match(text)
    return match.end() if match else 0


def forgotten(text: str) -> str | None:
    """What is to be forgotten, in a request to forget; None if the text is none, or asks for work on something else."""
    if denied := DENIED.match(text):
        return text[denied.end() :].rstrip(" .!")
    if something := SOMETHING.match(text):
        return something["what"].rstrip(" .!")
    match = TOPIC_FIRST.match(text) or FORGET.match(text)
    if match is None:
        return None
    what = AFTERWORD.sub("", EXPLAINED.sub("", match["what"].strip()))
    plainly = (
        match["verb"].casefold() in {"forget", "unlearn"}
        or ABOUT.search(text) is not None
        or match["verb"]
        .casefold()
        .startswith(
            (
                "stop",
                "don't",
                "do not",
                "would rather",
                "rather",
                "'d rather",
                "i don't",
                "i do not",
                "would prefer",
                "prefer",
            )
        )
    )
    told = re.search(TOLD, text[: match.start("what")], re.IGNORECASE)  # whatever follows was said before
    if not content(what) or (IDLE_FORGET.match(match["what"]) and not told):
        return None
    if not plainly and not MEMORY_WORDS.search(text) and not PERSONAL_DATA.match(what):
        return None
    return WRAPPING.sub("", what).rstrip(" .!?,")


def instruction(text: str) -> bool:
    """Whether the text asks for a lasting manner of the agent."""
    return INSTRUCTION.match(text) is not None or WANTED.match(text) is not None


def impolite(text: str) -> str:
    """The request without its politeness."""
    return text[OPENING.match(text).end() :] if OPENING.match(text) else text  # type: ignore[union-attr]


def topics(text: str) -> frozenset[str]:
    """What an instruction is about: length, language, tone, …; one instruction at a time stands for each."""
    return frozenset(name for name, pattern in TOPIC.items() if pattern.search(text))


def cues(text: str) -> tuple[str, ...]:
    """Texts that find earlier instructions about the same."""
    return tuple(CUES[topic] for topic in sorted(topics(text)))[:3]
