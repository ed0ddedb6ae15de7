"""Procedures: how a task is done, abstracted from runs of it, merged with earlier runs, bound to a new task, rendered."""

from recollect.procedures.abstracting import abstracted, abstracted_beside, tools
from recollect.procedures.binding import Bound, bind
from recollect.procedures.detecting import goal_of, numbered, repeats, sentences, task_in, told_in_order
from recollect.procedures.fitting import fitted, worded_as
from recollect.procedures.merging import limited, merged
from recollect.procedures.pitfalls import pitfall
from recollect.procedures.proving import VERIFIED, proved, reported, success_rate, verified
from recollect.procedures.rendering import LIMIT, called, found_by, rendered
from recollect.procedures.sharing import general
from recollect.procedures.tasks import same_task
from recollect.procedures.values import quoted
from recollect.procedures.verbs import asked

__all__ = [
    "LIMIT",
    "VERIFIED",
    "Bound",
    "abstracted",
    "abstracted_beside",
    "asked",
    "bind",
    "called",
    "fitted",
    "found_by",
    "general",
    "goal_of",
    "limited",
    "merged",
    "numbered",
    "pitfall",
    "proved",
    "quoted",
    "rendered",
    "repeats",
    "reported",
    "same_task",
    "sentences",
    "success_rate",
    "task_in",
    "told_in_order",
    "tools",
    "verified",
    "worded_as",
]
