"""The one thread that writes to the server; while the server is away, what is to be written waits for its return."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from recollect.errors import IndexMismatchError, StoreClosedError
from recollect.ports import Journal
from recollect.stores import resting
from recollect.stores.weaviate.following import Follower, Position

_PAUSE = 0.2
"""Seconds between two attempts at least."""


class Pusher:
    """Follows partitions, one after the other. `moved` is told of every new position."""

    def __init__(self, follower: Follower, paused: Callable[[], float], moved: Callable[[Position], None]) -> None:
        self._follower = follower
        self._paused = paused
        self._moved = moved
        self._forget()
        resting.register(self)

    def _forget(self) -> None:
        self._troubles: dict[str | None, Exception] = {}
        self._changed = threading.Condition(threading.Lock())
        self._line: OrderedDict[str | None, Journal] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._busy = self._ended = False

    def put(self, partition: str | None, journal: Journal) -> None:
        """Have a partition followed; None: have what is left of earlier epochs removed."""
        with self._changed:
            self._line.setdefault(partition, journal)
            if self._thread is None and not self._ended:
                self._line.setdefault(None, journal)
                self._thread = threading.Thread(target=self._run, name="recollect weaviate writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def begin(self, journal: Journal) -> None:
        """Have what is left of earlier epochs, and of what was erased, removed, if nothing was done so far."""
        if self._thread is None:
            self.put(None, journal)

    @property
    def trouble(self) -> Exception | None:
        """Why something could not be done so far, None where there is nothing such."""
        return next(iter(list(self._troubles.values())), None)

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is left to be done; whether that is so."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle, seconds)
            return self._idle

    @property
    def _idle(self) -> bool:
        return not (self._line or self._busy)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            pause = self._done(*taken)
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._ended, pause)

    def _take(self) -> tuple[str | None, Journal] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._line)
            if self._ended:
                return None
            self._busy = True
            return self._line.popitem(last=False)

    def _done(self, partition: str | None, journal: Journal) -> float:
        """Do one thing; what failed goes back into the line. Answers how long to wait before the next."""
        try:
            if partition is None:
                self._follower.sweep(journal)
            else:
                self._moved(self._follower.follow(journal, partition))
            self._troubles.pop(partition, None)
            return 0.0
        except (IndexMismatchError, StoreClosedError) as error:  # will not go away by trying again
            self._troubles[partition] = error
            return 0.0
        except Exception as error:  # whatever it is: the thread goes on, and the trouble is told
            self._troubles[partition] = error
            with self._changed:
                self._line.setdefault(partition, journal)
            return max(_PAUSE, self._paused())

    def close(self) -> None:
        """End; what is left to be done is found again by whoever opens the store next."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PAUSE)

    def rest(self) -> None:
        """Before a fork: nothing to finish, since what is written twice is the same."""

    def resume(self) -> None:
        """After a fork, in the parent: go on."""

    def resume_in_child(self) -> None:
        """After a fork, in the child: begin anew."""
        self._forget()
