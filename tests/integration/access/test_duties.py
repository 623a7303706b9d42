"""A role at a centre counts from training, delegation and activation on, and not a day longer."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from reminet_site.access.models import DutyRecord
from reminet_site.context import Actor, acting, live_grants
from reminet_site.models import Centre, Grant
from reminet_site.roles import Role
from tests import people
from tests.integration.access.steps import AGAIN, record

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AC-08")]


def bare(role, centre, email):
    """A person with the role at the centre and nothing on the log."""
    from django.utils import timezone

    from reminet_site.models import User

    with acting(Actor.system("tests")):
        user = User(email=email, name=email.partition("@")[0])
        user.password = people.hashed()
        user.save()
        Grant.objects.create(user=user, role=role, centre=centre, granted_at=timezone.now())
    return user


def lead_of(here):
    return people.sign_in(Client(), people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre))


def page(here):
    return reverse("crf:casebook", args=[here.participant.code])


@pytest.mark.parametrize(
    ("done", "missing"),
    [
        ((), ("training", "delegation")),
        (("training",), ("delegation",)),
        (("delegation",), ("training",)),
    ],
)
def test_what_is_missing_is_said(here, sponsor, done, missing):
    anna = bare(Role.INVESTIGATOR, here.centre, "anna@hospital.example")
    for kind in done:
        record(sponsor if kind == "training" else lead_of(here), anna.grants.get(), kind)
    client = people.sign_in(Client(), anna)
    answer = client.get(page(here))
    assert answer.status_code == 403
    for word in missing:
        assert word in answer.content.decode()
        assert word in client.get("/").content.decode()


def test_with_both_the_role_counts_from_the_next_request_on(here, sponsor):
    anna = bare(Role.INVESTIGATOR, here.centre, "anna@hospital.example")
    client = people.sign_in(Client(), anna)
    record(sponsor, anna.grants.get(), "training")
    record(lead_of(here), anna.grants.get(), "delegation")
    assert client.get(page(here)).status_code == 200


@pytest.mark.promise("AC-07")
def test_with_the_delegation_the_role_ends(here):
    anna = people.person(Role.SITE_COORDINATOR, here.centre)
    client = people.sign_in(Client(), anna)
    assert client.get(page(here)).status_code == 200
    record(lead_of(here), anna.grants.get(), "end", "left the department")
    answer = client.get(page(here))
    assert answer.status_code == 403
    assert b"has ended" in answer.content
    record(lead_of(here), anna.grants.get(), "delegation", "came back")
    assert client.get(page(here)).status_code == 200


def test_no_data_are_entered_where_the_centre_is_not_active(here, sponsor):
    centre = people.centre("FR-77", "Meaux")
    with acting(Actor.system("tests")):
        Centre.objects.filter(pk=centre.pk).update(opened_on=None)
    anna = people.person(Role.INVESTIGATOR, centre)
    client = people.sign_in(Client(), anna)
    answer = client.post("/centres/FR-77/screen/", {"screened_on": "01/02/2026"})
    assert answer.status_code == 403
    assert b"activation of the centre" in answer.content
    state = reverse("centre_state", args=["FR-77"])
    refused = sponsor.post(state, {"act": "activate", "reason": "approved", **AGAIN})
    assert b"has no principal investigator" in refused.content
    people.person(Role.PRINCIPAL_INVESTIGATOR, centre)
    assert sponsor.post(state, {"act": "activate", "reason": "approved"}).status_code == 302
    assert client.get("/centres/FR-77/screen/").status_code == 200


@pytest.mark.promise("DI-08")
def test_of_a_closed_centre_the_principal_investigator_reads_on(here, sponsor):
    lead, staff = lead_of(here), people.sign_in(Client(), here.investigator)
    form = reverse("crf:form", args=[here.participant.code, "SCR", "CONSENT", 1])
    answer = sponsor.post(
        reverse("centre_state", args=["FR-05"]), {"act": "close", "reason": "done", **AGAIN}
    )
    assert answer.status_code == 302
    assert staff.get(page(here)).status_code == 403
    assert lead.get(page(here)).status_code == 200
    assert lead.get(form).status_code == 200
    assert lead.post(form, {"version": "0", "signed": "yes"}).status_code == 403
    assert lead.get("/trail/").status_code == 200


def test_each_records_what_is_theirs(here, sponsor, first):
    """Training: sponsor, administrator. Delegation: the principal investigator; his own: they."""
    lead = people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre)
    browser = people.sign_in(Client(), lead)
    staff, own = here.investigator.grants.get(), lead.grants.get()
    before = DutyRecord.objects.count
    with acting(Actor.system("tests")):
        n = before()
    for client, grant, kind in (
        (browser, staff, "training"),
        (browser, own, "delegation"),
        (browser, own, "training"),
        (sponsor, staff, "delegation"),
        (sponsor, staff, "end"),
        (first, staff, "end"),
        (people.sign_in(Client(), here.investigator), staff, "delegation"),
    ):
        assert record(client, grant, kind).status_code in (403, 422), kind
    with acting(Actor.system("tests")):
        assert before() == n
    for client, grant, kind in (
        (browser, staff, "end"),
        (browser, staff, "delegation"),
        (sponsor, own, "delegation"),
        (first, staff, "training"),
    ):
        assert record(client, grant, kind).status_code == 302, kind


def test_a_lead_writes_on_the_log_of_the_own_centre_alone(here):
    other = people.centre("FR-11", "Beaune")
    theirs = people.person(Role.INVESTIGATOR, other).grants.get()
    lead = lead_of(here)
    assert record(lead, theirs, "end").status_code == 404
    assert lead.get("/centres/FR-11/team/").status_code == 404
    form = {"grant": theirs.pk, "kind": "end", "on": "2026-01-05", "what": "x", **AGAIN}
    assert lead.post("/centres/FR-05/team/", form).status_code == 404


def test_a_day_ahead_is_refused(here, first):
    grant = here.investigator.grants.get()
    assert record(first, grant, "training", on="2999-01-01").status_code == 422
    assert record(first, grant, "training", on="soon").status_code == 422


def test_the_log_is_added_to_and_nothing_else(here):
    for change in (
        "UPDATE reminet_site_dutyrecord SET what = ''",
        "DELETE FROM reminet_site_dutyrecord",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            acting(Actor.system("tests")),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_the_session_and_a_token_read_the_same_rights(here):
    """One view: live_grants for a token, the session's statement for a browser."""
    from reminet_site.sessions import SessionStore

    anna = bare(Role.INVESTIGATOR, here.centre, "anna@hospital.example")
    for user in (anna, here.investigator, people.person(Role.MONITOR)):
        client = people.sign_in(Client(), user)
        store = SessionStore(client.session.session_key)
        store.load()
        assert store.grants == live_grants(user)
    assert live_grants(anna) == ()
