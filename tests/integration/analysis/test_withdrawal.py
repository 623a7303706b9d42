"""What is dated after a withdrawal from further collection is not analysed, and is named."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from analysis import cuts, extraction
from analysis.derivation.participant import DerivedParticipant, derive
from analysis.extraction import Case
from crf.models import Participant
from reminet_site.context import acting
from reminet_site.roles import Role
from tests.integration.analysis import trial
from tests.integration.analysis.reports import looked_at, released

pytestmark = [pytest.mark.django_db, pytest.mark.promise("IA-05")]


def withdraws(number: int, day: int, scope: str = "collection") -> Participant:
    """The entry, and the day that the participant bears from then on."""
    with acting(trial.TESTS):
        person = Participant.objects.get(number=number)
        trial.entry(person, "WITHDRAW", "LOG", {"scope": scope}, day)
        if scope == "collection":
            on = person.randomised_on + timedelta(days=day)
            Participant.objects.filter(pk=person.pk).update(withdrawn_on=on)
        person.refresh_from_db()
    return person


def case_of(person: Participant, *, live: bool) -> Case:
    with acting(trial.TESTS):
        cut = extraction.live() if live else extraction.of_snapshot(cuts.take(by=trial.TESTS))
    return next(one for one in cut.cases if one.code == person.code)


def told(found: DerivedParticipant) -> list[str]:
    return [one.sentence for one in found.contradictions]


@pytest.mark.parametrize("live", [True, False])
def test_what_came_later_is_left_out(built, live):
    """Assessments at 91, 180 and 364; injections every 28 days from day 1; news of day 500."""
    person = withdraws(2, 200)
    case = case_of(person, live=live)
    found = derive(case.record)
    assert found.pfs.value.days == 180
    assert found.overall_survival.value.days == 200  # the withdrawal itself is news of life
    assert case.course.injections == 8
    assert str(case.course.last) == str(person.randomised_on + timedelta(days=1 + 7 * 28))
    assert case.course.withdrawn
    later = person.randomised_on + timedelta(days=364)
    assert any(f"{later} is after the withdrawal" in one for one in told(found))


@pytest.mark.parametrize("live", [True, False])
def test_a_withdrawal_from_the_treatment_leaves_everything(built, live):
    found = derive(case_of(withdraws(2, 200, "treatment"), live=live).record)
    assert found.pfs.value.days == 364
    assert found.overall_survival.value.days == 500
    assert told(found) == []


@pytest.mark.parametrize("live", [True, False])
def test_a_death_that_a_register_tells_counts(built, live):
    """The first participant progressed on day 273 and died on day 500."""
    found = derive(case_of(withdraws(1, 200), live=live).record)
    assert (found.overall_survival.value.days, found.overall_survival.value.event) == (500, True)
    assert (found.pfs.value.days, found.pfs.value.event) == (500, True)  # not seen to progress


def test_an_event_that_began_later_is_left_out(built):
    """Of an older definition, whose entry has no day of its own."""
    person = withdraws(3, 50)
    with acting(trial.TESTS):
        began = str(person.randomised_on + timedelta(days=51))
        trial.entry(person, "AE", "LOG-2", {"term": "Rash", "grade": "3", "start": began}, None)
    case = case_of(person, live=False)
    assert [one.term for one in case.events] == ["=Diarrhoea"]  # without a day


def test_reports_by_arm_and_releases_name_it(arms, sent, signed):
    person = withdraws(2, 200)
    result = looked_at(sent)
    page = signed(Role.DMC_MEMBER).get(reverse("analysis:dmc")).content.decode()
    assert "Entries that do not fit the others" in page
    assert any(one.startswith(f"{person.code}: ") for one in result["remarks"])
    assert result["problems"] == []
    rows = csv.DictReader(io.StringIO(released()["participants.csv"].lstrip("\ufeff")))
    remarks = {row["participant"]: row["remarks"] for row in rows}
    assert "is after the withdrawal from further collection" in remarks.pop(person.code)
    assert set(remarks.values()) == {""}
