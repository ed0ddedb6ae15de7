"""A server process that outlives the command that started it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.services.places import ServiceError


class Process:
    """A process known by its pid file, on which it holds a lock as long as it lives: a stale file is never believed."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._file = folder / f"{name}.pid"

    def pid(self) -> int | None:
        """The process that runs, if one does."""
        try:
            with self._file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._file.read_text())
        return None

    def start(self, command: list[str], environment: dict[str, str]) -> None:
        """Starts the process apart from this one; its output goes to the log."""
        with self._file.open("w") as file, self.log.open("ab") as log:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            started = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[file.fileno()],
            )
            file.write(str(started.pid))
        started.returncode = 0  # it is meant to live on: no warning when this object goes

    def end(self, how: signal.Signals) -> None:
        """Sends the signal to the very process that was started and waits until it is gone."""
        if pid := self.pid():
            os.kill(pid, how)
            self.wait(lambda: self.pid() is None, "end", alive=False)
        self._file.unlink(missing_ok=True)

    def wait(self, done: Callable[[], bool], what: str, *, alive: bool = True, seconds: float = 120) -> None:
        """Waits until it holds; a process that dies meanwhile, or takes too long, is shown with its last words."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until or (alive and self.pid() is None):
                raise ServiceError(f"{self.name} did not {what}; {self.log} ends with:\n{self._last_words()}")
            time.sleep(0.1)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:])
