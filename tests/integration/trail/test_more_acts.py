"""More acts of the workflow, one test a verb: signing, exports, tokens, screening, redaction."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from randomisation.signed import ELIGIBILITY
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from reminet_site.trail import tasks
from reminet_site.trail.models import TrailCopy
from tests import people, world
from tests.integration.crf.test_form import CONSENT
from tests.integration.trail.test_acts import acts, randomised  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db
FAILURES = 5


def client_of(role: Role) -> Client:
    return people.sign_in(Client(), people.person(role, people.centre()))


@pytest.mark.promise("AT-08")
def test_a_signature(randomised):  # noqa: F811
    rows = acts("relation = 'reminet_site_signature'")
    said = {row["item"]: row["new"] for row in rows}
    assert said["#kind"] == "eligibility"
    assert said["#meaning"] == ELIGIBILITY
    assert len(said["#sha256"]) == 64
    assert {(row["act"], row["actor"]) for row in rows} == {("create", "Investigator FR-05")}
    assert {row["chain"] for row in rows} == {f"participant:{randomised.pk}"}


@pytest.mark.promise("AT-08")
def test_a_participant_screened():
    here = world.small()
    rows = acts("relation = 'crf_participant' AND participant_id = %s", here.participant.pk)
    assert {row["item"]: row["new"] for row in rows}["#code"] == here.participant.code
    assert {row["actor"] for row in rows} == {"Investigator FR-05"}


@pytest.mark.promise("AT-08")
def test_an_export_and_its_download():
    client = client_of(Role.AUDITOR)
    words = {"day": "2026-11-23", "password": people.PASSWORD}
    assert client.post(reverse("trail"), words).status_code == 302
    copy = TrailCopy.objects.latest("pk")
    tasks.make_copy(copy.pk)
    assert client.get(reverse("trail_copy", args=[copy.pk])).status_code == 200
    found = acts("t.act IN ('export', 'download') AND t.row_id = %s", copy.file_name)
    assert [(act["act"], act["actor"]) for act in found] == [
        ("export", "Auditor"),
        ("download", "Auditor"),
    ]
    assert found[0]["new"] == "day 2026-11-23"


@pytest.mark.promise("AT-08")
def test_a_token_made_and_revoked():
    client = client_of(Role.DATA_MANAGER)
    for act in ("make", "revoke"):
        client.post(reverse("analysis:token"), {"act": act, "password": people.PASSWORD})
    found = acts("t.act LIKE 'API token%%'")
    assert [(row["act"], row["actor"]) for row in found] == [
        ("API token made", "Data manager"),
        ("API token revoked", "Data manager"),
    ]
    assert not any(len(str(row["new"])) >= 40 for row in found)


@pytest.mark.promise("AT-08")
def test_a_redaction_asked_and_confirmed():
    from reminet_site.trail import actions, reads
    from reminet_site.trail.search import Search
    from tests.integration.trail.conftest import rename

    centre = people.centre()
    rename(centre, "Jeanne Martin")
    rename(centre, "CHU Dijon")
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.REDACT)
    day = people.person(Role.DATA_MANAGER).created_at.date().isoformat()
    with acting(manager):
        (row,) = (one for one in reads.rows(Search(day=day)) if one.new == "Jeanne Martin")
        asked = actions.request_redaction(
            row=row.id, side="new", reason="a person is named in it", by=manager
        )
    local = Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, centre), Verb.REDACT)
    with acting(local):
        actions.confirm_redaction(pk=asked.pk, by=local)
    request = {row["item"]: row["actor"] for row in acts("relation = 'reminet_site_redaction'")}
    assert request["#reason"] == "Data manager"
    assert request["#confirmed_by_id"] == "Principal investigator FR-05"
    tombstones = acts("relation = 'act' AND t.act = 'redact'")
    assert {row["actor"] for row in tombstones} == {"Principal investigator FR-05"}
    assert "Jeanne" not in str(tombstones)


@pytest.mark.promise("AT-06")
def test_a_check_that_prompts_a_correction_leaves_three_facts():
    """The first value, that the check fired, and the new value with the query that asked for it."""
    here = world.small()
    client = people.sign_in(Client(), here.investigator)
    address = f"/participants/{here.participant.code}/SCR/CONSENT/1/"
    unusual = CONSENT | {"copy_given": "no", "version": "0"}
    assert client.post(address, unusual).status_code == 302
    given = {"copy_given": "yes", "version": "1", "change_reason": "the copy was given today"}
    assert client.post(address, unusual | given).status_code == 302
    fired = acts("relation = 'crf_dataquery' AND item = '#check_name' AND new = 'copy_missing'")
    assert len(fired) == 1
    values = acts("relation = 'crf_entry' AND item = 'copy_given'")
    assert [(row["old"], row["new"]) for row in values] == [(None, "no"), ("no", "yes")]
    about = f"AND t.query_id = {fired[0]['subject']}"
    (corrected,) = acts(f"relation = 'crf_entry' AND item = 'copy_given' {about}")
    assert (corrected["old"], corrected["new"]) == ("no", "yes")


@pytest.mark.promise("AT-07")
def test_the_page_never_counts_the_trail():
    """However long it is: rows by key, newest first, no number of all of them."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    here = world.small()
    client = client_of(Role.AUDITOR)
    for words in ({}, {"participant": here.participant.code}, {"day": "2026-11-23"}):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("trail"), words).status_code == 200
        said = [one["sql"] or "" for one in captured]  # a prepared one has no text here
        asked = [sql.lower() for sql in said if "audit.trail" in sql]
        assert asked
        assert not any("count(" in sql or " offset " in sql for sql in asked)


@pytest.mark.promise("ES-07")
def test_wrong_passwords_at_the_signing_lock_and_are_told(settings):
    """The sixth try is refused although the password is right; who guards accounts has a mail."""
    pytest.importorskip("reminet_site.mails", reason="nobody is told of a lock yet")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    here = world.small()
    guardian = people.person(Role.ADMINISTRATOR)
    client = people.sign_in(Client(), here.investigator)
    gate = reverse("randomisation:gate", args=[here.participant.code])
    mail.outbox = []
    with people_told():
        for _ in range(FAILURES):
            assert client.post(gate, {"password": "not this one"}).status_code in (422, 429)
        assert client.post(gate, {"password": people.PASSWORD}).status_code in (422, 429)
    failed = acts("t.act = 're-authentication failed'")
    assert len(failed) >= FAILURES
    assert {row["actor"] for row in failed} == {"Investigator FR-05"}
    assert acts("t.act = 'locked out'")
    assert acts("relation = 'reminet_site_signature'") == []
    assert guardian.email in {address for one in mail.outbox for address in one.to}


def people_told():
    """Mails go out when a transaction is through; in a test that rolls back, at once."""
    from unittest import mock

    from django.db import transaction

    return mock.patch.object(transaction, "on_commit", lambda act, *a, **k: act())
