"""The end of retention: a dry run lists what is due; two persons delete it; it is logged."""

import os
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from analysis import retention
from analysis.copy import make as certified
from analysis.models import Deletion, Release, ReleaseState
from analysis.release import make
from crf.models import Draft
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import CertifiedCopy, CertifiedCopyState, Session
from reminet_site.roles import Role, Verb
from reminet_site.trail import copies
from reminet_site.trail.models import CopyState, TrailCopy
from tests import people, world

pytestmark = [pytest.mark.django_db, pytest.mark.promise("PR-06")]
TESTS = Actor.system("tests")


@pytest.fixture
def here():
    return world.small()


def release(name, days):
    with acting(TESTS):
        made = Release.objects.create(
            name=name,
            note="a release",
            state=ReleaseState.DONE,
            asked_at=now() - timedelta(days=days),
            finished_at=now() - timedelta(days=days),
            sha256="0" * 64,
        )
    make.path_of(made).write_bytes(b"zip")
    return made


def trail_file(days):
    by = people.person(Role.AUDITOR)
    with acting(TESTS):
        made = TrailCopy.objects.create(
            asked_by=by,
            asked_at=now(),
            search={},
            state=CopyState.DONE,
            finished_at=now() - timedelta(days=days),
        )
    copies.path_of(made).write_bytes(b"csv")
    return made


def draft(here, days, number=1):
    with acting(TESTS):
        return Draft.objects.create(
            participant=here.participant,
            centre=here.centre,
            visit="LOG",
            form="CM",
            number=number,
            user=here.investigator,
            raw={"treatment": ["Paracetamol"]},
            base_version=0,
            saved_at=now() - timedelta(days=days),
        )


def due(on=None):
    with acting(TESTS):
        return [(one.kind, one.name) for one in retention.due(on or retention.today())]


def actor(role, name=""):
    return Actor.of(people.person(role, name=name), Verb.DELETE_EXPIRED)


def asked(role=Role.DATA_MANAGER):
    by = actor(role)
    with acting(by):
        return retention.ask(by=by)


def old_things(here):
    release("REMINET-OLD-1", 400)
    trail = trail_file(400)
    kept = draft(here, 400)
    return [
        ("release", "REMINET-OLD-1.zip"),
        ("file of the trail", trail.file_name),
        ("draft", f"{kept.pk} at {here.centre.code}"),
    ]


def test_the_dry_run_lists_exactly_what_is_due(here):
    expected = old_things(here)
    release("REMINET-NEW-1", 10)
    trail_file(10)
    draft(here, 10, number=2)
    assert due() == expected
    with acting(TESTS):
        assert Draft.objects.count() == 2  # nothing was deleted


def test_it_looks_ahead_to_any_day(here):
    release("REMINET-NEW-1", 10)
    days = retention.periods().release_days
    made = now().date() - timedelta(days=10)
    assert due(made + timedelta(days=days - 1)) == []
    assert due(made + timedelta(days=days)) == [("release", "REMINET-NEW-1.zip")]


def test_the_command_prints_the_same(here):
    expected = old_things(here)
    said = StringIO()
    call_command("retention_report", stdout=said)
    lines = said.getvalue().splitlines()
    assert len(lines) == len(expected) + 1
    assert all(name in line for (_kind, name), line in zip(expected, lines))
    assert f"{len(expected)} due on" in lines[-1]
    assert "25 years" in lines[-1]


def test_ended_sessions_are_one_line_and_go(here, django_capture_on_commit_callbacks):
    with acting(TESTS):
        Session.objects.create(session_key="old", expire_date=now() - timedelta(days=40))
        Session.objects.create(session_key="new", expire_date=now() + timedelta(days=1))
    assert [kind for kind, _name in due()] == ["sessions"]
    confirm(asked(), django_capture_on_commit_callbacks)
    assert not Session.objects.filter(session_key="old").exists()
    assert Session.objects.filter(session_key="new").exists()


def confirm(listed, commit, role=Role.SPONSOR_MANAGER):
    by = actor(role)
    with commit(execute=True), acting(by):
        return retention.confirm(pk=listed.pk, by=by)


def test_a_second_person_confirms_and_exactly_the_list_is_gone(
    here, django_capture_on_commit_callbacks
):
    expected = old_things(here)
    fresh = release("REMINET-NEW-1", 10)
    draft(here, 10, number=2)
    listed = asked()
    late = release("REMINET-OLD-2", 401)  # due, and not on the list
    confirm(listed, django_capture_on_commit_callbacks)
    assert due() == [("release", late.file_name)]
    assert make.path_of(fresh).exists()
    with acting(TESTS):
        assert [one.number for one in Draft.objects.all()] == [2]
        kept = Deletion.objects.get()
    assert [(item["kind"], item["name"]) for item in kept.items] == expected
    assert kept.confirmed_by == people.person(Role.SPONSOR_MANAGER)


def test_each_item_and_both_persons_are_in_the_trail(here, django_capture_on_commit_callbacks):
    expected = old_things(here)
    confirm(asked(), django_capture_on_commit_callbacks)
    with acting(TESTS), connection.cursor() as cursor:
        cursor.execute("SELECT row_id FROM audit.trail WHERE act = 'deletion' ORDER BY id")
        assert [row[0] for row in cursor.fetchall()] == [f"{k} {n}" for k, n in expected]
        cursor.execute(
            "SELECT actor FROM audit.trail WHERE relation = 'analysis_deletion' "
            "AND item IN ('#items', '#confirmed_at') ORDER BY id"
        )
        names = [row[0] for row in cursor.fetchall()]
    assert names[0] == people.person(Role.DATA_MANAGER).name
    assert names[-1] == people.person(Role.SPONSOR_MANAGER).name


def test_nobody_confirms_his_own_list(here, django_capture_on_commit_callbacks):
    old_things(here)
    listed = asked()
    with pytest.raises(Refusal, match="second person"):
        confirm(listed, django_capture_on_commit_callbacks, Role.DATA_MANAGER)
    assert len(due()) == 3


def test_the_database_refuses_one_person_and_a_borrowed_name(here):
    old_things(here)
    listed = asked()
    manager = people.person(Role.SPONSOR_MANAGER)
    for by, confirmed_by in (
        (actor(Role.DATA_MANAGER), listed.asked_by_id),  # the same person
        (actor(Role.DATA_MANAGER), manager.pk),  # in another's name
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            Deletion.objects.filter(pk=listed.pk).update(
                confirmed_by_id=confirmed_by, confirmed_at=now()
            )


def test_the_second_time_is_refused(here, django_capture_on_commit_callbacks):
    old_things(here)
    listed = asked()
    confirm(listed, django_capture_on_commit_callbacks)
    with pytest.raises(Refusal, match="confirmed already"):
        confirm(listed, django_capture_on_commit_callbacks)


def test_nothing_due_is_refused(here):
    with pytest.raises(Refusal, match="Nothing is due"):
        asked()


def test_the_page_shows_the_list_and_both_steps(here):
    expected = old_things(here)
    manager = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    text = manager.get("/retention/").content.decode()
    assert all(name in text for _kind, name in expected)
    assert manager.post("/retention/").status_code == 302
    assert "waits for a second person" in manager.get("/retention/").content.decode()
    sponsor = people.sign_in(Client(), people.person(Role.SPONSOR_MANAGER))
    with acting(TESTS):
        pk = Deletion.objects.get().pk
    assert f"/retention/{pk}/" in sponsor.get("/retention/").content.decode()
    assert sponsor.post(f"/retention/{pk}/").status_code == 302
    auditor = people.sign_in(Client(), people.person(Role.AUDITOR))
    assert auditor.get("/retention/", {"on": str(date(2100, 1, 1))}).status_code == 200
    assert auditor.post("/retention/").status_code == 403


def test_a_release_that_is_gone_says_so(here, django_capture_on_commit_callbacks):
    made = release("REMINET-OLD-1", 400)
    confirm(asked(), django_capture_on_commit_callbacks)
    statistician = people.sign_in(Client(), people.person(Role.TRIAL_STATISTICIAN))
    response = statistician.get(f"/releases/{made.pk}/file/")
    assert response.status_code == 404
    assert "its retention ended" in response.content.decode()


# -- certified copies, mails, logs, counts of wrong passwords --------------------------------------


def certified_copy(here, days):
    """Made, and left by the worker that should have removed it."""
    lead = people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre)
    with acting(Actor.of(lead, Verb.TAKE_COPY)):
        copy = CertifiedCopy.objects.create(centre=here.centre, asked_by=lead, asked_at=now())
    with acting(TESTS):
        copy.state, copy.finished_at = CertifiedCopyState.DONE, now() - timedelta(days=days)
        copy.save()
    certified.path_of(copy).write_bytes(b"zip")
    return copy


def written(folder, name, days):
    """A file that was last written so many days ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("text")
    then = (now() - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    return path


def attempt(days):
    then = now() - timedelta(days=days)
    made = AccessAttempt.objects.create(
        username=f"a{days}@b.org", ip_address="10.0.0.1", failures_since_start=1
    )
    AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=then)
    return made


@pytest.fixture
def made_along_the_way(here, settings, tmp_path):
    """One old and one new of each kind; the old ones."""
    settings.LOG_DIR = str(tmp_path / "log")
    mail = Path(settings.DATA_DIR) / "mail"
    for days in (400, 3):
        copy = certified_copy(here, days)
        written(mail, f"{days}.log", days)
        written(tmp_path / "log", f"web{days}.log.1", days)
        attempt(days)
        if days == 400:
            old = copy
    written(tmp_path / "log", "web.log", 400)  # one that is written to is never on the list
    return [
        ("certified copy", old.file_name),
        ("mail", "400.log"),
        ("log", "web400.log.1"),
        ("wrong passwords", "every count until then"),
    ]


def test_what_is_made_along_the_way_is_on_the_list(made_along_the_way):
    assert due() == made_along_the_way
    assert {kind for kind, _name in due()} <= set(retention.KINDS)


def test_it_goes_by_two_persons_and_the_record_of_a_copy_stays(
    made_along_the_way, django_capture_on_commit_callbacks, settings
):
    confirm(asked(), django_capture_on_commit_callbacks)
    assert due() == []
    assert sorted(path.name for path in Path(settings.LOG_DIR).iterdir()) == [
        "web.log", "web3.log.1",
    ]  # fmt: skip
    assert [path.name for path in (Path(settings.DATA_DIR) / "mail").iterdir()] == ["3.log"]
    assert AccessAttempt.objects.count() == 1
    with acting(TESTS):
        copies_ = list(CertifiedCopy.objects.order_by("id"))
    assert [one.removed_at is None for one in copies_] == [False, True]
    assert [certified.path_of(one).exists() for one in copies_] == [False, True]


def test_the_page_names_every_period(here, settings):
    manager = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    text = manager.get("/retention/").content.decode()
    for words in ("Certified copies", "14 days", "Mails", "Logs", "by the operators", "passwords"):
        assert words in text
    settings.LOG_DIR = "/nowhere"
    assert "by the operators</dd>" not in manager.get("/retention/").content.decode()
