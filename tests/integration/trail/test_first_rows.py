"""Two who write the first rows of one chain at the same moment: both stand in it, in order."""

import os
import re
import threading
import time

import psycopg
import pytest

from tests.conftest import superuser_address

CENTRE, CHAIN = 4711, "centre:4711"
ROWS = "SELECT seq, previous, hash FROM audit.trail WHERE chain = %s ORDER BY seq"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


def writer(database: str) -> psycopg.Connection:
    """A transaction of the application, in which somebody acts."""
    address = re.sub(r"/[^/]*$", f"/{database}", os.environ["DATABASE_URL"])
    connection = psycopg.connect(address)
    for name, value in zip(("actor", "role"), ("tests", "system"), strict=True):
        connection.execute("SELECT set_config(%s, %s, true)", [f"reminet.{name}", value])
    return connection


def write(connection: psycopg.Connection) -> None:
    connection.execute("SELECT audit.act('export', 'x', %s, NULL, '')", [CENTRE])


@pytest.mark.parametrize("first", ["commit", "rollback"])
def test_the_second_waits_for_the_first(clone, first):
    with writer(clone) as one, writer(clone) as other:
        write(one)

        def write_and_commit() -> None:
            write(other)
            other.commit()

        second = threading.Thread(target=write_and_commit)
        second.start()
        with psycopg.connect(superuser_address(clone), autocommit=True) as watch:
            while not watch.execute(WAITING, [clone]).fetchone()[0]:
                assert second.is_alive(), "nobody waited"
                time.sleep(0.01)
            getattr(one, first)()
            second.join(20)
            rows = watch.execute(ROWS, [CHAIN]).fetchall()
    assert [seq for seq, _, _ in rows] == [1, 2][: len(rows)]
    assert len(rows) == (2 if first == "commit" else 1)
    before = "0" * 64
    for _, previous, here in rows:
        assert previous == before
        before = here
