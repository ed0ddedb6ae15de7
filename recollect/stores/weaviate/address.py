"""Where a Weaviate server is, as a URL."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from recollect.errors import UsageError

EXPECTED = "expected weaviate://host:8080?grpc=50051, weaviates:// for TLS, or wcd://cluster-url for Weaviate Cloud"
GRPC_PORT = 50051
_NETWORK = ".weaviate.network"


@dataclass(frozen=True, slots=True)
class Address:
    """The two ports at which a server answers, both with TLS or both without."""

    host: str
    port: int
    grpc_host: str
    grpc_port: int
    secure: bool


def parse(url: str) -> Address:
    """The address that a URL names; UsageError says what is wrong with it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        grpc_port = int(options.pop("grpc", GRPC_PORT))
    except ValueError as exc:
        raise UsageError(f"{url!r}: {exc}: {EXPECTED}") from exc
    if not 0 < grpc_port < 1 << 16 or grpc_port == port:
        raise UsageError(f"grpc={grpc_port}: expected the number of another port than {port}: {EXPECTED}")
    known = parts.scheme in ("weaviate", "weaviates", "wcd")
    if not known or not host or options or parts.username or parts.path not in ("", "/"):
        raise UsageError(f"{url!r}: {EXPECTED}")
    if parts.scheme == "wcd":
        return Address(host, 443, _cloud_grpc(host), 443, True)
    secure = parts.scheme == "weaviates"
    return Address(host, port or (443 if secure else 8080), host, grpc_port, secure)


def _cloud_grpc(host: str) -> str:
    """Weaviate Cloud answers gRPC at a host of its own, in one of two spellings."""
    if host.endswith(_NETWORK):
        return f"{host.removesuffix(_NETWORK)}.grpc{_NETWORK}"
    return f"grpc-{host}"
