"""Fixtures that several files share."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from recollect import Memory
from recollect.flow import arun, run
from recollect.ports import Flow
from recollect.reasoners.llm import LLMReasoner
from tests.llm_replies import WORLD
from tests.scripted_server import Reply, ScriptedServer, Serve
from tests.services import places, postgres
from tests.toy import Call, Toy, async_call, sync_call


@pytest.fixture
def memory() -> Iterator[Memory]:
    """An empty memory with the toy reasoner."""
    with Memory(":memory:", reasoner=Toy()) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where a database can be made."""
    return str(tmp_path / "memory.db")


@pytest.fixture(params=[sync_call, async_call], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Call:
    """Calls a method of Memory on one of its faces."""
    chosen: Call = request.param
    return chosen


@pytest.fixture(params=["sync", "async"])
def drive(request: pytest.FixtureRequest) -> Iterator[Callable[[Flow[Any]], Any]]:
    """Drives the flow of a reasoner to its end, on both faces."""
    if request.param == "sync":
        yield lambda flow: run(flow, WORLD)
    else:
        with asyncio.Runner() as runner:
            yield lambda flow: runner.run(arun(flow, WORLD))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a scripted server and answers a reasoner that talks to it with the OpenAI client."""
    openai = pytest.importorskip("langchain_openai")
    with ExitStack() as stack:

        def start(script: Callable[[dict[str, Any]], Reply], **fields: Any) -> tuple[LLMReasoner, ScriptedServer]:
            server = stack.enter_context(ScriptedServer(script))
            model = openai.ChatOpenAI(model="gpt-test", base_url=server.url, api_key="x", max_retries=0, **fields)
            return LLMReasoner(model), server

        yield start


_WITHOUT = pytest.StashKey[Counter[str]]()


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Callable[[str], Any]:
    """How a server of the live tests is reached. A missing one skips the test, and fails it on CI."""
    without = pytestconfig.stash.setdefault(_WITHOUT, Counter())

    def reached(name: str) -> Any:
        how = places.reached(name)
        if how is None:
            without[name] += 1
            missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            missing(f"{name} does not run: `make services` starts it")
        return how

    return reached


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says in one line which servers were missed."""
    if without := config.stash.get(_WITHOUT, None):
        missed = ", ".join(f"{name} ({count} tests)" for name, count in sorted(without.items()))
        terminalreporter.write_line(f"live tests left out without their servers: {missed}; `make services` starts them")


@pytest.fixture
def postgres_url(server: Callable[[str], Any]) -> Iterator[str]:
    """An empty place in the Postgres of the live tests; with a name appended, another one."""
    server("postgres")
    with postgres.place() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be opened, once with each journal that processes can share; with ":memory:" that as well."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return str(tmp_path / "memory.db") if request.param == "sqlite" else ":memory:"
