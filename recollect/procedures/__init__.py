"""Procedures: how a task is done, abstracted from runs of it, merged with earlier runs, bound to a new task, rendered."""

from recollect.procedures.abstracting import abstracted
from recollect.procedures.detecting import task_in
from recollect.procedures.merging import merged, same_task
from recollect.procedures.rendering import LIMIT, found_by, rendered

__all__ = ["LIMIT", "abstracted", "found_by", "merged", "rendered", "same_task", "task_in"]
