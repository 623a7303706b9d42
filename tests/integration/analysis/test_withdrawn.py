"""Who withdraws stays in the analyses, with all that was collected, to the last news."""

from datetime import timedelta

import pytest

from analysis import cuts, extraction
from analysis.derivation.participant import derive
from analysis.plans import conventions_of
from crf import study
from reminet_site.context import acting
from tests.integration.analysis import trial

pytestmark = [pytest.mark.django_db, pytest.mark.promise("PR-05")]


def case(code="FR-05-002"):
    with cuts.one_moment(trial.TESTS):
        return next(one for one in extraction.live().cases if one.code == code)


def test_what_was_collected_is_analysed_and_the_withdrawal_is_news_of_life():
    person = trial.build((trial.Course(), trial.Course(((91, "SD"), (180, "PR")))))[1]
    conventions = conventions_of(study.current().definition)
    before = derive(case(person.code).record, conventions)
    with acting(trial.TESTS):
        trial.entry(person, "WITHDRAW", "LOG", {"scope": "collection"}, 250)
    found = case(person.code)
    after = derive(found.record, conventions)
    assert [str(one.response) for one in found.record.assessments] == ["SD", "PR"]
    assert after.pfs.value == before.pfs.value  # censored at the last assessment, as before
    assert after.last_news.value == person.randomised_on + timedelta(days=250)
    assert not after.overall_survival.value.event
    assert after.overall_survival.value.days == 250
