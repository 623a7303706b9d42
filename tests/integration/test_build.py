"""The identity of the build: on every page, and on everything that leaves the service."""

import csv
import json
import subprocess

import pytest
from django.test import Client
from django.urls import reverse

from reminet_site import build
from reminet_site.context import Actor
from reminet_site.roles import Role, Verb
from reminet_site.trail import anchor, copies, export, tasks
from reminet_site.trail.models import TrailCopy
from tests import people, world
from tests.conftest import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.promise("VA-02")]


def head() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_identity_is_the_sources():
    found = build.identity()
    assert found.commit == head()
    status = subprocess.run(
        ["git", "-C", str(ROOT), "status", "--porcelain"], capture_output=True, text=True
    )
    assert found.modified == bool(status.stdout)
    assert all(len(one) == 64 for one in (found.dependencies, found.migrations, found.definition))


@pytest.mark.parametrize("pattern", ["requirements/base.txt", "*/migrations/*.py", "*/sql/*.sql"])
def test_one_byte_of_a_lock_or_migration_changes_its_hash(pattern, tmp_path, settings):
    for path in ROOT.glob(pattern):
        last = tmp_path / path.relative_to(ROOT)
        last.parent.mkdir(parents=True, exist_ok=True)
        last.write_bytes(path.read_bytes())
    settings.BASE_DIR = tmp_path
    before = build.hash_of([pattern])
    last.write_bytes(last.read_bytes() + b"\n")
    assert build.hash_of([pattern]) != before


def test_the_image_is_told_its_commit(monkeypatch):
    for given, said in (("abc", ("abc", False)), ("abc+modified", ("abc", True))):
        monkeypatch.setenv("BUILD_COMMIT", given)
        assert build.sources.__wrapped__() == said


@pytest.mark.parametrize("address", ["/sign-in/", "/about/", "/nothing/here/"])
def test_every_page_shows_it(address):
    client = people.sign_in(Client(), people.person(Role.AUDITOR, people.centre()))
    text = (Client() if address == "/sign-in/" else client).get(address).content.decode()
    found = build.identity()
    assert f"{build.VERSION} {head()[:7]}" in text
    assert found.definition_version in text
    assert found.definition[:8] in text


def test_about_shows_the_whole():
    client = people.sign_in(Client(), people.person(Role.MONITOR))
    text = client.get(reverse("about")).content.decode()
    for value in build.identity().as_json().values():
        assert isinstance(value, bool) or value in text


def test_the_trail_as_csv_names_it():
    here = world.small()
    client = people.sign_in(Client(), people.person(Role.AUDITOR))
    asked = {"participant": here.participant.code, "password": people.PASSWORD}
    client.post(reverse("trail"), asked)
    copy = TrailCopy.objects.latest("pk")
    tasks.make_copy(copy.pk)
    response = client.get(reverse("trail_copy", args=[copy.pk]))
    rows = list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))
    assert {row["build"] for row in rows} == {head()}
    assert response["X-Build"].removesuffix(build.MODIFIED) == head()
    assert "build" in copies.HEADER


def test_the_whole_trail_and_the_anchor_name_it(tmp_path, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    path = tmp_path / "trail.jsonl"
    export.write(path=path, by=Actor.of(people.person(Role.AUDITOR), Verb.READ_AUDIT))
    first = json.loads(path.read_text().splitlines()[0])
    assert first["build"] == build.identity().as_json()
    assert first["build"]["commit"] == head()
    made = json.loads(anchor.make().path.read_text())
    assert made["build"]["commit"] == head()
