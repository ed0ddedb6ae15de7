"""Weaviate on loopback: one node, and a cluster of three."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.places import FIRST_PORT, HOME, HOST, SERVICES, ServiceError, require_free
from tests.services.process import Process

MODULE = "github.com/weaviate/weaviate/cmd/weaviate-server@v1.35.2"
BINARY = HOME / "bin" / "weaviate-server"


def install() -> None:
    """Builds the server where it is absent: several minutes, once."""
    if BINARY.exists():
        return
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if go is None:
        raise ServiceError("building Weaviate needs Go 1.25 or newer (https://go.dev/dl)")
    print(f"building {MODULE}: several minutes, once", flush=True)
    subprocess.run(
        [go, "install", MODULE], env={**os.environ, "CGO_ENABLED": "0", "GOBIN": str(BINARY.parent)}, check=True
    )


@dataclass(frozen=True)
class Node:
    """One node; those of one cluster name each other."""

    name: str
    number: int
    cluster: tuple[int, ...] = field(default=())

    def port(self, offset: int, number: int | None = None) -> int:
        """HTTP 0, gRPC 1, gossip 2, data 3, RAFT 4, RAFT's calls 5 (the server wants the last two side by side)."""
        return FIRST_PORT + 10 * (self.number if number is None else number) + offset

    @property
    def process(self) -> Process:
        """The process of this node."""
        return Process(SERVICES, self.name)

    @property
    def data(self) -> Path:
        """The folder of this node."""
        return SERVICES / self.name

    def address(self) -> dict[str, object]:
        """What a client needs to connect."""
        url = f"http://{HOST}:{self.port(0)}"
        return {"url": url, "host": HOST, "http_port": self.port(0), "grpc_port": self.port(1)}

    def environment(self) -> dict[str, str]:
        """The settings of one node: loopback as far as the server lets itself, no telemetry, no schema by guessing."""
        members = self.cluster or (self.number,)
        settings = {
            "CLUSTER_HOSTNAME": f"node{self.number}",
            "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_BIND_ADDR": HOST,
            "CLUSTER_ADVERTISE_ADDR": HOST,
            "CLUSTER_GOSSIP_BIND_PORT": str(self.port(2)),
            "CLUSTER_DATA_BIND_PORT": str(self.port(3)),
            "CLUSTER_BASIC_AUTH_USERNAME": "recollect",
            "CLUSTER_BASIC_AUTH_PASSWORD": "recollect",
            "RAFT_PORT": str(self.port(4)),
            "RAFT_INTERNAL_RPC_PORT": str(self.port(5)),
            "RAFT_JOIN": ",".join(f"node{each}:{self.port(4, each)}" for each in members),
            "RAFT_BOOTSTRAP_EXPECT": str(len(members)),
            "PERSISTENCE_DATA_PATH": str(self.data),
            "GRPC_PORT": str(self.port(1)),
            "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "true",
            "DEFAULT_VECTORIZER_MODULE": "none",
            "API_BASED_MODULES_DISABLED": "true",
            "AUTOSCHEMA_ENABLED": "false",
            "DISABLE_TELEMETRY": "true",
            "GO_PROFILING_DISABLE": "true",
            "DISK_USE_READONLY_PERCENTAGE": "0",
            "LOG_LEVEL": "warning",
        }
        if self.cluster:
            settings["CLUSTER_JOIN"] = ",".join(f"{HOST}:{self.port(2, each)}" for each in members)
        return {**{name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}, **settings}


ONE = Node("weaviate", 0)
THREE = tuple(Node(f"weaviate-cluster-{number}", number, cluster=(1, 2, 3)) for number in (1, 2, 3))


def launch(node: Node) -> None:
    """Starts a node on the data it has; one that runs already is left alone."""
    if node.process.pid() is None:
        require_free(*(node.port(offset) for offset in range(6)))
        node.data.mkdir(parents=True, exist_ok=True)
        flags = f"--scheme http --host {HOST} --port {node.port(0)} --read-timeout=600s --write-timeout=600s"
        node.process.start([str(BINARY), *flags.split()], node.environment())


def await_ready(node: Node) -> None:
    """Waits until the node answers, and sees every member of its cluster healthy."""
    node.process.wait(lambda: _healthy(node) >= max(1, len(node.cluster)), "become ready")


def start(node: Node) -> None:
    """Starts one node again, as after `kill`, and waits until the cluster is whole."""
    launch(node)
    await_ready(node)


def kill(node: Node) -> None:
    """Ends one node as a power cut would; its data stay."""
    node.process.end(signal.SIGKILL)


def up(nodes: tuple[Node, ...]) -> None:
    """Starts nodes together, since a cluster waits for its voters."""
    install()
    for node in nodes:
        launch(node)
    for node in nodes:
        await_ready(node)


def down(nodes: tuple[Node, ...]) -> None:
    """Stops nodes and removes their data."""
    for node in nodes:
        node.process.end(signal.SIGTERM)
        shutil.rmtree(node.data, ignore_errors=True)


def _healthy(node: Node) -> int:
    """How many healthy nodes this one sees; 0 until it is ready itself."""
    try:
        _get(node, ".well-known/ready")
        seen = json.loads(_get(node, "nodes"))["nodes"]
    except (urllib.error.URLError, OSError):
        return 0
    return sum(each["status"] == "HEALTHY" for each in seen)


def _get(node: Node, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{HOST}:{node.port(0)}/v1/{path}", timeout=5) as reply:
        return bytes(reply.read())
