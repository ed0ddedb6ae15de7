"""Starts, stops and shows the servers of the live tests."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.services import places, postgres, weaviate


@dataclass(frozen=True)
class Service:
    """What can be done with one kind of server, and how it is reached when it runs."""

    up: Callable[[], None]
    down: Callable[[], None]
    is_up: Callable[[], bool]
    address: object


def _nodes(nodes: tuple[weaviate.Node, ...], address: object) -> Service:
    return Service(
        up=lambda: weaviate.up(nodes),
        down=lambda: weaviate.down(nodes),
        is_up=lambda: all(node.process.pid() for node in nodes),
        address=address,
    )


SERVICES = {
    "postgres": Service(postgres.up, postgres.down, postgres.is_up, {"url": postgres.URL}),
    "weaviate": _nodes((weaviate.ONE,), weaviate.ONE.address()),
    "weaviate-cluster": _nodes(weaviate.THREE, {"nodes": [node.address() for node in weaviate.THREE]}),
}


def up(name: str) -> None:
    """Starts a server, waits until it is ready and writes down how it is reached."""
    SERVICES[name].up()
    places.note(name, SERVICES[name].address)


def down(name: str) -> None:
    """Stops a server, removes its data and forgets it."""
    places.note(name, None)
    SERVICES[name].down()


def status(name: str) -> None:
    """What is running is written down, what is not is forgotten."""
    places.note(name, SERVICES[name].address if SERVICES[name].is_up() else None)


def main() -> int:
    """Does one thing with the named servers, or with all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.services", description=__doc__)
    parser.add_argument("what", choices=["up", "down", "status"])
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(SERVICES)}; all by default")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(SERVICES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    try:
        with places.alone():
            for name in chosen.names or SERVICES:
                {"up": up, "down": down, "status": status}[chosen.what](name)
                print(f"{name}: {places.running().get(name, 'stopped')}", flush=True)
    except (places.ServiceError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
