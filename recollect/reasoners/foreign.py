"""Foreign text: whether a sentence is in another language than English, and whether it says something there."""

from __future__ import annotations

import re
import unicodedata

from recollect.reasoners.words import vocabulary

ENGLISH = vocabulary(
    "i i'm i've i'd i'll the a an and is are was were am be been to of in on at for with my your our "
    "his her their its it "
    "it's that this these those you he she we they me him us them not don't do does did have has had "
    "will would can could "
    "should but or so if as by from about just like really what when where who how why there here "
    "more than then now no "
    "yes all any some one up out get got go going want need love live work know think see make new "
    "good please thanks "
    "very too also because always never every into over after before only own name is isn't can't "
    "won't that's there's"
)
FOREIGN = vocabulary(
    "ich bin wohne heiße habe und der die das ist nicht ein eine einen mit für auf von zu mein meine "
    "meinen wir sie er es "
    "aber auch sehr gerne mag arbeite seit bei im am dem den des "
    "je suis j'ai j'habite j'aime le la les un une des du et est pas ne mon ma mes nous vous il elle "
    "dans avec pour sur à "
    "au aux que qui très travaille depuis chez c'est mais où "
    "yo soy vivo tengo me gusta el los las una y es no mi mis nosotros en con para por que muy pero "
    "trabajo desde llamo "
    "de del al se lo su está estoy como más también "
    "io sono ho abito vivo il gli uno e è non mia mie miei nel nella con per che molto ma lavoro da mi piace chiamo "
    "eu sou moro tenho gosto o os uma não meu minha em com trabalho muito há uns das dos na "
    "ik ben woon heb het een en niet mijn wij zij met voor op van werk bij maar graag heet "
    "jeg er bor har og ikke et min mitt mine vi med på til som liker jobber heter jag är har och "
    "inte ett mitt hos tycker "
    "på som gillar arbetar heter mam jestem mieszkam nie się w na z i do że jest lubię pracuję ben bir ve çok "
    "asun olen minä on ja työskentelen bydlím jsem mám rád"
)
GREETINGS = vocabulary(
    "hola bonjour salut hallo guten tag morgen abend moin servus merci danke gracias ciao grazie olá "
    "oi obrigado obrigada "
    "hei hej tak tack takk privet привет здравствуйте спасибо пока да нет ok okay ja nein oui non sí "
    "si de nada bitte "
    "adiós tschüss 你好 您好 谢谢 好的 再见 こんにちは ありがとう ありがとうございます おはよう はい いいえ "
    "안녕하세요 감사합니다 네 "
    "مرحبا شكرا नमस्ते धन्यवाद dziękuję cześć merhaba teşekkürler"
)
ASKING = re.compile(
    r"(?:[?？؟;]|吗|呢|か|까|나요|가요)[。.!！\s]*$|^\s*[¿]|^(?:was|wer|wie|wo|wann|warum|qué|quién|cómo|dónde"
    r"|cuándo|por qué|que|qui|"
    r"comment|où|quand|pourquoi|come|dove|quando|perché|как|что|где|когда|почему|кто)\b.*[?？]",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SHORTEST = 4


def foreign(text: str) -> bool:
    """Whether the sentence is in another language, judged by its script, its accents and its small words."""
    if not text.isascii() and _scripted(text):
        return True
    words = [word.casefold().replace("’", "'") for word in WORD.findall(text)]
    english = sum(word in ENGLISH for word in words)
    other = sum(word in FOREIGN and word not in ENGLISH for word in words)
    accented = sum(map(_accented, words))
    return other + accented > english + (1 if english else 0) and other >= 1 and len(words) > 1


def _scripted(text: str) -> bool:
    """Whether most of its letters are not Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(map(_latin, letters)) * 2 < len(letters)


def _latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


def _accented(word: str) -> bool:
    return not word.isascii()


def worth_keeping(text: str) -> bool:
    """Whether a sentence in another language says something: no question, no greeting, no interjection."""
    if ASKING.search(text):
        return False
    words = [word.casefold() for word in WORD.findall(text)]
    if all(word in GREETINGS for word in words):
        return False
    wide = any(not _latin(letter) for letter in text if letter.isalpha())
    return len(words) >= 2 or (wide and sum(map(str.isalpha, text)) >= SHORTEST)
