"""Tests run on a real PostgreSQL, under the application's own role.

A template database is built by the owner, once for each state of the migrations and definitions;
each run, and each test that commits, works on a clone of it.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

ROOT = Path(__file__).resolve().parent.parent


# How long an example takes says how busy the machine is, not whether the code is right.
# Where a submission is judged, the examples are the same each time; elsewhere they are drawn.
hypothesis_settings.register_profile(
    "reminet", deadline=None, derandomize=bool(os.environ.get("CI"))
)
hypothesis_settings.load_profile("reminet")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clones: uses a database of its own")
    attack = "attack(kind): an attempt on the service; passes where it fails"
    config.addinivalue_line("markers", attack)


def _environment() -> None:
    """Settings read the environment: fill it before Django is set up."""
    # Where this is set, each of the many processes compiles every library anew (3 s).
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    from reminet_site.local.postgres import Cluster

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reminet_site.settings")
    os.environ.update(
        LOCAL="1",
        SECRET_KEY="a key for tests alone, of fifty letters and no secret",
        VAULT_KEY="dGVzdHMgb25seTogdGhpcnR5LXR3byBieXRlcyBsbyE=",
        ANCHOR_KEY="YW5jaG9yIG9mIHRlc3RzIG9mIHRoaXJ0eS10d28gYnk=",
        DATA_DIR=tempfile.mkdtemp(prefix="reminet-test-"),
        BACKUP_KEY="YmFja3VwcyBvZiB0ZXN0cyBvZiAzMiBieXRlcywgb2s=",
        ALLOCATION_LOG_SYNC="off",
        BROKER_URL="memory://",
        DJANGO_ALLOW_ASYNC_UNSAFE="true",
    )
    if not os.environ.get("TEST_DATABASE_URL"):
        cluster = Cluster(ROOT / ".local" / "test", durable=False)
        cluster.ensure("template_none")
        os.environ["DATABASE_URL"] = cluster.url("app", "template_none")
        os.environ["OWNER_DATABASE_URL"] = cluster.url("owner", "template_none")
        os.environ["SUPERUSER_URL"] = cluster.superuser_url("postgres")
    import django

    django.setup()
    from django.conf import settings

    from crf import study

    # No statement more in the middle of a test that counts them.
    study.LOOKED_FOR = 3600.0
    # Hundreds of people are made and sign in; what the service hashes with has tests of its own.
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]
    # Each test's client starts the middleware, which would look every static file up (40 ms).
    settings.WHITENOISE_AUTOREFRESH = True


_environment()


def sources_hash() -> str:
    """What the template is made of: migrations, SQL, definitions."""
    found = hashlib.sha256()
    for pattern in (
        "*/migrations/*.py",
        "*/sql/*.sql",
        "*/*/sql/*.sql",
        "*/*/migrations/*.py",
        "crf/definitions/**/*.yaml",
        "crf/definition/*.py",
        "reminet_site/management/commands/prepare_database.py",
        "reminet_site/audit.py",
    ):
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def superuser_address(database: str) -> str:
    return re.sub(r"/[^/]*$", f"/{database}", os.environ["SUPERUSER_URL"])


def superuser(sql: str, database: str = "postgres") -> None:
    import psycopg

    with psycopg.connect(superuser_address(database), autocommit=True) as connection:
        connection.execute(sql)


def template() -> str:
    """The name of the template database, built where it is not there yet, by one process."""
    from reminet_site.local import secret_store

    with secret_store.locked(ROOT / ".local" / "test" / "template.lock"):
        return found_or_built()


def found_or_built() -> str:
    import psycopg

    name = f"template_{sources_hash()}"
    with psycopg.connect(os.environ["SUPERUSER_URL"], autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
        if (name,) in rows:
            return name
        for (old,) in rows:  # older templates and clones of runs that were killed
            if re.fullmatch(r"template_[0-9a-f]{12}|run_[0-9a-f]{12}", old):
                connection.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
    build(name)
    return name


def build(name: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    from reminet_site.local.postgres import Cluster

    Cluster(ROOT / ".local" / "test", durable=False).ensure(f"{name}_building")
    with pointed_at(f"{name}_building"):
        call_command("prepare_database", verbosity=0)
    connections.close_all()
    superuser(f'ALTER DATABASE "{name}_building" RENAME TO "{name}"')


@contextmanager
def pointed_at(database: str) -> Iterator[None]:
    """Both connections (application and owner) go to this database."""
    from django.db import connections

    both = [connections[alias].settings_dict for alias in ("default", "owner")]
    before = [one["NAME"] for one in both]
    let_go()
    for one in both:
        one["NAME"] = database
    try:
        yield
    finally:
        let_go()
        for one, name in zip(both, before, strict=True):
            one["NAME"] = name


def let_go() -> None:
    """Nothing of this process is connected any more; a database that nobody uses can be copied."""
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].close()
    connections["default"].close_pool()


def new_name() -> str:
    return f"run_{uuid.uuid4().hex[:12]}"


@contextmanager
def cloned(of: str = "", name: str = "") -> Iterator[str]:
    """A database of its own, a copy of the template or of another; an allocation log of its own."""
    from django.test import override_settings

    name = name or new_name()
    let_go()
    superuser(
        f'CREATE DATABASE "{name}" TEMPLATE "{of or template()}" OWNER owner STRATEGY FILE_COPY'
    )
    superuser(
        f'GRANT CONNECT ON DATABASE "{name}" TO app; ALTER DATABASE "{name}" SET timezone = \'UTC\''
    )
    log = Path(os.environ["DATA_DIR"]) / "allocations" / f"{name}.jsonl"
    try:
        with pointed_at(name), override_settings(ALLOCATION_LOG=str(log)):
            yield name
    finally:
        superuser(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object) -> Iterator[None]:
    """One clone for all tests that roll back."""
    with django_db_blocker.unblock(), cloned():  # type: ignore[attr-defined]
        yield


@pytest.fixture
def clone(django_db_blocker: object) -> Iterator[str]:
    """A database of the test's own: it commits, and other processes can open it."""
    with django_db_blocker.unblock(), cloned() as name:  # type: ignore[attr-defined]
        yield name


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: object, tmp_path: Path) -> str | None:
    """Rolled back after the test; for tests marked `clones`, which commit or come by another
    connection, a database of the test's own, whose name this is."""
    if request.node.get_closest_marker("clones"):
        return str(request.getfixturevalue("clone"))
    request.getfixturevalue("db")
    settings.ALLOCATION_LOG = str(tmp_path / "allocations.jsonl")  # type: ignore[attr-defined]
    return None


@pytest.fixture(autouse=True)
def files(settings: object, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "files"  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language to the thread; the next test begins without one."""
    from django.utils import translation

    yield
    translation.deactivate()


def pytest_unconfigure(config: pytest.Config) -> None:
    if "reminet-test-" in os.environ.get("DATA_DIR", ""):
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)
