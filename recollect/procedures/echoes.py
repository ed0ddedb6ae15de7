"""Whether user and agent said what a summary of their run tells, or whether it only repeats a tool's answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recollect.procedures.detecting import SPEAKERS
from recollect.procedures.values import HOLE
from recollect.ranking import STOP_WORDS, terms
from recollect.types import Turn

_STRETCH = 3
"""Words in a row from which on the same ones are no chance, if two of them are no function words."""
_SAID = 2 / 3
"""Share of the words of a text that must have been said."""
_STEM = 0.6
"""Share of a word that two forms of it have in common at its start, or anywhere in the longer one."""


@dataclass(frozen=True, slots=True)
class Voices:
    """What was said in a run as words with single spaces: by its user, and by tools and documents."""

    user: str
    others: str
    spoken: str

    def echo(self, text: str) -> bool:
        """Whether a text has words in a row that tools or documents said and the user did not."""
        return bool(_stretches(text, self.others, self.user))

    def say(self, text: str) -> bool:
        """Whether user or agent said most words of a text, in whatever form; a text of parameters alone is said."""
        found = terms(HOLE.sub(" ", text))
        known = sum(self._is_said(term) for term in found)
        return known >= _SAID * len(found)

    def _is_said(self, term: str) -> bool:
        begun = term[: max(4, round(_STEM * len(term)))]
        return f" {term} " in self.spoken or (len(term) > 4 and begun in self.spoken)


def voices(turns: Sequence[Turn]) -> Voices:
    """Who said what in a run."""
    spoken = [term for turn in turns if turn.role in SPEAKERS for term in terms(turn.text)]
    return Voices(
        user=plain(turn.text for turn in turns if turn.role == "user"),
        others=plain(turn.text for turn in turns if turn.role not in SPEAKERS),
        spoken=f" {' '.join(spoken)} ",
    )


def plain(texts: Iterable[str]) -> str:
    """The words of texts, without case, one space around each."""
    return f" {' '.join(word for text in texts for word in _words(text))} "


def mostly(text: str, others: str) -> bool:
    """Whether half of a text's words or more stand in the other text, in stretches."""
    return 2 * len(_stretches(text, others, "")) >= max(len(_words(text)), 1)


def _stretches(text: str, others: str, own: str) -> set[int]:
    """The numbers of the words that are part of a stretch of the others alone."""
    words = _words(text)
    length = min(_STRETCH, max(len(words), 2))
    found: set[int] = set()
    for start in range(len(words) - length + 1):
        stretch = words[start : start + length]
        said = f" {' '.join(stretch)} "
        telling = sum(word not in STOP_WORDS for word in stretch) > 1
        if telling and said in others and said not in own:
            found.update(range(start, start + length))
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", HOLE.sub(" ", text).casefold())
