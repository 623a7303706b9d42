"""The database role of the vault, for the length of a door and not longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

from reminet_site.errors import NotAllowed


@contextmanager
def vault() -> Iterator[CursorWrapper]:
    """A cursor that may read the schema `arms`; afterwards the role is app's again.

    SET LOCAL survives the release of a savepoint, so the role is put back by hand. Where a
    statement failed the transaction can only be rolled back, and that puts it back too.
    """
    if not connection.in_atomic_block:
        raise NotAllowed("A door of the vault opens inside a transaction only.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE vault")
        try:
            yield cursor
        finally:
            if connection.connection.info.transaction_status == TransactionStatus.INTRANS:
                cursor.execute("SET LOCAL ROLE NONE")
