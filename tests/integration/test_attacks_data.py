"""Attacks on data: another centre's, values nobody may set, changes without a reason."""

import pytest
from django.db import connection
from django.test import Client

from crf import study
from crf.models import DataQuery, Draft, Entry, Participant
from reminet_site.access.models import AccessRequest
from reminet_site.context import Actor, acting
from reminet_site.models import Grant
from reminet_site.roles import TWO_PERSON_ROLES, Role
from tests import people, world

pytestmark = [pytest.mark.django_db, pytest.mark.attack("data")]
CONSENT = {
    "signed": "yes",
    "consent_date": "12/01/2016",
    "information_version": "2.1",
    "copy_given": "yes",
}
SYSTEM = Actor.system("tests")


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def there():
    return world.small("FR-11", "Beaune")


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def page(participant, form="CONSENT"):
    return f"/participants/{participant.code}/SCR/{form}/1/"


def saved(participant, form="CONSENT"):
    with acting(SYSTEM):
        return Entry.objects.filter(participant=participant, form=form).first()


@pytest.mark.promise("AC-04")
def test_names_that_no_form_has_set_nothing(here, there, client):
    foreign = {
        "centre": there.centre.pk,
        "centre_id": there.centre.pk,
        "participant": there.participant.pk,
        "participant_id": there.participant.pk,
        "saved_by": 1,
        "saved_by_id": 1,
        "state": "signed",
        "id": 1,
        "pk": 1,
        "number": 7,
        "visit": "INJ-01",
        "form": "DEATH",
        "definition_id": 99,
        "data": '{"a": 1}',
        "derived": "signed",
        "comments": '{"a": 1}',
        "locked": "off",
        "made_up": "1",
        "saved_at": "1999-01-01",
        "filled": "99",
    }
    sent = CONSENT | foreign | {"version": "0"}
    assert client.post(page(here.participant), sent).status_code == 302
    entry = saved(here.participant)
    assert entry.centre_id == here.centre.pk
    assert entry.saved_by_id == here.investigator.pk
    assert (entry.visit, entry.form, entry.number, entry.version) == ("SCR", "CONSENT", 1, 1)
    assert set(entry.data) == set(CONSENT)
    assert entry.saved_at.year > 1999
    assert not entry.comments
    assert saved(there.participant) is None


def derived_items():
    definition = study.current().definition
    return [
        (form.name, item.name) for form in definition.forms for item in form.items if item.derived
    ]


@pytest.mark.parametrize("value", ["1", "yes", "2016-01-01", "CR", "99.5"])
def test_a_computed_item_is_never_what_was_typed(here, value):
    """With nothing to compute it from, it is unknown; the typed value is not taken."""
    found = derived_items()
    assert found
    for form, item in found:
        made = study.current().form(form).process({item: [value]})
        assert made.answers.get(item) != value, f"{form}.{item}"


@pytest.mark.parametrize("item", ["childbearing", "breast_feeding"])
def test_a_hidden_item_keeps_nothing(here, client, item):
    client.post(page(here.participant), CONSENT | {"version": "0"})
    sent = {"birth_month.month": "5", "birth_month.year": "1950", "sex": "M", "version": "0"}
    sent |= {"birth_month": "05/1950", "contraception": "yes", item: "yes"}
    client.post(page(here.participant, "DEMOG"), sent)
    entry = saved(here.participant, "DEMOG")
    assert entry is None or item not in entry.data


REASONS = {
    "none": "",
    "blanks": "   ",
    "tabs": "\t\n",
    "zero width": "\u200b\u200d\u2060",
    "byte order mark": "\ufeff",
    "point": ".",
    "filler": "\u3164",
    "no-break": "\u00a0",
}


@pytest.mark.promise("AT-05")
@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS.keys())
@pytest.mark.parametrize(
    "also",
    [
        {},
        {"merge": "yes", "base_version": "0", "keep.consent_date": "mine"},
        {"merge": "yes", "base_version": "1", "keep.consent_date": "mine"},
        {"merge": "yes", "base_version": "99", "keep.consent_date": "mine"},
    ],
    ids=["plain", "merge 0", "merge 1", "merge 99"],
)
def test_no_value_changes_without_a_reason(here, client, reason, also):
    client.post(page(here.participant), CONSENT | {"version": "0"})
    sent = CONSENT | {"consent_date": "13/01/2016", "version": "1", "change_reason": reason}
    assert client.post(page(here.participant), sent | also).status_code in (409, 422)
    del sent["consent_date"]  # cleared
    client.post(page(here.participant), sent | also)
    assert saved(here.participant).data["consent_date"] == "2016-01-12"


@pytest.mark.promise("AC-02")
@pytest.mark.parametrize("tail", ["11-001", "1-001", "-001", "001", "%", "_", "FR-11-001"])
def test_find_tells_nothing_of_another_centre(here, there, client, tail):
    with_it = client.post("/find/", {"code": tail})
    assert "FR-11" not in with_it.get("Location", "")
    assert with_it.content.decode().replace(tail, "").count("FR-11") == 0


@pytest.mark.promise("AC-02")
def test_acts_on_another_centre_through_ones_own(here, there, client):
    """Codes of the other centre in what is posted to pages of one's own."""
    with acting(SYSTEM):
        asked = DataQuery.objects.get(participant=there.participant)
    monitor = people.sign_in(Client(), people.person(Role.MONITOR))
    assert client.post(f"/queries/{asked.pk}/", {"act": "answer", "text": "x"}).status_code == 404
    raised = {"code": there.participant.code, "visit": "SCR", "form": "CONSENT", "text": "x"}
    assert client.post("/queries/new/", raised | {"item": "signed"}).status_code == 403
    assert monitor.post("/queries/new/", raised | {"item": "nothing"}).status_code == 404
    for act in ("close", "reopen", "answer", "delete", ""):
        with acting(SYSTEM):
            mine = DataQuery.objects.get(participant=here.participant)
        answer = client.post(f"/queries/{mine.pk}/", {"act": act, "text": "x"})
        assert answer.status_code in ((302,) if act == "answer" else (403, 422)), act
    client.get("/", {"centre": "FR-11"})
    assert b"Beaune" not in client.get("/account/").content


@pytest.mark.promise("SE-04")
@pytest.mark.promise("AC-02")
def test_a_draft_is_its_writers_alone(here, client):
    sent = CONSENT | {"information_version": "a canary of nine", "version": "0"}
    assert client.post(f"{page(here.participant)}draft/", sent).status_code in (200, 302)
    for role in (Role.PRINCIPAL_INVESTIGATOR, Role.MONITOR, Role.DATA_MANAGER, Role.AUDITOR):
        other = people.sign_in(Client(), people.person(role, here.centre))
        for path in (page(here.participant), f"/participants/{here.participant.code}/"):
            assert b"a canary of nine" not in other.get(path).content
    with acting(SYSTEM):
        assert Draft.objects.get().user_id == here.investigator.pk


@pytest.mark.promise("AC-05")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_an_administrator_gives_himself_nothing(here, role):
    admin = people.person(Role.ADMINISTRATOR)
    client = people.sign_in(Client(), admin)
    sent = {"act": "give", "reason": "why", "password": people.PASSWORD, "role": role.value}
    sent |= {"centre": here.centre.code, "seconded_by": here.investigator.pk}
    assert client.post(f"/people/{admin.pk}/", sent).status_code == 422
    assert client.post(f"/people/{admin.pk}/", sent | {"centre": ""}).status_code == 422
    assert Grant.objects.filter(user=admin).count() == 1


@pytest.mark.promise("BL-02")
@pytest.mark.parametrize("role", sorted(TWO_PERSON_ROLES))
def test_one_administrator_alone_unblinds_nobody(here, role):
    client = people.sign_in(Client(), people.person(Role.ADMINISTRATOR))
    again = {"password": people.PASSWORD}
    new = {"name": "A second self", "email": "self@example.org", **again}
    there = client.post("/people/", new)["Location"]
    admin = people.person(Role.ADMINISTRATOR)
    for second in ("", admin.pk, here.investigator.pk):
        sent = again | {"act": "give", "reason": "why", "role": role, "seconded_by": second}
        client.post(there, sent | {"centre": here.centre.code})
        client.post(there, sent | {"centre": ""})
    people.person(Role.ADMINISTRATOR, name="another.administrator")
    for centre in (here.centre.code, ""):
        client.post(there, sent | {"centre": centre})
    with acting(SYSTEM):
        asked = AccessRequest.objects.get(role=role)
    answer = client.post("/people/requests/", {"pk": asked.pk, "act": "confirm", **again})
    assert answer.status_code == 422
    assert not Grant.objects.filter(role=role, user__email="self@example.org").exists()


@pytest.mark.promise("AC-02")
def test_the_wall_stands_in_the_database(here, there):
    """Every table with a centre, the trail included, read as the role of the application."""
    mine = Actor(here.investigator.pk, "tests", "investigator", (here.centre.pk,))
    nobody = Actor(None, "tests", "", ())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.columns "
            "WHERE column_name = 'centre_id' "
            "AND table_name NOT IN ('reminet_site_grant', 'reminet_site_heldrole') "
            "AND table_schema IN ('public', 'audit') ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
    assert len(tables) > 8
    for table in tables:
        for actor in (mine, nobody):
            with acting(actor), connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE centre_id <> %s OR %s",
                    [here.centre.pk, actor is nobody],
                )
                assert cursor.fetchone()[0] == 0, table
    with acting(mine):
        assert not Participant.objects.filter(code=there.participant.code).exists()


@pytest.mark.promise("SE-08")
def test_a_database_error_in_the_log_quotes_no_row(here):
    """PostgreSQL's message holds the failing row; the log names the error and its place."""
    import logging
    import sys

    from reminet_site.logs import formatter

    try:
        with acting(SYSTEM), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO crf_querystep (query_id, participant_id, centre_id, kind, text) "
                "VALUES (1, 1, 1, 'raised', 'a canary\n of two lines')"
            )
    except Exception:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", (), sys.exc_info())
    line = formatter().format(record)
    assert "NotNullViolation" in line
    assert "cursor.execute" in line
    assert "Failing row" not in line
