"""A trail that is committed, its export and its anchor, and the stand-alone verifier."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.test import override_settings

from reminet_site.context import Actor, acting, because
from reminet_site.models import Centre
from reminet_site.roles import Role, Verb
from reminet_site.trail import anchor, export
from tests import people
from tests.conftest import cloned, superuser

VERIFY = Path(__file__).resolve().parents[3] / "reminet_site" / "trail" / "verify.py"


@dataclass
class Said:
    status: int
    text: str


@dataclass
class Trail:
    """The trail of a database of the test's own."""

    database: str
    folder: Path
    exports: int = 0
    chain: str = field(default="")

    def tamper(self, sql: str) -> None:
        """As a superuser, with every trigger of the trail off."""
        off = "ALTER TABLE audit.trail DISABLE TRIGGER ALL"
        superuser(f"{off}; {sql.replace('CHAIN', repr(self.chain))}", self.database)

    def ask(self, sql: str) -> list[tuple]:
        import os
        import re

        import psycopg

        address = re.sub(r"/[^/]*$", f"/{self.database}", os.environ["SUPERUSER_URL"])
        with psycopg.connect(address) as connection:
            return connection.execute(sql).fetchall()

    def export(self) -> Path:
        self.exports += 1
        path = self.folder / f"trail-{self.exports}.jsonl"
        export.write(path=path, by=auditor())
        return path

    def verify(self, *words: str | Path, anchors: bool = True) -> Said:
        """An export of now, with all anchors, through the script run by itself."""
        given = [anchor.folder()] if anchors else []
        return run(self.export(), *given, *words)


def run(*words: object) -> Said:
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFY), *map(str, words)], capture_output=True, text=True
    )
    return Said(done.returncode, (done.stdout + done.stderr).strip())


def auditor() -> Actor:
    return Actor.of(people.person(Role.AUDITOR), Verb.READ_AUDIT)


def rename(centre: Centre, name: str) -> None:
    with acting(Actor.system("tests")), because("renamed"):
        centre.name = name
        centre.save()


TABLES = ("trail", "head")
KEEP = "CREATE SCHEMA kept; " + "; ".join(
    f"CREATE TABLE kept.{table} AS TABLE audit.{table}" for table in TABLES
)
BACK = """
    {off}; TRUNCATE audit.trail, audit.head;
    INSERT INTO audit.trail OVERRIDING SYSTEM VALUE SELECT * FROM kept.trail;
    INSERT INTO audit.head SELECT * FROM kept.head;
    UPDATE reminet_site_centre SET name = 'CH de Beaune' WHERE code = 'FR-11'; {on};
"""
SWITCHED = ("audit.trail", "reminet_site_centre")


@dataclass
class Base:
    """What every test of a module begins with: a database, its first anchor, a chain in it."""

    database: str
    anchor: str
    chain: str


@pytest.fixture(scope="module")
def base(django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    """Two chains of centres, the second renamed twice, and an anchor of it all."""
    with django_db_blocker.unblock(), cloned() as name:  # type: ignore[attr-defined]
        people.centre()
        centre = people.centre("FR-11", "Beaune")
        rename(centre, "CH Beaune")
        rename(centre, "CH de Beaune")
        auditor()
        with override_settings(DATA_DIR=tmp_path_factory.mktemp("anchors")):
            made = anchor.make()
            superuser(KEEP, name)
            yield Base(name, made.path.read_text(), f"centre:{centre.pk}")


@pytest.fixture
def trail(base: Base, tmp_path: Path, settings: object) -> Iterator[Trail]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    (anchor.folder() / f"{json.loads(base.anchor)['day']}.json").write_text(base.anchor)
    yield Trail(base.database, tmp_path, chain=base.chain)
    off = "; ".join(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in SWITCHED)
    on = "; ".join(f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in SWITCHED)
    always = "; ".join(
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"
        for table, trigger in (
            ("audit.trail", "append_only"),
            ("audit.trail", "only_redacted"),
            ("reminet_site_centre", "audit_capture"),
        )
    )
    superuser(BACK.format(off=off, on=f"{on}; {always}"), base.database)


def rehash(trail: Trail) -> None:
    """What a forger does after an edit: the hashes of the chain, written anew from the start."""
    trail.tamper(
        """
        DO $$ DECLARE r audit.trail; before text := repeat('0', 64); BEGIN
          FOR r IN SELECT * FROM audit.trail WHERE chain = CHAIN ORDER BY seq LOOP
            r.previous := before;
            r.hash := encode(sha256(convert_to(audit.canonical(r), 'UTF8')), 'hex');
            before := r.hash;
            UPDATE audit.trail SET previous = r.previous, hash = r.hash WHERE id = r.id;
          END LOOP;
          UPDATE audit.head SET hash = before WHERE chain = CHAIN;
        END $$
        """
    )


def edited(path: Path, change: Callable[[dict], dict]) -> None:
    path.chmod(0o600)
    path.write_text(json.dumps(change(json.loads(path.read_text())), indent=1, sort_keys=True))
