"""The database role of the vault, for the length of a door and not longer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

from reminet_site.errors import NotAllowed
from reminet_site.statements import prepared

TAKE, PUT_BACK = "SET LOCAL ROLE vault", "SET LOCAL ROLE NONE"


@contextmanager
def vault() -> Iterator[CursorWrapper]:
    """A cursor that may read the schema `arms`; afterwards the role is app's again.

    SET LOCAL survives the release of a savepoint, so the role is put back by hand. Where a
    statement failed the transaction can only be rolled back, and that puts it back too.
    """
    _inside_a_transaction()
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        try:
            yield cursor
        finally:
            if connection.connection.info.transaction_status == TransactionStatus.INTRANS:
                cursor.execute(PUT_BACK)


def ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one prepared statement, as the role vault; then the role is app's again."""
    with vault(), prepared() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def call(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one of the functions of `doors.sql`, which take the role and put it back."""
    _inside_a_transaction()
    with prepared() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _inside_a_transaction() -> None:
    if not connection.in_atomic_block:
        raise NotAllowed("A door of the vault opens inside a transaction only.")
