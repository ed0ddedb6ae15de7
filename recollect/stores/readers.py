"""The threads on which asynchronous faces read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

READERS = 2
"""Of all stores together: more would take turns with the event loop for nothing, since only one runs Python at a time."""


@cache
def _pool() -> ThreadPoolExecutor:
    os.register_at_fork(after_in_child=_pool.cache_clear)
    return ThreadPoolExecutor(READERS, thread_name_prefix="recollect reader")


async def aside(work: Callable[..., Any], *given: Any) -> Any:
    """Do the work beside the event loop, and await it."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), work, *given)
