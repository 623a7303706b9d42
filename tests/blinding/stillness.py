"""Clock, randomness and ids that are the same in every run: for comparing two worlds.

Python's clock and random bytes are replaced while a world runs. In the world's own database the
functions of the trail read a counter instead of the clock and of the generator of UUIDs.
"""

import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import psycopg
import time_machine
from django.db import connection

from tests.people import hashed

MOMENT = "2026-03-02T09:00:00+00:00"


class Numbers:
    """A run of bytes that begins anew for each world."""

    def __init__(self, name: str) -> None:
        self._name, self._n = name, 0

    def bytes(self, size: int | None = None) -> bytes:
        self._n += 1
        size = 32 if size is None else size
        made = b""
        while len(made) < size:
            made += hashlib.sha256(f"{self._name} {self._n} {len(made)}".encode()).digest()
        return made[:size]

    def below(self, bound: int) -> int:
        return int.from_bytes(self.bytes(16), "big") % bound

    def choice(self, options: Any) -> Any:
        return options[self.below(len(options))]

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(bytes=self.bytes(16), version=4)


@contextmanager
def still(name: str = "world") -> Iterator[None]:
    """Time stands, and what is drawn by chance is drawn from `name`."""
    numbers = Numbers(name)
    hashed()  # kept by the process: its salt must not be drawn in one world alone
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(MOMENT, tick=False))
        for target, put in {
            "secrets.token_bytes": numbers.bytes,
            "os.urandom": numbers.bytes,
            "secrets.choice": numbers.choice,
            "secrets.randbelow": numbers.below,
            "secrets.token_hex": lambda size=32: numbers.bytes(size).hex(),
            "uuid.uuid4": numbers.uuid,
            "django.core.mail.message.make_msgid": lambda domain: f"<{numbers.uuid()}@{domain}>",
            "randomisation.views.unblind.new_token": numbers.uuid,
        }.items():
            stack.enter_context(mock.patch(target, put))
        yield


@contextmanager
def superuser() -> Iterator[psycopg.Connection[Any]]:
    """The database of this world, past every wall."""
    name = connection.settings_dict["NAME"]
    address = re.sub(r"/[^/]*$", f"/{name}", os.environ["SUPERUSER_URL"])
    with psycopg.connect(address, autocommit=True) as db:
        yield db


def still_database() -> None:
    """The database's own functions read counters: the trail's time and salts are then fixed."""
    with superuser() as db:
        db.execute(
            "CREATE SCHEMA still; GRANT USAGE ON SCHEMA still TO PUBLIC;"
            "CREATE SEQUENCE still.counter; GRANT USAGE ON SEQUENCE still.counter TO PUBLIC;"
            "CREATE FUNCTION still.now() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT '{MOMENT}'::timestamptz $$;"
            "CREATE FUNCTION still.uuid() RETURNS uuid LANGUAGE sql AS "
            "$$ SELECT md5(nextval('still.counter')::text)::uuid $$"
        )
        functions = db.execute(
            "SELECT pg_get_functiondef(p.oid) FROM pg_proc p "
            "JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname IN ('audit', 'public') "
            r"AND p.prosrc ~ '(clock_timestamp|gen_random_uuid)\('"
        ).fetchall()
        for (text,) in functions:
            text = text.replace("clock_timestamp()", "still.now()")
            db.execute(text.replace("gen_random_uuid()", "still.uuid()"))
        columns = db.execute(
            "SELECT attrelid::regclass::text, attname, pg_get_expr(adbin, adrelid) "
            "FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum "
            "WHERE pg_get_expr(adbin, adrelid) ~ 'clock_timestamp|now\\(\\)|CURRENT_TIMESTAMP'"
        ).fetchall()
        for table, column, _ in columns:
            db.execute(f"ALTER TABLE {table} ALTER {column} SET DEFAULT still.now()")
        db.execute("SELECT set_config('reminet.actor', 'tests', false)")
        db.execute(
            "INSERT INTO reminet_site_deployment (id, demonstration, seed, clinical_at, "
            "clinical_set_at, created_at) VALUES (1, true, 'swap', %(at)s, %(at)s, %(at)s) "
            "ON CONFLICT (id) DO UPDATE SET demonstration = true, seed = 'swap', "
            "clinical_at = %(at)s, clinical_set_at = %(at)s, created_at = %(at)s",
            {"at": MOMENT},
        )
