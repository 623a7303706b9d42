"""Saving a form through its page: versions, reasons, findings, conflicts, drafts, the trail."""

import re

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from crf import actions, past, study
from crf.models import Draft, Entry
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world

pytestmark = pytest.mark.django_db
CONSENT = {
    "signed": "yes",
    "consent_date": "12/01/2016",
    "information_version": "2.1",
    "copy_given": "yes",
}


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def page(here, form="CONSENT", visit="SCR"):
    return f"/participants/{here.participant.code}/{visit}/{form}/1/"


def saved(here, form="CONSENT"):
    with acting(Actor.system("tests")):
        return Entry.objects.filter(participant=here.participant, form=form).first()


def trail(here, *columns):
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM audit.trail t "
            "WHERE relation = 'crf_entry' AND participant_id = %s ORDER BY t.id",
            [here.participant.pk],
        )
        return cursor.fetchall()


def test_a_first_save_needs_no_reason(here, client):
    response = client.post(page(here), CONSENT | {"version": "0"})
    assert response.status_code == 302, response.content.decode()[:3000]
    entry = saved(here)
    assert entry.version == 1
    assert entry.data["consent_date"] == "2016-01-12"
    assert str(entry.visit_date) == "2016-01-12"


@pytest.mark.promise("AT-01")
def test_every_field_is_a_row_of_the_trail(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    rows = {item: (old, new) for item, old, new in trail(here, "item", "t.old", "t.new")}
    assert rows["consent_date"] == (None, "2016-01-12")
    assert rows["signed"] == (None, "yes")
    assert {name for name in rows if not name.startswith("#")} == set(CONSENT)


@pytest.mark.promise("AT-05")
@pytest.mark.parametrize("reason", ["", "   "])
def test_a_changed_value_needs_a_reason(here, client, reason):
    client.post(page(here), CONSENT | {"version": "0"})
    changed = CONSENT | {"consent_date": "13/01/2016", "version": "1", "change_reason": reason}
    response = client.post(page(here), changed)
    assert response.status_code == 422
    assert b"say why" in response.content
    assert saved(here).data["consent_date"] == "2016-01-12"


def test_a_reason_is_kept_beside_old_and_new(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    changed = CONSENT | {
        "consent_date": "13/01/2016",
        "version": "1",
        "change_reason": "read again",
    }
    assert client.post(page(here), changed).status_code == 302
    assert trail(here, "item", "t.old", "t.new", "reason")[-1] == (
        "consent_date",
        "2016-01-12",
        "2016-01-13",
        "read again",
    )


def test_filling_a_blank_needs_no_reason(here, client):
    part = {name: value for name, value in CONSENT.items() if name != "information_version"}
    client.post(page(here), part | {"version": "0"})
    assert client.post(page(here), CONSENT | {"version": "1"}).status_code == 302
    assert saved(here).version == 2


def test_saving_what_is_saved_makes_no_version(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    assert client.post(page(here), CONSENT | {"version": "1"}).status_code == 302
    assert saved(here).version == 1


def test_a_wrong_date_is_refused_with_a_sentence_and_kept_as_typed(here, client):
    response = client.post(page(here), CONSENT | {"consent_date": "31/09/2016", "version": "0"})
    assert response.status_code == 422
    text = response.content.decode()
    assert "September has 30 days" in text
    assert 'href="#consent_date"' in text
    assert "31/09/2016" in text
    assert saved(here) is None
    with acting(Actor.system("tests")):
        assert Draft.objects.get().raw["consent_date"] == ["31/09/2016"]
    assert "31/09/2016" in client.get(page(here)).content.decode()


def test_a_merge_without_its_reason_asks_for_it_on_the_page_of_the_merge(here, client):
    """Both changed other items: the second is told, clears the reason and saves."""
    client.post(page(here), CONSENT | {"version": "0"})
    other = people.sign_in(Client(), people.person(Role.SITE_COORDINATOR, here.centre))
    first = CONSENT | {"information_version": "3.0", "version": "1", "change_reason": "new sheet"}
    assert client.post(page(here), first).status_code == 302
    second = CONSENT | {"copy_given": "no", "version": "1", "change_reason": "typo"}
    told = other.post(page(here), second)
    assert told.status_code == 409
    assert "Both changes fit together" in told.content.decode()
    merge = second | {"version": "2", "base_version": "1", "merge": "1"}
    refused = other.post(page(here), merge | {"change_reason": " "})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert "Both changes fit together" in text
    assert 'id="change-reason-finding"' in text
    assert text.count("say why") == 1
    assert other.post(page(here), merge).status_code == 302
    kept = saved(here).data
    assert (kept["information_version"], kept["copy_given"]) == ("3.0", "no")


@pytest.mark.promise("DI-02")
def test_the_second_editor_is_told_and_nothing_is_overwritten(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    other = people.sign_in(Client(), people.person(Role.SITE_COORDINATOR, here.centre))
    first = CONSENT | {"information_version": "3.0", "version": "1", "change_reason": "new sheet"}
    assert client.post(page(here), first).status_code == 302
    second = CONSENT | {"information_version": "9.9", "version": "1", "change_reason": "typo"}
    response = other.post(page(here), second)
    assert response.status_code == 409
    text = response.content.decode()
    assert "3.0" in text
    assert "9.9" in text
    assert saved(here).data["information_version"] == "3.0"


def test_a_save_deletes_the_writers_draft(here, client):
    client.post(page(here) + "draft/", CONSENT | {"version": "0"})
    with acting(Actor.system("tests")):
        assert Draft.objects.count() == 1
    client.post(page(here), CONSENT | {"version": "0"})
    with acting(Actor.system("tests")):
        assert Draft.objects.count() == 0


@pytest.mark.parametrize("where", ["draft/", ""])
def test_the_reason_is_kept_with_the_draft(here, client, where):
    """A draft request keeps it, and a save that is refused."""
    client.post(page(here), CONSENT | {"version": "0"})
    other = {"information_version": "9.9", "consent_date": "31/09/2016"}
    typed = CONSENT | other | {"change_reason": "read it wrongly", "version": "1"}
    client.post(page(here) + where, typed)
    assert 'value="31/09/2016"' in (text := client.get(page(here)).content.decode())
    assert 'value="read it wrongly"' in text


def test_a_draft_answers_with_findings(here, client):
    typed = CONSENT | {"consent_date": "31/09/2016", "version": "0"}
    response = client.post(page(here) + "draft/", typed, headers={"X-Requested-With": "fetch"})
    assert response.status_code == 200
    assert "September has 30 days" in response.content.decode()
    assert saved(here) is None


def test_nothing_is_entered_before_the_consent(here, client):
    response = client.post(page(here, "DEMOG"), {"version": "0", "sex": "female"})
    assert response.status_code == 422
    assert b"consent first" in response.content


def test_a_visit_after_randomisation_waits_for_it(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    response = client.post(page(here, "INJ", "INJ-01"), {"version": "0"})
    assert response.status_code == 422
    assert b"not randomised" in response.content


@pytest.mark.parametrize(
    "path",
    ["SCR/NOTHING", "NOTHING/CONSENT", "INJ-00/INJ", "INJ-1x/INJ", "ASM-04/RECIST", "INJ/INJ"],
)
def test_a_made_up_page_is_not_there(here, client, path):
    assert client.get(f"/participants/{here.participant.code}/{path}/1/").status_code == 404


@pytest.mark.promise("AC-04")
@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.MONITOR, Role.AUDITOR])
def test_the_sponsors_people_read_and_do_not_write(here, role):
    client = people.sign_in(Client(), people.person(role))
    assert client.get(page(here)).status_code == 200
    assert client.post(page(here), CONSENT | {"version": "0"}).status_code == 403


def test_a_save_takes_few_statements(here, client, django_assert_max_num_queries):
    here.participant = world.screened(here.centre, here.investigator)  # of whom nothing is asked
    client.post(page(here), CONSENT | {"version": "0"})
    changed = CONSENT | {
        "consent_date": "13/01/2016",
        "version": "1",
        "change_reason": "read again",
    }
    with django_assert_max_num_queries(8):
        assert client.post(page(here), changed).status_code == 302


def test_the_form_page_takes_few_statements(here, client, django_assert_max_num_queries):
    client.post(page(here), CONSENT | {"version": "0"})
    with django_assert_max_num_queries(12):
        assert client.get(page(here)).status_code == 200


def test_a_refused_page_does_not_say_that_it_is_saved(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    answer = client.post(page(here), CONSENT | {"version": "1", "consent_date": "31/02/2016"})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "Not saved" in said
    assert "Saved, version" not in said
    assert ">Entered<" not in said


def test_a_draft_says_that_a_later_version_was_saved(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    kept = {"version": "1", "information_version": "3.0"}
    client.post(page(here) + "draft/", CONSENT | kept)
    assert "was saved since this draft" not in client.get(page(here)).content.decode()
    other = people.sign_in(Client(), people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre))
    again = CONSENT | {"version": "1", "copy_given": "no", "change_reason": "Not given."}
    assert other.post(page(here), again).status_code == 302
    said = client.get(page(here)).content.decode()
    assert "Version 2 was saved since this draft was begun." in said
    assert "was saved since this draft" not in other.get(page(here)).content.decode()


def test_an_older_draft_lists_what_its_writer_changed_and_not_what_a_colleague_saved(here, client):
    client.post(page(here), CONSENT | {"version": "0"})
    typed = CONSENT | {"information_version": "2.2", "version": "1"}
    client.post(page(here) + "draft/", typed)
    colleague = people.sign_in(Client(), people.person(Role.SITE_COORDINATOR, here.centre))
    theirs = {"consent_date": "11/01/2016", "version": "1", "change_reason": "misread"}
    assert colleague.post(page(here), CONSENT | theirs).status_code == 302
    fetch = {"X-Requested-With": "fetch"}
    for answer in (
        client.get(page(here)),
        client.post(page(here) + "draft/", typed, headers=fetch),
    ):
        lists = re.findall(r'<dl class="facts-rows">.*?</dl>', answer.content.decode(), re.DOTALL)
        changes = [one for one in lists if "<del>" in one]
        assert [re.findall("<del>(.*?)</del>", one) for one in changes] == [["2.1"]]


def test_the_trail_gives_back_a_result_beyond_what_is_measured(here):
    """As a conflict shows what was saved before: a whole number stays one, "<5" stays "<5"."""
    compiled = study.current().form("LAB")
    assert past.value_of(compiled, "ast", "12") == 12
    assert past.value_of(compiled, "ast", "<5") == "<5"


def test_who_gave_way_in_a_circle_is_told_so_and_loses_nothing(here, client, monkeypatch):
    def gives_way(**save):
        raise OperationalError from psycopg.errors.DeadlockDetected("canary")

    monkeypatch.setattr(actions, "save_at", gives_way)
    response = client.post(page(here), CONSENT | {"version": "0"})
    assert response.status_code == 409
    assert b"one of the two had to give way" in response.content
    assert b"canary" not in response.content
    assert saved(here) is None
    with acting(Actor.system("tests")):
        assert Draft.objects.get().raw["information_version"] == ["2.1"]
