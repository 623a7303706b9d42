"""A small trial with entries, queries, allocations, kits, anchors and files; and empty machines."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from reminet_site.backup import make
from reminet_site.context import acting
from reminet_site.local.postgres import Cluster
from reminet_site.trail import anchor
from tests import allocations, people, world
from tests.conftest import ROOT, cloned, pointed_at, superuser
from tests.integration.analysis import trial as records


@contextmanager
def small_trial(files: Path) -> Iterator[str]:
    """The name of its database; its files and allocation log are in `files`."""
    mail = "django.core.mail.backends.locmem.EmailBackend"
    with (
        override_settings(DATA_DIR=files, EMAIL_BACKEND=mail),
        cloned() as name,
        override_settings(ALLOCATION_LOG=str(files.parent / "elsewhere" / "log.jsonl")),
    ):
        files.mkdir(parents=True, exist_ok=True)
        world.small()
        allocations.scheme()
        allocations.deliver(12)
        dijon = people.centre()
        allocations.supply(dijon, 10)
        with allocations.everybody_eligible():
            for number, one in enumerate(allocations.participants(dijon, 3, first=101), 1):
                allocations.randomise(one)
                with acting(allocations.SYSTEM):
                    one.refresh_from_db()
                    records.records(one, number, records.COURSES[number])
        (files / "releases").mkdir()
        (files / "releases" / "release.zip").write_bytes(os.urandom(3_000_000))
        anchor.make()
        yield name


@pytest.fixture(scope="module")
def trial(
    django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """(database, files) of a trial that the tests of a module only read."""
    files = tmp_path_factory.mktemp("trial") / "files"
    with django_db_blocker.unblock(), small_trial(files) as name:
        yield name, files


@pytest.fixture(scope="module")
def backup(trial: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> make.Made:
    return make.make(folder=tmp_path_factory.mktemp("kept"), same_host=True)


@contextmanager
def empty_machine(files: Path) -> Iterator[str]:
    """An empty database with the roles, and an empty folder of files."""
    name = f"run_{uuid.uuid4().hex[:12]}"
    Cluster(ROOT / ".local" / "test", durable=False).ensure(name)
    files.mkdir(parents=True, exist_ok=True)
    try:
        with pointed_at(name), override_settings(DATA_DIR=files):
            yield name
    finally:
        superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def asked(database: str, sql: str) -> list[tuple]:
    """As the superuser, whom no wall stops."""
    address = re.sub(r"/[^/]*$", f"/{database}", os.environ["SUPERUSER_URL"])
    with psycopg.connect(address) as connection:
        return connection.execute(sql).fetchall()
