"""Where the servers keep their files, which ports are theirs, and what is running."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
FIRST_PORT = 28000  # ten ports a server, below the range that the kernel hands out

HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "recollect"
SERVICES = HOME / "services"
RUNNING = SERVICES / "services.json"


class ServiceError(Exception):
    """A server could not be installed, started or stopped; the text says what to do."""


def running() -> dict[str, Any]:
    """What `up` has started: the name of each server and how to reach it."""
    try:
        return dict(json.loads(RUNNING.read_text()))
    except FileNotFoundError:
        return {}


def note(name: str, how: object) -> None:
    """Writes how a server is reached, or forgets the server when there is nothing to say."""
    known = {**running(), name: how}
    new = RUNNING.with_suffix(".new")
    new.write_text(json.dumps({key: value for key, value in known.items() if value}, indent=2) + "\n")
    new.replace(RUNNING)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One command at a time starts and stops servers."""
    SERVICES.mkdir(parents=True, exist_ok=True)
    with (SERVICES / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def answers(port: int) -> bool:
    """Somebody listens on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((HOST, port)) == 0


def reached(name: str) -> Any:
    """How a server is reached, None when it does not run."""
    how = running().get(name)
    urls = [node["url"] for node in how.get("nodes", [how])] if how else []
    return how if urls and all(answers(urlsplit(url).port or 0) for url in urls) else None


def require_free(*ports: int) -> None:
    """A port that another program holds is named before anything is started."""
    if taken := [port for port in ports if answers(port)]:
        raise ServiceError(
            f"port {taken[0]} is held by another program: stop it, or change FIRST_PORT in tests/services/places.py"
        )
