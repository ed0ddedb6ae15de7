"""Long-term memory for LangGraph agents: nothing lost, nothing twice, every change explained."""

from recollect.errors import ConflictError, NotFoundError, RecollectError
from recollect.memory import Memory
from recollect.rendering import render
from recollect.types import ANY, History, Hit, Outcome, Page, Receipt, Record, Scope

__version__ = "0.1.0"

__all__ = [
    "ANY",
    "ConflictError",
    "History",
    "Hit",
    "Memory",
    "NotFoundError",
    "Outcome",
    "Page",
    "Receipt",
    "RecollectError",
    "Record",
    "Scope",
    "render",
]
