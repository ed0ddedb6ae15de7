"""The Postgres journal under the contract of all stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recollect.ports import Clock
from recollect.stores.postgres.journal import PostgresJournal
from recollect.stores.scan import ScanIndex
from recollect.stores.store import Store
from recollect.testing import StoreContract
from recollect.testing.scene import Opens


class TestPostgres(StoreContract):
    """With the exact scan beside it."""

    @pytest.fixture
    def store(self, postgres_url: str) -> Iterator[Opens]:
        stores: list[Store] = []

        def opens(place: str, clock: Clock) -> Store:
            stores.append(Store(PostgresJournal(postgres_url + place, clock=clock), ScanIndex()))
            return stores[-1]

        yield opens
        for store in stores:
            store.close()
