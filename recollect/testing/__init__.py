"""For tests of what is built on recollect: doubles and contracts."""

from recollect.testing.model import ScriptedModel
from recollect.testing.store import StoreContract

__all__ = ["ScriptedModel", "StoreContract"]
