"""For tests of what is built on recollect: doubles and contracts."""

from recollect.testing.model import ScriptedModel

__all__ = ["ScriptedModel"]
