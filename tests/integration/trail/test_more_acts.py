"""More acts of the workflow, one test a verb: signing, exports, tokens, screening, redaction."""

import pytest
from django.test import Client
from django.urls import reverse

from randomisation.signed import ELIGIBILITY
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from reminet_site.trail import tasks
from reminet_site.trail.models import TrailCopy
from tests import people, world
from tests.integration.trail.test_acts import acts, randomised  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AT-08")]


def client_of(role: Role) -> Client:
    return people.sign_in(Client(), people.person(role, people.centre()))


def test_a_signature(randomised):  # noqa: F811
    rows = acts("relation = 'reminet_site_signature'")
    said = {row["item"]: row["new"] for row in rows}
    assert said["#kind"] == "eligibility"
    assert said["#meaning"] == ELIGIBILITY
    assert len(said["#sha256"]) == 64
    assert {(row["act"], row["actor"]) for row in rows} == {("create", "Investigator FR-05")}
    assert {row["chain"] for row in rows} == {f"participant:{randomised.pk}"}


def test_a_participant_screened():
    here = world.small()
    rows = acts("relation = 'crf_participant' AND participant_id = %s", here.participant.pk)
    assert {row["item"]: row["new"] for row in rows}["#code"] == here.participant.code
    assert {row["actor"] for row in rows} == {"Investigator FR-05"}


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
