"""A file of entries is taken in whole, as its person, or nothing of it is."""

import hashlib
import re

import pytest
from django.test import Client

from crf.actions_freeze import freeze
from crf.models import DataQuery, Draft, ImportedFile, TrialLock
from crf.reads_freeze import saved_of
from reminet_site.context import acting
from reminet_site.models import Grant
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.imports import (
    address,
    check,
    consented,
    entries,
    line,
    refused,
    take_in,
    text,
    trail,
    words,
)
from tests.integration.crf.test_form import CONSENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return consented()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def test_what_a_file_would_do_is_shown_and_nothing_is_changed(here, client):
    response = check(client, here, text(*map(line, here.codes)))
    assert response.status_code == 200
    assert "2 entries new, 0 changed" in words(response)
    assert "Nothing is changed yet" in words(response)
    assert entries() == []
    assert trail("item") == []


@pytest.mark.promise("DI-05")
def test_every_value_is_in_the_trail_with_person_and_file(here, client):
    content = text(*map(line, here.codes))
    response = take_in(client, here, content)
    assert response.status_code == 302
    assert [entry.data["weight"] for entry in entries()] == ["61.5", "61.5"]
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    rows = trail("item, actor, reason", "relation = 'crf_entry' AND item = 'weight'")
    assert len(rows) == 2
    for _item, actor, reason in rows:
        assert actor == here.investigator.name
        assert reason == f"visits.csv, SHA-256 {sha256}"
    with acting(SYSTEM):
        [kept] = ImportedFile.objects.all()
    assert (kept.created, kept.changed, kept.unchanged, kept.sha256) == (2, 0, 0, sha256)
    assert sha256 in words(client.get(f"/centres/{here.centre.code}/imports/"))


@pytest.mark.promise("DI-01")
@pytest.mark.promise("DI-05")
@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (("0", "heavy", "172", "120", "80", "70"), "heavy"),
        (("0", "61.5", "172", "80", "120", "70"), "is not below systolic"),
        (("7", "61.5", "172", "120", "80", "70"), "is not one of the answers"),
    ],
)
def test_a_fault_in_the_last_line_leaves_nothing_of_the_first(here, client, last, sentence):
    content = text(line(here.codes[0]), line(here.codes[1], *last))
    for response in (check(client, here, content), take_in(client, here, content)):
        refused(response, sentence)
        assert f"3 {here.codes[1]}, SCR" in words(response)
        assert entries() == []
    with acting(SYSTEM):
        assert not ImportedFile.objects.exists()


def test_every_line_with_a_fault_is_told_at_once(here, client):
    bad = ("0", "heavy", "tall", "120", "80", "70")
    response = check(client, here, text(*(line(code, *bad) for code in here.codes)))
    found = words(response)
    assert (found.count("“heavy”"), found.count("“tall”")) == (2, 2)


def test_points_ask_for_a_comment_that_stands_at_each_value(here, client):
    content = text(line(here.codes[0], "0", "160", "172", "120", "80", "70"), line(here.codes[1]))
    assert "Why these values are right" in words(check(client, here, content))
    response = take_in(client, here, content)
    refused(response, "say why they are right")
    assert entries() == []
    assert take_in(client, here, content, comment="As the scales say").status_code == 302
    [comment] = [one["comment"] for one in entries()[0].comments.values()]
    assert (comment, entries()[1].comments) == ("As the scales say", {})


def test_saved_values_change_with_a_reason_and_an_empty_cell_leaves_them(here, client):
    take_in(client, here, text(line(here.codes[0])))
    content = text(f"{here.codes[0]},SCR,62.5,", header="participant,visit,weight,sbp")
    shown = words(check(client, here, content))
    assert "1 changed" in shown
    assert f"2 {here.codes[0]}, SCR Weight 61.5 kg 62.5 kg" in shown
    response = take_in(client, here, content)
    refused(response, "Saved values change")
    assert take_in(client, here, content, reason="Read again").status_code == 302
    [entry] = entries()
    assert (entry.version, entry.data["weight"], entry.data["sbp"]) == (2, "62.5", 120)
    [(reason,)] = trail("reason", "relation = 'crf_entry' AND item = 'weight' AND act <> 'create'")
    assert re.fullmatch(r"visits\.csv, SHA-256 [0-9a-f]{64}: Read again", reason)


def test_a_reason_for_none_takes_the_place_of_the_value(here, client):
    take_in(client, here, text(line(here.codes[0])))
    content = text(
        f"{here.codes[0]},SCR,,not_done", header="participant,visit,weight,weight_missing"
    )
    assert take_in(client, here, content, reason="Scales broken").status_code == 302
    assert entries()[0].data["weight"] == {"missing": "not_done"}


def test_the_same_file_again_changes_nothing_and_says_so(here, client):
    content = text(*map(line, here.codes))
    take_in(client, here, content)
    again = take_in(client, here, content)
    refused(again, "says what is saved already")
    assert [entry.version for entry in entries()] == [1, 1]
    refused(check(client, here, content), "every line says what is saved already")


def test_a_file_of_an_older_version_is_refused(here, client):
    take_in(client, here, text(line(here.codes[0])))
    header = "participant,visit,entry_version,weight"
    take_in(client, here, text(f"{here.codes[0]},SCR,1,62", header=header), reason="First")
    late = take_in(client, here, text(f"{here.codes[0]},SCR,1,63", header=header), reason="Second")
    refused(late, "is at version 2 by now, the file is of version 1")
    assert entries()[0].data["weight"] == "62"


@pytest.mark.promise("AC-02")
def test_a_participant_of_another_centre_is_like_one_that_never_was(here, client):
    there = world.small("FR-11", "Beaune")
    save(there.participant, "SCR", "CONSENT", CONSENT)
    said = []
    for code in (there.participant.code, "FR-11-999"):
        found = words(check(client, here, text(line(code))))
        assert f"No participant {code}" in found
        said.append(re.sub(r"SHA-256 \w+", "", found).replace(code, "CODE"))
    assert said[0] == said[1]
    assert client.get(address(there)).status_code == 404
    both = people.person(Role.DATA_MANAGER)
    assert people.sign_in(Client(), both).get(address(here)).status_code == 403


def test_a_person_of_two_centres_imports_into_one_at_a_time(here, client):
    there = world.small("FR-11", "Beaune")
    save(there.participant, "SCR", "CONSENT", CONSENT)
    with acting(SYSTEM):
        people.duties(
            Grant.objects.create(
                user=here.investigator,
                role=Role.INVESTIGATOR,
                centre=there.centre,
                granted_at="2015-01-30T09:00Z",
            )
        )
    response = check(client, here, text(line(there.participant.code)))
    refused(response, "No participant")


def test_an_item_that_is_not_asked_is_not_lost_without_a_word(here, client):
    header = "participant,visit,number,term,grade,start,ongoing,end,outcome,serious"
    content = f"{here.codes[0]},LOG,1,Nausea,1,2016-01-20,yes,2016-01-25,ongoing,no"
    response = check(client, here, text(content, header=header), form="AE")
    refused(response, "is not asked after the other answers")


def test_a_draft_of_the_person_is_not_thrown_away(here, client):
    page = f"/participants/{here.codes[0]}/SCR/VITALS/1/draft/"
    assert client.post(page, {"version": "0", "weight": "70"}).status_code == 302
    response = take_in(client, here, text(line(here.codes[0])))
    refused(response, "You have a draft of this form")
    with acting(SYSTEM):
        assert Draft.objects.count() == 1


def test_a_query_check_asks_as_after_a_save(here, client):
    header = "participant,visit,number,term,grade,start,ongoing,end,related,outcome,serious"
    content = f"{here.codes[0]},LOG,1,Sepsis,5,2016-01-20,no,2016-01-25,unrelated,fatal,no"
    shown = words(check(client, here, text(content, header=header), form="AE"))
    assert "Will open a data query" in shown
    assert "Enter the date and the cause of death" in shown
    response = take_in(client, here, text(content, header=header), form="AE", comment="Not serious")
    assert response.status_code == 302, words(response)
    with acting(SYSTEM):
        assert DataQuery.objects.filter(form="AE", item="grade").exists()


@pytest.mark.promise("DI-07")
def test_a_locked_trial_takes_no_file(here, client):
    with acting(SYSTEM):
        TrialLock.objects.create(
            locked=True, reason="End", open_queries=0, at="2016-02-01T09:00Z", by=None
        )
    response = take_in(client, here, text(line(here.codes[0])))
    refused(response, "is locked")
    assert entries() == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("Mme Claire Dupont 12.csv", "seems to hold a name"), ("0612345678.csv", "telephone")],
)
def test_a_name_of_a_file_that_says_who_it_is_of_is_refused(here, client, name, sentence):
    response = check(client, here, text(line(here.codes[0])), name=name)
    refused(response, sentence)


def test_the_file_to_fill_in_names_the_visits_without_an_entry(here, client):
    response = client.get(f"{address(here)}file/")
    rows = response.content.decode().splitlines()
    assert rows[0].startswith("participant,visit,visit_date")
    assert [row.split(",")[0] for row in rows[1:]] == list(here.codes)
    take_in(client, here, text(line(here.codes[0])))
    rows = client.get(f"{address(here)}file/").content.decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [here.codes[1]]


def test_no_file_chosen_and_no_such_form(here, client):
    empty = client.post(address(here), {"act": "check"})
    refused(empty, "Choose a file")
    assert take_in(client, here, "").status_code == 422
    spoilt = client.post(address(here), {"act": "import", "name": "a.csv", "content": "%%%"})
    refused(spoilt, "Choose a file")
    for form in ("RECIST", "NONE"):
        assert client.get(address(here, form)).status_code == 404


@pytest.mark.promise("DI-07")
def test_a_frozen_form_is_imported_as_it_stands_and_not_changed(here, client):
    """A file that grows holds lines that are saved already."""
    first, second = here.codes
    take_in(client, here, text(line(first)))
    with acting(SYSTEM):
        DataQuery.objects.update(state="closed")
        seen = saved_of(here.participant).mark
        freeze(participant=here.participant, seen=seen, by=SYSTEM)
    assert take_in(client, here, text(line(first), line(second))).status_code == 302
    assert [entry.version for entry in entries()] == [1, 1]
    other = line(first, "0", "62.5", "172", "120", "80", "70")
    refused(check(client, here, text(other, line(second))), "This form is frozen since")
    assert [entry.data["weight"] for entry in entries()] == ["61.5", "61.5"]
