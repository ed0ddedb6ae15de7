"""The house: imports point one way, the public names are what they say, both faces agree, nothing happens at import."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import recollect
from recollect import flow
from recollect.procedural import Procedures
from recollect.stores.store import Store

PACKAGE = Path(recollect.__file__).parent
LAYERS = (
    ("errors",),
    ("types", "metadata"),
    ("filters", "ranking", "rendering", "reranking"),
    ("procedures",),
    ("ports",),
    ("flow", "messages", "choosing"),
    ("state", "prompts"),
    ("reasoners", "nodes"),
    ("embed", "stores", "graphs", "operations"),
    ("arguments", "reembedding"),
    ("procedural",),
    ("memory",),
    ("evaluation",),
    ("", "integrations", "cli", "demo", "testing", "graphs.served"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
BESIDE = {"errors", "types", "metadata", "filters", "ranking", "ports"}


def room(module: str) -> str:
    """The room of the house in which a module lives."""
    inner = module.removeprefix("recollect").removeprefix(".")
    return inner if inner in RANK else inner.split(".")[0]


def imports(path: Path) -> set[str]:
    """The modules of recollect that a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "recollect":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "recollect"}
    return found


def modules() -> list[tuple[str, Path]]:
    """Every module of the package with its file."""
    paths = sorted(PACKAGE.rglob("*.py"))
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]
    return [(name.removesuffix(".__init__"), path) for name, path in zip(names, paths, strict=True)]


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_imports_point_one_way(module: str, path: Path) -> None:
    """A module imports from its own room or from rooms below it."""
    own = room(module)
    for imported in imports(path):
        other = room(imported)
        assert other == own or RANK[other] < RANK[own], f"{module} imports {imported}"
        if own in ("embed", "stores"):
            assert other in BESIDE | {own}, f"{module} imports {imported}"
        if own in ("reasoners", "nodes"):
            assert other not in ("stores", "embed"), f"{module} imports {imported}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "nodes").glob("*.py")), ids=lambda path: path.name)
def test_nodes_reach_nothing_outside(path: Path) -> None:
    """No node touches a graph, a clock, an id source, the environment or a logger."""
    text = path.read_text()
    for word in ("langgraph", "datetime.now", "uuid4", "os.environ", "getLogger", "recollect.stores"):
        assert word not in text


def test_public_names() -> None:
    """What the root exports is sorted, there, and no more than it says."""
    assert recollect.__all__ == sorted(recollect.__all__, key=lambda name: (not name.isupper(), name))
    public = {
        name for name, value in vars(recollect).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(recollect.__all__)


def twins(owner: object, prefix: str = "a") -> list[str]:
    """Names of the public synchronous functions of an object that should have an asynchronous twin."""
    functions = inspect.getmembers(owner, inspect.isfunction)
    return [name for name, _ in functions if not name.startswith("_") and hasattr(owner, prefix + name)]


@pytest.mark.parametrize(
    ("owner", "expected"),
    [(recollect.Memory, 16), (Procedures, 3), (Store, 1), (flow.World, 1)],
    ids=["Memory", "Procedures", "Store", "World"],
)
def test_twins_have_one_signature(owner: object, expected: int) -> None:
    """Each pair x / ax differs in nothing but async."""
    names = twins(owner)
    assert len(names) == expected
    for name in names:
        one, other = getattr(owner, name), getattr(owner, "a" + name)
        assert inspect.iscoroutinefunction(other)
        assert not inspect.iscoroutinefunction(one)
        assert inspect.signature(one) == inspect.signature(other)


def test_every_method_of_memory_has_a_twin() -> None:
    """Only `graph`, which does no work, has no asynchronous face."""
    names = {name for name, _ in inspect.getmembers(recollect.Memory, inspect.isfunction) if not name.startswith("_")}
    alone = {name for name in names if f"a{name}" not in names and not (name[0] == "a" and name[1:] in names)}
    assert alone == {"graph"}


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_import_opens_no_connection_and_no_graph() -> None:
    """Importing the package opens no socket, reads no environment variable of ours, and does not load the graph engine."""
    code = """
import os, socket, sys
def refuse(*a, **k): raise AssertionError("network at import")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
read = []
class Environment(type(os.environ)):
    def __getitem__(self, key):
        read.append(key)
        return super().__getitem__(key)
os.environ.__class__ = Environment
import recollect
assert not [key for key in read if key.startswith("RECOLLECT")], read
assert "langgraph.graph" not in sys.modules
assert "langchain" not in sys.modules and "openai" not in sys.modules
print("ok")
"""
    assert python(code) == "ok"


def test_reading_enters_no_graph() -> None:
    """Search, get, list and verbatim add never load the graph engine."""
    code = """
import sys
from recollect import Memory
with Memory(":memory:") as memory:
    receipt = memory.add("I live in Oslo", user="anna", infer=False)
    assert memory.search("Oslo", user="anna")
    assert memory.list(user="anna").records
    assert memory.get(receipt.ids[0], user="anna")
assert "langgraph.graph" not in sys.modules
print("ok")
"""
    assert python(code) == "ok"
