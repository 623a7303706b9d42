"""What an import asks before it writes: versions, reasons, points, entries that nobody expects."""

import re
from dataclasses import replace

import pytest
from django.core import mail
from django.test import Client

from crf import actions_import, study
from reminet_site import mails
from reminet_site.roles import Role
from tests import people
from tests.integration.crf.casebooks import save
from tests.integration.crf.imports import (
    HEADER,
    check,
    consented,
    entries,
    imports,
    line,
    randomised,
    refused,
    seen_of,
    take_in,
    text,
    trail,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return consented()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def test_what_a_colleague_saved_since_the_look_is_not_overwritten(here, client):
    content = text(*map(line, here.codes))
    seen = seen_of(check(client, here, content))
    typed = dict(zip(HEADER.split(",")[2:], line("x").split(",")[2:], strict=True))
    save(here.second, "SCR", "VITALS", typed | {"visit_date": "12/01/2016", "weight": "80"})
    refused(imports(client, here, content, seen), "somebody saved one of these entries meanwhile")
    assert [entry.data["weight"] for entry in entries()] == ["80"]
    again = imports(client, here, content, "", reason="Read again")
    refused(again, "somebody saved one of these entries meanwhile")
    assert "80 kg 61.5 kg" in words(again)
    assert imports(client, here, content, seen_of(again), reason="Read again").status_code == 302


def test_a_comment_confirms_what_was_shown_and_nothing_else(here, client):
    """The limits of a check may move between the look and the import."""
    content = text(line(here.codes[0]))
    seen = seen_of(check(client, here, content))
    other = text(line(here.codes[0], "0", "160", "172", "120", "80", "70"))
    refused(imports(client, here, other, seen, comment="As it is"), "Look again")


def test_what_is_filled_in_needs_no_reason_and_gets_none(here, client):
    take_in(client, here, text(f"{here.codes[0]},SCR,2016-01-12,0", header=HEADER[:31]))
    assert HEADER[:31] == "participant,visit,visit_date,ps"
    content = text(f"{here.codes[0]},SCR,61.5", header="participant,visit,weight")
    assert take_in(client, here, content).status_code == 302
    [(reason,)] = trail("reason", "relation = 'crf_entry' AND item = 'weight'")
    assert re.fullmatch(r"visits\.csv, SHA-256 [0-9a-f]{64}", reason)


def test_each_value_is_shown_as_it_was_read(here, client):
    """Two days that a spreadsheet wrote in the other order would be seen."""
    content = text(line(here.codes[0]).replace("2016-01-12", "09/01/2016"))
    said = words(check(client, here, content))
    assert "Values as they were read 1" in said
    assert "Date of visit : 9 Jan 2016" in said.replace(": ", " : ").replace("  ", " ")
    assert "61.5" in said


def test_a_value_that_goes_is_named_before(here, client):
    header = "participant,visit,number,term,grade,start,ongoing,end,related,outcome,serious"
    ended = f"{here.codes[0]},LOG,1,Nausea,1,2016-01-20,no,2016-01-25,unrelated,recovered,no"
    assert take_in(client, here, text(ended, header=header), form="AE").status_code == 302
    goes_on = text(
        f"{here.codes[0]},LOG,1,yes,ongoing", header="participant,visit,number,ongoing,outcome"
    )
    shown = words(check(client, here, goes_on, form="AE"))
    assert "Last day 25 Jan 2016 goes: not asked any more" in shown


def test_a_form_that_repeats_says_which_entry(here, client):
    content = text(f"{here.codes[0]},LOG,Nausea", header="participant,visit,term")
    refused(check(client, here, content, form="AE"), "The header has no column number")
    content = text(f"{here.codes[0]},LOG,,Nausea", header="participant,visit,number,term")
    refused(check(client, here, content, form="AE"), "The number of an entry is")


@pytest.mark.parametrize("visit", ["ASM-3", "ASM-003", "INJ-1", "UNS-001"])
def test_a_visit_has_one_name(here, client, visit):
    response = check(
        client, here, text(f"{here.codes[0]},{visit},60", header="participant,visit,weight")
    )
    refused(response, f"No visit {visit}")


def test_an_entry_of_an_earlier_version_of_the_form_is_told_apart(here, client, monkeypatch):
    """The file may name items that an entry's own version has not."""
    take_in(client, here, text(line(here.codes[0])))
    older = study.current()
    newer = replace(
        older.definition,
        forms=tuple(
            replace(form, items=(*form.items, replace(form.by_name["sbp"], name="sbp_lying")))
            if form.name == "VITALS"
            else form
            for form in older.definition.forms
        ),
    )
    monkeypatch.setattr(study, "current", lambda: study.Study(older.pk, newer))
    content = text(f"{here.codes[0]},SCR,120", header="participant,visit,sbp_lying")
    refused(check(client, here, content), "begun on an earlier version of the form")


def test_many_serious_events_are_told_over_one_connection(
    here, client, settings, monkeypatch, django_capture_on_commit_callbacks
):
    people.person(Role.SAFETY_PHYSICIAN)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    opened, connect = [], mails.get_connection
    monkeypatch.setattr(mails, "get_connection", lambda **k: opened.append(1) or connect(**k))
    header = "participant,visit,number,term,grade,start,ongoing,related,outcome,serious,seriousness"
    event = "Nausea,3,2016-01-20,yes,unrelated,ongoing,yes,hospital"
    content = text(*(f"{here.codes[0]},LOG,{n},{event}" for n in (1, 2, 3)), header=header)
    with django_capture_on_commit_callbacks(execute=True):
        check(client, here, content, form="AE")
    assert (opened, mail.outbox) == ([], [])
    with django_capture_on_commit_callbacks(execute=True):
        assert take_in(client, here, content, form="AE").status_code == 302
    assert (len(opened), len(mail.outbox)) == (1, 3)


def test_more_points_than_somebody_looks_at_are_refused(here, client, monkeypatch):
    monkeypatch.setattr(actions_import, "MOST_POINTS", 1)
    heavy = ("0", "160", "172", "120", "80", "70")
    response = check(client, here, text(*(line(code, *heavy) for code in here.codes)))
    refused(response, "Checks ask about 2 values")


@pytest.mark.parametrize(
    ("form", "content", "sentence"),
    [
        (
            "VITALS",
            "participant,visit,visit_date\nFR-05-001,ASM-240,2016-03-02\n",
            "Month 240 is not planned for this participant",
        ),
        (
            "VITALS",
            "participant,visit,visit_date\nFR-05-001,UNS-05,2016-03-02\n",
            "Unscheduled assessment 5 is not planned",
        ),
        (
            "CM",
            "participant,visit,number,treatment\nFR-05-001,LOG,7,Aspirin\n",
            "number so far is 0",
        ),
    ],
)
def test_an_entry_where_none_is_expected_is_asked_about(here, client, form, content, sentence):
    randomised(here.participant)
    shown = words(check(client, here, content, form=form))
    assert sentence in shown
    assert "Why these values are right" in shown
    assert take_in(client, here, content, form=form, comment="So it was").status_code == 302
    reasons = {row for (row,) in trail("reason", f"relation = 'crf_entry' AND t.form = '{form}'")}
    (reason,) = reasons  # of every value of the new entry
    assert reason.endswith(": So it was")


def test_what_the_schedule_plans_is_not_asked_about(here, client):
    randomised(here.participant)
    for visit in ("ASM-03", "UNS-01"):
        content = f"participant,visit,visit_date\nFR-05-001,{visit},2016-05-02\n"
        assert "To confirm" not in words(check(client, here, content))


def test_a_death_has_no_visit_to_be_planned(here, client):
    randomised(here.participant)
    content = "participant,visit,death_date,cause\nFR-05-001,LOG,2016-05-02,disease\n"
    assert "To confirm" not in words(check(client, here, content, form="DEATH"))
