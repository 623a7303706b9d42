"""Asking for a copy, its making with the asker's rights, handing it over, its removal."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from analysis.copy import make, tasks
from crf.models import TrialLock
from reminet_site.actions import revoke
from reminet_site.clock import now
from reminet_site.context import Actor, acting, because
from reminet_site.errors import Refusal
from reminet_site.models import CertifiedCopy, CertifiedCopyState, Grant
from reminet_site.roles import Role, Verb
from reminet_site.trail import verify
from tests import people, world
from tests.integration.copy.conftest import TESTS, said_of

pytestmark = [pytest.mark.django_db, pytest.mark.promise("DI-09")]
PI = Role.PRINCIPAL_INVESTIGATOR


@pytest.fixture
def here():
    return world.small()


def client(role, centre):
    return people.sign_in(Client(), people.person(role, centre))


def page_of(centre):
    return reverse("analysis:copies", args=[centre.code])


def ask(centre, password=people.PASSWORD):
    return client(PI, centre).post(page_of(centre), {"password": password})


def copies():
    with acting(TESTS):
        return list(CertifiedCopy.objects.select_related("centre", "asked_by").order_by("id"))


def made(centre):
    assert ask(centre).status_code == 302
    copy = make.make(copies()[-1].pk)
    assert copy is not None
    return copy


def file_of(centre, copy, role=PI):
    return client(role, centre).get(reverse("analysis:copy_file", args=[centre.code, copy.pk]))


def acts(name):
    with acting(TESTS), connection.cursor() as cursor:
        cursor.execute(
            "SELECT act, actor, role FROM audit.trail WHERE relation = 'act' AND row_id LIKE %s "
            "ORDER BY id",
            [f"{name}%"],
        )
        return cursor.fetchall()


def test_the_investigator_asks_and_takes_it_alone(here, tmp_path):
    """No role of the sponsor has any part in it."""
    copy = made(here.centre)
    answer = file_of(here.centre, copy)
    raw = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    (tmp_path / copy.file_name).write_bytes(raw)
    assert said_of(tmp_path / copy.file_name) == ""
    assert verify.sha256("") != answer["X-Content-SHA256"] == copy.sha256
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        assert f"{copy.name}/casebook/{here.participant.code}.html" in packed.namelist()
    who = "Principal investigator FR-05"
    assert acts(copy.name) == [("export", who, PI), ("download", who, PI)]
    assert copies()[0].taken_at is not None


def test_without_the_password_nothing_is_asked(here):
    for password in ("", "another password"):
        answer = ask(here.centre, password)
        assert answer.status_code == 422
        assert b"password" in answer.content.lower()
    assert copies() == []


def test_one_at_a_time(here):
    assert ask(here.centre).status_code == 302
    answer = ask(here.centre)
    assert answer.status_code == 422
    assert b"is being made" in answer.content
    assert len(copies()) == 1


def test_the_file_is_for_the_asker_alone(here):
    copy = made(here.centre)
    other = people.person(PI, here.centre, name="another-pi")
    answer = people.sign_in(Client(), other).get(
        reverse("analysis:copy_file", args=[here.centre.code, copy.pk])
    )
    assert answer.status_code == 404
    for role in (Role.SPONSOR_MANAGER, Role.DATA_MANAGER, Role.AUDITOR, Role.ADMINISTRATOR):
        assert file_of(here.centre, copy, role).status_code == 403


def test_rights_are_asked_again_when_it_is_made_and_taken(here):
    copy = made(here.centre)
    with acting(TESTS):
        other = people.person(PI, here.centre, name="successor")
        mine = Grant.objects.get(user=people.person(PI, here.centre))
    assert other is not None
    assert ask(here.centre).status_code == 302
    with acting(TESTS):
        revoke(grant=mine, reason="left the hospital", by=TESTS)
    assert file_of(here.centre, copy).status_code == 403
    waiting = copies()[-1]
    assert make.make(waiting.pk) is None
    assert copies()[-1].state == CertifiedCopyState.FAILED
    assert "do not include" in copies()[-1].problem


def test_another_centre_answers_like_none(here):
    there = world.small("FR-11", "Beaune")
    copy = made(there.centre)
    for code in ("FR-11", "FR-99"):
        asker = client(PI, here.centre)
        assert asker.get(reverse("analysis:copies", args=[code])).status_code == 404
        assert asker.get(reverse("analysis:copy_file", args=[code, copy.pk])).status_code == 404
    mixed = reverse("analysis:copy_file", args=[here.centre.code, copy.pk])
    assert client(PI, here.centre).get(mixed).status_code == 404


def test_a_message_twice_makes_it_once(here):
    copy = made(here.centre)
    assert make.make(copy.pk) is None
    assert len(list(make.folder().iterdir())) == 1


def test_a_worker_that_fails_says_so_and_leaves_nothing(here, monkeypatch):
    assert ask(here.centre).status_code == 302
    monkeypatch.setattr("analysis.copy.make.write", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make.make(copies()[0].pk)
    assert copies()[0].state == CertifiedCopyState.FAILED
    assert list(make.folder().iterdir()) == []
    text = client(PI, here.centre).get(page_of(here.centre)).content.decode()
    assert "The worker failed" in text


def test_what_a_broker_did_not_hand_over_is_made_later(here, monkeypatch):
    assert ask(here.centre).status_code == 302
    tasks.look_for_copies()
    assert copies()[0].state == CertifiedCopyState.WAITING
    monkeypatch.setattr(tasks, "LATE", timedelta())
    tasks.look_for_copies()
    assert copies()[0].state == CertifiedCopyState.DONE


def test_files_go_after_fourteen_days_and_records_stay(here):
    copy = made(here.centre)
    with acting(TESTS):
        CertifiedCopy.objects.update(finished_at=now() - timedelta(days=13))
    assert make.remove_old() == 0
    with acting(TESTS):
        CertifiedCopy.objects.update(finished_at=now() - timedelta(days=15))
    assert make.remove_old() == 1
    assert not make.path_of(copy).exists()
    answer = file_of(here.centre, copy)
    assert answer.status_code == 404
    assert b"Ask for a new copy" in answer.content
    text = client(PI, here.centre).get(page_of(here.centre)).content.decode()
    assert "File removed" in text
    assert copy.sha256 in text


def test_the_page_in_each_state(here):
    def text(role=PI):
        return client(role, here.centre).get(page_of(here.centre)).content.decode()

    assert "No copy yet" in text()
    assert "Make the copy" in text()
    assert "Make the copy" not in text(Role.AUDITOR)
    assert ask(here.centre).status_code == 302
    assert "Waiting for a worker" in text()
    assert "Make the copy" not in text()
    make.make(copies()[0].pk)
    assert "Download" in text()
    assert copies()[0].sha256 in text(Role.AUDITOR)
    assert "/file/" not in text(Role.AUDITOR)


@pytest.mark.promise("DI-08")
def test_after_the_lock_and_the_closing_the_investigator_reads_and_takes(here):
    with acting(TESTS), because("the trial is over"):
        TrialLock.objects.create(locked=True, reason="all is in", open_queries=0, at=now())
        here.centre.closed_on = date(2030, 1, 1)
        here.centre.save()
    pages = [
        reverse("crf:casebook", args=[here.participant.code]),
        reverse("crf:participants", args=[here.centre.code]),
        reverse("trail"),
    ]
    for page in pages:
        assert client(PI, here.centre).get(page).status_code == 200, page
    copy = made(here.centre)
    assert file_of(here.centre, copy).status_code == 200


def administrator():
    return Actor.of(people.person(Role.ADMINISTRATOR), Verb.MANAGE_ACCOUNTS)


@pytest.mark.promise("DI-08")
def test_the_last_investigator_is_not_revoked_before_the_copy_is_handed_over(here):
    with acting(TESTS):
        last = Grant.objects.get(user=people.person(PI, here.centre))
    by = administrator()

    def try_it():
        with acting(by):
            return revoke(grant=last, reason="the contract ended", by=by)

    with pytest.raises(Refusal, match="has no certified copy of the data as they stand"):
        try_it()
    copy = made(here.centre)
    with pytest.raises(Refusal, match="First let a copy be taken"):
        try_it()  # made is not handed over
    assert file_of(here.centre, copy).status_code == 200
    world.screened(here.centre, here.investigator)
    with pytest.raises(Refusal, match="as they stand"):
        try_it()  # something was recorded since
    assert file_of(here.centre, made(here.centre)).status_code == 200
    assert try_it().revoked_at is not None


@pytest.mark.promise("DI-08")
def test_no_role_of_the_sponsor_revokes_by_the_page_either(here):
    user = people.person(PI, here.centre)
    with acting(TESTS):
        last = Grant.objects.get(user=user)
    for role in (Role.ADMINISTRATOR, Role.SPONSOR_MANAGER, Role.DATA_MANAGER):
        answer = client(role, here.centre).post(
            reverse("person", args=[user.pk]),
            {"act": "revoke", "grant": last.pk, "reason": "out", "password": people.PASSWORD},
        )
        assert answer.status_code in (403, 422)
    with acting(TESTS):
        assert Grant.objects.get(pk=last.pk).revoked_at is None


@pytest.mark.promise("DI-08")
def test_with_a_successor_the_role_ends(here):
    with acting(TESTS):
        first = Grant.objects.get(user=people.person(PI, here.centre))
    people.person(PI, here.centre, name="successor")
    by = administrator()
    with acting(by):
        assert revoke(grant=first, reason="retired", by=by).revoked_at is not None


@pytest.mark.promise("DI-08")
def test_a_centre_without_participants_holds_nobody(here):
    empty = people.centre("FR-12", "Lyon")
    person = people.person(PI, empty)
    by = administrator()
    with acting(by):
        found = Grant.objects.get(user=person)
        assert revoke(grant=found, reason="never opened", by=by).revoked_at is not None


# -- the database's own word: as the role app, past the application's rule -----------------------


def by_sql(sql, *values, by=TESTS):
    """As app, with every centre's rows open, or as a person; undone where it is refused."""
    why = because("straight to the database")
    with transaction.atomic(), acting(by), why, connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("app",)
        cursor.execute(sql, values)


def last_lead(here):
    with acting(TESTS):
        return Grant.objects.get(user=people.person(PI, here.centre))


@pytest.mark.promise("DI-08")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reminet_site_grant SET revoked_at = now() WHERE id = %(grant)s",
        "UPDATE reminet_site_user SET is_active = false WHERE id = %(user)s",
        "INSERT INTO reminet_site_dutyrecord (grant_id, centre_id, kind, happened_on, what, "
        "recorded_at) VALUES (%(grant)s, %(centre)s, 'end', '2026-01-01', 'x', now())",
    ],
    ids=["revoked", "closed", "delegation ended"],
)
def test_the_database_keeps_the_last_investigator_too(here, sql):
    last = last_lead(here)
    names = {"grant": last.pk, "user": last.user_id, "centre": here.centre.pk}
    plain = sql % names
    with pytest.raises(DatabaseError, match="no copy of the data as they stand"):
        by_sql(plain)
    copy = made(here.centre)
    with pytest.raises(DatabaseError, match="no copy of the data as they stand"):
        by_sql(plain)  # made is not handed over
    assert file_of(here.centre, copy).status_code == 200
    by_sql(plain)


@pytest.mark.promise("DI-08")
def test_the_database_lets_a_predecessor_go(here):
    last = last_lead(here)
    people.person(PI, here.centre, name="successor")
    by_sql("UPDATE reminet_site_grant SET revoked_at = now() WHERE id = %s", last.pk)


@pytest.mark.promise("DI-08")
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO reminet_site_certifiedcopy (centre_id, asked_by_id, asked_at, state, stage, "
        "step, steps, problem, differences, rows, size, sha256, taken_at, changes) VALUES "
        "({centre}, {user}, now(), 'done', '', 0, 0, '', 0, 0, 0, '', now(), 1)",
        "UPDATE reminet_site_certifiedcopy SET taken_at = now()",
        "UPDATE reminet_site_certifiedcopy SET changes = changes + 1",
        "UPDATE reminet_site_certifiedcopy SET asked_by_id = {other}",
    ],
    ids=["made up", "taken by nobody", "worth more", "another asker"],
)
def test_a_copy_counts_only_as_it_was_made_and_taken(here, sql):
    made(here.centre)
    user = people.person(PI, here.centre)
    names = {"centre": here.centre.pk, "user": user.pk, "other": here.investigator.pk}
    sponsor = Actor.of(people.person(Role.SPONSOR_MANAGER), Verb.MANAGE_CENTRES)
    for by in (TESTS, sponsor):
        with pytest.raises(DatabaseError, match=r"a copy (begins as|is taken once)"):
            by_sql(sql.format(**names), by=by)
