"""Makes recollect/embed/alike_en.tsv anew from the bundled tables: python -m tests.make_alike"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import recollect
from recollect.embed.static import _table
from recollect.ranking.words import STOP_WORDS, _frequencies, stem

FROM, MOST = 0.5, 5
"""Words of a cosine above it stand for each other, at most so many for one."""


def made() -> dict[str, list[tuple[str, float]]]:
    """Everyday words that the embedding table knows whole, each with the words alike, nearest first, one a stem."""
    table, (_, counted, _) = _table(), _frequencies()
    rows = {piece: row for piece, row in table.pieces._vocabulary.items() if piece.isalpha() and len(piece) > 2}
    words = [word for word in counted if word in rows and word not in STOP_WORDS]
    vectors = table.rows[[rows[word] for word in words]].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {}
    for word, cosines in zip(words, vectors @ vectors.T, strict=True):
        near: dict[str, tuple[str, float]] = {}
        for row in np.argsort(-cosines, kind="stable"):
            if cosines[row] <= FROM or len(near) == MOST:
                break
            if stem(words[row]) != stem(word):
                near.setdefault(stem(words[row]), (words[row], float(cosines[row])))
        if near:
            found[word] = list(near.values())
    return found


def written(found: dict[str, list[tuple[str, float]]]) -> str:
    """The file's text."""
    lines = (
        "\t".join([word, *(f"{near}\t{cosine * 1000:.0f}" for near, cosine in some)]) for word, some in found.items()
    )
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    Path(recollect.__file__).with_name("embed").joinpath("alike_en.tsv").write_text(written(made()), encoding="utf-8")
