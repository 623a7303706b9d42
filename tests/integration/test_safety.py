"""An unsafe service does not start; each defect has a number and a sentence."""

import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from reminet_site import safety
from reminet_site.context import Actor, acting
from reminet_site.models import User
from reminet_site.roles import Role
from tests import people
from tests.conftest import superuser

ROOT = Path(__file__).resolve().parents[2]
SECRET = "wUu3W4pX9qZt7sLk2mNb8vCx1aSd5fGh6jKl0qWeRtYuIoP-4Ty"
RANDOM = bytes(range(7, 256, 8))
PRODUCTION = {
    "LOCAL": False,
    "DEBUG": False,
    "SITE_URL": "https://trial.hospital.org",
    "ALLOWED_HOSTS": ["trial.hospital.org"],
    "SECRET_KEY": SECRET,
    "VAULT_KEY": RANDOM,
    "ANCHOR_KEY": RANDOM[::-1],
    "BACKUP_KEY": RANDOM[1:] + RANDOM[:1],
    "BROKER_URL": f"redis://:{SECRET}@broker:6379/0",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 63_072_000,
    "DATABASES": {"default": {"USER": "app", "PASSWORD": SECRET}},
}
LOCALHOST = "http://localhost:8000"
OWNER = {"USER": "owner", "PASSWORD": SECRET[::-1]}
DEFECTS = {
    "others reach a local service": ({"LOCAL": True, "SITE_URL": "http://192.0.2.7:8000"}, 1),
    "debug": ({"DEBUG": True}, 2),
    "every host": ({"ALLOWED_HOSTS": ["*"]}, 3),
    "a short key of the vault": ({"VAULT_KEY": RANDOM[:31]}, 4),
    "a long key of backups": ({"BACKUP_KEY": RANDOM + RANDOM}, 5),
    "a short key of anchors": ({"ANCHOR_KEY": RANDOM[:16]}, 5),
    "one database user": (
        {"DATABASES": {"default": OWNER, "owner": OWNER}, "LOCAL": True, "SITE_URL": LOCALHOST},
        6,
    ),
    "no secret key": ({"SECRET_KEY": ""}, 7),
    "a short secret key": ({"SECRET_KEY": SECRET[:30]}, 7),
    "one letter": ({"SECRET_KEY": "a" * 50}, 7),
    "django's own": ({"SECRET_KEY": "django-insecure-" + SECRET}, 7),
    "the tests' own": ({"SECRET_KEY": "a key for tests alone, of fifty letters and no secret"}, 7),
    "a key of noughts": ({"VAULT_KEY": b"\x00" * 32}, 8),
    "a key that is a text": ({"ANCHOR_KEY": b"anchor of tests of thirty-two by"}, 8),
    "plain http": ({"SITE_URL": "http://trial.hospital.org"}, 9),
    "this machine": ({"SITE_URL": "https://localhost"}, 9),
    "a weak password": ({"DATABASES": {"default": {"USER": "app", "PASSWORD": "app"}}}, 10),
    "no password": ({"DATABASES": {"default": {"USER": "app", "PASSWORD": ""}}}, 10),
    "an open broker": ({"BROKER_URL": "redis://broker:6379/0"}, 11),
    "cookies over http": ({"SESSION_COOKIE_SECURE": False}, 12),
    "no strict transport": ({"SECURE_HSTS_SECONDS": 0}, 12),
    "the owner at hand": (
        {"DATABASES": PRODUCTION["DATABASES"] | {"owner": OWNER}},
        13,
    ),
}


@pytest.fixture
def production(monkeypatch):
    """Settings as a production has them, for the checks alone; no database is asked."""
    made = SimpleNamespace(**PRODUCTION)
    monkeypatch.setattr(safety, "settings", made)
    monkeypatch.setattr(safety, "wrong_in_database", lambda: [])
    monkeypatch.setattr(safety, "_found_safe", False)
    return made


def found():
    return [one.id for one in [*safety.unsafe_settings(), *safety.owner_at_hand()]]


@pytest.mark.promise("SE-09")
def test_sound_settings_are_taken(production):
    assert found() == []


@pytest.mark.promise("SE-09")
@pytest.mark.parametrize(("changes", "number"), DEFECTS.values(), ids=DEFECTS.keys())
def test_each_unsafe_setting_is_named(production, changes, number):
    for name, value in changes.items():
        setattr(production, name, value)
    assert found() == [f"reminet.E{number:03d}"]
    with pytest.raises(ImproperlyConfigured, match=f"reminet.E{number:03d}: "):
        safety.refuse_unsafe()


@pytest.mark.promise("SE-09")
def test_every_sentence_says_what_is_wrong(production):
    said = []
    for changes, _number in DEFECTS.values():
        for name, value in (PRODUCTION | changes).items():
            setattr(production, name, value)
        said += [one.msg for one in [*safety.unsafe_settings(), *safety.owner_at_hand()]]
    assert len(said) == len(DEFECTS)
    assert all(one.endswith((".", ".org")) and len(one.split()) > 3 for one in said)
    assert not any(SECRET in one or OWNER["PASSWORD"] in one for one in said)


ACTOR = "SELECT set_config('reminet.actor', 'tests', true); "
DEPLOYED = (
    "INSERT INTO reminet_site_deployment (id, demonstration, seed, created_at) "
    "VALUES (1, {}, '', now())"
)
UNSAFE = {
    21: ("ALTER TABLE crf_draft OWNER TO app", "crf_draft"),
    23: ("GRANT SELECT ON arms.allocation TO app", "allocation"),
    24: ("ALTER TABLE crf_entry DISABLE ROW LEVEL SECURITY", "crf_entry"),
    25: ("GRANT UPDATE ON audit.trail TO app", "trail"),
    27: (DEPLOYED.format("true"), "demonstration"),
}


def in_database():
    return {one.id: one.msg for one in safety.wrong_in_database()}


@pytest.mark.promise("SE-09")
def test_the_databases_own_defects_are_none(clone, settings):
    settings.LOCAL = False
    superuser(ACTOR + DEPLOYED.format("false"), clone)
    assert in_database() == {}
    assert run_checks(tags=["database"], databases=["default"]) == []


@pytest.mark.promise("SE-09")
@pytest.mark.parametrize("number", UNSAFE)
def test_an_unsafe_database_is_named(clone, settings, number):
    settings.LOCAL = False
    change, names = UNSAFE[number]
    superuser(ACTOR + change, clone)
    said = in_database()
    assert names in said[f"reminet.E0{number}"]


@pytest.mark.promise("SE-09")
@pytest.mark.parametrize(
    ("number", "power", "names"),
    [
        (20, "BYPASSRLS", "BYPASSRLS"),
        (20, "SUPERUSER", "SUPERUSER"),
        (22, "IN ROLE owner", "owner"),
    ],
)
def test_an_unsafe_database_user_is_named(clone, number, power, names):
    """A user of the test's own: app is shared with other tests."""
    with another_user(clone, power):
        said = in_database()
    assert names in said[f"reminet.E0{number}"]


@contextmanager
def another_user(database, power):
    name = f"unsafe_{uuid.uuid4().hex[:12]}"
    superuser(f"CREATE ROLE {name} LOGIN PASSWORD '{name}' {power}", database)
    superuser(f"GRANT app TO {name}; GRANT CONNECT ON DATABASE {database} TO {name}", database)
    used = connections["default"].settings_dict
    before = {key: used[key] for key in ("USER", "PASSWORD")}
    used.update(USER=name, PASSWORD=name)
    try:
        yield
    finally:
        used.update(before)
        superuser(f"REVOKE CONNECT ON DATABASE {database} FROM {name}; DROP ROLE {name}", database)


@pytest.mark.promise("SE-09")
def test_accounts_of_a_demonstration_have_no_place_in_a_trial(clone, settings):
    people.person(Role.AUDITOR)
    assert in_database() == {}
    with acting(Actor.system("tests")):
        User.objects.create(email="auditor@demonstration.invalid", name="Nobody")
    assert list(in_database()) == ["reminet.E026"]


def environment(**changes):
    """A production's environment on the tests' servers; the app's password there is by chance."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "reminet_site.settings",
        "SITE_URL": "https://trial.hospital.org",
        "SECRET_KEY": SECRET,
        "VAULT_KEY": "Bw8XHycvNz9HT1dfZ293f4ePl5+nr7e/x8/X3+fv9/8=",
        "DATABASE_URL": os.environ["DATABASE_URL"].replace("template_none", "postgres"),
        "BROKER_URL": PRODUCTION["BROKER_URL"],
        **changes,
    }


def started(words, **changes):
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.promise("SE-09")
def test_djangos_own_checks_find_nothing_in_production(clone):
    address = os.environ["DATABASE_URL"].replace("template_none", clone)
    words = ["manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING"]
    done = started(words, DATABASE_URL=address)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.promise("SE-09")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SECRET_KEY": "short"}, "reminet.E007"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"VAULT_KEY": "not base64!"}, "VAULT_KEY is not base64"),
        ({"SITE_URL": "http://trial.hospital.org"}, "reminet.E009"),
    ],
    ids=["short key", "no key", "no base64", "http"],
)
def test_the_web_does_not_start(changes, says):
    done = started(["-c", "import reminet_site.wsgi"], **changes)
    assert done.returncode
    assert says in done.stderr
