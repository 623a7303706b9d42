"""A clinical cut-off: nothing dated later counts."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from analysis import actions, cuts, extraction, tasks
from analysis.models import Release
from crf import study
from crf.models import Entry
from reminet_site.clock import clinical_today
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = pytest.mark.django_db


def test_what_is_dated_later_is_not_in_the_cut(built):
    on = trial.START + timedelta(days=7 * 3 + 95)  # day 95 of the third participant
    snapshot = cuts.take(by=trial.TESTS, cutoff_on=on)
    cases = {case.code: case for case in extraction.of_snapshot(snapshot).cases}
    assert len(cases) == 6
    assert [str(a.on) for a in cases["FR-05-002"].record.assessments] == ["2019-04-22"]
    assert cases["FR-05-001"].record.death is None
    assert snapshot.counts["RECIST"] == sum(len(c.record.assessments) for c in cases.values())


@pytest.mark.parametrize(
    ("start", "counts"),
    [("2019-05-01", True), ("2019-06", False), ("2019-05-03", False), ("2019", True), (None, True)],
)
def test_an_adverse_event_that_begins_later_is_not_in_the_cut(built, start, counts):
    """Also one of an older definition, whose entry has no date of its own."""
    with acting(trial.TESTS):
        found = Entry.objects.get(form="AE")
    trial.change(found, **({"start": start} if start else {}))
    snapshot = cuts.take(by=trial.TESTS, cutoff_on=date(2019, 5, 2))
    cases = extraction.of_snapshot(snapshot).cases
    assert any(case.severe for case in cases) is counts


def test_an_adverse_event_is_dated_by_its_first_day():
    dated = {form.name: form.dated_by for form in study.current().definition.forms}
    assert (dated["AE"], dated["CM"]) == ("start", "start")


def test_who_is_randomised_later_is_not_in_it(built):
    on = trial.START + timedelta(days=7 * 3)
    snapshot = cuts.take(by=trial.TESTS, cutoff_on=on)
    assert len(extraction.of_snapshot(snapshot).cases) == 3
    people = [row for kind, row in cuts.read(snapshot) if kind == "participant"]
    assert [bool(one["randomised_on"]) for one in people] == [True] * 3 + [False] * (
        len(people) - 3
    )


def test_a_release_up_to_a_day(built, sent):
    by = actor(Role.TRIAL_STATISTICIAN, Verb.MAKE_RELEASE)
    on = trial.START + timedelta(days=100)
    with acting(by):
        asked = actions.ask_release(note="first hundred days", cutoff_on=on, by=by)
    tasks.make_release(asked.pk)
    made = Release.objects.select_related("snapshot").get()
    assert made.manifest["cut"]["cutoff_on"] == str(on)
    assert made.snapshot.cutoff_on == on


@pytest.mark.parametrize("days", [1, -20_000])
def test_a_cutoff_outside_the_trial_is_refused(built, sent, days):
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    on = clinical_today() + timedelta(days=days)
    with acting(by), pytest.raises(Refusal, match="not between"), transaction.atomic():
        actions.ask_look(reason="look", cutoff_on=on, by=by)


def test_a_cutoff_that_is_no_date_comes_back_beside_its_field(built, sent, signed):
    client = signed(Role.DMC_STATISTICIAN)
    page = client.post(reverse("analysis:dmc"), {"reason": "look", "cutoff": "31/02"})
    assert page.status_code == 422
    assert 'id="look-cutoff-finding"' in page.content.decode()
