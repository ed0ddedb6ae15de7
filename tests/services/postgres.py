"""Postgres on loopback: an own cluster, apart from any that the machine runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.services.places import FIRST_PORT, HOST, SERVICES, ServiceError, require_free

PORT = FIRST_PORT + 50
URL = f"postgresql://recollect@{HOST}:{PORT}/postgres"

ROOT = os.geteuid() == 0
# The server refuses to run as root, and the account it runs as then cannot enter root's home.
DATA = Path("/var/cache/recollect/postgres") if ROOT else SERVICES / "postgres"


def programs() -> Path | None:
    """The newest Postgres of this machine, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).parent if elsewhere else None


def install() -> None:
    """Installs Debian's package where no Postgres is found."""
    if programs():
        return
    if shutil.which("apt-get") is None or not (ROOT or shutil.which("sudo")):
        raise ServiceError("no Postgres found: install it (on Debian: apt-get install postgresql) and try again")
    sudo = [] if ROOT else ["sudo", "-n"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*sudo, "apt-get", "update", "-qq"], env=quiet, check=True)
    subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "postgresql"], env=quiet, check=True)


def is_up() -> bool:
    """Our cluster runs; Postgres itself tells a stale pid file from a live one."""
    return programs() is not None and DATA.exists() and _run("pg_ctl", "status", "-D", str(DATA)).returncode == 0


def up() -> None:
    """Starts the cluster, made when it is absent, and waits until it takes connections."""
    install()
    if is_up():
        return
    require_free(PORT)
    if not (DATA / "PG_VERSION").exists():
        _make()
    options = f"-p {PORT} -c listen_addresses={HOST} -c unix_socket_directories='' -c max_connections=200"
    _must("pg_ctl", "start", "-w", "-D", str(DATA), "-l", str(DATA / "server.log"), "-o", options)


def down() -> None:
    """Stops the cluster and removes its data."""
    if is_up():
        _must("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(DATA))
    shutil.rmtree(DATA, ignore_errors=True)


@contextmanager
def place() -> Iterator[str]:
    """The URL of an empty place on the server; with a name appended, of another one. Removed in the end."""
    import psycopg  # which the commands that start servers do without

    schema = f"test_{uuid.uuid4().hex}"
    yield f"{URL}?options=-csearch_path%3D{schema}"
    with psycopg.connect(URL, autocommit=True) as connection:
        made = connection.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", (schema,))
        for (name,) in made.fetchall():
            connection.execute(f"DROP SCHEMA {name} CASCADE")


def _make() -> None:
    DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    if ROOT:
        shutil.chown(DATA, "postgres", "postgres")
    _must("initdb", "-D", str(DATA), "-U", "recollect", "--auth=trust", "--encoding=UTF8", "--locale=C")


def _must(program: str, *arguments: str) -> None:
    done = _run(program, *arguments)
    if done.returncode:
        raise ServiceError(f"{program} failed:\n{done.stdout}{done.stderr}")


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of Postgres, as its own account when we are root; output goes to files, as a server keeps it."""
    where = programs()
    if where is None:
        raise ServiceError("no Postgres found")
    as_whom = ["runuser", "-u", "postgres", "--"] if ROOT else []
    return subprocess.run([*as_whom, str(where / program), *arguments], capture_output=True, text=True, cwd="/")
