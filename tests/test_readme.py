"""The README keeps its word: its blocks run, its picture is the graph's own."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recollect import Memory
from recollect.ports import Trace
from recollect.stores.opening import open_journal
from tests.weaviates import removed, url_of

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PYTHON = [body for language, body in BLOCKS if language == "python"]
COMMANDS = [line for language, body in BLOCKS if language == "sh" for line in body.splitlines() if "--db" in line]


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_blocks_run(block: str, tmp_path: Path) -> None:
    """Every Python block is a program of its own, and prints what it promises without an error."""
    run = subprocess.run([sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr


def test_first_block_remembers_an_update(tmp_path: Path) -> None:
    """The first block prints the update that its conversation holds, and both versions."""
    run = subprocess.run([sys.executable, "-c", PYTHON[0]], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "UPDATE I moved to Bergen" in run.stdout
    assert "<- I live in Oslo" in run.stdout
    assert "['I live in Oslo', 'I moved to Bergen last week']" in run.stdout


def test_commands_run(tmp_path: Path) -> None:
    """Every command line runs, in order, on a file as described."""
    line = {"role": "user", "name": "Anna", "content": "I live in Oslo.", "timestamp": "2026-03-02T09:00:00+00:00"}
    (tmp_path / "chat.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert COMMANDS
    printed = ""
    for command in COMMANDS:
        arguments = shlex.split(command)[1:]
        code = "from recollect.cli import main; main()"
        run = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        assert run.returncode == 0, run.stderr
        printed += run.stdout
    assert "I live in Oslo" in printed


def test_every_place_that_the_readme_names_opens(
    postgres_url: str, server: Callable[[str], Any], tmp_path: Path
) -> None:
    """The lines on Postgres and Weaviate run as they stand, but for where the servers are."""
    [block] = [body for language, body in BLOCKS if language == "py"]
    weaviate = url_of(server("weaviate"))
    block = block.replace("postgresql://recollect@localhost/recollect", postgres_url)
    block = block.replace("weaviate://localhost:8080?grpc=50051", weaviate).replace("replicas=3", "replicas=1")
    block = block.replace("\nmemory = ", "\nmemory.close()\nmemory = ").replace("memory.close()\n", "", 1)
    check = 'memory.add("I live in Oslo", user="anna", infer=False)\n'
    check += 'print(memory.search("Where do I live?", user="anna")[0].record.text)\nmemory.close()\n'
    try:
        run = subprocess.run(
            [sys.executable, "-c", block + check], capture_output=True, text=True, cwd=tmp_path, timeout=120
        )
        assert (run.stdout, run.returncode) == ("I live in Oslo\n", 0), run.stderr
    finally:
        removed(
            weaviate, {f"Recollect_{journal_id(where)}_" for where in (str(tmp_path / "memories.db"), postgres_url)}
        )


def journal_id(where: str) -> str:
    """What the collections of a journal's index are named by."""
    with closing(open_journal(where)) as journal:
        found: str = journal.do(Trace("-", 0)).journal
    return found.replace("-", "")[:16]


def test_picture_is_the_graphs_own() -> None:
    """The drawing in the README is what the compiled graph draws of itself."""
    with Memory(":memory:") as memory:
        drawn = memory.graph().get_graph().draw_mermaid(with_styles=False)
    shown = README.split("<!-- graph -->\n")[1].split("<!-- /graph -->")[0]
    assert shown.strip() == f"```mermaid\n{drawn.strip()}\n```"
