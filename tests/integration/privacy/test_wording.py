"""Free text that seems to say who somebody is: asked about, kept only on somebody's word."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from crf.models import Draft, Entry, QueryStep
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from reminet_site.wording import ACT, TEXTS
from tests import people, world
from tests.integration.crf.test_form import CONSENT

pytestmark = [pytest.mark.django_db, pytest.mark.promise("PR-04")]
ROOT = Path(__file__).parents[3]
SAID = "The patient John Smith said so, tel. 0161 496 0000."
# Texts that nobody writes freely: days, codes, numbers, accounts; and items of forms, which the
# form page looks at itself.
NOT_FREE = {
    "screened_on", "code", "low", "high", "since", "number", "expires_on", "participant", "item",
    "who", "on", "person", "day", "email", "name", "login", "password", "cutoff", "each", "kit",
    "oldpassword", "sent_on", "file", "content", "act",
    "password1", "password2", "username", "sum_mm",
}  # fmt: skip


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def acts():
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.row_id, t.new, t.centre_id, t.participant_id FROM audit.trail t "
            "WHERE t.act = %s ORDER BY t.id",
            [ACT],
        )
        return cursor.fetchall()


def answer(client, here, **more):
    return client.post(f"/queries/{here.ids['pk']}/", {"act": "answer", "text": SAID} | more)


def steps(here):
    with acting(Actor.system("tests")):
        return QueryStep.objects.filter(query_id=here.ids["pk"]).count()


def test_an_answer_that_names_somebody_comes_back_to_be_reworded(here, client):
    response = answer(client, here)
    text = response.content.decode()
    assert response.status_code == 422
    assert "seems to hold a name and a telephone number" in text
    assert 'name="keep_wording"' in text
    assert 'name="act" value="answer"' in text  # what else was sent goes along
    assert (steps(here), acts()) == (1, [])


def test_a_reworded_answer_is_kept_without_an_act(here, client):
    assert answer(client, here, text="The participant said so.").status_code == 302
    assert (steps(here), acts()) == (2, [])


def test_a_confirmed_answer_is_kept_and_the_act_does_not_repeat_it(here, client):
    assert answer(client, here, keep_wording="yes").status_code == 302
    assert steps(here) == 2
    assert acts() == [(f"crf:query {here.ids['pk']}", "text: name, phone", here.centre.pk, None)]


def test_a_confirmation_without_a_find_is_no_act(here, client):
    answer(client, here, text="Yes, on page 2.", keep_wording="yes")
    assert acts() == []


def test_a_refused_act_leaves_no_confirmation(here, client):
    answer(client, here, act="nothing", keep_wording="yes")
    assert acts() == []


def form(here, name="CONSENT"):
    return f"/participants/{here.participant.code}/SCR/{name}/1/"


def consent(client, here, **more):
    return client.post(form(here), CONSENT | {"version": "0"} | more)


def entry(here):
    with acting(Actor.system("tests")):
        return Entry.objects.filter(participant=here.participant, form="CONSENT").first()


def test_an_item_that_names_somebody_needs_a_comment(here, client):
    response = consent(client, here, information_version="M. Durand 2.1")
    assert response.status_code == 422
    assert "This seems to hold a name" in response.content.decode()
    assert entry(here) is None
    with acting(Actor.system("tests")):
        assert Draft.objects.filter(participant=here.participant).count() == 1


def test_the_comment_saves_it_and_the_trail_tells_where_not_what(here, client):
    said = {"confirm.wording.information_version": "The printer's name stands in the version."}
    assert consent(client, here, information_version="M. Durand 2.1", **said).status_code == 302
    kept = entry(here).comments["information_version:wording"]
    assert kept["comment"] == said["confirm.wording.information_version"]
    assert "Durand" not in kept["value"]
    place = "SCR CONSENT 1 information_version"
    assert acts() == [(place, "item of a form", here.centre.pk, here.participant.pk)]


def test_saving_again_asks_no_second_time_and_another_text_does(here, client):
    said = {"confirm.wording.information_version": "The printer's name."}
    consent(client, here, information_version="M. Durand 2.1", **said)
    again = {"version": "1", "copy_given": "no", "change_reason": "Misread."}
    more = {"information_version": "M. Durand 2.1"} | again
    assert consent(client, here, **more).status_code == 302
    assert len(acts()) == 1
    other = {"version": "2", "information_version": "M. Martin 2.1", "change_reason": "Misread."}
    assert consent(client, here, **other).status_code == 422


def test_a_reason_on_a_form_is_looked_at_and_what_was_typed_is_kept(here, client):
    consent(client, here)
    more = {"version": "1", "copy_given": "no", "change_reason": "Mme Dupont called."}
    response = consent(client, here, **more)
    assert response.status_code == 422
    assert 'name="copy_given" value="no"' in response.content.decode()
    assert entry(here).version == 1
    with acting(Actor.system("tests")):
        assert Draft.objects.filter(participant=here.participant).count() == 1
    assert consent(client, here, **more, keep_wording="yes").status_code == 302
    place = f"crf:form {here.participant.code} SCR CONSENT 1"
    assert acts() == [(place, "change_reason: name", here.centre.pk, here.participant.pk)]


def test_the_data_manager_finds_the_confirmations_in_the_trail(here, client):
    answer(client, here, keep_wording="yes")
    manager = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    from reminet_site.clock import now

    page = manager.get("/trail/", {"act": ACT, "day": f"{now():%Y-%m-%d}"}).content.decode()
    assert f"crf:query {here.ids['pk']}" in page
    assert "John" not in page


def test_the_lock_of_the_trial_is_looked_at_too(here):
    manager = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    response = manager.post("/trial/lock/", {"reason": "Asked by Dr. Müller, 030/1234567"})
    assert response.status_code == 422
    assert "seems to hold" in response.content.decode()


def test_every_box_for_free_text_in_a_template_is_looked_at():
    """A new box must be posted under a name that is looked at, or be named here as not free."""
    boxes = set()
    for path in ROOT.glob("*/jinja2/**/*.html"):
        for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", path.read_text("utf-8")):
            kind = re.search(r'type="(\w+)"', tag)
            name = re.search(r'name="([\w]+)"', tag)
            if name and (kind is None or kind[1] in ("text", "search")):
                boxes.add(name[1])
    assert boxes - NOT_FREE <= set(TEXTS)
