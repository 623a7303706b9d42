"""Days of one casebook that do not go together are told where they are typed."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from crf import actions
from crf.actions import NotSaved
from crf.models import Draft, Entry
from crf.places import place_at
from reminet_site.context import acting, because
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf import casebooks
from tests.integration.crf.casebooks import SYSTEM, save

pytestmark = pytest.mark.django_db
AWAY = {"injection": "not_given", "reason": "participant"}


@pytest.fixture
def here() -> world.Small:
    return casebooks.randomised()


def injection(here, number, day, version=0, reason="", **more):
    typed = {"visit_date": f"{day}/2016", **AWAY, **more}
    return save(here.participant, f"INJ-{number:02d}", "INJ", typed, version, reason)


def refused(act) -> list[tuple[str, str, str]]:
    """(severity, item, check) of what stopped the save."""
    with pytest.raises(NotSaved) as said:
        act()
    page = said.value.page
    stops = [*page.evaluation.of("hard"), *page.unanswered]
    return [(one.severity, one.item, one.check) for one in stops]


# -- numbered visits come in the order of their numbers ------------------------------------------


@pytest.mark.parametrize("day", ["02/02", "03/02"])
def test_an_injection_is_after_the_one_numbered_before_it(here, day):
    injection(here, 1, "03/02")
    assert refused(lambda: injection(here, 2, day)) == [("hard", "visit_date", "order")]
    assert injection(here, 2, "04/02").version == 1


def test_and_before_the_one_numbered_after_it(here):
    injection(here, 1, "03/02")
    injection(here, 2, "02/03")
    stops = refused(lambda: injection(here, 1, "02/03", 1, "Misread"))
    assert stops == [("soft", "visit_date", "order_after")]


def test_two_days_that_were_swapped_can_be_put_right(here):
    """Saved before the check spoke: the first is corrected with a word, then the second."""
    injection(here, 1, "03/02")
    injection(here, 2, "04/02")
    with acting(SYSTEM), because("as it was saved once"):
        Entry.objects.filter(visit="INJ-01").update(
            visit_date="2016-03-02", version=2,
            data=Entry.objects.get(visit="INJ-01").data | {"visit_date": "2016-03-02"},
        )  # fmt: skip
    why = {"confirm.order_after.visit_date": "The next one is corrected at once"}
    assert injection(here, 1, "05/02", 2, "Swapped", **why).version == 3
    assert injection(here, 2, "02/03", 1, "Swapped").version == 2


def test_a_gap_in_the_numbers_makes_no_difference(here):
    injection(here, 1, "03/02")
    assert refused(lambda: injection(here, 4, "01/02")) == [("hard", "visit_date", "order")]


def test_an_unscheduled_visit_is_of_another_kind(here):
    typed = {"imaging_date": "10/03/2016", "visit_date": "10/03/2016", "response": "SD",
             "non_target": "NONE", "new_lesions": "no", "modality": "CT",
             "confirm.differs.response": "Measured elsewhere"}  # fmt: skip
    save(here.participant, "UNS-01", "RECIST", typed)
    earlier = typed | {"imaging_date": "03/03/2016", "visit_date": "03/03/2016"}
    assert save(here.participant, "ASM-03", "RECIST", earlier).version == 1
    stops = refused(lambda: save(here.participant, "ASM-06", "RECIST", earlier))
    assert stops == [("soft", "imaging_date", "order")]


# -- the end of the treatment can be reached -----------------------------------------------------


def casebook(here) -> str:
    client = people.sign_in(Client(), here.investigator)
    return client.get(f"/participants/{here.participant.code}/").content.decode()


def test_the_end_of_treatment_has_its_place_from_the_randomisation_on(here):
    assert f"/participants/{here.participant.code}/EOT/EOT/1/" in casebook(here)


def test_a_withdrawal_from_treatment_ends_the_injections(here):
    injection(here, 1, "03/02")
    assert "Injection 2" in casebook(here)
    typed = {"withdrawn_on": "10/02/2016", "scope": "treatment", "way": "spoken"}
    save(here.participant, "LOG", "WITHDRAW", typed)
    page = casebook(here)
    assert "Injection 2" not in page
    assert "In follow-up" in page
    assert "On treatment" not in page


# -- a withdrawal before what is saved -----------------------------------------------------------


def withdrawal(here, day, version=0, reason="", **more):
    typed = {"withdrawn_on": f"{day}/2016", "scope": "collection", "way": "spoken",
             "registers": "accepted", **more}  # fmt: skip
    return save(here.participant, "LOG", "WITHDRAW", typed, version, reason)


def test_a_withdrawal_before_a_saved_day_asks_which_is_right(here):
    injection(here, 1, "14/02")
    assert refused(lambda: withdrawal(here, "13/02")) == [
        ("soft", "withdrawn_on", "crf.withdrawal")
    ]
    assert withdrawal(here, "14/02").version == 1


def test_and_is_saved_with_a_comment(here):
    injection(here, 1, "14/02")
    why = {"confirm.crf.withdrawal.withdrawn_on": "Given before the letter was read"}
    assert withdrawal(here, "13/02", **why).version == 1


def test_a_withdrawal_from_treatment_alone_asks_nothing(here):
    injection(here, 1, "14/02")
    assert withdrawal(here, "13/02", scope="treatment").version == 1


def test_the_sentence_names_the_entry_in_both_languages(here):
    injection(here, 1, "14/02")
    with pytest.raises(NotSaved) as said:
        withdrawal(here, "13/02")
    [finding] = said.value.page.unanswered
    assert finding.sentence.en.startswith("Injection 1 of 14/02/2016 is saved, after this")
    assert "14/02/2016" in finding.sentence.fr
    assert finding.sentence.fr != finding.sentence.en


def test_of_several_records_none_is_named_by_a_wrong_number(here):
    """The second adverse event is the later one; "Adverse event 1" would be another."""
    later = casebooks.EVENT | {"start.day": "20", "start.month": "02"}
    save(here.participant, "LOG", "AE", later, number=2)
    with pytest.raises(NotSaved) as said:
        withdrawal(here, "13/02")
    [finding] = said.value.page.unanswered
    assert finding.sentence.en.startswith("Adverse event of 20/02/2016 is saved")
    assert finding.sentence.fr.startswith("Événement indésirable du 20/02/2016")


# -- a death before what is saved ----------------------------------------------------------------


def death(here, day):
    typed = {"death_date": f"{day}/2016", "cause": "disease"}
    return save(here.participant, "LOG", "DEATH", typed)


def test_a_death_before_a_day_on_which_somebody_was_seen_is_refused(here):
    injection(here, 1, "03/02")
    with pytest.raises(NotSaved) as said:
        death(here, "02/02")
    [finding] = said.value.page.evaluation.of("hard")
    assert (finding.item, finding.check) == ("death_date", "crf.death")
    assert finding.sentence.en.startswith("Injection 1 of 03/02/2016 is saved, after this death.")
    assert death(here, "03/02").version == 1


def test_what_may_be_dated_after_a_death_does_not_stop_it(here):
    told = {"contact_date": "01/03/2016", "vital_status": "dead", "last_news": "02/02/2016"}
    save(here.participant, "FU-01", "SURV", told | {"contact": "telephone", "next_treatment": "no"})
    assert death(here, "02/02").version == 1


# -- a serious event is not known before it is known ---------------------------------------------


def serious(here, at):
    event = casebooks.EVENT | {"serious": "yes", "seriousness": "hospital", "grade": "3",
                               "aware_on": "03/03/2016", "aware_at": at}  # fmt: skip
    with acting(SYSTEM):
        place = place_at(here.participant.code, "LOG", "AE", 1)
        place.participant.clinical_now = datetime(2016, 3, 3, 9, 0, tzinfo=UTC)  # 10:00 in Dijon
        raw = {name: [value] for name, value in event.items()}
        return actions.save_at(place=place, raw=raw, version=1, reason="Worse", by=SYSTEM)


def test_nobody_learned_of_an_event_at_a_time_to_come(here):
    assert refused(lambda: serious(here, "10:01")) == [("hard", "aware_at", "crf.aware")]
    assert serious(here, "10:00").version == 2


# -- two people add a record at once -------------------------------------------------------------


def test_two_new_records_are_two_and_not_one_that_two_changed(here):
    ours = people.sign_in(Client(), here.investigator)
    someone = people.person(Role.SITE_COORDINATOR, here.centre)
    theirs = people.sign_in(Client(), someone)
    at = f"/participants/{here.participant.code}/LOG/AE/2/"
    assert ours.post(at, casebooks.EVENT | {"term": "Fatigue", "version": "0"}).status_code == 302
    typed = casebooks.EVENT | {"term": "Vomiting", "version": "0"}
    answer = theirs.post(at, typed)
    assert answer.status_code == 302
    assert answer["Location"].endswith("/LOG/AE/3/")
    page = theirs.get(answer["Location"]).content.decode()
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Somebody else saved Adverse event 2 meanwhile" in said
    assert 'value="Vomiting"' in page
    with acting(SYSTEM):
        kept = Entry.objects.filter(form="AE").order_by("number")
        assert [(one.number, one.data["term"]) for one in kept] == [(1, "Nausea"), (2, "Fatigue")]
        drafts = Draft.objects.filter(user=someone, form="AE")
        assert [(one.number, one.base_version) for one in drafts] == [(3, 0)]
    assert theirs.post(answer["Location"], typed).status_code == 302


def test_a_draft_of_the_next_number_is_not_written_over(here):
    ours = people.sign_in(Client(), here.investigator)
    someone = people.person(Role.SITE_COORDINATOR, here.centre)
    theirs = people.sign_in(Client(), someone)
    records = f"/participants/{here.participant.code}/LOG/AE/"
    third = casebooks.EVENT | {"term": "Anaemia", "version": "0"}
    theirs.post(f"{records}3/draft/", third, headers={"X-Requested-With": "fetch"})
    ours.post(f"{records}2/", casebooks.EVENT | {"term": "Fatigue", "version": "0"})
    answer = theirs.post(f"{records}2/", casebooks.EVENT | {"term": "Vomiting", "version": "0"})
    assert answer["Location"].endswith("/LOG/AE/4/")
    with acting(SYSTEM):
        drafts = Draft.objects.filter(user=someone, form="AE").order_by("number")
        kept = [(one.number, one.raw["term"]) for one in drafts]
    assert kept == [(3, ["Anaemia"]), (4, ["Vomiting"])]


def test_ones_own_record_sent_twice_is_no_second_one(here):
    """The answer was lost, and the same is sent again: it is saved already."""
    client = people.sign_in(Client(), here.investigator)
    at = f"/participants/{here.participant.code}/LOG/AE/2/"
    typed = casebooks.EVENT | {"term": "Fatigue", "version": "0"}
    assert client.post(at, typed).status_code == 302
    again = client.post(at, typed)
    assert (again.status_code, again["Location"]) == (302, at)
    assert b"saved, version 1" in client.get(at).content
    with acting(SYSTEM):
        assert Entry.objects.filter(form="AE").count() == 2
        assert not Draft.objects.exists()


def test_another_record_begun_in_a_second_window_is_another_one(here):
    client = people.sign_in(Client(), here.investigator)
    at = f"/participants/{here.participant.code}/LOG/AE/2/"
    assert client.post(at, casebooks.EVENT | {"term": "Fatigue", "version": "0"}).status_code == 302
    answer = client.post(at, casebooks.EVENT | {"term": "Vomiting", "version": "0"})
    assert answer["Location"].endswith("/LOG/AE/3/")
    page = client.get(answer["Location"]).content.decode()
    assert "You saved Adverse event 2 in another window meanwhile" in " ".join(page.split())
    assert 'value="Vomiting"' in page
