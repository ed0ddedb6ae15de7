"""The bundled table, and the cache that makes an embedder of any LangChain `Embeddings`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from recollect.embed import CachedEmbedder, StaticEmbeddings
from recollect.embed.pieces import NAME_WEIGHT, WordPieces
from recollect.errors import ModelUnavailableError, RecollectError, VectorError


def vocabulary() -> dict[str, int]:
    with (files("recollect.embed") / "static_minilm_256.npz").open("rb") as file, np.load(file) as arrays:
        return {piece: row for row, piece in enumerate(arrays["pieces"].tobytes().decode().split("\n"))}


VOCABULARY = vocabulary()
PIECES = WordPieces(VOCABULARY)


def known_parts(word: str) -> list[int]:
    """The definition: the longest parts of a word; none if one is unknown or they have less than 2.5 letters on average."""
    rows = longest_first(word) or []
    return rows if len(rows) == 1 or len(word) >= 2.5 * len(rows) else []


def longest_first(word: str, inside: bool = False) -> list[int] | None:
    """The longest known start of the word, then the same for its rest; None if a part is unknown."""
    if not word:
        return []
    for end in range(len(word), 0, -1):
        row = VOCABULARY.get("##" * inside + word[:end])
        if row is not None:
            rest = longest_first(word[end:], True)
            return None if rest is None else [row, *rest]
    return None


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=14), min_size=1, max_size=6))
def test_pieces_are_the_longest_known_parts(words: list[str]) -> None:
    """Whatever the words, their pieces and how often each occurs are those of the definition."""
    expected: dict[int, float] = {}
    for word in words:
        for row in known_parts(word):
            expected[row] = expected.get(row, 0) + 1
    known = sum(len(word) for word in words if known_parts(word))
    assert PIECES.rows(" ".join(words)) == (expected if known >= sum(map(len, words)) / 2 else {})


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("embeddings", ["em", "##bed", "##ding", "##s"]),
        ("Don't!", ["don", "'", "t", "!"]),
        ("CAFÉ naïve", ["cafe", "naive"]),
        ("snake_case", ["snake", "_", "case"]),
        (f"short {'x' * 101}", []),
        ("xqzzy", []),
        ("", []),
    ],
)
def test_pieces_of_a_text(text: str, pieces: list[str]) -> None:
    """Case and accents do not matter, punctuation stands alone, endless words are unknown."""
    assert list(PIECES.rows(text)) == [VOCABULARY[piece] for piece in pieces]


@pytest.mark.parametrize(
    "text", ["我喜欢喝绿茶。", "ฉันชอบข้าวผัด!", "मुझे चाय पसंद है।", "Я люблю чай.", "我在喝茶 OK", "!!!", "。", " "]
)
def test_a_text_that_is_mostly_unknown_is_a_zero_vector(text: str) -> None:
    """Punctuation or one foreign word does not stand for a text in a script that the table does not know."""
    assert not StaticEmbeddings().matrix([text]).any()


def test_names_within_a_sentence_weigh_less() -> None:
    """A capitalised word counts a part unless it starts a sentence or every word is capitalised."""
    weights = PIECES.rows("Maria met Paul. Maria left")
    assert weights[VOCABULARY["paul"]] == pytest.approx(NAME_WEIGHT)
    assert weights[VOCABULARY["maria"]] == 2
    assert PIECES.rows("MARIA MET PAUL")[VOCABULARY["paul"]] == 1
    assert PIECES.rows("I know I can")[VOCABULARY["i"]] == 2


def test_static_vectors_have_length_one_and_mean_something() -> None:
    """Both faces of the interface agree, rows are normalised, and related texts are nearer than unrelated ones."""
    static = StaticEmbeddings()
    texts = ["She adores her kitten", "Her cat is lovely", "The engine needs oil"]
    matrix = static.matrix(texts)
    assert matrix.dtype == np.float32
    assert matrix.shape == (3, static.dims)
    assert np.linalg.norm(matrix, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert static.embed_documents(texts) == matrix.tolist() == [static.embed_query(text) for text in texts]
    assert matrix[0] @ matrix[1] > 2 * abs(matrix[0] @ matrix[2])
    assert static.embed_documents([]) == []


def test_the_table_is_read_at_first_use_and_once() -> None:
    """Importing reads nothing, and threads that come at the same time share one copy."""
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
from recollect.embed import StaticEmbeddings, static
assert not static._loaded
together = threading.Barrier(8)
def load(_):
    together.wait()
    StaticEmbeddings().embed_query("tea")
    return id(static._table())
with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(load, range(8)))), len(static._loaded))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["1", "1"]


class Provider(Embeddings):
    """A remote model: answers with `vector(text)` for each text and remembers what it was asked."""

    def __init__(self, vector: Callable[[str], Any] = lambda text: [len(text), 1.0]) -> None:
        self.vector = vector
        self.asked: list[list[str]] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked.append(texts)
        return [self.vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class AsyncProvider(Provider):
    """The same, with an asynchronous client of its own."""

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        await asyncio.sleep(0)
        return [[*vector[:-1], 2.0] for vector in self.embed_documents(texts)]


def numbers(vector: bytes | None) -> npt.NDArray[np.float64]:
    assert vector is not None
    return np.frombuffer(vector, "<f2").astype(np.float64)


def test_vectors_are_packed_and_normalised() -> None:
    """Whatever the scale of the provider's numbers, a vector is float16 of length one."""
    for scale in (1e-200, 1.0, 1e200):
        packed = CachedEmbedder(Provider(lambda _, s=scale: [3 * s, -4 * s])).embed(["tea"])[0]  # type: ignore[misc]
        assert numbers(packed) == pytest.approx([0.6, -0.8], abs=1e-3)


def test_zero_vectors_and_blank_texts_are_none() -> None:
    """A text that the model knows nothing of has no vector; a blank one is not even asked for."""
    provider = Provider(lambda text: [0.0, 0.0] if text == "?" else [1.0, 0.0])
    embedder = CachedEmbedder(provider)
    assert [vector is None for vector in embedder.embed(["?", "", " \n", "tea"])] == [True, True, True, False]
    assert provider.asked == [["?", "tea"]]
    assert embedder.embed([]) == ()


def test_each_text_is_embedded_once() -> None:
    """One call for what is missing, in order, without repetitions; what is known is not asked again."""
    provider = Provider()
    embedder = CachedEmbedder(provider)
    first = embedder.embed(["a", "bb", "a"])
    second = embedder.embed(["bb", "ccc", "a"])
    assert provider.asked == [["a", "bb"], ["ccc"]]
    assert first[0] == first[2] == second[2]
    assert first[1] == second[0]
    assert len({*first, *second}) == 3


def test_the_cache_is_bounded_and_forgets_the_least_recently_used() -> None:
    """At most `capacity` texts are kept, those used last."""
    provider = Provider()
    embedder = CachedEmbedder(provider, capacity=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        embedder.embed([text])
    assert provider.asked == [["a"], ["bb"], ["ccc"], ["bb"]]
    assert None not in embedder.embed(["one", "three", "fifth one"])


def test_threads_share_the_cache() -> None:
    """Many threads at once get the right vectors."""
    embedder = CachedEmbedder(Provider(), capacity=5)
    wrong: list[str] = []

    def work(offset: int) -> None:
        for step in range(300):
            text = "x" * ((offset + step) % 12 + 1)
            vector = numbers(embedder.embed([text])[0])
            if not np.isclose(vector[0] / vector[1], len(text), rtol=0.01):
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "vector",
    [[float("nan"), 1.0], [float("inf"), 1.0], [1.0, 2.0, 3.0], [], ["a", "b"], None, [[1.0, 2.0]]],
    ids=["nan", "inf", "too long", "empty", "words", "none", "nested"],
)
def test_unusable_vectors_are_refused_and_not_kept(vector: Any) -> None:
    """Vectors that are not finite or not of the right size raise; the next call asks again."""
    answers = {"good": [1.0, 2.0], "bad": vector}
    embedder = CachedEmbedder(Provider(lambda text: answers[text]))
    embedder.embed(["good"])
    for _ in range(2):
        with pytest.raises(VectorError):
            embedder.embed(["bad"])
        with pytest.raises(VectorError):
            asyncio.run(embedder.aembed(["bad"]))
    answers["bad"] = [2.0, 1.0]
    assert None not in embedder.embed(["bad"])


def test_a_wrong_number_of_vectors_is_refused() -> None:
    """One vector a text, or none is used."""

    class Short(Provider):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return super().embed_documents(texts)[1:]

    with pytest.raises(VectorError, match="answered 1 vectors for 2 texts"):
        CachedEmbedder(Short()).embed(["a", "b"])


def test_a_failing_provider_is_unavailable() -> None:
    """What the provider raises becomes our error, with its cause, and the name of the model in it."""

    def fail(text: str) -> list[float]:
        raise ConnectionError("no route")

    embedder = CachedEmbedder(Provider(fail))
    with pytest.raises(ModelUnavailableError, match=r"Provider.*no route") as caught:
        embedder.embed(["a"])
    assert isinstance(caught.value.__cause__, ConnectionError)
    with pytest.raises(ModelUnavailableError, match="no route"):
        asyncio.run(embedder.aembed(["a"]))


def test_our_own_errors_pass() -> None:
    """An error of our tree that the provider raises is not wrapped in another."""

    def fail(text: str) -> list[float]:
        raise VectorError("mine")

    with pytest.raises(RecollectError, match=r"^mine$"):
        CachedEmbedder(Provider(fail)).embed(["a"])


def test_names_and_dimensions_come_from_the_provider() -> None:
    """Name: its model, else its class. Dimensions: as stated, else as found, asked for at most once."""
    named, stated, plain = Provider(), Provider(), Provider()
    named.model = "text-embedder-3"  # type: ignore[attr-defined]
    stated.model_name, stated.dimensions = "mini", 2  # type: ignore[attr-defined]
    assert CachedEmbedder(named).name == "text-embedder-3"
    assert (CachedEmbedder(stated).name, CachedEmbedder(stated).dims, stated.asked) == ("mini", 2, [])
    embedder = CachedEmbedder(plain)
    assert embedder.name == f"{__name__}.Provider"
    assert (embedder.dims, embedder.dims, len(plain.asked)) == (2, 2, 1)
    static = CachedEmbedder(StaticEmbeddings())
    assert (static.name, static.dims) == ("static_minilm_256", 256)


def test_both_faces_answer_the_same() -> None:
    """`aembed` gives what `embed` gives, and shares its cache."""
    texts = ["green tea", "", "绿茶", "black coffee"]
    embedder = CachedEmbedder(StaticEmbeddings())
    assert asyncio.run(embedder.aembed(texts)) == CachedEmbedder(StaticEmbeddings()).embed(texts)
    provider = Provider()
    shared = CachedEmbedder(provider)
    assert asyncio.run(shared.aembed(["a"])) == shared.embed(["a"])
    assert len(provider.asked) == 1


def test_an_asynchronous_client_is_used() -> None:
    """`aembed` goes through the provider's own `aembed_documents`."""
    vector = asyncio.run(CachedEmbedder(AsyncProvider()).aembed(["a"]))[0]
    assert numbers(vector)[1] == pytest.approx(2 * numbers(vector)[0], rel=0.01)


def test_many_texts_leave_the_event_loop_free() -> None:
    """Once loaded, the static table works inline for short texts; it loads and embeds much text in a thread."""

    class Watched(StaticEmbeddings):
        def matrix(self, texts: Any) -> npt.NDArray[np.float32]:
            threads.append(threading.get_ident())
            return super().matrix(texts)

    threads: list[int] = []
    embedder = CachedEmbedder(Watched())
    StaticEmbeddings().embed_query("load")
    asyncio.run(embedder.aembed(["tea"]))
    asyncio.run(embedder.aembed([f"tea number {number}" for number in range(1_000)]))
    assert threads[0] == threading.get_ident() != threads[1]
