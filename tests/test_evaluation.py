"""`recollect eval`: the arithmetic by hand, both formats, the run through the facade, and the command's output."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from benchmarks.ten_folds import Figures, chosen, mean, over
from recollect import Memory, ranking
from recollect.cli.app import app
from recollect.errors import UsageError
from recollect.evaluation import data, measures, procedures, retrieval
from recollect.evaluation.baselines import NAMES, Baselines
from recollect.ranking import DEFAULT_THRESHOLD, Weights

NEAR_MISSES = Path(__file__).parent.parent / "benchmarks" / "abstention"
RUNNER = CliRunner(env={f"RECOLLECT_{name}": None for name in ("DB", "USER", "MODEL", "TZ")})

LOCOMO = {
    "sample_id": "conv-1",
    "conversation": {
        "speaker_a": "Anna",
        "speaker_b": "Tom",
        "session_10_date_time": "9:05 am on 2 June, 2026",
        "session_10": [
            {"speaker": "Tom", "dia_id": "D10:1", "text": "My sister Mia is a violinist."},
            {"speaker": "Anna", "dia_id": "D10:2", "text": " "},
        ],
        "session_2_date_time": "1:56 pm on 8 May, 2026",
        "session_2": [
            {"speaker": "Anna", "dia_id": "D2:1", "text": "Look!", "blip_caption": "a lighthouse in the fog"},
            {"speaker": "Tom", "dia_id": "D2:2", "text": "Where did you take that picture?"},
            {"speaker": "Anna", "dia_id": "D2:3", "text": "On the island of Utsira."},
        ],
        "session_11_date_time": "9:05 am on 3 June, 2026",
    },
    "qa": [
        {"question": "Who is a violinist?", "answer": "Mia", "evidence": ["D10:1"], "category": 4},
        {"question": "Where was the fog?", "answer": "Utsira", "evidence": ["D2:1; D:2:03"], "category": 1},
        {"question": "Which drum does Tom play?", "evidence": ["D10:1"], "category": 5},
        {"question": "Who paints?", "answer": "nobody", "evidence": ["D99:1"], "category": 3},
        {"question": "Who sings?", "answer": "nobody", "evidence": [], "category": 2},
    ],
}
PLAIN = (
    {"id": "a", "text": "I live in Oslo.", "name": "Anna", "timestamp": "2026-03-02T09:00:00+00:00", "thread": "one"},
    {"id": "b", "text": "The roof leaks.", "name": "Tom", "thread": 2},
    {"id": "c", "text": "My sister plays the violin.", "name": "Anna", "thread": "one"},
    {"id": 4, "text": "Tax forms are due in April."},
    {"question": "Where does Anna live?", "evidence": ["a"], "category": 3},
    {"question": "When are tax forms due?", "evidence": [4]},
    {"question": "What does the brother play?", "evidence": [], "category": 1},
    {"question": "xqzzy flurb wibble"},
)


def written(path: Path, *rows: object) -> str:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def locomo(tmp_path: Path) -> str:
    """One conversation in LoCoMo's format."""
    path = tmp_path / "locomo.json"
    path.write_text(json.dumps([LOCOMO]), encoding="utf-8")
    return str(path)


@pytest.fixture
def plain(tmp_path: Path) -> str:
    """One conversation as JSON lines."""
    return written(tmp_path / "plain.jsonl", *PLAIN)


# The arithmetic.


def test_measures_by_hand() -> None:
    """Two of three pieces of evidence, at places 2 and 7."""
    found = measures.measured(["x", "a", "y", "z", "w", "v", "b"], {"a", "b", "c"})
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found == pytest.approx(
        {
            "recall@1": 0,
            "recall@5": 1 / 3,
            "recall@10": 2 / 3,
            "recall@20": 2 / 3,
            "mrr": 1 / 2,
            "ndcg@10": (1 / math.log2(3) + 1 / math.log2(8)) / ideal,
            "precision@5": 1 / 5,
        }
    )


@given(
    st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), unique=True, max_size=20), st.sets(st.sampled_from("abcz"))
)
def test_measures_have_bounds(ranking: list[str], evidence: set[str]) -> None:
    """Each is from 0 to 1, recall grows with the places, and evidence that comes first is as good as can be."""
    evidence |= {"a"}
    found = measures.measured(ranking, evidence)
    assert all(0 <= value <= 1 for value in found.values())
    assert found["recall@1"] <= found["recall@5"] <= found["recall@10"] <= found["recall@20"]
    best = measures.measured([*sorted(evidence), *(name for name in ranking if name not in evidence)], evidence)
    assert best["mrr"] == best["ndcg@10"] == best["recall@5"] == 1
    assert all(best[name] >= found[name] for name in found)


def test_nothing_measured_is_none() -> None:
    """A mean or quantile of nothing is not 0."""
    assert measures.averaged([]) == dict.fromkeys(measures.NAMES)
    assert measures.quantile([], 0.5) is None
    assert measures.quantile([4, 1, 3, 2], 0.5) == 2 and measures.quantile([4, 1, 3, 2], 0.95) == 4


# The formats.


def test_locomo_is_read_as_it_is(locomo: str) -> None:
    """Sessions in order of their numbers, each a thread; captions belong to the text; evidence is put right."""
    [conversation] = data.read(locomo)
    assert conversation.name == "conv-1"
    assert [thread.name for thread in conversation.threads] == ["session_2", "session_10"]
    assert [(m["id"], m["name"], m["content"]) for m in conversation.messages] == [
        ("D2:1", "Anna", "Look! [photo: a lighthouse in the fog]"),
        ("D2:2", "Tom", "Where did you take that picture?"),
        ("D2:3", "Anna", "On the island of Utsira."),
        ("D10:1", "Tom", "My sister Mia is a violinist."),
    ]
    assert [f"{m['timestamp']:%d %H:%M:%S}" for m in conversation.messages][1:] == [
        "08 13:56:01",
        "08 13:56:02",
        "02 09:05:00",
    ]
    assert [(q.category, q.evidence) for q in conversation.questions] == [
        (4, {"D10:1"}),
        (1, {"D2:1", "D2:3"}),
        (5, {"D10:1"}),
    ]
    assert conversation.skipped == 2


def test_plain_lines_are_read_as_documented(plain: str) -> None:
    """Threads in the order in which they begin; a question without evidence is unanswerable whatever its category."""
    [conversation] = data.read(plain)
    assert [(t.name, [m["id"] for m in t.messages]) for t in conversation.threads] == [
        ("one", ["a", "c"]),
        ("2", ["b"]),
        (None, ["4"]),
    ]
    assert [(q.category, q.evidence) for q in conversation.questions] == [
        (3, {"a"}),
        (4, {"4"}),
        (5, set()),
        (5, set()),
    ]


def test_a_folder_holds_one_conversation_a_file(tmp_path: Path) -> None:
    """In the order of their names."""
    for name in ("b", "a"):
        written(tmp_path / f"{name}.jsonl", *PLAIN)
    assert [conversation.name for conversation in data.read(str(tmp_path))] == ["a", "b"]


MEMORY, QUESTION = PLAIN[0], PLAIN[4]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([MEMORY, "text"], "line 2: expected a memory"),
        ([MEMORY, {"id": "x"}], "line 2: expected a memory"),
        ([MEMORY, MEMORY, QUESTION], "line 2: id='a'"),
        ([{"text": "I live in Oslo."}, QUESTION], "line 1: id=None"),
        ([MEMORY | {"text": " "}, QUESTION], "line 1 is empty"),
        ([MEMORY | {"timestamp": "soon"}, QUESTION], "line 1: timestamp='soon'"),
        ([MEMORY | {"name": 7}, QUESTION], "line 1: name=7"),
        ([MEMORY | {"thread": ["one"]}, QUESTION], "line 1: thread="),
        ([MEMORY, QUESTION | {"evidence": ["b"]}], "line 2: evidence='b'"),
        ([MEMORY, QUESTION | {"evidence": "a"}], "line 2: evidence='a'"),
        ([MEMORY, QUESTION | {"evidence": [["a"]]}], "line 2: evidence="),
        ([MEMORY, QUESTION | {"category": 6}], "line 2: category 6"),
        ([MEMORY, QUESTION | {"category": "1"}], "line 2: category '1'"),
        ([MEMORY, QUESTION | {"question": ""}], "line 2: question=''"),
        ([MEMORY], "expected messages and questions"),
        ([{"question": "Who?"}], "expected messages and questions"),
        ([], "expected messages and questions"),
        ([[1]], "conversation 0 is not in LoCoMo's format"),
        ([[{"conversation": {"session_1": []}, "qa": []}]], "session_1_date_time"),
        ([[{**LOCOMO, "qa": [{"question": "Who?", "category": 9}]}]], "category 9"),
    ],
    ids=range(20),
)
def test_what_is_not_as_expected_is_told_with_its_place(tmp_path: Path, rows: list[object], said: str) -> None:
    """A UsageError names the line, or the conversation."""
    with pytest.raises(UsageError) as caught:
        data.read(written(tmp_path / "bad.jsonl", *rows))
    assert said in str(caught.value)


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Neither a missing file, nor one that is no text, nor half a line is a crash."""
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "half.jsonl").write_text('{"id": ')
    (tmp_path / "list.json").write_text("[{")
    for name in ("missing.json", "bytes.jsonl", "half.jsonl", "list.json"):
        with pytest.raises(UsageError, match=name):
            data.read(str(tmp_path / name))


# The baselines.


def test_baselines_find_words_and_meaning() -> None:
    """Keywords need a shared word, vectors do not, and fusion puts first what both find."""
    texts = ["The doctor prescribed tablets", "We adopted a greyhound", "Taxes are due", "My doctor adopted a puppy"]
    messages = tuple({"id": str(n), "name": None, "content": text} for n, text in enumerate(texts))
    plain = Baselines(data.Conversation("x", (data.Thread(None, messages),), ()))
    found = plain.rankings("Which dog was adopted?")
    assert found["keyword"] == ["1", "3"]  # "was" is in none
    assert set(found["dense"][:2]) == {"1", "3"} and found["dense"][0] != "2"
    assert found["rrf"][0] == found["keyword"][0] == "1"
    assert plain.rankings("xqzzy")["keyword"] == []


# The run.


@pytest.fixture
def measured(plain: str) -> tuple[dict[str, Any], Memory]:
    """The report on the plain lines, and the memory that they went through."""
    memory = Memory(":memory:")
    conversations = data.read(plain)
    return retrieval.report("plain", conversations, retrieval.run(conversations, memory)), memory


def test_messages_are_remembered_as_they_are(measured: tuple[dict[str, Any], Memory]) -> None:
    """Text, speaker, time, thread and place, in order, for a user of the conversation's own."""
    with measured[1] as memory:
        page = memory.list(user="0 plain")
        kept = {record.sources[0].message_id: record for record in page}
    told = {name: (r.text, r.actor, r.sources[0].thread, r.sources[0].position) for name, r in kept.items()}
    assert told == {
        "a": ("I live in Oslo.", "Anna", "one", 0),
        "c": ("My sister plays the violin.", "Anna", "one", 1),
        "b": ("The roof leaks.", "Tom", "2", 0),
        "4": ("Tax forms are due in April.", "user", None, 0),
    }
    assert kept["a"].observed_at is not None and kept["a"].observed_at.year == 2026
    assert {record.kind for record in kept.values()} == {"message"}


def test_the_report_counts_what_was_asked(measured: tuple[dict[str, Any], Memory]) -> None:
    """By category, the unanswerable apart; what was not asked has no figures."""
    report, memory = measured
    memory.close()
    assert (report["n"], report["conversations"], report["memories"], report["skipped"]) == (4, 1, 4, 0)
    assert {name: q["n"] for name, q in report["by_category"].items()} == {"1": 0, "2": 0, "3": 1, "4": 1, "5": 2}
    assert report["by_category"]["1"]["recall@10"] is None and report["by_category"]["5"]["mrr"] is None
    assert report["overall"]["n"] == 2 and report["overall"]["recall@10"] == 1
    assert report["overall"]["precision@5"] == pytest.approx(0.2)
    assert [q["n"] for q in report["baselines"].values()] == [2, 2, 2] and tuple(report["baselines"]) == NAMES
    assert report["tokens"]["per_question"] > 0 and report["latency_ms"]["search_p50"] > 0


def test_abstention_is_measured_at_the_shipped_threshold(measured: tuple[dict[str, Any], Memory]) -> None:
    """It is what `search` does without a threshold of ours."""
    report, memory = measured
    questions = [row["question"] for row in PLAIN if "question" in row]
    with memory:
        got = [bool(memory.search(str(question), user="0 plain")) for question in questions]
    assert report["abstention"]["threshold"] == DEFAULT_THRESHOLD
    assert report["abstention"]["answered"] == sum(got[:2]) / 2
    assert report["abstention"]["unanswered"] == 1 - sum(got[2:]) / 2 and not got[3]
    assert report["abstention"]["recall@10_without_threshold"] == report["overall"]["recall@10"]


class Failing:
    """A memory that finds nothing, or the wrong thing."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add(self, *given: Any, **named: Any) -> Any:
        return self._memory.add(*given, **named)

    def search(self, query: str, **named: Any) -> Any:
        return self._memory.search("The roof leaks.", **named)[:1]


def test_a_bad_memory_gets_bad_figures(plain: str) -> None:
    """The figures are those of the memory that was asked, not of the baselines or of a wish."""
    conversations = data.read(plain)
    with Memory(":memory:") as memory:
        bad: Any = Failing(memory)
        report = retrieval.report("plain", conversations, retrieval.run(conversations, bad))
    assert report["overall"]["recall@20"] == report["overall"]["mrr"] == 0
    assert report["baselines"]["rrf"]["recall@10"] == 1
    assert report["abstention"]["answered"] == 1 and report["abstention"]["unanswered"] == 0
    assert report["abstention"]["recall@10"] == 0


def test_two_conversations_do_not_mix(tmp_path: Path) -> None:
    """A question sees only its own conversation, also when two have one name and the same ids."""
    one = {**LOCOMO, "qa": LOCOMO["qa"][:1]}
    talk = {"session_1_date_time": "9:05 am on 2 June, 2026"}
    other = {"speaker": "Ben", "dia_id": "D10:1", "text": "I am a violinist, too."}
    (tmp_path / "two.json").write_text(json.dumps([one, {**one, "conversation": {**talk, "session_1": [other]}}]))
    conversations = data.read(str(tmp_path / "two.json"))
    with Memory(":memory:") as memory:
        asked = retrieval.run(conversations, memory).asked
    assert [len(one.rankings[retrieval.OURS]) for one in asked] == [4, 1]
    assert [one.hits[0].record.actor for one in asked] == ["Tom", "Ben"]


def test_progress_reaches_its_total(plain: str) -> None:
    """Messages and questions are steps; the last is the total."""
    told: list[tuple[int, int]] = []
    with Memory(":memory:") as memory:
        retrieval.run(data.read(plain), memory, lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (8, 8)


def test_questions_wait_for_the_index(plain: str) -> None:
    """All is remembered before anything is asked, and what waits for an index is called in between."""
    told: list[int] = []
    with Memory(":memory:") as memory:
        conversations = data.read(plain)
        retrieval.run([*conversations] * 2, memory, lambda done, _: told.append(done), lambda: told.append(-1))
    assert told == [4, 8, -1, *range(9, 17)]


def test_folds_report_on_conversations_that_nothing_was_chosen_on() -> None:
    """What is best on three conversations is reported on the other two, all ten ways."""
    tempting, sound = Weights(before=0.1), Weights()
    found = {
        tempting: [[Figures(1.0, 1.0)] * 4, *([[Figures(0.2, 0.1)]] * 4)],
        sound: [[Figures(0.5, 0.5)] * 4, *([[Figures(0.4, 0.3)]] * 4)],
    }
    folds = chosen(found, 5)
    assert len(folds) == 10 and len({fold.others for fold in folds}) == 10
    for fold in folds:
        best = tempting if 0 not in fold.others else sound
        assert fold.weights == best
        assert over(found, fold.weights, fold.others) == mean(
            figures for number in fold.others for figures in found[best][number]
        )


# The command.


def evaluated(*arguments: str) -> Result:
    result = RUNNER.invoke(app, ["eval", "retrieval", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_an_index_that_is_not_there_is_not_measured(plain: str) -> None:
    """No figures of the exact search that would stand in for it."""
    pytest.importorskip("weaviate")
    result = evaluated(plain, "--index", "weaviate://127.0.0.1:9?grpc=10")
    assert result.exit_code != 0 and "recall@10" not in result.stdout
    assert "does not follow" in result.output


def figures(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What two runs have in common: times differ, and so do ids, which are tokens as well."""
    return {name: value for name, value in found.items() if name not in ("tokens", "latency_ms")}


QUALITY = {"n", "recall@1", "recall@5", "recall@10", "recall@20", "mrr", "ndcg@10", "precision@5"}


def test_json_is_one_object_as_documented(locomo: str) -> None:
    """Every key that --help names is there, and nothing else is printed."""
    result = evaluated(locomo, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0 and result.stdout.count("\n") == 1 and not result.stderr
    assert set(found["overall"]) == QUALITY and list(found["by_category"]) == ["1", "2", "3", "4", "5"]
    assert all(set(q) == QUALITY for q in (*found["by_category"].values(), *found["baselines"].values()))
    assert (found["data"], found["n"], found["skipped"], found["overall"]["n"]) == (locomo, 3, 2, 2)
    assert found["by_category"]["5"]["n"] == 1 and found["by_category"]["5"]["recall@10"] == 1
    told = RUNNER.invoke(app, ["eval", "retrieval", "--help"]).stdout
    for name in (*found, *found["abstention"], *found["tokens"], *found["latency_ms"], *QUALITY):
        assert name in told


def test_json_may_stand_before_the_command(locomo: str) -> None:
    """As with every other command."""
    after = figures(json.loads(evaluated(locomo, "--json").stdout))
    result = RUNNER.invoke(app, ["--json", "eval", "retrieval", locomo])
    assert figures(json.loads(result.stdout)) == after


@pytest.mark.parametrize("columns", [60, 200])
def test_people_see_tables_and_bars(plain: str, columns: int) -> None:
    """Figures, bars and the share of near misses that get nothing, whatever the width."""
    result = RUNNER.invoke(app, ["eval", "retrieval", plain], env={"COLUMNS": str(columns)})
    assert result.exit_code == 0
    assert "4 memories, 4 questions" in result.stdout and "recall@10" in result.stdout
    assert "of 2 unanswerable questions get none" in result.stdout and "without the threshold" in result.stdout
    bars = [line for line in result.stdout.splitlines() if set("█#") & set(line)]
    assert len(bars) == 4 and all(len(line.rstrip()) <= columns for line in result.stdout.splitlines())


@pytest.mark.parametrize("as_json", [False, True])
def test_bad_data_is_misuse(tmp_path: Path, as_json: bool) -> None:
    """Exit code 2 and one line, or one object."""
    result = evaluated(written(tmp_path / "bad.jsonl", MEMORY), *(["--json"] if as_json else []))
    assert result.exit_code == 2
    said = json.loads(result.stdout)["error"]["message"] if as_json else result.stderr
    assert "expected messages and questions" in said


def test_nobodys_database_is_touched(plain: str, tmp_path: Path) -> None:
    """What the environment names stays as it was, because it is somebody's memories."""
    path = tmp_path / "mine.db"
    with Memory(path) as memory:
        memory.add("I live in Oslo", user="anna", infer=False)
        before = memory.stats()["memories"]
    result = RUNNER.invoke(app, ["eval", "retrieval", plain], env={"RECOLLECT_DB": str(path), "RECOLLECT_USER": "anna"})
    with Memory(path) as memory:
        assert result.exit_code == 0 and memory.stats()["memories"] == before


# The near misses that come along.


def test_near_misses_are_many_and_varied() -> None:
    """At least 150 of each, no question twice, every conversation with both kinds."""
    found = data.read(str(NEAR_MISSES))
    questions = [question for conversation in found for question in conversation.questions]
    assert len(found) >= 5 and sum(len(conversation.messages) for conversation in found) >= 150
    for answerable in (True, False):
        kind = [q for q in questions if q.answerable is answerable]
        assert len(kind) >= 150 and all(bool(q.evidence) is answerable for q in kind)
        assert all(any(q.answerable is answerable for q in c.questions) for c in found)
    assert len({question.text.casefold() for question in questions}) == len(questions)


def test_near_misses_are_near() -> None:
    """Nearly every unanswerable question shares a telling word with its conversation that is no speaker's name."""
    near: list[bool] = []
    for conversation in data.read(str(NEAR_MISSES)):
        said = {term for message in conversation.messages for term in ranking.terms(message["content"])}
        names = {term for message in conversation.messages for term in ranking.terms(message["name"] or "")}
        missing = [question for question in conversation.questions if not question.answerable]
        near += [bool(set(ranking.query_terms(question.text)) & (said - names)) for question in missing]
    assert sum(near) / len(near) > 0.9


# Procedures.


def trajectory(name: str, task: str, *actions: str) -> dict[str, Any]:
    """One run of a task."""
    pairs = [{"step_id": n, "state": "a room", "action": action} for n, action in enumerate(actions)]
    return {"task_instance_id": name, "task_description": task, "state_action_pairs": pairs}


CORPUS = {
    "trajectories": [
        trajectory("a", "put a soapbar in the cabinet.", "take soapbar 1", "put soapbar 1 in cabinet 1"),
        trajectory("b", "heat some mug and put it in the fridge.", "heat mug 1 with microwave 1"),
        trajectory("c", "examine the pillow with the desklamp.", "use desklamp 1"),
        trajectory("d", "put a soapbar in the cabinet.", "take soapbar 2", "put soapbar 2 in cabinet 4"),
    ]
}
QUERIES = {
    "queries": [
        {
            "query_text": "Put a soap bar in the cabinet",
            "relevant_trajectories": [
                {"trajectory_id": "a", "relevance_score": 10.0},
                {"trajectory_id": "d", "relevance_score": 6},
                {"trajectory_id": "b", "relevance_score": 5.9},
                {"trajectory_id": "z", "relevance_score": 9},
            ],
        },
        {"query_text": "Paint the wall", "relevant_trajectories": [{"trajectory_id": "a", "relevance_score": 1}]},
    ]
}


@pytest.fixture
def bench(tmp_path: Path) -> tuple[str, str]:
    """Runs and tasks, in their files."""
    for name, content in (("corpus", CORPUS), ("queries", QUERIES)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return str(tmp_path / "corpus.json"), str(tmp_path / "queries.json")


def test_average_precision_by_hand() -> None:
    """Over all evidence, or over what is found alone."""
    assert measures.average_precision("axbxxc", {"a", "b", "c", "d"}) == pytest.approx((1 + 2 / 3 + 3 / 6) / 4)
    assert measures.average_precision_of_found("axbxxc", {"a", "b", "c", "d"}, 5) == pytest.approx((1 + 2 / 3) / 2)
    assert measures.average_precision_of_found("xyz", {"a"}, 5) == 0


def test_runs_are_read_as_documented(bench: tuple[str, str]) -> None:
    """One procedure a run, though two have one goal; a task counts where a run of worth 6 or more is there."""
    read = procedures.read(*bench)
    assert list(read.procedures) == ["a", "b", "c", "d"]
    assert [step.intent for step in read.procedures["c"].steps] == ["use desklamp 1"]
    assert read.tasks == (procedures.Task("Put a soap bar in the cabinet", frozenset("ad")),)
    assert read.skipped == 1


def test_procedures_are_measured_beside_baselines(bench: tuple[str, str]) -> None:
    """All figures, as documented, and one object for programs."""
    result = RUNNER.invoke(app, ["eval", "procedures", *bench, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["n"], found["procedures"], found["skipped"]) == (1, 4, 1)
    assert [found[name] for name in procedures.NAMES] == [1, 1, 1, 1]
    assert set(found["baselines"]) == {"keyword", "dense"}
    for name in (*found, *found["baselines"]["dense"]):
        assert f'"{name}"' in RUNNER.invoke(app, ["eval", "procedures", "--help"]).stdout
    said = " ".join(RUNNER.invoke(app, ["eval", "procedures", *bench]).stdout.split())
    assert "4 procedures, 1 tasks (1 more with which none helps)" in said and "keyword alone" in said


def test_a_ranking_against_what_helps_gets_bad_figures(bench: tuple[str, str], tmp_path: Path) -> None:
    """The figures are not of the tasks alone."""
    wrong = json.loads(json.dumps(QUERIES).replace('"d"', '"c"').replace('"a"', '"b"'))
    (tmp_path / "wrong.json").write_text(json.dumps(wrong), encoding="utf-8")
    found = procedures.measure(procedures.read(bench[0], str(tmp_path / "wrong.json")))
    assert found["map"] < 0.5


@pytest.mark.parametrize(
    ("corpus", "queries", "said"),
    [
        ([], QUERIES, "corpus.json: expected trajectories"),
        (CORPUS, {"queries": [{"query_text": "x"}]}, "queries.json: expected queries"),
        (CORPUS, {"queries": []}, "at least one of the trajectories helps"),
    ],
)
def test_bad_runs_are_told(corpus: Any, queries: Any, said: str, tmp_path: Path) -> None:
    """With the file, and what was expected there."""
    for name, content in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    result = RUNNER.invoke(app, ["eval", "procedures", str(tmp_path / "corpus.json"), str(tmp_path / "queries.json")])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
