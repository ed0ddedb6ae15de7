"""The graph as `langgraph.json` names it: over the database that RECOLLECT_DB names, as the command line does."""

from __future__ import annotations

import os
from typing import Any

from recollect.memory import Memory


def remember() -> Any:
    """The compiled inference graph; checkpointer and identity are the server's."""
    return Memory(os.environ.get("RECOLLECT_DB", "recollect.db"), reasoner=os.environ.get("RECOLLECT_MODEL")).graph()
