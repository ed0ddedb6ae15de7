"""StoreContract: what every store must do, as tests that a store's own test file inherits."""

from __future__ import annotations

from recollect.testing.contract_claims import ClaimsContract
from recollect.testing.contract_context import ContextContract
from recollect.testing.contract_reading import ReadingContract
from recollect.testing.contract_writing import WritingContract


class StoreContract(WritingContract, ReadingContract, ContextContract, ClaimsContract):
    """Inherit it as `class TestMyStore(StoreContract)` and give it one pytest fixture, named `store`.

    The fixture answers a function of a name and a clock that opens a joined `recollect.stores.store.Store` there, the
    same one for the same name, and closes at the end of the test whatever it opened. Set `shared = False` where the
    same name cannot be opened twice. Leases are 60 seconds by the clock.
    """

    shared = True
