"""Procedures: how a task is done, abstracted from runs of it, merged with earlier runs, bound to a new task, rendered."""

from recollect.procedures.abstracting import abstracted
from recollect.procedures.detecting import task_in
from recollect.procedures.fitting import fitted, worded_as
from recollect.procedures.merging import merged, same_task
from recollect.procedures.proving import VERIFIED, proved, reported, success_rate, verified
from recollect.procedures.rendering import LIMIT, found_by, rendered
from recollect.procedures.sharing import general

__all__ = [
    "LIMIT",
    "VERIFIED",
    "abstracted",
    "fitted",
    "found_by",
    "general",
    "merged",
    "proved",
    "rendered",
    "reported",
    "same_task",
    "success_rate",
    "task_in",
    "verified",
    "worded_as",
]
